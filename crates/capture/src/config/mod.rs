//! How captures are taken: what may be set, and what holds for one function.
//!
//! Where a setting is looked for, and in which order, is the business of `tracesnap-config`.

pub(crate) mod keys;
mod object;
mod settings;

pub use keys::{KEYS, SECTION};
pub use object::{ArgumentFilter, CaptureConfig};
pub use settings::{Layout, Settings, effective};
