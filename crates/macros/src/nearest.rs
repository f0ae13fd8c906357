//! Guesses which of the accepted words somebody meant to write.

/// The accepted word that is nearest to what was found, if one is near enough to be meant.
pub(crate) fn nearest<'a>(found: &str, accepted: &[&'a str]) -> Option<&'a str> {
    let near = |word: &&'a str| (distance(&found.to_lowercase(), word), *word);
    let (distance, word) = accepted.iter().map(near).min()?;
    (distance <= 1 + found.len().min(word.len()) / 4).then_some(word)
}

/// Letters to insert, remove, replace or swap with their neighbour to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<_>, Vec<_>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let mut least = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    least = least.min(rows[i - 2][j - 2] + 1);
                }
                least
            };
        }
    }
    rows[a.len()][b.len()]
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
