//! A dispatcher that enables nothing and never goes away, so that no callsite's interest can settle on «never».
//!
//! With at most one dispatcher alive, `tracing` asks the default of whichever thread meets a callsite first, and keeps
//! the answer: a thread without a subscriber would mute the callsite for everybody (tokio-rs/tracing#2874, #3611).
//! With a second one alive it asks them all, and ours never says «never».

use once_cell::sync::OnceCell;
use tracing_core::callsite::{Callsite, Identifier};
use tracing_core::dispatcher::Dispatch;
use tracing_core::field::FieldSet;
use tracing_core::metadata::Kind;
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Interest, Level, LevelFilter, Metadata, Subscriber};

use super::interest;

/// Keeps the anchor in place from now on.
pub(crate) fn drop_anchor() {
    static ANCHOR: OnceCell<Dispatch> = OnceCell::new();
    ANCHOR.get_or_init(|| Dispatch::new(Anchor));
}

struct Anchor;

impl Subscriber for Anchor {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        interest::answer()
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        false
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::TRACE)
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct OwnCallsite;

impl Callsite for OwnCallsite {
    fn set_interest(&self, _: Interest) {}

    fn metadata(&self) -> &Metadata<'_> {
        UNKNOWN
    }
}

static OWN_CALLSITE: OwnCallsite = OwnCallsite;

/// Stands for the metadata of a span that this thread cannot name, and is what [`TraceLayer`](super::TraceLayer) is
/// asked about to find out whether it is there.
pub(crate) static UNKNOWN: &Metadata<'static> = &Metadata::new(
    "span of another thread",
    "tracesnap",
    Level::ERROR,
    None,
    None,
    None,
    FieldSet::new(&[], Identifier(&OWN_CALLSITE)),
    Kind::SPAN,
);
