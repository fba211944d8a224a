//! What payloads do to the profile of a person who has one already, in the notation of the README here.

use std::{borrow::Borrow, fs, path::Path};

use serde_json::{Map, Value, json};
use shopbell_domain::{
    event::Event,
    profile::{Item, Profile, Taken, View},
};

use super::{lines, meaning, notation::shown, sent};

#[test]
fn every_payload_does_to_the_profile_what_the_documents_say() {
    let base = base();
    let mut wrong = Vec::new();
    let (mut told, mut effects) = (0, 0);
    for (place, line) in lines() {
        let payload: Value = serde_json::from_str(&line).unwrap();
        let (name, expected) = (&payload["name"], &payload["effect"]);
        let found = effect(&base, &events(&payload["request"]));
        told += 1;
        effects += usize::from(found.get("nothing").is_none());
        if expected.is_null() {
            wrong.push(format!("{name} ({place})\n  no effect is written\n  found {found}"));
        } else if *expected != found {
            wrong.push(format!("{name} ({place})\n{}", apart(expected, &found)));
        }
    }
    assert!(wrong.is_empty(), "{} of {told} differ:\n\n{}", wrong.len(), wrong.join("\n\n"));
    assert!(told >= 200 && effects >= 100, "{effects} of {told} have an effect");
}

#[test]
fn the_base_is_what_the_readme_says() {
    let expected: Value = serde_json::from_str(&block("json")).unwrap();
    let found = difference(&shown(&Profile::default()), &shown(View::rebuild(base()).profile())).unwrap();
    assert_eq!(found, expected, "{}", apart(&expected, &found));
}

/// The sections that differ, expected and found.
fn apart(expected: &Value, found: &Value) -> String {
    let empty = Map::new();
    let (one, other) = (expected.as_object().unwrap_or(&empty), found.as_object().unwrap_or(&empty));
    let mut text: Vec<String> = Vec::new();
    for section in one.keys().chain(other.keys().filter(|key| !one.contains_key(*key))) {
        if one.get(section) != other.get(section) {
            let side = |side: Option<&Value>| side.map_or("unchanged".to_owned(), Value::to_string);
            text.push(format!(
                "  {section}\n    expected {}\n    found    {}",
                side(one.get(section)),
                side(other.get(section)),
            ));
        }
    }
    text.join("\n")
}

/// The events that the person has before: those of the README.
fn base() -> Vec<Event> {
    block("jsonl").lines().flat_map(|line| events(&json!({"path": "/v1/track", "text": line}))).collect()
}

/// The only block of this language in the README.
fn block(language: &str) -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/segment/README.md");
    let text = fs::read_to_string(readme).unwrap();
    let (_, rest) = text.split_once(&format!("```{language}\n")).expect("a block");
    rest.split_once("```").expect("the block's end").0.to_owned()
}

/// The usable events of a request.
fn events(request: &Value) -> Vec<Event> {
    let Ok(envelope) = sent(request) else { return Vec::new() };
    envelope.items.into_iter().filter_map(|item| meaning(item, request).ok()).collect()
}

/// What the events change of the profile, whoever they name; the same one by one and at once.
fn effect(base: &[Event], events: &[Event]) -> Value {
    let all: Vec<&Event> = base.iter().chain(events).collect();
    let after = View::rebuild(all.iter().copied());
    assert_eq!(arrived(&all), after);
    newest_first(after.profile());
    let before = View::rebuild(base);
    difference(&shown(before.profile()), &shown(after.profile())).unwrap_or_else(|| json!({"nothing": true}))
}

fn arrived<E: Borrow<Event>>(events: &[E]) -> View {
    let mut view = View::default();
    for (index, event) in events.iter().enumerate() {
        if view.take(event.borrow()) == Taken::MustRebuild {
            view = View::rebuild(events[..=index].iter().map(Borrow::borrow));
        }
    }
    view
}

/// The notation says what is in a list, and not where: this is where.
fn newest_first(profile: &Profile) {
    let dates = |items: &[Item]| items.iter().map(|item| item.at).collect::<Vec<_>>();
    for dates in [
        dates(&profile.wish_list),
        dates(&profile.cart),
        dates(&profile.viewed),
        profile.sizes.iter().map(|size| size.at).collect(),
        profile.orders.iter().map(|order| order.at).collect(),
        profile.removed_wishes.iter().map(|wish| wish.at).collect(),
        profile.coupons.iter().map(|coupon| coupon.at).collect(),
        profile.preferences.iter().map(|preference| preference.at).collect(),
        profile.designs.iter().map(|design| design.at).collect(),
        profile.reviews.iter().map(|review| review.at).collect(),
        profile.searches.iter().map(|search| search.at).collect(),
    ] {
        assert!(dates.is_sorted_by(|a, b| a >= b), "{profile:?}");
    }
}

/// What is not the same, in the notation; `None` when all is.
fn difference(before: &Value, after: &Value) -> Option<Value> {
    match (before, after) {
        _ if before == after => None,
        (Value::Object(one), Value::Object(other)) => {
            let changed = other.iter().filter_map(|(key, value)| Some((key, difference(&one[key], value)?)));
            Some(changed.map(|(key, value)| (key.clone(), value)).collect::<Map<_, _>>().into())
        }
        (Value::Array(one), Value::Array(other)) => {
            let mut sides = Map::new();
            for (sign, from, to) in [("-", other, one), ("+", one, other)] {
                let mut rest = from.clone();
                let mut changed = to.clone();
                changed.retain(|entry| match rest.iter().position(|known| known == entry) {
                    Some(index) => {
                        rest.remove(index);
                        false
                    }
                    None => true,
                });
                if !changed.is_empty() {
                    sides.insert(sign.to_owned(), changed.into());
                }
            }
            Some(sides.into())
        }
        _ => Some(after.clone()),
    }
}
