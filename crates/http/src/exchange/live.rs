//! An exchange that is under way: what passes is noted, and when it is over, told.
//!
//! Noting copies bytes and reads the clock; everything that takes time happens when the exchange is
//! [told](super::message), on a thread of the session's. Of a body, so much is kept in memory as the settings say; one
//! that is larger goes beside the session as it comes.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, Version};
use tracesnap_record::Draft;
use tracesnap_record::provider::Asking;
use tracesnap_redact::Policy;

use super::coding;
use super::message;
use super::spill::Spill;

/// How exchanges are noted and told.
#[derive(Clone, Debug)]
pub(crate) struct Telling {
    pub(crate) policy: Policy,
    /// Bytes of a body that are kept in memory and in the session file.
    pub(crate) kept_bytes: usize,
    #[cfg(feature = "tonic")]
    pub(crate) descriptors: Option<prost_reflect::DescriptorPool>,
}

/// What a request is before its body.
#[derive(Clone, Debug)]
pub(crate) struct RequestHead {
    pub(crate) method: Method,
    /// The whole address where it is known, else path and query.
    pub(crate) url: Arc<str>,
    pub(crate) headers: HeaderMap,
}

/// What a response is before its body.
#[derive(Clone, Debug)]
pub(crate) struct ResponseHead {
    pub(crate) status: StatusCode,
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
}

/// How a direction ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Whole,
    Failed(String),
    /// Whoever read it stopped.
    Cancelled,
}

/// The body of one direction, as it passed.
#[derive(Default)]
pub(crate) struct Half {
    pub(crate) kept: Vec<u8>,
    pub(crate) spill: Option<Spill>,
    pub(crate) bytes: u64,
    /// When each part came, and how long it was.
    pub(crate) parts: Vec<(Duration, u64)>,
    /// So many parts are noted as one.
    stride: u32,
    in_stride: u32,
    pub(crate) trailers: Option<HeaderMap>,
    pub(crate) end: Option<(Duration, Ending)>,
}

/// All of an exchange.
pub(crate) struct Raw {
    pub(crate) begun: Instant,
    pub(crate) request: RequestHead,
    pub(crate) sent: Half,
    pub(crate) informational: Vec<(Duration, StatusCode, HeaderMap)>,
    pub(crate) response: Option<(Duration, ResponseHead)>,
    pub(crate) received: Half,
    /// What came instead of a response: message and type.
    pub(crate) failure: Option<(String, Option<&'static str>)>,
}

/// So many parts of a body are told apart; of a longer stream neighbours are told as one.
const MOST_PARTS: usize = 16_384;

/// See the [module](self).
pub(crate) struct Live {
    telling: Arc<Telling>,
    state: Mutex<State>,
}

struct State {
    /// `None` when it was told.
    asking: Option<Asking>,
    raw: Raw,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Request,
    Response,
}

impl Live {
    pub(crate) fn begin(asking: Asking, telling: Arc<Telling>, request: RequestHead) -> Arc<Self> {
        let raw = Raw {
            begun: asking.begun(),
            request,
            sent: Half::default(),
            informational: Vec::new(),
            response: None,
            received: Half::default(),
            failure: None,
        };
        Arc::new(Self { telling, state: Mutex::new(State { asking: Some(asking), raw }) })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes passed; they may be the last ones.
    pub(crate) fn data(self: &Arc<Self>, side: Side, bytes: &[u8], is_end: bool) {
        let mut state = self.lock();
        let at = state.raw.begun.elapsed();
        // HTTP/2 ends with one that is empty.
        if !bytes.is_empty() {
            self.note(&mut state, side, bytes, at);
        }
        if is_end {
            self.note_end(state, side, at, Ending::Whole);
        }
    }

    fn note(&self, state: &mut State, side: Side, bytes: &[u8], at: Duration) {
        let State { asking: Some(asking), raw } = state else { return };
        let (half, headers) = match side {
            Side::Request => (&mut raw.sent, Some(&raw.request.headers)),
            Side::Response => (&mut raw.received, raw.response.as_ref().map(|(_, head)| &head.headers)),
        };
        half.note(at, bytes.len() as u64);
        match &mut half.spill {
            Some(spill) => spill.push(bytes),
            None if half.kept.len() + bytes.len() <= self.telling.kept_bytes => half.kept.extend_from_slice(bytes),
            None => {
                half.kept.extend_from_slice(bytes);
                let first = std::mem::take(&mut half.kept);
                let is_coded = headers.is_some_and(|headers| coding::codings(headers) != Ok(Vec::new()));
                half.spill = Some(Spill::begin(&self.telling.policy, asking.blobs(), is_coded, &first));
            }
        }
    }

    pub(crate) fn trailers(&self, side: Side, trailers: &HeaderMap) {
        let mut state = self.lock();
        match side {
            Side::Request => state.raw.sent.trailers = Some(trailers.clone()),
            Side::Response => state.raw.received.trailers = Some(trailers.clone()),
        }
    }

    /// A direction is over. When the response is, the exchange is.
    pub(crate) fn end(self: &Arc<Self>, side: Side, ending: Ending) {
        let state = self.lock();
        let at = state.raw.begun.elapsed();
        self.note_end(state, side, at, ending);
    }

    fn note_end(
        self: &Arc<Self>,
        mut state: std::sync::MutexGuard<'_, State>,
        side: Side,
        at: Duration,
        ending: Ending,
    ) {
        match side {
            Side::Request => {
                state.raw.sent.end.get_or_insert((at, ending));
            }
            Side::Response => {
                state.raw.received.end.get_or_insert((at, ending));
                self.tell(state);
            }
        }
    }

    /// A response of before the response, such as 103.
    #[cfg(feature = "hyper")]
    pub(crate) fn informational(&self, status: StatusCode, headers: HeaderMap) {
        let mut state = self.lock();
        let at = state.raw.begun.elapsed();
        state.raw.informational.push((at, status, headers));
    }

    pub(crate) fn response(&self, head: ResponseHead) {
        let mut state = self.lock();
        let at = state.raw.begun.elapsed();
        state.raw.response = Some((at, head));
    }

    /// There is no response.
    pub(crate) fn failed(self: &Arc<Self>, message: String, of_type: Option<&'static str>) {
        let mut state = self.lock();
        state.raw.failure = Some((message, of_type));
        self.tell(state);
    }

    /// Nobody waits for the response.
    pub(crate) fn cancelled(self: &Arc<Self>) {
        let mut state = self.lock();
        if state.raw.response.is_none() {
            let at = state.raw.begun.elapsed();
            state.raw.received.end.get_or_insert((at, Ending::Cancelled));
            self.tell(state);
        }
    }

    fn tell(self: &Arc<Self>, mut state: std::sync::MutexGuard<'_, State>) {
        let Some(asking) = state.asking.take() else { return };
        // What a header takes, and the entry itself.
        let bytes = state.raw.sent.kept.len() + state.raw.received.kept.len() + 2_048;
        drop(state);
        let live = Arc::clone(self);
        asking.seal(bytes, move || live.draft());
    }

    /// What it was. Taken out first, since whoever sends the request may still come by.
    fn draft(&self) -> Draft {
        let mut state = self.lock();
        let request = RequestHead { method: Method::GET, url: Arc::default(), headers: HeaderMap::new() };
        let empty = Raw {
            begun: state.raw.begun,
            request,
            sent: Half::default(),
            informational: Vec::new(),
            response: None,
            received: Half::default(),
            failure: None,
        };
        let raw = std::mem::replace(&mut state.raw, empty);
        drop(state);
        message::draft(raw, &self.telling)
    }
}

impl Half {
    fn note(&mut self, at: Duration, bytes: u64) {
        self.bytes += bytes;
        if self.in_stride > 0
            && let Some((_, last)) = self.parts.last_mut()
        {
            *last += bytes;
            self.in_stride -= 1;
            return;
        }
        if self.parts.len() == MOST_PARTS {
            let merged = self.parts.chunks(2).map(|pair| (pair[0].0, pair.iter().map(|(_, bytes)| bytes).sum()));
            self.parts = merged.collect();
            self.stride = self.stride * 2 + 1;
        }
        self.in_stride = self.stride;
        self.parts.push((at, bytes));
    }
}

/// Tells that nobody waits for the response, unless it came.
pub(crate) struct CancelGuard(pub(crate) Arc<Live>);

impl Drop for CancelGuard {
    fn drop(&mut self) {
        self.0.cancelled();
    }
}

/// All of a body that is in memory, noted as one part.
pub(crate) fn note_whole(live: &Arc<Live>, bytes: &Bytes) {
    live.data(Side::Request, bytes, true);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_long_stream_are_told_in_bounded_memory_and_none_is_lost() {
        let mut half = Half::default();
        for at in 0..1_000_000 {
            half.note(Duration::from_micros(at), 3);
        }
        assert!(half.parts.len() <= MOST_PARTS && half.parts.len() >= MOST_PARTS / 4, "{}", half.parts.len());
        assert_eq!(half.parts.iter().map(|(_, bytes)| bytes).sum::<u64>(), 3_000_000);
        assert!(half.parts.is_sorted());
    }
}
