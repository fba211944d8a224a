//! A situation taken apart: each thing that is known, since when, from where, and by which consent; and what is not known.
//!
//! For whoever asks why something was said ([`crate::showing`] keeps the elements of a card), and for models that count.

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};

use super::Situation;
use crate::{
    consent::Field,
    id::ProductId,
    profile::{Item, Source},
    redacted::Redacted,
    showing::{Element, MAX_VALUE_CHARS},
    time::Timestamp,
};

/// Something that is not known, and why. Records hold their places: a new one comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Unknown {
    /// The customer does not share it.
    NotShared(Field),
    /// The customer shares it, and nobody told any.
    NotTold(Field),
    /// It waits until an associate has confirmed the person.
    NotMet(Field),
    /// The shop's time zone is not configured.
    LocalTime,
    /// Nobody was heard in a zone yet.
    Zone,
    /// The shop's stock of a number of products that matter here is not known.
    Stock(usize),
}

/// What somebody did in the web shop, as far as it is shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnlineAct {
    /// What of the customer it is.
    pub field: Field,
    /// Of which product, where it is of one.
    pub product: Option<ProductId>,
    /// When.
    pub at: Timestamp,
    /// Known from where.
    pub source: Source,
}

/// Most elements that are told of one part of a situation.
const MAX_OF_A_PART: usize = 20;
/// What happened online longer ago than this says nothing about today: 30 days.
const ONLINE_MATTERS: Duration = Duration::from_secs(30 * 86_400);

impl Situation {
    /// When the customer last bought at a till, as far as purchases are shared: the last time that is known to have been
    /// in a shop. Visits themselves are kept to recognise, not to advise, and are not asked.
    pub fn last_in_shop(&self) -> Option<Timestamp> {
        let in_shop = self.known.order_details.iter().filter_map(|detail| detail.in_shop.as_ref());
        let paid = in_shop.map(|paid| paid.at);
        let tills = self.known.orders.iter().filter(|order| order.source == Source::Till);
        paid.chain(tills.map(|order| order.at)).filter(|at| *at < self.began).max()
    }

    /// What the customer did online since last in a shop, the newest first; of the last 30 days where that is not known
    /// or longer ago.
    pub fn online(&self) -> Vec<OnlineAct> {
        let month = self.now - ONLINE_MATTERS;
        let since = self.last_in_shop().map_or(month, |last| last.max(month));
        let mut acts: Vec<OnlineAct> =
            self.acts().filter(|act| since < act.at && act.at <= self.now).collect();
        acts.sort_by(|a, b| (b.at, a.field, &a.product).cmp(&(a.at, b.field, &b.product)));
        acts
    }

    fn acts(&self) -> impl Iterator<Item = OnlineAct> {
        let known = &self.known;
        let lists =
            [(Field::WishList, &known.wish_list), (Field::Cart, &known.cart), (Field::Viewed, &known.viewed)];
        let items = lists.into_iter().flat_map(|(field, items)| {
            let act = move |item: &Item| (field, Some(item.product.clone()), item.at, item.source);
            items.iter().map(act)
        });
        let searches = known.searches.iter().map(|one| (Field::Searches, None, one.at, one.source));
        let bought = known.orders.iter().map(|one| (Field::Orders, None, one.at, one.source));
        let designs =
            known.designs.iter().map(|one| (Field::Designs, Some(one.product.clone()), one.at, one.source));
        items
            .chain(searches)
            .chain(bought)
            .chain(designs)
            .filter(|(.., source)| matches!(source, Source::Web | Source::Page))
            .map(|(field, product, at, source)| OnlineAct { field, product, at, source })
    }

    /// All that is known, part by part, the newest of each first.
    pub fn elements(&self) -> Vec<Element> {
        let mut all = self.of_the_visit();
        all.extend(self.of_lists());
        all.extend(self.of_purchases());
        all.extend(self.of_words());
        for pairing in self.goes_with.iter().take(MAX_OF_A_PART) {
            let value = format!(
                "{} with {}: {} people",
                self.called(&pairing.product),
                self.called(&pairing.with),
                pairing.people
            );
            all.push(element("goes-with", &value, None, None, Some(Field::Bought)));
        }
        for (product, chance) in self.due.iter().take(MAX_OF_A_PART) {
            let value = format!("{}: {:.0} %", self.called(product), chance * 100.0);
            all.push(element("due", &value, None, None, Some(Field::Bought)));
        }
        // Where presence itself is not shown there is no visit to tell of, either.
        all.retain(|element| element.field.is_none_or(|field| self.shares.contains(&field)));
        all
    }

    /// What is not known, and why.
    pub fn unknown(&self) -> Vec<Unknown> {
        let mut unknown = Vec::new();
        let told: BTreeSet<Field> =
            crate::consent::differing(&self.known, &crate::profile::Profile::default());
        for field in Field::ALL.into_iter().filter(|field| field.needs_confirmation()) {
            if !self.shares.contains(&field) {
                unknown.push(if self.withheld.contains(&field) {
                    Unknown::NotMet(field)
                } else {
                    Unknown::NotShared(field)
                });
            } else if !told.contains(&field) {
                unknown.push(Unknown::NotTold(field));
            }
        }
        if self.local.is_none() {
            unknown.push(Unknown::LocalTime);
        }
        if self.stay.present.is_none() {
            unknown.push(Unknown::Zone);
        }
        let uncounted = self.shelves.values().filter(|shelf| shelf.stock.is_none()).count();
        if uncounted > 0 {
            unknown.push(Unknown::Stock(uncounted));
        }
        unknown
    }

    /// A product as the catalogue calls it, with its number: so that what is kept can be read when it is called otherwise.
    pub(crate) fn called(&self, product: &ProductId) -> String {
        match self.shelves.get(product) {
            Some(here) => format!("{} ({product})", here.product.name),
            None => product.to_string(),
        }
    }

    /// The same, with the size that was chosen.
    pub(crate) fn sized(&self, product: &ProductId, size: Option<&str>) -> String {
        let called = self.called(product);
        size.map_or_else(|| called.clone(), |size| format!("{called}, {size}"))
    }

    fn of_the_visit(&self) -> Vec<Element> {
        let present = Some(Field::PresenceOnFloor);
        let mut all = vec![element("visit", self.store.as_str(), Some(self.began), None, present)];
        if let Some((zone, since)) = &self.stay.present {
            all.push(element("zone", zone.as_str(), Some(*since), None, present));
        }
        for zone in self.stay.zones.iter().take(MAX_OF_A_PART) {
            // In minutes: a card that changes by the second would be a new one each time that it is opened.
            let value = format!("{}: {} min, {} times", zone.zone, zone.dwell.as_secs() / 60, zone.times);
            all.push(element("dwell", &value, None, None, present));
        }
        if self.stay.re_entries > 0 {
            all.push(element("re-entries", &self.stay.re_entries.to_string(), None, None, present));
        }
        if let Some(local) = self.local {
            let value = format!("{}, {} h", local.weekday.name(), local.minute_of_day / 60);
            all.push(element("local-time", &value, None, None, None));
        }
        if let Some(since) = self.help_since {
            let help = Some(Field::HelpWanted);
            all.push(element("help-wanted", "yes", Some(since), Some(Source::Customer), help));
        }
        let level = format!("{:?}", self.level).to_lowercase();
        all.push(element("sharing-level", &level, None, Some(Source::Customer), None));
        all
    }

    fn of_lists(&self) -> Vec<Element> {
        let known = &self.known;
        let lists = [
            ("wish", Field::WishList, &known.wish_list),
            ("cart", Field::Cart, &known.cart),
            ("viewed", Field::Viewed, &known.viewed),
        ];
        let of = |(what, field, items): (&'static str, Field, &Vec<Item>)| -> Vec<Element> {
            let one = |item: &Item| {
                let value = self.sized(&item.product, item.size.as_deref());
                element(what, &value, Some(item.at), Some(item.source), Some(field))
            };
            items.iter().take(MAX_OF_A_PART).map(one).collect()
        };
        let searched = known.searches.iter().take(MAX_OF_A_PART).map(|one| {
            element("search", one.query.reveal(), Some(one.at), Some(one.source), Some(Field::Searches))
        });
        lists.into_iter().flat_map(of).chain(searched).collect()
    }

    fn of_purchases(&self) -> Vec<Element> {
        let known = &self.known;
        let mut all = Vec::new();
        for order in known.orders.iter().take(MAX_OF_A_PART) {
            let lines: Vec<String> = order.lines.iter().map(|line| self.called(&line.product)).collect();
            let value = format!("{}: {}", order.id, lines.join(", "));
            all.push(element("order", &value, Some(order.at), Some(order.source), Some(Field::Orders)));
        }
        for service in known.services.iter().take(MAX_OF_A_PART) {
            let value = format!("{:?} {}: {:?}", service.kind, service.id, service.step).to_lowercase();
            all.push(element("service", &value, Some(service.at), Some(service.source), Some(Field::Orders)));
        }
        for bought in known.bought.iter().filter(|bought| bought.times > 1).take(MAX_OF_A_PART) {
            let value = format!("{}: {} times", self.called(&bought.product), bought.times);
            all.push(element("usual", &value, Some(bought.last), Some(bought.source), Some(Field::Bought)));
        }
        all
    }

    fn of_words(&self) -> Vec<Element> {
        let known = &self.known;
        let sizes = known.sizes.iter().take(MAX_OF_A_PART).map(|size| {
            let value = format!("{}: {}", size.of, size.size);
            element("size", &value, Some(size.at), Some(size.source), Some(Field::Sizes))
        });
        let preferences = known.preferences.iter().take(MAX_OF_A_PART).map(|told| {
            let value = format!("{}: {}", told.name, told.value);
            element("preference", &value, Some(told.at), Some(told.source), Some(Field::Preferences))
        });
        let notes = known.notes.iter().take(MAX_OF_A_PART).filter_map(|note| note.present()).map(|note| {
            // What it says stands on the card; here it is enough that there is one.
            element("note", "a note", Some(note.at), Some(Source::Associate), Some(Field::Notes))
        });
        sizes.chain(preferences).chain(notes).collect()
    }
}

fn element(
    what: &str,
    value: &str,
    at: Option<Timestamp>,
    source: Option<Source>,
    field: Option<Field>,
) -> Element {
    let value = Redacted::new(value.chars().take(MAX_VALUE_CHARS).collect());
    Element { what: what.to_owned(), value, at, source, field }
}
