//! A collector made of the official types, and what every way to one must do.

// Each test binary uses its own half.
#![allow(dead_code)]

pub(crate) mod receiver;
pub(crate) mod scenarios;
