//! One request on its way to its answer: which operation, whether it may, what is said.
//!
//! What is stored is for [`crate::state`], what is made up for [`crate::generate`], what is wrong with a request for
//! [`crate::validate`]; here is the order in which they are asked.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use serde_json::{Map, Value, json};
use tracesnap_openapi::{Document, Match, MediaType, RequestBody, Response, Route, Schema};

use super::credentials::{self, Shown};
use super::encode::encode;
use super::mock::{Inner, query};
use super::negotiate::choose;
use super::overrides::Fixed;
use super::plan::{Plan, Table};
use super::prefer::Prefer;
use super::reply::Media;
use super::{Answer, Key, Problem, Reason, Request, Source, Validation};
use crate::generate::{self, Given, Names};
use crate::patterns::words::words;
use crate::state::{self, Outcome};
use crate::validate::requests::{Body, Parts, Said};

/// A request that is being answered.
pub(crate) struct Turn<'t, 'd> {
    inner: &'t Inner,
    table: &'t Table<'d>,
    request: &'t Request,
    query: Vec<(Cow<'t, str>, Cow<'t, str>)>,
    /// Credentials are not looked at.
    trusted: bool,
}

/// Bodies that are tried before one that breaks its schema leaves all the same, and says so.
const ATTEMPTS: usize = 3;

/// What a body is made of.
pub(crate) struct Made {
    body: Form,
    source: Source,
    notes: Vec<String>,
}

impl Made {
    fn value(value: Value, source: Source) -> Self {
        Self { body: Form::Value(value), source, notes: Vec::new() }
    }
}

/// A body on its way.
enum Form {
    Value(Value),
    /// As JSON already, where nobody looks at the value.
    Json(Vec<u8>),
}

/// What whoever makes a body is told.
#[derive(Clone, Copy)]
struct Attempt<'m, 'd> {
    media: &'m Media<'d>,
    /// How many were tried before.
    number: usize,
    /// Whether a text of JSON will do.
    json_will_do: bool,
}

impl<'t, 'd> Turn<'t, 'd> {
    pub(crate) fn new(inner: &'t Inner, table: &'t Table<'d>, request: &'t Request) -> Self {
        Self { inner, table, request, query: query(request.uri().query().unwrap_or_default()), trusted: false }
    }

    #[cfg(feature = "record")]
    pub(crate) fn trusted(mut self) -> Self {
        self.trusted = true;
        self
    }

    pub(crate) fn answer(&self) -> Answer {
        let method = self.request.method();
        if *method == Method::OPTIONS && self.request.headers().contains_key("access-control-request-method") {
            return self.preflight();
        }
        match route(self.table.document(), self.request) {
            Route::Found(found) => match self.table.plan(found.operation.index()) {
                Some(plan) => {
                    let mut answer =
                        self.operation(plan, &found).unwrap_or_else(|problem| self.refuse(Some(plan), &problem));
                    answer.operation = Some(plan.label.clone());
                    answer.index = Some(plan.operation.index());
                    answer
                }
                None => self.refuse(None, &Problem::new(StatusCode::NOT_FOUND, "there is no such operation")),
            },
            Route::MethodNotAllowed { allowed } => self.other_methods(allowed),
            _ => {
                let path = self.request.uri().path();
                let mut problem = Problem::new(
                    StatusCode::NOT_FOUND,
                    format!("no operation of the document has the path `{}`", shortened(path)),
                );
                problem.near = self.near(path);
                self.refuse(None, &problem)
            }
        }
    }

    /// All that is wrong with the request.
    pub(crate) fn check(&self) -> Option<Vec<Reason>> {
        let target = self.request.uri().path_and_query().map_or("/", |target| target.as_str());
        let found = self.table.document().route(self.request.method().as_str(), target).found()?;
        let plan = self.table.plan(found.operation.index())?;
        let parts = self.parts(&found);
        let mut said = plan.inputs.read(&parts, plan.body.as_ref(), &self.inner.answers, &self.inner.schemas, true);
        if let Some(given) = said.unsupported {
            let message = format!("is `{}`, which the operation does not take", shortened(&given));
            said.reasons.push(Reason { place: super::Place::Header, name: "content-type".to_owned(), message });
        }
        if let Shown::Missing { why, .. } = credentials::shown(&plan.security, &parts) {
            said.reasons.push(Reason { place: super::Place::Header, name: "authorization".to_owned(), message: why });
        }
        Some(said.reasons)
    }

    /// An answer that depends on the document and a number.
    pub(crate) fn sample(&self, plan: &Plan<'d>, status: Option<u16>, number: u64) -> Option<Answer> {
        let status = status.unwrap_or(plan.success.0);
        plan.response(status)?;
        let given = Given::key(Key::of("sample").text(&plan.label).number(number).finish());
        let prefer = Prefer { dynamic: number > 0, ..Prefer::default() };
        self.respond(plan, status, &mut |attempt| self.attempt(attempt, &given, &prefer)).ok()
    }

    fn parts<'p>(&'p self, found: &'p Match<'_>) -> Parts<'p> {
        Parts { path: &found.params, query: &self.query, headers: self.request.headers(), body: self.request.body() }
    }

    /// Lets a page of another origin send what it is about to.
    fn preflight(&self) -> Answer {
        let mut answer = Answer::new(StatusCode::NO_CONTENT, Source::Request);
        let asked = |name: &str| self.request.headers().get(name).and_then(|value| value.to_str().ok());
        answer.set("access-control-allow-methods", asked("access-control-request-method").unwrap_or("GET"));
        answer.set("access-control-allow-headers", asked("access-control-request-headers").unwrap_or("*"));
        answer.set("access-control-max-age", "86400");
        answer.because("a browser asks whether it may send a request");
        answer
    }

    fn other_methods(&self, mut allowed: Vec<String>) -> Answer {
        for (method, with) in [("HEAD", "GET"), ("OPTIONS", "")] {
            if (with.is_empty() || allowed.iter().any(|known| known == with))
                && !allowed.iter().any(|known| known == method)
            {
                allowed.push(method.to_owned());
            }
        }
        allowed.sort_unstable();
        let allow = allowed.join(", ");
        let mut answer = if *self.request.method() == Method::OPTIONS {
            Answer::new(StatusCode::NO_CONTENT, Source::Request)
        } else {
            let detail = format!("the path is there, but not with {}; it takes {allow}", self.request.method());
            self.refuse(None, &Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail))
        };
        answer.set("allow", allow);
        answer
    }

    fn operation(&self, plan: &Plan<'d>, found: &Match<'d>) -> Result<Answer, Problem> {
        if let Some(fixed) = self.inner.overrides.take(plan.operation.index()) {
            return Ok(of_fixed(&fixed));
        }
        #[cfg(feature = "graphql")]
        if let Some(graphql) = &self.inner.graphql {
            return Ok(graphql.answer(self.inner, self.request, self.session()));
        }
        let prefer = Prefer::of(self.request.headers());
        let parts = self.parts(found);
        if let Some(code) = prefer.code {
            let said = plan.inputs.read(&parts, plan.body.as_ref(), &self.inner.answers, &self.inner.schemas, false);
            let mut answer = self.make_up(plan, code, &said, &prefer)?;
            answer.because(format!("the request prefers the status {code}"));
            return Ok(answer);
        }
        let validation = self.inner.config.validation;
        let mut warnings = Vec::new();
        if validation != Validation::Off && !self.trusted {
            match credentials::shown(&plan.security, &parts) {
                Shown::Missing { why, challenge } => {
                    let problem = Problem::new(StatusCode::UNAUTHORIZED, why);
                    if validation == Validation::Enforce {
                        return Ok(self.challenge(plan, &problem, &challenge));
                    }
                    warnings.push(problem.detail);
                }
                Shown::Credentials(shown) if self.inner.config.strict => {
                    let known = |one: &String| self.inner.config.credentials.contains(one);
                    let session = self.inner.sessions.get(self.session());
                    let issued = |one: &String| state::lock(&session).has_issued(one);
                    if !shown.iter().all(|one| known(one) || issued(one)) {
                        let problem = Problem::new(
                            StatusCode::UNAUTHORIZED,
                            "the credentials are well-formed, but this mock is strict, and has not given them out",
                        );
                        return Ok(self.challenge(plan, &problem, "Bearer realm=\"mock\", error=\"invalid_token\""));
                    }
                }
                Shown::Credentials(_) | Shown::Nobody => {}
            }
        }
        let check = validation != Validation::Off;
        let mut said = plan.inputs.read(&parts, plan.body.as_ref(), &self.inner.answers, &self.inner.schemas, check);
        #[cfg(feature = "record")]
        if self.trusted {
            said.forgive_redacted(&parts);
        }
        // Who cannot do right does no wrong.
        if !said.malformed {
            let generator = &self.inner.generator;
            said.reasons.retain(|reason| reason.message == "is required" || !plan.is_impossible(reason, generator));
        }
        if let Some(given) = &said.unsupported {
            let takes: Vec<_> = plan.body.iter().flat_map(RequestBody::content).map(MediaType::name).collect();
            let detail = format!("the operation takes no `{}`, but {}", shortened(given), takes.join(", "));
            let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail);
            if validation == Validation::Enforce {
                return Err(problem);
            }
            warnings.push(problem.detail);
        }
        if !said.reasons.is_empty() {
            let problem = self.invalid(plan, &said);
            if validation == Validation::Enforce {
                return Err(problem);
            }
            warnings.push(problem.sentence());
        }
        let mut answer = self.fulfil(plan, found, &said, &prefer)?;
        if !warnings.is_empty() {
            answer.set("x-mock-warning", warnings.join("; "));
        }
        Ok(answer)
    }

    fn challenge(&self, plan: &Plan<'d>, problem: &Problem, challenge: &str) -> Answer {
        let mut answer = self.refuse(Some(plan), problem);
        answer.set("www-authenticate", challenge);
        answer
    }

    fn invalid(&self, plan: &Plan<'d>, said: &Said) -> Problem {
        let has = |status| plan.responses().any(|one| one.status() == tracesnap_openapi::Status::Code(status));
        let status = if said.malformed || !has(422) && has(400) {
            StatusCode::BAD_REQUEST
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        let detail = match said.reasons.len() {
            1 => "one thing is wrong with the request".to_owned(),
            several => format!("{several} things are wrong with the request"),
        };
        Problem::new(status, detail).because(said.reasons.clone())
    }

    /// Answers a request that is as it should be: from what is stored, else made up.
    fn fulfil(&self, plan: &Plan<'d>, found: &Match<'d>, said: &Said, prefer: &Prefer) -> Result<Answer, Problem> {
        if self.inner.config.stateful && prefer.example.is_none() && !prefer.dynamic {
            let asking = state::Asking {
                inner: self.inner,
                resources: self.table.resources(),
                operation: plan.operation.index(),
                method: self.request.method(),
                said,
                query: &self.query,
                session: self.session(),
                target: state::Target {
                    host: self.request.headers().get(header::HOST),
                    base_path: &found.base_path,
                    path: self.request.uri().path(),
                },
                documents_409: plan.documents(409),
                answers_file: plan.answers_file,
            };
            match asking.act() {
                Outcome::Pass => {}
                Outcome::Problem(problem) => {
                    let mut answer = self.refuse(Some(plan), &problem);
                    answer.source = Source::State;
                    return Ok(answer);
                }
                Outcome::Done(done) => return self.stored(plan, said, prefer, &asking, &done),
            }
        }
        let answer = self.make_up(plan, plan.success.0, said, prefer)?;
        if self.table.resources().is_auth(plan.operation.index()) && signs_out(plan) {
            self.sign_out(plan, found, said);
        }
        Ok(answer)
    }

    /// Forgets the tokens that a request shows or names.
    fn sign_out(&self, plan: &Plan<'d>, found: &Match<'d>, said: &Said) {
        let session = self.inner.sessions.get(self.session());
        let mut session = state::lock(&session);
        if let Shown::Credentials(shown) = credentials::shown(&plan.security, &self.parts(found)) {
            shown.iter().for_each(|token| session.revoke(token));
        }
        let named = said.body.fields().into_iter().flatten().filter_map(|(_, value)| value.as_str());
        named.for_each(|token| session.revoke(token));
    }

    /// Turns what the store says into an answer.
    fn stored(
        &self,
        plan: &Plan<'d>,
        said: &Said,
        prefer: &Prefer,
        asking: &state::Asking<'_, 'd>,
        done: &state::Done,
    ) -> Result<Answer, Problem> {
        let status = plan.prefer(done.statuses);
        if let Some(upload) = &done.bytes {
            let mut answer = Answer::new(status_of(status), Source::State);
            answer.body = upload.bytes.clone();
            answer.set("content-type", upload.content_type.as_deref().unwrap_or("application/octet-stream"));
            answer.because("what was uploaded is read back");
            return Ok(answer);
        }
        let mut make = |attempt: Attempt<'_, 'd>| {
            let schema = attempt.media.schema.filter(|_| attempt.number == 0);
            match schema.and_then(|schema| asking.body(done, schema)) {
                Some(value) => Some(Made::value(value, Source::State)),
                None => {
                    let next = Attempt { number: attempt.number.saturating_sub(1), ..attempt };
                    self.attempt(next, &self.given(plan, said), prefer)
                }
            }
        };
        let mut answer = self.respond(plan, status, &mut make)?;
        answer.source = Source::State;
        if let Some(location) = &done.location {
            answer.set("location", location);
        }
        for (name, value) in &done.headers {
            if *name == "link" || answer.headers.contains_key(*name) {
                answer.set(name, value);
            }
        }
        answer.because(done.why.clone());
        Ok(answer)
    }

    /// An answer that depends on the document and the request alone.
    fn make_up(&self, plan: &Plan<'d>, status: u16, said: &Said, prefer: &Prefer) -> Result<Answer, Problem> {
        let given = self.given(plan, said);
        let signs_in = (200..300).contains(&status) && self.table.resources().is_auth(plan.operation.index());
        let mut answer = self.respond(plan, status, &mut |attempt| {
            let attempt = Attempt { json_will_do: attempt.json_will_do && !signs_in, ..attempt };
            let mut made = self.attempt(attempt, &given, prefer)?;
            if signs_in && let (Some(schema), Form::Value(value)) = (attempt.media.schema, &mut made.body) {
                let tokens = state::mark(value, schema, given.key, &self.inner.answers);
                if !tokens.is_empty() {
                    let session = self.inner.sessions.get(self.session());
                    tokens.into_iter().for_each(|token| state::lock(&session).issue(token));
                }
            }
            Some(made)
        })?;
        if (300..400).contains(&status) && status != 304 && !answer.headers.contains_key("location") {
            answer.set("location", self.request.uri().path());
        }
        Ok(answer)
    }

    /// What the request fixes, and the key that makes the rest.
    fn given(&self, plan: &Plan<'d>, said: &Said) -> Given {
        let mut key = plan.key.clone();
        let mut fixed = Map::new();
        if let Body::Value(value, _) = &said.body {
            key = key.value(value);
            if let Value::Object(fields) = value {
                fixed.extend(fields.iter().map(|(name, value)| (name.clone(), value.clone())));
            }
        }
        if let [upload, ..] = said.body.uploads() {
            key = key.bytes(&upload.bytes);
            let about = ["filename", "size", "content_type"];
            fixed
                .extend(about.into_iter().filter_map(|name| Some((name.to_owned(), state::about_file(name, upload)?))));
        }
        for (name, value) in &said.path {
            key = key.text(name).value(value);
            fixed.insert(name.clone(), value.clone());
        }
        let mut pairs: Vec<_> = self.query.iter().collect();
        pairs.sort_unstable();
        key = pairs.into_iter().fold(key, |key, (name, value)| key.text(name).text(value));
        let mut given = Given::key(key.finish());
        given.fixed = fixed;
        given.names = plan.names.get_or_init(|| Names::of(said.path.keys().map(String::as_str))).clone();
        given
    }

    /// What is made up at first, and what where that broke its schema: with less that is fixed, then with nothing.
    fn attempt(&self, attempt: Attempt<'_, 'd>, given: &Given, prefer: &Prefer) -> Option<Made> {
        match attempt.number {
            0 => self.made(attempt, given, prefer),
            1 => {
                let value = self.inner.generator.value(attempt.media.schema?, &Given::key(given.key));
                let notes = vec!["what the request fixes has no place in the answer".to_owned()];
                Some(Made { notes, ..Made::value(value, Source::Generated) })
            }
            _ => None,
        }
    }

    fn made(&self, attempt: Attempt<'_, 'd>, given: &Given, prefer: &Prefer) -> Option<Made> {
        let Attempt { media, json_will_do, .. } = attempt;
        let generator = &self.inner.generator;
        if let Some(name) = &prefer.example {
            let named = media.kind.examples().into_iter().find(|example| example.name == Some(name));
            if let Some(value) = named.and_then(|example| example.value) {
                return Some(Made::value(value.value().clone(), Source::Example));
            }
        }
        if prefer.dynamic {
            return Some(Made::value(generator.value(media.schema?, given), Source::Generated));
        }
        let source = |source| match source {
            generate::Source::Example => Source::Example,
            generate::Source::Recorded => Source::Recording,
            _ => Source::Generated,
        };
        if json_will_do {
            let mut out = media.buffer();
            let written = generator.write_body(&media.kind, given, &mut out)?;
            media.grew(out.len());
            return Some(Made { body: Form::Json(out), source: source(written.source), notes: written.reasons });
        }
        let made = generator.body(&media.kind, given)?;
        Some(Made { body: Form::Value(made.value), source: source(made.source), notes: made.reasons })
    }

    /// Builds the answer with that status: body in an accepted media type, checked, with the headers that are documented.
    fn respond(
        &self,
        plan: &Plan<'d>,
        status: u16,
        make: &mut dyn FnMut(Attempt<'_, 'd>) -> Option<Made>,
    ) -> Result<Answer, Problem> {
        let code = status_of(status);
        let mut answer = Answer::new(code, Source::Generated);
        let Some(reply) = plan.reply(status) else {
            answer.because(format!("the document says nothing of {status}"));
            return Ok(answer);
        };
        let headers = reply.headers.get_or_init(|| self.documented_headers(plan, &reply.response));
        if !headers.is_empty() {
            answer.headers.clone_from(headers);
        }
        if reply.content.is_empty() || has_no_body(code) {
            return Ok(answer);
        }
        let Some(media) = choose(&reply.content, self.request.headers()) else {
            if !code.is_success() {
                return Ok(answer);
            }
            let has: Vec<_> = reply.content.iter().map(|media| media.kind.name()).collect();
            let detail = format!("none of the accepted media types is there; there is {}", has.join(", "));
            return Err(Problem::new(StatusCode::NOT_ACCEPTABLE, detail));
        };
        let checked = media.schema.filter(|_| !media.is_file && self.inner.is_checked());
        let first = Attempt { media, number: 0, json_will_do: checked.is_none() && media.plain.is_some() };
        let Some(mut made) = make(first) else {
            let nothing = if media.is_json { json!({}) } else { Value::from("") };
            answer.body_of(encode(&media.kind, &nothing));
            return Ok(answer);
        };
        if let (Some(schema), Form::Value(value)) = (checked, &made.body) {
            let mut wrong = self.judge(schema, value);
            for number in 1..ATTEMPTS {
                if wrong.is_empty() {
                    break;
                }
                let Some(other) = make(Attempt { number, ..first }) else { break };
                if let Form::Value(value) = &other.body
                    && self.inner.answers.check(schema, value).is_ok()
                {
                    (made, wrong) = (other, Vec::new());
                }
            }
            answer.is_checked = true;
            self.inner.counters.checked(wrong.is_empty());
            if !wrong.is_empty() {
                answer.set("x-mock-invalid", wrong.join("; "));
                answer.violations = wrong;
            }
        }
        answer.source = made.source;
        answer.explain.extend(made.notes);
        match (made.body, &media.plain) {
            (Form::Json(bytes), Some(content_type)) => {
                answer.headers.insert(header::CONTENT_TYPE, content_type.clone());
                answer.body = bytes.into();
            }
            (Form::Json(bytes), None) => answer.body = bytes.into(),
            (Form::Value(value), _) => answer.body_of(encode(&media.kind, &value)),
        }
        Ok(answer)
    }

    /// What a body breaks.
    fn judge(&self, schema: Schema<'d>, value: &Value) -> Vec<String> {
        let wrong = self.inner.answers.check(schema, value).err().unwrap_or_default();
        wrong.iter().map(ToString::to_string).collect()
    }

    fn documented_headers(&self, plan: &Plan<'d>, response: &Response<'d>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for header in response.headers() {
            let name = header.name().to_ascii_lowercase();
            if ["content-type", "content-length", "transfer-encoding", "connection"].contains(&name.as_str()) {
                continue;
            }
            let (Ok(name), Some(schema)) = (HeaderName::from_bytes(name.as_bytes()), header.schema()) else { continue };
            let example = header.examples().into_iter().find_map(|example| Some(example.value?.value().clone()));
            let example = example.filter(|value| self.inner.answers.check(schema, value).is_ok());
            let key = Key::of("header").text(&plan.label).text(name.as_str()).finish();
            let value = example.unwrap_or_else(|| self.inner.generator.value(schema, &Given::key(key)));
            if let Some(value) = super::header_value(&header_text(&value)) {
                headers.insert(name, value);
            }
        }
        headers
    }

    /// The answer to a request that gets no success.
    fn refuse(&self, plan: Option<&Plan<'d>>, problem: &Problem) -> Answer {
        let mut answer = Answer::new(problem.status, Source::Request);
        answer.because(problem.sentence());
        if !problem.reasons.is_empty() {
            // The document's own errors need not have a place for it.
            answer.set("x-mock-reasons", problem.sentence());
        }
        let documented = plan.and_then(|plan| self.documented_problem(plan, problem));
        match documented {
            Some((content_type, body)) => {
                answer.set("content-type", content_type);
                answer.body = body;
            }
            None => {
                answer.set("content-type", "application/problem+json");
                answer.body = super::json(&problem.value());
            }
        }
        answer
    }

    /// The problem as the document says its errors look, if it does, and what is to be said fits there.
    fn documented_problem(&self, plan: &Plan<'d>, problem: &Problem) -> Option<(String, Bytes)> {
        let response = plan.response(problem.status.as_u16())?;
        let is_success = plan.success_response().map(Response::status);
        if is_success == Some(response.status()) {
            return None;
        }
        let media = response.json()?;
        let schema = media.schema()?;
        let answers = &self.inner.answers;
        let key = Key::of("problem").text(&plan.label).number(problem.status.as_u16().into()).finish();
        let plain = self.inner.generator.value(schema, &Given::key(key));
        let told = state::tell(schema, plain.clone(), problem, answers);
        let value = [told, plain].into_iter().find(|value| answers.check(schema, value).is_ok())?;
        let encoded = encode(&media, &value);
        Some((encoded.content_type, encoded.bytes))
    }

    fn session(&self) -> &str {
        self.request.headers().get("x-mock-session").and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Paths of the document that are like one it does not have, best first.
    fn near(&self, path: &str) -> Vec<String> {
        let wanted: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).take(32).collect();
        let mut seen = std::collections::HashSet::new();
        let mut scored: Vec<(usize, &str)> = Vec::new();
        for operation in self.table.document().operations() {
            if !seen.insert(operation.path()) {
                continue;
            }
            let has: Vec<&str> = operation.path().split('/').filter(|segment| !segment.is_empty()).collect();
            let alike = wanted.iter().filter(|segment| has.iter().any(|other| is_like(segment, other))).count();
            let apart = wanted.len().abs_diff(has.len());
            if alike > 0 {
                scored.push(((wanted.len() + apart).saturating_sub(alike), operation.path()));
            }
        }
        scored.sort_by_key(|(score, path)| (*score, path.len()));
        scored.into_iter().take(3).map(|(_, path)| path.to_owned()).collect()
    }
}

/// Where a request leads to.
fn route<'d>(document: &'d Document, request: &Request) -> Route<'d> {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let found = document.route(request.method().as_str(), target);
    if *request.method() == Method::HEAD && !matches!(found, Route::Found(_)) {
        // What answers GET answers HEAD, without the body.
        let get = document.route("GET", target);
        if matches!(get, Route::Found(_)) {
            return get;
        }
    }
    found
}

/// The operation that a request is for.
#[cfg(feature = "cache")]
pub(crate) fn found<'d>(document: &'d Document, request: &Request) -> Option<Match<'d>> {
    route(document, request).found()
}

/// Whether two segments may be meant as the same: equal but for capitals, a letter or the plural.
fn is_like(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    if a == b || a.trim_end_matches('s') == b.trim_end_matches('s') {
        return true;
    }
    let common = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let back = a.bytes().rev().zip(b.bytes().rev()).take_while(|(a, b)| a == b).count();
    let longest = a.len().max(b.len());
    longest > 3 && common + back + 1 >= longest
}

/// Whether an operation ends what a login began.
fn signs_out(plan: &Plan<'_>) -> bool {
    let name = format!("{} {}", plan.operation.path(), plan.operation.id().unwrap_or_default());
    let words = words(&name).concat();
    ["logout", "signout", "logoff", "revoke"].iter().any(|end| words.contains(end))
}

fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::OK)
}

fn has_no_body(status: StatusCode) -> bool {
    status.is_informational() || status == 204 || status == 205 || status == 304
}

fn of_fixed(fixed: &Fixed) -> Answer {
    let mut answer = Answer::new(status_of(fixed.status), Source::Override);
    for (name, value) in &fixed.headers {
        if let (Ok(name), Some(value)) = (HeaderName::from_bytes(name.as_bytes()), super::header_value(value)) {
            answer.headers.append(name, value);
        }
    }
    answer.body = if has_no_body(answer.status) { Bytes::new() } else { fixed.body.clone() };
    answer.because("somebody set a fixed answer for this operation");
    answer
}

fn header_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(header_text).collect::<Vec<_>>().join(","),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// As much of what a caller sent as belongs in a message.
fn shortened(text: &str) -> String {
    text.chars().take(200).collect()
}
