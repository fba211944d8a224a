//! `demo`.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use shopbell_kit::config::Sources;

use super::{
    CliError, Source, import, open, say, serve,
    token::{mint, write_secret},
};
use crate::{
    config::{Config, DEFAULTS, TokenHash},
    import::Options,
    online::Readings,
};

/// SHA-256 of the digits in `deploy/demo/demo-master.key`, which everybody knows.
const DEMO_KEY_SHA256: &str = "91b954780a642c122f3130117acf03b2ba7bf01e5350d13a9f21a16a5c4e3ece";

const RUN_IN_TREE: &str =
    "run the demo from the root of the source tree, or name the files with --config and --shop";

/// Runs an invented shop on this machine: imports its customers, then serves.
///
/// The address of each associate's tablet is printed; open one in a browser. Agents are not started here (`make demo`
/// starts them, on a recording). A demo on a recording needs the recording's time: --origin.
///
/// The tokens of a configuration of your own do not count for tablets: each associate gets a new one, which is printed
/// and ends with the demo, unless theirs is `demo-tablet-` and their id.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Where the demo keeps its data; by default a directory that is gone with it.
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
    /// Directory with the invented shop's files of JSON lines.
    #[arg(long, value_name = "DIR", default_value = "deploy/demo/shop")]
    shop: PathBuf,
    /// What the clock shows at the start, as in 2026-11-20T13:40:50Z; by default the real time.
    #[arg(long, value_name = "TIME")]
    origin: Option<String>,
    /// How many seconds pass in one; only with --origin.
    #[arg(long, value_name = "FACTOR", requires = "origin", default_value_t = 1)]
    speed: u32,
    #[command(flatten)]
    more: Source,
}

impl Demo {
    pub(super) async fn run(self, source: Source) -> Result<(), CliError> {
        let mut config = self.load(source.then(self.more.clone()))?;
        let temporary =
            tempfile::tempdir().map_err(|source| file_error(Path::new("a temporary directory"), source))?;
        let directory = self.directory.clone().unwrap_or_else(|| temporary.path().to_owned());
        fs::create_dir_all(&directory).map_err(|source| file_error(&directory, source))?;
        let key_file = demo_key(&config.keys.master_key_file, temporary.path())?;
        config.store.directory = directory.join("store");
        keep_keys_in(&directory, &mut config)?;

        let clock = open::process(&config)?;
        let master = open::master_key(&key_file)?;
        let vault = open::vault(&config).await?;
        let store = open::store(&config, &vault).await?;
        let readings = Arc::new(Readings::new(&config.sources, config.identity.rules()?));
        let options = Options { readings, ..Options::default() };
        import::files(&store, &shop_files(&self.shop)?, &options).await?;
        let tablets = tablets(&mut config);
        serve::run(&config, open::parts(store, clock, master), |url| {
            say(format_args!("\nThe invented shop is open at {url}\n"))?;
            for (name, token) in &tablets {
                say(format_args!("  {name}'s tablet  {url}/#token={token}"))?;
            }
            say(format_args!("  Metrics  {url}/metrics\n\nCtrl-C ends it."))
        })
        .await
    }

    fn load(&self, mut source: Source) -> Result<Config, CliError> {
        let default = PathBuf::from("deploy/demo/server.toml");
        let path = source.config.get_or_insert(default).clone();
        fs::metadata(&path).map_err(|source| file_error(&path, source))?;
        let mut set = Vec::new();
        if let Some(origin) = &self.origin {
            let now = shopbell_domain::time::Clock::now(&shopbell_kit::clock::SystemClock::start());
            set.push(format!("clock.origin={origin:?}"));
            set.push(format!("clock.anchor={:?}", rfc3339(now)));
            set.push(format!("clock.speed={}", self.speed));
        }
        set.extend(source.set);
        let sources = Sources { defaults: DEFAULTS, file: Some(&path), overrides: &set };
        Ok(shopbell_kit::config::load(&sources)?)
    }
}

/// The brand's key of the demo. A clone cannot keep a file closed to others, and the demo's own key, which is in the source
/// tree, is no secret: of that one a closed copy is read. Any other must be closed, as for `serve`.
fn demo_key(path: &Path, temporary: &Path) -> Result<PathBuf, CliError> {
    let key = fs::read_to_string(path).map_err(|source| file_error(path, source))?;
    if TokenHash::of(key.trim()).to_string() != DEMO_KEY_SHA256 {
        return Ok(path.to_owned());
    }
    let copy = temporary.join("master.key");
    write_secret(&copy, key.trim())?;
    Ok(copy)
}

/// A vault of the demo's own, with a new key where there is none.
fn keep_keys_in(directory: &Path, config: &mut Config) -> Result<(), CliError> {
    let key_file = directory.join("vault.key");
    if !key_file.exists() {
        write_secret(&key_file, &mint())?;
    }
    config.vault.directory = directory.join("vault");
    config.vault.tombstone_directory = directory.join("tombstones");
    config.vault.previous_kek_file = None;
    config.vault.kek_file = key_file;
    Ok(())
}

fn file_error(path: &Path, source: std::io::Error) -> CliError {
    CliError::File { what: "cannot use", path: path.display().to_string(), source, way_out: RUN_IN_TREE }
}

fn rfc3339(at: shopbell_domain::time::Timestamp) -> String {
    let nanos = i128::from(at.as_millis()) * 1_000_000;
    time::OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .ok()
        .and_then(|at| at.format(&time::format_description::well_known::Rfc3339).ok())
        .unwrap_or_default()
}

fn shop_files(directory: &Path) -> Result<Vec<PathBuf>, CliError> {
    let entries = fs::read_dir(directory).map_err(|source| file_error(directory, source))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>();
    let mut files = paths.map_err(|source| file_error(directory, source))?;
    files.retain(|path| {
        let rejected = path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with(".rejected"));
        path.extension().is_some_and(|extension| extension == "jsonl") && !rejected
    });
    files.sort();
    Ok(files)
}

/// Names and tokens of the tablets. The configuration holds only hashes: where the demo's well-known token does not
/// fit one, a new token takes its place.
fn tablets(config: &mut Config) -> Vec<(String, String)> {
    let mut tablets = Vec::new();
    for associate in config.shops.iter_mut().flat_map(|shop| &mut shop.associates) {
        let known = format!("demo-tablet-{}", associate.id);
        let token = if TokenHash::of(&known) == associate.token_sha256 { known } else { mint() };
        associate.token_sha256 = TokenHash::of(&token);
        tablets.push((associate.name.clone(), token));
    }
    tablets
}
