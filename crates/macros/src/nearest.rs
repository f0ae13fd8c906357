//! Guesses which of the accepted words somebody meant to write.

/// The accepted word that is nearest to what was found, if one is near enough to be meant.
pub(crate) fn nearest<'a>(found: &str, accepted: &[&'a str]) -> Option<&'a str> {
    let near = |word: &&'a str| (strsim::damerau_levenshtein(&found.to_lowercase(), word), *word);
    let (distance, word) = accepted.iter().map(near).min()?;
    (distance <= 1 + found.len().min(word.len()) / 4).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_pen_finds_its_word_and_a_foreign_word_none() {
        let accepted = ["modules", "max_depth", "name", "level"];
        assert_eq!(nearest("modles", &accepted), Some("modules"));
        assert_eq!(nearest("module", &accepted), Some("modules"));
        assert_eq!(nearest("naem", &accepted), Some("name"));
        assert_eq!(nearest("LEVEL", &accepted), Some("level"));
        assert_eq!(nearest("maxdepth", &accepted), Some("max_depth"));
        assert_eq!(nearest("retries", &accepted), None);
        assert_eq!(nearest("x", &[]), None);
    }
}
