//! Durations whose unit stands in the key's name.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};

macro_rules! unit {
    ($(#[$doc:meta])* $name:ident, $seconds:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Duration);

        impl $name {
            /// From a duration.
            pub const fn new(duration: Duration) -> Self {
                Self(duration)
            }

            /// As a duration.
            pub const fn get(self) -> Duration {
                self.0
            }
        }

        impl From<$name> for Duration {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let number = f64::deserialize(deserializer)
                    .map_err(|_| D::Error::custom(concat!("must be ", $expected)))?;
                Duration::try_from_secs_f64(number * $seconds)
                    .map(Self)
                    .map_err(|_| D::Error::custom(concat!("must be ", $expected)))
            }
        }
    };
}

unit!(
    /// A key that ends in `_ms`.
    Millis,
    0.001,
    "a number of milliseconds of at least 0"
);
unit!(
    /// A key that ends in `_s`.
    Seconds,
    1.0,
    "a number of seconds of at least 0"
);
unit!(
    /// A key that ends in `_min`.
    Minutes,
    60.0,
    "a number of minutes of at least 0"
);
unit!(
    /// A key that ends in `_h`.
    Hours,
    3_600.0,
    "a number of hours of at least 0"
);
unit!(
    /// A key that ends in `_days`.
    Days,
    86_400.0,
    "a number of days of at least 0"
);
