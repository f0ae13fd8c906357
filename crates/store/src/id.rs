//! Which document: a name, a number, and for one of a segment its place there.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// Names one document of a store for good: numbers are never given twice.
///
/// Its text is `shop::process_order#7`, or `shop::process_order#7.12` for the thirteenth document of the segment that is
/// number 7; it is read back. Ids of one name are ordered as their documents are, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId {
    name: String,
    number: u64,
    /// `None` for a document with a file of its own.
    place: Option<u32>,
}

impl DocumentId {
    /// The document of this number.
    pub fn new(name: impl Into<String>, number: u64) -> Self {
        Self { name: name.into(), number, place: None }
    }

    #[cfg_attr(not(feature = "segments"), allow(dead_code, reason = "only segments have places"))]
    pub(crate) fn in_segment(name: impl Into<String>, number: u64, place: u32) -> Self {
        Self { name: name.into(), number, place: Some(place) }
    }

    /// The document's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its number among the documents and segments of that name, from 1. A newer one has a greater number.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Its place in the segment, from 0; `None` for a document with a file of its own.
    #[must_use]
    pub fn place(&self) -> Option<u32> {
        self.place
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.name, self.number)?;
        self.place.map_or(Ok(()), |place| write!(f, ".{place}"))
    }
}

impl FromStr for DocumentId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let failed = || Error::Id { found: text.to_owned() };
        let (name, address) = text.rsplit_once('#').ok_or_else(failed)?;
        let (number, place) = match address.split_once('.') {
            Some((number, place)) => (number, Some(digits(place).ok_or_else(failed)?)),
            None => (address, None),
        };
        let place = place.map(u32::try_from).transpose().map_err(|_| failed())?;
        let number = digits(number).filter(|number| *number > 0).ok_or_else(failed)?;
        if name.is_empty() {
            return Err(failed());
        }
        Ok(Self { name: name.to_owned(), number, place })
    }
}

/// A number as we write it, and nothing else that parses.
fn digits(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number: &u64| number.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_written_form_is_read_back() {
        for id in [DocumentId::new("shop::pay", 7), DocumentId::in_segment("a#b.c", u64::MAX, 0)] {
            assert_eq!(id.to_string().parse::<DocumentId>().expect("we wrote it"), id);
        }
    }

    #[test]
    fn what_is_no_id_is_refused_with_what_would_be() {
        for text in ["", "x", "x#", "#1", "x#0", "x#+1", "x#01", "x#1.", "x#1.x", "x#1.99999999999", "x#-1"] {
            let error = text.parse::<DocumentId>().expect_err("it is none").to_string();
            assert!(error.contains("`shop::process_order#7`"), "{error}");
        }
    }

    #[test]
    fn ids_are_ordered_as_their_documents() {
        let one = |number| DocumentId::new("x", number);
        let framed = |number, place| DocumentId::in_segment("x", number, place);
        assert!(one(1) < framed(2, 0) && framed(2, 0) < framed(2, 1) && framed(2, 1) < one(3));
    }
}
