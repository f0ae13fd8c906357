//! What a trace misses, and what to do about it: whatever speaks of a trace must say it, since nobody sees it in the tree.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::TraceStats;

/// What makes a trace incomplete: from [`TraceStats::loss`].
///
/// `Display` counts it (`3 rows lost, 12 calls sampled out`) and is empty where there is none;
/// [`remedies`](Self::remedies) say how to have the next recording whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Loss {
    #[serde(skip_serializing_if = "is_zero")]
    rows: u64,
    /// Those of `rows` that were lost in what the guards of a layer share.
    #[serde(skip_serializing_if = "is_zero")]
    rows_in_common: u64,
    #[serde(skip_serializing_if = "is_zero")]
    text_bytes: u64,
    #[serde(skip_serializing_if = "is_zero")]
    sampled_out: u64,
    #[serde(skip_serializing_if = "is_zero")]
    nested_open: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nested_refused: Vec<String>,
    #[serde(skip_serializing_if = "is_zero")]
    nested_too_deep: u64,
    #[serde(skip_serializing_if = "is_zero")]
    unfinished: u64,
    #[serde(skip_serializing_if = "is_zero")]
    unread: u64,
}

/// Callsites named in a message.
const MOST_NAMED: usize = 8;

impl Loss {
    pub(crate) fn of(stats: &TraceStats) -> Self {
        Self {
            rows: stats.lost,
            rows_in_common: stats.lost_in_common,
            text_bytes: stats.lost_bytes,
            sampled_out: stats.sampled_out,
            nested_open: stats.nested_open,
            nested_refused: stats.nested_refused.clone(),
            nested_too_deep: stats.nested_too_deep,
            unfinished: stats.unfinished,
            unread: stats.unread,
        }
    }

    /// Whether nothing is missing.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// What would make the next recording whole, one sentence each.
    pub fn remedies(&self) -> impl Iterator<Item = &'static str> {
        let remedies = [
            (self.rows > self.rows_in_common, "give the tracer more room with `.capacity(..)`, or record less"),
            (
                self.rows_in_common > 0,
                "give the `TraceLayer` more room where it is built, with `.capacity(..)`, since threads keep the rings \
                 that they had before this guard asked for larger ones",
            ),
            (self.text_bytes > 0, "give the tracer more room for field text with `.text_capacity(..)`"),
            (self.sampled_out > 0, "record every call with `.sampling(Sampling::always())`"),
            (self.nested_open > 0, "finish the inner guards first"),
            (
                !self.nested_refused.is_empty() || self.nested_too_deep > 0,
                "let the inner guard want all that this one wants, or start it outside of this one",
            ),
            (
                self.unfinished > 0,
                "let the program finish its recording, or take the trace for what was there before it was stopped",
            ),
            (self.unread > 0, "copy the whole file, or record it again"),
        ];
        remedies.into_iter().filter(|(wanted, _)| *wanted).map(|(_, remedy)| remedy)
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.rows, "row", "lost"),
            (self.text_bytes, "byte", "of field text lost"),
            (self.sampled_out, "call", "sampled out"),
            (self.nested_open, "inner session", "still open"),
            (self.nested_too_deep, "call", "too deep for an inner guard"),
            (self.unfinished, "recording", "never finished: its end is missing"),
            (self.unread, "row", "missing in its file"),
            (self.nested_refused.len() as u64, "callsite", "left out by the filter of an inner guard: "),
        ];
        for (at, (count, thing, what)) in counts.iter().filter(|(count, ..)| *count > 0).enumerate() {
            let (comma, plural) = (if at > 0 { ", " } else { "" }, if *count > 1 { "s" } else { "" });
            write!(f, "{comma}{count} {thing}{plural} {what}")?;
        }
        for (at, name) in self.nested_refused.iter().take(MOST_NAMED).enumerate() {
            write!(f, "{}`{name}`", if at > 0 { ", " } else { "" })?;
        }
        if self.nested_refused.len() > MOST_NAMED {
            f.write_str(", …")?;
        }
        Ok(())
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
