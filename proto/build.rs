//! Compiles the `.proto` files in pure Rust, so that nothing but a C compiler must be installed to build Shopbell.

use std::{env, error::Error, fs, path::PathBuf};

use prost::Message as _;

const FILES: [&str; 12] = [
    "shopbell/admin/v1/admin.proto",
    "shopbell/admin/v1/maintenance.proto",
    "shopbell/admin/v1/online.proto",
    "shopbell/admin/v1/starters.proto",
    "shopbell/customer/v1/consent.proto",
    "shopbell/customer/v1/customer.proto",
    "shopbell/customer/v1/events.proto",
    "shopbell/customer/v1/privacy.proto",
    "shopbell/edge/v1/edge.proto",
    "shopbell/floor/v1/facts.proto",
    "shopbell/floor/v1/floor.proto",
    "shopbell/floor/v1/notes.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    for file in FILES {
        println!("cargo::rerun-if-changed={file}");
    }
    let descriptors = protox::compile(FILES, ["."])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().codec_path("crate::codec::Codec").compile_fds(descriptors)?;
    Ok(())
}
