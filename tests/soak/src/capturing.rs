//! Captures: a function of a few thousand calls a second in the background, what it kept read meanwhile.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use tracesnap_capture::{CaptureConfig, CaptureLoader, Captures, Layout, capture, load};

use crate::{Done, Until};

/// Captures that are kept; whole segments go, so there are a few thousand fewer or more.
const KEPT: u64 = 20_000;

/// Calls in a round.
const CALLS: u64 = 500;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Item {
    sku: String,
    quantity: u64,
}

#[capture]
pub(crate) fn total(customer: u64, items: Vec<Item>, api_key: &str) -> Result<u64, String> {
    match customer % 10 {
        0 => Err(format!("customer {customer} is not known, {} bytes of key", api_key.len())),
        _ => Ok(items.iter().map(|item| item.quantity).sum()),
    }
}

pub(crate) fn run(dir: &Path, until: &Until) -> Result<Done> {
    let config = CaptureConfig::new().path(dir).background(true).layout(Layout::Segments).retention(KEPT);
    let captures = Captures::builder().config(config).build()?;
    let _captures = captures.enter();
    let items: Vec<_> = (1..=3).map(|at| Item { sku: format!("shelf-{at}"), quantity: at }).collect();
    let rounds = until.rounds(|round| {
        for call in 0..CALLS {
            let _ = total(round * CALLS + call, items.clone(), "sk_live_4eC39HqLyjWDarjtT1zdp7dc");
        }
        captures.flush();
        let case = load!(total, with(api_key = "k".into()))?;
        ensure!(case.args.customer == round * CALLS + CALLS - 1, "the latest is another: {:?}", case.args.customer);
        ensure!(case.args.items == items, "arguments have changed: {:?}", case.args.items);
        // A rate that a service might have, not the highest there is: that is a bench's.
        thread::sleep(Duration::from_millis(100));
        Ok(())
    })?;
    captures.flush();
    let stats = captures.stats();
    ensure!(stats.calls == rounds * CALLS, "calls were not counted: {stats:?}");
    ensure!(stats.captured == stats.calls, "captures were lost: {stats:?}");
    let loader = CaptureLoader::open(dir)?;
    let mut kept = 0;
    for name in loader.functions()? {
        for capture in loader.all(&name)? {
            capture?;
            kept += 1;
        }
    }
    ensure!(kept > 0 && kept < 2 * KEPT, "{kept} captures are kept of {}", rounds * CALLS);
    Ok(Done { job: "captures", rounds: rounds * CALLS, files: kept })
}
