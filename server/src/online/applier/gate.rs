//! What may not be kept of what is taken up.

use shopbell_domain::{
    event::Event, inbox::Message, ports::StoreError, rights::port::Admission, time::Timestamp,
};
use shopbell_proto::{segment, shopify};

use super::{
    super::named::{Named, named},
    Applier,
};
use crate::metrics::KeptOut;

impl Applier {
    /// Whether an event may be kept. Nobody is erased between this and its writing: whoever erases holds the applier up
    /// meanwhile.
    pub(super) async fn admits(&self, message: &Message, event: &Event) -> Result<bool, StoreError> {
        let gate = &self.parts.gate;
        let mut admission = gate.admits(&event.who, Timestamp::EPOCH).await?;
        if let Admission::ErasedSince(_) = admission {
            // Somebody was erased at some time: only now it is worth asking how old the event may be.
            let at = segment::earliest(message).min(event.at);
            let at = shopify::made(message).map_or(at, |made| made.min(at));
            admission = gate.admits(&event.who, at).await?;
            if admission == Admission::Welcome
                && let Some(order) = event.action.order()
                && gate.has_erased(order, event.origin.into()).await?
            {
                // It is told anew, and was made before.
                admission = Admission::ErasedSince(at);
            }
        }
        let why = match admission {
            Admission::Welcome => return Ok(true),
            Admission::Suppressed => KeptOut::Suppressed,
            Admission::ErasedSince(_) => KeptOut::Erased,
        };
        self.parts.metrics.kept_out(why);
        Ok(false)
    }

    /// Whether a message that cannot be used names somebody of whom it may not be kept. One that does not tell of when it is
    /// is not known to be from after an erasure.
    pub(super) async fn is_kept_out(&self, message: &Message) -> Result<bool, StoreError> {
        let Named { who, at } = named(message.body.reveal());
        let at = at.map_or(Timestamp::from_millis(i64::MIN), |at| at.min(message.received));
        let why = match self.parts.gate.admits(&who, at).await? {
            Admission::Welcome => return Ok(false),
            Admission::Suppressed => KeptOut::Suppressed,
            Admission::ErasedSince(_) => KeptOut::Erased,
        };
        self.parts.metrics.kept_out(why);
        Ok(true)
    }
}
