//! `#[recorded]`: implements a client's trait for the client that is recorded.
//!
//! What is written and what is answered, the crate of recordings knows; here methods become calls of it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{
    Attribute, Expr, FnArg, GenericArgument, GenericParam, Generics, ItemTrait, LitStr, Pat, Path, PathArguments,
    ReturnType, Token, TraitItem, TraitItemFn, Type, TypeParamBound, parenthesized,
};

use crate::{list, value};

/// Every option of a trait, in the order of the documentation.
const NAMES: [&str; 4] = ["error", "typed_errors", "of", "crate"];

/// Every option of a method.
const METHOD_NAMES: [&str; 2] = ["name", "ignore"];

#[derive(Default)]
struct Options {
    /// What makes the trait's error of a failure of ours.
    error: Option<Expr>,
    typed_errors: bool,
    /// A trait of somebody else, of which this one is a copy.
    of: Option<Path>,
    krate: Option<Path>,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut options = Self::default();
        list::each(input, |option, input| {
            match option.to_string().as_str() {
                "error" => {
                    let takes = "a function of a `Failure`, like `|failure| MyError::Other(failure.to_string())`";
                    options.error = Some(value::expression(option, takes, input)?);
                }
                "typed_errors" => options.typed_errors = !input.peek(Token![=]) || value::switch(option, input)?,
                "of" => options.of = Some(value::path(option, "a trait", input)?),
                "crate" => options.krate = Some(value::path(option, "tracesnap_record", input)?),
                _ => return Err(list::unknown("#[recorded]", option, &NAMES)),
            }
            Ok(())
        })?;
        Ok(options)
    }
}

/// What stands in `#[recorded(…)]` on a method.
#[derive(Default)]
struct MethodOptions {
    name: Option<LitStr>,
    ignore: Vec<Ident>,
}

impl Parse for MethodOptions {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut options = Self::default();
        list::each(input, |option, input| {
            match option.to_string().as_str() {
                "name" => options.name = Some(value::text(option, "an operation, like `\"collection.get\"`", input)?),
                "ignore" => {
                    let names;
                    parenthesized!(names in input);
                    options.ignore = Punctuated::<Ident, Token![,]>::parse_terminated(&names)?.into_iter().collect();
                }
                _ => return Err(list::unknown("#[recorded] on a method", option, &METHOD_NAMES)),
            }
            Ok(())
        })?;
        Ok(options)
    }
}

/// The trait and its implementation, or an error beside the trait as it was.
pub(crate) fn attribute(options: TokenStream, item: TokenStream) -> TokenStream {
    let Ok(mut found) = syn::parse2::<ItemTrait>(item.clone()) else {
        let why = "`#[recorded]` stands on the trait of a client; of a trait of another crate write a copy, with \
                   `#[recorded(of = path::of::Trait)]`";
        let error = syn::Error::new(Span::call_site(), why).to_compile_error();
        return quote!(#error #item);
    };
    let expanded = syn::parse2(options).and_then(|options| expand(&options, &mut found));
    expanded.unwrap_or_else(|error| {
        // Without what nobody else understands, so that there is one error and not several.
        for item in &mut found.items {
            if let TraitItem::Fn(method) = item {
                method.attrs.retain(|attribute| !attribute.path().is_ident("recorded"));
            }
        }
        let error = error.to_compile_error();
        quote!(#error #found)
    })
}

fn expand(options: &Options, found: &mut ItemTrait) -> syn::Result<TokenStream> {
    let private = match &options.krate {
        Some(path) => quote!(#path::__private),
        None => quote!(::tracesnap_record::__private),
    };
    let of_error = match &options.error {
        Some(error) => quote!(#error),
        None => quote!(::core::convert::From::from),
    };
    let name = &found.ident;
    let (_, arguments, _) = found.generics.split_for_impl();
    let path = match &options.of {
        Some(path) => path.to_token_stream(),
        None => quote!(#name #arguments),
    };
    let client = format_ident!("__C", span = Span::mixed_site());
    let mut is_send = async_trait(&found.attrs)
        .is_some_and(|attribute| !attribute.to_token_stream().to_string().replace(' ', "").contains("?Send"));
    let mut items = Vec::new();
    let mut errors: Option<syn::Error> = None;
    for item in &mut found.items {
        let expanded = match item {
            TraitItem::Fn(method) => {
                let expanded = own_options(method).and_then(|own| {
                    // What has a body runs as it is written, and what it calls is recorded.
                    if method.default.is_some() && own.name.is_none() && own.ignore.is_empty() {
                        return Ok(TokenStream::new());
                    }
                    Method { method, own, private: &private, path: &path, client: &client, of_error: &of_error }
                        .expand(options.typed_errors, &mut is_send)
                });
                method.attrs.retain(|attribute| !attribute.path().is_ident("recorded"));
                expanded
            }
            TraitItem::Type(of) => {
                let (ident, (generics, arguments, clause)) = (&of.ident, of.generics.split_for_impl());
                Ok(quote!(type #ident #generics = <#client as #path>::#ident #arguments #clause;))
            }
            TraitItem::Const(of) => {
                let (ident, ty) = (&of.ident, &of.ty);
                Ok(quote!(const #ident: #ty = <#client as #path>::#ident;))
            }
            other => {
                Err(syn::Error::new(other.span(), "`#[recorded]` knows methods, types and constants of a trait only"))
            }
        };
        match (expanded, &mut errors) {
            (Ok(tokens), _) => items.push(tokens),
            (Err(error), Some(errors)) => errors.combine(error),
            (Err(error), none) => *none = Some(error),
        }
    }
    if let Some(errors) = errors {
        return Err(errors);
    }
    let implementation = implementation(found, &private, &path, &client, is_send, &items);
    if options.of.is_some() {
        return Ok(implementation);
    }
    let (visibility, alias) = (&found.vis, format_ident!("Recorded{name}"));
    let documentation = format!("A client of [`{name}`] whose calls are recorded, played back or mocked.");
    Ok(quote! {
        #found
        #[doc = #documentation]
        #[allow(dead_code, reason = "a name for whoever wants one")]
        #visibility type #alias<#client> = #private::Recorded<#client>;
        #implementation
    })
}

fn implementation(
    found: &ItemTrait,
    private: &TokenStream,
    path: &TokenStream,
    client: &Ident,
    is_send: bool,
    items: &[TokenStream],
) -> TokenStream {
    let mut generics: Generics = found.generics.clone();
    for parameter in &mut generics.params {
        match parameter {
            GenericParam::Type(parameter) => parameter.default = None,
            GenericParam::Const(parameter) => parameter.default = None,
            GenericParam::Lifetime(_) => {}
        }
    }
    let bound = if is_send { quote!(#client: #path + Send + Sync) } else { quote!(#client: #path) };
    let clause = generics.make_where_clause();
    clause.predicates.push(syn::parse_quote!(#bound));
    if !found.supertraits.is_empty() {
        let supertraits = &found.supertraits;
        clause.predicates.push(syn::parse_quote!(#private::Recorded<#client>: #supertraits));
    }
    generics.params.push(syn::parse_quote!(#client));
    let (generics, _, clause) = generics.split_for_impl();
    let asynchronous = async_trait(&found.attrs);
    let cfgs = found.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    quote! {
        #(#cfgs)*
        #asynchronous
        impl #generics #path for #private::Recorded<#client> #clause {
            #(#items)*
        }
    }
}

/// `#[async_trait]` below `#[recorded]` is not expanded yet: the implementation needs it too.
fn async_trait(attributes: &[Attribute]) -> Option<&Attribute> {
    attributes.iter().find(|one| one.path().segments.last().is_some_and(|last| last.ident == "async_trait"))
}

fn own_options(method: &TraitItemFn) -> syn::Result<MethodOptions> {
    match method.attrs.iter().find(|attribute| attribute.path().is_ident("recorded")) {
        Some(attribute) => attribute.parse_args(),
        None => Ok(MethodOptions::default()),
    }
}

struct Method<'a> {
    method: &'a TraitItemFn,
    own: MethodOptions,
    private: &'a TokenStream,
    path: &'a TokenStream,
    client: &'a Ident,
    of_error: &'a TokenStream,
}

/// How a method gives its future.
enum Form {
    /// `fn … -> Result`.
    Sync,
    /// `async fn`.
    Async,
    /// `fn … -> impl Future`.
    Opaque,
    /// `fn … -> Pin<Box<dyn Future>>`.
    Boxed,
}

impl Method<'_> {
    fn expand(&self, is_typed: bool, is_send: &mut bool) -> syn::Result<TokenStream> {
        let Self { method, private, path, client, of_error, .. } = self;
        let mut signature = method.sig.clone();
        let method_name = &signature.ident;
        let is_mutable = self.receiver()?;
        let form = self.form(is_send)?;
        let mut names = Vec::new();
        for (at, argument) in signature.inputs.iter_mut().skip(1).enumerate() {
            let FnArg::Typed(argument) = argument else { continue };
            let (name, told) = match &*argument.pat {
                Pat::Ident(pattern) => (pattern.ident.clone(), pattern.ident.to_string()),
                _ => (format_ident!("__argument_{at}"), at.to_string()),
            };
            *argument.pat = syn::parse_quote!(#name);
            names.push((name, told.strip_prefix("r#").map_or(told.clone(), str::to_owned)));
        }
        for ignored in &self.own.ignore {
            if !names.iter().any(|(name, _)| name == ignored) {
                let all = names.iter().map(|(_, told)| format!("`{told}`")).collect::<Vec<_>>().join(", ");
                let why = format!("`{method_name}` has no argument `{ignored}`; it has {all}");
                return Err(syn::Error::new(ignored.span(), why));
            }
        }
        let request = names
            .iter()
            .rev()
            .filter(|(name, _)| !self.own.ignore.contains(name))
            .fold(quote!(()), |rest, (name, told)| quote!(#private::Argument(#told, &#name, #rest)));
        let operation = match &self.own.name {
            Some(name) => name.value(),
            None => method_name.to_string().trim_start_matches("r#").to_owned(),
        };
        let parts = if is_mutable { quote!(parts_mut) } else { quote!(parts) };
        let resolve = if matches!(form, Form::Sync) { quote!(resolve) } else { quote!(resolve_async) };
        let kept = if is_typed { quote!(#private::AsValue) } else { quote!(#private::AsText) };
        let wait = if matches!(form, Form::Sync) { quote!() } else { quote!(.await) };
        let arguments = names.iter().map(|(name, _)| name);
        let body = quote! {
            let (__service, __real) = #private::#parts(self);
            let __step = {
                let __request = #private::Arguments(#request);
                __service.begin(#operation, &__request)
            };
            let __called = #private::#resolve(#kept, __service, #operation, __step, move || {
                <#client as #path>::#method_name(#private::real(__real), #(#arguments),*)
            })#wait;
            #private::flatten(#kept, __called, #of_error)
        };
        let body = match form {
            Form::Sync | Form::Async => body,
            Form::Opaque => quote!(async move { #body }),
            Form::Boxed => quote!(::std::boxed::Box::pin(async move { #body })),
        };
        let cfgs = method.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
        Ok(quote!(#(#cfgs)* #signature { #body }))
    }

    /// Whether it is `&mut self`.
    fn receiver(&self) -> syn::Result<bool> {
        let signature = &self.method.sig;
        let name = &signature.ident;
        match signature.inputs.first() {
            Some(FnArg::Receiver(receiver)) if receiver.reference.is_some() && receiver.colon_token.is_none() => {
                Ok(receiver.mutability.is_some())
            }
            Some(FnArg::Receiver(receiver)) => {
                let found = receiver.to_token_stream().to_string();
                let why = format!("`{name}` takes `{found}`; a recorded method takes `&self` or `&mut self`");
                Err(syn::Error::new_spanned(receiver, why))
            }
            _ => {
                let why = format!(
                    "`{name}` has no `self`, so there is no client to ask; give it a body, or move it out of the trait"
                );
                Err(syn::Error::new_spanned(&signature.ident, why))
            }
        }
    }

    fn form(&self, is_send: &mut bool) -> syn::Result<Form> {
        let signature = &self.method.sig;
        let ReturnType::Type(_, returned) = &signature.output else { return Err(self.no_result(None)) };
        if signature.asyncness.is_some() {
            return if is_result(returned) { Ok(Form::Async) } else { Err(self.no_result(Some(returned))) };
        }
        if let Type::ImplTrait(opaque) = &**returned {
            *is_send |= opaque.bounds.iter().any(is_send_bound);
            let is_fit = output(opaque.bounds.iter()).is_some_and(is_result);
            return if is_fit { Ok(Form::Opaque) } else { Err(self.no_result(Some(returned))) };
        }
        let last = last_of(returned);
        if let Some(last) = last.filter(|last| last.ident == "Pin") {
            let future = argument(last).and_then(last_of).and_then(argument);
            if let Some(Type::TraitObject(object)) = future {
                *is_send |= object.bounds.iter().any(is_send_bound);
                if output(object.bounds.iter()).is_some_and(is_result) {
                    return Ok(Form::Boxed);
                }
            }
            return Err(self.no_result(Some(returned)));
        }
        if let Some(last) = last.filter(|last| last.ident == "BoxFuture" || last.ident == "LocalBoxFuture") {
            *is_send |= last.ident == "BoxFuture";
            return if argument(last).is_some_and(is_result) {
                Ok(Form::Boxed)
            } else {
                Err(self.no_result(Some(returned)))
            };
        }
        if is_result(returned) { Ok(Form::Sync) } else { Err(self.no_result(Some(returned))) }
    }

    fn no_result(&self, found: Option<&Type>) -> syn::Error {
        let name = &self.method.sig.ident;
        let returns = found.map_or_else(|| "nothing".to_owned(), |found| format!("`{}`", shown(found)));
        let why = format!(
            "`{name}` returns {returns}; a recorded method returns a `Result`, or a future of one, since a recording may \
             have no answer; give it a body if it asks no service"
        );
        match found {
            Some(found) => syn::Error::new_spanned(found, why),
            None => syn::Error::new_spanned(name, why),
        }
    }
}

/// A type as people write it.
fn shown(of: &Type) -> String {
    let text = of.to_token_stream().to_string();
    text.replace(" < ", "<")
        .replace(" <", "<")
        .replace("< ", "<")
        .replace(" >", ">")
        .replace(" :: ", "::")
        .replace(" ,", ",")
}

fn last_of(of: &Type) -> Option<&syn::PathSegment> {
    match of {
        Type::Path(path) => path.path.segments.last(),
        Type::Paren(inner) => last_of(&inner.elem),
        Type::Group(inner) => last_of(&inner.elem),
        _ => None,
    }
}

/// `Result`, and what others call theirs: `io::Result`, `QueryResult`.
fn is_result(of: &Type) -> bool {
    last_of(of).is_some_and(|last| last.ident.to_string().ends_with("Result"))
}

fn argument(segment: &syn::PathSegment) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    arguments.args.iter().find_map(|argument| if let GenericArgument::Type(of) = argument { Some(of) } else { None })
}

/// The `Output` of the `Future` among these bounds.
fn output<'a>(bounds: impl Iterator<Item = &'a TypeParamBound>) -> Option<&'a Type> {
    let futures = bounds.filter_map(|bound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().filter(|last| last.ident == "Future"),
        _ => None,
    });
    futures.into_iter().find_map(|future| {
        let PathArguments::AngleBracketed(arguments) = &future.arguments else { return None };
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(of) if of.ident == "Output" => Some(&of.ty),
            _ => None,
        })
    })
}

fn is_send_bound(bound: &TypeParamBound) -> bool {
    matches!(bound, TypeParamBound::Trait(bound) if bound.path.segments.last().is_some_and(|last| last.ident == "Send"))
}
