//! Nothing is a good answer: when cards come to say hello and no more, and where.

use shopbell_domain::{
    charter::Charter,
    id::StoreId,
    profile::Source,
    situation::Situation,
    starter::{Fact, Ranker as _, Rule, choose},
};

use super::*;
use crate::ranking::{
    example::{self, situation, wished},
    features::numbers,
};

/// Wished for lately, here, and in the size that was chosen: most of what speaks for a suggestion.
fn strong() -> Starter {
    let stock =
        Fact::InStockHere { product: product("coat"), size: Some("38".to_owned()), quantity: 2, at: NOW };
    about(StarterKind::WishArrived, "coat", vec![wished("coat", NOW, Source::Web), stock])
}

struct Coat;

impl Rule for Coat {
    fn propose(&self, _: &Situation) -> Vec<Starter> {
        vec![
            Starter { product: None, thing: Some("coat".to_owned()), facts: vec![], ..strong() },
            bare(StarterKind::Hello),
        ]
    }
}

fn in_shop(store: &str) -> Situation {
    Situation { store: StoreId::new(store).unwrap(), ..situation(SharingLevel::Browsing, 1) }
}

impl Shop {
    async fn visited(&self, visit: u128, associate: &str, verdict: Verdict) {
        self.visited_in("lyon", visit, associate, verdict).await;
    }

    /// A visit in a shop in which a starter was said to be so, by somebody of the shop.
    async fn visited_in(&self, store: &str, visit: u128, associate: &str, verdict: Verdict) {
        let (at, here) = (self.clock.now(), in_shop(store));
        let mut card = card("c1", VisitId::new(at, visit), at, &[strong()]);
        card.store = here.store.clone();
        card.candidates[0].features = numbers(&here, &strong(), &self.learned.model().shops);
        let mut tap = said(&card, &strong(), Some(verdict), at);
        tap.associate = AssociateId::new(associate).unwrap();
        let entries = vec![Entry::Showing(Box::new(card)), Entry::Remark(tap.clone())];
        self.store.log(entries).await.unwrap();
        self.learner.remarked(&tap).await.unwrap();
    }

    /// What it is expected to be worth in a shop, as it scores, and what is added by what any suggestion is worth.
    fn expected(&self, store: &str) -> (f64, f64) {
        let model = self.learned.model();
        let grounds = model.parts(&numbers(&in_shop(store), &strong(), &model.shops));
        let of_any = grounds.iter().find(|(words, ..)| words.starts_with("what any suggestion"));
        (grounds.iter().map(|(_, adds, _)| adds).sum(), of_any.map_or(0.0, |(_, adds, _)| *adds))
    }

    /// What a card of a shop says, without chance, with the grounds of the strong one.
    fn says_hello_only(&self, store: &str) -> bool {
        let sure = Learned::new(0.0).unwrap();
        sure.swap((*self.learned.model()).clone());
        let rules: Vec<Box<dyn Rule>> = vec![Box::new(Coat)];
        let choice = choose(&in_shop(store), &rules, &sure, &Charter::default());
        choice.shown().all(|starter| starter.kind == StarterKind::Hello)
    }
}

const HELLO: f64 = 0.17;

/// The numbers of docs/learning.md, which are rounded.
#[tokio::test]
async fn one_word_moves_little_and_a_long_run_of_refusals_silences_the_shop_that_refuses_alone() {
    let shop = Shop::with(&["c1"]).await;
    assert!((shop.expected("lyon").0 - 0.60).abs() < 0.005, "{:?}", shop.expected("lyon"));
    let mut first = None;
    for visit in 1..=25 {
        if visit % 10 == 1 && visit > 1 {
            shop.clock.advance(DAY);
        }
        shop.visited(visit, "ines", Verdict::Wrong).await;
        let (here, elsewhere) = (shop.expected("lyon"), shop.expected("nice"));
        println!(
            "after {visit}: {here:.3?} here, {elsewhere:.3?} elsewhere, {}",
            shop.says_hello_only("lyon")
        );
        if here.0 < HELLO {
            first.get_or_insert(visit);
        }
        assert!(!shop.says_hello_only("nice"), "one associate does not silence another shop");
        match visit {
            1 => assert!(here.0 > 0.51 && elsewhere.0 > 0.56 && here.1.abs() < 0.005),
            5 => assert!(here.0 > 0.36 && elsewhere.0 > 0.54 && here.1.abs() < 0.01),
            25 => assert!(here.0 < HELLO && here.1.abs() < 0.05 && elsewhere.0 > 0.5),
            _ => {}
        }
    }
    assert!(first.is_some_and(|first| (12..=25).contains(&first)), "{first:?}");
    // At night it is as it was by day.
    let by_day = [shop.expected("lyon"), shop.expected("nice")];
    shop.learner.refit().await.unwrap();
    for (night, day) in [shop.expected("lyon"), shop.expected("nice")].iter().zip(by_day) {
        assert!((night.0 - day.0).abs() < 0.01, "{night:?} and {day:?}");
    }
}

#[tokio::test]
async fn twenty_five_that_helped_raise_a_shop_and_hardly_the_others() {
    let shop = Shop::with(&["c1"]).await;
    let before = shop.expected("nice").0;
    for visit in 1..=25 {
        if visit % 10 == 1 && visit > 1 {
            shop.clock.advance(DAY);
        }
        shop.visited(visit, "ines", Verdict::Helpful).await;
    }
    println!(
        "after 25 that helped: {:.3?} here, {:.3?} elsewhere",
        shop.expected("lyon"),
        shop.expected("nice")
    );
    assert!(shop.expected("nice").0 - before < 0.1 && shop.expected("lyon").0 > before);
}

/// All that one person may ever teach, of the strongest there is.
#[tokio::test]
async fn no_associate_silences_all_shops_however_long_they_go_on() {
    let shop = Shop::with(&["c1"]).await;
    for visit in 0..400 {
        if visit % 10 == 0 && visit > 0 {
            shop.clock.advance(DAY);
        }
        shop.visited(visit, "ines", Verdict::Wrong).await;
    }
    println!("after 400 of one: {:.3?} here, {:.3?} elsewhere", shop.expected("lyon"), shop.expected("nice"));
    assert!(shop.says_hello_only("lyon") && !shop.says_hello_only("nice"));
    assert!(shop.expected("nice").0 > 0.45);
}

/// What sixty say in sixty shops is believed of those where nobody said anything, too.
#[tokio::test]
async fn what_many_shops_say_alike_is_believed_of_the_others() {
    let shop = Shop::with(&["c1"]).await;
    for visit in 0..600 {
        let of = visit % 60;
        shop.visited_in(&format!("shop-{of}"), visit, &format!("of-{of}"), Verdict::Wrong).await;
    }
    let (here, elsewhere) = (shop.expected("shop-1"), shop.expected("nice"));
    println!("after 600 of sixty: {here:.3?} here, {elsewhere:.3?} elsewhere");
    assert!(elsewhere.1 < -0.1, "{elsewhere:?}");
    assert!(shop.says_hello_only("shop-1"));
}

#[tokio::test]
async fn a_hello_is_never_learnt() {
    let shop = Shop::with(&["c1"]).await;
    let hello = bare(StarterKind::Hello);
    for visit in 0..10 {
        let tap = shop.shown("c1", visit, std::slice::from_ref(&hello), Some(Verdict::Wrong)).await;
        shop.learner.remarked(&tap).await.unwrap();
    }
    shop.learner.refit().await.unwrap();
    assert_eq!(shop.learned.model().learnt(), 0);
    for visit in 0..20 {
        shop.visited(visit, "ines", Verdict::Wrong).await;
    }
    let here = example::situation(SharingLevel::Browsing, 1);
    for width in [0.0, WIDTH] {
        let learned = Learned::new(width).unwrap();
        learned.swap((*shop.learned.model()).clone());
        let drawn = learned.draw(&here, std::slice::from_ref(&hello), &|scores| (0..scores.len()).collect());
        assert!(
            (drawn.scores[0] - HELLO).abs() < 1e-12 && (learned.worth_of_a_hello() - HELLO).abs() < 1e-12
        );
    }
}
