//! Bytes as a trace file: an error, or a trace that answers everything and is the same when it is saved and loaded again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tracesnap::{Detail, Trace, TraceForm};

fuzz_target!(|bytes: &[u8]| {
    let Ok((trace, _)) = Trace::read_partial(bytes) else { return };
    let said = said(&trace);
    for form in [TraceForm::Json, TraceForm::Compact] {
        let mut again = Vec::new();
        trace.write(&mut again, form).expect("a vector takes everything");
        let again = Trace::read(&again[..]).expect("we wrote it");
        assert_eq!(self::said(&again), said);
        assert_eq!(again.stats(), trace.stats());
    }
});

fn said(trace: &Trace) -> [String; 6] {
    let snapshot = trace.snapshot().allow_loss();
    [
        snapshot.clone().detail(Detail::Verbose).with_measures().to_string(),
        snapshot.flat().to_string(),
        trace.metrics().to_string(),
        trace.graph().to_dot().to_string(),
        trace.critical_path().to_string(),
        format!("{:?} {}", trace.balance(), trace.events().count()),
    ]
}
