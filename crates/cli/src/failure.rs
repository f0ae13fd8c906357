//! What a user is told when something went wrong: which file, where in it, why, and what to do.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use tracesnap::FileError;

/// Whether whoever read our output has had enough, as `head` does: no failure of ours.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let of_io = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| {
        let within = || {
            let error = cause.downcast_ref::<csv::Error>()?;
            if let csv::ErrorKind::Io(error) = error.kind() { Some(error) } else { None }
        };
        let json = || cause.downcast_ref::<serde_json::Error>()?.io_error_kind();
        cause.downcast_ref::<io::Error>().is_some_and(of_io)
            || within().is_some_and(of_io)
            || json() == Some(io::ErrorKind::BrokenPipe)
    })
}

pub(crate) fn print(error: &anyhow::Error) {
    let bad = AnsiColor::Red.on_default().bold();
    let mut to = anstream::stderr().lock();
    // Where even this cannot be written there is nobody to tell.
    let _ = writeln!(to, "{bad}error:{bad:#} {}", text(error));
    if let Some(remedy) = error.downcast_ref::<FileError>().and_then(remedy) {
        let good = Style::new().bold();
        let _ = writeln!(to, "{good}help:{good:#} {remedy}");
    }
}

/// The error and its causes on one line.
fn text(error: &anyhow::Error) -> String {
    let causes: Vec<_> = error.chain().map(|cause| crate::output::one_line(&cause.to_string())).collect();
    causes.join(": ")
}

/// What this program can do about it, beside what the error itself says.
fn remedy(error: &FileError) -> Option<&'static str> {
    match error {
        FileError::Read { source, .. } => Some(match source.kind() {
            io::ErrorKind::NotFound => "is the path right? `tracesnap trace list DIR` shows the traces of a folder",
            io::ErrorKind::IsADirectory => "give one of its files; `tracesnap trace list DIR` shows them",
            io::ErrorKind::PermissionDenied => "may you read it? `ls -l` shows who may",
            _ => return None,
        }),
        FileError::Truncated { read: 1.., .. } | FileError::Damaged { .. } | FileError::Torn { .. } => {
            Some("`--partial` takes what stands before")
        }
        FileError::Trailing { .. } => Some("`--partial` takes the trace, and leaves out what stands behind it"),
        _ => None,
    }
}
