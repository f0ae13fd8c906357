//! Finds the operation that answers a request.
//!
//! Templates of published documents go beyond what routers of web frameworks take: parameters within a segment
//! (`/lists.{format}`, `/{id}:cancel`), names that differ between siblings (`/a/{x}`, `/a/{y}/b`), paths that carry a
//! query (`/?Action=List`), and base paths that callers leave out. So there is a tree of our own; where several
//! templates match, the most specific one wins, whatever the order of the document.

use std::borrow::Cow;
use std::cmp::Ordering;
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
    /// Of each operation: the parameters of its template.
    names: Vec<Vec<Box<str>>>,
    /// Whether a template carries a query.
    asks_query: bool,
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

/// A template that matches.
struct Candidate<'r, 't> {
    leaf: &'r Leaf,
    values: Vec<Cow<'t, str>>,
    rank: Vec<u16>,
    base: Base<'r>,
}

/// A base path that a request begins with.
#[derive(Clone, Copy)]
struct Base<'r> {
    path: &'r str,
    /// Of which all are text.
    segments: usize,
}

impl Router {
    pub(crate) fn new(document: &Document) -> Self {
        let mut router =
            Self { nodes: vec![Branch::default()], base_paths: Vec::new(), names: Vec::new(), asks_query: false };
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
            router.names.push(template_names(operation.path()).into_iter().map(Into::into).collect());
        }
        router.base_paths = base_paths.into_iter().collect();
        router.base_paths.sort_by_key(|base| std::cmp::Reverse(base.len()));
        router
    }

    fn insert(&mut self, template: &str, operation: usize, base_paths: Vec<String>) {
        let template = template.split('#').next().unwrap_or_default();
        let (path, query) = template.split_once('?').unwrap_or((template, ""));
        let query: Vec<_> = pairs(query).filter(|(name, _)| !name.contains('{')).collect();
        self.asks_query |= !query.is_empty();
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

    pub(crate) fn route<'d>(&'d self, document: &'d Document, method: &str, target: &str) -> Route<'d> {
        let target = target.split('#').next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        // Requests to a proxy name the whole address.
        let path = match path.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("/", |slash| &rest[slash..]),
            None => path,
        };
        let mut walk = Walk {
            router: self,
            document,
            method,
            query: if self.asks_query { pairs(query).collect() } else { Vec::new() },
            base: Base { path: "", segments: 0 },
            values: Vec::new(),
            ranks: Vec::new(),
            best: None,
            others: Vec::new(),
        };
        for base in self.base_paths.iter().map(String::as_str).chain([""]) {
            let Some(rest) = path.strip_prefix(base) else { continue };
            if !base.is_empty() && !rest.is_empty() && !rest.starts_with('/') {
                continue;
            }
            walk.base = Base { path: base, segments: base.matches('/').count() };
            walk.below_base(rest);
        }
        if let Some(best) = walk.best
            && let Some(operation) = document.operation(best.leaf.operation)
        {
            let names = self.names[best.leaf.operation].iter().map(|name| &**name);
            let params = names.zip(best.values.into_iter().map(Cow::into_owned)).collect();
            return Route::Found(Match { operation, params, base_path: best.base.path.to_owned() });
        }
        if walk.others.is_empty() {
            return Route::NotFound;
        }
        let allowed: BTreeSet<&str> = walk.others.iter().map(|at| document.entries()[*at].method.as_str()).collect();
        Route::MethodNotAllowed { allowed: allowed.into_iter().map(str::to_owned).collect() }
    }
}

/// One look for the best template that matches. Every branch of the tree is seen at most once for each base path.
struct Walk<'r, 't> {
    router: &'r Router,
    document: &'r Document,
    method: &'t str,
    query: Vec<(String, Option<String>)>,
    base: Base<'r>,
    /// What the segments down to here were.
    values: Vec<Cow<'t, str>>,
    /// How specific they are: [`TEXT`], for a mixed one as much as it has letters of text, [`ANY`], [`REST`].
    ranks: Vec<u16>,
    best: Option<Candidate<'r, 't>>,
    /// Operations that match but for their method.
    others: Vec<usize>,
}

impl<'r, 't> Walk<'r, 't> {
    fn below_base(&mut self, path: &'t str) {
        let exact: Vec<&'t str> = segments(path).collect();
        if exact.len() > MAX_SEGMENTS {
            return;
        }
        if self.descend(0, &exact) {
            return;
        }
        // A slash too many or too few at the end is not worth a 404.
        let other: Vec<&'t str> = match exact.split_last() {
            Some((&"", rest)) if !rest.is_empty() => rest.to_vec(),
            _ => exact.iter().copied().chain([""]).collect(),
        };
        self.descend(0, &other);
    }

    /// Whether any template matches from here on, with whatever method.
    fn descend(&mut self, at: usize, rest: &[&'t str]) -> bool {
        let branch = &self.router.nodes[at];
        let Some((&segment, below)) = rest.split_first() else { return self.take(&branch.here) };
        let mut found = false;
        let is_nothing = rest.len() == 1 && segment.is_empty();
        if !branch.rest.is_empty() && !is_nothing {
            self.values.push(Cow::Owned(decode(&rest.join("/")).into_owned()));
            self.ranks.push(REST);
            found |= self.take(&branch.rest);
            self.values.pop();
            self.ranks.pop();
        }
        let decoded = decode(segment);
        if let Some(&child) = branch.literal.get(&*decoded).or_else(|| branch.literal.get(segment)) {
            self.ranks.push(TEXT);
            found |= self.descend(child, below);
            self.ranks.pop();
        }
        for (parts, child) in &branch.mixed {
            if let Some(matched) = matches(parts, &decoded) {
                let before = self.values.len();
                self.values.extend(matched.into_iter().map(Cow::Owned));
                self.ranks.push(letters(parts));
                found |= self.descend(*child, below);
                self.ranks.pop();
                self.values.truncate(before);
            }
        }
        if let Some(child) = branch.any
            && !segment.is_empty()
        {
            self.values.push(decoded);
            self.ranks.push(ANY);
            found |= self.descend(child, below);
            self.ranks.pop();
            self.values.pop();
        }
        found
    }

    /// Keeps the best of the templates that end here; whether any matches.
    fn take(&mut self, leaves: &'r [Leaf]) -> bool {
        let mut found = false;
        for leaf in leaves {
            // A base path is for the operations that are served below it.
            let served = self.base.path.is_empty() || leaf.base_paths.iter().any(|own| own == self.base.path);
            let asked = leaf.query.iter().all(|(name, value)| {
                self.query.iter().any(|(given, is)| given == name && (value.is_none() || value == is))
            });
            if !served || !asked {
                continue;
            }
            found = true;
            if self.document.entries()[leaf.operation].method != self.method {
                self.others.push(leaf.operation);
            } else if self.best.as_ref().is_none_or(|best| self.compare(leaf, best).is_gt()) {
                let (values, rank) = (self.values.clone(), self.ranks.clone());
                self.best = Some(Candidate { leaf, values, rank, base: self.base });
            }
        }
        found
    }

    /// How a template that ends here compares: by its segments, those of the base path being text, then by its query.
    /// Equally specific: with the base path before without, then the order of the document.
    fn compare(&self, leaf: &Leaf, best: &Candidate<'_, '_>) -> Ordering {
        let all = |base: Base<'_>| std::iter::repeat_n(TEXT, base.segments);
        let own = all(self.base).chain(self.ranks.iter().copied());
        own.cmp(all(best.base).chain(best.rank.iter().copied()))
            .then(leaf.query.len().cmp(&best.leaf.query.len()))
            .then(self.base.path.len().cmp(&best.base.path.len()))
            .then(best.leaf.operation.cmp(&leaf.operation))
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
        Piece::Text(text) => Part::Text(decode(text).into_owned()),
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

/// The values of the parameters, if the decoded segment is of that form. Each takes as little as it can, the last one the
/// rest.
fn matches(parts: &[Part], segment: &str) -> Option<Vec<String>> {
    let mut rest = segment;
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

fn decode(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

/// Names and values of a query; `None` for a name without a value.
fn pairs(query: &str) -> impl Iterator<Item = (String, Option<String>)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| match pair.split_once('=') {
        Some((name, value)) if !value.is_empty() => (decode(name).into_owned(), Some(decode(value).into_owned())),
        Some((name, _)) => (decode(name).into_owned(), None),
        None => (decode(pair).into_owned(), None),
    })
}
