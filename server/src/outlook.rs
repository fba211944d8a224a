//! What a visit may become, by the models of `shopbell_insight::outcome`: a situation as signs, and what follows from them.
//!
//! A sign that the customer does not share, or that nobody told, is unknown, which is something else than none.
//! `docs/outcomes.md` tells what the probabilities rest on.
//!
//! To add a sign: `VisitSigns` there; its line in [`signs`].

use std::collections::BTreeMap;

use shopbell_domain::{
    consent::Field,
    event::ServiceKind,
    outlook::{Outlook, Prospect},
    profile::Item,
    situation::{OnlineAct, Situation},
    starter::is_here_to_fit,
    time::{Timestamp, Weekday},
};
use shopbell_insight::outcome::{DUE, HelpWish, Outcome, Outcomes, Unreadable, VisitSigns};

use crate::shops::Shop;

/// Foretells.
#[derive(Debug)]
pub struct Foreteller {
    outcomes: Outcomes,
}

/// Grounds of one prospect that are kept.
const GROUNDS: usize = 4;
/// Two looks further apart than this are of two sessions, as web analytics count.
const SESSION_MS: i64 = 30 * 60 * 1_000;
/// What was looked at longer ago is not what somebody chooses between today.
const DAY_MS: i64 = 86_400_000;

impl Foreteller {
    /// With the weights that come with this program.
    pub fn shipped() -> Result<Self, Unreadable> {
        Ok(Self { outcomes: Outcomes::shipped()? })
    }

    /// What the visit may become, likeliest first. `met`: whether an associate has spoken with the guest.
    pub fn foretell(&self, situation: &Situation, shop: &Shop, met: bool) -> Vec<Outlook> {
        let signs = signs(situation, shop, met);
        let mut all: Vec<Outlook> = self
            .outcomes
            .foretell(&signs)
            .into_iter()
            .map(|foretold| {
                let known = foretold.grounds.into_iter().filter(|(sign, _)| signs.knows(*sign));
                let mut grounds: Vec<_> = known.map(|(sign, adds)| (sign.name().into(), adds)).collect();
                grounds.sort_by(|(_, a), (_, b)| b.abs().total_cmp(&a.abs()));
                grounds.truncate(GROUNDS);
                let probability = foretold.probability;
                Outlook { prospect: prospect(foretold.outcome), probability, grounds }
            })
            .collect();
        all.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        all
    }
}

const fn prospect(outcome: Outcome) -> Prospect {
    match outcome {
        Outcome::PickUp => Prospect::PickUp,
        Outcome::Return => Prospect::Return,
        Outcome::Replenish => Prospect::Replenish,
        Outcome::BuyWished => Prospect::BuyWished,
        Outcome::Compare => Prospect::Compare,
        Outcome::Browse => Prospect::Browse,
        Outcome::NeedsHelp => Prospect::NeedsHelp,
        Outcome::Leaves => Prospect::Leaves,
    }
}

fn signs(situation: &Situation, shop: &Shop, met: bool) -> VisitSigns {
    let stay = &situation.stay;
    let zoned = shop.zones.len() > 1 && stay.present.is_some();
    let present = stay.present.as_ref();
    let rooms = !shop.fitting_rooms.is_empty();
    let shares = |field: Field| situation.shares.contains(&field);
    VisitSigns {
        minutes_here: minutes(situation.began, situation.now),
        zones: zoned.then(|| count(stay.zones.len())),
        longest_stay: zoned.then(|| stay.longest().as_secs_f64() / 60.0),
        zone_returns: zoned.then(|| stay.returns()),
        re_entries: Some(stay.re_entries),
        minutes_in_zone: present.filter(|_| zoned).map(|(_, since)| minutes(*since, situation.now)),
        in_fitting_room: present.filter(|_| rooms).map(|(zone, _)| shop.fitting_rooms.contains(zone)),
        help: shares(Field::HelpWanted).then(|| help(situation)),
        // Nobody having said so does not tell that nobody spoke with them.
        greeted: met.then_some(true),
        days_since_visit: situation.last_in_shop().map(|last| minutes(last, situation.now) / 1_440.0),
        hour: situation.local.map(|local| f64::from(local.minute_of_day) / 60.0),
        weekday: situation.local.map(|local| number(local.weekday)),
        ..of_what_is_shared(situation)
    }
}

/// What the customer's online life and purchases tell, as far as they are shared.
fn of_what_is_shared(situation: &Situation) -> VisitSigns {
    let shares = |field: Field| situation.shares.contains(&field);
    let here = |items: &[Item]| count(items.iter().filter(|item| is_here_to_fit(item, situation)).count());
    let known = &situation.known;
    let acts = situation.online();
    let looks = known.viewed.iter().filter(|item| item.at >= situation.began).count();
    let habits = known.bought.iter().any(|bought| bought.times > 1);
    let foretold = !situation.by_rhythm.is_empty() || !habits;
    VisitSigns {
        orders_ready: shares(Field::Orders).then(|| waiting(situation)),
        returns_announced: shares(Field::Orders).then(|| announced(situation)),
        wished_here: shares(Field::WishList).then(|| here(&known.wish_list)),
        wished_moved: shares(Field::WishList).then(|| count(moved(situation))),
        cart_here: shares(Field::Cart).then(|| here(&known.cart)),
        looks_here: shares(Field::Viewed).then(|| count(looks)),
        compared: shares(Field::Viewed).then(|| compared(situation)),
        sessions: shares(Field::Viewed).then(|| sessions(&acts)),
        looks: shares(Field::Viewed)
            .then(|| count(acts.iter().filter(|act| act.field == Field::Viewed).count())),
        likeliest_usual: (shares(Field::Bought) && foretold)
            .then(|| situation.by_rhythm.values().copied().fold(0.0, f64::max)),
        usual_due: (shares(Field::Bought) && foretold)
            .then(|| count(situation.by_rhythm.values().filter(|chance| **chance >= DUE).count())),
        ..VisitSigns::default()
    }
}

fn help(situation: &Situation) -> HelpWish {
    situation
        .help_since
        .map_or(HelpWish::NotAsked, |since| HelpWish::Asked { minutes_ago: minutes(since, situation.now) })
}

/// Orders that lie ready in this shop.
fn waiting(situation: &Situation) -> u32 {
    let ready = situation.known.services.iter().filter(|service| {
        service.kind == ServiceKind::PickUp
            && service.is_ready(situation.now)
            && service.store.as_ref() == Some(&situation.store)
    });
    count(ready.count())
}

/// Returns and repairs that have not come to their end.
fn announced(situation: &Situation) -> u32 {
    let open = situation.known.services.iter().filter(|service| {
        service.kind != ServiceKind::PickUp && service.source.is_vouched() && service.is_open(situation.now)
    });
    count(open.count())
}

/// Wishes of which pieces came in since they were made, and since the guest was last in a shop.
fn moved(situation: &Situation) -> usize {
    let last = situation.last_in_shop();
    let came = |item: &&Item| {
        let after = last.map_or(item.at, |last| last.max(item.at));
        let stock = situation.shelves.get(&item.product).and_then(|shelf| shelf.stock.as_ref());
        stock.into_iter().flatten().any(|piece| piece.quantity > 0 && piece.since > after)
    };
    situation.known.wish_list.iter().filter(came).count()
}

/// The different products of the category of which most were looked at in the last day.
fn compared(situation: &Situation) -> u32 {
    let mut of_category: BTreeMap<&str, u32> = BTreeMap::new();
    for item in &situation.known.viewed {
        let ago = situation.now.as_millis() - item.at.as_millis();
        let shelf = situation.shelves.get(&item.product).filter(|_| (0..=DAY_MS).contains(&ago));
        if let Some(shelf) = shelf.filter(|shelf| !shelf.product.category.is_empty()) {
            *of_category.entry(&shelf.product.category).or_default() += 1;
        }
    }
    of_category.into_values().max().unwrap_or(0)
}

/// How many sessions acts are of, which come newest first.
fn sessions(acts: &[OnlineAct]) -> u32 {
    let apart = acts.windows(2).filter(|pair| match pair {
        [later, earlier] => later.at.as_millis() - earlier.at.as_millis() > SESSION_MS,
        _ => false,
    });
    if acts.is_empty() { 0 } else { count(apart.count() + 1) }
}

fn minutes(from: Timestamp, to: Timestamp) -> f64 {
    to.since(from).as_secs_f64() / 60.0
}

fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

const fn number(weekday: Weekday) -> u8 {
    weekday as u8 + 1
}

#[cfg(test)]
mod tests;
