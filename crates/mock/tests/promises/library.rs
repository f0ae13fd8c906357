//! The library keeps its promises in SQLite and in PostgreSQL.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tracesnap_config::Sources;
use tracesnap_mock::Error;
use tracesnap_mock::cache::{Cache, CacheKey, DatabaseTier, Entry};
use tracesnap_mock::config::{MockConfig, MockEnvironment};
use tracesnap_mock::database::{Action, Database, Draft, Rule, Sample, Transfer, Use};
use tracesnap_mock::engine::{Fixed, Source};
use tracesnap_mock::responder::Responder;
use tracesnap_record::Mode;

use crate::caching::until;
use crate::quotes::{document, get, kept};
use crate::servers::Postgres;

const QUOTE: &str = "GET /quotes/{symbol}";

async fn sqlite() -> (tempfile::TempDir, Database) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("with spaces %41/mock.sqlite");
    let database = Database::open(&format!("sqlite:{}", path.display())).await.expect("a database");
    assert!(path.exists());
    (folder, database)
}

async fn responder(database: &Database) -> Responder {
    let builder = Responder::builder(document("quotes", "[1, 2, 3]")).database(database.clone());
    builder.config(MockConfig::default()).build().await.expect("a responder")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_keeps_all_of_them() {
    let (_folder, database) = sqlite().await;
    all(&database).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_keeps_all_of_them() {
    let Some(server) = Postgres::start() else { return };
    all(&Database::open(&server.url()).await.expect("a database")).await;
}

async fn all(database: &Database) {
    versions_are_numbered_compared_and_rolled_back_and_none_is_lost(database).await;
    of_those_who_save_at_once_each_gets_a_version_of_its_own(database).await;
    a_stored_answer_is_given_until_it_is_retired_and_a_pin_holds_in_its_environment(database).await;
    rules_change_what_is_made_up_and_never_break_a_schema(database).await;
    an_environment_has_settings_of_its_own(database).await;
    answers_are_counted_and_timed_and_scored(database).await;
    what_is_kept_for_a_while_is_found_by_others_and_goes_with_its_response(database).await;
    what_is_exported_is_taken_in_elsewhere_once(database).await;
    a_pattern_library_is_stored_if_it_makes_sense(database).await;
    every_change_stands_in_the_audit_log(database).await;
    a_second_opening_changes_nothing(database).await;
}

async fn versions_are_numbered_compared_and_rolled_back_and_none_is_lost(database: &Database) {
    let responses = database.responses("versions");
    let draft = |price: i64| Draft::json(200, &json!({"symbol": "ada", "price": price})).by("ada").note("first");
    assert_eq!(responses.save(QUOTE, &draft(1)).await.expect("saved").version, 1);
    assert_eq!(responses.save(QUOTE, &draft(1)).await.expect("saved").version, 1, "the same is no new version");
    let other = draft(2).header("x-more", "1");
    assert_eq!(responses.save(QUOTE, &other).await.expect("saved").version, 2);
    assert_eq!(responses.save(QUOTE, &draft(3).target("/quotes/ada")).await.expect("saved").version, 1);
    let diff = responses.diff(QUOTE, "", 1, 2).await.expect("both");
    let told: Vec<_> = diff.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["+ header x-more: \"1\"", "~ /price: 1 → 2"]);
    let back = responses.rollback(QUOTE, "", 1, "grace").await.expect("rolled back");
    assert_eq!((back.version, back.author.as_str(), back.note.as_str()), (3, "grace", "as version 1"));
    assert!(responses.diff(QUOTE, "", 1, 3).await.expect("both").is_empty());
    let versions = responses.versions(QUOTE, "").await.expect("all");
    let active: Vec<_> = versions.iter().map(|version| (version.version, version.is_active)).collect();
    assert_eq!(active, [(3, true), (2, false), (1, false)]);
    let missing = responses.rollback(QUOTE, "", 9, "grace").await.expect_err("none").to_string();
    assert_eq!(missing, "the database has no version 9 of `GET /quotes/{symbol}`; there are 1 to 3");
    let binary = Draft::new(200, "image/png", vec![0, 159, 146]).target("/x");
    assert_eq!(responses.save(QUOTE, &binary).await.expect("saved").body, vec![0, 159, 146]);
    let read = responses.active(QUOTE, "/x").await.expect("read").expect("there");
    assert_eq!(read.body, vec![0, 159, 146]);
    let wrong = responses.save(QUOTE, &Draft::json(99, &json!(1))).await;
    assert!(matches!(wrong, Err(Error::Form { .. })));
}

async fn of_those_who_save_at_once_each_gets_a_version_of_its_own(database: &Database) {
    let all: Vec<_> = (0..24)
        .map(|number| {
            let responses = database.responses("at once");
            tokio::spawn(async move { responses.save(QUOTE, &Draft::json(200, &json!(number))).await })
        })
        .collect();
    let mut numbers = Vec::new();
    for one in all {
        numbers.push(one.await.expect("no panic").expect("saved").version);
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=24).collect::<Vec<i64>>());
    let active = database.responses("at once").all_active().await.expect("read");
    assert_eq!(active.len(), 1, "one version answers");
}

async fn a_stored_answer_is_given_until_it_is_retired_and_a_pin_holds_in_its_environment(database: &Database) {
    let responder = responder(database).await;
    let responses = database.responses(responder.api());
    let price = async |target: &str| {
        responder.refresh().await.expect("read");
        let answer = responder.answer(&get(target)).await;
        let price = answer.json().expect("JSON")["price"].as_i64();
        // The document knows the prices 1 to 3: whatever else is stored is given, and not silently.
        assert_eq!(answer.header("x-mock-invalid").is_some(), price > Some(3), "{answer:?}");
        (answer.json().expect("JSON")["price"].clone(), answer.source)
    };
    assert_eq!(price("/quotes/ada").await.1, Source::Generated);
    responses.save(QUOTE, &Draft::json(200, &json!({"symbol": "x", "price": 77}))).await.expect("saved");
    assert_eq!(price("/quotes/ada").await, (json!(77), Source::Override));
    let recorded = Draft::json(200, &json!({"price": 78})).target("/quotes/ada?day=1").source("recorded");
    responses.save(QUOTE, &recorded).await.expect("saved");
    assert_eq!(price("/quotes/ada?day=1").await, (json!(78), Source::Recording), "the nearer one answers");
    responses.save(QUOTE, &Draft::json(200, &json!({"price": 79}))).await.expect("saved");
    assert_eq!(price("/quotes/ada").await.0, json!(79), "no stale answer after a new version");
    let development = database.environment(MockEnvironment::Development);
    development.pin(responder.api(), QUOTE, "", 1, "ada").await.expect("pinned");
    assert_eq!(price("/quotes/ada").await.0, json!(77));
    responder.switch("ada", |config| config.environment = MockEnvironment::Testing).await.expect("switched");
    assert_eq!(price("/quotes/ada").await.0, json!(79), "elsewhere the newest one answers");
    responder.switch("ada", |config| config.environment = MockEnvironment::Development).await.expect("switched");
    development.unpin(responder.api(), QUOTE, "", "ada").await.expect("unpinned");
    // In playback, too.
    responder.switch("ada", |config| config.mode = Mode::Playback).await.expect("switched");
    assert_eq!(price("/quotes/ada").await.0, json!(79));
    let head = http::Request::head("/quotes/ada").body(Default::default()).expect("a request");
    assert!(responder.answer(&head).await.body.is_empty());
    responder.switch("ada", |config| config.mode = Mode::Mock).await.expect("switched");
    responder.mock().set_override("quote", Fixed::json(&json!({"price": 1})).times(1)).expect("an operation");
    assert_eq!(price("/quotes/ada").await.0, json!(1), "what is fixed stands over what is stored");
    assert_eq!(price("/quotes/ada").await.0, json!(79));
    for target in ["", "/quotes/ada?day=1"] {
        assert!(responses.retire(QUOTE, target, "ada").await.expect("retired"));
    }
    assert!(!responses.retire(QUOTE, "", "ada").await.expect("nothing left"));
    assert_eq!(price("/quotes/ada").await.1, Source::Generated);
}

async fn rules_change_what_is_made_up_and_never_break_a_schema(database: &Database) {
    let responder = responder(database).await;
    let rules = database.rules(responder.api());
    let before = responder.answer(&get("/quotes/grace")).await;
    assert_eq!(kept(&responder.answer(&get("/quotes/grace")).await), "hit");
    let set = rules.add(&Rule::new(QUOTE, "/currency", Action::Set, json!("JPY")), "ada").await.expect("added");
    let wrong = rules.add(&Rule::new("", "/price", Action::Set, json!("dear")), "ada").await.expect("added");
    responder.refresh().await.expect("read");
    let after = responder.answer(&get("/quotes/grace")).await;
    assert_eq!((kept(&after), after.json().expect("JSON")["currency"].as_str()), ("miss", Some("JPY")));
    assert_eq!(after.json().expect("JSON")["price"], before.json().expect("JSON")["price"]);
    let said = after.header("x-mock-warning").unwrap_or_default();
    assert!(said.starts_with(&format!("rule {wrong} was left out, since ")), "{said}");
    rules.remove(wrong, "ada").await.expect("removed");
    rules.enable(set, false, "ada").await.expect("disabled");
    responder.refresh().await.expect("read");
    assert_eq!(responder.answer(&get("/quotes/grace")).await.body, before.body);
    let missing = rules.remove(wrong, "ada").await.expect_err("gone").to_string();
    assert_eq!(missing, format!("the database has no rule {wrong}; `rules list` has all"));
}

async fn an_environment_has_settings_of_its_own(database: &Database) {
    let staging = database.environment(MockEnvironment::Staging);
    staging.set("quality", "exact", "ada").await.expect("set");
    staging.set("cache_ttl", "10 min", "ada").await.expect("set");
    let stored = staging.settings().await.expect("read");
    assert_eq!(stored["cache_ttl"], "600 s");
    let config = MockConfig::builder().environment(MockEnvironment::Staging).stored(stored);
    let config = config.resolve(&Sources::new("mock")).expect("sound");
    assert_eq!((config.quality.as_str(), config.cache_ttl), ("exact", Duration::from_secs(600)));
    assert!(matches!(staging.set("quality", "good", "ada").await, Err(Error::Setting(_))));
    let unknown = staging.set("database_url", "x", "ada").await.expect_err("it cannot say where it is").to_string();
    assert!(
        unknown.starts_with("the database holds no setting `database_url`; it takes `mode`, `quality`"),
        "{unknown}"
    );
    staging.unset("quality", "ada").await.expect("unset");
    let left: Vec<_> = staging.settings().await.expect("read").into_keys().collect();
    assert_eq!(left, ["cache_ttl"]);
}

async fn answers_are_counted_and_timed_and_scored(database: &Database) {
    let analytics = database.analytics(MockEnvironment::Testing, "analytics");
    let counted = |from: u64, to: u64| {
        let mut counted = Use::default();
        for micros in from..to {
            let mut sample = Sample::mock(Some(Duration::from_micros(micros)));
            (sample.valid, sample.fidelity) = (Some(micros % 50 != 0), 0.9);
            counted.count(&sample);
        }
        BTreeMap::from([(QUOTE.to_owned(), counted)])
    };
    // In two parts, as two processes would.
    analytics.add(&counted(1, 501)).await.expect("added");
    analytics.add(&counted(501, 1_001)).await.expect("added");
    let mut real = Use::default();
    real.count(&Sample::real());
    let mut cached = Sample::mock(None);
    cached.is_cached = true;
    real.count(&cached);
    analytics.add(&BTreeMap::from([("GET /other".to_owned(), real)])).await.expect("added");
    let summary = analytics.summary(1).await.expect("read");
    let [all, quote, other] = summary.as_slice() else { panic!("{summary:?}") };
    assert_eq!((quote.hits, quote.generated, quote.checked, quote.invalid), (1_000, 1_000, 1_000, 20));
    for (found, micros) in [(quote.p50, 500), (quote.p95, 950), (quote.p99, 990)] {
        let off = found.as_micros().abs_diff(micros);
        assert!(off * 50 <= micros, "{found:?} for {micros} µs");
    }
    // 0.98 × 1 × (0.8 + 0.2 × 0.9)
    let score = quote.mock_quality_score.expect("checked");
    assert!((score - 0.9604).abs() < 1e-9 && quote.passes_gate, "{score}");
    assert_eq!((other.real_hits, other.mock_hits, other.cache_hit_rate), (1, 1, 1.0));
    assert_eq!((other.mock_quality_score, other.passes_gate), (None, false), "what was not checked is not known");
    assert_eq!((all.hits, all.operation.as_str()), (1_002, ""));
    analytics.reset().await.expect("reset");
    assert_eq!(analytics.summary(1).await.expect("read").len(), 1);

    let builder = Responder::builder(document("quotes", "[1, 2, 3]")).database(database.clone()).api("counted");
    let responder = builder.config(MockConfig::default()).build().await.expect("a responder");
    for number in 0..20 {
        let _ = responder.answer(&get(&format!("/quotes/{}", number % 10))).await;
    }
    responder.flush().await.expect("written");
    let analytics = database.analytics(MockEnvironment::Development, responder.api());
    let summary = analytics.summary(1).await.expect("read");
    assert_eq!((summary[0].hits, summary[0].generated, summary[0].checked), (20, 10, 20), "{:?}", summary[0]);
    assert_eq!(summary[0].cache_hit_rate, 0.5);
    assert!(summary[0].mock_quality_score.is_some_and(|score| score > 0.9), "{:?}", summary[0]);
}

async fn what_is_kept_for_a_while_is_found_by_others_and_goes_with_its_response(database: &Database) {
    database.clear_cache().await.expect("cleared");
    let cache = || Cache::builder().tier(DatabaseTier::new(database.clone())).build();
    let key = CacheKey::of("kept").finish();
    let first = cache();
    first.put(&key, &["operation:x".to_owned()], Entry::new(200, "text/plain", "kept"));
    until("it is written", async || database.cache_size().await.expect("read") == 1).await;
    assert_eq!(cache().get(&key).await.expect("found").body, "kept");
    assert_eq!(first.invalidate_tag("operation:x").await, 1);
    assert!(cache().get(&key).await.is_none());
    let version = database.responses("kept").save(QUOTE, &Draft::json(200, &json!(1))).await.expect("saved");
    let mut entry = Entry::new(200, "text/plain", "kept");
    entry.response_id = Some(version.id);
    first.put(&key, &[], entry);
    until("it is written", async || database.cache_size().await.expect("read") == 1).await;
    let short = Cache::builder().ttl(Duration::from_millis(1)).tier(DatabaseTier::new(database.clone())).build();
    short.put(&CacheKey::of("short").finish(), &[], Entry::new(200, "text/plain", "short"));
    until("it is over", async || cache().get(&CacheKey::of("short").finish()).await.is_none()).await;
    database.clear_cache().await.expect("cleared");
}

async fn what_is_exported_is_taken_in_elsewhere_once(database: &Database) {
    let responses = database.responses("moved");
    for price in [1, 2] {
        responses.save(QUOTE, &Draft::json(200, &json!({"price": price}))).await.expect("saved");
    }
    responses.save(QUOTE, &Draft::new(200, "image/png", vec![255, 0]).target("/x")).await.expect("saved");
    database.rules("moved").add(&Rule::new("", "/a", Action::Remove, Value::Null), "ada").await.expect("added");
    let text = serde_json::to_vec_pretty(&database.export("moved").await.expect("exported")).expect("JSON");
    let transfer = Transfer::parse(&text).expect("its own form");
    let elsewhere = Database::open("sqlite::memory:").await.expect("a database");
    let imported = elsewhere.import("moved", &transfer, "ada").await.expect("imported");
    assert_eq!((imported.responses, imported.rules), (3, 1));
    let there = elsewhere.responses("moved").active(QUOTE, "").await.expect("read").expect("there");
    assert_eq!(there.json(), Some(json!({"price": 2})));
    let again = elsewhere.import("moved", &transfer, "ada").await.expect("imported");
    assert_eq!((again.responses, again.rules, again.library), (0, 0, 0));
    let newer = Transfer::parse(b"{\"format\": 9}").expect_err("newer").to_string();
    assert!(newer.ends_with("it has format 9, but this build reads up to 1; upgrade"), "{newer}");
    assert!(Transfer::parse(b"[").is_err() && Transfer::parse(b"{}").is_err());
}

async fn a_pattern_library_is_stored_if_it_makes_sense(database: &Database) {
    let library = database.pattern_library();
    let words = "[[rule]]\npattern = \"search\"\npath = \"/quotes/*\"\nconfidence = 0.95\n";
    library.save("own", words, "ada").await.expect("saved");
    assert!(matches!(library.save("own", "[sear]", "ada").await, Err(Error::Form { .. })));
    assert!(matches!(library.save("built-in", words, "ada").await, Err(Error::Form { .. })));
    let names: Vec<_> = library.entries().await.expect("read").into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["built-in", "own"]);
    let responder = responder(database).await;
    let _ = responder.answer(&get("/quotes/ada")).await;
    let begun = std::time::Instant::now();
    let popular = loop {
        responder.flush().await.expect("written");
        let popular = database.patterns(responder.api()).popular(10).await.expect("read");
        // A busy machine may have written what the responder found, and not yet who used it.
        if !popular.is_empty() || begun.elapsed().as_secs() > 60 {
            break popular;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    };
    let [search] = popular.as_slice() else { panic!("{popular:?}") };
    assert_eq!((search.operation.as_str(), search.pattern.as_str(), search.usage_count), (QUOTE, "search", 1));
}

async fn every_change_stands_in_the_audit_log(database: &Database) {
    let log = database.audit_log(1_000).await.expect("read");
    let actions: std::collections::BTreeSet<_> = log.iter().map(|change| change.action.as_str()).collect();
    let expected = [
        "add a rule",
        "disable a rule",
        "pin a response",
        "remove a rule",
        "retire a response",
        "roll back",
        "save a pattern library",
        "save a response",
        "set a setting",
        "switch a setting",
        "unpin a response",
        "unset a setting",
    ];
    assert_eq!(actions.into_iter().collect::<Vec<_>>(), expected);
    let unset = log.iter().find(|change| change.action == "unset a setting").expect("there");
    let told = (unset.actor.as_str(), unset.subject.as_str(), unset.before.as_str(), unset.after.as_str());
    assert_eq!(told, ("ada", "staging quality", "exact", ""));
    assert_eq!(database.revision().await.expect("read"), i64::try_from(log.len()).expect("few"));
}

async fn a_second_opening_changes_nothing(database: &Database) {
    if database.url().starts_with("sqlite") {
        let again = Database::open(database.url()).await.expect("opened again");
        assert_eq!(again.revision().await.expect("read"), database.revision().await.expect("read"));
    }
}

#[tokio::test]
async fn a_database_that_cannot_be_reached_is_an_error_without_a_password() {
    let error = Database::open("postgres://ada:secret@127.0.0.1:1/mocks").await.expect_err("nobody listens");
    assert_eq!(error.to_string(), "cannot connect; the database is `postgres://ada:…@127.0.0.1:1/mocks`");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("text.sqlite");
    std::fs::write(&path, "not a database, but long enough to look like one".repeat(100)).expect("written");
    assert!(Database::open(&format!("sqlite:{}", path.display())).await.is_err());
}
