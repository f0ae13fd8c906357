//! The number that decides what is made up: the same for the same question, in every build and on every machine.

use std::hash::Hasher;

use serde_json::Value;
use siphasher::sip::SipHasher13;

/// A key that is being put together. Parts are set apart from each other, so `ab`, `c` is not `a`, `bc`.
#[derive(Clone, Debug)]
pub(crate) struct Key(SipHasher13);

impl Key {
    /// A key of that kind. The seed of the user is the generator's business.
    pub(crate) fn of(kind: &str) -> Self {
        Self(SipHasher13::new_with_keys(0x7472_6163_6573_6e61, 0x706d_6f63_6b00_0001)).text(kind)
    }

    pub(crate) fn text(mut self, part: &str) -> Self {
        self.0.write_u64(part.len() as u64);
        self.0.write(part.as_bytes());
        self
    }

    pub(crate) fn bytes(mut self, part: &[u8]) -> Self {
        self.0.write_u64(part.len() as u64);
        self.0.write(part);
        self
    }

    pub(crate) fn number(mut self, part: u64) -> Self {
        self.0.write_u64(part);
        self
    }

    /// Objects count as what they hold, not as the order it was written in. Its depth is bounded since that of every
    /// parsed value is.
    pub(crate) fn value(self, value: &Value) -> Self {
        match value {
            Value::Object(members) => {
                let mut names: Vec<_> = members.iter().collect();
                names.sort_unstable_by_key(|(name, _)| *name);
                let key = self.text("{").number(names.len() as u64);
                names.into_iter().fold(key, |key, (name, value)| key.text(name).value(value))
            }
            Value::Array(items) => {
                let key = self.text("[").number(items.len() as u64);
                items.iter().fold(key, Self::value)
            }
            Value::String(text) => self.text("\"").text(text),
            Value::Number(number) => self.text(&number.to_string()),
            Value::Bool(true) => self.text("true"),
            Value::Bool(false) => self.text("false"),
            Value::Null => self.text("null"),
        }
    }

    pub(crate) fn finish(self) -> u64 {
        self.0.finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Key;

    #[test]
    fn a_key_is_the_same_in_every_build() {
        assert_eq!(Key::of("request").text("GET /orders").finish(), 7_321_287_403_636_164_589);
    }

    #[test]
    fn the_order_of_fields_does_not_matter_that_of_items_does() {
        let key = |value| Key::of("").value(&value).finish();
        assert_eq!(key(json!({"a": 1, "b": [1, 2]})), key(json!({"b": [1, 2], "a": 1})));
        assert_ne!(key(json!({"b": [1, 2]})), key(json!({"b": [2, 1]})));
        assert_ne!(key(json!(["ab", "c"])), key(json!(["a", "bc"])));
    }
}
