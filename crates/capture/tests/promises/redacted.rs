//! What must not be written down is in no byte of a folder, and is marked where it was.

use serde::{Deserialize, Serialize};
use serde_json::json;
use tracesnap_capture::{CaptureConfig, Captures, capture, load, replay};
use tracesnap_redact::Policy;

use crate::support::{folder, folder_with};

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Login {
    user: String,
    password: String,
}

#[capture(ignore(session))]
fn logs_in(login: Login, api_key: &str, session: u64, note: &str) -> Result<String, String> {
    let _ = (api_key, session);
    Ok(format!("{} {note}", login.user))
}

fn call() {
    let login = Login { user: "ada".into(), password: "hunter2-secret".into() };
    let note = "send it to Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLXNlY3JldA";
    logs_in(login, "key-1234567890", 424_242_424_242, note).expect("it works");
}

#[test]
fn secrets_by_name_by_value_and_by_choice_are_in_no_byte_that_is_written() {
    let folder = folder();
    call();
    let bytes = folder.bytes();
    for secret in ["hunter2", "key-1234567890", "424242424242", "eyJhbGciOiJIUzI1NiJ9"] {
        assert!(!bytes.contains(secret), "{secret} in {bytes}");
    }
    let document = folder.latest("logs_in").document;
    assert_eq!(document.argument("login"), Some(&json!({"user": "ada", "password": "[redacted]"})));
    assert_eq!(document.redacted("login"), ["name/password"]);
    assert_eq!(document.redacted("api_key"), ["name/api_key"]);
    assert_eq!(document.redacted("session"), ["ignore"]);
    assert_eq!(document.tier("note").as_str(), "redacted");
    assert!(document.metadata.policy.starts_with("r1-"), "{}", document.metadata.policy);
    assert!(folder.captures.stats().redacted >= 4);
}

#[test]
fn what_was_redacted_is_supplied_to_a_replay_or_taken_as_it_stands_there() {
    let _folder = folder();
    call();
    assert!(load!(logs_in).is_err());
    let login = Login { user: "ada".into(), password: "x".into() };
    let case = load!(logs_in, with(login = login, api_key = "k".into(), session = 1, note = "n".into()));
    assert_eq!(case.expect("a capture").args.login.user, "ada");
    // A number cannot be read from a placeholder; a text can.
    let case = load!(logs_in, placeholders, with(session = 1)).expect("a capture");
    assert_eq!(case.args.login.password, "[redacted]");
    let json = load!(logs_in, json).expect("a capture");
    assert_eq!(json["api_key"], "[redacted]");
}

#[test]
fn names_of_the_configuration_are_secrets_wherever_they_stand() {
    let folder = folder_with(CaptureConfig::new().ignore_args(["user", "note"]));
    call();
    assert!(!folder.bytes().contains("ada\""));
    assert_eq!(folder.latest("logs_in").document.redacted("note"), ["ignore_args"]);
}

#[test]
fn a_filter_is_asked_for_each_argument() {
    let filter = |name: &str, json: &str| name != "training_data" || json.len() < 20;
    let folder = folder_with(CaptureConfig::new().filter(filter));
    #[capture]
    fn trains(training_data: Vec<u8>, seed: u64) -> usize {
        training_data.len() + seed as usize
    }
    trains(vec![1; 100], 7);
    assert_eq!(folder.argument("trains", "training_data"), json!("[redacted]"));
    assert_eq!(folder.argument("trains", "seed"), json!(7));
    trains(vec![1; 3], 7);
    assert_eq!(load!(trains).expect("a capture").args.training_data, [1; 3]);
}

#[test]
fn outcomes_are_redacted_and_compared_as_they_were_recorded() {
    #[capture]
    fn issues(user: &str) -> serde_json::Value {
        json!({"user": user, "access_token": "tok-1234567890"})
    }
    let folder = folder();
    issues("ada");
    assert!(!folder.bytes().contains("tok-1234567890"));
    let replayed = replay!(issues).expect("the same");
    assert_eq!(replayed.outcome.value, json!({"user": "ada", "access_token": "[redacted]"}));
}

#[test]
fn a_policy_of_ones_own_holds() {
    let dir = tempfile::tempdir().expect("a folder");
    let policy = Policy::builder().path("$.login.user").build().expect("a policy");
    let config = CaptureConfig::new().path(dir.path());
    let captures = Captures::builder().config(config).policy(policy).build().expect("a configuration");
    let _captures = captures.enter();
    call();
    let json = load!(logs_in, json).expect("a capture");
    assert_eq!(json["login"]["user"], "[redacted]");
}

#[test]
fn debug_texts_are_searched() {
    #[derive(Debug)]
    struct Shown {
        #[allow(dead_code, reason = "it is there to be shown")]
        password: &'static str,
        #[allow(dead_code, reason = "it is there to be shown")]
        user: &'static str,
    }
    #[capture]
    fn shows(shown: Shown) -> bool {
        drop(shown);
        true
    }
    let folder = folder();
    shows(Shown { password: "hunter2-secret", user: "ada" });
    assert_eq!(folder.argument("shows", "shown"), json!("Shown { password: [redacted], user: \"ada\" }"));
}
