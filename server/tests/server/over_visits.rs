//! What is remembered of one guest from visit to visit: how much was suggested, and what did not fit.

use std::collections::BTreeSet;

use shopbell_domain::{
    catalogue::{Product, Stock},
    consent::SharingLevel,
    id::{CustomerId, PhoneId, ProductId},
    ports::{Change, Imports as _},
    profile::{Item, Source},
    showing::{Entry, Fate, Showings as _},
    time::Timestamp,
};
use shopbell_proto::floor::v1 as floor;
use shopbell_server::{
    config::Config,
    online::{Readings, make_views_anew},
};

use crate::world::{World, charter_file, config, lyon};

const DAY: u64 = 86_400;

/// One guest, again and again.
struct Guest {
    world: World,
    settings: Config,
    id: CustomerId,
    phone: PhoneId,
    visit: String,
    seen: BTreeSet<String>,
}

impl Guest {
    /// With a charter of these caps.
    async fn with_caps(name: &str, per_visit: usize, per_30_days: usize) -> Self {
        let caps = [
            ("holdout_share = 0.05", "holdout_share = 0".to_owned()),
            ("quiet_for = \"15s\"", "quiet_for = \"0s\"".to_owned()),
            ("per_visit = 6", format!("per_visit = {per_visit}")),
            ("per_30_days = 20", format!("per_30_days = {per_30_days}")),
        ];
        let lines: Vec<(&str, &str)> = caps.iter().map(|(line, other)| (*line, other.as_str())).collect();
        let file = charter_file(name, &lines);
        let settings = config(&[&format!("charter.file={}", file.display())]);
        let world = World::of(&settings).await;
        let (id, phone) = world.customer("Camille", SharingLevel::Wishes).await;
        Self { world, settings, id, phone, visit: String::new(), seen: BTreeSet::new() }
    }

    /// She has wished for something for a while that was here before, or is no more.
    async fn wishes(&self, product: &str, pieces: u32) {
        let product = ProductId::new(product).unwrap();
        let ago = |days| self.world.now() - std::time::Duration::from_secs(days * DAY);
        let at = ago(10);
        let item =
            Item { product: product.clone(), name: None, size: None, quantity: 1, at, source: Source::Web };
        let stock = Stock::new(None, pieces, ago(20));
        let changes = vec![
            Change::Product(Product::new(product.clone(), format!("Linen {product}"), "Clothes")),
            Change::Stock { store: lyon(), product, pieces: vec![stock] },
            Change::Wish { customer: self.id.clone(), item },
        ];
        self.world.store.apply(changes).await.unwrap();
        let store = &self.world.store;
        make_views_anew(store, store, &Readings::default(), |_| ()).await.unwrap();
    }

    /// She comes in, and Inès meets her.
    async fn comes(&mut self) -> floor::Card {
        let (mut tablet, _) = self.world.tablet("ines").await;
        self.world.agent("lyon-door").await.entered(&mut self.world, self.phone).await;
        self.visit = loop {
            if let floor::floor_delta::Change::Guest(row) = tablet.change().await
                && self.seen.insert(row.visit_id.clone())
            {
                break row.visit_id;
            }
        };
        let greeted = floor::SetGreetedRequest {
            visit_id: self.visit.clone(),
            greeted: true,
            language: "en".to_owned(),
        };
        self.world.floor("ines").await.set_greeted(greeted).await.unwrap().into_inner().card.unwrap()
    }

    /// So many days go by; the server is started anew, as by an update.
    async fn later(self, days: u64) -> Self {
        let Self { world, settings, id, phone, visit, seen } = self;
        world.pass(days * DAY);
        let world = world.restart_with(&settings).await;
        Self { world, settings, id, phone, visit, seen }
    }

    async fn says(&self, starter: &str, feedback: floor::StarterFeedback) {
        let request = floor::SetFeedbackRequest {
            visit_id: self.visit.clone(),
            starter_id: starter.to_owned(),
            feedback: feedback.into(),
        };
        self.world.floor("ines").await.set_feedback(request).await.unwrap();
    }

    /// Why the last card did not hold a starter, as the log has it; `None` where it was shown or no candidate.
    async fn why_not(&self, starter: &str) -> Option<String> {
        let log = self.world.store.log_of(&self.id, Timestamp::EPOCH, usize::MAX).await.unwrap();
        let last = log.into_iter().rev().find_map(|entry| match entry {
            Entry::Showing(showing) => Some(showing),
            Entry::Remark(_) => None,
        });
        let of_it = last?.candidates.into_iter().find(|one| one.id == starter)?;
        match of_it.fate {
            Fate::Shown { .. } => None,
            Fate::Suppressed { rule } => Some(rule),
        }
    }

    /// The visits of which the log tells anything.
    async fn visits_in_log(&self) -> BTreeSet<String> {
        let log = self.world.store.log_of(&self.id, Timestamp::EPOCH, usize::MAX).await.unwrap();
        let visits = log.iter().map(|entry| match entry {
            Entry::Showing(showing) => showing.visit.to_string(),
            Entry::Remark(remark) => remark.visit.to_string(),
        });
        visits.collect()
    }

    /// Of how many showings the ranking has learnt, once it has since the start.
    async fn learnt(&self) -> u32 {
        let metrics = self.world.server.metrics();
        let learnt = async || {
            let text = metrics.text();
            let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            let since = value("shopbell_ranking_fitted_seconds").is_some_and(|at| at != "0");
            value("shopbell_ranking_learnt").filter(|_| since)?.parse().ok()
        };
        self.world.eventually("the ranking is learnt", learnt).await
    }

    fn counted(&self, rule: &str) -> Option<String> {
        let line = format!("shopbell_starters_suppressed_total{{rule=\"{rule}\"}} ");
        let text = self.world.server.metrics().text();
        text.lines().find_map(|all| Some(all.strip_prefix(&line)?.to_owned()))
    }
}

fn ids(card: &floor::Card) -> BTreeSet<&str> {
    card.starters.iter().map(|one| one.id.as_str()).collect()
}

#[tokio::test]
async fn when_a_month_is_full_only_a_hello_is_left_until_thirty_days_are_over() {
    let mut guest = Guest::with_caps("month-full", 2, 2).await;
    assert_eq!(
        ids(&guest.comes().await),
        BTreeSet::from(["hello"]),
        "a hello suggests nothing, and takes no room"
    );
    let mut guest = guest.later(1).await;
    for product in ["coat", "scarf"] {
        guest.wishes(product, 2).await;
    }
    assert_eq!(ids(&guest.comes().await), BTreeSet::from(["wish-arrived/coat", "wish-arrived/scarf"]));

    let mut guest = guest.later(5).await;
    for product in ["coat", "scarf"] {
        guest.wishes(product, 0).await;
    }
    guest.wishes("shawl", 2).await;
    assert_eq!(ids(&guest.comes().await), BTreeSet::from(["hello"]));
    assert_eq!(guest.why_not("wish-arrived/shawl").await.as_deref(), Some("MonthCap"));
    assert_eq!(guest.counted("MonthCap").as_deref(), Some("1"));

    let mut guest = guest.later(24).await;
    assert_eq!(ids(&guest.comes().await), BTreeSet::from(["hello"]), "29 days after");
    let mut guest = guest.later(1).await;
    guest.wishes("shawl", 2).await;
    assert_eq!(ids(&guest.comes().await), BTreeSet::from(["wish-arrived/shawl"]));
}

#[tokio::test]
async fn what_did_not_fit_in_two_visits_is_held_back_for_ninety_days_and_what_was_wrong_for_a_year() {
    for (name, feedback, visits, why, days) in [
        ("twice", floor::StarterFeedback::NotNow, 2, "DeclinedTwice", 90),
        ("wrong", floor::StarterFeedback::Wrong, 1, "Wrong", 365),
    ] {
        let mut guest = Guest::with_caps(name, 6, 20).await;
        for visit in 0..visits {
            guest.wishes("coat", 2).await;
            assert!(ids(&guest.comes().await).contains("wish-arrived/coat"), "{name}: visit {visit}");
            guest.says("wish-arrived/coat", feedback).await;
            guest = guest.later(1).await;
        }
        guest.wishes("coat", 2).await;
        assert_eq!(ids(&guest.comes().await), BTreeSet::from(["hello"]), "{name}");
        assert_eq!(guest.why_not("wish-arrived/coat").await.as_deref(), Some(why));
        assert_eq!(guest.counted(why).as_deref(), Some("1"), "{name}");

        // One day less than it is held back for.
        let mut guest = guest.later(days - 2).await;
        guest.wishes("coat", 2).await;
        assert_eq!(ids(&guest.comes().await), BTreeSet::from(["hello"]), "{name} after {} days", days - 1);
        let mut guest = guest.later(1).await;
        guest.wishes("coat", 2).await;
        assert!(ids(&guest.comes().await).contains("wish-arrived/coat"), "{name} after {days} days");
    }
}

#[tokio::test]
async fn what_was_shown_thirteen_months_ago_is_deleted_and_unlearnt_and_what_is_younger_stays() {
    let mut guest = Guest::with_caps("old-showings", 6, 20).await;
    guest.wishes("coat", 2).await;
    guest.comes().await;
    guest.says("wish-arrived/coat", floor::StarterFeedback::Used).await;
    let mut guest = guest.later(300).await;
    guest.wishes("scarf", 2).await;
    guest.comes().await;
    guest.says("wish-arrived/scarf", floor::StarterFeedback::Used).await;
    let young = guest.visit.clone();

    let guest = guest.later(95).await;
    let learnt_before = guest.learnt().await;
    assert_eq!(guest.visits_in_log().await.len(), 2, "395 days");
    let guest = guest.later(2).await;
    let ended = async || (guest.visits_in_log().await == BTreeSet::from([young.clone()])).then_some(());
    guest.world.eventually("the older visit is out of the log", ended).await;
    // The next night, or start, learns from what is left.
    let guest = guest.later(0).await;
    let learnt = guest.learnt().await;
    assert!(0 < learnt && learnt < learnt_before, "{learnt} of {learnt_before}");
    assert_eq!(guest.visits_in_log().await, BTreeSet::from([young]), "what was said of it, too");
}
