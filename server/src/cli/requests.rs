//! `requests`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use shopbell_domain::time::Timestamp;
use shopbell_proto::customer::v1::{
    CloseRequestRequest, ExportRequestedRequest, ListRequestsRequest, PrivacyRequest, PrivacyWish,
    privacy_service_client::PrivacyServiceClient,
};

use super::{
    CliError,
    export::{Files, format},
    remote::{Server, refused},
    say,
};
use crate::rights::rfc3339;

/// Requests that are asked for at once.
const PAGE: u32 = 200;

/// What a web shop passed on that its customers ask for, at a running server.
#[derive(Debug, Args)]
pub(super) struct Requests {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Lists those that wait for an answer, oldest first: number, due date, wish, source, the web shop's number, state.
    List {
        /// Also those that were answered, newest first.
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        server: Server,
    },
    /// Everything that is kept of whom a request names: hand it out.
    ///
    /// Without --csv the JSON goes to standard output. It is personal: hand it to nobody but the customer.
    Export {
        /// The request's number.
        number: u64,
        /// Writes CSV files, and customer.json, into this directory, which must be there. Only you can read them.
        #[arg(long, value_name = "DIR")]
        csv: Option<PathBuf>,
        #[command(flatten)]
        server: Server,
    },
    /// The request was answered: whom it names is forgotten.
    Close {
        /// The request's number.
        number: u64,
        #[command(flatten)]
        server: Server,
    },
}

impl Requests {
    pub(super) async fn run(self) -> Result<(), CliError> {
        match self.what {
            What::List { all: false, server } => open(&server).await,
            What::List { all: true, server } => all(&server).await,
            What::Export { number, csv, server } => export(number, csv, &server).await,
            What::Close { number, server } => close(number, &server).await,
        }
    }
}

async fn open(server: &Server) -> Result<(), CliError> {
    let line = server.connect().await?;
    let mut client = PrivacyServiceClient::new(line.channel.clone());
    let request = ListRequestsRequest { open_only: true, ..ListRequestsRequest::default() };
    let found = client.list_requests(line.request(request)).await.map_err(refused)?.into_inner();
    found.requests.iter().try_for_each(|request| say(summary(request)))
}

async fn all(server: &Server) -> Result<(), CliError> {
    let line = server.connect().await?;
    let mut client = PrivacyServiceClient::new(line.channel.clone());
    let mut before_number = 0;
    loop {
        let request = ListRequestsRequest { open_only: false, before_number, limit: PAGE };
        let page = client.list_requests(line.request(request)).await.map_err(refused)?.into_inner();
        let Some(last) = page.requests.last() else { return Ok(()) };
        before_number = last.number;
        page.requests.iter().try_for_each(|request| say(summary(request)))?;
    }
}

async fn export(number: u64, csv: Option<PathBuf>, server: &Server) -> Result<(), CliError> {
    let line = server.connect().await?;
    let mut client = PrivacyServiceClient::new(line.channel.clone());
    let request = ExportRequestedRequest { number, format: format(csv.as_deref()).into() };
    let mut parts = client.export_requested(line.request(request)).await.map_err(refused)?.into_inner();
    let mut files = Files::new(csv);
    while let Some(next) = parts.message().await.map_err(refused)? {
        files.write(&next.file, &next.part)?;
    }
    files.end()
}

async fn close(number: u64, server: &Server) -> Result<(), CliError> {
    let line = server.connect().await?;
    let mut client = PrivacyServiceClient::new(line.channel.clone());
    let request = CloseRequestRequest { number };
    let closed = client.close_request(line.request(request)).await.map_err(refused)?.into_inner();
    say(summary(&closed.request.unwrap_or_default()))
}

fn summary(request: &PrivacyRequest) -> String {
    let time = |millis| rfc3339(Timestamp::from_millis(millis));
    let wish = match request.wish() {
        PrivacyWish::Export => "hand out everything".to_owned(),
        PrivacyWish::EraseSource => format!("erase what the shop told ({} found)", request.found),
        PrivacyWish::Unspecified => "of a newer program of the server".to_owned(),
    };
    let state = request.closed_at_ms.map_or_else(|| "open".to_owned(), |at| format!("answered {}", time(at)));
    let reference = if request.reference.is_empty() { "-" } else { &request.reference };
    format!(
        "{}\tdue {}\t{wish}\t{}\t{reference}\t{state}",
        request.number,
        time(request.due_at_ms),
        request.source_id
    )
}
