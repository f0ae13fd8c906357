//! The marker of each call and event: its exact times, arguments, outcome, and where it stands in the source.
//!
//! Each callsite is a type of markers of its own, whose fields are those of its spans.

use std::collections::BTreeSet;

use fxprof_processed_profile::{
    CategoryHandle, Marker, MarkerFieldFlags, MarkerFieldFormat, MarkerLocations, MarkerTiming, MarkerTypeHandle,
    Profile, RuntimeSchemaMarkerField, RuntimeSchemaMarkerSchema, StringHandle, ThreadHandle,
};

use super::columns::{Cell, Columns, Form};
use super::{Categories, at};
use crate::export::lanes::nanos;
use crate::tree::{Call, CallTree, Callsite, Event, Item};

/// Makes the markers.
pub(super) struct Markers<'t> {
    tree: &'t CallTree,
    threads: Vec<ThreadHandle>,
    categories: Categories,
    /// By callsite.
    kinds: Vec<Kind<'t>>,
    /// What stands where there is no text.
    nothing: StringHandle,
    /// Of the names of outcomes.
    outcomes: [StringHandle; 4],
    /// Of the marker at hand.
    cells: Vec<Cell>,
}

/// How a call ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Returned,
    Failed,
    Panicked,
    Open,
}

/// What they are called, in the order of the enum.
const OUTCOMES: [&str; 4] = ["returned", "failed", "panicked", "open"];

/// What all markers of a callsite share.
struct Kind<'t> {
    marker_type: MarkerTypeHandle,
    name: StringHandle,
    columns: Columns<'t>,
    /// Of what its calls returned; `None` where none of them did.
    returned: Option<Form>,
    /// The same of their errors.
    error: Option<Form>,
    /// Whether a call of it was entered more than once: of others the marker's length is all that is to be told.
    is_polled: bool,
}

/// What the values at a callsite are.
#[derive(Clone, Default)]
struct Met<'t> {
    is_event: bool,
    is_polled: bool,
    columns: Columns<'t>,
    returned: Columns<'t>,
    error: Columns<'t>,
}

impl<'t> Markers<'t> {
    pub(super) fn new(
        profile: &mut Profile,
        tree: &'t CallTree,
        threads: Vec<ThreadHandle>,
        categories: Categories,
    ) -> Self {
        let mut met = vec![Met::default(); tree.callsites.len()];
        for (_, item) in tree.walk() {
            match item {
                Item::Call(call) => {
                    let met = &mut met[call.callsite_index()];
                    met.is_polled |= call.polls() > 1;
                    call.args().for_each(|arg| met.columns.meet(arg.name(), arg.value()));
                    call.returned().into_iter().for_each(|value| met.returned.meet("", value));
                    call.error().into_iter().for_each(|value| met.error.meet("", value));
                }
                Item::Event(event) => {
                    let met = &mut met[event.callsite_index()];
                    met.is_event = true;
                    event.fields().for_each(|field| met.columns.meet(field.name(), field.value()));
                }
            }
        }
        let mut taken = BTreeSet::new();
        let kinds = tree.callsites.iter().zip(met);
        let kinds = kinds.map(|(site, met)| Kind::new(profile, site, met, &mut taken)).collect();
        let nothing = profile.intern_string("");
        let outcomes = OUTCOMES.map(|name| profile.intern_string(name));
        Self { tree, threads, categories, kinds, nothing, outcomes, cells: Vec::new() }
    }

    pub(super) fn run(mut self, profile: &mut Profile) {
        for (_, item) in self.tree.walk() {
            match item {
                Item::Call(call) => self.add_call(profile, call),
                Item::Event(event) => self.add_event(profile, event),
            }
        }
    }

    fn add_call(&mut self, profile: &mut Profile, call: Call<'t>) {
        let Some(start) = call.first_enter().map(nanos) else { return };
        let timing = match call.last_exit().map(nanos) {
            Some(end) => MarkerTiming::Interval(at(start), at(end.max(start))),
            None => MarkerTiming::IntervalStart(at(start)),
        };
        let outcome = match (call.panicked(), call.error().is_some()) {
            (true, _) => Outcome::Panicked,
            (_, true) => Outcome::Failed,
            _ if call.is_open() => Outcome::Open,
            _ => Outcome::Returned,
        };
        let kind = &self.kinds[call.callsite_index()];
        let cells = &mut self.cells;
        kind.columns.fill(profile, call.args(), cells);
        for (form, value) in [(kind.returned, call.returned()), (kind.error, call.error())] {
            let Some(form) = form else { continue };
            cells.push(value.map_or(Cell::EMPTY, |value| Cell::of(profile, form, value, false)));
        }
        cells.push(Cell::text(self.outcomes[outcome as usize]));
        if kind.is_polled {
            let busy = nanos(call.busy()) as f64 / 1e6;
            cells.extend([Cell::number(busy), Cell::number(call.polls().into())]);
        }
        let failed = matches!(outcome, Outcome::Panicked | Outcome::Failed);
        let category = if failed { self.categories.failed } else { self.categories.call };
        let marker =
            OneMarker { marker_type: kind.marker_type, name: kind.name, category, cells, nothing: self.nothing };
        profile.add_marker(self.threads[call.thread_index()], timing, marker);
    }

    fn add_event(&mut self, profile: &mut Profile, event: Event<'t>) {
        let kind = &self.kinds[event.callsite_index()];
        let cells = &mut self.cells;
        kind.columns.fill(profile, event.fields(), cells);
        let name = event.message().map_or(kind.name, |message| profile.intern_string(message));
        let category = self.categories.event;
        let marker = OneMarker { marker_type: kind.marker_type, name, category, cells, nothing: self.nothing };
        let timing = MarkerTiming::Instant(at(event.at().map_or(0, nanos)));
        profile.add_marker(self.threads[event.thread_index()], timing, marker);
    }
}

impl<'t> Kind<'t> {
    fn new(profile: &mut Profile, site: &Callsite, met: Met<'t>, taken: &mut BTreeSet<String>) -> Self {
        let source = match (&site.file, site.line) {
            (Some(file), Some(line)) => format!("{file}:{line}"),
            (file, _) => file.as_deref().unwrap_or_default().to_owned(),
        };
        let form = |met: &Columns<'_>| met.0.first().map(|column| column.form);
        let (returned, error) = (form(&met.returned), form(&met.error));
        let marker_type = profile.register_marker_type(schema(site, &source, &met, taken));
        let name = profile.intern_string(if met.is_event { "event" } else { &site.name });
        Self { marker_type, name, columns: met.columns, returned, error, is_polled: met.is_polled }
    }
}

/// The type of the markers of a callsite: its fields, and what is shown of them where there is little room.
fn schema(site: &Callsite, source: &str, met: &Met<'_>, taken: &mut BTreeSet<String>) -> RuntimeSchemaMarkerSchema {
    let mut type_name = format!("{}::{}", site.module, site.name);
    if taken.contains(&type_name) {
        type_name = format!("{type_name} {source}");
    }
    while !taken.insert(type_name.clone()) {
        type_name.push('\'');
    }
    let mut fields: Vec<RuntimeSchemaMarkerField> = Vec::new();
    let mut told = String::new();
    for column in &met.columns.0 {
        let key = key(column.name, &fields);
        told.push_str(&format!(" {}={{marker.data.{key}}}", plain(column.name)));
        fields.push(field(&key, column.name, format_of(column.form)));
    }
    let mut own = |key: &str, label: &str, format| fields.push(field(key, label, format));
    let table_label = if met.is_event {
        format!("{} {{marker.name}}{told}", site.level.as_str())
    } else {
        let mut outcome = String::new();
        for (name, label, values) in [("returned", "Returned", &met.returned), ("error", "Error", &met.error)] {
            if let Some(column) = values.0.first() {
                own(name, label, format_of(column.form));
                // A call has at most one of them, and what is not there is nothing in a label.
                outcome.push_str(if outcome.is_empty() { " " } else { "" });
                outcome.push_str(&format!("{{marker.data.{name}}}"));
            }
        }
        own("outcome", "Outcome", MarkerFieldFormat::String);
        if met.is_polled {
            own("busy", "Busy", MarkerFieldFormat::Duration);
            own("polls", "Polls", MarkerFieldFormat::Integer);
        }
        format!("{}::{{marker.name}}{told} → {{marker.data.outcome}}{outcome}", plain(&site.module))
    };
    let place = if source.is_empty() { String::new() } else { format!(", {source}") };
    let kind = if met.is_event { "event" } else { "call" };
    RuntimeSchemaMarkerSchema {
        type_name,
        description: Some(format!("{kind} of {}{place}", site.module)),
        locations: MarkerLocations::MARKER_CHART.union(MarkerLocations::MARKER_TABLE),
        chart_label: Some(format!("{{marker.name}}{told}")),
        tooltip_label: None,
        table_label: Some(table_label),
        fields,
        graphs: Vec::new(),
    }
}

fn field(key: &str, label: &str, format: MarkerFieldFormat) -> RuntimeSchemaMarkerField {
    RuntimeSchemaMarkerField { key: key.into(), label: label.into(), format, flags: MarkerFieldFlags::SEARCHABLE }
}

fn format_of(form: Form) -> MarkerFieldFormat {
    match form {
        Form::Integer => MarkerFieldFormat::Integer,
        Form::Decimal => MarkerFieldFormat::Decimal,
        Form::Text => MarkerFieldFormat::String,
    }
}

/// What a field goes by in the file. Labels take names with nothing but letters and digits, and those of the fields that
/// every marker has are taken.
fn key(name: &str, others: &[RuntimeSchemaMarkerField]) -> String {
    const TAKEN: [&str; 7] = ["busy", "cause", "error", "outcome", "polls", "returned", "type"];
    let mut key: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    while TAKEN.contains(&key.as_str()) || others.iter().any(|other| other.key == key) {
        key.push('_');
    }
    key
}

/// A name within a label, where braces mean something.
fn plain(name: &str) -> String {
    name.replace(['{', '}'], "")
}

/// A marker of any callsite, its cells in the order of its type's fields.
struct OneMarker<'m> {
    marker_type: MarkerTypeHandle,
    name: StringHandle,
    category: CategoryHandle,
    cells: &'m [Cell],
    nothing: StringHandle,
}

impl Marker for OneMarker<'_> {
    fn marker_type(&self, _: &mut Profile) -> MarkerTypeHandle {
        self.marker_type
    }

    fn name(&self, _: &mut Profile) -> StringHandle {
        self.name
    }

    fn category(&self, _: &mut Profile) -> CategoryHandle {
        self.category
    }

    fn string_field_value(&self, field: u32) -> StringHandle {
        self.cells[field as usize].text.unwrap_or(self.nothing)
    }

    fn number_field_value(&self, field: u32) -> f64 {
        self.cells[field as usize].number
    }
}
