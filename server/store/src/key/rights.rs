//! Keys of what customers asked: one tag, then a number for each kind. Nobody is named by them.

use shopbell_domain::rights::{RegulationNumber, RequestNumber};
use shopbell_durable::{KeyReader, KeyWriter};

use super::{InvalidKey, Mark, tag};

/// The name of a record of regulations and receipts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RightsKey {
    /// A regulation.
    Regulation(RegulationNumber),
    /// Index: a regulation has not ended.
    Open(RegulationNumber),
    /// Some customer numbers of a regulation, from this place on.
    Users { of: RegulationNumber, first: u32 },
    /// How a number is to be carried out.
    Plan { of: RegulationNumber, index: u32 },
    /// How a number ended.
    Outcome { of: RegulationNumber, index: u32 },
    /// A receipt.
    Receipt { number: u64 },
    /// Index: a receipt of a customer number, by its pseudonym.
    ReceiptOf { user: [u8; 16], number: u64 },
    /// The number of the next receipt; there is one.
    NextReceipt,
    /// A request that a source passed on.
    Request(RequestNumber),
    /// Index: a request is open.
    OpenRequest(RequestNumber),
    /// Whom a request names.
    NamedBy(RequestNumber),
    /// The request that a message asked, by the message's name.
    RequestOf { message: Mark },
    /// What a text said when it was shown, by a digest of its name.
    Text { name: [u8; 16] },
    /// An order of a source was erased with its customer, by its pseudonym.
    ErasedOrder { order: Mark },
    /// The regulation that a message asked for, by the message's name.
    RegulationOf { message: Mark },
}

impl RightsKey {
    pub(super) fn encode(self) -> KeyWriter {
        let kind = |kind| KeyWriter::new(tag::RIGHTS).u8(kind);
        match self {
            Self::Regulation(number) => kind(1).u64(number.0),
            Self::Open(number) => kind(2).u64(number.0),
            Self::Users { of, first } => kind(3).u64(of.0).u32(first),
            Self::Plan { of, index } => kind(4).u64(of.0).u32(index),
            Self::Outcome { of, index } => kind(5).u64(of.0).u32(index),
            Self::Receipt { number } => kind(6).u64(number),
            Self::ReceiptOf { user, number } => kind(7).fixed(&user).u64(number),
            Self::NextReceipt => kind(8),
            Self::Request(number) => kind(9).u64(number.0),
            Self::OpenRequest(number) => kind(10).u64(number.0),
            Self::NamedBy(number) => kind(11).u64(number.0),
            Self::RequestOf { message } => kind(12).fixed(&message.0),
            Self::Text { name } => kind(13).fixed(&name),
            Self::ErasedOrder { order } => kind(14).fixed(&order.0),
            Self::RegulationOf { message } => kind(15).fixed(&message.0),
        }
    }

    pub(super) fn decode(r: &mut KeyReader<'_>) -> Result<Self, InvalidKey> {
        let number = |r: &mut KeyReader<'_>| r.u64().map(RegulationNumber);
        Ok(match r.u8()? {
            1 => Self::Regulation(number(r)?),
            2 => Self::Open(number(r)?),
            3 => Self::Users { of: number(r)?, first: r.u32()? },
            4 => Self::Plan { of: number(r)?, index: r.u32()? },
            5 => Self::Outcome { of: number(r)?, index: r.u32()? },
            6 => Self::Receipt { number: r.u64()? },
            7 => Self::ReceiptOf { user: r.fixed()?, number: r.u64()? },
            8 => Self::NextReceipt,
            9 => Self::Request(r.u64().map(RequestNumber)?),
            10 => Self::OpenRequest(r.u64().map(RequestNumber)?),
            11 => Self::NamedBy(r.u64().map(RequestNumber)?),
            12 => Self::RequestOf { message: Mark(r.fixed()?) },
            13 => Self::Text { name: r.fixed()? },
            14 => Self::ErasedOrder { order: Mark(r.fixed()?) },
            15 => Self::RegulationOf { message: Mark(r.fixed()?) },
            _ => return Err(InvalidKey::Value),
        })
    }

    /// The kind of record, as `check` counts it.
    pub(super) const fn kind(self) -> &'static str {
        match self {
            Self::Regulation(_) => "regulation",
            Self::Open(_) => "index of open regulations",
            Self::Users { .. } => "numbers of a regulation",
            Self::Plan { .. } => "plan of a regulation",
            Self::Outcome { .. } => "outcome of a regulation",
            Self::Receipt { .. } => "receipt",
            Self::ReceiptOf { .. } => "index of receipts",
            Self::NextReceipt => "number of the next receipt",
            Self::Request(_) => "request",
            Self::OpenRequest(_) => "index of open requests",
            Self::NamedBy(_) => "names of a request",
            Self::RequestOf { .. } => "index of requests",
            Self::Text { .. } => "text that was shown",
            Self::ErasedOrder { .. } => "erased order",
            Self::RegulationOf { .. } => "index of regulations",
        }
    }

    /// All regulations, in order of their numbers.
    pub(crate) fn regulations() -> Vec<u8> {
        KeyWriter::new(tag::RIGHTS).u8(1).finish()
    }

    /// Regulations that have not ended.
    pub(crate) fn open() -> Vec<u8> {
        KeyWriter::new(tag::RIGHTS).u8(2).finish()
    }

    /// The customer numbers of a regulation.
    pub(crate) fn users(of: RegulationNumber) -> Vec<u8> {
        KeyWriter::new(tag::RIGHTS).u8(3).u64(of.0).finish()
    }

    /// The plans of a regulation.
    pub(crate) fn plans(of: RegulationNumber) -> Vec<u8> {
        KeyWriter::new(tag::RIGHTS).u8(4).u64(of.0).finish()
    }

    /// The outcomes of a regulation.
    pub(crate) fn outcomes(of: RegulationNumber) -> Vec<u8> {
        KeyWriter::new(tag::RIGHTS).u8(5).u64(of.0).finish()
    }

    /// All requests, in order of their numbers.
    pub(crate) fn requests() -> Vec<u8> {
        KeyWriter::new(tag::RIGHTS).u8(9).finish()
    }

    /// Requests that are open.
    pub(crate) fn open_requests() -> Vec<u8> {
        KeyWriter::new(tag::RIGHTS).u8(10).finish()
    }

    /// What texts said that were shown.
    pub(crate) fn texts() -> Vec<u8> {
        KeyWriter::new(tag::RIGHTS).u8(13).finish()
    }

    /// The receipts of a customer number.
    pub(crate) fn receipts_of(user: &[u8; 16]) -> Vec<u8> {
        KeyWriter::new(tag::RIGHTS).u8(7).fixed(user).finish()
    }
}
