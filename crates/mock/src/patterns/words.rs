//! Takes names and texts apart into words that can be compared.

/// The words of a name: `getOAuth2Client`, `get_oauth2-client` and `get.oauth2.client` have the same ones. Small
/// letters, plural kept.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let letters: Vec<char> = name.chars().take(MAX_LETTERS).collect();
    for (at, &letter) in letters.iter().enumerate() {
        if !letter.is_alphanumeric() {
            if !word.is_empty() && !matches!(letter, '\'' | '’') {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        let before = at.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(at + 1);
        let begins = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    // `2FA` is one word, `oauth2Client` two.
                    || before.is_ascii_digit() && !word.bytes().all(|byte| byte.is_ascii_digit())
                    || before.is_uppercase() && after.is_some_and(|after| after.is_lowercase())
            });
        if begins && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        word.extend(letter.to_lowercase());
    }
    if !word.is_empty() {
        words.push(word);
    }
    // `OAuth` is one word, whatever its capitals say.
    let mut joined: Vec<String> = Vec::with_capacity(words.len());
    for word in words {
        match joined.last_mut() {
            Some(last) if last == "o" && word.starts_with("auth") => last.push_str(&word),
            Some(last) if last == "open" && word.starts_with("id") && word.len() <= 3 => last.push_str(&word),
            _ => joined.push(word),
        }
    }
    joined
}

/// Letters of a text that are looked at. What matters stands at its beginning.
const MAX_LETTERS: usize = 600;

/// A word without plural, or without the `s` of `creates`.
pub(crate) fn singular(word: &str) -> String {
    let cut = |end: &str, with: &str| word.strip_suffix(end).map(|stem| format!("{stem}{with}"));
    if word.len() <= 3 || word.ends_with("ss") || word.ends_with("us") || word.ends_with("is") {
        return word.to_owned();
    }
    if word.len() > 4
        && let Some(stem) = cut("ies", "y")
    {
        return stem;
    }
    for end in ["sses", "xes", "ches", "shes", "zes"] {
        if word.ends_with(end) {
            return word[..word.len() - 2].to_owned();
        }
    }
    cut("s", "").unwrap_or_else(|| word.to_owned())
}

/// Words in a row that can be looked for in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text(String);

impl Text {
    pub(super) fn of(text: &str) -> Self {
        Self::of_words(&words(text))
    }

    pub(super) fn of_words<W: AsRef<str>>(words: &[W]) -> Self {
        let mut text = String::from(" ");
        for word in words {
            text.push_str(&singular(word.as_ref()));
            text.push(' ');
        }
        Self(text)
    }

    /// Whether the words of `phrase`, itself a text, stand in it in a row.
    pub(super) fn has(&self, phrase: &Self) -> bool {
        phrase.0.len() > 1 && self.0.contains(&phrase.0)
    }

    pub(super) fn is(&self, phrase: &Self) -> bool {
        self.0 == phrase.0
    }

    /// The first phrase of a list that stands in it.
    pub(super) fn first<'p>(&self, phrases: &'p [Self]) -> Option<&'p Self> {
        phrases.iter().find(|phrase| self.has(phrase))
    }

    /// The first phrase of a list that it is, as a whole.
    pub(super) fn whole<'p>(&self, phrases: &'p [Self]) -> Option<&'p Self> {
        phrases.iter().find(|phrase| self.is(phrase))
    }

    /// The first phrase of a list that it ends with.
    pub(super) fn ending<'p>(&self, phrases: &'p [Self]) -> Option<&'p Self> {
        phrases.iter().find(|phrase| phrase.0.len() > 1 && self.0.ends_with(&phrase.0))
    }

    pub(super) fn as_str(&self) -> &str {
        self.0.trim()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.len() <= 1
    }
}

/// Whether the last word of a name is a plural.
pub(crate) fn is_plural(word: &str) -> bool {
    singular(word) != word || matches!(word, "people" | "children" | "media" | "data" | "news" | "series" | "history")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_the_same_words_however_it_is_written() {
        for name in ["getOAuth2Client", "get_oauth2_client", "get-oauth2.client", "GetOAuth2 Client"] {
            assert_eq!(words(name), ["get", "oauth2", "client"], "{name}");
        }
        assert_eq!(words("HTTPServerURL"), ["http", "server", "url"]);
        assert_eq!(words("user's 2FA"), ["users", "2fa"]);
    }

    #[test]
    fn plurals_are_the_same_word() {
        for (plural, one) in [
            ("users", "user"),
            ("entries", "entry"),
            ("boxes", "box"),
            ("addresses", "address"),
            ("status", "status"),
            ("searches", "search"),
            ("access", "access"),
            ("apis", "apis"),
        ] {
            assert_eq!(singular(plural), one);
        }
    }

    #[test]
    fn phrases_are_whole_words_in_a_row() {
        let text = Text::of("resetPasswords for keyboards");
        assert!(text.has(&Text::of("reset password")));
        assert!(!text.has(&Text::of("key")));
        assert!(!text.has(&Text::of("")));
    }
}
