//! Answers requests from a recording.

mod dialogue;

pub(crate) use self::dialogue::Candidates;

use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde_json::Value;
use tracesnap_redact::{JsonPath, PLACEHOLDER, Policy, Step};

use super::variables::Values;
use super::{Excluded, Miss, Near, Rule, Variable, differences};
use crate::model::{Interaction, Session, SessionHead};
use crate::recorder::task::{self, Live};
use crate::redaction::clean_value;
use crate::{Error, file};

/// What answers when all that was recorded for a request has answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Repeat {
    /// Nothing: each answers once. The default.
    #[default]
    Sequence,
    /// The last one, for ever.
    Last,
    /// All again, from the first.
    Cycle,
}

/// How a recording is played back.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `play`"]
pub struct PlayerBuilder {
    policy: Policy,
    rule: Option<Rule>,
    rules: HashMap<String, Rule>,
    repeat: Repeat,
    variables: Vec<Variable>,
    max_age: Option<Duration>,
    strict: bool,
}

impl Default for PlayerBuilder {
    fn default() -> Self {
        Self {
            policy: Policy::for_captures(),
            rule: None,
            rules: HashMap::new(),
            repeat: Repeat::default(),
            variables: Vec::new(),
            max_age: None,
            strict: false,
        }
    }
}

impl PlayerBuilder {
    /// The policy it was recorded under: requests are redacted by it before they are compared. Default:
    /// [`Policy::for_captures`].
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// What of a request counts. Default: all of it, and of HTTP (a request with `method` and `url`) what [`Rule::http`]
    /// says.
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rule = Some(rule);
        self
    }

    /// What of a request to this service counts. Default: as for all others.
    pub fn rule_for(mut self, service: impl Into<String>, rule: Rule) -> Self {
        self.rules.insert(service.into(), rule);
        self
    }

    /// What answers when all have answered. Default: [`Repeat::Sequence`].
    pub fn repeat(mut self, repeat: Repeat) -> Self {
        self.repeat = repeat;
        self
    }

    /// A value that comes from responses and stands in later requests. Default: none.
    pub fn variable(mut self, variable: Variable) -> Self {
        self.variables.push(variable);
        self
    }

    /// A recording that is older answers nothing. Default: any age.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Each task must ask what was recorded of it in the order in which it was recorded. Default: in any order.
    pub fn strict(mut self, is_strict: bool) -> Self {
        self.strict = is_strict;
        self
    }

    /// Plays this session.
    #[must_use]
    pub fn play(self, session: Session) -> Player {
        Player::new(self, session)
    }

    /// Plays a session file.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn open(self, path: impl AsRef<Path>) -> Result<Player, Error> {
        Ok(self.play(file::load(path)?))
    }
}

/// Answers requests from a recording: see [`matching`](crate::matching).
pub struct Player {
    head: SessionHead,
    interactions: Vec<Arc<Interaction>>,
    /// Of each interaction: its task.
    tasks: Vec<u32>,
    task_names: Vec<Box<str>>,
    task_numbers: HashMap<Box<str>, u32>,
    /// By key: which line.
    keys: HashMap<Box<str>, u32>,
    lines: Vec<Line>,
    recorded_values: Values,
    settings: PlayerBuilder,
    /// How old it is, if that is more than it may be.
    expired: Option<Duration>,
    dialogues: dialogue::Dialogues,
    state: Mutex<State>,
}

/// What a request was found by, and is found by again without being read: adapters of protocols keep it. It belongs to the
/// player that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestKey(u32);

/// All interactions of a key, in their order.
#[derive(Default)]
struct Line {
    number: u32,
    all: Vec<u32>,
    by_task: HashMap<u32, Vec<u32>>,
    /// In the order in which they first asked.
    tasks: Vec<u32>,
}

struct State {
    used: Vec<bool>,
    unused: usize,
    /// Of a key and a task: how many of its interactions were looked at.
    next_of_task: HashMap<(u32, u32), u32>,
    /// Of a key: how many were looked at, whatever the task.
    next: Vec<u32>,
    /// Of a key: how many of its tasks are played.
    unplayed: Vec<u32>,
    /// How often a key was asked for after all had answered.
    again: Vec<u64>,
    /// The recorded task that a live one plays.
    plays: HashMap<Live, u32>,
    /// Whether somebody plays a recorded task.
    played: Vec<bool>,
    /// In strict order: what each recorded task asks next.
    order: Vec<u32>,
    live_values: Values,
}

/// An interaction that nobody asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unused {
    /// Its number in the session.
    pub id: u64,
    /// Service and operation.
    pub title: String,
}

impl Player {
    /// Says how it is played back.
    pub fn builder() -> PlayerBuilder {
        PlayerBuilder::default()
    }

    fn new(settings: PlayerBuilder, session: Session) -> Self {
        let Session { head, interactions } = session;
        let mut keys: HashMap<Box<str>, u32> = HashMap::new();
        let mut lines: Vec<Line> = Vec::new();
        let mut task_names: Vec<Box<str>> = Vec::new();
        let mut task_numbers: HashMap<Box<str>, u32> = HashMap::new();
        let mut tasks = Vec::with_capacity(interactions.len());
        let mut recorded_values = Values::default();
        for (at, interaction) in interactions.iter().enumerate() {
            let name = interaction.task.as_deref().unwrap_or("#0");
            let task = match task_numbers.get(name) {
                Some(&task) => task,
                None => {
                    let task = task_names.len() as u32;
                    task_names.push(name.into());
                    task_numbers.insert(name.into(), task);
                    task
                }
            };
            tasks.push(task);
            let key = settings.key(interaction, &recorded_values);
            recorded_values.take(
                &settings.variables,
                &interaction.service,
                &interaction.operation,
                &interaction.response,
            );
            let number = *keys.entry(key).or_insert(lines.len() as u32);
            if number as usize == lines.len() {
                lines.push(Line { number, ..Line::default() });
            }
            let line = &mut lines[number as usize];
            line.all.push(at as u32);
            let own = line.by_task.entry(task).or_default();
            if own.is_empty() {
                line.tasks.push(task);
            }
            own.push(at as u32);
        }
        let age = SystemTime::now().duration_since(head.timestamp.time()).unwrap_or_default();
        let state = State {
            used: vec![false; interactions.len()],
            unused: interactions.len(),
            next_of_task: HashMap::new(),
            next: vec![0; keys.len()],
            unplayed: vec![0; keys.len()],
            again: vec![0; keys.len()],
            plays: HashMap::new(),
            played: vec![false; task_names.len()],
            order: vec![0; task_names.len()],
            live_values: Values::default(),
        };
        Self {
            expired: settings.max_age.filter(|&most| age > most).map(|_| age),
            interactions: interactions.into_iter().map(Arc::new).collect(),
            head,
            tasks,
            task_names,
            task_numbers,
            keys,
            lines,
            recorded_values,
            settings,
            dialogues: dialogue::Dialogues::default(),
            state: Mutex::new(state),
        }
    }

    /// What the session says of itself.
    #[must_use]
    pub fn head(&self) -> &SessionHead {
        &self.head
    }

    /// All interactions, in the order in which they were recorded.
    #[must_use]
    pub fn interactions(&self) -> &[Arc<Interaction>] {
        &self.interactions
    }

    /// The interaction that answers a request of the running task, which is consumed. The request is redacted first.
    ///
    /// # Errors
    ///
    /// [`Error::Miss`].
    pub fn answer<T: Serialize + ?Sized>(
        &self,
        service: &str,
        operation: &str,
        request: &T,
    ) -> Result<Arc<Interaction>, Error> {
        let (request, _) = clean_value(&self.settings.policy, request);
        self.answer_cleaned(service, operation, &request)
    }

    /// Whether headers of a request of HTTP to this service may count.
    pub(crate) fn looks_at_headers(&self, service: &str) -> bool {
        let said = self.settings.rules.get(service).or(self.settings.rule.as_ref());
        said.is_some_and(Rule::looks_at_headers)
    }

    pub(crate) fn answer_cleaned(
        &self,
        service: &str,
        operation: &str,
        request: &Value,
    ) -> Result<Arc<Interaction>, Error> {
        let live = task::current();
        let mut state = self.lock();
        let rule = self.settings.rule_of(service, request);
        let mut projected = rule.project(request);
        state.live_values.replace(&mut projected);
        let key = self.key_of(service, operation, request, (rule, &projected));
        let found = match (&self.expired, self.line(&key)) {
            (None, Some(line)) => self.choose(&mut state, line, &live),
            _ => None,
        };
        match found {
            Some(at) => {
                let interaction = Arc::clone(&self.interactions[at as usize]);
                state.live_values.take_as(&self.recorded_values, &self.settings.variables, &interaction);
                Ok(interaction)
            }
            None => {
                Err(Error::Miss(Box::new(self.explain(&state, service, operation, (rule, &projected), &key, &live))))
            }
        }
    }

    /// What a request is found by; `None` where nothing has that key, and where it may be another the next time: variables
    /// have values of their own in every run, and nobody knows what a function looks at.
    pub(crate) fn request_key(&self, service: &str, operation: &str, request: &Value) -> Option<RequestKey> {
        let rule = self.settings.rule_of(service, request);
        if !self.settings.variables.is_empty() || rule.has_function() {
            return None;
        }
        let key = self.key_of(service, operation, request, (rule, &rule.project(request)));
        self.keys.get(&key).copied().map(RequestKey)
    }

    /// As [`answer`](Self::answer), by a key; `None` is no miss that could be explained, but a reason to ask with the request.
    pub(crate) fn recall(&self, key: RequestKey) -> Option<Arc<Interaction>> {
        let line = self.lines.get(key.0 as usize).filter(|_| self.expired.is_none())?;
        let at = self.choose(&mut self.lock(), line, &task::current())?;
        Some(Arc::clone(&self.interactions[at as usize]))
    }

    fn key_of(&self, service: &str, operation: &str, request: &Value, (rule, projected): (&Rule, &Value)) -> Box<str> {
        let key = rule.key(service, operation, projected);
        if rule.tells_operation()
            && !self.keys.contains_key(&key)
            && let Some(host) = super::rule::host_of(request).filter(|host| *host != service)
        {
            // Whoever recorded it may have called the service by its host, as other tools do.
            let by_host = rule.key(host, operation, projected);
            if self.keys.contains_key(&by_host) {
                return by_host;
            }
        }
        key
    }

    fn line(&self, key: &str) -> Option<&Line> {
        self.keys.get(key).map(|&line| &self.lines[line as usize])
    }

    /// Takes the values of a response that did not come from the recording, so that later requests that have them match.
    pub fn observe(&self, service: &str, operation: &str, response: &Value) {
        if !self.settings.variables.is_empty() {
            self.lock().live_values.take(&self.settings.variables, service, operation, response);
        }
    }

    /// What nobody asked for, in its order.
    #[must_use]
    pub fn unused(&self) -> Vec<Unused> {
        let state = self.lock();
        let unused = self.interactions.iter().zip(&state.used).filter(|(_, used)| !**used);
        unused.map(|(interaction, _)| Unused { id: interaction.id, title: interaction.title() }).collect()
    }

    /// That everything was asked for.
    ///
    /// # Errors
    ///
    /// [`Error::Unused`].
    pub fn expect_all_used(&self) -> Result<(), Error> {
        if self.lock().unused == 0 {
            return Ok(());
        }
        let left = self.unused().into_iter().map(|unused| format!("{} {}", unused.id, unused.title)).collect();
        Err(Error::Unused { name: self.head.title().to_owned(), left })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Consumes an interaction of a line.
    fn choose(&self, state: &mut State, line: &Line, live: &Live) -> Option<u32> {
        let named = match live {
            Live::Named(name) => self.task_numbers.get(&**name).copied(),
            _ => None,
        };
        let task = named.or_else(|| state.plays.get(live).copied());
        let found = match task {
            _ if *live == Live::Any => self.next_of_all(state, line, true),
            Some(task) => self.next_of_task(state, line, task).or_else(|| {
                // A name is a promise; a number is only what came first.
                if named.is_some() { None } else { self.next_of_any(state, line, live) }
            }),
            None => self.next_of_any(state, line, live),
        };
        if let Some(at) = found {
            state.used[at as usize] = true;
            state.unused -= 1;
            return Some(at);
        }
        if self.settings.strict {
            return None;
        }
        let of_task = named.map_or(Some(&line.all), |task| line.by_task.get(&task));
        let all = of_task.filter(|all| !all.is_empty())?;
        let again = &mut state.again[line.number as usize];
        let at = match self.settings.repeat {
            Repeat::Sequence => return None,
            Repeat::Last => all.len() - 1,
            Repeat::Cycle => (*again % all.len() as u64) as usize,
        };
        *again += 1;
        Some(all[at])
    }

    fn next_of_task(&self, state: &mut State, line: &Line, task: u32) -> Option<u32> {
        let own = line.by_task.get(&task)?;
        let next = state.next_of_task.entry((line.number, task)).or_default();
        while let Some(&at) = own.get(*next as usize) {
            if !state.used[at as usize] {
                if self.settings.strict && !Self::is_next(&self.tasks, &mut state.order, &state.used, at) {
                    return None;
                }
                *next += 1;
                return Some(at);
            }
            *next += 1;
        }
        None
    }

    /// Whether all that its task asked before has answered.
    fn is_next(tasks: &[u32], order: &mut [u32], used: &[bool], at: u32) -> bool {
        let task = tasks[at as usize];
        let first = &mut order[task as usize];
        while (*first as usize) < tasks.len() && (tasks[*first as usize] != task || used[*first as usize]) {
            *first += 1;
        }
        *first == at
    }

    /// The next one of a task that nobody plays, which is then played by this one; or else the first that is left of tasks
    /// without a name.
    fn next_of_any(&self, state: &mut State, line: &Line, live: &Live) -> Option<u32> {
        let is_new = !state.plays.contains_key(live);
        let number = line.number as usize;
        let mut place = state.unplayed[number] as usize;
        while let Some(&task) = line.tasks.get(place) {
            place += 1;
            if state.played[task as usize] {
                // Tasks are played for good, so these are never looked at again.
                if state.unplayed[number] as usize == place - 1 {
                    state.unplayed[number] = place as u32;
                }
                continue;
            }
            if let Some(at) = self.next_of_task(state, line, task) {
                if is_new {
                    state.plays.insert(live.clone(), task);
                    state.played[task as usize] = true;
                }
                return Some(at);
            }
        }
        if self.settings.strict { None } else { self.next_of_all(state, line, false) }
    }

    /// The first that is left of tasks without a name, or of all.
    fn next_of_all(&self, state: &mut State, line: &Line, named_too: bool) -> Option<u32> {
        let number = line.number as usize;
        let mut place = state.next[number] as usize;
        while let Some(&at) = line.all.get(place) {
            place += 1;
            let name = &self.task_names[self.tasks[at as usize] as usize];
            // What has a name is never free for others.
            if !state.used[at as usize] && (named_too || name.starts_with('#')) {
                if self.settings.strict && !Self::is_next(&self.tasks, &mut state.order, &state.used, at) {
                    return None;
                }
                state.next[number] = place as u32;
                return Some(at);
            }
        }
        state.next[number] = place as u32;
        None
    }

    fn explain(
        &self,
        state: &State,
        service: &str,
        operation: &str,
        (rule, projected): (&Rule, &Value),
        key: &str,
        live: &Live,
    ) -> Miss {
        let mut miss = Miss {
            session: self.head.title().to_owned(),
            service: service.to_owned(),
            operation: operation.to_owned(),
            nearest: None,
            known: Vec::new(),
        };
        if let Some(line) = self.line(key) {
            let at = line.all[0] as usize;
            let mut excluded = Vec::new();
            if let Some(age) = self.expired {
                excluded.push(Excluded::Expired { age: days(age) });
            } else if line.all.iter().all(|&at| state.used[at as usize]) {
                excluded.push(Excluded::Consumed { recorded: line.all.len() });
            } else if let Some(expected) = self.strictly_next(state, live) {
                excluded.push(Excluded::NotNext { expected });
            } else {
                let left = line.all.iter().find(|&&at| !state.used[at as usize]).copied().unwrap_or_default();
                let recorded = self.task_names[self.tasks[left as usize] as usize].to_string();
                excluded.push(Excluded::OtherTask { recorded, asked: name_of(live) });
            }
            let id = self.interactions[at].id;
            miss.nearest = Some(Near { id, differences: Vec::new(), excluded, rule: None });
            return miss;
        }
        let mut best: Option<(usize, usize)> = None;
        let is_same = |interaction: &Interaction| interaction.service == service && interaction.operation == operation;
        // Where method and path are compared anyway, what differs there only may be meant.
        let any_operation = rule.tells_operation() && !self.interactions.iter().any(|interaction| is_same(interaction));
        let candidates = self
            .interactions
            .iter()
            .enumerate()
            .filter(|(_, interaction)| is_same(interaction) || (any_operation && interaction.service == service));
        let project = |interaction: &Interaction| {
            let mut recorded = rule.project(&interaction.request);
            self.recorded_values.replace(&mut recorded);
            recorded
        };
        for (at, interaction) in candidates.take(MOST_COMPARED) {
            let distance = differences(&project(interaction), projected, MOST_DIFFERENCES).len();
            // Of equals, one that has not answered.
            let distance = 2 * distance + usize::from(state.used[at]);
            if best.is_none_or(|(_, least)| distance < least) {
                best = Some((at, distance));
            }
        }
        let Some((at, _)) = best else {
            miss.known = self.known(service);
            return miss;
        };
        let interaction = &self.interactions[at];
        let differences = differences(&project(interaction), projected, MOST_DIFFERENCES);
        let mut excluded = Vec::new();
        for difference in &differences {
            let is_redacted = |value: &Option<Value>| {
                value.as_ref().and_then(Value::as_str).is_some_and(|text| text.contains(PLACEHOLDER))
            };
            if is_redacted(&difference.expected) || is_redacted(&difference.found) {
                excluded.push(Excluded::Redacted { path: difference.path.clone() });
            }
        }
        if state.used[at] {
            excluded.push(Excluded::Consumed { recorded: 1 });
        }
        let is_few = differences.len() < MOST_DIFFERENCES && differences.iter().all(|found| found.path != "$");
        let rule = is_few.then(|| {
            let ignored = differences.iter().map(|found| format!("ignore({})", generalised(&found.path)));
            let mut all: Vec<String> = std::iter::once(rule.to_string()).chain(ignored).collect();
            all.dedup();
            all.join(", ")
        });
        miss.nearest = Some(Near { id: interaction.id, differences, excluded, rule });
        miss
    }

    /// In strict order, what the task should have asked.
    fn strictly_next(&self, state: &State, live: &Live) -> Option<String> {
        if !self.settings.strict {
            return None;
        }
        let task = match live {
            Live::Named(name) => self.task_numbers.get(&**name).copied(),
            live => state.plays.get(live).copied(),
        };
        let mut left = (0..self.interactions.len()).filter(|&at| !state.used[at]);
        let first = left.find(|&at| task.is_none_or(|task| self.tasks[at] == task))?;
        Some(format!("{} {}", self.interactions[first].id, self.interactions[first].title()))
    }

    fn known(&self, service: &str) -> Vec<String> {
        let mut operations: Vec<&str> = self
            .interactions
            .iter()
            .filter(|interaction| interaction.service == service)
            .map(|interaction| interaction.operation.as_str())
            .collect();
        if operations.is_empty() {
            operations = self.interactions.iter().map(|interaction| interaction.service.as_str()).collect();
        }
        operations.sort_unstable();
        operations.dedup();
        operations.into_iter().take(20).map(str::to_owned).collect()
    }
}

/// So many places of two requests are compared for an explanation.
const MOST_DIFFERENCES: usize = 20;

/// So many recorded requests are compared for an explanation.
const MOST_COMPARED: usize = 2_000;

impl PlayerBuilder {
    fn rule_of(&self, service: &str, request: &Value) -> &Rule {
        static WHOLE: LazyLock<Rule> = LazyLock::new(Rule::whole);
        static HTTP: LazyLock<Rule> = LazyLock::new(Rule::http);
        let said = self.rules.get(service).or(self.rule.as_ref());
        said.unwrap_or_else(|| if super::rule::is_http(request) { &HTTP } else { &WHOLE })
    }

    fn key(&self, interaction: &Interaction, values: &Values) -> Box<str> {
        let rule = self.rule_of(&interaction.service, &interaction.request);
        let mut projected = rule.project(&interaction.request);
        values.replace(&mut projected);
        rule.key(&interaction.service, &interaction.operation, &projected)
    }
}

fn name_of(live: &Live) -> String {
    match live {
        Live::Named(name) => name.to_string(),
        _ => "one without a name".to_owned(),
    }
}

/// A place in any element, since a rule that holds for the third one only helps nobody.
fn generalised(path: &str) -> String {
    let Ok(path) = JsonPath::parse(path) else { return path.to_owned() };
    let any = |step: &Step| if matches!(step, Step::Index(_)) { Step::Any } else { step.clone() };
    JsonPath::from(path.steps().iter().map(any).collect::<Vec<_>>()).to_string()
}

fn days(age: Duration) -> String {
    humantime::format_duration(Duration::from_secs(age.as_secs())).to_string()
}

impl fmt::Debug for Player {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Player")
            .field("session", &self.head.title())
            .field("interactions", &self.interactions.len())
            .finish_non_exhaustive()
    }
}
