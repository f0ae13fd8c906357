//! Takes secrets out of what is about to be written, by the one policy.
//!
//! What a secret is, [`tracesnap_redact`] knows.

use serde::Serialize;
use serde_json::Value;
use tracesnap_redact::{Limits, PLACEHOLDER, Policy, Report};

#[cfg(feature = "interchange")]
use crate::model::Interaction;
use crate::model::{Direction, Part, Stream};

/// Bounds of one request or response: 64 MiB, 16 MiB a string, 1,000,000 elements, 100 deep. What is played back must
/// be whole, so they are wider than those of captured arguments.
pub const LIMITS: Limits =
    Limits::none().with_bytes(64 << 20).with_string(16 << 20).with_length(1_000_000).with_depth(100);

/// A value as JSON that may be written, with what was kept back.
pub(crate) fn clean<T: Serialize + ?Sized>(policy: &Policy, value: &T) -> (Vec<u8>, Report) {
    let redacting = policy.redacting(value).limits(LIMITS);
    let json = redacting.write_with(|value| serde_json::to_vec(value));
    let mut report = redacting.report();
    let mut cleaned = Vec::new();
    match json.map_err(|_| ()).and_then(|json| policy.redact_json(&json, &mut cleaned).map_err(|_| ())) {
        Ok(more) => report.merge(more),
        // It cannot be looked through, so nothing of it is written.
        Err(()) => cleaned = serde_json::to_vec(tracesnap_redact::FAILED).unwrap_or_default(),
    }
    // Headers as pairs, which have no name that a rule over objects could see.
    if cleaned.windows(2).any(|pair| pair == b"[\"")
        && let Ok(mut value) = serde_json::from_slice::<Value>(&cleaned)
        && clean_pairs(policy, &mut value)
        && let Ok(json) = serde_json::to_vec(&value)
    {
        cleaned = json;
    }
    (cleaned, report)
}

/// The same as a value.
pub(crate) fn clean_value<T: Serialize + ?Sized>(policy: &Policy, value: &T) -> (Value, Report) {
    let (json, report) = clean(policy, value);
    (serde_json::from_slice(&json).unwrap_or_else(|_| tracesnap_redact::FAILED.into()), report)
}

/// `["authorization", "Bearer …"]`; whether there was one.
fn clean_pairs(policy: &Policy, value: &mut Value) -> bool {
    match value {
        Value::Array(items) => {
            if let [Value::String(name), secret @ Value::String(_)] = items.as_mut_slice()
                && *secret != PLACEHOLDER
                && policy.matches_name(name).is_some()
            {
                *secret = PLACEHOLDER.into();
                return true;
            }
            items.iter_mut().fold(false, |found, item| clean_pairs(policy, item) | found)
        }
        Value::Object(fields) => fields.values_mut().fold(false, |found, field| clean_pairs(policy, field) | found),
        _ => false,
    }
}

/// A text that may be written.
pub(crate) fn clean_text(policy: &Policy, text: &str) -> String {
    policy.redact_text(text).into_owned()
}

/// Cleans the parts of an exchange. Data is looked at as a whole, so that a secret that came in two parts is found, and
/// is split again where it was split; a part within which something was replaced ends where its line ends.
pub(crate) fn clean_stream(policy: &Policy, stream: &mut Stream) {
    for moment in stream.moments_mut() {
        match &mut moment.part {
            Part::Headers { headers, .. } | Part::Trailers(headers) => {
                for (name, value) in headers {
                    match policy.matches_name(name) {
                        Some(_) => PLACEHOLDER.clone_into(value),
                        None => *value = clean_text(policy, value),
                    }
                }
            }
            Part::Error(message) => *message = clean_text(policy, message),
            _ => {}
        }
    }
    for direction in [Direction::Request, Direction::Response] {
        let whole = stream.body(direction);
        // Bytes that are no text are searched for what has the form of a secret by whoever knows what they are.
        let Ok(text) = std::str::from_utf8(&whole) else { continue };
        let cleaned = clean_body(policy, text);
        if cleaned == text {
            continue;
        }
        let places = Places::new(text, &cleaned);
        let (mut at, mut from) = (0, 0);
        for moment in stream.moments_mut() {
            if moment.direction == direction
                && let Part::Data(bytes) = &mut moment.part
            {
                at += bytes.len();
                let to = places.of(at).max(from);
                *bytes = cleaned.as_bytes()[from..to].to_vec();
                from = to;
            }
        }
    }
}

/// Where places of a text are in what it became when it was redacted: those of chunks, which then end where they ended,
/// but not within what was replaced.
#[must_use]
pub fn moved_places(before: &str, after: &str, places: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let moved = Places::new(before, after);
    let mut last = 0;
    let places = places.into_iter().map(|at| {
        last = moved.of(at).max(last);
        last
    });
    places.collect()
}

/// A body: JSON as JSON, lines of server-sent events whose data is JSON likewise, all else as text.
pub(crate) fn clean_body(policy: &Policy, text: &str) -> String {
    let json = |text: &str| {
        let mut cleaned = Vec::new();
        let report = policy.redact_json(text.as_bytes(), &mut cleaned).ok()?;
        if report.is_clean() { Some(text.to_owned()) } else { String::from_utf8(cleaned).ok() }
    };
    if text.starts_with(['{', '['])
        && let Some(cleaned) = json(text)
    {
        return cleaned;
    }
    let has_events = text.lines().any(|line| line.starts_with("data:"));
    if !has_events {
        return clean_text(policy, text);
    }
    let mut whole = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\r', '\n']);
        let data = content.strip_prefix("data:").map(str::trim_start).filter(|data| data.starts_with(['{', '[']));
        match data.and_then(|data| Some((data, json(data)?))) {
            Some((data, cleaned)) => {
                whole.push_str(&content[..content.len() - data.len()]);
                whole.push_str(&cleaned);
                whole.push_str(&line[content.len()..]);
            }
            None => whole.push_str(line),
        }
    }
    clean_text(policy, &whole)
}

/// Where places of a text are in the text that it became.
struct Places {
    /// Beginning and length of each line, before and after; none if lines were joined.
    lines: Vec<(usize, usize, usize, usize)>,
    /// Bytes that are the same from the beginning, and from the end.
    same: (usize, usize),
    lengths: (usize, usize),
    boundaries: Vec<bool>,
}

impl Places {
    fn new(before: &str, after: &str) -> Self {
        let lines_of = |text: &str| {
            let mut at = 0;
            let lines = text.split_inclusive('\n').map(move |line| {
                at += line.len();
                (at - line.len(), line.len())
            });
            lines.collect::<Vec<_>>()
        };
        let (old, new) = (lines_of(before), lines_of(after));
        let lines = if old.len() == new.len() {
            old.into_iter().zip(new).map(|((at, length), (to, new))| (at, length, to, new)).collect()
        } else {
            Vec::new()
        };
        let same = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
        let same_end = before.bytes().rev().zip(after.bytes().rev()).take_while(|(a, b)| a == b).count();
        let mut boundaries = vec![false; after.len() + 1];
        after.char_indices().for_each(|(at, _)| boundaries[at] = true);
        boundaries[after.len()] = true;
        Self { lines, same: (same, same_end), lengths: (before.len(), after.len()), boundaries }
    }

    fn of(&self, at: usize) -> usize {
        let (old, new) = self.lengths;
        let found = if at >= old {
            new
        } else if at <= self.same.0 {
            at
        } else if old - at <= self.same.1 {
            new - (old - at)
        } else {
            let line = self.lines.partition_point(|&(from, ..)| from <= at).checked_sub(1);
            match line.map(|line| self.lines[line]) {
                Some((from, length, to, new_length)) if length == new_length => to + (at - from),
                // Within a line that changed: after it, as a half of it may be half a secret.
                Some((from, _, to, new_length)) => to + if at == from { 0 } else { new_length },
                None => new,
            }
        };
        let mut found = found.min(new);
        while !self.boundaries[found] {
            found += 1;
        }
        found
    }
}

/// Cleans an interaction that came from elsewhere.
#[cfg(feature = "interchange")]
pub(crate) fn clean_interaction(policy: &Policy, interaction: &mut Interaction) -> Report {
    let (request, mut report) = clean_value(policy, &interaction.request);
    let (response, more) = clean_value(policy, &interaction.response);
    report.merge(more);
    interaction.request = request;
    interaction.response = response;
    interaction.error = interaction.error.take().map(|text| clean_text(policy, &text));
    if let Some(stream) = &mut interaction.stream {
        clean_stream(policy, stream);
    }
    if !interaction.extra.is_empty()
        && let (Value::Object(extra), more) = clean_value(policy, &interaction.extra)
    {
        report.merge(more);
        interaction.extra = extra;
    }
    report
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::Moment;

    fn data(parts: &[&str]) -> Stream {
        let moments = parts.iter().enumerate().map(|(at, part)| Moment {
            at: Duration::from_micros(at as u64),
            direction: Direction::Response,
            part: Part::Data(part.as_bytes().to_vec()),
        });
        Stream::new(moments.collect())
    }

    fn cleaned(parts: &[&str]) -> Vec<String> {
        let mut stream = data(parts);
        clean_stream(&Policy::for_captures(), &mut stream);
        let text = |(_, bytes): (_, &[u8])| String::from_utf8(bytes.to_vec()).expect("text");
        stream.chunks(Direction::Response).map(text).collect()
    }

    #[test]
    fn a_secret_that_came_in_two_parts_is_found() {
        let parts =
            cleaned(&["data: {\"n\":1}\n\n", "data: {\"password\":\"hun", "ter2\"}\n\ndata: {\"n\":", "3}\n\n"]);
        let whole = parts.concat();
        assert!(!whole.contains("hun") && !whole.contains("ter2"), "{whole}");
        assert!(whole.contains("data: {\"n\":1}\n\n") && whole.ends_with("data: {\"n\":3}\n\n"), "{whole}");
        assert_eq!(parts.len(), 4);
        assert_eq!((parts[0].as_str(), parts[3].as_str()), ("data: {\"n\":1}\n\n", "3}\n\n"));
    }

    #[test]
    fn parts_without_secrets_stay_as_they_came() {
        let parts = ["data: {\"n\": 1.50}\n", "\ndata: ü", "\n\n"];
        assert_eq!(cleaned(&parts), parts);
    }

    #[test]
    fn headers_written_as_pairs_are_cleaned_by_their_names() {
        let request = serde_json::json!({"headers": [["x-api-key", "k-123"], ["accept", "*/*"]]});
        let (value, _) = clean_value(&Policy::for_captures(), &request);
        assert_eq!(value, serde_json::json!({"headers": [["x-api-key", PLACEHOLDER], ["accept", "*/*"]]}));
    }
}
