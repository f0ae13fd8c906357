//! The attribute macros of tracesnap.
//!
//! They are reached and documented through `tracesnap`, whose `__private` module holds all that they expand to.

#[cfg(feature = "capture")]
mod capture;
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

/// Keeps the arguments and the outcome of a function: `tracesnap_capture::capture`, where this is described.
#[cfg(feature = "capture")]
#[proc_macro_attribute]
pub fn capture(options: TokenStream, item: TokenStream) -> TokenStream {
    capture::attribute(options.into(), item.into()).into()
}

/// capture_tests
#[cfg(feature = "capture")]
#[proc_macro]
pub fn capture_tests(input: TokenStream) -> TokenStream {
    capture::capture_tests(input.into()).into()
}

/// captures
#[cfg(feature = "capture")]
#[proc_macro]
pub fn captures(input: TokenStream) -> TokenStream {
    capture::captures(input.into()).into()
}

/// load
#[cfg(feature = "capture")]
#[proc_macro]
pub fn load(input: TokenStream) -> TokenStream {
    capture::load(input.into()).into()
}

/// replay
#[cfg(feature = "capture")]
#[proc_macro]
pub fn replay(input: TokenStream) -> TokenStream {
    capture::replay(input.into()).into()
}

/// wrap
#[cfg(feature = "capture")]
#[proc_macro]
pub fn wrap(input: TokenStream) -> TokenStream {
    capture::wrap(input.into()).into()
}
