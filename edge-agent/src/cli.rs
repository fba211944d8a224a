//! The commands.

use std::{
    fmt::{Display, Write as _},
    io::Write as _,
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use shopbell_kit::{
    config::{ConfigError, Setting, Sources, explain, load},
    lifecycle::StopSource,
    telemetry,
};

use crate::{
    agent::{Agent, Replay, Speed},
    config::{AgentConfig, DEFAULTS},
    detect::AtEnd,
    doctor, scan,
};

/// Hears the phones of shoppers who asked to be recognised, and reports visits to the server.
///
/// Run it on a machine in the shop that has a Bluetooth adapter. It keeps what it heard on disk until the server has it,
/// and stores nothing of phones that show no token of the brand.
#[derive(Debug, Parser)]
#[command(name = "shopbell-edge", version, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Begin with a token, which `shopbell-server token` makes, in a file of mode 600, or:\n  \
    shopbell-edge explain-config --defaults > agent.toml   see what can be set\n  \
    shopbell-edge doctor --config agent.toml               see what is missing, with the way out\n  \
    shopbell-edge scan --seconds 20                        see what the radio hears, as counts\n  \
    shopbell-edge run --config agent.toml"
)]
pub struct Cli {
    /// The configuration file; what it does not set keeps its default.
    #[arg(long, short, global = true, value_name = "FILE", help_heading = "Configuration")]
    config: Option<PathBuf>,
    /// One setting, as in `server.url=https://shopbell.example:8417`; may be given again.
    #[arg(long, global = true, value_name = "KEY=VALUE", help_heading = "Configuration")]
    set: Vec<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the agent until it is stopped (SIGTERM).
    Run,
    /// Shows live what the radio hears: counts only, never who.
    Scan {
        /// Ends after so many seconds.
        #[arg(long, value_name = "SECONDS")]
        seconds: Option<u64>,
        /// Plays a recording instead of listening.
        #[arg(long, value_name = "FILE")]
        capture: Option<PathBuf>,
        /// How fast the recording is played: a number, or max.
        #[arg(long, value_name = "N|max", value_parser = speed, requires = "capture")]
        speed: Option<Speed>,
    },
    /// Runs the agent on a recording instead of the radio.
    Replay {
        /// btsnoop (btmon -w, hcidump, Android's HCI log) or JSON lines.
        file: PathBuf,
        /// How many times faster than recorded: a number, or max. Not together with `[clock]`.
        #[arg(long, value_name = "N|max", value_parser = speed)]
        speed: Option<Speed>,
        /// At the end of the recording everybody leaves, everything is delivered, and the agent ends.
        #[arg(long)]
        exit_at_end: bool,
    },
    /// Checks everything that the agent needs, and says how to repair what is wrong.
    Doctor,
    /// Prints every setting in force, with where it comes from.
    ExplainConfig {
        /// Prints the commented defaults instead: a start for a file of your own.
        #[arg(long)]
        defaults: bool,
    },
}

fn speed(text: &str) -> Result<Speed, String> {
    match text.parse::<u32>() {
        _ if text == "max" => Ok(Speed::Max),
        Ok(times) if times > 0 => Ok(Speed::Times(times)),
        _ => Err("give a whole number of at least 1, or max".to_owned()),
    }
}

impl Cli {
    /// Runs the command; the exit code is for the shell.
    pub async fn run(self) -> ExitCode {
        let sources = Sources { defaults: DEFAULTS, file: self.config.as_deref(), overrides: &self.set };
        let config: Result<AgentConfig, ConfigError> = load(&sources);
        let config = match config {
            Ok(config) => config,
            Err(error) => {
                return match self.command {
                    Command::Doctor => doctor::run(Err(error)).await,
                    Command::ExplainConfig { defaults } => explained(&sources, defaults, Some(&error)),
                    _ => failed(&error),
                };
            }
        };
        if let Err(error) = telemetry::init(&config.log) {
            return failed(&error);
        }
        match self.command {
            Command::Run => agent(&config, None).await,
            Command::Replay { file, speed, exit_at_end } => {
                let at_end = if exit_at_end { AtEnd::Finish } else { AtEnd::KeepListening };
                agent(&config, Some(Replay { file, speed, at_end })).await
            }
            Command::ExplainConfig { defaults } => explained(&sources, defaults, None),
            Command::Doctor => doctor::run(Ok(config)).await,
            Command::Scan { seconds, capture, speed } => {
                let replay = capture.map(|file| Replay { file, speed, at_end: AtEnd::Finish });
                match scan::run(&config, replay.as_ref(), seconds).await {
                    Ok(()) => ExitCode::SUCCESS,
                    Err(error) => failed(&error),
                }
            }
        }
    }
}

/// Prints the settings, and then what is wrong with them.
fn explained(sources: &Sources<'_>, defaults: bool, wrong: Option<&ConfigError>) -> ExitCode {
    let text =
        if defaults { Ok(DEFAULTS.to_owned()) } else { explain(sources).map(|settings| lines(&settings)) };
    match text {
        // When nobody reads, there is nobody to tell.
        Ok(text) => drop(std::io::stdout().write_all(text.as_bytes())),
        Err(error) => return failed(&error),
    }
    match wrong {
        Some(error) if !defaults => failed(error),
        _ => ExitCode::SUCCESS,
    }
}

fn lines(settings: &[Setting]) -> String {
    let mut lines = String::new();
    for Setting { key, value, origin } in settings {
        // Writing to a string never fails.
        let _ = writeln!(lines, "{key} = {value}  ({origin})");
    }
    lines
}

async fn agent(config: &AgentConfig, replay: Option<Replay>) -> ExitCode {
    let stop = match StopSource::signals() {
        Ok(stop) => stop,
        Err(error) => return failed(&error),
    };
    let agent = match Agent::build(config, replay.as_ref(), StdRng::from_os_rng().random()) {
        Ok(agent) => agent,
        Err(error) => return failed(&error),
    };
    match agent.run(stop).await {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &dyn Display) -> ExitCode {
    // When even standard error is gone there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "shopbell-edge: {error}");
    ExitCode::FAILURE
}
