//! Names of documents in paths, and what stands in queries.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What means itself in a part of a path: a `:` would begin the name of a method.
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'(').remove(b')');

/// The name of a document or collection as a path.
pub(super) fn encode(name: &str) -> String {
    let parts: Vec<_> = name.split('/').map(|part| utf8_percent_encode(part, PART).to_string()).collect();
    parts.join("/")
}

/// The query of a URL, made pair by pair.
#[derive(Debug, Default)]
pub(super) struct Pairs(String);

impl Pairs {
    pub(super) fn with(mut self, name: &str, value: impl AsRef<str>) -> Self {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.push_str(name);
        self.0.push('=');
        self.0.extend(utf8_percent_encode(value.as_ref(), PART));
        self
    }

    pub(super) fn with_each<T: AsRef<str>>(self, name: &str, values: impl IntoIterator<Item = T>) -> Self {
        values.into_iter().fold(self, |pairs, value| pairs.with(name, value))
    }

    pub(super) fn with_some(self, name: &str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A name of a field as a path of fields has it: as it is where it is a plain word, else between backquotes.
pub(super) fn quote(name: &str) -> String {
    let mut letters = name.chars();
    let is_word = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if is_word { name.to_owned() } else { format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_letters_have_a_path() {
        assert_eq!(encode("projects/p/databases/(default)/documents"), "projects/p/databases/(default)/documents");
        assert_eq!(encode("c/a b:ü?#%"), "c/a%20b%3A%C3%BC%3F%23%25");
        let pairs = Pairs::default().with("a", "1 &").with_each("m", ["x", "y"]).with_some("n", None::<&str>);
        assert_eq!(pairs.as_str(), "a=1%20%26&m=x&m=y");
    }

    #[test]
    fn names_of_fields_are_quoted_where_they_are_no_words() {
        for (name, quoted) in
            [("level", "level"), ("_a1", "_a1"), ("1a", "`1a`"), ("a.b", "`a.b`"), ("a`b", "`a\\`b`"), ("", "``")]
        {
            assert_eq!(quote(name), quoted);
        }
    }
}
