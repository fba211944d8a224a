use rand::{SeedableRng as _, rngs::StdRng};
use shopbell_domain::{
    consent::{Channel, Field, Purpose, Set, SharingLevel, Use, port::Consents as _},
    event::EventId,
    id::{CustomerId, MessageId},
    identity::{Identifier, IdentifierKind},
    ports::{Customers as _, PhoneOutcome},
    redacted::Redacted,
    rights::{
        NewRequest,
        port::{Admission, Gate as _, Requests as _},
    },
};
use shopbell_durable::Options;
use shopbell_vault::{Kek, Vault};

use super::*;

fn id(name: &str) -> CustomerId {
    CustomerId::new(name).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

fn mail() -> Use {
    Use::try_new(Purpose::Inform, Channel::Email, Field::Contact).unwrap()
}

struct World {
    home: tempfile::TempDir,
    vault: Vault,
    store: EmbeddedStore,
}

impl World {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let options = shopbell_vault::Options::new(home.path().join("vault"), Kek::new([1; 32].into()));
        let (vault, _) = Vault::open(&options, StdRng::from_os_rng()).unwrap();
        let dir = home.path().join("store");
        let store = EmbeddedStore::open(dir, Options::default(), vault.clone()).unwrap();
        Self { home, vault, store }
    }

    async fn customer(&self, name: &str, decision: Decision) {
        self.store.put_customer(&id(name), Redacted::default()).await.unwrap();
        self.decide(name, decision, 5).await;
    }

    async fn decide(&self, name: &str, decision: Decision, seconds: i64) {
        let told = Told::nothing("app");
        self.store.decide_consent(&id(name), decision, told, at(seconds)).await.unwrap();
    }

    fn back_up(&self) {
        let file = std::fs::File::create(self.home.path().join("a.backup")).unwrap();
        self.store.back_up(file, at(30), |_| ()).unwrap();
    }

    /// The store as it was, with what was taken back since.
    async fn restored(self) -> (Self, Replayed) {
        let Self { home, vault, store } = self;
        drop(store);
        let dir = home.path().join("restored");
        let file = home.path().join("a.backup");
        EmbeddedStore::restore(&file, &dir, Options::default(), &vault, |_| ()).unwrap();
        let store = EmbeddedStore::open(&dir, Options::default(), vault.clone()).unwrap();
        let replayed = store.replay_refusals().await.unwrap();
        assert_eq!(store.replay_refusals().await.unwrap(), Replayed::default(), "once is enough");
        let report = store.check(|_| ()).await.unwrap();
        assert_eq!(report.problem_count, 0, "{:?}", report.problems);
        (Self { home, vault, store }, replayed)
    }

    async fn consent(&self, name: &str) -> Consent {
        self.store.customer(&id(name)).await.unwrap().unwrap().consent
    }

    async fn level(&self, name: &str) -> SharingLevel {
        self.consent(name).await.sharing.level
    }
}

fn level(level: SharingLevel) -> Decision {
    Decision::level(level)
}

#[tokio::test]
async fn no_consent_comes_back_that_was_taken_back_since_and_none_that_was_given() {
    use SharingLevel::{Browsing, Invisible, Present};
    let world = World::new();
    let by_name = Decision { level: Some(Browsing), greet_by_name: Some(true), ..Decision::give([mail()]) };
    for name in ["lowers", "returns", "returned", "withdraws", "objects", "restricts", "stays", "private"] {
        world.customer(name, by_name).await;
    }
    world.customer("low", level(Present)).await;
    world.decide("returned", level(Invisible), 6).await;
    // In the same moment: the clock cannot tell what is newer.
    world.decide("returned", by_name, 6).await;
    world.back_up();
    // By a clock that goes slow, too.
    world.decide("lowers", level(Invisible), 2).await;
    world.decide("returns", level(Invisible), 40).await;
    world.decide("returns", by_name, 41).await;
    world.decide("withdraws", Decision::refuse([mail(), Use::NAME_ON_TABLETS]), 5).await;
    let objects = Decision { object: Set::from_iter([Purpose::Advise]), ..Decision::default() };
    world.decide("objects", objects, 40).await;
    world.decide("restricts", Decision { restrict: Some(true), ..Decision::default() }, 40).await;
    let signal = Decision { privacy: Some(PrivacySignal::Seen(at(40))), ..Decision::default() };
    world.decide("private", signal, 40).await;
    world.decide("low", by_name, 40).await;
    world.decide("low", level(Present), 41).await;
    world.customer("new", by_name).await;
    world.decide("new", level(Invisible), 41).await;

    let (world, replayed) = world.restored().await;
    assert_eq!(replayed, Replayed { customers: 6, suppressed: 0, phones: 0, shops: 0 });
    assert_eq!(world.level("lowers").await, Invisible);
    assert_eq!(world.level("returns").await, Invisible, "what was given since is lost");
    assert_eq!(world.consent("returned").await, world.consent("stays").await, "the backup is newer");
    assert_eq!(world.level("stays").await, Browsing);
    let withdrew = world.consent("withdraws").await;
    assert!(!withdrew.sharing.greet_by_name && !withdrew.chosen().iter().any(|one| one == mail()));
    assert!(world.consent("objects").await.objected.holds(Purpose::Advise));
    assert!(world.consent("restricts").await.restricted);
    assert_eq!(world.consent("private").await.privacy_signal, Some(at(40)));
    assert_eq!(world.level("low").await, Present);
    assert!(world.consent("low").await.given.is_empty());
    assert!(world.store.customer(&id("new")).await.unwrap().is_none());
    // It stands in the history.
    let proofs = world.store.history(&id("lowers")).await.unwrap();
    let replayed = proofs.iter().find(|proof| proof.told.by == RESTORE).unwrap();
    assert_eq!((replayed.at, replayed.after.sharing.level), (at(2), Invisible));
    assert_eq!(replayed.decision.after(replayed.before), replayed.after);
}

#[tokio::test]
async fn whoever_was_suppressed_since_stays_out_and_whoever_was_let_in_before_stays_in() {
    let world = World::new();
    let one = |name: &str| Identifier::new(IdentifierKind::Customer, name).unwrap();
    let browser = |number: u32| Identifier::new(IdentifierKind::Anonymous, &format!("b-{number}")).unwrap();
    for name in ["lifted-before", "lifted-since"] {
        world.store.suppress(&one(name), &[]).await.unwrap();
    }
    world.store.lift(&one("lifted-before")).await.unwrap();
    world.back_up();
    world.store.lift(&one("lifted-since")).await.unwrap();
    let browsers: Vec<_> = (0..30).map(browser).collect();
    world.store.suppress(&one("since"), &browsers).await.unwrap();
    world.store.suppress(&one("and-lifted"), &[]).await.unwrap();
    world.store.lift(&one("and-lifted")).await.unwrap();
    world.store.suppress(&one("again"), &[]).await.unwrap();
    world.store.lift(&one("again")).await.unwrap();
    world.store.suppress(&one("again"), &[]).await.unwrap();

    let (world, replayed) = world.restored().await;
    assert_eq!(replayed, Replayed { customers: 0, suppressed: 32, phones: 0, shops: 0 });
    let admitted = async |who: Identifier| world.store.admits(&[who], at(99)).await.unwrap();
    for who in [one("since"), browser(0), browser(29), one("again"), one("lifted-since")] {
        assert_eq!(admitted(who.clone()).await, Admission::Suppressed, "{who:?}");
    }
    for name in ["lifted-before", "and-lifted"] {
        assert_eq!(admitted(one(name)).await, Admission::Welcome, "{name}");
    }
    // As a whole, as it was put on.
    world.store.lift(&one("since")).await.unwrap();
    assert_eq!(admitted(browser(29)).await, Admission::Welcome);
}

#[tokio::test]
async fn a_phone_that_was_revoked_since_is_nobodys() {
    let world = World::new();
    world.customer("camille", level(SharingLevel::Present)).await;
    world.store.put_phone(PhoneId(1), &id("camille")).await.unwrap();
    world.back_up();
    world.store.put_phone(PhoneId(2), &id("camille")).await.unwrap();
    for phone in [1, 2] {
        world.store.revoke_phone(PhoneId(phone)).await.unwrap();
    }
    let (world, replayed) = world.restored().await;
    assert_eq!(replayed, Replayed { customers: 0, suppressed: 0, phones: 2, shops: 0 });
    for phone in [1, 2] {
        assert_eq!(world.store.phone_owner(PhoneId(phone)).await.unwrap(), None);
        let outcome = world.store.put_phone(PhoneId(phone), &id("camille")).await.unwrap();
        assert_eq!(outcome, PhoneOutcome::Taken);
    }
}

#[tokio::test]
async fn what_a_shop_told_that_left_since_is_looked_for_once_more() {
    let world = World::new();
    let left = async |name: &str, seconds: i64| {
        let source = shopbell_domain::id::SourceId::new(name).unwrap();
        let message = EventId { source, message: MessageId::new("left").unwrap() };
        let (wish, reference, who) = (Wish::EraseSource, String::new(), Vec::new());
        world.store.ask(NewRequest { message, wish, reference, at: at(seconds), who }).await.unwrap()
    };
    let before = left("before", 10).await;
    world.store.close_request(before.number, at(20)).await.unwrap();
    world.back_up();
    for (number, name) in ["one", "other"].into_iter().enumerate() {
        let request = left(name, 40 + i64::try_from(number).unwrap()).await;
        world.store.close_request(request.number, at(50)).await.unwrap();
    }
    let (world, replayed) = world.restored().await;
    assert_eq!(replayed, Replayed { customers: 0, suppressed: 0, phones: 0, shops: 2 });
    let open = world.store.open_requests().await.unwrap();
    let told: Vec<_> = open.iter().map(|one| (one.number.0, one.source.as_str(), one.wish, one.at)).collect();
    assert_eq!(told, [(2, "one", Wish::EraseSource, at(40)), (3, "other", Wish::EraseSource, at(41))]);
}

/// The bytes stay in journals for years.
#[test]
fn the_text_of_a_lowered_consent() {
    let before = Consent { given: [mail()].into_iter().collect(), ..Consent::default() };
    let after = Consent { restricted: true, ..Consent::default() };
    let (decision, told) = (Decision::default(), Told::nothing("app"));
    let proof = Proof { at: at(7), decision, before, after, told };
    let refusal = lowered(Mark([7; 16]), &proof, 3).unwrap().unwrap();
    assert_eq!((refusal.kind, &*hex::encode(&refusal.text)), (CONSENT, "0300000000000001000000"));
    let all = Use::all().collect();
    let everything = Consent {
        given: all,
        refused: all,
        paused_until: Some(Timestamp::from_millis(i64::MAX)),
        privacy_signal: Some(Timestamp::from_millis(i64::MAX)),
        privacy_lifted: Some(Timestamp::from_millis(i64::MAX)),
        objected: Purpose::ALL.into_iter().collect(),
        ..after
    };
    let most = Proof {
        before: Consent::from(shopbell_domain::consent::Sharing {
            level: SharingLevel::Browsing,
            ..Default::default()
        }),
        after: everything,
        ..proof
    };
    let text = lowered(Mark([7; 16]), &most, u16::MAX).unwrap().unwrap().text;
    assert!(text.len() <= Refusal::TEXT_BYTES, "{} bytes", text.len());
}
