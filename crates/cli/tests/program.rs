//! What cannot be seen in a session: pipes that close, scripts for shells, pages of the manual.

#[path = "program/config.rs"]
mod config;
#[path = "program/conversations.rs"]
mod conversations;
#[cfg(feature = "s3")]
#[path = "program/far.rs"]
mod far;
#[path = "program/query.rs"]
mod query;
#[path = "program/reviewed.rs"]
mod reviewed;

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Output, Stdio};

fn tracesnap(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tracesnap"));
    command.args(arguments);
    command
}

fn output(arguments: &[&str]) -> Output {
    tracesnap(arguments).output().expect("the program starts")
}

/// A trace whose text is larger than any pipe holds.
fn large_trace(dir: &std::path::Path) -> std::path::PathBuf {
    let calls: Vec<_> =
        (0..50_000).map(|at| format!(r#"{{"call":0,"at":{at},"wall":1,"args":{{"n":{{"u64":{at}}}}}}}"#)).collect();
    let site = r#"{"name":"work","level":"INFO","module":"m","fields":["n"]}"#;
    let text = format!(
        r#"{{"format":"tracesnap-trace","version":1,"stats":{{"recorded":50000}},"threads":[{{}}],"callsites":[{site}],"calls":[{}]}}"#,
        calls.join(",\n")
    );
    let file = dir.join("large.trace.json");
    std::fs::write(&file, text).expect("it is written");
    file
}

#[test]
fn a_reader_that_has_had_enough_is_no_error() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = large_trace(dir.path());
    let file = file.to_str().expect("text");
    let commands: [&[&str]; 4] = [
        &["trace", "show", file],
        &["trace", "show", file, "--format", "json"],
        &["trace", "show", file, "--format", "csv"],
        &["trace", "diff", file, "tests/fixtures/before.trace.json", "--limit", "100000", "--format", "json"],
    ];
    for arguments in commands {
        let mut child =
            tracesnap(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut first = String::new();
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        stdout.read_line(&mut first).expect("a line");
        drop(stdout);
        let mut errors = String::new();
        child.stderr.take().expect("piped").read_to_string(&mut errors).expect("text");
        let status = child.wait().expect("it ends");
        assert_eq!((status.code(), errors.as_str()), (Some(0), ""), "{arguments:?}");
    }
}

#[test]
fn every_shell_gets_its_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = output(&["completions", shell]);
        let script = String::from_utf8(output.stdout).expect("text");
        assert!(output.status.success() && script.contains("fail-on"), "{shell}");
    }
}

#[test]
#[cfg(unix)]
fn bash_offers_files_where_a_file_is_expected_and_options_where_one_begins() {
    let dir = tempfile::tempdir().expect("a folder");
    let script = dir.path().join("completions.bash");
    std::fs::write(&script, output(&["completions", "bash"]).stdout).expect("it is written");
    let script = script.display();
    // As bash calls it, with the words typed so far; what it offers by itself where there is no reply is its business.
    let offered = |words: &str| {
        let asked = format!(
            ". '{script}'\nCOMP_WORDS=(tracesnap {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n\
             _tracesnap_or_files tracesnap \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"\n\
             echo \"${{COMPREPLY[@]}}\"; complete -p tracesnap"
        );
        let output = Command::new("bash").args(["--norc", "-c", &asked]).output().expect("bash starts");
        String::from_utf8(output.stdout).expect("text")
    };
    for words in ["trace show ''", "trace show be", "trace diff a.trace.json ''", "trace list ''"] {
        let offered = offered(words);
        let (reply, registered) = offered.split_once('\n').expect("two lines");
        assert_eq!(reply, "", "{words}");
        assert!(registered.contains("-o default") && registered.contains("_tracesnap_or_files"), "{registered}");
    }
    assert!(offered("trace show --m").starts_with("--modules --min-duration --max-depth"));
    assert!(offered("trace show --sort w").starts_with("wall\n"));
    assert!(offered("trace ''").contains("show") && offered("trace ''").contains("diff"));
}

#[test]
fn every_command_has_a_page_in_the_manual() {
    for (command, title) in [
        (vec!["man"], ".TH tracesnap "),
        (vec!["man", "trace", "show"], ".TH tracesnap-trace-show "),
        (vec!["man", "trace", "diff"], ".TH tracesnap-trace-diff "),
    ] {
        let output = output(&command);
        let page = String::from_utf8(output.stdout).expect("text");
        assert!(output.status.success() && page.contains(title), "{page}");
    }
}

#[test]
fn with_v_it_is_said_what_is_done() {
    let output = output(&["-v", "trace", "top", "tests/fixtures/before.trace.json"]);
    let errors = String::from_utf8(output.stderr).expect("text");
    assert!(errors.starts_with("read: `tests/fixtures/before.trace.json`: "), "{errors}");
    assert!(errors.contains("9 calls, 1 events, in "), "{errors}");
}

#[test]
fn a_folder_is_listed_by_the_heads_of_its_files_and_checked_on_request() {
    let dir = tempfile::tempdir().expect("a folder");
    let guard = tracesnap::Tracer::start().expect("the defaults are good");
    (0..3).for_each(|n| tracing::info_span!("step", n).in_scope(|| ()));
    let trace = guard.finish();
    let file = dir.path().join("run.trace.json");
    trace.save(&file).expect("it is saved");
    let text = std::fs::read_to_string(&file).expect("it is there");
    std::fs::write(dir.path().join("bad.trace.json"), text.replacen("\"call\":0", "\"call\":7", 1)).expect("written");
    let folder = dir.path().to_str().expect("text");
    let list = |more: &[&str]| {
        let output = output(&[&["-v", "trace", "list", folder, "--format", "csv"], more].concat());
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (text(output.stdout), text(output.stderr))
    };
    let (listed, told) = list(&[]);
    assert_eq!(listed.matches(",3,0,1,").count(), 2, "{listed}");
    assert!(told.contains("run.trace.json`: its head") && told.contains("2 traces, in "), "{told}");
    let (listed, told) = list(&["--check"]);
    assert_eq!(listed.matches(",3,0,1,").count(), 1, "{listed}");
    assert!(listed.contains("is damaged in line") && told.contains("run.trace.json`: all of it"), "{listed}{told}");
}

#[test]
fn a_trace_is_read_from_standard_input_too() {
    let from_input = |arguments: &[&str]| {
        let file = std::fs::File::open("tests/fixtures/before.trace.json").expect("it is there");
        let output = tracesnap(arguments).stdin(file).output().expect("the program starts");
        (output.status.code(), String::from_utf8(output.stdout).expect("text"))
    };
    let from_file = |arguments: &[&str]| String::from_utf8(output(arguments).stdout).expect("text");
    let fixture = "tests/fixtures/before.trace.json";
    for command in [&["show", "--format", "json"][..], &["top"], &["export", "--to", "folded", "-o", "-"]] {
        let arguments = |file| [&["trace"], command, &[file]].concat();
        assert_eq!(from_input(&arguments("-")), (Some(0), from_file(&arguments(fixture))), "{command:?}");
    }
    let (code, shown) = from_input(&["trace", "show", "-"]);
    assert!(code == Some(0) && shown.starts_with("standard input · 9 calls"), "{shown}");
    let (code, shown) = from_input(&["trace", "diff", "-", fixture]);
    assert!(code == Some(0) && shown.contains("no call differs"), "{shown}");
}

#[test]
fn zero_lines_are_all_lines() {
    let fixture = "tests/fixtures/before.trace.json";
    let other = "tests/fixtures/after.trace.json";
    for command in [&["show", fixture][..], &["top", fixture], &["diff", fixture, other]] {
        let said = |limit: &str| {
            let output = output(&[&["trace"], command, &["-n", limit]].concat());
            String::from_utf8(output.stdout).expect("text")
        };
        assert_eq!(said("0"), said("1000"), "{command:?}");
        assert!(said("1").contains("more") && said("1").contains("`-n 0` shows all"), "{}", said("1"));
    }
}

#[test]
fn an_argument_that_makes_no_sense_is_answered_with_two() {
    assert_eq!(output(&["trace", "show"]).status.code(), Some(2));
    assert_eq!(output(&["trace", "show", "x", "--min-duration", "soon"]).status.code(), Some(2));
    assert_eq!(output(&["trace", "show", "x", "--color", "pink"]).status.code(), Some(2));
}

#[test]
fn every_format_becomes_a_file_that_says_where_it_opens() {
    let dir = tempfile::tempdir().expect("a folder");
    let fixture = std::path::absolute("tests/fixtures/before.trace.json").expect("a path");
    for (format, name, begins) in [
        ("chrome", "before.chrome.json", "{"),
        ("firefox", "before.firefox.json", "{"),
        ("speedscope", "before.speedscope.json", "{"),
        ("folded", "before.folded", "shop::order::process_order "),
        ("svg", "before.svg", "<?xml"),
        ("dot", "before.dot", "digraph"),
        ("csv", "before.csv", "id,"),
        ("otlp", "before.otlp.json", "{"),
    ] {
        let mut command = tracesnap(&["trace", "export", "--to", format]);
        let output = command.arg(&fixture).current_dir(dir.path()).output().expect("the program starts");
        let told = String::from_utf8(output.stderr).expect("text");
        assert!(output.status.success() && told.starts_with(&format!("wrote: `{name}`; opens in ")), "{told}");
        let text = std::fs::read_to_string(dir.path().join(name)).expect("it was written");
        assert!(text.starts_with(begins), "{format}: {text:.80}");
    }
}

#[test]
#[cfg(unix)]
fn a_pipe_is_written_to_and_not_replaced() {
    for command in [&["export", "--to", "folded"][..], &["report"]] {
        let mut arguments = vec!["trace"];
        arguments.extend(command);
        arguments.extend(["tests/fixtures/before.trace.json", "-o", "/dev/stdout"]);
        let output = output(&arguments);
        let text = String::from_utf8(output.stdout).expect("text");
        let begins = if command[0] == "report" { "<!doctype html>" } else { "shop::order::process_order " };
        assert!(output.status.success() && text.starts_with(begins), "{text:.200}");
    }
}

#[test]
fn the_trace_itself_is_not_written_over() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("run.trace.json");
    std::fs::copy("tests/fixtures/before.trace.json", &file).expect("it is copied");
    for command in [&["export", "--to", "csv"][..], &["report"]] {
        let output = tracesnap(&["trace"]).args(command).arg(&file).arg("-o").arg(&file).output();
        let output = output.expect("the program starts");
        let errors = String::from_utf8(output.stderr).expect("text");
        assert!(output.status.code() == Some(2) && errors.contains("it is the trace that is read"), "{errors}");
    }
    let fixture = std::fs::read("tests/fixtures/before.trace.json").expect("it is there");
    assert_eq!(std::fs::read(&file).expect("it is there"), fixture);
}

#[test]
fn a_flame_graph_shows_what_got_slower() {
    let arguments = ["trace", "export", "--to", "svg", "-o", "-", "--against", "tests/fixtures/before.trace.json"];
    let output = tracesnap(&arguments).arg("tests/fixtures/after.trace.json").output().expect("the program starts");
    let picture = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success() && picture.contains("retry"), "{picture:.200}");
}

#[test]
fn a_report_is_one_page_that_may_show_what_changed() {
    let dir = tempfile::tempdir().expect("a folder");
    let page = dir.path().join("changes.html");
    let arguments =
        ["trace", "report", "tests/fixtures/after.trace.json", "--against", "tests/fixtures/before.trace.json"];
    let output = tracesnap(&arguments).arg("-o").arg(&page).output().expect("the program starts");
    let told = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.success() && told.ends_with("opens in any browser\n"), "{told}");
    let text = std::fs::read_to_string(&page).expect("it was written");
    assert!(text.starts_with("<!doctype html>") && text.contains("<title>after"), "{text:.300}");
    let alone = output_of_page();
    assert!(text.len() > alone.len(), "both traces are in it");
}

fn output_of_page() -> Vec<u8> {
    let output = output(&["trace", "report", "tests/fixtures/after.trace.json", "-o", "-"]);
    assert!(output.status.success());
    output.stdout
}

#[test]
fn the_stream_of_a_process_that_was_stopped_is_shown_and_said_to_lack_its_end() {
    let dir = tempfile::tempdir().expect("a folder");
    let recording = dir.path().join("running.trace.stream");
    let guard = tracesnap::Tracer::builder().modules(["program"]).stream_to(&recording).expect("the plan is right");
    let _serving = tracing::info_span!("serve").entered();
    tracing::info_span!("request", n = 7).in_scope(|| ());
    // What is in the file before it has its end is what a process leaves that is killed.
    let stopped = dir.path().join("stopped.trace.stream");
    for _ in 0..2_000 {
        std::fs::copy(&recording, &stopped).expect("it is there");
        if tracesnap::Trace::load(&stopped).is_ok_and(|trace| trace.tree().len() == 2) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    drop(guard);
    let (file, page) = (stopped.to_str().expect("text"), dir.path().join("page.html"));
    let page = page.to_str().expect("text");
    for (arguments, shows) in [
        (&["trace", "show", file][..], "request(n: 7)"),
        (&["trace", "top", file], "request"),
        (&["trace", "report", file, "-o", page], ""),
        (&["trace", "diff", file, file], ""),
    ] {
        let Output { status, stdout, stderr } = output(arguments);
        let (text, errors) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        assert!(status.success() && text.contains(shows), "{arguments:?}: {text}{errors}");
        assert!(errors.contains("never finished: its end is missing"), "{arguments:?}: {errors}");
    }
    assert!(
        String::from_utf8_lossy(&output(&["trace", "list", dir.path().to_str().expect("text")]).stdout)
            .contains("stopped")
    );
    // A file that is damaged before its end.
    let mut bytes = std::fs::read(&stopped).expect("it is there");
    bytes[40] ^= 1;
    std::fs::write(&stopped, bytes).expect("it is written");
    let torn = output(&["trace", "show", file]);
    let errors = String::from_utf8_lossy(&torn.stderr).into_owned();
    assert!(torn.status.code() == Some(2) && errors.contains("its checksum is another"), "{errors}");
    assert!(errors.contains("help: `--partial` takes what stands before"), "{errors}");
}

/// A folder of recordings in which a session waits that was asked these things.
fn record(dir: &std::path::Path, answers: &[(&str, i64)]) {
    let session = tracesnap_record::Recorder::builder().dir(dir).session("checkout").expect("it begins");
    for (operation, answer) in answers {
        session.interaction("shop", *operation, &serde_json::json!({})).response(answer);
    }
    session.finish().expect("written");
}

/// What the program prints for these arguments and this input, in a folder of recordings.
fn sessions(dir: &std::path::Path, arguments: &[&str], input: &str) -> (Option<i32>, String) {
    use std::io::Write;
    let mut child = tracesnap(&[&["sessions"], arguments].concat())
        .env("TEST_CAPTURE_DIR", dir)
        .env("NO_COLOR", "")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code(), text)
}

fn accepted(dir: &std::path::Path) -> Vec<(String, i64)> {
    let found = tracesnap_record::Sets::open(dir).expect("a store").accepted("checkout").expect("readable");
    let all = found.map(|session| session.interactions).unwrap_or_default();
    all.iter().map(|one| (one.operation.clone(), one.response.as_i64().expect("a number"))).collect()
}

fn are(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
    expected.iter().map(|(operation, answer)| ((*operation).to_owned(), *answer)).collect()
}

#[test]
fn recordings_are_reviewed_interaction_by_interaction() {
    let dir = tempfile::tempdir().expect("a folder");
    record(dir.path(), &[("get", 1), ("put", 1)]);
    let (_, listed) = sessions(dir.path(), &["review", "--list"], "");
    assert!(listed.starts_with("checkout#1 recorded ") && listed.contains(": 2 new, 0 changed, 0 gone"), "{listed}");
    assert_eq!(accepted(dir.path()), []);
    let (code, _) = sessions(dir.path(), &["review"], "A\n");
    assert_eq!((code, accepted(dir.path())), (Some(0), are(&[("get", 1), ("put", 1)])));

    // One changed, one gone, one new: the first is left as it was, the others are accepted.
    record(dir.path(), &[("get", 2), ("new", 2)]);
    let (_, asked) = sessions(dir.path(), &["review"], "r\nx\na\na\n");
    assert!(asked.contains("  - response: 1\n  + response: 2\n") && asked.contains("a, r, A, R, s or q?"), "{asked}");
    assert!(asked.contains("accepted 2 of 3 changes of checkout#2"), "{asked}");
    assert_eq!(accepted(dir.path()), are(&[("get", 1), ("new", 2)]));

    record(dir.path(), &[("get", 3)]);
    sessions(dir.path(), &["review"], "q\n");
    let (_, listed) = sessions(dir.path(), &["list"], "");
    assert!(
        listed.contains("waiting for `tracesnap sessions review`") && listed.contains("played back:\n  checkout"),
        "{listed}"
    );
    let (_, told) = sessions(dir.path(), &["reject", "checkout"], "");
    assert!(told.starts_with("rejected: checkout#"), "{told}");
    let (code, told) = sessions(dir.path(), &["accept", "checkout"], "");
    assert_eq!((code, told.as_str()), (Some(2), "error: no set `checkout` waits for a review; nothing waits\n"));
    assert_eq!(sessions(dir.path(), &["review"], ""), (Some(0), "nothing waits for a review\n".to_owned()));
}

#[test]
fn old_recordings_go_and_what_is_played_back_stays() {
    let dir = tempfile::tempdir().expect("a folder");
    for answer in 0..3 {
        record(dir.path(), &[("get", answer)]);
    }
    sessions(dir.path(), &["accept", "checkout"], "");
    let files = || {
        let entries = std::fs::read_dir(dir.path()).expect("a folder").map(|entry| entry.expect("an entry").path());
        entries.filter(|path| path.to_string_lossy().ends_with(".session.json")).count()
    };
    let (_, told) = sessions(dir.path(), &["cleanup", "--keep", "1", "--dry-run"], "");
    assert!(told.contains("would remove 2 session files") && files() == 3, "{told}");
    let (_, told) = sessions(dir.path(), &["cleanup", "--keep", "1"], "");
    assert!(told.contains("removed 2 session files") && files() == 1, "{told}");
    let (_, told) = sessions(dir.path(), &["cleanup", "--older-than", "0s", "--pending"], "");
    assert!(told.contains("removed 1 session file,") && told.contains("removed 2 sets that waited"), "{told}");
    assert_eq!(accepted(dir.path()), are(&[("get", 2)]));
}

#[test]
fn a_baseline_of_a_recording_agrees_with_it_and_is_written_over_only_if_asked() {
    let dir = tempfile::tempdir().expect("a folder");
    let mocks = dir.path().join("mocks.json");
    let mocks = mocks.to_str().expect("text");
    record(dir.path(), &[("get", 1), ("put", 2)]);
    let folder = dir.path().to_str().expect("text");
    let (code, told) = sessions(dir.path(), &["baseline", folder, mocks], "");
    assert!(code == Some(0) && told.ends_with("2 mocks\n"), "{told}");
    let (code, told) = sessions(dir.path(), &["baseline", folder, mocks], "");
    assert!(code == Some(2) && told.contains("`--force` replaces it"), "{told}");
    let (code, told) = sessions(dir.path(), &["compare", folder, mocks, "--fail-under", "100"], "");
    assert!(code == Some(0) && told.starts_with("The mocks agree to 100 %"), "{told}");
}

#[test]
fn a_file_of_another_tool_becomes_a_session_without_its_secrets() {
    let dir = tempfile::tempdir().expect("a folder");
    let output = dir.path().join("login.session.json");
    let output = output.to_str().expect("text");
    let (code, told) = sessions(dir.path(), &["import", "tests/fixtures/sessions/login.yaml", "-o", output], "");
    assert!(code == Some(0) && told.contains("as vcrpy: 1 interactions"), "{told}");
    let session = std::fs::read_to_string(output).expect("there");
    assert!(
        session.contains("POST /login") && !session.contains("hunter2") && !session.contains("t-0815"),
        "{session}"
    );
}

#[test]
#[cfg(unix)]
fn a_pipe_is_written_to_and_never_replaced() {
    use std::os::unix::fs::FileTypeExt;
    let dir = tempfile::tempdir().expect("a folder");
    let pipe = dir.path().join("pipe");
    if !Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()) {
        return;
    }
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::read_to_string(pipe).expect("it is read")
    });
    let to = pipe.to_str().expect("text");
    let fixture = "tests/fixtures/http.session.json";
    let (code, told) = sessions(dir.path(), &["export", fixture, "--to", "har", "-o", to], "");
    assert_eq!(code, Some(0), "{told}");
    assert!(std::fs::symlink_metadata(&pipe).expect("there").file_type().is_fifo());
    assert!(reader.join().expect("it ends").contains("\"version\": \"1.2\""));
    let (code, told) =
        sessions(dir.path(), &["analyze", fixture, "-f", "json", "-o", dir.path().to_str().expect("text")], "");
    assert!(code == Some(2) && told.contains("cannot write"), "{told}");
}

/// A program that serves, and what it says first.
struct Serving {
    child: std::process::Child,
    address: String,
    out: BufReader<std::process::ChildStdout>,
}

impl Serving {
    fn start(arguments: &[&str]) -> Self {
        let mut child =
            tracesnap(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut out = BufReader::new(child.stdout.take().expect("piped"));
        let mut first = String::new();
        out.read_line(&mut first).expect("a line");
        let address = first.trim().strip_prefix("listening on http://").expect("an address").to_owned();
        assert!(address.starts_with("127.0.0.1:"), "{address}");
        Self { child, address, out }
    }

    /// What it answers to a request, until it closes the connection.
    fn ask(&self, head: &str, body: &str) -> String {
        use std::io::Write;
        let mut stream = std::net::TcpStream::connect(&self.address).expect("it listens");
        let length = body.len();
        write!(stream, "{head} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}", self.address)
            .expect("sent");
        let mut told = String::new();
        stream.read_to_string(&mut told).expect("text");
        told
    }

    /// Ends it as a terminal does; what it said, and how it ended.
    #[cfg(unix)]
    fn interrupt(mut self) -> (String, Option<i32>) {
        let status =
            Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().expect("there is `kill`");
        assert!(status.success());
        let mut told = String::new();
        self.out.read_to_string(&mut told).expect("text");
        self.child.stderr.take().expect("piped").read_to_string(&mut told).expect("text");
        (told, self.child.wait().expect("it ends").code())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[cfg(unix)]
fn a_recording_is_served_and_a_proxy_records_what_it_passes_on() {
    let served = Serving::start(&["sessions", "serve", "tests/fixtures/http.session.json"]);
    let told = served.ask("POST /v1/orders?dry=1", "{ \"item\": 1 }");
    assert!(told.starts_with("HTTP/1.1 201 Created") && told.ends_with("{\"order\":1}"), "{told}");
    assert_eq!(told.matches("x-two").count(), 2, "{told}");
    let told = served.ask("GET /v1/nothing", "");
    assert!(told.starts_with("HTTP/1.1 501") && told.contains("urn:tracesnap:miss"), "{told}");

    let dir = tempfile::tempdir().expect("a folder");
    let folder = dir.path().to_str().expect("text");
    let upstream = format!("http://{}", served.address);
    let rule = "shop = 127.0.0.1";
    let proxy =
        |mode| Serving::start(&["sessions", "proxy", "--upstream", &upstream, "--mode", mode, "--name", rule, folder]);
    let recording = proxy("record");
    let said = recording.ask("POST /v1/orders?dry=1", "{\"item\":2}");
    assert!(said.starts_with("HTTP/1.1 201 Created"), "{said}");
    let (told, code) = recording.interrupt();
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("\nasked: shop: 1 real") && told.contains("waits: `proxy#1` for a review"), "{told}");
    let accepted = output(&["sessions", "accept", "proxy#1", "--dir", folder]);
    assert!(accepted.status.success(), "{}", String::from_utf8_lossy(&accepted.stderr));
    let (told, code) = served.interrupt();
    assert_eq!((told.as_str(), code), ("", Some(0)));
    let playback = proxy("playback");
    let body = |told: &str| told.rsplit("\r\n\r\n").next().map(str::to_owned);
    assert_eq!(body(&playback.ask("POST /v1/orders?dry=1", "{\"item\":2}")), body(&said));
}

#[test]
#[cfg(unix)]
fn a_proxy_without_an_upstream_says_what_programs_have_to_trust() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a folder");
    let folder = dir.path().to_str().expect("text");
    let copy = dir.path().join("copy.pem");
    let served = Serving::start(&["sessions", "serve", "tests/fixtures/http.session.json"]);
    let proxy = Serving::start(&["sessions", "proxy", "--ca-cert", copy.to_str().expect("text"), folder]);
    let copied = std::fs::read_to_string(&copy).expect("it was copied");
    assert!(copied.starts_with("-----BEGIN CERTIFICATE-----") && !copied.contains("PRIVATE"), "{copied}");
    let mode = |name: &str| std::fs::metadata(dir.path().join(name)).expect(name).permissions().mode() & 0o777;
    assert_eq!(mode("proxy-authority.pem"), 0o600);
    // Whoever is asked through it is asked by a whole address.
    let told = proxy.ask(&format!("POST http://{}/v1/orders?dry=1", served.address), "{\"item\":1}");
    assert!(told.starts_with("HTTP/1.1 201 Created"), "{told}");
    let told = proxy.ask("GET /v1/orders", "");
    assert!(told.contains("is not a whole address, as a proxy is asked for"), "{told}");
    let (told, code) = proxy.interrupt();
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("`proxy#1` for a review"), "{told}");
}

#[test]
fn certificates_that_are_none_are_an_error() {
    let told = output(&["sessions", "proxy", "--upstream-ca", "Cargo.toml"]);
    let error = String::from_utf8_lossy(&told.stderr).into_owned();
    assert_eq!(told.status.code(), Some(2));
    assert!(error.contains("cannot use `Cargo.toml`") && error.contains("no certificate in PEM"), "{error}");
}

#[test]
fn a_proxy_without_a_place_to_go_is_an_error_that_says_what_to_write() {
    let told = output(&["sessions", "proxy", "--upstream", "api.example.com"]);
    let error = String::from_utf8_lossy(&told.stderr).into_owned();
    assert_eq!(told.status.code(), Some(2));
    assert!(error.contains("`api.example.com` is not an address such as `https://api.example.com/v1`"), "{error}");
}

#[test]
fn a_mock_says_where_it_listens_first_and_answers_there() {
    let mut served = Serving::start(&["mock", "serve", "tests/fixtures/api/shop.yaml", "--port", "0"]);
    let answer = served.ask("GET /orders/42", "");
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("\"id\":42"), "{answer}");
    let mut second = String::new();
    served.out.read_line(&mut second).expect("a line");
    assert_eq!(second, "Shop: 5 operations; 1 fault, see `tracesnap mock inspect`\n");
    #[cfg(unix)]
    {
        let (told, code) = served.interrupt();
        assert!(told.ends_with("1 requests answered, 0 refused\n") && code == Some(0), "{told}");
    }
}

#[test]
fn a_graphql_schema_is_served_where_it_is_asked_for() {
    let mut served = Serving::start(&["mock", "serve", "tests/fixtures/api/blog.graphql", "--seed", "7"]);
    let answer = served.ask("POST /graphql", r#"{"query": "{ post(id: 7) { id author { name } } }"}"#);
    assert!(
        answer.starts_with("HTTP/1.1 200 OK") && answer.contains(r#""post":{"id":"7","author":{"name":""#),
        "{answer}"
    );
    let answer = served.ask("GET /graphql?query=%7B__typename%7D", "");
    assert!(answer.ends_with(r#"{"data":{"__typename":"Query"}}"#), "{answer}");
    let mut second = String::new();
    served.out.read_line(&mut second).expect("a line");
    assert_eq!(second, "blog: 2 operations\n");
}

#[test]
fn a_pact_is_written_of_a_session_and_asked_of_a_service() {
    let dir = tempfile::tempdir().expect("a folder");
    let pact = dir.path().join("till-shop.pact.json");
    let pact = pact.to_str().expect("text");
    let session = "tests/fixtures/http.session.json";
    let made = output(&["mock", "pact", session, "--consumer", "till", "--provider", "shop", "-o", pact]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let text = std::fs::read_to_string(pact).expect("it is there");
    assert!(text.contains("Synchronous/HTTP") && text.contains("\"till\""), "{text}");

    let served = Serving::start(&["mock", "serve", "tests/fixtures/api/shop.yaml"]);
    let url = format!("http://{}", served.address);
    let told = output(&["mock", "verify", "tests/fixtures/api/till-shop.pact.json", &url]);
    let out = String::from_utf8(told.stdout).expect("text");
    assert!(told.status.code() == Some(1) && out.contains("  kept    an order\n"), "{out}");
    let gone = output(&["mock", "verify", "tests/fixtures/api/till-shop.pact.json", "http://127.0.0.1:1"]);
    assert_eq!(gone.status.code(), Some(2));
}

#[test]
fn tests_and_fixtures_of_an_api_are_written_where_cargo_finds_them() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("Cargo.toml"), "[package]").expect("it is written");
    let spec = dir.path().join("api.yaml");
    std::fs::copy("tests/fixtures/api/shop.yaml", &spec).expect("it is copied");
    let tests = dir.path().join("tests/shop.rs");
    let (spec, tests) = (spec.to_str().expect("text"), tests.to_str().expect("text"));
    let made = output(&["mock", "generate", "tests", spec, "-o", tests]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let text = std::fs::read_to_string(tests).expect("it is there");
    assert!(text.contains("concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/api.yaml\")"), "{text}");
    assert!(text.contains("include_str!(\"shop/get_order.json\")"), "{text}");
    assert!(dir.path().join("tests/shop/get_order.json").is_file());
    let again = output(&["mock", "generate", "tests", spec, "-o", tests]);
    assert_eq!(again.status.code(), Some(2), "what is there is not replaced");
    let fixtures = dir.path().join("fixtures");
    let made = output(&["mock", "generate", "fixtures", spec, "-o", fixtures.to_str().expect("text")]);
    assert!(made.status.success() && fixtures.join("get_order.json").is_file());
}

#[test]
fn a_recording_becomes_a_document_that_the_program_reads() {
    let dir = tempfile::tempdir().expect("a folder");
    let api = dir.path().join("api.yaml");
    let api = api.to_str().expect("text");
    let made = output(&["mock", "import", "tests/fixtures/http.session.json", "-o", api]);
    let told = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success() && told.contains("POST    /v1/orders"), "{told}");
    let seen = output(&["mock", "inspect", api, "--format", "json"]);
    assert!(seen.status.success() && String::from_utf8_lossy(&seen.stdout).contains("createOrder"));
    let answered = output(&["mock", "generate", api, "createOrder", "--status", "201"]);
    assert!(String::from_utf8_lossy(&answered.stdout).starts_with("{\"order\":"), "{answered:?}");
    let none = output(&["mock", "import", "tests/fixtures/sessions/checkout-0001.session.json"]);
    assert_eq!(none.status.code(), Some(2));
}
