//! `tracesnap redact`: standard input to standard output, without what must not be written.

use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};

use anyhow::{Context, Result, bail};
use clap::Args;
use tracesnap_config::Sources;
use tracesnap_redact::{Policy, PolicyBuilder, Replacement, Report, settings};

use super::Outcome;
use crate::output::one_line;

const EXAMPLES: &str = "\
Examples:
  tracesnap redact < captures.ndjson > clean.ndjson      # JSON, a document a line
  tracesnap redact --document < order.json               # JSON, one document over many lines
  tracesnap redact --text < server.log                   # anything else
  tracesnap redact --explain < captures.ndjson > clean.ndjson
  tracesnap redact --check --text < server.log && echo 'nothing in it'
  tracesnap redact --name customer_ref --path '$..iban' --off value/phone < in.ndjson

Exit codes:
  0  all went well
  1  --check found something
  2  something went wrong: a line that is no JSON, a rule that does not exist

TRACESNAP_REDACT_KEY holds the key of tags such as ‹email:3f2a91c4›: with the same one, equal values have equal tags in
every run. Without it they have in one run only.";

/// Lines up to this length are held; longer ones stream by.
const LONGEST_LINE: u64 = 16 << 20;

/// What is written for a line that is no JSON, so that lines keep their numbers.
const NO_JSON: &[u8] = b"\"[redacted: no JSON]\"\n";

/// Filters standard input: passwords, tokens, keys, card numbers, addresses go; all else stays as it is.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RedactCommand {
    /// Input is plain text, such as a log; without it JSON, a document a line.
    #[arg(short, long, conflicts_with = "document")]
    text: bool,
    /// Input is JSON whose documents may have several lines.
    #[arg(short, long)]
    document: bool,
    /// Say on standard error which rule found something, and where; never what.
    #[arg(short, long)]
    explain: bool,
    /// Write nothing, and end with 1 if there is something to redact.
    #[arg(long)]
    check: bool,
    /// Switch a rule off: `value/phone`, `name/token`; can be given several times.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    off: Vec<String>,
    /// Redact what stands under this name too, in whatever convention it is written.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    name: Vec<String>,
    /// Leave what stands under exactly this name.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    allow: Vec<String>,
    /// Redact what stands at this place of a document: `$.items[*].card`, `$..iban`.
    #[arg(long, value_name = "PATH")]
    path: Vec<String>,
    /// Also redact what stands under `key` and `auth`, if they are whole names.
    #[arg(long)]
    captures: bool,
    /// Write `[redacted]` for everything, and no tags.
    #[arg(long)]
    plain: bool,
    /// List the rules that hold, and read nothing.
    #[arg(long)]
    rules: bool,
}

impl RedactCommand {
    pub(crate) fn run(self) -> Result<Outcome> {
        let policy = self.policy()?;
        let mut out = BufWriter::new(io::stdout().lock());
        if self.rules {
            policy.rules().try_for_each(|rule| writeln!(out, "{rule}"))?;
            out.flush()?;
            return Ok(Outcome::Fine);
        }
        let input = BufReader::with_capacity(1 << 16, io::stdin().lock());
        let report = if self.check {
            self.filter(&policy, input, &mut io::sink())?
        } else {
            let report = self.filter(&policy, input, &mut out)?;
            out.flush()?;
            report
        };
        if self.explain {
            writeln!(anstream::stderr(), "{report}")?;
        }
        Ok(if self.check && report.count() > 0 { Outcome::Exceeded } else { Outcome::Fine })
    }

    fn policy(&self) -> Result<Policy> {
        let mut policy = Policy::builder();
        if self.captures {
            policy = policy.for_captures();
        }
        if self.plain {
            policy = policy.replacement(Replacement::Placeholder);
        }
        // `[redact]` of `tracesnap.toml`, and the environment; what is said here is added.
        policy = settings::add_to(policy, &Sources::process(settings::SECTION)?)?;
        policy = self.off.iter().fold(policy, PolicyBuilder::off);
        policy = self.name.iter().fold(policy, PolicyBuilder::name);
        policy = self.allow.iter().fold(policy, PolicyBuilder::allow);
        policy = self.path.iter().fold(policy, PolicyBuilder::path);
        policy.build().context("the rules cannot hold")
    }

    fn filter(&self, policy: &Policy, input: impl BufRead, out: &mut impl Write) -> Result<Report> {
        match (self.text, self.document) {
            (true, _) => self.text(policy, input, out),
            (_, true) => self.documents(policy, input, out),
            _ => self.lines(policy, input, out),
        }
    }

    fn text(&self, policy: &Policy, mut input: impl BufRead, out: &mut impl Write) -> Result<Report> {
        let mut chunks = policy.chunks();
        let mut all = Report::default();
        loop {
            let piece = input.fill_buf()?;
            let (length, ends) = (piece.len(), piece.is_empty());
            let clean = if ends { chunks.finish() } else { chunks.push(piece) };
            input.consume(length);
            out.write_all(clean.as_bytes())?;
            let report = chunks.take_report();
            self.tell(&report, None)?;
            all.merge(report);
            if ends {
                return Ok(all);
            }
        }
    }

    fn documents(&self, policy: &Policy, input: impl Read, out: &mut impl Write) -> Result<Report> {
        let report =
            if self.explain { policy.explain_json_stream(input, out) } else { policy.redact_json_stream(input, out) };
        let report = report.map_err(|error| match error.downcast::<tracesnap_redact::Error>() {
            Ok(error) => {
                anyhow::Error::new(error).context("standard input is no JSON to its end; `--text` takes anything")
            }
            Err(error) => error.into(),
        })?;
        self.tell(&report, None)?;
        Ok(report)
    }

    fn lines(&self, policy: &Policy, mut input: impl BufRead, out: &mut impl Write) -> Result<Report> {
        let mut all = Report::default();
        let (mut line, mut clean) = (Vec::new(), Vec::new());
        let (mut number, mut broken) = (0_u64, 0_u64);
        loop {
            line.clear();
            number += 1;
            if input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)? == 0 {
                break;
            }
            if line.trim_ascii().is_empty() {
                out.write_all(&line)?;
                continue;
            }
            clean.clear();
            let result = if line.len() as u64 == LONGEST_LINE && !line.ends_with(b"\n") {
                long_line(policy, self.explain, &line, &mut input, out)?
            } else if self.explain {
                policy.explain_json(&line, &mut clean)
            } else {
                policy.redact_json(&line, &mut clean)
            };
            match result {
                Ok(report) => {
                    out.write_all(&clean)?;
                    self.tell(&report, Some(number))?;
                    all.merge(report);
                }
                Err(error) => {
                    broken += 1;
                    out.write_all(NO_JSON)?;
                    let at = match error {
                        tracesnap_redact::Error::Json { line: 1, column } => format!("from column {column} on"),
                        tracesnap_redact::Error::Json { .. } => "to its end".to_owned(),
                        other => other.to_string(),
                    };
                    let is_first = if number == 1 { "; `--document` takes documents of several lines" } else { "" };
                    let said =
                        format!("line {number} is no JSON {at}, and was left out; `--text` takes anything{is_first}");
                    writeln!(anstream::stderr(), "warning: {}", one_line(&said))?;
                }
            }
        }
        if broken > 0 {
            out.flush()?;
            bail!("{broken} of {} lines are no JSON; all others were written", number - 1);
        }
        Ok(all)
    }

    fn tell(&self, report: &Report, line: Option<u64>) -> Result<()> {
        if !self.explain || report.findings().is_empty() {
            return Ok(());
        }
        let mut to = BufWriter::new(anstream::stderr().lock());
        for finding in report.findings() {
            let place = one_line(&finding.to_string());
            match line {
                Some(line) => writeln!(to, "line {line}: {place}")?,
                None => writeln!(to, "{place}")?,
            }
        }
        Ok(to.flush()?)
    }
}

/// A line that is too long to be held: what stands before a mistake in it is written.
fn long_line(
    policy: &Policy,
    explain: bool,
    head: &[u8],
    input: &mut impl BufRead,
    out: &mut impl Write,
) -> Result<Result<Report, tracesnap_redact::Error>> {
    let mut rest = head.chain(RestOfLine { input, ended: false });
    let result = if explain {
        policy.explain_json_stream(&mut rest, &mut *out)
    } else {
        policy.redact_json_stream(&mut rest, &mut *out)
    };
    // The rest of a broken line is no line of its own.
    io::copy(&mut rest, &mut io::sink())?;
    out.write_all(b"\n")?;
    match result {
        Ok(report) => Ok(Ok(report)),
        Err(error) => match error.downcast::<tracesnap_redact::Error>() {
            Ok(error) => Ok(Err(error)),
            Err(error) => Err(error.into()),
        },
    }
}

/// Reads to the end of the line, and takes the line break.
struct RestOfLine<'i, R> {
    input: &'i mut R,
    ended: bool,
}

impl<R: BufRead> Read for RestOfLine<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.ended || into.is_empty() {
            return Ok(0);
        }
        let there = self.input.fill_buf()?;
        let there = &there[..there.len().min(into.len())];
        let line = there.iter().position(|&byte| byte == b'\n');
        let length = line.unwrap_or(there.len());
        into[..length].copy_from_slice(&there[..length]);
        self.ended = line.is_some() || there.is_empty();
        self.input.consume(length + usize::from(line.is_some()));
        Ok(length)
    }
}
