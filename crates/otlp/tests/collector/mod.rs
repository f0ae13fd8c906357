//! A collector made of the official types, and what every way to one must do.

#![allow(dead_code, reason = "each test binary uses its own half")]

pub(crate) mod receiver;
pub(crate) mod scenarios;
