//! Rows as people write them, and what is said of those that cannot be taken.

use super::*;

const HEADER: &str = "product_id,sku,size,name,price,currency,sale_price,sale_from,sale_until,url,image_url";

async fn refused(row: &str) -> (u64, String) {
    let world = World::new();
    let summary = world.text(format!("{HEADER}\nfirst,,,First,,,,,,,\n{row}\n")).await.unwrap();
    assert_eq!(summary.of(Kind::Product), Counts { new: 1, known: 0, rejected: 1 }, "{row}: {summary}");
    let rejected = world.rejected();
    (rejected[0]["line"].as_u64().unwrap(), rejected[0]["reason"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn each_refusal_names_its_line_and_field_and_what_would_be_right() {
    for (row, reason) in [
        (",,,N,,,,,,,", "product_id: is empty"),
        ("a b,,,N,,,,,,,", "product_id: product id holds the character ' '"),
        ("p,,,,,,,,,,", "name: is empty; it is shown on tablets"),
        ("p,,,Robe\u{202e}ablA,,,,,,,", "name: holds U+202E, which is not seen"),
        ("p,,,N,\"12,90\",EUR,,,,,", "price: write the amount as a plain number with a decimal point"),
        ("p,,,N,12.905,EUR,,,,,", "price: EUR has 2 decimals, and this amount has more"),
        (
            "p,,,N,12.90,,,,,,",
            "currency: nothing tells it; add a column, write \"12.90 EUR\", or say --currency EUR",
        ),
        ("p,,,N,12.90,EURO,,,,,", "currency: a currency is three letters"),
        ("p,,,N,-1,EUR,,,,,", "price: is below 0"),
        ("p,,,N,,EUR,5,,,,", "sale_price: stands without a price"),
        ("p,,,N,10,EUR,11,,,,", "sale_price: is above the price"),
        ("p,,,N,10,EUR,9,2026-11-20,2026-11-19,,", "sale_until: is not after sale_from"),
        ("p,,,N,10,EUR,9,yesterday,,,", "sale_from: write the time as 2026-11-20T14:00:00+01:00"),
        ("p,,,N,,,,,,javascript:alert(1),", "url: write an address such as https://"),
        ("p,,,N,,,,,,,https://x y", "image_url: write an address"),
        ("p,,,N,,,,", "line 3 has 8 fields and the header 11: quote fields that hold the separator"),
    ] {
        let (line, found) = refused(row).await;
        assert!(line == 3 && found.starts_with(reason), "{row}: line {line}: {found}");
    }
    let (_, found) = refused(&format!("p,,,{},,,,,,,", "é".repeat(201))).await;
    assert_eq!(found, "name: has 201 characters; at most 200 are kept");
}

#[tokio::test]
async fn what_is_not_utf_8_is_named_by_line_column_and_byte() {
    let world = World::new();
    let mut text = b"product_id,name\na,A\nb,Caf\xE9\nc,C\n".to_vec();
    let summary = world.text(&text).await.unwrap();
    assert_eq!(summary.of(Kind::Product), Counts { new: 2, known: 0, rejected: 1 });
    assert_eq!(
        world.rejected()[0]["reason"],
        "line 3, column 2 (name), byte 4: not UTF-8; save the file as UTF-8"
    );
    text.splice(0..0, [0xFF, 0xFE]);
    let error = world.text(&text).await.unwrap_err().to_string();
    assert!(error.contains("the file is UTF-16: save it as UTF-8"), "{error}");
    let error = world.text(b"PK\x03\x04....").await.unwrap_err().to_string();
    assert!(error.contains("a spreadsheet or an archive: save it as CSV in UTF-8"), "{error}");
}

#[tokio::test]
async fn amounts_have_the_decimals_of_their_currency_and_never_pass_through_fractions() {
    let world = World::new();
    let text = "product_id,name,price,price_minor\na,A,19.90 EUR,\nb,B,JPY 1980,\nc,C,0.125 KWD,\nd,D,92233720368547758.07 EUR,\n";
    world.text(text).await.unwrap();
    let prices: Vec<_> =
        world.products().await.into_iter().map(|product| product.price.unwrap().regular).collect();
    let found: Vec<_> =
        prices.iter().map(|money| (money.minor, money.currency.as_str().to_owned())).collect();
    let of = |minor, currency: &str| (minor, currency.to_owned());
    assert_eq!(found, [of(1_990, "EUR"), of(1_980, "JPY"), of(125, "KWD"), of(i64::MAX, "EUR")]);
    let mut world = World::new();
    world.options.layout = Layout { currency: Some("EUR".parse().unwrap()), ..Layout::default() };
    world.text("product_id,name,price,price_minor\na,A,,1990\nb,B,19.9,\n").await.unwrap();
    assert!(world.products().await.iter().all(|product| product.price == Some(Price::of(euros(1_990)))));
}

#[tokio::test]
async fn rows_of_a_product_stand_together() {
    let world = World::new();
    let text = "product_id,size,name\na,36,A\na,38,A\nb,,B\na,40,A\n";
    let summary = world.text(text).await.unwrap();
    assert_eq!(summary.of(Kind::Product), Counts { new: 3, known: 0, rejected: 1 }, "{summary}");
    assert!(world.rejected()[0]["reason"].as_str().unwrap().contains("sort the file by it"));
    let sizes = world.products().await[0].variants.len();
    assert_eq!(sizes, 2);
}

#[tokio::test]
async fn a_list_of_sizes_and_two_colours_of_one_size() {
    let world = World::new();
    world.text("product_id,name,sizes\na,A,36|38|40\n").await.unwrap();
    world.text("product_id,name,sku,size\nb,B,red-36,36\nb,B,blue-36,36\n").await.unwrap();
    let products = world.products().await;
    let sizes: Vec<_> = products[0].variants.iter().filter_map(|variant| variant.size.as_deref()).collect();
    assert_eq!(sizes, ["36", "38", "40"]);
    assert_eq!((products[1].variants.len(), products[1].variants[0].skus.len()), (1, 2));
    let twice = world.text("product_id,name,sku,size\nb,B,red,36\nb,B,red,38\n").await.unwrap();
    assert_eq!(twice.rejected(), 1);
    assert!(world.rejected()[0]["reason"].as_str().unwrap().contains("sku: stands twice"));
}

#[tokio::test]
async fn a_header_may_have_names_of_its_own() {
    let mut world = World::new();
    let text = "Artikel;Bezeichnung;Preis;name\na;Kleid;19.90 EUR;intern\n";
    let error = world.text(text).await.unwrap_err().to_string();
    assert!(error.contains("--column FIELD=NAME") && error.contains("Artikel"), "{error}");
    let own = [("product_id", "Artikel"), ("name", "Bezeichnung"), ("price", "Preis")];
    let own = own.map(|(field, name)| (field.to_owned(), name.to_owned()));
    world.options.layout.columns = own.into();
    let summary = world.text(text).await.unwrap();
    assert_eq!(summary.unused_columns, ["name"]);
    assert_eq!(world.products().await[0].name, "Kleid");
    world.options.layout.columns.insert("colour".into(), "Farbe".into());
    let error = world.text(text).await.unwrap_err().to_string();
    assert!(error.contains("there is no field \"colour\"; the fields are product_id"), "{error}");
}

#[tokio::test]
async fn stock_of_one_shop_and_odd_numbers() {
    let mut world = World::new();
    world.options.layout.store = Some(StoreId::new("lyon").unwrap());
    let summary = world.text("product_id,quantity\na,3.0\nb,-2\nc,many\nd,4294967296\n").await.unwrap();
    assert_eq!(summary.of(Kind::Stock), Counts { new: 2, known: 0, rejected: 2 }, "{summary}");
    assert_eq!(world.stock("lyon", "a").await.unwrap()[0].quantity, 3);
    assert_eq!(world.stock("lyon", "b").await.unwrap()[0].quantity, 0);
}

const DOCS: &str = include_str!("../../../../docs/import.md");

#[test]
fn every_column_is_told_and_no_other() {
    let (_, table) = DOCS.split_once("| field | columns |").expect("the table of columns");
    let table = table.split("\n\n").next().unwrap();
    let told: Vec<&str> = table
        .lines()
        .filter(|row| row.starts_with('|'))
        .filter_map(|row| row.split('|').nth(2))
        .flat_map(|names| names.split('`').skip(1).step_by(2))
        .collect();
    let known: Vec<&str> =
        crate::catalogue::columns::NAMES.iter().flat_map(|(_, names)| *names).copied().collect();
    for name in &known {
        assert!(told.contains(name), "docs/import.md does not tell {name}");
    }
    for name in &told {
        assert!(known.contains(name), "docs/import.md tells {name}, which is no column");
    }
}

#[tokio::test]
async fn shops_that_are_not_configured_are_named_and_kept() {
    let mut world = World::new();
    let (lyon, text) =
        (StoreId::new("lyon").unwrap(), "store_id,product_id,quantity\nlyon,a,3\nlyom,a,2\nlyom,b,2\n");
    world.options.shops = [lyon].into();
    let summary = world.text(text).await.unwrap();
    assert_eq!(summary.of(Kind::Stock), Counts { new: 3, known: 0, rejected: 0 }, "{summary}");
    assert!(summary.to_string().contains("not configured here: lyom; their stock is kept"), "{summary}");
    assert_eq!(world.stock("lyom", "b").await.unwrap()[0].quantity, 2);
}
