//! What customers asked, and the receipts of it.
//!
//! A regulation itself names nobody, and is kept as it is. Its customer numbers and plans are sealed by the regulation, a
//! subject of its own, whose key is destroyed when it ends. A receipt is found by the pseudonym of the number that was named.

use async_trait::async_trait;
use shopbell_domain::{
    ports::StoreError,
    redacted::Redacted,
    rights::{
        NewRegulation, Outcome, Regulation, RegulationNumber, State, Tally,
        port::{Ending, Plan, Regulations, Subject},
    },
    time::Timestamp,
};
use shopbell_vault::{KeyId, Vault};

use crate::{
    draft::Draft,
    engine::{Flow, Ground, read, read_value, scan},
    key::{Key, Mark, RightsKey},
    locks,
    record::{
        IndexRecord, NumberRecord, OutcomeRecord, PlanRecord, ReceiptRecord, RegulationRecord, UsersRecord,
    },
    store::EmbeddedStore,
};

/// Customer numbers that share a record.
const USERS_A_RECORD: u32 = 64;

/// Customer numbers that are written in one commit.
const USERS_A_COMMIT: usize = 1_024;

/// A number that is longer names nobody: what is beyond this is not kept.
const USER_BYTES: usize = 300;

#[async_trait]
impl Regulations for EmbeddedStore {
    async fn create(&self, new: NewRegulation) -> Result<Regulation, StoreError> {
        // One at a time: the number is the next one.
        let _held = self.hold([locks::Subject::Regulations]).await;
        let of = new
            .message
            .as_ref()
            .map(|message| Key::Rights(RightsKey::RegulationOf { message: self.keys().name(message) }));
        if let Some(of) = &of
            && let Some(NumberRecord(number)) = read(self.ground(), of)?
            && let Some(kept) = read_regulation(self.ground(), RegulationNumber(number))?
        {
            return Ok(kept.regulation);
        }
        let number = self.read(|ground| last_number(ground).map(|last| RegulationNumber(last + 1))).await?;
        let state = new.first_state();
        let NewRegulation { kind, users, by, at, source, message: _ } = new;
        let tally = Tally { users: users.len() as u64, ..Tally::default() };
        let ended = state.is_final().then_some(at);
        let regulation = Regulation { number, kind, by, at, source, state, tally, ended };
        let by = self.keys().regulation(number);
        if !state.is_final() {
            let users: Vec<String> = users.into_iter().map(|user| cut(user.into_revealed())).collect();
            for (index, users) in users.chunks(USERS_A_COMMIT).enumerate() {
                let (users, from) = (users.to_vec(), index * USERS_A_COMMIT);
                self.write([], move |draft| put_users(draft, by, number, from, &users)).await?;
            }
        }
        // Only now there is such a regulation.
        let kept = regulation.clone();
        self.write([], move |draft| {
            draft.obtain([by])?;
            let key = draft.keys().key_of(by).ok_or_else(|| unmade(number))?;
            if kept.state.is_final() {
                draft.destroy(key);
            } else {
                draft.put(&Key::Rights(RightsKey::Open(number)), &IndexRecord)?;
            }
            if let Some(of) = of {
                draft.put_new(&of, &NumberRecord(number.0))?;
            }
            let record = RegulationRecord { regulation: kept, key: key.to_bytes() };
            draft.put(&Key::Rights(RightsKey::Regulation(number)), &record)
        })
        .await?;
        Ok(regulation)
    }

    async fn regulation(&self, number: RegulationNumber) -> Result<Option<Regulation>, StoreError> {
        Ok(read_regulation(self.ground(), number)?.map(|record| record.regulation))
    }

    async fn regulations(
        &self,
        before: Option<RegulationNumber>,
        limit: usize,
    ) -> Result<Vec<Regulation>, StoreError> {
        self.read(move |ground| {
            let newest = last_number(ground)?;
            let from = before.map_or(newest, |before| newest.min(before.0.saturating_sub(1)));
            // Numbers have no gaps.
            let numbers = (1..=from).rev().take(limit).map(RegulationNumber);
            let found = numbers.map(|number| read_regulation(ground, number));
            found.filter_map(Result::transpose).map(|record| record.map(|record| record.regulation)).collect()
        })
        .await
    }

    async fn next_open(&self) -> Result<Option<Regulation>, StoreError> {
        self.read(|ground| {
            let prefix = RightsKey::open();
            let Some((key, _)) = ground.page(&prefix, &prefix, 1)?.into_iter().next() else {
                return Ok(None);
            };
            let Ok(Key::Rights(RightsKey::Open(number))) = Key::decode(&key) else {
                return Err(StoreError::Damaged("an index of open regulations".to_owned()));
            };
            Ok(read_regulation(ground, number)?.map(|record| record.regulation))
        })
        .await
    }

    async fn subjects(
        &self,
        number: RegulationNumber,
        from: u32,
        limit: usize,
    ) -> Result<Vec<Subject>, StoreError> {
        self.read(move |ground| {
            let Some(record) = read_regulation(ground, number)? else { return Ok(Vec::new()) };
            if record.regulation.state.is_final() {
                return Ok(Vec::new());
            }
            let last = u32::try_from(record.regulation.tally.users).unwrap_or(u32::MAX);
            read_subjects(ground, number, from..last, limit)
        })
        .await
    }

    async fn reserve_receipts(&self, count: u64) -> Result<u64, StoreError> {
        let key = Key::Rights(RightsKey::NextReceipt);
        self.write([locks::Subject::Regulations], move |draft| {
            let NumberRecord(next) = draft.read(&key)?.unwrap_or(NumberRecord(1));
            draft.put(&key, &NumberRecord(next.saturating_add(count)))?;
            Ok(next)
        })
        .await
    }

    async fn decide(&self, number: RegulationNumber, plans: Vec<(u32, Plan)>) -> Result<(), StoreError> {
        let by = self.keys().regulation(number);
        self.write([locks::Subject::Regulations], move |draft| {
            let mut record = open_regulation(draft, number)?;
            for (index, plan) in plans {
                draft.seal(&Key::Rights(RightsKey::Plan { of: number, index }), by, &PlanRecord(plan))?;
            }
            record.regulation.state = State::Running;
            draft.put(&Key::Rights(RightsKey::Regulation(number)), &record)
        })
        .await
    }

    async fn settle(&self, number: RegulationNumber, endings: Vec<Ending>) -> Result<(), StoreError> {
        let vault = self.keys().vault().clone();
        self.write([locks::Subject::Regulations], move |draft| {
            let mut record = open_regulation(draft, number)?;
            for Ending { index, outcome, receipt } in endings {
                let key = Key::Rights(RightsKey::Outcome { of: number, index });
                if draft.holds(&key)? {
                    continue;
                }
                record.regulation.tally.count(&outcome);
                draft.put(&key, &OutcomeRecord(outcome))?;
                if let Some(receipt) = receipt {
                    let user = pseudonym_of(&vault, &receipt.of);
                    let number = receipt.number;
                    draft.put(&Key::Rights(RightsKey::ReceiptOf { user, number }), &IndexRecord)?;
                    draft.put(&Key::Rights(RightsKey::Receipt { number }), &ReceiptRecord(receipt.text))?;
                }
            }
            record.regulation.state = State::Running;
            draft.put(&Key::Rights(RightsKey::Regulation(number)), &record)
        })
        .await
    }

    async fn close(&self, number: RegulationNumber, state: State, at: Timestamp) -> Result<(), StoreError> {
        self.write([locks::Subject::Regulations], move |draft| {
            let mut record = open_regulation(draft, number)?;
            record.regulation.state = state;
            record.regulation.ended = Some(at);
            for prefix in [RightsKey::users(number), RightsKey::plans(number)] {
                remove_all(draft, &prefix)?;
            }
            draft.remove(&Key::Rights(RightsKey::Open(number)));
            draft.put(&Key::Rights(RightsKey::Regulation(number)), &record)?;
            draft.destroy(KeyId::from_bytes(record.key));
            Ok(())
        })
        .await
    }

    async fn outcomes(
        &self,
        number: RegulationNumber,
        from: u32,
        limit: usize,
    ) -> Result<Vec<(u32, Outcome)>, StoreError> {
        self.read(move |ground| {
            let (mut found, prefix) = (Vec::new(), RightsKey::outcomes(number));
            let start = Key::Rights(RightsKey::Outcome { of: number, index: from }).encode();
            scan(ground, &prefix, &start, |key, value| {
                if found.len() >= limit {
                    return Ok(Flow::Stop);
                }
                let key = decoded(&key)?;
                if let Key::Rights(RightsKey::Outcome { index, .. }) = key {
                    let outcome = read_value::<OutcomeRecord>(ground, &key, &value)?;
                    found.extend(outcome.map(|OutcomeRecord(outcome)| (index, outcome)));
                }
                Ok(Flow::On)
            })?;
            Ok(found)
        })
        .await
    }

    async fn receipt(&self, number: u64) -> Result<Option<String>, StoreError> {
        let key = Key::Rights(RightsKey::Receipt { number });
        Ok(read::<ReceiptRecord>(self.ground(), &key)?.map(|record| record.0))
    }

    async fn receipts_of(&self, user: &Redacted<String>) -> Result<Vec<u64>, StoreError> {
        let prefix = RightsKey::receipts_of(&pseudonym_of(self.keys().vault(), user));
        self.read(move |ground| {
            let mut numbers = Vec::new();
            scan(ground, &prefix, &prefix, |key, _| {
                if let Key::Rights(RightsKey::ReceiptOf { number, .. }) = decoded(&key)? {
                    numbers.push(number);
                }
                Ok(Flow::On)
            })?;
            Ok(numbers)
        })
        .await
    }
}

fn unmade(number: RegulationNumber) -> StoreError {
    StoreError::Unavailable(format!("the key of regulation {} was not made", number.0))
}

/// By which a receipt is found. It has no life: it is about a number as it was named, and not about whom it named.
fn pseudonym_of(vault: &Vault, user: &Redacted<String>) -> [u8; 16] {
    vault.pseudonym("receipt of", user.reveal().as_bytes()).to_bytes()
}

fn cut(mut user: String) -> String {
    if let Some(end) = (0..=USER_BYTES.min(user.len())).rev().find(|end| user.is_char_boundary(*end)) {
        user.truncate(end);
    }
    user
}

fn decoded(key: &[u8]) -> Result<Key, StoreError> {
    Key::decode(key).map_err(|error| StoreError::Damaged(format!("a record of regulations: {error}")))
}

fn last_number(ground: Ground<'_>) -> Result<u64, StoreError> {
    let Some(key) = ground.last(&RightsKey::regulations())? else { return Ok(0) };
    match decoded(&key)? {
        Key::Rights(RightsKey::Regulation(number)) => Ok(number.0),
        _ => Ok(0),
    }
}

fn read_regulation(
    ground: Ground<'_>,
    number: RegulationNumber,
) -> Result<Option<RegulationRecord>, StoreError> {
    read(ground, &Key::Rights(RightsKey::Regulation(number)))
}

/// One that has not ended.
fn open_regulation(draft: &Draft<'_>, number: RegulationNumber) -> Result<RegulationRecord, StoreError> {
    let record: Option<RegulationRecord> = draft.read(&Key::Rights(RightsKey::Regulation(number)))?;
    record
        .filter(|record| !record.regulation.state.is_final())
        .ok_or(StoreError::NotFound("regulation that has not ended"))
}

fn put_users(
    draft: &mut Draft<'_>,
    by: Mark,
    of: RegulationNumber,
    from: usize,
    users: &[String],
) -> Result<(), StoreError> {
    for (index, users) in users.chunks(USERS_A_RECORD as usize).enumerate() {
        let first = u32::try_from(from + index * USERS_A_RECORD as usize).unwrap_or(u32::MAX);
        let key = Key::Rights(RightsKey::Users { of, first });
        draft.seal(&key, by, &UsersRecord(users.to_vec()))?;
    }
    Ok(())
}

fn read_subjects(
    ground: Ground<'_>,
    of: RegulationNumber,
    places: std::ops::Range<u32>,
    limit: usize,
) -> Result<Vec<Subject>, StoreError> {
    let mut subjects = Vec::new();
    let mut first = places.start / USERS_A_RECORD * USERS_A_RECORD;
    while first < places.end && subjects.len() < limit {
        let key = Key::Rights(RightsKey::Users { of, first });
        let Some(UsersRecord(users)) = read(ground, &key)? else { break };
        for (index, user) in (first..places.end).zip(users) {
            if places.contains(&index) && subjects.len() < limit {
                subjects.push(read_subject(ground, of, index, user)?);
            }
        }
        first = first.saturating_add(USERS_A_RECORD);
    }
    Ok(subjects)
}

fn read_subject(
    ground: Ground<'_>,
    of: RegulationNumber,
    index: u32,
    user: String,
) -> Result<Subject, StoreError> {
    let key = Key::Rights(RightsKey::Plan { of, index });
    let plan = read::<PlanRecord>(ground, &key)?.map(|record| record.0);
    let outcome = read::<OutcomeRecord>(ground, &Key::Rights(RightsKey::Outcome { of, index }))?;
    Ok(Subject { index, user: Redacted::new(user), plan, outcome: outcome.map(|record| record.0) })
}

fn remove_all(draft: &mut Draft<'_>, prefix: &[u8]) -> Result<(), StoreError> {
    let mut keys = Vec::new();
    scan(draft.committed(), prefix, prefix, |key, _| {
        keys.push(decoded(&key)?);
        Ok(Flow::On)
    })?;
    for key in &keys {
        draft.remove(key);
    }
    Ok(())
}
