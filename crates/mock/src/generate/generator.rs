//! The way in: settings, what is given, what comes out.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::{Map, Value};
use tracesnap_openapi::{Document, Example, MediaType, Schema};

use super::Quality;
use super::compile;
use super::dice::mix;
use super::entity::Entity;
use super::make::{Fixed, Maker, Style, put, put_unplanned};
use super::plan::{NodeId, Plans};
use super::spoken::Names;

/// What holds for every answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// How rich answers are. Default: [`Quality::Realistic`].
    pub quality: Quality,
    /// Another seed, other answers. Default: 0.
    pub seed: u64,
    /// Whether examples of the document are answered with, where they fit. Default: `true`.
    pub examples: bool,
    /// What is now, in seconds since 1970: things were made before, and expire after. It is no clock, since the same question
    /// has the same answer tomorrow. Default: [`Settings::NOW`].
    pub now: i64,
    /// Where links lead to, without a slash at its end. Default: the first server of the document, if it names one in
    /// full, else `https://api.example.com`.
    pub base_url: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { quality: Quality::default(), seed: 0, examples: true, now: Self::NOW, base_url: None }
    }
}

impl Settings {
    /// 2026-01-01T00:00:00Z.
    pub const NOW: i64 = 1_767_225_600;

    /// These settings with another quality.
    #[must_use]
    pub fn with_quality(mut self, quality: Quality) -> Self {
        self.quality = quality;
        self
    }

    /// These settings with another seed.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// These settings, with or without the examples of the document.
    #[must_use]
    pub fn with_examples(mut self, examples: bool) -> Self {
        self.examples = examples;
        self
    }

    /// These settings with another now, in seconds since 1970.
    #[must_use]
    pub fn with_now(mut self, now: i64) -> Self {
        self.now = now;
        self
    }

    /// These settings with links that lead there.
    #[must_use]
    pub fn with_base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }
}

/// A part of a list, as page fields tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// Which part, from 1.
    pub number: u64,
    /// Items of a part at most.
    pub size: u64,
    /// Items of all parts.
    pub total: u64,
}

impl Page {
    /// Part `number`, from 1, of `size` items, of a list of `total`.
    #[must_use]
    pub fn new(number: u64, size: u64, total: u64) -> Self {
        Self { number, size, total }
    }
}

/// What an answer is about.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Given {
    /// A hash of the canonical request, or the identity of the entity: the same key, the same answer. Default: 0.
    pub key: u64,
    /// What must appear under these names, where the schema has them: the id of the path, fields of the request's body.
    /// Names are compared as words, so `orderId` is found as `order_id`, and as the `id` of an order. Default: nothing.
    pub fixed: Map<String, Value>,
    /// The id of what was asked for, in whatever type: it is the id of the answer. Default: one of [`fixed`](Self::fixed) of
    /// that name, else a new one.
    pub id: Option<Value>,
    /// What it is, in the singular, as in `order`. Default: what the schema's own name says.
    pub subject: Option<String>,
    /// What the value itself is called, as a parameter or a header is. Default: nothing.
    pub name: Option<String>,
    /// The path of the request, as in `/orders/7`: what it answers is found there. Default: nothing.
    pub path: Option<String>,
    /// Which part of a list is answered; page fields say so. Default: the only one.
    pub page: Option<Page>,
    /// What was recorded: [`Quality::Exact`] answers with it. Default: nothing.
    pub recorded: Option<Value>,
    /// Whether it is for a request: members that are read-only are left out, instead of those that are write-only.
    /// Default: `false`.
    pub request: bool,
    /// Names of [`fixed`](Self::fixed) that were taken apart before. Default: none.
    pub(crate) names: Names,
}

impl Given {
    /// Nothing but a key.
    #[must_use]
    pub fn key(key: u64) -> Self {
        Self { key, ..Self::default() }
    }

    /// The same, about a thing of that name.
    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// The same, for a parameter or header of that name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The same, with a value that must appear.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fixed.insert(name.into(), value.into());
        self
    }

    /// The same, with that id.
    #[must_use]
    pub fn identified(mut self, id: impl Into<Value>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The same, found at that path.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// The same, as a part of a list.
    #[must_use]
    pub fn page(mut self, page: Page) -> Self {
        self.page = Some(page);
        self
    }

    /// The same, with what was recorded.
    #[must_use]
    pub fn recorded(mut self, value: Value) -> Self {
        self.recorded = Some(value);
        self
    }

    /// The same, for a request.
    #[must_use]
    pub fn for_request(mut self) -> Self {
        self.request = true;
        self
    }
}

/// Where an answer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// The document has it as an example.
    Example,
    /// It was made from the schema.
    Generated,
    /// It was recorded.
    Recorded,
}

impl Source {
    /// Its name, as headers have it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Example => "example",
            Self::Generated => "generated",
            Self::Recorded => "recording",
        }
    }
}

/// An answer's body.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Generated {
    /// The body itself.
    pub value: Value,
    /// Where it comes from.
    pub source: Source,
    /// Whether it keeps to its schema, by the generator's own rules.
    pub valid: bool,
    /// What could not be had as it was asked for: an example that breaks its schema, a fixed value of the wrong type, a
    /// schema that nothing satisfies. Empty when all is well.
    pub reasons: Vec<String>,
}

/// A body that was written, and where it comes from.
pub(crate) struct Written {
    pub(crate) source: Source,
    pub(crate) reasons: Vec<String>,
}

/// Makes values of a document's schemas.
///
/// Share it: schemas are planned once, on first use, and values are made by any number of threads. A value depends on
/// the seed, the key, what is given and its place in the document; neither on time, nor on what was made before.
#[derive(Debug)]
pub struct Generator {
    document: Arc<Document>,
    settings: Settings,
    base_url: String,
    state: RwLock<State>,
}

/// Plans of one schema that are tried beforehand.
const MAX_TRIED: usize = 2_000;

#[derive(Debug, Default)]
struct State {
    plans: Plans,
    /// Plans by the identity of the schema that was asked for, and whether what they make is held against it as a whole.
    entries: HashMap<usize, (NodeId, bool)>,
}

impl Generator {
    /// Plans nothing yet.
    #[must_use]
    pub fn new(document: Arc<Document>, settings: Settings) -> Self {
        let base_url = settings.base_url.clone().unwrap_or_else(|| {
            let servers = document.servers();
            let named = servers
                .iter()
                .map(|server| server.url.as_str())
                .find(|url| url.starts_with("http") && !url.contains(['{', ' ']));
            named.map_or_else(|| "https://api.example.com".to_owned(), |url| url.trim_end_matches('/').to_owned())
        });
        Self { document, settings, base_url, state: RwLock::default() }
    }

    /// The document whose schemas it knows.
    #[must_use]
    pub fn document(&self) -> &Arc<Document> {
        &self.document
    }

    /// The settings it was made with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The body of an answer: what was recorded, an example of the document where it fits what is given, else generated.
    /// `None` where the document says nothing of the body.
    ///
    /// The schema must be of [`document`](Self::document).
    #[must_use]
    pub fn body(&self, media: &MediaType<'_>, given: &Given) -> Option<Generated> {
        let examples = if self.settings.examples { media.examples() } else { Vec::new() };
        let Some(schema) = media.schema() else { return of_examples(&examples, given) };
        Some(self.with_plan(schema, |state, id, held| {
            let work = Work { generator: self, state, id, held, given };
            work.beforehand(media, &examples).unwrap_or_else(|reasons| {
                let mut generated = work.generated();
                generated.reasons.splice(0..0, reasons);
                generated
            })
        }))
    }

    /// The same body as JSON, written behind what is there, and its source; the value itself is made only where it has to
    /// be looked at.
    pub(crate) fn write_body(&self, media: &MediaType<'_>, given: &Given, out: &mut Vec<u8>) -> Option<Written> {
        let examples = if self.settings.examples { media.examples() } else { Vec::new() };
        let generated = match media.schema() {
            None => of_examples(&examples, given)?,
            Some(schema) => {
                let made = self.with_plan(schema, |state, id, held| {
                    let work = Work { generator: self, state, id, held, given };
                    work.beforehand(media, &examples).or_else(|reasons| {
                        if work.write(out) {
                            return Err(Written { source: Source::Generated, reasons });
                        }
                        let mut generated = work.generated();
                        generated.reasons.splice(0..0, reasons);
                        Ok(generated)
                    })
                });
                match made {
                    Ok(generated) => generated,
                    Err(written) => return Some(written),
                }
            }
        };
        put(out, &generated.value);
        Some(Written { source: generated.source, reasons: generated.reasons })
    }

    /// One value of a schema: an entity of a collection, a parameter, a header. Examples of the whole are left aside.
    #[must_use]
    pub fn value(&self, schema: Schema<'_>, given: &Given) -> Value {
        self.generate(schema, given).value
    }

    /// As [`value`](Self::value), and what could not be had.
    #[must_use]
    pub fn generate(&self, schema: Schema<'_>, given: &Given) -> Generated {
        self.with_plan(schema, |state, id, held| Work { generator: self, state, id, held, given }.generated())
    }

    /// Whether a value keeps to a schema, by the rules values are made by.
    #[must_use]
    pub fn accepts(&self, schema: Schema<'_>, value: &Value) -> bool {
        self.with_plan(schema, |state, id, _| state.plans.accepts(id, value))
    }

    fn with_plan<T>(&self, schema: Schema<'_>, then: impl FnOnce(&State, NodeId, bool) -> T) -> T {
        debug_assert!(
            std::ptr::eq(schema.node().document(), &raw const *self.document),
            "a schema of another document"
        );
        let identity = schema.identity();
        {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            if let Some((id, held)) = state.entries.get(&identity) {
                return then(&state, *id, *held);
            }
        }
        {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            if !state.entries.contains_key(&identity) {
                let first = state.plans.nodes.len();
                let id = compile::compile(&mut state.plans, schema);
                self.try_doubtful(&mut state.plans, first);
                // What may break a rule is held against it where it is made; the whole only if that was not enough.
                let samples = if compile::is_doubtful(&state.plans, id) { 16 } else { 4 };
                let held = !self.proven(&state.plans, id, samples);
                state.entries.insert(identity, (id, held));
            }
        }
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let (id, held) = state.entries[&identity];
        then(&state, id, held)
    }

    /// Tries the plans from `first` on that may break their own rules.
    fn try_doubtful(&self, plans: &mut Plans, first: usize) {
        // Late plans are parts of early ones.
        let places = (first..plans.nodes.len()).rev().filter(|at| plans.nodes[*at].is_doubtful()).take(MAX_TRIED);
        let places: Vec<usize> = places.collect();
        for at in places {
            let Ok(id) = u32::try_from(at) else { break };
            let style = Style { quality: Quality::Realistic, request: false, minimal: false, lenient: false };
            let made = (0..2).any(|key| self.make(plans, NodeId(id), &Given::key(key), style).0.is_some());
            plans.nodes[at].doomed = !made;
        }
    }

    /// Whether samples of a plan keep to its schema.
    fn proven(&self, plans: &Plans, id: NodeId, samples: u64) -> bool {
        (0..samples).all(|key| {
            let given = Given::key(key);
            let style = Style {
                quality: if key % 4 == 3 { Quality::Production } else { self.settings.quality },
                request: false,
                minimal: false,
                lenient: false,
            };
            let made = self.make(plans, id, &given, style).0;
            made.is_some_and(|value| plans.accepts(id, &value))
        })
    }

    fn make(&self, plans: &Plans, id: NodeId, given: &Given, style: Style) -> (Option<Value>, Vec<String>) {
        self.with_maker(plans, id, given, style, |maker, entity, name| maker.value(id, entity, name))
    }

    /// Lets a maker make something, and says what could not be had.
    fn with_maker<T>(
        &self,
        plans: &Plans,
        id: NodeId,
        given: &Given,
        style: Style,
        make: impl FnOnce(&mut Maker<'_>, &Entity<'_>, &str) -> Option<T>,
    ) -> (Option<T>, Vec<String>) {
        let fixed = Fixed::all(given);
        let mut maker = Maker::new(plans, style, given, &fixed);
        let seed = mix(mix(self.settings.seed, 0x7472_6163_6573_6E61), given.key);
        let subject = given.subject.as_deref().or(plans.node(id).name.as_deref()).unwrap_or_default();
        let mut entity = Entity::root(seed, subject, &self.base_url, self.settings.now);
        entity.address =
            given.path.as_deref().map(|path| path.split('?').next().unwrap_or_default().trim_end_matches('/'));
        let value = make(&mut maker, &entity, given.name.as_deref().unwrap_or_default());
        (value, maker.reasons)
    }
}

/// A body of which there are examples only.
fn of_examples(examples: &[Example<'_>], given: &Given) -> Option<Generated> {
    let mut value = examples.iter().find_map(|example| example.value)?.value().clone();
    if let Value::Object(members) = &mut value {
        let subject = given.subject.as_deref().unwrap_or_default();
        put_unplanned(members, |_| false, given, &Fixed::all(given), subject);
    }
    Some(Generated { value, source: Source::Example, valid: true, reasons: Vec::new() })
}

/// One question.
struct Work<'w> {
    generator: &'w Generator,
    state: &'w State,
    id: NodeId,
    held: bool,
    given: &'w Given,
}

impl Work<'_> {
    /// What was recorded, or an example that fits what is given; else what is wrong with the examples.
    fn beforehand(&self, media: &MediaType<'_>, examples: &[Example<'_>]) -> Result<Generated, Vec<String>> {
        let settings = &self.generator.settings;
        if settings.quality == Quality::Exact
            && let Some(recorded) = &self.given.recorded
        {
            return Ok(self.recorded(recorded));
        }
        let mut reasons = Vec::new();
        for example in examples.iter().filter_map(|example| Some((example.name, example.value?))) {
            let (name, value) = (example.0, example.1.value());
            // A text in place of another media type is that text.
            if !media.is_json() && value.is_string() {
                return Ok(Generated { value: value.clone(), source: Source::Example, valid: true, reasons });
            }
            match self.fitted(value) {
                Some((value, more)) => {
                    reasons.extend(more);
                    return Ok(Generated { value, source: Source::Example, valid: true, reasons });
                }
                None => reasons.push(format!(
                    "the example{} breaks its own schema",
                    name.map_or_else(String::new, |name| format!(" `{name}`"))
                )),
            }
        }
        if settings.examples {
            let own = &self.state.plans.node(self.id).examples;
            let composed = own.iter().filter(|example| match example {
                Value::Object(members) => !members.is_empty(),
                Value::Array(items) => !items.is_empty(),
                _ => false,
            });
            if let Some((value, more)) = composed.filter_map(|example| self.fitted(example)).next() {
                reasons.extend(more);
                return Ok(Generated { value, source: Source::Example, valid: true, reasons });
            }
        }
        Err(reasons)
    }

    fn style(&self) -> Style {
        let quality = self.generator.settings.quality;
        Style { quality, request: self.given.request, minimal: false, lenient: false }
    }

    /// Writes the value that [`generated`](Self::generated) would make at its first try; `false`, and nothing, where that
    /// has to be looked at.
    fn write(&self, out: &mut Vec<u8>) -> bool {
        if self.held {
            return false;
        }
        let before = out.len();
        let (plans, id) = (&self.state.plans, self.id);
        let write = |maker: &mut Maker<'_>, entity: &Entity<'_>, name: &str| maker.json(id, entity, name, out);
        let (made, reasons) = self.generator.with_maker(plans, id, self.given, self.style(), write);
        let is_right = made.is_some() && reasons.is_empty();
        if !is_right {
            out.truncate(before);
        }
        is_right
    }

    fn recorded(&self, recorded: &Value) -> Generated {
        let valid = self.state.plans.accepts(self.id, recorded);
        let reasons = if valid { Vec::new() } else { vec!["what was recorded breaks the schema".to_owned()] };
        Generated { value: recorded.clone(), source: Source::Recorded, valid, reasons }
    }

    /// An example with what was given in its places; `None` where that breaks its schema.
    fn fitted(&self, example: &Value) -> Option<(Value, Vec<String>)> {
        let plans = &self.state.plans;
        if self.given.fixed.is_empty() && self.given.id.is_none() {
            return plans.accepts(self.id, example).then(|| (example.clone(), Vec::new()));
        }
        let fixed = Fixed::all(self.given);
        let mut maker = Maker::new(plans, self.style(), self.given, &fixed);
        let subject = self.given.subject.as_deref().or(plans.node(self.id).name.as_deref()).unwrap_or_default();
        let mut value = example.clone();
        maker.put_given(self.id, &mut value, subject);
        plans.accepts(self.id, &value).then_some((value, maker.reasons))
    }

    fn generated(&self) -> Generated {
        let (plans, style) = (&self.state.plans, self.style());
        let (made, mut reasons) = self.generator.make(plans, self.id, self.given, style);
        let right =
            |value: &Value, reasons: &[String]| (!self.held && reasons.is_empty()) || plans.accepts(self.id, value);
        if let Some(value) = &made
            && right(value, &reasons)
        {
            return Generated { value: made.unwrap_or_default(), source: Source::Generated, valid: true, reasons };
        }
        // Other dice, then less and less.
        let ways = [
            (style, 1),
            (style, 2),
            (Style { minimal: true, ..style }, 0),
            (Style { minimal: true, quality: Quality::Basic, ..style }, 3),
        ];
        for (style, turn) in ways {
            let given = if turn == 0 {
                self.given.clone()
            } else {
                Given { key: mix(self.given.key, turn), ..self.given.clone() }
            };
            let (again, more) = self.generator.make(plans, self.id, &given, style);
            if let Some(value) = again
                && plans.accepts(self.id, &value)
            {
                reasons.retain(|reason| more.contains(reason));
                return Generated { value, source: Source::Generated, valid: true, reasons };
            }
        }
        if let Some(example) = plans.node(self.id).examples.first() {
            return Generated { value: example.clone(), source: Source::Example, valid: true, reasons };
        }
        if plans.accepts(self.id, &Value::Null) {
            return Generated { value: Value::Null, source: Source::Generated, valid: true, reasons };
        }
        if reasons.is_empty() {
            reasons.push("no value was found that keeps to the schema".to_owned());
        }
        // Something like it, which is said to be wrong.
        let lenient = Style { lenient: true, ..style };
        let made = made.or_else(|| self.generator.make(plans, self.id, self.given, lenient).0);
        Generated { value: made.unwrap_or_default(), source: Source::Generated, valid: false, reasons }
    }
}
