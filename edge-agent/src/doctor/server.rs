//! Is the server there, does it know this agent, and do the clocks agree?

use std::{error::Error, time::Duration};

use shopbell_domain::time::{Clock, Timestamp};
use shopbell_proto::edge::v1::edge_service_client::EdgeServiceClient;
use time::{OffsetDateTime, format_description::well_known::Rfc2822};
use tokio::time::timeout;
use tonic::{Code, Status, metadata::MetadataMap};

use super::Finding;
use crate::{config::ServerSection, uplink::Server};

const PATIENCE: Duration = Duration::from_secs(10);
/// The server corrects clocks, but reports more than this.
const SKEW: Duration = Duration::from_secs(30);
const SERVER: &str = "server";
const TOKEN: &str = "token";

pub(super) async fn examine(config: &ServerSection, clock: &dyn Clock) -> Vec<Finding> {
    let server = match Server::from_config(config) {
        Ok(server) => server,
        Err(error) => return vec![Finding::fail(TOKEN, error)],
    };
    let url = &config.url;
    let channel = match timeout(PATIENCE, server.connect()).await {
        Ok(Ok(channel)) => channel,
        Ok(Err(error)) => {
            let cause = causes(&error);
            return vec![Finding::fail(SERVER, format!("{url}: {error} ({cause}): {}", way_out(&cause)))];
        }
        Err(_) => {
            return vec![Finding::fail(
                SERVER,
                format!("{url} does not answer: check server.url and firewalls"),
            )];
        }
    };
    // A stream that ends without a greeting: the token is checked before it, and nothing else happens.
    let request = server.request(tokio_stream::empty());
    let answer = timeout(PATIENCE, async {
        let mut response = EdgeServiceClient::new(channel).report(request).await?;
        let headers = response.metadata().clone();
        response.get_mut().message().await.map_or_else(Err, |_| Ok(headers))
    });
    let reached = Finding::ok(SERVER, format!("{url} answers"));
    let (headers, token) = match answer.await {
        Ok(Ok(headers)) => (headers, accepted()),
        Ok(Err(status)) if status.source().is_some() => {
            // Not the server's answer, but what became of the line.
            let text = format!(
                "{url} takes connections and does not speak as a Shopbell server ({}): check server.url; if the \
                 server has a certificate, its address begins with https://",
                causes(&status)
            );
            return vec![Finding::fail(SERVER, text)];
        }
        Ok(Err(status)) if status.code() == Code::Unimplemented => {
            return vec![Finding::fail(SERVER, format!("{url} is no Shopbell server: check server.url"))];
        }
        Ok(Err(status)) => (status.metadata().clone(), token(&status)),
        Err(_) => {
            return vec![
                reached,
                Finding::fail(TOKEN, "the server takes connections and answers no call: look at its log"),
            ];
        }
    };
    vec![reached, token, skew(&headers, clock.now())]
}

/// What lies behind an error, once each.
fn causes(error: &dyn Error) -> String {
    let mut causes: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if causes.last() != Some(&text) {
            causes.push(text);
        }
        next = cause.source();
    }
    causes.join(": ")
}

/// The TLS library tells what is wrong only in words.
fn way_out(cause: &str) -> &'static str {
    if cause.contains("NotValidForName") || cause.contains("not valid for name") {
        "the certificate is for another name: write the name that it holds into server.url, or have one issued for \
         the name in server.url"
    } else if cause.contains("UnknownIssuer") {
        "nobody whom this agent trusts has signed the certificate: set server.ca_file to the authority that did"
    } else if cause.contains("Expired") || cause.contains("expired") || cause.contains("NotValidYet") {
        "the certificate is out of date, or this machine's clock is wrong: renew it, or set the clock"
    } else if cause.contains("certificate") {
        "the certificate is refused: check server.ca_file, and the name that the certificate is for"
    } else if cause.contains("InvalidContentType") {
        "no TLS is spoken there: check the port in server.url, and whether the server has a certificate"
    } else {
        "check server.url, the network, and whether the server runs"
    }
}

fn accepted() -> Finding {
    Finding::ok(TOKEN, "the server knows this agent")
}

fn token(status: &Status) -> Finding {
    match status.code() {
        Code::Unauthenticated | Code::PermissionDenied => Finding::fail(
            TOKEN,
            "the server does not know this agent: issue a token with `shopbell-server token`, put it into \
             server.token_file, and its hash into the server's configuration",
        ),
        // The server misses the greeting, so it has accepted the token.
        Code::InvalidArgument | Code::FailedPrecondition | Code::Cancelled | Code::Ok => accepted(),
        _ => Finding::warn(TOKEN, format!("not checked: {}", status.message())),
    }
}

fn skew(headers: &MetadataMap, here: Timestamp) -> Finding {
    const WHAT: &str = "time";
    let date = headers.get("date").and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| OffsetDateTime::parse(date, &Rfc2822).ok());
    let Some(date) = date else {
        return Finding::warn(WHAT, "the server does not tell its time");
    };
    let there = Timestamp::from_secs(date.unix_timestamp());
    let skew = here.since(there).max(there.since(here));
    if skew > SKEW {
        let text = format!(
            "this machine's clock is {} s off the server's: set up time synchronisation",
            skew.as_secs()
        );
        return Finding::warn(WHAT, text);
    }
    Finding::ok(WHAT, "this machine's clock agrees with the server's")
}
