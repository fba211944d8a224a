//! What is in the store of a trade at the moment of its cards, read without the program's rules: the catalogue and the stock as
//! they were imported, and what the customer's own export tells.

use serde_json::Value;
use shopbell_domain::time::Timestamp;

use super::{
    house::{Played, Seen},
    span::moment,
};

/// A row of products.
struct Product {
    id: String,
    name: String,
    category: String,
    price: i64,
    sale: Option<(i64, Timestamp, Timestamp)>,
}

/// A row of stock.
struct Piece {
    store: String,
    product: String,
    size: Option<String>,
    quantity: u64,
    since: Timestamp,
}

/// All that is known for one card.
pub(crate) struct Known<'a> {
    products: Vec<Product>,
    stock: Vec<Piece>,
    pub(crate) store: String,
    pub(crate) seen: &'a Seen,
    pub(crate) played: &'a Played,
}

impl<'a> Known<'a> {
    pub(crate) fn of(played: &'a Played, seen: &'a Seen) -> Self {
        let catalogue = &played.trade.catalogue;
        let at = |cell: &str| moment(cell, played.today);
        let products = rows(&catalogue.products).map(|row| Product {
            id: row("product_id"),
            name: row("name"),
            category: row("category"),
            price: minor(&row("price")),
            sale: at(&row("sale_from"))
                .zip(at(&row("sale_until")))
                .map(|(from, until)| (minor(&row("sale_price")), from, until)),
        });
        let stock = rows(&catalogue.stock).map(|row| Piece {
            store: row("store_id"),
            product: row("product_id"),
            size: Some(row("size")).filter(|size| !size.is_empty()),
            quantity: row("quantity").parse().unwrap(),
            since: at(&row("since")).unwrap(),
        });
        let store = seen.situation.store(&played.trade).id.clone();
        Self { products: products.collect(), stock: stock.collect(), store, seen, played }
    }

    /// The product of this name.
    pub(crate) fn product(&self, name: &str) -> Option<&str> {
        self.products.iter().find(|product| product.name == name).map(|product| product.id.as_str())
    }

    /// All names of the catalogue.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.products.iter().map(|product| product.name.as_str())
    }

    pub(crate) fn category(&self, product: &str) -> Option<&str> {
        self.products.iter().find(|row| row.id == product).map(|row| row.category.as_str())
    }

    /// What headquarters announces.
    pub(crate) fn announcements(&self) -> impl Iterator<Item = &'a toml::Value> {
        self.played.trade.announcements.get("campaign").and_then(toml::Value::as_array).into_iter().flatten()
    }

    /// The preference whose name begins so.
    pub(crate) fn preference(&self, name: &str) -> Option<&'a Value> {
        let begins = |told: &&Value| told["name"].as_str().is_some_and(|told| told.starts_with(name));
        self.profile("preferences").iter().find(begins)
    }

    /// Whether so many pieces of this size came into this shop at this moment.
    pub(crate) fn is_here(&self, product: &str, size: Option<&str>, quantity: u64, since: Timestamp) -> bool {
        self.stock.iter().any(|piece| {
            piece.store == self.store
                && piece.product == product
                && piece.size.as_deref() == size
                && piece.quantity == quantity
                && piece.since == since
        })
    }

    /// Whether everybody pays this for it at the moment of the card.
    pub(crate) fn costs(&self, product: &str, price: i64) -> bool {
        let at = self.seen.at;
        let now = |row: &Product| match row.sale {
            Some((sale, from, until)) if from <= at && at < until => sale,
            _ => row.price,
        };
        self.products.iter().any(|row| row.id == product && now(row) == price)
    }

    /// A part of the profile, as the customer's export tells it.
    pub(crate) fn profile(&self, part: &str) -> &'a [Value] {
        let found = &self.seen.export["profile"]["data"][part];
        found.as_array().map_or(&[], Vec::as_slice)
    }

    /// Whether the profile has such an item on one of its lists, of that moment.
    pub(crate) fn item(&self, list: &str, product: &str, at: Timestamp) -> Option<&'a Value> {
        self.profile(list).iter().find(|item| item["product"] == product && item["at"] == at.as_millis())
    }

    /// The moments at which the product was bought for the customer's own use, as the file and the web shop told, oldest first.
    pub(crate) fn purchases(&self, product: &str) -> Vec<Timestamp> {
        let one = &self.seen.situation;
        let orders = one.lines.iter().filter(|line| line["type"].as_str() == Some("order"));
        let mut at: Vec<Timestamp> = orders
            .filter(|order| {
                let mut lines = order["lines"].as_array().unwrap().iter();
                lines.any(|line| {
                    line["product_id"].as_str() == Some(product)
                        && line.get("gift").and_then(toml::Value::as_bool) != Some(true)
                })
            })
            .map(|order| moment(order["at"].as_str().unwrap(), self.played.today).unwrap())
            .collect();
        at.sort_unstable();
        at
    }

    /// How many of the others bought both.
    pub(crate) fn bought_both(&self, one: &str, other: &str) -> u64 {
        let has = |lines: &[toml::Table], product: &str| {
            let products = lines.iter().filter_map(|line| line.get("lines")?.as_array()).flatten();
            products.filter_map(|line| line["product_id"].as_str()).any(|id| id == product)
        };
        let trade = &self.played.trade;
        let crowds = trade.crowds.iter().map(|crowd| (&crowd.lines, u64::from(crowd.count)));
        let guests = trade.situations.iter().map(|one| (&one.lines, 1));
        let both = crowds.chain(guests).filter(|(lines, _)| has(lines, one) && has(lines, other));
        both.map(|(_, count)| count).sum()
    }
}

/// The rows of a table, each as a function of the column's name; an empty text where there is no such column.
fn rows(table: &str) -> impl Iterator<Item = impl Fn(&str) -> String> {
    let mut lines = table.trim().lines();
    let columns: Vec<&str> = lines.next().unwrap().split(',').collect();
    lines.map(move |line| {
        let cells: Vec<(String, String)> =
            columns.iter().zip(line.split(',')).map(|(a, b)| ((*a).to_owned(), b.to_owned())).collect();
        move |name: &str| {
            cells.iter().find(|(column, _)| column == name).map_or_else(String::new, |(_, cell)| cell.clone())
        }
    })
}

/// An amount such as `129.90`, or an empty text.
fn minor(amount: &str) -> i64 {
    if amount.is_empty() {
        return 0;
    }
    let (units, cents) = amount.split_once('.').expect("an amount with cents");
    units.parse::<i64>().unwrap() * 100 + cents.parse::<i64>().unwrap()
}
