//! Values that programs write when they have none. Each would make one person of everybody who lacks a value.
//!
//! To add one: a row in [`EVERYWHERE`] or [`DEVICES`] with where it was seen. A value that only this retailer's programs
//! write belongs into the rules instead ([`super::RuleSettings::blocked`]).

use std::fmt;

use super::IdentifierKind;

/// A placeholder, by its place in the lists: it can be told without telling a personal value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Placeholder(&'static str);

impl Placeholder {
    pub(super) const OWN: Self = Self("of the retailer's own list");

    /// Its name.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Who found out that a value names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// Segment suggests blocking it for every identifier: segment-docs, unify/identity-resolution/
    /// identity-resolution-settings, "Blocked values"; the same text names `void` and `abc123` as values that
    /// developers leave behind.
    Segment,
    /// Mixpanel's import refuses it as a distinct id: docs.mixpanel.com, "Server-side events with no logged-in user" and
    /// "Import Events".
    Mixpanel,
    /// PostHog's ingestion refuses to merge it: posthog.com/docs, "Identifying users".
    PostHog,
    /// What languages print for an absent or default value, or what a form or template is left with.
    Absent,
    /// Android's issue 10603: thousands of devices share this ANDROID_ID.
    AndroidId,
    /// What Android since 6.0 and iOS since 7 answer for the hardware address of every device.
    HardwareAddress,
}

/// Placeholders of any kind of identifier, in lower case, sorted.
const EVERYWHERE: &[(&str, Seen)] = &[
    ("\"\"", Seen::Absent),
    ("\"null\"", Seen::Absent),
    ("(null)", Seen::Absent),
    ("-1", Seen::Segment),
    ("<nil>", Seen::Mixpanel),
    ("<null>", Seen::Absent),
    ("[]", Seen::Mixpanel),
    ("[object object]", Seen::PostHog),
    ("abc123", Seen::Segment),
    ("anon", Seen::Mixpanel),
    ("anonymous", Seen::Segment),
    ("default", Seen::Absent),
    ("distinct_id", Seen::PostHog),
    ("distinctid", Seen::PostHog),
    ("email", Seen::PostHog),
    ("empty", Seen::Absent),
    ("false", Seen::Mixpanel),
    ("guest", Seen::PostHog),
    ("id", Seen::PostHog),
    ("lmy47d", Seen::Mixpanel),
    ("n/a", Seen::Mixpanel),
    ("na", Seen::Mixpanel),
    ("nan", Seen::PostHog),
    ("nil", Seen::Mixpanel),
    ("nobody", Seen::Absent),
    ("none", Seen::Mixpanel),
    ("not_authenticated", Seen::PostHog),
    ("null", Seen::Segment),
    ("test", Seen::Absent),
    ("test user", Seen::Absent),
    ("test-user", Seen::Absent),
    ("test123", Seen::Absent),
    ("test_user", Seen::Absent),
    ("tester", Seen::Absent),
    ("testing", Seen::Absent),
    ("testuser", Seen::Absent),
    ("true", Seen::Mixpanel),
    ("undefined", Seen::Mixpanel),
    ("unknown", Seen::Mixpanel),
    ("void", Seen::Segment),
    ("{}", Seen::Mixpanel),
];

/// Placeholders of devices, in lower case.
const DEVICES: &[(&str, Seen)] = &[
    ("9774d56d682e549c", Seen::AndroidId),
    ("02:00:00:00:00:00", Seen::HardwareAddress),
    ("020000000000", Seen::HardwareAddress),
];

/// Names before an `@` that are nobody's, whatever the domain: those of [`EVERYWHERE`] that no mailbox of a person has, and
/// what shops write when a customer at the till gives no address.
const MAILBOXES: &[&str] = &[
    "null",
    "undefined",
    "none",
    "unknown",
    "anonymous",
    "nobody",
    "test",
    "noreply",
    "no-reply",
    "donotreply",
    "do-not-reply",
    "noemail",
    "no-email",
    "nomail",
];

const ZEROES: Placeholder = Placeholder("of zeroes and dashes");
const ONE_DIGIT: Placeholder = Placeholder("of one repeated digit");
const COUNTED: Placeholder = Placeholder("of counted digits");

/// Which placeholder the value is; `None` when it may name somebody.
pub(super) fn placeholder(kind: IdentifierKind, value: &str) -> Option<Placeholder> {
    // Segment's pattern `^[0\-]*$`, less the empty text, which has an error of its own.
    if !value.is_empty() && value.chars().all(|c| "0-".contains(c)) {
        return Some(ZEROES);
    }
    let value = value.to_lowercase();
    let place = EVERYWHERE.binary_search_by_key(&value.as_str(), |(name, _)| name);
    if let Some((name, _)) = place.ok().and_then(|place| EVERYWHERE.get(place)) {
        return Some(Placeholder(name));
    }
    match kind {
        IdentifierKind::Anonymous | IdentifierKind::Phone => {
            DEVICES.iter().find(|(name, _)| *name == value).map(|(name, _)| Placeholder(name))
        }
        IdentifierKind::Email => {
            let (mailbox, _) = value.split_once('@')?;
            MAILBOXES.iter().find(|name| **name == mailbox).map(|name| Placeholder(name))
        }
        IdentifierKind::PhoneNumber => dialled_without_thought(&value),
        IdentifierKind::Customer | IdentifierKind::Loyalty => None,
    }
}

/// Telephone numbers that fingers find by themselves when a till insists on one.
fn dialled_without_thought(value: &str) -> Option<Placeholder> {
    let digits: Vec<char> = value.chars().filter(char::is_ascii_digit).collect();
    let first = digits.first()?;
    if digits.iter().all(|digit| digit == first) {
        return Some(ONE_DIGIT);
    }
    // The last seven are the subscriber's in any country, at least.
    let tail: String = digits.iter().rev().take(7).rev().collect();
    if tail.len() == 7 && tail.chars().all(|digit| tail.starts_with(digit)) {
        return Some(ONE_DIGIT);
    }
    ["1234567", "2345678", "3456789", "4567890"].contains(&tail.as_str()).then_some(COUNTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_in_lower_case_and_hold_nothing_twice() {
        assert!(EVERYWHERE.is_sorted_by_key(|(name, _)| name));
        let mut names: Vec<_> = EVERYWHERE.iter().chain(DEVICES).map(|(name, _)| *name).collect();
        assert!(names.iter().all(|name| name.to_lowercase() == *name && name.trim() == *name));
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
