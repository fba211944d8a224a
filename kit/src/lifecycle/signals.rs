//! Who asks a process to stop.

use std::io;

use tokio::sync::mpsc;

/// Requests to stop: the first one drains, another one a second later or more aborts.
#[derive(Debug)]
pub struct StopSource(Kind);

#[derive(Debug)]
enum Kind {
    #[cfg(unix)]
    Signals {
        terminate: tokio::signal::unix::Signal,
        interrupt: tokio::signal::unix::Signal,
    },
    #[cfg(not(unix))]
    CtrlC,
    Manual(mpsc::Receiver<()>),
    Never,
}

/// Stops a process that was given [`StopSource::manual`].
#[derive(Debug, Clone)]
pub struct Stop(mpsc::Sender<()>);

impl Stop {
    /// Asks once; a third request and later ones change nothing.
    pub fn request(&self) {
        // Full means that two requests wait already.
        let _ = self.0.try_send(());
    }
}

impl StopSource {
    /// SIGTERM and SIGINT (Ctrl-C). From here on they no longer end the process by themselves.
    #[cfg(unix)]
    pub fn signals() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let (terminate, interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
        Ok(Self(Kind::Signals { terminate, interrupt }))
    }

    /// Ctrl-C.
    #[cfg(not(unix))]
    pub fn signals() -> io::Result<Self> {
        Ok(Self(Kind::CtrlC))
    }

    /// A handle instead of signals, for tests and for processes inside processes.
    pub fn manual() -> (Stop, Self) {
        let (sender, receiver) = mpsc::channel(2);
        (Stop(sender), Self(Kind::Manual(receiver)))
    }

    /// The next request; waits for ever once nobody can ask any more.
    pub(super) async fn next(&mut self) {
        let gone = match &mut self.0 {
            #[cfg(unix)]
            Kind::Signals { terminate, interrupt } => tokio::select! {
                signal = terminate.recv() => signal.is_none(),
                signal = interrupt.recv() => signal.is_none(),
            },
            #[cfg(not(unix))]
            Kind::CtrlC => tokio::signal::ctrl_c().await.is_err(),
            Kind::Manual(requests) => requests.recv().await.is_none(),
            Kind::Never => std::future::pending().await,
        };
        if gone {
            self.0 = Kind::Never;
            std::future::pending::<()>().await;
        }
    }
}
