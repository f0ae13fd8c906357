//! `tracesnap mock verify`: whether an API keeps to a pact.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use tracesnap_mock::client::SmartClient;
use tracesnap_mock::pact::{Pact, Verified};
use tracesnap_record::Mode;

use super::spec::Spec;
use crate::commands::Outcome;
use crate::output::{one_line, style};

const EXAMPLES: &str = "\
Examples:
  tracesnap mock verify till-shop.pact.json openapi.yaml                # does the document promise what is expected?
  tracesnap mock verify till-shop.pact.json http://127.0.0.1:8080       # does the service keep it?

Each interaction is asked in the order of the pact. A document is asked through a mock of it; states of the provider are
told, not made: whoever runs a service brings it into them.

Exit codes: 0 all is as expected, 1 something is not, 2 something went wrong.";

/// Asks what a pact expects to be asked, and says all that is wrong with the answers.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Verify {
    /// The pact: version 2, 3 or 4.
    #[arg(value_name = "PACT")]
    pact: PathBuf,
    /// Who is asked: a document, or the address of a service.
    #[arg(value_name = "SPEC|URL")]
    provider: String,
    /// The folder that references must not lead out of. [default: that of the document]
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

impl Verify {
    pub(super) fn run(self) -> Result<Outcome> {
        let pact = open(&self.pact)?;
        let verified = if self.provider.starts_with("http://") || self.provider.starts_with("https://") {
            self.ask(&pact)?
        } else {
            let spec = Spec::open(Path::new(&self.provider), self.root.as_deref(), "")?;
            pact.verify(&spec.mock().build())
        };
        let mut out = anstream::stdout();
        let (consumer, provider) = (one_line(&pact.consumer), one_line(&pact.provider));
        writeln!(out, "{consumer} expects of {provider}:")?;
        for one in &verified {
            let (style, mark) = if one.mismatches.is_empty() { (style::GOOD, "kept") } else { (style::WARN, "broken") };
            writeln!(out, "  {style}{mark:<6}{style:#}  {}", one_line(&one.description))?;
            for mismatch in &one.mismatches {
                writeln!(out, "            {}", one_line(&mismatch.to_string()))?;
            }
        }
        for skipped in &pact.skipped {
            writeln!(anstream::stderr(), "left out: {}", one_line(skipped))?;
        }
        let broken = verified.iter().filter(|one| !one.mismatches.is_empty()).count();
        Ok(if broken == 0 { Outcome::Fine } else { Outcome::Exceeded })
    }

    /// Asks a service.
    fn ask(&self, pact: &Pact) -> Result<Vec<Verified>> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start a runtime")?;
        let client = SmartClient::builder(&self.provider).mode(Mode::Real).build()?;
        let mut failed = None;
        let verified = pact.verify_with(|request| {
            let target = request.uri().path_and_query().map_or("/", |target| target.as_str()).to_owned();
            let mut asking = client.request(request.method().clone(), &target);
            for (name, value) in request.headers() {
                asking = asking.header(name.as_str(), value.to_str().unwrap_or_default());
            }
            if !request.body().is_empty() {
                let media = request.headers().get("content-type").and_then(|media| media.to_str().ok());
                asking = asking.body(media.unwrap_or("application/octet-stream"), request.body().clone());
            }
            match runtime.block_on(asking.send()) {
                Ok(answer) => answer.into_http(),
                Err(error) => {
                    failed = Some(error);
                    http::Response::default()
                }
            }
        });
        match failed {
            Some(error) => Err(error).with_context(|| format!("cannot ask `{}`", self.provider)),
            None => Ok(verified),
        }
    }
}

/// Bytes of a pact.
const MAX_BYTES: u64 = 64 << 20;

/// Reads a pact.
pub(super) fn open(path: &Path) -> Result<Pact> {
    let name = path.display().to_string();
    let size = std::fs::metadata(path).with_context(|| format!("cannot read `{name}`"))?.len();
    if size > MAX_BYTES {
        bail!("`{name}` has {size} bytes, expected {MAX_BYTES} at most");
    }
    let bytes = std::fs::read(path).with_context(|| format!("cannot read `{name}`"))?;
    Ok(Pact::parse(&name, &bytes)?)
}
