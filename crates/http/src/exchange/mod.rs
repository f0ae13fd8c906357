//! An exchange: noted while it passes, told when it is over.
//!
//! [`live`] notes what passes and holds nothing up; [`message`] makes of it what a session has, redacted.

pub(crate) mod coding;
pub(crate) mod grpc;
pub(crate) mod live;
pub(crate) mod message;
mod multipart;
pub(crate) mod redact;
pub(crate) mod spill;
pub(crate) mod tee;
