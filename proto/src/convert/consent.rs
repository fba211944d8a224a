//! Consent messages: uses, decisions, proofs and texts.
//!
//! To add a field of consent: its number in `consent.proto`, and its line in `words!`.

use shopbell_domain::{
    consent::{
        Channel, Collection, Consent, Decision, Field, Grants, PrivacySignal, Proof, Purpose, Set,
        SharingLevel, Text, TextName, Use,
    },
    time::Timestamp,
};

use super::ConversionError;
use crate::customer::v1;

/// Most records of the history in one answer.
pub const MAX_RECORDS: u32 = 500;

/// How many are sent to who asks for none.
const DEFAULT_RECORDS: u32 = 100;

/// Most uses that one decision names: each once, given or refused.
const MAX_USES: usize = 1_000;

/// The words of a closed list, both ways: one that is missing on either side does not compile.
macro_rules! words {
    ($list:ident, $wire:ident, $at:literal, [$($one:ident),+ $(,)?]) => {
        impl From<$list> for v1::$wire {
            fn from(word: $list) -> Self {
                match word { $($list::$one => Self::$one,)+ }
            }
        }

        impl TryFrom<v1::$wire> for $list {
            type Error = ConversionError;

            fn try_from(word: v1::$wire) -> Result<Self, ConversionError> {
                match word {
                    $(v1::$wire::$one => Ok(Self::$one),)+
                    v1::$wire::Unspecified => Err(ConversionError::MissingField($at)),
                }
            }
        }
    };
}

words!(Purpose, ConsentPurpose, "purpose", [Recognise, Advise, Analyse, Inform, Disclose]);
words!(
    Channel,
    ConsentChannel,
    "channel",
    [Record, Tablet, Headquarters, Email, Sms, Push, Telephone, Post, Partner]
);
words!(
    Field,
    ConsentField,
    "field",
    [
        AnonymousCount,
        Visit,
        PresenceOnFloor,
        HelpWanted,
        Name,
        Contact,
        WishList,
        RemovedWishes,
        Sizes,
        Cart,
        Checkout,
        Coupons,
        Preferences,
        Designs,
        BrandsWanted,
        Orders,
        OrderDetails,
        Bought,
        BoughtSizes,
        BrandsBought,
        Lifetime,
        Reviews,
        Viewed,
        Searches,
        Interests,
        BrandsLookedAt,
        Corrections,
        Notes,
    ]
);

fn word<W, D>(number: i32, field: &'static str) -> Result<D, ConversionError>
where
    W: TryFrom<i32>,
    D: TryFrom<W, Error = ConversionError>,
{
    let unknown = |_| ConversionError::InvalidField {
        field,
        reason: format!("{number} is nothing that this server knows"),
    };
    W::try_from(number).map_err(unknown).and_then(D::try_from)
}

fn purposes(numbers: &[i32], field: &'static str) -> Result<Set<Purpose>, ConversionError> {
    numbers.iter().map(|number| word::<v1::ConsentPurpose, Purpose>(*number, field)).collect()
}

fn wire_purposes(purposes: Set<Purpose>) -> Vec<i32> {
    purposes.iter().map(|purpose| v1::ConsentPurpose::from(purpose).into()).collect()
}

fn grants(uses: &[v1::ConsentUse], field: &'static str) -> Result<Grants, ConversionError> {
    let invalid = |reason: String| ConversionError::InvalidField { field, reason };
    if uses.len() > MAX_USES {
        return Err(invalid(format!("it names {} uses, at most {MAX_USES} are allowed", uses.len())));
    }
    let one = |wire: &v1::ConsentUse| {
        let purpose = word::<v1::ConsentPurpose, Purpose>(wire.purpose, "use.purpose")?;
        let channel = word::<v1::ConsentChannel, Channel>(wire.channel, "use.channel")?;
        let what = word::<v1::ConsentField, Field>(wire.field, "use.field")?;
        Use::try_new(purpose, channel, what).map_err(|error| invalid(error.to_string()))
    };
    uses.iter().map(one).collect()
}

/// Uses as they are sent.
pub fn wire_uses(uses: impl IntoIterator<Item = Use>) -> Vec<v1::ConsentUse> {
    let wire = |Use { purpose, channel, field }| v1::ConsentUse {
        purpose: v1::ConsentPurpose::from(purpose).into(),
        channel: v1::ConsentChannel::from(channel).into(),
        field: v1::ConsentField::from(field).into(),
    };
    uses.into_iter().map(wire).collect()
}

fn time(millis: Option<i64>, field: &'static str) -> Result<Option<Timestamp>, ConversionError> {
    let invalid = |reason: String| ConversionError::InvalidField { field, reason };
    millis.map(Timestamp::try_from_millis).transpose().map_err(|error| invalid(error.to_string()))
}

fn millis(time: Option<Timestamp>) -> Option<i64> {
    time.map(Timestamp::as_millis)
}

impl TryFrom<v1::ConsentDecision> for Decision {
    type Error = ConversionError;

    fn try_from(wire: v1::ConsentDecision) -> Result<Self, ConversionError> {
        let level = match wire.level {
            0 => None,
            level => Some(SharingLevel::try_from(super::customer::WireLevel(level, "decision.level"))?),
        };
        let seen = time(wire.privacy_signal_at_ms, "decision.privacy_signal_at_ms")?;
        let lifted = time(wire.privacy_lifted_at_ms, "decision.privacy_lifted_at_ms")?;
        let privacy = match (seen, lifted) {
            (Some(_), Some(_)) => {
                return Err(ConversionError::InvalidField {
                    field: "decision.privacy_lifted_at_ms",
                    reason: "a signal is seen or lifted, not both at once".to_owned(),
                });
            }
            (Some(at), None) => Some(PrivacySignal::Seen(at)),
            (None, Some(at)) => Some(PrivacySignal::Lifted(at)),
            (None, None) => None,
        };
        Ok(Self {
            level,
            greet_by_name: wire.greet_by_name,
            alone_until: time(wire.alone_until_ms, "decision.alone_until_ms")?,
            give: grants(&wire.give, "decision.give")?,
            refuse: grants(&wire.refuse, "decision.refuse")?,
            pause_until: time(wire.pause_until_ms, "decision.pause_until_ms")?,
            restrict: wire.restrict,
            object: purposes(&wire.object, "decision.object")?,
            object_no_more: purposes(&wire.object_no_more, "decision.object_no_more")?,
            privacy,
        })
    }
}

impl From<Decision> for v1::ConsentDecision {
    fn from(decision: Decision) -> Self {
        let Decision {
            level,
            greet_by_name,
            alone_until,
            give,
            refuse,
            pause_until,
            restrict,
            object,
            object_no_more,
            privacy,
        } = decision;
        let (seen, lifted) = match privacy {
            Some(PrivacySignal::Seen(at)) => (Some(at), None),
            Some(PrivacySignal::Lifted(at)) => (None, Some(at)),
            None => (None, None),
        };
        Self {
            level: level.map_or(v1::SharingLevel::Unspecified, v1::SharingLevel::from).into(),
            greet_by_name,
            alone_until_ms: millis(alone_until),
            give: wire_uses(give.iter()),
            refuse: wire_uses(refuse.iter()),
            pause_until_ms: millis(pause_until),
            restrict,
            object: wire_purposes(object),
            object_no_more: wire_purposes(object_no_more),
            privacy_signal_at_ms: millis(seen),
            privacy_lifted_at_ms: millis(lifted),
        }
    }
}

impl From<Consent> for v1::Consent {
    fn from(consent: Consent) -> Self {
        let Consent {
            sharing,
            given,
            refused,
            paused_until,
            restricted,
            objected,
            privacy_signal,
            privacy_lifted,
        } = consent;
        Self {
            level: v1::SharingLevel::from(sharing.level).into(),
            greet_by_name: sharing.greet_by_name,
            alone_until_ms: millis(sharing.alone_until),
            paused_until_ms: millis(paused_until),
            restricted,
            objected: wire_purposes(objected),
            privacy_signal_at_ms: millis(privacy_signal),
            given: wire_uses(given.iter()),
            refused: wire_uses(refused.iter()),
            privacy_lifted_at_ms: millis(privacy_lifted),
        }
    }
}

/// How a decision was collected, as those who hand it in tell it.
pub fn collection(number: i32) -> Result<Collection, ConversionError> {
    let told = v1::ConsentCollection::try_from(number).ok();
    match told {
        Some(v1::ConsentCollection::Web) => Ok(Collection::Web),
        Some(v1::ConsentCollection::App) => Ok(Collection::App),
        Some(v1::ConsentCollection::Shop) => Ok(Collection::Shop),
        Some(v1::ConsentCollection::Telephone) => Ok(Collection::Telephone),
        Some(v1::ConsentCollection::Letter) => Ok(Collection::Letter),
        Some(v1::ConsentCollection::File) => Ok(Collection::File),
        Some(v1::ConsentCollection::Signal) => Ok(Collection::Signal),
        Some(v1::ConsentCollection::Unspecified) => Err(ConversionError::MissingField("collection")),
        None => Err(ConversionError::InvalidField {
            field: "collection",
            reason: format!("{number} is nothing that this server knows"),
        }),
    }
}

impl From<Collection> for v1::ConsentCollection {
    fn from(how: Collection) -> Self {
        match how {
            Collection::NotTold => Self::Unspecified,
            Collection::Web => Self::Web,
            Collection::App => Self::App,
            Collection::Shop => Self::Shop,
            Collection::Telephone => Self::Telephone,
            Collection::Letter => Self::Letter,
            Collection::File => Self::File,
            Collection::Signal => Self::Signal,
        }
    }
}

impl From<v1::ConsentTextName> for TextName {
    fn from(wire: v1::ConsentTextName) -> Self {
        Self { id: wire.id, version: wire.version, language: wire.language }
    }
}

impl From<TextName> for v1::ConsentTextName {
    fn from(name: TextName) -> Self {
        Self { id: name.id, version: name.version, language: name.language }
    }
}

impl From<&Text> for v1::ConsentText {
    fn from(text: &Text) -> Self {
        Self {
            name: Some(text.name.clone().into()),
            purposes: wire_purposes(text.purposes),
            text: text.text.clone(),
            sha256: text.shown().sha256.to_vec(),
        }
    }
}

impl From<Proof> for v1::ConsentRecord {
    fn from(proof: Proof) -> Self {
        let Proof { at, decision, before, after, told } = proof;
        let (text, text_sha256) =
            told.text.map(|shown| (v1::ConsentTextName::from(shown.name), shown.sha256.to_vec())).unzip();
        Self {
            at_ms: at.as_millis(),
            decision: Some(decision.into()),
            before: Some(before.into()),
            after: Some(after.into()),
            text,
            text_sha256: text_sha256.unwrap_or_default(),
            collection: v1::ConsentCollection::from(told.how).into(),
            client: told.by,
        }
    }
}

/// How many records are wanted.
pub fn record_limit(limit: u32) -> Result<u32, ConversionError> {
    match limit {
        0 => Ok(DEFAULT_RECORDS),
        1..=MAX_RECORDS => Ok(limit),
        _ => Err(ConversionError::InvalidField {
            field: "limit",
            reason: format!("give 1 to {MAX_RECORDS}, not {limit}"),
        }),
    }
}

#[cfg(test)]
mod tests;
