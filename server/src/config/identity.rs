//! Which identifiers may be one person's.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use shopbell_domain::identity::{IdentifierKind, RuleSettings, Rules};
use shopbell_kit::config::Invalid;

/// The rules by which persons are made of evidence. Changing them makes all persons anew, in the background.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Most loyalty cards of one person.
    pub loyalty_cards: u32,
    /// Most e-mail addresses of one person.
    pub emails: u32,
    /// Most telephone numbers of one person.
    pub phone_numbers: u32,
    /// Most registered phones of one person.
    pub phones: u32,
    /// Most browsers and apps of one person.
    pub anonymous: u32,
    /// How many browsers and apps a page may newly tie to one customer on one day.
    pub newcomers_a_day: u32,
    /// How many different others count for one identifier.
    pub pairs_per_identifier: usize,
    /// How many identifiers may hang together.
    pub component: usize,
    /// By kind: with how many different ones of a stronger kind one may be seen before it is several people's; 0 is no
    /// bound.
    pub shared_above: BTreeMap<Kind, BTreeMap<Kind, u32>>,
    /// Values of any kind that the retailer's own programs write when they have none.
    #[serde(default)]
    pub blocked: BTreeSet<String>,
}

/// A kind of identifier, as it is written in settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The retailer's customer number.
    Customer,
    /// A loyalty card.
    Loyalty,
    /// An e-mail address.
    Email,
    /// A telephone number.
    PhoneNumber,
    /// A registered phone.
    Phone,
    /// A browser or an app.
    Anonymous,
}

impl From<Kind> for IdentifierKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Customer => Self::Customer,
            Kind::Loyalty => Self::Loyalty,
            Kind::Email => Self::Email,
            Kind::PhoneNumber => Self::PhoneNumber,
            Kind::Phone => Self::Phone,
            Kind::Anonymous => Self::Anonymous,
        }
    }
}

impl Identity {
    pub(super) fn validate(&self) -> Result<(), Invalid> {
        self.rules().map(|_| ())
    }

    /// The rules.
    pub fn rules(&self) -> Result<Rules, Invalid> {
        let mut shared_above = BTreeMap::new();
        for (kind, others) in &self.shared_above {
            for (other, most) in others.iter().filter(|(_, most)| **most > 0) {
                shared_above.insert(((*kind).into(), (*other).into()), *most);
            }
        }
        let settings = RuleSettings {
            loyalty_cards: self.loyalty_cards,
            emails: self.emails,
            phone_numbers: self.phone_numbers,
            phones: self.phones,
            anonymous: self.anonymous,
            newcomers_a_day: self.newcomers_a_day,
            shared_above,
            pairs_per_identifier: self.pairs_per_identifier,
            component: self.component,
            blocked: self.blocked.clone(),
        };
        Rules::try_new(settings).map_err(|wrong| {
            let expected = wrong.expected.trim_start_matches("give ");
            Invalid::new(format!("identity.{}", wrong.setting), format!("{expected}; it is {}", wrong.found))
        })
    }
}
