//! Follows `$ref`: within a file, to other files that were read, by pointer or by anchor.

use std::fmt;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{Document, Linked, Node, Version};
use crate::fault::FaultKind;
use crate::limits::Limits;
use crate::pointer::{index, join, unescape};

/// Why a reference leads to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unresolved {
    /// Undefined, forbidden or cyclic.
    pub kind: FaultKind,
    /// The reference, as it stands.
    pub reference: String,
    /// Why, as the end of a sentence.
    pub reason: String,
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.kind == FaultKind::ForbiddenReference { "was not followed" } else { "leads nowhere" };
        write!(f, "`{}` {verb}: {}", self.reference, self.reason)
    }
}

impl std::error::Error for Unresolved {}

/// The file of a reference, and the place in it.
pub(crate) fn split(reference: &str) -> (&str, &str) {
    reference.split_once('#').unwrap_or((reference, ""))
}

impl Document {
    /// Where `reference`, standing in `file`, leads to; a single step.
    pub(crate) fn resolve(&self, file: usize, reference: &str) -> Result<Node<'_>, Unresolved> {
        let unresolved =
            |kind, reason: String| Unresolved { kind, reference: reference.chars().take(200).collect(), reason };
        let (place, fragment) = split(reference);
        let target = if place.is_empty() {
            file
        } else {
            match self.links.get(&(file, place.to_owned())) {
                Some(Linked::File(target)) => *target,
                // Old documents name models without a path.
                Some(Linked::Hole { .. }) if let Some(model) = self.model(place) => return Ok(model),
                Some(Linked::Hole { kind, reason }) => return Err(unresolved(*kind, reason.clone())),
                None => return Err(unresolved(FaultKind::UndefinedReference, "the file was not read".to_owned())),
            }
        };
        let root = Node { document: self, file: target, value: &self.files[target].source.value };
        let fragment = percent_decode_str(fragment).decode_utf8_lossy();
        if fragment.is_empty() || fragment == "/" {
            return Ok(root);
        }
        if !fragment.starts_with('/')
            && let Some(anchored) = self.files[target].anchors.get(fragment.as_ref())
            && let Some(value) = root.value.pointer(anchored)
        {
            return Ok(root.with(value));
        }
        self.walk(root, fragment.trim_start_matches('/')).map_err(|(kind, reason)| unresolved(kind, reason))
    }

    /// Goes down from `root`, through references that stand on the way.
    fn walk<'d>(&'d self, root: Node<'d>, tokens: &str) -> Result<Node<'d>, (FaultKind, String)> {
        let mut at = root;
        let mut pointer = String::new();
        let mut hops = 0;
        for token in tokens.split('/') {
            let token = unescape(token);
            let next = loop {
                let found = match at.value {
                    Value::Object(entries) => entries.get(token.as_ref()),
                    Value::Array(items) => index(&token).and_then(|index| items.get(index)),
                    _ => None,
                };
                match (found, at.reference()) {
                    (Some(found), _) => break at.with(found),
                    (None, Some(_)) if hops >= Limits::MAX_HOPS => {
                        return Err((FaultKind::CyclicReference, format!("more than {hops} references on the way")));
                    }
                    (None, Some(reference)) => {
                        hops += 1;
                        at = self.resolve_bounded(at.file, reference, hops)?;
                    }
                    (None, None) => {
                        let parent = if pointer.is_empty() { "the root".to_owned() } else { format!("`{pointer}`") };
                        let token: String = token.chars().take(100).collect();
                        return Err((FaultKind::UndefinedReference, format!("there is no `{token}` in {parent}")));
                    }
                }
            };
            at = next;
            pointer = join(&pointer, &token);
        }
        Ok(at)
    }

    /// A step on the way of another: by plain pointers only, so that nothing recurses.
    fn resolve_bounded(&self, file: usize, reference: &str, hops: usize) -> Result<Node<'_>, (FaultKind, String)> {
        let (place, fragment) = split(reference);
        let target = match (place.is_empty(), self.links.get(&(file, place.to_owned()))) {
            (true, _) => file,
            (false, Some(Linked::File(target))) => *target,
            (false, _) => return Err((FaultKind::UndefinedReference, format!("`{place}` on the way was not read"))),
        };
        let root = Node { document: self, file: target, value: &self.files[target].source.value };
        let fragment = percent_decode_str(fragment).decode_utf8_lossy();
        match root.value.pointer(&fragment) {
            Some(value) => Ok(root.with(value)),
            None => Err((
                FaultKind::UndefinedReference,
                format!(
                    "reference {hops} on the way, `{}`, leads nowhere",
                    reference.chars().take(100).collect::<String>()
                ),
            )),
        }
    }

    fn model(&self, name: &str) -> Option<Node<'_>> {
        let root = self.root();
        match self.version {
            Version::V2_0 => root.get("definitions")?.get(name),
            _ => root.get("components")?.get("schemas")?.get(name),
        }
    }

    /// Follows references until something else stands there.
    pub(crate) fn follow<'d>(&'d self, node: Node<'d>) -> Result<Node<'d>, Unresolved> {
        let mut at = node;
        for _ in 0..=Limits::MAX_HOPS {
            match at.reference() {
                Some(reference) => at = self.resolve(at.file, reference)?,
                None => return Ok(at),
            }
        }
        Err(Unresolved {
            kind: FaultKind::CyclicReference,
            reference: node.reference().unwrap_or_default().chars().take(200).collect(),
            reason: format!("it comes back to itself, or passes more than {} others", Limits::MAX_HOPS),
        })
    }
}
