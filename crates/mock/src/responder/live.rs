//! The service itself, or whoever speaks with it.

use std::fmt;

use bytes::Bytes;
use futures_util::future::BoxFuture;

use crate::engine::Request;

/// Why a service did not answer.
pub type LiveError = Box<dyn std::error::Error + Send + Sync>;

/// An answer of a service, as soon as it is there.
pub type LiveFuture<'l> = BoxFuture<'l, Result<http::Response<Bytes>, LiveError>>;

/// Asks the service that the mock stands for.
pub trait Live: fmt::Debug + Send + Sync {
    /// Its answer, whatever the status.
    fn ask<'l>(&'l self, request: &'l Request) -> LiveFuture<'l>;

    /// Whether it follows the mode itself, as a client does that `tracesnap-http` wraps: in `playback` it answers by what
    /// was recorded, and asks no service. Default: no, so it is not asked then.
    fn plays_back(&self) -> bool {
        false
    }
}
