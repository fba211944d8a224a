//! The numbers by which a starter is weighed: of the situation and the candidate, each about 0 to 1.
//!
//! All of them are told by a [`Situation`], which holds only what the customer shares, and by how shops took starters
//! ([`ByShop`]), which is nobody's. So no number stands for what was not shared. What the situation does not know counts 0: as much
//! as what is known to be nothing, and no more can be learnt of it.
//!
//! What is the same for all suggestions of a card cannot change their order; it is there so that a good day does not count as a
//! good starter, and to tell whether anything is worth saying. `suggestion` is nothing but that: the same for every suggestion of
//! every card. A hello is none: it is what all others are measured against, and has no number but its kind's, of which nothing is
//! ever learnt. And what never speaks against a suggestion does not do so by learning either ([`scored`]).
//!
//! To add one: a line in `features!` with its name and its words, before `suggestion`, and its number in [`numbers`] at the same
//! place; its weight in `prior.toml`. A model of the older list is left alone from then on: showings of it teach no more, since
//! their numbers mean something else ([`fingerprint`]).

use std::sync::OnceLock;

use sha2::{Digest as _, Sha256};
use shopbell_domain::{
    outlook::Prospect,
    situation::Situation,
    starter::{Fact, Starter, StarterKind},
    time::{Day, Timestamp},
};

use super::shops::ByShop;

/// Days after which what a customer did is half as fresh.
const FRESH_DAYS: f64 = 30.0;
/// Days before something that count half.
const NEAR_DAYS: f64 = 7.0;
/// Days that a customer told are looked for so far ahead.
const TOLD_DAYS: u16 = 30;
/// Minutes in the shop that count half as a long stay.
const LONG_STAY_MINUTES: f64 = 15.0;
/// Purchases of a product that count as ever so many.
const MANY_TIMES: f64 = 20.0;
/// A price that fell by this share fell as far as can be.
const WHOLE_DROP: f64 = 0.5;
/// From this hour of the shop's clock on it is evening.
const EVENING_MINUTE: u16 = 17 * 60;
/// Days after which a suggestion that was put aside counts half.
const DECLINED_DAYS: f64 = 90.0;
/// Numbers are told in so many steps.
const STEPS: f64 = 64.0;
const DAY_MILLIS: f64 = 86_400_000.0;

macro_rules! features {
    ($($name:literal: $words:literal,)+) => {
        /// Name and words of each feature beside the kinds, in order.
        const OTHERS: [(&str, &str); [$($name),+].len()] = [$(($name, $words)),+];
    };
}

features! {
    "fresh": "how lately the customer did it",
    "here": "it is in this shop",
    "fits": "it is here in the size the customer chose",
    "due": "how likely it is bought at this visit, by the customer's own rhythm",
    "pairing": "how strongly it goes with what the customer owns",
    "cheaper": "by how much its price fell",
    "near": "how near the day is that it is about",
    "often": "how many times the customer bought it",
    "help": "the customer asked for help, and this is about a product",
    "new": "the customer has not met it yet",
    "new-in-long-stay": "something new, and the customer takes their time",
    "new-in-evening": "something new in the evening",
    "vouched": "the retailer or the customer says so, not just anybody's page",
    "person": "how this customer took suggestions lately",
    "put-aside": "suggestions of this kind were put aside with this customer",
    "shop": "how suggestions of this kind were taken in this shop",
    "shop-any": "how suggestions of any kind were taken in this shop",
    "outlook": "how likely the visit becomes what this helps with",
    "suggestion": "what any suggestion is worth, as far as enough people taught it",
}

/// What learning never turns round: that the retailer says so, and that it is here, speaks for a suggestion or not at all; and
/// where suggestions are taken badly they are not worth more for it.
const NEVER_TURNED: [&str; 6] = ["here", "fits", "vouched", "person", "shop", "shop-any"];
/// The number of `suggestion`. The prior's pull on a weight is by the square of its number: this one gives way at once where those
/// of 1 need 25 showings, so what all showings have in common goes there, and not into what they share by chance. What it is
/// worth then where something is scored, is said by [`scored`].
pub(super) const SUGGESTION: f64 = 8.0;

/// How many features there are.
pub const COUNT: usize = StarterKind::ALL.len() + OTHERS.len();

/// What the name of a kind's own feature begins with.
const KIND: &str = "kind:";

/// The name of the feature that stands for a kind itself.
pub fn of_kind(kind: StarterKind) -> String {
    format!("{KIND}{}", kind.name())
}

/// The names of all features but the kinds', in order.
pub fn others() -> impl Iterator<Item = &'static str> {
    OTHERS.into_iter().map(|(name, _)| name)
}

/// The names of all features, in the order of [`numbers`].
pub fn names() -> Vec<String> {
    StarterKind::ALL.into_iter().map(of_kind).chain(others().map(str::to_owned)).collect()
}

/// The place of a hello's own feature.
pub(super) fn place_of_hello() -> usize {
    StarterKind::ALL.into_iter().take_while(|kind| *kind != StarterKind::Hello).count()
}

/// Weights as they score. What learning never turns round is 0 at least. What all suggestions have in common counts as far as it
/// is `believed`, from 0 to 1; and a hello is worth what it is `expected` to be, whatever is drawn.
pub(super) fn scored(drawn: &[f64], expected: &[f64], believed: f64) -> Vec<f64> {
    let names = StarterKind::ALL.into_iter().map(|_| KIND).chain(others());
    let weight = |(name, weight): (&str, &f64)| match name {
        "suggestion" => weight * believed,
        name if NEVER_TURNED.contains(&name) => weight.max(0.0),
        _ => *weight,
    };
    let mut weights: Vec<f64> = names.zip(drawn).map(weight).collect();
    let hello = place_of_hello();
    if let (Some(weight), Some(expected)) = (weights.get_mut(hello), expected.get(hello)) {
        *weight = *expected;
    }
    weights
}

/// A feature in words that a person understands.
pub fn in_words(name: &str) -> String {
    if let Some(kind) = name.strip_prefix(KIND) {
        return format!("what {kind} is worth by itself");
    }
    let known = OTHERS.into_iter().find(|(known, _)| *known == name);
    known.map_or_else(|| name.to_owned(), |(_, words)| words.to_owned())
}

/// Stands for the list of features: another list has another one.
pub fn fingerprint() -> u32 {
    static OF_THIS_LIST: OnceLock<u32> = OnceLock::new();
    *OF_THIS_LIST.get_or_init(|| {
        let digest = Sha256::digest(names().join("\n"));
        digest.iter().take(4).fold(0, |sum, byte| sum << 8 | u32::from(*byte))
    })
}

/// Days since 1970, as acceptances count them.
#[expect(clippy::cast_precision_loss, reason = "milliseconds of this century")]
pub fn days(at: Timestamp) -> f64 {
    at.as_millis() as f64 / DAY_MILLIS
}

/// The features of a candidate, in the order of [`names`].
pub fn numbers(situation: &Situation, starter: &Starter, shops: &ByShop) -> Vec<f64> {
    let Situation { now, ref store, .. } = *situation;
    let kinds = StarterKind::ALL.into_iter().map(|kind| one_if(kind == starter.kind));
    if starter.kind == StarterKind::Hello {
        return kinds.chain([0.0; OTHERS.len()]).collect();
    }
    let known = Known::of(situation, starter);
    let new = one_if(known.new);
    let evening = situation.local.is_some_and(|local| local.minute_of_day >= EVENING_MINUTE);
    let others: [f64; OTHERS.len() - 1] = [
        known.fresh,
        one_if(known.here),
        one_if(known.fits),
        starter.product.as_ref().and_then(|product| situation.due.get(product)).copied().unwrap_or(0.0),
        known.pairing,
        cheaper(starter),
        near(situation, starter),
        known.times.ln_1p() / MANY_TIMES.ln_1p(),
        one_if(situation.help_since.is_some() && starter.product.is_some()),
        new,
        new * (1.0 - (-situation.stay.dwell.as_secs_f64() / 60.0 / LONG_STAY_MINUTES).exp2()),
        new * one_if(evening),
        one_if(starter.facts.iter().all(|fact| fact.source().is_vouched())),
        situation.past.receptiveness(now).value() - 0.5,
        put_aside(situation, starter.kind),
        shops.of_kind(store, starter.kind, now),
        shops.of_all(store, now),
        Prospect::of(starter.kind).and_then(|prospect| situation.chance_of(prospect)).unwrap_or(0.0),
    ];
    kinds.chain(others.map(coarse)).chain([SUGGESTION]).collect()
}

/// In steps, so that the card that is opened a second later is weighed by the same numbers, and is no other card in the log.
fn coarse(number: f64) -> f64 {
    if number.is_finite() { (number.clamp(-1.0, 1.0) * STEPS).round() / STEPS } else { 0.0 }
}

/// What the facts of a starter and the lists of the profile tell of it.
struct Known {
    fresh: f64,
    here: bool,
    fits: bool,
    pairing: f64,
    times: f64,
    new: bool,
}

impl Known {
    fn of(situation: &Situation, starter: &Starter) -> Self {
        let product = starter.product.as_ref();
        let pieces = starter.facts.iter().filter_map(|fact| match fact {
            Fact::InStockHere { size, quantity, .. } if *quantity > 0 => Some(size.is_some()),
            _ => None,
        });
        let pieces: Vec<bool> = pieces.collect();
        let pairings = situation.goes_with.iter().filter(|pairing| Some(&pairing.product) == product);
        let profile = &situation.known;
        let bought = profile.bought.iter().find(|bought| Some(&bought.product) == product);
        let listed = [&profile.wish_list, &profile.cart, &profile.viewed].into_iter().flatten();
        let met = bought.is_some() || listed.map(|item| &item.product).any(|listed| Some(listed) == product);
        Self {
            fresh: fresh(situation.now, starter),
            here: !pieces.is_empty() || product.is_some_and(|product| situation.is_here(product)),
            fits: pieces.contains(&true),
            pairing: pairings.map(|pairing| pairing.strength).fold(0.0, f64::max),
            times: bought.map_or(0.0, |bought| f64::from(bought.times)),
            new: starter.kind.is_new() && !met,
        }
    }
}

/// How lately the customer did what the starter rests on; 0 where it rests on nothing that a customer did for it. A habit is no
/// fresher for being of yesterday.
fn fresh(now: Timestamp, starter: &Starter) -> f64 {
    let done = starter.facts.first().filter(|fact| {
        matches!(
            fact,
            Fact::AskedForHelp { .. }
                | Fact::LookedUp { .. }
                | Fact::OnWishList { .. }
                | Fact::InCart { .. }
                | Fact::CaresFor { .. }
        )
    });
    done.map_or(0.0, |fact| (-(days(now) - days(fact.at())).max(0.0) / FRESH_DAYS).exp2())
}

/// By which share the price of one piece fell since the customer saw it, with [`WHOLE_DROP`] as 1.
fn cheaper(starter: &Starter) -> f64 {
    let then = starter.facts.iter().find_map(|fact| match fact {
        Fact::CostThen { price, .. } => Some(*price),
        _ => None,
    });
    let now = starter.facts.iter().find_map(|fact| match fact {
        Fact::CostsNow { price, .. } => Some(*price),
        _ => None,
    });
    match (then, now) {
        (Some(then), Some(now)) if then.currency == now.currency && then.minor > 0 => {
            let [then, now] = [then, now].map(|price| price.minor);
            #[expect(clippy::cast_precision_loss, reason = "prices of things in a shop")]
            let share = (then - now) as f64 / then as f64;
            (share / WHOLE_DROP).clamp(0.0, 1.0)
        }
        _ => 0.0,
    }
}

/// How near a day is that the customer told, for which something was promised, or until which it waits or holds; 1 when it has
/// come.
fn near(situation: &Situation, starter: &Starter) -> f64 {
    let until = |day: Timestamp| (days(day) - days(situation.now)).max(0.0);
    let told = |on: Day| {
        let dates = situation.known.dates_near(situation.today(), TOLD_DAYS);
        dates.iter().find(|date| date.on == on).map(|date| f64::from(date.in_days))
    };
    let left = starter.facts.iter().find_map(|fact| match fact {
        Fact::Promised { due, .. } => Some(until(*due)),
        Fact::Waits { until: end, .. } => end.map(until),
        Fact::Announced { until: end, .. } => Some(until(*end)),
        Fact::DayTold { on, .. } => told(*on),
        _ => None,
    });
    left.map_or(0.0, |left| (-left / NEAR_DAYS).exp2())
}

/// From 0, never, to nearly 1: suggestions of a kind that were put aside with this customer, the older ones counting less.
fn put_aside(situation: &Situation, kind: StarterKind) -> f64 {
    let of_kind = |id: &str| id.split('/').next() == Some(kind.name());
    let declined = situation.past.declined.iter().filter(|declined| of_kind(&declined.id));
    let age = |at: Timestamp| (days(situation.now) - days(at)).max(0.0);
    let sum: f64 = declined.map(|declined| (-age(declined.at) / DECLINED_DAYS).exp2()).sum();
    1.0 - (-sum).exp2()
}

fn one_if(so: bool) -> f64 {
    f64::from(u8::from(so))
}

#[cfg(test)]
mod tests;
