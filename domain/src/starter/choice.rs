//! The choice among the candidates of all rules.
//!
//! 1. Every rule proposes; the charter, and what became of earlier showings, take candidates away.
//! 2. The ranker scores what is left, and calls [`select`] with scores as often as it likes: once to choose, and again to
//!    tell how likely each choice was.
//! 3. What is not shown keeps the reason. Nothing is lost on the way, so that a card can be explained.

use std::collections::{BTreeMap, BTreeSet};

use super::{Place, Rule, Starter, StarterKind, Verdict};
use crate::{
    charter::{Charter, Room, Suppression},
    holdout::Arm,
    id::ProductId,
    situation::Situation,
};

/// Most starters on a card: more are not read in two seconds.
pub const MAX_STARTERS: usize = 3;

/// One of the candidates in a slot of a card.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Slot {
    /// Its place among the candidates.
    pub candidate: usize,
    /// How likely this candidate was in this slot.
    pub here: f64,
    /// How likely it was in any slot.
    pub anywhere: f64,
}

/// What a ranker made of candidates.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Drawn {
    /// What each candidate is worth here.
    pub scores: Vec<f64>,
    /// The numbers by which each was weighed; empty where there are none.
    pub features: Vec<Vec<f64>>,
    /// What each of these numbers is expected to be worth; empty where there are none.
    pub weights: Vec<f64>,
    /// What is shown, from the first slot on.
    pub slots: Vec<Slot>,
    /// What ranked: a fingerprint; 0 for what never changes.
    pub model: u64,
    /// The seed of the draw; 0 where nothing is drawn.
    pub seed: u64,
}

/// Weighs candidates. The seam where learning comes in: a ranker sees candidates and can neither make nor change one.
pub trait Ranker: Send + Sync {
    /// Scores all of them. `select` names the places of what is shown from the scores of all, best first; the slots are
    /// what it says of one draw of scores.
    fn draw(
        &self,
        situation: &Situation,
        candidates: &[Starter],
        select: &dyn Fn(&[f64]) -> Vec<usize>,
    ) -> Drawn;

    /// What only to say hello is worth, in the measure of the scores: what is worth less is not said, whether or not a hello is
    /// among the candidates. That of a ranker who weighs nothing: everything is worth saying.
    fn worth_of_a_hello(&self) -> f64 {
        f64::NEG_INFINITY
    }
}

/// The same order of kinds for everybody, as [`StarterKind::ALL`] has it.
#[derive(Debug, Clone, Copy)]
pub struct FixedOrder;

impl Ranker for FixedOrder {
    fn draw(
        &self,
        _situation: &Situation,
        candidates: &[Starter],
        select: &dyn Fn(&[f64]) -> Vec<usize>,
    ) -> Drawn {
        // Two hundred kinds would still leave the numbers exact.
        let score = |starter: &Starter| -f64::from(starter.kind as u8);
        let scores: Vec<f64> = candidates.iter().map(score).collect();
        let slot = |candidate| Slot { candidate, here: 1.0, anywhere: 1.0 };
        Drawn { slots: select(&scores).into_iter().map(slot).collect(), scores, ..Drawn::default() }
    }
}

/// What became of a candidate.
#[derive(Debug, Clone, PartialEq)]
pub enum Fate {
    /// It is shown.
    Shown {
        /// In which slot, from 0.
        slot: usize,
        /// How likely it was there.
        here: f64,
        /// How likely it was in any slot.
        anywhere: f64,
    },
    /// It is not.
    Suppressed(Suppression),
}

/// A candidate, what it was worth, and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Considered {
    /// The candidate.
    pub starter: Starter,
    /// What the ranker made of it; `None` where it never came to be weighed.
    pub score: Option<f64>,
    /// The numbers by which it was weighed.
    pub features: Vec<f64>,
    /// What became of it.
    pub fate: Fate,
}

/// All candidates: those that are shown first, best first, then the others.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Choice {
    /// Each once.
    pub considered: Vec<Considered>,
    /// By what they were weighed, [`Drawn::weights`].
    pub weights: Vec<f64>,
    /// What ranked, [`Drawn::model`].
    pub model: u64,
    /// The seed of its draw.
    pub seed: u64,
}

impl Choice {
    /// What is shown, best first.
    pub fn shown(&self) -> impl Iterator<Item = &Starter> {
        let shown = |one: &&Considered| matches!(one.fate, Fate::Shown { .. });
        self.considered.iter().filter(shown).map(|one| &one.starter)
    }

    /// The other candidates, each with the reason.
    pub fn suppressed(&self) -> impl Iterator<Item = (&Starter, &Suppression)> {
        self.considered.iter().filter_map(|one| match &one.fate {
            Fate::Suppressed(why) => Some((&one.starter, why)),
            Fate::Shown { .. } => None,
        })
    }
}

/// What to show: at most [`MAX_STARTERS`], or as many as the charter allows.
///
/// What did not fit this moment is gone for the visit; what was used stays as long as it is true.
pub fn choose(
    situation: &Situation,
    rules: &[Box<dyn Rule>],
    ranker: &dyn Ranker,
    charter: &Charter,
) -> Choice {
    let (mut candidates, mut suppressed) = (Vec::new(), Vec::new());
    for candidate in rules.iter().flat_map(|rule| rule.propose(situation)) {
        match judge(situation, charter, &candidate) {
            Ok(()) => candidates.push(candidate),
            Err(why) => suppressed.push((candidate, why)),
        }
    }
    give_way_to_news(&mut candidates, &mut suppressed);
    let (at_most, mut room) = (charter.at_most(), charter.room(situation));
    let least = ranker.worth_of_a_hello();
    let chosen = |scores: &[f64]| select(&candidates, scores, at_most, &room, least);
    let drawn = ranker.draw(situation, &candidates, &chosen);
    let shown: Vec<&Starter> = drawn.slots.iter().filter_map(|slot| candidates.get(slot.candidate)).collect();
    for starter in &shown {
        // What was chosen had room.
        let _ = room.take(starter);
    }
    let why_not_shown = |starter: &Starter, score: Option<f64>| match room.clone().take(starter) {
        Err(capped) if shown.len() < at_most => capped,
        _ if is_worth_less(starter, score, least) => Suppression::LessThanHello,
        _ => why_not_shown(starter, &shown),
    };
    let mut considered = Vec::with_capacity(candidates.len() + suppressed.len());
    for (place, starter) in candidates.iter().enumerate() {
        let at = drawn.slots.iter().enumerate().find(|(_, slot)| slot.candidate == place);
        let score = drawn.scores.get(place).copied();
        let fate = match at {
            Some((slot, Slot { here, anywhere, .. })) => {
                Fate::Shown { slot, here: *here, anywhere: *anywhere }
            }
            None => Fate::Suppressed(why_not_shown(starter, score)),
        };
        let features = drawn.features.get(place).cloned().unwrap_or_default();
        considered.push(Considered { starter: starter.clone(), score, features, fate });
    }
    considered.sort_by_key(|one| match one.fate {
        Fate::Shown { slot, .. } => slot,
        Fate::Suppressed(_) => usize::MAX,
    });
    considered.extend(suppressed.into_iter().map(|(starter, why)| Considered {
        starter,
        score: None,
        features: Vec::new(),
        fate: Fate::Suppressed(why),
    }));
    Choice { considered, weights: drawn.weights, model: drawn.model, seed: drawn.seed }
}

/// Of a product of which the shop has news (it costs less, it came in), that it is here says less.
fn give_way_to_news(candidates: &mut Vec<Starter>, suppressed: &mut Vec<(Starter, Suppression)>) {
    let news: BTreeSet<ProductId> =
        candidates.iter().filter(|one| one.kind.is_news()).filter_map(|one| one.product.clone()).collect();
    let gives_way = |one: &mut Starter| {
        one.kind.gives_way_to_news() && one.product.as_ref().is_some_and(|product| news.contains(product))
    };
    let old = candidates.extract_if(.., gives_way).map(|one| (one, Suppression::SameProduct));
    suppressed.extend(old);
}

fn judge(situation: &Situation, charter: &Charter, candidate: &Starter) -> Result<(), Suppression> {
    charter.judge(situation, candidate)?;
    let ended = |product: &ProductId| {
        let ended = situation.shelves.get(product).and_then(|shelf| shelf.product.ended);
        ended.is_some_and(|ended| ended <= situation.now)
    };
    if candidate.product.as_ref().is_some_and(ended) {
        return Err(Suppression::NoLongerSold);
    }
    if is_declined(situation, candidate) {
        return Err(Suppression::Declined);
    }
    if candidate.kind.answers() {
        return Ok(());
    }
    if let Some(why) = situation.past.refuses(candidate, situation.now) {
        return Err(why);
    }
    // A hello suggests nothing, and is left to them: their cards look like those of others for whom nothing is worth saying.
    if situation.arm == Arm::Holdout && candidate.kind.place() != Place::Alone {
        return Err(Suppression::Holdout);
    }
    match situation.moment {
        Some(moment) if !moment.lets(candidate.kind) => Err(Suppression::NotYet),
        _ => Ok(()),
    }
}

/// Whether the last word on it in this visit was no. Who was told of a product at the wrong moment is told nothing else of
/// it either: the same coat in other words is the same coat.
fn is_declined(situation: &Situation, candidate: &Starter) -> bool {
    let about = |id: &str| match &candidate.product {
        Some(product) if id.split_once('/').is_some_and(|(_, of)| of == product.as_str()) => true,
        _ => id == candidate.id(),
    };
    let mut last: BTreeMap<&str, Verdict> = BTreeMap::new();
    last.extend(situation.verdicts.iter().map(|(id, verdict)| (id.as_str(), *verdict)));
    last.into_iter().any(|(id, verdict)| about(id) && matches!(verdict, Verdict::NotNow | Verdict::Wrong))
}

/// What is worth less than a hello is not said: nothing is a good answer.
fn is_worth_less(starter: &Starter, score: Option<f64>, least: f64) -> bool {
    starter.kind.place() == Place::Weighed && score.unwrap_or(f64::NEG_INFINITY) < least
}

fn why_not_shown(starter: &Starter, shown: &[&Starter]) -> Suppression {
    let same = |other: &&Starter| starter.product.is_some() && other.product == starter.product;
    let said = |other: &&Starter| starter.kind.names_nothing() && other.kind == starter.kind;
    match starter.kind.place() {
        Place::Alone if !shown.is_empty() => Suppression::NotAlone,
        _ if shown.iter().any(same) => Suppression::SameProduct,
        _ if shown.iter().any(said) => Suppression::SameWords,
        _ => Suppression::NoRoom,
    }
}

/// The places of what is shown, best first: at most one for a product.
///
/// What the guest asked for comes first, and a hello only alone. What is weighed and worth less than `least` is not said. A
/// second one of a kind comes only after the best of every other kind: three wishes say less than a wish, a cart and a habit. Of
/// three, the last is kept for something new to the customer, where there is such a thing: a relationship that only repeats itself
/// ends.
fn select(candidates: &[Starter], scores: &[f64], at_most: usize, room: &Room, least: f64) -> Vec<usize> {
    let mut order: Vec<(usize, &Starter, f64)> =
        candidates.iter().zip(scores).enumerate().map(|(at, (one, score))| (at, one, *score)).collect();
    order.sort_by(|(_, a, x), (_, b, y)| stand(a.kind).cmp(&stand(b.kind)).then_with(|| y.total_cmp(x)));
    let mut products = BTreeSet::new();
    order.retain(|(_, starter, _)| starter.product.as_ref().is_none_or(|product| products.insert(product)));
    let mut of_kind: BTreeMap<StarterKind, usize> = BTreeMap::new();
    let mut in_rounds: Vec<((Place, bool), usize, usize)> = Vec::with_capacity(order.len());
    for (at, starter, _) in order {
        let round = of_kind.entry(starter.kind).or_default();
        if *round == 0 || !starter.kind.names_nothing() {
            in_rounds.push((stand(starter.kind), *round, at));
        }
        *round += 1;
    }
    in_rounds.sort_by_key(|(stand, round, _)| (*stand, *round));
    let worth_less =
        |at: usize| candidates.get(at).is_some_and(|one| is_worth_less(one, scores.get(at).copied(), least));
    in_rounds.retain(|(.., at)| !worth_less(*at));
    let ranked: Vec<usize> = in_rounds.into_iter().map(|(.., at)| at).collect();
    let mut left = room.clone();
    let mut takes = |at: &usize| candidates.get(*at).is_some_and(|starter| left.take(starter).is_ok());
    let answers = |at: &&usize| candidates.get(**at).is_some_and(|starter| starter.kind.answers());
    let at_most = at_most.max(ranked.iter().filter(answers).count());
    let mut shown: Vec<usize> = ranked.iter().copied().filter(|at| takes(at)).take(at_most).collect();
    // What stands alone is shown where the caps left nothing else, too.
    let beside = |at: &usize| candidates.get(*at).is_some_and(|starter| starter.kind.place() != Place::Alone);
    if shown.iter().any(beside) {
        shown.retain(beside);
    }
    keep_room_for_news(candidates, &ranked, &mut shown, room);
    shown
}

/// Before anything is weighed: what was asked for, and of that an answer first.
const fn stand(kind: StarterKind) -> (Place, bool) {
    (kind.place(), !kind.answers())
}

/// Gives the last of three slots to the best of what is new, where none of the three is.
fn keep_room_for_news(candidates: &[Starter], ranked: &[usize], shown: &mut [usize], room: &Room) {
    let is_new = |at: &usize| candidates.get(*at).is_some_and(|starter| starter.kind.is_new());
    let asked = |at: usize| candidates.get(at).is_some_and(|starter| starter.kind.place() == Place::Asked);
    if shown.len() < MAX_STARTERS || shown.iter().any(is_new) {
        return;
    }
    let Some((last, before)) = shown.split_last_mut() else { return };
    let mut room = room.clone();
    before.iter().filter_map(|at| candidates.get(*at)).for_each(|starter| drop(room.take(starter)));
    let fits = |at: &usize| candidates.get(*at).is_some_and(|starter| room.clone().take(starter).is_ok());
    if let Some(news) = ranked.iter().copied().find(|at| is_new(at) && fits(at))
        && !asked(*last)
    {
        *last = news;
    }
}
