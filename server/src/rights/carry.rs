//! What a regulation does to persons.

use std::collections::BTreeMap;

use futures::future::{join_all, try_join_all};
use shopbell_domain::{
    consent::{Decision, SharingLevel, Told},
    event::{Event, port::Effects},
    id::CustomerId,
    identity::Identifier,
    ports::StoreError,
    rights::{
        Asker, Kind, Outcome, Regulation,
        port::{Ending, Erasure, Forgotten, Plan, Reason, Receipt},
    },
    time::Timestamp,
};
use shopbell_vault::{KeyId, Pseudonym, StoreName};

use super::{
    anonymous::anonymous,
    derived::Seed,
    job::{Halted, Planned, broken, ended},
    service::Rights,
};
use crate::floor::DecisionId;

/// Who decides, in the proof that is kept with a decision.
const REGULATION: &str = "regulation";

/// Events of nobody that are written at once.
const EVENTS_AT_ONCE: usize = 256;

impl Rights {
    /// Does to each what the regulation asks; one ending for each.
    pub(super) async fn carry(
        &self,
        regulation: &Regulation,
        planned: Vec<Planned>,
    ) -> Result<Vec<Ending>, Halted> {
        let kind = regulation.kind;
        if kind == Kind::Unsuppress {
            return Ok(try_join_all(planned.iter().map(|one| self.lift(one))).await?);
        }
        // First of all: from here on nothing new comes, and nothing is shown.
        if kind.suppresses() {
            try_join_all(planned.iter().map(|one| self.suppress(one))).await?;
        }
        // Whoever is on a floor is known by others than the source that leaves.
        let noted = if regulation.source.is_none() { self.hide(&planned).await } else { Vec::new() };
        let endings = if kind.erases() {
            self.erase_all(regulation, &planned).await?
        } else {
            try_join_all(planned.iter().map(|one| self.restrict(one))).await?
        };
        self.settled(noted);
        Ok(endings)
    }

    async fn suppress(&self, one: &Planned) -> Result<(), StoreError> {
        let Some((named, others)) = one.plan.who.split_first() else { return Ok(()) };
        self.parts().gate.suppress(named, others).await
    }

    async fn lift(&self, one: &Planned) -> Result<Ending, StoreError> {
        if let Some(named) = one.plan.who.first() {
            self.parts().gate.lift(named).await?;
        }
        self.decide(one, Decision { restrict: Some(false), ..Decision::default() }).await
    }

    /// Takes persons off all tablets, also when the disk refuses. From here on shops write nothing of them.
    async fn hide(&self, planned: &[Planned]) -> Vec<(CustomerId, DecisionId)> {
        let (hub, decision) = (&self.parts().hub, hidden());
        let noted: Vec<_> = customers(planned)
            .map(|customer| {
                let note = hub.decisions().decided(&customer, decision);
                (customer, note)
            })
            .collect();
        let told = noted.iter().map(|(customer, _)| hub.customer_changed(customer));
        for error in join_all(told).await.into_iter().filter_map(Result::err) {
            // The tablets were told; whether the disk takes anything is said by what follows.
            tracing::warn!(%error, "a shop could not store what a regulation ends");
        }
        noted
    }

    fn settled(&self, noted: Vec<(CustomerId, DecisionId)>) {
        for (customer, note) in noted {
            self.parts().hub.decisions().written(&customer, note);
        }
    }

    /// Nothing is shared any more, and what is known is only kept. Lifting the suppression does not share it again.
    async fn restrict(&self, one: &Planned) -> Result<Ending, StoreError> {
        self.decide(one, hidden()).await
    }

    async fn decide(&self, one: &Planned, decision: Decision) -> Result<Ending, StoreError> {
        let now = self.parts().clock.now();
        for customer in one.plan.who.iter().filter_map(Identifier::customer) {
            let told = Told::nothing(REGULATION);
            match self.parts().consents.decide_consent(&customer, decision, told, now).await {
                // Somebody of whom only events are known decided nothing, and shares nothing.
                Ok(_) | Err(StoreError::NotFound(_)) => {}
                Err(error) => return broken(one.index, error),
            }
        }
        Ok(ended(one.index, Outcome::Done { receipt: None, records: 0 }))
    }

    /// Erases persons while no event is being applied.
    async fn erase_all(&self, regulation: &Regulation, planned: &[Planned]) -> Result<Vec<Ending>, Halted> {
        let pause = self.parts().applier.pause().await?;
        let endings = self.erased(regulation, planned).await;
        drop(pause);
        // What shops remember of visits is what the store holds: nothing.
        if regulation.source.is_none() {
            self.parts().hub.customers_forgotten(customers(planned).collect()).await;
        }
        Ok(endings?)
    }

    /// All of them in one go, so that their writes share syncs.
    async fn erased(&self, regulation: &Regulation, planned: &[Planned]) -> Result<Vec<Ending>, StoreError> {
        let reason = match regulation.by {
            Asker::App | Asker::Source(_) => Reason::Request,
            Asker::Operator => Reason::Operator,
            Asker::Retention => Reason::Retention,
        };
        let (mut endings, mut whole) = (Vec::with_capacity(planned.len()), Vec::with_capacity(planned.len()));
        for one in planned {
            match self.prepared(regulation, one).await {
                Ok(Prepared::Whole { anonymised }) => whole.push((one, anonymised)),
                Ok(Prepared::ToldBy(forgotten)) => endings.push(self.receipted(one, &forgotten)),
                Err(error) => endings.push(broken(one.index, error)?),
            }
        }
        let erasure = |plan: &Plan| Erasure { reason, receipt: plan.receipt, at: plan.at };
        let persons = whole.iter().map(|(one, _)| (one.plan.who.clone(), erasure(&one.plan))).collect();
        let forgotten = self.parts().forgetting.forget_all(persons).await?;
        for ((one, anonymised), forgotten) in whole.into_iter().zip(forgotten) {
            endings.push(match forgotten {
                Ok(mut forgotten) => {
                    if anonymised > 0 {
                        forgotten.records.insert("events-anonymised".to_owned(), anonymised);
                    }
                    self.receipted(one, &forgotten)
                }
                Err(error) => broken(one.index, error)?,
            });
        }
        Ok(endings)
    }

    /// What comes before a person is erased: what stays as nobody's; or what a source told goes, and the person stays.
    async fn prepared(&self, regulation: &Regulation, one: &Planned) -> Result<Prepared, StoreError> {
        if let Some(source) = &regulation.source
            && !self.is_only_of(source, &one.plan.who).await?
        {
            let who = one.plan.who.clone();
            return Ok(Prepared::ToldBy(self.parts().forgetting.forget_told_by(who, source).await?));
        }
        let anonymised =
            if regulation.kind == Kind::Anonymize { self.leave_to_nobody(one).await? } else { 0 };
        self.stand_in(one).await?;
        Ok(Prepared::Whole { anonymised })
    }

    fn receipted(&self, one: &Planned, forgotten: &Forgotten) -> Ending {
        let Planned { index, user, plan } = one;
        let receipt = Receipt {
            number: plan.receipt,
            of: user.clone(),
            text: self.parts().vault.sign(&receipt(plan.receipt, plan.at, forgotten)),
        };
        let records = forgotten.records.values().sum();
        let outcome = Outcome::Done { receipt: Some(plan.receipt), records };
        Ending { index: *index, outcome, receipt: Some(receipt) }
    }

    /// Keeps what happened, as nobody's. Done again it writes the same events.
    async fn leave_to_nobody(&self, one: &Planned) -> Result<u64, StoreError> {
        let seed = Seed::of(one.plan.seed.clone());
        let mut left: Vec<Event> = Vec::new();
        for identifier in &one.plan.who {
            for event in self.parts().events.events_of(identifier).await? {
                match anonymous(&event, &seed) {
                    Ok(event) => left.extend(event),
                    Err(error) => {
                        tracing::error!(%error, "an event could not be made nobody's, and is forgotten");
                    }
                }
            }
        }
        let written = left.len() as u64;
        for events in left.chunks(EVENTS_AT_ONCE) {
            let effects = Effects { events: events.to_vec(), ..Effects::default() };
            self.parts().events.write_effects(effects).await?;
        }
        Ok(written)
    }
}

/// How a person goes.
enum Prepared {
    /// Whole; so many events stay as nobody's.
    Whole { anonymised: u64 },
    /// The person stays, without this.
    ToldBy(Forgotten),
}

fn hidden() -> Decision {
    Decision { level: Some(SharingLevel::Invisible), restrict: Some(true), ..Decision::default() }
}

/// The customers among those who are named.
fn customers(planned: &[Planned]) -> impl Iterator<Item = CustomerId> {
    planned.iter().flat_map(|one| &one.plan.who).filter_map(Identifier::customer)
}

fn receipt(number: u64, at: Timestamp, forgotten: &Forgotten) -> shopbell_vault::Receipt {
    let keys = forgotten.keys.iter().map(|key| KeyId { slot: key.slot, generation: key.generation });
    let stores: BTreeMap<StoreName, u64> = forgotten
        .records
        .iter()
        // Names of records are words of this program, of that form.
        .filter_map(|(name, count)| Some((StoreName::new(name).ok()?, *count)))
        .collect();
    shopbell_vault::Receipt {
        number,
        subject: Pseudonym::from_bytes(forgotten.subject),
        at,
        tombstone: forgotten.tombstone,
        keys: keys.collect(),
        stores,
    }
}
