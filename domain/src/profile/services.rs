//! What waits for the customer in a shop, or was given in there. The rules stand in a table of [`super`].

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::{
    Moment, OrderLine, Profile, Source,
    lists::{self, Told, short},
};
use crate::{
    event::{Line, ServiceKind, ServiceStep, ServiceTold},
    id::{OrderId, ServiceId, StoreId},
    time::Timestamp,
};

/// Most products kept of one service; the rest is not known.
pub const MAX_SERVICE_LINES: usize = 50;

/// A pick-up, a return or a repair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// The retailer's number, unique within the kind.
    pub id: ServiceId,
    /// What it is.
    pub kind: ServiceKind,
    /// How far it has come.
    pub step: ServiceStep,
    /// In which shop, when that is told.
    pub store: Option<StoreId>,
    /// How long it waits there, when that is told.
    pub until: Option<Timestamp>,
    /// The order that it belongs to, when that is told.
    pub order: Option<OrderId>,
    /// What it is about, as far as it is told.
    pub lines: Vec<OrderLine>,
    /// When it was first told of.
    pub began: Timestamp,
    /// When it came to its step.
    pub at: Timestamp,
    /// Where this is known from.
    pub source: Source,
}

impl Service {
    /// Whether the shop waits for the customer at `now`: somebody who is believed says that it is ready, and its time has not
    /// run out.
    pub fn is_ready(&self, now: Timestamp) -> bool {
        self.step == ServiceStep::Ready
            && self.source.is_vouched()
            && self.until.is_none_or(|until| now <= until)
    }

    /// Whether it may still come to something at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        !self.step.is_end() && self.until.is_none_or(|until| now <= until)
    }

    /// Newest first; of two at once it is no matter who told first.
    const fn place(&self) -> (Reverse<Timestamp>, ServiceKind, &ServiceId) {
        (Reverse(self.at), self.kind, &self.id)
    }

    fn is(&self, told: &ServiceTold) -> bool {
        self.kind == told.kind && self.id == told.service
    }

    /// Takes in what is told later by somebody who is believed as much. What came to its end is over.
    fn go_on(&mut self, told: &ServiceTold, step: ServiceStep, now: Moment) {
        if self.step.is_end() {
            return;
        }
        if self.step != step {
            (self.step, self.at) = (step, now.at);
        }
        self.source = now.source;
        self.store = told.store.clone().or_else(|| self.store.take());
        self.until = told.until.or(self.until);
        self.order = told.order.clone().or_else(|| self.order.take());
        if !told.lines.is_empty() {
            self.lines = lines_of(&told.lines);
        }
    }
}

impl Told for Service {
    fn source(&self) -> Source {
        self.source
    }
}

impl Profile {
    /// What may still come to something at `now`, newest first.
    pub fn open_services(&self, now: Timestamp) -> impl Iterator<Item = &Service> {
        self.services.iter().filter(move |service| service.is_open(now))
    }
}

/// A pick-up, a return or a repair is at this step now. A page changes nothing of what somebody who is believed told.
pub(super) fn told(profile: &mut Profile, told: &ServiceTold, order_is_cancelled: bool, now: Moment) {
    lists::touched(profile.services.len());
    let nothing_comes = order_is_cancelled && told.kind == ServiceKind::PickUp && !told.step.is_end();
    let step = if nothing_comes { ServiceStep::Cancelled } else { told.step };
    let known = profile.services.iter().position(|service| service.is(told));
    let known = known.map(|index| profile.services.remove(index));
    let yields = |known: &Service| now.source.is_vouched() && !known.source.is_vouched();
    let service = match known.filter(|known| !yields(known)) {
        Some(mut known) => {
            if now.source.is_vouched() || !known.source.is_vouched() {
                known.go_on(told, step, now);
            }
            known
        }
        None => first(told, step, now),
    };
    let index = profile.services.partition_point(|known| known.place() < service.place());
    profile.services.insert(index, service);
    while let Some(index) = first_out(&profile.services) {
        profile.services.remove(index);
    }
}

/// An order was cancelled: nobody picks it up any more.
pub(super) fn order_cancelled(profile: &mut Profile, order: &OrderId, now: Moment) {
    lists::touched(profile.services.len());
    let may = |service: &Service| now.source.is_vouched() || !service.source.is_vouched();
    for service in &mut profile.services {
        let is_its = service.kind == ServiceKind::PickUp && service.order.as_ref() == Some(order);
        if is_its && !service.step.is_end() && may(service) {
            (service.step, service.at) = (ServiceStep::Cancelled, now.at);
        }
    }
    profile.services.sort_by(|a, b| a.place().cmp(&b.place()));
}

fn first(told: &ServiceTold, step: ServiceStep, now: Moment) -> Service {
    Service {
        id: told.service.clone(),
        kind: told.kind,
        step,
        store: told.store.clone(),
        until: told.until,
        order: told.order.clone(),
        lines: lines_of(&told.lines),
        began: now.at,
        at: now.at,
        source: now.source,
    }
}

fn lines_of(lines: &[Line]) -> Vec<OrderLine> {
    let text = |text: &Option<String>| text.as_deref().and_then(short);
    let line = |line: &Line| OrderLine {
        product: line.product.clone(),
        name: text(&line.name),
        size: text(&line.size),
        quantity: line.quantity.unwrap_or(1),
    };
    lines.iter().take(MAX_SERVICE_LINES).map(line).collect()
}

/// What falls out when there are too many: a page's where they have more than half of the places; else what came to its end
/// longest ago, or else the oldest.
fn first_out(services: &[Service]) -> Option<usize> {
    if services.len() <= Profile::MAX_SERVICES {
        return None;
    }
    let oldest = lists::first_out(services, Profile::MAX_SERVICES)?;
    let is_pages = services.get(oldest).is_some_and(|service| !service.source.is_vouched());
    let ended = services.iter().rposition(|service| service.step.is_end());
    if is_pages { Some(oldest) } else { ended.or(Some(oldest)) }
}
