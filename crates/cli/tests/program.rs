//! What cannot be seen in a session: pipes that close, scripts for shells, pages of the manual.

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
