//! Orders, refunds, checkouts and carts.

use super::*;

fn camille() -> Vec<Identifier> {
    use IdentifierKind::{Customer, Email, PhoneNumber};
    who(&[(Customer, "115310627314723954"), (Email, "camille@example.com"), (PhoneNumber, "+33639980142")])
}

#[test]
fn an_order_of_the_web_shop_in_the_shops_currency() {
    let placed = event("orders/create", &order());
    assert_eq!(placed.at, Timestamp::from_secs(1_795_347_000), "12:30 in Paris");
    assert_eq!((placed.who, placed.origin), (camille(), Origin::Web));
    let lines = vec![line("632910392", Some("38"), 2, 12_990)];
    assert_eq!(placed.action, Action::OrderPlaced(purchase(lines.clone(), 26_470, None)));
    // Paid is the same fact, told again.
    assert_eq!(
        event("orders/paid", &order()).action,
        Action::OrderPlaced(purchase(lines.clone(), 26_470, None))
    );
    let updated = event("orders/updated", &order());
    assert_eq!(updated.at, Timestamp::from_secs(1_795_347_060));
    assert_eq!(updated.action, Action::OrderUpdated(purchase(lines, 26_470, None)));
}

#[test]
fn topics_may_be_written_as_shopifys_tools_write_them() {
    assert_eq!(event("ORDERS_CREATE", &order()).action, event("orders/create", &order()).action);
}

#[test]
fn an_order_of_the_till_names_its_shop_where_the_location_is_one() {
    let pos = |location: Value| with(&order(), &[("/source_name", json!("pos")), ("/location_id", location)]);
    for (location, store) in [(json!(48_752_903), Some("lyon")), (json!(1), None), (Value::Null, None)] {
        let placed = event("orders/create", &pos(location));
        let lines = vec![line("632910392", Some("38"), 2, 12_990)];
        assert_eq!(placed.origin, Origin::Till);
        assert_eq!(placed.action, Action::OrderPlaced(purchase(lines, 26_470, store)));
    }
    // A web order that is sent from a shop was not bought there.
    let web = with(&order(), &[("/location_id", json!(48_752_903))]);
    assert_eq!(event("orders/create", &web).origin, Origin::Web);
}

#[test]
fn a_guest_is_known_by_the_address_alone() {
    let guest = with(&order(), &[("/customer", Value::Null)]);
    assert_eq!(event("orders/create", &guest).who, who(&[(IdentifierKind::Email, "camille@example.com")]));
    let by_phone = [
        ("/customer", Value::Null),
        ("/email", json!("")),
        ("/contact_email", Value::Null),
        ("/phone", json!("+33 6 39 98 01 42")),
    ];
    let by_phone = with(&order(), &by_phone);
    assert_eq!(event("orders/create", &by_phone).who, who(&[(IdentifierKind::PhoneNumber, "+33639980142")]));
}

#[test]
fn orders_that_were_only_tried_out_are_nothing() {
    let test = with(&order(), &[("/test", json!(true))]);
    for topic in ["orders/create", "orders/paid", "orders/updated", "orders/cancelled"] {
        assert_eq!(means(topic, &test), Ok(Meaning::Nothing), "{topic}");
    }
}

#[test]
fn lines_without_a_product_are_passed_over_and_sizes_are_their_option() {
    let tip = json!({ "id": 1, "title": "Tip", "product_id": null, "quantity": 1, "price": "5.00", "variant_title": null });
    let one = with(&line_item(2, 7, "Default Title", 1), &[("/price_set", Value::Null)]);
    let items = json!([tip, one, line_item(3, 8, "40", 1)]);
    let placed = event("orders/create", &with(&order(), &[("/line_items", items)]));
    let lines = vec![line("7", None, 1, 12_990), line("8", Some("40"), 1, 12_990)];
    assert_eq!(placed.action, Action::OrderPlaced(purchase(lines, 26_470, None)));
}

#[test]
fn currencies_without_cents_are_read_exactly() {
    let shop = json!({ "shop_money": { "amount": "1980", "currency_code": "JPY" } });
    let yen = with(
        &order(),
        &[("/currency", json!("JPY")), ("/total_price_set", shop), ("/line_items", json!([]))],
    );
    let Action::OrderPlaced(Purchase { total: Some(total), .. }) = event("orders/create", &yen).action else {
        panic!()
    };
    assert_eq!((total.minor, total.currency.as_str()), (1_980, "JPY"));
}

#[test]
fn an_order_that_was_cancelled() {
    let payload = with(&order(), &[("/cancelled_at", json!("2026-11-22T12:40:00+01:00"))]);
    let cancelled = event("orders/cancelled", &payload);
    assert_eq!(cancelled.at, Timestamp::from_secs(1_795_347_600));
    assert_eq!(
        cancelled.action,
        Action::OrderCancelled { order: OrderId::new("820982911946154508").unwrap() }
    );
}

#[test]
fn what_comes_from_the_future_came_when_it_was_received() {
    assert_eq!(at("2031-01-01T00:00:00Z"), RECEIVED);
}

fn refund(lines: &Value, amount: &str) -> Value {
    json!({
        "id": 890_088_186_047_892_319_u64, "order_id": 820_982_911_946_154_508_u64, "created_at": "2026-11-22T12:50:00+01:00",
        "note": "too small", "user_id": 548_380_009, "processed_at": "2026-11-22T12:50:00+01:00", "restock": true, "duties": [],
        "refund_line_items": lines,
        "transactions": [
            { "id": 1, "amount": amount, "currency": "EUR", "kind": "refund", "status": "success", "gateway": "bogus" },
            { "id": 2, "amount": "999.00", "currency": "EUR", "kind": "refund", "status": "failure", "gateway": "bogus" },
        ],
    })
}

fn refunded(refund: &Value) -> Vec<Message> {
    let payload = with(&order(), &[("/refunds", json!([refund]))]);
    kept("orders/updated", payload.to_string().as_bytes())
}

#[test]
fn each_refund_of_an_order_is_a_message_of_its_own_named_by_its_number() {
    let item = json!({ "id": 1, "quantity": 1, "line_item_id": 2, "restock_type": "return", "subtotal": "129.90", "line_item": line_item(2, 632_910_392, "38 / Noir", 2) });
    let messages = refunded(&refund(&json!([item]), "129.90"));
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[1].id.message.as_str(), "refund:820982911946154508:890088186047892319");
    let Ok(Meaning::Event(event)) = meaning(&messages[1], &reading()) else { panic!() };
    assert_eq!((event.who, event.at), (camille(), Timestamp::from_secs(1_795_348_200)));
    let order = OrderId::new("820982911946154508").unwrap();
    let lines = vec![line("632910392", Some("38"), 1, 12_990)];
    let number = Some("890088186047892319".to_owned());
    assert_eq!(
        event.action,
        Action::OrderRefunded { order, refund: number, lines, amount: Some(euros(12_990)) }
    );
    // Told again by another delivery it has the same name, so the inbox keeps it once.
    assert_eq!(refunded(&refund(&json!([]), "1.00"))[1].id, messages[1].id);
}

#[test]
fn money_alone_that_came_back_gives_no_piece_back() {
    let messages = refunded(&refund(&json!([]), "20.00"));
    let Ok(Meaning::Event(event)) = meaning(&messages[1], &reading()) else { panic!() };
    let Action::OrderRefunded { lines, amount, .. } = event.action else { panic!() };
    assert_eq!((lines[0].quantity, amount), (Some(0), Some(euros(2_000))));
}

#[test]
fn a_refund_in_another_currency_has_no_known_amount() {
    let foreign = with(
        &refund(&json!([]), "20.00"),
        &[(
            "/transactions",
            json!([{ "amount": "21.71", "currency": "USD", "kind": "refund", "status": "success" }]),
        )],
    );
    let Ok(Meaning::Event(event)) = meaning(&refunded(&foreign)[1], &reading()) else { panic!() };
    assert!(matches!(event.action, Action::OrderRefunded { amount: None, .. }));
}

#[test]
fn the_refunds_own_webhook_names_nobody_and_says_nothing_new() {
    assert_eq!(means("refunds/create", &refund(&json!([]), "20.00")), Ok(Meaning::Nothing));
}

/// A fulfilment as an order lists it.
fn parcel(status: &str, changes: &[(&str, Value)]) -> Value {
    let plain = json!({
        "id": 255_858_046, "admin_graphql_api_id": "gid://shopify/Fulfillment/255858046", "order_id": 820_982_911_946_154_508_u64,
        "created_at": "2026-11-22T12:40:00+01:00", "updated_at": "2026-11-22T12:45:00+01:00", "location_id": 48_752_903,
        "name": "#1001.1", "origin_address": {}, "receipt": {}, "service": "manual", "shipment_status": status, "status": "success",
        "tracking_company": null, "tracking_number": null, "tracking_numbers": [], "tracking_url": null, "tracking_urls": [],
        "line_items": [line_item(866_550_311_766_439_020, 632_910_392, "38 / Noir", 2)],
    });
    with(&plain, changes)
}

/// The messages of an order with this fulfilment.
fn sent(parcel: &Value) -> Vec<Message> {
    let payload = with(&order(), &[("/fulfillments", json!([parcel]))]);
    kept("orders/updated", payload.to_string().as_bytes())
}

#[test]
fn what_waits_in_a_shop_of_ours_is_told_by_the_order_once_for_each_step() {
    let messages = sent(&parcel("ready_for_pickup", &[]));
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[1].id.message.as_str(), "pickup:820982911946154508:255858046:ready");
    let Ok(Meaning::Event(event)) = meaning(&messages[1], &reading()) else { panic!() };
    assert_eq!(
        (event.who, event.at, event.origin),
        (camille(), Timestamp::from_secs(1_795_347_900), Origin::Web)
    );
    let told = ServiceTold {
        service: "255858046".parse().unwrap(),
        kind: ServiceKind::PickUp,
        step: ServiceStep::Ready,
        store: Some(StoreId::new("lyon").unwrap()),
        until: None,
        order: Some(OrderId::new("820982911946154508").unwrap()),
        lines: vec![line("632910392", Some("38"), 2, 12_990)],
    };
    assert_eq!(event.action, Action::Service(told.clone()));
    for (parcel, step) in [
        (parcel("picked_up", &[]), ServiceStep::Done),
        (parcel("delivered", &[]), ServiceStep::Done),
        (parcel("ready_for_pickup", &[("/status", json!("cancelled"))]), ServiceStep::Cancelled),
    ] {
        let messages = sent(&parcel);
        assert_ne!(messages[1].id.message.as_str(), "pickup:820982911946154508:255858046:ready");
        let Ok(Meaning::Event(event)) = meaning(&messages[1], &reading()) else { panic!() };
        assert_eq!(event.action, Action::Service(ServiceTold { step, ..told.clone() }));
    }
}

#[test]
fn a_carriers_parcel_and_what_lies_elsewhere_wait_in_no_shop() {
    for parcel in [
        parcel("ready_for_pickup", &[("/tracking_number", json!("6A123"))]),
        parcel("delivered", &[("/tracking_company", json!("Colissimo"))]),
        parcel("in_transit", &[]),
        parcel("", &[]),
    ] {
        assert_eq!(sent(&parcel).len(), 1, "{parcel}");
    }
    let elsewhere = sent(&parcel("ready_for_pickup", &[("/location_id", json!(7))]));
    assert_eq!(meaning(&elsewhere[1], &reading()), Ok(Meaning::Nothing));
    let tried = with(
        &order(),
        &[("/fulfillments", json!([parcel("ready_for_pickup", &[])])), ("/test", json!(true))],
    );
    let tried = kept("orders/updated", tried.to_string().as_bytes());
    assert_eq!(meaning(&tried[1], &reading()), Ok(Meaning::Nothing));
}

#[test]
fn what_the_web_shop_attached_may_say_that_a_line_or_an_order_is_a_gift() {
    let gifts = |payload: &Value| match event("orders/create", payload).action {
        Action::OrderPlaced(purchase) => purchase.lines.iter().map(|line| line.gift).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let attached = |name: &str, value: &str| json!([{ "name": name, "value": value }]);
    let of_line = |attached: Value| {
        let lines =
            json!([with(&line_item(1, 7, "38", 1), &[("/properties", attached)]), line_item(2, 8, "38", 1),]);
        gifts(&with(&order(), &[("/line_items", lines)]))
    };
    assert_eq!(of_line(attached("_gift_wrap", "Yes")), [true, false]);
    for no in [attached("Gift", "no"), attached("Engraving", "true"), json!({}), json!([1])] {
        assert_eq!(of_line(no), [false, false]);
    }
    assert_eq!(gifts(&with(&order(), &[("/note_attributes", attached("Is gift", "true"))])), [true]);
}

/// A checkout of somebody who has typed in the address.
fn checkout() -> Value {
    json!({
        "id": 981_820_079_255_243_537_u64, "token": "123123123", "cart_token": "eeafa272cebfd4b22385bc4b645e762c",
        "email": "camille@example.com", "gateway": null, "buyer_accepts_marketing": false, "buyer_accepts_sms_marketing": false,
        "created_at": "2026-11-22T11:00:00+00:00", "updated_at": "2026-11-22T11:20:00+00:00", "completed_at": null,
        "currency": "EUR", "presentment_currency": "USD", "phone": null, "user_id": null, "location_id": null, "source_name": "web",
        "abandoned_checkout_url": "https://maison.myshopify.com/548380009/checkouts/123123123/recover?key=secret",
        "line_items": [line_item(49_148_385, 632_910_392, "38 / Noir", 1)], "name": "#981820079255243537", "note": null,
        "total_price": "129.90", "customer": null, "tax_lines": [], "discount_codes": [], "shipping_lines": [],
    })
}

#[test]
fn a_checkout_ties_its_cart_to_the_address() {
    let begun = event("checkouts/create", &checkout());
    let cart = (IdentifierKind::Anonymous, "shopify-cart:eeafa272cebfd4b22385bc4b645e762c");
    assert_eq!(begun.who, who(&[(IdentifierKind::Email, "camille@example.com"), cart]));
    assert_eq!(begun.at, Timestamp::from_secs(1_795_346_400));
    assert_eq!(begun.action, Action::CheckoutStarted(vec![line("632910392", Some("38"), 1, 12_990)]));
    let unknown = with(&checkout(), &[("/email", Value::Null)]);
    assert_eq!(event("checkouts/update", &unknown).who, who(&[cart]));
    let done = with(&checkout(), &[("/completed_at", json!("2026-11-22T11:21:00+00:00"))]);
    assert_eq!(means("checkouts/update", &done), Ok(Meaning::Nothing));
}

/// A cart tells neither whose it is, nor the currency, nor the options.
fn cart() -> Value {
    json!({
        "id": "eeafa272cebfd4b22385bc4b645e762c", "token": "eeafa272cebfd4b22385bc4b645e762c?key=0123", "note": null,
        "updated_at": "2026-11-22T11:10:00.123Z", "created_at": "2026-11-22T11:09:00.000Z",
        "line_items": [{
            "id": 704_912_205_188_288_575_u64, "properties": null, "quantity": 3, "variant_id": 808_950_810, "key": "7049:3",
            "discounted_price": "129.90", "discounts": [], "gift_card": false, "grams": 200, "line_price": "389.70",
            "original_line_price": "389.70", "original_price": "129.90", "price": "129.90", "product_id": 632_910_392,
            "sku": "ALBA-38", "taxable": false, "title": "Robe Alba", "total_discount": "0.00", "vendor": "Maison É",
        }],
    })
}

#[test]
fn a_cart_is_somebodys_who_is_not_known_yet() {
    let told = event("carts/update", &cart());
    assert_eq!(
        told.who,
        who(&[(IdentifierKind::Anonymous, "shopify-cart:eeafa272cebfd4b22385bc4b645e762c")])
    );
    assert_eq!(told.action, Action::CartIs(vec![line("632910392", None, 3, 12_990)]));
    assert_eq!(told.at, Timestamp::from_millis(1_795_345_800_123));
    let empty = event("carts/update", &with(&cart(), &[("/line_items", json!([]))]));
    assert_eq!(empty.action, Action::CartIs(Vec::new()));
}

/// What an erasure asks: an order that is updated was made when it was made.
#[test]
fn an_order_a_checkout_and_a_refund_tell_when_they_were_made() {
    let made = |topic: &str, payload: &Value| {
        let messages = kept(topic, payload.to_string().as_bytes());
        messages
            .iter()
            .map(|message| shopbell_proto::shopify::made(message).map(Timestamp::as_secs))
            .collect::<Vec<_>>()
    };
    let order = with(
        &refund_of_order(),
        &[("/created_at", json!("2026-01-01T00:00:00Z")), ("/updated_at", json!("2026-11-01T00:00:00Z"))],
    );
    let then = Some(1_767_225_600);
    for topic in ["orders/create", "orders/paid", "ORDERS_UPDATED", "orders/cancelled"] {
        assert_eq!(made(topic, &order), [then, then], "{topic}: the order, and its refund");
    }
    for topic in ["checkouts/update", "carts/create"] {
        assert_eq!(made(topic, &order), [then], "{topic}");
    }
    assert_eq!(made("customers/update", &order), [None], "a customer may come back");
    assert_eq!(made("orders/updated", &json!({ "id": 1, "created_at": "soon" })), [None]);
}

fn refund_of_order() -> Value {
    with(&order(), &[("/refunds", json!([refund(&json!([]), "20.00")]))])
}
