//! `check`.

use clap::Args;
use shopbell_kit::secret::read_token;

use super::{CliError, Source, open, say};
use crate::{app::StartError, campaigns, charter, config::Config, http::tls, import::count, notes, texts};

/// Tells whether a server with this configuration would start, and reads every record of its store.
///
/// Nothing is changed. On a large store the walk takes minutes, and the server must not run meanwhile;
/// --config-only leaves the store alone.
#[derive(Debug, Args)]
pub(super) struct Check {
    /// Checks the configuration and the files that it names, and leaves the store alone.
    #[arg(long)]
    config_only: bool,
    #[command(flatten)]
    more: Source,
}

impl Check {
    pub(super) async fn run(self, source: Source) -> Result<(), CliError> {
        let config = source.then(self.more).load()?;
        config.clock.start()?;
        say(format_args!(
            "configuration: good; {}, {}, {}, {}",
            count(config.shops.len() as u64, "shop"),
            count(config.apps.len() as u64, "backend"),
            count(config.sources.len() as u64, "source"),
            count(config.operators.len() as u64, "operator")
        ))?;
        of_headquarters(&config)?;
        open::master_key(&config.keys.master_key_file)?;
        say("key: good")?;
        open::kek("vault.kek_file", &config.vault.kek_file)?;
        say("vault's key: good")?;
        let texts = texts::load(&config.consent)?.iter().count() as u64;
        say(format_args!("consent: good; {}", count(texts, "text")))?;
        notes::block_list(&config.notes).map_err(StartError::from)?;
        for file in config.shopify.iter().flat_map(|shop| &shop.secret_files) {
            read_token(file).map_err(StartError::from)?;
        }
        match config.tls.files() {
            Some((cert, key)) => {
                tls::server_config(cert, key)?;
                say("certificate: good")
            }
            None => say("certificate: none; the server speaks plain HTTP"),
        }?;
        if self.config_only {
            return Ok(());
        }
        walk(&config).await
    }
}

/// What headquarters writes: first, so that it can be checked where the keys are not.
fn of_headquarters(config: &Config) -> Result<(), CliError> {
    let charter = charter::of(&config.charter, &config.shops).map_err(StartError::from)?;
    match charter.subjects() {
        0 => say(
            "charter: good; but it forbids no subject at all: whoever writes their own begins with the program's list",
        )?,
        subjects => say(format_args!("charter: good; {}", count(subjects as u64, "forbidden subject")))?,
    }
    let campaigns = campaigns::of(&config.campaigns, &charter, &config.shops).map_err(StartError::from)?;
    say(format_args!("campaigns: good; {}", count(campaigns.len() as u64, "campaign")))
}

async fn walk(config: &Config) -> Result<(), CliError> {
    let directory = config.store.directory.display();
    if !config.store.directory.exists() {
        return say(format_args!("store: {directory} is not there yet; the server makes it"));
    }
    let vault = open::vault(config).await?;
    let report = open::store(config, &vault).await?.check(|_| ()).await?;
    for (kind, count) in &report.records {
        say(format_args!("store: {count} {kind}"))?;
    }
    for problem in &report.problems {
        say(format_args!("store: {problem}"))?;
    }
    match report.problem_count {
        0 => say(format_args!("store: {directory} is good")),
        count => Err(CliError::StoreProblems(count)),
    }
}
