//! `events`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use shopbell_kit::secret::{read_text, read_token};
use shopbell_proto::admin::v1::{
    FailedEvent, GetFailedEventRequest, ListFailedEventsRequest, RetryFailedEventRequest,
    online_service_client::OnlineServiceClient,
};
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint},
};

use super::{CliError, say};

/// Failed events that are asked for at once.
const PAGE: u32 = 1_000;

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

/// The running server.
#[derive(Debug, Args)]
struct Server {
    /// Its address.
    #[arg(
        long = "server",
        value_name = "URL",
        default_value = "http://127.0.0.1:8417",
        help_heading = "Server"
    )]
    url: String,
    /// A file with an operator's token.
    #[arg(long, value_name = "FILE", help_heading = "Server")]
    token_file: PathBuf,
    /// The certificate of the authority that signed the server's, when it is the retailer's own.
    #[arg(long, value_name = "FILE", help_heading = "Server")]
    ca_file: Option<PathBuf>,
}

impl Events {
    pub(super) async fn run(self) -> Result<(), CliError> {
        let What::Failed(failed) = self.what;
        match failed {
            Failed::List { reason, server } => list(&server.connect().await?, reason.as_deref()).await,
            Failed::Show { number, server } => show(&server.connect().await?, number).await,
            Failed::Retry { numbers, reason, json, server } => {
                let json = match &json {
                    Some(_) if numbers.len() > 1 => return Err(CliError::OneFileForMany),
                    Some(path) => Some(std::fs::read(path).map_err(|source| CliError::File {
                        what: "cannot read",
                        path: path.display().to_string(),
                        source,
                        way_out: "name a file with one event as JSON",
                    })?),
                    None => None,
                };
                let line = server.connect().await?;
                let numbers = match reason {
                    Some(reason) => line.all(Some(&reason)).await?.iter().map(|event| event.number).collect(),
                    None => numbers,
                };
                retry(&line, numbers, json).await
            }
        }
    }
}

async fn list(line: &Line, reason: Option<&str>) -> Result<(), CliError> {
    let events = line.all(reason).await?;
    for event in &events {
        let FailedEvent { number, source_id, message_id, reason, field, .. } = event;
        say(format_args!("{number}\t{source_id}\t{message_id}\t{reason}\t{field}"))?;
    }
    Ok(())
}

async fn show(line: &Line, number: u64) -> Result<(), CliError> {
    let shown = line.client.clone().get_failed_event(line.request(GetFailedEventRequest { number })).await;
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
    bearer: MetadataValue<Ascii>,
}

impl Server {
    async fn connect(&self) -> Result<Line, CliError> {
        let unreachable = |error: tonic::transport::Error| {
            let cause =
                std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            CliError::Unreachable { server: self.url.clone(), cause }
        };
        let token = read_token(&self.token_file).map_err(CliError::Token)?;
        let bearer = format!("Bearer {}", token.reveal()).parse().map_err(|_| CliError::UnusableToken)?;
        let mut endpoint = Endpoint::from_shared(self.url.clone()).map_err(unreachable)?;
        if let Some(path) = &self.ca_file {
            let pem = read_text(path).map_err(CliError::Token)?;
            let authority = Certificate::from_pem(pem.reveal());
            let tls = ClientTlsConfig::new().ca_certificate(authority);
            endpoint = endpoint.tls_config(tls).map_err(unreachable)?;
        }
        let channel = endpoint.connect().await.map_err(unreachable)?;
        Ok(Line { client: OnlineServiceClient::new(channel), bearer })
    }
}

impl Line {
    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.bearer.clone());
        request
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

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn refused(status: Status) -> CliError {
    CliError::Refused(status.message().to_owned())
}
