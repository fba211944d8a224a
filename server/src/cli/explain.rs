//! `explain-config`.

use clap::Args;
use shopbell_kit::config::explain;

use super::{CliError, Source, say};
use crate::config::DEFAULTS;

/// Prints every setting in force, with where it comes from.
#[derive(Debug, Args)]
pub(super) struct Explain {
    /// Prints the commented defaults instead: a start for a file of your own.
    #[arg(long)]
    defaults: bool,
    #[command(flatten)]
    more: Source,
}

impl Explain {
    pub(super) fn run(self, source: Source) -> Result<(), CliError> {
        if self.defaults {
            return say(DEFAULTS.trim_end());
        }
        let source = source.then(self.more);
        for setting in explain(&source.sources())? {
            say(format_args!("{} = {}  ({})", setting.key, setting.value, setting.origin))?;
        }
        source.load().map(|_| ())
    }
}
