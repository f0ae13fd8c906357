//! One call or event as a snapshot holds it: what the text shows on one line, and what the serde form says of it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::options::Options;
use super::placeholder;
use super::shown::Shown;
use crate::tree::{Arg, Call, CallTree, Event, Item, Level};

/// Either a call (`call` is there) or an event (`event` is there).
///
/// The order of the members is that of the serde form; members that say nothing are left out of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row<'a> {
    /// Tree form: number of callers shown above it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) depth: usize,
    /// Flat form: the names of its callers.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "bare")]
    pub(super) under: Option<Cow<'a, str>>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "bare")]
    pub(super) call: Option<Cow<'a, str>>,
    /// Its level.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "bare")]
    pub(super) event: Option<Level>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "bare")]
    pub(super) message: Option<Cow<'a, str>>,
    /// Siblings have no order among each other: they ran on several threads.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) concurrent: bool,
    /// Arguments of a call.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "pairs")]
    pub(super) args: Vec<(Cow<'a, str>, Shown<'a>)>,
    /// Fields of an event, without the message.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "pairs")]
    pub(super) fields: Vec<(Cow<'a, str>, Shown<'a>)>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "bare")]
    pub(super) returned: Option<Shown<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "bare")]
    pub(super) error: Option<Shown<'a>>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) panicked: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) open: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) children_lost: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) caller_lost: bool,
    /// It has calls below it that the snapshot's maximal depth left out.
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) deeper_calls: bool,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "bare")]
    pub(super) module: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "bare")]
    pub(super) polls: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "bare")]
    pub(super) thread: Option<Cow<'a, str>>,
    /// The placeholder for the two members below.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "bare")]
    pub(super) duration: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "bare")]
    pub(super) wall_ns: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "bare")]
    pub(super) busy_ns: Option<u64>,
    /// The placeholder for the four members below.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "bare")]
    pub(super) memory: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "bare")]
    pub(super) in_use_bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "bare")]
    pub(super) allocated_bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "bare")]
    pub(super) allocations: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "bare")]
    pub(super) freed_bytes: Option<u64>,
    /// How many equal siblings this one stands for, itself included.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub(super) times: u32,
}

impl Default for Row<'_> {
    fn default() -> Self {
        Self {
            depth: 0,
            under: None,
            call: None,
            event: None,
            message: None,
            concurrent: false,
            args: Vec::new(),
            fields: Vec::new(),
            returned: None,
            error: None,
            panicked: false,
            open: false,
            children_lost: false,
            caller_lost: false,
            deeper_calls: false,
            module: None,
            polls: None,
            thread: None,
            duration: None,
            wall_ns: None,
            busy_ns: None,
            memory: None,
            in_use_bytes: None,
            allocated_bytes: None,
            allocations: None,
            freed_bytes: None,
            times: 1,
        }
    }
}

impl<'t> Row<'t> {
    /// The row of one node by itself; where it stands among the others is for the caller to fill in.
    pub(super) fn new(tree: &'t CallTree, node: u32, options: &Options) -> Self {
        match tree.item(node) {
            Item::Call(call) => Self::of_call(call, options),
            Item::Event(event) => Self::of_event(event, options),
        }
    }

    fn of_call(call: Call<'t>, options: &Options) -> Self {
        let outcome = |value| Shown::new(value, call.is_outcome_cut(), options.placeholders);
        let mut row = Self {
            call: Some(Cow::Borrowed(call.name())),
            panicked: call.panicked(),
            open: call.is_open(),
            children_lost: call.is_truncated(),
            caller_lost: call.is_orphan(),
            ..Self::default()
        };
        if options.shows_args() {
            row.args = call.args().map(|arg| shown(arg, options)).collect();
        }
        if options.shows_returns() {
            row.returned = call.returned().map(outcome);
            row.error = call.error().map(outcome);
        }
        if options.shows_place() {
            let name = call.thread().name.as_deref().filter(|_| options.measures);
            row.module = Some(Cow::Borrowed(call.module()));
            row.polls = Some(call.polls()).filter(|polls| *polls > 1);
            row.thread = Some(Cow::Borrowed(name.unwrap_or("[thread]")));
        }
        if options.shows_timing()
            && let Some(wall) = call.wall()
        {
            let ns = |time: std::time::Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
            match options.measures {
                true => (row.wall_ns, row.busy_ns) = (Some(ns(wall)), Some(ns(call.busy()))),
                false => row.duration = Some(Cow::Borrowed("[duration]")),
            }
        }
        if options.shows_memory()
            && let Some(memory) = call.memory()
        {
            if options.measures {
                row.in_use_bytes = Some(memory.at_start);
                row.allocated_bytes = Some(memory.allocated);
                row.allocations = Some(memory.allocations);
                row.freed_bytes = Some(memory.freed);
            } else {
                row.memory = Some(Cow::Borrowed("[bytes]"));
            }
        }
        row
    }

    fn of_event(event: Event<'t>, options: &Options) -> Self {
        let stable = |text| if options.placeholders { placeholder::stable(text) } else { Cow::Borrowed(text) };
        Self {
            event: Some(event.level()),
            message: event.message().map(stable),
            fields: event.fields().map(|field| shown(field, options)).collect(),
            module: options.shows_place().then(|| Cow::Borrowed(event.module())),
            ..Self::default()
        }
    }
}

fn shown<'t>(arg: Arg<'t>, options: &Options) -> (Cow<'t, str>, Shown<'t>) {
    (Cow::Borrowed(arg.name()), Shown::new(arg.value(), arg.is_cut(), options.placeholders))
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_one(times: &u32) -> bool {
    *times == 1
}

/// A member that is there or not, without the `Some(…)` that RON would put around it.
mod bare {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<T: Serialize, S: Serializer>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => value.serialize(to),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
        T::deserialize(from).map(Some)
    }
}

/// Arguments as a map in their own order; a name that comes twice stays twice.
mod pairs {
    use std::borrow::Cow;
    use std::fmt;

    use serde::de::{Deserializer, MapAccess, Visitor};
    use serde::{Serialize, Serializer};

    use crate::snapshot::shown::Shown;

    type Pairs<'a> = Vec<(Cow<'a, str>, Shown<'a>)>;

    pub(super) fn serialize<S: Serializer>(
        pairs: &[(impl Serialize, impl Serialize)],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_map(pairs.iter().map(|(name, value)| (name, value)))
    }

    pub(super) fn deserialize<'de, 'a, D: Deserializer<'de>>(from: D) -> Result<Pairs<'a>, D::Error> {
        struct Map;
        impl<'de> Visitor<'de> for Map {
            type Value = Pairs<'static>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of names and values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(pairs)
            }
        }
        from.deserialize_map(Map)
    }
}
