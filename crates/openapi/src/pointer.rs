//! JSON pointers (RFC 6901): how places in a file are named.

use std::borrow::Cow;
use std::fmt::Write;

/// A pointer that grows and shrinks while a value is walked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Path {
    text: String,
    ends: Vec<usize>,
}

impl Path {
    pub(crate) fn push_key(&mut self, key: &str) {
        self.ends.push(self.text.len());
        self.text.push('/');
        push_escaped(&mut self.text, key);
    }

    pub(crate) fn push_index(&mut self, index: usize) {
        self.ends.push(self.text.len());
        // Writing to a string does not fail.
        let _ = write!(self.text, "/{index}");
    }

    pub(crate) fn pop(&mut self) {
        if let Some(end) = self.ends.pop() {
            self.text.truncate(end);
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

fn push_escaped(to: &mut String, token: &str) {
    for letter in token.chars() {
        match letter {
            '~' => to.push_str("~0"),
            '/' => to.push_str("~1"),
            other => to.push(other),
        }
    }
}

/// `pointer` with one more token.
pub(crate) fn join(pointer: &str, token: &str) -> String {
    let mut joined = String::with_capacity(pointer.len() + token.len() + 1);
    joined.push_str(pointer);
    joined.push('/');
    push_escaped(&mut joined, token);
    joined
}

/// One token, as the key or index it stands for.
pub(crate) fn unescape(token: &str) -> Cow<'_, str> {
    if token.contains('~') { Cow::Owned(token.replace("~1", "/").replace("~0", "~")) } else { Cow::Borrowed(token) }
}

/// The index a token stands for in an array.
pub(crate) fn index(token: &str) -> Option<usize> {
    let plain = token == "0" || (!token.starts_with('0') && !token.is_empty());
    (plain && token.bytes().all(|byte| byte.is_ascii_digit())).then(|| token.parse().ok())?
}
