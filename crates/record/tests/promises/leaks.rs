//! Nothing that was planted in a request, a response or an error is in a session, or in what is made of it.

use serde_json::Value;
use tracesnap_leaks::{Case, assert_none, cases, reveals};
use tracesnap_record::file::load;
use tracesnap_record::{Recorder, Session};

fn recorded(cases: &[Case]) -> (Session, String) {
    let dir = tempfile::tempdir().expect("a folder");
    let session = Recorder::builder().dir(dir.path()).pending(false).session("leaks").expect("it begins");
    for case in cases {
        let document: Value = serde_json::from_str(&case.document).expect("it is a document");
        session.interaction("shop", "asks", &document).response(&"fine");
        session.interaction("shop", "answers", &1).response(&document);
        session.interaction("shop", "says", &case.text).response(&case.text);
        session.interaction("shop", "fails", &1).finish(&Err::<(), _>(case.text.clone()));
    }
    let path = session.finish().expect("written").path;
    let bytes = std::fs::read_to_string(&path).expect("text");
    (load(path).expect("read"), bytes)
}

#[test]
fn what_was_planted_is_in_no_interaction() {
    // A third of them, each in four ways: as many as there are in all, and more.
    let cases: Vec<_> = cases(4731).into_iter().step_by(3).collect();
    let (session, bytes) = recorded(&cases);
    assert_eq!(session.interactions.len(), cases.len() * 4);
    let leaks = cases.iter().zip(session.interactions.chunks(4)).filter_map(|(case, told)| {
        let written = told.iter().map(|interaction| serde_json::to_string(interaction).expect("it is JSON"));
        let written = written.collect::<Vec<_>>().join("\n");
        (bytes.contains(&case.secret) || reveals(&written, &case.secret)).then_some((case, written))
    });
    assert_none(leaks.collect::<Vec<_>>(), cases.len());
}
