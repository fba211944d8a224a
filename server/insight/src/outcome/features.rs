//! The numbers that the regressions see.
//!
//! What is unknown adds nothing: all its numbers are 0. What is known has a number that says so, or one for "none" and
//! one for "some", so that both can speak, and "unknown" lies where the fit puts it between them. Counts and times are taken as
//! logarithms: the second order says less than the first, and the tenth minute less than the second.
//!
//! To add one: at the end of a sign's lines in [`FEATURES`], and in the same place in [`known`].

use super::{
    any_due::AnyDue,
    signs::{HelpWish, Sign, VisitSigns},
};

/// How many there are.
pub(super) const COUNT: usize = 56;
/// How many signs.
pub(super) const SIGNS: usize = Sign::ALL.len();

/// One for each feature.
pub(super) type Known = [f64; COUNT];

/// A day, and numbers of things that nobody has more of: nothing that is told, however wrong, makes an outcome certain.
const MOST_MINUTES: f64 = 1_440.0;
const MOST_DAYS: f64 = 10_000.0;
const MOST_THINGS: f64 = 1_000.0;
/// Minutes, where the curve over the time in the shop may bend.
const BENDS: [f64; 2] = [5.0, 20.0];

/// Names, as in the file of weights, and the sign to which each belongs; the constant to none.
pub(super) const FEATURES: [(&str, Option<Sign>); COUNT] = [
    ("constant", None),
    ("minutes_here", Some(Sign::TimeHere)),
    ("minutes_over_5", Some(Sign::TimeHere)),
    ("minutes_over_20", Some(Sign::TimeHere)),
    ("zones_known", Some(Sign::Zones)),
    ("zones", Some(Sign::Zones)),
    ("longest_stay_known", Some(Sign::LongestStay)),
    ("longest_stay", Some(Sign::LongestStay)),
    ("longest_stay_over_5", Some(Sign::LongestStay)),
    ("zone_returns_known", Some(Sign::ZoneReturns)),
    ("zone_returns", Some(Sign::ZoneReturns)),
    ("re_entries_known", Some(Sign::ReEntries)),
    ("re_entries", Some(Sign::ReEntries)),
    ("pause_known", Some(Sign::Pause)),
    ("pause", Some(Sign::Pause)),
    ("fitting_room_empty", Some(Sign::FittingRoom)),
    ("fitting_room", Some(Sign::FittingRoom)),
    ("help_not_asked", Some(Sign::Help)),
    ("help_asked", Some(Sign::Help)),
    ("help_minutes", Some(Sign::Help)),
    ("not_greeted", Some(Sign::Greeted)),
    ("greeted", Some(Sign::Greeted)),
    ("orders_none", Some(Sign::OrderReady)),
    ("orders_ready", Some(Sign::OrderReady)),
    ("orders_more", Some(Sign::OrderReady)),
    ("returns_none", Some(Sign::ReturnAnnounced)),
    ("returns_announced", Some(Sign::ReturnAnnounced)),
    ("listed_none", Some(Sign::Wished)),
    ("listed_here", Some(Sign::Wished)),
    ("listed_more", Some(Sign::Wished)),
    ("wished_moved_none", Some(Sign::WishedMoved)),
    ("wished_moved", Some(Sign::WishedMoved)),
    ("cart_none", Some(Sign::Cart)),
    ("cart_here", Some(Sign::Cart)),
    ("looks_here_known", Some(Sign::LooksHere)),
    ("looks_here", Some(Sign::LooksHere)),
    ("compared_known", Some(Sign::Compared)),
    ("compared", Some(Sign::Compared)),
    ("compared_more", Some(Sign::Compared)),
    ("sessions_known", Some(Sign::Online)),
    ("sessions", Some(Sign::Online)),
    ("looks_known", Some(Sign::Online)),
    ("looks", Some(Sign::Online)),
    ("absence_known", Some(Sign::Absence)),
    ("absence", Some(Sign::Absence)),
    ("visits_known", Some(Sign::Familiar)),
    ("visits", Some(Sign::Familiar)),
    ("usual_none", Some(Sign::UsualDue)),
    ("usual_some", Some(Sign::UsualDue)),
    ("usual_log_odds", Some(Sign::UsualDue)),
    ("hour_known", Some(Sign::Hour)),
    ("morning", Some(Sign::Hour)),
    ("noon", Some(Sign::Hour)),
    ("evening", Some(Sign::Hour)),
    ("weekday_known", Some(Sign::Weekday)),
    ("weekend", Some(Sign::Weekday)),
];

/// The place of a feature in the list.
pub(super) fn place(name: &str) -> Option<usize> {
    FEATURES.iter().position(|(feature, _)| *feature == name)
}

pub(super) fn known(signs: &VisitSigns, any_due: &AnyDue) -> Known {
    let minutes = minutes(Some(signs.minutes_here)).unwrap_or_default();
    let [over_5, over_20] = BENDS.map(|bend| (libm::log1p(minutes) - libm::log1p(bend)).max(0.0));
    let [zones_known, zones] = count(signs.zones);
    let [stay_known, stay, stay_over_5] = stay(signs.longest_stay);
    let [returns_known, returns] = count(signs.zone_returns);
    let [re_entries_known, re_entries] = count(signs.re_entries);
    let [pause_known, pause] = time(self::minutes(signs.minutes_in_zone));
    let [no_fitting, fitting] = either(signs.in_fitting_room);
    let [not_asked, asked, asked_minutes] = help(signs.help);
    let [not_greeted, greeted] = either(signs.greeted);
    let [no_order, order, orders_more] = some(signs.orders_ready);
    let [no_return, announced, _] = some(signs.returns_announced);
    let [none_listed, listed, listed_more] = some(listed(signs));
    let [unmoved, moved, _] = some(signs.wished_moved);
    let [no_cart, cart, _] = some(signs.cart_here);
    let [looks_here_known, looks_here] = count(signs.looks_here);
    // Two are the least that can be compared.
    let [_, compared, compared_more] = some(signs.compared.map(|products| products.saturating_sub(1)));
    let [compared_known, _] = count(signs.compared);
    let [sessions_known, sessions] = count(signs.sessions);
    let [looks_known, looks] = count(signs.looks);
    let [absence_known, absence] = time(finite(signs.days_since_visit).map(|days| days.min(MOST_DAYS)));
    let [visits_known, visits] = count(signs.visits_before);
    let [usual_none, usual_some, usual_log_odds] = usual(signs, any_due);
    let [hour_known, morning, noon, evening] = hour(signs.hour);
    let [weekday_known, weekend] = weekday(signs.weekday);
    #[rustfmt::skip]
    let known = [
        1.0, libm::log1p(minutes), over_5, over_20,
        zones_known, zones,
        stay_known, stay, stay_over_5,
        returns_known, returns,
        re_entries_known, re_entries,
        pause_known, pause,
        no_fitting, fitting,
        not_asked, asked, asked_minutes,
        not_greeted, greeted,
        no_order, order, orders_more,
        no_return, announced,
        none_listed, listed, listed_more,
        unmoved, moved,
        no_cart, cart,
        looks_here_known, looks_here,
        compared_known, compared, compared_more,
        sessions_known, sessions, looks_known, looks,
        absence_known, absence,
        visits_known, visits,
        usual_none, usual_some, usual_log_odds,
        hour_known, morning, noon, evening,
        weekday_known, weekend,
    ];
    known
}

/// A number from 0 on; none of what is no number.
fn finite(number: Option<f64>) -> Option<f64> {
    number.filter(|number| number.is_finite()).map(|number| number.max(0.0))
}

fn minutes(minutes: Option<f64>) -> Option<f64> {
    finite(minutes).map(|minutes| minutes.min(MOST_MINUTES))
}

/// Whether it is known, and its logarithm.
fn time(time: Option<f64>) -> [f64; 2] {
    time.map_or([0.0; 2], |time| [1.0, libm::log1p(time)])
}

fn count(count: Option<u32>) -> [f64; 2] {
    time(count.map(|count| f64::from(count).min(MOST_THINGS)))
}

/// None, some, and how many more than one.
fn some(count: Option<u32>) -> [f64; 3] {
    match count {
        None => [0.0; 3],
        Some(0) => [1.0, 0.0, 0.0],
        Some(count) => [0.0, 1.0, libm::log(f64::from(count).min(MOST_THINGS))],
    }
}

/// Of the wish list and the cart together, since one of them is enough to buy of; there is none where neither has any.
fn listed(signs: &VisitSigns) -> Option<u32> {
    match (signs.wished_here, signs.cart_here) {
        (Some(wished), Some(cart)) => Some(wished.saturating_add(cart)),
        (one, other) => one.or(other).filter(|count| *count > 0),
    }
}

fn either(so: Option<bool>) -> [f64; 2] {
    match so {
        None => [0.0; 2],
        Some(false) => [1.0, 0.0],
        Some(true) => [0.0, 1.0],
    }
}

fn stay(longest: Option<f64>) -> [f64; 3] {
    let [bend, _] = BENDS;
    let [known, stay] = time(minutes(longest));
    [known, stay, (stay - libm::log1p(bend)).max(0.0)]
}

fn help(wish: Option<HelpWish>) -> [f64; 3] {
    match wish {
        None => [0.0; 3],
        Some(HelpWish::NotAsked) => [1.0, 0.0, 0.0],
        Some(HelpWish::Asked { minutes_ago }) => {
            [0.0, 1.0, libm::log1p(minutes(Some(minutes_ago)).unwrap_or_default())]
        }
    }
}

fn usual(signs: &VisitSigns, any_due: &AnyDue) -> [f64; 3] {
    match signs.likeliest_usual.filter(|likeliest| likeliest.is_finite()) {
        None => [0.0; 3],
        Some(likeliest) if likeliest <= 0.0 => [1.0, 0.0, 0.0],
        Some(likeliest) => [0.0, 1.0, any_due.log_odds(likeliest, signs.usual_due)],
    }
}

/// Known; before 11; from half past eleven to two; from five on.
fn hour(hour: Option<f64>) -> [f64; 4] {
    let Some(hour) = hour.filter(|hour| (0.0..24.0).contains(hour)) else { return [0.0; 4] };
    let so = |so: bool| f64::from(u8::from(so));
    [1.0, so(hour < 11.0), so((11.5..14.0).contains(&hour)), so(hour >= 17.0)]
}

fn weekday(day: Option<u8>) -> [f64; 2] {
    match day {
        Some(1..=5) => [1.0, 0.0],
        Some(6 | 7) => [1.0, 1.0],
        _ => [0.0; 2],
    }
}
