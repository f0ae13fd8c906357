//! The parts of the document as serde sees them: what is written is what is read.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::tree::{Arg, Callsite, Level, Memory, Value};

/// What `own_cost` holds.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Cost {
    pub(super) total_ns: f32,
    pub(super) inside_ns: f32,
    pub(super) self_time_ns: f32,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ThreadLine<'t> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<Cow<'t, str>>,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) key: u64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CallsiteLine<'t> {
    pub(super) name: Cow<'t, str>,
    pub(super) level: Level,
    #[serde(default)]
    pub(super) module: Cow<'t, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<Cow<'t, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<Cow<'t, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<u32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) fields: Vec<Cow<'t, str>>,
}

impl<'t> CallsiteLine<'t> {
    pub(super) fn of(site: &'t Callsite) -> Self {
        Self {
            name: (&*site.name).into(),
            level: site.level,
            module: (&*site.module).into(),
            target: (site.target != site.module).then(|| (&*site.target).into()),
            file: site.file.as_deref().map(Into::into),
            line: site.line,
            fields: site.fields.iter().map(|field| (&**field).into()).collect(),
        }
    }
}

/// One of several stays of a call.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct StayLine {
    #[serde(skip_serializing_if = "is_default")]
    pub(super) at: u64,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) wall: i64,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) thread: u32,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) open: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) memory: Option<Memory>,
}

/// A call or an event. What is written as it is absent is not written.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Line<'t> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) call: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<u32>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) depth: u32,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) thread: u32,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) at: u64,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) wall: i64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) stays: Vec<StayLine>,
    #[serde(default, skip_serializing_if = "Args::is_empty")]
    pub(super) args: Args<'t>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) returned: Option<WireValue<'t>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<WireValue<'t>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) memory: Option<Memory>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) follows: Vec<u32>,
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub(super) entered: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) open: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) panicked: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) truncated: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(super) orphan: bool,
}

impl Default for Line<'_> {
    fn default() -> Self {
        Self {
            call: None,
            event: None,
            depth: 0,
            thread: 0,
            at: 0,
            wall: 0,
            stays: Vec::new(),
            args: Args::default(),
            returned: None,
            error: None,
            memory: None,
            follows: Vec::new(),
            entered: true,
            open: false,
            panicked: false,
            truncated: false,
            orphan: false,
        }
    }
}

/// Fields by name: a JSON object that keeps its order.
#[derive(Debug, Default)]
pub(super) struct Args<'t>(pub(super) Vec<(Cow<'t, str>, WireValue<'t>)>);

impl Args<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'t> FromIterator<Arg<'t>> for Args<'t> {
    fn from_iter<I: IntoIterator<Item = Arg<'t>>>(args: I) -> Self {
        Self(args.into_iter().map(|arg| (arg.name().into(), WireValue::of(arg.value(), arg.is_cut()))).collect())
    }
}

impl Serialize for Args<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de> Deserialize<'de> for Args<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Args<'static>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("fields by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut args = Vec::new();
                while let Some(arg) = map.next_entry::<String, WireValue<'static>>()? {
                    args.push((Cow::Owned(arg.0), arg.1));
                }
                Ok(Args(args))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// [`Value`] with its type said, since a reader of JSON could not tell an `i64` from a `u64`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum WireValue<'t> {
    Bool(bool),
    I64(i64),
    U64(u64),
    /// As text: most readers of JSON would round it.
    I128(Cow<'t, str>),
    U128(Cow<'t, str>),
    F64(f64),
    /// What JSON has no number for.
    Nonfinite(Cow<'t, str>),
    Str(Cow<'t, str>),
    Text(Cow<'t, str>),
    Redacted,
    Panicked,
    Cut(Box<Self>),
}

impl<'t> WireValue<'t> {
    pub(super) fn of(value: Value<'t>, cut: bool) -> Self {
        let value = match value {
            Value::Bool(v) => Self::Bool(v),
            Value::I64(v) => Self::I64(v),
            Value::U64(v) => Self::U64(v),
            Value::I128(v) => Self::I128(v.to_string().into()),
            Value::U128(v) => Self::U128(v.to_string().into()),
            Value::F64(v) if v.is_finite() => Self::F64(v),
            Value::F64(v) => Self::Nonfinite(v.to_string().into()),
            Value::Str(v) => Self::Str(v.into()),
            Value::Text(v) => Self::Text(v.into()),
            Value::Redacted => Self::Redacted,
            Value::Panicked => Self::Panicked,
        };
        if cut { Self::Cut(Box::new(value)) } else { value }
    }
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_true(value: &bool) -> bool {
    *value
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
