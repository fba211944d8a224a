//! The visit as it is: where they go, how long, when they need help, and what becomes of it.

use shopbell_insight::{
    chance::Chance,
    outcome::{OUTCOMES, Outcome},
};

use super::{
    customer::Customer,
    draw::Draw,
    world::{Errand, World},
};

/// Areas of the shop, of which its radio tells some apart. The desk and the fitting rooms are two of them.
pub(crate) const AREAS: usize = 10;
const DESK: usize = 0;
pub(crate) const FITTING: usize = 1;

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum What {
    PickUp,
    HandBack,
    Restock,
    Wish,
    Compare,
    Particular,
    Browse,
}

/// A stay in one area.
pub(crate) struct Stay {
    pub(crate) what: What,
    pub(crate) area: usize,
    pub(crate) from: f64,
    pub(crate) to: f64,
}

/// Help that was needed.
pub(crate) struct Need {
    pub(crate) from: f64,
    /// Until somebody came, or they gave up.
    pub(crate) to: f64,
    pub(crate) by_phone: bool,
}

#[derive(Default)]
pub(crate) struct Visit {
    pub(crate) stays: Vec<Stay>,
    pub(crate) needs: Vec<Need>,
    /// When somebody served them first.
    pub(crate) served: Option<f64>,
    /// When an order was handed over, and something handed back.
    pub(crate) picked_up: Option<f64>,
    handed_back: Option<f64>,
    /// At the till, when they leave.
    restocked: bool,
    wish_bought: bool,
    pub(crate) bought: bool,
    pub(crate) end: f64,
}

impl Visit {
    pub(crate) fn draw(chance: &mut Chance, world: &World, customer: &Customer) -> Self {
        let mut visit = Self { end: 0.5 * world.pace, ..Self::default() };
        // Who is in a mood to walk slowly does so everywhere.
        let pace = world.pace * chance.lognormal(1.0, 0.5);
        for what in Self::plan(chance, customer) {
            if !visit.does(chance, world, customer, what, pace) {
                break;
            }
        }
        if visit.served.is_none() {
            let greeted = chance.exponential(1.0 / world.greets);
            visit.served = (greeted < visit.end).then_some(greeted);
        }
        visit.in_passing(chance, world, customer);
        if visit.bought {
            visit.end += chance.lognormal(2.5, 0.5) * world.pace;
        }
        visit
    }

    pub(crate) fn tried_on(&self) -> bool {
        self.stays.iter().any(|stay| stay.area == FITTING)
    }

    /// What they came for in any order, then what comes of being there.
    fn plan(chance: &mut Chance, customer: &Customer) -> Vec<What> {
        let intention = customer.intention;
        let mut plan: Vec<(f64, What)> = [
            (intention.pick_up, What::PickUp, 0.3),
            (intention.hand_back, What::HandBack, 0.2),
            (intention.restock, What::Restock, 0.5),
            (intention.wish, What::Wish, 0.5),
            (intention.compare, What::Compare, 0.5),
            (intention.particular, What::Particular, 0.5),
            (intention.browse, What::Browse, 0.9),
        ]
        .into_iter()
        .filter(|(so, ..)| *so)
        .map(|(_, what, when)| (when + 0.5 * chance.normal(), what))
        .collect();
        plan.sort_by(|a, b| a.0.total_cmp(&b.0));
        plan.into_iter().map(|(_, what)| what).collect()
    }

    /// Whether they stay on after it.
    fn does(
        &mut self,
        chance: &mut Chance,
        world: &World,
        customer: &Customer,
        what: What,
        pace: f64,
    ) -> bool {
        let errand = errand(world, what);
        let began = self.end;
        self.walk(chance, world, what, pace);
        let took = self.end - began;
        let mut missed = false;
        if chance.happens(errand.needs_help) {
            let from = began + chance.uniform() * took;
            let by_phone = customer.has_app && chance.happens(world.asks_by_phone);
            let [phoned, looked] = world.staff_minutes;
            let comes = from + chance.exponential(if by_phone { phoned } else { looked });
            let patience = from + chance.exponential(world.patience);
            missed = patience < comes;
            let to = comes.min(patience);
            self.needs.push(Need { from, to, by_phone });
            // They wait where they are, and take what time is left then.
            let waited = to - from;
            self.end += waited;
            if let Some(stay) = self.stays.iter_mut().find(|stay| stay.to > from) {
                stay.to += waited;
            }
            let mut later = self.stays.iter_mut().skip_while(|stay| stay.from <= from);
            later.by_ref().for_each(|stay| {
                stay.from += waited;
                stay.to += waited;
            });
            if missed && chance.happens(world.gives_up) {
                self.leave_at(to);
                return false;
            }
            if !missed {
                self.served = Some(self.served.map_or(to, |served| served.min(to)));
            }
        }
        self.becomes(chance, world, what, began, missed);
        true
    }

    fn leave_at(&mut self, end: f64) {
        self.end = end;
        self.stays.retain(|stay| stay.from < end);
        for stay in &mut self.stays {
            stay.to = stay.to.min(end);
        }
    }

    fn walk(&mut self, chance: &mut Chance, world: &World, what: What, pace: f64) {
        let minutes = errand(world, what).minutes;
        let area = 2 + chance.below(AREAS - 2);
        let other = 2 + chance.below(AREAS - 2);
        match what {
            What::PickUp | What::HandBack => self.stay(chance, what, DESK, pace * minutes),
            What::Restock => {
                self.stay(chance, what, area, 0.6 * pace * minutes);
                self.stay(chance, what, other, 0.4 * pace * minutes);
            }
            // To and fro between what is compared.
            What::Compare => {
                for (area, share) in [(area, 0.35), (other, 0.25), (area, 0.25), (other, 0.15)] {
                    self.stay(chance, what, area, share * pace * minutes);
                }
            }
            What::Wish | What::Particular => self.stay(chance, what, area, pace * minutes),
            What::Browse => {
                self.stay(chance, what, area, pace * minutes);
                for _ in 0..chance.poisson(world.browsed_places) {
                    let area = 2 + chance.below(AREAS - 2);
                    self.stay(chance, what, area, pace * minutes);
                }
            }
        }
        if matches!(what, What::Wish | What::Particular | What::Compare) && chance.happens(world.tries_on) {
            self.stay(chance, what, FITTING, pace * world.fitting_minutes);
        }
    }

    fn stay(&mut self, chance: &mut Chance, what: What, area: usize, median: f64) {
        let from = self.end;
        self.end += chance.lognormal(median, 0.6);
        self.stays.push(Stay { what, area, from, to: self.end });
    }

    fn becomes(&mut self, chance: &mut Chance, world: &World, what: What, began: f64, missed: bool) {
        let tried = self.stays.iter().any(|stay| stay.area == FITTING && stay.from >= began);
        let mut buys = errand(world, what).buys;
        if matches!(what, What::Wish | What::Particular | What::Compare) {
            let [with, without] = world.fitting_buys;
            buys *= if tried { with } else { without };
        }
        buys *= if self.served.is_some() { world.served_buys } else { 1.0 };
        buys *= if missed { 0.4 } else { 1.0 };
        let buys = chance.happens(buys);
        match what {
            What::PickUp if !missed => self.picked_up = Some(self.end),
            What::HandBack if !missed => self.handed_back = Some(self.end),
            What::Restock => self.restocked = true,
            What::Wish => self.wish_bought |= buys,
            _ => {}
        }
        self.bought |= buys;
    }

    fn in_passing(&mut self, chance: &mut Chance, world: &World, customer: &Customer) {
        let seen = self.stays.len() as f64 / 4.0;
        if customer.wished_here + customer.cart_here > 0 && chance.happens(world.wish_in_passing * seen) {
            self.wish_bought = true;
        }
        self.restocked |= customer.intention.restock_in_passing;
        self.bought |= self.wish_bought || self.restocked;
    }

    /// What happens from a moment on, in the order of the outcomes.
    pub(crate) fn happens_after(&self, now: f64) -> [bool; OUTCOMES] {
        let of = |what: What| {
            self.stays
                .iter()
                .filter(move |stay| stay.what == what)
                .map(|stay| (stay.to - stay.from.max(now)).max(0.0))
        };
        let later = |at: Option<f64>| at.is_some_and(|at| at > now);
        Outcome::ALL.map(|outcome| match outcome {
            Outcome::PickUp => later(self.picked_up),
            Outcome::Return => later(self.handed_back),
            Outcome::Replenish => self.restocked,
            Outcome::BuyWished => self.wish_bought,
            Outcome::Compare => of(What::Compare).sum::<f64>() > 0.5,
            Outcome::Browse => of(What::Browse).sum::<f64>() >= 3.0,
            Outcome::NeedsHelp => self.needs.iter().any(|need| need.to > now),
            Outcome::Leaves => {
                let came_for = self.picked_up.is_some() || self.handed_back.is_some();
                !self.bought && !came_for && self.served.is_none()
            }
        })
    }
}

fn errand(world: &World, what: What) -> &Errand {
    match what {
        What::PickUp => &world.pick_up,
        What::HandBack => &world.hand_back,
        What::Restock => &world.restock,
        What::Wish => &world.wish,
        What::Compare => &world.compare,
        What::Particular => &world.particular,
        What::Browse => &world.browse,
    }
}
