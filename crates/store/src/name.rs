//! The file name of a document's name.
//!
//! Any text is a name, and none leaves the directory: what is not a lower-case letter, a digit, `_` or `-` is written as
//! an escape, so that two names never share a file, also where file systems fold case or compose accents. What people
//! use stays legible: `shop::process_order` is `shop.process_order`, `Cart::add` is `+cart.add`.

use sha2::{Digest, Sha256};

use crate::Error;

/// Names longer than this are refused: they are mistakes.
pub const MAX_NAME_BYTES: usize = 4_096;

/// File names longer than this end in a hash. File systems take 255 bytes, Windows paths 260 characters in all.
const MAX_FILE_NAME: usize = 120;

/// Stands before the hash; nothing else makes it.
const HASHED: char = '~';

/// Windows means devices by these, whatever follows the first dot.
const DEVICES: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt1", "lpt2",
    "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// Whether a text can be a document's name.
pub(crate) fn check(name: &str) -> Result<(), Error> {
    let why = if name.is_empty() {
        "it is empty".to_owned()
    } else if name.len() > MAX_NAME_BYTES {
        format!("it has {} bytes, and names have up to {MAX_NAME_BYTES}", name.len())
    } else {
        return Ok(());
    };
    let shown: String = name.chars().take(60).collect();
    Err(Error::Name { name: shown, why })
}

/// The file name, and whether it is a hash from which the name cannot be read back.
pub(crate) fn encode(name: &str) -> (String, bool) {
    let mut encoded = String::with_capacity(name.len() + 8);
    let mut rest = name;
    while let Some(char) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("::")
            && !encoded.is_empty()
            && !after.is_empty()
            && !encoded.ends_with('.')
        {
            encoded.push('.');
            rest = after;
            continue;
        }
        match char {
            'a'..='z' | '0'..='9' | '_' | '-' => encoded.push(char),
            'A'..='Z' => {
                encoded.push('+');
                encoded.push(char.to_ascii_lowercase());
            }
            _ => {
                for byte in char.encode_utf8(&mut [0; 4]).bytes() {
                    push_escape(&mut encoded, byte);
                }
            }
        }
        rest = &rest[char.len_utf8()..];
    }
    let stem = encoded.split('.').next().unwrap_or_default();
    if DEVICES.contains(&stem) {
        let mut escaped = String::new();
        push_escape(&mut escaped, encoded.as_bytes()[0]);
        encoded.replace_range(..1, &escaped);
    }
    if encoded.len() <= MAX_FILE_NAME {
        return (encoded, false);
    }
    let hash = Sha256::digest(name.as_bytes());
    encoded.truncate(MAX_FILE_NAME - 33);
    encoded.push(HASHED);
    encoded.extend(hash.iter().take(16).map(|byte| format!("{byte:02x}")));
    (encoded, true)
}

fn push_escape(encoded: &mut String, byte: u8) {
    encoded.push_str(&format!("%{byte:02x}"));
}

/// What a file name stands for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Decoded {
    /// This name.
    Name(String),
    /// A name that only its documents tell.
    Hashed,
    /// Nothing of ours.
    Foreign,
}

/// The name that [`encode`] made this of.
pub(crate) fn decode(file_name: &str) -> Decoded {
    if file_name.contains(HASHED) {
        return Decoded::Hashed;
    }
    let mut bytes = Vec::with_capacity(file_name.len());
    let mut rest = file_name.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = match (byte, after) {
            (b'.', _) => {
                bytes.extend(b"::");
                after
            }
            (b'+', [letter @ b'a'..=b'z', after @ ..]) => {
                bytes.push(letter.to_ascii_uppercase());
                after
            }
            (b'%', [high, low, after @ ..]) => {
                let digit = |digit: u8| (digit as char).to_digit(16);
                let (Some(high), Some(low)) = (digit(*high), digit(*low)) else { return Decoded::Foreign };
                bytes.push((high * 16 + low) as u8);
                after
            }
            (b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-', _) => {
                bytes.push(byte);
                after
            }
            _ => return Decoded::Foreign,
        };
    }
    match String::from_utf8(bytes) {
        // What we would write otherwise is somebody else's.
        Ok(name) if encode(&name) == (file_name.to_owned(), false) => Decoded::Name(name),
        _ => Decoded::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_people_use_stay_legible() {
        for (name, file_name) in [
            ("shop::process_order", "shop.process_order"),
            ("shop::Cart::add", "shop.+cart.add"),
            ("checkout-2", "checkout-2"),
            ("GET /orders/{id}", "+g+e+t%20%2forders%2f%7bid%7d"),
        ] {
            assert_eq!(encode(name), (file_name.to_owned(), false));
            assert_eq!(decode(file_name), Decoded::Name(name.to_owned()));
        }
    }

    #[test]
    fn names_that_mean_something_to_a_file_system_mean_nothing() {
        for (name, file_name) in [
            ("..", "%2e%2e"),
            ("../../etc/passwd", "%2e%2e%2f%2e%2e%2fetc%2fpasswd"),
            ("C:\\x", "+c%3a%5cx"),
            ("a\0b", "a%00b"),
            ("CON", "+c+o+n"),
            ("con", "%63on"),
            ("nul::x", "%6eul.x"),
            ("console", "console"),
            (".hidden", "%2ehidden"),
            ("::a::", "%3a%3aa%3a%3a"),
            ("a::::b", "a.%3a%3ab"),
            ("a:::b", "a.%3ab"),
            ("é", "%c3%a9"),
            ("e\u{301}", "e%cc%81"),
            ("a~b", "a%7eb"),
            ("50%", "50%25"),
        ] {
            assert_eq!(encode(name).0, file_name, "{name}");
        }
    }

    #[test]
    fn what_we_did_not_write_is_foreign() {
        for file_name in ["A", "a b", "%zz", "%c3", "+1", "%61", "a..b", ".a", "a.", "con", "é"] {
            assert_eq!(decode(file_name), Decoded::Foreign, "{file_name}");
        }
    }

    #[test]
    fn empty_and_endless_names_are_refused() {
        assert!(check("x").is_ok() && check(&"x".repeat(MAX_NAME_BYTES)).is_ok());
        let error = check(&"x".repeat(5_000)).expect_err("too long").to_string();
        assert!(error.contains("5000 bytes") && error.len() < 200, "{error}");
        assert!(check("").expect_err("empty").to_string().contains("empty"));
    }

    fn any_name() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[a-cA-C:.%~+/\\\\ ]{1,12}",
            "(con|NUL|aux|a|b)(::|:|\\.)?(con|x|X)?",
            "[a-b:]{110,130}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn a_name_comes_back_from_its_file_name(name in any_name()) {
            let (file_name, is_hashed) = encode(&name);
            let expected = if is_hashed { Decoded::Hashed } else { Decoded::Name(name.clone()) };
            if !name.is_empty() {
                prop_assert_eq!(decode(&file_name), expected);
            }
            prop_assert!(file_name.len() <= MAX_FILE_NAME);
        }

        #[test]
        fn a_file_name_is_one_everywhere(name in any_name()) {
            let (file_name, _) = encode(&name);
            prop_assert!(file_name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.' | b'+' | b'%' | b'~')));
            prop_assert!(!file_name.starts_with('.') && !file_name.ends_with('.') && !file_name.contains(".."));
            let stem = file_name.split('.').next().unwrap_or_default();
            prop_assert!(!DEVICES.contains(&stem));
        }

        #[test]
        fn two_names_never_share_a_file(one in any_name(), other in any_name()) {
            prop_assert_eq!(encode(&one).0.to_lowercase() == encode(&other).0.to_lowercase(), one == other);
        }

        #[test]
        fn no_file_name_makes_the_reader_panic(file_name in "\\PC*") {
            decode(&file_name);
        }
    }
}
