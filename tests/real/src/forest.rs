//! What happened in a run, in one form for both recorders, so that the two can be held against each other.
//!
//! A [`Forest`] is made of a trace or of the list of all callbacks, by code that shares nothing but the form. Equal
//! forests mean: the same calls with the same fields, results and links under the same callers, entered as often and on
//! the same threads, with the same events; and on each thread the same enters, exits and events in the same order.

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Write};

use tracesnap::Trace;
use tracesnap::tree::{Arg, Call, CallTree, Event, Item, Value};
use tracing_core::Metadata;

use crate::naive::{Callback, Fields, What};

/// Calls and events below their callers, and what each thread did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forest {
    roots: Vec<Node>,
    timelines: BTreeMap<String, Vec<String>>,
}

/// A call, or an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    module: String,
    title: Title,
    is_event: bool,
    is_open: bool,
    /// Threads it was entered on, an event's own thread.
    threads: Vec<String>,
    /// Titles of the calls it follows from.
    follows: Vec<Title>,
    children: Vec<Node>,
}

/// What a call or event is called, and what it says.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Title {
    /// Level, name and place.
    name: String,
    /// Fields and result.
    said: String,
}

impl fmt::Display for Title {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.said)
    }
}

/// How much was compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Calls.
    pub spans: usize,
    /// Events, those folded into a call as its result excluded.
    pub events: usize,
    /// Enters of all calls.
    pub enters: usize,
    /// Threads with a timeline.
    pub threads: usize,
    /// Enters, exits and events on all of them.
    pub moments: usize,
}

impl Forest {
    /// What a trace says.
    #[must_use]
    pub fn of_trace(trace: &Trace) -> Self {
        let mut timelines = Timelines::default();
        let tree = trace.tree();
        let roots = tree.root_items().map(|item| of_item(tree, item, &mut timelines)).collect();
        Self { roots, timelines: timelines.in_order() }
    }

    /// What the list of all callbacks says. Callbacks of spans that were made before the list begins are left out.
    #[must_use]
    pub fn of_callbacks(callbacks: &[Callback]) -> Self {
        Reading::of(callbacks).forest()
    }

    /// Both together, without the timelines, and without what follows from what: that does not lead from one recording
    /// into another.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.roots.extend(other.roots);
        self.roots.iter_mut().for_each(Node::forget_follows);
        self.timelines.clear();
        self
    }

    /// Siblings in one order, whatever theirs was: for runs on several threads.
    #[must_use]
    pub fn unordered(mut self) -> Self {
        self.roots.iter_mut().for_each(Node::sort);
        self.roots.sort();
        self
    }

    /// Without threads, enters and times: what two runs of the same program share, when waiting is not.
    #[must_use]
    pub fn without_stays(mut self) -> Self {
        self.roots.iter_mut().for_each(Node::forget_stays);
        self.timelines.clear();
        self
    }

    /// Without fields and results, for runs of a program that says what is different each time.
    #[must_use]
    pub fn without_fields(mut self) -> Self {
        self.roots.iter_mut().for_each(Node::forget_fields);
        self.timelines.clear();
        self
    }

    /// The calls alone.
    #[must_use]
    pub fn without_events(mut self) -> Self {
        self.roots.retain(|root| !root.is_event);
        self.roots.iter_mut().for_each(Node::forget_events);
        self.timelines.clear();
        self
    }

    /// Only what these modules did; what is below a call that goes moves up to its caller.
    #[must_use]
    pub fn only(mut self, is_wanted: impl Fn(&str) -> bool) -> Self {
        self.roots = self.roots.into_iter().flat_map(|root| root.only(&is_wanted)).collect();
        self.timelines.clear();
        self
    }

    /// How much it is.
    #[must_use]
    pub fn size(&self) -> Size {
        let threads = self.timelines.len();
        let mut size = Size { threads, moments: self.timelines.values().map(Vec::len).sum(), ..Size::default() };
        self.roots.iter().for_each(|root| root.add_to(&mut size));
        size
    }

    /// Number of calls and events whose name has these words in it.
    #[must_use]
    pub fn count(&self, words: &str) -> usize {
        self.all().filter(|node| node.title.name.contains(words)).count()
    }

    /// What all calls and events say, of those below a root that says `root` whose title has these words in it; sorted.
    #[must_use]
    pub fn said(&self, root: &str, words: &str) -> Vec<&str> {
        let roots = self.roots.iter().filter(|node| node.title.to_string().contains(root));
        let below = roots.flat_map(Node::all).filter(|node| node.title.to_string().contains(words));
        let mut said: Vec<_> = below.map(|node| node.title.said.as_str()).collect();
        said.sort_unstable();
        said
    }

    fn all(&self) -> impl Iterator<Item = &Node> {
        self.roots.iter().flat_map(Node::all)
    }

    /// Every call and event with its callers, as text.
    fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.roots.iter().for_each(|root| root.paths("", &mut paths));
        paths
    }

    /// What is different between this and what should have been, `None` if nothing is.
    #[must_use]
    pub fn difference(&self, expected: &Self) -> Option<String> {
        if self == expected {
            return None;
        }
        let mut text = String::new();
        let mut surplus: BTreeMap<String, isize> = BTreeMap::new();
        self.paths().into_iter().for_each(|path| *surplus.entry(path).or_default() += 1);
        expected.paths().into_iter().for_each(|path| *surplus.entry(path).or_default() -= 1);
        for (path, n) in surplus.into_iter().filter(|&(_, n)| n != 0).take(40) {
            let _ = writeln!(text, "{} {}×  {path}", if n < 0 { "missing" } else { "too many" }, n.unsigned_abs());
        }
        if text.is_empty() && self.roots != expected.roots {
            let pairs = self.paths().into_iter().zip(expected.paths());
            let (is, should) = pairs.into_iter().find(|(is, should)| is != should).unwrap_or_default();
            let _ = writeln!(text, "the order is different; first\n  is     {is}\n  should {should}");
        }
        for (thread, should) in &expected.timelines {
            let is = self.timelines.get(thread).map_or(&[][..], Vec::as_slice);
            let same = is.iter().zip(should).take_while(|(is, should)| is == should).count();
            if same < is.len().max(should.len()) {
                let at = |moments: &[String]| moments.get(same).cloned().unwrap_or_else(|| "nothing".to_owned());
                let (is, should) = (at(is), at(should));
                let _ = writeln!(text, "on `{thread}`, moment {same}\n  is     {is}\n  should {should}");
            }
        }
        for thread in self.timelines.keys().filter(|&thread| !expected.timelines.contains_key(thread)) {
            let _ = writeln!(text, "nothing should have happened on `{thread}`");
        }
        Some(text)
    }

    /// Holds what a tracer recorded against what really happened.
    ///
    /// # Panics
    ///
    /// When they are different; the message says in what.
    #[track_caller]
    pub fn assert_is(&self, expected: &Self) {
        if let Some(difference) = self.difference(expected) {
            panic!("{:?} recorded, {:?} happened:\n{difference}", self.size(), expected.size());
        }
    }
}

impl Node {
    fn sort(&mut self) {
        self.children.iter_mut().for_each(Self::sort);
        self.children.sort();
    }

    fn forget_stays(&mut self) {
        self.threads.clear();
        self.is_open = false;
        self.children.iter_mut().for_each(Self::forget_stays);
    }

    fn forget_fields(&mut self) {
        self.title.said.clear();
        self.children.iter_mut().for_each(Self::forget_fields);
    }

    fn forget_events(&mut self) {
        self.children.retain(|child| !child.is_event);
        self.children.iter_mut().for_each(Self::forget_events);
    }

    fn forget_follows(&mut self) {
        self.follows.clear();
        self.children.iter_mut().for_each(Self::forget_follows);
    }

    /// It, and all below it.
    fn all(&self) -> Box<dyn Iterator<Item = &Self> + '_> {
        Box::new(std::iter::once(self).chain(self.children.iter().flat_map(Self::all)))
    }

    fn only(mut self, is_wanted: &impl Fn(&str) -> bool) -> Vec<Self> {
        let children = std::mem::take(&mut self.children).into_iter().flat_map(|child| child.only(is_wanted)).collect();
        if is_wanted(&self.module) {
            self.children = children;
            vec![self]
        } else {
            children
        }
    }

    fn add_to(&self, size: &mut Size) {
        if self.is_event {
            size.events += 1;
        } else {
            size.spans += 1;
            size.enters += self.threads.len();
        }
        self.children.iter().for_each(|child| child.add_to(size));
    }

    fn paths(&self, above: &str, paths: &mut Vec<String>) {
        let mut own = format!("{above}{}", self.title);
        if !self.threads.is_empty() {
            let _ = write!(own, " on {}", self.threads.join(", "));
        }
        for from in &self.follows {
            let _ = write!(own, " follows {from}");
        }
        let _ = write!(own, "{}", if self.is_open { " open" } else { "" });
        paths.push(own);
        let above = format!("{above}{} > ", self.title);
        self.children.iter().for_each(|child| child.paths(&above, paths));
    }
}

/// Level, name and place of a callsite, with fields by name and the result.
fn title(
    level: impl fmt::Display,
    (module, target, name, line): (&str, &str, &str, Option<u32>),
    fields: impl IntoIterator<Item = (String, String)>,
    (returned, error): (Option<String>, Option<String>),
) -> Title {
    let mut fields: Vec<_> = fields.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    fields.sort();
    // The name of an event is its place, with a path that is this machine's.
    let name = name.strip_prefix("event ").map_or(name, |_| "event");
    let mut name = format!("{level} {module}::{name}:{}", line.unwrap_or(0));
    if target != module {
        let _ = write!(name, " (target {target})");
    }
    let mut said = format!("{{{}}}", fields.join(", "));
    for (sign, result) in [("→", returned), ("✗", error)] {
        if let Some(result) = result {
            let _ = write!(said, " {sign} {result}");
        }
    }
    Title { name, said }
}

const ENTER: &str = "enter";
const EXIT: &str = "exit";
const EVENT: &str = "event";

// From a trace.

/// By thread: time, and what happened.
#[derive(Default)]
struct Timelines(BTreeMap<String, Vec<(u128, String)>>);

impl Timelines {
    fn add(&mut self, thread: &str, at: std::time::Duration, what: &str, title: &Title) {
        self.0.entry(thread.to_owned()).or_default().push((at.as_nanos(), format!("{what} {title}")));
    }

    fn in_order(self) -> BTreeMap<String, Vec<String>> {
        let in_order = |mut moments: Vec<(u128, String)>| {
            moments.sort_by_key(|(at, _)| *at);
            moments.into_iter().map(|(_, what)| what).collect()
        };
        self.0.into_iter().map(|(thread, moments)| (thread, in_order(moments))).collect()
    }
}

fn of_item(tree: &CallTree, item: Item<'_>, timelines: &mut Timelines) -> Node {
    match item {
        Item::Call(call) => of_call(tree, call, timelines),
        Item::Event(event) => of_event(tree, event, timelines),
    }
}

fn thread_name(tree: &CallTree, index: usize) -> &str {
    tree.threads()[index].name.as_deref().unwrap_or_default()
}

fn call_title(call: Call<'_>) -> Title {
    let site = call.callsite();
    let text = |value: Value<'_>| value.to_string();
    title(
        site.level,
        (&site.module, &site.target, &site.name, site.line),
        call.args().map(field),
        (call.returned().map(text), call.error().map(text)),
    )
}

fn field(arg: Arg<'_>) -> (String, String) {
    (arg.name().to_owned(), arg.value().to_string())
}

fn of_call(tree: &CallTree, call: Call<'_>, timelines: &mut Timelines) -> Node {
    let title = call_title(call);
    let mut threads = Vec::new();
    for (start, end, thread) in call.stays() {
        let thread = thread_name(tree, thread);
        timelines.add(thread, start, ENTER, &title);
        end.into_iter().for_each(|end| timelines.add(thread, end, EXIT, &title));
        threads.push(thread.to_owned());
    }
    Node {
        module: call.module().to_owned(),
        is_event: false,
        is_open: call.is_open(),
        threads,
        follows: call.follows_from().map(call_title).collect(),
        children: call.items().map(|item| of_item(tree, item, timelines)).collect(),
        title,
    }
}

fn of_event(tree: &CallTree, event: Event<'_>, timelines: &mut Timelines) -> Node {
    let site = event.callsite();
    let message = event.message().map(|message| ("message".to_owned(), message.to_owned()));
    let title = title(
        site.level,
        (&site.module, &site.target, &site.name, site.line),
        event.fields().map(field).chain(message),
        (None, None),
    );
    let thread = thread_name(tree, event.thread_index());
    timelines.add(thread, event.at().unwrap_or_default(), EVENT, &title);
    Node {
        module: event.module().to_owned(),
        title,
        is_event: true,
        threads: vec![thread.to_owned()],
        ..Node::default()
    }
}

// From callbacks.

/// What the callbacks said of each span.
#[derive(Default)]
struct Reading<'a> {
    spans: Vec<Span<'a>>,
    /// Where a span stands in `spans`, by its number.
    numbers: HashMap<usize, usize>,
    /// Spans and events without a parent.
    roots: Vec<Child<'a>>,
    moments: Vec<(&'a str, &'static str, Child<'a>)>,
}

struct Span<'a> {
    site: &'static Metadata<'static>,
    fields: Fields,
    threads: Vec<&'a str>,
    exits: usize,
    follows: Vec<usize>,
    returned: Option<String>,
    error: Option<String>,
    children: Vec<Child<'a>>,
}

#[derive(Clone, Copy)]
enum Child<'a> {
    Span(usize),
    Event { site: &'static Metadata<'static>, fields: &'a Fields, thread: &'a str },
}

impl<'a> Reading<'a> {
    fn of(callbacks: &'a [Callback]) -> Self {
        let mut reading = Self::default();
        for Callback { thread, what } in callbacks {
            reading.add(thread, what);
        }
        reading
    }

    fn add(&mut self, thread: &'a str, what: &'a What) {
        let known = |number: &usize| self.numbers.get(number).copied();
        match what {
            What::NewSpan { span, parent, site, fields } => {
                let parent = parent.as_ref().and_then(known);
                let at = self.spans.len();
                self.numbers.insert(*span, at);
                self.spans.push(Span {
                    site,
                    fields: fields.clone(),
                    threads: Vec::new(),
                    exits: 0,
                    follows: Vec::new(),
                    returned: None,
                    error: None,
                    children: Vec::new(),
                });
                self.hang(parent, Child::Span(at));
            }
            What::Enter { span } => {
                let Some(at) = known(span) else { return };
                self.spans[at].threads.push(thread);
                self.moments.push((thread, ENTER, Child::Span(at)));
            }
            What::Exit { span } => {
                let Some(at) = known(span) else { return };
                self.spans[at].exits += 1;
                self.moments.push((thread, EXIT, Child::Span(at)));
            }
            What::Event { parent, site, fields } => {
                let parent = parent.as_ref().and_then(known);
                if parent.is_some_and(|parent| self.spans[parent].took_result(site, fields)) {
                    return;
                }
                let event = Child::Event { site, fields, thread };
                self.hang(parent, event);
                self.moments.push((thread, EVENT, event));
            }
            What::Record { span, fields } => {
                let Some(at) = known(span) else { return };
                for (name, value) in fields {
                    let have = &mut self.spans[at].fields;
                    have.retain(|(have, _)| have != name);
                    have.push((name, value.clone()));
                }
            }
            What::FollowsFrom { span, from } => {
                let Some((at, from)) = known(span).zip(known(from)) else { return };
                self.spans[at].follows.push(from);
            }
            What::Close { .. } => {}
        }
    }

    fn hang(&mut self, parent: Option<usize>, child: Child<'a>) {
        match parent {
            Some(parent) => self.spans[parent].children.push(child),
            None => self.roots.push(child),
        }
    }

    fn forest(&self) -> Forest {
        let mut timelines: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for &(thread, what, of) in &self.moments {
            timelines.entry(thread.to_owned()).or_default().push(format!("{what} {}", self.title(of)));
        }
        Forest { roots: self.roots.iter().map(|&root| self.node(root)).collect(), timelines }
    }

    fn title(&self, of: Child<'_>) -> Title {
        let (site, fields, result) = match of {
            Child::Span(at) => {
                let span = &self.spans[at];
                (span.site, &span.fields, (span.returned.clone(), span.error.clone()))
            }
            Child::Event { site, fields, .. } => (site, fields, (None, None)),
        };
        let module = site.module_path().unwrap_or(site.target());
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        title(site.level(), (module, site.target(), site.name(), site.line()), fields, result)
    }

    fn node(&self, of: Child<'_>) -> Node {
        let title = self.title(of);
        match of {
            Child::Span(at) => {
                let span = &self.spans[at];
                Node {
                    module: span.site.module_path().unwrap_or(span.site.target()).to_owned(),
                    title,
                    is_event: false,
                    is_open: span.threads.is_empty() || span.exits < span.threads.len(),
                    threads: span.threads.iter().copied().map(str::to_owned).collect(),
                    follows: span.follows.iter().map(|&from| self.title(Child::Span(from))).collect(),
                    children: span.children.iter().map(|&child| self.node(child)).collect(),
                }
            }
            Child::Event { site, thread, .. } => Node {
                module: site.module_path().unwrap_or(site.target()).to_owned(),
                title,
                is_event: true,
                threads: vec![thread.to_owned()],
                ..Node::default()
            },
        }
    }
}

impl Span<'_> {
    /// Whether an event is the result of this function: `#[instrument]` makes both at one place in the source.
    fn took_result(&mut self, site: &Metadata<'_>, fields: &Fields) -> bool {
        let [(name, value)] = &fields[..] else { return false };
        let result = match *name {
            "return" => &mut self.returned,
            "error" => &mut self.error,
            _ => return false,
        };
        let same_place = site.line() == self.site.line() && site.file() == self.site.file();
        if same_place {
            *result = Some(value.clone());
        }
        same_place
    }
}

#[cfg(test)]
mod tests {
    use tracing::{info, info_span, instrument};
    use tracing_subscriber::prelude::*;

    use super::*;
    use crate::naive::Naive;

    #[instrument(ret)]
    fn double(n: u64) -> u64 {
        info!("doubling");
        n * 2
    }

    fn callbacks(run: impl FnOnce()) -> Vec<Callback> {
        let naive = Naive::default();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(naive.clone()), run);
        naive.on_threads("")
    }

    #[test]
    fn a_forest_of_callbacks_has_calls_with_results_and_events_under_their_callers() {
        let forest = Forest::of_callbacks(&callbacks(|| {
            info_span!("outer").in_scope(|| double(21));
        }));
        let titles: Vec<_> = forest.roots[0].children.iter().map(|child| child.title.to_string()).collect();
        assert!(titles[0].contains("::double:") && titles[0].ends_with("{n=21} → 42"), "{titles:?}");
        assert_eq!(forest.roots[0].children[0].children[0].title.said, "{message=doubling}");
        assert_eq!(forest.size(), Size { spans: 2, events: 1, enters: 2, threads: 1, moments: 5 });
    }

    #[test]
    fn a_missing_call_a_missing_event_and_a_wrong_order_are_told() {
        let whole = Forest::of_callbacks(&callbacks(|| {
            double(1);
            double(2);
        }));
        let check = |change: fn(&mut Forest), tells: &str| {
            let mut changed = whole.clone();
            change(&mut changed);
            let difference = changed.difference(&whole).expect("it is different");
            assert!(difference.contains(tells), "{difference}");
        };
        check(|forest| drop(forest.roots.pop()), "missing 1×  INFO tracesnap_real::forest::tests::double");
        check(|forest| drop(forest.roots[0].children.pop()), "> INFO");
        check(|forest| forest.roots.swap(0, 1), "the order is different");
        check(|forest| forest.timelines.values_mut().for_each(|moments| moments.swap(0, 1)), "moment 0");
        assert_eq!(whole.difference(&whole.clone()), None);
    }
}
