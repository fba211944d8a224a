//! `regulations`.

use clap::{Args, Subcommand};
use shopbell_domain::time::Timestamp;
use shopbell_proto::customer::v1::{
    GetRegulationRequest, ListRegulationsRequest, Regulation, RegulationStatus, RegulationType,
    privacy_service_client::PrivacyServiceClient,
};

use super::{
    CliError,
    remote::{Server, refused},
    say,
};
use crate::rights::rfc3339;

/// Regulations that are asked for at once.
const PAGE: u32 = 200;

/// What was asked to be done with customers' data, at a running server.
#[derive(Debug, Args)]
pub(super) struct Regulations {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Lists them, newest first: number, time, kind, status, customers, done, invalid, failed.
    List {
        /// At most so many.
        #[arg(long, value_name = "N", default_value_t = PAGE)]
        limit: u32,
        #[command(flatten)]
        server: Server,
    },
    /// Shows one: how far it is, and how each of its numbers ended, with the receipt's number.
    Show {
        /// Its number.
        number: u64,
        #[command(flatten)]
        server: Server,
    },
}

impl Regulations {
    pub(super) async fn run(self) -> Result<(), CliError> {
        match self.what {
            What::List { limit, server } => list(limit, &server).await,
            What::Show { number, server } => show(number, &server).await,
        }
    }
}

async fn list(limit: u32, server: &Server) -> Result<(), CliError> {
    let line = server.connect().await?;
    let mut client = PrivacyServiceClient::new(line.channel.clone());
    let (mut left, mut before_number) = (limit, 0);
    while left > 0 {
        let request = ListRegulationsRequest { before_number, limit: left.min(PAGE) };
        let page = client.list_regulations(line.request(request)).await.map_err(refused)?.into_inner();
        let Some(last) = page.regulations.last() else { break };
        before_number = last.number;
        left = left.saturating_sub(u32::try_from(page.regulations.len()).unwrap_or(u32::MAX));
        for regulation in &page.regulations {
            say(summary(regulation))?;
        }
    }
    Ok(())
}

async fn show(number: u64, server: &Server) -> Result<(), CliError> {
    let line = server.connect().await?;
    let mut client = PrivacyServiceClient::new(line.channel.clone());
    let request = GetRegulationRequest { number, from_index: 0 };
    let told = client.get_regulation(line.request(request)).await.map_err(refused)?.into_inner();
    say(summary(&told.regulation.unwrap_or_default()))?;
    for result in told.results {
        let (index, records) = (result.index, result.records);
        match (result.done, result.receipt) {
            (true, Some(receipt)) => {
                say(format_args!("{index}\tdone\trecords {records}\treceipt {receipt}"))?;
            }
            (true, None) => say(format_args!("{index}\tdone"))?,
            (false, _) => say(format_args!("{index}\tnot done\t{}", result.reason))?,
        }
    }
    Ok(())
}

fn summary(regulation: &Regulation) -> String {
    let word = |name: &str, prefix: &str| name.strip_prefix(prefix).unwrap_or(name).to_owned();
    let kind = RegulationType::as_str_name(&regulation.r#type());
    let status = RegulationStatus::as_str_name(&regulation.status());
    format!(
        "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
        regulation.number,
        rfc3339(Timestamp::from_millis(regulation.created_at_ms)),
        word(kind, "REGULATION_TYPE_"),
        word(status, "REGULATION_STATUS_"),
        regulation.users,
        regulation.done,
        regulation.invalid,
        regulation.failed
    )
}
