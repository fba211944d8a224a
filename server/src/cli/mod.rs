//! The commands, one file each. A command says what it does on standard output, and what went wrong, with the way out,
//! on standard error; logs go to standard error too.
//!
//! To add a command: a file with its arguments and `run`, a variant of `Command`, its arm in [`Cli::run`].

mod backup;
mod check;
mod demo;
mod erase;
mod error;
mod events;
mod explain;
mod explain_card;
mod export;
mod identity;
mod import;
mod open;
mod recover;
mod regulations;
mod remote;
mod requests;
mod restore;
mod retention;
mod serve;
mod source;
mod token;
mod vault;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

pub use self::error::CliError;
use self::source::Source;

/// Shopbell's central server.
///
/// Edge agents in the shops report to it whose phone is near; associates' tablets show who may be met and what may
/// be said; the retailer's backend tells it what customers share. One port serves all of them, the tablet's page at /,
/// /metrics and /healthz.
#[derive(Debug, Parser)]
#[command(name = "shopbell-server", version, propagate_version = true, max_term_width = 100)]
#[command(after_help = "Begin with `shopbell-server demo`, or:\n  \
    shopbell-server token --master-key master.key   make the brand's key\n  \
    shopbell-server vault new-key vault.key         make the key that wraps customers' keys\n  \
    shopbell-server token                           make a token, once for each agent, tablet and backend\n  \
    shopbell-server check --config server.toml      see whether the configuration holds together\n  \
    shopbell-server serve --config server.toml")]
pub struct Cli {
    #[command(flatten)]
    source: Source,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Demo(demo::Demo),
    Import(import::Import),
    Check(check::Check),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Retention(retention::Retention),
    Recover(recover::Recover),
    Events(events::Events),
    Identity(identity::Identity),
    Explain(explain_card::ExplainCard),
    Export(export::Export),
    Erase(erase::Erase),
    Regulations(regulations::Regulations),
    Requests(requests::Requests),
    Token(token::Token),
    Vault(vault::Vault),
    ExplainConfig(explain::Explain),
}

impl Cli {
    /// Runs the command; the exit code is 0 only when it did what it says.
    pub async fn run(self) -> ExitCode {
        let Self { source, command } = self;
        let done = match command {
            Command::Serve(command) => command.run(source).await,
            Command::Demo(command) => command.run(source).await,
            Command::Import(command) => command.run(source).await,
            Command::Check(command) => command.run(source).await,
            Command::Backup(command) => command.run(source).await,
            Command::Restore(command) => command.run(source).await,
            Command::Retention(command) => command.run(source).await,
            Command::Recover(command) => command.run(source).await,
            Command::Events(command) => command.run().await,
            Command::Identity(command) => command.run().await,
            Command::Explain(command) => command.run().await,
            Command::Export(command) => command.run().await,
            Command::Erase(command) => command.run().await,
            Command::Regulations(command) => command.run().await,
            Command::Requests(command) => command.run().await,
            Command::Token(command) => command.run(),
            Command::Vault(command) => command.run(source).await,
            Command::ExplainConfig(command) => command.run(source),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                // Nobody is left to hear of a failure to print a failure.
                let _ = writeln!(io::stderr(), "shopbell-server: {error}");
                ExitCode::from(error.exit_code())
            }
        }
    }
}

/// Prints a line for people or scripts.
fn say(text: impl std::fmt::Display) -> Result<(), CliError> {
    writeln!(io::stdout(), "{text}").map_err(CliError::Output)
}

#[cfg(test)]
mod tests;
