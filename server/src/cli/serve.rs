//! `serve`.

use clap::Args;
use shopbell_kit::{lifecycle::StopSource, notify::Notify};

use super::{CliError, Source, open, say};
use crate::{
    app::{self, Parts},
    config::Config,
};

/// Runs the server until SIGTERM or Ctrl-C.
///
/// It then takes no new calls, ends every stream with UNAVAILABLE, lets open calls end (limits.drain_s) and closes the
/// store. Whatever was acknowledged is on disk. A second signal, at least a second later, ends it at once.
#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    more: Source,
}

impl Serve {
    pub(super) async fn run(self, source: Source) -> Result<(), CliError> {
        let config = source.then(self.more).load()?;
        let clock = open::process(&config)?;
        let master = open::master_key(&config.keys.master_key_file)?;
        let vault = open::vault(&config).await?;
        let store = open::store(&config, &vault).await?;
        run(&config, open::parts(store, clock, master), |url| say(format_args!("listening on {url}"))).await
    }
}

/// Serves until a signal; `ready` is told the address.
pub(super) async fn run(
    config: &Config,
    parts: Parts,
    ready: impl FnOnce(&str) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let signals = StopSource::signals().map_err(CliError::Signals)?;
    let server = app::build(config, parts).await?;
    tracing::info!(url = server.url(), shops = config.shops.len(), "serving");
    ready(&server.url())?;
    server.supervise(Notify::from_env().map_err(CliError::Notify)?);
    server.run(signals).await?;
    tracing::info!("stopped");
    Ok(())
}
