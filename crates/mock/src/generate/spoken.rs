//! What the name of a member says of where it belongs: taken apart once, when a schema is planned.

use std::sync::Arc;

use crate::patterns::words::{singular, words};

/// Whether a member is a thing of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Side {
    /// It is another thing.
    #[default]
    Other,
    /// It is a side of the thing it is a member of, as an address is.
    Aspect,
    /// It wraps the thing itself, as `data` does.
    Envelope,
}

/// A name, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spoken {
    /// Its words, singular, with spaces between.
    pub(super) words: Box<str>,
    /// What a member of that name is, in the singular; empty where the name says nothing of that.
    pub(super) thing: Box<str>,
    pub(super) side: Side,
}

impl Spoken {
    pub(super) fn of(name: &str) -> Self {
        let plain = words(name);
        let last = plain.last().map(String::as_str).unwrap_or_default();
        let envelope = plain.len() == 1 && ENVELOPES.contains(&last);
        let side = match () {
            () if envelope => Side::Envelope,
            () if ASPECTS.contains(&last) => Side::Aspect,
            () => Side::Other,
        };
        let thing = if LISTS.contains(&last) { String::new() } else { singular(last) };
        let joined = plain.iter().map(|word| singular(word)).collect::<Vec<_>>().join(" ");
        Self { words: joined.into(), thing: thing.into(), side }
    }
}

/// Names that are known beforehand, with their words: the same ones are given for every request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names(Arc<[(Box<str>, Box<str>)]>);

impl Names {
    pub(crate) fn of<'n>(names: impl Iterator<Item = &'n str>) -> Self {
        Self(names.map(|name| (name.into(), Spoken::of(name).words)).collect())
    }

    /// The words of a name, as [`Spoken`] has them; `None` where it is not among these.
    pub(super) fn words(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| **known == *name).map(|(_, words)| &**words)
    }
}

const LISTS: [&str; 8] = ["data", "items", "results", "records", "entries", "list", "values", "content"];

const ENVELOPES: [&str; 13] = [
    "data",
    "result",
    "results",
    "response",
    "item",
    "payload",
    "body",
    "entry",
    "object",
    "record",
    "resource",
    "attributes",
    "content",
];

const ASPECTS: [&str; 50] = [
    "address",
    "location",
    "geo",
    "coordinates",
    "position",
    "profile",
    "name",
    "names",
    "details",
    "detail",
    "info",
    "information",
    "metadata",
    "properties",
    "settings",
    "preferences",
    "links",
    "urls",
    "phone",
    "email",
    "dates",
    "timestamps",
    "price",
    "amount",
    "money",
    "dimensions",
    "stats",
    "statistics",
    "counts",
    "meta",
    "config",
    "configuration",
    "options",
    "fields",
    "values",
    "identity",
    "traits",
    "pagination",
    "paging",
    "status",
    "state",
    "contact",
    "bio",
    "period",
    "range",
    "total",
    "totals",
    "envelope",
    "summary",
    "attributes",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_a_member_is() {
        assert_eq!(Spoken::of("billingAddress").side, Side::Aspect);
        assert_eq!(Spoken::of("data").side, Side::Envelope);
        let items = Spoken::of("line_items");
        assert_eq!((&*items.words, &*items.thing, items.side), ("line item", "", Side::Other));
        assert_eq!(&*Spoken::of("customers").thing, "customer");
    }
}
