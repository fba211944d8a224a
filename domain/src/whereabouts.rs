//! Where one phone is heard: in one shop, in two that stand side by side, or in two places at once.
//!
//! ```text
//!                           another shop, no neighbour, within a token's life
//!   heard in one shop  ---------------------------------------------------------> contested: shown in neither
//!     ^   |                                                                              |
//!     |   | a neighbour hears it louder, or as the only one                              |
//!     +---+ (the phone is there now)          <---- a token's life without the other ----+
//! ```
//!
//! A phone is in one place. Heard in two, one of them is somebody's relay that plays its tokens, and nobody can tell
//! which: so it is *contested*, in both, whatever tokens the relay plays. A token lives in its own quarter of an hour
//! and the two beside it, so hearings are held against each other by quarters of an hour ([`Window`]): those of the
//! token and of the moment, and the ones beside them. Who walks from one shop to the other within a quarter of an hour
//! is contested too, and after more than half an hour never is.
//!
//! Two shops in one mall both hear a phone that stands between them. The brand says so of them: they are *neighbours*,
//! and then nothing is contested, and the phone is where it is louder, or where it is the only one heard.
//!
//! Never here: which customer it is, and whether anything may be recorded.

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{id::StoreId, signal::Dbm, time::Timestamp, token::Window};

/// So much louder, in dB, a neighbour must hear a phone to take it over: less is a body that turned.
const LOUDER_DB: i8 = 6;

/// Unheard for so long, a phone is the neighbour's: two of the words "still here", which come about once a minute.
const HELD: Duration = Duration::from_secs(120);

/// Quarters of an hour for which a hearing is remembered after its own: its neighbour, and one for news on its way.
const REMEMBERED_WINDOWS: u32 = 2;

/// Quarters of an hour in which a phone was heard in two places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contest {
    /// The first.
    pub first: Window,
    /// The last so far.
    pub last: Window,
}

impl Contest {
    /// Whether what is heard in this quarter of an hour is contested.
    pub const fn covers(&self, window: Window) -> bool {
        self.touches(Self { first: window, last: window })
    }

    /// Whether the contest means nothing any more at `now`.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.last < oldest(now)
    }

    const fn touches(self, other: Self) -> bool {
        self.first.0 <= other.last.0.saturating_add(1) && other.first.0 <= self.last.0.saturating_add(1)
    }

    fn and(self, other: Self) -> Self {
        Self { first: self.first.min(other.first), last: self.last.max(other.last) }
    }
}

/// One word of an agent about a phone.
#[derive(Debug, Clone, Copy)]
pub struct Hearing<'a> {
    /// The agent's shop.
    pub store: &'a StoreId,
    /// The quarter of an hour that the token was issued for.
    pub window: Window,
    /// When it was heard.
    pub at: Timestamp,
    /// How strong.
    pub rssi: Dbm,
    /// Whether the phone fell silent there.
    pub left: bool,
}

impl Hearing<'_> {
    fn span(&self) -> Contest {
        let now = Window::at(self.at);
        Contest { first: self.window.min(now), last: self.window.max(now) }
    }
}

/// What a word means for the shop that heard it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The phone is in this shop.
    Here,
    /// The phone came over from this neighbour, which is to show it no more.
    HereFrom(StoreId),
    /// The phone is in a neighbour, which hears it better.
    NextDoor,
    /// The phone is heard in two places. These shops may show it, and are to be told; none when all know.
    Contested(BTreeSet<StoreId>),
}

#[derive(Debug, Clone)]
struct Place {
    store: StoreId,
    heard: Timestamp,
    loudest: Dbm,
    loudest_at: Timestamp,
}

impl Place {
    fn new(hearing: &Hearing<'_>) -> Self {
        let (store, at) = (hearing.store.clone(), hearing.at);
        Self { store, heard: at, loudest: hearing.rssi, loudest_at: at }
    }

    /// Heard again, by one of the shop's agents: the loudest of late counts, since others stand further away.
    fn again(&mut self, hearing: &Hearing<'_>) {
        self.heard = self.heard.max(hearing.at);
        if hearing.rssi >= self.loudest || hearing.at.since(self.loudest_at) >= HELD {
            (self.loudest, self.loudest_at) = (hearing.rssi, hearing.at);
        }
    }

    fn gives_way_to(&self, hearing: &Hearing<'_>) -> bool {
        let louder = hearing.rssi.get() >= self.loudest.get().saturating_add(LOUDER_DB);
        hearing.at.since(self.heard) >= HELD || louder && hearing.at >= self.heard - HELD
    }
}

/// Where one phone was heard lately.
#[derive(Debug, Clone, Default)]
pub struct Whereabouts {
    heard: BTreeSet<(Window, StoreId)>,
    contest: Option<Contest>,
    place: Option<Place>,
}

fn oldest(now: Timestamp) -> Window {
    Window(Window::at(now).0.saturating_sub(REMEMBERED_WINDOWS))
}

impl Whereabouts {
    /// Of a phone of which only a contest is known, after a start.
    pub fn contested(contest: Contest) -> Self {
        Self { contest: Some(contest), ..Self::default() }
    }

    /// Takes in one word. The same word twice changes nothing. `neighbours` are those of the shop that heard it.
    pub fn hear(&mut self, hearing: &Hearing<'_>, neighbours: &BTreeSet<StoreId>) -> Finding {
        let span = hearing.span();
        for window in [span.first, span.last] {
            self.heard.insert((window, hearing.store.clone()));
        }
        let was_contested = self.contest.is_some_and(|contest| contest.touches(span));
        let others = self.others(hearing.store, span);
        let elsewhere = others.iter().filter(|(_, other)| !neighbours.contains(other));
        if let Some(latest) = elsewhere.map(|(window, _)| *window).max() {
            self.note_contest(span, latest);
            let all = others.into_iter().map(|(_, other)| other);
            return Finding::Contested(if was_contested { BTreeSet::new() } else { all.collect() });
        }
        if was_contested {
            return Finding::Contested(BTreeSet::new());
        }
        self.place(hearing, neighbours)
    }

    /// What other shops heard of the phone within a token's life.
    fn others(&self, store: &StoreId, span: Contest) -> Vec<(Window, StoreId)> {
        let near = self.heard.iter().filter(|(window, other)| span.covers(*window) && other != store);
        near.cloned().collect()
    }

    /// The contest lasts to the last quarter of an hour in which both were heard, or, where `latest` of the other is
    /// the one before, to that one: what a contest covers goes one further, and it must end when the other is silent.
    ///
    /// A contest of long ago, told late, does not take the place of the present one.
    fn note_contest(&mut self, span: Contest, latest: Window) {
        let last = if latest >= span.last { span.last } else { Window(span.last.0.saturating_sub(1)) };
        let span = Contest { first: span.first.min(last), last };
        self.contest = Some(match self.contest {
            Some(known) if known.touches(span) => known.and(span),
            Some(known) if known.last > span.last => known,
            _ => span,
        });
    }

    fn place(&mut self, hearing: &Hearing<'_>, neighbours: &BTreeSet<StoreId>) -> Finding {
        let is_here = |place: &Place| place.store == *hearing.store;
        if hearing.left {
            self.place.take_if(|place| is_here(place));
            return Finding::Here;
        }
        match &mut self.place {
            Some(place) if is_here(place) => place.again(hearing),
            Some(place) if neighbours.contains(&place.store) => {
                if !place.gives_way_to(hearing) {
                    return Finding::NextDoor;
                }
                let from = std::mem::replace(place, Place::new(hearing));
                return Finding::HereFrom(from.store);
            }
            // Not a neighbour, and so heard long before or after: the later one counts.
            Some(place) if place.heard > hearing.at => {}
            place => *place = Some(Place::new(hearing)),
        }
        Finding::Here
    }

    /// Whether a shop may show the phone at `now`.
    pub fn may_show(&self, store: &StoreId, now: Timestamp) -> bool {
        let contested = self.contest.is_some_and(|contest| contest.covers(Window::at(now)));
        let elsewhere = |place: &Place| place.store != *store && now.since(place.heard) < HELD;
        !contested && !self.place.as_ref().is_some_and(elsewhere)
    }

    /// The contest, also one that is about over.
    pub const fn contest(&self) -> Option<Contest> {
        self.contest
    }

    /// Forgets what means nothing any more at `now`; whether anything is left to know.
    pub fn forget(&mut self, now: Timestamp) -> bool {
        let oldest = oldest(now);
        self.heard.retain(|(window, _)| *window >= oldest);
        self.contest.take_if(|contest| contest.is_over(now));
        self.place.take_if(|place| Window::at(place.heard) < oldest);
        !self.heard.is_empty() || self.contest.is_some() || self.place.is_some()
    }
}

#[cfg(test)]
mod tests;
