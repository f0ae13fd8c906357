//! The body that layers hand on: one type, whatever it came from.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;
use http_body::Body as _;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use sync_wrapper::SyncWrapper;

use crate::BoxError;

/// The body of a request or response. Frames are given as they come; what is in memory stays known to be.
pub struct Body {
    inner: SyncWrapper<Inner>,
    // Known beside the wrapper, since that gives nobody a look at what is in it.
    size: SizeHint,
    has_ended: bool,
}

enum Inner {
    Whole(Option<Bytes>),
    /// What clients and servers of hyper read: no box is needed for it.
    #[cfg(feature = "hyper")]
    Incoming(hyper::body::Incoming),
    Stream(Stream),
}

type Stream = Pin<Box<dyn http_body::Body<Data = Bytes, Error = BoxError> + Send>>;

impl Body {
    /// Nothing.
    #[must_use]
    pub fn empty() -> Self {
        Self::of(Inner::Whole(None))
    }

    /// Any other body.
    pub fn new<B>(body: B) -> Self
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        // These would only be put into a box.
        let mut body = Some(body);
        let known = &mut body as &mut dyn std::any::Any;
        if let Some(ours) = known.downcast_mut::<Option<Self>>().and_then(Option::take) {
            return ours;
        }
        #[cfg(feature = "hyper")]
        if let Some(incoming) = known.downcast_mut::<Option<hyper::body::Incoming>>().and_then(Option::take) {
            return if incoming.is_end_stream() { Self::empty() } else { Self::of(Inner::Incoming(incoming)) };
        }
        match body {
            Some(body) if !body.is_end_stream() => Self::of(Inner::Stream(Box::pin(body.map_err(Into::into)))),
            _ => Self::empty(),
        }
    }

    /// What was read of a body, and what was not.
    pub(crate) fn resumed(read: Bytes, trailers: Option<HeaderMap>, rest: Option<Self>) -> Self {
        match (rest, &trailers) {
            (None, None) => Self::from(read),
            (Some(rest), None) if read.is_empty() => rest,
            (rest, _) => Self::new(Resumed { read: Some(read).filter(|read| !read.is_empty()), trailers, rest }),
        }
    }

    fn of(inner: Inner) -> Self {
        let (size, has_ended) = state(&inner);
        Self { inner: SyncWrapper::new(inner), size, has_ended }
    }

    /// The bytes, where all of them are in memory.
    pub fn whole(&mut self) -> Option<Bytes> {
        match self.inner.get_mut() {
            Inner::Whole(bytes) => Some(bytes.clone().unwrap_or_default()),
            #[cfg(feature = "hyper")]
            Inner::Incoming(_) => None,
            Inner::Stream(_) => None,
        }
    }
}

/// A body of which some was read before.
struct Resumed {
    read: Option<Bytes>,
    trailers: Option<HeaderMap>,
    rest: Option<Body>,
}

impl http_body::Body for Resumed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Some(read) = self.read.take() {
            return Poll::Ready(Some(Ok(Frame::data(read))));
        }
        if let Some(rest) = &mut self.rest {
            match Pin::new(rest).poll_frame(context) {
                Poll::Ready(None) => self.rest = None,
                polled => return polled,
            }
        }
        Poll::Ready(self.trailers.take().map(|trailers| Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.read.is_none() && self.trailers.is_none() && self.rest.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let read = self.read.as_ref().map_or(0, |read| read.len() as u64);
        let rest = self.rest.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint);
        let mut size = SizeHint::new();
        size.set_lower(rest.lower() + read);
        if let Some(upper) = rest.upper() {
            size.set_upper(upper + read);
        }
        size
    }
}

fn state(inner: &Inner) -> (SizeHint, bool) {
    match inner {
        Inner::Whole(bytes) => {
            (SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)), bytes.is_none())
        }
        #[cfg(feature = "hyper")]
        Inner::Incoming(body) => (body.size_hint(), body.is_end_stream()),
        Inner::Stream(stream) => (stream.size_hint(), stream.is_end_stream()),
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::empty()
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::of(Inner::Whole(Some(bytes).filter(|bytes| !bytes.is_empty())))
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        let inner = this.inner.get_mut();
        let polled = match inner {
            Inner::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            #[cfg(feature = "hyper")]
            Inner::Incoming(body) => Pin::new(body).poll_frame(context).map_err(Into::into),
            Inner::Stream(stream) => stream.as_mut().poll_frame(context),
        };
        (this.size, this.has_ended) = state(inner);
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.has_ended
    }

    fn size_hint(&self) -> SizeHint {
        self.size
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("size", &self.size).finish_non_exhaustive()
    }
}
