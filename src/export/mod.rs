//! A recording as something to look at: pages and files, written from a finished tree.
//!
//! Everything here reads [`CallTree`](crate::tree::CallTree)s only. Whatever a tree holds is redacted already, so an
//! export may write all of it, and adds nothing that was not in it.

mod report;

pub use report::Report;
