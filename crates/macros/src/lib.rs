//! The attribute macros of tracesnap.
//!
//! They are reached and documented through `tracesnap`, whose `__private` module holds all that they expand to.

mod expand;
mod nearest;
mod options;
mod runtime;
mod value;

use proc_macro::TokenStream;

/// Runs a test under a tracer and asserts the snapshot of its calls: `tracesnap::traced`, where this is described.
#[proc_macro_attribute]
pub fn traced(options: TokenStream, item: TokenStream) -> TokenStream {
    expand::traced(options.into(), item.into()).into()
}
