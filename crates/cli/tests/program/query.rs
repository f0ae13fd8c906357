//! Recordings as rows: exported for other tools, and asked in SQL, or what is said where this build has neither.

use std::path::Path;

use super::output;

const CAPTURES: &str = "tests/fixtures/captures";
const SESSIONS: &str = "tests/fixtures/sessions";

/// What was printed, what was told, and how it ended.
fn said(arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = output(arguments);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (text(output.stdout), text(output.stderr), output.status.code())
}

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

#[test]
fn interactions_of_a_folder_are_lines_and_what_is_damaged_is_told() {
    let (lines, told, code) = said(&["sessions", "export", SESSIONS, "--format", "ndjson", "-o", "-"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("capture_future.json") && told.contains("what stands before is written"), "{told}");
    let rows: Vec<serde_json::Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("a JSON document a line")).collect();
    let of = |id: &str| rows.iter().filter(|row| row["session_id"] == id).count();
    assert!(rows.len() > 3 && of("1689331200000") == 3, "{lines}");
    for field in ["id", "timestamp", "service", "operation", "request", "response", "status", "duration_ms"] {
        assert!(rows.iter().all(|row| row.get(field).is_some()), "{field}");
    }
}

#[test]
fn lines_go_to_a_file_that_is_not_written_over() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("calls.ndjson");
    let export = ["sessions", "export", "tests/fixtures/http.session.json", "--to", "ndjson", "-o", text(&file)];
    let (_, told, code) = said(&export);
    assert_eq!((code, told.as_str()), (Some(0), format!("wrote: `{}`\n", file.display()).as_str()));
    let (_, told, code) = said(&export);
    assert!(code == Some(2) && told.contains("`--force` replaces it"), "{told}");
}

#[test]
#[cfg(not(feature = "parquet"))]
fn a_build_without_parquet_says_which_one_has_it() {
    for arguments in [
        &["captures", "export", "--dir", CAPTURES, "-o", "out.parquet"][..],
        &["captures", "export", "--dir", CAPTURES, "--format", "parquet"],
        &["sessions", "export", SESSIONS, "--to", "parquet"],
    ] {
        let (_, told, code) = said(arguments);
        let expected =
            "error: this build has no Parquet; get one that has: `cargo install tracesnap-cli --features parquet`\n";
        assert_eq!((told.as_str(), code), (expected, Some(2)), "{arguments:?}");
    }
    assert!(!Path::new("out.parquet").exists());
}

#[test]
#[cfg(not(feature = "sql"))]
fn a_build_without_sql_says_which_one_has_it() {
    for arguments in [["captures", "query", "SELECT 1", CAPTURES], ["sessions", "query", "SELECT 1", SESSIONS]] {
        let (_, told, code) = said(&arguments);
        let expected = "error: this build has no SQL; get one that has: `cargo install tracesnap-cli --features sql`\n";
        assert_eq!((told.as_str(), code), (expected, Some(2)), "{arguments:?}");
    }
}

#[test]
#[cfg(feature = "parquet")]
fn recordings_become_parquet_files() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("captures.parquet");
    let (_, told, code) = said(&["captures", "export", "--dir", CAPTURES, "-o", text(&file)]);
    assert_eq!((told, code), (format!("wrote: `{}`: 3 rows\n", file.display()), Some(0)));
    let bytes = std::fs::read(&file).expect("it is there");
    assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"));

    let one = ["captures", "export", "prices", "--where", "coupon=FREE", "--dir", CAPTURES, "-o", text(&file)];
    assert!(said(&one).1.ends_with(": 1 rows\n"));

    let file = dir.path().join("calls.parquet");
    let (_, told, code) = said(&["sessions", "export", SESSIONS, "--format", "parquet", "-o", text(&file)]);
    assert!(code == Some(0) && told.contains("warning: ") && told.contains("capture_future.json"), "{told}");
    assert!(told.contains("calls.parquet`: ") && !told.contains(": 0 rows"), "{told}");

    let (_, told, code) = said(&["captures", "export", "--dir", CAPTURES, "--format", "parquet"]);
    assert!(code == Some(2) && told.contains("give it a name: `-o captures.parquet`"), "{told}");
}

#[cfg(feature = "sql")]
mod sql {
    use super::*;

    const PRICES: &str = "SELECT outcome, count(*) AS n, max(json_get_int(args, 'amount')) AS most, max(value->>'id') AS id \
                          FROM captures GROUP BY outcome ORDER BY outcome";

    #[test]
    fn captures_are_asked_and_the_answer_has_the_form_that_is_wanted() {
        let query = |format: &str| said(&["captures", "query", PRICES, CAPTURES, "--format", format]);
        let text = "outcome   n  most  id\nerror     1    30  null\nreturned  2    30  null\n";
        assert_eq!(query("text"), (text.into(), String::new(), Some(0)));
        let csv = "outcome,n,most,id\nerror,1,30,\nreturned,2,30,\n";
        assert_eq!(query("csv"), (csv.into(), String::new(), Some(0)));
        let json =
            r#"[{"outcome":"error","n":1,"most":30,"id":null},{"outcome":"returned","n":2,"most":30,"id":null}]"#;
        assert_eq!(query("json"), (format!("{json}\n"), String::new(), Some(0)));
    }

    #[test]
    fn an_answer_without_rows_is_one_in_every_form() {
        let query = |format: &str| {
            said(&["captures", "query", "SELECT name FROM captures WHERE name = 'x'", CAPTURES, "--format", format]).0
        };
        assert_eq!(
            (query("text").as_str(), query("csv").as_str(), query("json").as_str()),
            ("no rows\n", "name\n", "[]\n")
        );
    }

    #[test]
    fn an_export_answers_what_the_recordings_answer() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("captures.parquet");
        said(&["captures", "export", "--dir", CAPTURES, "-o", text(&file)]);
        let of = |place: &str| said(&["captures", "query", PRICES, place, "--format", "csv"]);
        assert_eq!(of(text(&file)), of(CAPTURES));
        assert_eq!(of(text(dir.path())), of(CAPTURES));
    }

    #[test]
    fn sessions_are_asked_and_what_is_damaged_is_told() {
        let sql = "SELECT service, count(*) AS n FROM interactions GROUP BY service ORDER BY service";
        let (printed, told, code) = said(&["sessions", "query", sql, SESSIONS, "--format", "csv"]);
        assert!(code == Some(0) && printed.starts_with("service,n\n") && printed.contains("firestore,"), "{printed}");
        assert!(told.starts_with("warning: ") && told.contains("capture_future.json"), "{told}");
    }

    #[test]
    fn what_is_not_there_is_told_with_what_is_near() {
        let (_, told, code) = said(&["sessions", "query", "SELECT servce FROM interactions", SESSIONS]);
        assert!(
            code == Some(2) && told.starts_with("error: there is no column `servce`; there are `session`, "),
            "{told}"
        );
        assert!(told.ends_with("; did you mean `service`?\n"), "{told}");
        let (_, told, code) = said(&["captures", "query", "DROP TABLE captures", CAPTURES]);
        assert!(code == Some(2) && told.contains("expected one `SELECT …`"), "{told}");
        let (_, told, code) = said(&["captures", "query", "SELECT 1", "no/such/folder"]);
        assert!(code == Some(2) && told.starts_with("error: cannot read `no/such/folder`: "), "{told}");
    }

    #[test]
    fn the_columns_are_described() {
        let (printed, _, code) = said(&["captures", "query", "DESCRIBE captures", CAPTURES, "--format", "csv"]);
        assert!(code == Some(0) && printed.contains("duration_ns,Int64,YES"), "{printed}");
    }
}
