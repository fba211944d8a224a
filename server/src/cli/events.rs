//! `events`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use shopbell_proto::admin::v1::{
    FailedEvent, GetFailedEventRequest, ListFailedEventsRequest, RetryFailedEventRequest,
    online_service_client::OnlineServiceClient,
};
use tonic::{Request, transport::Channel};

use super::{
    CliError,
    remote::{self, Server, refused},
    say,
};

/// Failed events that are asked for at once.
const PAGE: u32 = 1_000;

/// Largest JSON of a mended event: it fits into a message of the size that servers take (`limits.message_bytes`).
const MOST_JSON: usize = 1_000_000;

/// Events of customers at a running server: those that could not be used.
///
/// An event that cannot be used is kept with the reason. Mend it, or the server's settings, and take it up again: it then
/// has its place by the time at which it happened, as if it had been right at once.
#[derive(Debug, Args)]
pub(super) struct Events {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Events that could not be used.
    #[command(subcommand)]
    Failed(Failed),
}

#[derive(Debug, Subcommand)]
enum Failed {
    /// Lists them, oldest first: number, source, message id, reason, field.
    List {
        /// Only those with this reason, such as missing_product_id.
        #[arg(long, value_name = "REASON")]
        reason: Option<String>,
        #[command(flatten)]
        server: Server,
    },
    /// Shows one: what is wrong with it, and then its JSON on a line of its own. The JSON is personal.
    Show {
        /// Its number.
        number: u64,
        /// Who looks: letters, digits and `. _ : -`. Each look is recorded for the customers whom the event names.
        #[arg(long, value_name = "ID", default_value = "operator")]
        by: String,
        #[command(flatten)]
        server: Server,
    },
    /// Takes events up again.
    Retry {
        /// Their numbers.
        #[arg(required_unless_present = "reason", conflicts_with = "reason")]
        numbers: Vec<u64>,
        /// All that have failed for this reason until now.
        #[arg(long, value_name = "REASON")]
        reason: Option<String>,
        /// A file with the JSON that the one event is to say instead.
        #[arg(long, value_name = "FILE", conflicts_with = "reason")]
        json: Option<PathBuf>,
        #[command(flatten)]
        server: Server,
    },
}

impl Events {
    pub(super) async fn run(self) -> Result<(), CliError> {
        let What::Failed(failed) = self.what;
        match failed {
            Failed::List { reason, server } => list(&Line::connect(&server).await?, reason.as_deref()).await,
            Failed::Show { number, by, server } => show(&Line::connect(&server).await?, number, by).await,
            Failed::Retry { numbers, reason, json, server } => {
                let json = match &json {
                    Some(_) if numbers.len() > 1 => return Err(CliError::OneFileForMany),
                    Some(path) => Some(mended(path)?),
                    None => None,
                };
                let line = Line::connect(&server).await?;
                let numbers = match reason {
                    Some(reason) => numbers_of(&line, reason).await?,
                    None => numbers,
                };
                retry(&line, numbers, json).await
            }
        }
    }
}

/// What an event is to say instead: one JSON object.
fn mended(path: &Path) -> Result<Vec<u8>, CliError> {
    let shown = || path.display().to_string();
    let json = std::fs::read(path).map_err(|source| CliError::File {
        what: "cannot read",
        path: shown(),
        source,
        way_out: "name a file with one event as JSON",
    })?;
    if json.len() > MOST_JSON {
        return Err(CliError::EventFileTooLarge { path: shown(), bytes: json.len(), most: MOST_JSON });
    }
    match serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&json) {
        Ok(_) => Ok(json),
        Err(error) => Err(CliError::NoJson { path: shown(), error: error.to_string() }),
    }
}

/// The numbers of all that have failed for a reason; at least one.
async fn numbers_of(line: &Line, reason: String) -> Result<Vec<u64>, CliError> {
    let numbers: Vec<u64> = line.all(Some(&reason)).await?.iter().map(|event| event.number).collect();
    if numbers.is_empty() { Err(CliError::NoneFailed { reason }) } else { Ok(numbers) }
}

async fn list(line: &Line, reason: Option<&str>) -> Result<(), CliError> {
    let events = line.all(reason).await?;
    for event in &events {
        let FailedEvent { number, source_id, message_id, reason, field, .. } = event;
        say(format_args!("{number}\t{source_id}\t{message_id}\t{reason}\t{field}"))?;
    }
    Ok(())
}

async fn show(line: &Line, number: u64, asked_by: String) -> Result<(), CliError> {
    let request = line.request(GetFailedEventRequest { number, asked_by });
    let shown = line.client.clone().get_failed_event(request).await;
    let shown = shown.map_err(refused)?.into_inner();
    let event = shown.event.unwrap_or_default();
    say(format_args!("number: {}", event.number))?;
    say(format_args!("source: {}", event.source_id))?;
    say(format_args!("message: {}", event.message_id))?;
    say(format_args!("reason: {}", event.reason))?;
    say(format_args!("field: {}", if event.field.is_empty() { "the whole event" } else { &event.field }))?;
    say(format_args!("explanation: {}", event.explanation))?;
    say(String::from_utf8_lossy(&shown.json))
}

async fn retry(line: &Line, numbers: Vec<u64>, json: Option<Vec<u8>>) -> Result<(), CliError> {
    for number in numbers {
        let request = RetryFailedEventRequest { number, json: json.clone() };
        line.client.clone().retry_failed_event(line.request(request)).await.map_err(refused)?;
        say(format_args!("{number} is taken up again"))?;
    }
    Ok(())
}

/// A line to the server.
struct Line {
    client: OnlineServiceClient<Channel>,
    to: remote::Line,
}

impl Line {
    async fn connect(server: &Server) -> Result<Self, CliError> {
        let to = server.connect().await?;
        Ok(Self { client: OnlineServiceClient::new(to.channel.clone()), to })
    }

    fn request<T>(&self, message: T) -> Request<T> {
        self.to.request(message)
    }

    /// All failed events, or those of one reason.
    async fn all(&self, reason: Option<&str>) -> Result<Vec<FailedEvent>, CliError> {
        let (mut all, mut after_number) = (Vec::new(), 0);
        loop {
            let request = ListFailedEventsRequest { after_number, limit: PAGE };
            let answer = self.client.clone().list_failed_events(self.request(request)).await;
            let events = answer.map_err(refused)?.into_inner().events;
            let Some(last) = events.last() else { return Ok(all) };
            after_number = last.number;
            all.extend(events.into_iter().filter(|event| reason.is_none_or(|reason| event.reason == reason)));
        }
    }
}
