//! A disk that refuses for a while: nothing is acknowledged or shown that is not on it.

mod passed_on;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use shopbell_domain::{
    catalogue::{Product, Stock},
    consent::{self, Consent, Decision, Proof, Sharing, SharingLevel, port::Consents},
    id::{AgentId, BootId, CustomerId, PhoneId, ProductId, StoreId},
    ports::{Customers, Ledger, LedgerEntry, PhoneOutcome, Profiles, Store, StoreError},
    profile::{Customer, Profile},
    redacted::Redacted,
    time::Timestamp,
    visit::Visit,
};
use shopbell_proto::{
    customer::v1 as customer,
    edge::v1::{self as edge, PresenceKind, report_request::Body as Up},
    floor::v1 as floor,
};
use shopbell_store::EmbeddedStore;
use tokio::sync::{Notify, Semaphore};
use tonic::{Code, async_trait};

use crate::{
    clients::{Agent, at, boot_bytes},
    world::World,
};

/// What stands between the server and its store, for tests of other files too.
#[derive(Clone, Default)]
pub(crate) struct Between {
    /// Makes the store refuse what the shops write.
    pub(crate) refuses: Arc<AtomicBool>,
    /// What is known of everybody, in the place of what is stored.
    pub(crate) profile: Option<Profile>,
    /// What everybody consents to, in the place of what is stored.
    pub(crate) consent: Arc<Mutex<Option<Consent>>>,
    /// Holds what associates say before it gets into the log.
    pub(crate) remarks: Option<Arc<Gate>>,
}

/// Where something waits until a test lets it pass.
pub(crate) struct Gate {
    /// Told when something has come to it.
    pub(crate) reached: Notify,
    /// As many may pass.
    pub(crate) passes: Semaphore,
}

/// The store in memory, with a switch that makes it refuse what the shops write.
struct Refusing {
    store: EmbeddedStore,
    profile: Option<Profile>,
    consent: Arc<Mutex<Option<Consent>>>,
    refuses: Arc<AtomicBool>,
    remarks: Option<Arc<Gate>>,
}

impl Refusing {
    fn write(&self) -> Result<(), StoreError> {
        if self.refuses.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable("the disk is full".to_owned()));
        }
        Ok(())
    }
}

type Answer<T> = Result<T, StoreError>;

#[async_trait]
impl Ledger for Refusing {
    async fn high_water(&self, agent: &AgentId, boot: BootId) -> Answer<Option<u64>> {
        self.store.high_water(agent, boot).await
    }
    async fn record(&self, entry: LedgerEntry) -> Answer<()> {
        self.write()?;
        self.store.record(entry).await
    }
    async fn put_visits(&self, visits: Vec<Visit>) -> Answer<()> {
        self.write()?;
        self.store.put_visits(visits).await
    }
    async fn recent_visits(&self, store: &StoreId, since: Timestamp) -> Answer<Vec<Visit>> {
        self.store.recent_visits(store, since).await
    }
    async fn visits_of(&self, customer: &CustomerId) -> Answer<Vec<Visit>> {
        self.store.visits_of(customer).await
    }
    async fn anonymous_count(&self, store: &StoreId, hour: Timestamp) -> Answer<u32> {
        self.store.anonymous_count(store, hour).await
    }
}

#[async_trait]
impl Consents for Refusing {
    async fn decide_consent(
        &self,
        id: &CustomerId,
        decision: Decision,
        told: consent::Told,
        now: Timestamp,
    ) -> Answer<Customer> {
        self.write()?;
        self.store.decide_consent(id, decision, told, now).await
    }
    async fn history(&self, id: &CustomerId) -> Answer<Vec<Proof>> {
        self.store.history(id).await
    }
    async fn history_page(&self, id: &CustomerId, skip: usize, limit: usize) -> Answer<(Vec<Proof>, u64)> {
        self.store.history_page(id, skip, limit).await
    }
    async fn pin_texts(&self, shown: Vec<consent::TextShown>) -> Answer<Option<consent::TextShown>> {
        self.write()?;
        self.store.pin_texts(shown).await
    }
    async fn pinned_texts(&self) -> Answer<Vec<consent::TextShown>> {
        self.store.pinned_texts().await
    }
}

#[async_trait]
impl Customers for Refusing {
    async fn customer(&self, id: &CustomerId) -> Answer<Option<Customer>> {
        let found = self.store.customer(id).await?;
        let instead = *self.consent.lock().unwrap();
        Ok(found.map(|known| Customer { consent: instead.unwrap_or(known.consent), ..known }))
    }
    async fn put_customer(&self, id: &CustomerId, name: Redacted<String>) -> Answer<()> {
        self.store.put_customer(id, name).await
    }
    async fn set_sharing(&self, id: &CustomerId, sharing: Sharing, now: Timestamp) -> Answer<Customer> {
        self.write()?;
        self.store.set_sharing(id, sharing, now).await
    }
    async fn end_help(&self, id: &CustomerId, since: Timestamp) -> Answer<()> {
        self.write()?;
        self.store.end_help(id, since).await
    }
    async fn set_help(&self, id: &CustomerId, since: Option<Timestamp>) -> Answer<Customer> {
        self.store.set_help(id, since).await
    }
    async fn put_phone(&self, phone: PhoneId, customer: &CustomerId) -> Answer<PhoneOutcome> {
        self.store.put_phone(phone, customer).await
    }
    async fn phone_owner(&self, phone: PhoneId) -> Answer<Option<CustomerId>> {
        self.store.phone_owner(phone).await
    }
    async fn revoke_phone(&self, phone: PhoneId) -> Answer<()> {
        self.write()?;
        self.store.revoke_phone(phone).await
    }
}

#[async_trait]
impl Profiles for Refusing {
    async fn profile(&self, customer: &CustomerId) -> Answer<Profile> {
        match &self.profile {
            Some(instead) => Ok(instead.clone()),
            None => self.store.profile(customer).await,
        }
    }
    async fn product(&self, id: &ProductId) -> Answer<Option<Product>> {
        self.store.product(id).await
    }
    async fn stock(&self, store: &StoreId, product: &ProductId) -> Answer<Option<Vec<Stock>>> {
        self.store.stock(store, product).await
    }
}

impl Between {
    /// A store with this before it.
    pub(crate) fn before(self, store: EmbeddedStore) -> Arc<dyn Store> {
        let Self { refuses, profile, consent, remarks } = self;
        Arc::new(Refusing { store, profile, consent, refuses, remarks })
    }
}

/// A world whose disk refuses while the switch is on.
pub(crate) async fn refusing_world() -> (World, Arc<AtomicBool>) {
    let refuses = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&refuses);
    let between = Between { refuses: switch, ..Between::default() };
    (World::on(move |store| between.before(store)).await, refuses)
}

#[tokio::test]
async fn what_the_disk_refuses_is_neither_acknowledged_nor_shown_and_comes_whole_later() {
    let (mut world, refuses) = refusing_world().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Present).await;
    let (mut tablet, _) = world.tablet("ines").await;
    let boot = BootId(3);
    let mut agent = Agent::open(&world, "lyon-door", boot, 0).await;
    let token = world.shown_by(phone);
    let events = vec![agent.event(&world, token, PresenceKind::Entered, 5)];

    refuses.store(true, Ordering::SeqCst);
    let batch =
        edge::Batch { boot_id: boot_bytes(boot), sent_at: Some(at(&world, 0)), events: events.clone() };
    agent.send(Up::Batch(batch)).await;
    assert_eq!(agent.result().await.unwrap_err().code(), Code::Unavailable);
    let (_, snapshot) = world.tablet("tom").await;
    assert!(snapshot.guests.is_empty(), "not on disk, so not on a tablet");
    assert_eq!(world.server.metrics().failed_batches.get(), 1);

    refuses.store(false, Ordering::SeqCst);
    let mut agent = Agent::open(&world, "lyon-door", boot, 1).await;
    assert_eq!(agent.report(&world, events).await, 1);
    let row = tablet.row().await;
    assert_eq!(world.store.visits_of(&id).await.unwrap().len(), 1);

    refuses.store(true, Ordering::SeqCst);
    let outcome = |outcome: floor::Outcome| floor::SetOutcomeRequest {
        visit_id: row.visit_id.clone(),
        outcome: outcome.into(),
    };
    let mut ines = world.floor("ines").await;
    let status = ines.set_outcome(outcome(floor::Outcome::Sold)).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    refuses.store(false, Ordering::SeqCst);
    let request = floor::GetCardRequest { visit_id: row.visit_id.clone(), language: String::new() };
    let card = ines.get_card(request).await.unwrap().into_inner().card.unwrap();
    assert_eq!(card.outcome(), floor::Outcome::Unspecified, "what was refused was not done");
    ines.set_outcome(outcome(floor::Outcome::Talked)).await.unwrap();
    assert_eq!(tablet.row().await.card_revision, row.card_revision + 1);
}

#[tokio::test]
async fn a_guest_is_forgotten_in_time_whatever_the_disk_says() {
    let (mut world, refuses) = refusing_world().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Present).await;
    let (mut tablet, _) = world.tablet("ines").await;
    let mut agent = world.agent("lyon-door").await;
    agent.entered(&mut world, phone).await;
    let visit_id = tablet.row().await.visit_id;

    refuses.store(true, Ordering::SeqCst);
    drop(agent);
    world.pass(16 * 60);
    assert_eq!(tablet.removed().await, visit_id);
    assert!(world.store.visits_of(&id).await.unwrap()[0].is_open(), "the disk did not take the end");
}

#[tokio::test]
async fn what_the_disk_refuses_does_not_lengthen_the_stay_of_a_silent_guest() {
    let (mut world, refuses) = refusing_world().await;
    let (_, phone) = world.customer("Camille", SharingLevel::Present).await;
    let (mut tablet, _) = world.tablet("ines").await;
    let mut agent = world.agent("lyon-door").await;
    agent.entered(&mut world, phone).await;
    let visit_id = tablet.row().await.visit_id;
    refuses.store(true, Ordering::SeqCst);
    let minutes = async |world: &World, agent: &mut Agent, minutes: u64| {
        for _ in 0..minutes {
            world.pass(60);
            let heartbeat = edge::Heartbeat { sent_at: Some(at(world, 0)), ..edge::Heartbeat::default() };
            agent.send(Up::Heartbeat(heartbeat)).await;
            agent.answer().await;
        }
    };
    minutes(&world, &mut agent, 9).await;
    let request =
        floor::SetOutcomeRequest { visit_id: visit_id.clone(), outcome: floor::Outcome::Talked.into() };
    let status = world.floor("ines").await.set_outcome(request).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "the visits are loaded anew");
    minutes(&world, &mut agent, 6).await;
    loop {
        match tablet.change().await {
            floor::floor_delta::Change::RemovedVisitId(removed) => break assert_eq!(removed, visit_id),
            floor::floor_delta::Change::Guest(row) => assert_eq!(row.visit_id, visit_id),
        }
    }
}

#[tokio::test]
async fn opting_out_holds_at_once_whatever_the_disk_says() {
    let (mut world, refuses) = refusing_world().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Present).await;
    let (mut tablet, _) = world.tablet("ines").await;
    let mut agent = world.agent("lyon-door").await;
    agent.entered(&mut world, phone).await;
    let visit_id = tablet.row().await.visit_id;
    let sharing = |level: customer::SharingLevel| customer::SetSharingRequest {
        customer_id: id.to_string(),
        sharing: Some(customer::Sharing {
            level: level.into(),
            greet_by_name: Some(true),
            ..customer::Sharing::default()
        }),
    };

    refuses.store(true, Ordering::SeqCst);
    let mut backend = world.backend().await;
    let status = backend.set_sharing(sharing(customer::SharingLevel::Invisible)).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "it must be said again");
    assert_eq!(tablet.removed().await, visit_id);
    assert_eq!(
        world.store.customer(&id).await.unwrap().unwrap().consent.sharing.level,
        SharingLevel::Present
    );

    refuses.store(false, Ordering::SeqCst);
    world.pass(30);
    agent.still_here(&mut world, phone).await;
    let (_, snapshot) = world.tablet("tom").await;
    assert!(snapshot.guests.is_empty(), "what could not be written still holds");
    let request = floor::GetCardRequest { visit_id, language: String::new() };
    assert_eq!(world.floor("ines").await.get_card(request).await.unwrap_err().code(), Code::NotFound);

    backend.set_sharing(sharing(customer::SharingLevel::Present)).await.unwrap();
    world.pass(30);
    agent.still_here(&mut world, phone).await;
    assert_eq!(
        tablet.row().await.display_name.as_deref(),
        Some("Camille"),
        "a later decision that is written"
    );
}

#[tokio::test]
async fn a_revoked_phone_shows_nobody_whatever_the_disk_says() {
    let (mut world, refuses) = refusing_world().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Present).await;
    let (mut tablet, _) = world.tablet("ines").await;
    let mut agent = world.agent("lyon-door").await;
    agent.entered(&mut world, phone).await;
    let visit_id = tablet.row().await.visit_id;
    refuses.store(true, Ordering::SeqCst);
    let revoke = customer::RevokePhoneRequest { phone_id: phone.to_string() };
    let mut backend = world.backend().await;
    assert_eq!(backend.revoke_phone(revoke.clone()).await.unwrap_err().code(), Code::Unavailable);
    assert_eq!(tablet.removed().await, visit_id);
    refuses.store(false, Ordering::SeqCst);
    world.pass(30);
    let before = world.store.visits_of(&id).await.unwrap();
    agent.still_here(&mut world, phone).await;
    let after = world.store.visits_of(&id).await.unwrap();
    assert_eq!(after[0].last_heard, before[0].last_heard, "what it shows counts no more");
    backend.revoke_phone(revoke).await.unwrap();
    assert_eq!(world.store.phone_owner(phone).await.unwrap(), None);
    assert!(!world.store.visits_of(&id).await.unwrap()[0].is_open());
}
