//! Whether a text is a plain line that can be said: no signs that are not seen, no links, no amounts.

use crate::words::is_format;

/// A control character, or one that turns, joins or hides its neighbours: those of Unicode's classes Cc, Cf, Zl and Zp.
pub(super) fn unseen_in(text: &str) -> Option<char> {
    text.chars().find(|c| c.is_control() || is_format(*c))
}

/// So many letters that stand apart are a word in disguise; sizes and initials are fewer.
const SPELLED: usize = 5;

/// Whether letters of a word stand apart: `c o a t s`.
pub(super) fn is_spelled(text: &str) -> bool {
    let pieces = text.split(|c: char| c.is_whitespace() || matches!(c, '.' | '-' | '_' | '*'));
    let words: Vec<&str> = pieces.filter(|piece| !piece.is_empty()).collect();
    let is_letter = |word: &&str| {
        let mut letters = word.chars();
        letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none()
    };
    words
        .chunk_by(|a, b| is_letter(a) == is_letter(b))
        .any(|run| run.len() >= SPELLED && run.iter().all(is_letter))
}

/// What names end with in the web, of the countries and kinds that shops use.
const ENDINGS: [&str; 22] = [
    "com", "fr", "net", "org", "eu", "be", "ch", "uk", "us", "ca", "de", "it", "es", "lu", "shop", "store",
    "io", "app", "info", "biz", "paris", "example",
];

/// An address of the web or of mail.
pub(super) fn link_in(text: &str) -> Option<&str> {
    text.split_whitespace().find(|word| {
        let word = word.to_lowercase();
        let host = word.split(['/', '?', '#', ':']).next().unwrap_or_default();
        let host = host.trim_matches(|c: char| !c.is_alphanumeric());
        let ends =
            host.rsplit_once('.').is_some_and(|(name, end)| !name.is_empty() && ENDINGS.contains(&end));
        word.contains("://") || word.starts_with("www.") || word.contains('@') || ends
    })
}

/// An amount with two digits after its point or comma that is no time of the day: `129.90`, `1 299,00`, `99,-`.
pub(super) fn price_in(text: &str) -> Option<&str> {
    text.split_whitespace().find(|word| {
        let bare = word.trim_matches(|c: char| !c.is_ascii_digit() && !matches!(c, '-' | '–'));
        let Some((units, rest)) = bare.rsplit_once([',', '.']) else { return false };
        let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        let whole = units.rsplit([',', '.']).next().is_some_and(is_number);
        let is_time = || {
            let below = |text: &str, most: u32| text.parse().is_ok_and(|number: u32| number < most);
            bare.contains('.') && below(units, 24) && below(rest, 60)
        };
        let hundredths = rest.len() == 2 && is_number(rest) && !is_time();
        whole && (hundredths || matches!(rest, "-" | "–" | "--"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_found() {
        for unseen in [
            '\u{7}',
            '\t',
            '\u{ad}',
            '\u{61c}',
            '\u{200b}',
            '\u{200f}',
            '\u{2028}',
            '\u{202e}',
            '\u{2069}',
            '\u{e0041}',
        ] {
            assert_eq!(unseen_in(&format!("a{unseen}b")), Some(unseen));
        }
        for seen in ["l’été, 18\u{a0}h\u{202f}!", "à l'œuvre", "Μ и 漢"] {
            assert_eq!(unseen_in(seen), None, "{seen}");
        }
    }

    #[test]
    fn letters_apart_are_a_word_in_disguise_and_sizes_are_none() {
        assert!(is_spelled("our c o a t s") && is_spelled("c.o.a.t.s") && is_spelled("w-o-o-l-s"));
        for fine in ["in S M L", "S, M, L, XL and XXL", "y a-t-il à l’étage", "a b c d"] {
            assert!(!is_spelled(fine), "{fine}");
        }
    }

    #[test]
    fn links_are_found() {
        for link in [
            "www.brand.test",
            "https://brand.test",
            "brand.fr",
            "Brand.com!",
            "brand.com/hat",
            "me@brand.test",
        ] {
            assert_eq!(link_in(&format!("See {link} now")), Some(link));
        }
        for fine in ["At 18.30.", "Come in.Tea is ready", "M. Blanc", "St. Honoré, etc."] {
            assert_eq!(link_in(fine), None, "{fine}");
        }
    }

    #[test]
    fn amounts_are_found_and_times_are_none() {
        for amount in ["129.90", "99,00", "1.299,00", "(49,95)", "99,-", "99.–"] {
            assert_eq!(price_in(&format!("Now {amount} here")), Some(amount));
        }
        for fine in ["At 18.30.", "4.12.2026", "1,000 coats", "version 2.0", "38,5", "3,000"] {
            assert_eq!(price_in(fine), None, "{fine}");
        }
    }
}
