//! The list of writings that are not looked into is honest: what stands there is not found, and what is found is claimed.

use tracesnap_redact::Policy;

const MAIL: &str = "ada@example.com";

/// In groups of `of` bits of this alphabet.
fn digits(text: &str, of: u32, alphabet: &[u8]) -> String {
    let (mut held, mut bits, mut out) = (0_u32, 0, String::new());
    for byte in text.bytes() {
        held = held << 8 | u32::from(byte);
        bits += 8;
        while bits >= of {
            bits -= of;
            out.push(alphabet[(held >> bits & ((1 << of) - 1)) as usize] as char);
        }
    }
    if bits > 0 {
        out.push(alphabet[(held << (of - bits) & ((1 << of) - 1)) as usize] as char);
    }
    out
}

fn each_byte(text: &str, between: &str, write: impl Fn(u8) -> String) -> String {
    text.bytes().map(write).collect::<Vec<_>>().join(between)
}

#[test]
fn what_is_not_claimed_is_listed_and_not_found() {
    let uuencoded: Vec<u8> = (0x20..0x60).collect();
    let rotated = |text: &str| -> String {
        let turn = |letter: char, first: u8| ((letter as u8 - first + 13) % 26 + first) as char;
        let one = |letter: char| match letter {
            'a'..='z' => turn(letter, b'a'),
            'A'..='Z' => turn(letter, b'A'),
            other => other,
        };
        text.chars().map(one).collect()
    };
    let key = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";
    let unclaimed: [(&str, String); 10] = [
        ("character references of HTML and XML", MAIL.replace('@', "&#64;")),
        ("quoted-printable", MAIL.replace('@', "=40")),
        ("escapes of programming languages", MAIL.replace('@', "\\x40")),
        ("hexadecimal digits with separators", each_byte(MAIL, ":", |byte| format!("{byte:02x}"))),
        ("Base32", digits(MAIL, 5, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
        ("uuencode, Base58, Base85", format!("/{}", digits(MAIL, 6, &uuencoded))),
        ("rotated letters", rotated(key)),
        ("UTF-16 and UTF-32", each_byte(MAIL, "\0", |byte| (byte as char).to_string())),
        ("several values, fields", r#"{"user": "ada", "host": "example.com"}"#.to_owned()),
        ("words for digits, and spelt-out signs", "ada at example dot com".to_owned()),
    ];
    let page = include_str!("../../src/lib.rs");
    let list = page.split("# What is not claimed").nth(1).and_then(|rest| rest.split("//! # ").next()).expect("a list");
    let policy = Policy::for_captures();
    for (writing, text) in unclaimed {
        assert!(list.contains(&format!("| {writing}")), "{writing} is not listed");
        assert_eq!(policy.redact_text(&text), text, "{writing} is found: claim it");
    }
    for plain in [MAIL, key] {
        assert_ne!(policy.redact_text(plain), plain, "as it is, it is found");
    }
}

#[test]
fn a_name_keeps_back_what_no_pattern_sees() {
    let policy = Policy::for_captures();
    let mut out = Vec::new();
    policy.redact_json(br#"{"password":"hunter&#50;","note":"ada&#64;example.com"}"#, &mut out).expect("JSON");
    assert_eq!(String::from_utf8_lossy(&out), r#"{"password":"[redacted]","note":"ada&#64;example.com"}"#);
}
