//! Schemas as plans: what may be made, with everything that holds at once merged.
//!
//! Plans are written by [`super::compile`], once a schema, and followed by [`super::make`]. They own what they need, so
//! that they live as long as the generator does.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::format::{Claim, Format};
use super::meaning::Meaning;
use super::pattern::Pattern;
use super::relations::Relations;
use super::rules::{Bound, RuleId, Rules};
use super::spoken::Spoken;

/// A place in [`Plans`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct NodeId(pub(super) u32);

/// How deep optional objects are followed at most.
pub(super) const LEVELS: usize = 10;

/// That no value is finite.
pub(super) const NEVER: u32 = u32::MAX;

/// What a value may be.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Bits of [`super::rules::kinds`], without `null`.
    pub(super) kinds: u8,
    /// Whether `null` will do.
    pub(super) null: bool,
    /// Whether `type` said nothing, so that the name decides.
    pub(super) untyped: bool,
    /// All that is allowed, where it is listed.
    pub(super) values: Option<Vec<Value>>,
    pub(super) number: NumberPlan,
    pub(super) text: TextPlan,
    pub(super) array: Option<Box<ArrayPlan>>,
    pub(super) object: Option<Box<ObjectPlan>>,
    pub(super) choice: Option<Choice>,
    /// All that must hold.
    pub(super) rules: Vec<RuleId>,
    /// Whether a value may break a rule however it is made, so that each is held against them.
    pub(super) check: bool,
    /// Whether nothing that was tried keeps to the rules: what contradicts itself is found out once.
    pub(super) doomed: bool,
    /// Examples and defaults that keep to the schema.
    pub(super) examples: Vec<Value>,
    /// The name of the schema in words, plural cut, as in `order item`.
    pub(super) name: Option<Box<str>>,
    /// Objects and arrays within each other that the smallest value needs; [`NEVER`] where none is finite.
    pub(super) least: u32,
    /// Values within it when optional ones are followed that many levels down.
    pub(super) sizes: [u32; LEVELS],
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct NumberPlan {
    pub(super) low: Option<Bound>,
    pub(super) high: Option<Bound>,
    pub(super) multiple: Option<f64>,
}

#[derive(Debug, Default)]
pub(super) struct TextPlan {
    pub(super) least: usize,
    pub(super) most: Option<usize>,
    pub(super) patterns: Vec<Arc<Pattern>>,
    pub(super) claims: Vec<Claim>,
    pub(super) format: Option<Format>,
}

#[derive(Debug, Default)]
pub(super) struct ArrayPlan {
    pub(super) prefix: Vec<NodeId>,
    pub(super) items: Option<NodeId>,
    pub(super) least: usize,
    pub(super) most: Option<usize>,
    pub(super) unique: bool,
    pub(super) contains: Option<(NodeId, usize)>,
}

#[derive(Debug, Default)]
pub(super) struct ObjectPlan {
    pub(super) props: Vec<Prop>,
    pub(super) least: usize,
    pub(super) most: Option<usize>,
    /// What members of other names are, where they may be.
    pub(super) extra: Option<NodeId>,
    /// What their names are, where that matters.
    pub(super) extra_name: Option<NodeId>,
    pub(super) extra_patterns: Vec<(Arc<Pattern>, NodeId)>,
    pub(super) relations: Relations,
}

impl Node {
    /// Whether what is made by it may break its own rules, and is made again where it does.
    pub(super) fn is_doubtful(&self) -> bool {
        self.check || self.choice.as_ref().is_some_and(|choice| choice.exactly.is_some())
    }

    /// Whether a value can be written part by part: nothing of it depends on what follows.
    pub(super) fn flows(&self) -> bool {
        !self.is_doubtful()
            && self.object.as_ref().is_none_or(|object| {
                object.least == 0
                    && object.extra.is_none()
                    && object.extra_patterns.is_empty()
                    && object.relations.is_empty()
            })
    }

    /// Whether every value is an object.
    pub(super) fn is_object(&self) -> bool {
        self.kinds == super::rules::kinds::OBJECT && !self.null && self.values.is_none() && self.choice.is_none()
    }
}

/// A property of an object.
#[derive(Debug)]
pub(super) struct Prop {
    pub(super) name: Box<str>,
    pub(super) spoken: Spoken,
    /// Of the name; the dice of its value.
    pub(super) hash: u64,
    pub(super) node: NodeId,
    pub(super) required: bool,
    pub(super) write_only: bool,
    pub(super) read_only: bool,
    /// What it is about, as its name and schema say.
    pub(super) meaning: Meaning,
}

/// One of several ways.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) options: Vec<NodeId>,
    /// `oneOf`: what was made must be none of the others.
    pub(super) exactly: Option<RuleId>,
}

/// The plans of a document, each once.
#[derive(Debug, Default)]
pub(super) struct Plans {
    pub(super) nodes: Vec<Node>,
    pub(super) rules: Rules,
    pub(super) by_key: HashMap<super::compile::Key, NodeId>,
    /// Names of schemas, by identity.
    pub(super) names: Option<HashMap<usize, Box<str>>>,
}

impl Plans {
    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// Whether a value keeps to all rules of a node.
    pub(super) fn accepts(&self, id: NodeId, value: &Value) -> bool {
        self.node(id).rules.iter().all(|rule| self.rules.accepts(*rule, value))
    }
}
