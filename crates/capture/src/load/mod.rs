//! Captures found again: which of them, as what, and what to do where there is none.

mod arguments;
mod criteria;
mod function;
mod loader;
mod mismatch;
mod query;
mod reader;

pub(crate) use arguments::missing;
pub use arguments::{ArgSource, FromArgs, RestoreValue, Unreplayable};
pub use criteria::Criteria;
pub(crate) use criteria::place;
pub use function::Function;
pub use loader::{Capture, CaptureLoader, Listed, PrunedCaptures, has_capture, load_named, load_named_json};
pub use mismatch::{Change, Mismatch};
pub use query::{Case, Query, Supply};
pub use reader::{Read, ReadDeserialize, ReadFn, ReadNever, ReadRestore};
