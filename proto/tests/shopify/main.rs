//! Payloads as Shopify sends them, whole and broken, with what each means.

#![recursion_limit = "256"]
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

mod broken;
mod goods;
mod orders;
mod people;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shopbell_domain::{
    event::{Action, Event, EventId, Line, Origin, Purchase, ServiceKind, ServiceStep, ServiceTold},
    id::{OrderId, ProductId, SourceId, StoreId},
    identity::{Identifier, IdentifierKind},
    inbox::{Failure, Message},
    money::Money,
    redacted::Redacted,
    time::Timestamp,
};
use shopbell_proto::shopify::{Delivery, Meaning, Reading, meaning, messages};

/// 2026-11-22 12:00 UTC.
const RECEIVED: Timestamp = Timestamp::from_secs(1_795_348_800);

fn reading() -> Reading {
    Reading {
        currency: Some("EUR".parse().unwrap()),
        size_option: 1,
        locations: BTreeMap::from([("48752903".to_owned(), StoreId::new("lyon").unwrap())]),
        web_address: "https://www.example.com".to_owned(),
    }
}

fn delivery(topic: &str) -> Delivery {
    Delivery {
        topic: topic.to_owned(),
        shop: "maison.myshopify.com".to_owned(),
        api_version: "2026-10".to_owned(),
        webhook_id: "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043".to_owned(),
        event_id: "98880550-7158-44d4-b7cd-2c97c8a091b5".to_owned(),
    }
}

/// The messages of a delivery, as the inbox keeps them.
fn kept(topic: &str, payload: &[u8]) -> Vec<Message> {
    let delivery = delivery(topic);
    let name = delivery.name().unwrap();
    let message = |(message, body)| Message {
        id: EventId { source: SourceId::new("shopify").unwrap(), message },
        received: RECEIVED,
        sent: None,
        privacy_control: false,
        body: Redacted::new(body),
    };
    messages(&delivery, name, payload).into_iter().map(message).collect()
}

/// What a webhook means; the same when it is so large that only what is read of it is kept.
fn means(topic: &str, payload: &Value) -> Result<Meaning, Failure> {
    let message = &kept(topic, payload.to_string().as_bytes())[0];
    let means = meaning(message, &reading());
    if let Value::Object(fields) = payload {
        let mut large = fields.clone();
        large.insert("body_html".to_owned(), "x".repeat(1_024 * 1_024).into());
        let slim = &kept(topic, Value::Object(large).to_string().as_bytes())[0];
        assert!(slim.body.reveal().len() < 100_000, "{topic} is kept whole");
        assert_eq!(meaning(slim, &reading()), means, "{topic} means something else when it is large");
    }
    means
}

#[track_caller]
fn event(topic: &str, payload: &Value) -> Event {
    match means(topic, payload) {
        Ok(Meaning::Event(event)) => *event,
        other => panic!("{topic} is no event: {other:?}"),
    }
}

#[track_caller]
fn fails(topic: &str, payload: &Value, reason: &str, field: &str) {
    let failure = means(topic, payload).unwrap_err();
    assert_eq!((failure.reason.as_str(), failure.field.as_str()), (reason, field), "{topic} {payload}");
}

/// A payload with some of its fields replaced; `Null` at a path takes it off.
fn with(payload: &Value, changes: &[(&str, Value)]) -> Value {
    let mut whole = payload.clone();
    for (path, value) in changes {
        let (parent, key) = path.rsplit_once('/').unwrap();
        let parent = whole.pointer_mut(parent).unwrap_or_else(|| panic!("no {path}"));
        parent
            .as_object_mut()
            .unwrap_or_else(|| panic!("no object at {path}"))
            .insert(key.to_owned(), value.clone());
    }
    whole
}

fn who(identifiers: &[(IdentifierKind, &str)]) -> Vec<Identifier> {
    identifiers.iter().map(|(kind, value)| Identifier::new(*kind, value).unwrap()).collect()
}

fn euros(minor: i64) -> Money {
    Money { minor, currency: "EUR".parse().unwrap() }
}

fn line(product: &str, size: Option<&str>, quantity: u32, minor: i64) -> Line {
    Line {
        size: size.map(str::to_owned),
        quantity: Some(quantity),
        price: Some(euros(minor)),
        name: Some("Robe Alba".to_owned()),
        brand: Some("Maison É".to_owned()),
        ..Line::of(ProductId::new(product).unwrap())
    }
}

fn money(amount: &str, shown: &str) -> Value {
    json!({
        "shop_money": { "amount": amount, "currency_code": "EUR" },
        "presentment_money": { "amount": shown, "currency_code": "USD" },
    })
}

fn line_item(id: u64, product: u64, title: &str, quantity: u32) -> Value {
    json!({
        "id": id, "admin_graphql_api_id": format!("gid://shopify/LineItem/{id}"), "current_quantity": quantity,
        "fulfillable_quantity": quantity, "fulfillment_service": "manual", "fulfillment_status": null, "gift_card": false,
        "grams": 567, "name": format!("Robe Alba - {title}"), "price": "129.90", "price_set": money("129.90", "141.02"),
        "product_exists": true, "product_id": product, "properties": [], "quantity": quantity, "requires_shipping": true,
        "sku": "ALBA-38", "taxable": true, "title": "Robe Alba", "total_discount": "0.00",
        "total_discount_set": money("0.00", "0.00"), "variant_id": 808_950_810, "variant_inventory_management": "shopify",
        "variant_title": title, "vendor": "Maison É", "tax_lines": [], "duties": [], "discount_allocations": [],
    })
}

/// An order of the web shop, paid in dollars by a customer with an account.
fn order() -> Value {
    json!({
        "id": 820_982_911_946_154_508_u64, "admin_graphql_api_id": "gid://shopify/Order/820982911946154508", "app_id": 580_111,
        "browser_ip": "203.0.113.7", "buyer_accepts_marketing": true, "cancel_reason": null, "cancelled_at": null,
        "cart_token": "c1-7d31a02bdab3ea35f2b9a1e1a5f0a0f9", "checkout_id": 901_414_060, "checkout_token": "bd5a8aa1ecd019dd3520ff791ee3a24c",
        "client_details": { "accept_language": "fr", "user_agent": "Mozilla/5.0" }, "closed_at": null, "confirmed": true,
        "contact_email": "camille@example.com", "created_at": "2026-11-22T12:30:00+01:00", "currency": "EUR",
        "current_subtotal_price": "259.80", "current_total_price": "264.70", "customer_locale": "fr-FR", "device_id": null,
        "discount_codes": [{ "code": "BIENVENUE", "amount": "10.00", "type": "fixed_amount" }],
        "email": "Camille@Example.com", "estimated_taxes": false, "financial_status": "paid", "fulfillment_status": null,
        "landing_site": "/", "location_id": null, "name": "#1001", "note": "ring twice", "note_attributes": [], "number": 1,
        "order_number": 1001, "phone": null, "presentment_currency": "USD", "processed_at": "2026-11-22T12:30:00+01:00",
        "reference": null, "source_name": "web", "subtotal_price": "259.80", "tags": "", "taxes_included": true, "test": false,
        "token": "b1946ac92492d2347c6235b4d2611184", "total_discounts": "10.00", "total_line_items_price": "259.80",
        "total_outstanding": "0.00", "total_price": "264.70", "total_price_set": money("264.70", "287.36"), "total_tax": "44.12",
        "total_weight": 0, "updated_at": "2026-11-22T12:31:00+01:00", "user_id": null,
        "billing_address": { "first_name": "Camille", "phone": "+33 6 99 99 99 99", "city": "Lyon", "zip": "69001" },
        "customer": {
            "id": 115_310_627_314_723_954_u64, "email": "camille@example.com", "created_at": "2025-01-02T09:00:00+01:00",
            "first_name": "Camille", "last_name": "Durand", "phone": "+33 6 39 98 01 42", "state": "enabled", "note": null,
            "tags": "vip", "verified_email": true, "currency": "EUR",
            "default_address": { "phone": "+33 6 88 88 88 88", "city": "Lyon" },
        },
        "line_items": [line_item(866_550_311_766_439_020, 632_910_392, "38 / Noir", 2)],
        "refunds": [], "shipping_address": { "phone": "+33 6 77 77 77 77" }, "shipping_lines": [],
    })
}

fn purchase(lines: Vec<Line>, minor: i64, store: Option<&str>) -> Purchase {
    Purchase {
        order: OrderId::new("820982911946154508").unwrap(),
        lines,
        total: Some(euros(minor)),
        coupon: Some("BIENVENUE".to_owned()),
        store: store.map(|store| StoreId::new(store).unwrap()),
    }
}

fn at(text: &str) -> Timestamp {
    let payload = with(&order(), &[("/processed_at", json!(text))]);
    event("orders/create", &payload).at
}
