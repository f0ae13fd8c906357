//! What `#[tokio::test(…)]` says of the runtime that `#[traced]` builds in its place.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, LitInt, LitStr, Meta, Token};

use crate::nearest::nearest;
use crate::value;

const NAMES: [&str; 4] = ["flavor", "worker_threads", "start_paused", "name"];

/// The constructors of tokio's `Builder`.
const FLAVORS: [(&str, &str); 2] = [("current_thread", "new_current_thread"), ("multi_thread", "new_multi_thread")];

/// The runtime of one test. Without options it is the current thread, as tokio has it.
#[derive(Default)]
pub(crate) struct Runtime {
    /// The constructor of tokio's `Builder`.
    flavor: Option<Ident>,
    worker_threads: Option<LitInt>,
    start_paused: Option<bool>,
    name: Option<LitStr>,
}

impl Runtime {
    /// Reads the attribute, which has been recognised by its path.
    pub(crate) fn of(attribute: &Attribute) -> syn::Result<Self> {
        match &attribute.meta {
            Meta::Path(_) => Ok(Self::default()),
            Meta::List(list) => list.parse_args(),
            Meta::NameValue(_) => Err(syn::Error::new_spanned(
                attribute,
                "`#[tokio::test]` takes its options in parentheses, like `#[tokio::test(flavor = \"multi_thread\")]`",
            )),
        }
    }

    /// An expression for tokio's `Builder`. What needs a feature of tokio is only named where it was asked for.
    pub(crate) fn builder(&self, private: &TokenStream) -> TokenStream {
        let mixed = Span::mixed_site();
        let builder = Ident::new("builder", mixed);
        let current_thread = Ident::new(FLAVORS[0].1, mixed);
        let new = self.flavor.as_ref().unwrap_or(&current_thread);
        let worker_threads = self.worker_threads.as_ref().map(|threads| quote!(#builder.worker_threads(#threads);));
        let start_paused = self.start_paused.map(|paused| quote!(#builder.start_paused(#paused);));
        let name = self.name.as_ref().map(|name| quote!(#builder.name(#name);));
        quote! {{
            let mut #builder = #private::tokio::runtime::Builder::#new();
            #builder.enable_all();
            #worker_threads
            #start_paused
            #name
            #builder
        }}
    }
}

impl Parse for Runtime {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut runtime = Self::default();
        let mut threads_at = None;
        let mut paused_at = None;
        while !input.is_empty() {
            let option = input.call(Ident::parse_any)?;
            match option.to_string().as_str() {
                "flavor" => runtime.flavor = Some(value::word(&option, &FLAVORS, input)?),
                "worker_threads" => {
                    runtime.worker_threads = Some(value::number(&option, "a number of threads from 1", input)?);
                    threads_at = Some(option.span());
                }
                "start_paused" => {
                    runtime.start_paused = Some(value::switch(&option, input)?);
                    paused_at = Some(option.span());
                }
                "name" => runtime.name = Some(value::text(&option, "a name, like `\"worker\"`", input)?),
                // The runtime comes from tracesnap's own tokio, which is the same crate under whatever name.
                "crate" => drop(value::expression(&option, "the path of tokio", input)?),
                unknown => {
                    let meant = nearest(unknown, &NAMES).map(|name| format!("did you mean `{name}`? "));
                    let message = format!(
                        "`#[traced]` builds the runtime of `#[tokio::test]`, but knows no option `{unknown}` of it; \
                         {}it knows {}",
                        meant.unwrap_or_default(),
                        value::one_of(&NAMES, "").replace(" or ", " and ")
                    );
                    return Err(syn::Error::new(option.span(), message));
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        let multi_thread = runtime.flavor.as_ref().is_some_and(|flavor| flavor == FLAVORS[1].1);
        match (threads_at, paused_at) {
            (Some(span), _) if !multi_thread => Err(syn::Error::new(
                span,
                "`worker_threads` needs `flavor = \"multi_thread\"`; the current thread is one",
            )),
            (_, Some(span)) if multi_thread => {
                Err(syn::Error::new(span, "`start_paused` needs `flavor = \"current_thread\"`, tokio's default"))
            }
            _ => Ok(runtime),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    fn builder(attribute: &Attribute) -> String {
        let runtime = Runtime::of(attribute).unwrap_or_else(|error| panic!("{error}"));
        runtime.builder(&quote!(p)).to_string().replace(' ', "")
    }

    fn refusal(attribute: &Attribute) -> String {
        Runtime::of(attribute).err().expect("the attribute is refused").to_string()
    }

    #[test]
    fn the_runtime_is_the_one_that_tokio_would_have_built() {
        assert_eq!(
            builder(&parse_quote!(#[tokio::test])),
            "{letmutbuilder=p::tokio::runtime::Builder::new_current_thread();builder.enable_all();builder}"
        );
        assert_eq!(
            builder(&parse_quote!(#[tokio::test(flavor = "multi_thread", worker_threads = 2)])),
            "{letmutbuilder=p::tokio::runtime::Builder::new_multi_thread();builder.enable_all();\
             builder.worker_threads(2);builder}"
        );
        assert_eq!(
            builder(&parse_quote!(#[tokio::test(start_paused = true, name = "clock", crate = "tokio")])),
            "{letmutbuilder=p::tokio::runtime::Builder::new_current_thread();builder.enable_all();\
             builder.start_paused(true);builder.name(\"clock\");builder}"
        );
    }

    #[test]
    fn what_tokio_would_refuse_is_refused() {
        assert_eq!(
            refusal(&parse_quote!(#[tokio::test(flavor = "multi_threaded")])),
            "`flavor` is `\"multi_threaded\"`, but takes `\"current_thread\"` or `\"multi_thread\"`; did you mean \
             `\"multi_thread\"`?"
        );
        assert_eq!(
            refusal(&parse_quote!(#[tokio::test(worker_threads = 2)])),
            "`worker_threads` needs `flavor = \"multi_thread\"`; the current thread is one"
        );
        assert_eq!(
            refusal(&parse_quote!(#[tokio::test(flavor = "multi_thread", start_paused = true)])),
            "`start_paused` needs `flavor = \"current_thread\"`, tokio's default"
        );
        assert_eq!(
            refusal(&parse_quote!(#[tokio::test(flavor = "multi_thread", worker_threads = 0)])),
            "`worker_threads` is `0`, but takes a number of threads from 1"
        );
        assert_eq!(
            refusal(&parse_quote!(#[tokio::test(start_paused = 1)])),
            "`start_paused` is `1`, but takes `true` or `false`"
        );
    }

    #[test]
    fn an_option_that_would_be_lost_is_refused() {
        assert_eq!(
            refusal(&parse_quote!(#[tokio::test(unhandled_panic = "ignore")])),
            "`#[traced]` builds the runtime of `#[tokio::test]`, but knows no option `unhandled_panic` of it; it knows \
             `flavor`, `worker_threads`, `start_paused` and `name`"
        );
    }
}
