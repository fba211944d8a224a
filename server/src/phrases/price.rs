//! Prices as each language writes them, by the tables of CLDR: `€1,299.00`, `1 299,00 €`.

use shopbell_domain::money::Money;

use super::Language;

/// Between groups of digits in French.
const NARROW: char = '\u{202f}';
/// Between an amount and its currency.
const SPACE: char = '\u{a0}';

/// An amount with its currency, whole and exact.
pub(super) fn price(language: Language, money: Money) -> String {
    let decimal = money.decimal();
    let (sign, digits) = decimal.strip_prefix('-').map_or(("", decimal.as_str()), |digits| ("-", digits));
    let (units, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let (group, point) = match language {
        Language::English => (',', '.'),
        Language::French => (NARROW, ','),
    };
    let mut amount = grouped(units, group);
    if !decimals.is_empty() {
        amount.push(point);
        amount.push_str(decimals);
    }
    let code = money.currency.as_str();
    match (language, symbol(language, code)) {
        (Language::English, Some(symbol)) => format!("{sign}{symbol}{amount}"),
        (Language::English, None) => format!("{sign}{code}{SPACE}{amount}"),
        (Language::French, symbol) => format!("{sign}{amount}{SPACE}{}", symbol.unwrap_or(code)),
    }
}

fn grouped(units: &str, group: char) -> String {
    let mut text = String::with_capacity(units.len() * 2);
    for (index, digit) in units.chars().enumerate() {
        if index > 0 && (units.len() - index).is_multiple_of(3) {
            text.push(group);
        }
        text.push(digit);
    }
    text
}

/// The signs that people of the language know; for the others the letters of ISO 4217 are clear.
fn symbol(language: Language, code: &str) -> Option<&'static str> {
    Some(match (language, code) {
        (_, "EUR") => "€",
        (Language::English, "GBP") => "£",
        (Language::English, "USD") => "$",
        (Language::English, "CAD") => "CA$",
        (Language::English, "JPY") => "¥",
        (Language::French, "GBP") => "£GB",
        (Language::French, "USD") => "$US",
        (Language::French, "CAD") => "$CA",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_written_as_each_language_does() {
        for (minor, currency, english, french) in [
            (129_900, "EUR", "€1,299.00", "1\u{202f}299,00\u{a0}€"),
            (7_990, "EUR", "€79.90", "79,90\u{a0}€"),
            (5, "EUR", "€0.05", "0,05\u{a0}€"),
            (0, "EUR", "€0.00", "0,00\u{a0}€"),
            (-150, "EUR", "-€1.50", "-1,50\u{a0}€"),
            (1_980, "JPY", "¥1,980", "1\u{202f}980\u{a0}JPY"),
            (125, "KWD", "KWD\u{a0}0.125", "0,125\u{a0}KWD"),
            (100_000, "CHF", "CHF\u{a0}1,000.00", "1\u{202f}000,00\u{a0}CHF"),
            (12_345_678_900, "USD", "$123,456,789.00", "123\u{202f}456\u{202f}789,00\u{a0}$US"),
        ] {
            let money = Money { minor, currency: currency.parse().unwrap() };
            assert_eq!(price(Language::English, money), english);
            assert_eq!(price(Language::French, money), french);
        }
    }
}
