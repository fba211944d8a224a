//! `erase`.

use std::time::Duration;

use clap::Args;
use shopbell_proto::customer::v1::{
    CreateRegulationRequest, GetReceiptRequest, GetRegulationRequest, GetRegulationResponse,
    RegulationResult, RegulationStatus, RegulationType, get_receipt_request::Which,
    privacy_service_client::PrivacyServiceClient,
};

use super::{
    CliError,
    remote::{Server, refused},
    say,
};

/// Between two questions whether it is done.
const AGAIN: Duration = Duration::from_millis(200);

/// Erases a customer at a running server, and prints the signed receipt.
///
/// Records are removed, keys are destroyed, and what is from before this does not come back. There is no way to undo it.
#[derive(Debug, Args)]
pub(super) struct Erase {
    /// The customer, by the retailer's number.
    #[arg(long, value_name = "ID")]
    customer: String,
    /// Also keeps nothing of the customer from now on.
    #[arg(long)]
    suppress: bool,
    #[command(flatten)]
    server: Server,
}

impl Erase {
    pub(super) async fn run(self) -> Result<(), CliError> {
        let line = self.server.connect().await?;
        let mut client = PrivacyServiceClient::new(line.channel.clone());
        let kind =
            if self.suppress { RegulationType::SuppressWithDelete } else { RegulationType::DeleteOnly };
        let request = CreateRegulationRequest { r#type: kind.into(), customer_ids: vec![self.customer] };
        let created = client.create_regulation(line.request(request)).await.map_err(refused)?.into_inner();
        let number = created.regulation.unwrap_or_default().number;
        let result = loop {
            let request = GetRegulationRequest { number, from_index: 0 };
            let told = client.get_regulation(line.request(request)).await.map_err(refused)?.into_inner();
            if let Some(result) = ended(told) {
                break result;
            }
            tokio::time::sleep(AGAIN).await;
        };
        let Some(receipt) = result.receipt else {
            return Err(CliError::Refused(format!("regulation {number}: {}", result.reason)));
        };
        let request = GetReceiptRequest { which: Some(Which::Number(receipt)) };
        let receipt = client.get_receipt(line.request(request)).await.map_err(refused)?.into_inner();
        say(receipt.text.trim_end())
    }
}

/// How the one number ended, once all has.
fn ended(told: GetRegulationResponse) -> Option<RegulationResult> {
    let regulation = told.regulation.unwrap_or_default();
    match regulation.status() {
        RegulationStatus::Initialized | RegulationStatus::Running => None,
        _ => Some(told.results.into_iter().next().unwrap_or_default()),
    }
}
