//! What a candidate rests on, in short, as the log keeps it.

use std::time::Duration;

use super::Element;
use crate::{
    id::ProductId,
    money::Money,
    profile::utc_day,
    redacted::Redacted,
    situation::Situation,
    starter::{Fact, Starter},
    time::{Day, Timestamp},
};

/// The facts of a starter, the main one first.
pub(super) fn of(starter: &Starter, situation: &Situation) -> Vec<Element> {
    starter.facts.iter().map(|fact| element(fact, situation)).collect()
}

fn element(fact: &Fact, situation: &Situation) -> Element {
    let (what, value) = in_short(fact, situation);
    // What holds at the moment of the card has its date; with the second in it every card were another one.
    let holds_now = matches!(fact, Fact::CostsNow { .. } | Fact::GoesWith { .. });
    Element {
        what: what.to_owned(),
        value: Redacted::new(value),
        at: (!holds_now).then(|| fact.at()),
        source: Some(fact.source()),
        field: fact.field(),
    }
}

fn in_short(fact: &Fact, situation: &Situation) -> (&'static str, String) {
    let called = |product: &ProductId| situation.called(product);
    let sized = |product: &ProductId, size: &Option<String>| match size {
        Some(size) => format!("{}, {size}", called(product)),
        None => called(product),
    };
    match fact {
        Fact::AskedForHelp { .. } => ("help-wanted", "yes".to_owned()),
        Fact::LookedUp { product, .. } => ("looked-up", called(product)),
        Fact::OnWishList { product, size, .. } => ("wish", sized(product, size)),
        Fact::InStockHere { product, size, quantity, .. } => {
            ("stock", format!("{}: {quantity} here", sized(product, size)))
        }
        Fact::InCart { product, quantity, .. } => ("cart", format!("{}: {quantity}", called(product))),
        Fact::BoughtBefore { product, times, every_days, .. } => {
            ("usual", format!("{}: {times} times, about every {every_days} days", called(product)))
        }
        Fact::IsHere { .. } => ("visit", situation.store.to_string()),
        Fact::CostThen { product, price, .. } => {
            ("price-then", format!("{}: {}", called(product), amount(*price)))
        }
        Fact::CostsNow { product, size, price, .. } => {
            ("price-now", format!("{}: {}", sized(product, size), amount(*price)))
        }
        Fact::Owns { product, .. } => ("owned", called(product)),
        Fact::GoesWith { product, with, people, .. } => {
            ("goes-with", format!("{} with {}: {people} people", called(product), called(with)))
        }
        Fact::Waits { what, service, until, .. } => {
            let until = until.map(|until| format!(", until {}", day_of(until))).unwrap_or_default();
            ("service", format!("{what:?} {service}{until}").to_lowercase())
        }
        Fact::Promised { note, due, .. } => ("promise", format!("note {note}, due {}", day_of(*due))),
        Fact::DayTold { name, on, .. } => ("day", format!("{name}: {on}")),
        Fact::LastOrder { .. } => ("last-order", "yes".to_owned()),
        Fact::Announced { campaign, until, .. } => {
            ("campaign", format!("{campaign}, until {}", day_of(*until)))
        }
        Fact::CaresFor { category, part, .. } => ("category", format!("{category}, by {}", part.name())),
    }
}

/// The last day before a moment ends it, by UTC.
fn day_of(end: Timestamp) -> Day {
    utc_day(end - Duration::from_millis(1))
}

/// As a plain number, such as `1299.90 EUR`.
fn amount(money: Money) -> String {
    format!("{} {}", money.decimal(), money.currency)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_days_are_plain() {
        let money = |minor, currency: &str| amount(Money { minor, currency: currency.parse().unwrap() });
        assert_eq!(
            (money(129_990, "EUR"), money(5, "EUR")),
            ("1299.90 EUR".to_owned(), "0.05 EUR".to_owned())
        );
        assert_eq!((money(-1_200, "EUR"), money(80, "JPY")), ("-12.00 EUR".to_owned(), "80 JPY".to_owned()));
        assert_eq!(
            day_of(Timestamp::from_secs(86_400)).to_string(),
            "1970-01-01",
            "what ends as a day begins"
        );
    }
}
