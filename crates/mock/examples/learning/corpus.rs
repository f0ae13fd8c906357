//! Labelled operations of a folder: `dev.jsonl`, its notes, and the documents they name.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use tracesnap_mock::patterns::{Evidence, Pattern, Recognizer};
use tracesnap_openapi::Document;

#[derive(Deserialize)]
struct Label {
    api: String,
    spec_file: String,
    method: String,
    path: String,
    labels: Vec<String>,
}

#[derive(Deserialize)]
struct Note {
    stratum: String,
    edge: bool,
}

/// An operation that somebody labelled.
pub(crate) struct Labelled {
    /// Operations of one API are alike, so they are left out together.
    pub(crate) api: String,
    pub(crate) evidence: Evidence,
    pub(crate) is: [bool; 5],
    /// Doubtful: a second reader might decide otherwise.
    pub(crate) edge: bool,
    /// Chosen by words, so recall is not measured on it.
    pub(crate) targeted: bool,
}

/// All labelled operations of `*.jsonl` in a folder. An operation whose document does not hold it is an error: it would
/// be a miss.
pub(crate) fn read(folder: &Path) -> Result<Vec<Labelled>> {
    let mut labelled = Vec::new();
    let mut documents: BTreeMap<String, (Document, Vec<Evidence>)> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot list `{}`", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.ends_with(".jsonl") || name.ends_with(".notes.jsonl") {
            continue;
        }
        let labels = std::fs::read_to_string(&path)?;
        let notes = std::fs::read_to_string(path.with_extension("notes.jsonl"))?;
        for (label, note) in labels.lines().zip(notes.lines()) {
            let label: Label = serde_json::from_str(label)?;
            let note: Note = serde_json::from_str(note)?;
            if !documents.contains_key(&label.spec_file) {
                let document = Document::open(folder.join(&label.spec_file))?;
                let evidence = Recognizer::default().evidence(&document);
                documents.insert(label.spec_file.clone(), (document, evidence));
            }
            let (_, evidence) = &documents[&label.spec_file];
            let found = evidence.iter().find(|found| found.method == label.method && found.path == label.path);
            let Some(evidence) = found.cloned() else {
                bail!("`{}` has no {} {}", label.spec_file, label.method, label.path);
            };
            let is = Pattern::ALL.map(|pattern| label.labels.iter().any(|name| name == pattern.as_str()));
            let targeted = note.stratum == "targeted";
            labelled.push(Labelled { api: label.api, evidence, is, edge: note.edge, targeted });
        }
    }
    if labelled.is_empty() {
        bail!("there is no `*.jsonl` with labels in `{}`", folder.display());
    }
    Ok(labelled)
}

/// Operations of our own document that spells out the definition: every one carries its labels.
pub(crate) fn definition() -> Result<Vec<Labelled>> {
    let mut labelled = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/definition");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    paths.sort();
    for path in paths {
        let document = Document::open(&path)?;
        let evidence = Recognizer::default().evidence(&document);
        for (operation, evidence) in document.operations().zip(evidence) {
            let labels: Vec<&str> = operation.node().texts("x-labels").collect();
            if operation.node().get("x-labels").is_none() {
                bail!("{} {} of `{}` has no labels", operation.method(), operation.path(), path.display());
            }
            let is = Pattern::ALL.map(|pattern| labels.contains(&pattern.as_str()));
            let api = format!("our own: {}", path.file_stem().unwrap_or_default().to_string_lossy());
            labelled.push(Labelled { api, evidence, is, edge: false, targeted: true });
        }
    }
    Ok(labelled)
}
