//! The applier on a store, in memory and on disk: what it makes of messages is what the pure rules make of all of them.

mod anew;
mod crashes;
mod erased;
mod failed;
mod floods;
mod idle;
mod imported;
mod sources;
mod trust;
mod watched;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use serde_json::{Value, json};
use shopbell_domain::{
    event::{
        Event, EventId,
        port::{Decision, Effects, Events, Walk},
    },
    id::{CustomerId, MessageId, SourceId},
    identity::{
        Evidence, Identifier, IdentifierKind, Known, Pair, Retracted, Retraction, Retractions, Rules,
        port::{Identities, RetractionRecord, Withdrawal},
        resolve,
    },
    inbox::{Inbox, InboxNumber, Message},
    ports::{Profiles as _, StoreError},
    profile::{Profile, View},
    redacted::Redacted,
    time::{Clock, ManualClock, Timestamp},
};
use shopbell_store::EmbeddedStore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    applier::{Applier, More},
    audience::Audience,
    bell::{Bell, RingingInbox},
    handle::ApplierHandle,
    parts::ApplierParts,
    plan::Changed,
    reading::Readings,
};
use crate::{
    config::{Source, TokenHash},
    metrics::Metrics,
};

const NOW: i64 = 1_795_000_000_000;

#[derive(Default)]
struct Told(Mutex<Vec<Changed>>, Mutex<Vec<(CustomerId, Timestamp)>>);

#[async_trait]
impl Audience for Told {
    async fn profile_will_change(&self, _changed: &Changed) -> Result<(), StoreError> {
        Ok(())
    }

    async fn privacy_asked(
        &self,
        customer: &CustomerId,
        at: Timestamp,
        _now: Timestamp,
    ) -> Result<(), StoreError> {
        self.1.lock().unwrap().push((customer.clone(), at));
        Ok(())
    }

    async fn profile_changed(&self, changed: &Changed) {
        self.0.lock().unwrap().push(changed.clone());
    }
}

fn source(id: &str, kind: &str) -> Source {
    let hash = TokenHash::of(id).to_string();
    let text = format!(
        "id = {id:?}\nname = {id:?}\nwrite_key_sha256 = {hash:?}\nkind = {kind:?}\ncurrency = \"EUR\""
    );
    toml::from_str(&text).unwrap()
}

/// "web" is the web shop's server, so that it may tie whatever it knows.
fn readings() -> Readings {
    let kinds = [("web", "backend"), ("page", "web"), ("tablet", "shared_device"), ("till", "till")];
    let sources = kinds.map(|(id, kind)| source(id, kind));
    Readings::new(&sources, Rules::default())
}

struct Desk {
    store: EmbeddedStore,
    inbox: Arc<dyn Inbox>,
    applier: Applier,
    handle: ApplierHandle,
    told: Arc<Told>,
    metrics: Arc<Metrics>,
    clock: Arc<ManualClock>,
}

impl Desk {
    fn on(store: EmbeddedStore) -> Self {
        Self::with(store.clone(), Arc::new(store))
    }

    fn with(store: EmbeddedStore, events: Arc<dyn Events>) -> Self {
        Self::by(store, events, readings())
    }

    fn by(store: EmbeddedStore, events: Arc<dyn Events>, readings: Readings) -> Self {
        let metrics = Arc::new(Metrics::new());
        let clock = Arc::new(ManualClock::new(Timestamp::from_millis(NOW)));
        let (bell, told) = (Bell::default(), Arc::new(Told::default()));
        let inbox: Arc<dyn Inbox> = Arc::new(RingingInbox::new(Arc::new(store.clone()), bell.clone()));
        let (applier, handle) = Applier::new(ApplierParts {
            inbox: Arc::clone(&inbox),
            events,
            readings,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            bell,
            audience: Arc::clone(&told) as Arc<dyn Audience>,
            gate: Arc::new(store.clone()),
            metrics: Arc::clone(&metrics),
        });
        Self { store, inbox, applier, handle, told, metrics, clock }
    }

    async fn take(&self, messages: &[Message]) {
        self.inbox.accept(messages.to_vec()).await.unwrap();
        while self.applier.take_up().await.unwrap() == More::Perhaps {}
    }

    async fn profile(&self, customer: &str) -> Profile {
        self.store.profile(&CustomerId::new(customer).unwrap()).await.unwrap()
    }

    async fn wishes(&self, customer: &str) -> Vec<String> {
        let wishes = self.profile(customer).await.wish_list;
        wishes.iter().map(|item| item.product.as_str().to_owned()).collect()
    }
}

fn message(source: &str, name: &str, mut body: Value) -> Message {
    body["messageId"] = name.into();
    Message {
        id: EventId { source: SourceId::new(source).unwrap(), message: MessageId::new(name).unwrap() },
        received: Timestamp::from_millis(NOW),
        sent: None,
        privacy_control: false,
        body: Redacted::new(body.to_string().into_bytes()),
    }
}

fn wish(name: &str, minute: u32, who: &Value) -> Message {
    let mut body = json!({
        "type": "track", "event": "Product Added to Wishlist", "properties": { "product_id": name },
        "timestamp": format!("2026-10-01T10:{minute:02}:00Z"),
    });
    for (key, value) in who.as_object().unwrap() {
        body[key] = value.clone();
    }
    message("web", name, body)
}

fn identify(name: &str, who: &Value) -> Message {
    let mut body = who.clone();
    body["type"] = "identify".into();
    body["timestamp"] = "2026-10-01T11:00:00Z".into();
    message("web", name, body)
}

fn customer(name: &str) -> Identifier {
    Identifier::from(&CustomerId::new(name).unwrap())
}

fn browser(name: &str) -> Identifier {
    Identifier::new(IdentifierKind::Anonymous, name).unwrap()
}

fn retract(what: Retracted) -> Decision {
    let text = || Redacted::new("ana".to_owned());
    Decision::Retract(Retraction { what, by: text(), at: Timestamp::from_millis(NOW), why: text() })
}

fn withdraw(what: Retracted) -> Decision {
    let text = || Redacted::new("ana".to_owned());
    let withdrawal = Withdrawal { by: text(), at: Timestamp::from_millis(NOW), why: text() };
    Decision::Withdraw { what, withdrawal }
}

#[tokio::test]
async fn what_a_browser_did_joins_its_customer_and_leaves_again() {
    let desk = Desk::on(EmbeddedStore::in_memory());
    desk.take(&[wish("p1", 1, &json!({ "anonymousId": "b1" })), wish("p2", 2, &json!({ "userId": "anna" }))])
        .await;
    assert_eq!(desk.wishes("anna").await, ["p2"], "nobody knows yet whose the browser is");
    desk.take(&[identify("i1", &json!({ "userId": "anna", "anonymousId": "b1" }))]).await;
    assert_eq!(desk.wishes("anna").await, ["p2", "p1"]);
    desk.take(&[wish("p3", 3, &json!({ "anonymousId": "b1" }))]).await;
    assert_eq!(desk.wishes("anna").await, ["p3", "p2", "p1"], "by the browser alone");

    let pair = Retracted::Pair(Pair::new(customer("anna"), browser("b1")));
    assert!(desk.applier.decided(retract(pair.clone())).await.unwrap());
    assert_eq!(desk.wishes("anna").await, ["p2"], "as if it had never been");
    assert!(!desk.applier.decided(retract(pair.clone())).await.unwrap());
    desk.take(&[identify("i2", &json!({ "userId": "anna", "anonymousId": "b1" }))]).await;
    desk.take(&[wish("p4", 4, &json!({ "anonymousId": "b1" }))]).await;
    assert_eq!(desk.wishes("anna").await, ["p2"], "also by what comes later");
    assert!(desk.applier.decided(withdraw(pair)).await.unwrap());
    assert_eq!(desk.wishes("anna").await, ["p4", "p3", "p2", "p1"]);
    for event in ["i1", "i2"] {
        let name = EventId { source: SourceId::new("web").unwrap(), message: MessageId::new(event).unwrap() };
        assert!(desk.applier.decided(retract(Retracted::Event(name))).await.unwrap());
    }
    assert_eq!(desk.wishes("anna").await, ["p2"]);
    assert_eq!(desk.store.check(|_| ()).await.unwrap().problems, []);
}

#[tokio::test]
async fn a_browser_on_which_two_customers_sign_in_is_nobodys() {
    let desk = Desk::on(EmbeddedStore::in_memory());
    desk.take(&[
        wish("p1", 1, &json!({ "anonymousId": "b1" })),
        identify("i1", &json!({ "userId": "anna", "anonymousId": "b1" })),
    ])
    .await;
    assert_eq!(desk.wishes("anna").await, ["p1"]);
    desk.take(&[identify("i2", &json!({ "userId": "bo", "anonymousId": "b1" }))]).await;
    assert_eq!((desk.wishes("anna").await.len(), desk.wishes("bo").await.len()), (0, 0));
    let second = Retracted::Pair(Pair::new(customer("bo"), browser("b1")));
    assert!(desk.applier.decided(retract(second)).await.unwrap());
    assert_eq!(desk.wishes("anna").await, ["p1"], "the wall is gone, and anna's browser is hers");
}

#[tokio::test]
async fn only_what_a_card_shows_is_told() {
    let desk = Desk::on(EmbeddedStore::in_memory());
    desk.take(&[wish("p1", 1, &json!({ "userId": "anna" }))]).await;
    let page = json!({ "type": "page", "name": "Home", "userId": "anna" });
    desk.take(&[message("web", "page", page)]).await;
    desk.take(&[wish("p2", 2, &json!({ "anonymousId": "b9" }))]).await;
    let told = desk.told.0.lock().unwrap().clone();
    let told: Vec<(&str, usize)> =
        told.iter().map(|changed| (changed.customer.as_str(), changed.fields.len())).collect();
    assert_eq!(told, [("anna", 1)], "no page, and nobody whom no floor can know");
}

/// SplitMix64: small, and good enough to choose.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

const CUSTOMERS: [&str; 3] = ["anna", "bo", "cy"];
const BROWSERS: [&str; 4] = ["b1", "b2", "b3", "b4"];

fn any_message(number: usize, dice: &mut Dice) -> Message {
    let product = format!("p{}", dice.below(4));
    let (event, properties) = match dice.below(7) {
        0 => ("Product Viewed", json!({ "product_id": product })),
        1 => ("Product Added", json!({ "product_id": product, "quantity": 2 })),
        2 => ("Product Removed", json!({ "product_id": product })),
        3 => ("Product Removed from Wishlist", json!({ "product_id": product })),
        4 => {
            let order = format!("o{}", dice.below(4));
            ("Order Completed", json!({ "order_id": order, "products": [{ "product_id": product }] }))
        }
        5 => ("Order Cancelled", json!({ "order_id": format!("o{}", dice.below(4)) })),
        _ => ("Product Added to Wishlist", json!({ "product_id": product })),
    };
    let mut body = json!({
        "type": "track", "event": event, "properties": properties,
        "timestamp": format!("2026-10-01T10:{:02}:00Z", dice.below(30)),
    });
    let who = dice.below(6);
    if who != 0 {
        body["anonymousId"] = dice.pick(&BROWSERS).into();
    }
    if who == 0 || who == 1 || who == 5 {
        body["userId"] = dice.pick(&CUSTOMERS).into();
    }
    if who == 2 || who == 5 {
        let mail = dice.pick(&["x@example.com", "y@example.com"]);
        body["context"] = json!({ "traits": { "email": mail } });
    }
    message("web", &format!("m{number}"), body)
}

fn any_retracted(dice: &mut Dice, messages: &[Message]) -> Retracted {
    if dice.below(2) == 0 {
        return Retracted::Event(messages[dice.below(messages.len())].id.clone());
    }
    Retracted::Pair(Pair::new(customer(dice.pick(&CUSTOMERS)), browser(dice.pick(&BROWSERS))))
}

/// The pure rules, over all messages at once.
fn expected(messages: &[Message], back: &Retractions, name: &str) -> Profile {
    expected_by(&Rules::default(), messages, back, name)
}

fn expected_by(rules: &Rules, messages: &[Message], back: &Retractions, name: &str) -> Profile {
    let readings = readings();
    let events: Vec<Event> = messages.iter().filter_map(|message| readings.event(message).ok()).collect();
    let evidence: Vec<Evidence> = events.iter().flat_map(Evidence::of).collect();
    let person = resolve(evidence, back, rules).person_of(&customer(name));
    let own = events.into_iter().filter(|event| event.who.first().is_some_and(|home| person.has(home)));
    View::rebuild(own.collect::<Vec<Event>>()).into_profile()
}

async fn any_interleaving(desk: &Desk, seed: u64) {
    let mut dice = Dice(seed);
    let messages: Vec<Message> = (0..40).map(|number| any_message(number, &mut dice)).collect();
    let mut back = Retractions::default();
    let mut rest = &messages[..];
    while !rest.is_empty() {
        let (now, later) = rest.split_at(1 + dice.below(rest.len().min(9)));
        rest = later;
        desk.inbox.accept(now.to_vec()).await.unwrap();
        // Some wait until the next ones come, and are one run with them.
        if dice.below(4) != 0 {
            desk.take(&[]).await;
        }
        match dice.below(4) {
            0 => {
                let what = any_retracted(&mut dice, &messages);
                desk.applier.decided(retract(what.clone())).await.unwrap();
                back.insert(what);
            }
            1 => {
                let what = any_retracted(&mut dice, &messages);
                desk.applier.decided(withdraw(what.clone())).await.unwrap();
                back.remove(&what);
            }
            _ => {}
        }
    }
    desk.take(&[]).await;
    for name in CUSTOMERS {
        assert_eq!(desk.profile(name).await, expected(&messages, &back, name), "seed {seed}, {name}");
    }
    assert_eq!(desk.store.check(|_| ()).await.unwrap().problems, [], "seed {seed}");
}

#[tokio::test]
async fn any_order_gives_what_the_pure_rules_give() {
    for seed in 0..60 {
        any_interleaving(&Desk::on(EmbeddedStore::in_memory()), seed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acceptance_wakes_the_applier() {
    let Desk { store, inbox, applier, told, .. } = Desk::on(EmbeddedStore::in_memory());
    let stop = CancellationToken::new();
    let sending = async {
        let mut seen = BTreeSet::new();
        for number in 0..20_u32 {
            let name = format!("p{number}");
            inbox.accept(vec![wish(&name, number, &json!({ "userId": "anna" }))]).await.unwrap();
            let deadline = Instant::now() + Duration::from_secs(1);
            while told.0.lock().unwrap().len() < seen.len() + 1 {
                assert!(Instant::now() < deadline, "not within a second");
                tokio::task::yield_now().await;
            }
            let wishes = store.profile(&CustomerId::new("anna").unwrap()).await.unwrap().wish_list;
            assert_eq!(wishes[0].product.as_str(), name);
            seen.insert(name);
        }
        stop.cancel();
    };
    let (ended, ()) = tokio::join!(applier.run(stop.clone()), sending);
    ended.unwrap();
}
