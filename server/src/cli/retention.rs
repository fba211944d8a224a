//! `retention`.

use std::sync::Arc;

use clap::Args;
use shopbell_proto::admin::v1::{
    PreviewRetentionRequest, maintenance_service_client::MaintenanceServiceClient,
};
use shopbell_store::Mode;

use super::{
    CliError, Source, open,
    remote::{Server, refused},
    say,
};
use crate::{
    metrics::Metrics,
    retention::{self, RetentionParts},
};

/// Tells what the retention would delete now, by class. Nothing is changed.
///
/// A running server deletes by itself what is older than it may be, at its start and once a day: docs/retention.md.
#[derive(Debug, Args)]
pub(super) struct Retention {
    /// Only tells; there is no other way to run it by hand.
    #[arg(long, required = true)]
    dry_run: bool,
    /// No server runs: opens the store itself, as the configuration says.
    #[arg(long, conflicts_with_all = ["url", "token_file", "ca_file"])]
    offline: bool,
    #[command(flatten)]
    server: Option<Server>,
    #[command(flatten)]
    more: Source,
}

impl Retention {
    pub(super) async fn run(self, source: Source) -> Result<(), CliError> {
        match (self.offline, self.server) {
            (true, _) => offline(source.then(self.more)).await,
            (false, Some(server)) => online(&server).await,
            (false, None) => Err(CliError::NoServer),
        }
    }
}

async fn online(server: &Server) -> Result<(), CliError> {
    let line = server.connect().await?;
    let mut client = MaintenanceServiceClient::new(line.channel.clone());
    let answer = client.preview_retention(line.request(PreviewRetentionRequest {})).await;
    for class in answer.map_err(refused)?.into_inner().classes {
        tell(&class.name, class.kept_days, class.due, class.kept)?;
    }
    Ok(())
}

async fn offline(source: Source) -> Result<(), CliError> {
    let config = source.load()?;
    let clock = open::process(&config)?;
    if !config.store.directory.exists() {
        return Err(CliError::NoStore(config.store.directory.display().to_string()));
    }
    let store = open::store(&config, &open::vault(&config).await?).await?;
    let shared = Arc::new(store.clone());
    let retention = retention::Retention::new(RetentionParts {
        embedded: store,
        store: shared.clone(),
        events: shared.clone(),
        consents: shared.clone(),
        inbox: shared,
        forgetter: None,
        times: config.retention,
        clock,
        metrics: Arc::new(Metrics::new()),
    });
    for found in retention.pass(Mode::Preview).await? {
        tell(found.class, found.days, found.due, found.kept)?;
    }
    Ok(())
}

fn tell(class: &str, days: u32, due: u64, kept: u64) -> Result<(), CliError> {
    say(format_args!("{class:<14} kept {days:>4} days: {due} would be deleted now, {kept} stay"))
}
