//! The rules: which room may know which, and what must never be seen in one. Why: DESIGN, "Parts and arrows".

/// A crate of the workspace and what it may know.
pub(crate) struct Room {
    /// Folder, from the root of the tree.
    pub(crate) folder: &'static str,
    /// Name of its package.
    pub(crate) package: &'static str,
    /// Packages of the workspace that it may depend on.
    pub(crate) may_use: &'static [&'static str],
    /// Libraries and paths that it must never depend on or name.
    pub(crate) never: &'static [&'static str],
}

/// Every crate, from the inside out: each line may use only lines above it.
pub(crate) const ROOMS: &[Room] = &[
    Room {
        folder: "domain",
        package: "shopbell-domain",
        may_use: &[],
        never: &[
            "tokio",
            "tonic",
            "prost",
            "axum",
            "sled",
            "btleplug",
            "bluez_async",
            "rand",
            "std::fs",
            "std::net",
            "std::process",
            "std::thread",
            "std::env",
            "std::time::SystemTime",
            "std::time::Instant",
        ],
    },
    Room {
        folder: "proto",
        package: "shopbell-proto",
        may_use: &["shopbell-domain"],
        never: &["tokio", "sled", "btleplug", "bluez_async", "figment", "clap", "axum", "std::thread"],
    },
    Room {
        folder: "kit/durable",
        package: "shopbell-durable",
        may_use: &[],
        never: &["tonic", "prost", "axum", "btleplug", "bluez_async", "figment", "clap"],
    },
    Room {
        folder: "kit",
        package: "shopbell-kit",
        may_use: &["shopbell-domain"],
        never: &["tonic", "prost", "axum", "sled", "btleplug", "bluez_async"],
    },
    Room {
        folder: "server/vault",
        package: "shopbell-vault",
        may_use: &["shopbell-domain"],
        never: &["tonic", "prost", "axum", "sled", "btleplug", "bluez_async", "clap", "figment"],
    },
    Room {
        folder: "server/store",
        package: "shopbell-store",
        may_use: &["shopbell-domain", "shopbell-durable", "shopbell-vault"],
        never: &["tonic", "prost", "axum", "sled", "btleplug", "bluez_async", "clap"],
    },
    Room {
        folder: "server/insight",
        package: "shopbell-insight",
        may_use: &["shopbell-domain"],
        // A model is a function: what it knows is in its arguments, and names nobody.
        never: &[
            "tokio",
            "tonic",
            "prost",
            "axum",
            "sled",
            "btleplug",
            "bluez_async",
            "clap",
            "figment",
            "shopbell_domain::consent",
            "shopbell_domain::ports",
            "shopbell_domain::redacted",
            "std::fs",
            "std::net",
            "std::process",
            "std::thread",
            "std::env",
            "std::time::SystemTime",
            "std::time::Instant",
        ],
    },
    Room {
        folder: "server",
        package: "shopbell-server",
        may_use: &[
            "shopbell-domain",
            "shopbell-proto",
            "shopbell-kit",
            "shopbell-store",
            "shopbell-vault",
            "shopbell-insight",
        ],
        never: &["sled", "btleplug", "bluez_async", "dbus", "zbus"],
    },
    Room {
        folder: "edge-agent",
        package: "shopbell-edge",
        may_use: &["shopbell-domain", "shopbell-proto", "shopbell-kit", "shopbell-durable"],
        // A stolen agent reveals nothing: it knows no customer and holds no key.
        never: &[
            "sled",
            "axum",
            "aes",
            "hkdf",
            "shopbell_domain::card",
            "shopbell_domain::consent",
            "shopbell_domain::floor",
            "shopbell_domain::ports",
            "shopbell_domain::profile",
            "shopbell_domain::situation",
            "shopbell_domain::starter",
            "shopbell_domain::visit",
            "shopbell_domain::token::MasterKey",
            "shopbell_domain::token::TokenKeys",
            "shopbell_proto::admin",
            "shopbell_proto::customer",
            "shopbell_proto::floor",
        ],
    },
    Room {
        folder: "tests",
        package: "shopbell-tests",
        may_use: &[
            "shopbell-domain",
            "shopbell-proto",
            "shopbell-durable",
            "shopbell-kit",
            "shopbell-store",
            "shopbell-vault",
            "shopbell-insight",
            "shopbell-server",
            "shopbell-edge",
        ],
        never: &["sled", "btleplug", "bluez_async"],
    },
];

/// Lines that a file may have.
pub(crate) const MAX_LINES: usize = 400;

/// A file that may be longer, and why.
pub(crate) struct LongFile {
    /// From the root of the tree.
    pub(crate) path: &'static str,
    /// The day it was excused.
    pub(crate) since: &'static str,
    /// Why splitting it would make it harder to read.
    pub(crate) reason: &'static str,
}

/// The exceptions. A line that is not needed any more fails the test.
pub(crate) const LONG_FILES: &[LongFile] = &[];
