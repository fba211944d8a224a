//! What an event means: when it happened, whose token it holds, and what consent lets us keep of it.
//!
//! ```text
//!  report -> dated -> token opened -> owner known -> consent now -> in this shop and no other -> accepted
//!               |          |              |               |                |
//!            (kept, not   forged,      unknown         level 0: gone    contested,
//!             pushed)     stale        phone           level 1: counted  next door
//! ```
//!
//! What is discarded is counted by reason and acknowledged: an agent must not send it for ever. Nothing is written
//! here; the shop's owner task records the whole batch at once.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use shopbell_domain::{
    consent::Field,
    id::{CustomerId, PhoneId, StoreId, ZoneId},
    ports::StoreError,
    presence::PresenceKind,
    profile::Customer,
    time::Timestamp,
    token::{Opened, TokenKeys},
    visit::{Heard, LivePresence},
    whereabouts::{Finding, Hearing},
};
use shopbell_proto::convert::edge::{AgentInstant, Rejection, Report};

use crate::{
    config::Limits,
    floor::{Decisions, Delivery, PhoneRegistry},
    metrics::{EventFate, Metrics},
    shops::Shop,
};

/// Who is heard again within this time is still the same anonymous arrival.
const SAME_ARRIVAL: Duration = Duration::from_secs(30 * 60);

const HOUR_SECS: i64 = 3_600;

/// When an event happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dated {
    /// In the server's time; never after the receipt.
    pub observed: Timestamp,
    /// Whether it may show somebody on a tablet.
    pub fresh: bool,
}

/// Dates events by the agent's clocks.
#[derive(Debug, Clone, Copy)]
pub struct Dating {
    /// The agent's clocks when it sent the batch.
    pub sent_at: AgentInstant,
    /// When the batch arrived.
    pub received: Timestamp,
    /// Whether the events are of the boot that sends them.
    pub own_boot: bool,
    /// Events older than this show nobody on a tablet.
    pub push_age: Duration,
    /// Beyond this difference of wall clocks, events of older boots are not pushed.
    pub clock_skew: Duration,
}

impl Dating {
    /// When the event happened.
    ///
    /// Within its own boot an agent's uptime tells the age, whatever its wall clock shows. For an older boot only the
    /// wall clock can tell: it is corrected by its present error, and believed for pushing only if that is small and
    /// the clock did not run backwards since.
    pub fn date(&self, at: AgentInstant) -> Dated {
        if self.own_boot {
            let age = self.sent_at.uptime.saturating_sub(at.uptime);
            return Dated { observed: self.received - age, fresh: age <= self.push_age };
        }
        let age = self.sent_at.wall.since(at.wall);
        let error = self.sent_at.wall.since(self.received).max(self.received.since(self.sent_at.wall));
        let credible = error <= self.clock_skew && at.wall <= self.sent_at.wall;
        Dated { observed: self.received - age, fresh: credible && age <= self.push_age }
    }
}

/// An event that may be kept.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// Whose phone was heard.
    pub customer: CustomerId,
    /// What the visits are told.
    pub heard: Heard,
    /// The event as reported.
    pub report: Report,
    /// Whether it may show somebody on a tablet.
    pub fresh: bool,
}

/// What is left of a batch.
#[derive(Debug, Default)]
pub struct Sifted {
    /// Events that may be kept, in order.
    pub accepted: Vec<Accepted>,
    /// Arrivals to add to the anonymous count of their hour.
    pub anonymous: BTreeMap<Timestamp, u32>,
    /// Shops that may show a phone which proved to be contested, or has come from there.
    pub to_tell: Vec<(StoreId, PhoneId)>,
    /// Phones that this shop must not show: they are contested, or next door.
    pub withhold: Vec<PhoneId>,
    /// Arrivals that are counted once the batch is on disk.
    arrivals: HashMap<CustomerId, Timestamp>,
}

/// Sifts the batches of one shop.
pub struct Ingest {
    decisions: Arc<Decisions>,
    keys: TokenKeys,
    registry: Arc<PhoneRegistry>,
    metrics: Arc<Metrics>,
    push_age: Duration,
    event_age: Duration,
    clock_skew: Duration,
    /// Customers at level 1 who were counted lately. In memory only: at this level nothing about them is kept.
    counted: HashMap<CustomerId, Timestamp>,
}

impl std::fmt::Debug for Ingest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ingest")
    }
}

impl Ingest {
    /// For one shop.
    pub fn new(
        decisions: Arc<Decisions>,
        keys: TokenKeys,
        registry: Arc<PhoneRegistry>,
        metrics: Arc<Metrics>,
        limits: &Limits,
    ) -> Self {
        let Limits { push_age, event_age, clock_skew, .. } = *limits;
        Self { decisions, keys, registry, metrics, push_age, event_age, clock_skew, counted: HashMap::new() }
    }

    /// What may be kept of the events above the high-water mark.
    pub async fn sift(
        &mut self,
        shop: &Shop,
        zone: &ZoneId,
        delivery: &Delivery,
        high_water: u64,
    ) -> Result<Sifted, StoreError> {
        let batch = &delivery.received.batch;
        let dating = Dating {
            sent_at: batch.sent_at,
            received: delivery.at,
            own_boot: batch.boot == delivery.stream_boot,
            push_age: self.push_age,
            clock_skew: self.clock_skew,
        };
        let mut sifted = Sifted::default();
        self.count_rejected(&delivery.received.rejected, high_water);
        for report in &batch.events {
            if report.sequence <= high_water {
                self.metrics.event(EventFate::Duplicate);
                continue;
            }
            let dated = dating.date(report.at);
            if delivery.at.since(dated.observed) > self.event_age {
                self.metrics.event(EventFate::TooOld);
                continue;
            }
            let heard = Heard {
                agent: delivery.agent.clone(),
                boot: batch.boot,
                zone: zone.clone(),
                token: report.token,
                kind: report.kind,
                at: dated.observed,
                rssi: report.rssi,
            };
            let fate = self.admit(shop, heard, report, dated.fresh, delivery.at, &mut sifted).await?;
            // What is accepted is counted by the shop, which knows whether it belongs to a visit.
            if fate != EventFate::Visit {
                self.metrics.event(fate);
            }
            // Leaving is always told late, by the time that the agent takes to be sure.
            if !dated.fresh && report.kind != PresenceKind::Left {
                self.metrics.late_events.inc();
            }
        }
        Ok(sifted)
    }

    fn count_rejected(&self, rejected: &[Rejection], high_water: u64) {
        for rejection in rejected {
            let again = rejection.sequence <= high_water;
            self.metrics.event(if again { EventFate::Duplicate } else { EventFate::Rejected });
        }
    }

    async fn admit(
        &mut self,
        shop: &Shop,
        heard: Heard,
        report: &Report,
        fresh: bool,
        now: Timestamp,
        sifted: &mut Sifted,
    ) -> Result<EventFate, StoreError> {
        let opened = match self.keys.open(report.token, heard.at) {
            Ok(opened) => opened,
            Err(shopbell_domain::token::OpenError::Forged) => return Ok(EventFate::Forged),
            Err(shopbell_domain::token::OpenError::Stale) => return Ok(EventFate::Stale),
        };
        let Some(owner) = self.decisions.phone_owner(opened.phone).await? else {
            return Ok(EventFate::UnknownPhone);
        };
        // Read for each event: what was withdrawn a moment ago is withdrawn for this one.
        let Some(customer) = self.decisions.customer(&owner).await? else {
            return Ok(EventFate::UnknownPhone);
        };
        if customer.consent.paused(heard.at) {
            // Of a time in which nothing was to be done, also when it is told after that.
            return Ok(EventFate::NotShared);
        }
        if !customer.consent.records(Field::Visit, now) {
            return Ok(self.count(&customer, heard.at, now, sifted));
        }
        if heard.at <= customer.consented_since {
            // An agent that was cut off tells now of a time for which nobody had consented.
            return Ok(EventFate::NotShared);
        }
        let fate = self.locate(shop, opened, &heard, sifted);
        if fate == EventFate::Visit {
            sifted.accepted.push(Accepted { customer: customer.id, heard, report: *report, fresh });
        }
        Ok(fate)
    }

    /// Whether the phone is in this shop, as far as all shops together can tell.
    fn locate(&self, shop: &Shop, opened: Opened, heard: &Heard, sifted: &mut Sifted) -> EventFate {
        let hearing = Hearing {
            store: &shop.id,
            window: opened.window,
            at: heard.at,
            rssi: heard.rssi,
            left: heard.kind == PresenceKind::Left,
        };
        match self.registry.hear(opened.phone, &hearing, &shop.neighbours) {
            Finding::Here => EventFate::Visit,
            Finding::HereFrom(neighbour) => {
                sifted.to_tell.push((neighbour, opened.phone));
                EventFate::Visit
            }
            Finding::NextDoor => {
                sifted.withhold.push(opened.phone);
                EventFate::NextDoor
            }
            Finding::Contested(others) => {
                for other in others {
                    tracing::warn!(shop = %shop.id, %other, "one phone is heard in two shops: shown in neither");
                    sifted.to_tell.push((other, opened.phone));
                }
                sifted.withhold.push(opened.phone);
                EventFate::Contested
            }
        }
    }

    fn count(&self, customer: &Customer, at: Timestamp, now: Timestamp, sifted: &mut Sifted) -> EventFate {
        if !customer.consent.records(Field::AnonymousCount, now) {
            return EventFate::NotShared;
        }
        let last = sifted.arrivals.get(&customer.id).or_else(|| self.counted.get(&customer.id)).copied();
        let same = last.is_some_and(|last| at.since(last).max(last.since(at)) <= SAME_ARRIVAL);
        if !same {
            let hour = Timestamp::from_secs(at.as_secs().div_euclid(HOUR_SECS) * HOUR_SECS);
            *sifted.anonymous.entry(hour).or_default() += 1;
        }
        sifted.arrivals.insert(customer.id.clone(), last.map_or(at, |last| last.max(at)));
        EventFate::Anonymous
    }

    /// The phone behind a presence.
    pub fn phone_of(&mut self, live: &LivePresence) -> Option<PhoneId> {
        self.keys.open(live.token, live.heard).ok().map(|opened| opened.phone)
    }

    /// The batch is on disk: its arrivals count as counted.
    pub fn recorded(&mut self, sifted: &mut Sifted) {
        self.counted.extend(sifted.arrivals.drain());
    }

    /// Forgets arrivals that are over.
    pub fn tick(&mut self, now: Timestamp) {
        self.counted.retain(|_, last| now.since(*last) <= SAME_ARRIVAL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall_s: i64, uptime_s: u64) -> AgentInstant {
        AgentInstant { wall: Timestamp::from_secs(wall_s), uptime: Duration::from_secs(uptime_s) }
    }

    fn dating(sent_at: AgentInstant, own_boot: bool) -> Dating {
        Dating {
            sent_at,
            received: Timestamp::from_secs(1_000_000),
            own_boot,
            push_age: Duration::from_secs(120),
            clock_skew: Duration::from_secs(900),
        }
    }

    #[test]
    fn uptime_is_right_even_when_the_wall_clock_is_years_off() {
        let dated = dating(at(5, 500), true).date(at(-99, 440));
        assert_eq!(dated, Dated { observed: Timestamp::from_secs(999_940), fresh: true });
    }

    #[test]
    fn an_event_is_fresh_up_to_its_age_and_not_beyond() {
        let own = dating(at(1_000_000, 500), true);
        assert!(own.date(at(0, 380)).fresh);
        assert!(!own.date(at(0, 379)).fresh);
        assert_eq!(own.date(at(0, 501)).observed, Timestamp::from_secs(1_000_000), "never after the receipt");
    }

    #[test]
    fn an_older_boot_is_dated_by_the_corrected_wall_clock() {
        let older = dating(at(1_000_300, 10), false);
        assert_eq!(older.date(at(1_000_270, 99_999)).observed, Timestamp::from_secs(999_970));
        assert!(older.date(at(1_000_270, 99_999)).fresh);
        assert!(!older.date(at(1_000_301, 0)).fresh, "the clock ran backwards: nobody knows");
    }

    #[test]
    fn a_wall_clock_far_off_keeps_older_boots_from_tablets() {
        let off = dating(at(1_000_901, 10), false);
        let dated = off.date(at(1_000_900, 0));
        assert_eq!(dated, Dated { observed: Timestamp::from_secs(999_999), fresh: false });
        assert!(dating(at(1_000_900, 10), false).date(at(1_000_899, 0)).fresh);
    }
}
