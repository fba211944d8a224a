use shopbell_domain::{
    consent::{Decision, Purpose, Set, Sharing, SharingLevel, Told},
    event::{
        Action, Event, EventId, Line, Origin, Purchase,
        port::{Effects, Events as _},
    },
    id::{CustomerId, MessageId, OrderId, SourceId},
    identity::Identifier,
    ports::{Change, Imports as _, SharingTold},
    profile::View,
    redacted::Redacted,
    rights::port::{Erasure, Forgetting as _, Reason},
    starter::{Starter, StarterKind, Verdict},
    time::ManualClock,
};
use shopbell_store::EmbeddedStore;

use super::*;
use crate::ranking::{
    example::{DAY, NOW, about, analysis, bare, card, product, said},
    learned::WIDTH,
};

struct Shop {
    store: EmbeddedStore,
    clock: Arc<ManualClock>,
    learned: Arc<Learned>,
    learner: Learner,
}

impl Shop {
    async fn with(customers: &[&str]) -> Self {
        let store = EmbeddedStore::in_memory();
        let sharing = Sharing { level: SharingLevel::Purchases, greet_by_name: false, alone_until: None };
        let people = customers.iter().map(|id| Change::Customer {
            id: CustomerId::new(*id).unwrap(),
            name: Redacted::new("Camille".to_owned()),
            sharing: Some(SharingTold { sharing, at: Timestamp::EPOCH }),
        });
        store.apply(people.collect()).await.unwrap();
        let as_store: Arc<dyn Store> = Arc::new(store.clone());
        let clock = Arc::new(ManualClock::new(NOW));
        let model = Arc::new(Learned::new(WIDTH).unwrap());
        let decisions = Arc::new(Decisions::new(Arc::clone(&as_store), Set::none()));
        let learner = Learner::new(LearnerParts {
            learned: Arc::clone(&model),
            log: Arc::new(store.clone()),
            store: as_store,
            decisions,
            clock: Arc::clone(&clock) as _,
            metrics: Arc::default(),
        });
        Self { store, clock, learned: model, learner }
    }

    /// A card of a visit, and what was said of the first of its starters.
    async fn shown(
        &self,
        customer: &str,
        visit: u128,
        shown: &[Starter],
        said_of_it: Option<Verdict>,
    ) -> Remark {
        let at = self.clock.now();
        let card = card(customer, VisitId::new(at, visit), at, shown);
        let remark = said(&card, &shown[0], said_of_it, at);
        let mut entries = vec![Entry::Showing(Box::new(card))];
        entries.extend(said_of_it.map(|_| Entry::Remark(remark.clone())));
        self.store.log(entries).await.unwrap();
        remark
    }

    async fn decide(&self, customer: &str, decision: Decision) {
        let id = CustomerId::new(customer).unwrap();
        let now = self.clock.now();
        shopbell_domain::consent::port::Consents::decide_consent(
            &self.store,
            &id,
            decision,
            Told::nothing("test"),
            now,
        )
        .await
        .unwrap();
    }

    /// What a starter is expected to be worth.
    fn worth(&self, starter: &Starter) -> f64 {
        let shown = card("c1", VisitId(1), NOW, std::slice::from_ref(starter));
        let grounds = self.learned.model().parts(&shown.candidates[0].features);
        grounds.iter().map(|(_, adds, _)| adds).sum()
    }
}

fn coat() -> Starter {
    about(StarterKind::WishArrived, "coat", vec![])
}

#[tokio::test]
async fn a_refit_is_all_of_the_log_and_nothing_else() {
    let shop = Shop::with(&["c1", "c2"]).await;
    let believed = shop.worth(&coat());
    for visit in 0..5 {
        shop.shown("c1", visit, &[coat(), bare(StarterKind::Hello)], Some(Verdict::Helpful)).await;
    }
    shop.learner.refit().await.unwrap();
    assert!(shop.worth(&coat()) > believed);
    assert_eq!(shop.learned.model().learnt(), 5, "of a hello of which nobody said anything nothing is known");
    let first = shop.worth(&coat());
    shop.learner.refit().await.unwrap();
    assert!((shop.worth(&coat()) - first).abs() < 1e-12, "again is the same");
    assert_eq!(shop.learned.model().fitted(), NOW);
    let figures = shop.learner.parts.metrics.text();
    assert!(figures.contains("shopbell_ranking_learnt 5"), "{figures}");
}

#[tokio::test]
async fn who_is_erased_is_unlearnt() {
    let shop = Shop::with(&["c1", "c2"]).await;
    shop.shown("c1", 1, &[coat()], Some(Verdict::Helpful)).await;
    shop.learner.refit().await.unwrap();
    let of_one = shop.worth(&coat());
    for visit in 2..9 {
        shop.shown("c2", visit, &[coat()], Some(Verdict::Wrong)).await;
    }
    shop.learner.refit().await.unwrap();
    assert!(shop.worth(&coat()) < of_one);
    let who = vec![Identifier::from(&CustomerId::new("c2").unwrap())];
    let erasure = Erasure { reason: Reason::Operator, receipt: 1, at: NOW };
    shop.store.forget(who, erasure).await.unwrap();
    shop.learner.refit().await.unwrap();
    assert!((shop.worth(&coat()) - of_one).abs() < 1e-12, "as if the other had never been there");
    assert_eq!(shop.learned.model().learnt(), 1);
}

#[tokio::test]
async fn who_takes_back_or_objects_is_unlearnt() {
    let object = Decision { object: Set::from_iter([Purpose::Analyse]), ..Decision::default() };
    let lower = Decision { level: Some(SharingLevel::Present), ..Decision::default() };
    for decision in [object, lower] {
        let shop = Shop::with(&["c1"]).await;
        let believed = shop.worth(&coat());
        shop.shown("c1", 1, &[coat()], Some(Verdict::Helpful)).await;
        shop.learner.refit().await.unwrap();
        assert!(shop.worth(&coat()) > believed);
        shop.decide("c1", decision).await;
        shop.learner.refit().await.unwrap();
        assert!((shop.worth(&coat()) - believed).abs() < 1e-12);
        shop.shown("c1", 2, &[coat()], None).await;
        let tap = shop.shown("c1", 2, &[coat()], Some(Verdict::Helpful)).await;
        shop.learner.remarked(&tap).await.unwrap();
        assert!((shop.worth(&coat()) - believed).abs() < 1e-12, "and nothing is learnt at once");
    }
}

#[tokio::test]
async fn a_tap_counts_at_once_and_once() {
    let shop = Shop::with(&["c1"]).await;
    let believed = shop.worth(&coat());
    let tap = shop.shown("c1", 1, &[coat()], Some(Verdict::Helpful)).await;
    shop.learner.remarked(&tap).await.unwrap();
    let at_once = shop.worth(&coat());
    assert!(at_once > believed);
    shop.learner.remarked(&tap).await.unwrap();
    assert!((shop.worth(&coat()) - at_once).abs() < 1e-12, "the same again");
    assert_eq!(shop.learned.model().learnt(), 1);
    shop.learner.refit().await.unwrap();
    // The refit also counts how the shop took it; the weights are the same.
    assert!((shop.worth(&coat()) - at_once).abs() < 1e-9);
    shop.learner.remarked(&tap).await.unwrap();
    assert!((shop.worth(&coat()) - at_once).abs() < 1e-9, "the night had it already");
    let mut changed = tap;
    changed.said = Said::OfStarter { starter: coat().id(), verdict: Some(Verdict::Wrong) };
    shop.learner.remarked(&changed).await.unwrap();
    assert!(shop.worth(&coat()) < believed, "another word takes the place of the first");
    assert_eq!(shop.learned.model().learnt(), 1);
}

#[tokio::test]
async fn what_is_long_ago_counts_less_and_then_the_prior_is_left() {
    let shop = Shop::with(&["c1"]).await;
    let believed = shop.worth(&coat());
    shop.shown("c1", 1, &[coat()], Some(Verdict::Helpful)).await;
    // Of one word alone three quarters are left each time: what all have in common gives way at once.
    let mut before = f64::INFINITY;
    for _ in 0..4 {
        shop.learner.refit().await.unwrap();
        let learnt = shop.worth(&coat()) - believed;
        assert!(learnt > 0.0 && learnt < before * 0.8, "{learnt} after {before}");
        before = learnt;
        shop.clock.advance(DAY * 180);
    }
}

#[tokio::test]
async fn purchases_teach_where_they_may_be_analysed() {
    let shop = Shop::with(&["c1", "c2"]).await;
    let give = Decision { give: analysis(), ..Decision::default() };
    shop.decide("c1", give).await;
    for customer in ["c1", "c2"] {
        shop.shown(customer, 1, &[coat()], None).await;
        let order = Event {
            id: EventId { source: SourceId::new("till").unwrap(), message: MessageId::new("m1").unwrap() },
            at: NOW + DAY,
            who: vec![Identifier::from(&CustomerId::new(customer).unwrap())],
            origin: Origin::Till,
            privacy_control: false,
            action: Action::OrderPlaced(Purchase {
                order: OrderId::new(customer).unwrap(),
                lines: vec![Line::of(product("coat"))],
                total: None,
                coupon: None,
                store: None,
            }),
        };
        let views = vec![(CustomerId::new(customer).unwrap(), View::rebuild([order]))];
        shop.store.write_effects(Effects { views, ..Effects::default() }).await.unwrap();
    }
    let believed = shop.worth(&coat());
    shop.clock.advance(DAY * 2);
    shop.learner.refit().await.unwrap();
    assert_eq!(shop.learned.model().learnt(), 1, "the other never allowed it");
    assert!(shop.worth(&coat()) > believed);
    let take_back = Decision { refuse: analysis(), ..Decision::default() };
    shop.decide("c1", take_back).await;
    shop.learner.refit().await.unwrap();
    assert_eq!(shop.learned.model().learnt(), 0);
}

mod floor;
mod mood;
