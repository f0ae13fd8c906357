//! One test per capture.

use std::collections::BTreeMap;

use crate::document::Document;
use crate::{Criteria, Error, Function};

/// A name for the test of a capture: how it ended, and the end of its id, which is a number of its own.
pub(crate) fn name_of(document: &Document) -> String {
    let kind = document.outcome.as_ref().map_or("captured", |outcome| outcome.kind.as_str());
    let id: String = document.id.chars().filter(char::is_ascii_alphanumeric).collect();
    // The first 12 digits are the time; the next 8 tell captures of one millisecond apart.
    let short = if id.len() >= 20 { &id[..20] } else { &id };
    if short.is_empty() { kind.to_owned() } else { format!("{kind}_{short}") }
}

/// What a test does for which there is no capture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missing {
    /// It passes and says on standard error that nothing was tested.
    Skip,
    /// It fails.
    #[default]
    Fail,
}

/// The captures of a function, each with a name for its test: the index to [`load!`](crate::load) it by, counted from the
/// latest.
///
/// # Errors
///
/// If they cannot be read; a function without captures has none.
pub fn test_names<A>(function: Function<A>) -> Result<BTreeMap<String, usize>, Error> {
    let found = match function.loader()?.find(&function.name(), &Criteria::new()) {
        Err(Error::NotFound { .. }) => return Ok(BTreeMap::new()),
        found => found?,
    };
    let mut names = BTreeMap::new();
    for (index, capture) in found.enumerate() {
        names.insert(name_of(&capture?.document), index);
    }
    Ok(names)
}

/// One trial for each capture of a function, for a test without the standard harness (`harness = false`).
///
/// Where there is no capture, there is one trial that is ignored or fails.
///
/// ```no_run
/// use tracesnap_capture::{Missing, capture, captures, replay, trials};
///
/// #[capture]
/// fn area(width: u32, height: u32) -> u32 {
///     width * height
/// }
///
/// let arguments = libtest_mimic::Arguments::from_args();
/// let trials = trials(captures!(area), Missing::Skip, |index| replay!(area, index = index).map(drop));
/// libtest_mimic::run(&arguments, trials).exit();
/// ```
#[cfg(feature = "mimic")]
pub fn trials<A, E: std::fmt::Display>(
    function: Function<A>,
    missing: Missing,
    test: impl Fn(usize) -> Result<(), E> + Clone + Send + 'static,
) -> Vec<libtest_mimic::Trial> {
    use libtest_mimic::{Failed, Trial};

    let last = function.spec().name;
    match test_names(function) {
        Err(error) => vec![Trial::test(last, move || Err(Failed::from(error.to_string())))],
        Ok(names) if names.is_empty() => {
            let text = format!("no capture of `{}`", function.name());
            let trial = Trial::test(format!("{last}::no_capture"), move || Err(Failed::from(text)));
            vec![trial.with_ignored_flag(missing == Missing::Skip)]
        }
        Ok(names) => names
            .into_iter()
            .map(|(name, index)| {
                let test = test.clone();
                Trial::test(format!("{last}::{name}"), move || {
                    test(index).map_err(|error| Failed::from(error.to_string()))
                })
            })
            .collect(),
    }
}

/// Runs a test with every capture of a function, and fails with the names of those that failed: what `capture_tests!`
/// writes for the standard harness.
#[doc(hidden)]
#[track_caller]
pub fn run_each<A, E: std::fmt::Display>(
    function: Function<A>,
    missing: Missing,
    mut test: impl FnMut(usize) -> Result<(), E>,
) {
    let names = match test_names(function) {
        Ok(names) => names,
        Err(error) => panic!("captures of `{}` cannot be read: {error}", function.name()),
    };
    if names.is_empty() {
        let text = format!("no capture of `{}`; call it once while capturing is enabled", function.name());
        match missing {
            Missing::Skip => return eprintln!("skipped: {text}"),
            Missing::Fail => panic!("{text}"),
        }
    }
    let failed: Vec<_> =
        names.iter().filter_map(|(name, &index)| test(index).err().map(|error| format!("{name}: {error}"))).collect();
    assert!(failed.is_empty(), "{} of {} captures failed:\n{}", failed.len(), names.len(), failed.join("\n"));
}

/// Runs a test with the capture of a number, if there is one: what `capture_tests!` writes.
#[doc(hidden)]
#[track_caller]
pub fn run_nth<A, E: std::fmt::Display>(
    function: Function<A>,
    index: usize,
    missing: Missing,
    test: impl FnOnce(usize) -> Result<(), E>,
) {
    match test(index) {
        Ok(()) => {}
        Err(error) => {
            let present = function.loader().and_then(|loader| loader.count(&function.name())).unwrap_or(0);
            if present <= index && missing == Missing::Skip {
                return eprintln!("skipped: no capture {index} of `{}`", function.name());
            }
            panic!("{error}");
        }
    }
}
