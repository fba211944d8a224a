use super::*;
use crate::{
    example::{self, NOW},
    profile::Customer,
    situation::Situation,
    starter::{FixedOrder, choose, rules},
};

/// A situation as if everything were allowed: whatever a mistake elsewhere lets in, the card must hold back.
fn careless() -> Situation {
    let (customer, profile) = (example::customer(), example::profile());
    Situation::gather(NOW, &example::visit(), &customer, &profile, example::shelves(), true)
}

fn card(situation: &Situation, sharing: &Sharing, confirmed: bool) -> Card {
    let starters = choose(situation, &rules(), &FixedOrder, &[]);
    assert_eq!(starters.len(), 3);
    let mut all = choose(situation, &rules()[1..], &FixedOrder, &[]);
    all.extend(starters.into_iter().filter(|starter| starter.kind == StarterKind::HelpWanted));
    assert_eq!(all.len(), StarterKind::ALL.len(), "one of each kind");
    Card::compose(example::guest(), situation, confirmed, sharing, all, &[], Some(Outcome::Talked))
}

/// What a card shows, field by field. Without `..`: a new field of `Card` or `Guest` does not compile until it stands
/// here with the rule it obeys.
fn shown(card: Card) -> Vec<Field> {
    let Card {
        guest:
            Guest { visit: _, name, zone: _, began: _, state: _, help_since, greeted_by: _, card_revision: _ },
        confirmed: _,
        shares: _,
        starters,
        sizes,
        wish_list,
        cart,
        usual_items,
        viewed,
        orders,
        outcome: _,
    } = card;
    let mut shown: Vec<Field> = starters.iter().map(|(starter, _)| starter.kind.rests_on()).collect();
    for (field, holds) in [
        (Field::Name, name.is_some()),
        (Field::HelpWanted, help_since.is_some()),
        (Field::Sizes, !sizes.is_empty()),
        (Field::WishList, !wish_list.is_empty()),
        (Field::Cart, !cart.is_empty()),
        (Field::Purchases, !usual_items.is_empty()),
        (Field::Browsing, !viewed.is_empty()),
        (Field::Purchases, !orders.is_empty()),
    ] {
        shown.extend(holds.then_some(field));
    }
    shown
}

#[test]
fn no_card_shows_what_is_not_allowed() {
    let situation = careless();
    let mut looked_at = 0;
    for sharing in example::all_sharings() {
        for confirmed in [false, true] {
            let shown = shown(card(&situation, &sharing, confirmed));
            for field in &shown {
                assert!(sharing.permits(*field, NOW), "{field:?} with {sharing:?}");
                assert!(confirmed || !field.needs_confirmation(), "{field:?} before the confirmation");
            }
            for field in SHOWN_AS_SHARED.into_iter().chain([Field::HelpWanted]) {
                let allowed = sharing.permits(field, NOW) && (confirmed || !field.needs_confirmation());
                assert_eq!(
                    shown.contains(&field),
                    allowed,
                    "{field:?} with {sharing:?}, confirmed: {confirmed}"
                );
            }
            looked_at += 1;
        }
    }
    assert_eq!(looked_at, 6 * 2 * 3 * 2);
}

#[test]
fn before_the_confirmation_help_is_the_only_starter() {
    let card = card(&careless(), &example::everything(), false);
    let kinds: Vec<StarterKind> = card.starters.iter().map(|(starter, _)| starter.kind).collect();
    assert_eq!(kinds, [StarterKind::HelpWanted]);
    assert!(!card.confirmed);
    assert_eq!(card.shares, SHOWN_AS_SHARED, "the quiet line tells what is shared, not what it holds");
}

#[test]
fn the_quiet_line_says_only_what_is_shared_now() {
    for sharing in example::all_sharings() {
        let card = card(&careless(), &sharing, true);
        let shared: Vec<Field> =
            SHOWN_AS_SHARED.into_iter().filter(|field| sharing.permits(*field, NOW)).collect();
        assert_eq!(card.shares, shared);
    }
}

#[test]
fn usual_items_are_those_bought_twice_most_often_first() {
    let bought: Vec<Bought> = (1..=30)
        .map(|times| example::bought(&format!("p{times:02}"), &(1..=times).rev().collect::<Vec<_>>()))
        .collect();
    let usual = usual_items(&bought);
    assert_eq!(usual.len(), MAX_USUAL_ITEMS);
    assert_eq!(usual[0].times, 30);
    assert_eq!(usual_items(&bought[..2]).len(), 1, "once is no habit");
}

#[test]
fn the_last_verdict_on_a_starter_is_shown() {
    let situation = careless();
    let starters = choose(&situation, &rules(), &FixedOrder, &[]);
    let id = starters[0].id();
    let verdicts = [(id.clone(), Verdict::NotNow), (id, Verdict::Used)];
    let sharing = example::everything();
    let card = Card::compose(example::guest(), &situation, true, &sharing, starters, &verdicts, None);
    let said: Vec<Option<Verdict>> = card.starters.iter().map(|(_, verdict)| *verdict).collect();
    assert_eq!(said, [Some(Verdict::Used), None, None]);
}

#[test]
fn a_customer_without_a_name_switch_has_no_name_anywhere() {
    let customer = Customer {
        sharing: Sharing { greet_by_name: false, ..example::everything() },
        ..example::customer()
    };
    let card = card(&careless(), &customer.sharing, true);
    assert_eq!(card.guest.name, None);
    assert!(!format!("{card:?}").contains("Camille"), "and it never prints");
}
