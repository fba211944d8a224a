//! What cannot be used: each names its field. And any bytes at all.

use proptest::prelude::*;

use super::*;

#[test]
fn each_failure_names_its_field() {
    for (topic, changes, reason, field) in [
        ("orders/create", vec![("/id", Value::Null)], "missing_id", "payload.id"),
        ("orders/create", vec![("/id", json!("a b"))], "invalid_id", "payload.id"),
        (
            "orders/create",
            vec![("/processed_at", json!("yesterday"))],
            "invalid_time",
            "payload.processed_at",
        ),
        (
            "orders/create",
            vec![("/processed_at", json!("1970-01-01T00:00:00Z"))],
            "invalid_time",
            "payload.processed_at",
        ),
        ("orders/create", vec![("/currency", json!("EURO"))], "invalid_currency", "payload.currency"),
        (
            "orders/create",
            vec![("/total_price_set/shop_money/amount", json!("12,90"))],
            "invalid_amount",
            "payload.total_price_set.shop_money.amount",
        ),
        (
            "orders/create",
            vec![("/total_price_set/shop_money/amount", json!("12.905"))],
            "invalid_amount",
            "payload.total_price_set.shop_money.amount",
        ),
        ("orders/create", vec![("/line_items", json!("many"))], "invalid_lines", "payload.line_items"),
        ("orders/create", vec![("/line_items", json!([5]))], "invalid_lines", "payload.line_items[0]"),
        (
            "orders/create",
            vec![("/line_items/0/quantity", json!("two"))],
            "invalid_quantity",
            "payload.line_items[0].quantity",
        ),
        (
            "orders/create",
            vec![("/line_items/0/product_id", json!("a b"))],
            "invalid_id",
            "payload.line_items[0].product_id",
        ),
        ("orders/cancelled", vec![("/id", Value::Null)], "missing_id", "payload.id"),
        ("customers/create", vec![("/id", Value::Null)], "missing_id", "payload.id"),
        ("products/create", vec![("/title", json!(" "))], "missing_title", "payload.title"),
        ("inventory_levels/update", vec![], "missing_id", "payload.inventory_item_id"),
        ("themes/publish", vec![], "unknown_topic", "topic"),
        ("", vec![], "not_a_webhook", "topic"),
    ] {
        let mut payload = order();
        for (path, value) in changes {
            *payload.pointer_mut(path).unwrap_or(&mut Value::Null) = value.clone();
            if path == "/title" {
                payload.as_object_mut().unwrap().insert("title".to_owned(), value);
            }
        }
        fails(topic, &payload, reason, field);
    }
    let nobody = [("/customer", Value::Null), ("/email", Value::Null), ("/contact_email", Value::Null)];
    fails("orders/create", &with(&order(), &nobody), "no_identifier", "payload");
}

#[test]
fn what_is_no_json_is_kept_and_fails_by_name() {
    for payload in [b"not json".as_slice(), b"", b"\xFF\xFE", b"[1,2]", b"{\"a\":"] {
        let messages = kept("orders/create", payload);
        assert_eq!(messages.len(), 1);
        assert!(serde_json::from_slice::<Value>(messages[0].body.reveal()).is_ok(), "it can be mended");
        assert_eq!(meaning(&messages[0], &reading()).unwrap_err().reason, "invalid_payload");
    }
}

#[test]
fn a_delivery_is_named_by_its_event_and_topic() {
    let named = |event: &str, webhook: &str| {
        let delivery =
            Delivery { event_id: event.into(), webhook_id: webhook.into(), ..delivery("orders/create") };
        delivery.name().map(|name| name.as_str().to_owned())
    };
    assert_eq!(named("e", "w").as_deref(), Some("orders/create:e"));
    assert_eq!(named(" ", "w").as_deref(), Some("orders/create:w"));
    assert_eq!(named("", ""), None);
    assert_eq!(named(&"x".repeat(300), ""), None);
}

#[test]
fn old_versions_and_unknown_fields_are_read_all_the_same() {
    let mut old = order();
    let fields = old.as_object_mut().unwrap();
    for set in ["total_price_set", "presentment_currency", "contact_email", "discount_codes", "refunds"] {
        fields.remove(set);
    }
    fields.insert("whatever".into(), json!({ "deep": [[[[1]]]] }));
    old.pointer_mut("/line_items/0").unwrap().as_object_mut().unwrap().remove("price_set");
    let Action::OrderPlaced(purchase) = event("orders/create", &old).action else { panic!() };
    assert_eq!(
        (purchase.total, purchase.lines[0].price, purchase.coupon),
        (Some(euros(26_470)), Some(euros(12_990)), None)
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        "[ -~é€]{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 30, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-z_]{1,12}", inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

proptest! {
    /// One field of a real payload is anything: it is an event, something else, or a failure; never a panic, and no failure
    /// holds a value.
    #[test]
    fn any_field_may_be_anything(
        which in 0..60_usize,
        nested in any::<bool>(),
        value in any_json(),
        topic in prop::sample::select(shopbell_proto::shopify::Topic::ALL),
    ) {
        let mut payload = order();
        let target = if nested { payload.pointer_mut("/line_items/0").unwrap() } else { &mut payload };
        let fields = target.as_object_mut().unwrap();
        let key = fields.keys().nth(which % fields.len()).unwrap().clone();
        fields.insert(key, value);
        for message in kept(topic.name(), payload.to_string().as_bytes()) {
            if let Err(failure) = meaning(&message, &reading()) {
                let told = format!("{failure:?}");
                for personal in ["amille", "+336", "ALBA"] {
                    prop_assert!(!told.contains(personal), "{told}");
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_kept_as_json(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for message in kept("orders/updated", &bytes) {
            prop_assert!(serde_json::from_slice::<Value>(message.body.reveal()).is_ok());
            prop_assert!(meaning(&message, &reading()).is_err());
        }
    }
}
