//! Bodies that only the holder of a key reads, and nobody changes unnoticed.
//!
//! XChaCha20-Poly1305 with a nonce drawn for each body; a document's metadata is authenticated with it, and stays legible.

use std::fmt;

use chacha20poly1305::aead::{Aead, Generate, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};

use crate::Error;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;

/// A key for the bodies of a store: 256 bits, kept apart from what it encrypts.
#[derive(Clone)]
pub struct Key {
    cipher: XChaCha20Poly1305,
    id: String,
    /// Where it is from, for messages.
    origin: String,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("id", &self.id).field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl Key {
    /// The variable in which everything of this project looks for a key. It has no name in a configuration file, where
    /// everybody would read it.
    pub const VARIABLE: &str = "TRACESNAP_STORE_KEY";

    /// This key.
    #[must_use]
    pub fn new(key: &[u8; KEY_BYTES]) -> Self {
        Self::from(key, "a key of the program".to_owned())
    }

    /// The key in an environment variable: 64 hexadecimal digits, as `openssl rand -hex 32` prints them.
    ///
    /// # Errors
    ///
    /// [`Error::Key`] naming the variable, never what is in it.
    pub fn from_env(variable: &str) -> Result<Self, Error> {
        let failed = |why: &str| {
            Err(Error::Key {
                origin: variable.to_owned(),
                why: format!("{why}; set it to 64 hexadecimal digits, as `openssl rand -hex 32` prints them"),
            })
        };
        let Some(text) = std::env::var_os(variable) else { return failed("is not set, and holds the key") };
        let Some(digits) = text.to_str().map(str::trim) else { return failed("is no text") };
        let mut key = [0; KEY_BYTES];
        if digits.len() != 2 * KEY_BYTES || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return failed(&format!("has {} characters that are no key", digits.chars().count()));
        }
        for (byte, digits) in key.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            let digit = |digit: u8| (digit as char).to_digit(16).unwrap_or_default() as u8;
            *byte = digit(digits[0]) << 4 | digit(digits[1]);
        }
        Ok(Self::from(&key, format!("the key in `{variable}`")))
    }

    fn from(key: &[u8; KEY_BYTES], origin: String) -> Self {
        // Tells one key from another, and nothing of it.
        let hash = Sha256::new_with_prefix(b"tracesnap key id").chain_update(key).finalize();
        let id = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { cipher: XChaCha20Poly1305::new(key.into()), id, origin }
    }

    /// Names the key in what it encrypted, without telling it.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Nonce, encrypted body, tag; the tag vouches for `line` as well.
    pub(crate) fn seal(&self, body: &[u8], line: &[u8]) -> Result<Vec<u8>, Error> {
        let failed = |why: String| Error::Key { origin: self.origin.clone(), why };
        let nonce =
            XNonce::try_generate().map_err(|error| failed(format!("cannot be used: no random numbers ({error})")))?;
        let sealed = self.cipher.encrypt(&nonce, Payload { msg: body, aad: line });
        let sealed = sealed.map_err(|_| failed("cannot encrypt so much at once; put it in parts".to_owned()))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// The body of what [`seal`](Self::seal) gave. `used` is the id of the key it was encrypted with.
    pub(crate) fn open(&self, sealed: &[u8], line: &[u8], used: &str, origin: &str) -> Result<Vec<u8>, Error> {
        if used != self.id {
            let why =
                format!("is encrypted with key {used}, and {} is {}; give the store that key", self.origin, self.id);
            return Err(Error::Key { origin: origin.to_owned(), why });
        }
        let tampered = || Error::Key {
            origin: origin.to_owned(),
            why: "was changed since it was encrypted; restore it, or remove it and record again".to_owned(),
        };
        let (nonce, body) = sealed.split_at_checked(NONCE_BYTES).ok_or_else(tampered)?;
        let nonce = XNonce::try_from(nonce).map_err(|_| tampered())?;
        self.cipher.decrypt(&nonce, Payload { msg: body, aad: line }).map_err(|_| tampered())
    }

    /// Of a store that is to encrypt and has none.
    pub(crate) fn none() -> Error {
        let why = "is not set, and the store has no key to encrypt with; set it, or open the store with \
                   `Store::builder().key(…)`";
        Error::Key { origin: Self::VARIABLE.to_owned(), why: why.to_owned() }
    }

    /// Of something plain that is read with a key.
    pub(crate) fn needless(origin: &str) -> Error {
        let why = "is not encrypted, though the store has a key, so nothing vouches for it; if it is yours, `Store::encrypt` \
                   (`tracesnap captures rescrub --encrypt`) encrypts it, else remove it"
            .to_owned();
        Error::Key { origin: origin.to_owned(), why }
    }

    /// Of something encrypted that is read without a key.
    pub(crate) fn missing(origin: &str) -> Error {
        let why = "is encrypted, and there is no key; set `TRACESNAP_STORE_KEY`, or open the store with `Store::builder().key(…)`"
            .to_owned();
        Error::Key { origin: origin.to_owned(), why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_and_the_same_line_open_a_body() {
        let key = Key::new(&[7; 32]);
        let sealed = key.seal(b"body", b"line").expect("there are random numbers");
        assert!(!sealed.windows(4).any(|window| window == b"body") && sealed.len() == 4 + 40);
        assert_ne!(key.seal(b"body", b"line").expect("there are random numbers"), sealed, "a nonce is used once");
        assert_eq!(key.open(&sealed, b"line", key.id(), "here").expect("it is ours"), b"body");

        let other = Key::new(&[8; 32]);
        let error = other.open(&sealed, b"line", key.id(), "here").expect_err("another key").to_string();
        assert!(
            error.starts_with("`here` is encrypted with key ") && error.contains("give the store that key"),
            "{error}"
        );
        for (sealed, line) in [(&sealed[..], b"lime".as_slice()), (&sealed[..43], b"line"), (&sealed[..3], b"line")] {
            let error = key.open(sealed, line, key.id(), "here").expect_err("it was changed").to_string();
            assert!(error.contains("`here` was changed"), "{error}");
        }
        for at in 0..sealed.len() {
            let mut tampered = sealed.clone();
            tampered[at] ^= 1;
            assert!(key.open(&tampered, b"line", key.id(), "here").is_err(), "{at}");
        }
    }

    #[test]
    fn a_key_does_not_show_itself() {
        let shown = format!("{:?}", Key::new(&[0xab; 32]));
        assert!(!shown.contains("171") && !shown.to_lowercase().contains("abab"), "{shown}");
    }

    #[test]
    fn a_variable_that_holds_no_key_is_named_and_not_shown() {
        let error = Key::from_env("TRACESNAP_STORE_TEST_NO_SUCH_KEY").expect_err("it is not set").to_string();
        assert!(
            error.contains("`TRACESNAP_STORE_TEST_NO_SUCH_KEY` is not set") && error.contains("openssl"),
            "{error}"
        );
        // One that is set for every test of cargo.
        let error = Key::from_env("CARGO_PKG_NAME").expect_err("it is no key").to_string();
        assert!(error.contains("`CARGO_PKG_NAME` has 15 characters") && !error.contains("tracesnap-store"), "{error}");
    }
}
