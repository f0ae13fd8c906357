//! A recording's life at a prompt: recorded against a real service, reviewed, analysed, made into mocks, compared with
//! them, played back without the service, cleaned up; and a session that is looked at while it is recorded.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tracesnap_example_conversations::{Campaigns, Release, Server, prepare_evening};
use tracesnap_record::{Error, Mocks, Mode, Recorder, ServiceProvider};

use crate::{output, tracesnap};

/// What the program printed, where it ended with this code.
fn said(code: i32, arguments: &[&str]) -> String {
    let output = output(arguments);
    let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{errors}");
    out.into_owned() + &errors
}

fn data(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn provider(dir: &Path, mode: Mode) -> ServiceProvider {
    ServiceProvider::builder().dir(dir).session("evening").mode(mode).build().expect("a provider")
}

async fn evening(provider: &ServiceProvider, url: &str) -> Vec<String> {
    prepare_evening(&Campaigns::new(provider.clone(), url).expect("a client")).await.expect("an evening")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_of_a_real_service_is_reviewed_analysed_compared_played_back_and_cleaned_up() {
    let home = tempfile::tempdir().expect("a folder");
    let captures = home.path().join("captures");
    let file = |name: &str| home.path().join(name).to_str().expect("text").to_owned();
    let dir = captures.to_str().expect("text");
    let (mocks, page) = (file("mocks.json"), file("report.html"));

    // Record.
    let server = Server::start(Release::First).await.expect("a service");
    let url = server.url().to_owned();
    let recording = provider(&captures, Mode::Record);
    let told = evening(&recording, &url).await;
    assert_eq!(told.last().expect("a story"), "Rain falls on the gate.");
    let finished = recording.cleanup().expect("written").recorded.expect("this mode records");
    assert_eq!((finished.stats.recorded, finished.stats.lost), (8, 0));
    let text = std::fs::read_to_string(&finished.path).expect("text");
    assert!(!text.contains("tok_5f3a9c1b7e2d4f60") && !text.contains("hunter2"), "{text}");
    let capture = finished.path.to_str().expect("text");

    // Review.
    let listed = data(&said(0, &["sessions", "list", dir, "--format", "json"]));
    assert_eq!((&listed["sessions"][0]["interactions"], &listed["waiting"][0]["id"]), (&json!(8), &json!("evening#1")));
    let shown = said(0, &["sessions", "review", "--list", "--dir", dir]);
    assert!(shown.contains("8 new") && shown.contains("campaigns document.get"), "{shown}");
    said(0, &["sessions", "accept", "evening", "--dir", dir]);
    assert_eq!(data(&said(0, &["sessions", "list", dir, "-f", "json"]))["accepted"], json!(["evening"]));

    // Analyse.
    let analysis = data(&said(0, &["sessions", "analyze", dir, "--format", "json", "--since", "1h"]));
    assert_eq!((&analysis["total"]["count"], &analysis["total"]["errors"]), (&json!(8), &json!(1)));
    let services: Vec<_> = analysis["services"].as_array().expect("a list").iter().map(|one| &one["service"]).collect();
    assert_eq!(services, ["campaigns", "storyteller"]);
    assert_eq!(data(&said(0, &["sessions", "analyze", dir, "--format", "json", "--until", "1h"]))["total"]["count"], 0);
    said(0, &["sessions", "analyze", dir, "--output", &page, "--verbose"]);
    assert!(std::fs::read_to_string(&page).expect("a page").contains("<svg"));

    // Baseline, and compare.
    said(0, &["sessions", "baseline", capture, &mocks]);
    let compared = data(&said(0, &["sessions", "compare", capture, &mocks, "--format", "json", "--fail-under", "90"]));
    assert!(compared["overall"].as_f64().expect("a number") > 90.0 && compared["missing"] == json!([]), "{compared}");
    let operations = compared["operations"].as_array().expect("a list");
    let noise = operations.iter().find(|one| one["operation"] == "collection.get").map(|one| &one["noise"]);
    assert!(noise.is_some_and(|noise| noise.to_string().contains("request_id")), "{compared}");
    let by_hand = file("by_hand.json");
    let other = json!({"campaigns": {"document.get": {"status": "200"}, "document.delete": {}}});
    std::fs::write(&by_hand, other.to_string()).expect("written");
    let compared = said(1, &["sessions", "compare", capture, &by_hand, "--fail-under", "90", "--format", "markdown"]);
    for expected in ["Recorded, and not there", "There, and never recorded", "document.delete", "coverage | 25 %"] {
        assert!(compared.contains(expected), "{expected}: {compared}");
    }

    // Played back, and mocked by the baseline, while nobody listens.
    server.stop().await;
    let playing = provider(&captures, Mode::Playback);
    assert_eq!(evening(&playing, &url).await, told);
    playing.cleanup().expect("nothing to write");
    let baseline = Mocks::load(&mocks).expect("mocks");
    let mocked = ServiceProvider::builder().dir(&captures).session("evening").mode(Mode::Mock).fallback(baseline);
    let mocked = evening(&mocked.build().expect("a provider"), &url).await;
    assert_eq!((&mocked[0], &mocked[7]), (&told[0], &told[7]));

    // The next release is held against the recording.
    let server = Server::start_at(url.trim_start_matches("http://"), Release::Second).await.expect("the same port");
    let verifying = provider(&captures, Mode::Verify);
    evening(&verifying, &url).await;
    let drift = verifying.cleanup().expect_err("it changed");
    let Error::Drift { report, .. } = &drift else { panic!("{drift}") };
    assert!(report.contains("players") && report.contains("theme") && report.contains("rating"), "{report}");
    server.stop().await;

    // Clean up: what is played back stays.
    let dry = said(0, &["sessions", "cleanup", dir, "--keep", "0", "--dry-run"]);
    assert!(dry.contains("would remove 1 session file") && finished.path.exists(), "{dry}");
    let removed = data(&said(0, &["sessions", "cleanup", dir, "--keep", "0", "--format", "json"]));
    assert_eq!(removed["sessions"].as_array().map(Vec::len), Some(1), "{removed}");
    assert!(!finished.path.exists());
    let playing = provider(&captures, Mode::Strict);
    assert_eq!(evening(&playing, &url).await, told);
    playing.cleanup().expect("everything was asked");
}

#[test]
fn a_session_is_looked_at_while_it_is_recorded() {
    let dir = tempfile::tempdir().expect("a folder");
    let recorder = || Recorder::builder().dir(dir.path()).pending(false).session("checkout").expect("it begins");
    for _ in 0..3 {
        let session = recorder();
        (0..20).for_each(|n| session.interaction("bank", "charge", &n).response(&n));
        session.finish().expect("written");
    }
    let path = dir.path().to_str().expect("text");
    assert!(said(2, &["sessions", "tail", path, "--once"]).contains("no session is being recorded"));

    let mut child = tracesnap(&["sessions", "tail", path, "--format", "json", "--interval", "20ms"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let session = recorder();
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut until = |wanted: u64| loop {
        // The program ends with the session: this ends, too.
        let told = data(&lines.next().expect("it still tells").expect("text"));
        if told["count"].as_u64() >= Some(wanted) {
            return told;
        }
    };
    for n in 0..5 {
        session.interaction("bank", "charge", &n).response(&n);
    }
    let told = until(5);
    assert_eq!((&told["name"], &told["finished"], &told["errors"]), (&json!("checkout"), &json!(false), &json!([])));
    assert_eq!((&told["earlier_sessions"], &told["operations"][0]["count"]), (&json!(3), &json!(5)));
    assert!(told["recent_rate"].as_f64() > Some(0.0) && told["operations"][0]["p95_ms"].as_f64() > Some(0.0), "{told}");
    for n in 0..5 {
        let slow = session.interaction("bank", "charge", &n);
        std::thread::sleep(Duration::from_millis(40));
        slow.finish(&Err::<(), _>("the bank is closed"));
    }
    let told = until(10);
    let what: Vec<_> = told["outliers"].as_array().expect("a list").iter().map(|one| &one["what"]).collect();
    assert_eq!(what, ["mean_ms", "error_rate"], "{told}");
    let once = said(0, &["sessions", "tail", path, "--once"]);
    assert!(once.contains("10 interactions") && once.contains("bank charge fails 50 %"), "{once}");
    session.finish().expect("written");
    let last = lines.map(|line| data(&line.expect("text"))).last().expect("a last line");
    assert_eq!((&last["finished"], &last["count"]), (&json!(true), &json!(10)));
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn a_cleanup_takes_large_bodies_that_nothing_refers_to_and_leaves_a_session_that_is_recorded() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().to_str().expect("text");
    let session = Recorder::builder().dir(dir.path()).pending(false).session("checkout").expect("it begins");
    let handle = session.handle();
    let blob = |content: &str| {
        let mut blob = handle.blobs().create().expect("made");
        std::io::Write::write_all(&mut blob, content.as_bytes()).expect("written");
        let (sha256, _) = blob.finish().expect("finished");
        let place = dir.path().join("blobs").join(&sha256[..2]).join(&sha256[2..]);
        let file = std::fs::File::options().write(true).open(&place).expect("there");
        file.set_modified(SystemTime::now() - Duration::from_secs(7_200)).expect("set");
        (sha256, place)
    };
    let ((of_session, kept), (_, nobodys)) = (blob("of the session"), blob("nobody's"));
    session.interaction("shop", "get", &1).response(&json!({"body": {"type": "blob", "sha256": of_session}}));
    let dry = said(0, &["sessions", "cleanup", path, "--keep", "0", "--dry-run"]);
    assert!(dry.contains("would remove 0 session files") && dry.contains("would remove 1 large body"), "{dry}");
    assert!(nobodys.exists());
    let done = said(0, &["sessions", "cleanup", path, "--keep", "0"]);
    assert!(done.contains("removed 0 session files") && done.contains("removed 1 large body"), "{done}");
    assert!(kept.exists() && !nobodys.exists());
    session.finish().expect("written");
    let dry = said(0, &["sessions", "cleanup", path, "--keep", "0", "--dry-run"]);
    assert!(dry.contains("would remove 1 session file,") && dry.contains("would remove 1 large body"), "{dry}");
    said(0, &["sessions", "cleanup", path, "--keep", "0"]);
    assert!(!kept.exists());
}

#[test]
fn spans_of_a_session_are_read_by_the_official_types() {
    let session = "tests/fixtures/sessions/checkout-0001.session.json";
    let lines = output(&["sessions", "export", session, "--to", "otlp", "--service", "shop", "-o", "-"]).stdout;
    let line = data(std::str::from_utf8(&lines).expect("text").lines().next().expect("a line"));
    let spans = line["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().expect("a list").clone();
    assert_eq!((spans.len(), &spans[0]["name"], &spans[1]["kind"]), (6, &json!("session checkout"), &json!(3)));
}

/// The same commands, on a URL.
#[test]
#[cfg(feature = "object-store")]
fn recordings_in_an_object_store_are_listed_analysed_compared_and_cleaned_up() {
    let dir = tempfile::tempdir().expect("a folder");
    let session = Recorder::builder().dir(dir.path()).session("checkout").expect("it begins");
    (0..4).for_each(|n| session.interaction("bank", "charge", &1).response(&n));
    let name = session.finish().expect("written").path;
    let name = name.file_name().expect("a name").to_str().expect("text");
    let url = format!("file://{}", dir.path().to_str().expect("text"));
    let listed = data(&said(0, &["sessions", "list", &url, "--format", "json"]));
    assert_eq!(
        (&listed["sessions"][0]["interactions"], &listed["waiting"][0]["id"]),
        (&json!(4), &json!("checkout#1"))
    );
    assert_eq!(data(&said(0, &["sessions", "analyze", &url, "-f", "json"]))["growth"][0]["session"], name);
    let mocks = dir.path().join("mocks.json");
    said(0, &["sessions", "baseline", &format!("{url}/{name}"), mocks.to_str().expect("text")]);
    let compared = said(0, &["sessions", "compare", &url, &format!("{url}/mocks.json"), "--fail-under", "50"]);
    assert!(compared.contains("The mocks agree to"), "{compared}");
    let again = said(0, &["sessions", "compare", &format!("{url}/{name}"), &url]);
    assert!(again.contains("The recordings agree to 100 %"), "{again}");
    assert!(
        said(0, &["sessions", "cleanup", &url, "--keep", "0", "--dry-run"]).contains("would remove 1 session file")
    );
    let (kept, gone) = (blob(dir.path(), "of a session"), blob(dir.path(), "of nobody"));
    std::fs::write(dir.path().join("capture_kept.json"), format!("{{\"interactions\": [\"{kept}\"]}}"))
        .expect("written");
    let told = said(0, &["sessions", "cleanup", &url, "--older-than", "52w", "--dry-run"]);
    assert!(told.contains("would remove 1 large body that nothing refers to") && told.contains(&gone[2..]), "{told}");
    said(0, &["sessions", "cleanup", &url, "--older-than", "52w"]);
    let left = |sha256: &str| dir.path().join("blobs").join(&sha256[..2]).join(&sha256[2..]).exists();
    assert!(left(&kept) && !left(&gone));
    std::fs::remove_file(dir.path().join("capture_kept.json")).expect("removed");
    said(0, &["sessions", "cleanup", &url, "--keep", "0"]);
    assert_eq!(data(&said(0, &["sessions", "list", &url, "--format", "json"]))["sessions"], json!([]));
    assert!(!left(&kept), "the last that referred to it is gone");
    assert!(said(2, &["sessions", "analyze", "s4://bucket/x"]).contains("cannot reach"));
}

/// A large body that was written long ago; its hash.
#[cfg(feature = "object-store")]
fn blob(dir: &std::path::Path, content: &str) -> String {
    let mut blob = tracesnap_record::recorder::BlobFolder::of(dir).create().expect("made");
    std::io::Write::write_all(&mut blob, content.as_bytes()).expect("written");
    let (sha256, _) = blob.finish().expect("finished");
    let place = dir.join("blobs").join(&sha256[..2]).join(&sha256[2..]);
    let week = std::time::Duration::from_secs(7 * 24 * 3_600);
    let file = std::fs::File::options().write(true).open(place).expect("there");
    file.set_modified(std::time::SystemTime::now() - week).expect("its time is set");
    sha256
}

#[test]
#[cfg(not(feature = "object-store"))]
fn a_url_is_answered_with_the_feature_it_needs() {
    assert!(said(2, &["sessions", "list", "s3://bucket/captures"]).contains("--features s3"));
}
