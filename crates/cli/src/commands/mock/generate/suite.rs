//! `tracesnap mock generate tests`, `fixtures`: a suite for an API, as files.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use tracesnap_mock::Mock;
use tracesnap_mock::suite::{Suite, SuiteFile};

use super::super::spec::open;
use crate::commands::Outcome;
use crate::output::{refuse_existing, tell, write_file};

const EXAMPLES: &str = "\
Examples:
  tracesnap mock generate tests openapi.yaml -o tests/api.rs
  tracesnap mock generate tests openapi.yaml -o tests/api.rs --snapshots   # and bodies as snapshots of insta

  cargo add --dev tracesnap-mock --features client
  cargo add --dev tracesnap-openapi tracesnap-record
  cargo add --dev tokio --features macros,rt
  cargo test --test api                                                  # against a mock
  MOCK_MODE=disabled API_BASE_URL=http://localhost:8080 cargo test --test api

For each operation: a happy path, the structure of the answer, its time, a request that must be refused, and documented
errors. Requests and answers lie as JSON in a folder beside the tests that is called as they are: `tests/api/`.";

/// Writes a Rust file of tests for an API, and their fixtures.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Tests {
    /// The document: Swagger 2.0 or OpenAPI 3, JSON or YAML.
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    /// The file of tests.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Bodies are held against snapshots of insta.
    #[arg(long)]
    snapshots: bool,
    #[command(flatten)]
    common: Common,
}

/// Writes a request and its answer for each operation, as JSON.
#[derive(Debug, Args)]
pub(crate) struct Fixtures {
    /// The document: Swagger 2.0 or OpenAPI 3, JSON or YAML.
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    /// The folder they go to.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct Common {
    /// Another seed, other values.
    #[arg(long, default_value_t = 0, value_name = "NUMBER")]
    seed: u64,
    /// The folder that references must not lead out of. [default: that of the document]
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// Replace files that are there.
    #[arg(long)]
    force: bool,
}

impl Common {
    fn suite(&self, spec: &Path) -> Result<Suite> {
        let mock = Mock::from_document(open(spec, self.root.as_deref())?).seed(self.seed).build();
        Ok(Suite::of(&mock, self.seed))
    }
}

impl Tests {
    pub(super) fn run(self) -> Result<Outcome> {
        let Some(stem) = self.output.file_stem().map(|stem| stem.to_string_lossy().into_owned()) else {
            bail!("`{}` is no name of a file", self.output.display());
        };
        let folder = self.output.parent().unwrap_or(Path::new("")).join(&stem);
        let spec = from_package(&self.spec, &self.output)?;
        let suite = self.common.suite(&self.spec)?.spec(spec).fixtures(stem).snapshots(self.snapshots);
        let files = suite.files();
        let all: Vec<(PathBuf, &SuiteFile)> = files
            .iter()
            .map(|file| (if file.name.is_empty() { self.output.clone() } else { folder.join(&file.name) }, file))
            .collect();
        write_all(&all, self.common.force)?;
        tell("wrote", &format!("`{}`, with {} fixtures beside it", self.output.display(), files.len() - 1))?;
        Ok(Outcome::Fine)
    }
}

impl Fixtures {
    pub(super) fn run(self) -> Result<Outcome> {
        let files = self.common.suite(&self.spec)?.fixture_files();
        let all: Vec<(PathBuf, &SuiteFile)> = files.iter().map(|file| (self.output.join(&file.name), file)).collect();
        write_all(&all, self.common.force)?;
        tell("wrote", &format!("{} fixtures into `{}`", files.len(), self.output.display()))?;
        Ok(Outcome::Fine)
    }
}

/// All of them or, where one is there already, none.
fn write_all(files: &[(PathBuf, &SuiteFile)], force: bool) -> Result<()> {
    files.iter().try_for_each(|(path, _)| refuse_existing(path, force))?;
    for (path, file) in files {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
        }
        write_file(path, file.text.as_bytes())?;
    }
    Ok(())
}

/// Where the document lies from the folder of the package that the tests are in: tests know no other place.
fn from_package(spec: &Path, output: &Path) -> Result<String> {
    let absolute = |path: &Path| std::path::absolute(path).with_context(|| format!("cannot find `{}`", path.display()));
    let (spec, output) = (absolute(spec)?, absolute(output)?);
    let package = output.ancestors().skip(1).find(|folder| folder.join("Cargo.toml").is_file());
    let package = package
        .with_context(|| format!("`{}` is in no package: no folder above it has a `Cargo.toml`", output.display()))?;
    let common = package.components().zip(spec.components()).take_while(|(a, b)| a == b).count();
    let up = package.components().skip(common).map(|_| "..".to_owned());
    let down = spec.components().skip(common).map(|part| part.as_os_str().to_string_lossy().into_owned());
    Ok(up.chain(down).collect::<Vec<_>>().join("/"))
}
