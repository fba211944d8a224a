//! Where the phones are, over all shops of this server: the domain's rule (`domain::whereabouts`), shared by the shops'
//! tasks, and its contests on disk.
//!
//! A contest outlives a restart: whoever relays tokens must not get a guest onto a tablet by waiting for one. It is
//! withheld first and written then, so that it holds also when the disk refuses; what could not be written is tried
//! again with the next batch or tick of any shop. Hearings are in memory only: after a restart a phone counts from its
//! next word, which comes within a minute or two.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use shopbell_domain::{
    id::{PhoneId, StoreId},
    ports::{Store, StoreError},
    time::Timestamp,
    token::Window,
    whereabouts::{Finding, Hearing, Whereabouts},
};

#[derive(Debug, Default)]
struct Phones {
    known: HashMap<PhoneId, Whereabouts>,
    /// Contests that are not on disk as they are.
    unwritten: HashSet<PhoneId>,
    /// Contests on disk that are over.
    over: HashSet<PhoneId>,
    /// The quarter of an hour in which what is over was last looked for.
    tidied: Option<Window>,
}

/// The phones heard lately in any shop of this server.
#[derive(Debug, Default)]
pub struct PhoneRegistry {
    phones: Mutex<Phones>,
    /// Held while contests are written, so that an older state never comes last.
    writing: tokio::sync::Mutex<()>,
}

impl PhoneRegistry {
    /// With the contests that are on disk and not over at `now`.
    pub async fn load(store: &dyn Store, now: Timestamp) -> Result<Self, StoreError> {
        let mut phones = Phones::default();
        for (phone, contest) in store.contests().await? {
            if contest.is_over(now) {
                phones.over.insert(phone);
            } else {
                phones.known.insert(phone, Whereabouts::contested(contest));
            }
        }
        Ok(Self { phones: Mutex::new(phones), ..Self::default() })
    }

    fn phones(&self) -> MutexGuard<'_, Phones> {
        self.phones.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in one word about a phone. `neighbours` are those of the shop that heard it.
    pub fn hear(&self, phone: PhoneId, hearing: &Hearing<'_>, neighbours: &BTreeSet<StoreId>) -> Finding {
        let mut phones = self.phones();
        let known = phones.known.entry(phone).or_default();
        let before = known.contest();
        let finding = known.hear(hearing, neighbours);
        if known.contest() != before {
            phones.unwritten.insert(phone);
            phones.over.remove(&phone);
        }
        finding
    }

    /// Whether a shop may show the phone at `now`.
    pub(super) fn may_show(&self, phone: PhoneId, store: &StoreId, now: Timestamp) -> bool {
        self.phones().known.get(&phone).is_none_or(|known| known.may_show(store, now))
    }

    /// Brings the disk up to the contests as they are; nothing is asked of it when they have not changed.
    pub(super) async fn write(&self, store: &dyn Store) -> Result<(), StoreError> {
        if self.is_written() {
            return Ok(());
        }
        let _one_at_a_time = self.writing.lock().await;
        let (over, contests) = {
            let phones = self.phones();
            let contest = |phone: &PhoneId| Some((*phone, phones.known.get(phone)?.contest()?));
            let contests: Vec<_> = phones.unwritten.iter().filter_map(contest).collect();
            (phones.over.iter().copied().collect::<Vec<_>>(), contests)
        };
        if !over.is_empty() {
            store.forget_contests(over.clone()).await?;
        }
        if !contests.is_empty() {
            store.put_contests(contests.clone()).await?;
        }
        let mut phones = self.phones();
        for phone in over {
            phones.over.remove(&phone);
        }
        for (phone, contest) in contests {
            if phones.known.get(&phone).and_then(Whereabouts::contest).is_none_or(|now| now == contest) {
                phones.unwritten.remove(&phone);
            }
        }
        Ok(())
    }

    fn is_written(&self) -> bool {
        let phones = self.phones();
        phones.unwritten.is_empty() && phones.over.is_empty()
    }

    /// Forgets what means nothing any more. For each shop's tick: once in a quarter of an hour it does something.
    pub(super) fn forget(&self, now: Timestamp) {
        let mut phones = self.phones();
        let phones = &mut *phones;
        if phones.tidied.replace(Window::at(now)) == Some(Window::at(now)) {
            return;
        }
        phones.known.retain(|phone, known| {
            let was_contested = known.contest().is_some();
            let stays = known.forget(now);
            if was_contested && known.contest().is_none() {
                phones.unwritten.remove(phone);
                phones.over.insert(*phone);
            }
            stays
        });
    }
}
