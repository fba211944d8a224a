//! What customers may ask: wire to domain and back.

use shopbell_domain::{
    event::{Correction, Disputed},
    id::{OrderId, ProductId},
    ports::{Look, LookKind},
    redacted::Redacted,
    rights::{Kind, Outcome, PrivacyRequest, Regulation, RegulationNumber, RequestNumber, State, Wish},
    time::Timestamp,
};

use super::ConversionError;
use crate::customer::v1;

/// Longest name of a request.
const REQUEST_ID: usize = 100;

/// What is asked.
pub fn kind(number: i32) -> Result<Kind, ConversionError> {
    use v1::RegulationType as Wire;
    match Wire::try_from(number) {
        Ok(Wire::SuppressOnly) => Ok(Kind::SuppressOnly),
        Ok(Wire::Unsuppress) => Ok(Kind::Unsuppress),
        Ok(Wire::SuppressWithDelete) => Ok(Kind::SuppressWithDelete),
        Ok(Wire::DeleteOnly) => Ok(Kind::DeleteOnly),
        Ok(Wire::Anonymize) => Ok(Kind::Anonymize),
        Ok(Wire::Unspecified) | Err(_) => Err(ConversionError::MissingField("type")),
    }
}

const fn wire_kind(kind: Kind) -> v1::RegulationType {
    match kind {
        Kind::SuppressOnly => v1::RegulationType::SuppressOnly,
        Kind::Unsuppress => v1::RegulationType::Unsuppress,
        Kind::SuppressWithDelete => v1::RegulationType::SuppressWithDelete,
        Kind::DeleteOnly => v1::RegulationType::DeleteOnly,
        Kind::Anonymize => v1::RegulationType::Anonymize,
    }
}

const fn wire_state(state: State) -> v1::RegulationStatus {
    match state {
        State::Initialized => v1::RegulationStatus::Initialized,
        State::Invalid => v1::RegulationStatus::Invalid,
        State::NotSupported => v1::RegulationStatus::NotSupported,
        State::Running => v1::RegulationStatus::Running,
        State::PartialSuccess => v1::RegulationStatus::PartialSuccess,
        State::Failed => v1::RegulationStatus::Failed,
        State::Finished => v1::RegulationStatus::Finished,
    }
}

/// The number of a request that a source passed on.
pub fn request_number(number: u64) -> Result<RequestNumber, ConversionError> {
    if number == 0 { Err(ConversionError::MissingField("number")) } else { Ok(RequestNumber(number)) }
}

/// A request that a source passed on.
pub fn privacy_request(request: &PrivacyRequest) -> v1::PrivacyRequest {
    let wish = match request.wish {
        Wish::Export => v1::PrivacyWish::Export,
        Wish::EraseSource => v1::PrivacyWish::EraseSource,
    };
    v1::PrivacyRequest {
        number: request.number.0,
        source_id: request.source.to_string(),
        wish: wish.into(),
        reference: request.reference.clone(),
        received_at_ms: request.at.as_millis(),
        due_at_ms: request.due.as_millis(),
        closed_at_ms: request.closed.map(Timestamp::as_millis),
        found: request.found,
    }
}

/// The customer numbers of a request; how many there may be is the domain's to say.
pub fn users(customer_ids: Vec<String>) -> Vec<Redacted<String>> {
    customer_ids.into_iter().map(Redacted::new).collect()
}

/// A regulation's number.
pub fn number(number: u64) -> Result<RegulationNumber, ConversionError> {
    if number == 0 { Err(ConversionError::MissingField("number")) } else { Ok(RegulationNumber(number)) }
}

/// A regulation.
pub fn regulation(regulation: &Regulation) -> v1::Regulation {
    let Regulation { number, kind, at, state, tally, ended, .. } = regulation;
    v1::Regulation {
        number: number.0,
        r#type: wire_kind(*kind).into(),
        status: wire_state(*state).into(),
        created_at_ms: at.as_millis(),
        finished_at_ms: ended.map(shopbell_domain::time::Timestamp::as_millis),
        users: tally.users,
        done: tally.done,
        invalid: tally.invalid,
        failed: tally.failed,
    }
}

/// How one number ended.
pub fn result(index: u32, outcome: &Outcome) -> v1::RegulationResult {
    match outcome {
        Outcome::Done { receipt, records } => v1::RegulationResult {
            index,
            done: true,
            receipt: *receipt,
            records: *records,
            reason: String::new(),
        },
        Outcome::Invalid(reason) | Outcome::Failed(reason) => {
            v1::RegulationResult { index, done: false, receipt: None, records: 0, reason: reason.clone() }
        }
    }
}

/// What is corrected.
pub fn disputed(what: Option<v1::correct_fact_request::What>) -> Result<Disputed, ConversionError> {
    use v1::correct_fact_request::What;
    let order = |field, text: String| {
        OrderId::new(text).map_err(|error| ConversionError::InvalidField { field, reason: error.to_string() })
    };
    let product = |field, text: String| {
        ProductId::new(text)
            .map_err(|error| ConversionError::InvalidField { field, reason: error.to_string() })
    };
    match what.ok_or(ConversionError::MissingField("what"))? {
        What::OrderId(id) => Ok(Disputed::Order(order("order_id", id)?)),
        What::OrderLine(line) => Ok(Disputed::OrderLine {
            order: order("order_line.order_id", line.order_id)?,
            product: product("order_line.product_id", line.product_id)?,
        }),
        What::ViewedProductId(id) => Ok(Disputed::Viewed(product("viewed_product_id", id)?)),
        What::NoteId(id) => Ok(Disputed::Note(super::floor::note_id(&id)?)),
    }
}

/// What is true of it.
pub fn correction(how: i32) -> Result<Correction, ConversionError> {
    match v1::CorrectionKind::try_from(how) {
        Ok(v1::CorrectionKind::Gift) => Ok(Correction::Gift),
        Ok(v1::CorrectionKind::NotMe) => Ok(Correction::NotMe),
        Ok(v1::CorrectionKind::Withdrawn) => Ok(Correction::Withdrawn),
        Ok(v1::CorrectionKind::Unspecified) | Err(_) => Err(ConversionError::MissingField("how")),
    }
}

/// The name of a request; `None` when it has none.
pub fn request_id(text: String) -> Result<Option<String>, ConversionError> {
    if text.chars().count() > REQUEST_ID || text.chars().any(char::is_control) {
        let reason = format!("it must be at most {REQUEST_ID} characters, none of them a control character");
        return Err(ConversionError::InvalidField { field: "request_id", reason });
    }
    Ok((!text.is_empty()).then_some(text))
}

/// A look, without who looked.
pub fn look(look: &Look) -> v1::Look {
    let what = match look.what {
        LookKind::Greeted => v1::LookWhat::Greeted,
        LookKind::GreetedTakenBack => v1::LookWhat::GreetedTakenBack,
        LookKind::CardOpened => v1::LookWhat::Card,
        LookKind::MinimalCardOpened => v1::LookWhat::MinimalCard,
        LookKind::NamedMinimalCardOpened => v1::LookWhat::NamedMinimalCard,
        LookKind::IdentityShown => v1::LookWhat::Identity,
        LookKind::FailedMessageShown => v1::LookWhat::FailedEvent,
        LookKind::Exported | LookKind::ExportedByApp => v1::LookWhat::Export,
        LookKind::CardExplained => v1::LookWhat::Explanation,
    };
    let (role, purpose) = match look.what {
        LookKind::IdentityShown | LookKind::FailedMessageShown | LookKind::CardExplained => {
            (v1::LookRole::Operator, v1::LookPurpose::PutRight)
        }
        LookKind::Exported => (v1::LookRole::Operator, v1::LookPurpose::HandOut),
        LookKind::ExportedByApp => (v1::LookRole::App, v1::LookPurpose::HandOut),
        _ => (v1::LookRole::Associate, v1::LookPurpose::ServiceInShop),
    };
    v1::Look {
        at_ms: look.at.as_millis(),
        store_id: look.store.to_string(),
        role: role.into(),
        what: what.into(),
        purpose: purpose.into(),
    }
}

#[cfg(test)]
mod tests {
    use shopbell_domain::id::NoteId;

    use super::*;

    #[test]
    fn each_kind_goes_over_the_wire_and_back() {
        for one in Kind::ALL {
            assert_eq!(kind(wire_kind(one).into()), Ok(one));
        }
        for unknown in [0, 6, -1] {
            assert_eq!(kind(unknown), Err(ConversionError::MissingField("type")));
        }
    }

    #[test]
    fn what_is_corrected_is_checked() {
        use v1::correct_fact_request::What;
        assert_eq!(disputed(None), Err(ConversionError::MissingField("what")));
        let order = disputed(Some(What::OrderId("o-1".to_owned()))).unwrap();
        assert_eq!(order, Disputed::Order(OrderId::new("o-1").unwrap()));
        let wrong = disputed(Some(What::ViewedProductId("a b".to_owned()))).unwrap_err().to_string();
        assert!(wrong.starts_with("viewed_product_id is invalid"), "{wrong}");
        let note = disputed(Some(What::NoteId("0".repeat(31) + "7"))).unwrap();
        assert_eq!(note, Disputed::Note(NoteId(7)));
        assert_eq!(correction(0), Err(ConversionError::MissingField("how")));
        assert_eq!(request_id(String::new()), Ok(None));
        assert!(request_id("x".repeat(101)).is_err());
    }
}
