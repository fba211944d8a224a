//! What a connection owes at its beginning: to say within a time whether it speaks HTTP/1.1 or HTTP/2.
//!
//! hyper's own time limits begin when the version is known; until then a connection that says nothing, or only a part
//! of HTTP/2's preface, would keep its slot for ever.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep},
};

/// The bytes with which HTTP/2 begins; anything else is HTTP/1.1.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection whose reads fail when its version is not known in time.
#[derive(Debug)]
pub(super) struct Opening<Io> {
    io: Io,
    /// `None` once the version is known: a tablet holds its connection all day, and pays a pointer for this.
    undecided: Option<Box<Undecided>>,
}

#[derive(Debug)]
struct Undecided {
    /// What of the preface is still to come.
    expected: &'static [u8],
    deadline: Pin<Box<Sleep>>,
}

impl<Io> Opening<Io> {
    /// The time runs from now.
    pub(super) fn new(io: Io, patience: Duration) -> Self {
        let deadline = Box::pin(tokio::time::sleep(patience));
        Self { io, undecided: Some(Box::new(Undecided { expected: PREFACE, deadline })) }
    }
}

impl Undecided {
    /// Whether the version is known with these bytes.
    fn decided_by(&mut self, bytes: &[u8]) -> bool {
        match self.expected.strip_prefix(bytes) {
            Some(rest) => {
                self.expected = rest;
                rest.is_empty()
            }
            None => true,
        }
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for Opening<Io> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        let read = Pin::new(&mut this.io).poll_read(cx, buf);
        let Some(undecided) = &mut this.undecided else { return read };
        if read.is_pending() {
            return undecided.deadline.as_mut().poll(cx).map(|()| {
                Err(io::Error::new(io::ErrorKind::TimedOut, "it did not begin to speak HTTP in time"))
            });
        }
        if undecided.decided_by(buf.filled().get(before..).unwrap_or_default()) {
            this.undecided = None;
        }
        read
    }
}

impl<Io: AsyncWrite + Unpin> AsyncWrite for Opening<Io> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

/// Lets something happen at most once in a time.
#[derive(Debug, Default)]
pub(super) struct Seldom {
    next: Option<Instant>,
}

impl Seldom {
    /// Whether it may happen now; if so, the next time is after `pause`.
    pub(super) fn due(&mut self, pause: Duration) -> bool {
        let now = Instant::now();
        let due = self.next.is_none_or(|next| next <= now);
        if due {
            self.next = Some(now + pause);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(10);

    /// Says `pieces`, one a second, and then nothing: what the server's side reads and for how long.
    async fn hear(pieces: &[&[u8]]) -> (io::Result<usize>, Duration) {
        let (mut client, server) = tokio::io::duplex(1_024);
        let mut server = Opening::new(server, PATIENCE);
        let begun = Instant::now();
        let say = async {
            for piece in pieces {
                tokio::time::sleep(Duration::from_secs(1)).await;
                client.write_all(piece).await.unwrap();
            }
            tokio::time::sleep(Duration::from_secs(1_000)).await;
        };
        let read = async {
            let mut heard = Vec::new();
            loop {
                match server.read_buf(&mut heard).await {
                    Ok(0) => return Ok(heard.len()),
                    Ok(_) => {}
                    Err(error) => return Err(error),
                }
            }
        };
        tokio::select! {
            result = read => (result, begun.elapsed()),
            () = say => (Ok(usize::MAX), begun.elapsed()),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn silence_and_a_part_of_the_preface_are_cut() {
        let slowly: Vec<&[u8]> = PREFACE.chunks(1).take(PREFACE.len() - 1).collect();
        let silent: [&[&[u8]]; 3] = [&[], &[b"PRI * HT"], &slowly];
        for pieces in silent {
            let (result, after) = hear(pieces).await;
            assert_eq!(result.unwrap_err().kind(), io::ErrorKind::TimedOut, "{pieces:?}");
            assert!(after >= PATIENCE && after < PATIENCE * 2, "{after:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_said_the_version_is_left_alone() {
        let whole: [&[&[u8]]; 4] =
            [&[PREFACE], &[&PREFACE[..5], &PREFACE[5..]], &[b"GET /"], &[b"P", b"OST / HTTP/1.1"]];
        for pieces in whole {
            assert_eq!(hear(pieces).await.0.unwrap(), usize::MAX, "{pieces:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn seldom_is_once_in_a_time() {
        let mut seldom = Seldom::default();
        let mut happened = 0;
        for _ in 0..40 {
            happened += u32::from(seldom.due(Duration::from_secs(1)));
            tokio::time::advance(Duration::from_millis(50)).await;
        }
        assert_eq!(happened, 2, "2 s have passed");
    }
}
