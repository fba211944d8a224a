use shopbell_domain::{
    charter::Charter,
    consent::SharingLevel,
    profile::Source,
    starter::{Place, Rule, StarterKind, choose},
};
use shopbell_insight::bandit::best;

use super::*;
use crate::ranking::example::{NOW, about, bare, situation, wished};

fn three(scores: &[f64]) -> Vec<usize> {
    best(scores, 3)
}

#[test]
fn with_the_prior_alone_kinds_stand_in_their_usual_order() {
    let learned = Learned::new(0.0).unwrap();
    let candidates = StarterKind::ALL.map(bare);
    let drawn = learned.draw(&situation(SharingLevel::Browsing, 1), &candidates, &|scores| {
        best(scores, StarterKind::ALL.len())
    });
    let shown: Vec<usize> = drawn.slots.iter().map(|slot| slot.candidate).collect();
    assert_eq!(shown, (0..StarterKind::ALL.len()).collect::<Vec<_>>());
    assert!(drawn.slots.iter().all(|slot| (slot.here, slot.anywhere) == (1.0, 1.0)), "nothing is risked");
}

#[test]
fn a_card_does_not_change_by_chance_while_a_visit_lasts() {
    let learned = Learned::new(WIDTH).unwrap();
    let candidates: Vec<Starter> =
        StarterKind::ALL.into_iter().filter(|kind| kind.place() == Place::Weighed).map(bare).collect();
    let of = |visit| learned.draw(&situation(SharingLevel::Browsing, visit), &candidates, &three);
    assert_eq!(of(1), of(1));
    let first: std::collections::BTreeSet<usize> =
        (0..50).map(|visit| of(visit << 70).slots[0].candidate).collect();
    assert!(first.len() > 1, "over visits, something else is tried now and then: {first:?}");
}

#[test]
fn the_slots_are_those_of_the_scores_and_each_has_its_chance() {
    let learned = Learned::new(WIDTH).unwrap();
    let candidates = StarterKind::ALL.map(bare);
    for visit in 0..20 {
        let drawn = learned.draw(&situation(SharingLevel::Browsing, visit), &candidates, &three);
        let shown: Vec<usize> = drawn.slots.iter().map(|slot| slot.candidate).collect();
        assert_eq!(shown, three(&drawn.scores), "what is kept is what was drawn");
        assert_eq!((drawn.model, drawn.seed), (learned.model().number(), seed(VisitId(visit))));
        assert!(drawn.slots.iter().all(|slot| slot.here > 0.0 && slot.anywhere >= slot.here));
        assert!(drawn.features.iter().all(|numbers| numbers.len() == features::COUNT));
    }
}

/// It goes through the rules' own choice, too.
#[test]
fn the_domain_takes_it_for_a_ranker() {
    struct Two;
    impl Rule for Two {
        fn propose(&self, _: &Situation) -> Vec<Starter> {
            vec![bare(StarterKind::WelcomeBack), bare(StarterKind::Promise)]
        }
    }
    let learned = Learned::new(0.0).unwrap();
    let rules: Vec<Box<dyn Rule>> = vec![Box::new(Two)];
    let choice = choose(&situation(SharingLevel::Browsing, 1), &rules, &learned, &Charter::default());
    let kinds: Vec<StarterKind> = choice.shown().map(|starter| starter.kind).collect();
    assert_eq!(kinds, [StarterKind::Promise, StarterKind::WelcomeBack]);
}

#[test]
fn two_hundred_taps_outvote_the_prior() {
    let learned = Learned::new(0.0).unwrap();
    let here = situation(SharingLevel::Browsing, 1);
    let candidates = [bare(StarterKind::WishArrived), bare(StarterKind::Story)];
    let first = |learned: &Learned| learned.draw(&here, &candidates, &three).slots[0].candidate;
    assert_eq!(first(&learned), 0);
    let mut model = (*learned.model()).clone();
    for (candidate, reward) in [(0, 0.1), (1, 0.5)] {
        let numbers = features::numbers(&here, &candidates[candidate], &model.shops);
        for _ in 0..100 {
            model.weights.observe(&numbers, reward).unwrap();
        }
    }
    learned.swap(model);
    assert_eq!(first(&learned), 1);
}

#[test]
fn grounds_are_words_and_add_up() {
    let learned = Learned::new(0.0).unwrap();
    let here = situation(SharingLevel::Browsing, 1);
    let starter = about(StarterKind::WishArrived, "coat", vec![wished("coat", NOW, Source::Web)]);
    let drawn = learned.draw(&here, std::slice::from_ref(&starter), &three);
    let grounds = Model::grounds(drawn.model, &drawn.weights, &drawn.features[0]);
    assert_eq!(grounds[0].0, "what wish-arrived is worth by itself");
    assert_eq!(grounds[1].0, "how lately the customer did it");
    let sum: f64 = grounds.iter().map(|(_, adds, _)| adds).sum();
    assert!((sum - drawn.scores[0]).abs() < 1e-12);
}

/// Lessons that all went wrong, whole ones, of whomever.
fn taught_wrong(starter: &Starter, lessons: usize) -> Learned {
    let learned = Learned::new(WIDTH).unwrap();
    let mut model = (*learned.model()).clone();
    let numbers = features::numbers(&situation(SharingLevel::Browsing, 1), starter, &model.shops);
    for _ in 0..lessons {
        model.weights.observe(&numbers, 0.0).unwrap();
    }
    learned.swap(model);
    learned
}

#[test]
fn a_page_s_word_is_never_put_above_a_believed_one() {
    let wish = |source| about(StarterKind::WishArrived, "coat", vec![wished("coat", NOW, source)]);
    let candidates = [wish(Source::Page), wish(Source::Web)];
    let here = |visit| situation(SharingLevel::Browsing, visit);
    let mut learned = taught_wrong(&candidates[1], 50);
    // As far as it could go: against what the retailer says and for what pages say.
    let mut model = (*learned.model()).clone();
    let [page, believed] = [0, 1].map(|at| features::numbers(&here(1), &candidates[at], &model.shops));
    for _ in 0..300 {
        model.weights.observe(&page, 1.0).unwrap();
        model.weights.observe(&believed, 0.0).unwrap();
    }
    assert!(model.weights.theta().score(&page) > model.weights.theta().score(&believed) + 0.1);
    learned.swap(model);
    for width in [0.0, WIDTH] {
        learned.width = width;
        for visit in 0..100 {
            let drawn = learned.draw(&here(visit << 70), &candidates, &three);
            assert!(drawn.scores[1] >= drawn.scores[0], "{:?}", drawn.scores);
        }
    }
    let model = learned.model();
    let grounds = Model::grounds(model.number(), &model.scored(model.weights.theta().as_slice()), &believed);
    assert!(grounds.iter().all(|(words, ..)| !words.contains("page")), "it adds nothing: {grounds:?}");
    let sum: f64 = grounds.iter().map(|(_, adds, _)| adds).sum();
    learned.width = 0.0;
    let drawn = learned.draw(&here(1), &candidates, &three);
    assert!((sum - drawn.scores[1]).abs() < 1e-12, "grounds are those of the score");
}

#[test]
fn what_all_lessons_have_in_common_is_not_held_against_what_some_share() {
    let starter = about(StarterKind::WishArrived, "coat", vec![wished("coat", NOW, Source::Web)]);
    let model = taught_wrong(&starter, 60).model();
    let weight = |name: &str| {
        let at = features::names().iter().position(|known| known == name).unwrap();
        model.weights.theta().as_slice()[at]
    };
    assert!(weight("vouched") > 0.0 && weight("fresh") > 0.01 && weight("suggestion") < -0.05);
}

#[test]
fn a_model_of_other_features_is_told_by_its_number() {
    let model = Model::believed().unwrap();
    assert!(Model::same_features(model.number()) && !Model::same_features(model.number() ^ 1 << 40));
    assert_eq!(seed(VisitId(7)), seed(VisitId(7)));
    assert_ne!(seed(VisitId(7)), seed(VisitId(7 << 64)));
}
