//! What stands in the parentheses of `#[traced(…)]`.
//!
//! Each option is checked where it can be: here, with the place it was written at. Module patterns are read when the
//! recording starts, by the one parser there is of them.

use proc_macro2::Ident;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, LitInt, LitStr, Path, Token, parenthesized};

use crate::{list, value};

/// Every option, in the order of the documentation.
const NAMES: [&str; 12] = [
    "modules",
    "level",
    "max_depth",
    "capacity",
    "memory",
    "tracer",
    "detail",
    "flat",
    "name",
    "no_snapshot",
    "assert",
    "crate",
];

const LEVELS: [(&str, &str); 5] =
    [("trace", "TRACE"), ("debug", "DEBUG"), ("info", "INFO"), ("warn", "WARN"), ("error", "ERROR")];

const DETAILS: [(&str, &str); 3] = [("minimal", "Minimal"), ("standard", "Standard"), ("verbose", "Verbose")];

const MEMORY: [(&str, &str); 3] = [("off", "Off"), ("process", "Process"), ("allocations", "Allocations")];

/// The options of one `#[traced]`, as they were written.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) modules: Option<Vec<LitStr>>,
    /// The constant of `tracing::Level`.
    pub(crate) level: Option<Ident>,
    pub(crate) max_depth: Option<LitInt>,
    pub(crate) capacity: Option<LitInt>,
    /// The variant of `MemoryReadings`.
    pub(crate) memory: Option<Ident>,
    pub(crate) tracer: Option<Expr>,
    /// The variant of `Detail`.
    pub(crate) detail: Option<Ident>,
    pub(crate) flat: bool,
    pub(crate) name: Option<LitStr>,
    pub(crate) no_snapshot: bool,
    pub(crate) assert: Option<Expr>,
    /// Where tracesnap is found; `::tracesnap` where nothing is said.
    pub(crate) krate: Option<Path>,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut options = Self::default();
        let seen = list::each(input, |option, input| options.read(option, input))?;
        let of_snapshot = |option: &&Ident| ["detail", "flat", "name"].iter().any(|name| *option == name);
        match seen.iter().find(of_snapshot) {
            Some(option) if options.no_snapshot => {
                let message = format!("`{option}` says how the snapshot is, but `no_snapshot` says there is none");
                Err(syn::Error::new(option.span(), message))
            }
            _ => Ok(options),
        }
    }
}

impl Options {
    fn read(&mut self, option: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        match option.to_string().as_str() {
            "modules" => self.modules = Some(patterns(option, input)?),
            "level" => self.level = Some(value::word(option, &LEVELS, input)?),
            "max_depth" => {
                let takes = "a number of calls from 1, which keeps the roots alone";
                self.max_depth = Some(value::number(option, takes, input)?);
            }
            "capacity" => self.capacity = Some(value::number(option, "a number of rows from 1", input)?),
            "memory" => self.memory = Some(value::word(option, &MEMORY, input)?),
            "tracer" => {
                let takes = "a `TracerBuilder`, like `Tracer::builder().scoped()`";
                self.tracer = Some(value::expression(option, takes, input)?);
            }
            "detail" => self.detail = Some(value::word(option, &DETAILS, input)?),
            "flat" => self.flat = flag(option, input)?,
            "name" => self.name = Some(value::text(option, "the name of the snapshot, like `\"checkout\"`", input)?),
            "no_snapshot" => self.no_snapshot = flag(option, input)?,
            "assert" => {
                let takes = "a function of `&Trace`, like `|trace| trace.assert_called(\"charge\")`";
                self.assert = Some(value::expression(option, takes, input)?);
            }
            "crate" => self.krate = Some(value::path(option, "tracesnap", input)?),
            "sampling" => {
                let message = "`sampling` is no option of `#[traced]`: nothing can be asserted of a trace that leaves \
                               calls out; record less with `modules`, `level` or `max_depth`";
                return Err(syn::Error::new(option.span(), message));
            }
            _ => return Err(list::unknown("#[traced]", option, &NAMES)),
        }
        Ok(())
    }
}

/// `("shop::**", "!shop::db::**")`
fn patterns(option: &Ident, input: ParseStream<'_>) -> syn::Result<Vec<LitStr>> {
    let takes = "`modules` takes patterns in parentheses, like `modules(\"shop::**\", \"!shop::db::**\")`";
    if !input.peek(syn::token::Paren) {
        return Err(syn::Error::new(option.span(), takes));
    }
    let list;
    parenthesized!(list in input);
    let patterns = Punctuated::<Expr, Token![,]>::parse_terminated(&list)?;
    if patterns.is_empty() {
        return Err(syn::Error::new(option.span(), format!("{takes}; leave it out to record every module")));
    }
    let text = |pattern: Expr| match pattern {
        Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Ok(text),
        other => Err(value::unexpected(option, &other, "patterns in quotes, like `\"shop::**\"`")),
    };
    patterns.into_iter().map(text).collect()
}

/// An option that stands for itself, without a value.
fn flag(option: &Ident, input: ParseStream<'_>) -> syn::Result<bool> {
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(true);
    }
    Err(syn::Error::new(option.span(), format!("`{option}` takes no value; write `{option}` alone, or leave it out")))
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;

    use super::*;

    fn read(options: &str) -> Options {
        syn::parse_str(options).unwrap_or_else(|error| panic!("{error}"))
    }

    /// What is said of options that cannot be read.
    fn refusal(options: &str) -> String {
        syn::parse_str::<Options>(options).err().expect("the options are refused").to_string()
    }

    #[test]
    fn without_options_everything_is_left_to_the_defaults() {
        let options = read("");
        assert!(options.modules.is_none() && options.level.is_none() && options.krate.is_none());
        assert!(!options.flat && !options.no_snapshot);
    }

    #[test]
    fn every_option_is_read() {
        let options = read(
            r#"modules("shop::**", "!shop::db::**",), level = "debug", max_depth = 3, capacity = 1_024,
               memory = "allocations", tracer = Tracer::builder().scoped(), detail = "minimal", flat, name = "paid",
               assert = |trace| trace.assert_called("charge"), crate = my::tracesnap,"#,
        );
        let patterns: Vec<_> = options.modules.unwrap().iter().map(LitStr::value).collect();
        assert_eq!(patterns, ["shop::**", "!shop::db::**"]);
        assert_eq!(options.level.unwrap(), "DEBUG");
        assert_eq!(options.max_depth.unwrap().to_string(), "3");
        assert_eq!(options.capacity.unwrap().to_string(), "1_024");
        assert_eq!(options.memory.unwrap(), "Allocations");
        assert_eq!(options.detail.unwrap(), "Minimal");
        assert!(options.flat);
        assert_eq!(options.name.unwrap().value(), "paid");
        assert!(options.tracer.is_some());
        assert!(matches!(options.assert, Some(Expr::Closure(_))));
        assert_eq!(options.krate.to_token_stream().to_string(), "my :: tracesnap");
        assert!(read("no_snapshot").no_snapshot);
        assert!(matches!(read("assert = checks::paid").assert, Some(Expr::Path(_))));
        assert_eq!(read("crate = crate").krate.to_token_stream().to_string(), "crate");
    }

    #[test]
    fn an_unknown_option_is_named_with_the_one_that_was_meant_and_all_there_are() {
        assert_eq!(
            refusal("modles(\"shop\")"),
            "`#[traced]` has no option `modles`; did you mean `modules`? it takes `modules`, `level`, `max_depth`, \
             `capacity`, `memory`, `tracer`, `detail`, `flat`, `name`, `no_snapshot`, `assert` and `crate`"
        );
        assert!(refusal("retries = 3").starts_with("`#[traced]` has no option `retries`; it takes `modules`,"));
    }

    #[test]
    fn a_value_of_the_wrong_form_is_shown_beside_the_form_it_should_have() {
        for (options, said) in [
            (
                "level = \"debgu\"",
                "`level` is `\"debgu\"`, but takes `\"trace\"`, `\"debug\"`, `\"info\"`, `\"warn\"` or `\"error\"`; \
                 did you mean `\"debug\"`?",
            ),
            (
                "level = Level::DEBUG",
                "`level` is `Level :: DEBUG`, but takes `\"trace\"`, `\"debug\"`, `\"info\"`, `\"warn\"` or `\"error\"`",
            ),
            ("detail = \"all\"", "`detail` is `\"all\"`, but takes `\"minimal\"`, `\"standard\"` or `\"verbose\"`"),
            ("memory = 1", "`memory` is `1`, but takes `\"off\"`, `\"process\"` or `\"allocations\"`"),
            ("max_depth = 0", "`max_depth` is `0`, but takes a number of calls from 1, which keeps the roots alone"),
            ("capacity = -1", "`capacity` is `- 1`, but takes a number of rows from 1"),
            ("capacity", "`capacity` has no value, but takes `=` and a number of rows from 1"),
            ("capacity = ", "`capacity` has no value, but takes `=` and a number of rows from 1"),
            ("name = \"\"", "`name` is `\"\"`, but takes the name of the snapshot, like `\"checkout\"`"),
            ("flat = true", "`flat` takes no value; write `flat` alone, or leave it out"),
            (
                "modules()",
                "`modules` takes patterns in parentheses, like `modules(\"shop::**\", \"!shop::db::**\")`; \
                leave it out to record every module",
            ),
            (
                "modules = \"shop\"",
                "`modules` takes patterns in parentheses, like \
                `modules(\"shop::**\", \"!shop::db::**\")`",
            ),
            ("modules(shop)", "`modules` is `shop`, but takes patterns in quotes, like `\"shop::**\"`"),
            (
                "crate = \"tracesnap\"",
                "`crate` is `\"tracesnap\"`, but takes the path of tracesnap, like \
                `my_crate::tracesnap`",
            ),
        ] {
            assert_eq!(refusal(options), said, "{options}");
        }
    }

    #[test]
    fn sampling_is_refused_with_the_reason() {
        assert_eq!(
            refusal("sampling = 0.1"),
            "`sampling` is no option of `#[traced]`: nothing can be asserted of a trace that leaves calls out; record \
             less with `modules`, `level` or `max_depth`"
        );
    }

    #[test]
    fn options_that_contradict_each_other_are_refused() {
        assert_eq!(refusal("flat, flat"), "`flat` is set twice; keep one of them");
        assert_eq!(
            refusal("no_snapshot, name = \"paid\""),
            "`name` says how the snapshot is, but `no_snapshot` says there is none"
        );
    }
}
