//! What people, places and things are called.
//!
//! Tables of our own, since a value must be the same for ever: libraries of made-up data change their lists from release to
//! release. Domains are those reserved for examples, numbers of telephones those set aside for fiction where there are any.

mod people;
mod places;
mod things;

pub(super) use people::{DEPARTMENTS, FIRST_NAMES, JOBS, LAST_NAMES, PERSONS};
pub(super) use places::{PLACES, Place, STREETS};
pub(super) use things::{
    ADJECTIVES, AGENTS, CATEGORIES, COLORS, COMPANY_ENDS, COMPANY_NAMES, ERRORS, FILES, HEX_COLORS, METHODS, NOUNS,
    SENTENCES, TAGS,
};
