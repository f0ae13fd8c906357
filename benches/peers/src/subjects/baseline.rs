//! What it costs to record nothing: no subscriber, a registry with an empty layer, and variations of that.

use anyhow::Result;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::SubscriberExt;

use super::{Made, Subject, install, refusing};
use crate::common::workload::Workload;

/// Takes part in everything and does nothing.
pub(super) struct Empty;

impl<S: tracing::Subscriber> Layer<S> for Empty {}

/// A process that records nothing, and what must live as long as it is measured.
struct Nothing {
    _scope: Option<tracing::subscriber::DefaultGuard>,
}

impl Subject for Nothing {
    fn drain(&mut self) -> Result<()> {
        Ok(())
    }

    fn verify(&mut self, _: Made) -> Result<()> {
        Ok(())
    }
}

pub(super) fn none(_: &str, _: Workload) -> Result<Box<dyn Subject>> {
    Ok(Box::new(Nothing { _scope: None }))
}

pub(super) fn registry(_: &str, workload: Workload) -> Result<Box<dyn Subject>> {
    install(Empty, workload)?;
    Ok(Box::new(Nothing { _scope: None }))
}

/// The empty layer behind a filter of its own that lets everything pass.
pub(super) fn per_layer_filter(_: &str, workload: Workload) -> Result<Box<dyn Subject>> {
    install(Empty.with_filter(LevelFilter::TRACE), workload)?;
    Ok(Box::new(Nothing { _scope: None }))
}

/// An empty layer beside the empty layer: what a second layer costs anybody, before it does anything.
pub(super) fn beside(_: &str, workload: Workload) -> Result<Box<dyn Subject>> {
    let stack = tracing_subscriber::registry().with(Empty).with(Empty);
    match workload {
        Workload::Filtered => tracing::subscriber::set_global_default(stack.with(refusing()))?,
        _ => tracing::subscriber::set_global_default(stack)?,
    }
    Ok(Box::new(Nothing { _scope: None }))
}

/// The baseline as the default of one thread, not of the process: what every scoped recorder pays.
pub(super) fn scoped(_: &str, workload: Workload) -> Result<Box<dyn Subject>> {
    let stack = tracing_subscriber::registry().with(Empty);
    let scope = match workload {
        Workload::Filtered => tracing::subscriber::set_default(stack.with(refusing())),
        _ => tracing::subscriber::set_default(stack),
    };
    Ok(Box::new(Nothing { _scope: Some(scope) }))
}
