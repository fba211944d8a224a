use std::time::Duration;

use super::*;

const NOW: Timestamp = Timestamp::from_secs(1_000_000);

/// The whole policy, written out. Columns: levels 0 to 5. `+` allowed, `n` only with the name switch, `-` never.
/// A second sign after it tells what "leave me alone" leaves of it.
const TABLE: [(Field, [&str; 6]); 10] = [
    (Field::AnonymousCount, ["--", "++", "++", "++", "++", "++"]),
    (Field::Visit, ["--", "--", "++", "++", "++", "++"]),
    (Field::PresenceOnFloor, ["--", "--", "+-", "+-", "+-", "+-"]),
    (Field::HelpWanted, ["--", "--", "+-", "+-", "+-", "+-"]),
    (Field::Name, ["--", "--", "n-", "n-", "n-", "n-"]),
    (Field::WishList, ["--", "--", "--", "+-", "+-", "+-"]),
    (Field::Sizes, ["--", "--", "--", "+-", "+-", "+-"]),
    (Field::Cart, ["--", "--", "--", "+-", "+-", "+-"]),
    (Field::Purchases, ["--", "--", "--", "--", "+-", "+-"]),
    (Field::Browsing, ["--", "--", "--", "--", "--", "+-"]),
];

#[test]
fn each_level_allows_what_the_table_says() {
    let mut seen = 0;
    for (field, row) in TABLE {
        for (level, signs) in SharingLevel::ALL.into_iter().zip(row) {
            for greet_by_name in [false, true] {
                for alone in [false, true] {
                    let alone_until = alone.then_some(NOW + Duration::from_millis(1));
                    let sharing = Sharing { level, greet_by_name, alone_until };
                    let sign = signs.as_bytes()[usize::from(alone)];
                    let expected = sign == b'+' || (sign == b'n' && greet_by_name);
                    assert_eq!(sharing.permits(field, NOW), expected, "{field:?} with {sharing:?}");
                    seen += 1;
                }
            }
        }
    }
    assert_eq!(seen, Field::ALL.len() * 6 * 4);
    assert_eq!(TABLE.map(|(field, _)| field), Field::ALL, "each field stands in the table once");
}

#[test]
fn nothing_is_shared_by_default() {
    let sharing = Sharing::default();
    assert!(Field::ALL.iter().all(|field| !sharing.permits(*field, NOW)));
}

#[test]
fn a_higher_level_never_allows_less() {
    for greet_by_name in [false, true] {
        for alone_until in [None, Some(NOW), Some(NOW + Duration::from_secs(1))] {
            for pair in SharingLevel::ALL.windows(2) {
                let with = |level| Sharing { level, greet_by_name, alone_until };
                for field in Field::ALL {
                    assert!(!with(pair[0]).permits(field, NOW) || with(pair[1]).permits(field, NOW));
                }
            }
        }
    }
}

#[test]
fn leave_me_alone_ends_at_its_moment() {
    let sharing = Sharing { level: SharingLevel::Present, greet_by_name: true, alone_until: Some(NOW) };
    assert!(!sharing.permits(Field::Name, NOW - Duration::from_millis(1)));
    assert!(sharing.permits(Field::Name, NOW));
}

#[test]
fn what_is_private_waits_for_the_confirmation() {
    let waits: Vec<Field> = Field::ALL.into_iter().filter(|field| field.needs_confirmation()).collect();
    assert_eq!(waits, [Field::WishList, Field::Sizes, Field::Cart, Field::Purchases, Field::Browsing]);
}

#[test]
fn levels_have_their_numbers() {
    assert_eq!(SharingLevel::from_number(0), Some(SharingLevel::Invisible));
    assert_eq!(SharingLevel::from_number(5), Some(SharingLevel::Browsing));
    assert_eq!(SharingLevel::from_number(6), None);
}

#[test]
fn two_decisions_together_allow_what_both_allow() {
    let of = |level, greet_by_name, alone_until| Sharing { level, greet_by_name, alone_until };
    let one = of(SharingLevel::Purchases, false, Some(NOW));
    let other = of(SharingLevel::Present, true, None);
    let both = of(SharingLevel::Present, false, Some(NOW));
    assert_eq!((one.at_most(&other), other.at_most(&one)), (both, both));
    assert_eq!(one.at_most(&one), one);
}

#[test]
fn what_a_decision_does_not_say_stays_and_what_it_says_counts() {
    let before = Sharing { level: SharingLevel::Browsing, greet_by_name: true, alone_until: Some(NOW) };
    let level = SharingLevel::Present;
    let only_level = Decision { level, greet_by_name: None, alone_until: None };
    assert_eq!(only_level.after(before), Sharing { level, ..before });
    let later = NOW + Duration::from_secs(1);
    let all = Decision { level, greet_by_name: Some(false), alone_until: Some(later) };
    assert_eq!(all.after(before), Sharing { level, greet_by_name: false, alone_until: Some(later) });
    for decision in [only_level, all] {
        for before in crate::example::all_sharings() {
            let after = decision.after(before);
            assert_eq!(after.at_most(&decision.most()), after, "{decision:?} after {before:?} is never more");
        }
    }
}
