//! The attribute macros of tracesnap.
//!
//! They are reached and documented through `tracesnap`, `tracesnap_capture` and `tracesnap_record`, whose `__private` modules hold all that
//! they expand to.

#[cfg(feature = "capture")]
mod capture;
mod expand;
mod list;
mod nearest;
mod options;
#[cfg(feature = "record")]
mod recorded;
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

/// One test for each capture: `tracesnap_capture::capture_tests`, where this is described.
#[cfg(feature = "capture")]
#[proc_macro]
pub fn capture_tests(input: TokenStream) -> TokenStream {
    capture::capture_tests(input.into()).into()
}

/// A captured function, by its path: `tracesnap_capture::captures`, where this is described.
#[cfg(feature = "capture")]
#[proc_macro]
pub fn captures(input: TokenStream) -> TokenStream {
    capture::captures(input.into()).into()
}

/// Arguments of a captured function: `tracesnap_capture::load`, where this is described.
#[cfg(feature = "capture")]
#[proc_macro]
pub fn load(input: TokenStream) -> TokenStream {
    capture::load(input.into()).into()
}

/// A captured function called again: `tracesnap_capture::replay`, where this is described.
#[cfg(feature = "capture")]
#[proc_macro]
pub fn replay(input: TokenStream) -> TokenStream {
    capture::replay(input.into()).into()
}

/// A captured function around another one: `tracesnap_capture::wrap`, where this is described.
#[cfg(feature = "capture")]
#[proc_macro]
pub fn wrap(input: TokenStream) -> TokenStream {
    capture::wrap(input.into()).into()
}

/// Implements a client's trait for the client that is recorded: `tracesnap_record::recorded`, where this is described.
#[cfg(feature = "record")]
#[proc_macro_attribute]
pub fn recorded(options: TokenStream, item: TokenStream) -> TokenStream {
    recorded::attribute(options.into(), item.into()).into()
}
