//! An exchange as what it is on the wire: parts in both directions, each at its moment.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Which way a part went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To the service.
    Request,
    /// From the service.
    Response,
}

/// One part of an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// This direction opened.
    Start,
    /// Names and values, in their order, repeated names as often as they came. With a status of the protocol, if it has
    /// one.
    Headers {
        /// Such as HTTP's 200, or 103 before it.
        status: Option<u16>,
        /// Names and values.
        headers: Vec<(String, String)>,
    },
    /// Bytes of the body, as they came: not joined, not split.
    Data(Vec<u8>),
    /// So many bytes of the body came, which stand in the request or the response itself: what is long is kept once. In
    /// files `data` with `bytes`.
    Passed(u64),
    /// As headers, after the body.
    Trailers(Vec<(String, String)>),
    /// This direction ended as it should.
    End,
    /// It ended with an error.
    Error(String),
    /// Whoever read or wrote it stopped.
    Cancelled,
}

/// A part with its moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moment {
    /// Time since the exchange began. **Unit in files:** microseconds, `at_us`.
    pub at: Duration,
    /// Which way.
    pub direction: Direction,
    /// What.
    pub part: Part,
}

impl Moment {
    /// A part at its time.
    #[must_use]
    pub fn new(at: Duration, direction: Direction, part: Part) -> Self {
        Self { at, direction, part }
    }
}

/// All parts of an exchange in the order in which they happened. Request and response are views of it:
/// [`body`](Self::body), [`headers`](Self::headers), [`chunks`](Self::chunks).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stream {
    moments: Vec<Moment>,
}

impl Stream {
    /// A stream of these parts.
    #[must_use]
    pub fn new(moments: Vec<Moment>) -> Self {
        Self { moments }
    }

    /// All parts.
    #[must_use]
    pub fn moments(&self) -> &[Moment] {
        &self.moments
    }

    /// All data of a direction, joined.
    #[must_use]
    pub fn body(&self, direction: Direction) -> Vec<u8> {
        self.chunks(direction).flat_map(|(_, bytes)| bytes).copied().collect()
    }

    /// The data of a direction as it came, each with its time since the exchange began.
    pub fn chunks(&self, direction: Direction) -> impl Iterator<Item = (Duration, &[u8])> {
        self.moments.iter().filter_map(move |moment| match &moment.part {
            Part::Data(bytes) if moment.direction == direction => Some((moment.at, bytes.as_slice())),
            _ => None,
        })
    }

    /// How long the data of a direction was, part by part, each with its time since the exchange began; wherever the bytes
    /// themselves stand.
    pub fn lengths(&self, direction: Direction) -> impl Iterator<Item = (Duration, u64)> {
        self.moments.iter().filter_map(move |moment| match &moment.part {
            Part::Data(bytes) if moment.direction == direction => Some((moment.at, bytes.len() as u64)),
            Part::Passed(bytes) if moment.direction == direction => Some((moment.at, *bytes)),
            _ => None,
        })
    }

    /// When a part of a direction came, if one did that `is`.
    pub fn time_of(&self, direction: Direction, is: impl Fn(&Part) -> bool) -> Option<Duration> {
        let mut found = self.moments.iter().filter(|moment| moment.direction == direction);
        found.find(|moment| is(&moment.part)).map(|moment| moment.at)
    }

    /// The last headers of a direction with their status: those before were informational.
    #[must_use]
    pub fn headers(&self, direction: Direction) -> Option<(Option<u16>, &Pairs)> {
        self.moments.iter().rev().find_map(|moment| match &moment.part {
            Part::Headers { status, headers } if moment.direction == direction => Some((*status, headers.as_slice())),
            _ => None,
        })
    }

    /// The trailers of a direction; empty where there were none.
    #[must_use]
    pub fn trailers(&self, direction: Direction) -> &[(String, String)] {
        let found = self.moments.iter().find_map(|moment| match &moment.part {
            Part::Trailers(trailers) if moment.direction == direction => Some(trailers.as_slice()),
            _ => None,
        });
        found.unwrap_or_default()
    }

    /// Whether a direction ended as it should.
    #[must_use]
    pub fn is_whole(&self, direction: Direction) -> bool {
        self.moments.iter().any(|moment| moment.direction == direction && moment.part == Part::End)
    }

    /// Whether the response began before the request had ended: whoever asked may have waited for it.
    #[must_use]
    pub fn is_dialogue(&self) -> bool {
        for moment in &self.moments {
            match (moment.direction, &moment.part) {
                (Direction::Request, Part::End) => return false,
                // What comes before a response is none.
                (Direction::Request, _) | (Direction::Response, Part::Headers { status: Some(100..=199), .. }) => {}
                // Of a request that came as a whole no parts are told.
                (Direction::Response, _) => {
                    return self.moments.iter().any(|moment| moment.direction == Direction::Request);
                }
            }
        }
        false
    }

    pub(crate) fn moments_mut(&mut self) -> &mut Vec<Moment> {
        &mut self.moments
    }
}

/// Names and values, in their order.
pub type Pairs = [(String, String)];

/// Notes the parts of an exchange as they happen, up to a bound on their bytes.
#[derive(Debug)]
pub struct Exchange {
    begun: Instant,
    stream: Stream,
    left: usize,
    cut: u64,
}

impl Exchange {
    /// The most bytes of data that are kept of an exchange where nothing else is said: 16 MiB.
    pub const DEFAULT_BYTES: usize = 16 << 20;

    /// An exchange that begins now and keeps up to so many bytes of data.
    #[must_use]
    pub fn begin(most_bytes: usize) -> Self {
        Self { begun: Instant::now(), stream: Stream::default(), left: most_bytes, cut: 0 }
    }

    /// Notes a part. Of data beyond the bound only the number of bytes is known.
    pub fn note(&mut self, direction: Direction, part: Part) {
        let part = match part {
            Part::Data(mut bytes) => {
                let kept = bytes.len().min(self.left);
                self.left -= kept;
                self.cut += (bytes.len() - kept) as u64;
                if kept == 0 && !bytes.is_empty() {
                    return;
                }
                bytes.truncate(kept);
                Part::Data(bytes)
            }
            part => part,
        };
        self.stream.moments.push(Moment { at: self.begun.elapsed(), direction, part });
    }

    /// Bytes of data that were not kept.
    #[must_use]
    pub fn cut(&self) -> u64 {
        self.cut
    }

    /// What was noted.
    #[must_use]
    pub fn finish(self) -> Stream {
        self.stream
    }
}

/// A part as files have it; data is text where it is UTF-8.
#[derive(Serialize, Deserialize)]
struct Line {
    at_us: u64,
    dir: Direction,
    event: Event,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    headers: Option<Vec<(String, String)>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Event {
    Start,
    Headers,
    Data,
    Trailers,
    End,
    Error,
    Cancelled,
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let at_us = u64::try_from(self.at.as_micros()).unwrap_or(u64::MAX);
        let line = Line {
            at_us,
            dir: self.direction,
            event: Event::End,
            status: None,
            headers: None,
            text: None,
            base64: None,
            bytes: None,
            message: None,
        };
        let line = match &self.part {
            Part::Start => Line { event: Event::Start, ..line },
            Part::Headers { status, headers } => {
                Line { event: Event::Headers, status: *status, headers: Some(headers.clone()), ..line }
            }
            Part::Data(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Line { event: Event::Data, text: Some(text.to_owned()), ..line },
                Err(_) => Line { event: Event::Data, base64: Some(STANDARD.encode(bytes)), ..line },
            },
            Part::Passed(bytes) => Line { event: Event::Data, bytes: Some(*bytes), ..line },
            Part::Trailers(trailers) => Line { event: Event::Trailers, headers: Some(trailers.clone()), ..line },
            Part::End => line,
            Part::Error(message) => Line { event: Event::Error, message: Some(message.clone()), ..line },
            Part::Cancelled => Line { event: Event::Cancelled, ..line },
        };
        line.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let line = Line::deserialize(from)?;
        let part = match line.event {
            Event::Start => Part::Start,
            Event::Headers => Part::Headers { status: line.status, headers: line.headers.unwrap_or_default() },
            Event::Data => match (line.text, line.base64, line.bytes) {
                (Some(text), ..) => Part::Data(text.into_bytes()),
                (None, Some(base64), _) => Part::Data(STANDARD.decode(base64).map_err(serde::de::Error::custom)?),
                (None, None, Some(bytes)) => Part::Passed(bytes),
                (None, None, None) => Part::Data(Vec::new()),
            },
            Event::Trailers => Part::Trailers(line.headers.unwrap_or_default()),
            Event::End => Part::End,
            Event::Error => Part::Error(line.message.unwrap_or_default()),
            Event::Cancelled => Part::Cancelled,
        };
        Ok(Self { at: Duration::from_micros(line.at_us), direction: line.dir, part })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_and_response_are_views_of_the_parts() {
        let mut exchange = Exchange::begin(8);
        exchange.note(Direction::Request, Part::Start);
        exchange.note(Direction::Response, Part::Headers { status: Some(103), headers: vec![] });
        let cookie = |value: &str| ("set-cookie".to_owned(), value.to_owned());
        let headers = vec![cookie("a"), cookie("b")];
        exchange.note(Direction::Response, Part::Headers { status: Some(200), headers: headers.clone() });
        for bytes in [&b"one"[..], b"\xff\xfe", b"threefour", b"lost"] {
            exchange.note(Direction::Response, Part::Data(bytes.to_vec()));
        }
        exchange.note(Direction::Response, Part::Passed(1_000));
        exchange.note(Direction::Response, Part::Trailers(vec![("grpc-status".into(), "0".into())]));
        exchange.note(Direction::Response, Part::End);
        assert_eq!(exchange.cut(), 10);
        let stream = exchange.finish();
        let file = serde_json::to_string(&stream).expect("JSON");
        let back: Stream = serde_json::from_str(&file).expect("we wrote it");
        assert_eq!(back.body(Direction::Response), b"one\xff\xfethr");
        assert_eq!(back.chunks(Direction::Response).count(), 3);
        assert_eq!(back.lengths(Direction::Response).map(|(_, bytes)| bytes).collect::<Vec<_>>(), [3, 2, 3, 1_000]);
        assert_eq!(back.headers(Direction::Response), Some((Some(200), headers.as_slice())));
        assert_eq!(back.trailers(Direction::Response).len(), 1);
        assert!(back.is_whole(Direction::Response) && !back.is_whole(Direction::Request));
    }
}
