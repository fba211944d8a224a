//! A line that tells of a product: the fields of [`crate::catalogue`]'s tables, and its sizes as a list.

use serde::Deserialize;
use shopbell_domain::{
    catalogue::{Price, Product, Sale, Sku, Variant},
    id::ProductId,
    money::{Currency, Money},
};

use super::{Type, When};
use crate::catalogue::cells::{checked, label, url};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    #[serde(rename = "type")]
    _type: Type,
    product_id: ProductId,
    name: String,
    #[serde(default)]
    category: String,
    brand: Option<String>,
    currency: Option<Currency>,
    price: Option<serde_json::Value>,
    sale_price: Option<serde_json::Value>,
    sale_from: Option<When>,
    sale_until: Option<When>,
    url: Option<String>,
    image_url: Option<String>,
    #[serde(default)]
    variants: Vec<Size>,
    ended: Option<When>,
    updated_at: Option<When>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the names are those of the file")]
struct Size {
    #[serde(default)]
    skus: Vec<Sku>,
    size: Option<String>,
    price: Option<serde_json::Value>,
    sale_price: Option<serde_json::Value>,
}

/// The product of a line.
pub(super) fn read(line: Line) -> Result<Product, String> {
    let name = label("name", &line.name, Product::MAX_NAME)?;
    if name.is_empty() {
        return Err("name: is empty; it is shown on tablets".to_owned());
    }
    let category = label("category", &line.category, Product::MAX_LABEL)?;
    let costs = |price, sale| price_of(&line, price, sale);
    let price = costs(line.price.as_ref(), line.sale_price.as_ref())?;
    let mut variants: Vec<Variant> = Vec::with_capacity(line.variants.len());
    for size in &line.variants {
        let own = costs(size.price.as_ref(), size.sale_price.as_ref())?;
        variants.push(variant(size, own.filter(|own| Some(*own) != price), &variants)?);
    }
    Ok(Product {
        brand: line.brand.as_deref().map(|brand| label("brand", brand, Product::MAX_LABEL)).transpose()?,
        price,
        url: line.url.as_deref().map(|text| url("url", text)).transpose()?,
        image_url: line.image_url.as_deref().map(|text| url("image_url", text)).transpose()?,
        variants,
        ended: line.ended.map(|at| at.0),
        revised: line.updated_at.map(|at| at.0),
        ..Product::new(line.product_id, name, category)
    })
}

fn variant(told: &Size, price: Option<Price>, before: &[Variant]) -> Result<Variant, String> {
    let size = told.size.as_deref().map(|size| label("size", size, Product::MAX_LABEL)).transpose()?;
    if before.len() >= Product::MAX_VARIANTS {
        return Err(format!("variants: at most {} are kept", Product::MAX_VARIANTS));
    }
    if told.skus.len() > Variant::MAX_SKUS {
        return Err(format!("skus: one size has at most {} numbers", Variant::MAX_SKUS));
    }
    if before.iter().any(|known| known.size == size) {
        return Err("size: stands twice for this product".to_owned());
    }
    if before.iter().flat_map(|known| &known.skus).any(|sku| told.skus.contains(sku)) {
        return Err("skus: a number stands twice for this product".to_owned());
    }
    Ok(Variant { skus: told.skus.clone(), size, price })
}

fn price_of(
    line: &Line,
    price: Option<&serde_json::Value>,
    sale: Option<&serde_json::Value>,
) -> Result<Option<Price>, String> {
    let (Some(price), sale) = (price, sale) else {
        return if sale.is_none() { Ok(None) } else { Err("sale_price: stands without a price".to_owned()) };
    };
    let currency = line.currency.ok_or("currency: is missing; a price needs one, such as \"EUR\"")?;
    let regular = amount("price", price, currency)?;
    let Some(sale) = sale else { return Ok(Some(Price::of(regular))) };
    let price = amount("sale_price", sale, currency)?;
    let (from, until) = (line.sale_from.map(|at| at.0), line.sale_until.map(|at| at.0));
    checked(regular, Sale { price, from, until }).map(Some)
}

/// An amount as text, or as a number, which reads back as it was written up to 15 digits.
pub(super) fn amount(name: &str, value: &serde_json::Value, currency: Currency) -> Result<Money, String> {
    let text = match value {
        serde_json::Value::String(text) => text.trim().to_owned(),
        // `Display` of `f64` writes the shortest decimal that reads back as the same number, never an exponent.
        serde_json::Value::Number(number) if number.is_f64() => {
            number.as_f64().unwrap_or_default().to_string()
        }
        serde_json::Value::Number(number) => number.to_string(),
        _ => return Err(format!("{name}: write an amount such as \"129.90\"")),
    };
    let money = Money::parse(&text, currency).map_err(|error| format!("{name}: {error}"))?;
    if money.minor < 0 { Err(format!("{name}: is below 0")) } else { Ok(money) }
}
