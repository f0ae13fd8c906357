//! Text as each kind of pattern that a user writes: an error that can be shown, or a pattern that is the same when it is
//! shown and read again, and that answers about any name.
#![no_main]

use std::fmt::{Debug, Display};
use std::str::FromStr;

use libfuzzer_sys::fuzz_target;
use tracesnap::filter::{Modules, Pattern};
use tracesnap_record::matching::Rule;
use tracesnap_redact::JsonPath;
use tracesnap_store::Retention;

fuzz_target!(|text: &str| {
    let (pattern, name) = text.split_once('\n').unwrap_or((text, "shop::orders"));
    again::<Pattern>(pattern);
    again::<JsonPath>(pattern);
    again::<Retention>(pattern);
    again::<Rule>(pattern);
    if let Ok(modules) = read::<Modules>(pattern) {
        let _ = (modules.matches(name, name), modules.matches(name, ""), modules.matches("", pattern));
    }
});

fn read<T: FromStr<Err: Display>>(text: &str) -> Result<T, ()> {
    text.parse().map_err(|error: T::Err| assert!(!error.to_string().is_empty()))
}

fn again<T: FromStr<Err: Display + Debug> + Display>(text: &str) {
    let Ok(shown) = read::<T>(text).map(|pattern| pattern.to_string()) else { return };
    assert_eq!(shown.parse::<T>().expect("we showed it").to_string(), shown);
}
