use shopbell_domain::{
    event::{ServiceKind, ServiceStep, ServiceTold},
    money::Money,
};

use super::*;

fn change(text: &str) -> Change {
    match parse(text).unwrap() {
        (_, Record::Change(change)) => change,
        (_, stock @ Record::Stock { .. }) => panic!("{stock:?} is no change by itself"),
    }
}

#[track_caller]
fn refused(text: &str, reason: &str) {
    let refused = parse(text).unwrap_err();
    assert!(refused.reason.contains(reason), "{text} is refused because: {}", refused.reason);
}

#[test]
fn an_order_is_read_whole() {
    let text = r#"{"type":"order","order_id":"o1","customer_id":"c1","at":"2026-11-01T10:00:00+01:00","channel":"store",
                   "store_id":"lyon","currency":"EUR","total":"249.80","coupon":"AUTUMN","lines":[
                   {"product_id":"p1","size":"38","quantity":2,"price":129.9,"category":"Coats","brand":"Loden"},
                   {"product_id":"p2"}]}"#;
    let euros = |minor| Some(Money { minor, currency: "EUR".parse().unwrap() });
    let coat = Line {
        size: Some("38".into()),
        quantity: Some(2),
        price: euros(12_990),
        category: Some("Coats".into()),
        brand: Some("Loden".into()),
        ..Line::of(ProductId::new("p1").unwrap())
    };
    let purchase = Purchase {
        order: OrderId::new("o1").unwrap(),
        lines: vec![coat, Line { quantity: Some(1), ..Line::of(ProductId::new("p2").unwrap()) }],
        total: euros(24_980),
        coupon: Some("AUTUMN".into()),
        store: Some(StoreId::new("lyon").unwrap()),
    };
    let (customer, at) = (CustomerId::new("c1").unwrap(), Timestamp::from_millis(1_793_523_600_000));
    assert_eq!(change(text), Change::Order { customer, at, source: Source::Till, purchase });
}

#[test]
fn a_service_tells_what_waits_where_and_how_long() {
    let text = r#"{"type":"service","service_id":"k-1","customer_id":"c1","at":1793523600000,"kind":"pick_up",
        "step":"ready","store_id":"lyon","until":"2026-11-27T19:00:00+01:00","order_id":"o1",
        "lines":[{"product_id":"p1","size":"38"}]}"#;
    let told = ServiceTold {
        service: "k-1".parse().unwrap(),
        kind: ServiceKind::PickUp,
        step: ServiceStep::Ready,
        store: Some(StoreId::new("lyon").unwrap()),
        until: Some(Timestamp::from_millis(1_795_802_400_000)),
        order: Some(OrderId::new("o1").unwrap()),
        lines: vec![Line {
            size: Some("38".into()),
            quantity: Some(1),
            ..Line::of(ProductId::new("p1").unwrap())
        }],
    };
    let at = Timestamp::from_millis(1_793_523_600_000);
    assert_eq!(change(text), Change::Service { customer: CustomerId::new("c1").unwrap(), at, told });
    let least = r#"{"type":"service","service_id":"t1","customer_id":"c1","at":1793523600000,"kind":"repair","step":"done"}"#;
    assert!(matches!(change(least), Change::Service { told, .. } if told.kind == ServiceKind::Repair));
    refused(&least.replace("repair", "wash"), "unknown variant `wash`");
    refused(&least.replace("done", "made"), "unknown variant `made`");
    refused(&least.replace("t1", "t 1"), "service id holds the character ' '");
}

#[test]
fn times_are_rfc_3339_or_milliseconds() {
    let at = |time: &str| {
        let text = format!(r#"{{"type":"view","customer_id":"c","product_id":"p","at":{time}}}"#);
        match change(&text) {
            Change::View { item, .. } => item.at.as_millis(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(at("1793523600123"), 1_793_523_600_123);
    assert_eq!(at(r#""2026-11-01T09:00:00.123Z""#), 1_793_523_600_123);
    assert_eq!(at(r#""2026-11-01T10:00:00.123456+01:00""#), 1_793_523_600_123);
    for (time, reason) in [
        ("1793523600", "between the years 1980 and 2100; numbers are milliseconds"),
        ("99999999999999999999", "expected a time"),
        ("18446744073709551615", "between the years 1980 and 2100"),
        (r#""2126-11-01T10:00:00Z""#, "between the years 1980 and 2100"),
        (r#""yesterday""#, "\"yesterday\" is no RFC 3339 time"),
        ("true", "expected a time: RFC 3339"),
        ("1.5", "expected a time"),
    ] {
        refused(&format!(r#"{{"type":"view","customer_id":"c","product_id":"p","at":{time}}}"#), reason);
    }
}

#[test]
fn each_refusal_names_the_field_and_what_is_wrong() {
    for (text, reason) in [
        ("no json", "no JSON object"),
        ("{", "EOF while parsing"),
        (r#"["wish","c","p",null,1793523600123]"#, "no JSON object"),
        (r#"{"name":"x"}"#, "missing field `type`"),
        (r#"{"type":"customers"}"#, "unknown variant `customers`, expected one of `customer`, `phone`"),
        (
            r#"{"type":"customer","customer_id":"c","level":3,"nmae":"x"}"#,
            "unknown field `nmae`, expected one of",
        ),
        (r#"{"type":"customer","customer_id":"c"}"#, "missing field `level`"),
        (r#"{"type":"customer","customer_id":"c d","level":3}"#, "customer id holds the character ' '"),
        (r#"{"type":"customer","customer_id":"c","level":6}"#, "level: 6 is not 0 to 5"),
        (r#"{"type":"customer","customer_id":"c","level":-1}"#, "invalid value: integer `-1`"),
        (
            r#"{"type":"phone","customer_id":"c","phone_id":"12"}"#,
            "phone_id: phone id must be 16 hexadecimal digits",
        ),
        (r#"{"type":"product","product_id":"p","name":" "}"#, "name: is empty"),
        (
            r#"{"type":"order","order_id":"o","customer_id":"c","at":1793523600123,"channel":"till","lines":[]}"#,
            "unknown variant `till`, expected `web` or `store`",
        ),
        (
            r#"{"type":"order","order_id":"o","customer_id":"c","at":1793523600123,"channel":"web","lines":[]}"#,
            "lines: holds 0 lines",
        ),
        (
            r#"{"type":"order","order_id":"o","customer_id":"c","at":1793523600123,"channel":"web","store_id":"lyon",
                "lines":[{"product_id":"p"}]}"#,
            "store_id: an order of the channel web",
        ),
        (
            r#"{"type":"order","order_id":"o","customer_id":"c","at":1793523600123,"channel":"web","total":"1.00",
                "lines":[{"product_id":"p"}]}"#,
            "currency: is missing",
        ),
        (
            r#"{"type":"order","order_id":"o","customer_id":"c","at":1793523600123,"channel":"web","currency":"EUR",
                "lines":[{"product_id":"p","price":"1.005"}]}"#,
            "price: ",
        ),
        (
            r#"{"type":"stock","store_id":"s","product_id":"p","size":"","quantity":1,"since":1793523600123}"#,
            "size: is empty; leave it out",
        ),
        (
            r#"{"type":"size","customer_id":"c","of":"","size":"38","at":1793523600123}"#,
            "neither may be empty",
        ),
    ] {
        refused(text, reason);
    }
    let long = format!(r#"{{"type":"customer","customer_id":"c","level":0,"name":"{}"}}"#, "é".repeat(101));
    refused(&long, "name is invalid: it has 101 characters");
    refused(r#"{"type":"customer","customer_id":"c","level":0,"name":"Ca\u202emille"}"#, "it holds U+202E");
    let items = vec![r#"{"product_id":"p"}"#; 101].join(",");
    let cart = format!(r#"{{"type":"cart","customer_id":"c","at":1793523600123,"items":[{items}]}}"#);
    refused(&cart, "items: holds 101 items; give at most 100");
}

#[test]
fn a_refused_line_keeps_its_type_where_it_has_one() {
    assert_eq!(parse(r#"{"type":"wish"}"#).unwrap_err().kind, Some(Kind::Wish));
    assert_eq!(parse("no json").unwrap_err().kind, None);
}

#[test]
fn a_cart_item_may_be_older_than_the_cart() {
    let text = r#"{"type":"cart","customer_id":"c","at":1793523600123,
                   "items":[{"product_id":"a","quantity":2,"at":1793523600000},{"product_id":"b","size":"M"}]}"#;
    let Change::Cart { at, items, .. } = change(text) else { panic!("no cart") };
    assert_eq!(at.as_millis(), 1_793_523_600_123);
    assert_eq!((items[0].at.as_millis(), items[0].quantity, &items[0].size), (1_793_523_600_000, 2, &None));
    assert_eq!((items[1].at, items[1].quantity, items[1].size.as_deref()), (at, 1, Some("M")));
}
