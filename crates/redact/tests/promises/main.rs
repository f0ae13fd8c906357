//! What the crate promises, a module a promise.

mod leaks;
mod properties;
mod serialising;
mod unchanged;
mod unclaimed;
