//! An export of one's own: a trace as a sequence diagram in Mermaid, which many wikis and code hosts draw.
//!
//! Modules are those who speak; calls within a module are left out. It needs what is public of a trace, and nothing else.

use std::fmt;
use std::io::{self, Write};

use tracesnap::Trace;
use tracesnap::tree::{Call, TraceEvent};

/// Writes the calls from module to module of a trace.
///
/// # Errors
///
/// Those of `out`.
pub fn write(trace: &Trace, mut out: impl Write) -> io::Result<()> {
    writeln!(out, "sequenceDiagram")?;
    let mut speakers: Vec<&str> = Vec::new();
    for call in trace.tree().calls() {
        if !speakers.contains(&call.module()) {
            speakers.push(call.module());
            writeln!(out, "    participant {}", speaker(call.module()))?;
        }
    }
    // Entry for entry, as it happened: nothing of it grows with the trace.
    for event in trace.events() {
        let Some((from, call)) = crossing(event) else { continue };
        let (from, to) = (speaker(from), speaker(call.module()));
        match (event.is_call(), event.error()) {
            (true, _) => {
                let args: Vec<String> = call.args().map(|arg| format!("{}: {}", arg.name(), arg.value())).collect();
                writeln!(out, "    {from}->>{to}: {}({})", Label(call.name()), Label(&args.join(", ")))?;
            }
            (false, Some(error)) => writeln!(out, "    {to}--x{from}: {}", Label(&error.to_string()))?,
            (false, None) if event.is_return() => {
                let value = event.returned().map(|value| value.to_string());
                writeln!(out, "    {to}-->>{from}: {}", Label(value.as_deref().unwrap_or("done")))?;
            }
            (false, None) => {}
        }
    }
    Ok(())
}

/// The caller's module and the call, if they differ.
fn crossing(event: TraceEvent<'_>) -> Option<(&str, Call<'_>)> {
    let call = if event.is_event() { return None } else { event.call()? };
    let from = call.parent().map_or("caller", |parent| parent.module());
    (from != call.module()).then_some((from, call))
}

/// `a::b::payments` is `payments`.
fn speaker(module: &str) -> &str {
    module.rsplit("::").next().unwrap_or(module)
}

/// Text as Mermaid takes it: what ends a line, or a statement, is told by its number.
struct Label<'a>(&'a str);

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|letter| match letter {
            '\n' | '\r' => f.write_str(" "),
            ';' | '#' | '<' | '>' => write!(f, "#{};", u32::from(letter)),
            other => write!(f, "{other}"),
        })
    }
}
