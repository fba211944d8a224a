//! What is assumed of shops and customers, as numbers: `docs/outcomes.md` has the same list, with where each comes from.
//!
//! Here: the assumptions of the world that the weights are fitted to, and of one in which many of them are wrong. Never here:
//! what follows from them.

/// How a number of things is spread: the share of cases with none, and how many more than one there are on average else.
#[derive(Clone, Copy)]
pub(crate) struct Things {
    pub(crate) any: f64,
    pub(crate) more: f64,
}

/// Something that one comes for.
#[derive(Clone, Copy)]
pub(crate) struct Errand {
    /// Minutes that it takes, as the median; times are lognormal.
    pub(crate) minutes: f64,
    /// How often help is needed with it.
    pub(crate) needs_help: f64,
    /// How often it leads to a purchase, if no help was missed.
    pub(crate) buys: f64,
}

/// Every assumption.
#[derive(Clone, Copy)]
pub(crate) struct World {
    /// Shares of customers at the sharing levels 2 to 5; 0 and 1 are nobody on the floor.
    pub(crate) levels: [f64; 4],
    /// How many can ask for help with their phone, and how many of these do rather than look for somebody.
    pub(crate) has_app: f64,
    pub(crate) asks_by_phone: f64,
    /// Visits before this one, and days since the last: the mean of an exponential, the median of a lognormal.
    pub(crate) visits_before: f64,
    pub(crate) days_since: f64,

    /// Orders that lie ready, how many come for them, and how many take them along who came for something else.
    pub(crate) orders: Things,
    pub(crate) comes_for_order: f64,
    pub(crate) takes_order_along: f64,
    /// Returns that were announced, who comes for them, and returns that nobody announced.
    pub(crate) announced: f64,
    pub(crate) comes_for_return: f64,
    pub(crate) unannounced: f64,
    /// Wish lists and carts, and how much of them the shop has; how much became cheaper or is back.
    pub(crate) wishes: Things,
    pub(crate) cart: Things,
    pub(crate) here: f64,
    pub(crate) moved: f64,
    /// Log odds of coming for something of them: to begin with, for each doubling of their number, for a move, for a cart.
    pub(crate) wish_odds: [f64; 4],
    /// How often something of them is bought in passing.
    pub(crate) wish_in_passing: f64,
    /// Customers who have usual items, and how many of those who buy some came for it.
    pub(crate) has_usual: f64,
    pub(crate) comes_for_usual: f64,
    /// Who comes to choose between products, and who begins to without having planned it.
    pub(crate) compares: f64,
    pub(crate) begins_to_compare: f64,
    /// Who comes for something that is on no list.
    pub(crate) specific: f64,
    /// Who looks round as well, having come for something.
    pub(crate) browses_as_well: f64,

    pub(crate) pick_up: Errand,
    pub(crate) hand_back: Errand,
    pub(crate) restock: Errand,
    pub(crate) wish: Errand,
    pub(crate) compare: Errand,
    pub(crate) particular: Errand,
    /// Of each place that is looked at; and how many more than one.
    pub(crate) browse: Errand,
    pub(crate) browsed_places: f64,
    /// How often clothes are tried on, and the minutes it takes; factors of buying with it and without.
    pub(crate) tries_on: f64,
    pub(crate) fitting_minutes: f64,
    pub(crate) fitting_buys: [f64; 2],

    /// Minutes until somebody comes: to who asked by phone, and to who looks for somebody.
    pub(crate) staff_minutes: [f64; 2],
    /// Minutes that one waits for help, on average, before giving up; and how many leave then.
    pub(crate) patience: f64,
    pub(crate) gives_up: f64,
    /// Who is greeted unasked, for each minute; and the factor of buying for who was served.
    pub(crate) greets: f64,
    pub(crate) served_buys: f64,

    /// Online sessions each day of the last 30, on average; and how many times more before each errand.
    pub(crate) sessions: f64,
    pub(crate) online_before: [f64; 3],
    /// Who looked at several products of one kind in the last day: of those who come to compare, and of others.
    pub(crate) compared_before: [f64; 2],

    /// How many shops tell so many zones; and how many of those with several have one for the fitting rooms.
    pub(crate) zones: [(u32, f64); 4],
    pub(crate) fitting_zone: f64,
    /// Minutes until the radio has heard somebody; stays that it misses; breaks that it makes of silence, each minute.
    pub(crate) heard_after: f64,
    pub(crate) missed_stays: f64,
    pub(crate) false_breaks: f64,
    /// Who goes out and comes back.
    pub(crate) goes_out: f64,
    /// Services that an associate taps, and taps without a service.
    pub(crate) tapped: [f64; 2],
    /// Orders that are still told as ready after they were handed over; wishes for help that stand after it came.
    pub(crate) late_news: f64,
    /// Of each sign alone: unknown, since its use was refused, or for any other reason.
    pub(crate) hidden: f64,
    /// All minutes times this.
    pub(crate) pace: f64,
}

/// What the weights are fitted to.
pub(crate) const ASSUMED: World = World {
    levels: [0.15, 0.25, 0.25, 0.35],
    has_app: 0.7,
    asks_by_phone: 0.35,
    visits_before: 6.0,
    days_since: 28.0,
    orders: Things { any: 0.1, more: 0.2 },
    comes_for_order: 0.75,
    takes_order_along: 0.35,
    announced: 0.04,
    comes_for_return: 0.7,
    unannounced: 0.03,
    wishes: Things { any: 0.4, more: 4.0 },
    cart: Things { any: 0.25, more: 0.8 },
    here: 0.5,
    moved: 0.08,
    wish_odds: [-1.9, 0.25, 0.9, 0.5],
    wish_in_passing: 0.05,
    has_usual: 0.3,
    comes_for_usual: 0.7,
    compares: 0.14,
    begins_to_compare: 0.12,
    specific: 0.42,
    browses_as_well: 0.4,
    pick_up: Errand { minutes: 3.0, needs_help: 0.15, buys: 0.4 },
    hand_back: Errand { minutes: 5.0, needs_help: 0.3, buys: 0.4 },
    restock: Errand { minutes: 6.0, needs_help: 0.06, buys: 1.0 },
    wish: Errand { minutes: 8.0, needs_help: 0.35, buys: 0.44 },
    compare: Errand { minutes: 13.0, needs_help: 0.5, buys: 0.35 },
    particular: Errand { minutes: 9.0, needs_help: 0.35, buys: 0.34 },
    browse: Errand { minutes: 3.0, needs_help: 0.1, buys: 0.08 },
    browsed_places: 2.5,
    tries_on: 0.33,
    fitting_minutes: 6.0,
    fitting_buys: [1.6, 0.45],
    staff_minutes: [3.0, 5.0],
    patience: 8.0,
    gives_up: 0.5,
    greets: 0.015,
    served_buys: 1.3,
    sessions: 0.12,
    online_before: [2.5, 1.8, 1.6],
    compared_before: [0.6, 0.1],
    zones: [(1, 0.3), (3, 0.3), (6, 0.3), (10, 0.1)],
    fitting_zone: 0.6,
    heard_after: 0.5,
    missed_stays: 0.1,
    false_breaks: 0.004,
    goes_out: 0.03,
    tapped: [0.7, 0.04],
    late_news: 0.3,
    hidden: 0.05,
    pace: 1.0,
};

/// Another shop than was thought: bigger, quicker, with few staff, more pick-ups, fewer purchases, customers who share less, and a
/// radio that hears worse.
pub(crate) const OTHER: World = World {
    levels: [0.35, 0.3, 0.2, 0.15],
    has_app: 0.5,
    asks_by_phone: 0.15,
    orders: Things { any: 0.2, more: 0.5 },
    comes_for_order: 0.6,
    takes_order_along: 0.2,
    announced: 0.08,
    unannounced: 0.05,
    wish_odds: [-2.5, 0.25, 0.9, 0.5],
    has_usual: 0.2,
    compares: 0.22,
    specific: 0.25,
    browses_as_well: 0.25,
    wish: Errand { buys: 0.35, ..ASSUMED.wish },
    compare: Errand { buys: 0.25, needs_help: 0.4, ..ASSUMED.compare },
    particular: Errand { buys: 0.3, needs_help: 0.25, ..ASSUMED.particular },
    browsed_places: 4.0,
    tries_on: 0.15,
    staff_minutes: [6.0, 10.0],
    greets: 0.008,
    sessions: 0.06,
    zones: [(1, 0.1), (3, 0.1), (6, 0.3), (10, 0.5)],
    heard_after: 1.0,
    missed_stays: 0.2,
    false_breaks: 0.01,
    pace: 0.7,
    ..ASSUMED
};
