//! Sends a response at its pace.

use std::collections::VecDeque;
use std::future::Future;
use std::io::Read;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body::{Frame, SizeHint};
use tokio::time::{Instant, Sleep};
use tracesnap_record::recorder::{BlobFolder, BlobReader};

use super::{Answer, End, Source, Timing};
use crate::{Body, BoxError, Error};

/// Sends it, when its head is due.
pub(crate) async fn respond(
    answer: Answer,
    timing: Timing,
    blobs: Option<&BlobFolder>,
) -> Result<Response<Body>, Error> {
    let begun = Instant::now();
    // Before its head, so that a body that is not there is told in its place.
    let paced = Paced::of(&answer, timing, begun, blobs)?;
    if timing != Timing::None {
        tokio::time::sleep_until(begun + timing.of(answer.head_at)).await;
    }
    let is_simple =
        timing == Timing::None && answer.parts.len() <= 1 && answer.trailers.is_none() && answer.end == End::Whole;
    let body = match paced.from {
        From::Memory(bytes) if is_simple => Body::from(bytes),
        _ => Body::new(paced),
    };
    Ok(head(&answer, body))
}

/// Its head, with this body.
pub(super) fn head(answer: &Answer, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = answer.status;
    *response.version_mut() = answer.version;
    *response.headers_mut() = answer.headers.clone();
    response
}

enum From {
    Memory(Bytes),
    Blob(Box<BlobReader>, u64),
}

impl From {
    fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Blob(_, bytes) => *bytes,
        }
    }

    fn take(&mut self, bytes: u64) -> Result<Bytes, BoxError> {
        match self {
            Self::Memory(all) => Ok(all.split_to(usize::try_from(bytes).map_or(all.len(), |n| n.min(all.len())))),
            Self::Blob(from, _) => {
                let mut part = vec![0; usize::try_from(bytes).unwrap_or(MOST_AT_ONCE).min(MOST_AT_ONCE)];
                from.read_exact(&mut part)?;
                Ok(part.into())
            }
        }
    }
}

/// Of a blob so much is in memory.
const MOST_AT_ONCE: usize = 64 << 10;

/// The body of a response.
pub(super) struct Paced {
    from: From,
    left: u64,
    parts: VecDeque<(Duration, u64)>,
    trailers: Option<HeaderMap>,
    /// `None` when it has ended.
    end: Option<(Duration, End)>,
    timing: Timing,
    begun: Instant,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Paced {
    pub(super) fn of(
        answer: &Answer,
        timing: Timing,
        begun: Instant,
        blobs: Option<&BlobFolder>,
    ) -> Result<Self, Error> {
        let from = match &answer.body {
            Source::Bytes(bytes) => From::Memory(bytes.clone()),
            Source::Blob(sha256, bytes) => {
                let blobs = blobs.ok_or_else(|| Error::Response {
                    interaction: sha256.clone(),
                    why: "it lies beside a session file, and there is none".to_owned(),
                })?;
                From::Blob(Box::new(blobs.open(sha256)?), *bytes)
            }
        };
        Ok(Self {
            left: from.len(),
            from,
            parts: answer.parts.iter().copied().collect(),
            trailers: answer.trailers.clone(),
            end: Some((answer.end_at, answer.end.clone())),
            timing,
            begun,
            sleep: None,
        })
    }

    /// Goes on after so many bytes, which somebody else handed on.
    pub(super) fn skip(&mut self, mut bytes: u64) -> Result<(), BoxError> {
        while bytes > 0 && self.left > 0 {
            let taken = self.from.take(bytes)?.len() as u64;
            if taken == 0 {
                break;
            }
            self.passed(taken);
            bytes -= taken.min(bytes);
        }
        Ok(())
    }

    /// So many bytes are gone.
    fn passed(&mut self, mut bytes: u64) {
        self.left -= bytes.min(self.left);
        while let Some((_, part)) = self.parts.front_mut() {
            let of_it = bytes.min(*part);
            *part -= of_it;
            bytes -= of_it;
            if *part > 0 || bytes == 0 {
                break;
            }
            self.parts.pop_front();
        }
    }

    /// Waits until a time since the request.
    fn poll_due(&mut self, at: Duration, context: &mut Context<'_>) -> Poll<()> {
        if self.timing == Timing::None {
            return Poll::Ready(());
        }
        let due = self.begun + self.timing.of(at);
        if self.sleep.is_none() && due > Instant::now() {
            self.sleep = Some(Box::pin(tokio::time::sleep_until(due)));
        }
        if let Some(sleep) = &mut self.sleep {
            ready!(sleep.as_mut().poll(context));
            self.sleep = None;
        }
        Poll::Ready(())
    }
}

impl http_body::Body for Paced {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = &mut *self;
        // Parts of nothing are what redaction left of some.
        while this.parts.front().is_some_and(|(_, bytes)| *bytes == 0) {
            this.parts.pop_front();
        }
        if this.left > 0 {
            let next = match this.parts.front() {
                Some(&(at, bytes)) => {
                    ready!(this.poll_due(at, context));
                    bytes.min(this.left)
                }
                // What no part speaks of comes with the end.
                None => {
                    let at = this.end.as_ref().map_or(Duration::ZERO, |(at, _)| *at);
                    ready!(this.poll_due(at, context));
                    this.left
                }
            };
            let part = match this.from.take(next) {
                Ok(part) => part,
                Err(error) => {
                    (this.left, this.end) = (0, None);
                    return Poll::Ready(Some(Err(error)));
                }
            };
            this.passed(part.len() as u64);
            return Poll::Ready(Some(Ok(Frame::data(part))));
        }
        let Some((at, _)) = this.end else { return Poll::Ready(None) };
        ready!(this.poll_due(at, context));
        // The end of a blob tells whether it was what it says.
        if let From::Blob(from, _) = &mut this.from
            && let Err(error) = from.read(&mut [0])
        {
            this.end = None;
            return Poll::Ready(Some(Err(error.into())));
        }
        if let Some(trailers) = this.trailers.take() {
            return Poll::Ready(Some(Ok(Frame::trailers(trailers))));
        }
        match this.end.take() {
            Some((_, End::Cut(message))) => Poll::Ready(Some(Err(Error::Cut { message }.into()))),
            _ => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
            && self.trailers.is_none()
            && self.end.as_ref().is_none_or(|(_, end)| *end == End::Whole)
            && matches!(self.from, From::Memory(_))
            && self.timing == Timing::None
    }

    fn size_hint(&self) -> SizeHint {
        // One that is cut says another length than it has.
        match &self.end {
            Some((_, End::Cut(_))) => SizeHint::default(),
            _ => SizeHint::with_exact(self.left),
        }
    }
}
