//! A session is looked at while it is recorded.

use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::json;
use tracesnap_record::analysis::Live;
use tracesnap_record::file::{JOURNAL_EXTENSION, JournalTail, save};
use tracesnap_record::{Interaction, Recorder, Session, Timestamp};

fn journal(dir: &Path) -> std::path::PathBuf {
    let mut entries = std::fs::read_dir(dir).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.find(|path| path.to_string_lossy().ends_with(JOURNAL_EXTENSION)).expect("a journal")
}

#[test]
fn what_is_sealed_is_seen_at_once_and_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let session = Recorder::builder().dir(dir.path()).pending(false).session("checkout").expect("it begins");
    let mut tail = JournalTail::open(journal(dir.path())).expect("opened");
    assert_eq!(tail.head().expect("read").expect("written").title(), "checkout");
    let mut seen = Vec::new();
    let mut look = |tail: &mut JournalTail| tail.read(|one| seen.push(one.id)).expect("read");
    assert_eq!(look(&mut tail), 0);
    let slow = session.interaction("shop", "slow", &1);
    session.interaction("shop", "get", &1).response(&2);
    assert_eq!(look(&mut tail), 1);
    session.interaction("shop", "get", &1).response(&2);
    slow.response(&2);
    assert_eq!((look(&mut tail), tail.is_over()), (2, false));
    session.interaction("shop", "last", &1).response(&2);
    session.finish().expect("written");
    assert!(tail.is_over());
    // Open files outlive their names here.
    if cfg!(unix) {
        assert_eq!(look(&mut tail), 1);
        assert_eq!(seen, [1, 2, 0, 3]);
    }
}

#[test]
fn a_line_that_is_being_written_is_waited_for() {
    let dir = tempfile::tempdir().expect("a folder");
    let session = Recorder::builder().dir(dir.path()).session("checkout").expect("it begins");
    session.interaction("shop", "get", &1).response(&"a text that is long enough to be cut");
    let whole = std::fs::read(journal(dir.path())).expect("readable");
    let copy = dir.path().join("copy");
    std::fs::write(&copy, "").expect("written");
    let mut tail = JournalTail::open(&copy).expect("opened");
    let ends = [0, 10, 40, whole.len() - 20, whole.len() - 1, whole.len()];
    let seen: Vec<u64> = ends
        .iter()
        .map(|&end| {
            std::fs::write(&copy, &whole[..end]).expect("written");
            tail.read(|_| ()).expect("read")
        })
        .collect();
    assert_eq!(seen, [0, 0, 0, 0, 0, 1]);
    std::fs::write(&copy, [&whole[..], b"00000000 {}\n"].concat()).expect("written");
    assert_eq!(tail.read(|_| ()).expect("read"), 0);
    assert_eq!(tail.unread(), Some("interaction 1 has another checksum"));
    std::fs::write(&copy, "{\"session_id\": 1}\n").expect("written");
    let refused = JournalTail::open(&copy).expect("opened").read(|_| ()).expect_err("no journal").to_string();
    assert!(refused.contains("does not begin as a journal"), "{refused}");
}

fn interaction(id: u64, at: SystemTime, ms: f64, error: Option<&str>) -> Interaction {
    let mut one = Interaction::new(id, "gemini", "generate", json!({}));
    one.timestamp = at.into();
    one.duration_ms = ms;
    one.error = error.map(str::to_owned);
    one.status = if error.is_some() { tracesnap_record::Status::Error } else { tracesnap_record::Status::Success };
    one
}

#[test]
fn rates_percentiles_and_what_is_otherwise_than_usual_are_told() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut live = Live::new();
    let began = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    for n in 0..3 {
        let earlier = (0..10).map(|id| interaction(id, began, 20.0 + f64::from(n), None)).collect();
        let path = dir.path().join(format!("{n}.session.json"));
        save(&Session::new(n.to_string(), earlier), &path).expect("written");
        live.earlier(&path).expect("read");
    }
    let mut head = Session::new("now", Vec::new()).head;
    head.timestamp = began.into();
    live.begin(&head);
    for id in 0..100 {
        // One a second, and each fifth fails; all of them take four times as long as they did.
        let at = began + Duration::from_secs(id);
        live.add(&interaction(id, at, 80.0, (id % 5 == 0).then_some("quota exceeded")));
    }
    let view = live.look(Timestamp::from(began + Duration::from_secs(100)));
    assert_eq!((view.total.count, view.total.errors, view.earlier_sessions), (100, 20, 3));
    assert!((view.rate - 1.0).abs() < 1e-9, "{}", view.rate);
    assert!((view.recent_rate - 1.0).abs() < 1e-9, "{}", view.recent_rate);
    assert_eq!(view.recent_failures, Some(0.2));
    assert_eq!((view.operations[0].usual_ms, view.operations[0].usage.p99_ms), (Some(21.0), 80.0));
    let outliers: Vec<String> = view.outliers.iter().map(ToString::to_string).collect();
    assert_eq!(
        outliers,
        [
            "gemini generate takes 80.0 ms, usually 21.0 ms (3 sessions)",
            "gemini generate fails 20 %, usually 0 % (3 sessions)"
        ]
    );
    assert_eq!(
        view.line(),
        "13:48:20  100 interactions, 1.0/s now, 1.0/s in all, 80 % succeeded, p50 80.0 ms, p95 80.0 ms, p99 80.0 ms"
    );
    assert_eq!(view.errors[0].count, 20);
    let later = live.look(Timestamp::from(began + Duration::from_secs(200)));
    assert_eq!((later.recent_rate, later.recent_failures, later.rate), (0.0, None, 0.5));
}
