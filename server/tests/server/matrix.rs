//! The consent matrix: a profile in which every field holds canaries, through the whole path to a tablet, at every level,
//! confirmed or not, whatever holds back, and with every single use given or refused. What may be shown stands in
//! [`TABLE`], written by hand; nothing here asks the program what it should be.
//!
//! A new part of the profile does not compile in `canaries.rs`; a new field of consent fails here.

mod canaries;
mod withdrawals;

use std::sync::{Arc, Mutex};

use shopbell_domain::{
    consent::{Channel, Consent, Field, Grants, Purpose, Sharing, SharingLevel, Use},
    profile::Profile,
    showing::Showings as _,
    time::Timestamp,
};
use shopbell_proto::{
    customer::v1 as customer,
    floor::v1::{self as floor},
};
use tonic::Code;

use self::canaries::Canaries;
use crate::{
    clients::{Agent, Tablet},
    refusing::Between,
    world::World,
};

/// Each field, from which level on a tablet shows it (`g`: only when it is given by name; `.`: never), and whether it waits
/// for the associate's confirmation.
const TABLE: [(Field, u8, Shown); 28] = [
    (Field::AnonymousCount, b'.', Shown::Never),
    (Field::Visit, b'.', Shown::Never),
    (Field::PresenceOnFloor, b'2', Shown::AtOnce),
    (Field::HelpWanted, b'2', Shown::AtOnce),
    (Field::Name, b'2', Shown::AtOnce),
    (Field::Contact, b'.', Shown::Never),
    (Field::WishList, b'3', Shown::Confirmed),
    (Field::RemovedWishes, b'g', Shown::Confirmed),
    (Field::Sizes, b'3', Shown::Confirmed),
    (Field::Cart, b'3', Shown::Confirmed),
    (Field::Checkout, b'3', Shown::Confirmed),
    (Field::Coupons, b'3', Shown::Confirmed),
    (Field::Preferences, b'3', Shown::Confirmed),
    (Field::Designs, b'3', Shown::Confirmed),
    (Field::BrandsWanted, b'3', Shown::Confirmed),
    (Field::Orders, b'4', Shown::Confirmed),
    (Field::OrderDetails, b'4', Shown::Confirmed),
    (Field::Bought, b'4', Shown::Confirmed),
    (Field::BoughtSizes, b'4', Shown::Confirmed),
    (Field::BrandsBought, b'4', Shown::Confirmed),
    (Field::Lifetime, b'4', Shown::Confirmed),
    (Field::Reviews, b'4', Shown::Confirmed),
    (Field::Viewed, b'5', Shown::Confirmed),
    (Field::Searches, b'5', Shown::Confirmed),
    (Field::Interests, b'5', Shown::Confirmed),
    (Field::BrandsLookedAt, b'5', Shown::Confirmed),
    (Field::Corrections, b'g', Shown::Confirmed),
    (Field::Notes, b'g', Shown::Confirmed),
];

/// When a tablet shows a field that is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Never,
    AtOnce,
    Confirmed,
}

/// What is left of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// All of it.
    Whole,
    /// That somebody is here, by name, and wants help.
    OnlyPresence,
    /// There is no card.
    Nothing,
}

/// Something that holds back: its name, how a consent comes to have it, and what is left of a card.
type HoldsBack = (&'static str, fn(&mut Consent, &World), Left);

/// What holds back, and what it leaves.
const HELD_BACK: [HoldsBack; 11] = [
    ("nothing", |_, _| {}, Left::Whole),
    ("alone", |consent, world| consent.sharing.alone_until = Some(later(world)), Left::Nothing),
    ("alone until now", |consent, world| consent.sharing.alone_until = Some(world.now()), Left::Whole),
    ("paused", |consent, world| consent.paused_until = Some(later(world)), Left::Nothing),
    ("restricted", |consent, _| consent.restricted = true, Left::Nothing),
    ("no recognising", |consent, _| object(consent, Purpose::Recognise), Left::Nothing),
    ("no advising", |consent, _| object(consent, Purpose::Advise), Left::OnlyPresence),
    ("no analysing", |consent, _| object(consent, Purpose::Analyse), Left::Whole),
    ("no informing", |consent, _| object(consent, Purpose::Inform), Left::Whole),
    ("no disclosing", |consent, _| object(consent, Purpose::Disclose), Left::Whole),
    ("asks for privacy", |consent, world| consent.privacy_signal = Some(world.now()), Left::Whole),
];

fn later(world: &World) -> shopbell_domain::time::Timestamp {
    world.now() + std::time::Duration::from_secs(1)
}

fn object(consent: &mut Consent, purpose: Purpose) {
    consent.objected = [purpose].into_iter().collect();
}

/// Two associates before the guest whose profile holds canaries: Inès has confirmed the person, Tom has not.
struct Scene {
    world: World,
    consent: Arc<Mutex<Option<Consent>>>,
    canaries: Canaries,
    id: shopbell_domain::id::CustomerId,
    phone: shopbell_domain::id::PhoneId,
    agent: Agent,
    tablet: Tablet,
    visit_id: String,
    looked_at: u32,
    logged: usize,
}

impl Scene {
    /// Holds what was logged since the last time against what may be: the log keeps nothing that no card may show.
    async fn hold_log(&mut self, allowed: impl Fn(Field, u8) -> bool, what: &str) {
        let log = self.world.store.log_of(&self.id, Timestamp::EPOCH, usize::MAX).await.unwrap();
        let new = log.get(self.logged..).unwrap();
        self.logged = log.len();
        let text = serde_json::to_string(new).unwrap();
        for (field, sign, shown) in TABLE {
            let held = &self.canaries.of(field).all;
            let found: Vec<&String> = held.iter().filter(|canary| text.contains(*canary)).collect();
            let may = shown == Shown::Confirmed && allowed(field, sign);
            assert!(may || found.is_empty(), "{field:?} is logged, {found:?}: {what}");
        }
    }

    async fn new(settings: &[&str]) -> Self {
        let clock = World::new().await.now();
        let (profile, canaries) = canaries::profile(clock);
        let between = Between { profile: Some(profile), ..Between::default() };
        let consent = Arc::clone(&between.consent);
        let mut world = World::on_with(settings, move |store| between.before(store)).await;
        assert_eq!(world.now(), clock);
        canaries.on_the_shelf(&world).await;
        let (id, phone) = world.customer(canaries::NAME, SharingLevel::Browsing).await;
        let (mut tablet, _) = world.tablet("ines").await;
        let mut agent = world.agent("lyon-door").await;
        agent.entered(&mut world, phone).await;
        let visit_id = tablet.row().await.visit_id;
        let help = customer::SetHelpWantedRequest { customer_id: id.to_string(), wanted: true };
        world.backend().await.set_help_wanted(help).await.unwrap();
        let greeted =
            floor::SetGreetedRequest { visit_id: visit_id.clone(), greeted: true, language: String::new() };
        world.floor("ines").await.set_greeted(greeted).await.unwrap();
        Self { world, consent, canaries, id, phone, agent, tablet, visit_id, looked_at: 0, logged: 1 }
    }

    /// What a tablet gets, as text with everything in it; `None` when there is no such guest.
    async fn card(&mut self, associate: &str, consent: Consent) -> Option<floor::Card> {
        *self.consent.lock().unwrap() = Some(consent);
        self.fetch(associate).await
    }

    async fn fetch(&mut self, associate: &str) -> Option<floor::Card> {
        self.looked_at += 1;
        let request = floor::GetCardRequest { visit_id: self.visit_id.clone(), language: "fr".to_owned() };
        match self.world.floor(associate).await.get_card(request).await {
            Ok(card) => Some(card.into_inner().card.unwrap()),
            Err(status) => {
                assert_eq!(status.code(), Code::NotFound, "{status}");
                None
            }
        }
    }

    /// Holds one card against what the table allows. `allowed` is the customer's choice, field by field.
    async fn hold(&mut self, consent: Consent, left: Left, allowed: impl Fn(Field, u8) -> bool, what: &str) {
        for (associate, confirmed) in [("ines", true), ("tom", false)] {
            let card = self.card(associate, consent).await;
            let present = left != Left::Nothing && allowed(Field::PresenceOnFloor, b'2');
            assert_eq!(card.is_some(), present, "{what}");
            let text = format!("{card:?}");
            for (field, sign, shown) in TABLE {
                let in_time = match shown {
                    Shown::Never => false,
                    Shown::AtOnce => true,
                    Shown::Confirmed => confirmed && left == Left::Whole,
                };
                let expected = present && in_time && allowed(field, sign);
                let held = self.canaries.of(field);
                let found: Vec<&String> = held.all.iter().filter(|canary| text.contains(*canary)).collect();
                if !expected {
                    assert!(found.is_empty(), "{field:?} leaks {found:?}: {what}, confirmed: {confirmed}");
                    continue;
                }
                if field == Field::OrderDetails && !allowed(Field::Orders, b'4') {
                    // They stand on the orders' rows, and there are none.
                    continue;
                }
                let missing: Vec<&String> =
                    held.on_cards.iter().filter(|canary| !text.contains(*canary)).collect();
                assert!(missing.is_empty(), "{field:?} lacks {missing:?}: {what}, confirmed: {confirmed}");
            }
            let may = |field, sign| present && confirmed && left == Left::Whole && allowed(field, sign);
            self.hold_log(may, &format!("{what}, confirmed: {confirmed}")).await;
        }
    }
}

fn by_level(level: u8, named: bool) -> impl Fn(Field, u8) -> bool {
    move |field, sign| sign.is_ascii_digit() && level >= sign - b'0' && (field != Field::Name || named)
}

fn sharing(level: u8, greet_by_name: bool) -> Consent {
    let level = SharingLevel::from_number(level).unwrap();
    Sharing { level, greet_by_name, alone_until: None }.into()
}

#[tokio::test]
async fn no_card_shows_what_is_not_allowed_at_any_level_whatever_holds_back() {
    let mut scene = Scene::new(&[]).await;
    for level in 0..=5 {
        for named in [false, true] {
            for (what, hold_back, left) in HELD_BACK {
                let mut consent = sharing(level, named);
                hold_back(&mut consent, &scene.world);
                let what = format!("level {level}, named: {named}, {what}");
                scene.hold(consent, left, by_level(level, named), &what).await;
            }
        }
    }
    assert_eq!(scene.looked_at, 6 * 2 * 11 * 2);
    let log = scene.world.store.log_of(&scene.id, Timestamp::EPOCH, usize::MAX).await.unwrap();
    assert!(log.len() > 4, "each change of what may be said is logged: {}", log.len());
    assert!(serde_json::to_string(&log).unwrap().contains("wish-product"), "the search works");
}

fn on_tablets(field: Field) -> Use {
    let purpose = match field {
        Field::PresenceOnFloor | Field::HelpWanted | Field::Name => Purpose::Recognise,
        _ => Purpose::Advise,
    };
    Use { purpose, channel: Channel::Tablet, field }
}

#[tokio::test]
async fn each_field_alone_is_shown_when_it_is_given_and_gone_when_it_is_refused() {
    let mut scene = Scene::new(&["consent.withheld=[]"]).await;
    let shown = TABLE.into_iter().filter(|(_, _, shown)| *shown != Shown::Never).map(|(field, ..)| field);
    let fields: Vec<Field> = shown.collect();
    for one in &fields {
        let only: Grants = [on_tablets(*one)].into_iter().collect();
        let given = Consent { given: only, ..sharing(2, false) };
        let allowed = by_level(2, false);
        // The name has its switch, and is not given otherwise.
        let is_given = |field| field == *one && field != Field::Name;
        let what = format!("{one:?} given at level 2");
        scene.hold(given, Left::Whole, |field, sign| is_given(field) || allowed(field, sign), &what).await;

        let refused = Consent { refused: only, ..sharing(5, true) };
        let allowed = by_level(5, true);
        let what = format!("{one:?} refused at level 5");
        let left = if *one == Field::PresenceOnFloor { Left::Nothing } else { Left::Whole };
        scene.hold(refused, left, |field, sign| field != *one && allowed(field, sign), &what).await;
    }
    assert_eq!(scene.looked_at, 25 * 2 * 2);
}

#[tokio::test]
async fn what_the_retailer_withholds_no_tablet_shows() {
    let mut scene = Scene::new(&[]).await;
    let notes: Grants = [on_tablets(Field::Notes)].into_iter().collect();
    let given = Consent { given: notes, ..sharing(5, true) };
    scene.hold(given, Left::Whole, by_level(5, true), "notes, withheld").await;
}

#[test]
fn the_table_and_the_canaries_know_every_field() {
    assert_eq!(TABLE.map(|(field, ..)| field), Field::ALL, "each field stands in the table once");
    let (profile, canaries) = canaries::profile(shopbell_domain::time::Timestamp::from_secs(1_795_000_000));
    let told = shopbell_domain::consent::differing(&profile, &Profile::default());
    for (field, _, shown) in TABLE {
        let of_profile = shown == Shown::Confirmed;
        assert_eq!(told.contains(&field), of_profile, "{field:?} is in the profile");
        let known = !canaries.of(field).all.is_empty();
        assert_eq!(known, shown != Shown::Never && field != Field::PresenceOnFloor, "{field:?} has canaries");
    }
}
