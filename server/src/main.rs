//! Shopbell.
fn main() {}
