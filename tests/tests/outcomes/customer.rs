//! Who comes, what there is for them, and why they come: the intention that nobody sees.

use shopbell_insight::{chance::Chance, outcome::DueVisit};

use super::{draw::Draw, world::World};

/// What is so before the visit begins.
pub(crate) struct Customer {
    pub(crate) level: usize,
    pub(crate) has_app: bool,
    pub(crate) visits_before: u32,
    pub(crate) days_since: f64,
    pub(crate) orders: u32,
    pub(crate) returns: u32,
    pub(crate) wished_here: u32,
    pub(crate) moved: u32,
    pub(crate) cart_here: u32,
    pub(crate) sessions: u32,
    pub(crate) looks: u32,
    pub(crate) compared: u32,
    pub(crate) usual: DueVisit,
    pub(crate) hour: f64,
    pub(crate) weekday: u8,
    pub(crate) intention: Intention,
}

/// Why they come; several may be so. Without any of them, to look round.
#[derive(Default, Clone, Copy)]
pub(crate) struct Intention {
    pub(crate) pick_up: bool,
    pub(crate) hand_back: bool,
    /// They come for usual items, or will take some along.
    pub(crate) restock: bool,
    pub(crate) restock_in_passing: bool,
    pub(crate) wish: bool,
    pub(crate) compare: bool,
    pub(crate) particular: bool,
    pub(crate) browse: bool,
}

/// When shops are visited: eight in the morning to eight in the evening, most at noon and after five.
fn hour(chance: &mut Chance) -> f64 {
    let around = if chance.happens(0.4) { 12.5 } else { 17.0 };
    (around + 2.2 * chance.normal()).clamp(8.0, 20.0)
}

/// What of their usual items is due, and whether they buy any of it: a real visit of somebody, or nothing.
fn usual(chance: &mut Chance, world: &World, real: &[DueVisit]) -> DueVisit {
    if chance.happens(world.has_usual) {
        real[chance.below(real.len())]
    } else {
        // What is bought again and again, and nobody has told yet.
        DueVisit { likeliest: 0.0, due: 0, bought: chance.happens(0.01) }
    }
}

impl Customer {
    pub(crate) fn draw(chance: &mut Chance, world: &World, real: &[DueVisit]) -> Self {
        let hour = hour(chance);
        let weekday = 1 + u8::try_from(chance.one_of(&[0.12, 0.12, 0.13, 0.14, 0.17, 0.22, 0.1])).unwrap();
        let orders = chance.things(world.orders);
        let announced = chance.happens(world.announced);
        let of_here = |chance: &mut Chance, count| chance.binomial(count, world.here);
        let wishes = chance.things(world.wishes);
        let wished_here = of_here(chance, wishes);
        let moved = chance.binomial(wished_here, world.moved);
        let cart = chance.things(world.cart);
        let cart_here = of_here(chance, cart);
        let usual = usual(chance, world, real);
        let visits_before = chance.exponential(world.visits_before) as u32;
        let days_since = chance.lognormal(world.days_since, 0.9);
        let came_for = usual.bought && chance.happens(world.comes_for_usual);
        let mut intention = Intention {
            pick_up: orders > 0 && chance.happens(world.comes_for_order) || chance.happens(0.01),
            hand_back: announced && chance.happens(world.comes_for_return)
                || chance.happens(world.unannounced),
            restock: came_for,
            restock_in_passing: usual.bought && !came_for,
            wish: wished_here + cart_here > 0 && wants(chance, world, [wished_here, moved, cart_here]),
            compare: chance.happens(world.compares),
            particular: chance.happens(world.specific),
            browse: false,
        };
        intention.add_what_is_done_in_passing(chance, world, orders, (hour, weekday));
        let online = Online::draw(chance, world, intention, days_since);
        Self {
            level: 2 + chance.one_of(&world.levels),
            has_app: chance.happens(world.has_app),
            visits_before,
            days_since,
            orders,
            returns: u32::from(announced),
            wished_here,
            moved,
            cart_here,
            sessions: online.sessions,
            looks: online.looks,
            compared: online.compared,
            usual,
            hour,
            weekday,
            intention,
        }
    }
}

impl Intention {
    pub(crate) fn only_looks(self) -> bool {
        self.browse && !self.any()
    }

    fn any(self) -> bool {
        self.pick_up || self.hand_back || self.restock || self.wish || self.compare || self.particular
    }

    /// Who has nothing to get looks round; more do at weekends, and fewer at noon, when time is short.
    fn add_what_is_done_in_passing(
        &mut self,
        chance: &mut Chance,
        world: &World,
        orders: u32,
        (hour, weekday): (f64, u8),
    ) {
        let weekend = if weekday >= 6 { 1.4 } else { 1.0 };
        let noon = if (11.5..14.0).contains(&hour) { 0.7 } else { 1.0 };
        self.browse = !self.any() || chance.happens(world.browses_as_well * weekend * noon);
        self.pick_up |= orders > 0 && chance.happens(world.takes_order_along);
        self.compare |= (self.browse || self.particular) && chance.happens(world.begins_to_compare);
    }
}

/// Whether they come for something of their lists. What else makes them is noise of a deviation of 1.
fn wants(chance: &mut Chance, world: &World, [wished, moved, cart]: [u32; 3]) -> bool {
    let [base, doubling, moving, with_cart] = world.wish_odds;
    let so = |count: u32| f64::from(u8::from(count > 0));
    let odds = base
        + doubling * f64::from(wished + cart).log2()
        + moving * so(moved)
        + with_cart * so(cart)
        + chance.normal();
    chance.happens(1.0 / (1.0 + (-odds).exp()))
}

/// What they did online before they came: more of it before they come to choose, or for a wish, or for something particular.
struct Online {
    sessions: u32,
    looks: u32,
    compared: u32,
}

impl Online {
    fn draw(chance: &mut Chance, world: &World, intention: Intention, days_since: f64) -> Self {
        // People differ in how much they are online far more than errands do.
        let mut rate = world.sessions * days_since.min(30.0) * chance.exponential(1.0);
        let errands = [intention.compare, intention.wish, intention.particular];
        for (so, times) in errands.into_iter().zip(world.online_before) {
            rate *= if so { times } else { 1.0 };
        }
        let sessions = chance.poisson(rate) + u32::from(intention.pick_up && chance.happens(0.5));
        let looks = chance.poisson(2.5 * f64::from(sessions));
        let [comparing, others] = world.compared_before;
        let several = chance.happens(if intention.compare { comparing } else { others });
        let compared = if several { 2 + chance.poisson(1.5) } else { u32::from(chance.happens(0.2)) };
        Self { sessions, looks: looks.max(compared), compared }
    }
}
