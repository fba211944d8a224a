//! Starting, watching and stopping the tasks of a process.
//!
//! ```text
//!  running --SIGTERM, SIGINT, stop(), or a task that failed--> soft token --all tasks ended--> stopped
//!                                                                |
//!                              drain time over, or another signal a second later
//!                                                                v
//!                                                           hard token --tasks aborted--> stopped
//! ```
//!
//! Every task has a name and is watched: one that panics, fails, or ends although it is a service stops the
//! whole process with an error that names it. A half-dead process is worse than a restarted one. There are no
//! statics: two servers can run in one test process, each with its own [`Tasks`].

use std::{
    borrow::Cow,
    collections::BTreeMap,
    error::Error,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::mpsc;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

mod signals;
pub use signals::{Stop, StopSource};

/// What comes this soon after the first stop is the same wish told twice: `timeout`, and whoever signals a process and
/// then its group, do so within milliseconds. Somebody who has lost patience takes longer.
const SAME_STOP: Duration = Duration::from_secs(1);
/// Aborted tasks end at their next await; this is for those that come to none.
const ABORT_PATIENCE: Duration = Duration::from_secs(1);

type BoxError = Box<dyn Error + Send + Sync>;

/// A cheap handle on the tasks of one process.
#[derive(Clone)]
pub struct Tasks {
    inner: Arc<Inner>,
}

struct Inner {
    tracker: TaskTracker,
    soft: CancellationToken,
    hard: CancellationToken,
    running: Mutex<Running>,
    /// Holds the first failure; later ones are consequences and only logged.
    failed: mpsc::Sender<TaskFailed>,
    failures: tokio::sync::Mutex<mpsc::Receiver<TaskFailed>>,
}

#[derive(Default)]
struct Running {
    next: u64,
    names: BTreeMap<u64, Cow<'static, str>>,
}

/// A task died, and the process with it.
#[derive(Debug, thiserror::Error)]
#[error("task {name} {reason}")]
pub struct TaskFailed {
    /// The task's name.
    pub name: Cow<'static, str>,
    /// What happened to it.
    pub reason: Reason,
}

/// How a task died.
#[derive(Debug)]
pub enum Reason {
    /// It panicked, with this message.
    Panicked(String),
    /// It returned an error.
    Failed(BoxError),
    /// It returned, though it should have run until the stop.
    Ended,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked(message) => write!(f, "panicked: {message}"),
            Self::Failed(error) => {
                write!(f, "failed: {error}")?;
                let mut cause = error.source();
                while let Some(error) = cause {
                    write!(f, ": {error}")?;
                    cause = error.source();
                }
                Ok(())
            }
            Self::Ended => f.write_str("ended before it was told to"),
        }
    }
}

/// How the process came to its end, when no task had failed.
#[derive(Debug, PartialEq, Eq)]
pub enum Stopped {
    /// All tasks ended by themselves.
    Drained,
    /// These had to be aborted.
    Forced(Vec<String>),
}

/// What a task is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Service,
    Job,
}

impl Default for Tasks {
    fn default() -> Self {
        Self::new()
    }
}

impl Tasks {
    /// Without tasks.
    pub fn new() -> Self {
        let (failed, failures) = mpsc::channel(1);
        let inner = Inner {
            tracker: TaskTracker::new(),
            soft: CancellationToken::new(),
            hard: CancellationToken::new(),
            running: Mutex::default(),
            failed,
            failures: tokio::sync::Mutex::new(failures),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Cancelled when the process should finish what it has and take nothing new.
    pub fn soft(&self) -> CancellationToken {
        self.inner.soft.clone()
    }

    /// Cancelled when time is up; tasks are aborted at the same moment.
    pub fn hard(&self) -> CancellationToken {
        self.inner.hard.clone()
    }

    /// Starts a task that runs until the soft token: it is a failure if it ends before.
    pub fn spawn_service<E: Into<BoxError> + 'static>(
        &self,
        name: impl Into<Cow<'static, str>>,
        task: impl Future<Output = Result<(), E>> + Send + 'static,
    ) {
        self.spawn(name.into(), Role::Service, async { task.await.map_err(Into::into) });
    }

    /// Starts a task that may end at any time, as one connection's.
    pub fn spawn_job<E: Into<BoxError> + 'static>(
        &self,
        name: impl Into<Cow<'static, str>>,
        task: impl Future<Output = Result<(), E>> + Send + 'static,
    ) {
        self.spawn(name.into(), Role::Job, async { task.await.map_err(Into::into) });
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that starts tasks, and it watches them"
    )]
    fn spawn(
        &self,
        name: Cow<'static, str>,
        role: Role,
        task: impl Future<Output = Result<(), BoxError>> + Send + 'static,
    ) {
        let id = self.register(name.clone());
        let mut task = tokio::spawn(task);
        let tasks = self.clone();
        self.inner.tracker.spawn(async move {
            let ended = tokio::select! {
                ended = &mut task => Some(ended),
                () = tasks.inner.hard.cancelled() => {
                    task.abort();
                    // Waits for the task's destructors; it counts as running until then.
                    task.await.err().filter(tokio::task::JoinError::is_panic).map(Err)
                }
            };
            tasks.unregister(id);
            let reason = match ended {
                Some(Ok(Err(error))) => Reason::Failed(error),
                Some(Ok(Ok(()))) if role == Role::Service && !tasks.inner.soft.is_cancelled() => {
                    Reason::Ended
                }
                Some(Err(error)) if error.is_panic() => Reason::Panicked(panic_text(error)),
                _ => return,
            };
            tracing::error!(task = %name, %reason, "a task died; the process stops");
            // The channel holds the first failure.
            let _ = tasks.inner.failed.try_send(TaskFailed { name, reason });
        });
    }

    /// Asks the process to stop, as a signal does: for a command whose work is done.
    pub fn stop(&self) {
        self.inner.soft.cancel();
    }

    /// Names of the tasks that run, for a health page.
    pub fn running(&self) -> Vec<String> {
        self.with_running(|running| running.names.values().map(ToString::to_string).collect())
    }

    /// Waits for the end of the process: a stop from `source`, [`Tasks::stop`] or a failed task; then gives the
    /// tasks `drain` to end, less if another stop comes later than `SAME_STOP`, and aborts the rest.
    ///
    /// The error is for `main`: print it and exit with a code that is not zero.
    pub async fn run(&self, mut source: StopSource, drain: Duration) -> Result<Stopped, TaskFailed> {
        let mut failures = self.inner.failures.lock().await;
        let mut failure = tokio::select! {
            biased;
            failure = failures.recv() => failure,
            () = self.inner.soft.cancelled() => None,
            () = source.next() => None,
        };
        self.inner.soft.cancel();
        self.inner.tracker.close();
        tracing::info!(tasks = ?self.running(), drain_s = drain.as_secs_f64(), "stopping");
        let drained = tokio::select! {
            () = self.inner.tracker.wait() => true,
            () = tokio::time::sleep(drain) => false,
            () = pressed(&mut source) => false,
        };
        let left = if drained { Vec::new() } else { self.running() };
        self.inner.hard.cancel();
        if tokio::time::timeout(ABORT_PATIENCE, self.inner.tracker.wait()).await.is_err() {
            tracing::error!(tasks = ?self.running(), "tasks do not end even when aborted");
        }
        failure = failure.or_else(|| failures.try_recv().ok());
        match failure {
            Some(failure) => Err(failure),
            None if left.is_empty() => Ok(Stopped::Drained),
            None => {
                tracing::warn!(tasks = ?left, "aborted tasks that did not end in time");
                Ok(Stopped::Forced(left))
            }
        }
    }

    fn register(&self, name: Cow<'static, str>) -> u64 {
        self.with_running(|running| {
            running.next += 1;
            running.names.insert(running.next, name);
            running.next
        })
    }

    fn unregister(&self, id: u64) {
        self.with_running(|running| running.names.remove(&id));
    }

    fn with_running<T>(&self, f: impl FnOnce(&mut Running) -> T) -> T {
        f(&mut self.inner.running.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tasks").field("running", &self.running()).finish_non_exhaustive()
    }
}

/// Waits for a stop that is not the first one told again.
async fn pressed(source: &mut StopSource) {
    let first = tokio::time::Instant::now();
    loop {
        source.next().await;
        if first.elapsed() >= SAME_STOP {
            return;
        }
    }
}

fn panic_text(error: tokio::task::JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else { return String::new() };
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    text.unwrap_or("without a message").to_owned()
}

#[cfg(test)]
mod tests;
