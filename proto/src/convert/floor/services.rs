//! What waits for the customer in a shop. What is allowed to cross was decided before.

use shopbell_domain::{
    event::{ServiceKind, ServiceStep},
    id::StoreId,
    profile::Service,
    time::Timestamp,
};

use super::MAX_ORDER_ITEMS;
use crate::floor::v1;

/// A pick-up, a return or a repair that is open; `here` is the tablet's shop with its name, `names` are those of its products.
pub fn service(
    service: &Service,
    now: Timestamp,
    here: (&StoreId, &str),
    names: impl IntoIterator<Item = String>,
) -> v1::ServiceFact {
    let is_here = service.store.as_ref() == Some(here.0);
    let store = service.store.as_ref().map(ToString::to_string);
    v1::ServiceFact {
        service_id: service.id.to_string(),
        kind: v1::ServiceKind::from(service.kind).into(),
        step: step(service, now).into(),
        items: names.into_iter().take(MAX_ORDER_ITEMS).collect(),
        lines: u32::try_from(service.lines.len()).unwrap_or(u32::MAX),
        store: if is_here { here.1.to_owned() } else { store.unwrap_or_default() },
        is_here,
        until_ms: service.until.map(Timestamp::as_millis),
        at_ms: service.at.as_millis(),
        source: v1::FactSource::from(service.source).into(),
    }
}

/// What only a page calls ready is on its way, at most.
fn step(service: &Service, now: Timestamp) -> v1::ServiceStep {
    match service.step {
        ServiceStep::Ready if service.is_ready(now) => v1::ServiceStep::Ready,
        ServiceStep::Ready | ServiceStep::Announced => v1::ServiceStep::Announced,
        ServiceStep::Done | ServiceStep::Cancelled => v1::ServiceStep::Unspecified,
    }
}

impl From<ServiceKind> for v1::ServiceKind {
    fn from(kind: ServiceKind) -> Self {
        match kind {
            ServiceKind::PickUp => Self::PickUp,
            ServiceKind::Return => Self::Return,
            ServiceKind::Repair => Self::Repair,
        }
    }
}

#[cfg(test)]
mod tests {
    use shopbell_domain::profile::{OrderLine, Source};

    use super::*;

    #[test]
    fn what_waits_says_where_and_is_ready_by_no_pages_word() {
        let (now, lyon) = (Timestamp::from_millis(1_795_000_000_000), StoreId::new("lyon").unwrap());
        let line = OrderLine { product: "p1".parse().unwrap(), name: None, size: None, quantity: 1 };
        let told = |source, store: Option<&StoreId>| Service {
            id: "k1".parse().unwrap(),
            kind: ServiceKind::PickUp,
            step: ServiceStep::Ready,
            store: store.cloned(),
            until: None,
            order: None,
            lines: vec![line.clone()],
            began: now,
            at: now,
            source,
        };
        let fact = |told: &Service| service(told, now, (&lyon, "Lyon, République"), ["Robe".to_owned()]);
        let here = fact(&told(Source::Web, Some(&lyon)));
        assert_eq!(
            (here.step(), here.is_here, here.store.as_str()),
            (v1::ServiceStep::Ready, true, "Lyon, République")
        );
        assert_eq!((here.kind(), here.lines, here.items.len()), (v1::ServiceKind::PickUp, 1, 1));
        let paris = StoreId::new("paris").unwrap();
        let there = fact(&told(Source::Till, Some(&paris)));
        assert_eq!((there.is_here, there.store.as_str()), (false, "paris"));
        let by_page = fact(&told(Source::Page, None));
        assert_eq!((by_page.step(), by_page.store.as_str()), (v1::ServiceStep::Announced, ""));
    }
}
