//! The legacy function under names of ours.
//!
//! Callers call this one in its place; what it does is the legacy function's. The account is no serde type, so of it a
//! capture keeps its `Debug` text, and a test supplies it.

use legacy_billing::Account;
use tracesnap_capture::wrap;

wrap! {
    #[capture(retention = 20)]
    #[tracing::instrument(name = "legacy_billing::bill", ret, err(Debug))]
    /// The amount due, in cents.
    ///
    /// # Errors
    ///
    /// With the code of the legacy library: -7 for a card that is none, -2 for a month that is none.
    pub fn bill(account: &Account, lines: &[(u32, u64)], card_number: &str, month: u8) -> Result<u64, i32>
        = legacy_billing::bill;
}
