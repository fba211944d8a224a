//! Keys of the log of showings: the entries in the order in which they were logged, and those of a customer in short.
//!
//! Both keys say the same, so that either is found from the other, also when nobody can read the entry any more.

use shopbell_domain::{id::VisitId, time::Timestamp};
use shopbell_durable::{KeyReader, KeyWriter};

use super::{InvalidKey, Mark, id128, mark, tag};

/// An entry of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Logged {
    /// Its name, which tells the order: `log.rs` gives it.
    pub(crate) number: u64,
    /// When.
    pub(crate) at: Timestamp,
    /// Of whom.
    pub(crate) customer: Mark,
    /// In which visit.
    pub(crate) visit: VisitId,
    /// Of which kind.
    pub(crate) what: LoggedKind,
}

/// The kinds of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoggedKind {
    Showing,
    Remark,
}

impl Logged {
    pub(super) fn encode(&self) -> KeyWriter {
        let head = KeyWriter::new(tag::LOGGED).u64(self.number).i64(self.at.as_millis());
        id128(head.fixed(&self.customer.0), self.visit.0).u8(self.what.number())
    }

    pub(super) fn encode_of(&self) -> KeyWriter {
        let head = id128(mark(tag::LOGGED_OF, self.customer), self.visit.0).u64(self.number);
        head.i64(self.at.as_millis()).u8(self.what.number())
    }

    pub(super) fn decode(r: &mut KeyReader<'_>) -> Result<Self, InvalidKey> {
        let (number, at) = (r.u64()?, Timestamp::from_millis(r.i64()?));
        let (customer, visit) = (Mark(r.fixed()?), VisitId(u128::from_be_bytes(r.fixed()?)));
        Ok(Self { number, at, customer, visit, what: LoggedKind::of(r.u8()?)? })
    }

    pub(super) fn decode_of(r: &mut KeyReader<'_>) -> Result<Self, InvalidKey> {
        let (customer, visit) = (Mark(r.fixed()?), VisitId(u128::from_be_bytes(r.fixed()?)));
        let (number, at) = (r.u64()?, Timestamp::from_millis(r.i64()?));
        Ok(Self { number, at, customer, visit, what: LoggedKind::of(r.u8()?)? })
    }
}

impl LoggedKind {
    /// As `check` counts it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Showing => "showing",
            Self::Remark => "remark",
        }
    }

    const fn number(self) -> u8 {
        match self {
            Self::Showing => 1,
            Self::Remark => 2,
        }
    }

    const fn of(number: u8) -> Result<Self, InvalidKey> {
        match number {
            1 => Ok(Self::Showing),
            2 => Ok(Self::Remark),
            _ => Err(InvalidKey::Value),
        }
    }
}
