//! Every callsite the process has shown us, with a dense number.
//!
//! Rows speak of callsites by number, and sessions keep what they decided about one by number. Callsites are static,
//! so the table only grows, by as many entries as the program has `span!` and `event!` macros that ran.

use std::collections::HashMap;
use std::sync::RwLock;
use std::sync::atomic::AtomicU64;

use once_cell::sync::Lazy;
use tracing_core::Metadata;

use crate::filter::callsite_hash;

/// What is known of one callsite for good.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) index: u32,
    pub(crate) metadata: &'static Metadata<'static>,
    /// Of name, target, file and line: the same in every run of the same program.
    pub(crate) hash: u64,
    /// Spans of it that no session took, since the process began.
    pub(crate) unattributed: AtomicU64,
    /// Whether it looks like the event that `#[instrument(ret)]` or `#[instrument(err)]` emits.
    pub(crate) is_outcome: bool,
}

#[derive(Default)]
struct Table {
    by_address: HashMap<usize, &'static Site>,
    all: Vec<&'static Site>,
}

static TABLE: Lazy<RwLock<Table>> = Lazy::new(RwLock::default);

/// Identity of a callsite: where its metadata stands in memory.
#[inline]
pub(crate) fn address(metadata: &'static Metadata<'static>) -> usize {
    std::ptr::from_ref(metadata) as usize
}

/// The entry of a callsite, made when it is met for the first time.
pub(crate) fn site(metadata: &'static Metadata<'static>) -> &'static Site {
    let known = |table: &Table| table.by_address.get(&address(metadata)).copied();
    if let Some(site) = known(&TABLE.read().unwrap_or_else(std::sync::PoisonError::into_inner)) {
        return site;
    }
    let mut table = TABLE.write().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(site) = known(&table) {
        return site;
    }
    let mut fields = metadata.fields().iter();
    let only = fields.next().filter(|_| fields.next().is_none());
    // Leaked like the callsite it describes, once each.
    let site: &'static Site = Box::leak(Box::new(Site {
        index: table.all.len() as u32,
        metadata,
        hash: callsite_hash(metadata),
        unattributed: AtomicU64::new(0),
        is_outcome: metadata.is_event() && only.is_some_and(|f| matches!(f.name(), "return" | "error")),
    }));
    table.by_address.insert(address(metadata), site);
    table.all.push(site);
    site
}

/// The entry with this number.
pub(crate) fn by_index(index: u32) -> Option<&'static Site> {
    TABLE.read().unwrap_or_else(std::sync::PoisonError::into_inner).all.get(index as usize).copied()
}

/// All entries there are now.
pub(crate) fn all() -> Vec<&'static Site> {
    TABLE.read().unwrap_or_else(std::sync::PoisonError::into_inner).all.clone()
}
