//! Clients of Firestore and Gemini that are real, recorded, played back or mocked, and are the same in a test.
//!
//! They speak the public REST protocols. What a mode is, [`tracesnap_record`] knows; how an exchange is recorded and sent
//! again, [`tracesnap_http`]. Here is what the two services take and give, as types.
//!
//! ```no_run
//! use tracesnap_record::ServiceProvider;
//! use tracesnap_services::Services;
//!
//! # async fn f() -> Result<(), Box<dyn std::error::Error>> {
//! let provider = ServiceProvider::from_env()?; // TEST_MODE=record, playback, mock …
//! let firestore = provider.firestore("my-project").connect()?;
//! let gemini = provider.gemini().connect()?.model("gemini-2.5-flash");
//!
//! let campaigns = firestore.collection("campaigns").get().await?;
//! let summary = gemini.generate_content(format!("Sum up {} campaigns.", campaigns.len())).await?;
//! println!("{}", summary.text());
//! provider.cleanup()?;
//! # Ok(())
//! # }
//! ```
//!
//! # What can be relied on
//!
//! - A client is one type, whoever answers: the service, a recording, a mock.
//! - A [`Credential`] is put on below what records, so no recording has it. In modes that ask nobody, none is wanted.
//! - A key that is missing is an error that [names its variable](Error::is_missing_key): set it, or skip the test.
//! - Errors are [`google.rpc.Status`](Status), those that are played back, too.
//! - What a service says that these types do not know is kept: in `extra`, in variants `Other`, in
//!   [`firestore::Value::Other`].
//! - Budgets of the provider count calls, bytes, and the tokens that Gemini says it took; of a streamed answer, too.
//!
//! # A test that is skipped without a key
//!
//! ```
//! # use tracesnap_record::{Mode, ServiceProvider};
//! use tracesnap_services::Services;
//!
//! # let dir = tempfile::tempdir()?;
//! # let provider = ServiceProvider::builder().mode(Mode::Real).dir(dir.path())
//! #     .environment(tracesnap_config::Environment::of([("NONE", "1")])).build()?;
//! let gemini = match provider.gemini().connect() {
//!     Err(error) if error.is_missing_key() => {
//!         eprintln!("skipped: {error}");
//!         return Ok(());
//!     }
//!     found => found?,
//! };
//! # let _ = gemini;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | name | what it brings | default |
//! |---|---|---|
//! | `firestore` | [`FirestoreClient`] | yes |
//! | `gemini` | [`GeminiClient`] | yes |
//! | `tls` | real services are asked over TLS, with the roots of webpki | |
//! | `reqwest` | real services are asked through the program's own client of reqwest | |

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(any(feature = "firestore", feature = "gemini")),
    allow(dead_code, unused_imports, reason = "what clients are made of, and there is none")
)]

mod builder;
mod connection;
mod credential;
mod error;
#[cfg(feature = "firestore")]
#[cfg_attr(docsrs, doc(cfg(feature = "firestore")))]
pub mod firestore;
#[cfg(feature = "gemini")]
#[cfg_attr(docsrs, doc(cfg(feature = "gemini")))]
pub mod gemini;
mod services;
mod status;
mod transport;

pub use builder::{Builder, Client, DEFAULT_ANSWER_BYTES};
pub use credential::Credential;
pub use error::Error;
#[cfg(feature = "firestore")]
#[cfg_attr(docsrs, doc(cfg(feature = "firestore")))]
pub use firestore::FirestoreClient;
#[cfg(feature = "gemini")]
#[cfg_attr(docsrs, doc(cfg(feature = "gemini")))]
pub use gemini::GeminiClient;
pub use services::Services;
pub use status::{Code, Status};
