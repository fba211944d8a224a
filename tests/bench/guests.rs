//! Customers who are registered and opted in, as the retailer's backend does it.

use futures::{StreamExt as _, stream};
use shopbell_domain::token::PresenceToken;
use shopbell_proto::customer::v1::SharingLevel;
use shopbell_tests::{phone::Tokens, world::App};

/// Calls at once: the server commits them together.
const AT_ONCE: usize = 32;

/// Half way through a quarter of an hour, far from midnight: a token of now is good for longer than a bench takes.
pub(crate) const ORIGIN: &str = "2026-11-20T13:52:00Z";

/// Registers customers at level 2 with a phone each; their tokens, in the order of the names.
pub(crate) async fn register(app: &App, names: &[String]) -> Vec<Tokens> {
    let one = |name: &String| {
        let (app, name) = (app.clone(), name.clone());
        async move { app.customer(&name, SharingLevel::Present).await }
    };
    stream::iter(names.iter().map(one)).buffered(AT_ONCE).collect().await
}

/// Names of `count` customers: `group-0`, `group-1`, ...
pub(crate) fn names(group: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{group}-{number}")).collect()
}

/// What each phone shows now.
pub(crate) fn shown_at(tokens: &[Tokens], now: shopbell_domain::time::Timestamp) -> Vec<PresenceToken> {
    tokens.iter().map(|phone| phone.at(now).expect("a token for now")).collect()
}
