//! When a situation reads differently though nothing happens: prices, what waits, and what is announced end by the clock,
//! and at midnight "today" is yesterday.

use std::time::Duration;

use super::Situation;
use crate::{campaign::When, catalogue::Price, time::Timestamp};

const MINUTE_SECS: u64 = 60;
const DAY_MINUTES: u64 = 24 * 60;

impl Situation {
    /// The earliest moment after now at which a part of it reads differently by time alone. What is made of it is to be made
    /// anew then, at midnight at the latest.
    ///
    /// A night in which the clocks are set makes midnight an hour off for who is there since before.
    pub fn changes_at(&self) -> Timestamp {
        let goods = self.shelves.values().flat_map(|shelf| {
            let variants = shelf.product.variants.iter().filter_map(|variant| variant.price);
            let prices = shelf.product.price.into_iter().chain(variants);
            prices.flat_map(turns).chain(shelf.product.ended)
        });
        // What waits until a moment does so at that moment, too.
        let waits = self.known.services.iter().filter(|service| service.is_open(self.now));
        let waits = waits.filter_map(|service| service.until).map(|until| until + Duration::from_millis(1));
        let here = self.brand.iter().filter(|one| one.stores.is_empty() || one.stores.contains(&self.store));
        let told = here.flat_map(|campaign| [campaign.from, campaign.until]).filter_map(moment);
        let coming = goods.chain(waits).chain(told).filter(|at| *at > self.now).min();
        let midnight = self.midnight();
        coming.map_or(midnight, |at| at.min(midnight))
    }

    /// When the next day begins, by the clock on the shop's wall; by UTC where that is not known.
    fn midnight(&self) -> Timestamp {
        let minute = Timestamp::from_secs(self.now.as_secs().div_euclid(60) * 60);
        let utc = || u64::try_from(self.now.as_secs().div_euclid(60).rem_euclid(24 * 60)).unwrap_or_default();
        let gone = self.local.map_or_else(utc, |local| u64::from(local.minute_of_day));
        minute + Duration::from_secs(DAY_MINUTES.saturating_sub(gone).max(1) * MINUTE_SECS)
    }
}

/// When a price is another one.
fn turns(price: Price) -> impl Iterator<Item = Timestamp> {
    price.sale.into_iter().flat_map(|sale| [sale.from, sale.until]).flatten()
}

/// Days of the shop's calendar turn at midnight.
const fn moment(when: When) -> Option<Timestamp> {
    match when {
        When::Moment(at) => Some(at),
        When::Day(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        campaign::Campaign,
        catalogue::{Sale, Variant},
        event::{ServiceKind, ServiceStep},
        example::{self, NOW, campaign, days_ago, service, shelf},
        id::StoreId,
        money::Money,
        profile::{Customer, Profile, Service},
        situation::Around,
        time::{Day, LocalTime, Weekday},
    };

    fn in_secs(secs: u64) -> Timestamp {
        NOW + Duration::from_secs(secs)
    }

    fn sale(from: Option<Timestamp>, until: Option<Timestamp>) -> Price {
        let euros = |minor| Money { minor, currency: "EUR".parse().unwrap() };
        Price { regular: euros(900), sale: Some(Sale { price: euros(400), from, until }) }
    }

    fn of(profile: &Profile) -> Situation {
        let customer = Customer { consent: example::everything(), ..example::customer() };
        Situation::gather(NOW, &example::visit(), &customer, profile, Around::default(), true)
    }

    fn bare() -> Situation {
        of(&Profile::default())
    }

    #[test]
    fn a_day_ends_by_the_clock_of_the_shop() {
        let date = Day { year: 2026, month: 11, day: 21 };
        let at = |minute_of_day| {
            let local = Some(LocalTime { weekday: Weekday::Saturday, minute_of_day, date });
            Situation { local, ..bare() }.changes_at()
        };
        let minute = Timestamp::from_secs(NOW.as_secs() / 60 * 60);
        assert_eq!(at(23 * 60 + 59), minute + Duration::from_secs(60));
        assert_eq!(at(0), minute + Duration::from_secs(86_400));
        let utc = Situation { local: None, ..bare() }.changes_at();
        assert_eq!(utc.as_secs() % 86_400, 0);
        assert!(NOW < utc && utc <= in_secs(86_400));
    }

    #[test]
    fn a_sale_turns_at_its_beginning_and_its_end() {
        let turns = |price, of_variant| {
            let mut all = bare();
            let (id, mut coat) = shelf("coat", "Coats", &[]);
            coat.product.price = price;
            coat.product.variants = vec![Variant { skus: Vec::new(), size: None, price: of_variant }];
            all.shelves.insert(id, coat);
            all.changes_at()
        };
        let (began, begins, ends) = (Some(days_ago(1)), Some(in_secs(5)), Some(in_secs(9)));
        assert_eq!(turns(Some(sale(begins, ends)), None), in_secs(5));
        assert_eq!(turns(Some(sale(began, ends)), None), in_secs(9), "what is past does not change again");
        assert_eq!(
            turns(Some(sale(None, ends)), Some(sale(begins, None))),
            in_secs(5),
            "a size has its own price"
        );
        assert_eq!(turns(Some(sale(began, Some(NOW))), None), bare().changes_at());
    }

    #[test]
    fn what_waits_and_what_is_sold_end_in_time() {
        let with = |one: Service| {
            let profile = Profile { services: vec![one], ..Profile::default() };
            of(&profile).changes_at()
        };
        let waits = |until| Service { until: Some(until), ..service("S1", ServiceKind::PickUp) };
        assert_eq!(with(waits(in_secs(7))), in_secs(7) + Duration::from_millis(1));
        assert_eq!(with(waits(NOW)), NOW + Duration::from_millis(1));
        assert_eq!(with(Service { step: ServiceStep::Done, ..waits(in_secs(7)) }), bare().changes_at());
        let mut ending = bare();
        let (id, mut coat) = shelf("coat", "Coats", &[]);
        coat.product.ended = Some(in_secs(8));
        ending.shelves.insert(id, coat);
        assert_eq!(ending.changes_at(), in_secs(8));
    }

    #[test]
    fn what_is_announced_here_begins_and_ends() {
        let with = |one: Campaign| Situation { brand: vec![Arc::new(one)], ..bare() }.changes_at();
        let runs = |from, until| Campaign { from, until, ..campaign() };
        let moments = runs(When::Moment(in_secs(3)), When::Moment(in_secs(6)));
        assert_eq!(with(moments.clone()), in_secs(3));
        assert_eq!(with(Campaign { from: When::Moment(NOW), ..moments.clone() }), in_secs(6));
        let day = When::Day(Day { year: 2026, month: 11, day: 21 });
        assert_eq!(with(runs(day, day)), bare().changes_at(), "at midnight");
        let elsewhere = [StoreId::new("elsewhere").unwrap()].into();
        assert_eq!(with(Campaign { stores: elsewhere, ..moments }), bare().changes_at());
    }
}
