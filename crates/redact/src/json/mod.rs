//! Redacts JSON as it streams by: tokens in, tokens out, no tree between.
//!
//! What strings hold is looked for by [`patterns`](crate::patterns).

mod filter;
mod frame;
mod string;

pub(crate) use filter::{Broken, Filter, hint_of};

use crate::Report;
use crate::policy::Rules;

/// Appends the one document at the beginning of `json` as it may be written; its length and what was done. `None` where
/// there is none.
pub(crate) fn first_document(rules: &Rules, json: &[u8], to: &mut Vec<u8>, depth: u8) -> Option<(usize, Report)> {
    let mut filter = Filter::new(rules, Vec::new()).inside(depth);
    let used = filter.run(json, true);
    let done = used.is_ok() && filter.is_between_documents() && filter.documents() == 1;
    let (out, report) = filter.into_parts();
    *to = out;
    done.then(|| (used.unwrap_or_default(), report))
}
