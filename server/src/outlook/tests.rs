use std::time::Duration;

use shopbell_domain::{
    catalogue::{Product, Stock},
    consent::{Consent, Sharing, SharingLevel},
    event::ServiceStep,
    id::{CustomerId, ProductId, ServiceId, StoreId, VisitId, ZoneId},
    profile::{Customer, Profile, Service, Source},
    redacted::Redacted,
    situation::{Around, Shelf},
    time::{Day, LocalTime},
    visit::{Visit, ZoneStay},
};

use super::*;
use crate::{config, shops::Shops};

const NOW: Timestamp = Timestamp::from_secs(1_795_255_200);

fn shop() -> std::sync::Arc<Shop> {
    let zone = |id: &str, fitting_room| config::Zone {
        id: ZoneId::new(id).unwrap(),
        name: id.to_owned(),
        fitting_room,
    };
    let shop = config::Shop {
        id: StoreId::new("lyon").unwrap(),
        name: "Lyon".into(),
        zones: vec![zone("door", false), zone("cabins", true)],
        agents: Vec::new(),
        associates: Vec::new(),
        neighbours: Vec::new(),
        time_zone: Some("Europe/Paris".into()),
    };
    std::sync::Arc::clone(Shops::from_config(&[shop]).iter().next().unwrap())
}

fn service(step: ServiceStep, source: Source) -> Service {
    Service {
        id: ServiceId::new("s1").unwrap(),
        kind: ServiceKind::PickUp,
        step,
        store: Some(StoreId::new("lyon").unwrap()),
        until: None,
        order: None,
        lines: Vec::new(),
        began: NOW,
        at: NOW,
        source,
    }
}

fn situation(level: SharingLevel, profile: &Profile) -> Situation {
    let id = CustomerId::new("camille").unwrap();
    let customer = Customer {
        id: id.clone(),
        name: Redacted::default(),
        consent: Consent::from(Sharing { level, ..Sharing::default() }),
        help_since: None,
        consented_since: Timestamp::EPOCH,
    };
    let began = NOW - Duration::from_secs(240);
    let mut visit = Visit::new(VisitId(1), id, StoreId::new("lyon").unwrap(), began);
    let (from, to) = (began, NOW);
    visit.stays = vec![ZoneStay { zone: ZoneId::new("cabins").unwrap(), from, to }];
    visit.last_heard = NOW;
    let local = LocalTime {
        weekday: Weekday::Sunday,
        minute_of_day: 630,
        date: Day { year: 2026, month: 11, day: 22 },
    };
    let around = Around { local: Some(local), ..Around::default() };
    Situation::gather(NOW, &visit, &customer, profile, around, true)
}

fn chance(level: SharingLevel, profile: &Profile, prospect: Prospect) -> f64 {
    let all = Foreteller::shipped().unwrap().foretell(&situation(level, profile), &shop(), false);
    all.iter().find(|outlook| outlook.prospect == prospect).unwrap().probability
}

fn is(number: f64, other: f64) -> bool {
    (number - other).abs() < 1e-9
}

#[test]
fn what_is_not_shared_is_unknown_and_not_none() {
    let of = |level| signs(&situation(level, &Profile::default()), &shop(), true);
    let (present, browsing) = (of(SharingLevel::Present), of(SharingLevel::Browsing));
    assert_eq!((present.orders_ready, present.wished_here, present.looks), (None, None, None));
    assert_eq!((browsing.orders_ready, browsing.wished_here, browsing.looks), (Some(0), Some(0), Some(0)));
    assert!(is(present.minutes_here, 4.0));
    assert_eq!((present.in_fitting_room, present.greeted), (Some(true), Some(true)));
    assert_eq!((present.hour, present.weekday), (Some(10.5), Some(7)));
    assert_eq!(present.help, Some(HelpWish::NotAsked), "who is seen could ask");
}

#[test]
fn an_order_that_is_ready_speaks_for_a_pick_up_where_it_is_shared_and_told_by_somebody_believed() {
    let with = |step, source| Profile { services: vec![service(step, source)], ..Profile::default() };
    let of = |level, profile: &Profile| chance(level, profile, Prospect::PickUp);
    let ready = with(ServiceStep::Ready, Source::Web);
    let without = of(SharingLevel::Purchases, &Profile::default());
    assert!(of(SharingLevel::Purchases, &ready) > 0.4 && without < 0.1, "{without}");
    assert!(is(of(SharingLevel::Purchases, &with(ServiceStep::Ready, Source::Page)), without));
    let unshared = of(SharingLevel::Wishes, &ready);
    assert!(is(unshared, of(SharingLevel::Wishes, &Profile::default())));
}

#[test]
fn a_wish_is_here_where_it_is_here_in_a_size_that_fits() {
    let coat = ProductId::new("coat").unwrap();
    let wished = |size: &str| {
        let item = Item {
            product: coat.clone(),
            name: None,
            size: Some(size.to_owned()),
            quantity: 1,
            at: NOW - Duration::from_secs(9 * 86_400),
            source: Source::Web,
        };
        let profile = Profile { wish_list: vec![item], ..Profile::default() };
        let mut situation = situation(SharingLevel::Wishes, &profile);
        let stock = Some(vec![Stock::new(Some("38".to_owned()), 2, Timestamp::EPOCH)]);
        let product = Product::new(coat.clone(), "Linen coat", "Coats");
        situation.shelves.insert(coat.clone(), Shelf { product, stock });
        signs(&situation, &shop(), true).wished_here
    };
    assert_eq!([wished("38"), wished("40")], [Some(1), Some(0)]);
}

#[test]
fn each_prospect_is_told_once_the_likeliest_first_with_grounds_that_are_known() {
    let situation = situation(SharingLevel::Present, &Profile::default());
    let all = Foreteller::shipped().unwrap().foretell(&situation, &shop(), false);
    assert_eq!(all.len(), Prospect::ALL.len());
    assert!(all.windows(2).all(|pair| pair[0].probability >= pair[1].probability));
    for outlook in &all {
        assert!(outlook.grounds.len() <= GROUNDS && outlook.probability > 0.0 && outlook.probability < 1.0);
        assert!(outlook.grounds.iter().all(|(sign, _)| *sign != "order_ready"), "nobody knows of one");
    }
}

#[test]
fn looks_half_an_hour_apart_are_two_sessions() {
    let act = |minutes: u64| OnlineAct {
        field: Field::Viewed,
        product: Some(ProductId::new("p1").unwrap()),
        at: NOW - Duration::from_secs(minutes * 60),
        source: Source::Web,
    };
    assert_eq!(sessions(&[]), 0);
    assert_eq!(sessions(&[act(0), act(20), act(50)]), 1);
    assert_eq!(sessions(&[act(0), act(31), act(40), act(4_000)]), 3);
}
