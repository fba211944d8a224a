//! Floor messages: rows, cards and what associates say.
//!
//! A card's texts are made by the server; here only the facts cross. To add a field of the card: the `.proto`, a line
//! here, and the line that fills it in the server's `brief`.

use shopbell_domain::{
    catalogue::Stock,
    consent::Field,
    floor::{Guest, GuestState},
    id::VisitId,
    profile::{Bought, Item, Order, Size, Source},
    starter::{StarterKind, Verdict},
    visit::Outcome,
};

use super::ConversionError;
use crate::floor::v1;

/// Most names of an order that cross the wire.
pub const MAX_ORDER_ITEMS: usize = 5;

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
    }
}

impl From<StarterKind> for v1::StarterKind {
    fn from(kind: StarterKind) -> Self {
        match kind {
            StarterKind::HelpWanted => Self::HelpWanted,
            StarterKind::WishArrived => Self::WishArrived,
            StarterKind::CartLeft => Self::CartLeft,
            StarterKind::UsualDue => Self::UsualDue,
        }
    }
}

impl From<Source> for v1::FactSource {
    fn from(source: Source) -> Self {
        match source {
            Source::Web => Self::Web,
            Source::Till => Self::Till,
            Source::Stock => Self::Stock,
            Source::Customer => Self::Customer,
            Source::Import => Self::Import,
        }
    }
}

/// The wire's word for a field that a customer can choose to share; `None` for what is no choice of its own.
pub fn shared_kind(field: Field) -> Option<v1::SharedKind> {
    match field {
        Field::Name => Some(v1::SharedKind::Name),
        Field::WishList => Some(v1::SharedKind::WishList),
        Field::Sizes => Some(v1::SharedKind::Sizes),
        Field::Cart => Some(v1::SharedKind::Cart),
        Field::Purchases => Some(v1::SharedKind::Purchases),
        Field::Browsing => Some(v1::SharedKind::Browsing),
        Field::AnonymousCount | Field::Visit | Field::PresenceOnFloor | Field::HelpWanted => None,
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
    }
}

/// An item; `name` is the product's name, or its number where the catalogue does not know it.
pub fn item(item: &Item, name: String, stock: Option<&[Stock]>) -> v1::ItemFact {
    let pieces = |stock: &[Stock]| {
        stock
            .iter()
            .filter(|pieces| item.size.is_none() || pieces.size.is_none() || pieces.size == item.size)
            .fold(0_u32, |sum, pieces| sum.saturating_add(pieces.quantity))
    };
    v1::ItemFact {
        product_id: item.product.to_string(),
        name,
        size: item.size.clone().unwrap_or_default(),
        at_ms: item.at.as_millis(),
        in_stock_here: stock.map(pieces),
        quantity: item.quantity,
    }
}

/// A usual item; `name` as in [`item`].
pub fn usual_item(bought: &Bought, name: String) -> v1::UsualItem {
    let days = |gap: std::time::Duration| u32::try_from(gap.as_secs() / 86_400).unwrap_or(u32::MAX);
    v1::UsualItem {
        product_id: bought.product.to_string(),
        name,
        times: bought.times,
        last_at_ms: bought.last.as_millis(),
        every_days: bought.typical_gap().map(days),
    }
}

/// An order; `names` are those of its lines, as in [`item`].
pub fn order(order: &Order, names: impl IntoIterator<Item = String>) -> v1::OrderFact {
    v1::OrderFact {
        order_id: order.id.to_string(),
        at_ms: order.at.as_millis(),
        source: v1::FactSource::from(order.source).into(),
        items: names.into_iter().take(MAX_ORDER_ITEMS).collect(),
        lines: u32::try_from(order.lines.len()).unwrap_or(u32::MAX),
    }
}

/// A size.
pub fn size(size: &Size) -> v1::SizeFact {
    v1::SizeFact { of: size.of.clone(), size: size.size.clone(), at_ms: size.at.as_millis() }
}

#[cfg(test)]
mod tests {
    use shopbell_domain::{id::ProductId, time::Timestamp};

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
        for said in [None, Some(Verdict::Used), Some(Verdict::NotNow)] {
            assert_eq!(verdict(wire_feedback(said).into()).unwrap(), said);
        }
        for said in [None, Some(Outcome::Sold), Some(Outcome::Talked), Some(Outcome::LeftAlone)] {
            assert_eq!(outcome(wire_outcome(said).into()).unwrap(), said);
        }
    }

    #[test]
    fn only_the_chosen_size_counts_as_stock() {
        let at = Timestamp::from_millis(5);
        let pieces = |size: &str, quantity| Stock { size: Some(size.to_owned()), quantity, since: at };
        let stock = [pieces("38", 2), pieces("40", 7)];
        let mut wish = Item {
            product: ProductId::new("coat").unwrap(),
            size: Some("38".to_owned()),
            quantity: 1,
            at,
            source: Source::Web,
        };
        assert_eq!(item(&wish, "Coat".to_owned(), Some(&stock)).in_stock_here, Some(2));
        wish.size = None;
        assert_eq!(item(&wish, "Coat".to_owned(), Some(&stock)).in_stock_here, Some(9));
        assert_eq!(item(&wish, "Coat".to_owned(), None).in_stock_here, None, "unknown is not zero");
    }
}
