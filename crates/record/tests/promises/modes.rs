//! The same test runs in every mode, and each mode does what its table says.

use std::cell::Cell;

use serde_json::{Value, json};
use tracesnap_config::Environment;
use tracesnap_record::provider::{Answer, Asked, CallError};
use tracesnap_record::{Error, Mode, OnMiss, ServiceProvider, Sets};

/// A service that counts how often it is asked, and answers with that.
#[derive(Default)]
struct Counter(Cell<i64>);

impl Counter {
    fn ask(&self) -> Result<Value, String> {
        self.0.set(self.0.get() + 1);
        Ok(json!({"n": self.0.get()}))
    }
}

struct Bench {
    dir: tempfile::TempDir,
    service: Counter,
}

impl Bench {
    /// With a recording in which `/a` is answered with 1.
    fn new() -> Self {
        let bench = Self { dir: tempfile::tempdir().expect("a folder"), service: Counter::default() };
        let provider = bench.provider(Mode::Record);
        bench.ask(&provider, "/a").expect("answered");
        let recorded = provider.cleanup().expect("written").recorded.expect("recorded");
        let pending = recorded.pending.expect("it waits").parse().expect("an id");
        Sets::open(bench.dir.path()).expect("a store").accept(&pending).expect("accepted");
        bench.service.0.set(100);
        bench
    }

    fn provider(&self, mode: Mode) -> ServiceProvider {
        let mocks = |asked: &Asked<'_>| {
            (asked.request["path"] != "/none").then(|| Answer::response(json!({"mock": asked.operation})))
        };
        let builder = ServiceProvider::builder().dir(self.dir.path()).session("modes").mode(mode).fallback(mocks);
        builder.build().expect("it is built")
    }

    fn ask(&self, provider: &ServiceProvider, path: &str) -> Result<Value, CallError<String>> {
        provider.service("counter").call("get", &json!({"path": path}), || self.service.ask())
    }

    /// What is answered to something that was recorded and something that was not, and whether something waits then.
    fn run(&self, mode: Mode) -> (String, String, usize) {
        let provider = self.provider(mode);
        let told = |answer: Result<Value, CallError<String>>| match answer {
            Ok(answer) => answer.to_string(),
            Err(error) => error.to_string().lines().next().unwrap_or_default().chars().take(24).collect(),
        };
        let (known, unknown) = (told(self.ask(&provider, "/a")), told(self.ask(&provider, "/new")));
        let _ = provider.cleanup();
        let waiting = Sets::open(self.dir.path()).expect("a store").pending().expect("listed").len();
        (known, unknown, waiting)
    }
}

#[test]
fn each_mode_does_what_its_table_says() {
    let mock = r#"{"mock":"get"}"#;
    let (first, live, next) = (r#"{"n":1}"#, r#"{"n":101}"#, r#"{"n":102}"#);
    let miss = "nothing in the recording";
    let table = [
        (Mode::Real, live, next, 0),
        (Mode::Record, live, next, 1),
        (Mode::Playback, first, miss, 0),
        (Mode::Hybrid(OnMiss::Record), first, live, 1),
        (Mode::Hybrid(OnMiss::Forward), first, live, 0),
        (Mode::Hybrid(OnMiss::Fail), first, miss, 0),
        (Mode::Hybrid(OnMiss::Mock), first, mock, 0),
        (Mode::Mock, mock, mock, 0),
        (Mode::Spy, live, next, 0),
        (Mode::Verify, live, next, 0),
        (Mode::Strict, first, miss, 0),
    ];
    for (mode, known, unknown, waiting) in table {
        let found = Bench::new().run(mode);
        assert_eq!((found.0.as_str(), found.1.as_str(), found.2), (known, unknown, waiting), "{mode}");
    }
}

#[test]
fn what_a_hybrid_missed_is_proposed_together_with_what_it_has() {
    let bench = Bench::new();
    let provider = bench.provider(Mode::Hybrid(OnMiss::Record));
    bench.ask(&provider, "/b").expect("asked");
    let pending = provider.cleanup().expect("written").recorded.expect("recorded").pending.expect("it waits");
    let sets = Sets::open(bench.dir.path()).expect("a store");
    let proposed = sets.load_pending(&pending.parse().expect("an id")).expect("read");
    let paths: Vec<_> = proposed.interactions.iter().map(|one| one.request["path"].as_str().expect("text")).collect();
    assert_eq!(paths, ["/a", "/b"]);
}

#[test]
fn a_spy_leaves_a_session_file_and_nothing_that_waits() {
    let bench = Bench::new();
    let provider = bench.provider(Mode::Spy);
    bench.ask(&provider, "/a").expect("asked");
    let finished = provider.cleanup().expect("written").recorded.expect("a session");
    assert_eq!((finished.pending, finished.stats.recorded), (None, 1));
    assert!(finished.path.exists());
}

#[test]
fn verify_tells_what_changed_and_fails_where_programs_break() {
    let bench = Bench::new();
    let verify = |answer: Value| {
        let provider = bench.provider(Mode::Verify);
        let answered: Result<Value, CallError<String>> =
            provider.service("counter").call("get", &json!({"path": "/a"}), || Ok(answer.clone()));
        assert_eq!(answered.expect("the service's own"), answer);
        let drift = provider.drift().to_string();
        (drift, provider.cleanup().is_ok())
    };
    assert_eq!(verify(json!({"n": 1})), (String::new(), true));
    assert_eq!(verify(json!({"n": 2})), ("info  counter get $.n ×1: 1 recorded, 2 now".to_owned(), true));
    assert_eq!(verify(json!({})), ("warn  counter get $.n ×1: 1 recorded, nothing now".to_owned(), true));
    let broken = "error counter get $.n ×1: number 1 recorded, string \"1\" now".to_owned();
    assert_eq!(verify(json!({"n": "1"})), (broken, false));
}

#[test]
fn strict_wants_everything_asked() {
    let bench = Bench::new();
    let error = bench.provider(Mode::Strict).cleanup().expect_err("one was not asked");
    assert!(matches!(error, Error::Unused { .. }), "{error}");
}

#[test]
fn a_mode_that_needs_a_recording_says_how_to_make_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let built = ServiceProvider::builder().dir(dir.path()).session("nothing").mode(Mode::Playback).build();
    let error = built.expect_err("there is none").to_string();
    assert!(error.starts_with("there is no accepted recording `nothing` in `"), "{error}");
    assert!(error.contains("TEST_MODE=record") && error.contains("tracesnap sessions review"), "{error}");
}

#[test]
fn mode_and_folder_come_from_the_environment() {
    let bench = Bench::new();
    let build = |variables: &[(&str, &str)]| {
        let dir = bench.dir.path().to_str().expect("text");
        let environment = Environment::of(variables.iter().copied().chain([("TEST_CAPTURE_DIR", dir)]));
        ServiceProvider::builder().session("modes").environment(environment).build()
    };
    assert_eq!(build(&[]).expect("the default").mode(), Mode::Playback);
    assert_eq!(build(&[("TEST_MODE", "capture")]).expect("a mode").mode(), Mode::Record);
    assert_eq!(build(&[("MOCK_MODE", "mock_only")]).expect("a mode").mode(), Mode::Mock);
    assert!(matches!(build(&[("TEST_MODE", "recrod")]), Err(Error::UnknownMode { .. })));
}

#[test]
fn a_key_that_is_missing_is_an_error_by_name_where_the_service_is_asked() {
    let bench = Bench::new();
    let key = |mode, variables: &[(&str, &str)]| {
        let environment = Environment::of(variables.iter().copied());
        let builder =
            ServiceProvider::builder().dir(bench.dir.path()).session("modes").mode(mode).environment(environment);
        builder.build().expect("it is built").api_key("open-ai").map_err(|error| error.to_string())
    };
    assert_eq!(key(Mode::Playback, &[]), Ok(None));
    assert_eq!(key(Mode::Real, &[("TEST_OPEN_AI_API_KEY", "k")]), Ok(Some("k".to_owned())));
    let error = key(Mode::Real, &[]).expect_err("missing");
    assert!(error.starts_with("`open-ai` needs a key, and the environment variable `TEST_OPEN_AI_API_KEY`"), "{error}");
}

#[test]
fn the_summary_tells_who_answered() {
    let bench = Bench::new();
    let provider = bench.provider(Mode::Hybrid(OnMiss::Mock));
    bench.ask(&provider, "/a").expect("played");
    bench.ask(&provider, "/new").expect("mocked");
    bench.ask(&provider, "/none").expect_err("nobody");
    let summary = provider.summary().to_string();
    assert_eq!(summary, "mode hybrid:mock\ncounter: 0 real, 1 played back, 1 mocked, 1 refused");
}
