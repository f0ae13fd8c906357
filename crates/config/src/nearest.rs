//! Guesses which of the accepted words somebody meant to write.

/// The accepted word that is nearest to what was found, if one is near enough to be meant; the first of several.
#[must_use]
pub fn nearest<'a>(found: &str, accepted: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let found = found.to_lowercase();
    let near = accepted.into_iter().map(|word| (strsim::damerau_levenshtein(&found, &word.to_lowercase()), word));
    let (distance, word) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + found.len().min(word.len()) / 4).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_pen_finds_its_word_and_a_foreign_word_none() {
        let accepted = ["retention", "path", "sample"];
        assert_eq!(nearest("retenton", accepted), Some("retention"));
        assert_eq!(nearest("PATH", accepted), Some("path"));
        assert_eq!(nearest("sampel", accepted), Some("sample"));
        assert_eq!(nearest("encryption", accepted), None);
        assert_eq!(nearest("x", []), None);
    }
}
