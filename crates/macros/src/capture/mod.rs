//! `#[capture]` and the macros that find again what it kept.

mod block;
mod body;
mod companion;
mod find;
mod function;
mod options;
mod owned;
mod wrap;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Item, Path};

pub(crate) use find::{capture_tests, captures, load, replay};
pub(crate) use wrap::wrap;

use function::Function;
use options::Options;

/// The whole expansion of the attribute: the item that captures, or an error beside it as it was.
pub(crate) fn attribute(options: TokenStream, item: TokenStream) -> TokenStream {
    let expanded = match syn::parse2(item.clone()) {
        Ok(Item::Fn(function)) => free_function(options, function),
        Ok(Item::Impl(block)) => syn::parse2(options).and_then(|options| block::expand(&options, block)),
        Ok(_) => Err(wrong_item()),
        // A method with `self` is no item.
        Err(_) => match syn::parse2::<syn::ImplItemFn>(item.clone()) {
            Ok(method) => self::method(options, method),
            Err(_) => Err(wrong_item()),
        },
    };
    expanded.unwrap_or_else(|error| {
        let error = error.to_compile_error();
        quote!(#error #item)
    })
}

fn wrong_item() -> syn::Error {
    syn::Error::new(
        Span::call_site(),
        "`#[capture]` stands on a function, a method or an `impl` block, not on this item",
    )
}

fn free_function(options: TokenStream, item: syn::ItemFn) -> syn::Result<TokenStream> {
    let options: Options = syn::parse2(options)?;
    let syn::ItemFn { attrs, vis, sig, block } = item;
    if sig.receiver().is_some() || mentions_self(&sig) || options.method {
        return record_only(&options, syn::ImplItemFn { attrs, vis, defaultness: None, sig, block: *block });
    }
    let mut function = Function::new(&options, sig, *block, function::Owner::None)?;
    let private = private(options.krate.as_ref());
    if options.record_only {
        let site = body::site(&function, &options, &private, &syn::Ident::new("__SITE", Span::call_site()));
        let body = body::expand(&mut function, &options, &private, Some(site), "__SITE");
        let sig = &function.sig;
        return Ok(quote!(#(#attrs)* #vis #sig #body));
    }
    let name = function.static_name();
    let site = body::site(&function, &options, &private, &syn::Ident::new(&name, Span::call_site()));
    let companion = companion::of_function(&function, &vis, &private, &name);
    let body = body::expand(&mut function, &options, &private, None, &name);
    let sig = &function.sig;
    let cfgs = attrs.iter().filter(|attribute| attribute.path().is_ident("cfg")).collect::<Vec<_>>();
    Ok(quote! {
        #(#attrs)* #vis #sig #body
        #(#cfgs)* #site
        #companion
    })
}

fn method(options: TokenStream, method: syn::ImplItemFn) -> syn::Result<TokenStream> {
    record_only(&syn::parse2(options)?, method)
}

/// A method whose block nobody sees: it is captured, and found by its name.
fn record_only(options: &Options, method: syn::ImplItemFn) -> syn::Result<TokenStream> {
    let syn::ImplItemFn { attrs, vis, defaultness, sig, block } = method;
    let mut function = Function::new(options, sig, block, function::Owner::SelfType)?;
    let private = private(options.krate.as_ref());
    let site = body::site(&function, options, &private, &syn::Ident::new("__SITE", Span::call_site()));
    let body = body::expand(&mut function, options, &private, Some(site), "__SITE");
    let sig = &function.sig;
    Ok(quote!(#(#attrs)* #vis #defaultness #sig #body))
}

/// What the expansion names.
fn private(krate: Option<&Path>) -> TokenStream {
    match krate {
        Some(path) => quote!(#path::__private),
        None => quote!(::tracesnap_capture::__private),
    }
}

/// Whether a signature is that of something inside an `impl` block, since it speaks of `Self`.
fn mentions_self(signature: &syn::Signature) -> bool {
    struct Finds(bool);
    impl<'ast> syn::visit::Visit<'ast> for Finds {
        fn visit_path(&mut self, path: &'ast Path) {
            self.0 |= path.segments.first().is_some_and(|first| first.ident == "Self");
            syn::visit::visit_path(self, path);
        }
    }
    let mut finds = Finds(false);
    syn::visit::Visit::visit_signature(&mut finds, signature);
    finds.0
}
