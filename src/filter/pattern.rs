//! Reads one module pattern.
//!
//! What a list of patterns decides together is [`Modules`](super::Modules)' matter.

use std::fmt;
use std::str::FromStr;

use globset::{Glob, GlobBuilder};
use regex::Regex;

use crate::Error;

/// One pattern over module paths, or over targets: `shop::**`, `!shop::db::**`, `re:^shop::v[12]::`, `target:h2::*`.
///
/// | written | covers |
/// |---|---|
/// | `shop` | the module `shop` and nothing below it |
/// | `shop::*` | the modules right below `shop`: `*` is exactly one segment |
/// | `shop::db_*` | within a segment, `*` is any text, also none |
/// | `shop::**` | `shop` itself and everything below |
/// | `**::tests` | every module called `tests`; `**` is any number of segments, also none |
/// | `**` | everything |
/// | `re:^shop::v[12]` | paths in which the regular expression is found; `^` and `$` tie it to the ends |
/// | `target:h2::**` | the same grammar over the target of the span or event |
/// | `target:re:^h2` | a regular expression over the target |
/// | `!…` | excludes what the rest covers; stands before `target:` and `re:` |
///
/// Module paths have `_` where a package name has `-`. A comma that is not inside brackets separates patterns in a list,
/// so a regular expression writes it as `\,`.
///
/// What [`Display`](fmt::Display) writes is what was read.
///
/// ```
/// use tracesnap::filter::Pattern;
///
/// let pattern: Pattern = "!target:h2::**".parse()?;
/// assert!(pattern.is_exclusion());
/// assert_eq!(pattern.to_string(), "!target:h2::**");
///
/// let error = "my-shop::**".parse::<Pattern>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "module pattern `my-shop::**`: `-` cannot stand in a module path; write `my_shop::**`",
/// );
/// # Ok::<(), tracesnap::Error>(())
/// ```
#[derive(Clone)]
pub struct Pattern {
    exclusion: bool,
    subject: Subject,
    matcher: Matcher,
    /// As it was given, which is also how it is shown.
    text: Box<str>,
}

/// What a pattern looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    ModulePath,
    Target,
}

/// How a pattern looks at it.
#[derive(Clone, Debug)]
pub(super) enum Matcher {
    /// Covers what any of them covers: `a::**` needs two, one for `a` itself.
    Globs(Vec<Glob>),
    Regex(Regex),
}

impl Pattern {
    /// Whether this pattern starts with `!`: what it covers is left out.
    #[must_use]
    pub fn is_exclusion(&self) -> bool {
        self.exclusion
    }

    /// The pattern as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn subject(&self) -> Subject {
        self.subject
    }

    pub(super) fn matcher(&self) -> &Matcher {
        &self.matcher
    }
}

/// # Errors
///
/// [`Error::Pattern`] for an empty pattern, a character that cannot stand in a path, a single `:`, an empty segment,
/// `**` beside other text, a `!` in the wrong place, or a regular expression that does not compile. The reason says
/// what to write instead.
impl FromStr for Pattern {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = |reason: String| Error::Pattern { pattern: text.to_owned(), reason };

        let (exclusion, rest) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (subject, rest) = match rest.strip_prefix("target:") {
            // `target::x` is a path that begins with a module called `target`.
            Some(after) if !after.starts_with(':') => (Subject::Target, after),
            _ => (Subject::ModulePath, rest),
        };
        if rest.starts_with('!') {
            let bare = text.replace('!', "");
            return Err(refuse(format!("`!` stands once, in front of everything else; write `!{bare}`")));
        }
        let regex = rest.strip_prefix("re:").filter(|after| !after.starts_with(':'));
        let matcher = match (regex, subject) {
            (Some(regex), _) => Matcher::Regex(read_regex(regex, text).map_err(refuse)?),
            (None, Subject::ModulePath) => {
                check_module_glob(rest).map_err(refuse)?;
                Matcher::Globs(globs(rest).map_err(refuse)?)
            }
            (None, Subject::Target) => {
                check_target_glob(rest).map_err(refuse)?;
                Matcher::Globs(globs(rest).map_err(refuse)?)
            }
        };
        Ok(Self { exclusion, subject, matcher, text: text.into() })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pattern").field(&self.text).finish()
    }
}

// Reading is a function of the text, so equal texts are equal patterns.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

/// The items of a comma-separated list, trimmed.
///
/// A comma inside brackets of a regular expression, or behind a backslash, belongs to its item.
pub(super) fn split_list(list: &str) -> impl Iterator<Item = &str> {
    let (mut depth, mut in_class, mut escaped) = (0_usize, 0_usize, false);
    list.split(move |c: char| {
        if std::mem::take(&mut escaped) {
            return false;
        }
        match c {
            '\\' => escaped = true,
            '[' => in_class += 1,
            ']' => in_class = in_class.saturating_sub(1),
            // Inside a character class, these stand for themselves.
            '(' | '{' if in_class == 0 => depth += 1,
            ')' | '}' if in_class == 0 => depth = depth.saturating_sub(1),
            ',' => return depth == 0 && in_class == 0,
            _ => {}
        }
        false
    })
    .map(str::trim)
}

/// A path as the globs see it: `::` becomes the separator `/`.
///
/// Characters that mean something in a file path but nothing in a target step aside into the control range.
pub(super) fn as_glob_path(path: &str) -> String {
    let stand_in = |c| match c {
        '/' => '\u{1}',
        '\\' => '\u{2}',
        '.' => '\u{3}',
        other => other,
    };
    path.split("::")
        .flat_map(|segment| std::iter::once('/').chain(segment.chars().map(stand_in)))
        .skip(1)
        .collect::<String>()
}

fn read_regex(regex: &str, whole: &str) -> Result<Regex, String> {
    if regex.is_empty() {
        return Err("there is nothing after `re:`; write a regular expression such as `re:^shop::`".to_owned());
    }
    if regex.starts_with("target:") {
        return Err(format!(
            "`target:` stands before `re:`; write `{}`",
            whole.replacen("re:target:", "target:re:", 1)
        ));
    }
    let compiled = Regex::new(regex).map_err(|error| match error {
        regex::Error::CompiledTooBig(limit) => {
            format!("the regular expression needs more than {limit} bytes when compiled; write a smaller one")
        }
        other => {
            // A syntax error draws the place over several lines; its last one names the problem.
            let drawn = other.to_string();
            let problem = drawn.lines().last().unwrap_or_default().trim_start_matches("error: ");
            format!("the regular expression does not compile: {problem}; for a plain path leave `re:` out")
        }
    })?;
    // Every pattern can stand in a list and be read back from it.
    let listed = format!("{whole},next");
    if !split_list(&listed).eq([whole, "next"]) {
        return Err("the regular expression has a bare comma, a space at an end or an odd bracket, which a list of \
            patterns cannot hold; write `\\,`, `\\s` or `\\[` there"
            .to_owned());
    }
    Ok(compiled)
}

fn check_module_glob(glob: &str) -> Result<(), String> {
    if let Some(odd) = glob.chars().find(|&c| !(c.is_alphanumeric() || matches!(c, '_' | ':' | '*' | '#'))) {
        return Err(match odd {
            '-' => format!("`-` cannot stand in a module path; write `{}`", glob.replace('-', "_")),
            '.' | '/' | '\\' => format!("segments are separated by `::`; write `{}`", glob.replace(odd, "::")),
            '?' | '[' | ']' | '{' | '}' | '(' | ')' | '|' | '+' | '^' | '$' => {
                format!(
                    "`{odd}` is no wildcard of a glob, which has `*` and `**` only; write `re:` for a regular expression"
                )
            }
            '!' => "`!` stands in front of everything else; write it there, or leave it out".to_owned(),
            ',' => "a list has one pattern an item; give two patterns".to_owned(),
            space if space.is_whitespace() => "a module path has no spaces; leave them out".to_owned(),
            other => format!(
                "`{}` cannot stand in a module path; write letters, digits, `_`, `*` and `::`, or `re:` for a regular expression",
                other.escape_debug()
            ),
        });
    }
    check_segments(glob, "shop::**")
}

fn check_target_glob(glob: &str) -> Result<(), String> {
    if let Some(odd) = glob.chars().find(|&c| "?[]{}()\\,".contains(c) || c.is_control()) {
        return Err(format!(
            "`{}` cannot stand in a target glob, which has `*` and `**` only; write `target:re:` for a regular expression",
            odd.escape_debug()
        ));
    }
    if glob.trim() != glob {
        return Err("there is a space at an end of the target; leave it out".to_owned());
    }
    check_segments(glob, "target:h2::**")
}

fn check_segments(glob: &str, example: &str) -> Result<(), String> {
    if glob.is_empty() {
        return Err(format!("it is empty; write a path such as `{example}`, or `**` for everything"));
    }
    for colons in glob.split(|c| c != ':').filter(|run| !run.is_empty()) {
        if colons.len() % 2 == 1 {
            let fixed: Vec<&str> = glob.split(':').filter(|segment| !segment.is_empty()).collect();
            return Err(format!(
                "segments are separated by `::`, found `{colons}`; write `{}` (`target:` and `re:` are the only prefixes)",
                fixed.join("::")
            ));
        }
    }
    for segment in glob.split("::") {
        if segment.is_empty() {
            let fixed: Vec<&str> = glob.split("::").filter(|segment| !segment.is_empty()).collect();
            return Err(match fixed.is_empty() {
                true => "it has no segments; write `**` for everything".to_owned(),
                false => format!("it has an empty segment; write `{}`", fixed.join("::")),
            });
        }
        if segment.contains("**") && segment != "**" {
            return Err(format!(
                "`**` stands for whole segments, found `{segment}`; write `*` within a segment, or `::**` for all below"
            ));
        }
    }
    Ok(())
}

/// The globs that together cover what `glob` covers.
fn globs(glob: &str) -> Result<Vec<Glob>, String> {
    // Neighbouring `**` say no more than one.
    let mut segments: Vec<&str> = glob.split("::").collect();
    segments.dedup_by(|a, b| *a == "**" && *b == "**");
    let build = |segments: &[&str]| {
        GlobBuilder::new(&as_glob_path(&segments.join("::"))).literal_separator(true).build().map_err(|error| {
            format!("the glob does not compile: {}; write `re:` for a regular expression", error.kind())
        })
    };
    let mut globs = vec![build(&segments)?];
    // A trailing `/**` asks for at least one segment below, so the module itself needs a glob of its own.
    if let [itself @ .., "**"] = segments.as_slice()
        && !itself.is_empty()
    {
        globs.push(build(itself)?);
    }
    Ok(globs)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reason(text: &str) -> String {
        match text.parse::<Pattern>() {
            Err(Error::Pattern { pattern, reason }) => {
                assert_eq!(pattern, text);
                reason
            }
            other => panic!("`{text}` should be refused as a pattern, got {other:?}"),
        }
    }

    #[test]
    fn a_refused_pattern_says_what_to_write_instead() {
        let table = [
            ("", "it is empty; write a path such as `shop::**`, or `**` for everything"),
            ("!", "it is empty; write a path such as `shop::**`, or `**` for everything"),
            ("target:", "it is empty; write a path such as `target:h2::**`, or `**` for everything"),
            ("re:", "there is nothing after `re:`; write a regular expression such as `re:^shop::`"),
            (
                "shop:db",
                "segments are separated by `::`, found `:`; write `shop::db` (`target:` and `re:` are the only prefixes)",
            ),
            (
                "a:::b",
                "segments are separated by `::`, found `:::`; write `a::b` (`target:` and `re:` are the only prefixes)",
            ),
            ("shop::", "it has an empty segment; write `shop`"),
            ("::shop", "it has an empty segment; write `shop`"),
            ("a::::b", "it has an empty segment; write `a::b`"),
            ("::", "it has no segments; write `**` for everything"),
            ("my-shop::**", "`-` cannot stand in a module path; write `my_shop::**`"),
            ("shop/db", "segments are separated by `::`; write `shop::db`"),
            ("shop.db", "segments are separated by `::`; write `shop::db`"),
            (
                "shop**",
                "`**` stands for whole segments, found `shop**`; write `*` within a segment, or `::**` for all below",
            ),
            (
                "shop::***",
                "`**` stands for whole segments, found `***`; write `*` within a segment, or `::**` for all below",
            ),
            ("shop ::db", "a module path has no spaces; leave them out"),
            ("a,b", "a list has one pattern an item; give two patterns"),
            ("!!shop", "`!` stands once, in front of everything else; write `!shop`"),
            ("target:!h2", "`!` stands once, in front of everything else; write `!target:h2`"),
            ("re:target:^h2", "`target:` stands before `re:`; write `target:re:^h2`"),
            ("re:(", "the regular expression does not compile: unclosed group; for a plain path leave `re:` out"),
        ];
        for (text, expected) in table {
            assert_eq!(reason(text), expected, "for `{text}`");
        }
        for glob in ["shop::{a,b}", "shop::[ab]", "sho?", "^shop", "shop$"] {
            assert!(reason(glob).contains("no wildcard of a glob"), "{}", reason(glob));
        }
        for regex in ["re:a,b", "re:a ", "re:[]a,]"] {
            assert!(reason(regex).contains("which a list of patterns cannot hold"), "{}", reason(regex));
        }
        assert!(reason("target:a?").contains("write `target:re:`"));
        assert!(reason("target:a ").contains("leave it out"));
        assert!(reason(&format!("re:{}", r"\w{1000}".repeat(40))).contains("write a smaller one"));
    }

    #[test]
    fn raw_identifiers_letters_beyond_ascii_and_free_target_names_are_fine() {
        for text in
            ["shop::r#type", "größe::*", "target:http/1.1", "target:my app::on-request", r"re:a{1,2}\,b", "re:[,(]"]
        {
            assert_eq!(text.parse::<Pattern>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_module_may_be_called_like_a_prefix() {
        for text in ["target::debug", "re::parser::**"] {
            assert_eq!(text.parse::<Pattern>().unwrap().subject(), Subject::ModulePath);
        }
    }

    #[test]
    fn a_list_splits_at_commas_outside_of_brackets() {
        let items: Vec<&str> = split_list(r"shop::**, re:a{1,2}\,b ,!re:[(,]x,  target:h2").collect();
        assert_eq!(items, ["shop::**", r"re:a{1,2}\,b", "!re:[(,]x", "target:h2"]);
    }

    /// Any valid pattern, as text.
    pub(crate) fn pattern_text() -> impl Strategy<Value = String> {
        let body = prop_oneof![
            4 => glob_text(),
            1 => prop::sample::select(vec!["re:^a", "re:b::(a|b)$", r"re:a\,b", "re:^(a|b){1,2}$", "re:[ab,]"]).prop_map(str::to_owned),
        ];
        (any::<bool>(), any::<bool>(), body).prop_map(|(not, target, body)| {
            format!("{}{}{body}", if not { "!" } else { "" }, if target { "target:" } else { "" })
        })
    }

    /// Any valid glob over a small alphabet, so that paths of the same alphabet meet it often.
    pub(crate) fn glob_text() -> impl Strategy<Value = String> {
        let segment = prop_oneof![
            3 => "[ab]{1,2}",
            1 => "[ab]{0,1}\\*[ab]{0,1}",
            1 => Just("**".to_owned()),
        ];
        prop::collection::vec(segment, 1..5).prop_map(|segments| segments.join("::"))
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back_as_the_same_pattern(text in pattern_text()) {
            let pattern: Pattern = text.parse().unwrap();
            let again: Pattern = pattern.to_string().parse().unwrap();
            prop_assert_eq!(&again, &pattern);
            prop_assert_eq!(again.is_exclusion(), text.starts_with('!'));
        }

        #[test]
        fn no_text_makes_reading_panic_and_what_is_read_round_trips(text in any::<String>()) {
            if let Ok(pattern) = text.parse::<Pattern>() {
                prop_assert_eq!(pattern.to_string().parse::<Pattern>().unwrap(), pattern);
            }
        }
    }
}
