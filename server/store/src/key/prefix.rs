//! Beginnings of keys, for scans.

use shopbell_domain::id::{CustomerId, StoreId};
use shopbell_durable::KeyWriter;

use super::{Mark, pair, tag, text};

pub(crate) fn open_visits(store: &StoreId) -> Vec<u8> {
    text(tag::OPEN_VISIT, store.as_str()).finish()
}

pub(crate) fn ended_visits(store: &StoreId) -> Vec<u8> {
    text(tag::ENDED_VISIT, store.as_str()).finish()
}

pub(crate) fn visits_of(customer: &CustomerId) -> Vec<u8> {
    text(tag::VISIT_OF, customer.as_str()).finish()
}

pub(crate) fn orders_of(customer: &CustomerId) -> Vec<u8> {
    text(tag::ORDER, customer.as_str()).finish()
}

pub(crate) fn consents_of(customer: &CustomerId) -> Vec<u8> {
    text(tag::CONSENT, customer.as_str()).finish()
}

pub(crate) fn contests() -> Vec<u8> {
    KeyWriter::new(tag::CONTEST).finish()
}

pub(crate) fn looks_at(customer: &CustomerId) -> Vec<u8> {
    text(tag::LOOK, customer.as_str()).finish()
}

pub(crate) fn events_of(home: Mark) -> Vec<u8> {
    KeyWriter::new(tag::EVENT).fixed(&home.0).finish()
}

pub(crate) fn evidence_for(a: Mark, b: Mark) -> Vec<u8> {
    pair(tag::EVIDENCE, a, b).finish()
}

pub(crate) fn counted_at(end: Mark) -> Vec<u8> {
    KeyWriter::new(tag::COUNTED).fixed(&end.0).finish()
}

pub(crate) fn decisions_on(identifier: Mark) -> Vec<u8> {
    KeyWriter::new(tag::DECISION_ON).fixed(&identifier.0).finish()
}

pub(crate) fn products() -> Vec<u8> {
    KeyWriter::new(tag::PRODUCT).finish()
}

pub(crate) fn stock_in(store: &StoreId) -> Vec<u8> {
    text(tag::STOCK, store.as_str()).finish()
}
