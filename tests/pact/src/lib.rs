//! Pacts that we write load in the crates of the Pact foundation, and an answer that these take is one that we take.
//!
//! Run it with `cargo test --manifest-path tests/pact/Cargo.toml`.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod tests;
