//! Good moments on the floor: which guests may be spoken to, for the hint on their row.
//!
//! The rule is [`shopbell_domain::moment`]; here it is asked, and when it is to be asked again. A row costs one comparison
//! each time that the shop looks at the clock.
//!
//! Beside it stands when what a card tells is no longer so, by time alone
//! ([`shopbell_domain::situation::Situation::changes_at`]): in the order of time, so that nobody is asked before.
//!
//! How a person takes words is read once, when the row appears, and forgotten with it; no associate is told.

use std::collections::{BTreeSet, HashMap};

use shopbell_domain::{
    floor::GuestState,
    id::{VisitId, ZoneId},
    moment::{Circumstances, Moment, MomentSettings, Receptiveness, Trigger},
    time::Timestamp,
    visit::Visit,
};

/// A row that is watched.
#[derive(Debug)]
struct Watched {
    receptiveness: Receptiveness,
    /// When its moment may be another one.
    due: Option<Timestamp>,
    /// Whether the guest had only just come in.
    quiet: bool,
    /// When the first of the open cards tells what is no longer so; it stands in the agenda, too.
    untrue: Option<Timestamp>,
}

/// The moments of one shop's guests.
#[derive(Debug)]
pub(super) struct Moments {
    settings: MomentSettings,
    fitting_rooms: BTreeSet<ZoneId>,
    watched: HashMap<VisitId, Watched>,
    /// Cards by when they tell what is no longer so.
    agenda: BTreeSet<(Timestamp, VisitId)>,
}

impl Moments {
    pub(super) fn new(settings: MomentSettings, fitting_rooms: BTreeSet<ZoneId>) -> Self {
        Self { settings, fitting_rooms, watched: HashMap::new(), agenda: BTreeSet::new() }
    }

    /// Whether it is known how the guest of a visit takes words.
    pub(super) fn knows(&self, visit: VisitId) -> bool {
        self.watched.contains_key(&visit)
    }

    /// How the guest of a visit takes words.
    pub(super) fn learn(&mut self, visit: VisitId, receptiveness: Receptiveness) {
        self.card_renewed(visit);
        self.watched.insert(visit, Watched { receptiveness, due: None, quiet: false, untrue: None });
    }

    /// Forgets those whose row is gone.
    pub(super) fn keep(&mut self, rows: impl Fn(VisitId) -> bool) {
        self.watched.retain(|visit, _| rows(*visit));
        self.agenda.retain(|(_, visit)| self.watched.contains_key(visit));
    }

    /// A card of a visit was made that tells what is so before this moment. Of several the first to change counts.
    pub(super) fn card_made(&mut self, visit: VisitId, until: Timestamp) {
        let Some(watched) = self.watched.get_mut(&visit) else { return };
        if watched.untrue.is_none_or(|known| until < known) {
            let before = watched.untrue.replace(until);
            before.map(|before| self.agenda.remove(&(before, visit)));
            self.agenda.insert((until, visit));
        }
    }

    /// The cards of a visit are fetched anew.
    pub(super) fn card_renewed(&mut self, visit: VisitId) {
        let untrue = self.watched.get_mut(&visit).and_then(|watched| watched.untrue.take());
        untrue.map(|untrue| self.agenda.remove(&(untrue, visit)));
    }

    /// The visits whose cards tell what is no longer so.
    pub(super) fn untrue(&self, now: Timestamp) -> Vec<VisitId> {
        self.agenda.iter().take_while(|(until, _)| *until <= now).map(|(_, visit)| *visit).collect()
    }

    /// A sign that the guest may be spoken to, while nobody has; `None` also for who asked, which the row tells itself.
    pub(super) fn sign(
        &mut self,
        visit: &Visit,
        state: GuestState,
        help_since: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Trigger> {
        let watched = self.watched.get_mut(&visit.id)?;
        (watched.due, watched.quiet) = (None, false);
        if matches!(state, GuestState::Left { .. }) || help_since.is_some() {
            return None;
        }
        let met = !visit.greeted.is_empty();
        let circumstances = Circumstances {
            now,
            help_since,
            met,
            fitting_rooms: &self.fitting_rooms,
            receptiveness: watched.receptiveness,
        };
        let moment = Moment::of(visit, &self.settings, &circumstances);
        watched.quiet = matches!(moment, Moment::Quiet { .. });
        // Who is met needs no sign; but at the end of the quiet time the card opens.
        watched.due = moment.changes(visit).filter(|_| watched.quiet || !met);
        let free = state == GuestState::Here && !met;
        match moment {
            Moment::Open { trigger, .. } if free => Some(trigger),
            Moment::Open { .. } | Moment::Quiet { .. } | Moment::Watch { .. } => None,
        }
    }

    /// The visits whose moment may be another one now, and whether their card is, too: at the end of the quiet time.
    pub(super) fn due(&self, now: Timestamp) -> Vec<(VisitId, bool)> {
        let due = |watched: &Watched| watched.due.is_some_and(|due| due <= now);
        let of = self.watched.iter().filter(|(_, watched)| due(watched));
        of.map(|(visit, watched)| (*visit, watched.quiet)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use shopbell_domain::{
        id::{AssociateId, CustomerId, StoreId},
        visit::ZoneStay,
    };

    use super::*;

    const BEGAN: Timestamp = Timestamp::from_secs(1_795_000_000);

    fn at(secs: u64) -> Timestamp {
        BEGAN + Duration::from_secs(secs)
    }

    /// Ten seconds at the door, then among the coats.
    fn visit(heard: u64) -> Visit {
        let (customer, store) = (CustomerId::new("c1").unwrap(), StoreId::new("lyon").unwrap());
        let stay = |zone, from, to| ZoneStay { zone: ZoneId::new(zone).unwrap(), from: at(from), to: at(to) };
        let stays = vec![stay("door", 0, 10), stay("coats", 10, heard)];
        Visit { last_heard: at(heard), stays, ..Visit::new(VisitId(1), customer, store, BEGAN) }
    }

    fn moments() -> Moments {
        let mut moments = Moments::new(MomentSettings::default(), BTreeSet::new());
        moments.learn(VisitId(1), Receptiveness::default());
        moments
    }

    #[test]
    fn a_row_is_asked_again_only_when_its_moment_may_come() {
        let mut moments = moments();
        let sign =
            |moments: &mut Moments, heard, now| moments.sign(&visit(heard), GuestState::Here, None, at(now));
        assert_eq!(sign(&mut moments, 12, 12), None);
        assert_eq!(moments.due(at(14)), []);
        assert_eq!(moments.due(at(15)), [(VisitId(1), true)], "the quiet time is over");
        assert_eq!(sign(&mut moments, 12, 15), None);
        assert_eq!(moments.due(at(54)), []);
        assert_eq!(moments.due(at(55)), [(VisitId(1), false)]);
        assert_eq!(sign(&mut moments, 40, 55), Some(Trigger::Dwell));
        assert_eq!(moments.due(at(190)), [], "as long as the guest is heard there");
        assert_eq!(moments.due(at(191)), [(VisitId(1), false)]);
        assert_eq!(sign(&mut moments, 40, 191), None);
    }

    #[test]
    fn a_card_is_renewed_when_the_first_thing_on_it_is_no_longer_so() {
        let mut moments = moments();
        moments.learn(VisitId(2), Receptiveness::default());
        let card = |moments: &mut Moments, visit, until| moments.card_made(VisitId(visit), at(until));
        card(&mut moments, 1, 50);
        card(&mut moments, 1, 30);
        card(&mut moments, 1, 90);
        card(&mut moments, 2, 40);
        card(&mut moments, 3, 10);
        assert_eq!(moments.untrue(at(29)), [], "there is no row of the third");
        assert_eq!(moments.untrue(at(30)), [VisitId(1)]);
        assert_eq!(moments.untrue(at(60)), [VisitId(1), VisitId(2)]);
        moments.card_renewed(VisitId(1));
        assert_eq!(moments.untrue(at(1_000)), [VisitId(2)]);
        card(&mut moments, 1, 95);
        assert_eq!(moments.untrue(at(95)), [VisitId(2), VisitId(1)]);
        moments.keep(|visit| visit == VisitId(1));
        assert_eq!(moments.untrue(at(95)), [VisitId(1)]);
        moments.learn(VisitId(1), Receptiveness::default());
        assert!(moments.agenda.is_empty(), "nothing is remembered");
    }

    #[test]
    fn who_is_met_asked_or_left_needs_no_sign() {
        let mut moments = moments();
        let ines = AssociateId::new("ines").unwrap();
        let met = |heard| Visit { greeted: vec![ines.clone()], ..visit(heard) };
        assert_eq!(moments.sign(&met(12), GuestState::Here, None, at(12)), None);
        assert_eq!(moments.due(at(15)), [(VisitId(1), true)], "the card opens");
        assert_eq!(moments.sign(&met(60), GuestState::Here, None, at(60)), None);
        assert_eq!(moments.due(at(10_000)), []);
        assert_eq!(moments.sign(&visit(60), GuestState::Here, Some(at(50)), at(60)), None);
        assert_eq!(moments.sign(&visit(60), GuestState::Uncertain, None, at(60)), None, "nobody can tell");
        assert_eq!(moments.sign(&visit(60), GuestState::Left { at: at(60) }, None, at(60)), None);
        assert_eq!(moments.due(at(10_000)), []);
        moments.keep(|_| false);
        assert_eq!(moments.sign(&visit(60), GuestState::Here, None, at(60)), None, "nobody is remembered");
    }
}
