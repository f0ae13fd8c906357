//! Ids of traces and spans, derived from what was recorded.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;
use siphasher::sip128::{Hasher128, SipHasher13 as SipHasher128};
use tracesnap::tree::{Call, CallId};

/// Keys of the hashes: they only keep the two kinds of ids apart.
const TRACE_KEY: u64 = 1;
const SPAN_KEY: u64 = 2;

/// What all ids of one recording depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecordingId(u128);

/// Hashes a recording, call by call.
pub(crate) struct Digest(SipHasher128);

impl Digest {
    pub(crate) fn new(service_name: &str, began_unix_ns: u64) -> Self {
        let mut hasher = SipHasher128::new();
        text(&mut hasher, service_name);
        hasher.write_u64(began_unix_ns.to_le());
        Self(hasher)
    }

    pub(crate) fn add(&mut self, call: Call<'_>) {
        let ns = |time: Option<std::time::Duration>| time.map_or(u64::MAX, |time| time.as_nanos() as u64).to_le();
        text(&mut self.0, call.module());
        text(&mut self.0, call.name());
        self.0.write_u64(ns(call.first_enter()));
        self.0.write_u64(ns(call.last_exit()));
    }

    pub(crate) fn finish(self) -> RecordingId {
        RecordingId(self.0.finish128().as_u128())
    }
}

/// With its length before it, so that two texts are not one.
fn text(hasher: &mut impl Hasher, text: &str) {
    hasher.write_u64((text.len() as u64).to_le());
    hasher.write(text.as_bytes());
}

impl RecordingId {
    fn halves(self) -> (u64, u64) {
        (self.0 as u64, (self.0 >> 64) as u64)
    }

    /// Of a session of conversations.
    #[cfg(feature = "sessions")]
    pub(crate) fn of_session(service_name: &str, session_id: &str) -> Self {
        let mut hasher = SipHasher128::new();
        text(&mut hasher, service_name);
        text(&mut hasher, session_id);
        Self(hasher.finish128().as_u128())
    }

    /// The trace that this root and all below it belong to.
    pub(crate) fn trace(self, root: CallId) -> [u8; 16] {
        self.trace_at(root.index() as u64)
    }

    pub(crate) fn span(self, call: CallId) -> [u8; 8] {
        self.span_at(call.index() as u64)
    }

    pub(crate) fn trace_at(self, number: u64) -> [u8; 16] {
        let (low, high) = self.halves();
        let mut hasher = SipHasher128::new_with_keys(low ^ TRACE_KEY, high);
        hasher.write_u64(number.to_le());
        // Zero is no id to the protocol.
        hasher.finish128().as_u128().max(1).to_be_bytes()
    }

    pub(crate) fn span_at(self, number: u64) -> [u8; 8] {
        let (low, high) = self.halves();
        let mut hasher = SipHasher13::new_with_keys(low ^ SPAN_KEY, high);
        hasher.write_u64(number.to_le());
        hasher.finish().max(1).to_be_bytes()
    }
}
