//! Keeps the arguments and the outcome of a function, redacted, and replays them in a test.
//!
//! Where captures lie is the business of `tracesnap-store`, what must not be in them that of `tracesnap-redact`, where a
//! setting comes from that of `tracesnap-config`.
//!
//! ```
//! use tracesnap_capture::{capture, load, replay};
//!
//! #[capture]
//! fn price(amount: u32, coupon: Option<&str>) -> Result<u32, String> {
//!     match coupon {
//!         None => Ok(amount),
//!         Some("HALF") => Ok(amount / 2),
//!         Some(other) => Err(format!("no coupon `{other}`")),
//!     }
//! }
//!
//! # let dir = tempfile::tempdir()?;
//! # let config = tracesnap_capture::CaptureConfig::new().path(dir.path());
//! # let captures = tracesnap_capture::Captures::builder().config(config).build()?;
//! # let _captures = captures.enter();
//! // The program runs …
//! price(30, Some("HALF"))?;
//!
//! // … and a test takes up what it did.
//! let case = load!(price)?;
//! assert_eq!((case.args.amount, case.args.coupon.as_deref()), (30, Some("HALF")));
//! let replayed = replay!(price)?;
//! assert_eq!(replayed.into_value(), Ok(15));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | name | what it brings | default |
//! |---|---|---|
//! | `messagepack` | [`MessagePack`](crate::Serializer): documents in that form | |
//! | `mimic` | `trials`: one test per capture for a harness of libtest-mimic | |

mod config;
mod distinct;
mod document;
mod error;
mod exact;
mod id;
mod load;
mod migrate;
mod profiler;
mod replay;
mod runtime;
mod serializer;
mod site;
mod storage;
mod testing;
mod warn;

pub use config::{ArgumentFilter, CaptureConfig, Explained, KEYS, Layout, Settings};
pub use document::{CaptureMetadata, Document, DocumentParameter, Outcome, OutcomeKind, read_documents};
pub use error::Error;
pub use load::{
    Capture, CaptureLoader, Case, Change, Criteria, FromArgs, Function, Listed, Mismatch, PrunedCaptures, Query,
    RestoreValue, Supply, Unreplayable, has_capture, load_named, load_named_json,
};
pub use migrate::Migration;
pub use profiler::CaptureProfiler;
pub use replay::{Difference, Noise, Replayed};
pub use runtime::{
    CaptureGuard, CaptureStats, CaptureValue, Captures, CapturesBuilder, Scoped, ValueTier, flush, set_global,
    set_global_config,
};
#[cfg(feature = "messagepack")]
pub use serializer::MessagePack;
pub use serializer::Serializer;
pub use site::{Fingerprint, OnError, Options, Parameter, Spec};
#[cfg(feature = "mimic")]
pub use testing::trials;
pub use testing::{Missing, test_names};
pub use tracesnap_macros::{capture, capture_tests, captures, load, replay, wrap};

/// What the macros expand to. No part of the interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::load::ReadFn;
    pub use crate::load::{ArgSource, FromArgs, Function, Read, ReadDeserialize, ReadNever, ReadRestore};
    pub use crate::replay::{Noise, Prepared, Replay, Replayed};
    pub use crate::runtime::{
        ByCapture, ByDebug, ByName, BySerialize, Call, Hold, HoldByClone, HoldByValue, OFF, OwnerName, Show,
        ShowByDebug, ShowByName, Site, Skip, SkipCell, SplitOther, SplitResult, Splitter, Tier, Values, View, gate,
    };
    pub use crate::testing::{Missing, run_each, run_nth};
    pub use crate::{Error, OnError, Options, Parameter, Spec};
    pub use serde::de::DeserializeOwned;
    pub use tracing;
}
