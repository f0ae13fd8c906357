//! Reads a text in every way somebody could who looks for what was to be hidden.

use std::collections::HashSet;

use serde_json::Value;

/// The text, and what it says when it is decoded, and when that is decoded.
pub(crate) fn views(text: &str) -> HashSet<String> {
    let mut seen = HashSet::new();
    let mut open = vec![(text.to_owned(), 0)];
    while let Some((text, depth)) = open.pop() {
        if depth > 8 || text.len() < 4 || seen.contains(&text) {
            continue;
        }
        let mut next = Vec::new();
        documents(&text, &mut next);
        next.push(unpercent(&text, false));
        next.push(unpercent(&text, true));
        next.push(text.replace("\\/", "/").replace("\\\"", "\"").replace("\\n", "\n"));
        words(&text, &mut next);
        open.extend(next.into_iter().map(|text| (text, depth + 1)));
        seen.insert(text);
    }
    seen
}

fn documents(text: &str, out: &mut Vec<String>) {
    let mut values: Vec<Value> = serde_json::from_str(text).into_iter().collect();
    values
        .extend(text.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data: ").unwrap_or(line)).ok()));
    for (at, _) in text.match_indices(['{', '[']) {
        values.extend(serde_json::Deserializer::from_str(&text[at..]).into_iter::<Value>().next().and_then(Result::ok));
    }
    while let Some(value) = values.pop() {
        match value {
            Value::String(text) => out.push(text),
            Value::Number(number) => out.push(number.to_string()),
            Value::Array(items) => {
                let bytes: Option<Vec<u8>> =
                    items.iter().map(|item| item.as_u64().and_then(|n| u8::try_from(n).ok())).collect();
                out.extend(bytes.and_then(|bytes| String::from_utf8(bytes).ok()));
                values.extend(items);
            }
            Value::Object(fields) => {
                for (name, value) in fields {
                    out.push(name);
                    values.push(value);
                }
            }
            _ => {}
        }
    }
}

fn unpercent(text: &str, plus: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok()))
            .flatten();
        out.push(match code {
            Some(byte) => {
                at += 2;
                byte
            }
            None if plus && bytes[at] == b'+' => b' ',
            None => bytes[at],
        });
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Base64 and hexadecimal digits, wherever they could begin and end.
fn words(text: &str, out: &mut Vec<String>) {
    let joined = text.replace("\r\n", "").replace('\n', "");
    for text in [text, &joined] {
        for splits in ["+/-_", "/-_", "-_", "+/", ""] {
            let belongs = |c: char| c.is_ascii_alphanumeric() || (!splits.contains(c) && "+/-_".contains(c));
            for word in text.split(|c| !belongs(c)).filter(|word| word.len() >= 6) {
                out.extend(unbase64(word));
                let hex = word.len() % 2 == 0 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
                if hex {
                    let bytes: Vec<u8> = (0..word.len())
                        .step_by(2)
                        .map(|at| u8::from_str_radix(&word[at..at + 2], 16).unwrap())
                        .collect();
                    out.extend(String::from_utf8(bytes));
                }
            }
        }
    }
}

fn unbase64(word: &str) -> Option<String> {
    let (mut bits, mut held, mut out) = (0_u32, 0, Vec::new());
    for byte in word.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            _ => 63,
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
        }
    }
    // What is not text to the end may be to the middle.
    let text = String::from_utf8_lossy(&out).into_owned();
    let noise = text.chars().filter(|c| c.is_control() || *c == char::REPLACEMENT_CHARACTER).count();
    (noise * 4 < text.chars().count()).then_some(text)
}

/// Whether the secret can be read somewhere in the text, in any view of it.
#[must_use]
pub fn reveals(text: &str, secret: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let number = secret.chars().all(|c| c.is_ascii_digit() || " -.()+".contains(c)).then(|| digits(secret));
    let bare = secret.replace(' ', "");
    views(text).iter().any(|view| {
        view.contains(secret)
            || view.replace(' ', "").contains(&bare)
            || number.as_ref().is_some_and(|number| {
                number.len() > 8
                    && view
                        .split(|c: char| !(c.is_ascii_digit() || " -.()+".contains(c)))
                        .any(|run| digits(run).contains(number))
            })
    })
}

#[test]
fn the_checker_finds_what_was_planted_in_every_writing() {
    use super::{plant, rng::Rng};
    let mut rng = Rng::new(1);
    for secret in ["ada.lovelace@example.com", "4111111111111111", "sk_live_0123456789abcdefgh"] {
        for writing in plant::WRITINGS {
            let text = plant::write(secret, writing, &mut rng);
            assert!(reveals(&text, secret), "{writing}: {text}");
            for place in plant::PLACES {
                let document = plant::document(&text, place, &mut rng);
                assert!(reveals(&document, secret), "{writing}, {place}: {document}");
            }
        }
    }
}
