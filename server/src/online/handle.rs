//! What others ask of the applier.

use std::convert::Infallible;

use shopbell_domain::{
    event::{Event, port::Decision},
    ports::StoreError,
};
use tokio::sync::{mpsc, oneshot};

use super::bell::Bell;

/// Why a decision about evidence was not made.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// The store refused or could not read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The server is on its way out: call again, elsewhere or later.
    #[error("the server is shutting down")]
    Stopping,
}

/// What may be asked of the owner task.
pub(super) enum Asked {
    Decide { decision: Decision, answer: oneshot::Sender<Result<bool, DecideError>> },
    Tell { event: Box<Event>, answer: oneshot::Sender<Result<(), DecideError>> },
    Pause { begun: oneshot::Sender<Pause> },
}

/// While it lives nothing is applied: what the applier reads next is what was written meanwhile.
#[derive(Debug)]
pub struct Pause {
    pub(super) _held: oneshot::Sender<Infallible>,
}

/// Asks the applier. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ApplierHandle(pub(super) mpsc::Sender<Asked>, pub(super) Bell);

impl ApplierHandle {
    /// Decides about evidence. Returns when views are as if what counts now had always been all; `false` when the decision
    /// changes nothing.
    pub async fn decide(&self, decision: Decision) -> Result<bool, DecideError> {
        let (answer, result) = oneshot::channel();
        self.ask(Asked::Decide { decision, answer }).await?;
        result.await.map_err(|_| DecideError::Stopping)?
    }

    /// Keeps an event that no sender tells but this server itself. Returns when the view tells it; the same event twice is
    /// once.
    pub async fn tell(&self, event: Event) -> Result<(), DecideError> {
        let (answer, result) = oneshot::channel();
        self.ask(Asked::Tell { event: Box::new(event), answer }).await?;
        result.await.map_err(|_| DecideError::Stopping)?
    }

    /// Waits for the end of the run that is under way, and holds up the next one as long as the answer lives.
    pub async fn pause(&self) -> Result<Pause, DecideError> {
        let (begun, pause) = oneshot::channel();
        self.ask(Asked::Pause { begun }).await?;
        pause.await.map_err(|_| DecideError::Stopping)
    }

    /// Something was made stale that the applier did not make so: it looks soon, and is not waited for.
    pub fn wake(&self) {
        self.1.ring();
    }

    async fn ask(&self, asked: Asked) -> Result<(), DecideError> {
        self.0.send(asked).await.map_err(|_| DecideError::Stopping)
    }
}
