//! What the server would know of a visit at a moment: what the radio hears, what taps tell, and what the customer shares.

use shopbell_insight::{
    chance::Chance,
    outcome::{DueVisit, HelpWish, Observed, VisitSigns},
};

use super::{
    customer::Customer,
    draw::Draw,
    visit::{FITTING, Visit, What},
    world::World,
};

/// Moments of visits: of each customer one moment, that is drawn without regard to how long they stay; who has left by then is
/// not seen. So of those who are here after so many minutes all are as likely to be among them.
pub(crate) fn observed(seed: u64, world: &World, real: &[DueVisit], count: usize) -> Vec<Observed> {
    let mut chance = Chance::from_seed(seed);
    let mut observed = Vec::with_capacity(count);
    while observed.len() < count {
        let customer = Customer::draw(&mut chance, world, real);
        let visit = Visit::draw(&mut chance, world, &customer);
        // A quarter of a minute to an hour, as many below four minutes as above.
        let now = 0.25 * (240.0_f64).powf(chance.uniform());
        let heard = chance.exponential(world.heard_after);
        if now < visit.end && heard < now {
            let mut signs = signs(&mut chance, world, (&customer, &visit), now, heard);
            hide(&mut chance, world, &mut signs);
            observed.push(Observed { signs, happened: visit.happens_after(now) });
        }
    }
    observed
}

fn signs(
    chance: &mut Chance,
    world: &World,
    (customer, visit): (&Customer, &Visit),
    now: f64,
    heard: f64,
) -> VisitSigns {
    let from = |level: usize| customer.level >= level;
    let breaks = chance.poisson(world.false_breaks * now) + u32::from(chance.happens(world.goes_out));
    let path = Path::heard(chance, world, visit, [heard, now]);
    let handed_over = visit.picked_up.is_some_and(|at| at <= now) && !chance.happens(world.late_news);
    let orders = if handed_over { 0 } else { customer.orders };
    let looks = |what: What| match what {
        What::Compare => 0.12,
        What::Wish | What::Particular => 0.06,
        _ => 0.015,
    };
    let until = |stay: &super::visit::Stay| (stay.to.min(now) - stay.from).max(0.0) * looks(stay.what);
    let looks_here = chance.poisson(visit.stays.iter().map(until).sum());
    let came_before = customer.visits_before > 0;
    let [tapped, by_mistake] = world.tapped;
    let served = visit.served.is_some_and(|at| at <= now);
    VisitSigns {
        minutes_here: now - heard,
        zones: path.as_ref().map(|path| path.zones),
        longest_stay: path.as_ref().map(|path| path.longest),
        zone_returns: path.as_ref().map(|path| path.returns),
        re_entries: Some(breaks),
        minutes_in_zone: path.as_ref().map(|path| path.pause),
        in_fitting_room: path.as_ref().and_then(|path| path.fitting),
        help: customer.has_app.then(|| help(chance, world, visit, now)),
        greeted: Some(chance.happens(if served { tapped } else { by_mistake })),
        orders_ready: from(4).then_some(orders),
        returns_announced: from(4).then_some(customer.returns),
        wished_here: from(3).then_some(customer.wished_here),
        wished_moved: from(3).then_some(customer.moved),
        cart_here: from(3).then_some(customer.cart_here),
        looks_here: from(5).then_some(looks_here),
        compared: from(5).then_some(customer.compared),
        sessions: from(5).then_some(customer.sessions),
        looks: from(5).then_some(customer.looks),
        days_since_visit: (came_before && chance.happens(0.85)).then_some(customer.days_since),
        visits_before: Some(customer.visits_before),
        likeliest_usual: from(4).then_some(customer.usual.likeliest),
        usual_due: from(4).then_some(customer.usual.due),
        hour: Some(customer.hour),
        weekday: Some(customer.weekday),
    }
}

/// Any use may be refused by itself, and anything may fail: of each sign alone a few are unknown.
fn hide(chance: &mut Chance, world: &World, signs: &mut VisitSigns) {
    fn hide<T>(sign: &mut Option<T>, hidden: bool) {
        if hidden {
            *sign = None;
        }
    }
    let mut hidden = || chance.happens(world.hidden);
    hide(&mut signs.zones, hidden());
    hide(&mut signs.longest_stay, hidden());
    hide(&mut signs.zone_returns, hidden());
    hide(&mut signs.re_entries, hidden());
    hide(&mut signs.minutes_in_zone, hidden());
    hide(&mut signs.in_fitting_room, hidden());
    hide(&mut signs.help, hidden());
    hide(&mut signs.greeted, hidden());
    hide(&mut signs.orders_ready, hidden());
    hide(&mut signs.returns_announced, hidden());
    hide(&mut signs.wished_here, hidden());
    hide(&mut signs.wished_moved, hidden());
    hide(&mut signs.cart_here, hidden());
    hide(&mut signs.looks_here, hidden());
    hide(&mut signs.compared, hidden());
    hide(&mut signs.sessions, hidden());
    hide(&mut signs.looks, hidden());
    hide(&mut signs.days_since_visit, hidden());
    hide(&mut signs.visits_before, hidden());
    hide(&mut signs.likeliest_usual, hidden());
    hide(&mut signs.usual_due, hidden());
    hide(&mut signs.hour, hidden());
    hide(&mut signs.weekday, hidden());
}

fn help(chance: &mut Chance, world: &World, visit: &Visit, now: f64) -> HelpWish {
    let asked = visit.needs.iter().filter(|need| need.by_phone && need.from <= now);
    let standing = asked.filter(|need| need.to > now || chance.happens(world.late_news)).last();
    standing.map_or(HelpWish::NotAsked, |need| HelpWish::Asked { minutes_ago: now - need.from })
}

/// The way through the shop as its radio tells it.
struct Path {
    zones: u32,
    returns: u32,
    longest: f64,
    pause: f64,
    fitting: Option<bool>,
}

impl Path {
    /// None in a shop that tells no zones. A stay that is missed is told as a longer one where they were before.
    fn heard(chance: &mut Chance, world: &World, visit: &Visit, [heard, now]: [f64; 2]) -> Option<Self> {
        let shares = world.zones.map(|(_, share)| share);
        let (count, _) = world.zones[chance.one_of(&shares)];
        if count == 1 {
            return None;
        }
        let has_fitting_zone = chance.happens(world.fitting_zone);
        let fitting_zone = count;
        let mut stays: Vec<(u32, f64)> = Vec::new();
        for stay in visit.stays.iter().filter(|stay| stay.from < now && stay.to > heard) {
            let area = u32::try_from(stay.area).unwrap();
            let fitting = has_fitting_zone && stay.area == FITTING;
            let zone = if fitting { fitting_zone } else { area % count };
            let missed = chance.happens(world.missed_stays) || stay.to - stay.from < 0.5;
            if stays.last().is_none_or(|(last, _)| *last != zone && !missed) {
                stays.push((zone, stay.from.max(heard)));
            }
        }
        let mut seen: Vec<u32> = Vec::new();
        let mut returns = 0;
        let mut longest = 0.0_f64;
        for (place, (zone, from)) in stays.iter().enumerate() {
            let to = stays.get(place + 1).map_or(now, |(_, next)| *next);
            longest = longest.max(to - from);
            if seen.contains(zone) { returns += 1 } else { seen.push(*zone) }
        }
        let (last, since) = stays.last().copied().unwrap_or((0, heard));
        Some(Self {
            zones: u32::try_from(seen.len()).unwrap().max(1),
            returns,
            longest: if stays.is_empty() { now - heard } else { longest },
            pause: now - since,
            fitting: has_fitting_zone.then_some(last == fitting_zone),
        })
    }
}
