//! What a recording tells about services is right.

use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use serde_json::json;
use tracesnap_record::analysis::{Analyzer, TimeRange};
use tracesnap_record::{Interaction, Session, Status, Timestamp};

const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/python_capture.json");

fn at(second: u64) -> Timestamp {
    Timestamp::from(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + second))
}

fn timed(id: u64, ms: f64) -> Interaction {
    let mut interaction = Interaction::new(id, "shop", "pay", json!({"n": id}));
    interaction.timestamp = at(id);
    interaction.duration_ms = ms;
    interaction.response = json!("ok");
    interaction
}

#[test]
fn a_capture_of_the_python_tool_is_analysed() {
    let mut analyzer = Analyzer::default();
    analyzer.add_file(PYTHON).expect("read");
    let analysis = analyzer.finish();
    insta::assert_snapshot!(analysis.report().to_text(), @"
    3 interactions in 1 session
    2025-07-14T10:00:01Z to 2025-07-14T10:00:04.900Z; 66.7 % succeeded, 1 failed, 2.02 s in all, requests 97 B, responses 139 B

    Services and operations
      service    operation         count  success      mean       p50       p90       p95       p99       max  responses
      firestore                        2     50 %   87.8 ms   30.5 ms  145.2 ms  145.2 ms  145.2 ms  145.2 ms       90 B
                 collection.get        1    100 %  145.2 ms  145.2 ms  145.2 ms  145.2 ms  145.2 ms  145.2 ms       90 B
                 document.set          1      0 %   30.5 ms   30.5 ms   30.5 ms   30.5 ms   30.5 ms   30.5 ms        0 B
      gemini                           1    100 %    1.84 s    1.84 s    1.84 s    1.84 s    1.84 s    1.84 s       49 B
                 generate_content      1    100 %    1.84 s    1.84 s    1.84 s    1.84 s    1.84 s    1.84 s       49 B

    Errors
      count  service    operation     error                                                last
          1  firestore  document.set  PermissionDenied: permission denied for campaigns/…  2025-07-14T10:00:04.900Z

    Slowest
      duration  service    operation         id  began                     session
        1.84 s  gemini     generate_content   1  2025-07-14T10:00:02.512Z  python_capture.json
      145.2 ms  firestore  collection.get     0  2025-07-14T10:00:01Z      python_capture.json
       30.5 ms  firestore  document.set       2  2025-07-14T10:00:04.900Z  python_capture.json

    Fastest
      duration  service    operation         id  began                     session
      145.2 ms  firestore  collection.get     0  2025-07-14T10:00:01Z      python_capture.json
        1.84 s  gemini     generate_content   1  2025-07-14T10:00:02.512Z  python_capture.json
    ");
}

#[test]
fn percentiles_are_those_of_the_durations() {
    let mut analyzer = Analyzer::default();
    let interactions = (0..1_000).map(|id| timed(id, (id + 1) as f64)).collect();
    analyzer.add_session(&Session::new("x", interactions));
    let usage = analyzer.finish().total;
    for (found, expected) in
        [(usage.p50_ms, 500.0), (usage.p90_ms, 900.0), (usage.p95_ms, 950.0), (usage.p99_ms, 990.0)]
    {
        assert!((found - expected).abs() <= expected * 0.002, "{found} for {expected}");
    }
    assert_eq!((usage.min_ms, usage.max_ms, usage.mean_ms), (1.0, 1000.0, 500.5));
}

#[test]
fn only_what_began_in_the_time_range_counts() {
    let session = Session::new("x", (0..10).map(|id| timed(id, 1.0)).collect());
    let mut analyzer = Analyzer::new(TimeRange::new(Some(at(3)), Some(at(5))));
    analyzer.add_session(&session);
    assert_eq!(analyzer.finish().total.count, 3);
}

#[test]
fn errors_are_grouped_and_what_is_otherwise_than_before_is_told() {
    let mut analyzer = Analyzer::default();
    for session in 0..5_u64 {
        let slow = if session == 4 { 50.0 } else { 10.0 };
        let mut interactions: Vec<_> = (0..10).map(|id| timed(session * 100 + id, slow)).collect();
        if session == 4 {
            for interaction in &mut interactions[..3] {
                interaction.status = Status::Error;
                interaction.error = Some(format!("no such order {}", interaction.id));
            }
        }
        let mut session_of = Session::new(format!("s{session}"), interactions);
        session_of.head.timestamp = at(session * 100);
        analyzer.add_session(&session_of);
    }
    let analysis = analyzer.finish();
    let [pattern] = analysis.errors.as_slice() else { panic!("one: {:?}", analysis.errors) };
    assert_eq!((pattern.pattern.as_str(), pattern.count), ("no such order …", 3));
    let outliers: Vec<_> =
        analysis.outliers.iter().map(|one| (one.what, one.latest, one.usual, one.sessions)).collect();
    assert_eq!(outliers, [("mean_ms", 50.0, 10.0, 4), ("error_rate", 0.3, 0.0, 4)]);
    assert_eq!(analysis.growth.iter().map(|one| one.interactions).collect::<Vec<_>>(), [10; 5]);
}

#[test]
fn nothing_that_a_recording_holds_is_markup_in_a_report() {
    let mut interaction = timed(0, 5.0);
    interaction.service = "<script>alert(1)</script>".to_owned();
    interaction.operation = "a|b\u{1b}[31m".to_owned();
    interaction.status = Status::Error;
    interaction.error = Some("\"><img src=x onerror=alert(1)>".to_owned());
    let mut analyzer = Analyzer::default();
    analyzer.add_session(&Session::new("x", vec![interaction]));
    let report = analyzer.finish().report();
    let page = report.to_html();
    assert!(!page.contains("<script") && !page.contains("<img") && page.contains("&lt;script&gt;"), "{page}");
    assert!(page.contains("<svg") && page.contains("default-src 'none'"));
    assert!(!report.to_text().contains('\u{1b}'));
    assert!(report.to_markdown().contains("a\\|b"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn counts_and_extremes_are_those_of_a_naive_count(
        durations in prop::collection::vec((0.0..1e5_f64, any::<bool>()), 1..60),
    ) {
        let interactions: Vec<_> = durations.iter().enumerate().map(|(id, (ms, fails))| {
            let mut interaction = timed(id as u64, *ms);
            interaction.status = if *fails { Status::Error } else { Status::Success };
            interaction
        }).collect();
        let mut analyzer = Analyzer::default();
        analyzer.add_session(&Session::new("x", interactions));
        let analysis = analyzer.finish();
        let mut sorted: Vec<f64> = durations.iter().map(|(ms, _)| *ms).collect();
        sorted.sort_by(f64::total_cmp);
        prop_assert_eq!(analysis.total.count as usize, durations.len());
        prop_assert_eq!(analysis.total.errors as usize, durations.iter().filter(|(_, fails)| *fails).count());
        prop_assert_eq!(analysis.total.min_ms, sorted[0]);
        prop_assert_eq!(analysis.total.max_ms, sorted[sorted.len() - 1]);
        let slowest: Vec<f64> = analysis.slowest.iter().map(|one| one.duration_ms).collect();
        let expected: Vec<f64> = sorted.iter().rev().take(10).copied().collect();
        prop_assert_eq!(slowest, expected);
        for quantile in [analysis.total.p50_ms, analysis.total.p99_ms] {
            prop_assert!(quantile >= sorted[0] && quantile <= sorted[sorted.len() - 1]);
        }
    }
}
