//! Splits a name into words.
//!
//! What the words mean is [`names`](crate::names)' matter.

/// The letters and digits of a name, in lower case and written together, and where its words begin.
///
/// Words begin after anything that is neither letter nor digit, between digits and letters, where a capital follows a
/// small letter (`api|Key`), and at the last of several capitals when a small letter follows (`API|Key`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'n> {
    letters: &'n [u8],
    /// One for each byte of `letters`.
    starts: &'n [bool],
}

/// Splits a name and hands its words on. Names of up to 128 bytes need no allocation.
pub(crate) fn split<T>(name: &str, then: impl FnOnce(Words<'_>) -> T) -> T {
    const ROOM: usize = 256;
    // No letter is longer in lower case than twice what it was.
    if name.len() * 2 <= ROOM {
        fill(name, &mut [0; ROOM], &mut [false; ROOM], then)
    } else {
        fill(name, &mut vec![0; name.len() * 2], &mut vec![false; name.len() * 2], then)
    }
}

fn fill<T>(name: &str, letters: &mut [u8], starts: &mut [bool], then: impl FnOnce(Words<'_>) -> T) -> T {
    let mut length = 0;
    let mut before = Class::Gap;
    let mut rest = name.chars();
    while let Some(c) = rest.next() {
        let class = Class::of(c);
        let starts_word = match (before, class) {
            (_, Class::Gap) => {
                before = class;
                continue;
            }
            (Class::Gap, _) | (Class::Small, Class::Capital) => true,
            (Class::Capital, Class::Capital) => rest.clone().next().is_some_and(|c| Class::of(c) == Class::Small),
            (before, class) => (before == Class::Digit) != (class == Class::Digit),
        };
        before = class;
        starts[length] = starts_word;
        // Of the few letters that become several in lower case, the first is enough to tell names apart.
        let small = if c.is_ascii() { c.to_ascii_lowercase() } else { c.to_lowercase().next().unwrap_or(c) };
        length += small.encode_utf8(&mut letters[length..]).len();
    }
    then(Words { letters: &letters[..length], starts: &starts[..length] })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Neither letter nor digit.
    Gap,
    /// A letter that is no capital.
    Small,
    Capital,
    Digit,
}

impl Class {
    fn of(c: char) -> Self {
        match c {
            'a'..='z' => Self::Small,
            'A'..='Z' => Self::Capital,
            '0'..='9' => Self::Digit,
            '\0'..='\x7f' => Self::Gap,
            c if c.is_uppercase() => Self::Capital,
            c if c.is_alphabetic() => Self::Small,
            c if c.is_numeric() => Self::Digit,
            _ => Self::Gap,
        }
    }
}

impl<'n> Words<'n> {
    /// All of them, written together.
    pub(crate) fn glued(self) -> &'n [u8] {
        self.letters
    }

    /// Whether a word begins at this byte; behind the last one, the next would.
    pub(crate) fn begin_at(self, at: usize) -> bool {
        self.starts.get(at).copied().unwrap_or(true)
    }

    /// Whether these letters stand at `at`, and end where a word ends.
    pub(crate) fn hold(self, glued: &str, at: usize) -> bool {
        self.letters[at..].starts_with(glued.as_bytes()) && self.begin_at(at + glued.len())
    }

    /// The word that begins at `at`, empty behind the last one.
    pub(crate) fn word_at(self, at: usize) -> &'n [u8] {
        let length = self.starts[at..].iter().skip(1).position(|&start| start);
        &self.letters[at..length.map_or(self.letters.len(), |length| at + 1 + length)]
    }

    /// The word that ends before `at`, empty before the first one.
    pub(crate) fn word_before(self, at: usize) -> &'n [u8] {
        let start = self.starts[..at].iter().rposition(|&start| start);
        &self.letters[start.unwrap_or(at)..at]
    }
}

/// A name's letters and digits in lower case, written together.
pub(crate) fn glued(name: &str) -> String {
    split(name, |words| String::from_utf8_lossy(words.glued()).into_owned())
}

/// A name's words in lower case, joined by `_`.
pub(crate) fn snake_case(name: &str) -> String {
    split(name, |words| {
        let mut joined = Vec::with_capacity(words.letters.len() + 4);
        for (at, &letter) in words.letters.iter().enumerate() {
            if at > 0 && words.begin_at(at) {
                joined.push(b'_');
            }
            joined.push(letter);
        }
        String::from_utf8_lossy(&joined).into_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_convention_split_into_the_same_words() {
        for name in
            ["x_api_key", "xApiKey", "X-API-KEY", "x.api.key", "x api key", "XApiKey", "X-Api-Key", "__x_api__key__"]
        {
            assert_eq!(snake_case(name), "x_api_key", "{name}");
        }
        let table = [
            ("HTTPToken", "http_token"),
            ("token2", "token_2"),
            ("oauth2Token", "oauth_2_token"),
            ("APIKeys", "api_keys"),
            ("größeÄndern", "größe_ändern"),
            ("", ""),
            ("--", ""),
        ];
        for (name, words) in table {
            assert_eq!(snake_case(name), words);
        }
    }

    #[test]
    fn letters_are_held_only_where_they_end_with_a_word() {
        let hold = |name, glued, at| split(name, |words| words.hold(glued, at));
        assert!(hold("apiKey", "api", 0));
        assert!(hold("apiKey", "apikey", 0));
        assert!(hold("xApiKey", "key", 4));
        assert!(!hold("apiary", "api", 0));
        assert!(!hold("ap", "api", 0));
    }

    #[test]
    fn the_words_around_a_place_are_whole() {
        split("max_größeToken2", |words| {
            assert_eq!(words.word_at(0), b"max");
            assert_eq!(words.word_at(3), "größe".as_bytes());
            assert_eq!(words.word_before(10), "größe".as_bytes());
            assert_eq!(words.word_before(0), b"");
            assert_eq!(words.word_at(16), b"");
        });
    }

    #[test]
    fn a_name_of_any_length_is_split() {
        let name = "Ⱥ_İ_word".repeat(100);
        split(&name, |words| assert!(words.glued().ends_with(b"word")));
    }
}
