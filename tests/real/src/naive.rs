//! Keeps every callback of `tracing` in one list, so that nothing can be missing from it.
//!
//! Slow on purpose: one lock, no filter, no bound, every value as text. What the list means is
//! [`Forest::of_callbacks`](crate::forest::Forest::of_callbacks).

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing_core::field::{Field, Visit};
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

/// A layer that keeps every callback. Clones share their list.
#[derive(Clone, Debug, Default)]
pub struct Naive {
    log: Arc<Mutex<Log>>,
}

#[derive(Debug, Default)]
struct Log {
    callbacks: Vec<Callback>,
    /// Our number of the span that has this id now: the registry uses ids again.
    numbers: HashMap<u64, SpanNumber>,
    spans: usize,
}

/// Number of a span in the order in which spans were made; never repeated.
pub type SpanNumber = usize;

/// Names and values of fields, as text.
pub type Fields = Vec<(&'static str, String)>;

/// One callback, and the name of the thread it came on.
#[derive(Clone, Debug)]
pub struct Callback {
    /// Empty for a thread without a name.
    pub thread: String,
    /// What it said.
    pub what: What,
}

/// What a callback said.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the callbacks' own")]
pub enum What {
    NewSpan { span: SpanNumber, parent: Option<SpanNumber>, site: &'static Metadata<'static>, fields: Fields },
    Enter { span: SpanNumber },
    Exit { span: SpanNumber },
    Event { parent: Option<SpanNumber>, site: &'static Metadata<'static>, fields: Fields },
    Record { span: SpanNumber, fields: Fields },
    FollowsFrom { span: SpanNumber, from: SpanNumber },
    Close { span: SpanNumber },
}

impl Naive {
    /// The callbacks so far that came on threads whose name begins so, in order.
    #[must_use]
    pub fn on_threads(&self, prefix: &str) -> Vec<Callback> {
        self.log().callbacks.iter().filter(|callback| callback.thread.starts_with(prefix)).cloned().collect()
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    fn push(&mut self, what: Option<What>) {
        let thread = std::thread::current().name().unwrap_or_default().to_owned();
        self.callbacks.extend(what.map(|what| Callback { thread, what }));
    }

    fn number(&self, id: &Id) -> Option<SpanNumber> {
        self.numbers.get(&id.into_u64()).copied()
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Naive {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let fields = text(|visit| attributes.record(visit));
        let parent = context.span(id).and_then(|span| span.parent()).map(|parent| parent.id());
        let mut log = self.log();
        let parent = parent.and_then(|parent| log.number(&parent));
        let span = log.spans;
        log.spans += 1;
        log.numbers.insert(id.into_u64(), span);
        log.push(Some(What::NewSpan { span, parent, site: attributes.metadata(), fields }));
    }

    fn on_enter(&self, id: &Id, _: Context<'_, S>) {
        let mut log = self.log();
        let what = log.number(id).map(|span| What::Enter { span });
        log.push(what);
    }

    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        let mut log = self.log();
        let what = log.number(id).map(|span| What::Exit { span });
        log.push(what);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let fields = text(|visit| event.record(visit));
        let parent = context.event_span(event).map(|parent| parent.id());
        let mut log = self.log();
        let parent = parent.and_then(|parent| log.number(&parent));
        log.push(Some(What::Event { parent, site: event.metadata(), fields }));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let fields = text(|visit| values.record(visit));
        let mut log = self.log();
        let what = log.number(id).map(|span| What::Record { span, fields });
        log.push(what);
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, _: Context<'_, S>) {
        let mut log = self.log();
        let what = log.number(id).zip(log.number(follows)).map(|(span, from)| What::FollowsFrom { span, from });
        log.push(what);
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        let mut log = self.log();
        let what = log.numbers.remove(&id.into_u64()).map(|span| What::Close { span });
        log.push(what);
    }
}

/// The fields that a callback brings. Formatted before the list is locked: a `Debug` may itself emit events.
fn text(record: impl FnOnce(&mut dyn Visit)) -> Fields {
    struct Text(Fields);
    impl Visit for Text {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            self.0.push((field.name(), format!("{value:?}")));
        }
    }
    let mut text = Text(Vec::new());
    record(&mut text);
    text.0
}

#[cfg(test)]
mod tests {
    use tracing::{Span, info, info_span};
    use tracing_subscriber::prelude::*;

    use super::*;

    /// Every callback of a run, as one word and the number of its span.
    fn words(run: impl FnOnce()) -> Vec<String> {
        let naive = Naive::default();
        tracing::subscriber::with_default(tracing_subscriber::registry().with(naive.clone()), run);
        let word = |callback: Callback| match callback.what {
            What::NewSpan { span, parent, fields, .. } => format!("new {span} in {parent:?} {fields:?}"),
            What::Enter { span } => format!("enter {span}"),
            What::Exit { span } => format!("exit {span}"),
            What::Event { parent, fields, .. } => format!("event in {parent:?} {fields:?}"),
            What::Record { span, fields } => format!("record {span} {fields:?}"),
            What::FollowsFrom { span, from } => format!("{span} follows {from}"),
            What::Close { span } => format!("close {span}"),
        };
        naive.on_threads("").into_iter().map(word).collect()
    }

    #[test]
    fn every_callback_is_kept_in_order() {
        let said = words(|| {
            let outer = info_span!("outer", name = "ada", size = tracing::field::Empty).entered();
            outer.record("size", 7);
            info!(done = true);
            info_span!(parent: None, "root").follows_from(Span::current());
        });
        assert_eq!(
            said,
            [
                r#"new 0 in None [("name", "\"ada\"")]"#,
                "enter 0",
                r#"record 0 [("size", "7")]"#,
                r#"event in Some(0) [("done", "true")]"#,
                "new 1 in None []",
                "1 follows 0",
                "close 1",
                "exit 0",
                "close 0",
            ]
        );
    }

    #[test]
    fn spans_that_get_a_used_id_again_are_told_apart() {
        let said = words(|| (0..3).for_each(|_| drop(info_span!("again"))));
        let made = said.iter().filter(|word| word.starts_with("new")).collect::<Vec<_>>();
        assert_eq!(made, ["new 0 in None []", "new 1 in None []", "new 2 in None []"]);
    }
}
