//! A world with verbs: shops, a server, agents that hear phones, tablets that look on.
//!
//! ```text
//! let mut world = World::at("2026-11-20T13:00:00Z").speed(60).shop("lyon", &[("lyon-1", "entrance")]);
//! world.start_server().await;
//! let camille = world.customer("camille", SharingLevel::Wishes).await;
//! world.start_agent("lyon-1", &frames);
//! world.tablet("lyon").until("camille is here", |floor| !floor.rows.is_empty()).await;
//! ```
//!
//! Every process shows the world's time: `origin` at the moment the world was made, then `speed` times as fast.

mod app;
mod binaries;
mod clock;
mod ear;
mod port;
mod process;
mod shop;
mod source;
mod tablet;
mod tls;

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

pub use app::App;
pub use binaries::program;
pub use clock::WorldClock;
pub use ear::{Ear, Heard};
pub use port::Port;
pub use process::Process;
use rand::{SeedableRng as _, rngs::StdRng};
pub use shop::{Shop, hash_of, token_of};
use shopbell_store::{Audit, EmbeddedStore, EngineError, OpenError, Options};
use shopbell_vault::{Kek, Options as VaultOptions, Vault};
use source::Source;
pub use tablet::{FloorClient, FloorView, Tablet, client};
use tempfile::TempDir;

use crate::phone::{Frame, write_capture};

/// How long a test waits for what must come, on a machine however slow and busy: it costs nothing when it comes. What is
/// promised to come sooner is held to its promise by a measurement of its own.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The file of a world's charter: a test may write another before the server starts.
pub const CHARTER: &str = "charter.toml";

/// A directory, a port, a time, shops, and the server.
#[derive(Debug)]
pub struct World {
    dir: TempDir,
    port: Port,
    /// The time that every process shows.
    pub clock: WorldClock,
    shops: Vec<Shop>,
    sources: Vec<Source>,
    server_settings: Vec<String>,
    more_config: String,
    agent_settings: Vec<String>,
    tls: bool,
    /// The server, once started.
    pub server: Option<Process>,
}

impl World {
    /// A world whose processes believe that it is `origin` (RFC 3339) now.
    pub fn at(origin: &str) -> Self {
        // Building takes its time, and the world's clock is not to run meanwhile.
        for name in ["shopbell-server", "shopbell-edge"] {
            program(name);
        }
        let dir = tempfile::tempdir().expect("a temporary directory");
        let world = Self {
            port: Port::take(),
            clock: WorldClock::starting_at(origin),
            shops: Vec::new(),
            sources: Vec::new(),
            server_settings: Vec::new(),
            more_config: String::new(),
            agent_settings: Vec::new(),
            tls: false,
            server: None,
            dir,
        };
        // The secret of all worlds; worthless.
        world.write_secret("master.key", &"5a".repeat(32));
        world.write_secret("vault.key", &"6b".repeat(32));
        world.write_charter();
        world
    }

    /// Time runs this many times as fast.
    #[must_use]
    pub fn speed(mut self, speed: u32) -> Self {
        self.clock = self.clock.with_speed(speed);
        self
    }

    /// Adds a shop with its agents, each in a zone of its own; its staff are `ines-<shop>` and `tom-<shop>`.
    #[must_use]
    pub fn shop(mut self, id: &str, agents: &[(&str, &str)]) -> Self {
        self.shops.push(Shop::new(id, agents));
        self
    }

    /// Adds something that sends events, such as a `web` shop or a `till`, with its write key.
    #[must_use]
    pub fn source(mut self, id: &str, kind: &str, write_key: &str) -> Self {
        self.sources.push(Source::new(id, kind, write_key));
        self
    }

    /// A setting of the server, `key=value`.
    #[must_use]
    pub fn server_setting(mut self, setting: &str) -> Self {
        self.server_settings.push(setting.to_owned());
        self
    }

    /// More of the server's configuration, as it stands in its file: shops with names and clocks of their own, and such.
    #[must_use]
    pub fn configured(mut self, toml: &str) -> Self {
        self.more_config.push_str(toml);
        self
    }

    /// A setting of all agents, `key=value`.
    #[must_use]
    pub fn agent_setting(mut self, setting: &str) -> Self {
        self.agent_settings.push(setting.to_owned());
        self
    }

    /// The server speaks TLS, with a certificate for `localhost` from an authority that the agents trust.
    #[must_use]
    pub fn tls(self) -> Self {
        self.tls_as("localhost")
    }

    /// The same, under another name.
    #[must_use]
    pub fn tls_as(mut self, name: &str) -> Self {
        let [authority, certificate, key] = tls::write_certificates(self.dir.path(), name);
        self.tls = true;
        self.server_setting(&format!("tls.cert_file={}", certificate.display()))
            .server_setting(&format!("tls.key_file={}", key.display()))
            .agent_setting(&format!("server.ca_file={}", authority.display()))
    }

    /// Where the world keeps its files.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Address of the server.
    pub fn url(&self) -> String {
        if self.tls {
            format!("https://localhost:{}", self.port.number())
        } else {
            format!("http://127.0.0.1:{}", self.port.number())
        }
    }

    /// Directory of the server's store.
    pub fn store_dir(&self) -> PathBuf {
        self.path("server-data")
    }

    /// Directory of the server's vault.
    pub fn vault_dir(&self) -> PathBuf {
        self.path("server-vault")
    }

    /// Directory of an agent's outbox.
    pub fn outbox_dir(&self, agent: &str) -> PathBuf {
        self.path(&format!("{agent}-data"))
    }

    /// Starts the server and waits until it is ready.
    pub async fn start_server(&mut self) {
        let args = self.server_arguments();
        self.server = Some(Process::start(&program("shopbell-server"), &args, &self.path("server.log")));
        self.await_server().await;
    }

    /// The server's process.
    pub fn server(&self) -> &Process {
        self.server.as_ref().expect("the server was started")
    }

    /// Runs another command of the server's program to its end, with the server's configuration: its exit code, and all
    /// that it printed.
    pub fn command(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = std::process::Command::new(program("shopbell-server"))
            .args(arguments)
            .arg("--config")
            .arg(self.write_server_config())
            .stdin(std::process::Stdio::null())
            .output()
            .expect("the program starts");
        (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    }

    /// A file with an operator's token.
    pub fn operator_token_file(&self) -> PathBuf {
        self.write_secret("operator.token", &token_of("operator"))
    }

    fn write_server_config(&self) -> PathBuf {
        let config = self.path("server.toml");
        std::fs::write(&config, self.server_config()).expect("the configuration is written");
        config
    }

    /// Writes the server's configuration; the arguments with which it starts.
    pub fn server_arguments(&self) -> Vec<String> {
        let config = self.write_server_config();
        let mut args = vec!["serve".to_owned(), "--config".to_owned(), config.display().to_string()];
        args.extend(self.server_settings.iter().flat_map(|set| ["--set".to_owned(), set.clone()]));
        args.extend(self.clock.arguments());
        args
    }

    async fn await_server(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        let server = self.server.as_mut().expect("the server was started");
        while !(if self.tls { accepts(self.port.number()).await } else { healthy(self.port.number()).await })
        {
            assert!(server.running(), "the server ended:\n{}", server.log());
            assert!(
                Instant::now() < deadline,
                "the server is not ready after {PATIENCE:?}:\n{}",
                server.log()
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Ends the server in order, and reads what its disk holds.
    pub async fn end(&mut self) -> Audit {
        if let Some(mut server) = self.server.take() {
            let status = server.stop();
            assert!(status.success(), "the server ended with {status}:\n{}", server.log());
        }
        self.audit().await
    }

    /// The store, to be read; no server may have it open.
    pub fn store(&self) -> EmbeddedStore {
        let deadline = Instant::now() + PATIENCE;
        let vault = self.vault();
        loop {
            match EmbeddedStore::open(self.store_dir(), Options::default(), vault.clone()) {
                // A program that another test starts at this moment holds what this process had open until it runs.
                Err(OpenError::Engine(EngineError::Locked { .. })) if Instant::now() < deadline => {
                    std::thread::yield_now();
                }
                opened => return opened.expect("the store opens"),
            }
        }
    }

    /// The vault; no server may have it open.
    pub fn vault(&self) -> Vault {
        let deadline = Instant::now() + PATIENCE;
        let options = VaultOptions::new(self.vault_dir(), Kek::new([0x6b; 32].into()));
        loop {
            match Vault::open(&options, StdRng::from_os_rng()) {
                Err(shopbell_vault::OpenError::Locked { .. }) if Instant::now() < deadline => {
                    std::thread::yield_now();
                }
                opened => return opened.expect("the vault opens").0,
            }
        }
    }

    /// What the store holds; no server may have it open.
    pub async fn audit(&self) -> Audit {
        let store = self.store();
        let report = store.check(|_| ()).await.expect("the store is read");
        assert!(report.problems.is_empty(), "the store has problems: {:#?}", report.problems);
        store.audit().await.expect("the ingest log is read")
    }

    /// Starts an agent that hears these frames.
    pub fn start_agent(&self, agent: &str, frames: Vec<Frame>) -> Process {
        let capture = self.path(&format!("{agent}.jsonl"));
        let file = std::fs::File::create(&capture).expect("the capture is created");
        write_capture(frames, std::io::BufWriter::new(file)).expect("the capture is written");
        self.start_agent_on(agent, &capture, &[])
    }

    /// Starts an agent on a capture that stands already, with more arguments.
    pub fn start_agent_on(&self, agent: &str, capture: &Path, more: &[&str]) -> Process {
        let token_file = self.write_secret(&format!("{agent}.token"), &token_of(agent));
        let config = self.path(&format!("{agent}.toml"));
        std::fs::write(&config, shop::agent_config(agent, &self.url(), &token_file, &self.outbox_dir(agent)))
            .expect("the configuration is written");
        let mut args = vec!["replay".to_owned(), capture.display().to_string()];
        args.extend(["--config".to_owned(), config.display().to_string()]);
        args.extend(self.agent_settings.iter().flat_map(|set| ["--set".to_owned(), set.clone()]));
        args.extend(self.clock.arguments());
        args.extend(more.iter().map(|arg| (*arg).to_owned()));
        Process::start(&program("shopbell-edge"), &args, &self.path(&format!("{agent}.log")))
    }

    /// The tablet of the first associate of a shop.
    pub fn tablet(&self, shop: &str) -> Tablet {
        self.tablet_of(&format!("ines-{shop}"))
    }

    /// The tablet of an associate.
    pub fn tablet_of(&self, associate: &str) -> Tablet {
        Tablet::open(&self.url(), &token_of(associate))
    }

    /// The retailer's backend.
    pub async fn app(&self) -> App {
        let authority = self.path(tls::AUTHORITY);
        App::connect(&self.url(), &token_of("app"), self.tls.then_some(authority.as_path())).await
    }

    fn server_config(&self) -> String {
        let mut config = format!(
            "[listen]\naddress = \"127.0.0.1:{}\"\n\n[store]\ndirectory = \"{}\"\n\n[keys]\nmaster_key_file = \"{}\"\n\n\
             [vault]\nkek_file = \"{}\"\ndirectory = \"{}\"\ntombstone_directory = \"{}\"\n\n\
             [charter]\nfile = \"{}\"\n\n[ranking]\nwidth = 0\n\n\
             [[app]]\nid = \"backend\"\ntoken_sha256 = {:?}\n\n[[operator]]\nid = \"operator\"\ntoken_sha256 = {:?}\n",
            self.port.number(),
            self.store_dir().display(),
            self.path("master.key").display(),
            self.path("vault.key").display(),
            self.vault_dir().display(),
            self.path("tombstones").display(),
            self.path(CHARTER).display(),
            shop::sha256_of(&token_of("app")),
            shop::sha256_of(&token_of("operator")),
        );
        for shop in &self.shops {
            config.push_str(&shop.config());
        }
        for source in &self.sources {
            config.push_str(&source.config());
        }
        config.push_str(&self.more_config);
        config
    }

    /// Writes the charter of the program, but that nobody is held out, which would be by chance, that guests may be spoken to at
    /// once, and that no sign comes between what a test waits for.
    fn write_charter(&self) {
        let charter = shopbell_server::charter::DEFAULT
            .replace("holdout_share = 0.05", "holdout_share = 0")
            .replace("quiet_for = \"15s\"", "quiet_for = \"0s\"")
            .replace("dwell = \"45s\"", "dwell = \"60m\"")
            .replace("returned = \"15s\"", "returned = \"60m\"")
            .replace("pause = \"3m\"", "pause = \"60m\"");
        std::fs::write(self.path(CHARTER), charter).expect("the charter is written");
    }

    /// Writes a file that only its owner can read.
    pub fn write_secret(&self, name: &str, secret: &str) -> PathBuf {
        use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _};
        let path = self.path(name);
        let mut file = std::fs::File::options()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .expect("the secret's file opens");
        writeln!(file, "{secret}").expect("the secret is written");
        path
    }
}

/// Whether the server takes connections.
async fn accepts(port: u16) -> bool {
    tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok()
}

/// Whether the server answers on `/healthz`.
async fn healthy(port: u16) -> bool {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let Ok(mut socket) = tokio::net::TcpStream::connect(("127.0.0.1", port)).await else { return false };
    let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let mut answer = String::new();
    socket.write_all(request).await.is_ok()
        && socket.read_to_string(&mut answer).await.is_ok()
        && answer.starts_with("HTTP/1.1 200")
}
