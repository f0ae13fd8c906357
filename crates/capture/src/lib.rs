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
//! | `encryption` | captures that only the holder of a key reads: [`CaptureConfig::encrypt`] | |
//! | `messagepack` | [`MessagePack`](crate::Serializer): documents in that form | |
//! | `mimic` | `trials`: one test per capture for a harness of libtest-mimic | |

pub mod config;
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

pub use config::{ArgumentFilter, CaptureConfig, Layout, Settings};
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
pub use storage::CaptureSet;
#[cfg(feature = "mimic")]
pub use testing::trials;
pub use testing::{Missing, test_names};
/// Keeps the arguments of a function before its body runs, and its outcome when that has ended.
///
/// It stands on a function, a method, or an `impl` block, also one of a trait, above or below `#[async_trait]`; on async
/// functions and those that return a future, whose capture begins when they are polled first. The function does what it
/// did: its result, its panics, its being cancelled are its own.
///
/// | option | what it does |
/// |---|---|
/// | `retention = 5` | keeps the last five captures; in quotes any [`Retention`](tracesnap_store::Retention): `"5, 7 days"` |
/// | `ignore(a, b)` | never looks at these arguments; they are marked as redacted |
/// | `sample = 0.1` | captures a tenth of the calls |
/// | `max_bytes = 65_536` | cuts arguments and outcomes that are larger |
/// | `path = "…"` | the folder of the captures |
/// | `background` | a thread of ours writes, behind a bounded queue; what does not fit is dropped and counted |
/// | `lazy` | arguments are cloned, and serialised where they are written, if their types allow |
/// | `filter = \|id: &u64, …\| *id > 0` | captures only calls for which this holds; it gets a reference to each argument |
/// | `no_outcome` | arguments only; the document is there before the body runs |
/// | `on_error = ignore` | a capture that fails is counted, and not told |
/// | `self` | captures the receiver, too; it is never replayed |
/// | `skip` | on a method of a block: it is not captured |
/// | `method` | for an associated function without `self` whose block has no attribute |
/// | `record_only` | no struct beside it: found by name only |
/// | `crate = path` | where this crate is found |
///
/// Above `#[tracing::instrument]` it captures inside of that span, below it outside; a trace shows a `captured` event with
/// the document's id there.
///
/// What an argument is kept as is chosen by its type as it is declared: in `fn f<T: Debug>(t: T)` by `Debug`, whatever `T`
/// is. See the [crate] for an example, and [`load!`] for what stands beside the function.
///
/// A method that has an attribute of its own is found by name, since nobody sees of which type it is; so are methods of
/// generic types.
pub use tracesnap_macros::capture;
/// Tests for the standard harness, one for each capture of a function:
/// `capture_tests!(mod prices for price, count = 3, missing = skip)`.
///
/// Test `capture_0` replays the latest, and so on. `missing = skip` lets those pass for which there is no capture.
/// `receiver`, `noise`, `matching` are those of [`replay!`]; `block_on = f` runs what an async function gives.
pub use tracesnap_macros::capture_tests;
/// A captured function by its path, as a [`Function`].
pub use tracesnap_macros::captures;
/// The arguments of a captured function, as a [`Case`]: `load!(shop::process_order)?`.
///
/// The path is that of a function, `Type::method`, or `<Type as Trait>::method`. The arguments are a struct of the
/// function's own name, with its parameters as fields, owned. Options, with commas:
///
/// | option | gives |
/// |---|---|
/// | | the latest capture |
/// | `index = 1` | the one before |
/// | `matching = criteria` | only those for which [`Criteria`] hold |
/// | `with(token = "t".into())` | a value for an argument that was not kept, or another one |
/// | `or = process_order { … }` | these arguments where there is no capture |
/// | `migrate = migration` | changes older captures first: [`Migration`] |
/// | `placeholders` | takes what stands in the place of a secret for the secret |
/// | `document = document` | that of a [`Document`] from elsewhere |
/// | `all`, `distinct` | a list: all, or the latest of each shape and outcome |
/// | `json` | the arguments as a JSON object |
///
/// The bound on `Deserialize` is here, and not where the function is captured; a type without is supplied by `with`.
pub use tracesnap_macros::load;
/// Calls a captured function with the arguments of a capture, and compares what it does with what was recorded:
/// `replay!(process_order)?`, of an async function `replay!(process_order).await?`.
///
/// It gives a [`Replayed`] with the value, or [`Error::Differs`]. Options beside those of [`load!`] that select one:
///
/// | option | what it does |
/// |---|---|
/// | `receiver = \|\| Cart::new()` | makes the receiver of a method |
/// | `noise = noise` | what may differ: [`Noise`] |
/// | `unchecked` | does not compare |
///
/// Calls that the function makes on its thread or in its task are not captured. A function that takes an `impl Trait`, and
/// an async one whose value borrows from its arguments, cannot be replayed so; [`load!`] gives their arguments.
pub use tracesnap_macros::replay;
/// A captured function around one that cannot be edited, with names for its arguments, so that rules by name hold:
/// `let pay = wrap!(fn pay(card: &Card, amount: u64) -> Receipt = vendor::pay);`
///
/// With a semicolon at the end it is an item, which [`load!`] finds: `wrap! { pub fn pay(…) -> Receipt = vendor::pay; }`.
/// Options stand in an attribute: `#[capture(retention = 3)]` before `fn`.
pub use tracesnap_macros::wrap;

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
