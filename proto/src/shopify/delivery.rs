//! A delivery as it came, as messages to be kept.

use serde_json::{Map, Value, json};
use shopbell_domain::id::MessageId;

use super::Topic;
use crate::segment::fields;

/// Most refunds, and most fulfilments, of one order that are looked at.
const MOST_PARTS: usize = 100;

/// A payload beyond this is kept without what nothing here reads.
const LARGE: usize = 1_024 * 1_024;

/// What is read of payloads, anywhere in them; beside it the options of variants.
const READ: &[&str] = &[
    "amount",
    "amount_set",
    "available",
    "barcode",
    "cancelled_at",
    "cart_token",
    "code",
    "compare_at_price",
    "compare_at_price_set",
    "completed_at",
    "consent_updated_at",
    "contact_email",
    "created_at",
    "currency",
    "currency_code",
    "customer",
    "customer_id",
    "data_request",
    "discount_codes",
    "email",
    "email_marketing_consent",
    "first_name",
    "fulfillment",
    "handle",
    "id",
    "image",
    "images",
    "inventory_item_id",
    "kind",
    "last_name",
    "line_item",
    "line_items",
    "location_id",
    "name",
    "note_attributes",
    "order",
    "order_id",
    "phone",
    "price",
    "price_set",
    "processed_at",
    "product_id",
    "product_type",
    "properties",
    "quantity",
    "refund",
    "refund_line_items",
    "shipment_status",
    "shop_money",
    "sku",
    "sms_marketing_consent",
    "source_name",
    "src",
    "state",
    "status",
    "test",
    "title",
    "token",
    "total_price",
    "total_price_set",
    "tracking_company",
    "tracking_number",
    "transactions",
    "updated_at",
    "value",
    "variant_title",
    "variants",
    "vendor",
];

/// What the headers of a delivery say. None of them is signed: only the body is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delivery {
    /// `X-Shopify-Topic`.
    pub topic: String,
    /// `X-Shopify-Shop-Domain`.
    pub shop: String,
    /// `X-Shopify-API-Version`.
    pub api_version: String,
    /// `X-Shopify-Webhook-Id`: of this delivery and its repetitions.
    pub webhook_id: String,
    /// `X-Shopify-Event-Id`: of what happened, of which several subscriptions may tell.
    pub event_id: String,
}

impl Delivery {
    /// The name of the delivery's message: the same happening told again, for the same topic, is the same message. `None`
    /// when nothing names it.
    pub fn name(&self) -> Option<MessageId> {
        let id = [&self.event_id, &self.webhook_id].into_iter().find(|id| !id.trim().is_empty())?;
        MessageId::new(format!("{}:{}", self.topic, id.trim())).ok()
    }
}

/// The messages of a delivery: itself, and one for each refund, and each step of a pick-up, that its order tells of. `name` is [`Delivery::name`], or what
/// the server named it.
///
/// The payload is kept as it came; one that is no JSON is kept as text, and is a failure when it is taken up. Of one of more than
/// 1 MiB, as of a product with two thousand variants, only what is read is kept.
pub fn messages(delivery: &Delivery, name: MessageId, payload: &[u8]) -> Vec<(MessageId, Vec<u8>)> {
    let parsed = fields::parse(payload).ok();
    let kept = match &parsed {
        Some(value) if payload.len() > LARGE => slim(value).to_string().into_bytes(),
        Some(_) => payload.strip_prefix("\u{feff}".as_bytes()).unwrap_or(payload).to_vec(),
        None => json!(String::from_utf8_lossy(payload)).to_string().into_bytes(),
    };
    let mut all = vec![(name, wrapped(delivery, &delivery.topic, &kept))];
    if let (Some(Value::Object(order)), Some(topic)) = (&parsed, Topic::from_name(&delivery.topic))
        && matches!(
            topic,
            Topic::OrderCreated | Topic::OrderUpdated | Topic::OrderPaid | Topic::OrderCancelled
        )
    {
        all.extend(refunds(delivery, order));
        all.extend(pick_ups(delivery, order));
    }
    all
}

/// Without what nothing here reads. As deep as it was parsed, which is bounded.
fn slim(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(slim).collect(),
        Value::Object(fields) => {
            let is_read = |key: &str| READ.contains(&key) || key.starts_with("option");
            let read = fields.iter().filter(|(key, _)| is_read(key));
            Value::Object(read.map(|(key, value)| (key.clone(), slim(value))).collect())
        }
        plain => plain.clone(),
    }
}

fn wrapped(delivery: &Delivery, topic: &str, payload: &[u8]) -> Vec<u8> {
    let head = json!({ "topic": topic, "shop": delivery.shop, "api_version": delivery.api_version });
    let mut body = head.to_string().into_bytes();
    body.pop();
    body.extend_from_slice(br#","payload":"#);
    body.extend_from_slice(payload);
    body.push(b'}');
    body
}

/// What the order says of whom and where, for what is told of a part of it.
fn about(order: &Map<String, Value>) -> Map<String, Value> {
    const OF_ORDER: [&str; 10] = [
        "customer",
        "email",
        "contact_email",
        "phone",
        "source_name",
        "location_id",
        "created_at",
        "currency",
        "test",
        "line_items",
    ];
    let mut of_order: Map<String, Value> = Map::new();
    for key in OF_ORDER {
        if let Some(value) = order.get(key) {
            of_order.insert(key.to_owned(), value.clone());
        }
    }
    // Of the lines only the first with a product is needed: a refund of money alone is about the order.
    if let Some(Value::Array(lines)) = of_order.get_mut("line_items") {
        let has_product = |line: &Value| line.get("product_id").is_some_and(|id| !id.is_null());
        *lines = lines.iter().find(|line| has_product(line)).map(slim).into_iter().collect();
    }
    of_order
}

/// Each refund of an order.
fn refunds(delivery: &Delivery, order: &Map<String, Value>) -> Vec<(MessageId, Vec<u8>)> {
    let Some(Value::Array(refunds)) = order.get("refunds") else { return Vec::new() };
    let of_order = about(order);
    let order_id = order.get("id").and_then(fields::plain).unwrap_or_default();
    let one = |refund: &Value| {
        let id = refund.get("id").and_then(fields::plain)?;
        let name = MessageId::new(format!("refund:{order_id}:{id}")).ok()?;
        let payload = json!({ "refund": slim(refund), "order_id": order_id, "order": of_order });
        Some((name, wrapped(delivery, Topic::OrderRefund.name(), payload.to_string().as_bytes())))
    };
    refunds.iter().take(MOST_PARTS).filter_map(one).collect()
}

/// Each step of what waits in a shop: a fulfilment that no carrier has. Its name has the step, so that each counts once.
fn pick_ups(delivery: &Delivery, order: &Map<String, Value>) -> Vec<(MessageId, Vec<u8>)> {
    let Some(Value::Array(fulfillments)) = order.get("fulfillments") else { return Vec::new() };
    let order_id = order.get("id").and_then(fields::plain).unwrap_or_default();
    let one = |fulfillment: &Value| {
        let step = pick_up_step(fulfillment.as_object()?)?;
        let id = fulfillment.get("id").and_then(fields::plain)?;
        let name = MessageId::new(format!("pickup:{order_id}:{id}:{step}")).ok()?;
        let payload = json!({ "fulfillment": slim(fulfillment), "step": step, "order_id": order_id, "order": about(order) });
        Some((name, wrapped(delivery, Topic::PickUp.name(), payload.to_string().as_bytes())))
    };
    fulfillments.iter().take(MOST_PARTS).filter_map(one).collect()
}

/// How far a pick-up has come; `None` of what is no pick-up: a carrier has it, or nobody said that it is ready.
fn pick_up_step(fulfillment: &Map<String, Value>) -> Option<&'static str> {
    let text = |key: &str| fulfillment.get(key).and_then(fields::plain).filter(|text| !text.is_empty());
    if text("tracking_number").is_some() || text("tracking_company").is_some() {
        return None;
    }
    if text("status").as_deref() == Some("cancelled") {
        return Some("cancelled");
    }
    match text("shipment_status")?.as_str() {
        "ready_for_pickup" => Some("ready"),
        "picked_up" | "delivered" => Some("done"),
        _ => None,
    }
}
