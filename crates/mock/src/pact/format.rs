//! Forms of dates and times as Java writes them, `yyyy-MM-dd'T'HH:mm:ss`, as patterns.

/// The pattern of a form. What letters it does not know stands for itself.
pub(super) fn pattern(form: &str) -> String {
    let mut out = "^".to_owned();
    let letters: Vec<char> = form.chars().collect();
    let mut at = 0;
    while at < letters.len() {
        let letter = letters[at];
        if letter == '\'' {
            let end =
                letters[at + 1..].iter().position(|letter| *letter == '\'').map_or(letters.len(), |end| at + 1 + end);
            let quoted: String = letters[at + 1..end].iter().collect();
            out.push_str(&regex::escape(if quoted.is_empty() { "'" } else { &quoted }));
            at = end + 1;
            continue;
        }
        let count = letters[at..].iter().take_while(|other| **other == letter).count();
        let digits = |least: usize| format!("\\d{{{least},{}}}", least.max(9));
        out.push_str(&match letter {
            'y' | 'u' => {
                if count == 2 {
                    "\\d{2}".to_owned()
                } else {
                    "\\d{4}".to_owned()
                }
            }
            'M' | 'L' if count >= 3 => "[A-Za-z]+\\.?".to_owned(),
            'E' | 'a' => "[A-Za-z.]+".to_owned(),
            'M' | 'L' | 'd' | 'H' | 'h' | 'k' | 'K' | 'm' | 's' | 'w' => {
                if count == 1 {
                    "\\d{1,2}".to_owned()
                } else {
                    "\\d{2}".to_owned()
                }
            }
            'D' => "\\d{1,3}".to_owned(),
            'S' => format!("\\d{{{count}}}"),
            'n' | 'N' => digits(count),
            'X' => "(Z|[+-]\\d{2}(:?\\d{2})?(:?\\d{2})?)".to_owned(),
            'x' | 'Z' => "(Z|[+-]\\d{2}(:?\\d{2})?)".to_owned(),
            'z' | 'v' | 'V' => "[A-Za-z0-9/+:_-]+".to_owned(),
            other => regex::escape(&other.to_string().repeat(count)),
        });
        at += count;
    }
    out.push('$');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_the_pattern_of_what_it_writes() {
        for (form, text, fits) in [
            ("yyyy-MM-dd", "2026-11-22", true),
            ("yyyy-MM-dd", "22.11.2026", false),
            ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2026-11-22T03:15:00.250+01:00", true),
            ("HH:mm", "3:15", false),
            ("EEE, d MMM yyyy", "Sun, 22 Nov 2026", true),
        ] {
            let pattern = regex::Regex::new(&pattern(form)).expect("a pattern");
            assert_eq!(pattern.is_match(text), fits, "{form} {text}");
        }
    }
}
