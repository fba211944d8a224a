//! The right moment: whether a guest may be spoken to now, and why. A pure function of the visit, not a task.
//!
//! ```text
//!   comes in ------------> Quiet(until) ---- quiet_for passes ----> Watch(next) <---------+
//!                             |                                        |                  | the zone changes
//!                             | asks for help                          | a trigger        |
//!                             v                                        v                  |
//!                           Open(help wanted)                        Open(trigger) -------+
//! ```
//!
//! Who comes in is left in peace at first, whatever we know. Then a good associate waits for a sign: somebody stays with
//! something, comes back to it, stands still, needs another size. These are the triggers, the strongest first:
//!
//! | trigger | when |
//! |---|---|
//! | help wanted | the guest asked, from whenever that was: it does not even wait for the quiet time |
//! | fitting room | the guest is in a zone with fitting rooms |
//! | met | an associate has confirmed the person: they are already talking |
//! | returned | the guest left a zone, came back to it, and stays for [`MomentSettings::returned`] |
//! | dwell | the guest stays in one zone for [`MomentSettings::dwell`] |
//! | pause | the guest has not changed the zone for [`MomentSettings::pause`] |
//!
//! In the zone where the visit began only the pause counts: who stands at the door is arriving, and who comes back to it
//! is leaving.
//!
//! Some people like a word and some do not, which shows in how they took earlier ones ([`Receptiveness`]). Who takes them
//! less well is given more time, up to three times as much; who hardly ever does is no longer watched for signs, and
//! is at most greeted by whoever meets them anyway.
//!
//! A moment ends as it began: it follows from where the guest is now. Nothing here is kept.
//!
//! To add a trigger: a variant of [`Trigger`], its line in [`Moment::of`], its text on the tablet.

mod receptiveness;

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};

pub use self::receptiveness::Receptiveness;
use crate::{
    id::ZoneId,
    starter::StarterKind,
    time::Timestamp,
    visit::{Visit, ZoneStay},
};

/// How long things take until a moment is a good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MomentSettings {
    /// From the first hearing of a visit: nobody is approached.
    pub quiet_for: Duration,
    /// Of staying in one zone.
    pub dwell: Duration,
    /// Of staying in a zone to which the guest came back.
    pub returned: Duration,
    /// Of not changing the zone, wherever it is.
    pub pause: Duration,
}

impl Default for MomentSettings {
    fn default() -> Self {
        Self {
            quiet_for: Duration::from_secs(15),
            dwell: Duration::from_secs(45),
            returned: Duration::from_secs(15),
            pause: Duration::from_secs(180),
        }
    }
}

/// What makes a moment a good one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Trigger {
    /// The guest asked for help.
    HelpWanted,
    /// The guest is at the fitting rooms.
    FittingRoom,
    /// An associate and the guest are talking already.
    Met,
    /// The guest came back to something.
    Returned,
    /// The guest stays with something.
    Dwell,
    /// The guest stands still.
    Pause,
}

impl Trigger {
    /// All of them, the strongest first.
    pub const ALL: [Self; 6] =
        [Self::HelpWanted, Self::FittingRoom, Self::Met, Self::Returned, Self::Dwell, Self::Pause];

    /// Its name in the log and in explanations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HelpWanted => "help-wanted",
            Self::FittingRoom => "fitting-room",
            Self::Met => "met",
            Self::Returned => "returned",
            Self::Dwell => "dwell",
            Self::Pause => "pause",
        }
    }
}

/// Whether a guest may be spoken to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The guest has only just come in.
    Quiet {
        /// From then on there may be a moment.
        until: Timestamp,
    },
    /// There is no sign yet.
    Watch {
        /// When there is one, if the guest stays where they are; `None` when only something else can make one.
        next: Option<Timestamp>,
    },
    /// There is.
    Open {
        /// Why.
        trigger: Trigger,
        /// Since when.
        since: Timestamp,
        /// Whether more than a hello would be too much for this person.
        hello_only: bool,
    },
}

/// What a moment is judged from, beside the visit.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// Now.
    pub now: Timestamp,
    /// When help was asked for, if that stands ([`crate::situation::help_wanted`]).
    pub help_since: Option<Timestamp>,
    /// Whether an associate has confirmed the person.
    pub met: bool,
    /// The shop's zones with fitting rooms.
    pub fitting_rooms: &'a BTreeSet<ZoneId>,
    /// How this person takes words.
    pub receptiveness: Receptiveness,
}

/// Beyond this time without news of a guest nobody knows whether they still stand where they stood: agents tell of a
/// presence about once a minute.
const HEARD_WITHIN: Duration = Duration::from_secs(150);

impl Moment {
    /// The moment of an open visit.
    pub fn of(visit: &Visit, settings: &MomentSettings, around: &Circumstances<'_>) -> Self {
        let open = |trigger, since, hello_only| Self::Open { trigger, since, hello_only };
        if let Some(since) = around.help_since {
            return open(Trigger::HelpWanted, since, false);
        }
        let begun = visit.began + settings.quiet_for;
        if around.now < begun {
            return Self::Quiet { until: begun };
        }
        let stay = visit.stays.last();
        let reserved = around.receptiveness.is_reserved();
        if let Some(stay) = stay.filter(|stay| around.fitting_rooms.contains(&stay.zone)) {
            return open(Trigger::FittingRoom, stay.from.max(begun), false);
        }
        if around.met {
            return open(Trigger::Met, begun, reserved);
        }
        let heard = around.now.since(visit.last_heard) <= HEARD_WITHIN;
        let Some(stay) = stay.filter(|_| heard && !reserved) else { return Self::Watch { next: None } };
        // The first that comes true if the guest stays: so a moment does not become another one by itself.
        let signs = signs(&visit.stays, stay, settings, around.receptiveness);
        match signs.map(|(trigger, at)| (trigger, at.max(begun))).min_by_key(|(_, at)| *at) {
            Some((trigger, at)) if at <= around.now => open(trigger, at, false),
            sign => Self::Watch { next: sign.map(|(_, at)| at) },
        }
    }

    /// Its name in the log and in explanations, such as `open: dwell`.
    pub fn name(&self) -> String {
        match self {
            Self::Quiet { .. } => "quiet".to_owned(),
            Self::Watch { .. } => "watch".to_owned(),
            Self::Open { trigger, hello_only: false, .. } => format!("open: {}", trigger.name()),
            Self::Open { trigger, hello_only: true, .. } => format!("open: {}, hello only", trigger.name()),
        }
    }

    /// Whether a starter of this kind may be said at this moment.
    pub const fn lets(&self, kind: StarterKind) -> bool {
        match self {
            _ if kind.answers() => true,
            Self::Quiet { .. } | Self::Watch { .. } => false,
            Self::Open { hello_only: true, .. } => matches!(kind, StarterKind::Hello),
            Self::Open { hello_only: false, .. } => true,
        }
    }

    /// When it may be another one without any news of the visit; `None` when only news can change it.
    pub fn changes(&self, visit: &Visit) -> Option<Timestamp> {
        match self {
            Self::Quiet { until } => Some(*until),
            Self::Watch { next } => *next,
            Self::Open { trigger: Trigger::Returned | Trigger::Dwell | Trigger::Pause, .. } => {
                Some(visit.last_heard + HEARD_WITHIN + Duration::from_millis(1))
            }
            Self::Open { .. } => None,
        }
    }
}

/// What the present stay may become a sign of, and when, the strongest first.
fn signs(
    stays: &[ZoneStay],
    stay: &ZoneStay,
    settings: &MomentSettings,
    receptiveness: Receptiveness,
) -> impl Iterator<Item = (Trigger, Timestamp)> {
    let entrance = stays.first().map(|first| &first.zone);
    let arriving = entrance == Some(&stay.zone);
    let before = stays.len().saturating_sub(1);
    let back = stays.iter().take(before).any(|earlier| earlier.zone == stay.zone);
    let at = |time: Duration| stay.from + receptiveness.stretches(time);
    let returned = (back && !arriving).then(|| (Trigger::Returned, at(settings.returned)));
    let dwell = (!arriving).then(|| (Trigger::Dwell, at(settings.dwell)));
    returned.into_iter().chain(dwell).chain([(Trigger::Pause, at(settings.pause))])
}

#[cfg(test)]
mod tests;
