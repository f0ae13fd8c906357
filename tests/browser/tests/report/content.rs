//! What is shown is what was recorded.

use tracesnap::tree::Item;
use tracesnap::{MemoryReadings, Trace, Tracer};
use tracesnap_browser::programs;
use tracing::info_span;

use crate::support::{Browser, Outcome, all_written, choose, column, figure, label, open_all, the_call, time, written};

pub(crate) fn counts_names_and_times_are_those_of_the_trace(browser: &Browser) -> Outcome {
    let trace = programs::orders(4, true);
    let mut page = browser.open(&trace.report().title("four orders"))?;
    assert_eq!(page.text("h1")?, "four orders");
    let metrics = trace.metrics();
    let chips = page.texts(".chip")?;
    assert_eq!(chips[0], format!("{} calls", trace.tree().len()));
    assert_eq!(chips[1], format!("{} functions", metrics.functions.len()));
    assert_eq!(chips[3..5], [format!("{} wall", time(metrics.wall)), format!("{} busy", time(metrics.busy))]);
    assert_eq!(chips[5], format!("✗ {} failed", metrics.errors));

    open_all(&mut page)?;
    let calls = column(&mut page, "Call")?;
    assert_eq!(calls.iter().map(|cell| label(cell)).collect::<Vec<_>>(), all_written(&trace));
    let of = |read: fn(tracesnap::tree::Call<'_>) -> Option<std::time::Duration>| -> Vec<String> {
        trace
            .tree()
            .walk()
            .map(|(_, item)| item.call().map_or(String::new(), |call| time(read(call).expect("it returned"))))
            .collect()
    };
    assert_eq!(column(&mut page, "Wall")?, of(|call| call.wall()));
    assert_eq!(column(&mut page, "Self")?, of(|call| Some(call.self_time())));
    assert_eq!(page.complaints()?, [""; 0]);
    Ok(())
}

pub(crate) fn calls_of_one_path_are_added_up(browser: &Browser) -> Outcome {
    let trace = programs::orders(6, false);
    let mut page = browser.open(&trace.report())?;
    choose(&mut page, "By path")?;
    open_all(&mut page)?;
    let (names, calls, own) =
        (column(&mut page, "Calls by path")?, column(&mut page, "Calls")?, column(&mut page, "Self")?);
    // Every function of this program has one caller, so its path is the function.
    let metrics = trace.metrics();
    assert_eq!(names.len(), metrics.functions.len());
    for ((name, calls), own) in names.iter().zip(&calls).zip(&own) {
        let function =
            metrics.functions.iter().find(|f| label(name) == format!("{}{}", f.function.name, f.function.module));
        let function = &function.unwrap_or_else(|| panic!("no function for the row `{name}`")).function;
        assert_eq!((calls, own), (&function.calls.to_string(), &time(function.self_time)), "{name}");
    }
    assert_eq!(
        label(&names[0]),
        format!("process_order{}", metrics.function("process_order").expect("it was called").function.module)
    );
    Ok(())
}

pub(crate) fn functions_are_those_of_the_metrics(browser: &Browser) -> Outcome {
    let trace = programs::orders(6, true);
    let mut page = browser.open(&trace.report())?;
    page.press(["3"])?;
    let mut expected = trace.metrics().functions;
    expected.sort_by_key(|f| std::cmp::Reverse(f.function.self_time));
    let names = |functions: &[tracesnap::tree::FunctionMetrics]| -> Vec<String> {
        functions.iter().map(|f| format!("{}{}", f.function.name, f.function.module)).collect()
    };
    assert_eq!(column(&mut page, "Function")?, names(&expected), "most self time first");
    assert_eq!(column(&mut page, "Calls")?, expected.iter().map(|f| f.function.calls.to_string()).collect::<Vec<_>>());
    assert_eq!(column(&mut page, "Total")?, expected.iter().map(|f| time(f.function.total)).collect::<Vec<_>>());
    assert_eq!(
        column(&mut page, "p95")?,
        expected.iter().map(|f| time(f.wall.expect("all returned").p95)).collect::<Vec<_>>()
    );
    let failed = |f: &tracesnap::tree::FunctionMetrics| {
        if f.function.errors > 0 { format!("✗ {}", f.function.errors) } else { String::new() }
    };
    assert_eq!(column(&mut page, "Failed")?, expected.iter().map(failed).collect::<Vec<_>>());

    page.click(".sort", Some("Function"))?;
    expected.sort_by(|a, b| (&a.function.name, &a.function.module).cmp(&(&b.function.name, &b.function.module)));
    assert_eq!(column(&mut page, "Function")?, names(&expected), "by name");
    assert_eq!(page.ask("document.querySelector('.view:not([hidden]) [aria-sort]').ariaSort")?, "ascending");
    page.click(".sort", Some("Function"))?;
    expected.reverse();
    assert_eq!(column(&mut page, "Function")?, names(&expected), "and back");
    Ok(())
}

pub(crate) fn from_the_bottom_up_a_function_shows_its_callers(browser: &Browser) -> Outcome {
    let trace = programs::orders(3, true);
    let mut page = browser.open(&trace.report())?;
    choose(&mut page, "Bottom-up")?;
    let functions = trace.metrics().functions.len();
    assert_eq!(page.rows()?.len(), functions);
    page.press(["/"])?;
    page.write("connect")?;
    page.press(["Enter", "Escape"])?;
    page.press(["*"])?;
    let rows = column(&mut page, "Function, and who called it")?;
    let at = rows.iter().position(|row| label(row).starts_with("connect")).expect("it was called");
    let callers: Vec<_> =
        rows[at..at + 3].iter().map(|row| label(row).split("tracesnap_browser").next().unwrap_or_default()).collect();
    assert_eq!(callers, ["connect", "charge", "process_order"]);
    let own = column(&mut page, "Self")?;
    assert!(
        own[at..at + 3].iter().all(|own| *own == own_time(&trace, "connect")),
        "the time is that of `connect`: {own:?}"
    );
    Ok(())
}

fn own_time(trace: &Trace, name: &str) -> String {
    time(trace.metrics().function(name).expect("it was called").function.self_time)
}

pub(crate) fn the_graph_has_every_function_and_every_edge(browser: &Browser) -> Outcome {
    let trace = programs::orders(5, true);
    let mut page = browser.open(&trace.report())?;
    page.press(["4"])?;
    let graph = trace.graph();
    let mut expected: Vec<_> = graph.functions().map(|f| f.name.to_string()).collect();
    let mut shown: Vec<_> =
        page.texts(".graph .box .name")?.iter().map(|name| name.trim_start_matches("✗ ").to_owned()).collect();
    expected.sort();
    shown.sort();
    assert_eq!(shown, expected);
    let mut expected: Vec<_> = graph.as_petgraph().edge_weights().map(|edge| format!("×{}", edge.calls)).collect();
    let mut shown = page.texts(".graph .calls")?;
    expected.sort();
    shown.sort();
    assert_eq!(shown, expected);
    page.click(".graph .box", Some("charge"))?;
    assert_eq!(page.text(".details h2")?, "charge");
    assert_eq!(figure(&mut page, "errors")?, graph.function("charge").expect("it was called").errors.to_string());
    Ok(())
}

pub(crate) fn functions_that_nobody_calls_and_that_call_nobody_stand_in_a_block(browser: &Browser) -> Outcome {
    macro_rules! calls {
        ($($name:literal),+) => {{ $(info_span!($name).in_scope(|| ());)+ }};
    }
    let (_, trace) = Tracer::builder().trace(|| {
        info_span!("order").in_scope(|| calls!("load", "pay"));
        calls!("f01", "f02", "f03", "f04", "f05", "f06", "f07", "f08", "f09", "f10", "f11", "f12", "f13", "f14", "f15");
        calls!("f16", "f17", "f18", "f19", "f20", "f21", "f22", "f23", "f24");
    })?;
    let mut page = browser.open(&trace.report())?;
    page.press(["4"])?;
    let places = page.ask(
        "[...document.querySelectorAll('svg.graph [data-fn]')].map((box) => box.getAttribute('transform').match(/-?[0-9.]+/g).map(Number))",
    )?;
    let places: Vec<(f64, f64)> = serde_json::from_value(places)?;
    assert_eq!(places.len(), 27);
    let apart = |(a, b): (&(f64, f64), &(f64, f64))| (a.0 - b.0).abs() >= 196.0 || (a.1 - b.1).abs() >= 42.0;
    for (at, place) in places.iter().enumerate() {
        assert!(places[at + 1..].iter().all(|other| apart((place, other))), "no box stands on another");
    }
    let reach = |of: fn(&(f64, f64)) -> f64| places.iter().map(of).fold(0.0, f64::max);
    let (width, height) = (reach(|place| place.0) + 196.0, reach(|place| place.1) + 42.0);
    assert!(height < 1.5 * width, "{width} by {height} is a column");
    let names = page.texts("svg.graph [data-fn] .name")?;
    let at =
        |wanted: (f64, f64)| names[places.iter().position(|place| *place == wanted).expect("a box is there")].clone();
    let lowest = places.iter().filter(|place| place.0 == 0.0).map(|place| place.1).fold(0.0, f64::max);
    let row = lowest - 58.0;
    page.click("svg.graph [data-fn]", Some(&at((0.0, row))))?;
    page.press(["ArrowRight"])?;
    assert_eq!(page.text(".details h2")?, at((280.0, row)), "arrows go to whom stands beside it");
    Ok(())
}

pub(crate) fn the_flame_chart_goes_along_the_calls(browser: &Browser) -> Outcome {
    let trace = programs::orders(1, true);
    let mut page = browser.open(&trace.report())?;
    page.press(["2"])?;
    let mut along = Vec::new();
    // The first call, its first call, its neighbours up to where one calls another, and back up.
    for key in ["ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowUp", "ArrowUp"] {
        page.press([key])?;
        along.push(page.text(".details h2")?);
    }
    let expected = [
        "process_order",
        "check_availability",
        "check_availability",
        "calculate_price",
        "discount",
        "calculate_price",
        "process_order",
    ];
    assert_eq!(along, expected);
    assert_eq!(figure(&mut page, "wall")?, time(the_call(&trace, "process_order").wall().expect("it returned")));
    // On its way the chart came nearer to what was too small to be seen.
    page.press(["0"])?;
    assert_eq!(page.text(".view:not([hidden]) .note")?, format!("{} in view", time(trace.metrics().wall)));

    // The call takes the whole width, so a click in the first row is on it; one below all rows is on nothing.
    page.press(["Escape"])?;
    let top = page.ask("document.querySelector('.flame').getBoundingClientRect().top")?.as_f64().unwrap_or_default();
    page.click_at(300.0, top + 24.0 + 18.0 + 9.0)?;
    assert_eq!(page.text(".details h2")?, "process_order");
    page.press(["Enter", "+", "+"])?;
    assert_ne!(page.text(".view:not([hidden]) .note")?, format!("{} in view", time(trace.metrics().wall)), "zoomed in");
    page.press(["0"])?;
    assert_eq!(page.text(".view:not([hidden]) .note")?, format!("{} in view", time(trace.metrics().wall)));
    Ok(())
}

pub(crate) fn a_call_stands_in_the_flame_chart_where_and_when_it_ran(browser: &Browser) -> Outcome {
    let trace = programs::orders(2, true);
    let mut page = browser.open(&trace.report())?;
    page.press(["2"])?;
    let room = page.ask("(() => { const r = document.querySelector('.flame').getBoundingClientRect(); return [r.left, r.top, r.width]; })()")?;
    let [left, top, width] = [0, 1, 2].map(|at| room[at].as_f64().unwrap_or_default());
    let all = trace.metrics().wall.as_secs_f64();
    let begin = trace.tree().calls().filter_map(|call| call.first_enter()).min().expect("there are calls");
    let mut clicked = 0;
    for call in trace.tree().calls() {
        let (start, wall) = (call.first_enter().expect("it began") - begin, call.wall().expect("it returned"));
        // Narrower boxes are drawn together with their neighbours.
        if wall.as_secs_f64() / all * width < 4.0 {
            continue;
        }
        clicked += 1;
        let middle = (start + wall / 2).as_secs_f64() / all;
        // Under the axis and the name of the thread, one row a level.
        page.click_at(left + middle * width, top + 24.0 + 18.0 * (call.depth() as f64 + 1.5))?;
        assert_eq!(page.text(".details h2")?, call.name());
        assert_eq!((figure(&mut page, "begins at")?, figure(&mut page, "wall")?), (time(start), time(wall)));
    }
    assert!(clicked >= 4, "{clicked} calls are wide enough to click");
    Ok(())
}

pub(crate) fn details_say_all_that_is_known_of_a_call(browser: &Browser) -> Outcome {
    let trace = programs::orders(2, true);
    let mut page = browser.open(&trace.report())?;
    open_all(&mut page)?;
    let declined = trace
        .tree()
        .calls()
        .find(|call| call.name() == "charge" && call.error().is_some())
        .expect("the second is declined");
    page.click(".space > .row", Some(&written(Item::Call(declined))))?;
    assert_eq!(page.text(".details h2")?, "charge");
    let callsite = declined.callsite();
    assert_eq!(
        page.text(".details .source")?,
        format!("{}:{}", callsite.file.as_deref().expect("known"), callsite.line.expect("known"))
    );
    assert_eq!(page.texts(".details .values dt")?, ["amount", "payment_token"]);
    assert_eq!(page.texts(".details .values dd")?, ["45.0", "[redacted]"]);
    assert_eq!(page.texts(".details section > h3")?, ["Arguments", "✗ Error", "Time", "Called by"]);
    assert_eq!(page.text(".details section:nth-of-type(2) pre")?, "card declined");
    assert_eq!(figure(&mut page, "self")?, time(declined.self_time()));
    assert_eq!(figure(&mut page, "polls")?, "1");
    assert_eq!(
        figure(&mut page, "thread")?,
        trace.tree().threads()[declined.thread_index()].name.as_deref().unwrap_or("thread 0")
    );

    page.click(".details .entry", Some("process_order"))?;
    assert_eq!(page.text(".details h2")?, "process_order", "callers can be followed");
    page.click(".space > .row", Some("reserve(items: 2)"))?;
    assert_eq!(page.texts(".details section > h3")?, ["Arguments", "Time", "Events (1)", "Called by"]);
    page.click(".details .entry", Some("reserved"))?;
    assert_eq!(page.text(".details h2")?, "INFO event");
    assert_eq!(page.texts(".details .values dd")?, ["reserved", "\"B7\""]);
    Ok(())
}

pub(crate) fn a_task_shows_when_it_was_busy_and_when_idle(browser: &Browser) -> Outcome {
    let trace = programs::tasks();
    let mut page = browser.open(&trace.report())?;
    open_all(&mut page)?;
    let oslo = trace.tree().calls().find(|call| call.name() == "weather").expect("there are four");
    page.click(".space > .row", Some(&written(Item::Call(oslo))))?;
    assert_eq!(figure(&mut page, "busy")?, time(oslo.busy()));
    assert_eq!(figure(&mut page, "idle")?, time(oslo.idle().expect("it returned")));
    assert_eq!(figure(&mut page, "polls")?, oslo.polls().to_string());
    let begin = oslo.first_enter().expect("it was entered");
    let stays: Vec<_> =
        oslo.stays().map(|(start, end, _)| (time(start - begin), time(end.expect("it was left") - start))).collect();
    let shown = page.ask("[...document.querySelectorAll('.stays tr')].slice(1).map((row) => [row.cells[0].textContent, row.cells[1].textContent])")?;
    assert_eq!(serde_json::from_value::<Vec<(String, String)>>(shown)?, stays);
    let bars = page.ask("(() => { const when = document.querySelector('.row.active .when'); return [when.querySelectorAll('.idle').length, when.querySelectorAll('.busy').length]; })()")?;
    assert_eq!(bars, serde_json::json!([1, oslo.polls()]), "hatched as long as it took, solid where it was entered");

    // In the chart by thread, each poll is a box of its own; by task, the call is one.
    page.press(["2"])?;
    assert_eq!(page.ask("document.querySelector('input[value=task]').checked")?, true, "what waits is shown by task");
    Ok(())
}

pub(crate) fn memory_has_a_column_where_it_was_read(browser: &Browser) -> Outcome {
    let guard = Tracer::builder().memory(MemoryReadings::Allocations).start()?;
    info_span!("outer").in_scope(|| {
        let kept = vec![0_u8; 1000];
        info_span!("inner").in_scope(|| drop(vec![0_u8; 3072]));
        drop(kept);
    });
    let trace = guard.finish();
    let mut page = browser.open(&trace.report())?;
    open_all(&mut page)?;
    let read: Vec<_> = trace.tree().calls().map(|call| call.memory().expect("it was read").allocated).collect();
    assert_eq!(read, [4072, 3072]);
    assert_eq!(column(&mut page, "Allocated")?, ["3.98 KiB", "3.00 KiB"]);
    page.press(["ArrowDown"])?;
    assert_eq!(figure(&mut page, "self")?, time(the_call(&trace, "outer").self_time()));
    assert_eq!(figure(&mut page, "self allocations")?, "1");
    assert_eq!(figure(&mut page, "freed")?, "3.98 KiB");
    Ok(())
}

pub(crate) fn without_times_everything_else_is_shown(browser: &Browser) -> Outcome {
    let guard = Tracer::builder().timing(false).start()?;
    info_span!("outer").in_scope(|| info_span!("inner", n = 1).in_scope(|| ()));
    let trace = guard.finish();
    let mut page = browser.open(&trace.report())?;
    open_all(&mut page)?;
    assert_eq!(column(&mut page, "Call")?.iter().map(|cell| label(cell)).collect::<Vec<_>>(), ["outer", "inner(n: 1)"]);
    assert_eq!(column(&mut page, "Wall")?, ["–", "–"]);
    assert!(page.texts(".chip")?.contains(&"no times".to_owned()));
    page.press(["2", "3", "4"])?;
    assert_eq!(page.complaints()?, [""; 0]);
    Ok(())
}

pub(crate) fn a_trace_without_calls_says_so(browser: &Browser) -> Outcome {
    let trace = Trace::default();
    let mut page = browser.open(&trace.report().compare(trace.report()))?;
    for view in ["1", "2", "3", "4", "5"] {
        page.press([view])?;
    }
    page.press(["1"])?;
    assert_eq!(page.texts(".view:not([hidden]) .empty")?, ["Nothing to show here."]);
    assert_eq!(page.complaints()?, [""; 0]);
    Ok(())
}

pub(crate) fn a_trace_that_lost_something_says_so_first(browser: &Browser) -> Outcome {
    let trace = programs::lossy();
    let mut page = browser.open(&trace.report())?;
    let said = page.text("[role=alert]")?;
    let loss = trace.stats().loss();
    assert!(said.contains(&format!("{} rows lost", trace.stats().lost)) && said.contains(&loss.to_string()), "{said}");
    assert!(loss.remedies().all(|remedy| said.contains(remedy)), "{said}");
    assert!(said.contains(".capacity("), "and what to do: {said}");
    assert!(browser.open(&programs::orders(1, true).report())?.texts("[role=alert]")?.is_empty());
    Ok(())
}

pub(crate) fn the_overview_comes_first(browser: &Browser) -> Outcome {
    let trace = programs::orders(3, true);
    let mut page = browser.open(&trace.report())?;
    assert_eq!(page.text(".details h2")?, "This trace");
    assert_eq!(figure(&mut page, "levels")?, trace.metrics().max_depth.to_string());
    let hottest = page.text(".details section:nth-of-type(2) .entry")?;
    let mut functions = trace.metrics().functions;
    functions.sort_by_key(|f| std::cmp::Reverse(f.function.self_time));
    assert!(hottest.starts_with(&*functions[0].function.name), "{hottest}");
    page.click(".details .entry", Some("charge"))?;
    assert_eq!(page.text(".details h2")?, "charge", "what failed is one click away");
    page.press(["Escape", "Escape"])?;
    assert_eq!(page.text(".details h2")?, "This trace");
    Ok(())
}

pub(crate) fn an_address_may_name_a_view(browser: &Browser) -> Outcome {
    let trace = programs::orders(1, true);
    let mut page = browser.open(&trace.report())?;
    page.ask("location.hash = 'functions'; setTimeout(() => location.reload())")?;
    page.until("document.querySelector('[role=tab][aria-selected=true]')?.textContent === 'Functions'")?;
    assert_eq!(page.rows()?.len(), trace.metrics().functions.len());
    Ok(())
}
