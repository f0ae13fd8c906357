//! Attribute before environment before configuration before file before default.

use std::cell::Cell;
use std::sync::RwLock;
use std::time::Duration;

use tracesnap_capture::{CaptureConfig, CaptureProfiler, Captures, Criteria, Serializer, capture, captures, load};
use tracesnap_config::Environment;

use crate::support::{block_on, folder, folder_with};

#[capture(retention = 2)]
fn keeps_two(value: u32) -> u32 {
    value
}

#[capture]
fn keeps_default(value: u32) -> u32 {
    value
}

#[test]
fn each_place_wins_over_those_after_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let build = |environment: &[(&str, &str)], config: CaptureConfig, file: &str| {
        let builder = Captures::builder().environment(Environment::of(environment.iter().copied()));
        builder.config(config.path(dir.path())).file_text(file).and_then(tracesnap_capture::CapturesBuilder::build)
    };
    let retention = |captures: &Captures| {
        let settings = captures.settings();
        (settings.retention.value.clone(), settings.retention.source.to_string())
    };
    let of_default = build(&[], CaptureConfig::new(), "").expect("a configuration");
    assert_eq!(retention(&of_default), ("10".into(), "default".into()));
    let of_file = build(&[], CaptureConfig::new(), "[capture]\nretention = \"7\"").expect("a configuration");
    assert_eq!(retention(&of_file).0, "7");
    let of_global =
        build(&[], CaptureConfig::new().retention(6), "[capture]\nretention = \"7\"").expect("a configuration");
    assert_eq!(retention(&of_global), ("6".into(), "global configuration".into()));
    let of_environment = build(&[("SNAP_CAPTURE_DEFAULT_RETENTION", "5")], CaptureConfig::new().retention(6), "");
    let of_environment = of_environment.expect("a configuration");
    assert_eq!(retention(&of_environment).1, "environment variable `SNAP_CAPTURE_DEFAULT_RETENTION`");
    let _captures = of_environment.enter();
    for value in 0..9 {
        keeps_two(value);
        keeps_default(value);
    }
    assert_eq!(captures!(keeps_two).loader().expect("a folder").count("keeps_two").expect("a number"), 2);
    assert_eq!(captures!(keeps_default).loader().expect("a folder").count("keeps_default").expect("a number"), 5);
    assert_eq!(load!(keeps_two, index = 1).expect("a capture").args.value, 7);
}

#[test]
fn a_setting_that_makes_no_sense_is_an_error_that_says_where_it_stands() {
    let build = |environment: &[(&str, &str)], file: &str| {
        let builder = Captures::builder().environment(Environment::of(environment.iter().copied()));
        let error =
            builder.file_text(file).and_then(tracesnap_capture::CapturesBuilder::build).expect_err("it is wrong");
        std::error::Error::source(&error).map_or(String::new(), ToString::to_string)
    };
    assert!(build(&[("SNAP_CAPTURE_ENABELD", "1")], "").contains("did you mean `SNAP_CAPTURE_ENABLED`?"));
    assert!(build(&[("SNAP_CAPTURE_SAMPLE", "7")], "").starts_with("`sample` is `7.0` (environment variable"));
    assert!(
        build(&[], "[capture]\nretention = \"soon\"")
            .contains("(`capture.retention` in `tracesnap.toml:2`), but takes")
    );
    assert!(build(&[], "[capture]\nretenton = 1").contains("did you mean `retention`?"));
}

#[test]
fn captures_that_wait_for_a_review_change_no_test_until_they_are_accepted() {
    let folder = folder_with(CaptureConfig::new().review(true).retention(3).background(true));
    let take = |value| {
        keeps_default(value);
        folder.captures.flush();
    };
    let loader = folder.loader();
    let pending = || -> Vec<_> {
        let pending = loader.pending().expect("they are listed").into_iter();
        pending.map(|found| found.expect("it is whole")).collect()
    };
    take(1);
    assert!(load!(keeps_default).is_err(), "nobody accepted any");
    loader.accept(&pending()[0].key).expect("it waits");
    assert_eq!(load!(keeps_default).expect("it is accepted").args.value, 1);

    (2..=6).for_each(take);
    assert_eq!(load!(keeps_default).expect("it is still accepted").args.value, 1);
    assert!(load!(keeps_default, index = 1).is_err() && captures!(keeps_default).latest().is_ok());
    let waiting = pending();
    let values: Vec<_> = waiting.iter().map(|one| one.document.kwargs["value"].as_u64()).collect();
    assert_eq!(values, [Some(4), Some(5), Some(6)], "as many wait as are kept");
    loader.accept(&waiting[1].key).expect("it waits");
    assert!(loader.accept(&waiting[2].key).is_err(), "it was taken when another was the accepted one");
    assert!(loader.reject(&waiting[0].key).expect("it waits") && !loader.reject(&waiting[0].key).expect("it is gone"));
    loader.accept_over(&waiting[2].key).expect("whoever says so knows");
    assert_eq!(load!(keeps_default).expect("it is accepted").args.value, 6);
    let accepted = loader.accepted();
    assert_eq!((accepted.functions().expect("they are listed").len(), pending().len()), (1, 0));
    assert_eq!(accepted.count("keeps_default").expect("a number"), 1);

    let of_environment = Captures::builder().environment(Environment::of([("SNAP_CAPTURE_REVIEW", "true")])).build();
    assert!(of_environment.expect("a configuration").settings().review.value);
    let of_file =
        Captures::builder().file_text("[capture]\nreview = true").and_then(tracesnap_capture::CapturesBuilder::build);
    assert!(of_file.expect("a configuration").settings().review.value);
}

#[test]
fn production_mode_changes_the_defaults_and_nothing_that_was_said() {
    let captures = Captures::builder().config(CaptureConfig::new().production_mode(true).max_bytes(2_048)).build();
    let captures = captures.expect("a configuration");
    let settings = captures.settings();
    assert_eq!((settings.max_bytes.value, settings.retention.value.as_str()), (2_048, "1"));
    assert!(settings.background.value && !settings.debug_tier.value && settings.ignore_large_objects.value);
    assert!((settings.sample.value - 0.01).abs() < f64::EPSILON);
}

#[test]
fn what_is_written_in_the_background_is_there_after_a_flush() {
    let folder = folder_with(CaptureConfig::new().background(true).retention("all"));
    for value in 0..50 {
        keeps_default(value);
    }
    folder.captures.flush();
    assert_eq!(folder.loader().count("keeps_default").expect("a number"), 50);
    let stats = folder.captures.stats();
    assert_eq!((stats.calls, stats.captured, stats.dropped), (50, 50, 0));
}

#[test]
fn in_the_background_captures_of_all_threads_stand_in_the_order_of_the_calls() {
    let config = CaptureConfig::new().background(true).retention("all").layout(tracesnap_capture::Layout::Segments);
    let folder = folder_with(config);
    let next = std::sync::Mutex::new(0_u32);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let _captures = folder.captures.enter();
                for _ in 0..400 {
                    // One after the other, whichever thread's turn it is.
                    let mut next = next.lock().expect("nobody panics");
                    keeps_default(*next);
                    *next += 1;
                }
            });
        }
    });
    folder.captures.flush();
    let mut values = Vec::new();
    let each = |found: Result<tracesnap_capture::Capture, tracesnap_capture::Error>| {
        values.push(found?.document.kwargs["value"].as_u64().unwrap_or(u64::MAX));
        Ok(())
    };
    folder.loader().for_each("keeps_default", each).expect("they are whole");
    values.reverse();
    assert!(values.iter().copied().eq(0..1_600), "{values:?}");
}

/// Held by whoever calls, so that nothing can be serialised meanwhile.
static CALLING: RwLock<()> = RwLock::new(());

thread_local! {
    static IS_CALLER: Cell<bool> = const { Cell::new(false) };
}

struct Slow(u32);

impl serde::Serialize for Slow {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        assert!(!IS_CALLER.get(), "a lazy capture is serialised by its writer");
        let _calls_are_over = CALLING.read();
        to.serialize_u32(self.0)
    }
}

impl Clone for Slow {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

#[capture(lazy, background)]
fn lazily(slow: &Slow, text: &str) -> usize {
    slow.0 as usize + text.len()
}

#[test]
fn a_queue_that_is_full_drops_and_counts_and_nobody_waits() {
    let folder = folder_with(CaptureConfig::new().queue(2));
    IS_CALLER.set(true);
    let calling = CALLING.write();
    for value in 0..20 {
        assert_eq!(lazily(&Slow(value), "ab"), value as usize + 2);
    }
    // They all returned while nothing could be serialised: the caller only cloned.
    drop(calling);
    folder.captures.flush();
    let stats = folder.captures.stats();
    assert_eq!(stats.captured + stats.dropped, 20);
    assert!(stats.dropped >= 10, "{stats:?}");
    let document = folder.latest("lazily").document;
    assert_eq!(document.argument("text").and_then(|text| text.as_str()), Some("ab"));
    assert_eq!(document.tier("slow").as_str(), "value");
}

#[capture(filter = |id: &u64, _: &&str| *id > 10)]
fn filtered(id: u64, name: &str) -> usize {
    id as usize + name.len()
}

#[test]
fn a_filter_of_the_attribute_sees_the_arguments() {
    let folder = folder();
    for id in [1, 11, 2, 12] {
        filtered(id, "x");
    }
    assert_eq!(folder.loader().count("filtered").expect("a number"), 2);
    assert_eq!(folder.captures.stats().filtered_out, 2);
}

#[capture(path = "target/never-used")]
fn elsewhere(value: u8) -> u8 {
    value
}

#[test]
fn the_path_of_an_attribute_is_the_one_that_holds() {
    let folder = folder();
    let loader = captures!(elsewhere).loader().expect("a folder");
    assert_eq!(loader.path(), std::path::Path::new("target/never-used"));
    assert_ne!(loader.path(), folder.dir.path());
}

#[test]
fn a_scope_holds_for_its_thread_or_future_only() {
    let (outer, inner) = (folder(), tempfile::tempdir().expect("a folder"));
    let captures =
        Captures::builder().config(CaptureConfig::new().path(inner.path())).build().expect("a configuration");
    keeps_default(1);
    block_on(captures.scope(async {
        keeps_default(2);
        tokio::task::yield_now().await;
        keeps_default(3);
    }));
    {
        let _inner = captures.enter();
        keeps_default(4);
    }
    let clone = captures.clone();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let _captures = clone.enter();
            keeps_default(5);
        });
    });
    keeps_default(6);
    let count = |captures: &Captures| captures.stats().captured;
    assert_eq!((count(&outer.captures), count(&captures)), (2, 4));
}

#[test]
fn tags_of_the_configuration_select_captures() {
    let folder = folder_with(CaptureConfig::new().tag("release", "1.2"));
    keeps_default(1);
    let found = folder.loader().find("keeps_default", &Criteria::new().tag("release", "1.2")).expect("captures");
    assert_eq!(found.count(), 1);
    assert_eq!(folder.loader().find("keeps_default", &Criteria::new().tag("release", "1.3")).expect("none").count(), 0);
}

#[test]
fn a_profiler_measures_its_block() {
    let _folder = folder();
    keeps_default(1);
    let (value, stats) = CaptureProfiler::measure(|| keeps_default(2) + keeps_default(3));
    assert_eq!((value, stats.calls, stats.captured), (5, 2, 2));
    assert!(stats.bytes > 200 && stats.serialize_ns > 0 && stats.store_ns > 0, "{stats:?}");
    assert!(stats.capture_time() > Duration::ZERO);
}

#[cfg(feature = "messagepack")]
#[test]
fn documents_are_stored_as_messagepack_where_that_is_wanted() {
    let folder = folder_with(CaptureConfig::new().serializer(tracesnap_capture::MessagePack));
    keeps_default(77);
    assert!(!folder.bytes().contains("\"kwargs\""));
    assert_eq!(load!(keeps_default).expect("a capture").args.value, 77);
    assert_eq!(folder.latest("keeps_default").document.function_name, "keeps_default");
}

#[test]
fn what_a_serializer_fails_for_is_stored_by_the_one_behind_it() {
    /// A form of somebody's that knows small numbers only.
    #[derive(Debug)]
    struct Small;
    /// JSON on many lines.
    #[derive(Debug)]
    struct Pretty;

    type Failure = Box<dyn std::error::Error + Send + Sync>;

    impl Serializer for Small {
        fn content_type(&self) -> &str {
            "application/x-small"
        }

        fn store(&self, json: &[u8]) -> Result<Vec<u8>, Failure> {
            let value: serde_json::Value = serde_json::from_slice(json)?;
            if value["kwargs"]["value"].as_u64() < Some(10) { Ok(json.to_vec()) } else { Err("too large".into()) }
        }

        fn load(&self, stored: &[u8]) -> Result<Vec<u8>, Failure> {
            Ok(stored.to_vec())
        }
    }

    impl Serializer for Pretty {
        fn content_type(&self) -> &str {
            "application/json; pretty"
        }

        fn store(&self, json: &[u8]) -> Result<Vec<u8>, Failure> {
            Ok(serde_json::to_vec_pretty(&serde_json::from_slice::<serde_json::Value>(json)?)?)
        }

        fn load(&self, stored: &[u8]) -> Result<Vec<u8>, Failure> {
            Ok(stored.to_vec())
        }
    }

    let folder = folder_with(CaptureConfig::new().serializer(Small).fallback_serializer(Pretty));
    for value in [7, 77] {
        keeps_default(value);
        assert_eq!(load!(keeps_default).expect("a capture").args.value, value);
    }
    assert!(folder.bytes().contains("application/x-small") && folder.bytes().contains("application/json; pretty"));

    let folder = folder_with(CaptureConfig::new().serializer(Small));
    keeps_default(77);
    assert_eq!((folder.captures.stats().captured, folder.captures.stats().failed), (0, 1));
}
