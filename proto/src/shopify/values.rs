//! Numbers, times, amounts and lines of payloads.

use serde_json::Value;
use shopbell_domain::{
    event::Line,
    id::{OrderId, ProductId},
    inbox::Failure,
    money::{Currency, Money},
    time::Timestamp,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Reading, Reason};
use crate::segment::fields::{self, Fields};

/// 1 January 1990: there was no web shop before.
const EARLIEST: Timestamp = Timestamp::from_secs(631_152_000);
/// Most lines of one order.
const MOST_LINES: usize = 500;
const LONGEST_TEXT: usize = 200;
const LONGEST_SIZE: usize = 64;

/// A number of Shopify's.
pub(super) fn id(fields: &Fields<'_>, key: &'static str) -> Result<String, Failure> {
    let (_, value) = fields.value(&[key]).ok_or_else(|| Reason::MissingId.at(fields.at(key)))?;
    fields::plain(value).filter(|id| !id.is_empty()).ok_or_else(|| Reason::InvalidId.at(fields.at(key)))
}

pub(super) fn order_id(fields: &Fields<'_>, key: &'static str) -> Result<OrderId, Failure> {
    OrderId::new(id(fields, key)?).map_err(|_| Reason::InvalidId.at(fields.at(key)))
}

pub(super) fn product_id(fields: &Fields<'_>, key: &'static str) -> Result<ProductId, Failure> {
    ProductId::new(id(fields, key)?).map_err(|_| Reason::InvalidId.at(fields.at(key)))
}

/// The first of these times that is there.
pub(super) fn time(fields: &Fields<'_>, keys: &[&'static str]) -> Result<Option<Timestamp>, Failure> {
    let Some((key, value)) = fields.value(keys) else { return Ok(None) };
    let moment = value.as_str().and_then(|text| OffsetDateTime::parse(text.trim(), &Rfc3339).ok());
    let millis =
        moment.and_then(|moment| i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000)).ok());
    let at = millis.map(Timestamp::from_millis).filter(|at| *at >= EARLIEST);
    at.map(Some).ok_or_else(|| Reason::InvalidTime.at(fields.at(key)))
}

/// The currency in a field.
pub(super) fn currency(fields: &Fields<'_>, key: &'static str) -> Result<Option<Currency>, Failure> {
    let Some((_, value)) = fields.value(&[key]) else { return Ok(None) };
    let currency = value.as_str().and_then(|text| text.parse().ok());
    currency.map(Some).ok_or_else(|| Reason::InvalidCurrency.at(fields.at(key)))
}

/// An amount in the shop's currency: that of `<key>_set.shop_money`, else the plain one in `otherwise`.
pub(super) fn amount(
    fields: &Fields<'_>,
    keys: &[(&'static str, &'static str)],
    otherwise: Option<Currency>,
) -> Result<Option<Money>, Failure> {
    for (set, plain) in keys {
        let shop = fields.child(set).child("shop_money");
        if shop.value(&["amount"]).is_some() {
            let told = currency(&shop, "currency_code")?.or(otherwise);
            return read(&shop, "amount", told);
        }
        if fields.value(&[*plain]).is_some() {
            return read(fields, plain, otherwise);
        }
    }
    Ok(None)
}

fn read(
    fields: &Fields<'_>,
    key: &'static str,
    currency: Option<Currency>,
) -> Result<Option<Money>, Failure> {
    let Some((_, value)) = fields.value(&[key]) else { return Ok(None) };
    let wrong = || Reason::InvalidAmount.at(fields.at(key));
    let text = fields::plain(value).ok_or_else(wrong)?;
    let Some(currency) = currency else { return Ok(None) };
    let told = Money::parse(&text, currency).ok().filter(|told| Money::is_price(told.minor));
    told.map(Some).ok_or_else(wrong)
}

/// The lines of an order, a checkout or a cart. Lines without a product (a gift card, a tip, what was typed in at the till)
/// are passed over: they are in the total.
pub(super) fn lines(
    fields: &Fields<'_>,
    key: &'static str,
    reading: &Reading,
    currency: Option<Currency>,
) -> Result<Vec<Line>, Failure> {
    let path = fields.at(key);
    let listed = match fields.value(&[key]) {
        None => return Ok(Vec::new()),
        Some((_, Value::Array(listed))) if listed.len() <= MOST_LINES => listed,
        Some(_) => return Err(Reason::InvalidLines.at(path)),
    };
    let mut lines = Vec::with_capacity(listed.len());
    for (place, one) in listed.iter().enumerate() {
        let path = format!("{path}[{place}]");
        let Value::Object(object) = one else { return Err(Reason::InvalidLines.at(path)) };
        if let Some(line) = line(&Fields::new(object, path), reading, currency)? {
            lines.push(line);
        }
    }
    Ok(lines)
}

/// One line; `None` without a product.
pub(super) fn line(
    fields: &Fields<'_>,
    reading: &Reading,
    currency: Option<Currency>,
) -> Result<Option<Line>, Failure> {
    if fields.value(&["product_id"]).is_none() {
        return Ok(None);
    }
    Ok(Some(Line {
        size: fields.text(&["variant_title"], LONGEST_TEXT).and_then(|title| size(&title, reading)),
        quantity: quantity(fields, "quantity")?,
        price: amount(fields, &[("price_set", "price")], currency)?,
        name: fields.text(&["title"], LONGEST_TEXT),
        brand: fields.text(&["vendor"], LONGEST_TEXT),
        gift: says_gift(fields, "properties"),
        ..Line::of(product_id(fields, "product_id")?)
    }))
}

/// Whether one of what the web shop's theme attached says that it is a gift: `{"name": "gift", "value": "true"}`. Shopify has no
/// field for it; these are the names that themes and apps give.
pub(super) fn says_gift(fields: &Fields<'_>, key: &'static str) -> bool {
    let Some((_, Value::Array(attached))) = fields.value(&[key]) else { return false };
    attached.iter().filter_map(Value::as_object).any(|one| {
        let text = |key: &str| one.get(key).and_then(fields::plain).unwrap_or_default().to_lowercase();
        let name: String = text("name").chars().filter(|c| c.is_alphanumeric()).collect();
        let is_gift = matches!(name.as_str(), "gift" | "isgift" | "giftwrap" | "giftwrapping" | "giftorder");
        is_gift && matches!(text("value").as_str(), "true" | "yes" | "1" | "on")
    })
}

/// The size in the title of a variant, which is its options with slashes between.
fn size(title: &str, reading: &Reading) -> Option<String> {
    if title == "Default Title" {
        return None;
    }
    let place = reading.size_option.checked_sub(1)?;
    title.split(" / ").nth(place).and_then(|size| fields::clean(size, LONGEST_SIZE))
}

/// Pieces of a line; below 0 is 0.
pub(super) fn quantity(fields: &Fields<'_>, key: &'static str) -> Result<Option<u32>, Failure> {
    match pieces(fields, key)? {
        Some(pieces) if pieces > Line::MAX_QUANTITY => Err(Reason::InvalidQuantity.at(fields.at(key))),
        pieces => Ok(pieces),
    }
}

/// Pieces in stock; below 0 is 0.
pub(super) fn pieces(fields: &Fields<'_>, key: &'static str) -> Result<Option<u32>, Failure> {
    let Some((_, value)) = fields.value(&[key]) else { return Ok(None) };
    let pieces = fields::plain(value).and_then(|text| text.parse::<i64>().ok());
    let pieces = pieces.and_then(|pieces| u32::try_from(pieces.max(0)).ok());
    pieces.map(Some).ok_or_else(|| Reason::InvalidQuantity.at(fields.at(key)))
}
