//! A recorded dialogue: what it answers, and how much of the request each part of that waits for.
//!
//! How much that is, is counted in messages where the framing of gRPC tells them apart, else in bytes. How much of a request
//! came, whoever [listens](super::dialogue) knows.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::{Map, Value};
use tracesnap_record::Interaction;
use tracesnap_record::model::{Body, Direction, Part};

use super::Answer;
use crate::Error;
use crate::exchange::message::ENCODED;

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) interaction: Arc<Interaction>,
    pub(crate) answer: Answer,
    pub(crate) asked: Asked,
    /// Whoever asked had not ended when the response had: what is asked beyond that is nobody's business.
    pub(crate) is_open: bool,
    /// What the head of the response waits for.
    pub(crate) head_waits: u64,
    /// Of each part of its body: where it ends, and what it waits for.
    waits: Vec<(u64, u64)>,
    end_waits: u64,
    /// So much was asked.
    pub(crate) total: u64,
    /// So much of it agrees with what is asked.
    pub(crate) agreed: u64,
}

/// The request, in the parts that it is counted by.
#[derive(Debug)]
pub(crate) enum Asked {
    /// Messages of gRPC.
    Messages(Vec<Value>),
    /// Bytes of a text.
    Text(Vec<u8>),
    /// Bytes that are not looked at before all are there.
    Bytes,
}

impl Script {
    pub(crate) fn of(interaction: &Arc<Interaction>, method: &Method) -> Result<Self, Error> {
        let answer = Answer::played(interaction, method)?;
        let (asked, ends) = asked(&interaction.request);
        let mut script = Self {
            interaction: Arc::clone(interaction),
            answer,
            asked,
            is_open: true,
            head_waits: 0,
            waits: Vec::new(),
            end_waits: 0,
            total: 0,
            agreed: 0,
        };
        let count = |bytes: u64| match &ends {
            Some(ends) => ends.partition_point(|&end| end <= bytes) as u64,
            None => bytes,
        };
        let (mut sent, mut answered, mut head) = (0, 0, None);
        let moments = interaction.stream.as_ref().map_or(&[][..], |stream| stream.moments());
        for moment in moments {
            let bytes = match &moment.part {
                Part::Data(bytes) => bytes.len() as u64,
                Part::Passed(bytes) => *bytes,
                _ => 0,
            };
            match (moment.direction, &moment.part) {
                (Direction::Request, Part::End) => script.is_open = false,
                (Direction::Request, _) => sent += bytes,
                (Direction::Response, Part::Headers { .. }) => {}
                (Direction::Response, part) => {
                    head.get_or_insert(count(sent));
                    if matches!(part, Part::Data(_) | Part::Passed(_)) {
                        answered += bytes;
                        script.waits.push((answered, count(sent)));
                    }
                    script.end_waits = count(sent);
                }
            }
        }
        script.head_waits = head.unwrap_or_default();
        script.total = count(sent);
        Ok(script)
    }

    /// What the part of the response waits for that begins after so many bytes.
    pub(crate) fn waits_at(&self, played: u64) -> u64 {
        let at = self.waits.partition_point(|(end, _)| *end <= played);
        self.waits.get(at).map_or(self.end_waits, |(_, waits)| *waits)
    }

    /// Some of the messages that were asked, in the place of the body.
    pub(crate) fn messages(&self, from: usize, to: usize) -> Option<Value> {
        let Asked::Messages(all) = &self.asked else { return None };
        Some(messages(from, all.get(from..to.min(all.len())).unwrap_or_default()))
    }

    /// The request with another body.
    pub(crate) fn with_body(&self, body: Value) -> Value {
        let mut fields: Map<String, Value> = Map::new();
        if let Value::Object(request) = &self.interaction.request {
            let others = request.iter().filter(|(name, _)| !["body", ENCODED].contains(&name.as_str()));
            fields.extend(others.map(|(name, value)| (name.clone(), value.clone())));
        }
        fields.insert("body".to_owned(), body);
        Value::Object(fields)
    }
}

/// A body of messages, of which the first ones are not looked at; so each stands where it stood.
pub(crate) fn messages(before: usize, some: &[Value]) -> Value {
    let mut all = vec![Value::Null; before];
    all.extend_from_slice(some);
    serde_json::json!({"type": "grpc", "messages": all})
}

/// The request of an interaction, and where its messages end.
fn asked(request: &Value) -> (Asked, Option<Vec<u64>>) {
    let body = request.get("body").filter(|_| request.get(ENCODED).is_none());
    let kind = body.and_then(|body| body.get("type")).and_then(Value::as_str).unwrap_or_default();
    match (kind, body) {
        ("grpc", Some(body)) => {
            let all = body.get("messages").and_then(Value::as_array).cloned().unwrap_or_default();
            let mut end = 0;
            let ends = all.iter().map(|message| {
                let bytes = message.get("base64").and_then(Value::as_str).and_then(|text| STANDARD.decode(text).ok());
                end += 5 + bytes.map_or(0, |bytes| bytes.len() as u64);
                end
            });
            let ends = ends.collect();
            (Asked::Messages(all), Some(ends))
        }
        ("text" | "sse" | "json" | "form", Some(body)) => {
            let bytes = serde_json::from_value::<Body>(body.clone()).ok().and_then(|body| body.to_bytes());
            (bytes.map_or(Asked::Bytes, Asked::Text), None)
        }
        _ => (Asked::Bytes, None),
    }
}
