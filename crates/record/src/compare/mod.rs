//! What was recorded beside what mocks, or another recording, say.
//!
//! # What is measured
//!
//! A *leaf* of a response is a string, number, bool or null, or an empty list or object, with its path.
//!
//! | measure | of one interaction | of all |
//! |---|---|---|
//! | **coverage** | | operations that were recorded and have a mock ÷ operations that were recorded |
//! | **fidelity** | leaves that are equal ÷ leaves of either side, [noise](Noise) left out | mean over interactions that have a mock |
//! | **type fidelity** | paths (list indices as `[*]`) whose types are equal ÷ paths of either side | mean over these |
//! | **status agreement** | whether both succeed, or both fail | share of these |
//! | **latency ratio** | | median recorded ÷ median of the mock, where the mock says one |
//!
//! **Overall** = 100 × coverage × (0.3 × fidelity + 0.5 × type fidelity + 0.2 × status agreement). Types weigh most, since
//! a mock of another type breaks programs, while values of a mock are rarely those of the service. Coverage multiplies:
//! what has no mock is not mocked at all. Nothing recorded: no percentage. Each measure is given with its *n*, the number
//! of interactions or operations that it is of, since a share of two says little.
//!
//! # Drift
//!
//! | what changed in a response | tier |
//! |---|---|
//! | a value | info |
//! | a field that is new | info |
//! | a field that is gone | warn |
//! | a request that was not recorded | warn |
//! | a type | error |
//! | success or failure | error |

mod baseline;
mod comparison;
mod drift;
mod leaves;
mod noise;
mod pairs;
mod render;

pub use baseline::baseline;
pub use comparison::{Comparison, Measure, OperationComparison, WorstField, compare_sessions, compare_with_mocks};
pub use drift::{Change, Drift, Drifted, Tier};
pub use noise::Noise;
pub use pairs::pair;
