//! E-mail addresses.

use std::ops::Range;

/// The address around the `@` at `at`.
pub(crate) fn find_at(text: &[u8], at: usize) -> Option<Range<usize>> {
    const LONGEST_LOCAL: usize = 64;
    let far = at.saturating_sub(LONGEST_LOCAL);
    let belongs = |byte: u8| byte.is_ascii_alphanumeric() || b"._%+-'!#$*~^|".contains(&byte) || !byte.is_ascii();
    let mut start = text[far..at].iter().rposition(|&byte| !belongs(byte)).map_or(far, |before| far + before + 1);
    while start < at && !(text[start].is_ascii_alphanumeric() || text[start] == b'_' || is_letter_start(text[start])) {
        start += 1;
    }
    // The letter of an escaped line break.
    if start > 0 && start + 1 < at && text[start - 1] == b'\\' && matches!(text[start], b'n' | b'r' | b't') {
        start += 1;
    }
    let end = domain(text, at + 1)?;
    if start == at || in_user_info(text, start) {
        return None;
    }
    let (local, domain) = (&text[start..at], &text[at + 1..end]);
    // `git@github.com:owner/repository`, `icon@2x.png`.
    let remote = local == b"git" && text.get(end) == Some(&b':');
    let image = domain
        .split(|&byte| byte == b'.')
        .next()
        .is_some_and(|label| label.len() < 4 && label.ends_with(b"x") && label[0].is_ascii_digit());
    (!remote && !image).then_some(start..end)
}

/// The first byte of a letter beyond ASCII, that is none of our own marks.
fn is_letter_start(byte: u8) -> bool {
    byte >= 0xc3 && byte != 0xe2
}

/// Where the domain that begins at `from` ends: labels with dots between, the last of them a word.
fn domain(text: &[u8], from: usize) -> Option<usize> {
    let belongs = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte >= 0x80;
    let (mut at, mut end, mut labels) = (from, None, 0);
    loop {
        let stop =
            text[at..].iter().take(64).position(|&byte| !belongs(byte)).map_or(text.len().min(at + 64), |n| at + n);
        let label = &text[at..stop];
        if label.is_empty() || label[0] == b'-' {
            break;
        }
        labels += 1;
        // A top level is letters; `xn--…` has others too.
        let is_word = label.len() >= 2
            && (label.iter().all(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80) || label.starts_with(b"xn--"));
        if labels >= 2 && is_word {
            end = Some(stop);
        } else if labels >= 2 && text.get(stop) != Some(&b'.') {
            // `pkg@1.2.3`
            end = None;
        }
        if text.get(stop) != Some(&b'.') {
            break;
        }
        at = stop + 1;
    }
    end
}

/// Whether this is the password of `scheme://user:password@host`, or its user.
fn in_user_info(text: &[u8], start: usize) -> bool {
    let far = start.saturating_sub(128);
    let before = &text[far..start];
    let authority = before.iter().rposition(|&byte| byte == b'/' || byte.is_ascii_whitespace()).map(|at| far + at);
    authority.is_some_and(|slash| text[slash] == b'/' && text[..=slash].ends_with(b"://"))
        && !text[..start].ends_with(b"mailto:")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<&str> {
        let at = text.find('@')?;
        find_at(text.as_bytes(), at).map(|range| &text[range])
    }

    #[test]
    fn addresses_are_found_where_they_begin_and_end() {
        let table = [
            ("ada@example.com", "ada@example.com"),
            ("write to <ada.lovelace+tag@mail.example.co.uk>, please", "ada.lovelace+tag@mail.example.co.uk"),
            ("mailto:ada@example.com?subject=x", "ada@example.com"),
            ("email=ada@example.com&x=1", "ada@example.com"),
            ("Hello ada@example.com. Bye", "ada@example.com"),
            (r"line\nada@example.com\n", "ada@example.com"),
            ("o'neil_x@example.museum", "o'neil_x@example.museum"),
            ("grün@müller.example", "grün@müller.example"),
            ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
            ("https://example.com/u/ada@example.com", "ada@example.com"),
            ("https://example.com/?mail=ada@example.com", "ada@example.com"),
        ];
        for (text, address) in table {
            assert_eq!(found(text), Some(address), "{text}");
        }
    }

    #[test]
    fn what_only_has_an_at_stays() {
        for text in [
            "@ada",
            "ada@",
            "ada@localhost",
            "serde@1.0.2",
            "pkg@1.2.3-rc.1",
            "git@github.com:owner/repo.git",
            "icon@2x.png",
            "postgres://ada:pw@db.example.com/x",
            "ssh://git@host.example.com:22/x",
            "@media screen",
            "a @ b.com",
            "x@.com",
            "Bar@1f2e3d4c",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
