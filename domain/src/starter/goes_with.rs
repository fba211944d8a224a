//! Something in this shop goes with what the customer owns.
//!
//! What goes with what is told by what many bought: a pairing of a few people could tell of one of them, and is not used.

use std::collections::BTreeSet;

use super::{
    Fact, Rule, Starter, StarterKind,
    fit::{in_stock_here, piece_that_fits},
};
use crate::{
    catalogue::Stock,
    id::ProductId,
    profile::Bought,
    situation::{Pairing, Situation},
    time::Timestamp,
};

/// Fewest people whose purchases make a pairing.
pub const FEWEST_PEOPLE: u32 = 20;

/// Proposes what goes with something that was bought, is here in a size that fits, and which the customer neither owns nor
/// wants already; in the order in which they are told, which is the likeliest first.
#[derive(Debug, Clone, Copy)]
pub struct GoesWith;

impl Rule for GoesWith {
    fn propose(&self, situation: &Situation) -> Vec<Starter> {
        let pairings = situation.goes_with.iter().filter(|pairing| pairing.people >= FEWEST_PEOPLE);
        let mut told = BTreeSet::new();
        pairings
            .filter(|pairing| pairing.product != pairing.with && is_new(&pairing.product, situation))
            .filter_map(|pairing| {
                let owned = situation.known.bought.iter().find(|bought| bought.product == pairing.with)?;
                let piece = piece_that_fits(&pairing.product, None, situation)?;
                told.insert(&pairing.product).then(|| starter(pairing, owned, &piece, situation.now))
            })
            .collect()
    }
}

/// Whether the customer neither has it nor put it on a list, as far as that is known.
fn is_new(product: &ProductId, situation: &Situation) -> bool {
    let mut listed = situation.known.wish_list.iter().chain(&situation.known.cart);
    !listed.any(|item| item.product == *product) && !situation.bought_since(product, Timestamp::EPOCH)
}

fn starter(pairing: &Pairing, owned: &Bought, piece: &Stock, now: Timestamp) -> Starter {
    let product = pairing.product.clone();
    let goes_with = Fact::GoesWith {
        product: product.clone(),
        with: pairing.with.clone(),
        people: pairing.people,
        at: now,
    };
    let owns = Fact::Owns { product: pairing.with.clone(), at: owned.last, source: owned.source };
    let here = in_stock_here(&product, piece);
    Starter {
        kind: StarterKind::GoesWith,
        product: Some(product),
        thing: None,
        facts: vec![goes_with, owns, here],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        example::{self, NOW, bought, days_ago, item, product, shelf},
        profile::{Profile, Size, Source},
        situation::{Around, Shelf},
    };

    fn pairing(id: &str, with: &str, people: u32, strength: f64) -> Pairing {
        Pairing { product: product(id), with: product(with), people, strength }
    }

    fn shelves() -> BTreeMap<ProductId, Shelf> {
        BTreeMap::from([
            shelf("soap", "Care", &[(None, 9)]),
            shelf("dish", "Care", &[(None, 2)]),
            shelf("brush", "Care", &[(None, 0)]),
            shelf("boots", "Shoes", &[(Some("40"), 1)]),
        ])
    }

    fn proposed(profile: Profile, goes_with: Vec<Pairing>) -> Vec<String> {
        let around = Around { goes_with, ..Around::of(shelves()) };
        let profile = Profile { bought: vec![bought("soap", &[30])], ..profile };
        let situation =
            Situation::gather(NOW, &example::visit(), &example::customer(), &profile, around, true);
        GoesWith.propose(&situation).iter().map(Starter::id).collect()
    }

    #[test]
    fn what_goes_with_something_owned_and_is_here_is_proposed_the_likeliest_first() {
        let pairings = || {
            vec![
                pairing("boots", "soap", 40, 0.1),
                pairing("dish", "soap", 20, 0.2),
                pairing("dish", "soap", 50, 0.9),
                pairing("brush", "soap", 90, 1.0),
                pairing("soap", "soap", 90, 1.0),
                pairing("boots", "coat", 90, 1.0),
            ]
        };
        let none = Profile::default;
        assert_eq!(proposed(none(), pairings()), ["goes-with/boots", "goes-with/dish"]);
        let sizes =
            vec![Size { of: "shoes".into(), size: "38".into(), at: days_ago(9), source: Source::Customer }];
        assert_eq!(proposed(Profile { sizes, ..none() }, pairings()), ["goes-with/dish"]);
        assert_eq!(proposed(none(), vec![pairing("dish", "soap", 19, 1.0)]), [""; 0], "a few could be told");
    }

    #[test]
    fn what_is_owned_or_wanted_already_is_nothing_new() {
        let pairings = || vec![pairing("dish", "soap", 99, 1.0)];
        let dish = || vec![item("dish", None, days_ago(400))];
        assert_eq!(proposed(Profile { wish_list: dish(), ..Profile::default() }, pairings()), [""; 0]);
        assert_eq!(proposed(Profile { cart: dish(), ..Profile::default() }, pairings()), [""; 0]);
        let mut owner = Profile { orders: example::profile().orders, ..Profile::default() };
        owner.orders[0].lines[0].product = product("dish");
        assert_eq!(proposed(owner, pairings()), [""; 0]);
    }
}
