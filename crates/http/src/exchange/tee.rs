//! Bodies that are handed on frame by frame, and noted while they are.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};

use super::live::{Ending, Live, Side, note_whole};
use crate::{Body, BoxError};

/// The body of a request that is noted. One that is in memory stays so.
pub(crate) fn request(live: &Arc<Live>, mut body: Body) -> Body {
    match body.whole() {
        Some(bytes) => {
            note_whole(live, &bytes);
            body
        }
        None => Body::new(Tee::new(Arc::clone(live), Side::Request, body)),
    }
}

/// The body of a response that is noted.
pub(crate) fn response<B>(live: Arc<Live>, body: B) -> Body
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    if body.is_end_stream() {
        live.end(Side::Response, Ending::Whole);
        return Body::empty();
    }
    Body::new(Tee::new(live, Side::Response, Body::new(body)))
}

struct Tee {
    inner: Body,
    live: Arc<Live>,
    side: Side,
    is_over: bool,
}

impl Tee {
    fn new(live: Arc<Live>, side: Side, inner: Body) -> Self {
        Self { inner, live, side, is_over: false }
    }

    fn end(&mut self, ending: Ending) {
        if !std::mem::replace(&mut self.is_over, true) {
            self.live.end(self.side, ending);
        }
    }
}

impl http_body::Body for Tee {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        match &polled {
            Poll::Pending => {}
            Poll::Ready(Some(Ok(frame))) => {
                // Whoever reads it may stop here, since it is told that nothing follows.
                let is_end = self.inner.is_end_stream();
                if let Some(bytes) = frame.data_ref() {
                    let is_end = is_end && !std::mem::replace(&mut self.is_over, is_end);
                    self.live.data(self.side, bytes, is_end);
                } else if let Some(trailers) = frame.trailers_ref() {
                    self.live.trailers(self.side, trailers);
                }
                if is_end {
                    self.end(Ending::Whole);
                }
            }
            Poll::Ready(Some(Err(error))) => {
                let message = chain(&**error);
                self.end(Ending::Failed(message));
            }
            Poll::Ready(None) => self.end(Ending::Whole),
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for Tee {
    fn drop(&mut self) {
        let is_whole = self.inner.is_end_stream() || self.inner.size_hint().exact() == Some(0);
        self.end(if is_whole { Ending::Whole } else { Ending::Cancelled });
    }
}

/// An error with its causes.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        cause = error.source();
    }
    text
}
