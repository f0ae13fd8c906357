//! Real service conversations, recorded, played back, analysed, compared with mocks.
//!
//! What a protocol looks like is the business of adapters, what a mock makes up that of whoever implements [`Fallback`];
//! what must not be written, [`tracesnap_redact`] knows.
//!
//! # In five minutes
//!
//! A test asks its services through a [`ServiceProvider`], and is the same in every [`mode`]:
//!
//! ```
//! use serde_json::{Value, json};
//! use tracesnap_record::ServiceProvider;
//! # use tracesnap_record::Mode;
//!
//! # let dir = tempfile::tempdir()?;
//! # let provider = ServiceProvider::builder().dir(dir.path()).session("campaigns").mode(Mode::Record).build()?;
//! # if false {
//! let provider = ServiceProvider::from_env()?;
//! # }
//! let firestore = provider.service("firestore");
//! let asked = json!({"collection": "campaigns"});
//! let found: Value = firestore.call("collection.get", &asked, || {
//!     // The real client; not called where a recording answers.
//!     Ok::<_, std::io::Error>(json!({"document_count": 2}))
//! })?;
//! assert_eq!(found["document_count"], 2);
//! println!("{}", provider.summary());
//! provider.cleanup()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ```text
//! TEST_MODE=record cargo test                 # asks the real services; what they say waits for a review
//! tracesnap sessions review                   # interaction by interaction, as with snapshots
//! cargo test                                  # plays it back: no service, no key, no cost
//! tracesnap sessions analyze                  # use, errors, percentiles
//! tracesnap sessions baseline captures mocks.json
//! tracesnap sessions compare captures mocks.json --fail-under 90
//! TEST_MODE=verify cargo test                 # asks again, and fails where types or statuses have changed
//! tracesnap sessions cleanup --older-than 7d
//! ```
//!
//! # Its parts
//!
//! - [`provider`]: services in a mode; `#[recorded]` makes a client's trait one of them; budgets.
//! - [`Recorder`]: sessions by hand. A guard for the session, a guard for each interaction; a [`task`] for each worker.
//! - [`file`](mod@file): the session file, and the journal that is there if the program is killed.
//! - [`matching`]: which recorded interaction answers, and why none does.
//! - [`Sets`]: what waits for a review, and what is played back.
//! - [`analysis`], [`compare`], [`report`]: what recordings tell, how near mocks come, as text, Markdown or a page.
//! - `interchange`: HAR, VCR, cassetter, WireMock, Hoverfly, curl.
//!
//! # What can be relied on
//!
//! - Whatever reaches the disk was redacted before. Requests are redacted by the same rules before they are matched.
//! - A recording that fails never fails the call it records: losses are counted, and told at the end.
//! - What had ended when the program was killed is in the journal, and is read.
//! - What is played back changes by a review only, and then as a whole.
//!
//! # Features
//!
//! | name | what it brings | default |
//! |---|---|---|
//! | `interchange` | recordings of other tools, in and out | |
//! | `macros` | `#[recorded]` | yes |
//! | `tokio` | tasks without a name are tokio's, not threads | |

pub mod analysis;
pub mod compare;
pub mod config;
mod error;
pub mod file;
#[cfg(feature = "interchange")]
#[cfg_attr(docsrs, doc(cfg(feature = "interchange")))]
pub mod interchange;
pub mod matching;
pub mod mode;
pub mod model;
pub mod provider;
pub mod recorder;
mod redaction;
pub mod report;
mod sets;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use error::Error;
pub use matching::{Player, PlayerBuilder, Repeat, Rule};
pub use mode::{Mode, OnMiss};
pub use model::{Interaction, Session, SessionHead, Status, Timestamp};
pub use provider::{Budget, Fallback, Mocks, Service, ServiceProvider};
pub use recorder::{
    Draft, InteractionGuard, Recorder, RecorderBuilder, SessionGuard, SessionHandle, Tell, Ticket, task,
};
pub use redaction::{LIMITS, moved_places};
pub use sets::{Pending, Sets};
/// Implements the trait of a client for [`Recorded`](provider::Recorded), so that every method without a body is an operation
/// of a service, in whatever [`mode`]: its name is the method's, its request an object of the arguments, its response what
/// `Ok` holds.
///
/// ```
/// use tracesnap_record::{Mode, ServiceProvider, recorded};
///
/// #[recorded(error = |failure| failure.to_string())]
/// trait Accounts {
///     fn balance(&self, customer: u64) -> Result<i64, String>;
/// }
///
/// struct Database;
///
/// impl Accounts for Database {
///     fn balance(&self, customer: u64) -> Result<i64, String> {
///         Ok(customer as i64 * 100)
///     }
/// }
///
/// # let dir = tempfile::tempdir()?;
/// let provider = ServiceProvider::builder().dir(dir.path()).session("doc").mode(Mode::Record).build()?;
/// let accounts: RecordedAccounts<Database> = provider.client("accounts", || Ok::<_, String>(Database))?;
/// assert_eq!(accounts.balance(7), Ok(700));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Arguments are `Serialize`, what `Ok` holds is `Serialize` and `DeserializeOwned`, errors are `Display`. Methods take
/// `&self` or `&mut self` and return a `Result`, or a future of one: `async fn`, `-> impl Future`, `-> Pin<Box<dyn Future>>`,
/// `#[async_trait]` above or below. A method with a body runs as it is written, and what it calls is recorded.
///
/// | option of the trait | meaning | default |
/// |---|---|---|
/// | `error = \|failure\| …` | makes the trait's error of a [`Failure`](provider::Failure): what was recorded as an error, or had no answer | `From` |
/// | `typed_errors` | errors are `Serialize` and `DeserializeOwned`, are kept whole, and come back as they were | their text |
/// | `of = path::of::Trait` | what it stands on is a copy of somebody else's trait, and only its methods are read | |
/// | `crate = path` | where this crate is | `tracesnap_record` |
///
/// | option of a method | meaning | default |
/// |---|---|---|
/// | `name = "collection.get"` | the operation | the method's name |
/// | `ignore(connection)` | arguments that are not recorded, and need not be `Serialize` | none |
#[cfg(feature = "macros")]
#[cfg_attr(docsrs, doc(cfg(feature = "macros")))]
pub use tracesnap_macros::recorded;
/// A place in a request or a response: `$.body.value.id`.
pub use tracesnap_redact::JsonPath;
/// Names a set that waits for a review: `checkout#7`.
pub use tracesnap_store::PendingId;
/// How much of a folder is kept: `100 files, 7 days`.
pub use tracesnap_store::Retention;
