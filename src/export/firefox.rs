//! A processed profile for the Firefox Profiler.
//!
//! The library that samply writes its profiles with holds the whole profile in memory, twice a tree at the most.

// # Implementation notes
//
// The profiler's call tree and flame graph count samples, whose weights are whole numbers there. So each thread is shown
// as a sampler with an interval of a microsecond would have seen it: a stack counts for every tick of that clock it was
// entered at. Sums are exact to a tick, and calls too short to be seen are many where they matter. The marker of each
// call has the exact times, and is where arguments and results stand.

use std::io::{self, Write};

use fxprof_processed_profile::{
    CategoryColor, CategoryHandle, CpuDelta, Frame, FrameFlags, FrameHandle, FrameInfo, MarkerFieldFlags,
    MarkerFieldFormat, MarkerTiming, Profile, ReferenceTimestamp, SamplingInterval, StackHandle, StaticSchemaMarker,
    StaticSchemaMarkerField, StringHandle, ThreadHandle, Timestamp, WeightType,
};

use super::Export;
use super::json::{Args, Fields, Json};
use super::lanes::{Lanes, Step, Steps, labels, nanos};
use crate::tree::{Call, CallTree, Callsite, Event, Item};

/// Length of a sample. **Unit:** nanoseconds.
const TICK: u64 = 1_000;

pub(super) fn write(export: &Export<'_>, out: &mut impl Write) -> io::Result<()> {
    let profile = profile(export)?;
    serde_json::to_writer(out, &profile)?;
    Ok(())
}

fn profile(export: &Export<'_>) -> io::Result<Profile> {
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
    let mut markers = Markers { names: vec![None; tree.callsites.len()], threads, categories };
    for (_, item) in tree.walk() {
        match item {
            Item::Call(call) => markers.add_call(&mut profile, call)?,
            Item::Event(event) => markers.add_event(&mut profile, event)?,
        }
    }
    Ok(profile)
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

/// Makes the samples of one thread.
struct Sampler<'t> {
    tree: &'t CallTree,
    thread: ThreadHandle,
    categories: Categories,
    /// By callsite, once it was seen on this thread.
    frames: Vec<Option<FrameHandle>>,
    open: Vec<StackHandle>,
    /// When the stack became what it is.
    since: u64,
    /// Time spent in calls since the last sample.
    busy: u64,
}

impl<'t> Sampler<'t> {
    fn new(tree: &'t CallTree, thread: ThreadHandle, categories: Categories) -> Self {
        let frames = vec![None; tree.callsites.len()];
        Self { tree, thread, categories, frames, open: Vec::new(), since: 0, busy: 0 }
    }

    fn run(mut self, profile: &mut Profile, steps: Steps<'_>) {
        for step in steps {
            match step {
                Step::Enter(slice) => {
                    self.until(profile, slice.start);
                    let callsite = self.tree.nodes[slice.node as usize].callsite as usize;
                    let frame = self.frame(profile, callsite);
                    let stack = profile.intern_stack(self.thread, self.open.last().copied(), frame);
                    self.open.push(stack);
                }
                Step::Leave(slice) => {
                    self.until(profile, slice.end);
                    self.open.pop();
                }
            }
        }
        // Without a last sample the last call would seem to go on for ever.
        profile.add_sample(self.thread, at(self.since), None, CpuDelta::from_nanos(self.busy), 0);
    }

    /// The stack was what it is up to now.
    fn until(&mut self, profile: &mut Profile, now: u64) {
        let stack = self.open.last().copied();
        let mut ticks = now / TICK - self.since / TICK;
        if ticks > 0 && stack.is_none() {
            profile.add_sample(self.thread, at(self.since), None, CpuDelta::from_nanos(self.busy), 0);
            self.busy = 0;
        }
        while ticks > 0 && stack.is_some() {
            // A weight has 31 bits: half an hour.
            let weight = ticks.min(i32::MAX as u64);
            profile.add_sample(self.thread, at(self.since), stack, CpuDelta::from_nanos(self.busy), weight as i32);
            (ticks, self.busy) = (ticks - weight, 0);
        }
        if stack.is_some() {
            self.busy += now - self.since;
        }
        self.since = now;
    }

    fn frame(&mut self, profile: &mut Profile, callsite: usize) -> FrameHandle {
        if let Some(frame) = self.frames[callsite] {
            return frame;
        }
        let site = &self.tree.callsites[callsite];
        let label = profile.intern_string(&format!("{}::{}", site.module, site.name));
        let category_pair = self.categories.call.into();
        let info = FrameInfo { frame: Frame::Label(label), category_pair, flags: FrameFlags::empty() };
        *self.frames[callsite].insert(profile.intern_frame(self.thread, info))
    }
}

/// Makes the markers.
struct Markers {
    threads: Vec<ThreadHandle>,
    categories: Categories,
    /// By callsite, once there was a marker of it: looked up for each call, they would be most of the time it takes.
    names: Vec<Option<Names>>,
}

/// What all markers of a callsite share.
#[derive(Clone, Copy)]
struct Names {
    name: StringHandle,
    module: StringHandle,
    source: StringHandle,
}

impl Markers {
    fn names(&mut self, profile: &mut Profile, callsite: usize, site: &Callsite) -> Names {
        *self.names[callsite].get_or_insert_with(|| {
            let source = match (&site.file, site.line) {
                (Some(file), Some(line)) => format!("{file}:{line}"),
                (file, _) => file.as_deref().unwrap_or_default().to_owned(),
            };
            let [name, module, source] = [&*site.name, &site.module, &source].map(|text| profile.intern_string(text));
            Names { name, module, source }
        })
    }

    fn add_call(&mut self, profile: &mut Profile, call: Call<'_>) -> io::Result<()> {
        let Some(start) = call.first_enter().map(nanos) else { return Ok(()) };
        let timing = match call.last_exit().map(nanos) {
            Some(end) => MarkerTiming::Interval(at(start), at(end.max(start))),
            None => MarkerTiming::IntervalStart(at(start)),
        };
        let outcome = match (call.panicked(), call.error(), call.returned()) {
            (true, ..) => "panicked",
            (_, Some(error), _) => &format!("error {}", serde_json::to_string(&Json(error))?),
            (.., Some(value)) => &format!("returned {}", serde_json::to_string(&Json(value))?),
            _ if call.is_open() => "open",
            _ => "returned",
        };
        let arguments = if call.args().next().is_some() { serde_json::to_string(&Args(call))? } else { String::new() };
        let Names { name, module, source } = self.names(profile, call.callsite_index(), call.callsite());
        let failed = call.panicked() || call.error().is_some();
        let marker = CallMarker {
            name,
            category: if failed { self.categories.failed } else { self.categories.call },
            texts: [module, profile.intern_string(&arguments), profile.intern_string(outcome), source],
            busy_ms: nanos(call.busy()) as f64 / 1e6,
            polls: call.polls(),
        };
        profile.add_marker(self.threads[call.thread_index()], timing, marker);
        Ok(())
    }

    fn add_event(&mut self, profile: &mut Profile, event: Event<'_>) -> io::Result<()> {
        let fields =
            if event.fields().next().is_some() { serde_json::to_string(&Fields(event))? } else { String::new() };
        let marker = EventMarker {
            name: profile.intern_string(event.message().unwrap_or("event")),
            category: self.categories.event,
            texts: [event.level().as_str(), event.module(), &fields].map(|text| profile.intern_string(text)),
        };
        let timing = MarkerTiming::Instant(at(event.at().map_or(0, nanos)));
        profile.add_marker(self.threads[event.thread_index()], timing, marker);
        Ok(())
    }
}

/// A call from its first enter to its last exit.
struct CallMarker {
    name: StringHandle,
    category: CategoryHandle,
    /// Module, arguments, outcome, source.
    texts: [StringHandle; 4],
    busy_ms: f64,
    polls: u32,
}

const fn field(key: &'static str, label: &'static str, format: MarkerFieldFormat) -> StaticSchemaMarkerField {
    StaticSchemaMarkerField { key, label, format, flags: MarkerFieldFlags::SEARCHABLE }
}

impl StaticSchemaMarker for CallMarker {
    const UNIQUE_MARKER_TYPE_NAME: &'static str = "Call";
    const CHART_LABEL: Option<&'static str> = Some("{marker.name} {marker.data.arguments}");
    const TABLE_LABEL: Option<&'static str> =
        Some("{marker.data.module}::{marker.name} {marker.data.arguments} {marker.data.outcome}");
    const FIELDS: &'static [StaticSchemaMarkerField] = &[
        field("module", "Module", MarkerFieldFormat::String),
        field("arguments", "Arguments", MarkerFieldFormat::String),
        field("outcome", "Outcome", MarkerFieldFormat::String),
        field("source", "Source", MarkerFieldFormat::String),
        field("busy", "Busy", MarkerFieldFormat::Duration),
        field("polls", "Polls", MarkerFieldFormat::Integer),
    ];

    fn name(&self, _: &mut Profile) -> StringHandle {
        self.name
    }

    fn category(&self, _: &mut Profile) -> CategoryHandle {
        self.category
    }

    fn string_field_value(&self, field: u32) -> StringHandle {
        self.texts[field as usize]
    }

    fn number_field_value(&self, field: u32) -> f64 {
        if field == 4 { self.busy_ms } else { self.polls.into() }
    }
}

/// An event at its moment.
struct EventMarker {
    name: StringHandle,
    category: CategoryHandle,
    /// Level, module, fields.
    texts: [StringHandle; 3],
}

impl StaticSchemaMarker for EventMarker {
    const UNIQUE_MARKER_TYPE_NAME: &'static str = "Event";
    const TABLE_LABEL: Option<&'static str> = Some("{marker.data.level} {marker.name} {marker.data.fields}");
    const FIELDS: &'static [StaticSchemaMarkerField] = &[
        field("level", "Level", MarkerFieldFormat::String),
        field("module", "Module", MarkerFieldFormat::String),
        field("fields", "Fields", MarkerFieldFormat::String),
    ];

    fn name(&self, _: &mut Profile) -> StringHandle {
        self.name
    }

    fn category(&self, _: &mut Profile) -> CategoryHandle {
        self.category
    }

    fn string_field_value(&self, field: u32) -> StringHandle {
        self.texts[field as usize]
    }

    fn number_field_value(&self, _: u32) -> f64 {
        0.0
    }
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
