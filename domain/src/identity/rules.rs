//! What a person may consist of: a value, checked once.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{
    Identifier, IdentifierKind,
    blocked::{self, Placeholder},
};

/// The rules, before they are checked. `Default` is what retailers start with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSettings {
    /// Most loyalty cards of one person. Default 1.
    pub loyalty_cards: u32,
    /// Most e-mail addresses of one person. Default 5, as Segment's.
    pub emails: u32,
    /// Most telephone numbers of one person. Default 5.
    pub phone_numbers: u32,
    /// Most registered phones of one person. Default 5.
    pub phones: u32,
    /// Most browsers and apps of one person. Default 100.
    pub anonymous: u32,
    /// From when on an identifier is several people's and joins nothing: (its kind, kind of the others, how many different
    /// ones it may be seen with). Kinds that are not named have no such bound.
    ///
    /// Default: a browser or phone is one customer's; an address, number or card may be seen with 3 customers, as in a
    /// family, of whom the first has it.
    pub shared_above: BTreeMap<(IdentifierKind, IdentifierKind), u32>,
    /// How many different others count for one identifier, the first in canonical order. It bounds the work that a robot
    /// can make, which is somebody else in each request. Default 1,000.
    pub pairs_per_identifier: usize,
    /// How many identifiers may hang together, with those around them that are several people's. Beyond it nobody of them
    /// is joined with anybody, and an alarm says so. Default 5,000.
    pub component: usize,
    /// How many browsers and apps a page may newly tie to one customer on one day (UTC, of receipt). Anybody can post what
    /// a page posts. Default 10.
    pub newcomers_a_day: u32,
    /// Values, of any kind, that this retailer's own programs write when they have none. Case does not matter.
    pub blocked: BTreeSet<String>,
}

impl Default for RuleSettings {
    fn default() -> Self {
        use IdentifierKind::{Anonymous, Customer, Email, Loyalty, Phone, PhoneNumber};
        Self {
            loyalty_cards: 1,
            emails: 5,
            phone_numbers: 5,
            phones: 5,
            anonymous: 100,
            shared_above: BTreeMap::from([
                ((Anonymous, Customer), 1),
                ((Anonymous, Loyalty), 1),
                ((Anonymous, Email), 2),
                ((Anonymous, PhoneNumber), 2),
                ((Anonymous, Phone), 2),
                ((Phone, Customer), 1),
                ((Phone, Loyalty), 1),
                ((Phone, Email), 2),
                ((Phone, PhoneNumber), 2),
                ((PhoneNumber, Customer), 3),
                ((PhoneNumber, Loyalty), 3),
                ((PhoneNumber, Email), 5),
                ((Email, Customer), 3),
                ((Email, Loyalty), 3),
                ((Loyalty, Customer), 3),
            ]),
            pairs_per_identifier: 1_000,
            component: 5_000,
            newcomers_a_day: 10,
            blocked: BTreeSet::new(),
        }
    }
}

/// Why settings are no rules: names the setting and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("identity setting `{setting}` is {found}: {expected}")]
pub struct InvalidRules {
    /// The setting.
    pub setting: String,
    /// Its value.
    pub found: String,
    /// What it must be.
    pub expected: &'static str,
}

/// Checked rules.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules(RuleSettings);

impl Rules {
    /// Checks the settings.
    pub fn try_new(settings: RuleSettings) -> Result<Self, InvalidRules> {
        let s = &settings;
        let limits = [
            ("loyalty_cards", s.loyalty_cards),
            ("emails", s.emails),
            ("phone_numbers", s.phone_numbers),
            ("phones", s.phones),
            ("anonymous", s.anonymous),
            ("newcomers_a_day", s.newcomers_a_day),
        ];
        for (setting, limit) in limits {
            require((1..=10_000).contains(&limit), setting, &limit, "give 1 to 10000")?;
        }
        for ((kind, other), most) in &s.shared_above {
            let setting = format!("shared_above.{}.{}", kind.name(), other.name());
            require(other < kind, &setting, most, "the second kind must be the stronger one")?;
            require(*most >= 1, &setting, most, "give at least 1, or leave it out for no bound")?;
            let seen = usize::try_from(*most).is_ok_and(|most| most < s.pairs_per_identifier);
            require(seen, &setting, most, "give less than `pairs_per_identifier`, or it is never reached")?;
        }
        let pairs = (1..=100_000).contains(&s.pairs_per_identifier);
        require(pairs, "pairs_per_identifier", &s.pairs_per_identifier, "give 1 to 100000")?;
        let component = s.component > s.pairs_per_identifier && s.component <= 200_000;
        let expected =
            "give more than `pairs_per_identifier`, so that what one was seen with fits, and at most 200000";
        require(component, "component", &s.component, expected)?;
        let empty = s.blocked.iter().any(|value| value.trim().is_empty());
        require(!empty, "blocked", &"an empty value", "leave it out: empty values are never taken")?;
        let blocked = s.blocked.iter().map(|value| value.trim().to_lowercase()).collect();
        Ok(Self(RuleSettings { blocked, ..settings }))
    }

    /// How many different others count for one identifier: a store need not tell more, see [`super::port::Identities`].
    pub const fn pairs_per_identifier(&self) -> usize {
        self.0.pairs_per_identifier
    }

    /// How many identifiers may hang together.
    pub const fn component(&self) -> usize {
        self.0.component
    }

    /// Most identifiers of a kind that one person has. One customer, always: a profile is one customer's.
    pub const fn per_person(&self, kind: IdentifierKind) -> u32 {
        match kind {
            IdentifierKind::Customer => 1,
            IdentifierKind::Loyalty => self.0.loyalty_cards,
            IdentifierKind::Email => self.0.emails,
            IdentifierKind::PhoneNumber => self.0.phone_numbers,
            IdentifierKind::Phone => self.0.phones,
            IdentifierKind::Anonymous => self.0.anonymous,
        }
    }

    /// Whether a page may tie one more browser to a customer that has `known` of them, `today` of these since the day of
    /// receipt began. A quarter of the places is kept for who is believed: pages may not fill it.
    pub const fn takes_newcomer(&self, known: u32, today: u32) -> bool {
        let kept_back = self.0.anonymous / 4;
        known < self.0.anonymous - kept_back && today < self.0.newcomers_a_day
    }

    /// Why an identifier must not join anything although it was taken: the retailer blocks it, or a list has grown since.
    pub fn blocks(&self, identifier: &Identifier) -> Option<Placeholder> {
        let value = identifier.value().reveal();
        blocked::placeholder(identifier.kind(), value).or_else(|| {
            let own = !self.0.blocked.is_empty() && self.0.blocked.contains(&value.to_lowercase());
            own.then_some(Placeholder::OWN)
        })
    }

    /// Whether an identifier of `kind` that was seen with `count` different ones of the kind `other` is several people's.
    pub(super) fn is_shared(&self, kind: IdentifierKind, other: IdentifierKind, count: u32) -> bool {
        self.0.shared_above.get(&(kind, other)).is_some_and(|most| count > *most)
    }
}

fn require(
    holds: bool,
    setting: &str,
    found: &dyn fmt::Display,
    expected: &'static str,
) -> Result<(), InvalidRules> {
    if holds {
        return Ok(());
    }
    Err(InvalidRules { setting: setting.to_owned(), found: found.to_string(), expected })
}
