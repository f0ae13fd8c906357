//! What the environment says of a recording, where the builder says nothing.

use std::str::FromStr;

use super::TracerBuilder;
use super::builder::{CAPACITY, Limits, MAX_DEPTH, TEXT_CAPACITY, VALUE_LIMIT};
use crate::Error;
#[cfg(feature = "file")]
use crate::file::{DEFAULT_KEEP, Saving};
use crate::filter::{Modules, Pattern};

/// Sets what is not set yet from `TRACESNAP_…` variables. An empty variable counts as absent.
pub(super) fn fill(mut set: TracerBuilder) -> Result<TracerBuilder, Error> {
    if set.modules.is_none() {
        set.modules = read("TRACESNAP_MODULES", modules)?;
    }
    or_parsed(&mut set.max_level, "TRACESNAP_LEVEL", "a level (`off`, `error`, `warn`, `info`, `debug` or `trace`)")?;
    or_number(&mut set.max_depth, "TRACESNAP_MAX_DEPTH", &MAX_DEPTH)?;
    or_number(&mut set.capacity, "TRACESNAP_CAPACITY", &CAPACITY)?;
    or_number(&mut set.text_capacity, "TRACESNAP_TEXT_CAPACITY", &TEXT_CAPACITY)?;
    or_number(&mut set.value_limit, "TRACESNAP_VALUE_LIMIT", &VALUE_LIMIT)?;
    or_parsed(&mut set.on_full, "TRACESNAP_ON_FULL", "`drop_newest` or `overwrite_oldest`")?;
    or_parsed(
        &mut set.sampling,
        "TRACESNAP_SAMPLE",
        "`always`, a ratio like `0.1` or `0.1@7` (with a seed), `1/10` (every tenth) or `5/s` (five a second)",
    )?;
    or_parsed(&mut set.memory, "TRACESNAP_MEMORY", "`off`, `process` or `allocations`")?;
    if set.timing.is_none() {
        set.timing = read("TRACESNAP_TIMING", |text| match text.as_str() {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err(Error::Setting { name: "TRACESNAP_TIMING", found: text, expected: "`on` or `off`" }),
        })?;
    }
    Ok(set)
}

/// Where `TRACESNAP_SAVE` wants traces, and how much `TRACESNAP_SAVE_KEEP` keeps of them there.
#[cfg(feature = "file")]
pub(super) fn saving() -> Result<Option<Saving>, Error> {
    const KEEP: &str = "TRACESNAP_SAVE_KEEP";
    let expected = "what is kept: a number of files (`100`), a size (`500 MB`), an age (`7 days`), several of them with \
                    commas, or `all`";
    let keep = read(KEEP, |text| text.parse().map_err(|_| Error::Setting { name: KEEP, found: text, expected }))?;
    // A path need not be text.
    let dir = std::env::var_os("TRACESNAP_SAVE").filter(|dir| !dir.is_empty());
    Ok(dir.map(|dir| Saving::new(dir.into(), keep.unwrap_or(DEFAULT_KEEP))))
}

/// The patterns of a list. An error says where it stands, since it is not in the program.
fn modules(list: String) -> Result<Vec<String>, Error> {
    match list.parse::<Modules>() {
        Ok(modules) => Ok(modules.patterns().iter().map(Pattern::to_string).collect()),
        Err(Error::Pattern { pattern, reason }) => {
            Err(Error::Pattern { pattern, reason: format!("{reason}; it stands in `TRACESNAP_MODULES`") })
        }
        Err(other) => Err(other),
    }
}

fn or_number(set: &mut Option<usize>, name: &'static str, limits: &Limits) -> Result<(), Error> {
    if set.is_none() {
        *set = read(name, |text| limits.read(name, &text))?;
    }
    Ok(())
}

fn or_parsed<T: FromStr>(set: &mut Option<T>, name: &'static str, expected: &'static str) -> Result<(), Error> {
    if set.is_none() {
        *set = read(name, |text| text.trim().parse().map_err(|_| Error::Setting { name, found: text, expected }))?;
    }
    Ok(())
}

fn read<T>(name: &'static str, parse: impl FnOnce(String) -> Result<T, Error>) -> Result<Option<T>, Error> {
    match std::env::var_os(name) {
        None => Ok(None),
        Some(text) if text.is_empty() => Ok(None),
        Some(text) => parse(text.to_string_lossy().into_owned()).map(Some),
    }
}
