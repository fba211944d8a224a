//! Requests that must be whole within a time.
//!
//! A call with one message waits for all of its body before anything else happens; a caller who sends it byte by byte
//! would hold a connection, and memory, for as long as they like. Streams of messages are not for this: theirs say
//! themselves how long they wait for what.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    BoxError,
    body::{Body, Bytes, HttpBody},
    http::Request,
};
use hyper::body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep};
use tonic::Status;

/// The one call whose body is a stream.
const STREAMED: &str = "/shopbell.edge.v1.EdgeService/Report";

/// Gives a request a time to be whole.
pub(super) fn timely(request: Request<Body>, patience: Duration) -> Request<Body> {
    if request.uri().path() == STREAMED || request.body().is_end_stream() {
        return request;
    }
    let until = Instant::now() + patience;
    request.map(|body| Body::new(Timely { body, until, late: None }))
}

/// A body that fails when it is not whole in time.
struct Timely {
    body: Body,
    until: Instant,
    /// Made with the first wait: most bodies are there at once.
    late: Option<Pin<Box<Sleep>>>,
}

impl HttpBody for Timely {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            return Poll::Ready(frame.map(|frame| frame.map_err(BoxError::from)));
        }
        let until = this.until;
        let late = this.late.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(until)));
        ready!(late.as_mut().poll(cx));
        let late = Status::deadline_exceeded("the request was not whole in time (limits.request_s)");
        Poll::Ready(Some(Err(late.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use futures::stream;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    /// What becomes of a body whose bytes come one in `pause`.
    async fn read(path: &str, pause: Duration, bytes: usize) -> Result<usize, String> {
        let drip = stream::unfold(0, move |sent| async move {
            tokio::time::sleep(pause).await;
            (sent < bytes).then_some((Ok::<_, std::convert::Infallible>(Bytes::from_static(b"x")), sent + 1))
        });
        let request = Request::builder().uri(path).body(Body::from_stream(drip)).unwrap();
        let body = timely(request, PATIENCE).into_body();
        let whole = axum::body::to_bytes(body, usize::MAX).await;
        whole.map(|bytes| bytes.len()).map_err(|error| format!("{error:?}"))
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_trickles_is_cut_and_one_in_time_is_not() {
        let slow = read("/shopbell.floor.v1.FloorService/GetCard", Duration::from_secs(1), 60).await;
        assert!(slow.unwrap_err().contains("limits.request_s"));
        let quick = read("/shopbell.floor.v1.FloorService/GetCard", Duration::from_millis(100), 60).await;
        assert_eq!(quick, Ok(60));
        assert_eq!(
            read(STREAMED, Duration::from_secs(60), 3).await,
            Ok(3),
            "an agent's stream lasts for weeks"
        );
    }
}
