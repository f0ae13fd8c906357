//! Which recorded interaction answers a request.
//!
//! A request becomes a [key](Rule): what of it counts, written canonically. Equal keys are found in constant time,
//! whatever the number of interactions, and are consumed in the order in which they were recorded, **each logical task
//! its own**: calls of concurrent tasks to the same place do not take each other's answers. What is not found is
//! [explained](Miss).

mod canonical;
mod difference;
mod miss;
mod player;
mod rule;
mod variables;

pub use difference::{Difference, differences};
pub(crate) use difference::{push_name, shorten};
pub use miss::{Excluded, Miss, Near};
pub(crate) use player::Candidates;
pub use player::{Player, PlayerBuilder, Repeat, RequestKey, Unused};
pub(crate) use rule::MATCHER_WORDS;
pub use rule::{Matcher, Rule};
pub use variables::Variable;

pub(crate) use canonical::canonical;
