//! Floor messages: rows, cards and what associates say.
//!
//! A card's texts are made by the server; here only the facts cross. To add a field of the card: the `.proto`, a line
//! in `facts`, and the line that fills it in the server's `brief`.

mod facts;
mod services;
mod visit;

use shopbell_domain::{
    consent::Field,
    floor::{Guest, GuestState},
    id::VisitId,
    moment::{Moment, Trigger},
    profile::Source,
    starter::{StarterKind, Verdict},
    visit::Outcome,
};

pub use self::{
    facts::{
        MAX_ORDER_ITEMS, Today, bought_size, brand, checkout, coupon, design, evidence, interest, item,
        lifetime, money, order, preference, review, search, size, usual_item,
    },
    services::service,
    visit::{Amounts, PromiseTold, note, note_id, note_text, promise, visit_order},
};

use super::ConversionError;
use crate::floor::v1;

/// Longest starter identifier that is accepted, in bytes: a kind, a slash and a product number.
pub const MAX_STARTER_ID_LEN: usize = 96;

/// The visit that a request names.
pub fn visit_id(text: &str) -> Result<VisitId, ConversionError> {
    if text.is_empty() {
        return Err(ConversionError::MissingField("visit_id"));
    }
    text.parse().map_err(|error: shopbell_domain::id::InvalidId| ConversionError::InvalidField {
        field: "visit_id",
        reason: error.to_string(),
    })
}

/// The starter that a request names.
pub fn starter_id(text: String) -> Result<String, ConversionError> {
    if text.is_empty() {
        return Err(ConversionError::MissingField("starter_id"));
    }
    if text.len() > MAX_STARTER_ID_LEN {
        return Err(ConversionError::InvalidField {
            field: "starter_id",
            reason: format!("it has {} bytes, at most {MAX_STARTER_ID_LEN} are allowed", text.len()),
        });
    }
    Ok(text)
}

/// What a tablet says of a starter; `None` takes it back.
pub fn verdict(wire: i32) -> Result<Option<Verdict>, ConversionError> {
    match v1::StarterFeedback::try_from(wire) {
        Ok(v1::StarterFeedback::Unspecified) => Ok(None),
        Ok(v1::StarterFeedback::Used) => Ok(Some(Verdict::Used)),
        Ok(v1::StarterFeedback::NotNow) => Ok(Some(Verdict::NotNow)),
        Ok(v1::StarterFeedback::Helpful) => Ok(Some(Verdict::Helpful)),
        Ok(v1::StarterFeedback::Wrong) => Ok(Some(Verdict::Wrong)),
        Err(_) => Err(unknown_value("feedback", wire)),
    }
}

/// What a tablet says became of a visit; `None` takes it back.
pub fn outcome(wire: i32) -> Result<Option<Outcome>, ConversionError> {
    match v1::Outcome::try_from(wire) {
        Ok(v1::Outcome::Unspecified) => Ok(None),
        Ok(v1::Outcome::Sold) => Ok(Some(Outcome::Sold)),
        Ok(v1::Outcome::Talked) => Ok(Some(Outcome::Talked)),
        Ok(v1::Outcome::LeftAlone) => Ok(Some(Outcome::LeftAlone)),
        Err(_) => Err(unknown_value("outcome", wire)),
    }
}

fn unknown_value(field: &'static str, wire: i32) -> ConversionError {
    ConversionError::InvalidField { field, reason: format!("{wire} is no value that this server knows") }
}

/// The wire's word for what became of a visit.
pub fn wire_outcome(outcome: Option<Outcome>) -> v1::Outcome {
    match outcome {
        None => v1::Outcome::Unspecified,
        Some(Outcome::Sold) => v1::Outcome::Sold,
        Some(Outcome::Talked) => v1::Outcome::Talked,
        Some(Outcome::LeftAlone) => v1::Outcome::LeftAlone,
    }
}

/// The wire's word for what was said of a starter.
pub fn wire_feedback(verdict: Option<Verdict>) -> v1::StarterFeedback {
    match verdict {
        None => v1::StarterFeedback::Unspecified,
        Some(Verdict::Used) => v1::StarterFeedback::Used,
        Some(Verdict::NotNow) => v1::StarterFeedback::NotNow,
        Some(Verdict::Helpful) => v1::StarterFeedback::Helpful,
        Some(Verdict::Wrong) => v1::StarterFeedback::Wrong,
    }
}

impl From<StarterKind> for v1::StarterKind {
    fn from(kind: StarterKind) -> Self {
        match kind {
            StarterKind::HelpWanted => Self::HelpWanted,
            StarterKind::LookedUp => Self::LookedUp,
            StarterKind::WishArrived => Self::WishArrived,
            StarterKind::CartLeft => Self::CartLeft,
            StarterKind::UsualDue => Self::UsualDue,
            StarterKind::OrderReady => Self::OrderReady,
            StarterKind::ReturnExpected => Self::ReturnExpected,
            StarterKind::Promise => Self::Promise,
            StarterKind::PriceLower => Self::PriceLower,
            StarterKind::BackIn => Self::BackIn,
            StarterKind::GoesWith => Self::GoesWith,
            StarterKind::Occasion => Self::Occasion,
            StarterKind::Campaign => Self::Campaign,
            StarterKind::Story => Self::Story,
            StarterKind::WelcomeBack => Self::WelcomeBack,
            StarterKind::Hello => Self::Hello,
        }
    }
}

impl From<Source> for v1::FactSource {
    fn from(source: Source) -> Self {
        match source {
            Source::Web => Self::Web,
            Source::Page => Self::Page,
            Source::Till => Self::Till,
            Source::Stock => Self::Stock,
            Source::Customer => Self::Customer,
            Source::Import => Self::Import,
            Source::Associate => Self::Associate,
        }
    }
}

/// The wire's word for what a field that a tablet shows belongs to; `None` for what is no choice of its own, or is not shown.
pub fn shared_kind(field: Field) -> Option<v1::SharedKind> {
    match field {
        Field::Name => Some(v1::SharedKind::Name),
        Field::WishList => Some(v1::SharedKind::WishList),
        Field::Sizes => Some(v1::SharedKind::Sizes),
        Field::Cart | Field::Checkout | Field::Coupons => Some(v1::SharedKind::Cart),
        Field::Preferences | Field::Designs | Field::BrandsWanted => Some(v1::SharedKind::Preferences),
        Field::Orders
        | Field::OrderDetails
        | Field::Bought
        | Field::BoughtSizes
        | Field::BrandsBought
        | Field::Lifetime
        | Field::Reviews => Some(v1::SharedKind::Purchases),
        Field::Viewed | Field::Searches | Field::Interests | Field::BrandsLookedAt => {
            Some(v1::SharedKind::Browsing)
        }
        Field::Notes => Some(v1::SharedKind::Notes),
        Field::AnonymousCount
        | Field::Visit
        | Field::PresenceOnFloor
        | Field::HelpWanted
        | Field::Contact
        | Field::RemovedWishes
        | Field::Corrections => None,
    }
}

/// A row of the floor; `greeted_by` is the name of the associate in [`Guest::greeted_by`].
pub fn guest(guest: &Guest, greeted_by: Option<String>) -> v1::Guest {
    let (state, left_at_ms) = match guest.state {
        GuestState::Here => (v1::GuestState::Here, None),
        GuestState::Left { at } => (v1::GuestState::Left, Some(at.as_millis())),
        GuestState::Uncertain => (v1::GuestState::Uncertain, None),
    };
    v1::Guest {
        visit_id: guest.visit.to_string(),
        display_name: guest.name.as_ref().map(|name| name.reveal().clone()).filter(|name| !name.is_empty()),
        zone_id: guest.zone.to_string(),
        began_at_ms: guest.began.as_millis(),
        state: state.into(),
        help_since_ms: guest.help_since.map(shopbell_domain::time::Timestamp::as_millis),
        greeted_by,
        left_at_ms,
        card_revision: guest.card_revision,
        sign: guest.sign.map_or(v1::MomentSign::Unspecified, wire_sign).into(),
        bought: guest.bought,
    }
}

/// A sign as the row tells it; what the guest asked, and that somebody has met them, it tells otherwise.
const fn wire_sign(trigger: Trigger) -> v1::MomentSign {
    match trigger {
        Trigger::HelpWanted | Trigger::Met => v1::MomentSign::Unspecified,
        Trigger::FittingRoom => v1::MomentSign::FittingRoom,
        Trigger::Returned => v1::MomentSign::Returned,
        Trigger::Dwell => v1::MomentSign::Dwell,
        Trigger::Pause => v1::MomentSign::Pause,
    }
}

/// Why a card says nothing yet, or only little, and until when the guest is to be left in peace.
pub fn card_moment(moment: Option<Moment>) -> (v1::CardMoment, Option<i64>) {
    match moment {
        Some(Moment::Quiet { until }) => (v1::CardMoment::Quiet, Some(until.as_millis())),
        Some(Moment::Watch { .. }) => (v1::CardMoment::NotYet, None),
        Some(Moment::Open { hello_only: true, .. }) => (v1::CardMoment::HelloOnly, None),
        Some(Moment::Open { hello_only: false, .. }) | None => (v1::CardMoment::Unspecified, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_names_its_field() {
        assert_eq!(visit_id("").unwrap_err().to_string(), "visit_id is missing");
        assert!(visit_id("xyz").unwrap_err().to_string().starts_with("visit_id is invalid: "));
        assert_eq!(starter_id(String::new()).unwrap_err().to_string(), "starter_id is missing");
        assert!(starter_id("x".repeat(97)).is_err());
        assert_eq!(
            verdict(99).unwrap_err().to_string(),
            "feedback is invalid: 99 is no value that this server knows"
        );
        assert!(outcome(-1).unwrap_err().to_string().starts_with("outcome is invalid: "));
    }

    #[test]
    fn what_was_said_comes_back_the_same() {
        for said in
            [None, Some(Verdict::Used), Some(Verdict::NotNow), Some(Verdict::Helpful), Some(Verdict::Wrong)]
        {
            assert_eq!(verdict(wire_feedback(said).into()).unwrap(), said);
        }
        for said in [None, Some(Outcome::Sold), Some(Outcome::Talked), Some(Outcome::LeftAlone)] {
            assert_eq!(outcome(wire_outcome(said).into()).unwrap(), said);
        }
    }
}
