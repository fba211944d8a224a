//! Products and amounts in the properties of an event.

use serde_json::Value;
use shopbell_domain::{
    event::{Line, Purchase},
    id::{OrderId, ProductId},
    inbox::Failure,
    money::{Currency, Money},
};

use super::{
    Reading, decimal,
    failure::Reason,
    fields::{self, Fields},
};

/// Most products of one event.
const MOST_LINES: usize = 500;
const LONGEST_TEXT: usize = 200;
const LONGEST_SIZE: usize = 64;
/// Longest code of a coupon.
const LONGEST_CODE: usize = 100;

/// The spec's name, as JavaScript writes it, and that of version 1.
const PRODUCT_ID: [&str; 4] = ["product_id", "productId", "id", "sku"];
/// In properties that tell an order or a cart, `id` is not a product's.
const ONLY_PRODUCT_ID: [&str; 3] = ["product_id", "productId", "sku"];
const ORDER_ID: [&str; 3] = ["order_id", "orderId", "id"];

/// Properties of an event.
pub(super) struct Properties<'a> {
    /// Themselves.
    pub(super) fields: Fields<'a>,
    /// The currency of amounts that name none.
    currency: Option<Currency>,
}

impl<'a> Properties<'a> {
    pub(super) fn of(item: &Fields<'a>, reading: &Reading) -> Result<Self, Failure> {
        let fields = item.demand("properties", Reason::InvalidProperties)?;
        Ok(Self { fields, currency: reading.currency })
    }

    /// The one product of the event: at top level, or the only one of `products`.
    pub(super) fn line(&self) -> Result<Line, Failure> {
        if self.fields.value(&PRODUCT_ID).is_some() {
            return self.line_of(&self.fields, price);
        }
        let mut lines = self.listed()?.into_iter();
        match (lines.next(), lines.next()) {
            (Some(line), None) => Ok(line),
            (None, _) => Err(Reason::MissingProductId.at(self.fields.at("product_id"))),
            (Some(_), Some(_)) => Err(Reason::TooManyProducts.at(self.fields.at("products"))),
        }
    }

    /// All products of the event: those of `products`, else the one at top level, else none.
    pub(super) fn lines(&self) -> Result<Vec<Line>, Failure> {
        if self.fields.value(&["products"]).is_none() && self.fields.value(&ONLY_PRODUCT_ID).is_some() {
            return Ok(vec![self.line_of(&self.fields, price)?]);
        }
        self.listed()
    }

    fn listed(&self) -> Result<Vec<Line>, Failure> {
        let path = self.fields.at("products");
        match self.fields.value(&["products"]) {
            None => Ok(Vec::new()),
            Some((_, Value::Array(products))) if products.len() > MOST_LINES => {
                Err(Reason::TooManyProducts.at(path))
            }
            Some((_, Value::Array(products))) => {
                let lines = products.iter().enumerate().map(|(place, product)| {
                    let path = format!("{path}[{place}]");
                    match product {
                        Value::Object(product) => {
                            self.line_of(&Fields::new(product, path), price_or_discount)
                        }
                        _ => Err(Reason::InvalidProducts.at(path)),
                    }
                });
                lines.collect()
            }
            // A list of one, as some tag managers write it.
            Some((_, Value::Object(product))) => Ok(vec![self.line_of(&Fields::new(product, path), price)?]),
            Some(_) => Err(Reason::InvalidProducts.at(path)),
        }
    }

    fn line_of(&self, product: &Fields<'_>, meant: Meant) -> Result<Line, Failure> {
        Ok(Line {
            product: product_id(product)?,
            size: product.text(&["size", "variant"], LONGEST_SIZE),
            quantity: quantity(product)?,
            price: self.amount_as(product, &["price"], meant)?,
            name: product.text(&["name"], LONGEST_TEXT),
            brand: product.text(&["brand"], LONGEST_TEXT),
            category: product.text(&["category"], LONGEST_TEXT),
            gift: is_gift(product) || is_gift(&self.fields),
        })
    }

    /// The product that a review or a design is about.
    pub(super) fn product(&self) -> Result<ProductId, Failure> {
        product_id(&self.fields)
    }

    /// The order's number.
    pub(super) fn order(&self) -> Result<OrderId, Failure> {
        let Some((key, value)) = self.fields.value(&ORDER_ID) else {
            return Err(Reason::MissingOrderId.at(self.fields.at("order_id")));
        };
        let id = fields::plain(value).and_then(|text| OrderId::new(text).ok());
        id.ok_or_else(|| Reason::InvalidOrderId.at(self.fields.at(key)))
    }

    /// The whole order.
    pub(super) fn purchase(&self) -> Result<Purchase, Failure> {
        Ok(Purchase {
            order: self.order()?,
            lines: self.lines()?,
            total: self.paid()?,
            coupon: self.coupon(),
            store: None,
        })
    }

    /// The coupon's code.
    pub(super) fn coupon(&self) -> Option<String> {
        self.fields.text(&["coupon", "coupon_id", "couponId", "coupon_name", "couponName"], LONGEST_CODE)
    }

    /// What was paid, tax and shipping included. `revenue` and `subtotal` are without them, so they are added.
    fn paid(&self) -> Result<Option<Money>, Failure> {
        let told = self.amount(&self.fields, &["total", "value"])?;
        let without = self.amount(&self.fields, &["revenue", "subtotal"])?;
        if told.is_some() {
            return Ok(told);
        }
        let Some(mut sum) = without else { return Ok(None) };
        for key in ["tax", "shipping"] {
            if let Some(added) = self.amount(&self.fields, &[key])? {
                let whole = sum.checked_add(added).filter(|sum| Money::is_price(sum.minor));
                sum = whole.ok_or_else(|| Reason::InvalidAmount.at(self.fields.at(key)))?;
            }
        }
        Ok(Some(sum))
    }

    /// What was paid back; some write it as a negative amount.
    pub(super) fn paid_back(&self) -> Result<Option<Money>, Failure> {
        self.amount_as(&self.fields, &["total", "value", "revenue"], without_sign)
    }

    /// What something costs, in minor units; `None` when it is not told, or nothing says in which currency.
    fn amount(&self, fields: &Fields<'_>, keys: &[&'static str]) -> Result<Option<Money>, Failure> {
        self.amount_as(fields, keys, price)
    }

    fn amount_as(
        &self,
        fields: &Fields<'_>,
        keys: &[&'static str],
        meant: Meant,
    ) -> Result<Option<Money>, Failure> {
        let Some((key, value)) = fields.value(keys) else { return Ok(None) };
        let currency = self.currency(fields)?;
        let digits = currency.map_or(2, |currency| currency.minor_digits());
        let minor = decimal::scaled(value, digits).and_then(meant);
        let minor = minor.ok_or_else(|| Reason::InvalidAmount.at(fields.at(key)))?;
        Ok(currency.map(|currency| Money { minor, currency }))
    }

    /// The product's own currency, else the event's, else the source's.
    fn currency(&self, fields: &Fields<'_>) -> Result<Option<Currency>, Failure> {
        for fields in [fields, &self.fields] {
            if let Some((key, value)) = fields.value(&["currency"]) {
                let currency = value.as_str().and_then(|text| text.parse().ok());
                return currency.map(Some).ok_or_else(|| Reason::InvalidCurrency.at(fields.at(key)));
            }
        }
        Ok(self.currency)
    }
}

/// What is meant by an amount of minor units; `None` when it can be none.
type Meant = fn(i64) -> Option<i64>;

fn price(minor: i64) -> Option<i64> {
    Money::is_price(minor).then_some(minor)
}

fn without_sign(minor: i64) -> Option<i64> {
    price(minor.saturating_abs())
}

/// In a list of products some shops write a discount as one of them, at a price below nothing.
fn price_or_discount(minor: i64) -> Option<i64> {
    without_sign(minor).map(|_| minor)
}

fn product_id(product: &Fields<'_>) -> Result<ProductId, Failure> {
    let Some((key, value)) = product.value(&PRODUCT_ID) else {
        return Err(Reason::MissingProductId.at(product.at("product_id")));
    };
    let id = fields::plain(value).and_then(|text| ProductId::new(text).ok());
    id.ok_or_else(|| Reason::InvalidProductId.at(product.at(key)))
}

/// Whether a product, or the whole order, is for somebody else.
fn is_gift(told: &Fields<'_>) -> bool {
    match told.value(&["gift", "is_gift", "isGift", "gift_wrap", "giftWrap"]) {
        Some((_, Value::Bool(yes))) => *yes,
        Some((_, Value::String(yes))) => {
            matches!(yes.trim().to_ascii_lowercase().as_str(), "true" | "yes" | "1")
        }
        Some((_, Value::Number(yes))) => yes.as_u64() == Some(1),
        _ => false,
    }
}

fn quantity(product: &Fields<'_>) -> Result<Option<u32>, Failure> {
    let Some((key, value)) = product.value(&["quantity"]) else { return Ok(None) };
    let pieces = decimal::whole(value).and_then(|pieces| u32::try_from(pieces).ok());
    let pieces = pieces.filter(|pieces| *pieces <= Line::MAX_QUANTITY);
    pieces.map(Some).ok_or_else(|| Reason::InvalidQuantity.at(product.at(key)))
}
