//! `recover`.

use std::{
    io::{IsTerminal as _, Write as _, stderr},
    time::Duration,
};

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use shopbell_store::{EmbeddedStore, Recovered, RecoveryReport, Replayed, Step};

use super::{CliError, Source, open, say};

/// Makes a new store of what a damaged one still holds.
///
/// The damaged directory stays beside the new one, as it is. Nobody's consent comes back that may have been taken away:
/// whoever's last decision may be lost shares nothing from now on (docs/recover.md). A healthy store is left alone. The
/// command can be stopped and run again. It needs free disk space for a second store; the server must not run meanwhile.
#[derive(Debug, Args)]
pub(super) struct Recover {
    #[command(flatten)]
    more: Source,
}

impl Recover {
    pub(super) async fn run(self, source: Source) -> Result<(), CliError> {
        let config = source.then(self.more).load()?;
        let clock = open::process(&config)?;
        let directory = config.store.directory.clone();
        let shown = directory.display().to_string();
        let mut recovered = directory.clone().into_os_string();
        recovered.push(".recovered");
        if !directory.exists() && !std::path::Path::new(&recovered).exists() {
            return Err(CliError::NoStore(shown));
        }
        let (options, now) = (open::options(&config), clock.now());
        let vault = open::vault(&config).await?;
        let mut bar = Bar::new();
        let done = tokio::task::spawn_blocking(move || {
            EmbeddedStore::recover(&directory, options, vault, now, |step| bar.show(step))
                .map_err(CliError::from)
        });
        match done.await?? {
            Recovered::Healthy => say(format_args!("the store in {shown} is good; nothing was changed")),
            Recovered::Anew(report) => tell(&shown, &report),
        }
    }
}

fn tell(directory: &str, report: &RecoveryReport) -> Result<(), CliError> {
    say(format_args!("the store in {directory} was damaged: {}", report.reason))?;
    say(format_args!("{:<30} {:>10} {:>16}", "records", "carried over", "known to be lost"))?;
    let mut kinds: Vec<_> = report.kept.keys().chain(report.lost.keys()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        let count = |of: &std::collections::BTreeMap<&str, u64>| of.get(kind).copied().unwrap_or(0);
        say(format_args!("{kind:<30} {:>10} {:>16}", count(&report.kept), count(&report.lost)))?;
    }
    if report.unreadable_bytes > 0 {
        say(format_args!("{} bytes of the log cannot be read", report.unreadable_bytes))?;
    }
    if !report.ends_whole {
        say(
            "the end of the log is missing, or cannot be shown to be there: what was written last may be lost",
        )?;
    }
    if report.customers_closed > 0 {
        say(format_args!(
            "customers who share nothing from now on, since their last decision may be lost: {}",
            report.customers_closed
        ))?;
    }
    if report.phones_closed > 0 {
        say(format_args!(
            "phones that are revoked from now on, since their revocation may be lost: {}",
            report.phones_closed
        ))?;
    }
    let Replayed { suppressed, phones, .. } = report.taken_back;
    if suppressed + phones > 0 {
        say(format_args!(
            "lost, and brought back from the vault's journal: {suppressed} suppressed identifiers, {phones} revoked phones"
        ))?;
    }
    if report.evidence_closed > 0 {
        say(format_args!(
            "events that no longer tell who is who, since somebody may have undone that: {}",
            report.evidence_closed
        ))?;
    }
    if report.decisions_closed > 0 {
        say(format_args!(
            "withdrawn decisions against such events that hold again, since a later one may be lost: {}",
            report.decisions_closed
        ))?;
    }
    say(format_args!("the damaged store is kept in {}", report.moved_to.display()))?;
    say(format_args!(
        "the store in {directory} is good; docs/recover.md says how to bring back what was lost"
    ))
}

/// A bar on a terminal, a line a step elsewhere.
struct Bar {
    bar: Option<ProgressBar>,
    step: &'static str,
}

impl Bar {
    fn new() -> Self {
        let bar = stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
            // A wrong template would be a mistake of this file; the bar then keeps its default look.
            if let Ok(style) = ProgressStyle::with_template("{msg:12} {bar:30} {percent:>3} %  {eta} left") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(200));
            bar
        });
        Self { bar, step: "" }
    }

    fn show(&mut self, step: Step) {
        let (name, done, all) = match step {
            Step::Reading(done, all) => ("reading", done, all),
            Step::Carrying(done, all) => ("carrying over", done, all),
            Step::Settling => ("settling", 0, 0),
            Step::Checking => ("checking", 0, 0),
        };
        let begins = self.step != name;
        self.step = name;
        match &self.bar {
            Some(bar) => {
                bar.set_message(name);
                bar.set_length(all);
                bar.set_position(done);
            }
            // When nobody can be told, the recovery goes on.
            None if begins => drop(writeln!(stderr(), "recover: {name}")),
            None => {}
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
