//! Writes the text of one value: by format, by meaning, by pattern, in that order, and always within its lengths.

use serde_json::Value;

use super::dice::{Dice, hash, mix};
use super::entity::{Entity, base64, code, letters, sentences, uuid};
use super::format::Format;
use super::meaning::Meaning;
use super::moment;
use super::plan::{Node, TextPlan};

/// Letters that are written at most, whatever a schema asks for.
const MAX_LETTERS: usize = 100_000;

/// A text for a plan; `None` where none was found that fits. `turn` counts those that were made before it for the same
/// list.
pub(super) fn write(node: &Node, meaning: Meaning, entity: &Entity<'_>, seed: u64, turn: u64) -> Option<String> {
    let plan = &node.text;
    let example = node.examples.iter().find_map(Value::as_str);
    if let Some(format) = plan.format {
        let written = by_format(format, meaning, entity, seed, example);
        if let Some(written) = written.filter(|written| fits(plan, written)) {
            return Some(written);
        }
    }
    if !plan.patterns.is_empty()
        && meaning == Meaning::Plain
        && example.is_none()
        && let Some(written) = by_pattern(plan, seed).filter(|written| claims_hold(plan, written))
    {
        return Some(written);
    }
    if let Some(example) = example.filter(|example| !example.is_empty()) {
        if meaning.is_identity() {
            let worded = !example.bytes().any(|byte| byte.is_ascii_digit());
            let written = if worded { entity.text(Meaning::Slug, seed) } else { Some(like(example, seed)) };
            if let Some(written) = written.filter(|written| fits(plan, written) && claims_hold(plan, written)) {
                return Some(written);
            }
        }
        if meaning.is_free() {
            let texts = || node.examples.iter().filter_map(Value::as_str);
            let count = texts().count();
            let start = Dice::new(mix(entity.seed, hash(example))).index(count);
            if turn < count as u64 {
                let at = (start + usize::try_from(turn).unwrap_or(0)) % count;
                return texts().nth(at).map(str::to_owned);
            }
        }
    }
    let written = match meaning {
        Meaning::Time(_) | Meaning::Birth => moment_like(example, plan, meaning, entity),
        Meaning::Id | Meaning::OtherId(_) => Some(identity(meaning, entity, seed)),
        Meaning::Prose if plan.least > 60 => Some(sentences(entity.subject, (plan.least / 30).min(3_000) + 2, seed)),
        Meaning::Plain => entity.text(Meaning::Word, seed),
        _ => entity.text(meaning, seed),
    };
    if let Some(written) = written {
        let written = if plan.claims.is_empty() { resize(plan, meaning, written, seed)? } else { written };
        if fits(plan, &written) && claims_hold(plan, &written) {
            return Some(written);
        }
    }
    if !plan.patterns.is_empty()
        && let Some(written) = by_pattern(plan, seed).filter(|written| claims_hold(plan, written))
    {
        return Some(written);
    }
    if let Some(example) = example {
        return Some(example.to_owned());
    }
    if !plan.patterns.is_empty()
        && let Some(usual) = USUAL.iter().find(|usual| fits(plan, usual) && claims_hold(plan, usual))
    {
        return Some((*usual).to_owned());
    }
    if plan.claims.is_empty() && plan.patterns.is_empty() {
        return resize(plan, Meaning::Plain, entity.text(Meaning::Word, seed)?, seed);
    }
    None
}

/// A text where none fits: of its format or meaning, whatever patterns say.
pub(super) fn anyway(node: &Node, meaning: Meaning, entity: &Entity<'_>, seed: u64) -> String {
    let formatted = node.text.format.and_then(|format| by_format(format, meaning, entity, seed, None));
    formatted.or_else(|| entity.text(meaning, seed)).unwrap_or_else(|| "text".to_owned())
}

/// Whether patterns and lengths leave any text that can be found.
pub(super) fn is_possible(plan: &TextPlan) -> bool {
    if plan.least > MAX_LETTERS || plan.most.is_some_and(|most| most < plan.least) {
        return false;
    }
    plan.patterns.is_empty()
        || plan.format.is_some()
        || (0..4).any(|seed| by_pattern(plan, seed).is_some())
        // What people write may match where nothing can be written by the pattern.
        || USUAL.iter().any(|usual| fits(plan, usual))
}

/// Texts of many kinds, to try a pattern with.
const USUAL: [&str; 8] = [
    "harbor",
    "Amber Compass",
    "ada.becker@example.com",
    "https://www.example.com/items",
    "2025-03-04T10:11:12Z",
    "42",
    "3f2b8c1e-5d7a-4e9f-8a6b-0c1d2e3f4a5b",
    "true",
];

fn by_pattern(plan: &TextPlan, seed: u64) -> Option<String> {
    let most = plan.most.unwrap_or(MAX_LETTERS);
    for attempt in 0..4 {
        for pattern in &plan.patterns {
            let written = pattern.text(&mut Dice::new(mix(seed, attempt)), plan.least, most);
            if let Some(written) = written
                && (plan.patterns.len() == 1 || fits(plan, &written))
            {
                return Some(written);
            }
        }
    }
    None
}

/// Whether lengths and patterns are kept to.
fn fits(plan: &TextPlan, text: &str) -> bool {
    if plan.least > 0 || plan.most.is_some() {
        let letters = text.chars().count();
        if letters < plan.least || plan.most.is_some_and(|most| letters > most) {
            return false;
        }
    }
    if plan.patterns.is_empty() {
        return true;
    }
    let value = Value::from(text);
    plan.patterns.iter().all(|pattern| pattern.accepts(&value))
}

fn claims_hold(plan: &TextPlan, text: &str) -> bool {
    plan.claims.is_empty() || {
        let value = Value::from(text);
        plan.claims.iter().all(|claim| claim.accepts(&value))
    }
}

fn by_format(
    format: Format,
    meaning: Meaning,
    entity: &Entity<'_>,
    seed: u64,
    example: Option<&str>,
) -> Option<String> {
    let mut dice = Dice::new(seed);
    let at = match meaning {
        Meaning::Birth => entity.birth(),
        Meaning::Time(rank) => entity.moment(rank),
        _ => entity.moment(30),
    };
    let own = |meaning| entity.text(meaning, seed);
    let mut out = String::with_capacity(24);
    match format {
        Format::DateTime => moment::write_date_time(at, &mut out),
        Format::Date => moment::write_date(at, &mut out),
        Format::Time => moment::write_time(at, &mut out),
        Format::Duration => out = format!("PT{}M", dice.between(5, 55)),
        Format::Email | Format::IdnEmail => return own(Meaning::Email),
        Format::Hostname | Format::IdnHostname => return own(Meaning::Host),
        Format::Ipv4 => return own(Meaning::Ip),
        Format::Ipv6 => return own(Meaning::Ipv6),
        Format::Uri | Format::Iri | Format::UriReference | Format::IriReference => {
            let meaning = match meaning {
                Meaning::ImageUrl | Meaning::SelfUrl => meaning,
                Meaning::Page(_) => return Some(format!("{}?page=2", entity.text(Meaning::SelfUrl, seed)?)),
                _ => Meaning::Url,
            };
            return own(meaning);
        }
        Format::UriTemplate => out = format!("{}/{{id}}", own(Meaning::Url)?),
        Format::Uuid => out = uuid(&mut dice),
        Format::JsonPointer => out.push_str("/items/0"),
        Format::RelativeJsonPointer => out.push_str("0/name"),
        Format::Regex => out.push_str("^[a-z]+$"),
        Format::Byte => out = base64(&mut dice, 24),
        Format::Binary => out = sentences(entity.subject, 1, seed),
        Format::Password => return own(Meaning::Secret),
        Format::Int32 | Format::Int64 => {
            let number =
                entity.number(meaning, seed).unwrap_or_else(|| entity.number(Meaning::Id, seed).unwrap_or(1.0));
            out = format!("{number:.0}");
        }
        Format::UnixTime => out = at.to_string(),
        Format::Decimal => return own(Meaning::Money),
        Format::Phone => return own(Meaning::Phone),
        Format::Color => {
            return example
                .map(str::to_owned)
                .or_else(|| own(Meaning::Color).filter(|color| color.starts_with('#')).or(Some("#2563eb".to_owned())));
        }
        Format::Slug => return own(Meaning::Slug),
        Format::Currency => return own(Meaning::Currency),
        Format::CountryCode => return own(Meaning::CountryCode),
        Format::Language => return own(Meaning::Locale),
        Format::TimeZone => return own(Meaning::TimeZone),
        Format::Mac => return own(Meaning::Mac),
    }
    Some(out)
}

/// A moment, written as an example of the document is.
fn moment_like(example: Option<&str>, plan: &TextPlan, meaning: Meaning, entity: &Entity<'_>) -> Option<String> {
    let at = if let Meaning::Time(rank) = meaning { entity.moment(rank) } else { entity.birth() };
    let write = |how: fn(i64, &mut String)| {
        let mut out = String::with_capacity(20);
        how(at, &mut out);
        out
    };
    if let Some(example) = example {
        let digits = !example.is_empty() && example.bytes().all(|byte| byte.is_ascii_digit());
        return Some(match example.len() {
            13 if digits => format!("{at}000"),
            10 if digits => at.to_string(),
            10 if example.as_bytes()[4] == b'-' => write(moment::write_date),
            _ if example.contains('T') && example.as_bytes().get(4) == Some(&b'-') => write(moment::write_date_time),
            _ => example.to_owned(),
        });
    }
    if plan.patterns.is_empty() && plan.most.is_none_or(|most| most >= 20) {
        return Some(write(if meaning == Meaning::Birth { moment::write_date } else { moment::write_date_time }));
    }
    let ways = [
        write(moment::write_date_time),
        write(moment::write_date),
        write(moment::write_time),
        at.to_string(),
        moment::date(at).0.to_string(),
    ];
    ways.into_iter().find(|way| fits(plan, way))
}

fn identity(meaning: Meaning, entity: &Entity<'_>, seed: u64) -> String {
    match meaning {
        Meaning::OtherId(_) => code(seed, 14),
        _ => [&letters(entity.subject, 3), "_", &code(seed, 12)].concat(),
    }
}

/// A text of the same shape: digits for digits, letters for letters. Words of small letters before the first digit or
/// separator stay, since they are prefixes.
fn like(example: &str, seed: u64) -> String {
    let mut dice = Dice::new(seed);
    let hexadecimal = example.len() >= 8
        && example.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
        && example.bytes().any(|byte| byte.is_ascii_digit());
    if hexadecimal && example.len() == 36 && example.bytes().filter(|byte| *byte == b'-').count() == 4 {
        return uuid(&mut dice);
    }
    let varied = example.bytes().any(|byte| byte.is_ascii_digit());
    let prefix =
        example.find(['_', '-', ':', '.']).filter(|at| *at < example.len() / 2 && !hexadecimal).map_or(0, |at| at + 1);
    let mut out = String::with_capacity(example.len());
    for (at, letter) in example.char_indices() {
        let keep = at < prefix || !letter.is_ascii_alphanumeric() || at == 0 && letter == '0';
        out.push(match letter {
            _ if keep => letter,
            '0'..='9' => {
                char::from(b'0' + u8::try_from(if at == 0 { dice.below(9) + 1 } else { dice.below(10) }).unwrap_or(1))
            }
            'a'..='z' if hexadecimal => char::from(b'a' + u8::try_from(dice.below(6)).unwrap_or(0)),
            'A'..='Z' if hexadecimal => char::from(b'A' + u8::try_from(dice.below(6)).unwrap_or(0)),
            'a'..='z' if varied => char::from(b'a' + u8::try_from(dice.below(26)).unwrap_or(0)),
            'A'..='Z' if varied => char::from(b'A' + u8::try_from(dice.below(26)).unwrap_or(0)),
            other => other,
        });
    }
    out
}

/// The text within its lengths: words are left out, or letters added.
fn resize(plan: &TextPlan, meaning: Meaning, text: String, seed: u64) -> Option<String> {
    if plan.least > MAX_LETTERS || plan.most.is_some_and(|most| most < plan.least) {
        return None;
    }
    let mut text = text;
    let letters = text.chars().count();
    if let Some(most) = plan.most.filter(|most| letters > *most) {
        let end = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
        text.truncate(end);
        if matches!(meaning, Meaning::Prose | Meaning::Title | Meaning::Error)
            && let Some(space) =
                text.rfind(' ').filter(|space| text[..*space].chars().count() >= plan.least.max(most / 2))
        {
            text.truncate(space);
        }
    } else if letters < plan.least {
        let missing = plan.least - letters;
        if missing > 200 {
            text.push_str(&sentences("", missing / 20 + 1, seed));
            let end = text.char_indices().nth(plan.least).map_or(text.len(), |(at, _)| at);
            text.truncate(end);
        } else {
            text.push_str(&code(seed, missing));
        }
    }
    Some(text)
}
