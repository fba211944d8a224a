//! The commands.

use std::{fmt::Display, io::Write as _, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use shopbell_kit::{
    config::{ConfigError, Sources, load},
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
#[derive(Debug, Parser)]
#[command(name = "shopbell-edge", version, about)]
pub struct Cli {
    /// Settings that differ from the defaults (TOML).
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Changes one setting: section.key=value. Can be repeated.
    #[arg(long, global = true, value_name = "KEY=VALUE")]
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
            Err(error) if matches!(self.command, Command::Doctor) => return doctor::run(Err(error)).await,
            Err(error) => return failed(&error),
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
