//! Reads the document of a trace file into a tree, a line at a time: nothing else of it is held.
//!
//! What it says is believed only where it can be: whatever a file holds, there is a tree that can be walked, or an
//! error that says where.

use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::rc::Rc;
use std::time::SystemTime;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::summary::{SummaryLine, TraceSummary};
use super::unpack::{MAX_UNPACKED, Unpack};
use super::wire::{Args, CallsiteLine, Cost, Line, StayLine, ThreadLine, WireValue};
use super::{About, FileError, Loaded, VERSION};
use crate::tree::{Callsite, Field, NONE, Outcome, Stay, Stored, Thread, TraceStats, TreeBuilder, flag};

const BUFFER: usize = 64 << 10;

/// The shortest line of a call, `{"call":0},` with its end: so many bytes cannot hold more calls than that.
pub(super) const SHORTEST_LINE: u64 = 12;

/// Calls that room is made for before they are met, where the size of the document is not known.
const EXPECTED_UNSEEN: u64 = 1 << 20;

/// Reads a file. The error beside a trace says why it is only a part.
pub(crate) fn load(path: &Path) -> Result<(Loaded, Option<FileError>), FileError> {
    let open = || {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        Ok(if metadata.is_file() { (file, Some(metadata.len())) } else { (file, None) })
    };
    let (file, size) = open().map_err(|source| FileError::Read { path: Some(path.to_owned()), source })?;
    match document(file, size, MAX_UNPACKED) {
        Ok((loaded, partial)) => Ok((loaded, partial.map(|error| error.at(path)))),
        Err(error) => Err(error.at(path)),
    }
}

/// The same from a reader.
pub(crate) fn read(from: impl Read) -> Result<(Loaded, Option<FileError>), FileError> {
    document(from, None, MAX_UNPACKED)
}

/// Reads what stands before the calls. `None` where that has no summary.
pub(super) fn head(from: impl Read) -> Result<Option<TraceSummary>, FileError> {
    let mut unpack = Unpack::new(from, MAX_UNPACKED)?;
    let mut reading = Reading { head_only: true, ..Reading::new(0) };
    let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(BUFFER, &mut unpack));
    let result = json.deserialize_map(Document(&mut reading));
    drop(json);
    match result {
        Err(error) if !reading.has_calls => Err(reading.explain(error, &unpack)),
        _ => Ok(reading.summary.map(|summary| summary.with(reading.about.started, reading.stats))),
    }
}

pub(super) fn document(
    from: impl Read,
    size: Option<u64>,
    small: u64,
) -> Result<(Loaded, Option<FileError>), FileError> {
    let mut unpack = Unpack::new(from, small)?;
    let most = size.map_or(EXPECTED_UNSEEN, |size| unpack.most(size) / SHORTEST_LINE);
    let mut reading = Reading::new(most);
    let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(BUFFER, &mut unpack));
    let result = json.deserialize_map(Document(&mut reading)).and_then(|()| {
        reading.is_whole = true;
        json.end()
    });
    drop(json);
    let error = match result {
        Ok(()) if unpack.goes_on() => FileError::Trailing { path: None, line: None },
        Ok(()) => return Ok((reading.finish(), None)),
        Err(error) => reading.explain(error, &unpack),
    };
    if let FileError::Trailing { .. } = error {
        return Ok((reading.finish(), Some(error)));
    }
    // A part is worth having where a call is in it.
    let is_partial = matches!(error, FileError::Truncated { .. } | FileError::Damaged { .. }) && reading.read > 0;
    if is_partial { Ok((reading.finish_partial(), Some(error))) } else { Err(error) }
}

/// A call that more may be in.
struct Open {
    node: u32,
    /// Thread of the last call in it, or `NONE`.
    last: u32,
}

/// What was read so far.
struct Reading {
    builder: TreeBuilder,
    stats: TraceStats,
    about: About,
    threads: u32,
    /// By callsite: the names of its fields.
    callsites: Vec<Rc<[Box<str>]>>,
    /// The call that was read last and those it is in, outermost first.
    path: Vec<Open>,
    /// Thread of the last root, or `NONE`.
    last_root: u32,
    /// Calls and events read.
    read: u64,
    events: u64,
    /// `(call, number of the call it follows from)`.
    follows: Vec<(u32, u32)>,
    has_calls: bool,
    /// Whether the document was read to its end.
    is_whole: bool,
    /// Calls and events the file can hold.
    most: u64,
    /// Why it is not read, where that is nothing in the document's form.
    refused: Option<FileError>,
    /// Whether calls are not wanted.
    head_only: bool,
    summary: Option<SummaryLine>,
}

impl Reading {
    fn new(most: u64) -> Self {
        Self {
            builder: TreeBuilder::in_pushing_order(0),
            stats: TraceStats::default(),
            about: About::default(),
            threads: 0,
            callsites: Vec::new(),
            path: Vec::new(),
            last_root: NONE,
            read: 0,
            events: 0,
            follows: Vec::new(),
            has_calls: false,
            is_whole: false,
            most,
            refused: None,
            head_only: false,
            summary: None,
        }
    }

    fn expected(&self) -> u64 {
        self.stats.recorded.saturating_add(self.stats.events)
    }

    /// Adds a call or an event; one with something wrong in it is not added at all.
    fn item(&mut self, line: Line<'_>) -> Result<(), String> {
        let (site, is_event) = match (line.call, line.event) {
            (Some(site), None) => (site, false),
            (None, Some(site)) => (site, true),
            (None, None) => return Err("neither `call` nor `event` is said".to_owned()),
            (Some(_), Some(_)) => return Err("it cannot be both `call` and `event`".to_owned()),
        };
        let depth = line.depth as usize;
        if depth > self.path.len() {
            return Err(format!("`depth` is {depth}, but there are {} calls it could be in", self.path.len()));
        }
        if self.read >= u64::from(u32::MAX >> 1) {
            return Err("more calls than a tree can hold".to_owned());
        }
        self.known_thread(line.thread)?;
        let returned = line.returned.map(|value| self.field(0, &value)).transpose()?;
        let error = line.error.map(|value| self.field(0, &value)).transpose()?;
        let mut stays = self.stays(&line.stays)?;
        let (first, last) = (end(line.at, 0)?, end(line.at, line.wall)?);
        let fields = self.fields(site, &line.args)?;
        let of_calls = [returned.is_some(), error.is_some(), !stays.is_empty(), !line.follows.is_empty()];
        if is_event && (of_calls.contains(&true) || line.memory.is_some() || line.wall != 0) {
            return Err("it says of an event what only a call can have".to_owned());
        }

        let mut flags = if is_event { flag::EVENT } else { 0 };
        for (has, bit) in [
            (line.entered, flag::ENTERED),
            (line.open, flag::OPEN),
            (line.panicked, flag::PANICKED),
            (line.truncated, flag::TRUNCATED),
            (line.orphan, flag::ORPHAN),
        ] {
            flags |= if has { bit } else { 0 };
        }
        // Siblings stand in order, so they need no stamp to be sorted by.
        let node = self.builder.node(site, line.thread, flags, 0);
        self.path.truncate(depth);
        let sibling = match self.path.last_mut() {
            Some(parent) => {
                self.builder.set_parent(node, parent.node);
                &mut parent.last
            }
            None => &mut self.last_root,
        };
        self.builder.own_fields(node, fields);
        self.read += 1;
        if is_event {
            self.builder.get_mut(node).first_enter = first;
            self.events += 1;
            return Ok(());
        }
        let sibling = std::mem::replace(sibling, line.thread);
        if sibling != NONE && sibling != line.thread {
            match self.path.last() {
                Some(parent) => self.builder.get_mut(parent.node).flags |= flag::CONCURRENT_CHILDREN,
                None => self.builder.concurrent_roots(),
            }
        }
        self.path.push(Open { node, last: NONE });
        if !stays.is_empty() {
            self.builder.stays(node, &mut stays);
        } else if line.entered {
            let node = self.builder.get_mut(node);
            (node.first_enter, node.last_exit) = (first, if line.open { 0 } else { last });
        }
        if returned.is_some() || error.is_some() {
            *self.builder.outcome(node) = Outcome { returned, error };
        }
        if let Some(memory) = line.memory {
            self.builder.memory(node, memory);
        }
        self.follows.extend(line.follows.iter().map(|&from| (node, from)));
        Ok(())
    }

    fn known_thread(&self, thread: u32) -> Result<(), String> {
        if thread < self.threads {
            return Ok(());
        }
        Err(format!("thread {thread} of {}; `threads` has to stand before `calls`", self.threads))
    }

    fn stays(&mut self, said: &[StayLine]) -> Result<Vec<Stay>, String> {
        let mut busy = 0_i64;
        let stays = said.iter().map(|stay| {
            self.known_thread(stay.thread)?;
            let (start, last) = (end(stay.at, 0)?, end(stay.at, stay.wall)?);
            busy = busy.checked_add(stay.wall.max(0)).ok_or("its stays last longer than a clock counts")?;
            let memory = stay.memory.map_or(NONE, |memory| self.builder.reading(memory));
            Ok(Stay { start, end: if stay.open { u64::MAX } else { last }, thread: stay.thread, memory })
        });
        stays.collect()
    }

    /// Reads the fields of the node that is next, and says where they begin.
    fn fields(&mut self, site: u32, args: &Args<'_>) -> Result<usize, String> {
        let Some(site) = self.callsites.get(site as usize).map(Rc::clone) else {
            let known = self.callsites.len();
            return Err(format!("callsite {site} of {known}; `callsites` has to stand before `calls`"));
        };
        if args.0.len() > site.len() {
            return Err("it has more fields than its callsite".to_owned());
        }
        let start = self.builder.next_field();
        let mut next = 0;
        for (name, value) in &args.0 {
            // They mostly stand in the order of the callsite; going on from the last also tells two of a name apart.
            let found = (next..site.len()).chain(0..next).find(|&at| *site[at] == **name);
            let Some(at) = found else { return Err(format!("its callsite has no field `{name}`")) };
            next = at + 1;
            let field = self.field(u16::try_from(at).map_err(|_| "its callsite has too many fields")?, value)?;
            self.builder.push_field(field);
        }
        Ok(start)
    }

    fn field(&mut self, name: u16, value: &WireValue<'_>) -> Result<Field, String> {
        let (value, cut) = match value {
            WireValue::Cut(value) => (&**value, true),
            value => (value, false),
        };
        let number = |text: &str| format!("`{text}` is not the number it should be");
        let value = match value {
            WireValue::Bool(v) => Stored::Bool(*v),
            WireValue::I64(v) => Stored::I64(*v),
            WireValue::U64(v) => Stored::U64(*v),
            WireValue::F64(v) => Stored::F64(*v),
            WireValue::Nonfinite(v) => match &**v {
                "NaN" => Stored::F64(f64::NAN),
                "inf" => Stored::F64(f64::INFINITY),
                "-inf" => Stored::F64(f64::NEG_INFINITY),
                other => return Err(number(other)),
            },
            WireValue::I128(v) => {
                v.parse::<i128>().map_err(|_| number(v))?;
                Stored::I128(self.builder.text(v))
            }
            WireValue::U128(v) => {
                v.parse::<u128>().map_err(|_| number(v))?;
                Stored::U128(self.builder.text(v))
            }
            WireValue::Str(v) => Stored::Str(self.builder.text(v)),
            WireValue::Text(v) => Stored::Text(self.builder.text(v)),
            WireValue::Redacted => Stored::Redacted,
            WireValue::Panicked => Stored::Panicked,
            WireValue::Cut(_) => return Err("a value is cut once".to_owned()),
        };
        Ok(Field { name, cut, value })
    }

    /// Checks what only the whole can tell.
    fn check_whole(&mut self) -> Result<(), String> {
        let (calls, events) = (self.read - self.events, self.events);
        if (self.stats.recorded, self.stats.events) != (calls, events) {
            return Err(format!(
                "`stats` says {} calls and {} events, and here are {calls} and {events}",
                self.stats.recorded, self.stats.events
            ));
        }
        for (call, from) in std::mem::take(&mut self.follows) {
            if u64::from(from) >= self.read || self.builder.get(from).flags & flag::EVENT != 0 {
                return Err(format!("call {call} follows from {from}, which is no call"));
            }
            self.builder.follows(call, from);
        }
        Ok(())
    }

    fn finish(self) -> Loaded {
        Loaded { tree: self.builder.finish(), stats: self.stats, about: self.about }
    }

    /// The calls up to where it ends or is damaged. What is missing is counted, so that no assertion passes for it.
    fn finish_partial(mut self) -> Loaded {
        for call in &self.path {
            self.builder.get_mut(call.node).flags |= flag::TRUNCATED;
        }
        for (call, from) in std::mem::take(&mut self.follows) {
            if u64::from(from) < self.read && self.builder.get(from).flags & flag::EVENT == 0 {
                self.builder.follows(call, from);
            }
        }
        self.stats.unread = self.expected().saturating_sub(self.read).max(1);
        (self.stats.recorded, self.stats.events) = (self.read - self.events, self.events);
        self.finish()
    }

    /// What serde_json found wrong, as what is wrong with the file.
    fn explain<R: Read>(&mut self, error: serde_json::Error, unpack: &Unpack<R>) -> FileError {
        if let Some(refused) = self.refused.take() {
            return refused;
        }
        let path = None;
        if let Some(limit) = unpack.too_large() {
            return FileError::TooLarge { path, limit };
        }
        let truncated = |line| FileError::Truncated { path: None, line, read: self.read, expected: self.expected() };
        let (line, column) = (error.line(), error.column());
        match error.classify() {
            serde_json::error::Category::Eof => truncated(line),
            serde_json::error::Category::Io => {
                let source = io::Error::from(error);
                match source.kind() {
                    io::ErrorKind::UnexpectedEof => truncated(unpack.lines + 1),
                    // What unpacking says of bytes that nobody packed.
                    io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                        FileError::Damaged { path, line: unpack.lines + 1, column: 0, reason: source.to_string() }
                    }
                    _ => FileError::Read { path, source },
                }
            }
            serde_json::error::Category::Syntax if self.is_whole => FileError::Trailing { path, line: Some(line) },
            serde_json::error::Category::Syntax | serde_json::error::Category::Data => {
                let text = error.to_string();
                let place = format!(" at line {line} column {column}");
                let reason = text.strip_suffix(&place).unwrap_or(&text).to_owned();
                FileError::Damaged { path, line, column, reason }
            }
        }
    }
}

/// The document.
struct Document<'r>(&'r mut Reading);

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the document of a trace")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let reading = self.0;
        let format = match map.next_key::<String>()?.as_deref() {
            Some("format") => map.next_value::<String>()?,
            _ => String::new(),
        };
        if format != "tracesnap-trace" {
            let found = if format.is_empty() {
                "JSON of another kind".into()
            } else {
                format!("JSON of the format `{format}`")
            };
            reading.refused = Some(FileError::NotATrace { path: None, found });
            return Err(A::Error::custom("it is no trace"));
        }
        if map.next_key::<String>()?.as_deref() != Some("version") {
            return Err(A::Error::custom("`version` has to follow `format`"));
        }
        match map.next_value::<u64>()? {
            0 => return Err(A::Error::custom("there is no version 0")),
            found if found > u64::from(VERSION) => {
                reading.refused = Some(FileError::VersionTooNew { path: None, found, supported: VERSION });
                return Err(A::Error::custom("the version is too new"));
            }
            _ => {}
        }
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "started" => {
                    let text = map.next_value::<String>()?;
                    reading.about.started = Some(date(&text).map_err(A::Error::custom)?);
                }
                "timed" => {
                    if !map.next_value::<bool>()? {
                        reading.builder.untimed();
                    }
                }
                "counts_allocations" => {
                    if map.next_value::<bool>()? {
                        reading.builder.counts_allocations();
                    }
                }
                "own_cost" => {
                    let Cost { total_ns, inside_ns, self_time_ns } = map.next_value()?;
                    (reading.about.total_ns, reading.about.inside_ns) = (total_ns, inside_ns);
                    reading.builder.own_cost_ns(self_time_ns);
                }
                "stats" => reading.stats = map.next_value()?,
                "summary" => reading.summary = Some(map.next_value()?),
                "threads" => {
                    map.next_value_seed(Rows(&mut *reading, |reading: &mut Reading, thread: ThreadLine<'static>| {
                        let key = thread.key;
                        let number = reading.builder.thread(Thread { name: thread.name.map(Into::into), key });
                        if number != reading.threads {
                            return Err(format!("thread {number} has the key {key}, too"));
                        }
                        reading.threads += 1;
                        Ok(())
                    }))?;
                }
                "callsites" => {
                    map.next_value_seed(Rows(&mut *reading, |reading: &mut Reading, site: CallsiteLine<'static>| {
                        let site = callsite(&site);
                        reading.callsites.push(site.fields.clone().into());
                        reading.builder.callsite(site);
                        Ok(())
                    }))?;
                }
                "calls" => {
                    if std::mem::replace(&mut reading.has_calls, true) {
                        return Err(A::Error::custom("`calls` stands here twice"));
                    }
                    if reading.head_only {
                        return Err(A::Error::custom("the rest is not wanted"));
                    }
                    reading.builder.reserve(reading.expected().min(reading.most) as usize);
                    map.next_value_seed(Rows(&mut *reading, |reading: &mut Reading, line: Line<'static>| {
                        reading.item(line)
                    }))?;
                    reading.check_whole().map_err(A::Error::custom)?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if reading.has_calls { Ok(()) } else { Err(A::Error::custom("it has no `calls`")) }
    }
}

/// A table, each row of it handed on.
struct Rows<'r, T>(&'r mut Reading, fn(&mut Reading, T) -> Result<(), String>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Rows<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Rows<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while let Some(()) = rows.next_element_seed(Row(&mut *self.0, self.1))? {}
        Ok(())
    }
}

/// A row of a table. What is wrong with it is said while it is read, so that the error gets its line and not the next.
struct Row<'r, T>(&'r mut Reading, fn(&mut Reading, T) -> Result<(), String>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Row<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Row<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let row = T::deserialize(MapAccessDeserializer::new(map))?;
        (self.1)(self.0, row).map_err(A::Error::custom)
    }
}

pub(super) fn callsite(site: &CallsiteLine<'_>) -> Callsite {
    let module: Box<str> = (&*site.module).into();
    Callsite {
        name: (&*site.name).into(),
        target: site.target.as_deref().map_or_else(|| module.clone(), Into::into),
        module,
        file: site.file.as_deref().map(Into::into),
        line: site.line,
        level: site.level,
        fields: site.fields.iter().map(|field| (&**field).into()).collect(),
    }
}

/// The end of what took so long. Times stay below 2^63, so that two of them differ by an `i64`.
fn end(start: u64, wall: i64) -> Result<u64, String> {
    let is_time = |time: &u64| i64::try_from(*time).is_ok();
    let end = start.checked_add_signed(wall).filter(is_time);
    end.ok_or_else(|| format!("{wall} ns from {start} ns on is no time a recording can have"))
}

fn date(text: &str) -> Result<SystemTime, String> {
    humantime::parse_rfc3339(text).map_err(|_| format!("`{text}` is not a time as RFC 3339 writes it, in UTC"))
}
