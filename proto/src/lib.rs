//! Everything that crosses a wire: the generated protobuf types, their conversions to and from the domain, the layout of
//! BLE advertisements, and what Segment's tracking API means.
//!
//! Wire types stop here and in the handlers: the core sees only `shopbell_domain`. A message that cannot be converted
//! gives a [`convert::ConversionError`] that names the field.
//!
//! Never here: tasks, storage, configuration.

pub mod codec;
pub mod convert;
pub mod frame;
pub mod segment;
pub mod shopify;

/// The compiled descriptors of all Shopbell protos, for reflection and compatibility tests.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

macro_rules! generated {
    ($(#[$doc:meta])* $area:ident, $package:tt) => {
        $(#[$doc])*
        pub mod $area {
            /// Version 1.
            #[allow(
                clippy::all,
                clippy::pedantic,
                clippy::allow_attributes_without_reason,
                missing_docs,
                unreachable_pub,
                reason = "generated from the .proto files, which carry the documentation"
            )]
            pub mod v1 {
                tonic::include_proto!($package);
            }
        }
    };
}

generated!(
    /// What those who run the shops ask of the server.
    admin, "shopbell.admin.v1"
);
generated!(
    /// The retailer's backend and the server.
    customer, "shopbell.customer.v1"
);
generated!(
    /// Edge agents and the server.
    edge, "shopbell.edge.v1"
);
generated!(
    /// Tablets and the server.
    floor, "shopbell.floor.v1"
);
