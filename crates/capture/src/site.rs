//! A captured function as it was compiled: its name, its parameters, what its attribute says.
//!
//! What that means in the running program, together with environment, configuration and policy, is in
//! [`settings`](crate::settings).

use std::fmt;

/// One parameter of a captured function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name; of a pattern, its position: `0`.
    pub name: &'static str,
    /// Its type as it is written in the signature.
    pub ty: &'static str,
    /// Whether it has a name, so that it stands in `kwargs`; others stand in `args`.
    pub named: bool,
    /// Whether the attribute says to ignore it.
    pub ignored: bool,
}

/// What the attribute of one function says. `None` is for what it does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Options {
    /// `path = "…"`
    pub path: Option<&'static str>,
    /// `retention = 5` or `retention = "5, 7 days"`
    pub retention: Option<&'static str>,
    /// `sample = 0.1`
    pub sample: Option<f64>,
    /// `max_bytes = 65_536`
    pub max_bytes: Option<u64>,
    /// `background` or `background = false`
    pub background: Option<bool>,
    /// `lazy`
    pub lazy: bool,
    /// `no_outcome`
    pub no_outcome: bool,
    /// `on_error = ignore | warn`
    pub on_error: Option<OnError>,
}

impl Options {
    /// An attribute that says nothing.
    pub const NONE: Self = Self {
        path: None,
        retention: None,
        sample: None,
        max_bytes: None,
        background: None,
        lazy: false,
        no_outcome: false,
        on_error: None,
    };
}

/// What happens when a capture fails; the function itself never knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnError {
    /// It is counted.
    Ignore,
    /// It is counted, and the first failure of a function is told on standard error, or as a `tracing` event where a
    /// subscriber is installed.
    #[default]
    Warn,
}

impl tracesnap_config::FromSetting for OnError {
    const EXPECTED: &'static str = "`ignore` or `warn`";

    fn from_text(text: &str) -> Option<Self> {
        match text {
            "ignore" => Some(Self::Ignore),
            "warn" => Some(Self::Warn),
            _ => None,
        }
    }
}

/// A captured function, as `#[capture]` writes it into a `static`.
#[derive(Debug)]
pub struct Spec {
    /// The function's own name.
    pub name: &'static str,
    /// The type whose method it is, as it is written; empty for a function.
    pub owner: &'static str,
    /// The module, from the crate on.
    pub module: &'static str,
    /// Where it stands.
    pub file: &'static str,
    /// Where it stands.
    pub line: u32,
    /// Its parameters but the receiver.
    pub parameters: &'static [Parameter],
    /// Its return type as it is written, without a future around it.
    pub returns: &'static str,
    /// What the attribute says.
    pub options: Options,
}

impl Spec {
    /// The name under which captures are stored: `shop::orders::process_order`, `shop::Cart::add`.
    #[must_use]
    pub fn full_name(&self) -> String {
        if self.owner.is_empty() {
            format!("{}::{}", self.module, self.name)
        } else {
            format!("{}::{}::{}", self.module, self.owner, self.name)
        }
    }

    /// The fingerprint of the signature: names and types of its parameters.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(self.parameters.iter().map(|parameter| (parameter.name, parameter.ty)))
    }
}

/// Names and types of a function's parameters as one number, shown as 16 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// Of these parameters: FNV-1a over `name:type;`, so that it is the same in every build.
    pub fn of<'p>(parameters: impl IntoIterator<Item = (&'p str, &'p str)>) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        let mut add = |text: &str| {
            for byte in text.bytes() {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        };
        for (name, ty) in parameters {
            add(name);
            add(":");
            add(ty);
            add(";");
        }
        Self(hash)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}
