//! Forms of several parts: each is redacted by its name, and as what it says it is.

use std::borrow::Cow;
use std::ops::Range;

use tracesnap_redact::PLACEHOLDER;

use super::redact::Redaction;

/// What separates the parts: `multipart/form-data; boundary=x`.
pub(crate) fn boundary(media_type: Option<&str>) -> Option<&str> {
    let (kind, parameters) = media_type?.split_once(';')?;
    if !kind.trim_start().get(..10)?.eq_ignore_ascii_case("multipart/") {
        return None;
    }
    parameter(parameters, "boundary").filter(|boundary| !boundary.is_empty())
}

/// A parameter of a header, without quotes around it.
fn parameter<'t>(parameters: &'t str, wanted: &str) -> Option<&'t str> {
    parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().trim_matches('"'))
    })
}

impl Redaction<'_> {
    /// Borrowed where it is clean; `None` if nothing in it is between such boundaries.
    pub(crate) fn multipart<'b>(&mut self, bytes: &'b [u8], boundary: &str) -> Option<Cow<'b, [u8]>> {
        let parts = parts(bytes, boundary);
        if parts.is_empty() {
            return None;
        }
        let mut clean: Option<Vec<u8>> = None;
        let mut copied = 0;
        for part in parts {
            if let Cow::Owned(instead) = self.piece(&bytes[part.clone()]) {
                let clean = clean.get_or_insert_default();
                clean.extend_from_slice(&bytes[copied..part.start]);
                clean.extend(instead);
                copied = part.end;
            }
        }
        Some(match clean {
            None => Cow::Borrowed(bytes),
            Some(mut clean) => {
                clean.extend_from_slice(&bytes[copied..]);
                Cow::Owned(clean)
            }
        })
    }

    /// A part: lines of a head, one that is empty, and what it holds.
    fn piece<'b>(&mut self, part: &'b [u8]) -> Cow<'b, [u8]> {
        let ends = |mark: &[u8]| part.windows(mark.len()).position(|found| found == mark).map(|at| at + mark.len());
        let Some(at) = ends(b"\r\n\r\n").or_else(|| ends(b"\n\n")) else { return self.content(part, None) };
        let (head, held) = part.split_at(at);
        let lines = String::from_utf8_lossy(head).into_owned();
        let find = |wanted: &str| {
            let mut lines = lines.lines().filter_map(|line| line.split_once(':'));
            lines.find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
        };
        let name = find("content-disposition").and_then(|value| parameter(value, "name"));
        let is_secret = name.is_some_and(|name| self.policy.matches_name(name).is_some());
        let clean = if is_secret && !held.is_empty() && held != PLACEHOLDER.as_bytes() {
            self.count += 1;
            Cow::Borrowed(PLACEHOLDER.as_bytes())
        } else {
            self.content(held, find("content-type"))
        };
        // Names of files stand there.
        match (self.content(head, Some("text/plain")), clean) {
            (Cow::Borrowed(_), clean) if *clean == *held => Cow::Borrowed(part),
            (head, clean) => Cow::Owned([head, clean].concat()),
        }
    }
}

/// What stands between boundaries, and before and after all of them.
fn parts(bytes: &[u8], boundary: &str) -> Vec<Range<usize>> {
    let mark = [b"--", boundary.as_bytes()].concat();
    let mut all = Vec::new();
    let mut from = 0;
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| rest.windows(mark.len()).position(|found| found == mark)) {
        let start = at + found;
        at = start + mark.len();
        if start > 0 && bytes[start - 1] != b'\n' {
            continue;
        }
        // The line's end before it belongs to it.
        let before = bytes[from..start].strip_suffix(b"\r\n").or_else(|| bytes[from..start].strip_suffix(b"\n"));
        all.push(from..from + before.map_or(start - from, <[u8]>::len));
        let rest = &bytes[at..];
        from = at + rest.iter().position(|&byte| byte == b'\n').map_or(rest.len(), |end| end + 1);
    }
    if !all.is_empty() {
        all.push(from..bytes.len());
    }
    all.retain(|part| !part.is_empty());
    all
}

#[cfg(test)]
mod tests {
    use tracesnap_redact::Policy;

    use super::*;

    fn clean(body: &[u8]) -> Vec<u8> {
        let policy = Policy::for_captures();
        let mut redaction = Redaction::new(&policy);
        let kind = "Multipart/Form-Data; charset=utf-8; boundary=\"b 1\"";
        let clean = redaction.content(body, Some(kind)).into_owned();
        assert!(redaction.count > 0 || clean == body, "what goes is counted");
        clean
    }

    #[test]
    fn a_part_is_redacted_by_its_name_and_by_what_it_is() {
        let part = |head: &str, held: &[u8]| [b"--b 1\r\n", head.as_bytes(), b"\r\n\r\n", held, b"\r\n"].concat();
        let named = |name: &str| format!("Content-Disposition: form-data; name=\"{name}\"");
        let file = format!("{}; filename=\"a.bin\"\r\nContent-Type: application/json", named("file"));
        let body = |password: &[u8], json: &[u8], file_held: &[u8]| {
            [
                part(&named("item"), b"Walnut desk"),
                part(&named("password"), password),
                part(&file, json),
                part(&named("raw"), file_held),
                b"--b 1--\r\n".to_vec(),
            ]
            .concat()
        };
        let dirty = body(b"hunter2", br#"{"token":"hunter3","n":1}"#, b"\xff\x00postgres://ada:hunter4@db/shop\x00");
        let found = clean(&dirty);
        let text = String::from_utf8_lossy(&found);
        assert!(!text.contains("hunter"), "{text}");
        assert!(text.contains("Walnut desk") && text.contains(r#""n":1"#) && text.contains("a.bin"), "{text}");
        assert_eq!(text.matches("--b 1").count(), 5);
        // Redacting twice is redacting once.
        assert_eq!(clean(&found), found);
        let harmless = body(b"", br#"{"n":1}"#, b"\xff\x00\x01");
        assert_eq!(clean(&harmless), harmless);
    }

    #[test]
    fn what_has_no_such_boundaries_is_a_text() {
        assert!(!String::from_utf8_lossy(&clean(b"no part, and postgres://ada:hunter2@db/shop")).contains("hunter2"));
        assert_eq!(boundary(Some("text/plain; boundary=x")), None);
        assert_eq!(boundary(Some("multipart/mixed; boundary=")), None);
        assert_eq!(boundary(Some("multipart/mixed")), None);
    }
}
