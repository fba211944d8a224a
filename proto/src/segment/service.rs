//! What waits in a shop: pick-ups, returns, repairs and alterations.
//!
//! Segment's e-commerce spec has none of these events; retailers track them by names of their own. What is read here are the
//! words that platforms have for the same steps: "ready for pickup", "picked up" (Shopify's `FulfillmentEventStatus`, Salesforce's
//! and Oracle's store pick-up), returns requested, approved, declined, closed (Shopify's `returns/*`). A name whose step may
//! mean two things, as `Repair Completed` (made, or fetched?), is none of them: nothing false is said of a parcel.

use serde_json::Value;
use shopbell_domain::{
    event::{Action, ServiceKind, ServiceStep, ServiceTold},
    id::{OrderId, ServiceId},
    inbox::{Failure, Message},
    time::{Day, Timestamp},
};

use super::{
    failure::Reason,
    fields::{self, Fields},
    instant,
    lines::Properties,
};

/// The whole names for a pick-up; their words stand in no order that could be taken apart.
const PICK_UPS: [(&str, ServiceStep); 24] = [
    ("pickuprequested", ServiceStep::Announced),
    ("pickupscheduled", ServiceStep::Announced),
    ("orderplacedforpickup", ServiceStep::Announced),
    ("orderreadyforpickup", ServiceStep::Ready),
    ("orderreadyforcollection", ServiceStep::Ready),
    ("orderreadytocollect", ServiceStep::Ready),
    ("orderpreparedforpickup", ServiceStep::Ready),
    ("orderavailableforpickup", ServiceStep::Ready),
    ("orderarrivedinstore", ServiceStep::Ready),
    ("readyforpickup", ServiceStep::Ready),
    ("readyforcollection", ServiceStep::Ready),
    ("pickupready", ServiceStep::Ready),
    ("orderpickupready", ServiceStep::Ready),
    ("orderpickedup", ServiceStep::Done),
    ("pickeduporder", ServiceStep::Done),
    ("ordercollected", ServiceStep::Done),
    ("collectedorder", ServiceStep::Done),
    ("orderpickupcompleted", ServiceStep::Done),
    ("pickupcompleted", ServiceStep::Done),
    ("completedpickup", ServiceStep::Done),
    ("pickupcancelled", ServiceStep::Cancelled),
    ("pickupcanceled", ServiceStep::Cancelled),
    ("pickupexpired", ServiceStep::Cancelled),
    ("orderpickupexpired", ServiceStep::Cancelled),
];

/// What kind and step a name tells, by its letters alone.
pub(super) fn standing(letters: &str) -> Option<(ServiceKind, ServiceStep)> {
    if let Some((_, step)) = PICK_UPS.iter().find(|(name, _)| *name == letters) {
        return Some((ServiceKind::PickUp, *step));
    }
    let subjects = [
        ("return", ServiceKind::Return),
        ("repair", ServiceKind::Repair),
        ("alteration", ServiceKind::Repair),
    ];
    subjects.into_iter().find_map(|(subject, kind)| {
        let verb = letters.strip_prefix(subject).or_else(|| letters.strip_suffix(subject))?;
        Some((kind, if kind == ServiceKind::Return { of_return(verb) } else { of_repair(verb) }?))
    })
}

fn of_return(verb: &str) -> Option<ServiceStep> {
    Some(match verb {
        "requested" | "started" | "initiated" | "created" | "submitted" => ServiceStep::Announced,
        "approved" | "authorized" | "authorised" | "accepted" => ServiceStep::Ready,
        "received" | "completed" | "closed" | "processed" => ServiceStep::Done,
        "cancelled" | "canceled" | "declined" | "rejected" | "denied" | "expired" => ServiceStep::Cancelled,
        _ => return None,
    })
}

fn of_repair(verb: &str) -> Option<ServiceStep> {
    Some(match verb {
        "requested" | "started" | "created" | "received" | "accepted" | "droppedoff" => {
            ServiceStep::Announced
        }
        "ready" | "readyforpickup" | "readyforcollection" | "readytocollect" => ServiceStep::Ready,
        "collected" | "pickedup" | "returned" | "handedover" => ServiceStep::Done,
        "cancelled" | "canceled" | "declined" | "rejected" => ServiceStep::Cancelled,
        _ => return None,
    })
}

/// What tells how long something waits.
const UNTIL: [&str; 7] =
    ["until", "pickup_until", "pickupUntil", "available_until", "availableUntil", "expires_at", "expiresAt"];

/// What such an event tells.
pub(super) fn read(kind: ServiceKind, step: ServiceStep, event: &Properties<'_>) -> Result<Action, Failure> {
    let order = order(&event.fields)?;
    let service = number(kind, &event.fields, order.as_ref())?;
    let until = event.fields.value(&UNTIL);
    let until = until.and_then(|(_, value)| end_of(value));
    // In which shop, the server knows: `stores_told`.
    let (store, lines) = (None, event.lines()?);
    Ok(Action::Service(ServiceTold { service, kind, step, store, until, order, lines }))
}

/// Its own number; else the order's, since of most orders one thing waits.
fn number(kind: ServiceKind, event: &Fields<'_>, order: Option<&OrderId>) -> Result<ServiceId, Failure> {
    let keys: &[&'static str] = match kind {
        ServiceKind::PickUp => &["pickup_id", "pickupId", "fulfillment_id", "fulfillmentId", "id"],
        ServiceKind::Return => &["return_id", "returnId", "rma", "rma_id", "id"],
        ServiceKind::Repair => {
            &["repair_id", "repairId", "alteration_id", "alterationId", "ticket_id", "ticketId", "id"]
        }
    };
    let own = event.value(keys);
    let (key, text) = match (own, order) {
        (Some((key, value)), _) => (key, fields::plain(value)),
        (None, Some(order)) => ("order_id", Some(order.to_string())),
        (None, None) => {
            let first = keys.first().copied().unwrap_or_default();
            return Err(Reason::MissingServiceId.at(event.at(first)));
        }
    };
    let id = text.and_then(|text| ServiceId::new(text).ok());
    id.ok_or_else(|| Reason::InvalidServiceId.at(event.at(key)))
}

fn order(event: &Fields<'_>) -> Result<Option<OrderId>, Failure> {
    let Some((key, value)) = event.value(&["order_id", "orderId"]) else { return Ok(None) };
    let id = fields::plain(value).and_then(|text| OrderId::new(text).ok());
    id.map(Some).ok_or_else(|| Reason::InvalidOrderId.at(event.at(key)))
}

/// A day that tells no time is waited for until its last moment. Where the shop's is, the server knows: [`last_day`].
fn end_of(value: &Value) -> Option<Timestamp> {
    const DAY: std::time::Duration = std::time::Duration::from_millis(86_400_000 - 1);
    let at = instant::read(value)?;
    Some(if day(value).is_some() { at + DAY } else { at })
}

/// A day without a time.
fn day(value: &Value) -> Option<Day> {
    instant::read(value)?;
    let text = value.as_str()?.trim();
    let (year, rest) = text.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    Some(Day { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? })
}

/// The day that something waits through, where a message tells a day and no time.
pub fn last_day(message: &Message) -> Option<Day> {
    let Ok(Value::Object(object)) = fields::parse(message.body.reveal()) else { return None };
    let properties = Fields::new(&object, "").child("properties");
    properties.value(&UNTIL).and_then(|(_, value)| day(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::commerce::letters;

    #[test]
    fn a_day_without_a_time_is_waited_through() {
        let told = |text: &str| {
            let value = Value::from(text);
            (end_of(&value).map(Timestamp::as_millis), day(&value))
        };
        let day = Day { year: 2026, month: 11, day: 29 };
        assert_eq!(told(" 2026-11-29 "), (Some(1_795_996_799_999), Some(day)));
        assert_eq!(told("2026-11-29T00:00:00+01:00"), (Some(1_795_906_800_000), None));
        assert_eq!(told("1795906800"), (Some(1_795_906_800_000), None));
        assert_eq!(told("2026-11-31"), (None, None));
    }

    #[test]
    fn names_tell_what_waits_and_how_far_it_has_come() {
        use ServiceKind::{PickUp, Repair, Return};
        use ServiceStep::{Announced, Cancelled, Done, Ready};
        for (name, expected) in [
            ("Order Ready for Pickup", Some((PickUp, Ready))),
            ("Order Ready For Pick-Up", Some((PickUp, Ready))),
            ("order_picked_up", Some((PickUp, Done))),
            ("Picked Up Order", Some((PickUp, Done))),
            ("Pickup Expired", Some((PickUp, Cancelled))),
            ("Return Requested", Some((Return, Announced))),
            ("Started Return", Some((Return, Announced))),
            ("Return Approved", Some((Return, Ready))),
            ("Return Received", Some((Return, Done))),
            ("Return Declined", Some((Return, Cancelled))),
            ("Repair Started", Some((Repair, Announced))),
            ("Repair Ready", Some((Repair, Ready))),
            ("Alteration Ready for Pickup", Some((Repair, Ready))),
            ("Repair Collected", Some((Repair, Done))),
            ("Repair Completed", None),
            ("Order Ready", None),
            ("Returned Product", None),
            ("Return Policy Viewed", None),
            ("Return", None),
        ] {
            assert_eq!(standing(&letters(name)), expected, "{name}");
        }
    }
}
