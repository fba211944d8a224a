//! Where a command's settings come from.

use std::path::PathBuf;

use clap::Args;
use shopbell_kit::config::{Sources, load};

use super::CliError;
use crate::config::{Config, DEFAULTS};

/// Settings: the built-in defaults, then the file, then each `--set`.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Source {
    /// The configuration file; what it does not set keeps its default.
    #[arg(long, short, value_name = "FILE", help_heading = "Configuration")]
    pub(super) config: Option<PathBuf>,
    /// One setting, as in `listen.address=127.0.0.1:9000`; may be given again.
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Configuration")]
    pub(super) set: Vec<String>,
}

impl Source {
    /// Both before and after the command's name, settings count; the later ones win.
    pub(super) fn then(mut self, later: Self) -> Self {
        self.config = later.config.or(self.config);
        self.set.extend(later.set);
        self
    }

    /// For reading and explaining.
    pub(super) fn sources(&self) -> Sources<'_> {
        Sources { defaults: DEFAULTS, file: self.config.as_deref(), overrides: &self.set }
    }

    /// Reads and checks.
    pub(super) fn load(&self) -> Result<Config, CliError> {
        Ok(load(&self.sources())?)
    }
}
