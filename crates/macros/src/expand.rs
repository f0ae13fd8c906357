//! Writes the test that runs the function under a guard and asserts what it recorded.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{Attribute, Item, ItemFn, Path};

use crate::options::Options;
use crate::runtime::Runtime;

/// The whole expansion: a test, or an error beside the function as it was, so that nothing else is missing.
pub(crate) fn traced(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut function = match syn::parse2(item.clone()) {
        Ok(Item::Fn(function)) => function,
        Ok(other) => {
            let error = syn::Error::new(Span::call_site(), "`#[traced]` stands on a test function, not on this item");
            return with_error(&error, other);
        }
        Err(error) => return with_error(&error, item),
    };
    let tests: Vec<_> = function.attrs.extract_if(.., |attribute| is_test(attribute.path())).collect();
    let expanded =
        syn::parse2(options).and_then(|options| Ok(write(&options, &harness(&tests, &function)?, &function)));
    expanded.unwrap_or_else(|error| with_error(&error, quote!(#[allow(dead_code)] #function)))
}

fn with_error(error: &syn::Error, item: impl ToTokens) -> TokenStream {
    let error = error.to_compile_error();
    quote!(#error #item)
}

/// What `#[traced]` takes over.
enum Harness<'f> {
    /// `#[test]`, kept where and as it was written.
    Plain(&'f Attribute),
    /// `#[tokio::test]`, whose runtime is built here.
    Tokio(Runtime),
}

/// Whether an attribute makes a function a test, in whatever crate: all such attributes are called `test`.
fn is_test(path: &Path) -> bool {
    path.segments.last().is_some_and(|last| last.ident == "test")
}

/// `tokio::test`, also through a crate that re-exports it.
fn is_of_tokio(path: &Path) -> bool {
    path.segments.iter().rev().nth(1).is_some_and(|crate_name| crate_name.ident == "tokio")
}

/// `::core::prelude::v1::test`: nobody writes that, but macros that make a test leave it behind.
fn is_left_by_a_macro(path: &Path) -> bool {
    path.segments.iter().any(|segment| segment.ident == "prelude")
}

fn harness<'f>(tests: &'f [Attribute], function: &ItemFn) -> syn::Result<Harness<'f>> {
    let signature = &function.sig;
    let is_async = signature.asyncness.is_some();
    let wanted = if is_async { "#[tokio::test]" } else { "#[test]" };
    let refuse = |at: &dyn ToTokens, message: String| Err(syn::Error::new_spanned(at, message));
    let harness = match tests {
        [] => {
            return refuse(
                &signature.ident,
                format!(
                    "`#[traced]` finds no test attribute below it: add `{wanted}` there; if one stands above, put \
                     `#[traced]` first, or it comes too late to take the test over"
                ),
            );
        }
        [_, second, ..] => return refuse(second, "a second test attribute; keep one of them".into()),
        [test] if is_left_by_a_macro(test.path()) => {
            return refuse(
                &signature.ident,
                "`#[traced]` comes too late: another attribute has made the test already; put `#[traced]` first".into(),
            );
        }
        [test] if test.path().is_ident("test") && is_async => {
            return refuse(test, "an async test needs a runtime: write `#[tokio::test]` for `#[test]`".into());
        }
        [test] if test.path().is_ident("test") => Harness::Plain(test),
        [test] if !is_of_tokio(test.path()) => {
            let path = test.path().to_token_stream().to_string().replace(' ', "");
            return refuse(
                test,
                format!("`#[traced]` takes over `#[test]` and `#[tokio::test]`, not `#[{path}]`; write `{wanted}`"),
            );
        }
        [test] if !is_async => {
            return refuse(
                test,
                "`#[tokio::test]` runs async functions; write `#[test]`, or make it `async fn`".into(),
            );
        }
        [test] if !cfg!(feature = "tokio") => {
            return refuse(
                test,
                "tracing an async test needs tracesnap's feature `tokio`; add it to the dependency: \
                 `tracesnap = { …, features = [\"tokio\"] }`"
                    .into(),
            );
        }
        [test] => Harness::Tokio(Runtime::of(test)?),
    };
    if !signature.inputs.is_empty() {
        let message = "a test takes no arguments; what shall hold of the trace goes to `assert = |trace| …`";
        return refuse(&signature.inputs, message.into());
    }
    if !signature.generics.params.is_empty() {
        return refuse(&signature.generics, "a test has no generic parameters: nobody could say what they are".into());
    }
    Ok(harness)
}

// Implementation notes
//
// The function itself moves into the test as an inner function of the same name: insta names a snapshot after the last
// part of the path of the function that asserts, so assertions inside it get the name they had, and `?` and `impl Trait`
// mean what they meant. Locals of the test have the hygiene of `macro_rules!`, out of the user's sight; the expressions
// of `assert` and `tracer` stand outside the inner function.
fn write(options: &Options, harness: &Harness<'_>, function: &ItemFn) -> TokenStream {
    let mixed = Span::mixed_site();
    let [value, trace] = ["value", "trace"].map(|name| Ident::new(name, mixed));
    let private = match &options.krate {
        Some(path) => quote!(#path::__private),
        None => quote!(::tracesnap::__private),
    };
    let ItemFn { attrs, vis, sig, block } = function;
    let (name, returns) = (&sig.ident, &sig.output);
    // A span around the test belongs into its trace.
    let (inner, outer): (Vec<_>, Vec<_>) = attrs.iter().partition(|attribute| is_instrument(attribute.path()));
    let full_name = quote!(::core::concat!(::core::module_path!(), "::", ::core::stringify!(#name)));
    let tracer = tracer(options, &private);
    let (test, run) = match harness {
        Harness::Plain(test) => (quote!(#test), quote!(#private::run(#full_name, #tracer, #name))),
        Harness::Tokio(runtime) => {
            let runtime = runtime.builder(&private);
            (quote!(#[::core::prelude::v1::test]), quote!(#private::run_async(#full_name, #tracer, #runtime, #name)))
        }
    };
    let assert = options.assert.as_ref().map(|assert| quote!(#private::check(&#trace, #assert);));
    let snapshot = (!options.no_snapshot).then(|| snapshot(options, &private, &trace));
    quote! {
        #(#outer)*
        #test
        #vis fn #name() #returns {
            #(#inner)*
            #sig #block

            let (#value, #trace) = #run;
            let failed = {
                use #private::{HasFailed as _, NeverFails as _};
                (&#private::Outcome(&#value)).has_failed()
            };
            if failed {
                #private::show(#full_name, &#trace);
            } else {
                #assert
                #snapshot
            }
            #value
        }
    }
}

fn is_instrument(path: &Path) -> bool {
    path.segments.last().is_some_and(|last| last.ident == "instrument")
}

/// The builder of the recording.
fn tracer(options: &Options, private: &TokenStream) -> TokenStream {
    let mut tracer = match &options.tracer {
        Some(tracer) => quote!(#private::builder(#tracer)),
        None => quote!(#private::Tracer::builder()),
    };
    if let Some(modules) = &options.modules {
        tracer.extend(quote!(.modules([#(#modules),*])));
    }
    if let Some(level) = &options.level {
        tracer.extend(quote!(.max_level(#private::Level::#level)));
    }
    for (setter, number) in [("max_depth", &options.max_depth), ("capacity", &options.capacity)] {
        let setter = format_ident!("{setter}");
        tracer.extend(number.as_ref().map(|number| quote!(.#setter(#number))));
    }
    if let Some(memory) = &options.memory {
        tracer.extend(quote!(.memory(#private::MemoryReadings::#memory)));
    }
    tracer
}

fn snapshot(options: &Options, private: &TokenStream, trace: &Ident) -> TokenStream {
    if !cfg!(feature = "insta") {
        return quote!(::core::compile_error!(
            "asserting a snapshot needs tracesnap's feature `insta`; add it, or say `#[traced(no_snapshot)]`"
        ););
    }
    let detail = options.detail.as_ref().map(|detail| quote!(.detail(#private::Detail::#detail)));
    let flat = options.flat.then(|| quote!(.flat()));
    let name = options.name.as_ref().map(|name| quote!(#name,));
    quote! {
        let #trace = #trace.snapshot()#detail #flat;
        #private::assert_trace_snapshot!(#name #trace);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message of the error in an expansion.
    fn refusal(options: TokenStream, item: TokenStream) -> String {
        let expanded = traced(options, item).to_string();
        let (_, message) = expanded.split_once("compile_error ! { \"").expect("the expansion is an error");
        message.split_once("\" }").expect("the message ends").0.replace("\\\"", "\"")
    }

    fn expansion(options: TokenStream, item: TokenStream) -> String {
        let expanded = traced(options, item).to_string();
        assert!(!expanded.contains("compile_error"), "{expanded}");
        expanded
    }

    #[test]
    fn without_a_test_attribute_below_it_says_which_one_to_add_and_where_it_should_stand() {
        assert_eq!(
            refusal(
                quote!(),
                quote!(
                    fn pays() {}
                )
            ),
            "`#[traced]` finds no test attribute below it: add `#[test]` there; if one stands above, put `#[traced]` \
             first, or it comes too late to take the test over"
        );
        assert!(
            refusal(
                quote!(),
                quote!(
                    async fn pays() {}
                )
            )
            .contains("add `#[tokio::test]` there")
        );
    }

    #[test]
    fn after_a_macro_that_made_the_test_it_asks_to_be_first() {
        assert_eq!(
            refusal(
                quote!(),
                quote!(
                    #[::core::prelude::v1::test]
                    fn pays() {
                        runtime().block_on(async {})
                    }
                )
            ),
            "`#[traced]` comes too late: another attribute has made the test already; put `#[traced]` first"
        );
    }

    #[test]
    fn a_test_attribute_that_does_not_fit_the_function_is_refused_with_the_one_that_does() {
        for (item, said) in [
            (
                quote!(
                    #[test]
                    async fn pays() {}
                ),
                "an async test needs a runtime: write `#[tokio::test]` for `#[test]`",
            ),
            (
                quote!(
                    #[tokio::test]
                    fn pays() {}
                ),
                "`#[tokio::test]` runs async functions; write `#[test]`, or make it `async fn`",
            ),
            (
                quote!(
                    #[smol_potat::test]
                    async fn pays() {}
                ),
                "`#[traced]` takes over `#[test]` and `#[tokio::test]`, not `#[smol_potat::test]`; write \
                 `#[tokio::test]`",
            ),
            (
                quote!(
                    #[test]
                    #[test]
                    fn pays() {}
                ),
                "a second test attribute; keep one of them",
            ),
        ] {
            assert_eq!(refusal(quote!(), item.clone()), said, "{item}");
        }
    }

    #[test]
    fn what_is_no_test_is_refused() {
        assert_eq!(
            refusal(
                quote!(),
                quote!(
                    struct Order;
                )
            ),
            "`#[traced]` stands on a test function, not on this item"
        );
        assert_eq!(
            refusal(
                quote!(),
                quote!(
                    #[test]
                    fn pays(amount: f64) {}
                )
            ),
            "a test takes no arguments; what shall hold of the trace goes to `assert = |trace| …`"
        );
        assert_eq!(
            refusal(
                quote!(),
                quote!(
                    #[test]
                    fn pays<T>() {}
                )
            ),
            "a test has no generic parameters: nobody could say what they are"
        );
    }

    #[test]
    fn a_refused_function_is_still_there_but_no_test() {
        let expanded = traced(
            quote!(flta),
            quote!(
                #[test]
                fn pays() {}
            ),
        )
        .to_string();
        assert!(expanded.contains("fn pays () { }") && !expanded.contains("# [test]"), "{expanded}");
    }

    #[cfg(not(feature = "tokio"))]
    #[test]
    fn an_async_test_without_the_feature_says_which_one_to_add() {
        assert_eq!(
            refusal(
                quote!(),
                quote!(
                    #[tokio::test]
                    async fn pays() {}
                )
            ),
            "tracing an async test needs tracesnap's feature `tokio`; add it to the dependency: \
             `tracesnap = { …, features = [\"tokio\"] }`"
        );
    }

    #[cfg(feature = "tokio")]
    #[test]
    fn the_runtime_of_an_async_test_is_built_here_and_its_attribute_is_gone() {
        let item = quote!(
            #[tokio::test(flavor = "multi_thread")]
            async fn pays() {}
        );
        let expanded = expansion(quote!(no_snapshot), item);
        assert!(!expanded.contains("tokio :: test"), "{expanded}");
        assert!(expanded.contains("tokio :: runtime :: Builder :: new_multi_thread ()"), "{expanded}");
    }

    #[test]
    fn attributes_of_the_test_stay_and_a_span_around_it_moves_inside() {
        let item = quote!(
            #[test]
            #[should_panic]
            #[tracing::instrument]
            fn pays() {}
        );
        let expanded = expansion(quote!(no_snapshot), item);
        let (outside, inside) = expanded.split_once("fn pays ()").expect("the test is there");
        assert!(outside.contains("should_panic") && !outside.contains("instrument"), "{outside}");
        assert!(inside.starts_with(" { # [tracing :: instrument] fn pays ()"), "{inside}");
    }

    #[test]
    fn everything_that_is_named_comes_from_the_crate_that_was_given() {
        let expanded = expansion(
            quote!(crate = my::tracesnap, no_snapshot, modules("a"), level = "warn", memory = "off", max_depth = 2),
            quote!(
                #[test]
                fn pays() {}
            ),
        );
        assert!(!expanded.contains(":: tracesnap :: __private") || expanded.contains("my :: tracesnap"), "{expanded}");
        assert_eq!(expanded.matches("tracesnap").count(), expanded.matches("my :: tracesnap :: __private").count());
    }
}
