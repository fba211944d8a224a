//! Products and stock.

use serde_json::Value;
use shopbell_domain::{
    catalogue::{Price, Product, Sale, Sku, Variant},
    inbox::Failure,
    money::Money,
};

use super::{Meaning, Reason, Webhook, values};
use crate::segment::fields::{self, Fields};

/// The product that a webhook tells of. What is not active is not sold.
pub(super) fn product(webhook: &Webhook<'_>) -> Result<Meaning, Failure> {
    let payload = &webhook.payload;
    let id = values::product_id(payload, "id")?;
    let name = payload.text(&["title"], Product::MAX_NAME);
    let name = name.ok_or_else(|| Reason::MissingTitle.at(payload.at("title")))?;
    let category = payload.text(&["product_type"], Product::MAX_LABEL).unwrap_or_default();
    let revised = values::time(payload, &["updated_at", "created_at"])?;
    let revised = revised.unwrap_or(webhook.message.received).min(webhook.message.received);
    let status = payload.text(&["status"], 20);
    let active = status.is_none_or(|status| status.eq_ignore_ascii_case("active"));
    let (price, variants) = variants(webhook)?;
    let handle = payload.text(&["handle"], 255).filter(|handle| !handle.contains(['/', '?', '#']));
    let web = &webhook.reading.web_address;
    let image = payload.child("image").text(&["src"], Product::MAX_URL).or_else(|| first_image(payload));
    Ok(Meaning::Product(Box::new(Product {
        brand: payload.text(&["vendor"], Product::MAX_LABEL),
        price,
        url: handle.filter(|_| !web.is_empty()).map(|handle| format!("{web}/products/{handle}")),
        image_url: image.filter(|url| url.starts_with("https://")),
        variants,
        ended: (!active).then_some(revised),
        revised: Some(revised),
        ..Product::new(id, name, category)
    })))
}

fn first_image(payload: &Fields<'_>) -> Option<String> {
    let (_, images) = payload.value(&["images"])?;
    let src = images.as_array()?.first()?.get("src")?.as_str()?;
    fields::clean(src, Product::MAX_URL)
}

/// The sizes, and the price that all have in common or the first one has. Variants of one size, as of two colours, are one size
/// with the numbers of both.
fn variants(webhook: &Webhook<'_>) -> Result<(Option<Price>, Vec<Variant>), Failure> {
    let path = webhook.payload.at("variants");
    let listed = match webhook.payload.value(&["variants"]) {
        None => return Ok((None, Vec::new())),
        Some((_, Value::Array(listed))) if listed.len() <= Product::MAX_VARIANTS => listed,
        Some(_) => return Err(Reason::InvalidLines.at(path)),
    };
    let (mut price, mut all): (Option<Price>, Vec<Variant>) = (None, Vec::new());
    for (place, one) in listed.iter().enumerate() {
        let path = format!("{path}[{place}]");
        let Value::Object(object) = one else { return Err(Reason::InvalidLines.at(path)) };
        let fields = Fields::new(object, path);
        let own = costs(&fields, webhook)?;
        price = price.or(own);
        let new = Variant {
            skus: numbers(&fields),
            size: size(&fields, webhook.reading.size_option),
            price: own.filter(|own| Some(*own) != price),
        };
        match all.iter_mut().find(|known| known.size == new.size) {
            Some(known) => {
                known.skus.extend(new.skus);
                known.skus.truncate(Variant::MAX_SKUS);
            }
            None => all.push(new),
        }
    }
    Ok((price, all))
}

fn size(variant: &Fields<'_>, option: usize) -> Option<String> {
    const OPTIONS: [&str; 3] = ["option1", "option2", "option3"];
    let key = OPTIONS.get(option.checked_sub(1)?)?;
    variant.text(&[key], Product::MAX_LABEL).filter(|size| size != "Default Title")
}

/// The number of its inventory first, by which stock is told; then what tills and people call it.
fn numbers(variant: &Fields<'_>) -> Vec<Sku> {
    let of = |key: &'static str| variant.value(&[key]).and_then(|(_, value)| fields::plain(value));
    let named = [
        of("inventory_item_id").map(|id| format!("shopify-inventory:{id}")),
        of("id").map(|id| format!("shopify-variant:{id}")),
        of("sku"),
        of("barcode"),
    ];
    let mut skus: Vec<Sku> = Vec::with_capacity(named.len());
    for sku in named.into_iter().flatten().filter_map(|text| Sku::new(text).ok()) {
        if !skus.contains(&sku) {
            skus.push(sku);
        }
    }
    skus
}

/// `compare_at_price` is what it cost before a sale.
fn costs(variant: &Fields<'_>, webhook: &Webhook<'_>) -> Result<Option<Price>, Failure> {
    let currency = webhook.reading.currency;
    let Some(now) = values::amount(variant, &[("price_set", "price")], currency)? else { return Ok(None) };
    let before = values::amount(variant, &[("compare_at_price_set", "compare_at_price")], currency)?;
    let lower = |before: &Money| before.currency == now.currency && before.minor > now.minor;
    Ok(Some(match before.filter(lower) {
        Some(regular) => Price { regular, sale: Some(Sale { price: now, from: None, until: None }) },
        None => Price::of(now),
    }))
}

/// A product that was deleted.
pub(super) fn deleted(webhook: &Webhook<'_>) -> Result<Meaning, Failure> {
    let product = values::product_id(&webhook.payload, "id")?;
    Ok(Meaning::ProductEnded { product, at: webhook.message.received })
}

/// Pieces at a location that is one of our shops.
pub(super) fn inventory(webhook: &Webhook<'_>) -> Result<Meaning, Failure> {
    let payload = &webhook.payload;
    let item = values::id(payload, "inventory_item_id")?;
    let sku = Sku::new(format!("shopify-inventory:{item}"));
    let sku = sku.map_err(|_| Reason::InvalidId.at(payload.at("inventory_item_id")))?;
    let location = values::id(payload, "location_id")?;
    // Nothing is there where it is not stocked any more.
    let quantity = values::pieces(payload, "available")?.unwrap_or(0);
    let at = values::time(payload, &["updated_at"])?.unwrap_or(webhook.message.received);
    let at = at.min(webhook.message.received);
    Ok(match webhook.reading.locations.get(&location) {
        Some(store) => Meaning::Stock { store: store.clone(), sku, quantity, at },
        // A warehouse.
        None => Meaning::Nothing,
    })
}
