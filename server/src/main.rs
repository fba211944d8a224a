//! `shopbell-server`: the central server. Everything is in the library.

use std::process::ExitCode;

use clap::Parser as _;

/// Packs the many small buffers of open connections closer than the system's allocator does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    shopbell_server::cli::Cli::parse().run().await
}
