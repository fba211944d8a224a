//! What a connection must show to stay: credentials of this server.
//!
//! HTTP/2 lets whoever has connected stay for ever with a ping now and then, and a call that is open to all (health, with
//! its stream) would keep a connection busy for ever. So nobody stays who has not shown that they may:
//!
//! ```text
//!  stranger   on a patience that began with the connection
//!     |  a write key of a page or an app: everybody can read these, so it only renews the patience
//!     |  a token of an agent, an associate, a backend, an operator; a write key of a backend, a till
//!     v
//!  known      stays as long as it likes; a line that is cut is noticed by HTTP/2's keep-alive
//! ```
//!
//! Where credentials are checked, whoever checks them says so to the [`Line`] that stands in the request's extensions.
//! To add a way of authenticating: [`Line::known`], with a secret only.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::http::Extensions;
use tokio::time::Instant;

use crate::config::SourceKind;

/// The patience with who is known.
const FOR_EVER: u64 = u64::MAX;

/// One connection, as its requests see it.
#[derive(Debug, Clone)]
pub struct Line(Arc<Shown>);

#[derive(Debug)]
struct Shown {
    since: Instant,
    patience: Duration,
    /// Milliseconds after `since`, when the patience ends.
    until: AtomicU64,
}

impl Line {
    /// Of a stranger; the patience begins now.
    pub(super) fn new(patience: Duration) -> Self {
        let until = AtomicU64::new(millis(patience));
        Self(Arc::new(Shown { since: Instant::now(), patience, until }))
    }

    /// The one at whose end these requests are shows a secret of this server.
    pub fn known(extensions: &Extensions) {
        if let Some(Self(shown)) = extensions.get::<Self>() {
            shown.until.store(FOR_EVER, Ordering::Relaxed);
        }
    }

    /// The same for a key that everybody may read: the patience begins anew.
    fn renewed(extensions: &Extensions) {
        if let Some(Self(shown)) = extensions.get::<Self>() {
            let until = millis(shown.since.elapsed() + shown.patience);
            shown.until.fetch_max(until, Ordering::Relaxed);
        }
    }

    /// The one at whose end these requests are shows the write key of a source of this kind.
    pub fn wrote(extensions: &Extensions, kind: SourceKind) {
        if kind.is_secret() { Self::known(extensions) } else { Self::renewed(extensions) }
    }

    /// Ends when the patience does; never with who is known.
    pub(super) async fn outstayed(self) {
        let Self(shown) = self;
        loop {
            let until = shown.until.load(Ordering::Relaxed);
            if until == FOR_EVER {
                drop(shown);
                return std::future::pending().await;
            }
            if millis(shown.since.elapsed()) >= until {
                return;
            }
            tokio::time::sleep_until(shown.since + Duration::from_millis(until)).await;
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(FOR_EVER - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn line() -> (Line, Extensions) {
        let line = Line::new(PATIENCE);
        let mut extensions = Extensions::new();
        extensions.insert(line.clone());
        (line, extensions)
    }

    #[tokio::test(start_paused = true)]
    async fn patience_ends_with_strangers_and_never_with_who_is_known() {
        let (line, extensions) = line();
        let begun = Instant::now();
        tokio::join!(line.clone().outstayed(), async {
            tokio::time::sleep(PATIENCE / 2).await;
            Line::wrote(&extensions, SourceKind::Web);
        });
        assert_eq!(begun.elapsed(), PATIENCE * 3 / 2, "renewed once");
        Line::wrote(&extensions, SourceKind::Till);
        Line::wrote(&extensions, SourceKind::Web);
        let stays = tokio::time::timeout(Duration::from_secs(86_400), line.outstayed()).await;
        assert!(stays.is_err());
    }
}
