//! Recording keeps what was said, in its order, without secrets, and never gets into the program's way.

use std::fs;
use std::sync::{Arc, Mutex};

use serde::Serialize;
use serde_json::json;
use tracesnap_record::file::load;
use tracesnap_record::model::{Direction, Exchange, Part};
use tracesnap_record::task::{self, InTask};
use tracesnap_record::{Recorder, RecorderBuilder, Session};

fn recorder(dir: &tempfile::TempDir) -> RecorderBuilder {
    Recorder::builder().dir(dir.path().join("captures")).pending(false)
}

fn record(work: impl FnOnce(&tracesnap_record::SessionGuard)) -> Session {
    let dir = tempfile::tempdir().expect("a folder");
    let session = recorder(&dir).session("checkout").expect("it begins");
    work(&session);
    load(session.finish().expect("written").path).expect("read")
}

#[test]
fn responses_errors_and_what_nobody_waited_for_are_kept_in_the_order_of_their_beginning() {
    let session = record(|session| {
        let slow = session.interaction("firestore", "collection.get", &json!({"collection": "campaigns"}));
        session.interaction("gemini", "generate", &json!({"prompt": "hi"})).response(&json!({"text": "hello"}));
        let refused: Result<(), _> = Err("quota exceeded".parse::<u8>().expect_err("no number"));
        session.interaction("gemini", "generate", &json!({})).finish(&refused);
        drop(session.interaction("gemini", "generate", &json!({"stream": true})));
        slow.response(&json!({"document_count": 2}));
    });
    let told: Vec<_> = session.interactions.iter().map(|i| (i.id, i.operation.as_str(), i.status.as_str())).collect();
    let expected = [
        (0, "collection.get", "success"),
        (1, "generate", "success"),
        (2, "generate", "error"),
        (3, "generate", "cancelled"),
    ];
    assert_eq!(told, expected);
    assert_eq!(session.interactions[0].response, json!({"document_count": 2}));
    assert!(session.interactions[0].duration_ms >= session.interactions[1].duration_ms);
    assert_eq!(session.interactions[2].error_type.as_deref(), Some("core::num::error::ParseIntError"));
    assert_eq!((session.head.title(), session.head.total_interactions), ("checkout", 4));
}

#[test]
fn no_secret_reaches_the_folder_while_or_after_recording() {
    let dir = tempfile::tempdir().expect("a folder");
    let session = Recorder::builder().dir(dir.path().join("captures")).session("checkout").expect("it begins");
    let request = json!({"password": "hunter2-a", "headers": [["authorization", "Bearer hunter2-b-0123456789abcdef"]],
        "note": "postgres://ada:hunter2-c@db/shop"});
    let interaction = session.interaction("shop", "pay", &request);
    let mut exchange = Exchange::begin(Exchange::DEFAULT_BYTES);
    exchange.note(
        Direction::Response,
        Part::Headers { status: Some(200), headers: vec![("set-cookie".into(), "hunter2-d".into())] },
    );
    for chunk in ["data: {\"api_key\":\"hun", "ter2-e\"}\n\n"] {
        exchange.note(Direction::Response, Part::Data(chunk.into()));
    }
    interaction.stream(exchange.finish()).failed_response(&json!({"token": "hunter2-f"}), "password=hunter2-g");
    let everything = |dir: &std::path::Path| {
        let mut bytes = Vec::new();
        let mut folders = vec![dir.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("readable").map(|entry| entry.expect("an entry").path()) {
                if entry.is_dir() { folders.push(entry) } else { bytes.extend(fs::read(entry).expect("readable")) }
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let while_recording = everything(dir.path());
    assert!(while_recording.contains("\"pay\"") && !while_recording.contains("hunter2"), "{while_recording}");
    let finished = session.finish().expect("written");
    assert!(finished.stats.redacted >= 3, "{:?}", finished.stats);
    let after = everything(dir.path());
    assert!(after.contains("\"pay\"") && !after.contains("hunter2") && !after.contains("ter2-e"), "{after}");
}

#[test]
#[cfg(unix)]
fn only_their_owner_reads_recordings() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a folder");
    let session = recorder(&dir).session("checkout").expect("it begins");
    let finished = session.finish().expect("written");
    let mode = |path: &std::path::Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&dir.path().join("captures")), mode(&finished.path)), (0o700, 0o600));
    assert!(fs::read_to_string(dir.path().join("captures/.gitignore")).expect("there").contains("\n*\n"));
}

struct Broken;

impl Serialize for Broken {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("a bug of theirs");
    }
}

#[test]
fn a_value_that_cannot_be_serialised_and_a_disk_that_is_gone_break_no_call() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let session = record(|session| session.interaction("s", "o", &Broken).response(&(1, Broken)));
    std::panic::set_hook(hook);
    assert_eq!(session.interactions[0].request, json!("[failed]"));
    assert_eq!(session.interactions[0].response, json!([1, "[failed]"]));

    let dir = tempfile::tempdir().expect("a folder");
    let session = recorder(&dir).session("checkout").expect("it begins");
    let handle = session.handle();
    session.finish().expect("written");
    handle.interaction("s", "late", &1).response(&2);
    assert_eq!(handle.stats().lost, 1);
}

#[test]
fn what_is_asked_on_behalf_of_a_task_belongs_to_it_wherever_it_runs() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
    let session = record(|session| {
        let workers: Vec<_> = (0..8)
            .map(|worker| {
                let handle = session.handle();
                let work = async move {
                    for step in 0..5 {
                        let interaction = handle.interaction("s", "o", &step);
                        tokio::task::yield_now().await;
                        interaction.response(&worker);
                    }
                };
                runtime.spawn(work.in_task(format!("worker {worker}")))
            })
            .collect();
        runtime.block_on(async {
            for worker in workers {
                worker.await.expect("it ends");
            }
        });
        task::scope("main", || session.interaction("s", "o", &()).response(&()));
        session.interaction("s", "o", &()).response(&());
    });
    for interaction in &session.interactions[..40] {
        assert_eq!(interaction.task, Some(format!("worker {}", interaction.response)));
    }
    assert_eq!(session.interactions[40].task.as_deref(), Some("main"));
    assert_eq!(session.interactions[41].task.as_deref(), Some("#0"));
}

#[test]
fn the_tracer_is_told_by_an_event_and_the_call_is_kept() {
    use tracing_subscriber::layer::SubscriberExt;
    #[derive(Clone, Default)]
    struct Documents(Arc<Mutex<Vec<String>>>);
    impl tracing::field::Visit for Documents {
        fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
            if field.name() == "document" {
                self.0.lock().expect("whole").push(format!("{value:?}"));
            }
        }
    }
    impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Documents {
        fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
            event.record(&mut self.clone());
        }
    }
    let documents = Documents::default();
    let subscriber = tracing_subscriber::registry().with(documents.clone());
    let session = tracing::subscriber::with_default(subscriber, || {
        record(|session| {
            let call = tracing::info_span!("pay");
            call.in_scope(|| session.interaction("s", "o", &()).response(&()));
        })
    });
    let id = format!("{}#0", session.head.session_id);
    assert_eq!(*documents.0.lock().expect("whole"), [id]);
    assert!(session.interactions[0].call.as_deref().is_some_and(|call| call.ends_with("::pay")));
}

#[test]
fn the_retention_holds_when_a_session_ends() {
    let dir = tempfile::tempdir().expect("a folder");
    let end = || {
        let session = recorder(&dir).retention("2 files".parse().expect("a rule")).session("checkout");
        session.expect("it begins").finish().expect("written")
    };
    let paths: Vec<_> = (0..4).map(|_| end().path).collect();
    let left: Vec<_> = paths.iter().map(|path| path.exists()).collect();
    assert_eq!(left, [false, false, true, true]);
}

#[test]
fn exchanges_that_are_told_when_they_are_over_are_written_in_the_order_of_their_beginning() {
    let session = record(|session| {
        let handle = session.handle();
        let tickets: Vec<_> = (0..500).map(|n| (n, handle.ticket("shop", format!("o{n}")))).collect();
        drop(handle.ticket("shop", "nobody tells"));
        for (n, ticket) in tickets.into_iter().rev() {
            // Some claim to be so large that whoever tells them writes them, too.
            let bytes = if n % 7 == 0 { usize::MAX } else { 100 };
            ticket.seal(bytes, move || tracesnap_record::Draft::new(json!({"n": n}), json!({"m": n * 2})));
        }
        handle.flush();
        assert_eq!((handle.stats().recorded, handle.stats().lost), (500, 0));
    });
    for (n, interaction) in session.interactions.iter().enumerate() {
        assert_eq!((interaction.id, interaction.operation.as_str()), (n as u64, &*format!("o{n}")));
        assert_eq!((&interaction.request["n"], &interaction.response["m"]), (&json!(n), &json!(n * 2)));
    }
}

#[test]
fn what_is_told_too_late_or_panics_is_counted_and_breaks_nothing() {
    let dir = tempfile::tempdir().expect("a folder");
    let session = recorder(&dir).session("checkout").expect("it begins");
    let handle = session.handle();
    let late = handle.ticket("s", "late");
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    handle.ticket("s", "panics").seal(1, || panic!("a bug of theirs"));
    handle.flush();
    std::panic::set_hook(hook);
    assert_eq!(handle.stats().lost, 1);
    assert_eq!(session.finish().expect("written").stats.recorded, 0);
    late.seal(1, || tracesnap_record::Draft::new(json!(1), json!(2)));
    assert_eq!(handle.stats().lost, 2);
}
