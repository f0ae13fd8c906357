//! Which spans and events are recorded, and the text form of that choice.
//!
//! [`Filter`] answers once per callsite, [`Sampling`] once per root. Neither knows how a recording is kept or what its
//! tree looks like.
//!
//! ```
//! use tracesnap::filter::{Filter, Modules, Pattern};
//!
//! let modules = Modules::parse(["shop::**", "!shop::db::**"])?;
//! assert!(modules.matches("shop::cart", "shop::cart"));
//! assert!(!modules.matches("shop::db::pool", "shop::db::pool"));
//!
//! let filter = Filter::default().with_modules(modules).with_max_level(tracing::Level::DEBUG);
//! assert_eq!(filter.modules().to_string(), "shop::**, !shop::db::**");
//! # Ok::<(), tracesnap::Error>(())
//! ```

mod callsite_filter;
mod modules;
mod pattern;
mod pattern_set;
mod sampler;
mod sampling;
mod sampling_rules;

pub use callsite_filter::Filter;
pub use modules::Modules;
pub use pattern::Pattern;
pub(crate) use sampler::{Sampler, callsite_hash};
pub use sampling::Sampling;
pub(crate) use sampling_rules::SamplingRules;
