//! Personal data that cannot print itself.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Holds a personal value. `Debug` and `Display` show a placeholder; reading the value is a visible act.
///
/// Serialising is allowed, since storage and the wire need it; logs go through `Debug` and `Display`.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Redacted<T>(T);

impl<T> Redacted<T> {
    /// Wraps a personal value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Call it only where the value is shown to somebody who may see it, or stored.
    pub const fn reveal(&self) -> &T {
        &self.0
    }

    /// The value itself, by value; the same care applies.
    pub fn into_revealed(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl<T> fmt::Display for Redacted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::Redacted;

    #[test]
    fn nothing_is_printed() {
        let name = Redacted::new("Camille".to_owned());
        assert_eq!(
            format!("{name} {name:?} {:#?}", Some(&name)),
            "[redacted] [redacted] Some(\n    [redacted],\n)"
        );
        assert_eq!(name.reveal(), "Camille");
    }
}
