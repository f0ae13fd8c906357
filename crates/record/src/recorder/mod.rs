//! Records a session while it happens.
//!
//! What is asked of a service and what answers is the caller's to say; what may be written, the policy's. A recording
//! that fails never fails the call it records: losses are counted and told when the session ends.

mod blobs;
mod builder;
mod folder;
mod interaction;
mod session;
mod storage;
mod sweep;
pub mod task;
mod ticket;
mod writer;

pub use blobs::{BlobFolder, BlobHasher, BlobReader, BlobWriter};
pub use builder::{Recorder, RecorderBuilder};
pub use folder::{CAPTURE_DIR, default_dir};
pub(crate) use folder::{make_private, store};
pub use interaction::InteractionGuard;
pub(crate) use session::lock;
pub use session::{Finished, SessionGuard, SessionHandle, SessionStats};
pub use storage::{Storage, StoredFile};
pub use sweep::{DEFAULT_SETTLED, SweptBlobs, Unreferenced, plan_sweep, sweep};
pub(crate) use ticket::By;
pub use ticket::{Draft, Tell, Ticket};
