//! The trait behind a user's own value rules.

/// Finds secrets in a text that only the user knows to be secrets: customer numbers, internal host names.
///
/// It runs after the built-in rules, on what they left, when a recording is put together and before anything of it is
/// written or shown. Where it panics, the whole text is replaced by [`PLACEHOLDER`](crate::PLACEHOLDER).
///
/// ```
/// use tracesnap_redact::{Policy, ValueRule};
///
/// struct CustomerNumber;
///
/// impl ValueRule for CustomerNumber {
///     fn id(&self) -> &str {
///         "value/customer_number"
///     }
///
///     fn scrub(&self, text: &str) -> Option<String> {
///         text.contains("C-4711").then(|| text.replace("C-4711", "[customer]"))
///     }
/// }
///
/// let policy = Policy::builder().value_rule(CustomerNumber).build()?;
/// assert_eq!(policy.scrub_debug("order of C-4711"), "order of [customer]");
/// # Ok::<(), tracesnap_redact::Error>(())
/// ```
pub trait ValueRule: Send + Sync {
    /// A stable id, different from all other rules': `value/customer_number`.
    fn id(&self) -> &str;

    /// The text without its secrets, or `None` when there is nothing to change.
    fn scrub(&self, text: &str) -> Option<String>;
}
