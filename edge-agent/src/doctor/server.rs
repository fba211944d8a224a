//! Is the server there, does it know this agent, and do the clocks agree?

use std::{error::Error as _, time::Duration};

use shopbell_domain::time::{Clock, Timestamp};
use shopbell_proto::edge::v1::edge_service_client::EdgeServiceClient;
use time::{OffsetDateTime, format_description::well_known::Rfc2822};
use tokio::time::timeout;
use tonic::{Code, Status, metadata::MetadataMap};

use super::Finding;
use crate::{
    config::ServerSection,
    uplink::{
        Server,
        trouble::{causes, no_shopbell_server, way_out},
    },
};

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
    let url = server.url();
    let channel = match timeout(PATIENCE, server.connect()).await {
        Ok(Ok(channel)) => channel,
        Ok(Err(error)) => {
            let causes = causes(&error);
            return vec![Finding::fail(SERVER, format!("{url}: {error} ({causes}): {}", way_out(&causes)))];
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
            return vec![Finding::fail(SERVER, format!("{url} {}", no_shopbell_server(&causes(&status))))];
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

fn accepted() -> Finding {
    Finding::ok(TOKEN, "the server knows this agent")
}

fn token(status: &Status) -> Finding {
    match status.code() {
        Code::PermissionDenied => Finding::fail(
            TOKEN,
            "the server knows this token, and not as an agent's (a tablet's, a backend's or an operator's): put the \
             token of this agent into server.token_file",
        ),
        Code::Unauthenticated => Finding::fail(
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
