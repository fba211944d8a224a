//! What requests say.

use serde::Deserialize;
use shopbell_domain::{
    id::SourceId,
    redacted::Redacted,
    rights::{Kind, Regulation, RegulationNumber, State},
};

use super::{LARGEST_PAGE, PAGE, answer::Refusal};

/// Of `POST`. Fields that it does not know are refused by name: whoever sets one expects something of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    regulation_type: String,
    #[serde(default)]
    subject_type: Option<String>,
    subject_ids: Vec<Redacted<String>>,
}

/// What is asked.
pub(super) struct Wish {
    pub(super) kind: Kind,
    pub(super) users: Vec<Redacted<String>>,
}

impl Wish {
    /// Reads a body. Messages say what is wrong, and never what was sent.
    pub(super) fn read(body: &[u8]) -> Result<Self, Refusal> {
        let Asked { regulation_type, subject_type, subject_ids } = serde_json::from_slice(body).map_err(|error| {
            // serde tells the name of a field, and of values only their type; a string in the place of another type it would
            // quote.
            let told = error.to_string();
            let message = if told.contains("invalid type") || told.contains("invalid value") {
                "a field is of the wrong type: regulationType and subjectType are strings, subjectIds a list of strings".to_owned()
            } else {
                told
            };
            Refusal::Field { field: "body", message }
        })?;
        let kind = Kind::from_name(&regulation_type)
            .map_err(|error| Refusal::Field { field: "regulationType", message: error.to_string() })?;
        if subject_type.is_some_and(|subject| subject != "USER_ID") {
            let message = "only USER_ID is known: a customer's number names the whole person".to_owned();
            return Err(Refusal::Field { field: "subjectType", message });
        }
        Ok(Self { kind, users: subject_ids })
    }
}

/// The cursor of the first page.
pub(super) const NEWEST: &str = "newest";

/// Name and value of a part of a query.
fn pair(text: &str) -> (String, String) {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    (decoded(name), decoded(value))
}

/// Percent-encoding (RFC 3986 section 2.1); what is no such thing stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.first_chunk::<2>().filter(|_| *first == b'%');
        let byte = escaped.and_then(|digits| {
            let digits = std::str::from_utf8(digits)
                .ok()
                .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
            u8::from_str_radix(digits, 16).ok()
        });
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What a list is to hold.
pub(super) struct Listing {
    pub(super) before: Option<RegulationNumber>,
    pub(super) count: usize,
    state: Option<State>,
    kinds: Vec<Kind>,
    source: Option<SourceId>,
}

impl Listing {
    /// Reads a query. Lists come as `regulationTypes=A&regulationTypes=B`, as `regulationTypes[0]=A` or with commas.
    pub(super) fn read(query: Option<&str>, source: Option<SourceId>) -> Result<Self, Refusal> {
        let mut listing = Self { before: None, count: PAGE, state: None, kinds: Vec::new(), source };
        let wrong = |field, message: &str| Refusal::Field { field, message: message.to_owned() };
        for (name, value) in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()).map(pair) {
            match name.split('[').next().unwrap_or_default() {
                "pagination" if name == "pagination[count]" => {
                    let count = value.parse().ok().filter(|count| (1..=LARGEST_PAGE).contains(count));
                    listing.count = count.ok_or_else(|| wrong("pagination.count", "it must be 1 to 200"))?;
                }
                "pagination" if name == "pagination[cursor]" && value == NEWEST => {}
                "pagination" if name == "pagination[cursor]" => {
                    let before = value.parse().ok();
                    listing.before = Some(
                        before.ok_or_else(|| wrong("pagination.cursor", "use `next` of the page before"))?,
                    );
                }
                "status" => {
                    let state =
                        State::from_name(&value).ok_or_else(|| wrong("status", "there is no such status"))?;
                    listing.state = Some(state);
                }
                "regulationTypes" => {
                    for name in value.split(',') {
                        let kind = Kind::from_name(name)
                            .map_err(|error| wrong("regulationTypes", &error.to_string()))?;
                        listing.kinds.push(kind);
                    }
                }
                _ => {
                    return Err(wrong(
                        "query",
                        "known are pagination[count], pagination[cursor], status, regulationTypes",
                    ));
                }
            }
        }
        Ok(listing)
    }

    /// Whether it is to hold this one.
    pub(super) fn asks_for(&self, regulation: &Regulation) -> bool {
        self.source == regulation.source
            && self.state.is_none_or(|state| state == regulation.state)
            && (self.kinds.is_empty() || self.kinds.contains(&regulation.kind))
    }
}
