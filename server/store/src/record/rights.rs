//! Records of what customers asked.

use serde::{Deserialize, Serialize};
use shopbell_domain::{
    identity::Identifier,
    rights::{Outcome, PrivacyRequest, Regulation, port::Plan},
};

/// A regulation, and the key of its customer numbers and plans.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RegulationRecord {
    pub(crate) regulation: Regulation,
    pub(crate) key: [u8; 12],
}

/// Some customer numbers of a regulation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UsersRecord(pub(crate) Vec<String>);

/// How a number of a regulation is to be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlanRecord(pub(crate) Plan);

/// How a number of a regulation ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OutcomeRecord(pub(crate) Outcome);

/// A signed receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReceiptRecord(pub(crate) String);

/// A request that a source passed on, without those whom it names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RequestRecord(pub(crate) PrivacyRequest);

/// Whom a request names, strongest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NamedRecord(pub(crate) Vec<Identifier>);
