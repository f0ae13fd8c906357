//! The library of mocks at a prompt: stored, listed, compared, rolled back, moved, scored.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

struct Library {
    folder: tempfile::TempDir,
    url: String,
}

impl Library {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("mock.sqlite").display());
        Self { folder, url }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tracesnap"));
        command.arg("mock").args(arguments).current_dir(self.folder.path());
        command.env_remove("MOCK_MODE").env_remove("TEST_MODE").env("TRACESNAP_ACTOR", "ada");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let all: Vec<_> = arguments.iter().copied().chain(["--database", &self.url]).collect();
        self.command(&all).output().expect("it runs")
    }

    /// What it prints where all goes well.
    fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("written");
    }
}

const ORDERS: &str = "GET /orders";

#[test]
fn answers_are_stored_listed_compared_rolled_back_and_retired() {
    let library = Library::new();
    library.write("one.json", "{\"orders\": [1]}\n");
    library.write("two.json", "{\"orders\": [1, 2]}\n");
    assert_eq!(library.says(&["versions", "save", ORDERS, "one.json"]), "GET /orders: version 1 answers\n");
    let second = library.says(&["versions", "save", ORDERS, "two.json", "--note", "one more", "--status", "203"]);
    assert_eq!(second, "GET /orders: version 2 answers\n");
    let diff = library.run(&["versions", "diff", ORDERS, "1", "2"]);
    assert_eq!(diff.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&diff.stdout), "~ status: 200 → 203\n+ /orders/1: 2\n");
    assert_eq!(library.says(&["versions", "rollback", ORDERS, "1"]), "GET /orders: version 3 answers\n");
    assert_eq!(library.says(&["versions", "show", ORDERS]), "{\"orders\": [1]}\n");
    assert_eq!(library.says(&["versions", "show", ORDERS, "--version", "2"]), "{\"orders\": [1, 2]}\n");
    let listed = library.says(&["versions", "list", ORDERS, "--format", "csv"]);
    assert_eq!(
        listed,
        "operation,target,version,answers,status,source,author,note\n\
         GET /orders,,1,,200,edited,ada,\n\
         GET /orders,,2,,203,edited,ada,one more\n\
         GET /orders,,3,yes,200,edited,ada,as version 1\n"
    );
    let retired = library.says(&["versions", "retire", ORDERS]);
    assert_eq!(retired, "GET /orders: nothing that is stored answers it any more\n");
    let nothing = library.run(&["versions", "show", ORDERS]);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("nothing that is stored answers `GET /orders`"));
}

#[test]
fn rules_are_added_listed_switched_and_removed() {
    let library = Library::new();
    assert_eq!(library.says(&["rules", "add", "/currency", "set", "\"EUR\""]), "rule 1 acts\n");
    assert_eq!(library.says(&["rules", "disable", "1"]), "rule 1 rests\n");
    let listed = library.says(&["rules", "list", "--json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).expect("JSON");
    assert_eq!((&listed[0]["pointer"], &listed[0]["is_enabled"]), (&"/currency".into(), &false.into()));
    assert_eq!(library.says(&["rules", "remove", "1"]), "rule 1 is gone\n");
    let wrong = library.run(&["rules", "add", "/currency", "set", "EUR"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("a text stands in quotes"));
}

#[test]
fn a_library_is_moved_from_one_database_to_another() {
    let (library, other) = (Library::new(), Library::new());
    library.write("one.json", "{\"orders\": [1]}");
    library.says(&["versions", "save", ORDERS, "one.json", "--api", "Shop"]);
    library.says(&["rules", "add", "/a", "remove", "--api", "Shop"]);
    let file = library.folder.path().join("library.json");
    let file = file.to_str().expect("a path");
    library.says(&["export", "-o", file]);
    let first = other.says(&["versions", "import", file]);
    assert_eq!(first, "1 versions of answers, 1 rules, 0 pattern libraries taken in\n");
    assert_eq!(other.says(&["versions", "show", ORDERS, "--api", "Shop"]), "{\"orders\": [1]}\n");
    let again = other.says(&["versions", "import", file]);
    assert_eq!(again, "0 versions of answers, 0 rules, 0 pattern libraries taken in\n");
}

/// Gone when it is dropped.
struct Server(Child, String);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(library: &Library, variables: &[(&str, &str)]) -> Server {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/api/shop.yaml");
    let spec = spec.to_str().expect("a path");
    let mut command = library.command(&["serve", spec, "--database", &library.url]);
    let mut server = command.envs(variables.iter().copied()).stdout(Stdio::piped()).spawn().expect("it runs");
    let mut line = String::new();
    BufReader::new(server.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    let address = line.trim().strip_prefix("listening on http://").expect("an address").to_owned();
    Server(server, address)
}

fn get(server: &Server, path: &str) -> String {
    let mut socket = TcpStream::connect(&server.1).expect("it listens");
    write!(socket, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").expect("sent");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).expect("an answer");
    answer
}

#[test]
fn a_server_answers_by_what_is_stored_while_it_runs_and_what_it_did_is_counted() {
    let library = Library::new();
    let server = serve(&library, &[("MOCK_MODE", "hybrid:mock"), ("CACHE_STRATEGY", "memory")]);
    assert!(get(&server, "/health").contains("x-mock-source: generated"));
    library.write("health.json", "{\"stored\": true}");
    library.says(&["versions", "save", "GET /health", "health.json"]);
    let begun = std::time::Instant::now();
    // A server looks about once a second; each request gives it the occasion.
    while !get(&server, "/health").contains("{\"stored\": true}") {
        assert!(begun.elapsed().as_secs() < 60, "the server does not see what was stored");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let stats = get(&server, "/__mock/stats");
    assert!(stats.contains("\"cache\":{") && stats.contains("\"mode\":\"hybrid:mock\""), "{stats}");
    let counted = || {
        let stats = library.says(&["stats", "--json"]);
        let stats: serde_json::Value = serde_json::from_str(&stats).expect("JSON");
        stats["operations"][0]["hits"].as_u64().unwrap_or_default()
    };
    let begun = std::time::Instant::now();
    while counted() == 0 {
        assert!(begun.elapsed().as_secs() < 60, "nothing was counted");
        let _ = get(&server, "/health");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    // No answer of an operation with a schema was checked, so nothing is known.
    assert_eq!(library.run(&["stats", "--gate"]).status.code(), Some(1));
    assert!(library.says(&["reset", "--analytics"]).ends_with("answers that were kept are forgotten\n"));
    assert_eq!(counted(), 0);
}

#[test]
fn a_setting_that_makes_no_sense_is_told_with_those_that_do() {
    let library = Library::new();
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/api/shop.yaml");
    let mut command = library.command(&["serve", spec.to_str().expect("a path")]);
    let output = command.env("CACHE_STRATEGY", "disk").output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("takes `memory`, `redis`, `database` or `hybrid`"), "{told}");
}
