//! What went wrong elsewhere, one test each.

use super::*;

fn resolved(evidence: &[Evidence]) -> Resolution {
    resolve(evidence.iter().cloned(), &Retractions::default(), &Rules::default())
}

fn together(resolution: &Resolution, one: &Identifier, other: &Identifier) -> bool {
    resolution.person_of(one).has(other)
}

#[test]
fn signing_in_joins_what_was_browsed_before() {
    let (camille, web, app) = (customer("c1"), browser("web-1"), browser("app-1"));
    let mail = email("camille@shop.example");
    let told =
        told(&[std::slice::from_ref(&web), &[camille.clone(), web.clone()], &[camille.clone(), app, mail]]);
    let person = resolved(&told).person_of(&web);
    assert_eq!(person.identifiers().len(), 4);
    assert_eq!(person.customer(), camille.customer());
    assert_eq!(person.identifiers().next(), Some(&camille), "strongest first");
}

/// PostHog: a second user who is identified on the same browser without a reset is merged into the first, for ever.
#[test]
fn a_second_customer_on_the_same_browser_is_not_the_first() {
    let (camille, paul, web) = (customer("c1"), customer("c2"), browser("web-1"));
    let resolution = resolved(&told(&[&[camille.clone(), web.clone()], &[paul.clone(), web.clone()]]));
    assert!(!together(&resolution, &camille, &paul));
    assert!(resolution.is_shared(&web));
    assert_eq!(resolution.person_of(&web), Person::alone(web));
}

/// Two accounts under one address, as after `alias` with wrong arguments: the address is the first one's.
#[test]
fn an_address_with_two_customers_is_the_first_ones() {
    let (camille, paul, home) = (customer("c1"), customer("c2"), email("home@shop.example"));
    let told = told(&[&[paul.clone(), home.clone()], &[camille.clone(), home.clone()]]);
    let resolution = resolved(&told);
    assert!(together(&resolution, &paul, &home) && !together(&resolution, &camille, &home));
    assert_eq!(resolution.standing(&told[1]), Some(Standing::LimitBroken(Customer)));
}

/// Once joined by mistake, and a thousand times since: one decision undoes it, and the next sign-in does not redo it.
#[test]
fn an_unmerge_is_whole_and_lasts() {
    let (camille, work, web) = (customer("c1"), email("desk@shop.example"), browser("desk"));
    let mut events: Vec<Vec<Identifier>> = vec![vec![work.clone(), web.clone()]];
    events.extend((0..1_000).map(|_| vec![camille.clone(), work.clone()]));
    let events: Vec<&[Identifier]> = events.iter().map(Vec::as_slice).collect();
    let told = told(&events);
    assert!(together(&resolved(&told), &camille, &web));

    let unmerge = Retracted::Pair(Pair::new(work.clone(), camille.clone()));
    let resolution = resolve(told[..500].iter().cloned(), &taken_back([unmerge.clone()]), &Rules::default());
    assert_eq!(resolution.person_of(&camille), Person::alone(camille.clone()));
    assert!(together(&resolution, &work, &web));
    let later = resolve(told.iter().cloned(), &taken_back([unmerge.clone()]), &Rules::default());
    assert!(!together(&later, &camille, &work));

    let mut decisions = taken_back([unmerge.clone()]);
    decisions.remove(&unmerge);
    assert_eq!(resolve(told.iter().cloned(), &decisions, &Rules::default()), resolved(&told));
}

#[test]
fn a_family_computer_is_nobodys_and_keeps_secrets() {
    let (camille, paul, web) = (customer("c1"), customer("c2"), browser("living-room"));
    let (hers, his) = (email("camille@shop.example"), email("paul@shop.example"));
    let resolution = resolved(&told(&[
        &[camille.clone(), web.clone(), hers.clone()],
        &[paul.clone(), web.clone(), his.clone()],
    ]));
    // What was looked at before anybody signed in is on neither card: it may be a present for the other.
    assert!(!together(&resolution, &camille, &web) && !together(&resolution, &paul, &web));
    assert!(together(&resolution, &camille, &hers) && together(&resolution, &paul, &his));
}

/// Segment's example: the tablet in the shop that everybody signs up on. Marked as shared it is left out; should nobody
/// have marked it, it is found out by the third address.
#[test]
fn an_in_store_tablet_makes_nobody_one_person() {
    let tablet = browser("tablet-3");
    let guests: Vec<Identifier> = (0..50).map(|n| email(&format!("guest{n}@shop.example"))).collect();
    let marked = guests.iter().map(|guest| who_on_shared_device([tablet.clone(), guest.clone()]));
    assert!((1..).zip(marked).all(|(n, who)| Evidence::of(&event(n, &who)).is_empty()));

    let events: Vec<_> = guests.iter().map(|guest| [tablet.clone(), guest.clone()]).collect();
    let events: Vec<&[Identifier]> = events.iter().map(<[_; 2]>::as_slice).collect();
    let resolution = resolved(&told(&events));
    assert!(resolution.persons().all(|person| person.identifiers().len() == 1));
    assert!(resolution.standings().all(|(_, standing)| standing == Standing::Shared));
}

#[test]
fn gmail_minds_no_case_and_we_guess_nothing_about_dots() {
    let (camille, web) = (customer("c1"), browser("web-1"));
    let told = told(&[
        &[camille.clone(), email("Camille.Martin@Gmail.com")],
        &[email("camille.martin@gmail.com"), web.clone()],
        &[email("camillemartin@gmail.com"), browser("web-2")],
    ]);
    let resolution = resolved(&told);
    assert!(together(&resolution, &camille, &web));
    assert!(!together(&resolution, &camille, &email("camillemartin@gmail.com")));
}

#[test]
fn a_lent_loyalty_card_stays_its_owners() {
    let (camille, paul, card) = (customer("c1"), customer("c2"), identifier(Loyalty, "2990041277"));
    let (hers, his) = (email("camille@shop.example"), email("paul@shop.example"));
    let told = told(&[
        &[camille.clone(), card.clone()],
        &[camille.clone(), hers],
        &[paul.clone(), his.clone()],
        &[card.clone(), his.clone()],
        &[paul.clone(), card.clone()],
    ]);
    let resolution = resolved(&told);
    assert!(together(&resolution, &camille, &card));
    assert!(together(&resolution, &paul, &his) && !together(&resolution, &paul, &card));
    let kept_out = told[3..].iter().map(|piece| resolution.standing(piece));
    assert!(kept_out.eq([Some(Standing::LimitBroken(Customer)); 2]));

    // A card that the whole street uses is nobody's.
    let street: Vec<_> = ["c1", "c2", "c3", "c4"].map(|c| [customer(c), card.clone()]).into();
    let street: Vec<&[Identifier]> = street.iter().map(<[_; 2]>::as_slice).collect();
    assert!(resolved(&super::told(&street)).is_shared(&card));
}

/// "null" as a user id: 2,500 strangers were one person.
#[test]
fn a_user_id_of_null_joins_nobody() {
    for raw in ["null", "undefined", "0", "00000000-0000-0000-0000-000000000000", "[object Object]"] {
        assert!(Identifier::new(Customer, raw).is_err());
    }
    // Written down before the list knew it, or blocked by the retailer later: it is kept, and joins nothing.
    let rules =
        Rules::try_new(RuleSettings { blocked: ["Kiosk-User".to_owned()].into(), ..RuleSettings::default() })
            .unwrap();
    let kiosk = customer("kiosk-user");
    let events = ["web-1", "web-2", "web-3"].map(|web| [kiosk.clone(), browser(web)]);
    let events: Vec<&[Identifier]> = events.iter().map(<[_; 2]>::as_slice).collect();
    let resolution = resolve(told(&events), &Retractions::default(), &rules);
    assert!(resolution.persons().all(|person| person.identifiers().len() == 1));
    assert!(resolution.standings().all(|(_, standing)| matches!(standing, Standing::Blocked(_))));
}

/// A robot that is somebody else in each request: 2,500 browsers in one person was a support case of PostHog's.
#[test]
fn a_robot_fills_its_own_person_and_no_more() {
    let (robot, mail) = (customer("c1"), email("robot@shop.example"));
    let mut events: Vec<Vec<Identifier>> =
        (0..1_500).map(|n| vec![robot.clone(), browser(&format!("r{n}"))]).collect();
    events.push(vec![robot.clone(), mail.clone()]);
    let events: Vec<&[Identifier]> = events.iter().map(Vec::as_slice).collect();
    let resolution = resolved(&told(&events));
    let person = resolution.person_of(&robot);
    assert_eq!(person.identifiers().len(), 1 + 1 + 100);
    assert!(person.has(&mail), "what is strong comes before what is many");
    let crowded = resolution.standings().filter(|(_, standing)| *standing == Standing::Crowded);
    assert_eq!(crowded.count(), 501);
}

#[test]
fn pages_tie_a_few_browsers_a_day_and_leave_places_to_who_is_believed() {
    let rules = Rules::default();
    assert!(rules.takes_newcomer(0, 0) && rules.takes_newcomer(74, 9));
    assert!(!rules.takes_newcomer(0, 10), "a day's places are taken");
    assert!(!rules.takes_newcomer(75, 0), "a quarter is kept");
    let only_one = Rules::try_new(RuleSettings { anonymous: 1, ..RuleSettings::default() }).unwrap();
    assert!(only_one.takes_newcomer(0, 0) && !only_one.takes_newcomer(1, 0));
    let none = Rules::try_new(RuleSettings { newcomers_a_day: 0, ..RuleSettings::default() });
    assert_eq!(none.unwrap_err().setting, "newcomers_a_day");
}
