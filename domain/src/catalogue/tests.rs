use super::*;

fn euros(minor: i64) -> Money {
    Money { minor, currency: "EUR".parse().unwrap() }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

fn robe() -> Product {
    Product::new(ProductId::new("robe").unwrap(), "Robe Alba", "dresses")
}

fn sized(size: &str, price: Option<i64>) -> Variant {
    let price = price.map(|minor| Price::of(euros(minor)));
    Variant { skus: Vec::new(), size: Some(size.into()), price }
}

#[test]
fn a_sale_runs_from_its_first_moment_to_before_its_last() {
    let sale =
        |from, until| Price { regular: euros(100), sale: Some(Sale { price: euros(80), from, until }) };
    let bounded = sale(Some(at(10)), Some(at(20)));
    for (moment, minor) in [(9, 100), (10, 80), (19, 80), (20, 100)] {
        assert_eq!(bounded.at(at(moment)), euros(minor), "at {moment}");
    }
    assert_eq!(sale(None, None).at(at(0)), euros(80));
    assert_eq!(sale(None, Some(at(5))).at(at(5)), euros(100));
}

#[test]
fn a_size_has_its_own_price_or_the_products() {
    let variants = vec![sized("36", None), sized("46", Some(120))];
    let product = Product { price: Some(Price::of(euros(100))), variants, ..robe() };
    assert_eq!(product.price_at(Some("36"), at(0)), Some(euros(100)));
    assert_eq!(product.price_at(Some("46"), at(0)), Some(euros(120)));
    assert_eq!(product.price_at(Some("99"), at(0)), Some(euros(100)));
    assert_eq!(product.price_at(None, at(0)), Some(euros(100)));
}

#[test]
fn without_a_price_of_its_own_a_product_costs_what_all_its_sizes_do() {
    let of = |prices: &[Option<i64>]| {
        let variants = prices.iter().enumerate().map(|(n, price)| sized(&n.to_string(), *price)).collect();
        Product { variants, ..robe() }.price_at(None, at(0))
    };
    assert_eq!(of(&[Some(5), Some(5)]), Some(euros(5)));
    assert_eq!(of(&[Some(5), Some(6)]), None);
    assert_eq!(of(&[Some(5), None]), None);
    assert_eq!(of(&[]), None);
}

#[test]
fn an_older_word_about_a_product_changes_nothing() {
    let told =
        |name: &str, revised: Option<i64>| Product { name: name.into(), revised: revised.map(at), ..robe() };
    let known = told("now", Some(10));
    assert_eq!(told("older", Some(9)).replacing(Some(&known)), None);
    assert_eq!(known.clone().replacing(Some(&known)), None);
    assert_eq!(told("newer", Some(11)).replacing(Some(&known)), Some(told("newer", Some(11))));
    // A file without dates wins, and what is older than the known word stays out afterwards, too.
    let from_file = told("file", None).replacing(Some(&known)).unwrap();
    assert_eq!(from_file, told("file", Some(10)));
    assert_eq!(told("now", None).replacing(Some(&known)), None);
    assert_eq!(robe().replacing(None), Some(robe()));
}

#[test]
fn pieces_are_dated_by_their_coming_in() {
    let count = |quantity, moment| Stock::counted(Some("38".into()), quantity, at(moment));
    let first = restocked(&[], &[count(2, 10)]).unwrap();
    assert_eq!(first, [count(2, 10)]);
    assert_eq!(restocked(&first, &[count(2, 20)]), None, "counted again");
    let sold = restocked(&first, &[count(1, 20)]).unwrap();
    assert_eq!((sold[0].quantity, sold[0].since, sold[0].counted), (1, at(10), Some(at(20))));
    assert_eq!(restocked(&sold, &[count(5, 15)]), None, "an older count that came late");
    let out = restocked(&sold, &[count(0, 30)]).unwrap();
    let back = restocked(&out, &[count(3, 40)]).unwrap();
    assert_eq!((back[0].quantity, back[0].since), (3, at(40)));
    let other = restocked(&back, &[Stock::new(Some("40".into()), 1, at(50))]).unwrap();
    assert_eq!(other.len(), 2);
    assert_eq!(other[0], back[0]);
}

#[test]
fn sizes_are_bounded() {
    let many: Vec<Stock> = (0..=MAX_SIZES).map(|n| Stock::new(Some(n.to_string()), 1, at(0))).collect();
    assert_eq!(restocked(&[], &many).unwrap().len(), MAX_SIZES);
}

#[test]
fn skus_are_any_short_printable_text() {
    assert_eq!(Sku::new(" 12/AB é ").unwrap().as_str(), "12/AB é");
    assert_eq!(Sku::new(" ").unwrap_err().to_string(), "sku is empty: give 1 to 64 characters");
    assert!(Sku::new("a\tb").is_err());
    assert!(Sku::new("x".repeat(65)).is_err());
}
