//! What users of the recorder can rely on, one file a promise.

mod analysis;
mod blobs;
mod clients;
mod comparison;
mod hostile;
#[cfg(feature = "interchange")]
mod interchange;
mod killed;
mod leaks;
mod live;
mod matching;
mod modes;
mod recording;
mod session_file;
mod sets;
