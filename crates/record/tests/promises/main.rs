//! What users of the recorder can rely on, one file a promise.

mod killed;
mod matching;
mod recording;
mod session_file;
mod sets;
