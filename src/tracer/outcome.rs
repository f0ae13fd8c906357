//! Which events tell the result of a function, and of which.

use std::collections::HashMap;

use crate::layer::callsite::{self, Site};

/// Whether it is the event of `#[instrument(err)]`.
pub(super) fn is_error(event: &Site) -> bool {
    event.metadata.fields().iter().next().is_some_and(|field| field.name() == "error")
}

/// The spans of the process by their place in the source: `#[instrument]` makes the span and the event of a function's
/// result at one.
#[derive(Default)]
pub(super) struct Places {
    spans: Option<HashMap<(&'static str, u32), &'static Site>>,
}

impl Places {
    /// The span that an event tells the result of, if its callsite is known.
    pub(super) fn span_of(&mut self, event: &Site) -> Option<&'static Site> {
        let spans = self.spans.get_or_insert_with(|| {
            let spans = callsite::all().into_iter().filter(|site| site.metadata.is_span());
            spans.filter_map(|site| Some((place(site)?, site))).collect()
        });
        spans.get(&place(event)?).copied()
    }
}

fn place(site: &Site) -> Option<(&'static str, u32)> {
    Some((site.metadata.file()?, site.metadata.line()?))
}
