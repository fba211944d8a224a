//! A damaged store, from the refusal of `serve` over `recover` to an import of an old file, with the real program.

#![expect(clippy::unwrap_used, reason = "a test's helper fails its test")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use rand::{SeedableRng as _, rngs::StdRng};
use shopbell_domain::{
    consent::{Sharing, SharingLevel},
    id::CustomerId,
    identity::{Identifier, IdentifierKind},
    ports::Customers as _,
    rights::port::{Admission, Gate as _},
    time::Timestamp,
};
use shopbell_store::{EmbeddedStore, Options};
use shopbell_vault::{Kek, Vault};

struct World {
    home: tempfile::TempDir,
}

impl World {
    /// Whether nothing is kept of any of them.
    async fn keeps_out(&self, all: &[Identifier]) -> bool {
        let store = self.store();
        for one in all {
            let admitted = store.admits(std::slice::from_ref(one), Timestamp::from_secs(9)).await.unwrap();
            if admitted != Admission::Suppressed {
                return false;
            }
        }
        true
    }

    fn new() -> Self {
        let world = Self { home: tempfile::tempdir().unwrap() };
        for (name, digits) in [("master.key", "11"), ("vault.key", "22")] {
            fs::write(world.path(name), digits.repeat(32)).unwrap();
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                fs::set_permissions(world.path(name), fs::Permissions::from_mode(0o600)).unwrap();
            }
        }
        let customers = (0..2_000).map(|number| {
            format!(
                "{{\"type\":\"customer\",\"customer_id\":\"c-{number}\",\"name\":\"Camille {number} {}\",\"level\":4}}\n\
                 {{\"type\":\"phone\",\"phone_id\":\"{number:016x}\",\"customer_id\":\"c-{number}\"}}\n",
                "x".repeat(60)
            )
        });
        fs::write(world.path("old.jsonl"), customers.collect::<String>()).unwrap();
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_shopbell-server"));
        command.args(arguments);
        command.arg("--set").arg(format!("store.directory={}", self.path("store").display()));
        command.arg("--set").arg(format!("keys.master_key_file={}", self.path("master.key").display()));
        command.arg("--set").arg(format!("vault.kek_file={}", self.path("vault.key").display()));
        command.arg("--set").arg(format!("vault.directory={}", self.path("vault").display()));
        let tombstones = self.path("tombstones");
        command.arg("--set").arg(format!("vault.tombstone_directory={}", tombstones.display()));
        command.arg("--set").arg("listen.address=127.0.0.1:0");
        command.stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let Output { status, stdout, stderr } = self.command(arguments).output().unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        (status.code(), text)
    }

    fn import(&self, more: &[&str]) -> (Option<i32>, String) {
        let file = self.path("old.jsonl").display().to_string();
        self.run(&[&["import", &file], more].concat())
    }

    fn store(&self) -> EmbeddedStore {
        let options = shopbell_vault::Options::new(self.path("vault"), Kek::new([0x22; 32].into()));
        let (vault, _) = Vault::open(&options, StdRng::from_os_rng()).unwrap();
        EmbeddedStore::open(self.path("store"), Options::default(), vault).unwrap()
    }

    async fn level(&self, number: u32) -> Option<SharingLevel> {
        let id = CustomerId::new(format!("c-{number}")).unwrap();
        self.store().customer(&id).await.unwrap().map(|customer| customer.consent.sharing.level)
    }

    /// Cuts the newest tenth of the log off, as a disk does that did not keep what it said.
    fn damage(&self) {
        let log = self.path("store").join("db");
        let bytes = fs::read(&log).unwrap();
        let written = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        fs::write(&log, bytes.get(..written - written / 10).unwrap()).unwrap();
    }
}

fn aside(home: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(home).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.to_string_lossy().contains(".damaged-")).collect()
}

#[tokio::test]
async fn from_damage_to_service() {
    let world = World::new();
    assert_eq!(world.run(&["recover"]).0, Some(1), "there is nothing yet");
    let (code, text) = world.import(&[]);
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = world.run(&["recover"]);
    assert!(code == Some(0) && text.contains("is good; nothing was changed"), "{text}");
    // Customer 7 opts out; then the disk forgets.
    let opted_out = CustomerId::new("c-7").unwrap();
    world.store().set_sharing(&opted_out, Sharing::default(), Timestamp::from_secs(5)).await.unwrap();
    // Of customer 9 nothing is to be kept, nor of who has no record.
    let suppressed = ["c-9", "o-1"].map(|name| Identifier::new(IdentifierKind::Customer, name).unwrap());
    for one in &suppressed {
        world.store().suppress(one, &[]).await.unwrap();
    }
    {
        let _server = world.store();
        let (code, text) = world.run(&["recover"]);
        assert!(code == Some(1) && text.contains("is in use by another process"), "{text}");
    }
    world.damage();

    let (code, text) = world.run(&["serve"]);
    let directory = world.path("store").display().to_string();
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains(&format!("the store in {directory} is damaged: ")), "{text}");
    assert!(text.contains("shopbell-server recover") && text.contains("backup"), "{text}");
    assert!(!text.contains("panicked"), "the engine's panics are caught, and no news: {text}");
    assert_eq!(aside(world.home.path()), Vec::<PathBuf>::new(), "nothing was moved");
    assert_eq!(world.import(&[]).0, Some(3), "nor is anything imported over it");

    // Killed in the midst, at some moment or other; then run again.
    for _ in 0..3 {
        let mut cut_short =
            world.command(&["recover"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = [0; 1];
        let _ = std::io::Read::read(cut_short.stderr.as_mut().unwrap(), &mut first);
        cut_short.kill().unwrap();
        cut_short.wait().unwrap();
    }
    let (code, text) = world.run(&["recover"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("known to be lost") && text.contains("docs/recover.md"), "{text}");
    assert!(!text.contains("Camille") && !text.contains("c-7"), "nothing personal: {text}");
    let kept = aside(world.home.path());
    assert!(kept.len() == 1 && text.contains(&kept.first().unwrap().display().to_string()), "{text}");

    let (code, said) = world.run(&["check"]);
    assert!(code == Some(0) && said.contains("is good"), "{said}");
    assert!(world.keeps_out(&suppressed).await, "{text}");
    assert!(world.level(7).await.is_none_or(|level| level == SharingLevel::Invisible));
    let (code, text) = world.import(&[]);
    assert!(matches!(code, Some(0 | 2)), "{text}");
    for number in (0..2_000).step_by(97).chain([7]) {
        assert_eq!(
            world.level(number).await,
            Some(SharingLevel::Invisible),
            "an old file raises nobody: {text}"
        );
    }
    // Asked for, it does.
    let (_, text) = world.import(&["--replace-sharing", "--levels-from-file"]);
    assert_eq!(world.level(7).await, Some(SharingLevel::Purchases), "{text}");
    let raised = world.store().customer(&opted_out).await.unwrap().unwrap();
    assert!(raised.consented_since > Timestamp::from_secs(5), "as of the import");
}
