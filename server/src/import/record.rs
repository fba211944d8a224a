//! One line: its JSON object, checked field by field, as a change of the store.
//!
//! Unknown fields and types are refused, so that a misspelt field is not silently lost.

mod product;
mod service;

use serde::{Deserialize, Deserializer, de};
use shopbell_domain::{
    catalogue::Stock,
    consent::{Sharing, SharingLevel},
    event::{Line, Purchase},
    id::{CustomerId, OrderId, PhoneId, ProductId, StoreId},
    money::Currency,
    ports::{Change, SharingTold},
    profile::{self, Item, MAX_ORDER_LINES, Profile, Source},
    time::Timestamp,
};
use shopbell_proto::convert::customer as convert;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Longest size, kind of size or category, in characters.
const MAX_LABEL: usize = 100;

/// The types of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A customer.
    Customer,
    /// A phone of a customer.
    Phone,
    /// A product.
    Product,
    /// Pieces in a shop.
    Stock,
    /// An order.
    Order,
    /// A product was looked at in the web shop.
    View,
    /// The cart of the web shop.
    Cart,
    /// An item of the wish list.
    Wish,
    /// A size.
    Size,
    /// A pick-up, a return or a repair.
    Service,
}

impl Kind {
    /// As it is written in a file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Phone => "phone",
            Self::Product => "product",
            Self::Stock => "stock",
            Self::Order => "order",
            Self::View => "view",
            Self::Cart => "cart",
            Self::Wish => "wish",
            Self::Size => "size",
            Self::Service => "service",
        }
    }
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Record {
    /// A change by itself.
    Change(Change),
    /// A part of a change: see [`super::stock`].
    Stock { store: StoreId, product: ProductId, piece: Stock },
}

/// Why a line is refused, and its type as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) kind: Option<Kind>,
    pub(super) reason: String,
}

/// Reads a line.
pub(super) fn parse(text: &str) -> Result<(Kind, Record), Refused> {
    // serde would take an array as a struct, too.
    if !text.trim_start().starts_with('{') {
        return Err(Refused { kind: None, reason: "the line is no JSON object".to_owned() });
    }
    let Head { kind } = read(text).map_err(|reason| Refused { kind: None, reason })?;
    let record = match kind {
        Kind::Customer => read(text).and_then(customer),
        Kind::Phone => read(text).and_then(phone),
        Kind::Product => {
            read(text).and_then(product::read).map(|product| Record::Change(Change::Product(product)))
        }
        Kind::Stock => read(text).and_then(stock),
        Kind::Order => read(text).and_then(order),
        Kind::View => read(text).and_then(view),
        Kind::Cart => read(text).and_then(cart),
        Kind::Wish => read(text).and_then(wish),
        Kind::Size => read(text).and_then(size),
        Kind::Service => read(text).and_then(service::read),
    };
    record.map(|record| (kind, record)).map_err(|reason| Refused { kind: Some(kind), reason })
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| {
        let text = error.to_string();
        // Every text is one line: its number would contradict the one in the file.
        text.replace(" at line 1 column", " at column")
    })
}

/// The field that each line has, read past.
type Type = de::IgnoredAny;

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "type")]
    kind: Kind,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomerLine {
    #[serde(rename = "type")]
    _type: Type,
    customer_id: CustomerId,
    #[serde(default)]
    name: String,
    level: u8,
    #[serde(default)]
    greet_by_name: bool,
}

fn customer(line: CustomerLine) -> Result<Record, String> {
    let CustomerLine { customer_id, name, level, greet_by_name, .. } = line;
    let level = SharingLevel::from_number(level).ok_or_else(|| format!("level: {level} is not 0 to 5"))?;
    let name = convert::name(&name).map_err(|error| error.to_string())?;
    let sharing = Sharing { level, greet_by_name, alone_until: None };
    // `super::sharing` dates it: a line does not know when it is imported.
    let sharing = Some(SharingTold { sharing, at: Timestamp::EPOCH });
    Ok(Record::Change(Change::Customer { id: customer_id, name, sharing }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PhoneLine {
    #[serde(rename = "type")]
    _type: Type,
    phone_id: String,
    customer_id: CustomerId,
}

fn phone(line: PhoneLine) -> Result<Record, String> {
    let phone: PhoneId = line.phone_id.parse().map_err(|error| format!("phone_id: {error}"))?;
    Ok(Record::Change(Change::Phone { phone, customer: line.customer_id }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StockLine {
    #[serde(rename = "type")]
    _type: Type,
    store_id: StoreId,
    product_id: ProductId,
    size: Option<String>,
    quantity: u32,
    since: When,
}

fn stock(line: StockLine) -> Result<Record, String> {
    let StockLine { store_id: store, product_id: product, size, quantity, since, .. } = line;
    let piece = Stock::new(label("size", size)?, quantity, since.0);
    Ok(Record::Stock { store, product, piece })
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Channel {
    Web,
    Store,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderRow {
    product_id: ProductId,
    size: Option<String>,
    #[serde(default = "one")]
    quantity: u32,
    price: Option<serde_json::Value>,
    category: Option<String>,
    brand: Option<String>,
    #[serde(default)]
    gift: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderRecord {
    #[serde(rename = "type")]
    _type: Type,
    order_id: OrderId,
    customer_id: CustomerId,
    at: When,
    channel: Channel,
    store_id: Option<StoreId>,
    currency: Option<Currency>,
    total: Option<serde_json::Value>,
    coupon: Option<String>,
    lines: Vec<OrderRow>,
}

fn order(line: OrderRecord) -> Result<Record, String> {
    let OrderRecord { order_id: order, customer_id: customer, at, lines: rows, store_id: store, .. } = line;
    if rows.is_empty() || rows.len() > MAX_ORDER_LINES {
        return Err(format!("lines: holds {} lines; give 1 to {MAX_ORDER_LINES}", rows.len()));
    }
    let source = match line.channel {
        Channel::Web if store.is_some() => {
            return Err("store_id: an order of the channel web was paid at no shop's till".to_owned());
        }
        Channel::Web => Source::Web,
        Channel::Store => Source::Till,
    };
    let money = |field: &str, value: Option<serde_json::Value>| {
        let Some(value) = value else { return Ok(None) };
        let currency = line.currency.ok_or("currency: is missing; an amount needs one, such as \"EUR\"")?;
        product::amount(field, &value, currency).map(Some)
    };
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        lines.push(Line {
            size: label("size", row.size)?,
            quantity: Some(row.quantity),
            price: money("price", row.price)?,
            category: label("category", row.category)?,
            brand: label("brand", row.brand)?,
            gift: row.gift,
            ..Line::of(row.product_id)
        });
    }
    let (total, coupon) = (money("total", line.total)?, label("coupon", line.coupon)?);
    let purchase = Purchase { order, lines, total, coupon, store };
    Ok(Record::Change(Change::Order { customer, at: at.0, source, purchase }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemLine {
    #[serde(rename = "type")]
    _type: Type,
    customer_id: CustomerId,
    product_id: ProductId,
    size: Option<String>,
    at: When,
}

fn item(line: ItemLine) -> Result<(CustomerId, Item), String> {
    let ItemLine { customer_id, product_id: product, size, at, .. } = line;
    let size = label("size", size)?;
    let item = Item { product, name: None, size, quantity: 1, at: at.0, source: Source::Web };
    Ok((customer_id, item))
}

fn view(line: ItemLine) -> Result<Record, String> {
    let (customer, item) = item(line)?;
    Ok(Record::Change(Change::View { customer, item }))
}

fn wish(line: ItemLine) -> Result<Record, String> {
    let (customer, item) = item(line)?;
    Ok(Record::Change(Change::Wish { customer, item }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CartRow {
    product_id: ProductId,
    size: Option<String>,
    #[serde(default = "one")]
    quantity: u32,
    at: Option<When>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CartLine {
    #[serde(rename = "type")]
    _type: Type,
    customer_id: CustomerId,
    at: When,
    items: Vec<CartRow>,
}

fn cart(line: CartLine) -> Result<Record, String> {
    let CartLine { customer_id: customer, at, items: rows, .. } = line;
    if rows.len() > Profile::MAX_ITEMS {
        return Err(format!("items: holds {} items; give at most {}", rows.len(), Profile::MAX_ITEMS));
    }
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let CartRow { product_id: product, size, quantity, at: since } = row;
        let since = since.unwrap_or(at).0;
        let size = label("size", size)?;
        items.push(Item { product, name: None, size, quantity, at: since, source: Source::Web });
    }
    Ok(Record::Change(Change::Cart { customer, at: at.0, items }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SizeLine {
    #[serde(rename = "type")]
    _type: Type,
    customer_id: CustomerId,
    of: String,
    size: String,
    at: When,
}

fn size(line: SizeLine) -> Result<Record, String> {
    let SizeLine { customer_id: customer, of, size, at, .. } = line;
    let of = short("of", of, MAX_LABEL)?;
    let size = short("size", size, MAX_LABEL)?;
    if of.is_empty() || size.is_empty() {
        return Err("of and size: neither may be empty".to_owned());
    }
    let size = profile::Size { of, size, at: at.0, source: Source::Import };
    Ok(Record::Change(Change::Size { customer, size }))
}

const fn one() -> u32 {
    1
}

fn short(field: &str, text: String, max: usize) -> Result<String, String> {
    let length = text.chars().count();
    if length > max {
        return Err(format!("{field}: has {length} characters; at most {max} are kept"));
    }
    Ok(text)
}

fn label(field: &str, text: Option<String>) -> Result<Option<String>, String> {
    match text {
        Some(text) if text.is_empty() => Err(format!("{field}: is empty; leave it out where there is none")),
        Some(text) => short(field, text, MAX_LABEL).map(Some),
        None => Ok(None),
    }
}

/// A time: RFC 3339, or milliseconds since 1970.
#[derive(Clone, Copy)]
struct When(Timestamp);

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WhenVisitor)
    }
}

struct WhenVisitor;

impl de::Visitor<'_> for WhenVisitor {
    type Value = When;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a time: RFC 3339 such as \"2026-11-20T14:00:00+01:00\", or milliseconds since 1970")
    }

    fn visit_i64<E: de::Error>(self, millis: i64) -> Result<When, E> {
        Timestamp::try_from_millis(millis).map(When).map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, millis: u64) -> Result<When, E> {
        self.visit_i64(i64::try_from(millis).unwrap_or(i64::MAX))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<When, E> {
        let at = OffsetDateTime::parse(text, &Rfc3339)
            .map_err(|error| E::custom(format_args!("\"{text}\" is no RFC 3339 time ({error})")))?;
        let millis = at.unix_timestamp_nanos().div_euclid(1_000_000);
        self.visit_i64(i64::try_from(millis).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests;
