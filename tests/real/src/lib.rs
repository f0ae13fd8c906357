//! Programs that other people wrote, and what it takes to prove that a trace of them misses nothing.
//!
//! ```text
//!  http2 · orders · bus          real work of hyper and h2, of axum and tower-http, of zbus
//!          │ spans and events
//!     ┌────┴─────┐
//!   naive    tracesnap           a list of every callback · the recorder under test
//!     └────┬─────┘
//!        forest                  both in one form: the calls as a forest, and each thread's enters, exits and events
//! ```

pub mod bus;
pub mod forest;
pub mod http2;
pub mod naive;
pub mod orders;
pub mod runtime;
