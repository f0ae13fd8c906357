//! Numbers of people: cards, accounts, phones, what states give out. Most prove themselves by check digits.

use std::ops::Range;

/// A kind of number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    Card,
    Iban,
    UsSsn,
    Phone,
    Cpf,
    Nino,
}

/// What surrounds a number, where its form alone does not say enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hint {
    pub(crate) phone: bool,
    pub(crate) ssn: bool,
    /// Something secret, by a word that is no secret alone: `key`, `hash`.
    pub(crate) keyish: bool,
}

/// The number that begins at `at`; the byte before it is no letter or digit.
pub(crate) fn find_at(text: &[u8], at: usize, hint: impl Fn() -> Hint) -> Option<(Number, Range<usize>)> {
    match text[at] {
        b'+' | b'(' => phone(text, at, hint),
        b'0'..=b'9' => {
            let groups = Groups::read(text, at);
            card(&groups, at)
                .or_else(|| ssn(&groups, at, &hint))
                .or_else(|| cpf(&groups, at))
                .or_else(|| phone(text, at, hint))
        }
        b'A'..=b'Z' => iban(text, at).or_else(|| nino(text, at)),
        _ => None,
    }
}

/// Digits in groups, with one separator between two of them.
struct Groups {
    /// All digits, one after the other.
    digits: [u8; 24],
    count: usize,
    /// For each group: how many digits, the separator behind it, where it ends in the text.
    groups: [(u8, u8, usize); 6],
    len: usize,
}

impl Groups {
    fn read(text: &[u8], from: usize) -> Self {
        let mut read = Self { digits: [0; 24], count: 0, groups: [(0, 0, 0); 6], len: 0 };
        let mut at = from;
        while read.len < 6 {
            let start = at;
            while let Some(byte @ b'0'..=b'9') = text.get(at) {
                if read.count < 24 {
                    read.digits[read.count] = byte - b'0';
                    read.count += 1;
                } else {
                    // Too long for anything: no group of it fits.
                    read.count = 24;
                }
                at += 1;
            }
            let size = u8::try_from(at - start).unwrap_or(u8::MAX);
            let separator = text.get(at).copied().unwrap_or(0);
            let goes_on = matches!(separator, b' ' | b'-' | b'.') && text.get(at + 1).is_some_and(u8::is_ascii_digit);
            // A letter right behind makes it an identifier.
            let separator = match separator {
                b'A'..=b'Z' | b'a'..=b'z' | b'_' => b'x',
                _ if goes_on => separator,
                _ => 0,
            };
            read.groups[read.len] = (size, separator, at);
            read.len += 1;
            if !goes_on {
                break;
            }
            at += 1;
        }
        read
    }

    /// Whether it begins with groups of these sizes, all with this separator between them, and where they end. What
    /// follows must not be more of the same.
    fn are(&self, sizes: &[u8], separator: u8) -> Option<usize> {
        if self.len < sizes.len() {
            return None;
        }
        for (at, &size) in sizes.iter().enumerate() {
            let (has, behind, _) = self.groups[at];
            let last = at + 1 == sizes.len();
            if has != size || (!last && behind != separator) || (last && (behind == b'x' || behind == b'-')) {
                return None;
            }
        }
        Some(self.groups[sizes.len() - 1].2)
    }
}

fn card(groups: &Groups, at: usize) -> Option<(Number, Range<usize>)> {
    let (size, behind, end) = groups.groups[0];
    if (14..=19).contains(&size) {
        // A fraction behind it makes it a measured number; only zeros are how some languages write whole ones.
        let fraction = behind == b'.' && groups.digits[usize::from(size)..groups.count].iter().any(|&digit| digit != 0);
        let fits = behind != b'x' && !fraction && is_card(&groups.digits[..usize::from(size)]);
        return fits.then_some((Number::Card, at..end));
    }
    for separator in [b' ', b'-'] {
        for sizes in [&[4, 4, 4, 4, 3][..], &[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4]] {
            if let Some(end) = groups.are(sizes, separator) {
                let count = sizes.iter().map(|&size| usize::from(size)).sum();
                if is_card(&groups.digits[..count]) {
                    return Some((Number::Card, at..end));
                }
            }
        }
    }
    None
}

/// Whether these digits are a card's: the range of an issuer, its length, and the check digit.
pub(crate) fn is_card(digits: &[u8]) -> bool {
    let opening = |count: usize| digits.iter().take(count).fold(0_u32, |number, &digit| number * 10 + u32::from(digit));
    let (two, three, four) = (opening(2), opening(3), opening(4));
    let issued = match digits.len() {
        14 => matches!(two, 36 | 38 | 39) || matches!(three, 300..=305 | 309),
        15 => matches!(two, 34 | 37) || matches!(four, 1800 | 2131),
        16 => {
            digits[0] == 4
                || matches!(two, 51..=55 | 60 | 62 | 65 | 81 | 36 | 38 | 39)
                || matches!(three, 300..=305 | 644..=649)
                || matches!(four, 2200..=2204 | 2221..=2720 | 3528..=3589 | 5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763)
        }
        17..=19 => {
            (digits.len() == 19 && digits[0] == 4)
                || matches!(two, 62 | 60 | 65)
                || matches!(four, 3528..=3589 | 5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763)
        }
        _ => false,
    };
    issued && luhn(digits)
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, &digit)| match (at % 2, u32::from(digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

fn ssn(groups: &Groups, at: usize, hint: &impl Fn() -> Hint) -> Option<(Number, Range<usize>)> {
    let end = groups
        .are(&[3, 2, 4], b'-')
        .or_else(|| groups.are(&[3, 2, 4], b' ').filter(|_| hint().ssn))
        .or_else(|| groups.are(&[9], 0).filter(|_| hint().ssn))?;
    let number = |range: Range<usize>| groups.digits[range].iter().fold(0_u32, |number, &d| number * 10 + u32::from(d));
    let (area, group, serial) = (number(0..3), number(3..5), number(5..9));
    (!matches!(area, 0 | 666 | 900..) && group != 0 && serial != 0).then_some((Number::UsSsn, at..end))
}

/// Brazil's `123.456.789-09`: two check digits.
fn cpf(groups: &Groups, at: usize) -> Option<(Number, Range<usize>)> {
    let [(3, b'.', _), (3, b'.', _), (3, b'-', _), (2, behind, end), ..] = groups.groups else { return None };
    let digits = &groups.digits[..11];
    let check = |count: usize| {
        let sum: usize = digits[..count].iter().enumerate().map(|(at, &d)| usize::from(d) * (count + 1 - at)).sum();
        (sum * 10 % 11) % 10 == usize::from(digits[count])
    };
    let varied = digits.iter().any(|&digit| digit != digits[0]);
    (groups.len >= 4 && !matches!(behind, b'x' | b'-') && varied && check(9) && check(10))
        .then_some((Number::Cpf, at..end))
}

/// `+49 151 2345678`, `(555) 234-5678`, `555-234-5678`; anything with enough digits where a word says so.
fn phone(text: &[u8], at: usize, hint: impl Fn() -> Hint) -> Option<(Number, Range<usize>)> {
    let mut digits = [0_u8; 16];
    let (mut count, mut end, mut index, mut open) = (0, at, at + usize::from(text[at] == b'+'), false);
    let mut groups = 0_u32;
    // One separator between digits, two where a bracket is one of them.
    while let Some(&byte) = text.get(index) {
        match byte {
            b'0'..=b'9' => {
                if count == 16 {
                    return None;
                }
                if index == at || !text[index - 1].is_ascii_digit() {
                    groups += 1;
                }
                digits[count] = byte - b'0';
                count += 1;
                end = index + 1;
            }
            b'(' if !open && index + 1 < text.len() && text[index + 1].is_ascii_digit() => open = true,
            b')' if open => open = false,
            b' ' | b'-' | b'.' | b'/'
                if text.get(index + 1).is_some_and(|next| next.is_ascii_digit() || *next == b'(') => {}
            _ => break,
        }
        index += 1;
    }
    if text.get(end).is_some_and(|&byte| byte.is_ascii_alphabetic() || byte == b'_') {
        return None;
    }
    let found = Some((Number::Phone, at..end));
    if text[at] == b'+' {
        return found.filter(|_| (8..=15).contains(&count) && digits[0] != 0);
    }
    let local = match &digits[..count] {
        [1, rest @ ..] if rest.len() == 10 => rest,
        digits => digits,
    };
    let american = local.len() == 10 && local[0] >= 2 && local[3] >= 2 && {
        let form = &text[at..end];
        let is = |form: &[u8], pattern: &str| {
            form.len() == pattern.len()
                && form.iter().zip(pattern.bytes()).all(|(&byte, wanted)| match wanted {
                    b'd' => byte.is_ascii_digit(),
                    wanted => byte == wanted,
                })
        };
        let form = if form[0] == b'1' && form.len() > 12 { &form[2..] } else { form };
        ["(ddd) ddd-dddd", "(ddd)ddd-dddd", "ddd-ddd-dddd", "ddd.ddd.dddd", "(ddd) ddd dddd"]
            .iter()
            .any(|p| is(form, p))
    };
    let said = || (7..=15).contains(&count) && groups <= 6 && hint().phone;
    found.filter(|_| american || (text[at] != b'.' && said()))
}

/// Two letters, two check digits, and what the country has behind them; in groups of four, or together.
fn iban(text: &[u8], at: usize) -> Option<(Number, Range<usize>)> {
    let head = text.get(at..at + 4)?;
    if !(head[0].is_ascii_uppercase() && head[1].is_ascii_uppercase() && head[2..].iter().all(u8::is_ascii_digit)) {
        return None;
    }
    let length = IBAN_LENGTHS.iter().find(|(country, _)| country.as_bytes() == &head[..2])?.1;
    let (mut count, mut index, mut remainder) = (0, at, 0_u32);
    let mut head_value = 0_u32;
    while count < length {
        let byte = *text.get(index)?;
        let separates = matches!(byte, b' ' | b'-') && count % 4 == 0 && count > 0;
        if separates {
            index += 1;
            continue;
        }
        let value = match byte {
            b'0'..=b'9' => u32::from(byte - b'0'),
            b'A'..=b'Z' => u32::from(byte - b'A') + 10,
            _ => return None,
        };
        let shift = if value > 9 { 100 } else { 10 };
        // The first four count as if they stood behind the rest.
        if count < 4 {
            head_value = head_value * shift + value;
        } else {
            remainder = (remainder * shift + value) % 97;
        }
        count += 1;
        index += 1;
    }
    if text.get(index).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    // Two letters and two digits are six digits.
    let whole = (u64::from(remainder) * 1_000_000 + u64::from(head_value)) % 97;
    (whole == 1).then_some((Number::Iban, at..index))
}

/// How long the registry of SWIFT says they are.
const IBAN_LENGTHS: [(&str, usize); 80] = [
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BI", 27),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DJ", 27),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FK", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("LY", 25),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MN", 20),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NI", 28),
    ("NL", 18),
    ("NO", 15),
    ("OM", 23),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("RU", 33),
    ("SA", 24),
    ("SC", 31),
    ("SD", 18),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("SO", 23),
    ("TN", 24),
    ("UA", 29),
];

/// Britain's `AB 12 34 56 C`.
fn nino(text: &[u8], at: usize) -> Option<(Number, Range<usize>)> {
    let two = text.get(at..at + 2)?;
    let never = |byte: &u8| b"DFIQUV".contains(byte);
    let taken = matches!(two, b"BG" | b"GB" | b"KN" | b"NK" | b"NT" | b"TN" | b"ZZ");
    if !two.iter().all(u8::is_ascii_uppercase) || two.iter().any(never) || two[1] == b'O' || taken {
        return None;
    }
    let (mut digits, mut index) = (0, at + 2);
    while digits < 6 {
        match text.get(index)? {
            b'0'..=b'9' => digits += 1,
            b' ' if digits % 2 == 0 => {}
            _ => return None,
        }
        index += 1;
    }
    index += usize::from(text.get(index) == Some(&b' '));
    let last = text.get(index)?;
    let ends = !text.get(index + 1).is_some_and(u8::is_ascii_alphanumeric);
    (matches!(last, b'A'..=b'D') && ends).then_some((Number::Nino, at..index + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Option<Number> {
        find_at(text.as_bytes(), 0, Hint::default).map(|(number, range)| {
            assert_eq!(range, 0..text.len(), "{text}");
            number
        })
    }

    #[test]
    fn numbers_that_prove_themselves_are_found() {
        let table = [
            ("4111111111111111", Number::Card),
            ("4111 1111 1111 1111", Number::Card),
            ("5555-5555-5555-4444", Number::Card),
            ("378282246310005", Number::Card),
            ("3782 822463 10005", Number::Card),
            ("30569309025904", Number::Card),
            ("6011111111111117", Number::Card),
            ("2223003122003222", Number::Card),
            ("3530111333300000", Number::Card),
            ("DE89370400440532013000", Number::Iban),
            ("GB29 NWBK 6016 1331 9268 19", Number::Iban),
            ("NO9386011117947", Number::Iban),
            ("MT84MALT011000012345MTLCAST001S", Number::Iban),
            ("123-45-6789", Number::UsSsn),
            ("+4915123456789", Number::Phone),
            ("+1 (415) 555-2671", Number::Phone),
            ("+44 20 7946 0958", Number::Phone),
            ("(415) 555-2671", Number::Phone),
            ("415-555-2671", Number::Phone),
            ("1-415-555-2671", Number::Phone),
            ("415.555.2671", Number::Phone),
            ("529.982.247-25", Number::Cpf),
            ("AB123456C", Number::Nino),
            ("AB 12 34 56 C", Number::Nino),
        ];
        for (text, number) in table {
            assert_eq!(kind(text), Some(number), "{text}");
        }
    }

    #[test]
    fn numbers_that_only_look_alike_stay() {
        let texts = [
            "4111111111111112",
            "1234567890123456",
            "4111111111111111a",
            "4111111111111111.25",
            "1700000000",
            "1700000000000",
            "1700000000000000000",
            "20240131123456",
            "DE89370400440532013001",
            "XX89370400440532013000",
            "000-12-3456",
            "666-12-3456",
            "900-12-3456",
            "123-00-4567",
            "123-45-0000",
            "123-45-67890",
            "123456789",
            "+12345",
            "2024-01-31",
            "192.168.100.200",
            "1.2.3",
            "555-123",
            "123-456-7890",
            "529.982.247-26",
            "111.111.111-11",
            "AB123456E",
            "DA123456C",
            "AB12345",
            "+0012345678",
            "415-555-2671-1",
        ];
        for text in texts {
            assert_eq!(find_at(text.as_bytes(), 0, Hint::default), None, "{text}");
        }
    }

    #[test]
    fn what_a_word_says_is_believed() {
        let said = Hint { phone: true, ssn: true, keyish: false };
        for text in ["030 1234567", "07911 123456", "5551234567", "123456789", "123 45 6789"] {
            assert!(find_at(text.as_bytes(), 0, || said).is_some(), "{text}");
        }
    }
}
