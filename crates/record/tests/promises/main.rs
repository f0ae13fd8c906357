//! What users of the recorder can rely on, one file a promise.

mod analysis;
mod clients;
mod comparison;
#[cfg(feature = "interchange")]
mod interchange;
mod killed;
mod leaks;
mod matching;
mod modes;
mod recording;
mod session_file;
mod sets;
