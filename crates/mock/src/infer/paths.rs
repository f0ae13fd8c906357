//! Finds which parts of recorded paths are parameters.
//!
//! What one segment looks like, the profiles of `tracesnap-http` say; here segments are held against their neighbours,
//! and against what the answer says.

use std::collections::BTreeMap;

use serde_json::Value;
use tracesnap_http::profile::path_template;

use super::exchange::Exchange;
use crate::patterns::words::{is_plural, singular, words};
use crate::recorded::redacted_kind;

/// Exchanges with one templated path.
#[derive(Debug)]
pub(super) struct Group {
    /// As in `/orders/{order_id}`.
    pub(super) path: String,
    pub(super) params: Vec<PathParam>,
    /// Words of the path that are no parameters, for names.
    pub(super) words: Vec<String>,
    /// Whether the path ends in a parameter.
    pub(super) is_item: bool,
    /// Places among all exchanges.
    pub(super) exchanges: Vec<usize>,
}

/// A parameter of a path.
#[derive(Clone, Debug)]
pub(super) struct PathParam {
    pub(super) name: String,
    /// Its place among the segments.
    pub(super) depth: usize,
    /// What follows it in its segment, as in `{id}.pdf`.
    pub(super) suffix: String,
    pub(super) confidence: f64,
    pub(super) reason: String,
}

#[derive(Clone, Debug)]
enum Part {
    Literal(String),
    Param(PathParam),
}

/// Words that stand for ids if at least so many are alike, and nothing else says so.
const MIN_ALIKE: usize = 4;
/// Words that stand for ids if at least so many are repeated by their answers.
const MIN_ECHOED: usize = 2;
/// Deeper paths are literal from there on.
const MAX_DEPTH: usize = 64;

pub(super) fn group(exchanges: &[Exchange]) -> Vec<Group> {
    let mut groups = Vec::new();
    divide(exchanges, (0..exchanges.len()).collect(), &mut Vec::new(), &mut groups);
    groups.sort_by(|a, b| a.path.cmp(&b.path));
    groups
}

fn divide(exchanges: &[Exchange], of: Vec<usize>, parts: &mut Vec<Part>, groups: &mut Vec<Group>) {
    let depth = parts.len();
    let mut by_segment: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut ended = Vec::new();
    for at in of {
        match exchanges[at].segments.get(depth) {
            Some(segment) if depth < MAX_DEPTH => by_segment.entry(segment).or_default().push(at),
            _ => ended.push(at),
        }
    }
    if !ended.is_empty() {
        groups.push(named(parts, ended));
    }
    // Ids by their look, together with what follows them: `7.pdf` is not `7`.
    let mut by_look: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut literal = Vec::new();
    for segment in by_segment.keys() {
        match look(segment) {
            Some(suffix) => by_look.entry(suffix).or_default().push(segment),
            None => literal.push(*segment),
        }
    }
    let mut params: Vec<(PathParam, Vec<&str>)> = Vec::new();
    for (suffix, segments) in by_look {
        let (confidence, reason) = certainty(&segments);
        let param = PathParam { name: name_of(parts, false), depth, suffix, confidence, reason };
        params.push((param, segments));
    }
    for (confidence, reason, segments) in alike(exchanges, parts, &literal, &by_segment) {
        literal.retain(|segment| !segments.contains(segment));
        let param = PathParam { name: name_of(parts, true), depth, suffix: String::new(), confidence, reason };
        params.push((param, segments));
    }
    for (param, segments) in params {
        let all = segments.iter().flat_map(|segment| by_segment[segment].iter().copied()).collect();
        parts.push(Part::Param(param));
        divide(exchanges, all, parts, groups);
        parts.pop();
    }
    for segment in literal {
        parts.push(Part::Literal(segment.to_owned()));
        divide(exchanges, by_segment[segment].clone(), parts, groups);
        parts.pop();
    }
}

/// What follows the id in a segment that looks like one; `None` for a word.
fn look(segment: &str) -> Option<String> {
    if redacted_kind(segment).is_some() || segment.contains("%E2%80%B9") {
        return Some(String::new());
    }
    path_template(segment).strip_prefix("{id}").map(str::to_owned)
}

/// How sure it is that segments which look like ids are ids.
fn certainty(segments: &[&str]) -> (f64, String) {
    let is_number = |segment: &&str| segment.bytes().all(|byte| byte.is_ascii_digit());
    let is_uuid = |segment: &&str| segment.len() == 36 && segment.matches('-').count() == 4;
    let (kind, base) = match segments {
        all if all.iter().all(is_number) => ("numbers", 0.9),
        all if all.iter().all(is_uuid) => ("UUIDs", 0.95),
        _ => ("ids by their look", 0.85),
    };
    // Each further value takes away half of the doubt.
    let doubt = (1.0 - base) * 0.5_f64.powi(i32::try_from(segments.len().min(8)).unwrap_or(8) - 1);
    (rounded(1.0 - doubt), format!("{kind}, {} different", segments.len()))
}

fn rounded(confidence: f64) -> f64 {
    (confidence * 1_000.0).round() / 1_000.0
}

/// Words below a plural that are asked the same way and answered alike: names of things.
fn alike<'s>(
    exchanges: &[Exchange],
    parts: &[Part],
    literal: &[&'s str],
    by_segment: &BTreeMap<&'s str, Vec<usize>>,
) -> Vec<(f64, String, Vec<&'s str>)> {
    let below_plural = match parts.last() {
        Some(Part::Literal(parent)) => words(parent).last().is_some_and(|word| is_plural(word)),
        _ => false,
    };
    if !below_plural {
        return Vec::new();
    }
    let depth = parts.len();
    let mut by_signature: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for segment in literal {
        let own = by_segment[segment].iter().map(|at| &exchanges[*at]);
        if let Some(signature) = signature(own, depth) {
            by_signature.entry(signature).or_default().push(segment);
        }
    }
    let mut found = Vec::new();
    for (_, segments) in by_signature {
        let is_echoed = |segment: &&str| by_segment[segment].iter().any(|at| echoes(&exchanges[*at], depth));
        let echoed: Vec<&str> = segments.iter().copied().filter(is_echoed).collect();
        if echoed.len() >= MIN_ECHOED {
            let reason = format!("names that the answers repeat, {} different", echoed.len());
            let confidence = if echoed.len() > MIN_ECHOED { 0.95 } else { 0.9 };
            found.push((confidence, reason, echoed));
        } else if segments.len() >= MIN_ALIKE {
            #[expect(clippy::cast_precision_loss, reason = "counts of segments are small")]
            let confidence = rounded(1.0 - 1.0 / segments.len() as f64);
            found.push((confidence, format!("words that are answered alike, {} different", segments.len()), segments));
        }
    }
    found
}

/// How things with that segment are asked and answered, as a text; `None` where no object says it, as in lists of things.
fn signature<'e>(own: impl Iterator<Item = &'e Exchange>, depth: usize) -> Option<String> {
    let mut fields: Option<Vec<&str>> = None;
    for exchange in own {
        let ends_here = exchange.segments.len() == depth + 1;
        if !ends_here || exchange.method != "GET" || !(200..300).contains(&exchange.status) {
            continue;
        }
        let Some(Value::Object(members)) = exchange.response.value() else { return None };
        if members.values().any(|member| matches!(member, Value::Array(items) if items.iter().any(Value::is_object))) {
            return None;
        }
        let mut names: Vec<&str> = members.keys().map(String::as_str).collect();
        names.sort_unstable();
        fields = Some(names);
    }
    fields.filter(|fields| !fields.is_empty()).map(|fields| fields.join(","))
}

/// Whether the answer says the segment where it says what the thing is called.
fn echoes(exchange: &Exchange, depth: usize) -> bool {
    let Some(Value::Object(members)) = exchange.response.value() else { return false };
    let segment = exchange.value_at(depth);
    members.iter().any(|(name, value)| {
        let last = words(name).pop().unwrap_or_default();
        let names_it = matches!(
            last.as_str(),
            "id" | "name" | "slug" | "key" | "login" | "username" | "code" | "handle" | "symbol" | "sku" | "uid"
        );
        names_it && value.as_str() == Some(&segment)
    })
}

/// `order_id` below `orders`; `user` where it is a name.
fn name_of(parts: &[Part], is_name: bool) -> String {
    let parent = parts.iter().rev().find_map(|part| match part {
        Part::Literal(text) => words(text).last().map(|word| singular(word)),
        Part::Param(_) => None,
    });
    let plain = |word: String| word.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let parent = parent.map(plain).filter(|word| !word.is_empty());
    let name = match (parent, is_name) {
        (Some(parent), true) => format!("{parent}_name"),
        (Some(parent), false) => format!("{parent}_id"),
        (None, _) => "id".to_owned(),
    };
    let taken = |name: &str| parts.iter().any(|part| matches!(part, Part::Param(param) if param.name == name));
    (1..)
        .map(|number| if number == 1 { name.clone() } else { format!("{name}_{number}") })
        .find(|name| !taken(name))
        .unwrap_or(name)
}

fn named(parts: &[Part], exchanges: Vec<usize>) -> Group {
    let mut path = String::new();
    let mut params = Vec::new();
    let mut of_path = Vec::new();
    for part in parts {
        path.push('/');
        match part {
            // Braces of a path would open a parameter.
            Part::Literal(text) => {
                path.push_str(&text.replace('{', "%7B").replace('}', "%7D"));
                of_path.push(text.clone());
            }
            Part::Param(param) => {
                path.push_str(&format!("{{{}}}{}", param.name, param.suffix));
                params.push(param.clone());
            }
        }
    }
    if path.is_empty() {
        path.push('/');
    }
    let is_item = matches!(parts.last(), Some(Part::Param(_)));
    Group { path, params, words: of_path, is_item, exchanges }
}
