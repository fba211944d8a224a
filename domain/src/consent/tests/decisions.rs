//! Withdrawing never adds; what is not said stays.

use proptest::prelude::*;

use super::*;

fn any_grants() -> impl Strategy<Value = Grants> {
    let all: Vec<Use> = Use::all().collect();
    let some = proptest::sample::subsequence(all.clone(), 0..=all.len());
    let few = proptest::sample::subsequence(all, 0..6);
    prop_oneof![some, few].prop_map(Grants::from_iter)
}

fn any_time() -> impl Strategy<Value = Option<Timestamp>> {
    proptest::option::of((-2_i64..3).prop_map(|secs| Timestamp::from_secs(NOW.as_secs() + secs)))
}

fn any_purposes() -> impl Strategy<Value = Set<Purpose>> {
    proptest::sample::subsequence(Purpose::ALL.to_vec(), 0..=Purpose::ALL.len()).prop_map(Set::from_iter)
}

fn any_level() -> impl Strategy<Value = SharingLevel> {
    proptest::sample::select(SharingLevel::ALL.to_vec())
}

prop_compose! {
    fn any_decision()(
        level in proptest::option::of(any_level()),
        greet_by_name in proptest::option::of(any::<bool>()),
        alone_until in any_time(),
        give in any_grants(),
        refuse in any_grants(),
        pause_until in any_time(),
        restrict in proptest::option::of(any::<bool>()),
        object in any_purposes(),
        object_no_more in any_purposes(),
        privacy in proptest::option::of(prop_oneof![
            Just(PrivacySignal::Seen(NOW)), Just(PrivacySignal::Seen(LATER)), Just(PrivacySignal::Lifted(NOW))
        ]),
    ) -> Decision {
        Decision {
            level, greet_by_name, alone_until, give, refuse, pause_until, restrict, object, object_no_more, privacy,
        }
    }
}

/// Any consent is what decisions leave.
fn any_consent() -> impl Strategy<Value = Consent> {
    proptest::collection::vec(any_decision(), 0..4)
        .prop_map(|all| all.iter().fold(Consent::default(), |consent, decision| decision.after(consent)))
}

/// One thing that a customer takes away.
fn any_withdrawal() -> impl Strategy<Value = Decision> {
    let nothing = Decision::default;
    prop_oneof![
        any_grants().prop_map(move |refuse| Decision { refuse, ..nothing() }),
        Just(Decision { greet_by_name: Some(false), ..nothing() }),
        Just(Decision { restrict: Some(true), ..nothing() }),
        Just(Decision { privacy: Some(PrivacySignal::Seen(NOW)), ..nothing() }),
        any_purposes().prop_map(move |object| Decision { object, ..nothing() }),
        Just(Decision { pause_until: Some(Timestamp::from_secs(2_000_000)), ..nothing() }),
        Just(Decision { alone_until: Some(Timestamp::from_secs(2_000_000)), ..nothing() }),
        Just(Decision::level(SharingLevel::Invisible)),
    ]
}

fn permitted(consent: &Consent, now: Timestamp) -> Vec<Use> {
    Use::all().filter(|one| consent.permits(one.purpose, one.channel, one.field, now)).collect()
}

fn is_part(part: &Consent, whole: &Consent) -> Result<(), TestCaseError> {
    for now in [NOW, LATER, Timestamp::from_secs(1_000_002), Timestamp::from_secs(1_999_999)] {
        let whole = permitted(whole, now);
        let more: Vec<Use> = permitted(part, now).into_iter().filter(|one| !whole.contains(one)).collect();
        prop_assert!(more.is_empty(), "adds {more:?}");
    }
    Ok(())
}

proptest! {
    #[test]
    fn withdrawing_anything_never_adds_a_permission(before in any_consent(), withdrawal in any_withdrawal()) {
        is_part(&withdrawal.after(before), &before)?;
        prop_assert!(withdrawal.purposes_given(&before).is_empty(), "and needs no text");
    }

    #[test]
    fn a_lower_level_never_adds_a_permission(before in any_consent(), level in any_level()) {
        let lower = Decision::level(level.min(before.sharing.level));
        is_part(&lower.after(before), &before)?;
    }

    #[test]
    fn what_a_decision_takes_away_holds_before_it_is_written(before in any_consent(), decision in any_decision()) {
        let narrowed = decision.narrow(before);
        is_part(&narrowed, &before)?;
        is_part(&narrowed, &decision.after(before))?;
    }

    #[test]
    fn what_is_refused_is_not_allowed_and_what_is_given_is_chosen(before in any_consent(), decision in any_decision()) {
        let after = decision.after(before);
        for one in decision.refuse.iter() {
            prop_assert!(!after.permits(one.purpose, one.channel, one.field, NOW), "{one:?}");
        }
        let chosen = after.chosen();
        let given = decision.give.without(&decision.refuse);
        let is_name = |one: &Use| (one.channel, one.field) == (Channel::Tablet, Field::Name);
        for one in given.iter().filter(|one| !is_name(one)) {
            prop_assert!(chosen.holds(one.purpose, one.channel, one.field), "{one:?}");
        }
    }

    #[test]
    fn deciding_twice_is_once(before in any_consent(), decision in any_decision()) {
        let once = decision.after(before);
        prop_assert_eq!(decision.after(once), once);
        prop_assert!(decision.but_for(&decision).is_empty());
    }

    #[test]
    fn nothing_said_changes_nothing(before in any_consent()) {
        prop_assert_eq!(Decision::default().after(before), before);
        prop_assert_eq!(Decision::default().narrow(before), before);
    }
}

fn tablet(purpose: Purpose, field: Field) -> Use {
    Use { purpose, channel: Channel::Tablet, field }
}

#[test]
fn what_was_refused_by_name_stays_refused_at_every_level() {
    let cart = tablet(Purpose::Advise, Field::Cart);
    let refused = Decision::refuse([cart]).after(crate::example::everything());
    for level in SharingLevel::ALL {
        let consent = Decision::level(level).after(refused);
        assert!(!consent.shows(Field::Cart, NOW), "{level:?}");
    }
    assert!(Decision::give([cart]).after(refused).shows(Field::Cart, NOW), "until it is given by name");
}

#[test]
fn a_lower_level_takes_back_what_was_given_by_name_in_the_shops() {
    let letters = Use { purpose: Purpose::Inform, channel: Channel::Email, field: Field::Contact };
    let journeys = Use { purpose: Purpose::Analyse, channel: Channel::Headquarters, field: Field::Visit };
    let uses = [tablet(Purpose::Advise, Field::Viewed), journeys, letters];
    let holds = |consent: &Consent| uses.map(|one| consent.given.holds(one.purpose, one.channel, one.field));
    let given =
        Decision { level: Some(SharingLevel::Wishes), ..Decision::give(uses) }.after(Consent::default());
    assert_eq!(holds(&given), [true; 3], "a level and more than it, in one decision");
    assert_eq!(holds(&Decision::level(SharingLevel::Wishes).after(given)), [true; 3]);
    assert_eq!(holds(&Decision::level(SharingLevel::Purchases).after(given)), [true; 3]);
    assert_eq!(holds(&Decision::level(SharingLevel::Present).after(given)), [false, true, true]);
    assert_eq!(holds(&Decision::level(SharingLevel::Invisible).after(given)), [false, false, true]);
}

#[test]
fn the_name_has_one_switch_whichever_way_it_is_said() {
    let name = tablet(Purpose::Recognise, Field::Name);
    let present = Decision::level(SharingLevel::Present).after(Consent::default());
    let named = Decision::give([name]).after(present);
    assert!(named.sharing.greet_by_name && named.given.is_empty() && named.shows(Field::Name, NOW));
    let unnamed = Decision::refuse([name]).after(named);
    assert!(!unnamed.sharing.greet_by_name && unnamed.refused.is_empty());
    let again = Decision { greet_by_name: Some(true), ..Decision::default() }.after(unnamed);
    assert!(again.shows(Field::Name, NOW), "the switch gives it back");
}

#[test]
fn a_privacy_signal_counts_from_the_first_and_until_it_is_lifted() {
    let seen = |at| Decision { privacy: Some(PrivacySignal::Seen(at)), ..Decision::default() };
    let first = seen(NOW).after(Consent::default());
    assert_eq!(seen(LATER).after(first).privacy_signal, Some(NOW));
    let lifted = Decision { privacy: Some(PrivacySignal::Lifted(NOW)), ..Decision::default() };
    assert_eq!(lifted.after(first).privacy_signal, None);
    let purposes: Vec<Purpose> = lifted.purposes_given(&first).iter().collect();
    assert_eq!(purposes, [Purpose::Analyse, Purpose::Disclose], "which is a consent, and needs its text");
    assert_eq!(seen(LATER).after(lifted.after(first)).privacy_signal, Some(LATER));
    assert_eq!(
        seen(NOW).after(lifted.after(first)).privacy_signal,
        None,
        "one from before that does not count"
    );
}

#[test]
fn a_later_decision_says_the_same_thing_otherwise() {
    let cart = tablet(Purpose::Advise, Field::Cart);
    let sizes = tablet(Purpose::Advise, Field::Sizes);
    let early = Decision {
        level: Some(SharingLevel::Present),
        pause_until: Some(LATER),
        ..Decision::refuse([cart, sizes])
    };
    let later = Decision { level: Some(SharingLevel::Wishes), ..Decision::give([cart]) };
    let left = early.but_for(&later);
    assert_eq!((left.level, left.pause_until), (None, Some(LATER)));
    assert_eq!(left.refuse.iter().collect::<Vec<_>>(), [sizes]);
}
