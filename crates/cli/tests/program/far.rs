//! Recordings on a server that speaks S3: the same commands as on a folder.

use serde_json::{Value, json};
use tracesnap_record::Recorder;
use tracesnap_record::recorder::BlobFolder;
use tracesnap_s3::Server;
use tracesnap_store::ObjectFolder;

use crate::tracesnap;

/// What the program printed, where it ended with this code.
fn said(server: &Server, code: i32, arguments: &[&str]) -> String {
    let output = tracesnap(arguments).envs(server.environment()).output().expect("the program starts");
    let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{errors}");
    out.into_owned() + &errors
}

fn data(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn recordings_in_a_bucket_are_listed_analysed_compared_made_into_mocks_and_cleaned_up() {
    let Some(server) = Server::start() else { return };
    let dir = tempfile::tempdir().expect("a folder");
    let blobs = BlobFolder::of(dir.path());
    let blob = |content: &str| {
        let mut blob = blobs.create().expect("made");
        std::io::Write::write_all(&mut blob, content.as_bytes()).expect("written");
        blob.finish().expect("finished").0
    };
    let (kept, gone) = (blob("of a session"), blob("of nobody"));
    let session = Recorder::builder().dir(dir.path()).session("checkout").expect("it begins");
    (0..4).for_each(|n| {
        let body = json!({"type": "blob", "sha256": kept, "bytes": 12});
        session.interaction("bank", "charge", &n).response(&json!({"status": 200, "body": body}));
    });
    let name = session.finish().expect("written").path;
    let name = name.file_name().expect("a name").to_str().expect("text");
    // As a folder is copied there.
    let url = format!("s3://{}/team/captures", Server::BUCKET);
    let options = server.environment().map(|(name, value)| (name.to_owned(), value));
    let bucket = ObjectFolder::from_url(&url, options).expect("it can be reached");
    let mut folders = vec![dir.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                let below = path.strip_prefix(dir.path()).expect("below").to_str().expect("text").replace('\\', "/");
                bucket.put(&below, std::fs::read(&path).expect("read")).expect("written");
            }
        }
    }

    let listed = data(&said(&server, 0, &["sessions", "list", &url, "--format", "json"]));
    assert_eq!(
        (&listed["sessions"][0]["interactions"], &listed["waiting"][0]["id"]),
        (&json!(4), &json!("checkout#1"))
    );
    let analysis = data(&said(&server, 0, &["sessions", "analyze", &format!("{url}/{name}"), "-f", "json"]));
    assert_eq!(analysis["total"]["count"], 4);
    let mocks = dir.path().join("mocks.json");
    said(&server, 0, &["sessions", "baseline", &url, mocks.to_str().expect("text")]);
    let compared =
        said(&server, 0, &["sessions", "compare", &url, mocks.to_str().expect("text"), "--fail-under", "100"]);
    assert!(compared.contains("The mocks agree to 100 %"), "{compared}");

    // All of it was written a moment ago, so nobody knows yet what is needed.
    let told = said(&server, 0, &["sessions", "cleanup", &url, "--keep", "0", "--dry-run"]);
    assert!(
        told.contains("would remove 1 session file") && told.contains("2 large bodies may be of a session"),
        "{told}"
    );
    said(&server, 0, &["sessions", "cleanup", &url, "--keep", "0"]);
    let left =
        |sha256: &str| bucket.stat(&format!("blobs/{}/{}", &sha256[..2], &sha256[2..])).expect("asked").is_some();
    assert!(left(&kept) && left(&gone) && bucket.stat(name).expect("asked").is_none());
    let listed = data(&said(&server, 0, &["sessions", "list", &url, "--format", "json"]));
    assert_eq!((&listed["sessions"], &listed["waiting"][0]["interactions"]), (&json!([]), &json!(4)));
}

#[test]
fn a_bucket_that_is_not_there_is_named() {
    let Some(server) = Server::start() else { return };
    let told = said(&server, 2, &["sessions", "analyze", "s3://nowhere/captures"]);
    assert!(told.contains("s3://nowhere/captures"), "{told}");
}
