//! What people took back, in the vault's journal, so that no backup gives it again.
//!
//! A commit that takes something from somebody names it ([`Draft::refuse`]); the vault has it before the store does. Whoever
//! restores an older store takes it from there ([`EmbeddedStore::replay_refusals`]), and so does a recovery, but for consents:
//!
//! | kind | subject | text | replayed |
//! |---|---|---|---|
//! | 1, a consent that became less | the customer, in the life of then | number of its proof, what held then | leaves no more than held then, unless the store has that proof: then it is as new, or newer |
//! | 2, a suppression | whom it was put on, for ever | whom it keeps out | stands, if the journal does not lift it later |
//! | 3, a suppression that was lifted | the same | none | keeps the ones before it from coming back; lifts nothing |
//! | 4, a phone that was revoked | its number, for ever | none | is revoked |
//! | 5, a shop that left | the message that said so | the source | is asked to be erased once more, unless the store knows of it |
//!
//! What was given since the backup is not in the journal, and stays lost. Kinds and texts are stored: none is ever given
//! another meaning.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use shopbell_domain::{
    consent::{Consent, Decision, PrivacySignal, Proof, Told},
    id::{PhoneId, SourceId},
    ports::StoreError,
    profile::Customer,
    rights::{DAYS_TO_ANSWER, PrivacyRequest, Wish},
    time::Timestamp,
};
use shopbell_vault::Refusal;

use crate::{
    EmbeddedStore,
    draft::Draft,
    engine::Ground,
    key::{Key, Mark, RightsKey},
    keys::Keys,
    ports::open_request,
    record::{IndexRecord, PhoneRecord, ProofRecord},
};

const CONSENT: u8 = 1;
const SUPPRESSED: u8 = 2;
const LIFTED: u8 = 3;
const REVOKED: u8 = 4;
const LEFT: u8 = 5;

/// Of what counts by its place in the journal.
const NOT_TOLD: Timestamp = Timestamp::EPOCH;
/// Bytes that one commit of a replay takes, about.
const COMMIT_BYTES: usize = 1_024 * 1_024;
/// Marks that one text takes.
const MARKS_A_TEXT: usize = Refusal::TEXT_BYTES / 16;
/// Who decides, in the proof of what was replayed.
const RESTORE: &str = "restore";

/// Kind 1's text.
#[derive(Serialize, Deserialize)]
struct Lowered {
    /// Which of the proofs of that time is the decision's.
    number: u16,
    /// What held from then on.
    after: Consent,
}

/// What a replay did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replayed {
    /// Customers who share less than the backup says.
    pub customers: u64,
    /// Identifiers of which nothing is kept any more.
    pub suppressed: u64,
    /// Phones that are revoked.
    pub phones: u64,
    /// Shops that left, of which everything is erased once more.
    pub shops: u64,
}

/// A consent that became less; `None` when it did not.
pub(crate) fn lowered(customer: Mark, proof: &Proof, number: u16) -> Result<Option<Refusal>, StoreError> {
    if proof.before.no_more_than(&proof.after) == proof.before {
        return Ok(None);
    }
    let text = postcard::to_stdvec(&Lowered { number, after: proof.after })
        .map_err(|error| StoreError::Unavailable(format!("a refusal: {error}")))?;
    Ok(Some(Refusal { kind: CONSENT, subject: customer.into(), at: proof.at, text }))
}

/// A suppression.
pub(crate) fn suppressed(by: Mark, who: &[Mark]) -> impl Iterator<Item = Refusal> {
    who.chunks(MARKS_A_TEXT).map(move |who| {
        let text = who.iter().flat_map(|mark| mark.0).collect();
        Refusal { kind: SUPPRESSED, subject: by.into(), at: NOT_TOLD, text }
    })
}

/// The end of one.
pub(crate) fn lifted(by: Mark) -> Refusal {
    Refusal { kind: LIFTED, subject: by.into(), at: NOT_TOLD, text: Vec::new() }
}

/// A phone that is recognised no more.
pub(crate) fn revoked(keys: &Keys, phone: PhoneId) -> Refusal {
    Refusal { kind: REVOKED, subject: keys.phone(phone).into(), at: NOT_TOLD, text: Vec::new() }
}

/// A shop that left: what it told is to be erased. By the mark of the message that said so.
pub(crate) fn left(message: Mark, source: &SourceId, at: Timestamp) -> Refusal {
    Refusal { kind: LEFT, subject: message.into(), at, text: source.as_str().as_bytes().to_vec() }
}

impl EmbeddedStore {
    /// Takes from a restored store what people took back since its backup, as the vault's journal has it. Done again it
    /// changes nothing.
    pub async fn replay_refusals(&self) -> Result<Replayed, StoreError> {
        self.write_alone(|ground| replay(ground, |_| true)).await
    }
}

/// Takes back what no decision of a customer's is part of: where those are closed already, as far as they may be lost.
pub(crate) fn replay_but_consents(ground: Ground<'_>) -> Result<Replayed, StoreError> {
    replay(ground, |refusal| refusal.kind != CONSENT)
}

fn replay(ground: Ground<'_>, counts: impl Fn(&Refusal) -> bool) -> Result<Replayed, StoreError> {
    let mut replay = Replay::of(ground);
    let mut failed = None;
    let vault = ground.keys().vault();
    let read = vault.refusals(|refusal| {
        if failed.is_none() && counts(&refusal) {
            failed = replay.take(&refusal).err();
        }
        Ok(())
    });
    match (failed, read) {
        (Some(error), _) => Err(error),
        (None, Err(error)) => Err(StoreError::Unavailable(error.to_string())),
        (None, Ok(_)) => replay.end(),
    }
}

struct Replay<'a> {
    ground: Ground<'a>,
    draft: Draft<'a>,
    customers: BTreeSet<Mark>,
    suppressions: BTreeMap<Mark, BTreeSet<Mark>>,
    replayed: Replayed,
}

impl<'a> Replay<'a> {
    fn of(ground: Ground<'a>) -> Self {
        let (customers, suppressions) = (BTreeSet::new(), BTreeMap::new());
        Self { ground, draft: Draft::new(ground), customers, suppressions, replayed: Replayed::default() }
    }

    fn take(&mut self, refusal: &Refusal) -> Result<(), StoreError> {
        let subject = Mark::from(refusal.subject);
        match refusal.kind {
            CONSENT => self.lower(subject, refusal)?,
            SUPPRESSED => {
                let who = refusal.text.as_chunks::<16>().0.iter().map(|bytes| Mark(*bytes));
                self.suppressions.entry(subject).or_default().extend(who);
            }
            LIFTED => drop(self.suppressions.remove(&subject)),
            REVOKED => self.revoke(subject)?,
            LEFT => self.leave(subject, refusal)?,
            kind => {
                return Err(StoreError::Damaged(format!(
                    "a refusal of kind {kind}, which a newer program wrote: update this one"
                )));
            }
        }
        self.flush_if(COMMIT_BYTES)
    }

    fn flush_if(&mut self, bytes: usize) -> Result<(), StoreError> {
        if self.draft.bytes() < bytes {
            return Ok(());
        }
        std::mem::replace(&mut self.draft, Draft::new(self.ground)).commit()
    }

    fn lower(&mut self, mark: Mark, refusal: &Refusal) -> Result<(), StoreError> {
        let Lowered { number, after } = postcard::from_bytes(&refusal.text)
            .map_err(|error| StoreError::Damaged(format!("a refusal: {error}")))?;
        let proof = Key::Consent { customer: mark, at: refusal.at, number };
        // The backup has this decision, and what came after it until then.
        if self.draft.holds(&proof)? {
            return Ok(());
        }
        let key = Key::Customer { customer: mark };
        let Some(customer) = self.draft.read::<Customer>(&key)? else { return Ok(()) };
        let before = customer.consent;
        let left = before.no_more_than(&after);
        if left == before {
            return Ok(());
        }
        let id = customer.id.clone();
        self.draft.seal(&key, mark, &customer.decided(left, refusal.at))?;
        let (decision, told) = (taken(&before, &left), Told::nothing(RESTORE));
        let record = ProofRecord {
            customer: id,
            proof: Proof { at: refusal.at, decision, before, after: left, told },
        };
        self.draft.seal(&proof, mark, &record)?;
        self.customers.insert(mark);
        Ok(())
    }

    fn revoke(&mut self, phone: Mark) -> Result<(), StoreError> {
        let key = Key::Phone { phone };
        let record = self.draft.read::<PhoneRecord>(&key)?;
        if record.as_ref().is_some_and(|record| record.revoked) {
            return Ok(());
        }
        self.replayed.phones += 1;
        // Also one that the backup does not know: a number that was given is never given again.
        let owner = record.and_then(|record| record.owner);
        self.draft.put(&key, &PhoneRecord { revoked: true, owner })
    }

    /// Asks as the message did that the backup does not have.
    fn leave(&mut self, message: Mark, refusal: &Refusal) -> Result<(), StoreError> {
        let of = Key::Rights(RightsKey::RequestOf { message });
        if self.draft.holds(&of)? {
            return Ok(());
        }
        let source = std::str::from_utf8(&refusal.text).ok().and_then(|text| SourceId::new(text).ok());
        let source = source.ok_or_else(|| StoreError::Damaged("a refusal: no source".to_owned()))?;
        open_request(&mut self.draft, &of, |number| PrivacyRequest {
            number,
            source,
            wish: Wish::EraseSource,
            reference: String::new(),
            at: refusal.at,
            due: refusal.at + DAYS_TO_ANSWER,
            closed: None,
            found: 0,
        })?;
        self.replayed.shops += 1;
        // The next number is that after the last committed one.
        self.flush_if(0)
    }

    fn end(mut self) -> Result<Replayed, StoreError> {
        for (by, who) in std::mem::take(&mut self.suppressions) {
            for who in who {
                let key = Key::Suppressed { who, by };
                if !self.draft.holds(&key)? {
                    self.draft.put_new(&key, &IndexRecord)?;
                    self.draft.put_new(&Key::Suppresses { by, who }, &IndexRecord)?;
                    self.replayed.suppressed += 1;
                }
            }
            self.flush_if(COMMIT_BYTES)?;
        }
        self.flush_if(0)?;
        self.replayed.customers = self.customers.len() as u64;
        Ok(self.replayed)
    }
}

/// The decision that takes as much.
fn taken(before: &Consent, left: &Consent) -> Decision {
    let (had, has) = (before.sharing, left.sharing);
    Decision {
        level: (has.level != had.level).then_some(has.level),
        greet_by_name: (has.greet_by_name != had.greet_by_name).then_some(has.greet_by_name),
        alone_until: has.alone_until.filter(|_| has.alone_until != had.alone_until),
        refuse: left.refused.without(&before.refused).and(&before.given.without(&left.given)),
        pause_until: left.paused_until.filter(|_| left.paused_until != before.paused_until),
        restrict: (left.restricted != before.restricted).then_some(left.restricted),
        object: left.objected.without(before.objected),
        privacy: left
            .privacy_signal
            .filter(|_| left.privacy_signal != before.privacy_signal)
            .map(PrivacySignal::Seen),
        ..Decision::default()
    }
}

#[cfg(test)]
mod tests;
