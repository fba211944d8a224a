//! The whole policy, written out by hand, and what must hold of every decision.

mod decisions;
mod texts;

use std::time::Duration;

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_000_000);
const LATER: Timestamp = Timestamp::from_secs(1_000_001);

/// The ways, in the order of the columns below.
const WAYS: [(Purpose, Channel); 10] = [
    (Purpose::Recognise, Channel::Record),
    (Purpose::Recognise, Channel::Tablet),
    (Purpose::Advise, Channel::Tablet),
    (Purpose::Analyse, Channel::Headquarters),
    (Purpose::Inform, Channel::Email),
    (Purpose::Inform, Channel::Sms),
    (Purpose::Inform, Channel::Push),
    (Purpose::Inform, Channel::Telephone),
    (Purpose::Inform, Channel::Post),
    (Purpose::Disclose, Channel::Partner),
];

/// What the customer can choose. A digit: from this level on, or by name. `n`: from level 2 on with the switch for the
/// name. `g`: only by name. `.`: never.
const CHOICES: [(Field, &str); 28] = [
    (Field::AnonymousCount, "1........."),
    (Field::Visit, "2..g.....g"),
    (Field::PresenceOnFloor, ".2........"),
    (Field::HelpWanted, ".2........"),
    (Field::Name, ".n..gggggg"),
    (Field::Contact, "....gggggg"),
    (Field::WishList, "..3ggggggg"),
    (Field::RemovedWishes, "..gggggggg"),
    (Field::Sizes, "..3ggggggg"),
    (Field::Cart, "..3ggggggg"),
    (Field::Checkout, "..3ggggggg"),
    (Field::Coupons, "..3ggggggg"),
    (Field::Preferences, "..3ggggggg"),
    (Field::Designs, "..3ggggggg"),
    (Field::BrandsWanted, "..3ggggggg"),
    (Field::Orders, "..4ggggggg"),
    (Field::OrderDetails, "..4ggggggg"),
    (Field::Bought, "..4ggggggg"),
    (Field::BoughtSizes, "..4ggggggg"),
    (Field::BrandsBought, "..4ggggggg"),
    (Field::Lifetime, "..4ggggggg"),
    (Field::Reviews, "..4ggggggg"),
    (Field::Viewed, "..5ggggggg"),
    (Field::Searches, "..5ggggggg"),
    (Field::Interests, "..5ggggggg"),
    (Field::BrandsLookedAt, "..5ggggggg"),
    (Field::Corrections, "..gggggggg"),
    (Field::Notes, "..gggggggg"),
];

/// Something that holds back: its name, how a consent comes to have it, and what is left of each way.
type HoldsBack = (&'static str, fn(&mut Consent), &'static str);

/// What is left of each way by what holds back. `+`: all that was chosen.
const HELD_BACK: [HoldsBack; 12] = [
    ("nothing", |_| {}, "++++++++++"),
    ("alone", |consent| consent.sharing.alone_until = Some(LATER), "+--++---++"),
    ("alone until now", |consent| consent.sharing.alone_until = Some(NOW), "++++++++++"),
    ("paused", |consent| consent.paused_until = Some(LATER), "----------"),
    ("paused until now", |consent| consent.paused_until = Some(NOW), "++++++++++"),
    ("restricted", |consent| consent.restricted = true, "----------"),
    ("no recognising", |consent| object(consent, Purpose::Recognise), "---+++++++"),
    ("no advising", |consent| object(consent, Purpose::Advise), "++-+++++++"),
    ("no analysing", |consent| object(consent, Purpose::Analyse), "+++-++++++"),
    ("no informing", |consent| object(consent, Purpose::Inform), "++++-----+"),
    ("no disclosing", |consent| object(consent, Purpose::Disclose), "+++++++++-"),
    ("asks for privacy", |consent| consent.privacy_signal = Some(NOW), "+++-+++++-"),
];

fn object(consent: &mut Consent, purpose: Purpose) {
    consent.objected = [purpose].into_iter().collect();
}

fn sign_at(signs: &str, purpose: Purpose, channel: Channel) -> u8 {
    let column = WAYS.iter().position(|way| *way == (purpose, channel));
    column.map_or(b'.', |column| signs.as_bytes()[column])
}

/// Level, name and everything by name: what the table says of one use.
fn chosen(sign: u8, level: usize, named: bool, all_by_name: bool) -> bool {
    match sign {
        b'.' => false,
        b'n' => named && (level >= 2 || all_by_name),
        b'g' => all_by_name,
        digit => all_by_name || level >= usize::from(digit - b'0'),
    }
}

#[test]
fn everything_is_allowed_as_the_table_says_and_nothing_else() {
    assert_eq!(CHOICES.map(|(field, _)| field), Field::ALL, "each field stands in the table once");
    let (mut asked, mut allowed) = (0, 0);
    for (level, with_level) in SharingLevel::ALL.into_iter().enumerate() {
        for (greet_by_name, all_by_name) in [(false, false), (true, false), (false, true), (true, true)] {
            for (what, hold_back, left) in HELD_BACK {
                let mut consent =
                    Consent::from(Sharing { level: with_level, greet_by_name, alone_until: None });
                if all_by_name {
                    consent.given = Use::all().collect();
                }
                hold_back(&mut consent);
                for purpose in Purpose::ALL {
                    for channel in Channel::ALL {
                        for (field, choices) in CHOICES {
                            let named = greet_by_name;
                            let expected =
                                chosen(sign_at(choices, purpose, channel), level, named, all_by_name)
                                    && sign_at(left, purpose, channel) == b'+';
                            let found = consent.permits(purpose, channel, field, NOW);
                            assert_eq!(
                                found, expected,
                                "{field:?} to {purpose:?} by {channel:?} at level {level}, {what}, by name: {all_by_name}"
                            );
                            asked += 1;
                            allowed += u32::from(found);
                        }
                    }
                }
            }
        }
    }
    assert_eq!(asked, 6 * 4 * 12 * 5 * 9 * 28);
    assert!(allowed > 10_000, "{allowed}");
}

#[test]
fn a_use_exists_where_the_table_has_a_sign() {
    for purpose in Purpose::ALL {
        for channel in Channel::ALL {
            for (field, choices) in CHOICES {
                let exists = sign_at(choices, purpose, channel) != b'.';
                assert_eq!(
                    Use::try_new(purpose, channel, field).is_ok(),
                    exists,
                    "{purpose:?} {channel:?} {field:?}"
                );
            }
        }
    }
    let refused = Use::try_new(Purpose::Recognise, Channel::Email, Field::WishList).unwrap_err();
    assert_eq!(refused.to_string(), "`wish_list` does not serve to recognise by email");
}

/// The table that is written for others is this one.
#[test]
fn the_documentation_tells_the_same() {
    let page = include_str!("../../../docs/consent.md");
    for (field, choices) in CHOICES {
        let start = format!("| `{}` |", field.name());
        let row = page.lines().find(|line| line.starts_with(&start)).expect(&start);
        let found: Vec<&str> = row.split('|').skip(3).map(str::trim).take(5).collect();
        // Recognise has two columns here, inform five that are alike.
        let recognise = choices[..2].replace('.', "");
        let columns = [recognise.as_str(), &choices[2..3], &choices[3..4], &choices[4..5], &choices[9..]];
        let expected = columns.map(|sign| match sign {
            "" | "." => "-",
            "g" => "by name",
            "n" => "its switch",
            level => level,
        });
        assert_eq!(found, expected, "{row}");
    }
}

/// What is refused of everything, and all that stops with it.
#[test]
fn refusing_one_use_stops_it_and_what_rests_on_it() {
    let everything = Consent { given: Use::all().collect(), ..crate::example::everything() };
    let (mut alone, mut with_others) = (0, 0);
    for refused in Use::all() {
        let consent = Decision::refuse([refused]).after(everything);
        let stopped: Vec<Use> =
            Use::all().filter(|one| !consent.permits(one.purpose, one.channel, one.field, NOW)).collect();
        let rests = |one: &Use| match (refused.purpose, refused.field) {
            (Purpose::Recognise, Field::Visit | Field::PresenceOnFloor) => one.channel == Channel::Tablet,
            (Purpose::Inform, Field::Contact) => {
                one.purpose == Purpose::Inform && one.channel == refused.channel
            }
            _ => false,
        };
        let expected: Vec<Use> = Use::all().filter(|one| *one == refused || rests(one)).collect();
        assert_eq!(stopped, expected, "without {refused:?}");
        *if expected.len() == 1 { &mut alone } else { &mut with_others } += 1;
    }
    assert_eq!((alone + with_others, with_others), (Use::all().count(), 7));
}

#[test]
fn nothing_is_shared_by_default() {
    assert!(Use::all().all(|one| !Consent::default().permits(one.purpose, one.channel, one.field, NOW)));
}

#[test]
fn what_is_given_by_name_needs_what_it_rests_on() {
    let advise = |field| Use { purpose: Purpose::Advise, channel: Channel::Tablet, field };
    let hidden = Decision::give([advise(Field::WishList)]).after(Consent::default());
    assert!(!hidden.shows(Field::WishList, NOW), "who may not be known to be here has no card");
    let present = Decision::level(SharingLevel::Present).after(hidden);
    assert!(present.shows(Field::WishList, NOW) && !present.shows(Field::Cart, NOW));
}

#[test]
fn what_the_retailer_withholds_nobody_reads() {
    let everything = Consent { given: Use::all().collect(), ..crate::example::everything() };
    let withheld: Set<Field> = [Field::Notes, Field::Name].into_iter().collect();
    let consent = everything.withholding(withheld);
    for one in Use::all() {
        let expected = !withheld.holds(one.field);
        assert_eq!(consent.permits(one.purpose, one.channel, one.field, NOW), expected, "{one:?}");
    }
}

#[test]
fn closing_leaves_nothing_given_and_everything_refused() {
    let mut consent = Consent { given: Use::all().collect(), ..crate::example::everything() };
    consent.restricted = true;
    consent.refused = Use::all().take(1).collect();
    let closed = consent.closed();
    assert_eq!((closed.restricted, closed.refused), (true, consent.refused));
    assert!(closed.given.is_empty() && closed.chosen().is_empty());
}

#[test]
fn a_bound_leaves_what_both_allow_and_takes_nothing_from_itself() {
    let use_of = |purpose, channel, field| Use::try_new(purpose, channel, field).unwrap();
    let mail = use_of(Purpose::Inform, Channel::Email, Field::Contact);
    let analysed = use_of(Purpose::Analyse, Channel::Headquarters, Field::Orders);
    let wishes = use_of(Purpose::Advise, Channel::Tablet, Field::WishList);
    let decisions = [
        Decision::level(SharingLevel::Browsing),
        Decision::level(SharingLevel::Present),
        Decision { greet_by_name: Some(true), ..Decision::give([mail, analysed]) },
        Decision::refuse([wishes, mail]),
        Decision { restrict: Some(true), ..Decision::default() },
        Decision { object: Set::from_iter([Purpose::Advise]), ..Decision::default() },
        Decision { privacy: Some(PrivacySignal::Seen(NOW)), ..Decision::default() },
        Decision { pause_until: Some(LATER), ..Decision::default() },
        Decision { alone_until: Some(LATER), ..Decision::default() },
    ];
    let mut consents = vec![Consent::default()];
    for one in &decisions {
        let more: Vec<_> = consents.iter().map(|consent| one.after(*consent)).collect();
        consents.extend(more);
    }
    for one in consents.iter().step_by(11) {
        assert_eq!(one.no_more_than(one), *one);
        for bound in consents.iter().step_by(7) {
            let left = one.no_more_than(bound);
            assert_eq!(left.no_more_than(bound), left, "once is enough");
            for Use { purpose, channel, field } in Use::all() {
                let allowed = |consent: &Consent| consent.permits(purpose, channel, field, NOW);
                assert!(!allowed(&left) || (allowed(one) && allowed(bound)), "{left:?}");
            }
        }
    }
}

#[test]
fn what_is_private_waits_for_the_confirmation() {
    let waits = |field: &Field| field.needs_confirmation();
    let at_once: Vec<Field> = Field::ALL.into_iter().filter(|field| !waits(field)).collect();
    assert_eq!(
        at_once,
        [
            Field::AnonymousCount,
            Field::Visit,
            Field::PresenceOnFloor,
            Field::HelpWanted,
            Field::Name,
            Field::Contact
        ]
    );
}

#[test]
fn levels_have_their_numbers() {
    assert_eq!(SharingLevel::from_number(0), Some(SharingLevel::Invisible));
    assert_eq!(SharingLevel::from_number(5), Some(SharingLevel::Browsing));
    assert_eq!(SharingLevel::from_number(6), None);
}

#[test]
fn names_are_found_again_and_no_number_is_used_twice() {
    for field in Field::ALL {
        assert_eq!(field.name().parse(), Ok(field));
    }
    for (place, field) in Field::ALL.into_iter().enumerate() {
        assert_eq!(field as usize, place, "a number is never given again");
    }
    let unknown = "cartt".parse::<Field>().unwrap_err().to_string();
    assert!(unknown.starts_with("there is no field `cartt`: one of anonymous_count"), "{unknown}");
    let both: Set<Field> = [Field::Cart, Field::Name].into_iter().collect();
    assert_eq!(format!("{both:?}"), r#"{"name", "cart"}"#);
    assert!(both.without(both).is_empty());
    let until = Duration::from_secs(1);
    assert!(Consent { paused_until: Some(NOW + until), ..Consent::default() }.paused(NOW));
}
