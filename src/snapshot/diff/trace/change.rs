//! One difference between two trees of calls, in terms of the program: which call, and what about it.

use serde::{Serialize, Serializer};

use super::super::super::row::Row;
use crate::tree::CallId;

/// What became of a call or an event. Serialised in `snake_case`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChangeKind {
    /// It is in the new trace only.
    Added,
    /// It is in the old trace only.
    Removed,
    /// It is in both, with all below it, at different places.
    Moved,
    /// Another function is called at its place; what is below is compared with what was.
    Renamed,
    /// The same function, called with other arguments or with another outcome; or an event with other fields.
    Changed,
}

impl ChangeKind {
    /// All of them, in the order in which they are summed up.
    pub const ALL: [Self; 5] = [Self::Added, Self::Removed, Self::Moved, Self::Renamed, Self::Changed];

    /// `"added"`, `"removed"`, `"moved"`, `"renamed"` or `"changed"`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Moved => "moved",
            Self::Renamed => "renamed",
            Self::Changed => "changed",
        }
    }
}

impl std::fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// One difference between two traces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// What happened to it.
    pub kind: ChangeKind,
    /// Where it was; `None` if it was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Place>,
    /// Where it is; `None` if it was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<Place>,
    /// Number of calls and events this is about: one that was added, removed or moved counts with those below it that
    /// were, too; equal neighbours are one change.
    pub nodes: u64,
    /// How many equal neighbours this change stands for, itself included.
    #[serde(skip_serializing_if = "is_one")]
    pub times: u32,
    /// What changed about it, of one that changed or was renamed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartChange>,
}

/// A call or event in one of the traces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Place {
    /// Its number in the tree, for [`CallTree::get`](crate::tree::CallTree::get); `None` for an event.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "number")]
    pub call: Option<CallId>,
    /// Name of the function; of an event, its level.
    pub name: Box<str>,
    /// The module it was written in.
    pub module: Box<str>,
    /// The names of its callers, outermost first; `…` stands for those further out than eight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub under: Option<Box<str>>,
    /// What a snapshot shows of it: name, arguments and outcome.
    pub text: Box<str>,
}

/// What can change about a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "part", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Part {
    /// The function it calls.
    Function,
    /// An argument, or a field of an event.
    Argument {
        /// Its name.
        name: Box<str>,
    },
    /// The message of an event.
    Message,
    /// What was returned.
    Returned,
    /// The error that was returned.
    Error,
    /// Whether it panicked, was still open, or lost calls.
    Marks,
}

/// What was, and what is; `None` where it was or is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PartChange {
    /// What changed.
    #[serde(flatten)]
    pub part: Part,
    /// In the old trace.
    pub old: Option<Box<str>>,
    /// In the new trace.
    pub new: Option<Box<str>>,
}

/// Compares two rows part by part. The functions are given by their paths.
pub(super) fn parts(old: &Row<'_>, new: &Row<'_>, functions: [String; 2]) -> Vec<PartChange> {
    let mut parts = Vec::new();
    let mut compare = |part: Part, old: Option<String>, new: Option<String>| {
        if old != new {
            parts.push(PartChange { part, old: old.map(Into::into), new: new.map(Into::into) });
        }
    };
    let [function, other] = functions;
    compare(Part::Function, Some(function), Some(other));
    compare(Part::Message, old.message.as_deref().map(Into::into), new.message.as_deref().map(Into::into));
    let values = |row: &Row<'_>| -> Vec<(String, String)> {
        row.args.iter().chain(&row.fields).map(|(name, value)| (name.to_string(), value.to_string())).collect()
    };
    let (before, now) = (values(old), values(new));
    let value_in = |values: &[(String, String)], wanted: &str| {
        values.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone())
    };
    for (name, value) in &before {
        compare(Part::Argument { name: name.as_str().into() }, Some(value.clone()), value_in(&now, name));
    }
    for (name, value) in now.iter().filter(|(name, _)| value_in(&before, name).is_none()) {
        compare(Part::Argument { name: name.as_str().into() }, None, Some(value.clone()));
    }
    let text = |value: &Option<super::super::super::shown::Shown<'_>>| value.as_ref().map(ToString::to_string);
    compare(Part::Returned, text(&old.returned), text(&new.returned));
    compare(Part::Error, text(&old.error), text(&new.error));
    compare(Part::Marks, marks(old), marks(new));
    parts
}

fn marks(row: &Row<'_>) -> Option<String> {
    let marks = [
        (row.panicked, "panicked"),
        (row.open, "open"),
        (row.children_lost, "children lost"),
        (row.caller_lost, "caller lost"),
    ];
    let marks: Vec<_> = marks.into_iter().filter_map(|(is_set, mark)| is_set.then_some(mark)).collect();
    (!marks.is_empty()).then(|| marks.join(", "))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_one(times: &u32) -> bool {
    *times == 1
}

#[expect(clippy::ref_option, reason = "serde passes references")]
fn number<S: Serializer>(call: &Option<CallId>, serializer: S) -> Result<S::Ok, S::Error> {
    match call {
        Some(call) => serializer.serialize_u64(call.index() as u64),
        None => serializer.serialize_none(),
    }
}
