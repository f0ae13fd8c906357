//! What a recording is: a session of interactions, each an exchange that took time.
//!
//! Plain data. How it lies in a file is [`crate::file`], how it came to be [`crate::recorder`].

mod body;
mod head;
mod interaction;
mod session;
mod status;
mod stream;
mod timestamp;

pub use body::{Body, GrpcMessage};
pub use head::{FORMAT, Recorded, SessionHead, VERSION};
pub use interaction::Interaction;
pub(crate) use interaction::millis as interaction_millis;
pub use session::Session;
pub use status::Status;
pub use stream::{Direction, Exchange, Moment, Pairs, Part, Stream};
pub use timestamp::Timestamp;
