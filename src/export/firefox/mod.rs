//! A processed profile for the Firefox Profiler.
//!
//! The library that samply writes its profiles with holds the whole profile in memory, twice a tree at the most.

// # Implementation notes
//
// The profiler's call tree and flame graph count samples, whose weights are whole numbers there. So each thread is shown
// as a sampler with an interval of a microsecond would have seen it: a stack counts for every tick of that clock it was
// entered at. Sums are exact to a tick, and calls too short to be seen are many where they matter. The marker of each
// call has the exact times, and is where arguments and results stand.

mod columns;
mod markers;
mod samples;

use std::io::{self, Write};

use fxprof_processed_profile::{
    CategoryColor, CategoryHandle, Profile, ReferenceTimestamp, SamplingInterval, ThreadHandle, Timestamp, WeightType,
};

use self::markers::Markers;
use self::samples::{Sampler, TICK};
use super::Export;
use super::lanes::{Lanes, labels};

pub(super) fn write(export: &Export<'_>, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer(out, &profile(export))?;
    Ok(())
}

fn profile(export: &Export<'_>) -> Profile {
    let tree = export.tree;
    let lanes = Lanes::of(tree);
    // A tree knows no date: the profile begins where the recording did.
    let began = ReferenceTimestamp::from_millis_since_unix_epoch(0.0);
    let mut profile = Profile::new(export.name, began, SamplingInterval::from_nanos(TICK));
    let (begin, end) = (at(lanes.begin), at(lanes.end));
    let process = profile.add_process(export.name, 1, begin);
    profile.set_process_end_time(process, end);
    profile.set_symbolicated(true);
    let threads: Vec<ThreadHandle> = labels(tree)
        .into_iter()
        .enumerate()
        .map(|(number, label)| {
            let thread = profile.add_thread(process, number as u32 + 1, begin, number == 0);
            profile.set_thread_name(thread, &label);
            profile.set_thread_end_time(thread, end);
            profile.set_thread_samples_weight_type(thread, WeightType::Samples);
            thread
        })
        .collect();
    let categories = Categories {
        call: profile.add_category("Call", CategoryColor::Blue),
        failed: profile.add_category("Failed call", CategoryColor::Red),
        event: profile.add_category("Event", CategoryColor::Yellow),
    };
    for (number, steps) in lanes.threads() {
        Sampler::new(tree, threads[number], categories).run(&mut profile, steps);
    }
    drop(lanes);
    Markers::new(&mut profile, tree, threads, categories).run(&mut profile);
    profile
}

fn at(ns: u64) -> Timestamp {
    Timestamp::from_nanos_since_reference(ns)
}

#[derive(Clone, Copy)]
struct Categories {
    call: CategoryHandle,
    failed: CategoryHandle,
    event: CategoryHandle,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::Format;
    use crate::tree::timeline::timeline;

    fn exported(text: &str) -> serde_json::Value {
        let (tree, mut out) = (timeline(text), Vec::<u8>::new());
        Export::of(&tree).name("shop").write(Format::Firefox, &mut out).expect("memory takes it");
        serde_json::from_slice(&out).expect("it is JSON")
    }

    /// Weights of a thread's samples, `None` for those that say it is idle.
    fn weights(thread: &serde_json::Value) -> Vec<Option<i64>> {
        let samples = &thread["samples"];
        let of = |name: &str| samples[name].as_array().cloned().unwrap_or_default();
        of("stack").iter().zip(of("weight")).map(|(stack, weight)| stack.as_u64().and(weight.as_i64())).collect()
    }

    #[test]
    fn a_small_trace_is_written_as_reviewed() {
        let text = "
            order 1000-90500
              stock 2000-3001 mem=64/2+100
              pay::charge 4000-5000 7000-8000@1 error
                pay::connect 7500-7600@1 panicked
              *paid 9000
              audit 10000-
        ";
        insta::assert_snapshot!(serde_json::to_string_pretty(&exported(text)).expect("it is plain"));
    }

    #[test]
    fn a_stack_has_a_sample_for_every_microsecond_it_was_entered() {
        let profile = exported("a 500-10500\n b 1200-4100\n b 4200-4300");
        assert_eq!(weights(&profile["threads"][0]), [Some(1), Some(3), Some(6), None]);
    }

    #[test]
    fn calls_too_short_for_a_sample_are_seen_as_often_as_they_would_be() {
        let text: String = (0..10_000).map(|at| format!("a {}-{}\n", at * 100, at * 100 + 90)).collect();
        let seen: i64 = weights(&exported(&text)["threads"][0]).into_iter().flatten().sum();
        // Its ticks are multiples of a call's period here, and fall on the gap before each tenth call.
        assert_eq!(seen, 0);
        let text: String = (0..10_000).map(|at| format!("a {}-{}\n", at * 101, at * 101 + 91)).collect();
        let seen: i64 = weights(&exported(&text)["threads"][0]).into_iter().flatten().sum();
        assert!((890..=920).contains(&seen), "{seen} of 1,010 ticks, 90 % of them in calls");
    }

    #[test]
    fn a_call_is_a_marker_with_its_exact_times_and_its_failure() {
        let profile = exported("a 1500-2500 9000-9100 error");
        let thread = &profile["threads"][0];
        let markers = &thread["markers"];
        assert_eq!((&markers["startTime"][0], &markers["endTime"][0]), (&0.0015.into(), &0.0091.into()));
        assert_eq!(markers["data"][0]["polls"].as_f64(), Some(2.0));
    }
}
