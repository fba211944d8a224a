//! A delivery as it came, as messages to be kept.

use serde_json::{Map, Value, json};
use shopbell_domain::id::MessageId;

use super::Topic;
use crate::segment::fields;

/// Most refunds of one order that are looked at.
const MOST_REFUNDS: usize = 100;

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

/// The messages of a delivery: itself, and one for each refund that its order tells of. `name` is [`Delivery::name`], or what
/// the server named it.
///
/// The payload is kept as it came; one that is no JSON is kept as text, and is a failure when it is taken up.
pub fn messages(delivery: &Delivery, name: MessageId, payload: &[u8]) -> Vec<(MessageId, Vec<u8>)> {
    let parsed = fields::parse(payload).ok();
    let kept = match &parsed {
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
    }
    all
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

/// Each refund of an order, with what the order says of whom and where.
fn refunds(delivery: &Delivery, order: &Map<String, Value>) -> Vec<(MessageId, Vec<u8>)> {
    const OF_ORDER: [&str; 9] = [
        "customer",
        "email",
        "contact_email",
        "phone",
        "source_name",
        "location_id",
        "currency",
        "test",
        "line_items",
    ];
    let Some(Value::Array(refunds)) = order.get("refunds") else { return Vec::new() };
    let mut of_order: Map<String, Value> = Map::new();
    for key in OF_ORDER {
        if let Some(value) = order.get(key) {
            of_order.insert(key.to_owned(), value.clone());
        }
    }
    // Of the lines only the first with a product is needed: a refund of money alone is about the order.
    if let Some(Value::Array(lines)) = of_order.get_mut("line_items") {
        let has_product = |line: &Value| line.get("product_id").is_some_and(|id| !id.is_null());
        *lines = lines.iter().find(|line| has_product(line)).cloned().into_iter().collect();
    }
    let order_id = order.get("id").and_then(fields::plain).unwrap_or_default();
    let one = |refund: &Value| {
        let id = refund.get("id").and_then(fields::plain)?;
        let name = MessageId::new(format!("refund:{order_id}:{id}")).ok()?;
        let payload = json!({ "refund": refund, "order_id": order_id, "order": of_order });
        Some((name, wrapped(delivery, Topic::OrderRefund.name(), payload.to_string().as_bytes())))
    };
    refunds.iter().take(MOST_REFUNDS).filter_map(one).collect()
}
