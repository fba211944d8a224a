//! File systems for fault tests, and saying aloud when this machine cannot have them.

#![allow(dead_code, reason = "each test binary that includes this module uses another part of it")]

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// Runs a command of the system; its error text is the error.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(program).args(arguments).output().map_err(|e| format!("{program}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{program} {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim()))
}

/// A mounted file system; unmounted when it goes.
pub(crate) struct Mount(PathBuf);

impl Mount {
    /// `options` and the device stand before the mount point.
    pub(crate) fn new(at: &Path, arguments: &[&str]) -> Result<Self, String> {
        std::fs::create_dir_all(at).map_err(|e| e.to_string())?;
        run("mount", &[arguments, &[&*at.to_string_lossy()]].concat())?;
        Ok(Self(at.to_owned()))
    }

    pub(crate) fn at(&self) -> &Path {
        &self.0
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // A process that was just killed may hold it for a moment.
        for _ in 0..200 {
            if run("umount", &[&*self.0.to_string_lossy()]).is_ok() {
                return;
            }
            pause(Duration::from_millis(10));
        }
        say(&format!("could not unmount {}", self.0.display()));
    }
}

/// Waits a given time: the method needs it, there is nothing to wait for.
pub(crate) fn pause(time: Duration) {
    let (_keep, never) = std::sync::mpsc::channel::<()>();
    let _ = never.recv_timeout(time);
}

/// To standard error past the test harness, which hides what passing tests print.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Says that a test was skipped; a failure when the variable asks for it.
pub(crate) fn skip(test: &str, reason: &str, required_by: &str) {
    assert!(
        std::env::var_os(required_by).is_none(),
        "{test} must not be skipped ({required_by} is set): {reason}"
    );
    say(&format!("SKIPPED {test}: {reason} (set {required_by}=1 to make this a failure)"));
}
