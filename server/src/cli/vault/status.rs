//! `vault status` and `vault public-key`: of a running server, or of a vault that no server holds.

use shopbell_proto::admin::v1::{
    GetVaultStatusRequest, GetVaultStatusResponse, maintenance_service_client::MaintenanceServiceClient,
};

use super::super::{
    CliError, open,
    remote::{Server, refused},
    say,
};
use crate::config::Config;

/// Of a running server.
pub(super) async fn online(server: &Server) -> Result<GetVaultStatusResponse, CliError> {
    let line = server.connect().await?;
    let mut client = MaintenanceServiceClient::new(line.channel.clone());
    let answer = client.get_vault_status(line.request(GetVaultStatusRequest {})).await.map_err(refused)?;
    Ok(answer.into_inner())
}

/// Of a vault that no server holds.
pub(super) async fn offline(config: &Config) -> Result<GetVaultStatusResponse, CliError> {
    let vault = open::vault(config).await?;
    let counts = vault.counts();
    Ok(GetVaultStatusResponse {
        keys: counts.slots - counts.free,
        free_slots: counts.free,
        tombstones: counts.tombstones,
        refusals: counts.refusals,
        receipt_public_key: vault.public_key().to_string(),
    })
}

pub(super) fn print(status: &GetVaultStatusResponse) -> Result<(), CliError> {
    say(format_args!("keys: {}", status.keys))?;
    say(format_args!("free slots: {}", status.free_slots))?;
    say(format_args!("tombstones: {}", status.tombstones))?;
    say(format_args!("refusals: {}", status.refusals))
}
