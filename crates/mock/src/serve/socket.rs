//! A connection that can be reset on purpose and is not kept for who says nothing, and bodies that end too early.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// What is known of a connection beside its bytes.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// It is to be reset when it ends.
    doomed: AtomicBool,
    /// A request is being answered.
    answering: AtomicBool,
    /// Answers made and pieces of them sent: while that grows, somebody listens.
    steps: AtomicU64,
}

impl Line {
    /// Lets it be reset when it ends.
    pub(super) fn doom(&self) {
        self.doomed.store(true, Ordering::Relaxed);
    }

    pub(super) fn begin_answer(&self) {
        self.answering.store(true, Ordering::Relaxed);
    }

    pub(super) fn end_answer(&self) {
        self.step();
        self.answering.store(false, Ordering::Relaxed);
    }

    fn step(&self) {
        // One thread at a time has the connection.
        self.steps.store(self.steps.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }

    /// Waits until the caller has said nothing, and taken nothing, for as long as `patience`; at most a quarter longer.
    ///
    /// The timer is set when it rings, not when something happens: one that is set and dropped with every request, as
    /// hyper's own is, costs more than parsing the request.
    pub(super) async fn silence(&self, patience: Duration) {
        let (mut seen, mut silent) = (self.steps.load(Ordering::Relaxed), 0);
        while silent < 4 {
            tokio::time::sleep(patience / 4).await;
            let now = self.steps.load(Ordering::Relaxed);
            silent = if now != seen || self.answering.load(Ordering::Relaxed) { 0 } else { silent + 1 };
            seen = now;
        }
    }
}

/// A socket that sends RST in place of FIN where its [`Line`] says so.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    line: Arc<Line>,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, line: Arc<Line>) -> Self {
        Self { stream, line }
    }

    fn is_doomed(&self) -> bool {
        self.line.doomed.load(Ordering::Relaxed)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.is_doomed() {
            // Whoever cannot be reset is closed.
            let _ = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, to)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if written.is_ready() {
            self.line.step();
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A FIN would come before the RST, and look like an orderly end.
        if self.is_doomed() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// A body that is there as a whole, and may end before its length.
#[derive(Debug, Default)]
pub(crate) struct ReplyBody {
    bytes: Bytes,
    cut: Option<Cut>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// So many bytes are still to be sent.
    After(usize),
    /// They were handed on, and are being written.
    Written,
    Over,
}

impl ReplyBody {
    pub(crate) fn new(bytes: Bytes) -> Self {
        Self { bytes, cut: None }
    }

    /// The same, of which only the first half is sent.
    pub(crate) fn cut(bytes: Bytes) -> Self {
        let half = bytes.len() / 2;
        Self { bytes, cut: Some(Cut::After(half)) }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.cut {
            None if self.bytes.is_empty() => Poll::Ready(None),
            None => Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.bytes))))),
            Some(Cut::After(half)) => {
                self.cut = Some(Cut::Written);
                Poll::Ready(Some(Ok(Frame::data(self.bytes.slice(..half)))))
            }
            // What was handed on is flushed only while there is nothing to do.
            Some(Cut::Written) => {
                self.cut = Some(Cut::Over);
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Some(Cut::Over) => Poll::Ready(Some(Err(io::Error::other("this body was to be cut")))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.cut.is_none() && self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}
