//! Holds all redaction rules of one recording together, built-in and the user's own.
//!
//! What the rules look for is in `names`, `secrets` and [`ValueRule`].

use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

use crate::names::{NameChoice, NameRules};
use crate::path::PathRules;
use crate::secrets::{Kind, Kinds};
use crate::types::TypeRules;
use crate::{Error, Limits, PLACEHOLDER, RuleId, ValueRule, text};

/// What must not be written down: one policy for everybody who writes.
///
/// The default has every built-in rule; [`builder`](Self::builder) adds to it and takes from it, and
/// [`none`](Self::none) keeps nothing back. A clone shares the rules and costs no allocation.
///
/// ```
/// use tracesnap_redact::Policy;
///
/// let policy = Policy::builder().name("customer_ref").allow("page_token").off("name/cookie").build()?;
/// assert_eq!(policy.matches_name("customerRef").unwrap(), "name/customer_ref");
/// assert!(policy.matches_name("page_token").is_none());
/// assert!(policy.matches_name("cookie").is_none());
/// assert!(policy.matches_name("password").is_some());
/// # Ok::<(), tracesnap_redact::Error>(())
/// ```
#[derive(Clone)]
pub struct Policy(pub(crate) Arc<Rules>);

pub(crate) struct Rules {
    pub(crate) names: NameRules,
    pub(crate) kinds: Kinds,
    pub(crate) own: Vec<(RuleId, Box<dyn ValueRule>)>,
    pub(crate) paths: PathRules,
    pub(crate) types: TypeRules,
    pub(crate) limits: Limits,
    #[cfg(feature = "patterns")]
    pub(crate) pack: crate::patterns::Pack,
    /// Whether [`Policy::scrub_debug`] looks for the patterns, too.
    #[cfg(feature = "patterns")]
    patterns_in_debug: bool,
    /// Of all that decides what is kept back.
    id: u64,
    /// A number no other policy of this process has.
    #[cfg(any(feature = "patterns", feature = "serde"))]
    pub(crate) serial: u64,
}

#[cfg(any(feature = "patterns", feature = "serde"))]
fn next_serial() -> u64 {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

impl Rules {
    fn ids(&self) -> impl Iterator<Item = RuleId> {
        let Self { names, kinds, own, paths, types, .. } = self;
        let kinds = Kind::ALL.into_iter().filter(|&kind| kinds.has(kind)).map(|kind| RuleId::new(kind.id()));
        let ids = names.rules().iter().cloned().chain(kinds);
        #[cfg(feature = "patterns")]
        let ids = ids.chain(self.pack.on().cloned());
        let ids = ids.chain(types.ids().cloned());
        ids.chain(paths.ids().cloned()).chain(own.iter().map(|(id, _)| id.clone()))
    }
}

impl Policy {
    /// A policy that keeps nothing back.
    #[must_use]
    pub fn none() -> Self {
        Self(Arc::new(Rules {
            names: NameRules::none(),
            kinds: Kinds::NONE,
            own: Vec::new(),
            paths: PathRules::default(),
            types: TypeRules::none(),
            limits: Limits::none(),
            #[cfg(feature = "patterns")]
            pack: crate::patterns::Pack::none(),
            #[cfg(feature = "patterns")]
            patterns_in_debug: false,
            id: 0,
            #[cfg(any(feature = "patterns", feature = "serde"))]
            serial: next_serial(),
        }))
    }

    /// The default policy of captured arguments, and of whatever else is kept with its names.
    ///
    /// Where [`default`](Self::default) holds for traces, in which `key` is mostly that of a map, here `key` and `auth`
    /// are secrets too, if they are whole names: not in `sort_key`, nor in plain text.
    #[must_use]
    pub fn for_captures() -> Self {
        static CAPTURES: LazyLock<Policy> =
            LazyLock::new(|| Policy::builder().for_captures().build().expect("the built-in rules have names and ids"));
        CAPTURES.clone()
    }

    /// Starts from the default policy.
    pub fn builder() -> PolicyBuilder {
        PolicyBuilder::default()
    }

    /// The rule by which a value of this name is a secret, `None` where it is none.
    ///
    /// The name may be written in any convention; words decide, as the [crate] documentation tells.
    #[must_use]
    pub fn matches_name(&self, name: &str) -> Option<RuleId> {
        self.0.names.find(name).cloned()
    }

    /// The text with every secret replaced by [`PLACEHOLDER`]; borrowed, without an allocation, when there was none.
    ///
    /// Made for what Rust's `Debug` writes, plain or pretty, and for what looks like it: JSON, also inside a string,
    /// `name=value` lines, headers, URLs. After a name that [`matches_name`](Self::matches_name), the value is replaced
    /// as a whole, be it a string, a number, `Some(…)`, a struct or a list; only `None` and `null` stay. All other
    /// bytes stay as they are. What has no name is found by its form.
    ///
    /// It takes time linear in the length of the text, whatever the text is. A text may end in the middle of a value,
    /// which is then replaced up to the end. A value without quotes ends at a comma, a closing bracket or the end of
    /// its line; after `=`, also at a space, `;` or `&`.
    ///
    /// ```
    /// use tracesnap_redact::Policy;
    ///
    /// let policy = Policy::default();
    /// let json = r#"{"user": "ada", "api_key": "abc", "retries": 3}"#;
    /// assert_eq!(policy.scrub_debug(json), r#"{"user": "ada", "api_key": [redacted], "retries": 3}"#);
    /// assert_eq!(policy.scrub_debug("GET /?token=abc&page=2"), "GET /?token=[redacted]&page=2");
    /// assert_eq!(policy.scrub_debug("pg://ada:hunter2@db/shop"), "pg://ada:[redacted]@db/shop");
    /// ```
    #[must_use]
    pub fn scrub_debug<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let Rules { names, kinds, own, .. } = &*self.0;
        let mut scrubbed = match text::scrub(text, names, *kinds) {
            Some(changed) => Cow::Owned(changed),
            None => Cow::Borrowed(text),
        };
        #[cfg(feature = "patterns")]
        if self.0.patterns_in_debug {
            // With the user's own rules.
            return match self.0.clean(&scrubbed, crate::patterns::Context::default()) {
                Some((clean, _)) => Cow::Owned(clean),
                None => scrubbed,
            };
        }
        for (_, rule) in own {
            if let Some(changed) = run_own(&**rule, &scrubbed) {
                scrubbed = Cow::Owned(changed);
            }
        }
        scrubbed
    }

    /// Whether there is no rule at all, so that nobody need ask.
    #[must_use]
    pub fn is_none(&self) -> bool {
        let Rules { names, kinds, own, paths, types, .. } = &*self.0;
        names.is_empty() && *kinds == Kinds::NONE && own.is_empty() && paths.is_empty() && types.is_empty()
    }

    /// The ids of all rules that are on: the user's names, built-in names, built-in values, types, paths, the user's
    /// values.
    pub fn rules(&self) -> impl Iterator<Item = RuleId> {
        self.0.ids()
    }

    /// What tells one set of rules from another, in a file of what was recorded under it: `r1-` and 16 hexadecimal digits.
    ///
    /// It is the same in every process that builds the same policy with the same version of this crate, in whatever
    /// order, and says nothing of the key. Rules of the user's own count by their ids.
    #[must_use]
    pub fn id(&self) -> String {
        format!("r1-{:016x}", self.0.id)
    }

    /// The bounds that hold where none are given: [`Limits::default`], unless the builder was told others.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.0.limits
    }
}

impl Default for Policy {
    fn default() -> Self {
        static DEFAULT: LazyLock<Policy> =
            LazyLock::new(|| Policy::builder().build().expect("the built-in rules have names and ids"));
        DEFAULT.clone()
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Policy").field(&self.rules().map(|id| id.to_string()).collect::<Vec<_>>()).finish()
    }
}

/// Builds a [`Policy`] from the default one: adds rules, allows names, switches rules off.
#[must_use = "a builder does nothing until `build`"]
#[derive(Default)]
pub struct PolicyBuilder {
    names: NameChoice,
    off: Vec<String>,
    own: Vec<Box<dyn ValueRule>>,
    paths: Vec<String>,
    types: Vec<String>,
    limits: Limits,
    #[cfg(feature = "patterns")]
    key: Option<crate::patterns::Key>,
    #[cfg(feature = "patterns")]
    replacement: crate::Replacement,
    #[cfg(feature = "patterns")]
    patterns_in_debug: bool,
}

impl PolicyBuilder {
    /// Makes values of this name secrets, in whatever convention its words are written and also among other words:
    /// `ssn` holds for `customerSsn`. The rule's id is `name/` and the words joined by `_`. Default: the built-in names.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.names.added.push(name.into());
        self
    }

    /// Makes exactly this name no secret, in whatever convention its words are written; also behind a path, as in
    /// `request.page_token`. Names that hold it among other words stay secrets. Default: none.
    pub fn allow(mut self, name: impl Into<String>) -> Self {
        self.names.allowed.push(name.into());
        self
    }

    /// Switches the built-in rule with this id off: `name/token`, `value/jwt`. Default: all are on.
    pub fn off(mut self, rule: impl Into<String>) -> Self {
        self.off.push(rule.into());
        self
    }

    /// Leaves out all built-in rules, so that only what is added here holds. Default: they hold.
    pub fn without_built_in(mut self) -> Self {
        self.names.without_built_in = true;
        self
    }

    /// Makes what stands at this place of a document a secret: `$.items[*].card`, `$..card`, `$['card number'][0]`. Its id
    /// is `path/` and the path. Default: none.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.paths.push(path.into());
        self
    }

    /// Makes values of the type with this name secrets where they are serialised: `CardData`, or
    /// `shop::payment::CardData` for that one only. Its id is `type/` and the name. Default: none but the built-in ones.
    pub fn type_name(mut self, name: impl Into<String>) -> Self {
        self.types.push(name.into());
        self
    }

    /// Makes `key` and `auth`, as whole names, secrets, as in [`Policy::for_captures`]. Default: they are none.
    pub fn for_captures(mut self) -> Self {
        self.names.in_captures = true;
        self
    }

    /// The secret that tags are made with: with the same one, equal values have equal tags in other processes and files
    /// too. Whoever has it can try values out. Default: one at random, for this policy alone.
    #[cfg(feature = "patterns")]
    #[cfg_attr(docsrs, doc(cfg(feature = "patterns")))]
    pub fn key(mut self, secret: impl AsRef<[u8]>) -> Self {
        self.key = Some(crate::patterns::Key::from_secret(secret.as_ref()));
        self
    }

    /// Whether [`Policy::scrub_debug`] looks for what the patterns find, as well: for traces in which personal data may
    /// stand. It takes several times as long. Default: `false`.
    ///
    /// ```
    /// use tracesnap_redact::{Policy, Replacement};
    ///
    /// let policy = Policy::builder().patterns_in_debug(true).replacement(Replacement::Placeholder).build()?;
    /// assert_eq!(policy.scrub_debug("Mail { to: \"ada@example.com\" }"), "Mail { to: \"[redacted]\" }");
    /// # Ok::<(), tracesnap_redact::Error>(())
    /// ```
    #[cfg(feature = "patterns")]
    #[cfg_attr(docsrs, doc(cfg(feature = "patterns")))]
    pub fn patterns_in_debug(mut self, on: bool) -> Self {
        self.patterns_in_debug = on;
        self
    }

    /// What is written for values that a pattern finds. Default: [`Replacement::Tag`](crate::Replacement::Tag).
    #[cfg(feature = "patterns")]
    #[cfg_attr(docsrs, doc(cfg(feature = "patterns")))]
    pub fn replacement(mut self, replacement: crate::Replacement) -> Self {
        self.replacement = replacement;
        self
    }

    /// The bounds that hold where none are given. Default: [`Limits::default`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Adds a rule over texts. They run in the order in which they were added, after the built-in ones. Default: none.
    pub fn value_rule(mut self, rule: impl ValueRule + 'static) -> Self {
        self.own.push(Box::new(rule));
        self
    }

    /// The policy.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyName`] for a name without letter or digit, [`Error::UnknownRule`] for a rule to switch off that
    /// does not exist, [`Error::RuleId`] for a value rule whose id is empty or taken.
    pub fn build(mut self) -> Result<Policy, Error> {
        let built_in = !self.names.without_built_in;
        let mut kinds = if built_in { Kinds::ALL } else { Kinds::NONE };
        let mut types = if built_in { TypeRules::built_in() } else { TypeRules::none() };
        #[cfg(feature = "patterns")]
        let mut pack = match self.key.take().unwrap_or_else(crate::patterns::Key::random) {
            key if built_in => crate::patterns::Pack::built_in(key, self.replacement),
            _ => crate::patterns::Pack::none(),
        };
        for name in &self.types {
            types.add(name)?;
        }
        for off in self.off {
            match Kind::ALL.into_iter().find(|kind| kind.id() == off && built_in) {
                Some(kind) => kinds = kinds.without(kind),
                None if built_in && types.switch_off(&off) => {}
                #[cfg(feature = "patterns")]
                None if pack.switch_off(&off) => {}
                None => self.names.off.push(off),
            }
        }
        let paths = PathRules::parse(&self.paths)?;
        let names = self.names.build()?;
        let mut own: Vec<(RuleId, Box<dyn ValueRule>)> = Vec::with_capacity(self.own.len());
        for rule in self.own {
            let id = RuleId::new(rule.id());
            #[cfg(feature = "patterns")]
            let of_pack = crate::patterns::ids().any(|taken| id == taken);
            #[cfg(not(feature = "patterns"))]
            let of_pack = false;
            let taken = of_pack
                || Kind::ALL.iter().any(|kind| id == kind.id())
                || names.rules().contains(&id)
                || own.iter().any(|(other, _)| *other == id);
            if id.as_str().is_empty() || taken {
                return Err(Error::RuleId { id: id.to_string() });
            }
            own.push((id, rule));
        }
        let mut rules = Rules {
            names,
            kinds,
            own,
            paths,
            types,
            limits: self.limits,
            #[cfg(feature = "patterns")]
            pack,
            #[cfg(feature = "patterns")]
            patterns_in_debug: self.patterns_in_debug,
            id: 0,
            #[cfg(any(feature = "patterns", feature = "serde"))]
            serial: next_serial(),
        };
        rules.id = fingerprint(&rules, &self.names);
        Ok(Policy(Arc::new(rules)))
    }
}

/// What a user's rule makes of a text, `None` where nothing is to change.
pub(crate) fn run_own(rule: &dyn ValueRule, text: &str) -> Option<String> {
    catch_unwind(AssertUnwindSafe(|| rule.scrub(text))).unwrap_or_else(|payload| {
        // A payload may panic once more when it is dropped; leaking it is the one way to be sure.
        std::mem::forget(payload);
        // What a rule that panics would have found is unknown, so nothing of the text may stay.
        Some(PLACEHOLDER.to_owned())
    })
}

/// FNV-1a over what decides: a hash that will be the same in ten years, and need not withstand anybody.
fn fingerprint(rules: &Rules, choice: &NameChoice) -> u64 {
    let allowed = choice.allowed.iter().map(|name| format!("allow/{}", crate::words::glued(name)));
    let mut parts: Vec<String> = rules.ids().map(|id| id.to_string()).chain(allowed).collect();
    #[cfg(feature = "patterns")]
    if rules.patterns_in_debug {
        parts.push("patterns in debug".into());
    }
    parts.sort_unstable();
    parts.dedup();
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl fmt::Debug for PolicyBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicyBuilder")
            .field("names", &self.names.added)
            .field("allowed", &self.names.allowed)
            .field("off", &self.off)
            .field("without_built_in", &self.names.without_built_in)
            .field("paths", &self.paths)
            .field("types", &self.types)
            .field("value_rules", &self.own.iter().map(|rule| rule.id()).collect::<Vec<_>>())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_known_by_its_rules_not_by_their_order() {
        let id = |builder: PolicyBuilder| builder.build().unwrap().id();
        let ab = || Policy::builder().name("a").name("b");
        assert_eq!(id(ab()), id(Policy::builder().name("b").name("a")));
        let others = [
            ab().off("name/jwt"),
            ab().allow("page_token"),
            ab().path("$.x"),
            ab().type_name("Card"),
            ab().for_captures(),
            ab().value_rule(Shout("value/shout")),
        ];
        let ids: std::collections::BTreeSet<_> = others.into_iter().chain([ab()]).map(id).collect();
        assert_eq!(ids.len(), 7);
    }

    struct Shout(&'static str);

    impl ValueRule for Shout {
        fn id(&self) -> &str {
            self.0
        }

        fn scrub(&self, text: &str) -> Option<String> {
            match text {
                "panic" => std::panic::resume_unwind(Box::new(())),
                text if text.contains("whisper") => Some(text.replace("whisper", "SHOUT")),
                _ => None,
            }
        }
    }

    #[test]
    fn no_policy_keeps_nothing_back() {
        let policy = Policy::none();
        let text = "password: hunter2, Bearer abc123";
        assert!(policy.is_none());
        assert!(policy.matches_name("password").is_none());
        assert!(matches!(policy.scrub_debug(text), Cow::Borrowed(same) if same == text));
        assert_eq!(policy.rules().count(), 0);
        assert!(Policy::builder().without_built_in().build().unwrap().is_none());
    }

    #[test]
    fn added_rules_alone_hold_without_the_built_in_ones() {
        let policy = Policy::builder().without_built_in().name("ssn").value_rule(Shout("value/shout")).build().unwrap();
        assert_eq!(policy.scrub_debug("ssn: 1, password: whisper"), "ssn: [redacted], password: SHOUT");
        assert_eq!(policy.rules().map(|id| id.to_string()).collect::<Vec<_>>(), ["name/ssn", "value/shout"]);
    }

    #[test]
    fn value_rules_run_in_order_after_the_built_in_ones() {
        struct Quiet;
        impl ValueRule for Quiet {
            fn id(&self) -> &str {
                "value/quiet"
            }
            fn scrub(&self, text: &str) -> Option<String> {
                Some(text.replace("SHOUT", "…"))
            }
        }
        let policy = Policy::builder().value_rule(Shout("value/shout")).value_rule(Quiet).build().unwrap();
        assert_eq!(policy.scrub_debug("whisper, token: whisper"), "…, token: [redacted]");
    }

    #[test]
    fn a_value_rule_that_panics_lets_nothing_of_the_text_through() {
        let policy = Policy::builder().value_rule(Shout("value/shout")).build().unwrap();
        assert_eq!(policy.scrub_debug("panic"), PLACEHOLDER);
    }

    #[test]
    fn a_user_may_add_what_is_built_in() {
        let policy = Policy::builder().name("password").build().unwrap();
        assert_eq!(policy.matches_name("password").unwrap(), "name/password");
        assert_eq!(policy.rules().filter(|id| *id == "name/password").count(), 1);
        assert!(policy.matches_name("passwords").is_some());
    }

    #[test]
    fn a_mistake_in_a_policy_is_an_error_that_says_what_to_write() {
        let table = [
            (
                Policy::builder().name("--"),
                "the name `--` has no letter or digit; write a field's name, such as `customer_ssn`",
            ),
            (
                Policy::builder().allow(""),
                "the name `` has no letter or digit; write a field's name, such as `customer_ssn`",
            ),
            (
                Policy::builder().off("name/pasword"),
                "there is no redaction rule `name/pasword` to switch off; rules are called like `name/token` or \
                 `value/jwt`, and `Policy::rules` lists them",
            ),
            (
                Policy::builder().value_rule(Shout("value/jwt")),
                "two redaction rules are called `value/jwt`; give the value rule an id of its own",
            ),
            (
                Policy::builder().value_rule(Shout("")),
                "a value rule has an empty id; give it one of its own, such as `value/customer_number`",
            ),
        ];
        for (builder, message) in table {
            assert_eq!(builder.build().unwrap_err().to_string(), message);
        }
        assert!(Policy::builder().value_rule(Shout("a")).value_rule(Shout("a")).build().is_err());
    }
}
