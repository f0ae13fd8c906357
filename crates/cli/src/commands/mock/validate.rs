//! `tracesnap mock validate`: whether a request or an answer keeps to the document.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use clap::Args;
use http::{HeaderName, HeaderValue, Method};
use tracesnap_mock::graphql::GraphQlSchema;

use super::spec::{Spec, is_graphql};
use crate::commands::Outcome;
use crate::output::{one_line, style};

const EXAMPLES: &str = "\
Examples:
  tracesnap mock validate openapi.yaml request.http
  tracesnap mock validate openapi.yaml answer.json --operation listOrders
  tracesnap mock validate openapi.yaml answer.json --operation 'GET /orders/{id}' --status 404
  curl -s https://shop.example/orders | tracesnap mock validate openapi.yaml - --operation listOrders
  tracesnap mock validate schema.graphql query.graphql

A request is a file as HTTP/1.1 writes it: `POST /orders HTTP/1.1`, headers, an empty line, the body. With `--operation`
the file is the body of an answer of that operation.

Exit codes: 0 it keeps to the document, 1 it does not, 2 something went wrong.";

/// Checks a request, or the body of an answer, and says all that is wrong.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Validate {
    /// The document: Swagger 2.0 or OpenAPI 3, JSON or YAML; or a GraphQL schema, `*.graphql`.
    #[arg(value_name = "SPEC")]
    spec: PathBuf,
    /// The request, the body of the answer, or the operation; `-` is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The file is the body of an answer of this operation: its id, or as in `GET /orders/{id}`.
    #[arg(long, value_name = "OPERATION")]
    operation: Option<String>,
    /// The status of the answer. [default: that of success]
    #[arg(long, value_name = "STATUS", requires = "operation", value_parser = clap::value_parser!(u16).range(100..=599))]
    status: Option<u16>,
    /// The folder that references must not lead out of. [default: that of the document]
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

impl Validate {
    pub(super) fn run(self) -> Result<Outcome> {
        if is_graphql(&self.spec) {
            return self.run_graphql();
        }
        let mock = Spec::open(&self.spec, self.root.as_deref(), "")?.mock().build();
        let bytes = read(&self.file)?;
        let (what, wrong) = match &self.operation {
            Some(operation) => {
                let operation = mock.operation(operation)?;
                let violations = mock.check_answer(operation, self.status, &bytes);
                let Some(violations) = violations else {
                    bail!("the document describes no body for that answer; `--status` names another one");
                };
                ("answer", violations)
            }
            None => {
                let request =
                    parse(&bytes).with_context(|| format!("cannot read `{}` as a request", self.file.display()))?;
                let Some(reasons) = mock.check(&request) else {
                    bail!("no operation of the document is for {} {}", request.method(), request.uri());
                };
                ("request", reasons.iter().map(ToString::to_string).collect())
            }
        };
        tell(what, &wrong, "document")
    }

    /// Holds an operation against a schema.
    fn run_graphql(&self) -> Result<Outcome> {
        if self.operation.is_some() {
            bail!("a GraphQL schema has no operations by name; give a file with one, without `--operation`");
        }
        let schema = GraphQlSchema::open(&self.spec)?;
        let text =
            String::from_utf8(read(&self.file)?).with_context(|| format!("`{}` is not UTF-8", self.file.display()))?;
        tell("operation", &schema.check(&text), "schema")
    }
}

/// Says what was found, and whether that is fine.
fn tell(what: &str, wrong: &[String], of: &str) -> Result<Outcome> {
    let mut out = anstream::stdout();
    for reason in wrong {
        let warn = style::WARN;
        writeln!(out, "{warn}{what}:{warn:#} {}", one_line(reason))?;
    }
    if wrong.is_empty() {
        writeln!(out, "the {what} keeps to the {of}")?;
        return Ok(Outcome::Fine);
    }
    Ok(Outcome::Exceeded)
}

/// Bytes of a file that is checked.
const MAX_BYTES: u64 = 64 << 20;

fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limited = |from: &mut dyn Read, bytes: &mut Vec<u8>| from.take(MAX_BYTES + 1).read_to_end(bytes);
    if path == Path::new("-") {
        limited(&mut std::io::stdin().lock(), &mut bytes).context("cannot read standard input")?;
    } else {
        let name = || format!("cannot read `{}`", path.display());
        limited(&mut std::fs::File::open(path).with_context(name)?, &mut bytes).with_context(name)?;
    }
    if bytes.len() as u64 > MAX_BYTES {
        bail!("`{}` has more than {MAX_BYTES} bytes", path.display());
    }
    Ok(bytes)
}

/// A request as HTTP/1.1 writes it; line breaks may be those of any system.
fn parse(bytes: &[u8]) -> Result<http::Request<Bytes>> {
    let ends = [&b"\r\n\r\n"[..], b"\n\n"].into_iter().filter_map(|end| {
        let at = bytes.windows(end.len()).position(|window| window == end)?;
        Some((at, at + end.len()))
    });
    let (head, body) = ends.min().map_or((bytes, &[][..]), |(end, body)| (&bytes[..end], &bytes[body..]));
    let head = std::str::from_utf8(head).context("its headers are not UTF-8")?;
    let mut lines = head.lines();
    let first = lines.next().unwrap_or_default();
    let mut words = first.split_whitespace();
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        bail!("its first line is `{first}`, expected one as in `GET /orders HTTP/1.1`");
    };
    let mut request = http::Request::new(Bytes::copy_from_slice(body));
    *request.method_mut() =
        Method::from_bytes(method.as_bytes()).with_context(|| format!("`{method}` is no method"))?;
    *request.uri_mut() = target.parse().with_context(|| format!("`{target}` is no path"))?;
    for line in lines {
        let Some((name, value)) = line.split_once(':') else { bail!("`{line}` is no header, expected `name: value`") };
        let name =
            HeaderName::from_bytes(name.trim().as_bytes()).with_context(|| format!("`{name}` names no header"))?;
        let value = HeaderValue::from_str(value.trim())
            .with_context(|| format!("the value of `{name}` is none of a header"))?;
        request.headers_mut().append(name, value);
    }
    Ok(request)
}
