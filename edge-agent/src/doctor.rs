//! `shopbell-edge doctor`: everything that the agent needs, checked one by one, each with the way out.
//!
//! It changes nothing: it greets the server with no boot of its own, so the server's idea of who is here stays, and it
//! opens the outbox only while no agent has it open.

mod server;

use std::{
    fmt::Display,
    fs,
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
};

use shopbell_durable::{OpenError, Store};
use shopbell_kit::{clock::SystemClock, config::ConfigError};

use crate::{
    config::{AgentConfig, RadioSource},
    radio::{btleplug::adapter, capture::Capture},
};

/// How well a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// The agent runs, and something should be looked at.
    Warn,
    /// The agent cannot do its work.
    Fail,
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How well it is.
    pub verdict: Verdict,
    /// What was checked.
    pub what: &'static str,
    /// What was found, with the way out if there is something wrong.
    pub text: String,
}

impl Finding {
    fn ok(what: &'static str, text: impl Display) -> Self {
        Self { verdict: Verdict::Ok, what, text: text.to_string() }
    }

    fn warn(what: &'static str, text: impl Display) -> Self {
        Self { verdict: Verdict::Warn, what, text: text.to_string() }
    }

    fn fail(what: &'static str, text: impl Display) -> Self {
        Self { verdict: Verdict::Fail, what, text: text.to_string() }
    }
}

/// Checks, prints, and exits with failure if something failed.
pub async fn run(config: Result<AgentConfig, ConfigError>) -> ExitCode {
    let findings = match config {
        Ok(config) => examine(&config).await,
        Err(error) => vec![Finding::fail("config", error)],
    };
    let mut out = io::stdout();
    for Finding { verdict, what, text } in &findings {
        let verdict = match verdict {
            Verdict::Ok => "ok  ",
            Verdict::Warn => "warn",
            Verdict::Fail => "FAIL",
        };
        // When nobody reads, the exit code still tells.
        let _ = writeln!(out, "{verdict} {what:<7} {text}");
    }
    let failed = findings.iter().any(|finding| finding.verdict == Verdict::Fail);
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Checks everything.
pub async fn examine(config: &AgentConfig) -> Vec<Finding> {
    let mut findings = vec![Finding::ok("config", "every setting makes sense")];
    findings.push(clock(config));
    findings.push(radio(config).await);
    findings.extend(server::examine(&config.server, &SystemClock::start()).await);
    findings.extend(outbox(config));
    findings
}

fn clock(config: &AgentConfig) -> Finding {
    match config.clock.start() {
        Err(error) => Finding::fail("clock", error),
        Ok(_) if config.clock.origin.is_some() => {
            Finding::warn("clock", "set to a recording's time by [clock]: remove that section in a real shop")
        }
        Ok(_) => Finding::ok("clock", "the machine's"),
    }
}

async fn radio(config: &AgentConfig) -> Finding {
    const WHAT: &str = "radio";
    if config.radio.source == RadioSource::Capture {
        let first = Capture::open(&config.radio.capture_file).and_then(|mut capture| capture.next_frame());
        return match first {
            Ok(Some(_)) => Finding::warn(WHAT, "a recording instead of Bluetooth: not for a real shop"),
            Ok(None) => Finding::fail(WHAT, "the recording holds no advertisement: record with `btmon -w`"),
            Err(error) => Finding::fail(WHAT, error),
        };
    }
    let found = match adapter::find(&config.radio.adapter).await {
        Ok(found) => found,
        Err(error) => return Finding::fail(WHAT, error),
    };
    let name = format!("{} ({})", found.name, found.address);
    if adapter::is_powered(&found.adapter).await {
        Finding::ok(WHAT, format!("adapter {name}"))
    } else {
        Finding::warn(
            WHAT,
            format!(
                "adapter {name} has no power: the agent switches it on, unless `rfkill list` says blocked"
            ),
        )
    }
}

fn outbox(config: &AgentConfig) -> Vec<Finding> {
    const WHAT: &str = "outbox";
    let (dir, wanted_mib) = (&config.outbox.dir, config.outbox.max_mib);
    if !dir.exists() {
        return match may_create(dir) {
            Ok(()) => {
                let state = Finding::ok(WHAT, format!("{} will be made at the first start", dir.display()));
                vec![state, space(dir, wanted_mib)]
            }
            // The room beside it says nothing of where the outbox will be.
            Err(error) => vec![Finding::fail(
                WHAT,
                format!(
                    "{} cannot be made ({error}): make it, and give it to the agent's user",
                    dir.display()
                ),
            )],
        };
    }
    let state = match Store::open(dir, shopbell_durable::Options::default()) {
        Ok(store) => match store.verify() {
            Ok(1) => Finding::ok(WHAT, format!("1 event waits in {}", dir.display())),
            Ok(events) => Finding::ok(WHAT, format!("{events} events wait in {}", dir.display())),
            Err(error) => Finding::fail(WHAT, error),
        },
        Err(OpenError::Locked { .. }) => {
            Finding::ok(WHAT, format!("{} is in use by a running agent", dir.display()))
        }
        Err(error) => Finding::fail(WHAT, error),
    };
    vec![state, space(dir, wanted_mib)]
}

/// The nearest directory above that exists.
fn existing(dir: &Path) -> &Path {
    dir.ancestors().find(|above| above.is_dir()).unwrap_or(Path::new("."))
}

fn may_create(dir: &Path) -> io::Result<()> {
    let probe = existing(dir).join(".shopbell-doctor");
    fs::create_dir(&probe)?;
    fs::remove_dir(&probe)
}

fn space(dir: &Path, wanted_mib: u64) -> Finding {
    const WHAT: &str = "disk";
    let free_mib = match free_mib(existing(dir)) {
        Ok(free_mib) => free_mib,
        Err(error) => {
            return Finding::warn(WHAT, format!("the free space of {} is not known: {error}", dir.display()));
        }
    };
    let text = format!("{free_mib} MiB free for the outbox, which may take {wanted_mib} MiB");
    match free_mib {
        0..32 => Finding::fail(WHAT, format!("{text}: free some space")),
        _ if free_mib < wanted_mib => {
            Finding::warn(WHAT, format!("{text}: free some space, or lower outbox.max_mib"))
        }
        _ => Finding::ok(WHAT, text),
    }
}

#[cfg(unix)]
fn free_mib(dir: &Path) -> io::Result<u64> {
    let statistics = nix::sys::statvfs::statvfs(dir)?;
    #[allow(clippy::useless_conversion, reason = "the system's types have 32 bits on 32-bit machines")]
    let (blocks, size) = (u64::from(statistics.blocks_available()), u64::from(statistics.fragment_size()));
    Ok(blocks.saturating_mul(size) / (1_024 * 1_024))
}

#[cfg(not(unix))]
fn free_mib(_dir: &Path) -> io::Result<u64> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}
