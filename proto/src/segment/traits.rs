//! What an identify call tells: names, language, preferences, birthday, age and form of address, and the rest as text.

use std::collections::BTreeMap;

use serde_json::Value;
use shopbell_domain::{
    event::Traits,
    profile::{ADDRESS, AGE, Address, BIRTHDAY, DayTold},
    redacted::Redacted,
};

use super::{
    decimal,
    fields::{self, Fields},
    who,
};
use crate::convert::customer;

const LONGEST_PERSON: usize = 100;
const LONGEST_VALUE: usize = 500;
const LONGEST_KEY: usize = 64;
/// Most traits, and most preferences, of one call.
const MOST: usize = 100;
/// How deep traits are looked into: `address.city` is the second level.
const DEEPEST: usize = 4;

const NAME: [&str; 1] = ["name"];
const FIRST_NAME: [&str; 3] = ["firstName", "first_name", "firstname"];
const LAST_NAME: [&str; 3] = ["lastName", "last_name", "lastname"];
const LANGUAGE: [&str; 2] = ["language", "locale"];
const BRANDS: [&str; 5] =
    ["brands", "favorite_brands", "favoriteBrands", "favourite_brands", "favouriteBrands"];
const SIZES: &str = "sizes";
const PREFERENCES: &str = "preferences";
const BIRTHDAYS: [&str; 3] = ["birthday", "birthdate", "date_of_birth"];
/// Segment's `address` is where somebody lives, unless it is one of the two words.
const ADDRESSES: [&str; 3] = ["form_of_address", "formOfAddress", "address"];
/// Nobody is older.
const OLDEST: i64 = 130;

/// Reads the traits of an identify call.
pub(super) fn read(told: &Fields<'_>) -> Traits {
    let person = |keys| told.text(keys, LONGEST_PERSON);
    let (first, last) = (person(&FIRST_NAME), person(&LAST_NAME));
    // As Segment does, so that a name told in two parts is a name.
    let both = || first.as_ref().zip(last.as_ref()).map(|(first, last)| format!("{first} {last}"));
    let name = person(&NAME).or_else(both).and_then(|name| fields::clean(&name, LONGEST_PERSON));
    let person = of_person(told);
    let is_read = |key: &str| has_meaning(key) || person.iter().any(|(read, _, _)| *read == key);
    let mut other = BTreeMap::new();
    for (key, value) in told.iter().filter(|(key, _)| !is_read(key)) {
        flatten(key, value, 1, &mut other);
    }
    Traits {
        // The rule for names that come by any way.
        name: name.and_then(|name| customer::name(&name).ok()),
        first_name: first.map(Redacted::new),
        last_name: last.map(Redacted::new),
        language: told.text(&LANGUAGE, LONGEST_KEY).and_then(|text| language(&text)),
        preferences: preferences(told, person),
        other,
    }
}

fn has_meaning(key: &str) -> bool {
    who::is_identifier(key)
        || [NAME.as_slice(), &FIRST_NAME, &LAST_NAME, &LANGUAGE, &BRANDS, &[SIZES, PREFERENCES]]
            .iter()
            .any(|names| names.contains(&key))
}

/// A preference of what somebody told of themselves: the trait that told it, its name, its value.
type OfPerson = (&'static str, &'static str, String);

/// Birthday, age and form of address, as far as they are any; else they are traits like others.
fn of_person(told: &Fields<'_>) -> Vec<OfPerson> {
    let text =
        |keys: &[&'static str]| told.value(keys).and_then(|(key, value)| Some((key, one_text(value)?)));
    let birthday =
        text(&BIRTHDAYS).and_then(|(key, day)| Some((key, BIRTHDAY, DayTold::read(&day)?.written())));
    let age = told.value(&[AGE]).and_then(|(key, value)| {
        let age = decimal::whole(value).filter(|age| (0..=OLDEST).contains(age))?;
        Some((key, AGE, age.to_string()))
    });
    let address = text(&ADDRESSES)
        .and_then(|(key, word)| Some((key, ADDRESS, Address::from_word(&word)?.word().to_owned())));
    [birthday, age, address].into_iter().flatten().collect()
}

/// `sizes: {shoes: "38"}`, `brands: ["Acne"]`, `preferences: {colour: "green"}`.
fn preferences(told: &Fields<'_>, person: Vec<OfPerson>) -> BTreeMap<String, String> {
    let mut preferences: BTreeMap<String, String> =
        person.into_iter().map(|(_, name, value)| (name.to_owned(), value)).collect();
    let mut add = |(name, value)| {
        if preferences.len() < MOST {
            preferences.insert(name, value);
        }
    };
    for (of, size) in told.child(SIZES).iter() {
        named("size:", of).zip(one_text(size)).into_iter().for_each(&mut add);
    }
    if let Some((_, brands)) = told.value(&BRANDS) {
        let brands = brands.as_array().map_or(std::slice::from_ref(brands), Vec::as_slice);
        for brand in brands.iter().filter_map(one_text) {
            named("brand:", &brand).map(|name| (name, brand)).into_iter().for_each(&mut add);
        }
    }
    for (name, value) in told.child(PREFERENCES).iter() {
        named("", name).zip(one_text(value)).into_iter().for_each(&mut add);
    }
    preferences
}

/// The name of a preference: lower case.
pub(super) fn named(prefix: &str, name: &str) -> Option<String> {
    fields::clean(name, LONGEST_KEY).map(|name| format!("{prefix}{}", name.to_lowercase()))
}

/// One text or number, as the value of a preference.
pub(super) fn one_text(value: &Value) -> Option<String> {
    fields::plain(value).and_then(|text| fields::clean(&text, LONGEST_VALUE))
}

/// Everything else as text: objects by their dotted path, lists joined by commas.
fn flatten(key: &str, value: &Value, level: usize, into: &mut BTreeMap<String, Redacted<String>>) {
    let text = match value {
        Value::Object(object) => {
            if level < DEEPEST {
                object
                    .iter()
                    .for_each(|(inner, value)| flatten(&format!("{key}.{inner}"), value, level + 1, into));
            }
            return;
        }
        Value::Array(list) => {
            let texts: Vec<String> = list.iter().filter_map(one_text).collect();
            fields::clean(&texts.join(", "), LONGEST_VALUE)
        }
        Value::Bool(yes) => Some(yes.to_string()),
        _ => one_text(value),
    };
    if into.len() < MOST
        && let (Some(key), Some(text)) = (fields::clean(key, LONGEST_KEY), text)
    {
        into.insert(key, Redacted::new(text));
    }
}

/// A BCP 47 tag in its usual letters: `fr_fr` is `fr-FR`. `None` when it cannot be one.
fn language(text: &str) -> Option<String> {
    let parts = text.split(['-', '_']).enumerate().map(|(place, part)| {
        let right = (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match (place, part.len()) {
            _ if !right => None,
            (0, 2..=3) if part.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                Some(part.to_ascii_lowercase())
            }
            (0, _) => None,
            (_, 2) => Some(part.to_ascii_uppercase()),
            (_, 4) if !part.starts_with(|c: char| c.is_ascii_digit()) => {
                let (first, rest) = part.split_at_checked(1)?;
                Some(first.to_ascii_uppercase() + &rest.to_ascii_lowercase())
            }
            _ => Some(part.to_ascii_lowercase()),
        }
    });
    parts.collect::<Option<Vec<String>>>().map(|parts| parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::language;

    #[test]
    fn languages_are_written_as_usual() {
        for (told, expected) in [
            ("fr", Some("fr")),
            ("fr_fr", Some("fr-FR")),
            ("ZH-hant-tw", Some("zh-Hant-TW")),
            ("es-419", Some("es-419")),
            ("deu", Some("deu")),
            ("French", None),
            ("fr-", None),
            ("fr_FR.UTF-8", None),
            ("é", None),
        ] {
            assert_eq!(language(told).as_deref(), expected, "{told}");
        }
    }
}
