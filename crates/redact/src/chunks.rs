//! Text that comes in pieces: streams of servers, bodies, logs.

use std::borrow::Cow;

use crate::patterns::{Context, Find};
use crate::{Place, Policy, Report};

/// Redacts a text that comes in pieces, so that a value is found wherever it was split: see [`Policy::chunks`].
///
/// It holds back what might still become a part of a value: the last [`HOLD`](Self::HOLD) bytes, or more while they
/// stand in one. Where a value does not end within [`MOST_HELD`](Self::MOST_HELD) bytes, it is replaced as far as it came
/// and all that follows goes up to the next line, or to the end of the key.
///
/// ```
/// use tracesnap_redact::{Policy, Replacement};
///
/// let policy = Policy::builder().replacement(Replacement::Placeholder).build()?;
/// let mut chunks = policy.chunks();
/// let mut clean = String::new();
/// for piece in ["data: ada@exa", "mple.com\n", "data: bye\n"] {
///     clean += &chunks.push(piece.as_bytes());
/// }
/// clean += &chunks.finish();
/// assert_eq!(clean, "data: [redacted]\ndata: bye\n");
/// # Ok::<(), tracesnap_redact::Error>(())
/// ```
#[derive(Debug)]
pub struct Chunks {
    policy: Policy,
    held: Vec<u8>,
    /// How much is held before it is searched again.
    look_at: usize,
    /// Bytes that were handed on or dropped.
    passed: usize,
    swallows: Option<Until>,
    report: Report,
}

/// What ends a value that was too long to be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    EndOfLine,
    EndOfKey,
}

const END_OF_KEY: &[u8] = b"-----END ";

impl Policy {
    /// A filter for one text that comes in pieces.
    #[must_use]
    pub fn chunks(&self) -> Chunks {
        Chunks {
            policy: self.clone(),
            held: Vec::new(),
            look_at: Chunks::HOLD * 2,
            passed: 0,
            swallows: None,
            report: Report::default(),
        }
    }
}

impl Chunks {
    /// What is always held back, in bytes: more than what any pattern needs to know a value.
    pub const HOLD: usize = 8 << 10;
    /// The most that is held, in bytes.
    pub const MOST_HELD: usize = 1 << 20;

    /// Takes the next piece, which may end inside of a character, and gives what is certain by now.
    ///
    /// Bytes that are no UTF-8 become U+FFFD.
    #[must_use = "it is a part of the text"]
    pub fn push(&mut self, piece: &[u8]) -> String {
        self.held.extend_from_slice(piece);
        // Each search looks at all that is held, so it waits until there is twice as much.
        if self.held.len() < self.look_at { String::new() } else { self.advance(false) }
    }

    /// The rest.
    #[must_use = "it is the end of the text"]
    pub fn finish(&mut self) -> String {
        self.advance(true)
    }

    /// What was kept back so far, and at which bytes of the text.
    #[must_use]
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// What was kept back since this was asked last.
    pub fn take_report(&mut self) -> Report {
        std::mem::take(&mut self.report)
    }

    fn advance(&mut self, last: bool) -> String {
        self.swallow(last);
        let whole = if last { self.held.len() } else { self.held.len() - unfinished(&self.held) };
        let held = std::mem::take(&mut self.held);
        let text = String::from_utf8_lossy(&held[..whole]);
        // Places are those of the bytes as long as all of them are text.
        let found = self.policy.0.find(&text, Context::default());
        let mut cut = if last { text.len() } else { self.cut(&text, &found) };
        let too_long = !last && cut == 0 && text.len() >= Self::MOST_HELD;
        if too_long {
            cut = text.len();
            let in_key = text.rfind("-----BEGIN ").is_some_and(|at| !text[at..].contains("-----END "));
            self.swallows = found
                .last()
                .filter(|find| find.range.end == text.len())
                .map(|_| if in_key { Until::EndOfKey } else { Until::EndOfLine });
        }
        let done: Vec<_> = found.into_iter().filter(|find| find.range.start < cut).collect();
        for find in &done {
            find.rules.iter().for_each(|rule| self.report.add_at(rule, Place::Byte(self.passed + find.range.start)));
        }
        let mut clean = self.policy.0.apply(&text[..cut], &done);
        if !done.is_empty() {
            clean = self.policy.0.settle(clean, Context::default());
        }
        for (id, rule) in &self.policy.0.own {
            if let Some(changed) = crate::policy::run_own(&**rule, &clean) {
                self.report.add_at(id, Place::Byte(self.passed));
                clean = changed;
            }
        }
        self.passed += cut;
        // What was no text is held as it will be read.
        self.held = match text {
            Cow::Borrowed(text) => text.as_bytes()[cut..].to_vec(),
            Cow::Owned(text) => text.into_bytes().split_off(cut),
        };
        self.held.extend_from_slice(&held[whole..]);
        self.look_at = (self.held.len() * 2).max(Self::HOLD * 2);
        clean
    }

    /// Where the text can be cut so that what follows says the same alone as it says here.
    fn cut(&self, text: &str, found: &[Find]) -> usize {
        const TRIES: usize = 8;
        let mut at = boundary(text, text.len().saturating_sub(Self::HOLD));
        for _ in 0..TRIES {
            let cut = start_of_line(text, at);
            if cut == 0 {
                return 0;
            }
            match found.iter().find(|find| find.range.start < cut && cut < find.range.end) {
                Some(find) => at = find.range.start,
                None => {
                    let there = found.iter().filter(|find| find.range.start >= cut);
                    let alone = self.policy.0.find(&text[cut..], Context::default());
                    // A name before the cut may be what says that a value behind it is a secret.
                    if there
                        .map(|find| find.range.start - cut..find.range.end - cut)
                        .eq(alone.into_iter().map(|find| find.range))
                    {
                        return cut;
                    }
                    at = cut - 1;
                }
            }
            at = boundary(text, at);
        }
        0
    }

    /// Drops what belongs to a value whose beginning is gone.
    fn swallow(&mut self, last: bool) {
        let Some(until) = self.swallows else { return };
        let end = match until {
            Until::EndOfLine => memchr::memchr(b'\n', &self.held),
            Until::EndOfKey => memchr::memmem::find(&self.held, END_OF_KEY).and_then(|at| {
                let label = at + END_OF_KEY.len();
                memchr::memmem::find(&self.held[label..], b"-----").map(|length| label + length + 5)
            }),
        };
        // The mark itself may come in two pieces.
        let dropped = end.unwrap_or(if last { self.held.len() } else { self.held.len().saturating_sub(128) });
        self.passed += dropped;
        self.held.drain(..dropped);
        if end.is_some() {
            self.swallows = None;
        }
    }
}

/// How many bytes at the end begin a character that is not all there.
fn unfinished(bytes: &[u8]) -> usize {
    let tail = &bytes[bytes.len().saturating_sub(3)..];
    let lead = tail.iter().rposition(|&byte| byte >= 0xc0);
    lead.map_or(0, |at| {
        let needed = match tail[at] {
            0xf0.. => 4,
            0xe0.. => 3,
            _ => 2,
        };
        if tail.len() - at < needed { tail.len() - at } else { 0 }
    })
}

fn boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// The start of the line at `at`, or of the word, where the line began too far back.
fn start_of_line(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let far = at.saturating_sub(Chunks::MOST_HELD / 2);
    match memchr::memrchr(b'\n', &bytes[far..at]) {
        Some(line) => far + line + 1,
        // One line is longer than what is held: it is cut before a word, where no sentence of a value goes on.
        None if far > 0 => memchr::memrchr(b' ', &bytes[..at]).map_or(at, |space| space + 1),
        None => 0,
    }
}
