//! `shopbell-edge`: the agent in the shop. Everything is in the library.

use std::process::ExitCode;

use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    shopbell_edge::cli::Cli::parse().run().await
}
