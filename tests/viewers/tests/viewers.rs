//! What viewers show of an export is what the trace holds: asked of the viewers themselves.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tracesnap::export::{Format, diff_flame_graph};
use tracesnap::tree::Call;
use tracesnap::{Trace, TrackingAllocator};
use tracesnap_viewers::{Tool, program, run, run_until, scratch};

#[global_allocator]
static ALLOCATOR: TrackingAllocator<std::alloc::System> = TrackingAllocator::new(std::alloc::System);

fn written(trace: &Trace, format: Format, directory: &Path) -> PathBuf {
    let path = directory.join(format!("run.{}", format.extension()));
    trace.export(format, File::create(&path).unwrap()).unwrap();
    path
}

/// The last moment of a recording: where open calls end.
fn end(trace: &Trace) -> i64 {
    let exits = trace.tree().calls().filter_map(|call| call.last_exit());
    let events = trace.tree().walk().filter_map(|(_, item)| item.event()?.at());
    exits.chain(events).max().unwrap_or_default().as_nanos() as i64
}

/// Time that a call was entered, up to the end of the recording where it is open.
fn entered(call: Call<'_>, end: i64) -> i64 {
    let ns = |time: std::time::Duration| time.as_nanos() as i64;
    call.stays().map(|(from, to, _)| to.map_or(end, ns) - ns(from)).sum()
}

/// Tables of a trace in Perfetto's own engine.
fn perfetto<const N: usize>(trace: &Trace, queries: [&str; N]) -> Option<[Vec<Value>; N]> {
    let ui = Tool::Perfetto.find()?;
    let directory = scratch();
    let file = written(trace, Format::Chrome, directory.path());
    let text = run(Command::new("node").arg("scripts/perfetto.mjs").arg(ui).arg(file).args(queries));
    let tables: Vec<Vec<Value>> = serde_json::from_str(&text).unwrap();
    Some(tables.try_into().unwrap())
}

#[test]
fn perfetto_shows_every_call_where_it_ran_and_for_as_long() {
    let trace = program::traced();
    let by_call = "select extract_arg(s.arg_set_id, 'args.call') as call, sum(s.dur) as dur, count() as slices, \
                   count(distinct t.utid) as threads from slice s join thread_track t on s.track_id = t.id \
                   where extract_arg(s.arg_set_id, 'args.level') is null group by 1";
    let lives = "select extract_arg(s.arg_set_id, 'args.call') as call, s.name, s.dur, \
                 extract_arg(s.arg_set_id, 'args.polls') as polls from slice s \
                 where s.track_id not in (select id from thread_track)";
    let faults = "select name, value from stats where severity in ('error', 'data_loss') and value > 0";
    let Some([by_call, lives, faults]) = perfetto(&trace, [by_call, lives, faults]) else { return };
    assert_eq!(faults, Vec::<Value>::new(), "the engine had nothing to complain of");
    let end = end(&trace);
    let shown: BTreeMap<i64, &Value> = by_call.iter().map(|row| (row["call"].as_i64().unwrap(), row)).collect();
    let ran: Vec<_> = trace.tree().calls().filter(Call::is_entered).collect();
    assert_eq!(shown.len(), ran.len());
    for call in &ran {
        let row = shown[&(call.id().index() as i64)];
        assert_eq!(row["dur"].as_i64().unwrap(), entered(*call, end), "{call:?}");
        assert!(row["slices"].as_u64().unwrap() >= call.polls().into(), "{call:?}");
        let mut threads: Vec<_> = call.stays().map(|(.., thread)| thread).collect();
        threads.sort_unstable();
        threads.dedup();
        assert_eq!(row["threads"].as_u64().unwrap(), threads.len() as u64, "{call:?}");
    }
    let scattered: Vec<_> = ran.iter().filter(|call| call.polls() > 1).collect();
    assert!(scattered.len() >= 5, "the program awaits");
    assert_eq!(lives.len(), scattered.len());
    for call in scattered {
        let life = lives.iter().find(|row| row["call"] == call.id().index() as i64).unwrap();
        assert_eq!(life["dur"].as_i64().unwrap(), call.wall().unwrap().as_nanos() as i64, "{call:?}");
        assert_eq!(life["polls"].as_u64().unwrap(), u64::from(call.polls()));
    }
}

#[test]
fn perfetto_shows_arguments_results_events_arrows_and_memory() {
    let trace = program::traced();
    let arguments = "select extract_arg(arg_set_id, 'args.fields.note') as note, count() as n from slice \
                     where name = 'order' and note is not null group by 1";
    let results = "select distinct extract_arg(arg_set_id, 'args.error') as error from slice where error is not null";
    let arrows = "select a.name as followed, b.name as follows from flow f join slice a on f.slice_out = a.id \
                  join slice b on f.slice_in = b.id";
    let events = "select name from slice where extract_arg(arg_set_id, 'args.level') = 'WARN'";
    let memory = "select count() as n, max(c.value) as most from counter c";
    let nesting = "select count() as n from slice s join slice p on s.parent_id = p.id \
                   where s.name = 'recurse' and p.name = 'recurse'";
    let queries = [arguments, results, arrows, events, memory, nesting];
    let Some([arguments, results, arrows, events, memory, nesting]) = perfetto(&trace, queries) else { return };
    assert_eq!((&arguments[0]["note"], &arguments[0]["n"]), (&program::HOSTILE.into(), &2.into()));
    assert_eq!(results, [serde_json::json!({ "error": "300 is over the limit" })]);
    assert_eq!(arrows, [serde_json::json!({ "followed": "first", "follows": "second" })]);
    assert_eq!(events, [serde_json::json!({ "name": program::HOSTILE })]);
    let read: Vec<_> = trace.tree().calls().filter(|call| call.memory().is_some()).collect();
    let left = read.iter().filter(|call| call.polls() == 1 && !call.is_open()).count();
    assert!(left >= 20, "the program allocates");
    assert_eq!(memory[0]["n"].as_u64().unwrap() as usize, read.len() + left, "a reading at each begin and each end");
    assert!(memory[0]["most"].as_f64().unwrap() > 0.0);
    assert_eq!(nesting[0]["n"], 20);
}

#[test]
fn speedscope_opens_it_and_shows_how_long_each_thread_was_busy() {
    let (Some(viewer), Some(_)) = (Tool::Speedscope.find(), Tool::Ajv.find()) else { return };
    let trace = program::traced();
    let directory = scratch();
    let file = written(&trace, Format::Speedscope, directory.path());
    let schema = viewer.join("file-format-schema.json");
    let _ = run(Command::new("node").arg("scripts/schema.mjs").arg(schema).arg(&file));

    let Some(chromium) = Tool::Chromium.find() else { return };
    // As its own command line does it: a script that hands the file over.
    let name = serde_json::to_string("run.speedscope.json").unwrap();
    let content = run(Command::new("node")
        .arg("-e")
        .arg("process.stdout.write(JSON.stringify(require('fs').readFileSync(process.argv[1]).toString('base64')))")
        .arg(&file));
    let script = file.with_extension("js");
    std::fs::write(&script, format!("speedscope.loadFileFromBase64({name}, {content})")).unwrap();
    let page = format!("file://{}#localProfilePath={}", viewer.join("index.html").display(), script.display());
    let profile = format!("--user-data-dir={}", directory.path().join("chromium").display());
    let options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"];
    let wait = ["--virtual-time-budget=10000", "--dump-dom"];
    let shown = run(Command::new(chromium).args(options).arg(profile).args(wait).arg(page));
    assert!(shown.contains("<title>trace - speedscope</title>"), "{shown}");

    let exported: Value = serde_json::from_reader(File::open(&file).unwrap()).unwrap();
    let profiles = exported["profiles"].as_array().unwrap();
    assert!(profiles.len() >= 2, "work ran on several threads");
    for profile in profiles {
        let name = profile["name"].as_str().unwrap();
        let weight = weight_shown(&shown, name).unwrap_or_else(|| panic!("{name} is not listed: {shown}"));
        let busy = busy(profile);
        assert!((weight - busy).abs() <= busy * 0.01 + 0.01, "{name}: {weight} ns shown, {busy} ns in calls");
    }
}

/// Time that a profile's outermost frames were open.
fn busy(profile: &Value) -> f64 {
    let (mut depth, mut since, mut busy) = (0, 0.0, 0.0);
    for event in profile["events"].as_array().unwrap() {
        let at = event["at"].as_f64().unwrap();
        if event["type"] == "O" {
            since = if depth == 0 { at } else { since };
            depth += 1;
        } else {
            depth -= 1;
            busy += if depth == 0 { at - since } else { 0.0 };
        }
    }
    busy
}

/// «Total weight» in the list of profiles, in nanoseconds.
fn weight_shown(page: &str, profile: &str) -> Option<f64> {
    let (_, row) = page.split_once(&format!("<tr title=\"{profile}\""))?;
    let (row, _) = row.split_once("</tr>")?;
    let cell = row.rsplit_once("</td>")?.0.rsplit_once('>')?.1;
    let unit_at = cell.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    let (number, unit) = cell.split_at(unit_at);
    let scale = match unit {
        "ns" => 1.0,
        "µs" | "μs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * scale)
}

#[test]
fn the_firefox_profiler_opens_it_and_counts_a_sample_a_microsecond_and_a_marker_a_call() {
    let Some(cli) = Tool::FirefoxProfiler.find() else { return };
    let trace = program::traced();
    let directory = scratch();
    let file = written(&trace, Format::Firefox, directory.path());
    // It keeps its sessions below the home directory, and a daemon for each.
    let home = directory.path();
    let ask = |args: &[&str]| run(Command::new("node").arg(&cli).args(args).env("HOME", home));
    struct Stop<F: Fn(&[&str]) -> String>(F);
    impl<F: Fn(&[&str]) -> String> Drop for Stop<F> {
        fn drop(&mut self) {
            let _ = (self.0)(&["stop", "--all"]);
        }
    }
    let stop = Stop(ask);
    let ask = &stop.0;
    // It gives its daemon half a second to start, whatever else the machine does, and says to come again.
    let mut load = Command::new("node");
    load.arg(&cli).arg("load").arg(&file).env("HOME", home);
    let _ = run_until(&mut load, "retrying often works", Duration::from_secs(300));
    let info: Value = serde_json::from_str(&ask(&["profile", "info", "--all", "--json"])).unwrap();
    let threads = info["processes"][0]["threads"].as_array().unwrap();
    let end = end(&trace);
    let (mut markers, mut charges, mut labels) = (0, 0, String::new());
    for thread in threads {
        let handle = thread["threadHandle"].as_str().unwrap();
        let _ = ask(&["thread", "select", handle]);
        let listed: Value = serde_json::from_str(&ask(&["thread", "markers", "--json"])).unwrap();
        markers += listed["totalMarkerCount"].as_u64().unwrap();
        let of_charge = listed["byType"].as_array().unwrap().iter().find(|group| group["markerName"] == "charge");
        charges += of_charge.map_or(0, |group| group["count"].as_u64().unwrap());
        labels += &ask(&["thread", "markers", "--list", "--limit", "0"]);
        let samples: Value = serde_json::from_str(&ask(&["thread", "samples", "--json"])).unwrap();
        let number: usize = thread["tid"].as_str().unwrap().parse::<usize>().unwrap() - 1;
        let expected = busy_on(&trace, number, end) / 1e3;
        let counted = samples["categoryBreakdown"]["totalSamples"].as_f64().unwrap_or(0.0);
        // A tick more or less at each end of what ran without a break.
        assert!((counted - expected).abs() <= expected * 0.01 + 10.0, "{handle}: {counted} samples, {expected} µs");
    }
    let (calls, events) = (trace.tree().calls().filter(Call::is_entered).count(), trace.stats().events);
    assert_eq!(markers, calls as u64 + events);
    assert_eq!(charges, 2);
    for label in
        ["charge amount=10 → returned 10", "charge amount=300 → failed 300 is over the limit", "recurse depth=7 →"]
    {
        assert!(labels.contains(label), "no marker says `{label}`:\n{labels}");
    }
}

/// Time that anything was entered on a thread.
fn busy_on(trace: &Trace, thread: usize, end: i64) -> f64 {
    let stays = trace.tree().calls().flat_map(|call| call.stays()).filter(|&(.., on)| on == thread);
    let mut stays: Vec<(i64, i64)> =
        stays.map(|(from, to, _)| (from.as_nanos() as i64, to.map_or(end, |to| to.as_nanos() as i64))).collect();
    stays.sort_unstable();
    let (mut busy, mut until) = (0, 0);
    for (from, to) in stays {
        busy += (to - from.max(until)).max(0);
        until = until.max(to);
    }
    busy as f64
}

#[test]
fn graphviz_draws_every_function_and_every_kind_of_call() {
    let Some(dot) = Tool::Dot.find() else { return };
    let trace = program::traced();
    let directory = scratch();
    let file = written(&trace, Format::Dot, directory.path());
    let svg = run(Command::new(dot).arg("-Tsvg").arg(file));
    let graph = trace.graph();
    assert_eq!(svg.matches("class=\"node\"").count(), graph.functions().count());
    assert_eq!(svg.matches("class=\"edge\"").count(), graph.as_petgraph().edge_count());
}

#[test]
fn python_reads_the_table_line_by_line_and_its_fields_as_json() {
    let Some(python) = Tool::Python.find() else { return };
    let trace = program::traced();
    let directory = scratch();
    let file = written(&trace, Format::Csv, directory.path());
    let read = "import csv, json, sys\n\
                rows = list(csv.DictReader(open(sys.argv[1], newline='')))\n\
                fields = [json.loads(row['fields']) for row in rows if row['fields']]\n\
                assert not any(cell[:1] in '=+-@' and cell for row in rows for cell in row.values()), 'a formula'\n\
                print(json.dumps({'rows': len(rows), 'notes': sorted({str(f['note']) for f in fields if 'note' in f}),\n\
                'self': sum(int(row['self_ns'] or 0) for row in rows)}))";
    let found: Value = serde_json::from_str(&run(Command::new(python).args(["-c", read]).arg(file))).unwrap();
    assert_eq!(found["rows"].as_u64().unwrap() as usize, trace.tree().walk().count());
    assert_eq!(found["notes"], serde_json::json!([program::HOSTILE]));
    let own: u128 = trace.tree().calls().map(|call| call.self_time().as_nanos()).sum();
    assert_eq!(u128::from(found["self"].as_u64().unwrap()), own);
}

#[test]
fn flame_graphs_are_xml_that_names_the_functions() {
    let Some(python) = Tool::Python.find() else { return };
    let trace = program::traced();
    let directory = scratch();
    let single = written(&trace, Format::FlameGraph, directory.path());
    let both = single.with_extension("diff.svg");
    diff_flame_graph(program::traced().tree(), trace.tree(), File::create(&both).unwrap()).unwrap();
    let read = "import sys, xml.etree.ElementTree as tree\n\
                titles = [e.text for e in tree.parse(sys.argv[1]).iter() if e.tag.endswith('}title')]\n\
                print('\\n'.join(titles))";
    for file in [single, both] {
        let titles = run(Command::new(&python).args(["-c", read]).arg(&file));
        for name in ["program::recurse", "program::second", "program::all orders"] {
            assert!(titles.contains(name), "{}: {titles}", file.display());
        }
    }
}
