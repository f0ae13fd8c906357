//! Finds values by what they look like, wherever in a text they stand and however they are written.
//!
//! Names in texts are [`text`](crate::text)'s matter, documents [`json`](crate::json)'s; [`search`] brings all of them
//! together.

mod decode;
mod email;
mod lines;
mod numbers;
mod pack;
mod replace;
mod search;
mod tokens;

pub(crate) use decode::{escape_percent, unescaped};
pub(crate) use numbers::{Hint, is_card};
pub(crate) use pack::{Pack, ids};
pub use replace::Replacement;
pub(crate) use replace::{Key, without_tags};
pub(crate) use search::{Context, Find};

/// How many writings in each other are looked through: Base64 of a form in a string of JSON is three.
pub(crate) const DEEPEST: u8 = 6;
