//! Decides whether a callsite is recorded: by module, level, and a function of the user's.
//!
//! The answer is kept by whoever asks; how many of a recorded callsite's spans are kept is [`Sampling`](super::Sampling).

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing_core::Metadata;
use tracing_core::metadata::LevelFilter;

use super::Modules;

/// What is recorded: the spans and events that [`modules`](Self::modules), [`max_level`](Self::max_level) and the
/// filter function all want. Default: everything.
///
/// It is asked once per callsite, so none of the three costs anything while the program runs.
#[derive(Clone)]
pub struct Filter {
    modules: Modules,
    max_level: LevelFilter,
    filter_fn: Option<Arc<FilterFn>>,
    panics: Arc<AtomicU64>,
}

type FilterFn = dyn Fn(&Metadata<'_>) -> bool + Send + Sync;

impl Filter {
    /// The level of a filter that was not given one: every level.
    pub const DEFAULT_MAX_LEVEL: LevelFilter = LevelFilter::TRACE;

    /// Records these modules only. Default: every module.
    #[must_use]
    pub fn with_modules(self, modules: Modules) -> Self {
        Self { modules, ..self }
    }

    /// Records this level and the more severe ones. Default: [`DEFAULT_MAX_LEVEL`](Self::DEFAULT_MAX_LEVEL).
    #[must_use]
    pub fn with_max_level(self, max_level: impl Into<LevelFilter>) -> Self {
        Self { max_level: max_level.into(), ..self }
    }

    /// Records only what this function also wants, of what modules and level have let through. Default: all of it.
    ///
    /// It is asked at any time on any thread, once per callsite and recording; an answer that changes later goes
    /// unseen. Where it panics, the callsite is left out and the program goes on.
    ///
    /// ```
    /// use tracesnap::filter::Filter;
    ///
    /// let spans_only = Filter::default().with_filter_fn(|metadata| metadata.is_span());
    /// assert!(format!("{spans_only:?}").contains("filter_fn: true"));
    /// ```
    #[must_use]
    pub fn with_filter_fn(self, wants: impl Fn(&Metadata<'_>) -> bool + Send + Sync + 'static) -> Self {
        Self { filter_fn: Some(Arc::new(wants)), ..self }
    }

    /// The modules that are recorded.
    #[must_use]
    pub fn modules(&self) -> &Modules {
        &self.modules
    }

    /// The least severe level that is recorded.
    #[must_use]
    pub fn max_level(&self) -> LevelFilter {
        self.max_level
    }

    /// Whether spans or events of this callsite are recorded.
    ///
    /// A callsite without a module path counts as standing in the module its target names.
    #[must_use]
    pub fn wants(&self, metadata: &Metadata<'_>) -> bool {
        let target = metadata.target();
        *metadata.level() <= self.max_level
            && self.modules.matches(metadata.module_path().unwrap_or(target), target)
            && self.filter_fn.as_deref().is_none_or(|wants| self.ask(wants, metadata))
    }

    /// How often the filter function has panicked, over all clones of this filter.
    pub(crate) fn filter_fn_panics(&self) -> u64 {
        self.panics.load(Ordering::Relaxed)
    }

    fn ask(&self, wants: &FilterFn, metadata: &Metadata<'_>) -> bool {
        // The function may be left in a broken state, but it is never asked for more than a `bool`.
        catch_unwind(AssertUnwindSafe(|| wants(metadata))).unwrap_or_else(|payload| {
            // A payload may panic once more when it is dropped; leaking it is the one way to be sure.
            std::mem::forget(payload);
            self.panics.fetch_add(1, Ordering::Relaxed);
            false
        })
    }
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            modules: Modules::default(),
            max_level: Self::DEFAULT_MAX_LEVEL,
            filter_fn: None,
            panics: Arc::default(),
        }
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter")
            .field("modules", &self.modules)
            .field("max_level", &self.max_level)
            .field("filter_fn", &self.filter_fn.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;
    use tracing::callsite::Callsite;
    use tracing::metadata::Kind;

    use super::*;

    /// Metadata of a span; the callsite is only there because metadata names one.
    macro_rules! metadata {
        ($level:expr, $target:expr, $module:expr) => {{
            struct Here;
            impl Callsite for Here {
                fn set_interest(&self, _: tracing_core::Interest) {}
                fn metadata(&self) -> &Metadata<'_> {
                    unreachable!("nobody asks a callsite of these tests")
                }
            }
            static HERE: Here = Here;
            let fields = tracing_core::field::FieldSet::new(&[], tracing_core::identify_callsite!(&HERE));
            Metadata::new("work", $target, $level, None, None, $module, fields, Kind::SPAN)
        }};
    }

    #[test]
    fn the_default_wants_everything() {
        assert!(Filter::default().wants(&metadata!(Level::TRACE, "h2", Some("h2::codec"))));
    }

    #[test]
    fn a_less_severe_level_is_left_out() {
        let filter = Filter::default().with_max_level(Level::INFO);
        assert!(filter.wants(&metadata!(Level::ERROR, "shop", Some("shop"))));
        assert!(filter.wants(&metadata!(Level::INFO, "shop", Some("shop"))));
        assert!(!filter.wants(&metadata!(Level::DEBUG, "shop", Some("shop"))));
        assert!(!filter.with_max_level(LevelFilter::OFF).wants(&metadata!(Level::ERROR, "shop", Some("shop"))));
    }

    #[test]
    fn a_callsite_without_a_module_path_stands_where_its_target_says() {
        let filter = Filter::default().with_modules(Modules::parse(["shop::**"]).unwrap());
        assert!(filter.wants(&metadata!(Level::INFO, "shop::cart", None)));
        assert!(!filter.wants(&metadata!(Level::INFO, "h2", None)));
    }

    #[test]
    fn the_filter_function_only_sees_what_modules_and_level_let_through() {
        let asked = Arc::new(AtomicU64::new(0));
        let seen = asked.clone();
        let filter = Filter::default()
            .with_modules(Modules::parse(["shop"]).unwrap())
            .with_max_level(Level::INFO)
            .with_filter_fn(move |metadata| {
                seen.fetch_add(1, Ordering::Relaxed);
                metadata.target() != "noise"
            });
        assert!(filter.wants(&metadata!(Level::INFO, "shop", Some("shop"))));
        assert!(!filter.wants(&metadata!(Level::INFO, "noise", Some("shop"))));
        assert!(!filter.wants(&metadata!(Level::INFO, "h2", Some("h2"))));
        assert!(!filter.wants(&metadata!(Level::TRACE, "shop", Some("shop"))));
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn a_panicking_filter_function_leaves_the_callsite_out_and_the_program_running() {
        struct PanicsWhenDropped;
        impl Drop for PanicsWhenDropped {
            fn drop(&mut self) {
                panic!("the payload of the panic panics too");
            }
        }
        // `resume_unwind` is a panic without the message on standard error.
        let filter = Filter::default().with_filter_fn(|_| std::panic::resume_unwind(Box::new(PanicsWhenDropped)));
        assert!(!filter.wants(&metadata!(Level::INFO, "shop", Some("shop"))));
        assert_eq!(filter.filter_fn_panics(), 1);
    }
}
