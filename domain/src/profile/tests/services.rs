use super::*;
use crate::event::{ServiceKind, ServiceStep, ServiceTold};

const PAGE: Origin = Origin::Page { received: Timestamp::from_millis(0) };

fn told(kind: ServiceKind, number: &str, step: ServiceStep) -> ServiceTold {
    let service = number.parse().unwrap();
    ServiceTold { service, kind, step, store: None, until: None, order: None, lines: vec![] }
}

fn parcel(step: ServiceStep) -> ServiceTold {
    told(ServiceKind::PickUp, "p1", step)
}

fn of_order(step: ServiceStep, order: &str) -> ServiceTold {
    ServiceTold { order: Some(order_id(order)), ..parcel(step) }
}

/// Told a minute after each other.
#[track_caller]
fn by(told: impl IntoIterator<Item = (Origin, Action)>) -> Profile {
    let numbered = (0..).zip(told);
    let events: Vec<Event> =
        numbered.map(|(n, (origin, action))| event(n, n * MINUTE, origin, action)).collect();
    of(&events)
}

#[track_caller]
fn web(told: impl IntoIterator<Item = ServiceTold>) -> Profile {
    by(told.into_iter().map(|told| (Origin::Web, Action::Service(told))))
}

/// `p1 Ready@2`, where 2 is the minute.
fn shown(profile: &Profile) -> String {
    let one = |known: &Service| format!("{} {:?}@{}", known.id, known.step, known.at.as_millis() / MINUTE);
    profile.services.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn ready(profile: &Profile) -> usize {
    profile.services.iter().filter(|known| known.is_ready(at(DAY))).count()
}

#[test]
fn a_step_that_is_told_again_keeps_its_date_and_what_is_not_told_stays() {
    let lyon = Some("lyon".parse().unwrap());
    let first = ServiceTold {
        store: lyon.clone(),
        order: Some(order_id("o1")),
        lines: lines("coat/38*2"),
        ..parcel(ServiceStep::Announced)
    };
    let until = ServiceTold { until: Some(at(9 * DAY)), ..parcel(ServiceStep::Ready) };
    let profile = web([first, parcel(ServiceStep::Ready), until]);
    assert_eq!(shown(&profile), "p1 Ready@1");
    let [known] = profile.services.as_slice() else { panic!("one") };
    assert_eq!((known.began, known.until, &known.store), (at(0), Some(at(9 * DAY)), &lyon));
    assert_eq!((known.order.as_ref(), known.source), (Some(&order_id("o1")), Source::Web));
    let [line] = known.lines.as_slice() else { panic!("{:?}", known.lines) };
    assert_eq!((line.product.as_str(), line.size.as_deref(), line.quantity), ("coat", Some("38"), 2));
    assert!(known.is_ready(at(9 * DAY)) && known.is_open(at(9 * DAY)));
    assert!(!known.is_ready(at(9 * DAY + 1)) && !known.is_open(at(9 * DAY + 1)), "its time ran out");
}

#[test]
fn what_was_ready_may_be_announced_again_and_what_is_over_is_over() {
    use ServiceStep::{Announced, Cancelled, Done, Ready};
    for (steps, expected) in [
        (vec![Announced, Ready, Done], "p1 Done@2"),
        (vec![Ready, Announced], "p1 Announced@1"),
        (vec![Ready, Done, Ready, Cancelled], "p1 Done@1"),
        (vec![Cancelled, Ready], "p1 Cancelled@0"),
    ] {
        assert_eq!(shown(&web(steps.iter().map(|step| parcel(*step)))), expected, "{steps:?}");
    }
    let repair = told(ServiceKind::Repair, "p1", ServiceStep::Ready);
    let both = web([parcel(ServiceStep::Done), repair]);
    assert_eq!(shown(&both), "p1 Ready@1, p1 Done@0", "a number is one of its kind");
    assert_eq!(both.open_services(at(DAY)).count(), 1);
}

#[test]
fn nobody_picks_up_a_cancelled_order() {
    let ready = || Action::Service(of_order(ServiceStep::Ready, "o1"));
    let back = ServiceTold {
        order: Some(order_id("o1")),
        ..told(ServiceKind::Return, "r1", ServiceStep::Announced)
    };
    let after_it = after([ready(), Action::Service(back), cancelled("o1")]);
    assert_eq!(shown(&after_it), "p1 Cancelled@2, r1 Announced@1");
    assert_eq!(shown(&after([cancelled("o1"), ready()])), "p1 Cancelled@1");
    assert_eq!(shown(&after([ready(), cancelled("o2")])), "p1 Ready@0");
    let by_page = by([(Origin::Web, ready()), (PAGE, cancelled("o1"))]);
    assert_eq!(shown(&by_page), "p1 Ready@0", "a page cancels nothing of what is vouched for");
}

#[test]
fn a_pages_word_is_never_ready_and_yields() {
    use ServiceStep::{Announced, Done, Ready};
    let of = |step, lines: &str| {
        let lines = super::lines(lines);
        Action::Service(ServiceTold { lines, ..parcel(step) })
    };
    let alone = by([(PAGE, of(Ready, "coat"))]);
    assert_eq!((shown(&alone).as_str(), ready(&alone)), ("p1 Ready@0", 0));
    let yields = by([(PAGE, of(Ready, "coat")), (Origin::Web, of(Announced, ""))]);
    assert_eq!((shown(&yields).as_str(), yields.services[0].lines.len()), ("p1 Announced@1", 0));
    let after_done = by([(PAGE, of(Done, "")), (Origin::Till, of(Ready, ""))]);
    assert_eq!((shown(&after_done).as_str(), ready(&after_done)), ("p1 Ready@1", 1));
    let against = by([(Origin::Web, of(Ready, "")), (PAGE, of(Done, "hat"))]);
    assert_eq!((shown(&against).as_str(), ready(&against)), ("p1 Ready@0", 1));
}

#[test]
fn what_somebody_else_bought_waits_for_somebody_else() {
    use crate::event::{Correction, Disputed};
    let ready = ServiceTold { lines: lines("coat hat"), ..of_order(ServiceStep::Ready, "o1") };
    let not_me = |what| Action::Corrected { what, how: Correction::NotMe };
    let of_line = |id| Disputed::OrderLine { order: order_id("o1"), product: product(id) };
    let told = |what| after([Action::Service(ready.clone()), not_me(what)]);
    assert_eq!(shown(&told(Disputed::Order(order_id("o1")))), "");
    let one = told(of_line("coat"));
    assert_eq!(one.services[0].lines.iter().map(|line| line.product.as_str()).collect::<Vec<_>>(), ["hat"]);
    let both = [not_me(of_line("coat")), not_me(of_line("hat")), Action::Service(ready)];
    assert_eq!(shown(&after(both)), "");
}

#[test]
fn of_too_many_pages_and_what_is_over_fall_out_first() {
    let number = |prefix: &str, n: usize, step| {
        Action::Service(told(ServiceKind::PickUp, &format!("{prefix}{n}"), step))
    };
    let real = (0..10).map(|n| (Origin::Web, number("r", n, ServiceStep::Ready)));
    let lies = (0..100).map(|n| (PAGE, number("x", n, ServiceStep::Ready)));
    let found = by(real.chain(lies));
    assert_eq!((found.services.len(), ready(&found)), (Profile::MAX_SERVICES, 10));
    let over = (0..5).map(|n| (Origin::Web, number("d", n, ServiceStep::Done)));
    let open = (0..30).map(|n| (Origin::Web, number("r", n, ServiceStep::Ready)));
    let found = by(over.chain(open));
    assert_eq!((found.services.len(), ready(&found)), (Profile::MAX_SERVICES, Profile::MAX_SERVICES));
    assert_eq!(found.services[0].id.as_str(), "r29");
}

#[test]
fn a_gift_of_the_order_itself_is_a_gift_and_stays_one() {
    let gift = |gift| {
        let line = |text| Line { brand: Some("Loden".into()), category: Some("Coats".into()), ..one(text) };
        Purchase { lines: vec![Line { gift, ..line("coat/38") }, one("hat")], ..purchase("o1", "") }
    };
    let of = |told: Vec<Action>| {
        let profile = after(told);
        let gifts: Vec<bool> = profile.order_details[0].lines.iter().map(|line| line.gift).collect();
        (usual(&profile), profile.bought_sizes.len(), gifts)
    };
    let (is, not) = (|| gift(true), || gift(false));
    let only_the_hat = ("hat*1".to_owned(), 0, vec![true, false]);
    assert_eq!(of(vec![Action::OrderPlaced(is())]), only_the_hat);
    assert_eq!(of(vec![Action::OrderPlaced(is()), Action::OrderUpdated(not())]), only_the_hat);
    assert_eq!(of(vec![Action::OrderPlaced(not()), Action::OrderPlaced(is())]), only_the_hat);
    assert_eq!(of(vec![Action::OrderPlaced(not())]), ("coat*1 hat*1".to_owned(), 1, vec![false, false]));
    let profile = after([Action::OrderPlaced(is())]);
    let is_gift = |product_id| profile.bought_as_gift(&order_id("o1"), &product(product_id));
    assert_eq!([is_gift("coat"), is_gift("hat"), is_gift("sock")], [true, false, false]);
    let carted = Line { gift: true, brand: Some("Loden".into()), ..one("coat") };
    assert_eq!(after([Action::CartAdded(carted)]).brands.len(), 0, "no taste of the customer's own");
}
