//! Finds the operation that answers a request.
//!
//! Templates of published documents go beyond what routers of web frameworks take: parameters within a segment
//! (`/lists.{format}`, `/{id}:cancel`), names that differ between siblings (`/a/{x}`, `/a/{y}/b`), paths that carry a
//! query (`/?Action=List`), and base paths that callers leave out. So there is a tree of our own; where several
//! templates match, the most specific one wins, whatever the order of the document.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::percent_decode_str;

use crate::document::{Document, Operation};

/// What a document says to a method and a path.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Route<'d> {
    /// An operation answers.
    Found(Match<'d>),
    /// The path is known, but not with that method.
    MethodNotAllowed {
        /// Methods it is known with, A to Z.
        allowed: Vec<String>,
    },
    /// No template matches the path.
    NotFound,
}

/// An operation and what the path told it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Match<'d> {
    /// The operation.
    pub operation: Operation<'d>,
    /// Parameters of the path, decoded, in the order of the template.
    pub params: Vec<(&'d str, String)>,
    /// The base path that the request began with: empty where it left that out.
    pub base_path: String,
}

impl<'d> Route<'d> {
    /// The match, if there is one.
    #[must_use]
    pub fn found(self) -> Option<Match<'d>> {
        match self {
            Self::Found(found) => Some(found),
            Self::MethodNotAllowed { .. } | Self::NotFound => None,
        }
    }
}

/// Segments a path may have; longer ones match nothing.
const MAX_SEGMENTS: usize = 128;
/// Parts a segment of a template may have; the rest counts as text.
const MAX_PARTS: usize = 16;

#[derive(Debug)]
pub(crate) struct Router {
    nodes: Vec<Branch>,
    /// Longest first.
    base_paths: Vec<String>,
}

/// What may follow at a depth of the tree.
#[derive(Debug, Default)]
struct Branch {
    literal: BTreeMap<String, usize>,
    mixed: BTreeMap<Vec<Part>, usize>,
    any: Option<usize>,
    /// `{+rest}`: everything that is left.
    rest: Vec<Leaf>,
    here: Vec<Leaf>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Text(String),
    Parameter,
}

/// A template that ends here.
#[derive(Debug)]
struct Leaf {
    operation: usize,
    /// What the query must hold, from templates that carry one.
    query: Vec<(String, Option<String>)>,
    /// Base paths of servers of its own.
    base_paths: Vec<String>,
}

const TEXT: u16 = u16::MAX;
const ANY: u16 = 1;
const REST: u16 = 0;

/// How specific a match is: better ones are greater.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// Per segment: [`TEXT`], for a mixed one as much as it has letters of text, [`ANY`], [`REST`].
    segments: Vec<u16>,
    query: usize,
}

struct Candidate<'r> {
    leaf: &'r Leaf,
    values: Vec<String>,
    rank: Rank,
    base_path: &'r str,
}

impl Router {
    pub(crate) fn new(document: &Document) -> Self {
        let mut router = Self { nodes: vec![Branch::default()], base_paths: Vec::new() };
        let mut base_paths = BTreeSet::new();
        for operation in document.operations() {
            let servers = operation.servers();
            let own: BTreeSet<String> = servers
                .iter()
                .map(|server| server.base_path().to_owned())
                .filter(|base| !base.is_empty() && !base.contains('{'))
                .collect();
            base_paths.extend(own.iter().cloned());
            router.insert(operation.path(), operation.index(), own.into_iter().collect());
        }
        router.base_paths = base_paths.into_iter().collect();
        router.base_paths.sort_by_key(|base| std::cmp::Reverse(base.len()));
        router
    }

    fn insert(&mut self, template: &str, operation: usize, base_paths: Vec<String>) {
        let template = template.split('#').next().unwrap_or_default();
        let (path, query) = template.split_once('?').unwrap_or((template, ""));
        let query = pairs(query).filter(|(name, _)| !name.contains('{')).collect();
        let mut at = 0;
        let segments: Vec<&str> = segments(path).collect();
        for (place, segment) in segments.iter().enumerate() {
            let parts = parts(segment);
            let is_rest = place + 1 == segments.len() && parts == [Part::Parameter] && is_rest(segment);
            if is_rest {
                self.nodes[at].rest.push(Leaf { operation, query, base_paths });
                return;
            }
            at = self.child(at, parts);
        }
        self.nodes[at].here.push(Leaf { operation, query, base_paths });
    }

    fn child(&mut self, at: usize, parts: Vec<Part>) -> usize {
        let next = self.nodes.len();
        let branch = &mut self.nodes[at];
        let child = match parts.as_slice() {
            [Part::Parameter] => *branch.any.get_or_insert(next),
            [Part::Text(text)] => *branch.literal.entry(text.clone()).or_insert(next),
            [] => *branch.literal.entry(String::new()).or_insert(next),
            _ => *branch.mixed.entry(parts).or_insert(next),
        };
        if child == next {
            self.nodes.push(Branch::default());
        }
        child
    }

    pub(crate) fn route<'d>(&self, document: &'d Document, method: &str, target: &str) -> Route<'d> {
        let target = target.split('#').next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        // Requests to a proxy name the whole address.
        let path = match path.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("/", |slash| &rest[slash..]),
            None => path,
        };
        let query: Vec<_> = pairs(query).collect();
        let mut candidates = Vec::new();
        for base in self.base_paths.iter().map(String::as_str).chain([""]) {
            let Some(rest) = path.strip_prefix(base) else { continue };
            if !base.is_empty() && !rest.is_empty() && !rest.starts_with('/') {
                continue;
            }
            self.collect(base, rest, &query, &mut candidates);
        }
        // Equally specific: with the base path before without, then the order of the document.
        let best = candidates.iter().filter(|found| document.entries()[found.leaf.operation].method == method);
        let best = best.max_by(|a, b| {
            let order = a.rank.cmp(&b.rank).then(a.base_path.len().cmp(&b.base_path.len()));
            order.then(b.leaf.operation.cmp(&a.leaf.operation))
        });
        if let Some(best) = best
            && let Some(operation) = document.operation(best.leaf.operation)
        {
            let names = template_names(operation.path());
            let params = names.into_iter().zip(best.values.iter().cloned()).collect();
            return Route::Found(Match { operation, params, base_path: best.base_path.to_owned() });
        }
        let allowed: BTreeSet<String> =
            candidates.iter().map(|found| document.entries()[found.leaf.operation].method.clone()).collect();
        if allowed.is_empty() {
            return Route::NotFound;
        }
        Route::MethodNotAllowed { allowed: allowed.into_iter().collect() }
    }

    /// All templates that match. Every branch of the tree is seen at most once.
    fn collect<'r>(
        &'r self,
        base: &'r str,
        path: &str,
        query: &[(String, Option<String>)],
        found: &mut Vec<Candidate<'r>>,
    ) {
        let exact: Vec<&str> = segments(path).collect();
        if exact.len() > MAX_SEGMENTS {
            return;
        }
        let before = found.len();
        self.descend(0, &exact, &mut Vec::new(), &mut Vec::new(), base, query, found);
        if found.len() > before {
            return;
        }
        // A slash too many or too few at the end is not worth a 404.
        let other: Vec<&str> = match exact.split_last() {
            Some((&"", rest)) if !rest.is_empty() => rest.to_vec(),
            _ => exact.iter().copied().chain([""]).collect(),
        };
        self.descend(0, &other, &mut Vec::new(), &mut Vec::new(), base, query, found);
    }

    #[expect(clippy::too_many_arguments, reason = "what a walk carries along, and nobody else calls it")]
    fn descend<'r>(
        &'r self,
        at: usize,
        rest: &[&str],
        values: &mut Vec<String>,
        ranks: &mut Vec<u16>,
        base: &'r str,
        query: &[(String, Option<String>)],
        found: &mut Vec<Candidate<'r>>,
    ) {
        let branch = &self.nodes[at];
        let mut take = |leaf: &'r Leaf, values: &[String], ranks: &[u16]| {
            // A base path is for the operations that are served below it.
            let served = base.is_empty() || leaf.base_paths.iter().any(|own| own == base);
            let asked = leaf
                .query
                .iter()
                .all(|(name, value)| query.iter().any(|(given, is)| given == name && (value.is_none() || value == is)));
            if served && asked {
                // Segments of the base path are text.
                let mut segments = vec![TEXT; base.matches('/').count()];
                segments.extend_from_slice(ranks);
                let rank = Rank { segments, query: leaf.query.len() };
                found.push(Candidate { leaf, values: values.to_vec(), rank, base_path: base });
            }
        };
        let Some((segment, below)) = rest.split_first() else {
            for leaf in &branch.here {
                take(leaf, values, ranks);
            }
            return;
        };
        let is_nothing = rest.len() == 1 && segment.is_empty();
        if !branch.rest.is_empty() && !is_nothing {
            values.push(decode(&rest.join("/")));
            ranks.push(REST);
            for leaf in &branch.rest {
                take(leaf, values, ranks);
            }
            values.pop();
            ranks.pop();
        }
        let decoded = decode(segment);
        if let Some(&child) = branch.literal.get(&decoded).or_else(|| branch.literal.get(*segment)) {
            ranks.push(TEXT);
            self.descend(child, below, values, ranks, base, query, found);
            ranks.pop();
        }
        for (parts, child) in &branch.mixed {
            if let Some(mut matched) = matches(parts, segment) {
                let before = values.len();
                values.append(&mut matched);
                ranks.push(letters(parts));
                self.descend(*child, below, values, ranks, base, query, found);
                ranks.pop();
                values.truncate(before);
            }
        }
        if let Some(child) = branch.any
            && !segment.is_empty()
        {
            values.push(decoded);
            ranks.push(ANY);
            self.descend(child, below, values, ranks, base, query, found);
            ranks.pop();
            values.pop();
        }
    }
}

/// The names of the parameters of a template, as declared ones are compared with them.
pub(crate) fn parameter_names(template: &str) -> Vec<String> {
    template_names(template).into_iter().map(str::to_owned).collect()
}

fn template_names(template: &str) -> Vec<&str> {
    let path = template.split(['?', '#']).next().unwrap_or_default();
    let mut names = Vec::new();
    for segment in segments(path) {
        names.extend(pieces(segment).into_iter().filter_map(|piece| match piece {
            Piece::Parameter(name) => Some(name),
            Piece::Text(_) => None,
        }));
    }
    names
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.strip_prefix('/').unwrap_or(path).split('/')
}

enum Piece<'t> {
    Text(&'t str),
    Parameter(&'t str),
}

/// Text and parameters of a segment: `{name}`, `<name>`, and `:name` as a whole segment.
fn pieces(segment: &str) -> Vec<Piece<'_>> {
    let is_name = |name: &str| {
        !name.is_empty() && name.chars().all(|letter| letter.is_alphanumeric() || "_-.+*$ ".contains(letter))
    };
    if let Some(name) = segment.strip_prefix(':')
        && is_name(name)
        && !name.contains('.')
    {
        return vec![Piece::Parameter(name)];
    }
    let mut pieces = Vec::new();
    let mut rest = segment;
    while let Some(open) = rest.find(['{', '<']) {
        let close = if rest.as_bytes()[open] == b'{' { '}' } else { '>' };
        let Some(length) = rest[open..].find(close) else { break };
        let name = &rest[open + 1..open + length];
        if pieces.len() >= MAX_PARTS || !is_name(name) {
            break;
        }
        if open > 0 {
            pieces.push(Piece::Text(&rest[..open]));
        }
        pieces.push(Piece::Parameter(name.trim_start_matches(['+', '*']).trim_end_matches(['+', '*'])));
        rest = &rest[open + length + 1..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

fn parts(segment: &str) -> Vec<Part> {
    let part = |piece| match piece {
        Piece::Text(text) => Part::Text(decode(text)),
        Piece::Parameter(_) => Part::Parameter,
    };
    pieces(segment).into_iter().map(part).collect()
}

/// Whether a parameter takes slashes: `{+name}`, `{name+}`, `{name*}`.
fn is_rest(segment: &str) -> bool {
    let inner = segment.trim_matches(['{', '}']);
    inner.starts_with(['+', '*']) || inner.ends_with(['+', '*'])
}

/// How specific a mixed segment is: more than a parameter alone, less than text.
fn letters(parts: &[Part]) -> u16 {
    let letters: usize = parts.iter().map(|part| if let Part::Text(text) = part { text.len() } else { 0 }).sum();
    u16::try_from(letters).unwrap_or(TEXT).saturating_add(ANY).clamp(ANY + 1, TEXT - 1)
}

/// The values of the parameters, if the segment is of that form. Each takes as little as it can, the last one the rest.
fn matches(parts: &[Part], segment: &str) -> Option<Vec<String>> {
    let whole = decode(segment);
    let mut rest = whole.as_str();
    let mut values: Vec<String> = Vec::new();
    let mut open = false;
    for (at, part) in parts.iter().enumerate() {
        match part {
            Part::Parameter if open => {
                // Two in a row: the first one takes a letter.
                let end = rest.chars().next()?.len_utf8();
                values.push(rest[..end].to_owned());
                rest = &rest[end..];
            }
            Part::Parameter => open = true,
            Part::Text(text) if open => {
                let from = rest.chars().next()?.len_utf8();
                let found = if at + 1 == parts.len() {
                    rest.ends_with(text.as_str()).then(|| rest.len() - text.len()).filter(|&found| found >= from)?
                } else {
                    from + rest[from..].find(text.as_str())?
                };
                values.push(rest[..found].to_owned());
                rest = &rest[found + text.len()..];
                open = false;
            }
            Part::Text(text) => rest = rest.strip_prefix(text.as_str())?,
        }
    }
    if open {
        if rest.is_empty() {
            return None;
        }
        values.push(rest.to_owned());
        rest = "";
    }
    rest.is_empty().then_some(values)
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Names and values of a query; `None` for a name without a value.
fn pairs(query: &str) -> impl Iterator<Item = (String, Option<String>)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| match pair.split_once('=') {
        Some((name, value)) if !value.is_empty() => (decode(name), Some(decode(value))),
        Some((name, _)) => (decode(name), None),
        None => (decode(pair), None),
    })
}
