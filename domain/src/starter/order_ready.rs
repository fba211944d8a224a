//! An order waits for the customer in this shop.

use super::{Rule, Starter, StarterKind, waiting::ready};
use crate::{event::ServiceKind, situation::Situation};

/// Proposes to fetch what is ready to be picked up here, by the word of somebody who is believed.
#[derive(Debug, Clone, Copy)]
pub struct OrderReady;

impl Rule for OrderReady {
    fn propose(&self, situation: &Situation) -> Vec<Starter> {
        ready(situation, &[ServiceKind::PickUp], StarterKind::OrderReady)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        event::ServiceStep,
        example::{NOW, days_ago, service},
        id::{OrderId, StoreId},
        profile::{Profile, Service, Source},
        starter::tests::situation,
        time::Timestamp,
    };

    fn proposed(services: Vec<Service>) -> Vec<String> {
        let profile = Profile { services, ..Profile::default() };
        OrderReady.propose(&situation(&profile, [].into())).iter().map(Starter::id).collect()
    }

    fn is_proposed(change: impl Fn(&mut Service)) -> bool {
        let mut one = service("S1", ServiceKind::PickUp);
        change(&mut one);
        !proposed(vec![one]).is_empty()
    }

    #[test]
    fn what_is_ready_here_is_proposed_the_newest_first() {
        let old = Service { at: days_ago(2), ..service("S0", ServiceKind::PickUp) };
        let other = service("R1", ServiceKind::Return);
        let all = vec![old, service("S1", ServiceKind::PickUp), other];
        assert_eq!(proposed(all), ["order-ready/S1"], "one sentence for all of them");
        assert!(!is_proposed(|one| one.store = None), "no shop told: it may be any");
        assert!(is_proposed(|one| one.until = Some(NOW)));
    }

    #[test]
    fn what_was_handed_over_by_its_orders_number_waits_no_more() {
        let order = OrderId::new("o-7").unwrap();
        let parcel = Service { order: Some(order), ..service("S1", ServiceKind::PickUp) };
        let over = |id: &str, step, at| Service { step, at, ..service(id, ServiceKind::PickUp) };
        let with = |other: Service| !proposed(vec![parcel.clone(), other]).is_empty();
        assert!(!with(over("o-7", ServiceStep::Done, NOW)));
        assert!(!with(over("o-7", ServiceStep::Cancelled, NOW)));
        assert!(with(over("S2", ServiceStep::Done, NOW)), "another parcel");
        assert!(with(over("o-7", ServiceStep::Done, days_ago(300))), "before it was ready");
        let page = Service { source: Source::Page, ..over("o-7", ServiceStep::Done, NOW) };
        assert!(with(page), "anybody may say so");
    }

    #[test]
    fn what_does_not_wait_here_and_now_is_not_proposed() {
        type Case = (&'static str, fn(&mut Service));
        let cases: [Case; 6] = [
            ("elsewhere", |one| one.store = Some(StoreId::new("paris").unwrap())),
            ("too late", |one| one.until = Some(NOW - std::time::Duration::from_millis(1))),
            ("a page says so", |one| one.source = Source::Page),
            ("on its way", |one| one.step = ServiceStep::Announced),
            ("fetched", |one| one.step = ServiceStep::Done),
            ("forgotten", |one| one.at = days_ago(90)),
        ];
        for (why, change) in cases {
            assert!(!is_proposed(change), "{why}");
        }
        let later = Timestamp::from_millis(NOW.as_millis() + 1);
        assert!(!is_proposed(|one| one.at = later), "of the future");
    }
}
