//! Beginnings of keys, for scans.

use shopbell_domain::{
    id::{StoreId, VisitId},
    time::Timestamp,
};
use shopbell_durable::KeyWriter;

use super::{Mark, id128, mark, pair, tag, text};

pub(crate) fn open_visits(store: &StoreId) -> Vec<u8> {
    text(tag::OPEN_VISIT, store.as_str()).finish()
}

pub(crate) fn ended_visits(store: &StoreId) -> Vec<u8> {
    text(tag::ENDED_VISIT, store.as_str()).finish()
}

pub(crate) fn visits_of(customer: Mark) -> Vec<u8> {
    mark(tag::VISIT_OF, customer).finish()
}

pub(crate) fn presences_in(store: &StoreId) -> Vec<u8> {
    text(tag::PRESENCES, store.as_str()).finish()
}

pub(crate) fn consents_of(customer: Mark) -> Vec<u8> {
    mark(tag::CONSENT, customer).finish()
}

pub(crate) fn contests() -> Vec<u8> {
    KeyWriter::new(tag::CONTEST).finish()
}

pub(crate) fn looks_at(customer: Mark) -> Vec<u8> {
    mark(tag::LOOK, customer).finish()
}

pub(crate) fn logged_of(customer: Mark) -> Vec<u8> {
    mark(tag::LOGGED_OF, customer).finish()
}

pub(crate) fn logged_in(customer: Mark, visit: VisitId) -> Vec<u8> {
    id128(mark(tag::LOGGED_OF, customer), visit.0).finish()
}

/// Where the entries of the log begin that have this name, or a greater one.
pub(crate) fn logged_from(number: u64) -> Vec<u8> {
    KeyWriter::new(tag::LOGGED).u64(number).finish()
}

pub(crate) fn events_of(home: Mark) -> Vec<u8> {
    mark(tag::EVENT, home).finish()
}

pub(crate) fn evidence_for(a: Mark, b: Mark) -> Vec<u8> {
    pair(tag::EVIDENCE, a, b).finish()
}

pub(crate) fn counted_at(end: Mark) -> Vec<u8> {
    mark(tag::COUNTED, end).finish()
}

pub(crate) fn decisions_on(identifier: Mark) -> Vec<u8> {
    mark(tag::DECISION_ON, identifier).finish()
}

pub(crate) fn evidence_of(event: Mark) -> Vec<u8> {
    mark(tag::EVIDENCE_OF, event).finish()
}

pub(crate) fn products() -> Vec<u8> {
    KeyWriter::new(tag::PRODUCT).finish()
}

pub(crate) fn stock_in(store: &StoreId) -> Vec<u8> {
    text(tag::STOCK, store.as_str()).finish()
}

/// All records of a kind that begin with a mark.
pub(crate) fn under(tag: u8, of: Mark) -> Vec<u8> {
    mark(tag, of).finish()
}

pub(crate) fn phones_of(customer: Mark) -> Vec<u8> {
    mark(tag::PHONE_OF, customer).finish()
}

pub(crate) fn suppressions_of(who: Mark) -> Vec<u8> {
    mark(tag::SUPPRESSED, who).finish()
}

pub(crate) fn suppressed_by(by: Mark) -> Vec<u8> {
    mark(tag::SUPPRESSES, by).finish()
}

pub(crate) fn presences_since(store: &StoreId, received: Timestamp) -> Vec<u8> {
    text(tag::PRESENCES, store.as_str()).i64(received.as_millis()).finish()
}
