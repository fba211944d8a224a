//! What stands in cells, read strictly: each refusal names the field and what would be right.

use shopbell_domain::{
    catalogue::{Price, Product, Sale, Sku},
    id::ProductId,
    money::{Currency, Money},
    time::Timestamp,
    words::is_format,
};
use time::{Date, OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};

use super::{
    columns::{Columns, Field},
    table::{Row, Value},
};

/// A row, by field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cells<'a> {
    pub(super) row: &'a Row,
    pub(super) columns: &'a Columns,
    /// Of amounts that name none.
    pub(super) currency: Option<Currency>,
}

impl<'a> Cells<'a> {
    fn value(&self, field: Field) -> Option<&'a Value> {
        self.row.cells.get(self.columns.place(field)?)?.as_ref()
    }

    /// The text of a field.
    pub(super) fn text(&self, field: Field) -> Option<std::borrow::Cow<'a, str>> {
        self.value(field).map(Value::text)
    }

    /// A text that people read, at most `most` characters.
    pub(super) fn label(&self, field: Field, most: usize) -> Result<Option<String>, String> {
        self.text(field).map(|text| label(Columns::name(field), &text, most)).transpose()
    }

    /// An address.
    pub(super) fn url(&self, field: Field) -> Result<Option<String>, String> {
        self.text(field).map(|text| url(Columns::name(field), &text)).transpose()
    }

    /// The product. Of a feed that groups sizes by a number of the group, the row's own number is that of the size.
    pub(super) fn product(&self) -> Result<Option<ProductId>, String> {
        let Some(id) = self.text(Field::ProductId).or_else(|| self.text(Field::Id)) else { return Ok(None) };
        ProductId::new(id).map(Some).map_err(|error| format!("product_id: {error}"))
    }

    /// The numbers of the row's size.
    pub(super) fn skus(&self) -> Result<Vec<Sku>, String> {
        let grouped = self.value(Field::ProductId).is_some();
        let own = grouped.then(|| self.text(Field::Id)).flatten();
        let mut skus = Vec::new();
        for text in [self.text(Field::Sku), own, self.text(Field::Barcode)].into_iter().flatten() {
            let sku = Sku::new(text).map_err(|error| format!("sku: {error}"))?;
            if !skus.contains(&sku) {
                skus.push(sku);
            }
        }
        Ok(skus)
    }

    /// A time.
    pub(super) fn time(&self, field: Field) -> Result<Option<Timestamp>, String> {
        let named = |error| format!("{}: {error}", Columns::name(field));
        match self.value(field) {
            None => Ok(None),
            Some(Value::Time(at)) => Ok(Some(*at)),
            Some(Value::Text(text)) => time(text).map(Some).map_err(named),
        }
    }

    /// What one piece costs.
    pub(super) fn price(&self) -> Result<Option<Price>, String> {
        let regular = self.amount(Field::Price, Field::PriceMinor)?;
        let sale = self.amount(Field::SalePrice, Field::SalePriceMinor)?;
        let Some(regular) = regular else {
            return if sale.is_none() {
                Ok(None)
            } else {
                Err("sale_price: stands without a price".to_owned())
            };
        };
        let Some(price) = sale else { return Ok(Some(Price::of(regular))) };
        let (mut from, mut until) = (self.time(Field::SaleFrom)?, self.time(Field::SaleUntil)?);
        if let Some(dates) = self.text(Field::SaleDates) {
            let (begins, ends) = dates.split_once('/').ok_or("sale_price_effective_date: write BEGIN/END")?;
            let read =
                |text: &str| time(text.trim()).map_err(|error| format!("sale_price_effective_date: {error}"));
            (from, until) = (Some(read(begins)?), Some(read(ends)?));
        }
        checked(regular, Sale { price, from, until }).map(Some)
    }

    fn amount(&self, decimal: Field, minor: Field) -> Result<Option<Money>, String> {
        if let Some(text) = self.text(minor) {
            let currency = self.currency(None)?;
            let minor = whole(&text).ok_or_else(|| {
                format!("{}: write a whole number of minor units, such as 129900", Columns::name(minor))
            })?;
            return positive(Columns::name(decimal), Money { minor, currency }).map(Some);
        }
        let Some(text) = self.text(decimal) else { return Ok(None) };
        let name = Columns::name(decimal);
        let (number, letters) = with_currency(&text);
        let currency = self.currency(letters)?;
        let money = Money::parse(number, currency).map_err(|error| format!("{name}: {error}"))?;
        positive(name, money).map(Some)
    }

    fn currency(&self, beside: Option<&str>) -> Result<Currency, String> {
        let read = |text: &str| text.parse().map_err(|error| format!("currency: {error}"));
        match (beside, self.text(Field::Currency), self.currency) {
            (Some(text), ..) => read(text),
            (None, Some(text), _) => read(&text),
            (None, None, Some(currency)) => Ok(currency),
            (None, None, None) => {
                Err("currency: nothing tells it; add a column, write \"12.90 EUR\", or say --currency EUR"
                    .to_owned())
            }
        }
    }
}

/// A price with its sale, if they make sense together.
pub(crate) fn checked(regular: Money, sale: Sale) -> Result<Price, String> {
    if sale.price.currency != regular.currency {
        return Err("sale_price: is in another currency than the price".to_owned());
    }
    if sale.price.minor > regular.minor {
        return Err("sale_price: is above the price".to_owned());
    }
    if sale.from.zip(sale.until).is_some_and(|(from, until)| until <= from) {
        return Err("sale_until: is not after sale_from".to_owned());
    }
    Ok(Price { regular, sale: Some(sale) })
}

fn positive(name: &str, money: Money) -> Result<Money, String> {
    if money.minor < 0 { Err(format!("{name}: is below 0")) } else { Ok(money) }
}

/// `12.90 EUR` and `EUR 12.90` name their currency.
fn with_currency(text: &str) -> (&str, Option<&str>) {
    let is_letters = |part: &str| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_alphabetic());
    match text.split_once(char::is_whitespace) {
        Some((number, letters)) if is_letters(letters.trim()) => (number, Some(letters.trim())),
        Some((letters, number)) if is_letters(letters) => (number.trim(), Some(letters)),
        _ => (text, None),
    }
}

/// A text that people read: what is not seen could make it pass for another.
pub(crate) fn label(name: &str, text: &str, most: usize) -> Result<String, String> {
    let text = text.trim();
    if let Some(found) = text.chars().find(|c| c.is_control() || is_format(*c)) {
        let code = u32::from(found);
        return Err(format!("{name}: holds U+{code:04X}, which is not seen"));
    }
    let length = text.chars().count();
    if length > most {
        return Err(format!("{name}: has {length} characters; at most {most} are kept"));
    }
    Ok(text.to_owned())
}

/// An address that a browser may open.
pub(crate) fn url(name: &str, text: &str) -> Result<String, String> {
    let text = text.trim();
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let good = host.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && !text.chars().any(|c| c.is_whitespace() || c.is_control() || "\"<>\\".contains(c) || is_format(c));
    if !good {
        return Err(format!("{name}: write an address such as https://www.example.com/p/1"));
    }
    if text.len() > Product::MAX_URL {
        return Err(format!("{name}: has {} bytes; at most {} are kept", text.len(), Product::MAX_URL));
    }
    Ok(text.to_owned())
}

/// A whole number, also as `2.0`.
pub(super) fn whole(text: &str) -> Option<i64> {
    let (units, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.bytes().any(|digit| digit != b'0') {
        return None;
    }
    units.parse().ok()
}

/// A moment: RFC 3339, also without seconds as feeds write it; a day; milliseconds since 1970.
pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    let day = format_description!("[year]-[month]-[day]");
    let minutes = format_description!(
        "[year]-[month]-[day]T[hour]:[minute][offset_hour sign:mandatory]:[offset_minute]"
    );
    let feed = format_description!(
        "[year]-[month]-[day]T[hour]:[minute][offset_hour sign:mandatory][offset_minute]"
    );
    let moment = OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| OffsetDateTime::parse(text, &minutes))
        .or_else(|_| OffsetDateTime::parse(text, &feed))
        .or_else(|_| Date::parse(text, &day).map(|day| day.midnight().assume_utc()));
    let millis = match moment {
        Ok(moment) => i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000)).ok(),
        Err(_) => whole(text),
    };
    let expected = || {
        "write the time as 2026-11-20T14:00:00+01:00, as a day (2026-11-20), or in milliseconds since 1970"
            .to_owned()
    };
    let at = millis.ok_or_else(expected)?;
    Timestamp::try_from_millis(at).map_err(|error| error.to_string())
}
