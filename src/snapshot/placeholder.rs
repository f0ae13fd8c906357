//! Replaces what differs from run to run inside recorded text: pointers, socket addresses, UUIDs, clock readings.
//!
//! It looks at one text at a time. That secrets stay out is not its job: those were redacted while recording.

use std::borrow::Cow;
use std::net::{SocketAddrV4, SocketAddrV6};
use std::ops::RangeInclusive;

/// Hexadecimal digits a pointer is written with. Shorter numbers are rather flags or colours, longer ones hashes.
const POINTER_DIGITS: RangeInclusive<usize> = if cfg!(target_pointer_width = "64") { 9..=16 } else { 7..=8 };

/// The longest text of one volatile value, in bytes. Nothing is looked at further ahead, so a scan is linear.
const MAX_LEN: usize = 160;

/// The text with a placeholder for everything volatile in it; borrowed where there was nothing.
///
/// `0x` and as many digits as a pointer has: `[pointer]`. An IPv4 or IPv6 address with a port: `[addr]`. A hyphenated
/// UUID: `[uuid]`. The `Debug` text of [`std::time::Instant`] or [`std::time::SystemTime`]: `[instant]`.
pub(super) fn stable(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let (mut copied, mut at) = (0, 0);
    while at < text.len() {
        match volatile(text.as_bytes(), at) {
            Some((len, placeholder)) => {
                out.push_str(&text[copied..at]);
                out.push_str(placeholder);
                at += len;
                copied = at;
            }
            None => at += 1,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// Length and placeholder of the volatile value that begins at `at`. All of them begin and end with an ASCII byte.
fn volatile(bytes: &[u8], at: usize) -> Option<(usize, &'static str)> {
    let before = at.checked_sub(1).map(|before| bytes[before]);
    if before.is_some_and(is_word) {
        return None;
    }
    let rest = &bytes[at..bytes.len().min(at + MAX_LEN)];
    match rest[0] {
        b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' => pointer(rest)
            .map(|len| (len, "[pointer]"))
            .or_else(|| if before == Some(b'-') { None } else { uuid(rest).map(|len| (len, "[uuid]")) })
            .or_else(|| if before == Some(b'.') { None } else { socket_v4(rest).map(|len| (len, "[addr]")) }),
        b'[' => socket_v6(rest).map(|len| (len, "[addr]")),
        b'I' => clock_reading(rest, b"Instant").map(|len| (len, "[instant]")),
        b'S' => clock_reading(rest, b"SystemTime").map(|len| (len, "[instant]")),
        _ => None,
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether a value of `len` bytes ends where a word ends.
fn ends(rest: &[u8], len: usize) -> bool {
    !rest.get(len).copied().is_some_and(is_word)
}

fn pointer(rest: &[u8]) -> Option<usize> {
    let digits = rest.strip_prefix(b"0x")?.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    (POINTER_DIGITS.contains(&digits) && ends(rest, digits + 2)).then_some(digits + 2)
}

fn uuid(rest: &[u8]) -> Option<usize> {
    let text = rest.get(..36)?;
    let fits = text.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    (fits && ends(rest, 36) && rest.get(36) != Some(&b'-')).then_some(36)
}

fn socket_v4(rest: &[u8]) -> Option<usize> {
    let run = rest.iter().take(22).take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b':')).count();
    // A full stop or colon after the port belongs to the sentence.
    let len = rest[..run].iter().rposition(u8::is_ascii_digit)? + 1;
    let text = std::str::from_utf8(&rest[..len]).ok()?;
    (ends(rest, len) && text.parse::<SocketAddrV4>().is_ok()).then_some(len)
}

fn socket_v6(rest: &[u8]) -> Option<usize> {
    let close = rest.iter().position(|byte| *byte == b']')?;
    let port = rest[close..].strip_prefix(b"]:")?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let len = close + 2 + port;
    let text = std::str::from_utf8(&rest[..len]).ok()?;
    (ends(rest, len) && text.parse::<SocketAddrV6>().is_ok()).then_some(len)
}

/// `Instant { tv_sec: 1, tv_nsec: 2 }`, on one line or pretty-printed; other systems name the members differently.
fn clock_reading(rest: &[u8], name: &[u8]) -> Option<usize> {
    let inner = rest.strip_prefix(name)?.trim_ascii_start().strip_prefix(b"{")?;
    let close = inner.iter().position(|byte| matches!(byte, b'{' | b'}')).filter(|&at| inner[at] == b'}')?;
    let members = inner.trim_ascii_start();
    let known: [&[u8]; 3] = [b"tv_sec:", b"t:", b"intervals:"];
    known.iter().any(|member| members.starts_with(member)).then_some(rest.len() - inner.len() + close + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_become_placeholders_but_flags_colours_and_hashes_stay() {
        assert_eq!(stable("Handle(0x7ffd4b3c2a10)"), "Handle([pointer])");
        assert_eq!(stable("0x55d0c8a01b20 0x55d0c8a01b28"), "[pointer] [pointer]");
        for same in ["0xff", "Color(0xff00ff00)", "0xdeadbeefdeadbeefdeadbeef", "x0x7ffd4b3c2a10", "0x7ffd4b3c2a1g"] {
            assert_eq!(stable(same), same);
        }
    }

    #[test]
    fn socket_addresses_become_placeholders_but_bare_addresses_and_versions_stay() {
        assert_eq!(stable("http://127.0.0.1:43817/health"), "http://[addr]/health");
        assert_eq!(stable("listening on 0.0.0.0:80."), "listening on [addr].");
        assert_eq!(stable("peer: [::1]:8080, [fe80::1%3]:1"), "peer: [addr], [addr]");
        for same in ["127.0.0.1", "1.2.3", "12:30:45", "300.0.0.1:80", "127.0.0.1:99999", "[1, 2]:3", "[::1]", "a[0]"] {
            assert_eq!(stable(same), same);
        }
    }

    #[test]
    fn uuids_become_placeholders_but_longer_or_shorter_numbers_stay() {
        assert_eq!(stable("id=67e55044-10b1-426f-9247-bb680e5fe0c8;"), "id=[uuid];");
        assert_eq!(stable("67E55044-10B1-426F-9247-BB680E5FE0C8"), "[uuid]");
        for same in ["67e55044-10b1-426f-9247-bb680e5fe0c8-1", "67e55044-10b1-426f-9247", "x67e55044-10b1-426f-9247-b"]
        {
            assert_eq!(stable(same), same);
        }
    }

    #[test]
    fn clock_readings_become_placeholders_but_structs_of_that_name_stay() {
        assert_eq!(stable("Some(Instant { tv_sec: 81, tv_nsec: 5 })"), "Some([instant])");
        assert_eq!(stable("SystemTime {\n    tv_sec: 81,\n    tv_nsec: 5,\n}, 1"), "[instant], 1");
        assert_eq!(stable("Instant { t: 81.5s }"), "[instant]");
        for same in ["Instant { name: \"x\" }", "Instant", "Instant {", "MyInstant { tv_sec: 1 }", "Instant { t: { } }"]
        {
            assert_eq!(stable(same), same);
        }
    }

    #[test]
    fn text_without_anything_volatile_is_borrowed() {
        assert!(matches!(stable("Order { id: 7, café: \"0x\" }"), Cow::Borrowed(_)));
        assert!(matches!(stable(""), Cow::Borrowed(_)));
    }

    #[test]
    fn text_beside_a_placeholder_is_kept_to_the_letter() {
        assert_eq!(stable("é127.0.0.1:1é"), "é[addr]é");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_accepted_and_what_was_replaced_once_stays(text in "[\\PC0-9a-fx.:{} \\[\\]-]{0,200}") {
            let once = stable(&text);
            proptest::prop_assert_eq!(stable(&once), once.clone());
        }
    }
}
