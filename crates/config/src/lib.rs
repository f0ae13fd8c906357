//! Where a setting comes from, and which of several places wins.
//!
//! What settings there are is the business of those who have them. Every part of the project asks the same places in
//! the same order:
//!
//! 1. the **attribute** or builder at the place itself,
//! 2. the **environment** of the process,
//! 3. the **global object** that the program has set,
//! 4. **`tracesnap.toml`**, in the current folder or one above it,
//! 5. the **default**.
//!
//! A [`Setting`] knows which of them it came from, down to the line of the file, so that `tracesnap config show` and an error
//! can say so. A [`Key`] tells people what the setting takes and means: the tables of the book are made of it.
//!
//! ```
//! use tracesnap_config::{Environment, Key, Sources};
//!
//! const RETENTION: Key = Key::new("retention").variable("SNAP_CAPTURE_DEFAULT_RETENTION");
//!
//! let sources = Sources::new("capture")
//!     .with_environment(Environment::of([("SNAP_CAPTURE_DEFAULT_RETENTION", "3")]))
//!     .with_file_text("tracesnap.toml", "[capture]\nretention = 10")?;
//!
//! let found = sources.resolve(&RETENTION, None, None, 100_u64)?;
//! assert_eq!(found.value, 3);
//! assert_eq!(found.source.to_string(), "environment variable `SNAP_CAPTURE_DEFAULT_RETENTION`");
//!
//! // What is written at the place itself wins over everything.
//! assert_eq!(sources.resolve(&RETENTION, Some(1), None, 100_u64)?.value, 1);
//! # Ok::<(), tracesnap_config::Error>(())
//! ```

mod effective;
mod environment;
mod error;
mod file;
mod key;
mod nearest;
mod setting;
mod sources;
mod value;

pub use effective::Effective;
pub use environment::Environment;
pub use error::Error;
pub use file::{ConfigFile, FILE_NAME, FILE_VARIABLE, SECTIONS};
pub use key::Key;
pub use nearest::nearest;
pub use setting::{Setting, Source};
pub use sources::Sources;
pub use value::{FileValue, FromSetting};
