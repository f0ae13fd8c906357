//! Makes the request and the answer of each operation of a document, and judges them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use tracesnap_mock::generate::invariants::{self, Invariant};
use tracesnap_mock::generate::{Generated, Generator, Given, Quality, Settings, Source};
use tracesnap_mock::validate::Answers;
use tracesnap_openapi::{Document, Location, MediaType, Operation, Response, Schema};

/// Bodies whose time counts.
const TIMED: usize = 10_000;
/// Times worth a look.
const SLOW: Duration = Duration::from_micros(100);
/// Ids and pages asked for.
const KEYS: u64 = 3;

/// What was found in one document.
#[derive(Default)]
pub(crate) struct Judged {
    pub(crate) operations: usize,
    /// With a documented answer of success.
    pub(crate) answered: usize,
    /// All bodies of all qualities keep to their schema, and so does the request.
    pub(crate) valid: usize,
    pub(crate) bodies: usize,
    /// Other documented answers with a body.
    pub(crate) others: usize,
    pub(crate) others_valid: usize,
    pub(crate) from_examples: usize,
    pub(crate) failures: Vec<String>,
    /// By invariant: places where it applies, and where it holds; as served, and with examples left aside.
    pub(crate) served: Beliefs,
    pub(crate) generated: Beliefs,
    pub(crate) echoed: (usize, usize),
    /// Answers whose id is of another type than the one that is asked for.
    pub(crate) other_ids: usize,
    pub(crate) broken: Vec<String>,
    pub(crate) optional: usize,
    pub(crate) filled: usize,
    /// Times by quality.
    pub(crate) times: [Vec<Duration>; 3],
    /// The slowest of them, by name.
    pub(crate) slow: Vec<(Duration, String)>,
    pub(crate) gave_up: bool,
    pub(crate) took: Duration,
    pub(crate) bytes: usize,
}

/// By invariant: applied, held.
pub(crate) type Beliefs = Vec<(usize, usize)>;

const QUALITIES: [Quality; 3] = [Quality::Basic, Quality::Realistic, Quality::Production];

struct Bench<'b> {
    served: [Generator; 3],
    generated: Generator,
    answers: &'b Answers,
    judged: Judged,
}

pub(crate) fn judge_all(document: &Arc<Document>, start: Instant, patience: Duration) -> Judged {
    let answers = Answers::new(Arc::clone(document));
    let of = |quality| Generator::new(Arc::clone(document), Settings::default().with_quality(quality));
    let none = vec![(0, 0); Invariant::ALL.len()];
    let mut bench = Bench {
        served: QUALITIES.map(of),
        generated: Generator::new(Arc::clone(document), Settings::default().with_examples(false)),
        answers: &answers,
        judged: Judged { served: none.clone(), generated: none, ..Judged::default() },
    };
    for operation in document.operations() {
        bench.judged.operations += 1;
        if start.elapsed() > patience {
            bench.judged.gave_up = true;
            bench.judged.failures.push(format!("{} {}: out of time", operation.method(), operation.path()));
            continue;
        }
        bench.operation(operation);
    }
    bench.judged.took = start.elapsed();
    bench.judged
}

impl Bench<'_> {
    fn operation(&mut self, operation: Operation<'_>) {
        let failures = self.judged.failures.len();
        let place = format!("{} {}", operation.method(), operation.path());
        let Some(response) = operation.success().or_else(|| operation.responses().into_iter().next()) else {
            self.judged.failures.push(format!("{place}: no answer is documented"));
            return;
        };
        self.judged.answered += 1;
        let subject = subject(operation.path());
        let mut given = Given::default().about(&*subject);
        for parameter in operation.parameters() {
            let Some(schema) = parameter.schema() else { continue };
            let value = self.request(&place, parameter.name(), schema);
            if parameter.location() == Location::Path {
                if Some(parameter.name()) == asked_for(operation) {
                    given = given.identified(value.clone());
                }
                given = given.with(parameter.name(), value);
            }
        }
        if let Some(body) = operation.body() {
            let mut seen = Vec::new();
            for schema in body.content().iter().filter_map(MediaType::schema) {
                if !seen.contains(&schema.identity()) {
                    seen.push(schema.identity());
                    self.request(&place, "the request's body", schema);
                }
            }
        }
        for header in response.headers() {
            if let Some(schema) = header.schema() {
                let made = self.served[1].generate(schema, &Given::key(1).named(header.name()));
                self.check(&place, header.name(), schema, &made);
            }
        }
        let media = response.json().or_else(|| response.content().first().cloned());
        if let Some(media) = media {
            self.body(operation, &place, &media, &given);
        }
        if self.judged.failures.len() == failures {
            self.judged.valid += 1;
        }
        for other in operation.responses() {
            if other.node() != response.node() {
                self.other(&place, &other);
            }
        }
    }

    /// An answer that is not the one of success, refusals for the most part.
    fn other(&mut self, place: &str, response: &Response<'_>) {
        let Some(media) = response.json().or_else(|| response.content().first().cloned()) else { return };
        let Some(schema) = media.schema() else { return };
        let made = self.generated.generate(schema, &Given::key(3));
        self.judged.others += 1;
        match self.answers.check(schema, &made.value) {
            Ok(()) => self.judged.others_valid += 1,
            Err(violations) => {
                self.judged.broken.push(format!("answer {} of {place}: {}", response.status(), violations[0]));
            }
        }
    }

    /// A parameter or a body of the request.
    fn request(&mut self, place: &str, name: &str, schema: Schema<'_>) -> Value {
        let made = self.served[1].generate(schema, &Given::key(7).named(name).for_request());
        self.check(place, name, schema, &made);
        made.value
    }

    fn check(&mut self, place: &str, what: &str, schema: Schema<'_>, made: &Generated) {
        if let Err(violations) = self.answers.check(schema, &made.value) {
            let first = &violations[0];
            let said = if made.valid { "not noticed" } else { "reported" };
            let reasons = made.reasons.join("; ");
            self.judged.failures.push(format!("{place}: {what}: {said}: {first} [{reasons}]"));
        } else if !made.valid {
            self.judged.failures.push(format!("{place}: {what}: thought wrong: {}", made.reasons.join("; ")));
        }
    }

    fn body(&mut self, operation: Operation<'_>, place: &str, media: &MediaType<'_>, given: &Given) {
        let textual = !media.is_json();
        for (at, quality) in QUALITIES.into_iter().enumerate() {
            for key in 0..KEYS {
                let mut given = given.clone();
                given.key = key;
                let Some(made) = self.served[at].body(media, &given) else { continue };
                self.judged.bodies += 1;
                self.judged.from_examples += usize::from(made.source == Source::Example);
                // What an example says of another media type is no value of the schema.
                if let Some(schema) = media.schema().filter(|_| !(textual && made.source == Source::Example)) {
                    self.check(place, quality.as_str(), schema, &made);
                }
                let size = made.value.to_string().len();
                self.judged.bytes += size;
                if size <= TIMED {
                    let time = best(|| drop(self.served[at].body(media, &given)));
                    self.judged.times[at].push(time);
                    if time > SLOW {
                        self.judged.slow.push((time, format!("{place}: {quality}, {size} bytes")));
                    }
                }
                if quality == Quality::Realistic {
                    believe(&made.value, &mut self.judged.served, None);
                    self.echo(operation, place, &made, &given);
                }
            }
        }
        for key in 0..KEYS {
            let mut given = given.clone();
            given.key = key;
            let Some(made) = self.generated.body(media, &given) else { continue };
            if let Some(schema) = media.schema() {
                self.check(place, "without examples", schema, &made);
                if key == 0 {
                    self.fill(schema, &made.value, 0);
                }
            }
            let mut broken = Vec::new();
            believe(&made.value, &mut self.judged.generated, Some(&mut broken));
            self.judged.broken.extend(broken.into_iter().map(|name| format!("{name} {place} {}", made.value)));
        }
    }

    /// The id asked for is the id of the answer.
    fn echo(&mut self, operation: Operation<'_>, place: &str, made: &Generated, given: &Given) {
        let value = &made.value;
        // Documents ask for text where they answer with numbers.
        if made.reasons.iter().any(|reason| reason.contains("does not take")) {
            self.judged.other_ids += 1;
            return;
        }
        let Some(name) = asked_for(operation) else { return };
        let found = value.get("id").or_else(|| value.get("data")?.get("id"));
        if let (Some(found), Some(asked)) = (found, given.fixed.get(name)) {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            self.judged.echoed.0 += 1;
            let held = text(found) == text(asked);
            self.judged.echoed.1 += usize::from(held);
            if !held {
                self.judged.broken.push(format!("id_echoed {place}: asked for {asked}, got {found}"));
            }
        }
    }

    /// Counts optional properties, and those that are there.
    fn fill(&mut self, schema: Schema<'_>, value: &Value, depth: usize) {
        if depth > 12 {
            return;
        }
        match value {
            Value::Array(items) => {
                if let Some(inner) = schema.items() {
                    items.iter().for_each(|item| self.fill(inner, item, depth + 1));
                }
            }
            Value::Object(members) => {
                let required = schema.required();
                for (name, property) in schema.all_properties() {
                    let write_only = property.node().flag("writeOnly") == Some(true);
                    if !required.contains(&name) && !write_only {
                        self.judged.optional += 1;
                        self.judged.filled += usize::from(members.contains_key(name));
                    }
                    if let Some(member) = members.get(name) {
                        self.fill(property, member, depth + 1);
                    }
                }
                for part in schema.parts() {
                    let way = part
                        .list("oneOf")
                        .into_iter()
                        .chain(part.list("anyOf"))
                        .find(|way| self.generated.accepts(*way, value));
                    if let Some(way) = way {
                        self.fill(way, value, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }
}

fn believe(value: &Value, beliefs: &mut Beliefs, mut broken: Option<&mut Vec<&'static str>>) {
    invariants::judge(value, Settings::NOW, &mut |invariant, held| {
        let at = Invariant::ALL.iter().position(|known| *known == invariant).unwrap_or(0);
        beliefs[at].0 += 1;
        beliefs[at].1 += usize::from(held);
        if let Some(broken) = &mut broken
            && !held
        {
            broken.push(invariant.as_str());
        }
    });
}

/// The parameter that says which thing is asked for: an id at the end of the path.
fn asked_for(operation: Operation<'_>) -> Option<&str> {
    let name = operation.path().rsplit('/').next()?.strip_prefix('{')?.strip_suffix('}')?;
    let lower = name.to_ascii_lowercase();
    ((lower.ends_with("id") || lower == "uuid") && operation.method() != "DELETE").then_some(name)
}

/// The last segment of a path that is no parameter, in the singular.
fn subject(path: &str) -> String {
    let segment = path.rsplit('/').find(|segment| !segment.is_empty() && !segment.contains('{')).unwrap_or("item");
    let word = segment.rsplit(['-', '_', '.']).next().unwrap_or(segment).to_ascii_lowercase();
    match word.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None if word.ends_with("ss") || word.ends_with("us") => word,
        None => word.strip_suffix('s').unwrap_or(&word).to_owned(),
    }
}

/// The best of a few: the machine is not ours alone.
fn best(mut run: impl FnMut()) -> Duration {
    let one = || {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    std::iter::repeat_with(one).take(3).min().unwrap_or_default()
}
