//! What a customer did last: an event of theirs, an order, a visit, a decision about what they share. Not what we did: a look
//! at their card, a note. The import of their name counts when nothing else does.

use shopbell_domain::{identity::Identifier, ports::StoreError, profile::Customer, time::Timestamp};

use super::RetentionParts;

/// The time of the last activity, gathered from what tells of any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct LastActivity(Option<Timestamp>);

/// What can be said of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activity {
    /// It was before the time that was asked for.
    Before,
    /// It was not.
    Since,
    /// Nothing tells of any: a customer who came with a file that gives no dates, and never did anything.
    Unknown,
}

impl LastActivity {
    /// Something happened at this time. The earliest time of all stands for one that is not known.
    #[must_use]
    fn and(self, at: Option<Timestamp>) -> Self {
        Self(self.0.max(at.filter(|at| *at > Timestamp::EPOCH)))
    }

    fn against(self, before: Timestamp) -> Activity {
        match self.0 {
            Some(last) if last < before => Activity::Before,
            Some(_) => Activity::Since,
            None => Activity::Unknown,
        }
    }

    /// Whether nothing more needs to be looked up.
    fn is_since(self, before: Timestamp) -> bool {
        self.against(before) == Activity::Since
    }
}

impl RetentionParts {
    /// What a customer did, measured against a time. Of whom nothing tells, the age counts from the first pass that found
    /// them ([`shopbell_store::EmbeddedStore::date_customer`]): the day of their import.
    pub(super) async fn activity(
        &self,
        customer: &Customer,
        before: Timestamp,
    ) -> Result<Activity, StoreError> {
        let id = &customer.id;
        let mut last = LastActivity::default().and(Some(customer.consented_since)).and(customer.help_since);
        // The cheap ones first: of most customers the first answer is enough.
        if !last.is_since(before) {
            let view = self.events.view(id).await?;
            last = last.and(view.and_then(|view| view.folded_to().map(|position| position.at)));
        }
        if !last.is_since(before) {
            last = last.and(self.embedded.dated(id)?);
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
        Ok(last.against(before))
    }
}
