//! Whatever the bytes are: a session that is written and read again as the same, and looked at in every way, or an error.
//! The same bytes are read as a journal that grows, and as mocks.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tracesnap_record::analysis::Analyzer;
use tracesnap_record::compare::{baseline, compare_sessions, compare_with_mocks};
use tracesnap_record::file::{JOURNAL_MAGIC, JournalTail, parse, to_bytes};
use tracesnap_record::interchange::{to_curl, to_har, to_wiremock};
use tracesnap_record::{Mocks, Player, Session};

fuzz_target!(|bytes: &[u8]| {
    if bytes.starts_with(JOURNAL_MAGIC.as_bytes()) {
        journal(bytes);
    }
    if let Ok(session) = parse(bytes, "fuzz") {
        let written = to_bytes(&session);
        let again = parse(&written, "again").expect("what was read is written");
        assert_eq!(to_bytes(&again), written, "what was written is read as the same");
        look(&session);
    }
    if let Ok(mocks) = Mocks::parse(bytes, "fuzz") {
        let _ = mocks.iter().count();
    }
});

/// A reader that comes while the journal is written sees as much as one that comes after.
fn journal(bytes: &[u8]) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("fuzz.session.journal");
    std::fs::write(&path, &bytes[..bytes.len() / 2]).expect("written");
    let Ok(mut tail) = JournalTail::open(&path) else { return };
    let mut seen = 0;
    let first = tail.read(|_| seen += 1);
    std::fs::write(&path, bytes).expect("written");
    let second = tail.read(|_| seen += 1);
    if let (Ok(_), Ok(_), Ok(whole)) = (first, second, parse(bytes, "fuzz")) {
        assert_eq!(seen, whole.interactions.len());
    }
}

fn look(session: &Session) {
    let mut analyzer = Analyzer::default();
    analyzer.add_session(session);
    let report = analyzer.finish().report();
    let _ = (report.to_text(), report.to_markdown(), report.to_html());
    let mocks = baseline(&session.interactions);
    let report = compare_with_mocks(session, &mocks).report(true);
    let _ = (report.to_html(), compare_sessions(session, session).overall);
    let _ = (to_har(session), to_wiremock(session), to_curl(session));
    let player = Player::builder().play(session.clone());
    for interaction in session.interactions.iter().take(20) {
        let _ = player.answer(&interaction.service, &interaction.operation, &interaction.request);
    }
}
