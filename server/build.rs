//! Makes sure that the folder of the built page exists, since embedding needs one. Without the page's files the
//! server says on `/` how to build them.

use std::{error::Error, fs};

fn main() -> Result<(), Box<dyn Error>> {
    fs::create_dir_all("../web/dist")?;
    println!("cargo::rerun-if-changed=../web/dist");
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}
