//! Messages about events that failed, and about evidence of who is who.

use shopbell_domain::{
    event::EventId,
    id::{AssociateId, InvalidId, MessageId, SourceId},
    identity::{Evidence, Identifier, IdentifierKind, Pair, Retracted, Standing, port::RetractionRecord},
    inbox::FailedMessage,
    redacted::Redacted,
};

use super::ConversionError;
use crate::admin::v1;

/// Longest name of who decided, in characters.
const DECIDED_BY: usize = 200;
/// Longest reason, in characters.
const WHY: usize = 1_000;

/// A failed event without what it says.
pub fn failed_event(failed: &FailedMessage) -> v1::FailedEvent {
    v1::FailedEvent {
        number: failed.number.0,
        source_id: failed.message.id.source.to_string(),
        message_id: failed.message.id.message.as_str().to_owned(),
        received_ms: failed.message.received.as_millis(),
        failed_ms: failed.at.as_millis(),
        reason: failed.failure.reason.clone(),
        field: failed.failure.field.clone(),
        explanation: failed.failure.explanation.clone(),
    }
}

/// Which evidence a request names.
pub fn retracted(name: Option<v1::EvidenceName>) -> Result<Retracted, ConversionError> {
    match name.and_then(|name| name.what).ok_or(ConversionError::MissingField("evidence"))? {
        v1::evidence_name::What::Event(v1::EventName { source_id, message_id }) => {
            let invalid = |field| {
                move |error: InvalidId| ConversionError::InvalidField { field, reason: error.to_string() }
            };
            Ok(Retracted::Event(EventId {
                source: SourceId::new(source_id).map_err(invalid("evidence.event.source_id"))?,
                message: MessageId::new(message_id).map_err(invalid("evidence.event.message_id"))?,
            }))
        }
        v1::evidence_name::What::Pair(v1::IdentifierPair { one, other }) => {
            let one = identifier(one, "evidence.pair.one")?;
            let other = identifier(other, "evidence.pair.other")?;
            if one == other {
                let reason = "both identifiers are the same: name two".to_owned();
                return Err(ConversionError::InvalidField { field: "evidence.pair", reason });
            }
            Ok(Retracted::Pair(Pair::new(one, other)))
        }
    }
}

/// Who asks to see what is personal.
pub fn asked_by(asked_by: String) -> Result<AssociateId, ConversionError> {
    if asked_by.is_empty() {
        return Err(ConversionError::MissingField("asked_by"));
    }
    AssociateId::new(asked_by)
        .map_err(|error| ConversionError::InvalidField { field: "asked_by", reason: error.to_string() })
}

/// Who decided, and why.
pub fn grounds(
    decided_by: String,
    why: String,
) -> Result<(Redacted<String>, Redacted<String>), ConversionError> {
    Ok((text("decided_by", decided_by, DECIDED_BY)?, text("why", why, WHY)?))
}

fn text(field: &'static str, text: String, most: usize) -> Result<Redacted<String>, ConversionError> {
    match text.chars().count() {
        0 => Err(ConversionError::MissingField(field)),
        count if count > most => {
            let reason = format!("it has {count} characters: at most {most} are taken");
            Err(ConversionError::InvalidField { field, reason })
        }
        _ => Ok(Redacted::new(text)),
    }
}

/// An identifier, in its normal form.
pub fn wire_identifier(identifier: &Identifier) -> v1::Identifier {
    v1::Identifier { kind: wire_kind(identifier.kind()).into(), value: identifier.value().reveal().clone() }
}

const fn wire_kind(kind: IdentifierKind) -> v1::IdentifierKind {
    match kind {
        IdentifierKind::Customer => v1::IdentifierKind::Customer,
        IdentifierKind::Loyalty => v1::IdentifierKind::Loyalty,
        IdentifierKind::Email => v1::IdentifierKind::Email,
        IdentifierKind::PhoneNumber => v1::IdentifierKind::PhoneNumber,
        IdentifierKind::Phone => v1::IdentifierKind::Phone,
        IdentifierKind::Anonymous => v1::IdentifierKind::Anonymous,
    }
}

/// Evidence, with its standing when it is known.
pub fn shown_evidence(evidence: &Evidence, standing: Option<Standing>) -> v1::ShownEvidence {
    use v1::EvidenceStanding as Wire;
    let shown = match standing {
        None => Wire::Unspecified,
        Some(Standing::Joins) => Wire::Joins,
        Some(Standing::Confirms) => Wire::Confirms,
        Some(Standing::Retracted) => Wire::Retracted,
        Some(Standing::Blocked(_)) => Wire::Blocked,
        Some(Standing::Crowded) => Wire::Crowded,
        Some(Standing::Shared) => Wire::Shared,
        Some(Standing::LimitBroken(_)) => Wire::Limit,
    };
    let limit = match standing {
        Some(Standing::LimitBroken(kind)) => wire_kind(kind),
        _ => v1::IdentifierKind::Unspecified,
    };
    v1::ShownEvidence {
        event: Some(event_name(&evidence.id)),
        at_ms: evidence.at.as_millis(),
        one: Some(wire_identifier(&evidence.a)),
        other: Some(wire_identifier(&evidence.b)),
        standing: shown.into(),
        limit: limit.into(),
    }
}

/// A decision about evidence, and how it ended.
pub fn shown_decision(decision: &RetractionRecord) -> v1::ShownDecision {
    let RetractionRecord { retraction, withdrawn } = decision;
    let what = match &retraction.what {
        Retracted::Event(id) => v1::evidence_name::What::Event(event_name(id)),
        Retracted::Pair(pair) => {
            let (one, other) = pair.ends();
            let (one, other) = (Some(wire_identifier(one)), Some(wire_identifier(other)));
            v1::evidence_name::What::Pair(v1::IdentifierPair { one, other })
        }
    };
    let withdrawn = withdrawn.as_ref();
    let text = |text: &Redacted<String>| text.reveal().clone();
    v1::ShownDecision {
        evidence: Some(v1::EvidenceName { what: Some(what) }),
        decided_by: text(&retraction.by),
        decided_ms: retraction.at.as_millis(),
        why: text(&retraction.why),
        restored_by: withdrawn.map(|ended| text(&ended.by)).unwrap_or_default(),
        restored_ms: withdrawn.map(|ended| ended.at.as_millis()).unwrap_or_default(),
        restored_why: withdrawn.map(|ended| text(&ended.why)).unwrap_or_default(),
    }
}

fn event_name(id: &EventId) -> v1::EventName {
    v1::EventName { source_id: id.source.to_string(), message_id: id.message.as_str().to_owned() }
}

/// The identifier that a request names.
pub fn identifier(told: Option<v1::Identifier>, field: &'static str) -> Result<Identifier, ConversionError> {
    let told = told.ok_or(ConversionError::MissingField(field))?;
    let kind = match told.kind() {
        v1::IdentifierKind::Unspecified => return Err(ConversionError::MissingField(field)),
        v1::IdentifierKind::Customer => IdentifierKind::Customer,
        v1::IdentifierKind::Loyalty => IdentifierKind::Loyalty,
        v1::IdentifierKind::Email => IdentifierKind::Email,
        v1::IdentifierKind::PhoneNumber => IdentifierKind::PhoneNumber,
        v1::IdentifierKind::Phone => IdentifierKind::Phone,
        v1::IdentifierKind::Anonymous => IdentifierKind::Anonymous,
    };
    Identifier::new(kind, &told.value)
        .map_err(|error| ConversionError::InvalidField { field, reason: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: v1::IdentifierKind, value: &str) -> v1::Identifier {
        v1::Identifier { kind: kind.into(), value: value.to_owned() }
    }

    fn pair(one: Option<v1::Identifier>, other: v1::Identifier) -> v1::EvidenceName {
        let what = v1::evidence_name::What::Pair(v1::IdentifierPair { one, other: Some(other) });
        v1::EvidenceName { what: Some(what) }
    }

    fn event(source: &str, message: &str) -> v1::EvidenceName {
        let name = v1::EventName { source_id: source.to_owned(), message_id: message.to_owned() };
        v1::EvidenceName { what: Some(v1::evidence_name::What::Event(name)) }
    }

    #[test]
    fn evidence_is_named_by_event_or_by_pair_in_normal_form() {
        use v1::IdentifierKind::{Anonymous, Customer, Email};
        let found =
            retracted(Some(pair(Some(told(Anonymous, "b1")), told(Email, " Camille@Example.com ")))).unwrap();
        let mail = Identifier::new(IdentifierKind::Email, "camille@example.com").unwrap();
        let browser = Identifier::new(IdentifierKind::Anonymous, "b1").unwrap();
        assert_eq!(found, Retracted::Pair(Pair::new(mail, browser)));
        assert!(matches!(retracted(Some(event("web", "m1"))).unwrap(), Retracted::Event(_)));
        for (wrong, says) in [
            (None, "evidence is missing"),
            (Some(event("", "m1")), "evidence.event.source_id is invalid"),
            (Some(event("web", "")), "evidence.event.message_id is invalid"),
            (Some(pair(None, told(Customer, "c1"))), "evidence.pair.one is missing"),
            (Some(pair(Some(told(Customer, "c1")), told(Email, "null"))), "evidence.pair.other is invalid"),
            (Some(pair(Some(told(Customer, "c1")), told(Customer, "c1"))), "evidence.pair is invalid"),
        ] {
            let error = retracted(wrong).unwrap_err().to_string();
            assert!(error.starts_with(says), "{error}");
        }
    }

    #[test]
    fn a_decision_says_by_whom_and_why() {
        let given = grounds("Ana".to_owned(), "two people".to_owned()).unwrap();
        assert_eq!((given.0.reveal().as_str(), given.1.reveal().as_str()), ("Ana", "two people"));
        assert_eq!(grounds("a".into(), String::new()).unwrap_err(), ConversionError::MissingField("why"));
        assert!(grounds("a".repeat(201), "b".into()).unwrap_err().to_string().starts_with("decided_by"));
    }
}
