//! What a filter keeps in mind of each list and object it is in.

use std::ops::Range;

use crate::RuleId;
use crate::pairs::Role;
use crate::path::Trail;

/// An open list or object.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    pub(crate) is_object: bool,
    /// Where it begins in the output.
    pub(crate) start: usize,
    /// Elements or entries so far.
    pub(crate) count: usize,
    pub(crate) trail: Trail,
    /// The name of the entry at hand, where anybody asks for places.
    pub(crate) key: String,
    /// What the entry at hand is in a pair.
    pub(crate) role: Role,
    /// By which `value` is a secret, once `name` was read.
    pub(crate) of_pair: Option<RuleId>,
    /// Where `value` stands in the output, while `name` may still come.
    pub(crate) waiting: Option<Range<usize>>,
    /// The rule of an element that was the name of a secret.
    pub(crate) after_name: Option<RuleId>,
    /// A list within a list: `[["cookie", "…"]]`.
    pub(crate) in_list: bool,
    /// The elements, while all of them may be bytes.
    pub(crate) bytes: Option<Vec<u8>>,
}
