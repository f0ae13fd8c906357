//! `tracesnap config`: what holds, who said so, and what nobody reads.

use std::path::Path;
use std::process::Output;

use serde_json::Value;

fn show(dir: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = crate::tracesnap(&["config", "show"]);
    // Nothing of whoever runs the tests.
    let own = std::env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        ["TRACESNAP_", "SNAP_CAPTURE_", "TEST_", "MOCK_", "CACHE_"].iter().any(|prefix| name.starts_with(prefix))
    });
    for (name, _) in own {
        command.env_remove(name);
    }
    command.args(arguments).current_dir(dir).envs(variables.iter().copied()).output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

fn folder(file: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("tracesnap.toml"), file).expect("it is written");
    dir
}

#[test]
fn every_setting_of_every_part_is_shown_with_the_place_that_said_it() {
    let dir = folder("[trace]\nlevel = \"info\"\n\n[capture]\nretention = 3\n\n[mock]\nquality = \"exact\"\n");
    let output = show(dir.path(), &[("TEST_MODE", "spy"), ("TRACESNAP_LEVEL", "debug")], &["--format", "json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let shown: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let found = |part: &str, name: &str| {
        let settings = shown["settings"].as_array().expect("a list").iter();
        let one = settings.clone().find(|one| one["part"] == part && one["name"] == name).expect("it is there");
        let source = &one["source"];
        let place = ["variable", "line", "kind"].into_iter().find_map(|key| source.get(key)).expect("a place");
        (one["value"].as_str().expect("text").to_owned(), place.to_string())
    };
    let said = |value: &str, place: &str| (value.to_owned(), place.to_owned());
    assert_eq!(found("trace", "level"), said("debug", "\"TRACESNAP_LEVEL\""));
    assert_eq!(found("capture", "retention"), said("3", "5"));
    assert_eq!(found("record", "mode"), said("spy", "\"TEST_MODE\""));
    assert_eq!(found("mock", "mode"), said("spy", "\"TEST_MODE\""));
    assert_eq!(found("mock", "quality"), said("exact", "8"));
    assert_eq!(found("redact", "names"), said("none", "\"default\""));
    assert_eq!((&shown["file"], &shown["problems"]), (&Value::from("tracesnap.toml"), &Value::Array(Vec::new())));
}

#[test]
fn a_secret_is_never_shown() {
    let dir = folder("");
    let key = "6f1d0c2b".repeat(8);
    let variables = [
        ("TRACESNAP_STORE_KEY", key.as_str()),
        ("TRACESNAP_REDACT_KEY", "hunter-the-second"),
        ("TRACESNAP_MOCK_ADMIN_TOKEN", "let-me-in-7731"),
        ("MOCK_DATABASE_URL", "postgres://ada:correct-horse@db.example/mocks"),
        ("MOCK_REDIS_URL", "redis://:battery-staple@cache.example:6379"),
    ];
    for form in ["text", "json"] {
        let output = show(dir.path(), &variables, &["--format", form]);
        let all = text(&output.stdout) + &text(&output.stderr);
        assert!(output.status.success() && all.contains("db.example"), "{all}");
        for secret in [key.as_str(), "hunter", "let-me-in", "correct-horse", "battery-staple"] {
            assert!(!all.contains(secret), "{form}: {secret} in {all}");
        }
    }
}

#[test]
fn what_nobody_reads_is_an_error_with_what_was_meant() {
    let refused = |file: &str, variables: &[(&str, &str)]| {
        let output = show(folder(file).path(), variables, &[]);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
        text(&output.stderr)
    };
    let key = refused("[trace]\nmax_dept = 3\n", &[]);
    assert!(key.contains("tracesnap.toml:2` has a key `trace.max_dept`") && key.contains("`max_depth`?"), "{key}");
    let section = refused("[captrue]\npath = \"x\"\n", &[]);
    assert!(section.contains("section `captrue`") && section.contains("`capture`?"), "{section}");
    assert_eq!(section.matches("error:").count(), 1, "each part says it, and it is told once: {section}");
    let variable = refused("", &[("TRACESNAP_MOCK_QUALTY", "exact")]);
    assert!(variable.contains("`TRACESNAP_MOCK_QUALITY`?"), "{variable}");
    let foreign = refused("", &[("TRACESNAP_FLAVOUR", "mild")]);
    assert!(foreign.contains("nobody reads the environment variable `TRACESNAP_FLAVOUR`"), "{foreign}");
    let value = refused("[capture]\nsample = 7\n", &[]);
    assert!(value.contains("`capture.sample` in") && value.contains("a share from 0 to 1"), "{value}");
}
