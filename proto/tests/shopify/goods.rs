//! Products and stock.

use shopbell_domain::catalogue::{Price, Product, Sale, Sku, Variant};

use super::*;

fn product() -> Value {
    let variant = |id: u64, size: &str, colour: &str, price: &str, before: Value| {
        json!({
            "id": id, "admin_graphql_api_id": format!("gid://shopify/ProductVariant/{id}"), "barcode": null, "compare_at_price": before,
            "created_at": null, "inventory_item_id": id + 1, "inventory_policy": "deny", "inventory_quantity": 75, "option1": size,
            "option2": colour, "option3": null, "position": 1, "price": price, "product_id": 788_032_119_674_292_922_u64,
            "sku": format!("ALBA-{size}-{colour}"), "taxable": true, "title": format!("{size} / {colour}"), "updated_at": null,
        })
    };
    json!({
        "id": 788_032_119_674_292_922_u64, "admin_graphql_api_id": "gid://shopify/Product/788032119674292922",
        "body_html": "<script>alert(1)</script>", "created_at": null, "handle": "robe-alba", "product_type": "Dresses",
        "published_at": "2026-11-22T10:00:00+01:00", "tags": "summer", "status": "active", "title": "Robe Alba",
        "updated_at": "2026-11-22T12:00:00+01:00", "vendor": "Maison É", "options": [{ "name": "Size" }, { "name": "Colour" }],
        "variants": [
            variant(10, "36", "Noir", "99.90", json!("129.90")), variant(20, "36", "Rouge", "99.90", json!("129.90")),
            variant(30, "46", "Noir", "139.90", Value::Null),
        ],
        "image": { "src": "https://cdn.example.com/alba.jpg" }, "images": [],
    })
}

fn goods(payload: &Value) -> Product {
    match means("products/update", payload) {
        Ok(Meaning::Product(product)) => *product,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_product_with_its_sizes_and_the_numbers_of_both_colours() {
    let sale = Sale { price: euros(9_990), from: None, until: None };
    let price = Price { regular: euros(12_990), sale: Some(sale) };
    let skus = |texts: &[&str]| texts.iter().map(|text| Sku::new(text).unwrap()).collect::<Vec<_>>();
    let noir = ["shopify-inventory:11", "shopify-variant:10", "ALBA-36-Noir"];
    let rouge = ["shopify-inventory:21", "shopify-variant:20", "ALBA-36-Rouge"];
    let revised = Timestamp::from_secs(1_795_345_200);
    let expected = Product {
        brand: Some("Maison É".to_owned()),
        price: Some(price),
        url: Some("https://www.example.com/products/robe-alba".to_owned()),
        image_url: Some("https://cdn.example.com/alba.jpg".to_owned()),
        variants: vec![
            Variant { skus: skus(&[noir, rouge].concat()), size: Some("36".to_owned()), price: None },
            Variant {
                skus: skus(&["shopify-inventory:31", "shopify-variant:30", "ALBA-46-Noir"]),
                size: Some("46".to_owned()),
                price: Some(Price::of(euros(13_990))),
            },
        ],
        revised: Some(revised),
        ..Product::new(ProductId::new("788032119674292922").unwrap(), "Robe Alba", "Dresses")
    };
    assert_eq!(goods(&product()), expected);
    for status in ["archived", "draft"] {
        let ended = goods(&with(&product(), &[("/status", json!(status))]));
        assert_eq!(ended.ended, Some(revised), "{status}");
    }
}

#[test]
fn a_product_without_options_and_what_only_describes_it() {
    let bare = json!({ "id": 5, "title": "Savon", "vendor": null, "product_type": "", "handle": "../admin?x", "image": { "src": "javascript:alert(1)" },
        "variants": [{ "id": 6, "option1": "Default Title", "price": "0.29", "inventory_item_id": 7, "sku": "" }] });
    let product = goods(&bare);
    assert_eq!((product.url, product.image_url, product.brand), (None, None, None));
    assert_eq!((product.variants.len(), &product.variants[0].size), (1, &None));
    assert_eq!(product.price, Some(Price::of(euros(29))));
}

#[test]
fn a_product_that_is_gone() {
    let product = ProductId::new("788032119674292922").unwrap();
    let gone = means("products/delete", &json!({ "id": 788_032_119_674_292_922_u64 }));
    assert_eq!(gone, Ok(Meaning::ProductEnded { product, at: RECEIVED }));
}

#[test]
fn stock_is_told_of_locations_that_are_shops() {
    let level = json!({
        "inventory_item_id": 271_878_346_596_884_015_u64, "location_id": 48_752_903, "available": 3,
        "updated_at": "2026-11-22T12:00:00+01:00", "admin_graphql_api_id": "gid://shopify/InventoryLevel/1",
    });
    let stock = |quantity| Meaning::Stock {
        store: StoreId::new("lyon").unwrap(),
        sku: Sku::new("shopify-inventory:271878346596884015").unwrap(),
        quantity,
        at: Timestamp::from_secs(1_795_345_200),
    };
    for (available, quantity) in [(json!(3), 3), (json!(-2), 0), (Value::Null, 0)] {
        assert_eq!(
            means("inventory_levels/update", &with(&level, &[("/available", available)])),
            Ok(stock(quantity))
        );
    }
    let warehouse = with(&level, &[("/location_id", json!(24_826_418))]);
    assert_eq!(means("inventory_levels/update", &warehouse), Ok(Meaning::Nothing));
}
