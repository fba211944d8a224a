//! `explain`.

mod page;

use clap::Args;
use shopbell_domain::{
    id::{CustomerId, StoreId},
    time::Timestamp,
};
use shopbell_kit::clock::parse_rfc3339;
use shopbell_proto::admin::v1::{ExplainCardRequest, starter_service_client::StarterServiceClient};

use super::{
    CliError,
    remote::{Server, refused},
    say,
};

/// Why something was suggested to an associate, or not, at a running server: what was known and allowed, every candidate, and
/// why each was ranked, shown or kept back.
///
/// Without --at: the card as it would be now, for somebody who had met the guest, if the guest is here; else the last one that
/// was shown. Personal: each look is recorded, for the customer to read. docs/learning.md tells how candidates are ranked.
#[derive(Debug, Args)]
pub(super) struct ExplainCard {
    /// Of whom.
    #[arg(long, value_name = "ID")]
    customer: CustomerId,
    /// In which shop.
    #[arg(long, value_name = "ID")]
    store: StoreId,
    /// The last card that was shown by then, as the log holds it, such as 2026-11-20T14:30:00Z.
    #[arg(long, value_name = "TIME", value_parser = instant)]
    at: Option<Timestamp>,
    /// Who looks: letters, digits and `. _ : -`.
    #[arg(long, value_name = "ID")]
    by: String,
    /// Language of the texts of a card that is composed now, en or fr; others have the texts that were read.
    #[arg(long, value_name = "TAG", default_value = "en")]
    language: String,
    #[command(flatten)]
    server: Server,
}

fn instant(text: &str) -> Result<Timestamp, String> {
    parse_rfc3339("--at", text).map_err(|invalid| invalid.to_string())
}

impl ExplainCard {
    pub(super) async fn run(self) -> Result<(), CliError> {
        let Self { customer, store, at, by, language, server } = self;
        let request = ExplainCardRequest {
            customer_id: customer.as_str().to_owned(),
            store_id: store.as_str().to_owned(),
            at_ms: at.map(Timestamp::as_millis),
            asked_by: by,
            language,
        };
        let line = server.connect().await?;
        let mut client = StarterServiceClient::new(line.channel.clone());
        let card = client.explain_card(line.request(request)).await.map_err(refused)?.into_inner();
        say(page::page(&customer, &store, &card))
    }
}
