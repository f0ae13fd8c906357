//! Values made from public specifications, planted where programs put them, and a checker that finds them again.
//!
//! Whatever writes something down is tried with these: none may be read in what it wrote. Nothing here knows a rule of
//! the project. The checker decodes the output itself: a value that is still there in Base64 is a leak.
//!
//! ```
//! use tracesnap_leaks::{cases, reveals};
//!
//! let case = &cases(1)[0];
//! assert!(reveals(&case.document, &case.secret));
//! assert!(!reveals("nothing of it", &case.secret));
//! ```

pub mod clean;
mod files;
pub mod kinds;
pub mod plant;
mod rng;
mod views;

use std::collections::BTreeMap;

pub use files::everything;
pub use rng::Rng;
pub use views::reveals;

use kinds::BY_FORM;
use plant::{PLACES, WRITINGS};

/// Each kind in every writing, each time at another place: enough for every kind, writing and place to meet often.
const ROUNDS: u64 = 2;

/// One value that must not be written, where a program put it.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is: `email`.
    pub kind: &'static str,
    /// How it is written: `Base64 of JSON`.
    pub writing: &'static str,
    /// Where it stands: `a HAR header`.
    pub place: &'static str,
    /// What nobody may read.
    pub secret: String,
    /// The text that holds it.
    pub text: String,
    /// That text in a JSON document.
    pub document: String,
}

/// Every kind in every writing, twice: at least 2,000 values of at least 40 kinds.
///
/// `TRACESNAP_LEAK_SEED=7 cargo test …` plants others.
#[must_use]
pub fn cases(seed: u64) -> Vec<Case> {
    let other = std::env::var("TRACESNAP_LEAK_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0_u64);
    let mut rng = Rng::new(seed.wrapping_add(other << 32));
    let mut cases = Vec::new();
    for round in 0..ROUNDS {
        for (at, kind) in BY_FORM.iter().enumerate() {
            for (turn, writing) in WRITINGS.into_iter().enumerate() {
                let place = PLACES[(at + turn + round as usize * 3) % PLACES.len()];
                let planted = (kind.make)(&mut rng);
                let text = plant::write(&planted.text, writing, &mut rng);
                let document = plant::document(&text, place, &mut rng);
                cases.push(Case { kind: kind.name, writing, place, secret: planted.secret, text, document });
            }
        }
    }
    assert!(cases.len() >= 2_000 && BY_FORM.len() >= 40, "{} of {}", cases.len(), BY_FORM.len());
    cases
}

/// Fails if there is a leak, with what was written of the first of each kind and writing: enough to see why.
///
/// # Panics
///
/// Where `leaks` is not empty.
pub fn assert_none<'c>(leaks: impl IntoIterator<Item = (&'c Case, String)>, all: usize) {
    let mut by: BTreeMap<(&str, &str), (usize, &Case, String)> = BTreeMap::new();
    let mut count = 0;
    for (case, out) in leaks {
        count += 1;
        by.entry((case.kind, case.writing)).or_insert((0, case, out)).0 += 1;
    }
    let told: Vec<String> = by
        .values()
        .take(40)
        .map(|(count, case, out)| {
            format!("{count} × {}, {}, {}:\n  in  {}\n  out {out}", case.kind, case.writing, case.place, case.document)
        })
        .collect();
    assert!(by.is_empty(), "{count} of {all} leak\n{}", told.join("\n"));
}
