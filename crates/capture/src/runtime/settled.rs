//! What holds for one function under the captures of one scope, worked out once.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::thread::LocalKey;

use tracesnap_redact::{Limits, Policy};

use super::call::{Call, Permit};
use super::captures::Captures;
use super::gate::{self, Skip, SkipCell};
use super::local;
use super::scope;
use super::stats::{Counters, add};
use super::values::Values;
use crate::Spec;
use crate::config::{ArgumentFilter, Settings};
use crate::storage::Shelf;

/// A captured function: the `static` that `#[capture]` writes.
#[derive(Debug)]
pub struct Site {
    pub(crate) spec: Spec,
}

/// Gives the name of the type whose method is captured.
pub type OwnerName = fn() -> &'static str;

impl Site {
    /// A function.
    #[must_use]
    pub const fn new(spec: Spec) -> Self {
        Self { spec }
    }

    /// What was compiled.
    #[must_use]
    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The name under which it is stored.
    pub(crate) fn name(&self, owner: Option<OwnerName>) -> String {
        match owner {
            Some(owner) => {
                let owner = owner();
                // Parameters of the type are no part of the function's identity.
                format!("{}::{}", owner.split('<').next().unwrap_or(owner), self.spec.name)
            }
            None => self.spec.full_name(),
        }
    }

    /// Begins a call: takes its arguments and tells of it, if this one is captured.
    ///
    /// Nothing that happens here reaches the function. Cold, so that the way of a call that is not captured is straight.
    #[cold]
    #[inline(never)]
    pub fn begin(
        &'static self,
        gate: u32,
        skip: &'static LocalKey<SkipCell>,
        owner: Option<OwnerName>,
        asynchronous: bool,
        take: impl FnOnce(&mut Values<'_>),
        tell: impl FnOnce(&Call),
    ) -> Option<Call> {
        let permit = catch_unwind(AssertUnwindSafe(|| self.permit(gate, skip, owner)));
        let permit = permit.unwrap_or_else(|payload| {
            std::mem::forget(payload);
            None
        })?;
        permit.take(asynchronous, take).inspect(tell)
    }

    fn permit(&'static self, gate: u32, skip: &'static LocalKey<SkipCell>, owner: Option<OwnerName>) -> Option<Permit> {
        let (captures, rules) = match local::bound(gate, self, owner) {
            Some((captures, rules)) => is_wanted(captures.counters()).then_some((captures, rules))?,
            None => self.bind(gate, owner)?,
        };
        if rules.sample < 1.0 {
            let left_out = if gate == gate::ASK {
                rules.leaves_out()
            } else {
                let turn = skip.try_with(|cell| Skip::turn(cell, gate, || rules.draw()));
                let (out, captured) = turn.unwrap_or((0, true));
                // What the thread left out without asking is counted now.
                add(&rules.counters.calls, u64::from(out));
                add(&rules.counters.sampled_out, u64::from(out));
                !captured
            };
            if left_out {
                add(&rules.counters.sampled_out, 1);
                return None;
            }
        }
        Some(Permit::new(self, captures, rules))
    }

    /// Finds what holds for the function, and remembers it for the thread's next call.
    #[inline(never)]
    fn bind(&'static self, gate: u32, owner: Option<OwnerName>) -> Option<(Captures, Arc<Rules>)> {
        // The first call of a process opens files; what it calls in turn must not come here again.
        let guard = scope::suppress();
        let captures = scope::current()?;
        if !captures.is_enabled() {
            return None;
        }
        drop(guard);
        if !is_wanted(captures.counters()) {
            return None;
        }
        let _guard = scope::suppress();
        let rules = captures.rules(self, owner)?;
        local::bind(gate, self, owner, &captures, &rules);
        Some((captures, rules))
    }
}

/// Counts a call, and one that is made where nothing is captured.
fn is_wanted(counters: &Counters) -> bool {
    add(&counters.calls, 1);
    if scope::is_suppressed() {
        let counter = if scope::is_replaying() { &counters.replayed } else { &counters.reentrant };
        add(counter, 1);
        return false;
    }
    true
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) name: String,
    pub(crate) settings: Settings,
    pub(crate) counters: Arc<Counters>,
    pub(crate) policy: Policy,
    pub(crate) limits: Limits,
    pub(crate) debug_tier: bool,
    pub(crate) ignore_large: bool,
    pub(crate) no_outcome: bool,
    pub(crate) background: bool,
    pub(crate) filter: Option<FilterBox>,
    /// For each parameter the rule by which it is never looked at.
    pub(crate) by_parameter: Vec<Option<String>>,
    /// What every document of this function says of it, as JSON behind a comma.
    pub(crate) constant: String,
    pub(crate) tags: Vec<(String, String)>,
    /// `None` where nothing is written.
    pub(crate) shelf: Option<Arc<Shelf>>,
    sample: f64,
    random: AtomicU64,
    /// Calls to leave out, where threads do not keep count themselves.
    left: AtomicU32,
    warned: AtomicBool,
}

#[derive(Clone)]
pub(crate) struct FilterBox(pub(crate) Arc<dyn ArgumentFilter>);

impl std::ops::Deref for FilterBox {
    type Target = dyn ArgumentFilter;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl std::fmt::Debug for FilterBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ArgumentFilter")
    }
}

/// Nothing is left out before the first draw.
const UNDRAWN: u32 = u32::MAX;

impl Rules {
    pub(crate) fn new(
        site: &Site,
        owner: Option<OwnerName>,
        settings: Settings,
        captures: &super::captures::Inner,
        shelf: Arc<Shelf>,
    ) -> Self {
        let name = site.name(owner);
        let policy = &captures.policy;
        let by_name = |parameter: &crate::Parameter| match policy.matches_name(parameter.name) {
            _ if parameter.ignored => Some("ignore".to_owned()),
            _ if settings.ignore_args.value.iter().any(|name| name.eq_ignore_ascii_case(parameter.name)) => {
                Some("ignore_args".to_owned())
            }
            rule => rule.map(|rule| rule.to_string()),
        };
        let by_parameter = site.spec.parameters.iter().map(by_name).collect();
        let constant = constant(&site.spec, &name, policy);
        let rules = Self::of_outcomes(settings, captures);
        let random = AtomicU64::new(rules.settings.seed.value ^ hash(&name));
        Self { name, by_parameter, constant, random, shelf: Some(shelf), ..rules }
    }

    /// Rules for values that are not written.
    pub(crate) fn of_outcomes(settings: Settings, captures: &super::captures::Inner) -> Self {
        let bytes = usize::try_from(settings.max_bytes.value).unwrap_or(usize::MAX);
        let policy = captures.policy.clone();
        let limits = policy.limits();
        let limits =
            limits.with_bytes(bytes).with_string(limits.string.min(bytes)).with_length(limits.length.min(bytes));
        Self {
            name: String::new(),
            by_parameter: Vec::new(),
            constant: String::new(),
            counters: Arc::clone(&captures.counters),
            limits,
            debug_tier: settings.debug_tier.value,
            ignore_large: settings.ignore_large_objects.value,
            no_outcome: settings.no_outcome.value,
            background: settings.background.value,
            filter: captures.config.filter.clone().map(FilterBox),
            tags: captures.config.tags.clone(),
            sample: settings.sample.value,
            random: AtomicU64::new(0),
            left: AtomicU32::new(UNDRAWN),
            warned: AtomicBool::new(false),
            shelf: None,
            policy,
            settings,
        }
    }

    /// Calls to leave out before the next one.
    fn draw(&self) -> u32 {
        // SplitMix64: the state is a counter, so threads need no lock.
        let mut x = self.random.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^= x >> 31;
        let uniform = (x >> 11) as f64 / (1_u64 << 53) as f64;
        gate::geometric(self.sample, uniform)
    }

    fn leaves_out(&self) -> bool {
        // Threads of one scope may take each other's turn; none of them captures twice for it.
        let left = match self.left.load(Ordering::Relaxed) {
            UNDRAWN => self.draw().min(UNDRAWN - 1),
            left => left,
        };
        match left.checked_sub(1) {
            Some(left) => {
                self.left.store(left, Ordering::Relaxed);
                true
            }
            None => {
                self.left.store(self.draw().min(UNDRAWN - 1), Ordering::Relaxed);
                false
            }
        }
    }

    /// Counts a failure, and tells of the first one of this function.
    pub(crate) fn failed(&self, error: &(dyn std::error::Error + 'static)) {
        add(&self.counters.failed, 1);
        if self.settings.on_error.value == crate::OnError::Warn && !self.warned.swap(true, Ordering::Relaxed) {
            crate::warn::tell(&format!("a capture of `{}` failed; further ones are counted only", self.name), error);
        }
    }
}

fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// `,"function":…,"module":…,"signature":…,"parameters":[…],"returns":…,"policy":…,"recorder":…`
fn constant(spec: &Spec, name: &str, policy: &Policy) -> String {
    let mut json = String::new();
    let text = |text: &str| serde_json::to_string(text).unwrap_or_default();
    let _ = write!(
        json,
        r#","function":{},"module":{},"file":{},"line":{},"signature":"{}","parameters":["#,
        text(name),
        text(spec.module),
        text(spec.file),
        spec.line,
        spec.fingerprint(),
    );
    for (at, parameter) in spec.parameters.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let _ = write!(json, r#"{comma}{{"name":{},"type":{}}}"#, text(parameter.name), text(parameter.ty));
    }
    let _ = write!(
        json,
        r#"],"returns":{},"policy":{},"recorder":"tracesnap-capture {}","process_id":{}"#,
        text(spec.returns),
        text(&policy.id()),
        env!("CARGO_PKG_VERSION"),
        std::process::id(),
    );
    json
}
