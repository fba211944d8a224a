//! What is allowed, as a set over purpose, channel and field.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Channel, Field, Purpose, Set};

/// One thing that can be allowed: a field, for a purpose, by a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Use {
    /// What for.
    pub purpose: Purpose,
    /// By which way.
    pub channel: Channel,
    /// What.
    pub field: Field,
}

/// A use that makes no sense, such as recognising by e-mail: nothing asks for it, so nothing can allow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{}` does not serve to {} by {}", .0.field.name(), .0.purpose.name(), .0.channel.name())]
pub struct NoSuchUse(pub Use);

/// How many pairs of purpose and channel make sense.
const WAYS: usize = 10;

/// The pairs of purpose and channel that make sense. The place in this list is stored: add at the end only.
const ALL_WAYS: [(Purpose, Channel); WAYS] = [
    (Purpose::Recognise, Channel::Record),
    (Purpose::Recognise, Channel::Tablet),
    (Purpose::Advise, Channel::Tablet),
    (Purpose::Analyse, Channel::Headquarters),
    (Purpose::Inform, Channel::Email),
    (Purpose::Inform, Channel::Sms),
    (Purpose::Inform, Channel::Push),
    (Purpose::Inform, Channel::Telephone),
    (Purpose::Inform, Channel::Post),
    (Purpose::Disclose, Channel::Partner),
];

fn way(purpose: Purpose, channel: Channel) -> Option<usize> {
    ALL_WAYS.iter().position(|way| *way == (purpose, channel))
}

impl Use {
    /// That associates see and say the name: the one use with a switch of its own ([`super::Sharing::greet_by_name`]).
    pub const NAME_ON_TABLETS: Self =
        Self { purpose: Purpose::Recognise, channel: Channel::Tablet, field: Field::Name };

    /// A use; refused when it makes no sense.
    pub fn try_new(purpose: Purpose, channel: Channel, field: Field) -> Result<Self, NoSuchUse> {
        let this = Self { purpose, channel, field };
        if this.makes_sense() { Ok(this) } else { Err(NoSuchUse(this)) }
    }

    /// All that make sense, by purpose and channel.
    pub fn all() -> impl Iterator<Item = Self> {
        let each = |(purpose, channel)| Field::ALL.map(|field| Self { purpose, channel, field });
        ALL_WAYS.into_iter().flat_map(each).filter(|one| one.makes_sense())
    }

    fn makes_sense(self) -> bool {
        let Self { purpose, channel, field } = self;
        let of_profile = field.on_tablets() == Some(Purpose::Advise);
        way(purpose, channel).is_some()
            && match (purpose, channel) {
                (Purpose::Recognise, Channel::Record) => {
                    matches!(field, Field::AnonymousCount | Field::Visit)
                }
                (Purpose::Recognise, _) => field.on_tablets() == Some(Purpose::Recognise),
                (Purpose::Advise, _) => of_profile,
                // Who it is never goes to headquarters.
                (Purpose::Analyse, _) => of_profile || field == Field::Visit,
                (Purpose::Inform, _) => of_profile || matches!(field, Field::Contact | Field::Name),
                (Purpose::Disclose, _) => {
                    of_profile || matches!(field, Field::Contact | Field::Name | Field::Visit)
                }
            }
    }

    /// What must be allowed for this to be: who may not be known to be here has no card, and who may not be written to
    /// gets no letter about a wish.
    pub(super) fn rests_on(self) -> Option<Self> {
        let recognise = |channel, field| Some(Self { purpose: Purpose::Recognise, channel, field });
        match (self.purpose, self.field) {
            (Purpose::Recognise, Field::PresenceOnFloor) => recognise(Channel::Record, Field::Visit),
            (Purpose::Recognise, Field::HelpWanted | Field::Name) | (Purpose::Advise, _) => {
                recognise(Channel::Tablet, Field::PresenceOnFloor)
            }
            (Purpose::Inform, field) if field != Field::Contact => {
                Some(Self { field: Field::Contact, ..self })
            }
            (Purpose::Recognise | Purpose::Analyse | Purpose::Inform | Purpose::Disclose, _) => None,
        }
    }
}

/// A set of uses, small enough to be copied.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Grants([Set<Field>; WAYS]);

impl Grants {
    /// None.
    pub fn none() -> Self {
        Self::default()
    }

    /// Whether the use is in it.
    pub fn holds(&self, purpose: Purpose, channel: Channel, field: Field) -> bool {
        way(purpose, channel).and_then(|way| self.0.get(way)).is_some_and(|fields| fields.holds(field))
    }

    /// The uses in it, by purpose and channel.
    pub fn iter(&self) -> impl Iterator<Item = Use> + '_ {
        ALL_WAYS.into_iter().zip(self.0).flat_map(|((purpose, channel), fields)| {
            fields.iter().map(move |field| Use { purpose, channel, field })
        })
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|fields| fields.is_empty())
    }

    /// What is in one of both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        self.with(|way, fields| fields.and(other.of(way)))
    }

    /// What is in this and not in `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        self.with(|way, fields| fields.without(other.of(way)))
    }

    /// What is in this for no purpose of these.
    #[must_use]
    pub fn without_purposes(&self, purposes: Set<Purpose>) -> Self {
        let gone = |way: usize| ALL_WAYS.get(way).is_some_and(|(purpose, _)| purposes.holds(*purpose));
        self.with(|way, fields| if gone(way) { Set::none() } else { fields })
    }

    /// What is in this and speaks of none of these fields.
    #[must_use]
    pub fn without_fields(&self, withheld: Set<Field>) -> Self {
        self.with(|_, fields| fields.without(withheld))
    }

    fn of(&self, way: usize) -> Set<Field> {
        self.0.get(way).copied().unwrap_or_default()
    }

    fn with(&self, change: impl Fn(usize, Set<Field>) -> Set<Field>) -> Self {
        Self(std::array::from_fn(|way| change(way, self.of(way))))
    }
}

/// What makes no sense is left out.
impl FromIterator<Use> for Grants {
    fn from_iter<I: IntoIterator<Item = Use>>(uses: I) -> Self {
        let mut grants = Self::default();
        for Use { purpose, channel, field } in uses.into_iter().filter(|one| one.makes_sense()) {
            if let Some(fields) = way(purpose, channel).and_then(|way| grants.0.get_mut(way)) {
                *fields = fields.and(Set::from_iter([field]));
            }
        }
        grants
    }
}

impl fmt::Debug for Grants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |one: Use| [one.purpose.name(), one.channel.name(), one.field.name()].join(".");
        f.debug_set().entries(self.iter().map(name)).finish()
    }
}

/// For people a list of uses; in the store the ways that hold something, each with its place, so that a longer list of
/// ways reads what a shorter one wrote. A way that this program does not know allows nothing here.
impl Serialize for Grants {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.collect_seq(self.iter());
        }
        let held: Vec<(usize, Set<Field>)> =
            self.0.into_iter().enumerate().filter(|(_, fields)| !fields.is_empty()).collect();
        held.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Grants {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return Vec::<Use>::deserialize(deserializer).map(Self::from_iter);
        }
        let mut grants = Self::default();
        for (way, fields) in Vec::<(usize, Set<Field>)>::deserialize(deserializer)? {
            if let Some(known) = grants.0.get_mut(way) {
                *known = fields;
            }
        }
        Ok(grants)
    }
}
