//! A thing that answers speak of: who and where it is, when it was made, what it costs.
//!
//! Nothing is stored: every fact is a function of the seeds a thing has, so facts agree wherever they are asked for, in
//! whatever order. What belongs to a thing without being one itself (its address, its profile) shares its seeds.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt::Write as _;

use super::dice::{Dice, mix};
use super::meaning::{Meaning, PageRole};
use super::moment::{self, DAY};
use super::tables::{
    ADJECTIVES, AGENTS, CATEGORIES, COLORS, COMPANY_ENDS, COMPANY_NAMES, DEPARTMENTS, ERRORS, FILES, FIRST_NAMES,
    HEX_COLORS, JOBS, LAST_NAMES, METHODS, NOUNS, PERSONS, PLACES, Place, SENTENCES, STREETS, TAGS,
};

/// A thing of an answer.
#[derive(Debug)]
pub(super) struct Entity<'a> {
    pub(super) seed: u64,
    pub(super) person: u64,
    pub(super) place: u64,
    pub(super) life: u64,
    /// One answer counts in one currency.
    pub(super) money: u64,
    /// What it is in words, singular, as in `order item`.
    pub(super) subject: &'a str,
    /// Its id as text, once it has one.
    pub(super) id: OnceCell<Box<str>>,
    pub(super) parent: Option<&'a Entity<'a>>,
    /// Where it is found, if that is known.
    pub(super) address: Option<&'a str>,
    /// Where the service is found.
    pub(super) base: &'a str,
    pub(super) now: i64,
}

impl<'a> Entity<'a> {
    pub(super) fn root(seed: u64, subject: &'a str, base: &'a str, now: i64) -> Self {
        Self {
            seed,
            person: mix(seed, 11),
            place: mix(seed, 12),
            life: mix(seed, 13),
            money: mix(seed, 14),
            subject,
            id: OnceCell::new(),
            parent: None,
            address: None,
            base,
            now,
        }
    }

    /// Another thing within this one.
    pub(super) fn child(&'a self, seed: u64, subject: &'a str) -> Entity<'a> {
        Entity { money: self.money, parent: Some(self), ..Entity::root(seed, subject, self.base, self.now) }
    }

    /// A part of this thing, as its address is.
    pub(super) fn aspect(&'a self, seed: u64) -> Entity<'a> {
        Entity {
            seed,
            person: self.person,
            place: self.place,
            life: self.life,
            money: self.money,
            subject: self.subject,
            id: self.id.clone(),
            parent: self.parent,
            address: self.address,
            base: self.base,
            now: self.now,
        }
    }

    pub(super) fn first_name(&self) -> &'static str {
        FIRST_NAMES[index(mix(self.person, 1), FIRST_NAMES.len())].0
    }

    pub(super) fn last_name(&self) -> &'static str {
        LAST_NAMES[index(mix(self.person, 2), LAST_NAMES.len())]
    }

    pub(super) fn gender(&self) -> &'static str {
        if FIRST_NAMES[index(mix(self.person, 1), FIRST_NAMES.len())].1 { "female" } else { "male" }
    }

    pub(super) fn age(&self) -> i64 {
        Dice::new(mix(self.person, 3)).between(19, 74)
    }

    /// When its person was born: a birthday of the last year, `age` years back.
    pub(super) fn birth(&self) -> i64 {
        let days = Dice::new(mix(self.person, 4)).between(20, 330);
        self.now - self.age() * 365 * DAY - self.age() / 4 * DAY - days * DAY
    }

    pub(super) fn home(&self) -> &'static Place {
        &PLACES[index(mix(self.place, 1), PLACES.len())]
    }

    pub(super) fn currency(&self) -> &'static Place {
        &PLACES[index(mix(self.money, 1), PLACES.len())]
    }

    /// A moment of its life; see [`Meaning::Time`].
    pub(super) fn moment(&self, rank: u8) -> i64 {
        let mut dice = Dice::new(mix(self.life, 5));
        let age = dice.between(20 * DAY, 400 * DAY);
        let rank = i64::from(rank);
        let born = self.now - age;
        let moment = if rank <= 100 { born + age * rank / 100 } else { self.now + (rank - 100) * DAY };
        // Nobody works at midnight sharp, and what happens later does so on the same clock.
        moment - moment.rem_euclid(60) + dice.between(0, 59)
    }

    /// What people call it.
    pub(super) fn title(&self) -> String {
        let mut dice = Dice::new(mix(self.seed, 21));
        if is_person(self.subject) {
            return [self.first_name(), " ", self.last_name()].concat();
        }
        [dice.pick(&ADJECTIVES), " ", dice.pick(&NOUNS)].concat()
    }

    fn company(&self) -> String {
        let mut dice = Dice::new(mix(self.person, 6));
        [dice.pick(&COMPANY_NAMES), " ", dice.pick(&COMPANY_ENDS)].concat()
    }

    fn username(&self) -> String {
        let number = mix(self.person, 7) % 90 + 10;
        let mut name = self.first_name().to_ascii_lowercase();
        name.push('.');
        name.push_str(&self.last_name().to_ascii_lowercase());
        // Most are the first of their name.
        if number.is_multiple_of(4) {
            let _ = write!(name, "{number}");
        }
        name
    }

    fn file(&self) -> &'static (&'static str, &'static str, &'static str) {
        &FILES[index(mix(self.seed, 22), FILES.len())]
    }

    /// Its id, or something in its place.
    fn id_text(&self) -> Cow<'_, str> {
        self.id.get().map_or_else(|| code(mix(self.seed, 23), 10).into(), |id| Cow::Borrowed(&**id))
    }

    fn own_url(&self) -> String {
        let id = self.id_text();
        match self.address {
            // What `/me` answers has an address of its own.
            Some(address) if self.id.get().is_none() || address.ends_with(&*id) => [self.base, address].concat(),
            _ => [self.base, "/", &plural(self.subject), "/", &id].concat(),
        }
    }

    /// A text of that meaning; `None` where the meaning has none.
    #[expect(clippy::too_many_lines, reason = "one line a meaning")]
    pub(super) fn text(&self, meaning: Meaning, seed: u64) -> Option<String> {
        use Meaning as M;
        let mut dice = Dice::new(seed);
        let dice = &mut dice;
        let home = self.home();
        Some(match meaning {
            M::FirstName => self.first_name().to_owned(),
            M::LastName => self.last_name().to_owned(),
            M::MiddleName => FIRST_NAMES[index(mix(self.person, 8), FIRST_NAMES.len())].0.to_owned(),
            M::FullName => [self.first_name(), " ", self.last_name()].concat(),
            M::Initials => format!("{}{}", &self.first_name()[..1], &self.last_name()[..1]),
            M::Honorific => (if self.gender() == "female" { "Ms." } else { "Mr." }).to_owned(),
            M::Username => self.username(),
            M::Email => self.username() + "@example.com",
            M::Phone => digits(home.phone, &mut Dice::new(mix(self.person, 9))),
            M::Gender => self.gender().to_owned(),
            M::JobTitle => (*Dice::new(mix(self.person, 10)).pick(&JOBS)).to_owned(),
            M::Company => self.company(),
            M::Department => (*dice.pick(&DEPARTMENTS)).to_owned(),
            M::Title => self.title(),
            M::Slug => self.title().to_ascii_lowercase().replace(' ', "-"),
            M::Prose => sentences(self.subject, 2, seed),
            M::Error => (*dice.pick(&ERRORS)).to_owned(),
            M::Word => dice.pick(&NOUNS).to_ascii_lowercase(),
            M::Tag => (*dice.pick(&TAGS)).to_owned(),
            M::Category => (*dice.pick(&CATEGORIES)).to_owned(),
            M::Street => {
                format!("{} {}", mix(self.place, 2) % 180 + 1, STREETS[index(mix(self.place, 3), STREETS.len())])
            }
            M::Street2 => format!("Floor {}", mix(self.place, 4) % 9 + 1),
            M::HouseNumber => format!("{}", mix(self.place, 2) % 180 + 1),
            M::City => home.city.to_owned(),
            M::Region => home.region.to_owned(),
            M::RegionCode => home.region_code.to_owned(),
            M::Country => home.country.to_owned(),
            M::CountryCode => home.code.to_owned(),
            M::CountryCode3 => home.code3.to_owned(),
            M::Zip => digits(home.zip, &mut Dice::new(mix(self.place, 5))),
            M::Address => format!(
                "{} {}, {}",
                mix(self.place, 2) % 180 + 1,
                STREETS[index(mix(self.place, 3), STREETS.len())],
                home.city
            ),
            M::Latitude | M::Longitude => format!("{:.4}", self.number(meaning, seed)?),
            M::TimeZone => home.zone.to_owned(),
            M::Locale => home.locale.to_owned(),
            M::Language => home.locale[..2].to_owned(),
            M::Currency => self.currency().currency.to_owned(),
            M::CurrencySymbol => self.currency().symbol.to_owned(),
            M::Money => format!("{:.2}", self.number(meaning, seed)?),
            M::Rate | M::Ratio | M::Rating | M::Weight => format!("{:.2}", self.number(meaning, seed)?),
            M::Quantity
            | M::Count
            | M::Age
            | M::Bytes
            | M::Width
            | M::Height
            | M::Percent
            | M::Position
            | M::Port
            | M::Seconds
            | M::Milliseconds
            | M::Hour
            | M::Day
            | M::Month
            | M::Year => {
                format!("{:.0}", self.number(meaning, seed)?)
            }
            M::Page(PageRole::Next | PageRole::Previous) => code(seed, 16),
            M::Page(_) => format!("{:.0}", self.number(meaning, seed)?),
            M::Time(rank) => {
                let mut out = String::with_capacity(20);
                moment::write_date_time(self.moment(rank), &mut out);
                out
            }
            M::Birth => {
                let mut out = String::with_capacity(10);
                moment::write_date(self.birth(), &mut out);
                out
            }
            M::Status => (*dice.pick(&["active", "active", "pending", "completed"])).to_owned(),
            M::Kind => match self.subject.rsplit(' ').next() {
                Some(word) if !word.is_empty() => word.to_owned(),
                _ => "standard".to_owned(),
            },
            M::Version => format!("{}.{}.{}", dice.between(0, 4), dice.between(0, 12), dice.between(0, 9)),
            M::Hex(length) => hex(dice, usize::from(length)),
            M::Base64 => base64(dice, 24),
            M::Token => "mock_".to_owned() + &code(seed, 32),
            M::Secret => format!("mock-secret-{}", code(seed, 8)),
            M::Ip => format!("192.0.2.{}", dice.between(1, 254)),
            M::Ipv6 => format!("2001:db8::{:x}:{:x}", dice.between(1, 0xFFFF), dice.between(1, 0xFFFF)),
            M::Mac => {
                let mut out = "02".to_owned();
                for _ in 0..5 {
                    let _ = write!(out, ":{:02x}", dice.below(256));
                }
                out
            }
            M::UserAgent => (*dice.pick(&AGENTS)).to_owned(),
            M::Mime => self.file().2.to_owned(),
            M::Extension => self.file().1.to_owned(),
            M::FileName => format!("{}-{}.{}", self.file().0, mix(self.seed, 24) % 900 + 100, self.file().1),
            M::Path => ["/", &plural(self.subject), "/", self.file().0, ".", self.file().1].concat(),
            M::Color => {
                let at = dice.index(COLORS.len());
                if seed.is_multiple_of(2) { HEX_COLORS[at].to_owned() } else { COLORS[at].to_owned() }
            }
            M::Host => dice.pick(&NOUNS).to_ascii_lowercase() + ".example.com",
            M::Url => {
                let host: &str = dice.pick::<&str>(&["www", "app", "docs"]);
                ["https://", host, ".example.com/", &plural(self.subject)].concat()
            }
            M::SelfUrl => self.own_url(),
            M::ImageUrl => {
                ["https://images.example.com/", &plural(self.subject), "/", &self.id_text(), ".png"].concat()
            }
            M::Method => (*dice.pick(&METHODS)).to_owned(),
            M::Code => format!("{}-{:04}", letters(self.subject, 2).to_ascii_uppercase(), dice.below(10_000)),
            M::Key => dice.pick(&NOUNS).to_ascii_lowercase(),
            M::Plain | M::Id | M::OtherId(_) | M::Flag(_) => return None,
        })
    }

    /// A number of that meaning, with the digits it is usually given; `None` where the meaning has none.
    pub(super) fn number(&self, meaning: Meaning, seed: u64) -> Option<f64> {
        use Meaning as M;
        let mut dice = Dice::new(seed);
        let mut whole = |low: i64, high: i64| to_float(dice.between(low, high));
        Some(match meaning {
            M::Id | M::OtherId(_) => whole(1_000, 999_999),
            M::Latitude => ((self.home().latitude + whole(-300, 300) / 10_000.0) * 10_000.0).round() / 10_000.0,
            M::Longitude => ((self.home().longitude + whole(-300, 300) / 10_000.0) * 10_000.0).round() / 10_000.0,
            M::Money => whole(199, 19_999) / 100.0,
            M::Rate => whole(5, 25) / 100.0,
            M::Quantity => whole(1, 5),
            M::Percent => whole(5, 95),
            M::Ratio => whole(50, 99) / 100.0,
            M::Rating => whole(30, 50) / 10.0,
            M::Age => to_float(self.age()),
            M::Year => to_float(moment::date(self.moment(30)).0),
            M::Month => to_float(moment::date(self.moment(30)).1),
            M::Day => to_float(moment::date(self.moment(30)).2),
            M::Hour => whole(8, 18),
            M::Bytes => whole(2_000, 900_000),
            M::Seconds => whole(20, 3_600),
            M::Milliseconds => whole(20, 9_000),
            M::Width => whole(2, 16) * 120.0,
            M::Height => whole(2, 12) * 90.0,
            M::Weight => whole(10, 4_000) / 100.0,
            M::Position => whole(1, 9),
            M::Port => whole(8_000, 8_999),
            M::Count => whole(0, 240),
            M::Page(PageRole::Number | PageRole::Pages) => 1.0,
            M::Page(PageRole::Size) => 20.0,
            M::Page(PageRole::Offset) => 0.0,
            M::Page(_) => whole(1, 40),
            M::Time(rank) => to_float(self.moment(rank)),
            M::Birth => to_float(self.birth()),
            M::Flag(_) => whole(0, 1),
            M::Code => whole(100, 999),
            M::Version => whole(1, 9),
            _ => return None,
        })
    }
}

fn index(number: u64, len: usize) -> usize {
    usize::try_from(number % len as u64).unwrap_or(0)
}

#[expect(clippy::cast_precision_loss, reason = "numbers of moments and amounts are far below 2^53")]
fn to_float(number: i64) -> f64 {
    number as f64
}

/// Whether things of that name are people.
pub(super) fn is_person(subject: &str) -> bool {
    subject.split(' ').next_back().is_some_and(|word| PERSONS.contains(&word))
}

/// The last word of a subject in the plural, as paths have it.
pub(super) fn plural(subject: &str) -> String {
    let word = subject.rsplit(' ').next().filter(|word| !word.is_empty()).unwrap_or("item");
    match word {
        _ if word.ends_with('y') && !["ay", "ey", "oy", "uy"].iter().any(|end| word.ends_with(end)) => {
            [&word[..word.len() - 1], "ies"].concat()
        }
        _ if ["s", "x", "ch", "sh", "z"].iter().any(|end| word.ends_with(end)) => [word, "es"].concat(),
        _ => [word, "s"].concat(),
    }
}

/// The first letters of a subject, as codes begin.
pub(super) fn letters(subject: &str, count: usize) -> String {
    let word = subject.rsplit(' ').next().unwrap_or_default();
    let letters: String = word.chars().filter(char::is_ascii_alphabetic).take(count).collect();
    if letters.len() < count { "it".to_owned() } else { letters.to_ascii_lowercase() }
}

/// Small letters and digits.
pub(super) fn code(seed: u64, length: usize) -> String {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut dice = Dice::new(seed);
    let mut out = String::with_capacity(length);
    out.extend((0..length).map(|_| char::from(*dice.pick(LETTERS))));
    out
}

pub(super) fn hex(dice: &mut Dice, length: usize) -> String {
    let mut out = String::with_capacity(length + 16);
    while out.len() < length {
        let _ = write!(out, "{:016x}", dice.next());
    }
    out.truncate(length);
    out
}

pub(super) fn uuid(dice: &mut Dice) -> String {
    let (high, low) = (dice.next(), dice.next());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:x}{:03x}-{:012x}",
        high >> 32,
        high >> 16 & 0xFFFF,
        high & 0xFFF,
        8 + (low >> 62),
        low >> 48 & 0xFFF,
        low & 0xFFFF_FFFF_FFFF
    )
}

/// Base64 of so many bytes, a multiple of three.
pub(super) fn base64(dice: &mut Dice, bytes: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (0..bytes / 3 * 4).map(|_| char::from(*dice.pick(LETTERS))).collect()
}

/// A template with digits for `#` and capitals for `@`.
fn digits(template: &str, dice: &mut Dice) -> String {
    template
        .chars()
        .map(|letter| match letter {
            '#' => char::from(b'0' + u8::try_from(dice.below(10)).unwrap_or(0)),
            '@' => char::from(b'A' + u8::try_from(dice.below(26)).unwrap_or(0)),
            other => other,
        })
        .collect()
}

/// Prose about a subject.
pub(super) fn sentences(subject: &str, count: usize, seed: u64) -> String {
    let subject = subject.rsplit(' ').next().filter(|word| !word.is_empty()).unwrap_or("entry");
    let mut out = String::new();
    let start = index(mix(seed, 31), SENTENCES.len());
    for at in 0..count {
        if at > 0 {
            out.push(' ');
        }
        let sentence = SENTENCES[(start + at * 7) % SENTENCES.len()];
        match sentence.split_once("{}") {
            Some((before, after)) => {
                out.push_str(before);
                out.push_str(subject);
                out.push_str(after);
            }
            None => out.push_str(sentence),
        }
    }
    out
}
