//! One associate, who finds everything wrong.

use shopbell_domain::{profile::Source, starter::Fact};

use super::*;
use crate::ranking::example::wished;

const KINDS: [StarterKind; 3] = [StarterKind::WishArrived, StarterKind::BackIn, StarterKind::CartLeft];

/// Wished for lately, here, and in the size that was chosen.
fn with_all(kind: StarterKind, source: Source) -> Starter {
    let stock =
        Fact::InStockHere { product: product("coat"), size: Some("38".to_owned()), quantity: 2, at: NOW };
    about(kind, "coat", vec![wished("coat", NOW, source), stock])
}

impl Shop {
    /// What is expected of a feature.
    fn weight(&self, name: &str) -> f64 {
        let at = features::names().iter().position(|known| known == name).unwrap();
        self.learned.model().weights.theta().as_slice()[at]
    }

    /// What is shared by all shops and all kinds is weighed as it was, but for a little, and a page's word is not worth more.
    fn has_kept_its_head(&self) {
        for (name, at_least) in [("fresh", 0.01), ("here", 0.0), ("fits", 0.0), ("vouched", 0.0)] {
            assert!(self.weight(name) > at_least, "{name}: {:?}", self.learned.model().weights.theta());
        }
        let [vouched, page] =
            [Source::Web, Source::Page].map(|source| self.worth(&with_all(KINDS[0], source)));
        assert!(vouched > page, "{vouched} and {page}");
    }

    /// One visit of each kind in turn, so many on each of so many days.
    async fn all_is_wrong(&self, days: u128, a_day: usize, at_once: bool) {
        for day in 0..days {
            if day > 0 {
                self.clock.advance(DAY);
            }
            for (visit, kind) in (0..).zip(KINDS.into_iter().cycle().take(a_day)) {
                let starter = with_all(kind, Source::Web);
                let tap = self.shown("c1", day * 100 + visit, &[starter], Some(Verdict::Wrong)).await;
                if at_once {
                    self.learner.remarked(&tap).await.unwrap();
                }
            }
        }
    }
}

#[tokio::test]
async fn sixty_wrongs_of_one_day_leave_what_all_shops_share() {
    let shop = Shop::with(&["c1"]).await;
    shop.all_is_wrong(1, 60, true).await;
    shop.has_kept_its_head();
    assert_eq!(shop.learned.model().learnt(), 10, "of one day no more count");
    let at_once = shop.worth(&with_all(KINDS[0], Source::Web));
    shop.learner.refit().await.unwrap();
    shop.has_kept_its_head();
    assert_eq!(shop.learned.model().learnt(), 10, "nor at night");
    assert!((shop.worth(&with_all(KINDS[0], Source::Web)) - at_once).abs() < 1e-9, "by the same rule");
}

#[tokio::test]
async fn a_refit_knows_who_has_taught_already() {
    let shop = Shop::with(&["c1"]).await;
    shop.all_is_wrong(1, 9, false).await;
    shop.learner.refit().await.unwrap();
    assert_eq!(shop.learned.model().learnt(), 9);
    for visit in 50..55 {
        let tap = shop.shown("c1", visit, &[coat()], Some(Verdict::Wrong)).await;
        shop.learner.remarked(&tap).await.unwrap();
    }
    assert_eq!(shop.learned.model().learnt(), 10, "a tap goes on where the night ended");
    shop.learner.refit().await.unwrap();
    assert_eq!(shop.learned.model().learnt(), 10);
}

#[tokio::test]
async fn a_season_of_wrongs_leaves_it_too() {
    let shop = Shop::with(&["c1"]).await;
    shop.all_is_wrong(30, 10, false).await;
    shop.learner.refit().await.unwrap();
    assert_eq!(shop.learned.model().learnt(), 300);
    shop.has_kept_its_head();
    assert!(shop.weight("suggestion") < -0.05, "it went into what all have in common");
}
