//! Recognises secrets by their own form, whatever their name is.
//!
//! Each function is asked at one byte that its kind of secret always has and ordinary text seldom has; walking over the
//! text is [`text`](crate::text)'s matter. All of them are strict, because what they see has no name that would say
//! more; all look ahead over characters of one secret only, so that a scan stays linear.

use std::ops::Range;

/// A kind of secret with a form of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bearer,
    Basic,
    Jwt,
    PrivateKey,
    UrlPassword,
    AwsKey,
    GithubToken,
    SlackToken,
    StripeKey,
}

impl Kind {
    pub(crate) const ALL: [Self; 9] = [
        Self::Bearer,
        Self::Basic,
        Self::Jwt,
        Self::PrivateKey,
        Self::UrlPassword,
        Self::AwsKey,
        Self::GithubToken,
        Self::SlackToken,
        Self::StripeKey,
    ];

    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Bearer => "value/bearer",
            Self::Basic => "value/basic",
            Self::Jwt => "value/jwt",
            Self::PrivateKey => "value/private_key",
            Self::UrlPassword => "value/url_password",
            Self::AwsKey => "value/aws_key",
            Self::GithubToken => "value/github_token",
            Self::SlackToken => "value/slack_token",
            Self::StripeKey => "value/stripe_key",
        }
    }

    /// The secret of this kind around the byte at `at`.
    pub(crate) fn find(self, text: &[u8], at: usize) -> Option<Range<usize>> {
        match self {
            Self::Bearer => after_scheme(text, at, b"bearer", |token, _| is_no_word(token)),
            Self::Basic => after_scheme(text, at, b"basic", is_basic),
            Self::Jwt => jwt(text, at),
            Self::PrivateKey => private_key(text, at),
            Self::UrlPassword => url_password(text, at),
            Self::AwsKey => aws_key(text, at),
            Self::GithubToken => github_token(text, at),
            Self::SlackToken => slack_token(text, at),
            Self::StripeKey => stripe_key(text, at),
        }
    }
}

/// Which kinds are on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kinds(u16);

impl Kinds {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const ALL: Self = Self((1 << Kind::ALL.len()) - 1);

    pub(crate) fn has(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u16) != 0
    }

    pub(crate) fn without(self, kind: Kind) -> Self {
        Self(self.0 & !(1 << kind as u16))
    }
}

/// Whether a word can begin here: after nothing, after what is no part of a word, or after an escaped line break, whose
/// `n` would look like one.
pub(crate) fn word_starts(text: &[u8], at: usize) -> bool {
    match text[..at] {
        [] => true,
        [.., before] if !is_word(before) => true,
        [.., b'\\', escape] => is_escaped_space(escape),
        _ => false,
    }
}

/// Whether this is the letter of an escaped line break or tab: `\n`, `\r`, `\t`.
pub(crate) fn is_escaped_space(letter: u8) -> bool {
    matches!(letter, b'n' | b'r' | b't')
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Where the run of these bytes that starts at `from` ends.
fn run(text: &[u8], from: usize, belongs: impl Fn(u8) -> bool) -> usize {
    text[from..].iter().position(|&byte| !belongs(byte)).map_or(text.len(), |length| from + length)
}

/// `Bearer …`, `Basic …`: at the first letter of the scheme. Gives the token.
fn after_scheme(text: &[u8], at: usize, scheme: &[u8], is_secret: fn(&[u8], bool) -> bool) -> Option<Range<usize>> {
    let end = at + scheme.len();
    if !text.get(at..end)?.eq_ignore_ascii_case(scheme) || !word_starts(text, at) {
        return None;
    }
    let start = run(text, end, |byte| byte == b' ');
    if start == end {
        return None;
    }
    let stop = run(text, start, |byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte));
    let cut = stop == text.len();
    // A full stop or a dash behind the token belongs to the sentence.
    let token = &text[start..stop];
    let length = token.iter().rposition(|byte| !b".-".contains(byte))? + 1;
    is_secret(&token[..length], cut).then_some(start..start + length)
}

/// Letters and digits mixed, capitals inside, or characters no plain word has.
fn is_no_word(token: &[u8]) -> bool {
    let inner = token.get(1..).unwrap_or_default();
    let mixed = inner.iter().any(u8::is_ascii_uppercase) && token.iter().any(u8::is_ascii_lowercase);
    token.len() >= 6 && (mixed || token.iter().any(|byte| byte.is_ascii_digit() || b"-._~+=".contains(byte)))
}

/// The Base64 of `user:password`; cut short, of what may have become that.
///
/// A plain word is Base64 too, of bytes that make no sense: a user's name beyond ASCII needs a token that is no word.
fn is_basic(token: &[u8], cut: bool) -> bool {
    let (mut bits, mut held, mut decoded, mut plain) = (0_u32, 0_u32, 0_usize, true);
    for &byte in token {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            _ => return false,
        };
        (bits, held) = ((bits << 6) | u32::from(value), held + 6);
        if held >= 8 {
            held -= 8;
            match (bits >> held) as u8 {
                b':' => return plain || is_no_word(token),
                0..b' ' => return false,
                byte => plain &= byte.is_ascii(),
            }
            decoded += 1;
        }
    }
    cut && plain && decoded >= 4 && is_no_word(token)
}

/// `eyJ….….…`: at the `J`.
fn jwt(text: &[u8], at: usize) -> Option<Range<usize>> {
    let start = at.checked_sub(2)?;
    let belongs = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let after_dash = start > 0 && text[start - 1] == b'-';
    if !text[start..].starts_with(b"eyJ") || after_dash || !word_starts(text, start) {
        return None;
    }
    let header = run(text, start, belongs);
    if header == text.len() && header - start >= 16 {
        // A header that is whole, and nothing behind it, is any object: `{"alg":"HS256"}` is nobody's secret.
        return (last_byte_of_base64(&text[start..header]) != Some(b'}')).then_some(start..header);
    }
    if header - start < 10 || text.get(header) != Some(&b'.') {
        return None;
    }
    let payload = run(text, header + 1, belongs);
    let is_object = text[header + 1..].starts_with(b"eyJ");
    let signed = text.get(payload) == Some(&b'.')
        && (payload + 1 == text.len() || run(text, payload + 1, belongs) > payload + 1);
    if !(is_object || signed || payload == text.len()) {
        return None;
    }
    // A signature; of an encrypted token, four parts follow the header, of which the first may be empty.
    let mut end = payload;
    for _ in 0..3 {
        if text.get(end) != Some(&b'.') {
            break;
        }
        let part = run(text, end + 1, belongs);
        if part == end + 1 && !text[part..].starts_with(b".") {
            break;
        }
        end = part;
    }
    Some(start..end)
}

/// The last byte that unpadded Base64 of either alphabet writes.
fn last_byte_of_base64(text: &[u8]) -> Option<u8> {
    let bits = |byte: u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    };
    let [.., one, two] = text else { return None };
    let (one, two) = (bits(*one)?, bits(*two)?);
    match text.len() % 4 {
        0 => Some(one << 6 | two),
        2 => Some(one << 2 | two >> 4),
        3 => Some(one << 4 | two >> 2),
        _ => None,
    }
}

/// `-----BEGIN … PRIVATE KEY-----`: at the first dash. Gives everything up to the end of the block.
fn private_key(text: &[u8], at: usize) -> Option<Range<usize>> {
    const LONGEST_LABEL: usize = 48;
    let label = text[at..].strip_prefix(b"-----BEGIN ")?;
    let label = &label[..label.len().min(LONGEST_LABEL)];
    let label = &label[..label.windows(5).position(|dashes| dashes == b"-----")?];
    if !label.windows(11).any(|words| words == b"PRIVATE KEY") {
        return None;
    }
    let body = at + b"-----BEGIN ".len() + label.len() + 5;
    let find = |from: usize, what: &[u8]| {
        text[from..].windows(what.len()).position(|window| window == what).map(|offset| from + offset + what.len())
    };
    let end = find(body, b"-----END ").and_then(|end| find(end, b"-----"));
    Some(at..end.unwrap_or(text.len()))
}

/// `scheme://user:password@host`: at the first colon. Gives the password.
fn url_password(text: &[u8], at: usize) -> Option<Range<usize>> {
    const LONGEST: usize = 512;
    let start = at + 3;
    if !text[at..].starts_with(b"://") || at == 0 || !text[at - 1].is_ascii_alphanumeric() {
        return None;
    }
    // In brackets, there is an IPv6 address and no user.
    if text.get(start) == Some(&b'[') {
        return None;
    }
    let ends_all = |byte: u8| byte.is_ascii_whitespace() || b"\"'<>`\\".contains(&byte);
    let stop = run(text, start, |byte| !ends_all(byte) && !b"/?#,)]}".contains(&byte));
    let colon = start + text[start..stop].iter().position(|&byte| byte == b':')? + 1;
    if let Some(at_sign) = text[colon..stop].iter().rposition(|&byte| byte == b'@') {
        return Some(colon..colon + at_sign).filter(|range| !range.is_empty());
    }
    if text[colon..stop].iter().all(u8::is_ascii_digit) {
        return None;
    }
    // This is no port, so it is a password with a `/` or the like in it, if only an `@` follows.
    let far = text.len().min(colon + LONGEST);
    let stop = run(&text[..far], colon, |byte| !ends_all(byte));
    match text[colon..stop].iter().rposition(|&byte| byte == b'@') {
        Some(at_sign) => Some(colon..colon + at_sign),
        None => (stop == text.len()).then_some(colon..stop),
    }
}

/// `AKIA…`, `ASIA…`: at the `I`.
fn aws_key(text: &[u8], at: usize) -> Option<Range<usize>> {
    let start = at.checked_sub(2)?;
    let prefix = text.get(start..start + 4)?;
    if !matches!(prefix, b"AKIA" | b"ASIA") || !word_starts(text, start) {
        return None;
    }
    let end = run(text, start + 4, |byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let cut = end == text.len() && (8..20).contains(&(end - start));
    let whole = end - start == 20 && !text.get(end).is_some_and(|&byte| is_word(byte));
    (cut || whole).then_some(start..end)
}

/// `ghp_…`, `github_pat_…`: at the first underscore.
fn github_token(text: &[u8], at: usize) -> Option<Range<usize>> {
    let (start, body) = if text[..at].ends_with(b"github") && text[at..].starts_with(b"_pat_") {
        (at - 6, at + 5)
    } else if let [.., b'g', b'h', b'p' | b'o' | b'u' | b's' | b'r'] = text[..at] {
        (at - 3, at + 1)
    } else {
        return None;
    };
    let of_pat = body == at + 5;
    long_enough(text, start, body, 20, |byte| byte.is_ascii_alphanumeric() || (of_pat && byte == b'_'))
}

/// `xoxb-…`: at the first `x`.
fn slack_token(text: &[u8], at: usize) -> Option<Range<usize>> {
    match text[at..] {
        [b'x', b'o', b'x', b'a' | b'b' | b'e' | b'p' | b'r' | b's', b'-', ..] => {
            long_enough(text, at, at + 5, 10, |byte| byte.is_ascii_alphanumeric() || byte == b'-')
        }
        _ => None,
    }
}

/// `sk_live_…`: at the first underscore.
fn stripe_key(text: &[u8], at: usize) -> Option<Range<usize>> {
    let of_stripe = matches!(text[..at], [.., b's' | b'r', b'k'])
        && (text[at..].starts_with(b"_live_") || text[at..].starts_with(b"_test_"));
    if !of_stripe {
        return None;
    }
    long_enough(text, at - 2, at + 6, 10, |byte| byte.is_ascii_alphanumeric())
}

/// From `start` to the end of the run at `body`, if that is a word of its own and has this length, or half of it where
/// the text ends.
fn long_enough(
    text: &[u8],
    start: usize,
    body: usize,
    length: usize,
    belongs: impl Fn(u8) -> bool,
) -> Option<Range<usize>> {
    if !word_starts(text, start) {
        return None;
    }
    let end = run(text, body, belongs);
    let needed = if end == text.len() { length / 2 } else { length };
    (end - body >= needed).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use crate::Policy;

    /// Secrets by form alone: no name in these texts says anything.
    #[test]
    fn secrets_of_every_kind_are_found_by_their_form() {
        let table = [
            ("Bearer abc123", "Bearer [redacted]"),
            ("sent BEARER  dGhpcy1pcw==.", "sent BEARER  [redacted]."),
            (r#"("x", "Bearer eyJhbG.e30.x")"#, r#"("x", "Bearer [redacted]")"#),
            ("Basic dXNlcjpwYXNz, then", "Basic [redacted], then"),
            (r#"line\nBasic dXNlcjpwYXNz\r\n"#, r#"line\nBasic [redacted]\r\n"#),
            ("at eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmN end", "at [redacted] end"),
            ("at eyJhbGciOiJIUzI1NiJ9.e30.dozjgNryP4J3jVmN.", "at [redacted]."),
            ("at eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0. end", "at [redacted]. end"),
            (r"x\neyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn,", r"x\n[redacted],"),
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nnext", "[redacted]\nnext"),
            (r"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n", r"[redacted]\n"),
            ("postgres://ada:hunter2@db:5432/shop", "postgres://ada:[redacted]@db:5432/shop"),
            ("redis://:hunter2@db", "redis://:[redacted]@db"),
            ("amqp://ada:p@ss:w@rd@mq/", "amqp://ada:[redacted]@mq/"),
            ("pg://ada:pa/ss?w#rd@db/x, http://b", "pg://ada:[redacted]@db/x, http://b"),
            ("key AKIAIOSFODNN7EXAMPLE.", "key [redacted]."),
            ("ghp_0123456789abcdefghijABCDEFGHIJ012345", "[redacted]"),
            ("github_pat_11ABCDEFG0123456789_abcdefghij x", "[redacted] x"),
            (concat!("xox", "b-123456789012-abcdef"), "[redacted]"),
            (concat!("(sk", "_live_0123456789abcdef)"), "([redacted])"),
        ];
        let policy = Policy::default();
        for (text, expected) in table {
            assert_eq!(policy.scrub_debug(text), expected, "{text}");
        }
    }

    #[test]
    fn what_only_looks_alike_stays() {
        let texts = [
            "Bearer of bad news",
            "bearer certificates.",
            "the bearer is known",
            "Bearer",
            "Bearer ",
            "forBearer abc123",
            "Basic authentication",
            "basic understanding",
            "Basic Python3 knowledge",
            "Basic HTML5/CSS3",
            "Basic dXNlcg==,",
            "basic monkey=",
            "eyJhIjoxfQ",
            "keyJournal.entries.first",
            "eyJhIjoxfQ== is JSON",
            "eyJhbGciOiJub25l. Then",
            "heyJude12345.abc.def",
            "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
            "-----BEGIN PUBLIC KEY-----",
            "------",
            "a - b -- c",
            "http://localhost:8080/path@2",
            "http://localhost:8080",
            "https://ada@host/x",
            "http://[::1]:80/a@b",
            "://a:b@c",
            "https://host/a:b@c",
            "see http://a:8080, or ada@b",
            "ssh://git@host:22/x",
            "http://host:x/ y@z",
            "AKIA",
            "AKIAshort",
            "MAKIAIOSFODNN7EXAMPLE",
            "AKIAIOSFODNN7EXAMPLEX1 ",
            "ghp_short and more",
            "high_water",
            "xoxo",
            "xox-1234567890",
            "task_live_0123456789abcdef",
            "sk_live_ and",
            "risk_test_coverage1234567",
        ];
        let policy = Policy::default();
        for text in texts {
            assert_eq!(policy.scrub_debug(text), text);
        }
    }

    #[test]
    fn a_secret_cut_by_the_end_of_the_text_goes_to_the_end() {
        let table = [
            ("-----BEGIN PRIVATE KEY-----\nMIIEvQIBADAN", "[redacted]"),
            ("at eyJhbGciOiJIUzI1NiJ9.eyJzd", "at [redacted]"),
            ("at eyJhbGciOiJIUzI1Ni", "at [redacted]"),
            ("at eyJhbGciOiJIUzI1NiJ9", "at eyJhbGciOiJIUzI1NiJ9"),
            ("pg://ada:hunt", "pg://ada:[redacted]"),
            ("ghp_0123456789ab", "[redacted]"),
            ("AKIAIOSFODNN", "[redacted]"),
            ("Basic dXNlcm5h", "Basic [redacted]"),
        ];
        let policy = Policy::default();
        for (text, expected) in table {
            assert_eq!(policy.scrub_debug(text), expected, "{text}");
        }
    }

    #[test]
    fn each_kind_can_be_switched_off_alone() {
        let texts = [
            ("value/bearer", "Bearer abc123"),
            ("value/basic", "Basic dXNlcjpwYXNz"),
            ("value/jwt", "eyJhbGciOiJIUzI1NiJ9.e30.dozjgNryP4J3jVmN"),
            ("value/private_key", "-----BEGIN PRIVATE KEY-----"),
            ("value/url_password", "pg://ada:hunter2@db"),
            ("value/aws_key", "AKIAIOSFODNN7EXAMPLE"),
            ("value/github_token", "ghp_0123456789abcdefghijABCDEFGHIJ012345"),
            ("value/slack_token", concat!("xox", "b-123456789012-abcdef")),
            ("value/stripe_key", concat!("sk", "_live_0123456789abcdef")),
        ];
        assert_eq!(texts.map(|(id, _)| id), super::Kind::ALL.map(super::Kind::id));
        for (off, _) in texts {
            let policy = Policy::builder().off(off).build().unwrap();
            for (id, text) in texts {
                assert_eq!(policy.scrub_debug(text) == text, id == off, "{id} with {off} off");
            }
        }
    }

    #[test]
    fn every_kind_stands_in_the_documentation() {
        for kind in super::Kind::ALL {
            assert!(include_str!("lib.rs").contains(&format!("//! | `{}` |", kind.id())), "{}", kind.id());
        }
    }
}
