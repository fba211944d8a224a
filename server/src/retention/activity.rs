//! What a customer did last: an event of theirs, an order, a visit, a decision about what they share. Not what we did: a look
//! at their card, an import of their name, a note.

use shopbell_domain::{identity::Identifier, ports::StoreError, profile::Customer, time::Timestamp};

use super::RetentionParts;

/// The time of the last activity, gathered from what tells of any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LastActivity(Option<Timestamp>);

impl LastActivity {
    /// Something happened at this time. The earliest time of all stands for one that is not known.
    #[must_use]
    pub fn and(self, at: Option<Timestamp>) -> Self {
        Self(self.0.max(at.filter(|at| *at > Timestamp::EPOCH)))
    }

    /// Whether it is known, and from before this.
    pub fn is_before(self, before: Timestamp) -> bool {
        self.0.is_some_and(|last| last < before)
    }

    /// Whether it is known, and not from before this: nothing more needs to be looked up then.
    fn is_since(self, before: Timestamp) -> bool {
        self.0.is_some_and(|last| last >= before)
    }
}

impl RetentionParts {
    /// Whether a customer did nothing since `before`. Of whom no time at all is known, as of who came with a file and never
    /// did anything, that cannot be said: they stay.
    pub(super) async fn is_idle(&self, customer: &Customer, before: Timestamp) -> Result<bool, StoreError> {
        let id = &customer.id;
        let mut last = LastActivity::default().and(Some(customer.consented_since)).and(customer.help_since);
        // The cheap ones first: of most customers the first answer is enough.
        if !last.is_since(before) {
            let view = self.events.view(id).await?;
            last = last.and(view.and_then(|view| view.folded_to().map(|position| position.at)));
        }
        if !last.is_since(before) {
            last = last.and(self.embedded.last_deleted_visit(id)?);
            let visits = self.store.visits_of(id).await?;
            last = last.and(visits.into_iter().map(|visit| visit.ended.unwrap_or(visit.last_heard)).max());
        }
        if !last.is_since(before) {
            last = last.and(self.consents.history(id).await?.last().map(|proof| proof.at));
        }
        if !last.is_since(before) {
            let told = self.events.events_of(&Identifier::from(id)).await?;
            last = last.and(told.into_iter().map(|event| event.at).max());
        }
        Ok(last.is_before(before))
    }
}
