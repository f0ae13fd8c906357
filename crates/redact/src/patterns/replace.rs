//! What is written in the place of a value.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::ops::Range;

use super::decode::unescaped;

/// What is written in the place of a value that a pattern found.
///
/// What a rule by name keeps back is always [`PLACEHOLDER`](crate::PLACEHOLDER).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Replacement {
    /// `‹email:3f2a91c4›`: the kind, and 32 bits of a keyed hash of the value. Equal values have equal replacements, so
    /// documents can still be joined; without the key nobody can try values out.
    #[default]
    Tag,
    /// [`PLACEHOLDER`](crate::PLACEHOLDER): nothing but that there was something.
    Placeholder,
}

/// The key of tags.
#[derive(Clone)]
pub(crate) struct Key([u8; 32]);

impl Key {
    /// One that nobody knows, and that ends with the process.
    pub(crate) fn random() -> Self {
        // The standard library takes its keys from the system, once a thread.
        let random = |part: u8| RandomState::new().hash_one(part).to_le_bytes();
        let parts = [random(0), random(1), random(2), random(3)];
        let mut hasher = blake3::Hasher::new_derive_key("tracesnap-redact random key");
        for part in parts {
            hasher.update(&part);
        }
        Self(*hasher.finalize().as_bytes())
    }

    pub(crate) fn from_secret(secret: &[u8]) -> Self {
        Self(blake3::derive_key("tracesnap-redact key of tags", secret))
    }

    /// The tag of a value of this kind.
    pub(crate) fn tag(&self, kind: &str, value: &str) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        match kind {
            // However it is grouped, it is the same number.
            "card" | "us_ssn" | "phone" | "cpf" | "iban" | "uk_nino" => {
                for byte in value.bytes().filter(u8::is_ascii_alphanumeric) {
                    hasher.update(&[byte]);
                }
            }
            "email" => {
                hasher.update(value.to_lowercase().as_bytes());
            }
            _ => {
                hasher.update(value.as_bytes());
            }
        }
        let hash = hasher.finalize();
        let [a, b, c, d, ..] = hash.as_bytes();
        format!("‹{kind}:{a:02x}{b:02x}{c:02x}{d:02x}›")
    }
}

/// Where tags stand in a text.
pub(super) fn tags(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    memchr::memmem::find_iter(bytes, "‹".as_bytes()).filter_map(|at| Some(at..end_of_tag(bytes, at)?))
}

/// A name without tags, if there are any in it: what stood there says nothing of what stands under the name.
pub(crate) fn without_tags(name: &str) -> Option<String> {
    // Nearly all names are plain letters, and have none.
    if !name.bytes().any(|byte| byte == b'%' || !byte.is_ascii()) {
        return None;
    }
    // Written as the name around them: `‹` is `%E2%80%B9`.
    if name.contains("E2%80%B9") || name.contains("E2%2580%25B9") {
        return without_tags(&unescaped(name));
    }
    let mut plain = String::new();
    let mut copied = 0;
    for tag in tags(name) {
        plain.push_str(&name[copied..tag.start]);
        plain.push(' ');
        copied = tag.end;
    }
    (copied > 0).then(|| plain + &name[copied..])
}

/// Where the tag ends that begins at `at`, if one does.
fn end_of_tag(text: &[u8], at: usize) -> Option<usize> {
    const OPENS: &[u8] = "‹".as_bytes();
    const CLOSES: &[u8] = "›".as_bytes();
    let inside = text[at..].strip_prefix(OPENS)?;
    let colon = inside
        .iter()
        .take(40)
        .position(|&byte| !(byte.is_ascii_lowercase() || byte == b'_' || byte.is_ascii_digit()))?;
    let hash = inside.get(colon + 1..colon + 9)?;
    let is_tag = colon > 0
        && inside[colon] == b':'
        && hash.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && inside[colon + 9..].starts_with(CLOSES);
    is_tag.then(|| at + OPENS.len() + colon + 9 + CLOSES.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_equal_tags_under_one_key_and_others_under_another() {
        let (one, other) = (Key::from_secret(b"one"), Key::from_secret(b"other"));
        assert_eq!(one.tag("card", "4111 1111 1111 1111"), one.tag("card", "4111111111111111"));
        assert_eq!(one.tag("email", "Ada@example.com"), one.tag("email", "ada@example.com"));
        assert_ne!(one.tag("jwt", "a"), one.tag("jwt", "A"));
        assert_ne!(one.tag("jwt", "a"), other.tag("jwt", "a"));
        assert_ne!(Key::random().tag("jwt", "a"), Key::random().tag("jwt", "a"));
    }

    #[test]
    fn a_tag_is_known_again() {
        let tag = Key::random().tag("us_ssn", "x");
        assert_eq!(end_of_tag(tag.as_bytes(), 0), Some(tag.len()));
        for text in ["‹email›", "‹:12345678›", "‹email:1234567›", "‹email:1234567x›", "email", "‹"] {
            assert_eq!(end_of_tag(text.as_bytes(), 0), None, "{text}");
        }
    }
}
