//! In which shop an order was paid, or something waits: its number or its name, which the server's configuration knows.

use serde_json::Value;
use shopbell_domain::inbox::Message;

use super::fields::{self, Fields};

const LONGEST: usize = 200;

/// What a message calls the shop, surest first: `properties.store_id`, `store` and
/// `pickup_location`, `context.store` (a text, or an object with
/// `id` and `name`), and the spec's `affiliation`. Empty when it names none.
pub fn stores_told(message: &Message) -> Vec<String> {
    let Ok(Value::Object(object)) = fields::parse(message.body.reveal()) else { return Vec::new() };
    let item = Fields::new(&object, "");
    let (properties, context) = (item.child("properties"), item.child("context"));
    let told = [
        properties.text(&["store_id", "storeId"], LONGEST),
        properties.text(&["store"], LONGEST),
        properties.child("store").text(&["id", "store_id"], LONGEST),
        properties.text(&["pickup_store_id", "pickupStoreId", "pickup_location", "pickupLocation"], LONGEST),
        context.text(&["store_id", "storeId"], LONGEST),
        context.text(&["store"], LONGEST),
        context.child("store").text(&["id", "store_id"], LONGEST),
        context.child("store").text(&["name"], LONGEST),
        properties.text(&["affiliation"], LONGEST),
    ];
    told.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shopbell_domain::{
        event::EventId,
        id::{MessageId, SourceId},
        redacted::Redacted,
        time::Timestamp,
    };

    use super::*;

    fn told(body: &Value) -> Vec<String> {
        let id = EventId { source: SourceId::new("till").unwrap(), message: MessageId::new("m").unwrap() };
        let received = Timestamp::from_secs(1);
        let body = Redacted::new(serde_json::to_vec(body).unwrap());
        stores_told(&Message { id, received, sent: None, privacy_control: false, body })
    }

    #[test]
    fn a_till_names_its_shop_in_one_of_many_ways() {
        assert_eq!(told(&json!({"properties": {"affiliation": " Lyon\u{200b} "}})), ["Lyon"]);
        assert_eq!(told(&json!({"properties": {"affiliation": "Brand", "store_id": 12}})), ["12", "Brand"]);
        assert_eq!(
            told(&json!({"context": {"store": {"id": "lyon", "name": "Lyon, centre"}}})),
            ["lyon", "Lyon, centre"]
        );
        assert_eq!(
            told(&json!({"context": {"store": "lyon"}, "properties": {"store": "paris"}})),
            ["paris", "lyon"]
        );
        assert_eq!(told(&json!({"properties": {"store_id": null, "store": [1]}, "context": 3})), [""; 0]);
        assert_eq!(told(&json!([1])), [""; 0]);
    }
}
