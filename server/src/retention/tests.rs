use std::sync::Mutex;

use shopbell_domain::{
    consent::{Sharing, SharingLevel},
    event::{Action, Event, EventId, Origin, port::Effects},
    id::{CustomerId, MessageId, SourceId, StoreId, VisitId},
    identity::{IdentifierKind, port::Identities as _},
    ports::{Customers as _, Ledger as _},
    profile::View,
    redacted::Redacted,
    time::ManualClock,
    visit::Visit,
};

use super::*;

const TIMES: config::Retention = config::Retention {
    presences_days: 7,
    failed_events_days: 30,
    visits_days: 396,
    looks_days: 366,
    showings_days: 396,
    profiles_days: 1_096,
    anonymous_days: 1_096,
};

/// Notes whom it should erase; pairs of browsers are one person's.
#[derive(Default)]
struct Noted {
    erased: Mutex<Vec<Identifier>>,
    pairs: Mutex<Vec<[Identifier; 2]>>,
}

#[async_trait]
impl Forgetter for Noted {
    async fn erase(&self, persons: Vec<Identifier>) -> Result<(), StoreError> {
        self.erased.lock().unwrap().extend(persons);
        Ok(())
    }

    async fn person(&self, named: &Identifier) -> Result<Option<Vec<Identifier>>, StoreError> {
        let pairs = self.pairs.lock().unwrap();
        let pair = pairs.iter().find(|pair| pair.contains(named)).cloned();
        Ok(Some(pair.map_or_else(|| vec![named.clone()], Vec::from)))
    }

    async fn drop_failed(&self, _numbers: Vec<InboxNumber>) -> Result<(), StoreError> {
        Ok(())
    }
}

struct Desk {
    store: EmbeddedStore,
    clock: Arc<ManualClock>,
    noted: Arc<Noted>,
    metrics: Arc<Metrics>,
    retention: Retention,
}

fn start() -> Timestamp {
    Timestamp::from_secs(1_795_000_000)
}

/// A page that somebody looked at.
fn seen(who: &Identifier, days_ago: u32) -> Event {
    let id = EventId {
        source: SourceId::new("web").unwrap(),
        message: MessageId::new(format!("{}-{days_ago}", who.value().reveal())).unwrap(),
    };
    Event {
        id,
        at: start() - config::Retention::days(days_ago),
        who: vec![who.clone()],
        origin: Origin::Web,
        privacy_control: false,
        action: Action::PageViewed { page: None },
    }
}

impl Desk {
    fn new() -> Self {
        let (store, clock) = (EmbeddedStore::in_memory(), Arc::new(ManualClock::new(start())));
        let (noted, metrics) = (Arc::new(Noted::default()), Arc::new(Metrics::new()));
        let shared = Arc::new(store.clone());
        let retention = Retention::new(RetentionParts {
            embedded: store.clone(),
            store: shared.clone(),
            events: shared.clone(),
            consents: shared.clone(),
            inbox: shared,
            forgetter: Some(noted.clone()),
            times: TIMES,
            clock: clock.clone(),
            metrics: Arc::clone(&metrics),
        });
        Self { store, clock, noted, metrics, retention }
    }

    async fn customer(&self, name: &str) -> CustomerId {
        let id = CustomerId::new(name).unwrap();
        self.store.put_customer(&id, Redacted::new(String::new())).await.unwrap();
        id
    }

    async fn visit(&self, customer: &CustomerId, days_ago: u32) {
        let at = start() - config::Retention::days(days_ago);
        let id = VisitId(u128::from(days_ago));
        let mut visit = Visit::new(id, customer.clone(), StoreId::new("lyon").unwrap(), at);
        visit.ended = Some(at);
        self.store.put_visits(vec![visit]).await.unwrap();
    }

    /// What a browser did whose customer nobody knows.
    async fn browsed(&self, browser: &Identifier, days_ago: u32) {
        let events = vec![seen(browser, days_ago)];
        self.store.write_effects(Effects { events, ..Effects::default() }).await.unwrap();
    }

    async fn event(&self, customer: &CustomerId, days_ago: u32) {
        let event = seen(&Identifier::from(customer), days_ago);
        let views = vec![(customer.clone(), View::rebuild([&event]))];
        let effects = Effects { events: vec![event], views, ..Effects::default() };
        self.store.write_effects(effects).await.unwrap();
    }

    fn erased(&self) -> Vec<String> {
        let erased = std::mem::take(&mut *self.noted.erased.lock().unwrap());
        let mut erased: Vec<_> = erased.iter().map(|one| one.value().reveal().clone()).collect();
        erased.sort();
        erased
    }

    async fn class(&self, name: &str, mode: Mode) -> (u64, u64) {
        let found = self.retention.pass(mode).await.unwrap();
        let class = found.iter().find(|found| found.class == name).unwrap();
        (class.due, class.kept)
    }

    async fn profiles(&self, mode: Mode) -> (u64, u64) {
        self.class("profiles", mode).await
    }
}

#[tokio::test(start_paused = true)]
async fn who_did_nothing_for_three_years_is_erased_and_nobody_else() {
    let desk = Desk::new();
    let old = desk.customer("old").await;
    desk.event(&old, 1_097).await;
    let event = desk.customer("an-event").await;
    desk.event(&event, 1_095).await;
    let visit = desk.customer("a-visit").await;
    desk.visit(&visit, 390).await;
    desk.event(&visit, 2_000).await;
    let decision = desk.customer("a-decision").await;
    desk.event(&decision, 2_000).await;
    let sharing = Sharing { level: SharingLevel::Present, greet_by_name: false, alone_until: None };
    desk.store.set_sharing(&decision, sharing, start()).await.unwrap();
    // Nobody can say for how long they did nothing, until a pass has found them.
    desk.customer("undated").await;

    assert_eq!(desk.profiles(Mode::Preview).await, (1, 4));
    assert!(desk.erased().is_empty(), "a preview erases nobody");
    assert_eq!(desk.profiles(Mode::Delete).await, (1, 4));
    assert_eq!(desk.erased(), ["old"]);

    desk.clock.advance(config::Retention::days(2));
    assert_eq!(desk.profiles(Mode::Delete).await.0, 2);
    assert_eq!(desk.erased(), ["an-event", "old"]);
    // A visit goes after 13 months, and that there was one counts for three years.
    desk.clock.advance(config::Retention::days(600));
    assert_eq!(desk.profiles(Mode::Delete).await, (2, 3));
    assert!(desk.store.visits_of(&visit).await.unwrap().is_empty());
    assert_eq!(desk.erased(), ["an-event", "old"]);
    desk.clock.advance(config::Retention::days(500));
    desk.profiles(Mode::Delete).await;
    assert_eq!(desk.erased(), ["a-decision", "a-visit", "an-event", "old", "undated"]);
}

#[tokio::test(start_paused = true)]
async fn who_came_with_a_file_and_never_did_anything_ages_from_there() {
    let desk = Desk::new();
    desk.customer("undated").await;
    assert_eq!(desk.profiles(Mode::Preview).await, (0, 1));
    desk.clock.advance(config::Retention::days(100));
    assert_eq!(desk.profiles(Mode::Delete).await, (0, 1), "found by the first pass, and not by the preview");
    desk.clock.advance(config::Retention::days(1_095));
    assert_eq!(desk.profiles(Mode::Delete).await, (0, 1), "a later pass changes nothing");
    desk.clock.advance(config::Retention::days(2));
    assert_eq!(desk.profiles(Mode::Delete).await, (1, 0));
    assert_eq!(desk.erased(), ["undated"]);
    assert_eq!(desk.store.check(|_| ()).await.unwrap().problems, []);
}

#[tokio::test(start_paused = true)]
async fn persons_whom_only_events_tell_of_grow_old_all_together() {
    let desk = Desk::new();
    let browser = |name: &str| Identifier::new(IdentifierKind::Anonymous, name).unwrap();
    desk.browsed(&browser("old"), 1_097).await;
    desk.browsed(&browser("young"), 1_095).await;
    // Two that are one person's: together they are as old as the younger one.
    for (name, days) in [("b1", 1_200), ("b2", 1_090), ("b3", 1_200), ("b4", 1_100)] {
        desk.browsed(&browser(name), days).await;
    }
    let pairs = [["b1", "b2"], ["b3", "b4"]].map(|pair| pair.map(browser));
    *desk.noted.pairs.lock().unwrap() = pairs.into();
    // A customer's goes with the customer.
    let anna = desk.customer("anna").await;
    desk.event(&anna, 10).await;
    desk.browsed(&browser("annas"), 1_200).await;
    desk.store.remember(vec![(browser("annas"), Some(anna))]).await.unwrap();

    assert_eq!(desk.class("persons", Mode::Preview).await, (2, 3));
    assert!(desk.erased().is_empty(), "a preview erases nobody");
    assert_eq!(desk.class("persons", Mode::Delete).await, (2, 3));
    assert_eq!(desk.erased(), ["b3", "old"], "once each");
    desk.clock.advance(config::Retention::days(7));
    desk.class("persons", Mode::Delete).await;
    assert_eq!(desk.erased(), ["b1", "b3", "old", "young"]);
}

/// The number of a web account that nobody put in: events told of it, and nothing else.
#[tokio::test(start_paused = true)]
async fn who_is_known_by_a_customer_number_in_events_alone_grows_old_too() {
    let desk = Desk::new();
    let browser = |name: &str| Identifier::new(IdentifierKind::Anonymous, name).unwrap();
    let number = |name: &str| CustomerId::new(name).unwrap();
    for (name, days) in [("old-1", 1_097), ("old-2", 1_200), ("young-1", 1_095), ("late-1", 1_200)] {
        desk.event(&number(name), days).await;
    }
    // Of two persons a browser is known, too; one of them was used lately.
    let pairs = [("old-2", "b-old", 1_150), ("late-1", "b-late", 20)];
    for (name, its, days) in pairs {
        desk.browsed(&browser(its), days).await;
        desk.store.remember(vec![(browser(its), Some(number(name)))]).await.unwrap();
    }
    *desk.noted.pairs.lock().unwrap() =
        pairs.map(|(name, its, _)| [Identifier::from(&number(name)), browser(its)]).into();
    // Who was put in goes with the profiles, and is no second person here.
    let anna = desk.customer("anna").await;
    desk.event(&anna, 1_200).await;

    assert_eq!(desk.class("persons", Mode::Preview).await, (2, 3));
    assert_eq!(desk.class("persons", Mode::Delete).await.0, 2);
    let erased = desk.erased();
    assert_eq!(erased.len(), 3, "once each: {erased:?}");
    assert!(erased.contains(&"old-1".to_owned()) && erased.contains(&"anna".to_owned()), "{erased:?}");
}

#[tokio::test(start_paused = true)]
async fn a_pass_comes_at_the_start_and_once_a_day() {
    let desk = Desk::new();
    let anna = desk.customer("anna").await;
    desk.visit(&anna, 397).await;
    desk.visit(&anna, 394).await;
    let stop = CancellationToken::new();
    #[expect(clippy::disallowed_methods, reason = "the test awaits it itself")]
    let running = tokio::spawn(desk.retention.clone().run(stop.clone()));
    let deleted = || {
        let text = desk.metrics.text();
        let line =
            text.lines().find(|line| line.contains("deleted_total{class=\"visits\"}")).map(str::to_owned);
        line.and_then(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).unwrap_or(0)
    };
    for (passed, wanted) in [(0, 1), (1, 1), (2, 2)] {
        desk.clock.advance(config::Retention::days(u32::from(passed > 0)) + Duration::from_secs(1));
        // The job's clock is looked at each round; tokio's time passes by itself while everybody waits.
        sleep(rounds::ROUND * 20).await;
        assert_eq!(deleted(), wanted, "after {passed} days");
    }
    assert!(desk.metrics.text().contains("shopbell_retention_last_success_seconds 1795"));
    stop.cancel();
    running.await.unwrap().unwrap();
}
