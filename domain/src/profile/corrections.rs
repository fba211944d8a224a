//! What the customer corrects, and what that does.
//!
//! A correction reaches back: what it is about must not have had any effect. So a correction is never folded onto a
//! view; it has the view rebuilt, and the rebuild knows all corrections that stand before it folds the first event.
//! Hence "not me" leaves the same view as if the thing had never been told, but for the history of corrections.
//!
//! The last correction of a thing stands. The newest [`MAX_STANDING`] count; older ones only stay in the events.

use std::{borrow::Cow, collections::BTreeMap};

use serde::{Deserialize, Serialize};

use super::{CorrectionMade, Moment, Profile, lists::negative};
use crate::{
    event::{Action, Correction, Disputed, Event, Line, Position, Purchase},
    id::{NoteId, OrderId, ProductId},
    money::Money,
    time::Timestamp,
};

/// Most corrections that count.
pub const MAX_STANDING: usize = 500;

/// A correction that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Standing {
    what: Disputed,
    how: Correction,
    at: Timestamp,
}

impl Standing {
    /// What stands after all these events, which come in canonical order; by subject.
    pub(super) fn after<'a>(events: impl Iterator<Item = &'a Event>) -> Vec<Self> {
        let mut last: BTreeMap<&Disputed, (Position, Correction)> = BTreeMap::new();
        for event in events {
            if let Action::Corrected { what, how } = &event.action {
                last.insert(what, (event.position(), *how));
            }
        }
        last.retain(|_, (_, how)| *how != Correction::Withdrawn);
        let mut newest: Vec<_> = last.into_iter().collect();
        newest.sort_by(|(_, (a, _)), (_, (b, _))| b.cmp(a));
        newest.truncate(MAX_STANDING);
        let standing = |(what, (position, how)): (&Disputed, (Position, _))| Self {
            what: what.clone(),
            how,
            at: position.at,
        };
        let mut all: Vec<Self> = newest.into_iter().map(standing).collect();
        all.sort_by(|a, b| a.what.cmp(&b.what));
        all
    }

    /// Whether a look at a product at this time was somebody else's, or for somebody else.
    pub(super) fn of_look(all: &[Self], product: &ProductId, at: Timestamp) -> Option<Correction> {
        find(all, &Disputed::Viewed(product.clone())).filter(|known| at <= known.at).map(|known| known.how)
    }

    /// Whether somebody else made the order.
    pub(super) fn is_not_mine(all: &[Self], order: &OrderId) -> bool {
        find(all, &Disputed::Order(order.clone())).is_some_and(|known| known.how == Correction::NotMe)
    }

    /// Whether the customer does not stand by a note.
    pub(super) fn is_disowned(all: &[Self], note: NoteId) -> bool {
        find(all, &Disputed::Note(note)).is_some_and(|known| known.how == Correction::NotMe)
    }

    /// What is true of a product of an order: what was said of the product, or else of the order.
    pub(super) fn of_line(all: &[Self], order: &OrderId, product: &ProductId) -> Option<Correction> {
        if all.is_empty() {
            return None;
        }
        let line = Disputed::OrderLine { order: order.clone(), product: product.clone() };
        find(all, &line).or_else(|| find(all, &Disputed::Order(order.clone()))).map(|known| known.how)
    }

    /// The lines of an order that are not somebody else's.
    pub(super) fn own_lines<'a>(all: &[Self], order: &OrderId, lines: &'a [Line]) -> Cow<'a, [Line]> {
        let is_own = |line: &Line| Self::of_line(all, order, &line.product) != Some(Correction::NotMe);
        if lines.iter().all(is_own) {
            return Cow::Borrowed(lines);
        }
        Cow::Owned(lines.iter().filter(|line| is_own(line)).cloned().collect())
    }

    /// The order without what is somebody else's, which the total then holds no more; `None` when nothing is left.
    pub(super) fn own<'a>(all: &[Self], purchase: &'a Purchase) -> Option<Cow<'a, Purchase>> {
        match Self::own_lines(all, &purchase.order, &purchase.lines) {
            Cow::Borrowed(_) => Some(Cow::Borrowed(purchase)),
            Cow::Owned(lines) if lines.is_empty() => None,
            Cow::Owned(lines) => {
                let not_own = |line: &&Line| {
                    Self::of_line(all, &purchase.order, &line.product) == Some(Correction::NotMe)
                };
                let out = purchase.lines.iter().filter(not_own).filter_map(Line::value);
                let less = |total: Money, out| total.checked_add(negative(out)).unwrap_or(total);
                let total = purchase.total.map(|total| out.fold(total, less));
                Some(Cow::Owned(Purchase { lines, total, ..purchase.clone() }))
            }
        }
    }
}

fn find<'a>(all: &'a [Standing], what: &Disputed) -> Option<&'a Standing> {
    let index = all.binary_search_by(|known| known.what.cmp(what)).ok()?;
    all.get(index)
}

/// Keeps the history, newest first.
pub(super) fn made(profile: &mut Profile, what: &Disputed, how: Correction, now: Moment) {
    let made = CorrectionMade { what: what.clone(), how, at: now.at, source: now.source };
    profile.corrections.insert(0, made);
    profile.corrections.truncate(Profile::MAX_CORRECTIONS);
}
