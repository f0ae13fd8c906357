//! A body that is too large to be kept in memory: redacted as it comes, written beside the session.

use std::io::Write;

use tracesnap_record::recorder::{BlobFolder, BlobHasher, BlobWriter};
use tracesnap_redact::{Chunks, Policy};

use super::redact::Redaction;

/// Takes a body as it comes, in memory that does not grow.
pub(crate) struct Spill {
    to: Sink,
    filter: Filter,
    policy: Policy,
    redacted: u64,
    /// Why it is not kept.
    failure: Option<String>,
}

enum Sink {
    Blob(BlobWriter),
    /// Only what it would be called, to be compared.
    Hash(BlobHasher),
    Nowhere,
}

enum Filter {
    Plain,
    Text(Box<Chunks>),
    /// Bytes since the last one that no text has.
    Binary(Vec<u8>),
}

/// What became of it.
pub(crate) struct Spilled {
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
    pub(crate) redacted: u64,
}

/// So many bytes without one that no text has are looked at as they are.
const MOST_HELD: usize = 1 << 20;

impl Spill {
    /// One that goes on with these bytes. Coded bodies cannot be looked through while they come, so they are kept only where
    /// nothing is to be redacted.
    pub(crate) fn begin(policy: &Policy, blobs: Option<&BlobFolder>, is_coded: bool, first: &[u8]) -> Self {
        let mut failure = None;
        let to = match blobs.map(BlobFolder::create) {
            None => Sink::Hash(BlobHasher::default()),
            Some(Ok(writer)) => Sink::Blob(writer),
            Some(Err(error)) => {
                failure = Some(format!("it could not be written: {error}"));
                Sink::Nowhere
            }
        };
        let is_text = match std::str::from_utf8(first) {
            Ok(_) => true,
            // A character may be cut at the end.
            Err(error) => error.error_len().is_none(),
        };
        let filter = match (policy.is_none(), is_coded, is_text) {
            (true, ..) => Filter::Plain,
            (false, true, _) => {
                failure = Some("it is coded and large, and was not looked through".to_owned());
                Filter::Plain
            }
            (false, false, true) => Filter::Text(Box::new(policy.chunks())),
            (false, false, false) => Filter::Binary(Vec::new()),
        };
        let mut spill = Self { to, filter, policy: policy.clone(), redacted: 0, failure };
        spill.push(first);
        spill
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.failure.is_some() {
            return;
        }
        match &mut self.filter {
            Filter::Plain => self.write(bytes),
            Filter::Text(chunks) => {
                let clean = chunks.push(bytes);
                self.write(clean.as_bytes());
            }
            Filter::Binary(held) => {
                held.extend_from_slice(bytes);
                let is_end = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\n' | b'\r' | b'\t');
                let cut = held.iter().rposition(is_end).map_or(0, |at| at + 1);
                let cut = if cut == 0 && held.len() > MOST_HELD { held.len() } else { cut };
                let done: Vec<u8> = held.drain(..cut).collect();
                self.write_binary(&done);
            }
        }
    }

    fn write_binary(&mut self, bytes: &[u8]) {
        let policy = self.policy.clone();
        let mut redaction = Redaction::new(&policy);
        let clean = redaction.binary(bytes);
        self.write(&clean);
        self.redacted += redaction.count;
    }

    fn write(&mut self, bytes: &[u8]) {
        let written = match &mut self.to {
            Sink::Blob(to) => to.write_all(bytes),
            Sink::Hash(to) => to.write_all(bytes),
            Sink::Nowhere => Ok(()),
        };
        if let Err(error) = written {
            self.failure = Some(format!("it could not be written: {error}"));
            // What is there takes room on a disk that may be full.
            self.to = Sink::Nowhere;
        }
    }

    /// What became of it, or why it is not kept.
    pub(crate) fn finish(mut self) -> Result<Spilled, String> {
        match std::mem::replace(&mut self.filter, Filter::Plain) {
            Filter::Plain => {}
            Filter::Text(mut chunks) => {
                let clean = chunks.finish();
                self.write(clean.as_bytes());
                self.redacted += chunks.report().count();
            }
            Filter::Binary(held) => self.write_binary(&held),
        }
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        let (sha256, bytes) = match self.to {
            Sink::Blob(to) => to.finish().map_err(|error| format!("it could not be written: {error}"))?,
            Sink::Hash(to) => to.finish(),
            Sink::Nowhere => return Err("it could not be written".to_owned()),
        };
        Ok(Spilled { sha256, bytes, redacted: self.redacted })
    }
}
