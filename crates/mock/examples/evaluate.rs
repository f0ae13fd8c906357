//! Measures recognition: `cargo run -p tracesnap-mock --example evaluate -- FOLDER [--mistakes] [--shipped] [--definition]`.
//!
//! Every operation of the folder is judged by a model that saw no operation of its API (cross-validation over APIs); the
//! model that ships is measured beside it, so that the gap tells how much was learned by heart. `--mistakes` lists what cross-validation
//! gets wrong, `--shipped` what the model that ships does,
//! `--definition` the same of our own documents.

// Both examples share the module, and neither needs all of it.
#[allow(dead_code, reason = "what `train` alone needs")]
mod learning;

use std::path::Path;

use anyhow::{Context, Result};
use learning::{corpus, measure};
use tracesnap_mock::patterns::Model;

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).context("give the folder with labelled operations")?;
    let operations = corpus::read(Path::new(&folder))?;
    let definition = corpus::definition()?;
    let unseen = measure::cross_validated(&operations, &definition);
    if std::env::args().any(|arg| arg == "--mistakes") {
        let all: Vec<_> = operations.iter().chain(&definition).collect();
        measure::mistakes(&operations, &unseen, &measure::model(&all));
    }
    let title = "documents nobody saw (cross-validated over APIs)";
    measure::table(title, &operations, &unseen, false);
    measure::table(title, &operations, &unseen, true);
    let shipped = Model::built_in();
    if std::env::args().any(|arg| arg == "--shipped") {
        let sure: Vec<_> = operations.iter().map(|one| measure::confidences(&shipped, one)).collect();
        measure::mistakes(&operations, &sure, &shipped);
    }
    let seen: Vec<_> = operations.iter().map(|one| measure::confidences(&shipped, one)).collect();
    measure::table("the model that ships (on its own corpus: documents it saw)", &operations, &seen, false);
    if std::env::args().any(|arg| arg == "--definition") {
        let sure: Vec<_> = definition.iter().map(|one| measure::confidences(&shipped, one)).collect();
        measure::mistakes(&definition, &sure, &shipped);
    }
    let own: Vec<_> = definition.iter().map(|one| measure::confidences(&shipped, one)).collect();
    measure::table("the definition, spelled out (it saw these documents)", &definition, &own, true);
    Ok(())
}
