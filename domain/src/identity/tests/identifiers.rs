use proptest::prelude::*;

use super::*;
use crate::id::{CustomerId, PhoneId};

fn normal(kind: IdentifierKind, raw: &str) -> String {
    identifier(kind, raw).value().reveal().clone()
}

fn france() -> DialingPlan {
    DialingPlan::try_new("33", "0").unwrap()
}

#[test]
fn each_kind_has_one_normal_form() {
    let rows = [
        (Customer, " C-1042 ", "C-1042"),
        (Loyalty, "2990 0412 77", "2990 0412 77"),
        (Email, " Camille@Shop.Example\n", "camille@shop.example"),
        (Email, "Zoe\u{308}@shop.example", "zo\u{eb}@shop.example"),
        (Email, "camille+shoes@shop.example", "camille+shoes@shop.example"),
        (PhoneNumber, "+33 6 12 34 50 99", "+33612345099"),
        (PhoneNumber, "+33 (0)6.12.34.50.99", "+33612345099"),
        (PhoneNumber, "+1 (212) 555-0199", "+12125550199"),
        (Phone, "00000000000000AF", "00000000000000af"),
        (Anonymous, "7f3a-ANON", "7f3a-ANON"),
    ];
    for (kind, raw, expected) in rows {
        assert_eq!(normal(kind, raw), expected);
    }
}

#[test]
fn numbers_of_a_country_need_its_plan() {
    let at_home = |raw: &str, plan: &DialingPlan| Identifier::with_plan(PhoneNumber, raw, Some(plan));
    let here = identifier(PhoneNumber, "+33612345099");
    for raw in ["06 12 34 50 99", "612345099", "0033 612345099", "+33612345099"] {
        assert_eq!(at_home(raw, &france()), Ok(here.clone()));
    }
    assert!(matches!(Identifier::new(PhoneNumber, "06 12 34 50 99"), Err(Unusable::Malformed { .. })));
    // The zero belongs to an Italian number.
    let italy = DialingPlan::try_new("39", "").unwrap();
    assert_eq!(at_home("06 6982 1234", &italy).unwrap().value().reveal(), "+390669821234");
    let america = DialingPlan::try_new("1", "1").unwrap();
    for raw in ["(212) 555-0199", "1-212-555-0199"] {
        assert_eq!(at_home(raw, &america).unwrap().value().reveal(), "+12125550199");
    }
    for (code, trunk) in [("", "0"), ("033", "0"), ("+33", "0"), ("1234", ""), ("33", "000"), ("33", "x")] {
        assert!(DialingPlan::try_new(code, trunk).is_err(), "{code} {trunk}");
    }
}

#[test]
fn what_is_no_identifier_says_why_and_not_what() {
    let malformed = [
        (Email, "camille"),
        (Email, "camille@home"),
        (Email, "camille@@shop.example"),
        (Email, "a@b@shop.example"),
        (Email, "@shop.example"),
        (Email, "camille@shop..example"),
        (Email, "Camille <camille@shop.example>"),
        (Email, "cam ille@shop.example"),
        (PhoneNumber, "+0612345099"),
        (PhoneNumber, "+33612"),
        (PhoneNumber, "+3361234509912345"),
        (PhoneNumber, "+33 6 CALL ME"),
        (PhoneNumber, "+33+612345099"),
        (Phone, "af"),
        (Customer, "c\u{0}1"),
    ];
    for (kind, raw) in malformed {
        let error = Identifier::new(kind, raw).unwrap_err();
        assert!(matches!(error, Unusable::Malformed { .. }), "{raw:?}: {error:?}");
        assert_eq!(error.reason(), "identifier_malformed");
        assert!(!error.to_string().contains(raw), "{error}");
    }
    assert_eq!(Identifier::new(Loyalty, " \t "), Err(Unusable::Empty { kind: Loyalty }));
    let long = Identifier::new(Customer, &"c".repeat(255));
    assert_eq!(long, Err(Unusable::TooLong { kind: Customer, len: 255 }));
    let local = format!("{}@shop.example", "c".repeat(65));
    assert!(matches!(Identifier::new(Email, &local), Err(Unusable::Malformed { .. })));
    assert_eq!(normal(Customer, &"c".repeat(254)).len(), 254);
}

#[test]
fn placeholders_name_nobody() {
    let everywhere = [
        "null",
        "NULL",
        " null ",
        "-1",
        "0",
        "000",
        "----",
        "00000000-0000-0000-0000-000000000000",
        "undefined",
        "anonymous",
        "none",
        "unknown",
        "N/A",
        "[object Object]",
        "NaN",
        "nil",
        "guest",
        "true",
        "test",
        "Test User",
    ];
    for kind in IdentifierKind::ALL {
        for raw in everywhere {
            let error = Identifier::new(kind, raw).unwrap_err();
            assert!(matches!(error, Unusable::Blocked { .. }), "{kind:?} {raw:?}: {error:?}");
            assert_eq!(error.reason(), "identifier_blocked");
        }
    }
    let own = [
        (Anonymous, "9774d56d682e549c"),
        (Anonymous, "02:00:00:00:00:00"),
        (Phone, "9774D56D682E549C"),
        (Email, "null@shop.example"),
        (Email, "NoReply@shop.example"),
        (PhoneNumber, "+33600000000"),
        (PhoneNumber, "+11111111111"),
        (PhoneNumber, "+33 0 123 456 789"),
        (PhoneNumber, "+1 234 567 890"),
    ];
    for (kind, raw) in own {
        assert!(matches!(Identifier::new(kind, raw), Err(Unusable::Blocked { .. })), "{kind:?} {raw}");
    }
    let home = Identifier::with_plan(PhoneNumber, "06 00 00 00 00", Some(&france()));
    assert!(matches!(home, Err(Unusable::Blocked { .. })));
    assert_eq!(
        Identifier::new(Customer, "Null").unwrap_err().to_string(),
        "the customer identifier is the placeholder null, which names nobody: leave it out"
    );
    for fine in ["nullarbor", "0001", "1", "testa", "1042", "9774d56d682e549c"] {
        assert_eq!(normal(Customer, fine), fine);
    }
    assert_eq!(normal(Email, "nathalie.null@shop.example"), "nathalie.null@shop.example");
}

#[test]
fn a_shared_device_is_left_out_of_what_it_sends() {
    let tablet =
        [browser("tablet-3"), email("camille@shop.example"), Identifier::from(PhoneId(7)), customer("c1")];
    let kept = [customer("c1"), email("camille@shop.example")];
    assert_eq!(who_on_shared_device(tablet.clone()), kept);
    assert_eq!(who_on_shared_device([browser("tablet-3")]), []);
    assert_eq!(who(tablet).len(), 4);
    assert_eq!(who([browser("a"), customer("c1"), browser("a")]), [customer("c1"), browser("a")]);
}

#[test]
fn a_public_key_ties_browsers_to_a_customer_number_and_nothing_else() {
    let (card, mail) = (Identifier::new(Loyalty, "L-106").unwrap(), email("farid@shop.example"));
    let all = [browser("b"), mail.clone(), card.clone(), Identifier::from(PhoneId(7)), customer("c1")];
    assert_eq!(who_by_public_key(all), [customer("c1"), browser("b")]);
    assert_eq!(who_by_public_key([browser("b"), mail.clone(), card.clone()]), [card], "one, tied to nothing");
    assert_eq!(who_by_public_key([browser("b"), mail.clone()]), [mail]);
    assert_eq!(who_by_public_key([browser("b")]), [browser("b")]);
}

#[test]
fn customers_and_phones_of_our_own_are_identifiers() {
    let c1 = CustomerId::new("c1").unwrap();
    assert_eq!(Identifier::from(&c1), customer("c1"));
    assert_eq!(customer("c1").customer(), Some(c1));
    assert_eq!(browser("c1").customer(), None);
    assert_eq!(customer("auth0|77").customer(), None, "not written as our customer numbers are");
    assert_eq!(Identifier::from(PhoneId(0xaf)), identifier(Phone, "00000000000000af"));
    // A customer of the retailer's records who is called as a placeholder joins nothing.
    let odd = Identifier::from(&CustomerId::new("null").unwrap());
    assert_eq!(Rules::default().blocks(&odd).map(Placeholder::name), Some("null"));
}

#[test]
fn rules_are_checked() {
    type Change = fn(&mut RuleSettings);
    let wrong: [(&str, Change); 7] = [
        ("loyalty_cards", |s| s.loyalty_cards = 0),
        ("anonymous", |s| s.anonymous = 10_001),
        ("shared_above.email.anonymous", |s| {
            s.shared_above.insert((Email, Anonymous), 1);
        }),
        ("shared_above.email.customer", |s| {
            s.shared_above.insert((Email, Customer), 0);
        }),
        ("shared_above.phone_number.email", |s| s.pairs_per_identifier = 5),
        ("pairs_per_identifier", |s| s.pairs_per_identifier = 100_001),
        ("blocked", |s| {
            s.blocked.insert("  ".to_owned());
        }),
    ];
    for (setting, change) in wrong {
        let mut settings = RuleSettings::default();
        change(&mut settings);
        assert_eq!(Rules::try_new(settings).unwrap_err().setting, setting);
    }
    assert_eq!(Rules::try_new(RuleSettings::default()), Ok(Rules::default()));
    assert_eq!(Rules::default().per_person(Customer), 1);
}

#[test]
fn evidence_is_a_star_around_the_strongest() {
    let (c1, mail, web) = (customer("c1"), email("camille@shop.example"), browser("7f3a"));
    let star = Evidence::of(&event(1, &[web.clone(), mail.clone(), c1.clone()]));
    let ends: Vec<_> = star.iter().map(|piece| (&piece.a, &piece.b)).collect();
    assert_eq!(ends, [(&c1, &mail), (&c1, &web)]);
    assert_eq!(Evidence::of(&event(1, &[mail])), []);
    // Stronger before weaker, then older before younger.
    let told =
        told(&[&[c1.clone(), web], &[c1.clone(), email("b@shop.example")], &[c1, email("a@shop.example")]]);
    let mut sorted = told.clone();
    sorted.sort();
    assert_eq!(sorted, [told[1].clone(), told[2].clone(), told[0].clone()]);
}

proptest! {
    #[test]
    fn a_normal_form_is_its_own_normal_form(place in 0_usize..6, raw in "\\PC{0,20}(@\\PC{1,12}\\.[a-zA-Zé]{2,5})?") {
        let kind = IdentifierKind::ALL[place];
        if let Ok(first) = Identifier::new(kind, &raw) {
            prop_assert_eq!(Identifier::new(kind, first.value().reveal()), Ok(first.clone()));
            prop_assert!(!first.value().reveal().is_empty() && first.value().reveal().len() <= Identifier::MAX_LEN);
            prop_assert!(Rules::default().blocks(&first).is_none());
        }
    }

    #[test]
    fn a_telephone_number_is_its_own_normal_form(raw in "(\\+|0|00)?[1-9][0-9 .()-]{5,18}") {
        if let Ok(first) = Identifier::with_plan(PhoneNumber, &raw, Some(&france())) {
            prop_assert_eq!(Identifier::new(PhoneNumber, first.value().reveal()), Ok(first.clone()));
        }
    }
}
