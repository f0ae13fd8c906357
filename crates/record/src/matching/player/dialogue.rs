//! Which recorded dialogues may answer a request that has not ended.
//!
//! Of such a request the body is not known yet, so they are found by what else counts; the body narrows them
//! [as it comes](Player::agree). What of a whole request is found, the [player](super) says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::Value;

use super::{Player, Repeat, State};
use crate::matching::Miss;
use crate::matching::rule::host_of;
use crate::model::Interaction;
use crate::recorder::task::Live;

/// What is known of dialogues. Nothing, as long as nobody asks for one.
#[derive(Default)]
pub(super) struct Dialogues {
    /// By what counts of a request but its body.
    heads: OnceLock<HashMap<Box<str>, Head>>,
    /// How often one was played.
    played: Mutex<HashMap<u32, u64>>,
}

#[derive(Default)]
struct Head {
    dialogues: Vec<u32>,
    has_others: bool,
}

/// What may answer a request of which only a beginning is known.
pub(crate) struct Candidates {
    /// In the order in which they would.
    pub(crate) dialogues: Vec<Arc<Interaction>>,
    /// Whether something may that was asked with a whole request.
    pub(crate) has_others: bool,
}

impl Player {
    /// What may answer a request with such a beginning.
    pub(crate) fn candidates(&self, service: &str, operation: &str, head: &Value, live: &Live) -> Candidates {
        let none = || Candidates { dialogues: Vec::new(), has_others: false };
        if self.expired.is_some() {
            return none();
        }
        let heads = self.dialogues.heads.get_or_init(|| self.heads());
        let rule = self.settings.rule_of(service, head);
        let mut projected = rule.project(&without_body(head));
        let state = self.lock();
        state.live_values.replace(&mut projected);
        let by_host = || {
            let host = host_of(head).filter(|_| rule.tells_operation())?;
            heads.get(&rule.key(host, operation, &projected))
        };
        let Some(found) = heads.get(&rule.key(service, operation, &projected)).or_else(by_host) else { return none() };
        let free = found.dialogues.iter().filter(|&&at| !state.used[at as usize]);
        let mut all: Vec<_> = free.filter_map(|&at| Some((self.rank(&state, live, at)?, at))).collect();
        all.sort_unstable();
        let mut dialogues: Vec<u32> = all.into_iter().map(|(_, at)| at).collect();
        // What answers again comes after what has not answered.
        let used = || found.dialogues.iter().copied().filter(|&at| state.used[at as usize]);
        match self.settings.repeat {
            _ if self.settings.strict => {}
            Repeat::Sequence => {}
            Repeat::Last => dialogues.extend(used().rev()),
            Repeat::Cycle => {
                let played = self.dialogues.played.lock().unwrap_or_else(PoisonError::into_inner);
                let mut again: Vec<_> = used().map(|at| (played.get(&at).copied().unwrap_or_default(), at)).collect();
                again.sort_unstable();
                dialogues.extend(again.into_iter().map(|(_, at)| at));
            }
        }
        let dialogues = dialogues.into_iter().map(|at| Arc::clone(&self.interactions[at as usize])).collect();
        Candidates { dialogues, has_others: found.has_others }
    }

    fn heads(&self) -> HashMap<Box<str>, Head> {
        let mut heads: HashMap<Box<str>, Head> = HashMap::new();
        for (at, interaction) in self.interactions.iter().enumerate() {
            let head = without_body(&interaction.request);
            let rule = self.settings.rule_of(&interaction.service, &head);
            let mut projected = rule.project(&head);
            self.recorded_values.replace(&mut projected);
            let key = rule.key(&interaction.service, &interaction.operation, &projected);
            let head = heads.entry(key).or_default();
            if is_dialogue(interaction) {
                head.dialogues.push(at as u32);
            } else {
                head.has_others = true;
            }
        }
        heads
    }

    /// Whether this task may be answered by it, and how soon: lower is sooner.
    fn rank(&self, state: &State, live: &Live, at: u32) -> Option<u8> {
        let task = self.tasks[at as usize];
        let own = match live {
            Live::Any => return Some(0),
            // A name is a promise.
            Live::Named(name) => match self.task_numbers.get(&**name) {
                Some(&named) => return (named == task).then_some(0),
                None => state.plays.get(live),
            },
            _ => state.plays.get(live),
        };
        match own {
            Some(&own) if own == task => Some(0),
            _ if !state.played[task as usize] => Some(1),
            _ => self.task_names[task as usize].starts_with('#').then_some(2),
        }
    }

    /// Whether two requests, or beginnings of them, are the same by what counts.
    pub(crate) fn agree(&self, service: &str, recorded: &Value, asked: &Value) -> bool {
        let rule = self.settings.rule_of(service, asked);
        let (mut recorded, mut asked) = (rule.project(recorded), rule.project(asked));
        self.recorded_values.replace(&mut recorded);
        self.lock().live_values.replace(&mut asked);
        rule.key(service, "", &recorded) == rule.key(service, "", &asked)
    }

    /// Consumes a dialogue, unless another has done so.
    pub(crate) fn take(&self, dialogue: &Arc<Interaction>, live: &Live) -> bool {
        let Some(at) = self.place(dialogue) else { return false };
        let mut state = self.lock();
        let state = &mut *state;
        if state.used[at as usize] {
            if self.settings.repeat == Repeat::Sequence || self.settings.strict {
                return false;
            }
        } else {
            if self.settings.strict && !Self::is_next(&self.tasks, &mut state.order, &state.used, at) {
                return false;
            }
            state.used[at as usize] = true;
            state.unused -= 1;
        }
        let is_named = matches!(live, Live::Named(name) if self.task_numbers.contains_key(&**name));
        let task = self.tasks[at as usize];
        if *live != Live::Any && !is_named && !state.played[task as usize] && !state.plays.contains_key(live) {
            state.plays.insert(live.clone(), task);
            state.played[task as usize] = true;
        }
        state.live_values.take_as(&self.recorded_values, &self.settings.variables, dialogue);
        *self.dialogues.played.lock().unwrap_or_else(PoisonError::into_inner).entry(at).or_default() += 1;
        true
    }

    /// It was another that was asked for.
    pub(crate) fn give_back(&self, dialogue: &Arc<Interaction>) {
        let Some(at) = self.place(dialogue) else { return };
        let mut state = self.lock();
        let mut played = self.dialogues.played.lock().unwrap_or_else(PoisonError::into_inner);
        let times = played.entry(at).or_default();
        *times = times.saturating_sub(1);
        if *times == 0 && std::mem::replace(&mut state.used[at as usize], false) {
            state.unused += 1;
            // Whoever was looking for the next one has gone past it.
            state.next_of_task.clear();
            state.next.fill(0);
            state.order.fill(0);
        }
    }

    /// Why nothing answers.
    pub(crate) fn miss(&self, service: &str, operation: &str, asked: &Value, live: &Live) -> Miss {
        let rule = self.settings.rule_of(service, asked);
        let mut projected = rule.project(asked);
        let state = self.lock();
        state.live_values.replace(&mut projected);
        let key = self.key_of(service, operation, asked, (rule, &projected));
        self.explain(&state, service, operation, (rule, &projected), &key, live)
    }

    fn place(&self, interaction: &Arc<Interaction>) -> Option<u32> {
        // Numbers of a session are those of its places, unless somebody wrote it by hand.
        let is_it = |at: &usize| self.interactions.get(*at).is_some_and(|found| Arc::ptr_eq(found, interaction));
        let likely = usize::try_from(interaction.id).ok().filter(is_it);
        let at = likely.or_else(|| (0..self.interactions.len()).find(is_it))?;
        u32::try_from(at).ok()
    }
}

/// Whether the response began before the request had ended.
fn is_dialogue(interaction: &Interaction) -> bool {
    !interaction.response.is_null() && interaction.stream.as_ref().is_some_and(crate::model::Stream::is_dialogue)
}

fn without_body(request: &Value) -> Value {
    const OF_THE_BODY: [&str; 4] = ["body", "encoded", "withheld", "trailers"];
    match request {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(name, _)| !OF_THE_BODY.contains(&name.as_str()));
            Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
        }
        other => other.clone(),
    }
}
