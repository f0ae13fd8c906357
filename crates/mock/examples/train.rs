//! Trains the model that ships with the crate: `cargo run -p tracesnap-mock --example train -- FOLDER`.
//!
//! `FOLDER` holds labelled operations (`*.jsonl`, `*.notes.jsonl`) and the documents they name. Beside them it learns
//! from `tests/fixtures/definition`, which spells out what each pattern is. The weights are written to
//! `src/patterns/model.json`; what they are worth on documents nobody saw, the example `evaluate` says.

// Both examples share the module, and neither needs all of it.
#[allow(dead_code, reason = "what `evaluate` alone needs")]
mod learning;

use std::path::Path;

use anyhow::{Context, Result};
use learning::{corpus, measure};

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).context("give the folder with labelled operations")?;
    let operations = corpus::read(Path::new(&folder))?;
    let definition = corpus::definition()?;
    let all: Vec<_> = operations.iter().chain(&definition).collect();
    let model = measure::model(&all);
    let to = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/patterns/model.json");
    let mut json = serde_json::to_string_pretty(&model)?;
    json.push('\n');
    std::fs::write(&to, json).with_context(|| format!("cannot write `{}`", to.display()))?;
    println!(
        "trained on {} operations, and {} of the definition: `{}`",
        operations.len(),
        definition.len(),
        to.display()
    );
    Ok(())
}
