//! Where messages wait, by source: so that whoever takes them up passes from one source to the next.
//!
//! ```text
//!  web       { 1, of 5 } { 19, of 13 } { 20 } ..      each lane in order of its numbers
//!  backend   { 6 }
//!  till      { 33 } { 34 }
//! ```
//!
//! A take has about as many messages of each lane, as far as there are any; and after each settlement another lane begins. Which
//! lane a record is of stands in the record alone: the lanes are made anew from the disk at the first use after a start.
//!
//! Never here: what a message says, and the disk.

use std::collections::{BTreeMap, BTreeSet};

use shopbell_domain::{id::SourceId, inbox::InboxNumber};
use shopbell_vault::KeyId;

use super::run::Run;

/// Records of waiting messages, by source and number.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    by_source: BTreeMap<SourceId, Lane>,
    waiting: u64,
    /// The lane with which the last settlement began.
    served: Option<SourceId>,
}

#[derive(Debug, Default)]
struct Lane {
    /// By the number of the last message.
    runs: BTreeMap<u64, Standing>,
    waiting: u64,
}

/// A record, beside its number.
#[derive(Debug, Clone, Copy)]
struct Standing {
    count: u16,
    /// Which epoch seals it.
    key: KeyId,
}

/// A record, or a part of it, that is taken up.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) run: Run,
    /// Those of its messages that are taken.
    pub(crate) taken: BTreeSet<InboxNumber>,
    source: SourceId,
    key: KeyId,
}

impl Piece {
    /// The numbers of those that are left.
    pub(crate) fn left(&self) -> impl Iterator<Item = InboxNumber> {
        (self.run.first().0..=self.run.last.0).map(InboxNumber).filter(|number| !self.taken.contains(number))
    }

    /// The epoch that seals it, and how many of the epoch's messages are taken.
    pub(super) fn of_epoch(&self) -> (KeyId, u64) {
        (self.key, self.taken.len() as u64)
    }
}

impl Lanes {
    /// How many messages wait, of all or of one source.
    pub(super) fn waiting(&self, source: Option<&SourceId>) -> u64 {
        source.map_or(self.waiting, |source| self.by_source.get(source).map_or(0, |lane| lane.waiting))
    }

    /// Adds a record that is safe.
    pub(super) fn add(&mut self, source: SourceId, run: Run, key: KeyId) {
        let lane = self.by_source.entry(source).or_default();
        lane.runs.insert(run.last.0, Standing { count: run.count, key });
        lane.waiting += u64::from(run.count);
        self.waiting += u64::from(run.count);
    }

    /// Takes a record out; the epoch that sealed it.
    pub(super) fn remove(&mut self, source: &SourceId, run: Run) -> Option<KeyId> {
        let lane = self.by_source.get_mut(source)?;
        let Standing { count, key } = lane.runs.remove(&run.last.0)?;
        lane.waiting = lane.waiting.saturating_sub(u64::from(count));
        self.waiting = self.waiting.saturating_sub(u64::from(count));
        if lane.runs.is_empty() {
            self.by_source.remove(source);
        }
        Some(key)
    }

    /// The records that are next, of all lanes in turn, with at most `limit` messages; a first one may have more.
    ///
    /// A record is left whole where that is possible: what is taken of it only in part is written anew.
    pub(super) fn next(&self, limit: usize) -> Vec<(SourceId, Run)> {
        let begins_here = |source: &SourceId| self.served.as_ref().is_some_and(|served| source > served);
        let (mut order, others): (Vec<_>, Vec<_>) =
            self.by_source.iter().partition(|(source, _)| begins_here(source));
        order.extend(others);
        let mut lanes: Vec<_> =
            order.into_iter().map(|(source, lane)| (0, source, lane.runs.iter().peekable())).collect();
        let (mut next, mut total) = (Vec::new(), 0);
        while total < limit
            && let Some(at) = fewest(&lanes)
            && let Some((taken, source, runs)) = lanes.get_mut(at)
        {
            let fits =
                |(_, run): &(&u64, &Standing)| next.is_empty() || total + usize::from(run.count) <= limit;
            let Some((last, Standing { count, .. })) = runs.next_if(fits) else {
                drop(lanes.remove(at));
                continue;
            };
            *taken += usize::from(*count);
            total += usize::from(*count);
            next.push(((*source).clone(), Run { last: InboxNumber(*last), count: *count }));
        }
        next
    }

    /// The records of these messages; `None` when one of them does not wait.
    pub(super) fn pieces(&self, taken: &[InboxNumber]) -> Option<Vec<Piece>> {
        // By the numbers of their last messages.
        let mut pieces: BTreeMap<InboxNumber, Piece> = BTreeMap::new();
        for number in taken {
            let at_hand = pieces.range_mut(number..).next().filter(|(_, piece)| piece.run.first() <= *number);
            if let Some((_, piece)) = at_hand {
                piece.taken.insert(*number);
            } else {
                let piece = self.piece(*number)?;
                pieces.insert(piece.run.last, piece);
            }
        }
        Some(pieces.into_values().collect())
    }

    fn piece(&self, number: InboxNumber) -> Option<Piece> {
        self.by_source.iter().find_map(|(source, lane)| {
            let (last, Standing { count, key }) = lane.runs.range(number.0..).next()?;
            let run = Run { last: InboxNumber(*last), count: *count };
            let taken = BTreeSet::from([number]);
            (run.first() <= number).then(|| Piece { run, taken, source: source.clone(), key: *key })
        })
    }

    /// Takes messages out; the lane of the first number is the one that was served.
    pub(super) fn settle(&mut self, first: Option<InboxNumber>, pieces: Vec<Piece>) {
        for piece in pieces {
            if first.is_some_and(|first| piece.taken.contains(&first)) {
                self.served = Some(piece.source.clone());
            }
            self.remove(&piece.source, piece.run);
            for last in piece.left() {
                self.add(piece.source.clone(), Run { last, count: 1 }, piece.key);
            }
        }
    }
}

/// Which lane has had the fewest messages so far; of several, the first.
fn fewest<T>(lanes: &[(usize, &SourceId, T)]) -> Option<usize> {
    lanes.iter().enumerate().min_by_key(|(_, (taken, ..))| *taken).map(|(at, _)| at)
}
