//! What is older than it may be: found page by page, and deleted in commits of a page, so that nobody waits for it.
//!
//! The age of a record stands in its key, so that what cannot be read any more, since its customer was erased, goes as well.
//! How long each class is kept, and what happens to customers, is decided by whoever asks.
//!
//! To add a class: a variant, its tag, when its record was made, and which keys go with it.

use shopbell_domain::{id::CustomerId, ports::StoreError, profile::Customer, time::Timestamp, visit::Visit};

use crate::{
    EmbeddedStore,
    draft::Draft,
    engine::{self, Ground, read_value},
    key::{Key, tag},
    locks::Subject,
    ports::indexes,
    record::LastVisitRecord,
};

/// Entries that one step looks at.
const ENTRIES: usize = 256;

/// A class of records that grow old by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// What agents heard, by its receipt.
    Presences,
    /// Visits, by their end.
    Visits,
    /// Looks at cards, by their time.
    Looks,
    /// What was shown of what might be said, and what became of it, by its time.
    Showings,
    /// Anonymous arrivals, by their hour.
    Anonymous,
}

/// Where the next step begins.
#[derive(Debug, Clone)]
pub struct Place(Vec<u8>);

/// Whether what is due is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is only counted.
    Preview,
    /// It is deleted.
    Delete,
}

/// What one step found.
#[derive(Debug, Clone)]
pub struct Aged {
    /// Records from before the time, deleted if that was asked.
    pub due: u64,
    /// Records that stay.
    pub kept: u64,
    /// The way on; nothing at the end.
    pub next: Option<Place>,
}

impl Class {
    const fn tag(self) -> u8 {
        match self {
            Self::Presences => tag::PRESENCES,
            Self::Visits => tag::ENDED_VISIT,
            Self::Looks => tag::LOOK,
            Self::Showings => tag::LOGGED_OF,
            Self::Anonymous => tag::ANONYMOUS,
        }
    }
}

/// When a record of a class was made.
const fn made(key: &Key) -> Option<Timestamp> {
    match key {
        Key::Presences { received, .. } => Some(*received),
        Key::EndedVisit { ended, .. } => Some(*ended),
        Key::Look { at, .. } => Some(*at),
        Key::LoggedOf(entry) => Some(entry.at),
        Key::Anonymous { hour, .. } => Some(*hour),
        _ => None,
    }
}

impl EmbeddedStore {
    /// Looks at some records of a class, and deletes those from before `before` if `mode` says so.
    pub async fn age(
        &self,
        class: Class,
        before: Timestamp,
        from: Option<Place>,
        mode: Mode,
    ) -> Result<Aged, StoreError> {
        let (page, next) = self.page(class.tag(), from).await?;
        let mut due = Vec::new();
        let mut kept = 0;
        for (key, _) in page {
            match Key::decode(&key) {
                Ok(key) if made(&key).is_some_and(|made| made < before) => due.push(key),
                // One that cannot be read is for `check` to tell.
                _ => kept += 1,
            }
        }
        let found = Aged { due: due.len() as u64, kept, next };
        if mode == Mode::Delete && !due.is_empty() {
            self.delete(due).await?;
        }
        Ok(found)
    }

    /// Some customers, in an order of the store's, and the way on.
    pub async fn some_customers(
        &self,
        from: Option<Place>,
    ) -> Result<(Vec<Customer>, Option<Place>), StoreError> {
        let (page, next) = self.page(tag::CUSTOMER, from).await?;
        let read = move |ground: Ground<'_>| {
            let mut customers = Vec::with_capacity(page.len());
            for (key, value) in page {
                let key = Key::decode(&key).map_err(|error| StoreError::Damaged(error.to_string()))?;
                customers.extend(read_value::<Customer>(ground, &key, &value)?);
            }
            Ok(customers)
        };
        Ok((self.read(read).await?, next))
    }

    /// Gives a customer an age of whom nothing tells one: from `at` on. One that is given already stays.
    pub async fn date_customer(&self, customer: &CustomerId, at: Timestamp) -> Result<(), StoreError> {
        let customer = customer.clone();
        let subject = customer.to_string();
        self.write([Subject::Customer(&subject)], move |draft| {
            let mark = draft.keys().customer(&customer);
            let key = Key::LastVisit { customer: mark };
            // Who was erased meanwhile gets no key again.
            if draft.holds(&Key::Customer { customer: mark })? && !draft.holds(&key)? {
                draft.seal(&key, mark, &LastVisitRecord { customer, ended: at })?;
            }
            Ok(())
        })
        .await
    }

    /// From when on the age of a customer counts, if nothing else tells one: the end of the newest of those of their visits
    /// that were deleted for their age, or what [`EmbeddedStore::date_customer`] said.
    pub fn dated(&self, customer: &CustomerId) -> Result<Option<Timestamp>, StoreError> {
        let key = Key::LastVisit { customer: self.keys().customer(customer) };
        Ok(engine::read::<LastVisitRecord>(self.ground(), &key)?.map(|record| record.ended))
    }

    async fn page(
        &self,
        tag: u8,
        from: Option<Place>,
    ) -> Result<(Vec<engine::Entry>, Option<Place>), StoreError> {
        let start = from.map_or_else(|| vec![tag], |place| place.0);
        let page = self.read(move |ground| ground.page(&[tag], &start, ENTRIES)).await?;
        let last = page.last().filter(|_| page.len() == ENTRIES);
        let next = last.map(|(key, _)| Place([key.as_slice(), &[0]].concat()));
        Ok((page, next))
    }

    async fn delete(&self, keys: Vec<Key>) -> Result<(), StoreError> {
        let shops: Vec<_> = keys
            .iter()
            .filter_map(|key| match key {
                Key::EndedVisit { store, .. } => Some(store.clone()),
                _ => None,
            })
            .collect();
        // Nobody else changes the others any more.
        let subjects = shops.iter().map(|shop| Subject::Shop(shop.as_str()));
        self.write(subjects, move |draft| keys.iter().try_for_each(|key| delete(draft, key))).await
    }
}

fn delete(draft: &mut Draft<'_>, key: &Key) -> Result<(), StoreError> {
    if let Key::EndedVisit { ended, visit, .. } = key {
        let name = Key::Visit { id: *visit };
        if let Some(visit) = draft.read::<Visit>(&name)? {
            if visit.ended != Some(*ended) {
                // It was opened anew between the two reads.
                return Ok(());
            }
            for index in indexes(draft.keys(), &visit) {
                draft.remove_short(&index);
            }
            // That the customer was here counts for longer than the visit.
            let mark = draft.keys().customer(&visit.customer);
            let last = Key::LastVisit { customer: mark };
            let known = draft.read::<LastVisitRecord>(&last)?;
            if known.is_none_or(|known| known.ended < *ended) {
                draft.seal(&last, mark, &LastVisitRecord { customer: visit.customer, ended: *ended })?;
            }
        }
        draft.remove(&name);
    }
    if let Key::LoggedOf(entry) = key {
        draft.remove(&Key::Logged(*entry));
    }
    draft.remove(key);
    Ok(())
}

#[cfg(test)]
mod tests;
