//! What a store promises, also to those whose process is killed, whose disk is full, and whose directory came from
//! somebody else.

mod audit;
mod documents;
mod hostile;
mod model;
mod reviews;
mod rewritten;
mod support;

#[cfg(feature = "encryption")]
mod encrypted;
#[cfg(feature = "object-store")]
mod far;
#[cfg(feature = "s3")]
mod s3;
#[cfg(feature = "segments")]
mod segments;
#[cfg(all(feature = "encryption", feature = "segments"))]
mod tampered;

#[cfg(unix)]
mod atomic_files;
#[cfg(unix)]
mod full;
#[cfg(unix)]
mod killed;
