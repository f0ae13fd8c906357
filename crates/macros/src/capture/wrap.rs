//! `wrap!`: a captured function around one that cannot be edited.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Expr, FnArg, Pat, Signature, Token, Visibility};

/// `pub fn legacy(card: &Card, amount: u64) -> Receipt = vendor::pay`
struct Wrapped {
    attrs: Vec<Attribute>,
    vis: Visibility,
    sig: Signature,
    wrapped: Expr,
    /// With a semicolon it is an item, without one an expression.
    is_item: bool,
}

impl Parse for Wrapped {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis: Visibility = input.parse()?;
        let sig: Signature = input.parse()?;
        let form = "`wrap!` takes the function as it is to be captured, `=`, and the one it is, like `fn pay(card: &Card, \
                    amount: u64) -> Receipt = vendor::pay`";
        if !input.peek(Token![=]) {
            return Err(syn::Error::new(input.span(), form));
        }
        input.parse::<Token![=]>()?;
        let wrapped = input.parse().map_err(|error: syn::Error| syn::Error::new(error.span(), form))?;
        let is_item = input.parse::<Option<Token![;]>>()?.is_some();
        if !input.is_empty() {
            return Err(syn::Error::new(input.span(), form));
        }
        Ok(Self { attrs, vis, sig, wrapped, is_item })
    }
}

pub(crate) fn wrap(input: TokenStream) -> TokenStream {
    syn::parse2(input).and_then(expand).unwrap_or_else(|error: syn::Error| error.to_compile_error())
}

fn expand(wrapped: Wrapped) -> syn::Result<TokenStream> {
    let Wrapped { mut attrs, vis, sig, wrapped, is_item } = wrapped;
    let mut names = Vec::new();
    for input in &sig.inputs {
        match input {
            FnArg::Typed(input) => match &*input.pat {
                Pat::Ident(name) => names.push(name.ident.clone()),
                other => return Err(syn::Error::new_spanned(other, "an argument of a wrapped function needs a name")),
            },
            FnArg::Receiver(receiver) => {
                let message = "a wrapped function has no `self`; name the receiver: `pool: &Pool`";
                return Err(syn::Error::new_spanned(receiver, message));
            }
        }
    }
    let awaited = sig.asyncness.is_some().then(|| quote!(.await));
    let own: Vec<Attribute> = attrs
        .extract_if(.., |attribute| attribute.path().segments.last().is_some_and(|last| last.ident == "capture"))
        .collect();
    let options = match &own[..] {
        [] | [Attribute { meta: syn::Meta::Path(_), .. }] => TokenStream::new(),
        [attribute] => attribute.meta.require_list()?.tokens.clone(),
        [_, second, ..] => return Err(syn::Error::new_spanned(second, "a second `#[capture]`; keep one of them")),
    };
    let item = quote! {
        #(#attrs)*
        #vis #sig {
            (#wrapped)(#(#names),*) #awaited
        }
    };
    let captured = super::attribute(options, item);
    if is_item {
        return Ok(captured);
    }
    let name = &sig.ident;
    Ok(quote!({
        #captured
        #name
    }))
}
