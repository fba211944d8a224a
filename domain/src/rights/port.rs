//! What a store must do so that rights are more than words.
//!
//! Writes return only when a power cut can no longer undo them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{
    NewRegulation, NewRequest, Outcome, PrivacyRequest, Regulation, RegulationNumber, RequestNumber, State,
};
use crate::{
    event::port::Walk,
    id::{CustomerId, OrderId, PhoneId, SourceId},
    identity::Identifier,
    inbox::InboxNumber,
    ports::{RecordedPresence, StoreError},
    profile::Source,
    redacted::Redacted,
    time::Timestamp,
};

/// Whether something that is told of somebody may be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Welcome,
    /// Nothing is kept of one of those it names.
    Suppressed,
    /// One of those it names was erased at this time, and it is not from after that.
    ErasedSince(Timestamp),
}

/// Keeps out what must not enter. Whoever keeps anything about a person asks here first, and after the wait for the lock
/// under which it writes, if there is one.
#[async_trait]
pub trait Gate: Send + Sync {
    /// Whether what happened at `at` and names these may be kept. The strictest answer of all of them: suppressed, else
    /// erased. Nobody at all is welcome.
    async fn admits(&self, who: &[Identifier], at: Timestamp) -> Result<Admission, StoreError>;

    /// Whether an order was erased with somebody whose it was, for the ears of who tells of it now. What comes of one later,
    /// such as that it is now another, brings nobody back; ask it of those who were erased.
    ///
    /// A number is one order, whoever tells of it. A page's word is good for pages only: it may name orders that are to come.
    async fn has_erased(&self, order: &OrderId, teller: Source) -> Result<bool, StoreError>;

    /// From now on nothing is kept of `named`, nor of `others`, who were found to be the same person. The suppression
    /// survives that the person is erased. Again it adds to the others.
    async fn suppress(&self, named: &Identifier, others: &[Identifier]) -> Result<(), StoreError>;

    /// Lifts each suppression that holds `named`, under whichever of their names it was asked for, with all that it holds.
    /// Lifting what is not there changes nothing.
    async fn lift(&self, named: &Identifier) -> Result<(), StoreError>;
}

/// Why somebody is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reason {
    /// They asked for it.
    Request,
    /// The time for which data may be kept is over.
    Retention,
    /// Somebody of the company decided it.
    Operator,
}

/// An erasure that was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erasure {
    /// Why.
    pub reason: Reason,
    /// The number of the receipt that will tell of it.
    pub receipt: u64,
    /// When it was decided: what is not from after this does not come back.
    pub at: Timestamp,
}

/// The name of a key that was destroyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeyName {
    /// Where it was.
    pub slot: u32,
    /// Which of the keys that were ever there.
    pub generation: u64,
}

/// What an erasure did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Forgotten {
    /// The pseudonym, in the life that ended, of the first of those who were named.
    pub subject: [u8; 16],
    /// Its tombstone's number.
    pub tombstone: u64,
    /// The tombstones of all, ascending.
    pub tombstones: Vec<u64>,
    /// The keys that were destroyed, ascending.
    pub keys: Vec<KeyName>,
    /// Records that were removed, by their kind: a fixed word of lower-case letters, digits, `-` and `_`, such as `visits`.
    pub records: BTreeMap<String, u64>,
}

/// Forgets persons.
#[async_trait]
pub trait Forgetting: Send + Sync {
    /// Forgets everything that is kept of these identifiers, which are one person's, strongest first: each record that is
    /// theirs or sealed for them, evidence with either end among them, what is remembered of them, and their keys.
    /// Each of them gets a tombstone; its next life begins empty.
    ///
    /// The orders that their events tell of are known as erased from then on ([`Gate::has_erased`]).
    /// Cut short, it is asked for again with the same receipt, and finishes: then it tells of what was still there.
    /// An identifier of which nothing is kept gets its tombstone too. At least one must be named.
    async fn forget(&self, who: Vec<Identifier>, erasure: Erasure) -> Result<Forgotten, StoreError>;

    /// Forgets several persons, each as [`Forgetting::forget`] does, and answers for each. A person of whom a record cannot
    /// be read holds up no other. Here one after the other; a store shares its writes among them.
    async fn forget_all(
        &self,
        persons: Vec<(Vec<Identifier>, Erasure)>,
    ) -> Result<Vec<Result<Forgotten, StoreError>>, StoreError> {
        let mut forgotten = Vec::with_capacity(persons.len());
        for (who, erasure) in persons {
            match self.forget(who, erasure).await {
                Err(error @ StoreError::Unavailable(_)) => return Err(error),
                done => forgotten.push(done),
            }
        }
        Ok(forgotten)
    }

    /// Removes the events that a source told of a person, and what they are evidence of; everything else stays, and so do
    /// the keys. The person's identifiers are stale then ([`crate::event::port::Events::stale`]). Done again it finds nothing.
    async fn forget_told_by(&self, who: Vec<Identifier>, source: &SourceId) -> Result<Forgotten, StoreError>;
}

/// How one customer number of a regulation is to be carried out: decided once, before anything is done, so that the same
/// is done after a restart, when the evidence of who they were may be gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// All identifiers of the person, strongest first; the first one is the number that was named.
    pub who: Vec<Identifier>,
    /// The receipt's number.
    pub receipt: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// What names that must not tell anything are made of; random, and gone with the plan.
    pub seed: Redacted<[u8; 32]>,
}

/// One customer number of a regulation that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Its place in the regulation, from 0.
    pub index: u32,
    /// The number, as it was told.
    pub user: Redacted<String>,
    /// How it is to be carried out, once that is decided.
    pub plan: Option<Plan>,
    /// How it ended, once it has.
    pub outcome: Option<Outcome>,
}

/// How one number ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Its place in the regulation.
    pub index: u32,
    /// How.
    pub outcome: Outcome,
    /// The signed receipt, of an erasure.
    pub receipt: Option<Receipt>,
}

/// A receipt, as it is handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Its number.
    pub number: u64,
    /// Of whom: it can be found by this number, which is not kept as such.
    pub of: Redacted<String>,
    /// The signed text.
    pub text: String,
}

/// Regulations and receipts, durable. One owner task carries out; anybody may create and read.
#[async_trait]
pub trait Regulations: Send + Sync {
    /// Keeps a new one, under the next number, in [`NewRegulation::first_state`]; the one that is kept when its message has
    /// asked before. The customer numbers are kept sealed under a key of the regulation's own.
    async fn create(&self, new: NewRegulation) -> Result<Regulation, StoreError>;

    /// One; `None` when there is none of this number.
    async fn regulation(&self, number: RegulationNumber) -> Result<Option<Regulation>, StoreError>;

    /// From the newest to the oldest, those before `before`, at most `limit`.
    async fn regulations(
        &self,
        before: Option<RegulationNumber>,
        limit: usize,
    ) -> Result<Vec<Regulation>, StoreError>;

    /// The oldest that has not ended.
    async fn next_open(&self) -> Result<Option<Regulation>, StoreError>;

    /// The customer numbers of a regulation from a place on, at most `limit`. None once it has ended.
    async fn subjects(
        &self,
        number: RegulationNumber,
        from: u32,
        limit: usize,
    ) -> Result<Vec<Subject>, StoreError>;

    /// Numbers for `count` receipts, which are given to nobody else: the first of them.
    async fn reserve_receipts(&self, count: u64) -> Result<u64, StoreError>;

    /// Keeps how numbers are to be carried out, and that the regulation is running.
    async fn decide(&self, number: RegulationNumber, plans: Vec<(u32, Plan)>) -> Result<(), StoreError>;

    /// Keeps how numbers ended, with their receipts, and counts them. One that had ended keeps its first ending.
    async fn settle(&self, number: RegulationNumber, endings: Vec<Ending>) -> Result<(), StoreError>;

    /// Ends a regulation, and destroys the key of its customer numbers and plans.
    async fn close(&self, number: RegulationNumber, state: State, at: Timestamp) -> Result<(), StoreError>;

    /// How its numbers ended, by their places, from a place on, at most `limit`: also after it has ended.
    async fn outcomes(
        &self,
        number: RegulationNumber,
        from: u32,
        limit: usize,
    ) -> Result<Vec<(u32, Outcome)>, StoreError>;

    /// The signed text of a receipt.
    async fn receipt(&self, number: u64) -> Result<Option<String>, StoreError>;

    /// The numbers of the receipts of a customer number, ascending.
    async fn receipts_of(&self, user: &Redacted<String>) -> Result<Vec<u64>, StoreError>;
}

/// What is kept of somebody and no other port tells.
#[async_trait]
pub trait Kept: Send + Sync {
    /// The registered phones of a customer.
    async fn phones_of(&self, customer: &CustomerId) -> Result<Vec<PhoneId>, StoreError>;

    /// The presences of a customer that are still kept, by time.
    async fn presences_of(&self, customer: &CustomerId) -> Result<Vec<RecordedPresence>, StoreError>;

    /// Forgets failed messages: they tell of somebody who was erased. How many there were.
    async fn drop_failed(&self, numbers: Vec<InboxNumber>) -> Result<u64, StoreError>;
}

/// Requests that others pass on, durable.
#[async_trait]
pub trait Requests: Send + Sync {
    /// Keeps a new one, under the next number; the one that is kept when its message has asked before. Those whom it names
    /// are sealed by the first of them, so that they go when that one is erased.
    async fn ask(&self, new: NewRequest) -> Result<PrivacyRequest, StoreError>;

    /// One; `None` when there is none of this number.
    async fn request(&self, number: RequestNumber) -> Result<Option<PrivacyRequest>, StoreError>;

    /// Whom it names, strongest first; `None` when the first of them was erased since.
    async fn named_by(&self, number: RequestNumber) -> Result<Option<Vec<Identifier>>, StoreError>;

    /// From the newest to the oldest, those before `before`, at most `limit`.
    async fn requests(
        &self,
        before: Option<RequestNumber>,
        limit: usize,
    ) -> Result<Vec<PrivacyRequest>, StoreError>;

    /// Those that are open, oldest first.
    async fn open_requests(&self) -> Result<Vec<PrivacyRequest>, StoreError>;

    /// Counts identifiers that were given to a regulation.
    async fn found(&self, number: RequestNumber, more: u64) -> Result<(), StoreError>;

    /// It was answered: those whom it names are forgotten. One that is closed stays as it is. `NotFound("request")` when there
    /// is none.
    async fn close_request(&self, number: RequestNumber, at: Timestamp)
    -> Result<PrivacyRequest, StoreError>;

    /// Identifiers at home with which are events that a source told of the time until then, and from where to go on; `None`
    /// at the end. Some entries at once: an answer may be empty and not the end.
    async fn told_by(
        &self,
        source: &SourceId,
        until: Timestamp,
        from: Option<Walk>,
    ) -> Result<(Vec<Identifier>, Option<Walk>), StoreError>;
}
