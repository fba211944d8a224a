//! `shopbell-server`: the central server. Everything is in the library.

use std::process::ExitCode;

use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    Box::pin(shopbell_server::cli::Cli::parse().run()).await
}
