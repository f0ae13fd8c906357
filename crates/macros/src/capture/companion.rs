//! What stands beside a captured function, so that `load!` and `replay!` find it by the function's own path: a struct of
//! the same name, which lives in the namespace of types, with the arguments as fields.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::visit::Visit;
use syn::visit_mut::VisitMut;
use syn::{GenericParam, Generics, Receiver, ReturnType, Type, Visibility};

use super::body::{has_async_block, has_no_name, keep};
use super::function::{Function, Owner, last};
use super::owned::{MakeStatic, Owned};

/// The struct of a free function, with what is asked of it.
pub(crate) fn of_function(function: &Function, vis: &Visibility, private: &TokenStream, site: &str) -> TokenStream {
    let name = &function.sig.ident;
    let generics = generics(&function.sig.generics);
    let (of_impl, of_type, clause) = generics.split_for_impl();
    let arguments = arguments(function, vis, private, name, &generics);
    let site = Ident::new(site, Span::call_site());
    let turbofish = of_type.as_turbofish();
    let replay = replay(
        function,
        vis,
        private,
        &Replaying {
            name: format_ident!("__replay"),
            args: quote!(Self),
            called: quote!(#name #turbofish),
            generics: TokenStream::new(),
            clause: TokenStream::new(),
        },
    );
    quote! {
        #arguments

        #[doc(hidden)]
        #[allow(dead_code, private_interfaces, private_bounds, unreachable_pub, missing_docs, clippy::all,
            reason = "it is as visible as the function, and only `load!` and `replay!` call it")]
        impl #of_impl #name #of_type #clause {
            #vis fn __capture() -> #private::Function<Self> {
                #private::Function::new(&#site, ::core::option::Option::None)
            }

            #replay
        }
    }
}

/// The struct of a method, which stands beside its block, and the hidden functions beside the method.
pub(crate) fn of_method(
    function: &Function,
    vis: &Visibility,
    private: &TokenStream,
    site: &str,
) -> (TokenStream, TokenStream) {
    let name = Ident::new(&function.long_name(), Span::call_site());
    let method = &function.sig.ident;
    let generics = generics(&function.sig.generics);
    let (of_impl, of_type, clause) = generics.split_for_impl();
    let arguments = arguments(function, vis, private, &name, &generics);
    let site = Ident::new(site, Span::call_site());
    let turbofish = of_type.as_turbofish();
    let (suffix, called) = match &function.owner {
        Owner::Block { of_trait: Some(of_trait), .. } => {
            (format!("{method}_of_{}", last(of_trait)), quote!(<Self as #of_trait>::#method #turbofish))
        }
        _ => (method.to_string(), quote!(Self::#method #turbofish)),
    };
    let find = format_ident!("__capture_{suffix}");
    let replay = replay(
        function,
        vis,
        private,
        &Replaying {
            name: format_ident!("__replay_{suffix}"),
            args: quote!(#name #of_type),
            called,
            generics: of_impl.to_token_stream(),
            clause: clause.to_token_stream(),
        },
    );
    let functions = quote! {
        #[doc(hidden)]
        #[allow(dead_code, private_interfaces, private_bounds, non_snake_case, unreachable_pub, missing_docs, clippy::all,
            reason = "it is as visible as the function, and only `load!` and `replay!` call it")]
        #vis fn #find #of_impl () -> #private::Function<#name #of_type> #clause {
            #private::Function::new(
                &#site,
                ::core::option::Option::Some(::core::any::type_name::<Self> as fn() -> &'static str),
            )
        }

        #replay
    };
    (arguments, functions)
}

/// The struct of the arguments, and how it is made of a capture.
fn arguments(
    function: &Function,
    vis: &Visibility,
    private: &TokenStream,
    name: &Ident,
    generics: &Generics,
) -> TokenStream {
    let (of_impl, of_type, clause) = generics.split_for_impl();
    let fields = fields(function);
    let (names, types): (Vec<_>, Vec<_>) =
        fields.iter().filter_map(|(name, owned)| Some((name, owned.ty.as_ref()?))).unzip();
    let texts: Vec<_> = names.iter().map(|name| name.unraw().to_string()).collect();
    let shown_texts = &texts;
    let of_types: Vec<_> = generics.type_params().map(|parameter| &parameter.ident).collect();
    let is_generic = !of_types.is_empty();
    let marker = is_generic
        .then(|| quote!(#[doc(hidden)] #vis __marker: ::core::marker::PhantomData<fn() -> (#(*const #of_types,)*)>,));
    let made_marker = is_generic.then(|| quote!(__marker: ::core::marker::PhantomData,));
    let mut loading = generics.clone();
    for parameter in &of_types {
        loading
            .make_where_clause()
            .predicates
            .push(syn::parse_quote!(#parameter: #private::DeserializeOwned + 'static));
    }
    loading.params.insert(0, syn::parse_quote!('__x));
    let (of_loading, _, loading_clause) = loading.split_for_impl();
    let own_name = function.sig.ident.unraw();
    let doc = format!("The arguments of `{own_name}`, owned, as a capture holds them.");
    let [source, formatter, shown] = ["source", "formatter", "shown"].map(|name| Ident::new(name, Span::mixed_site()));
    let own_name_text = own_name.to_string();
    quote! {
        #[doc = #doc]
        #[allow(non_camel_case_types, dead_code, missing_docs, missing_debug_implementations, private_interfaces,
            private_bounds, unreachable_pub, unnameable_types, clippy::all, clippy::pedantic,
            reason = "it has the function's name, and the parameters' for its fields")]
        #vis struct #name #of_impl #clause {
            #(#vis #names: #types,)*
            #marker
        }

        #[automatically_derived]
        impl #of_impl ::core::fmt::Debug for #name #of_type #clause {
            fn fmt(&self, #formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #[allow(unused_imports, reason = "which trait shows an argument depends on its type")]
                use #private::{ShowByDebug as _, ShowByName as _};
                let mut #shown = #formatter.debug_struct(#own_name_text);
                #((&&#private::Show(&self.#names)).show(&mut #shown, #shown_texts);)*
                #shown.finish()
            }
        }

        #[automatically_derived]
        #[allow(private_bounds, clippy::all, reason = "it is as visible as the function")]
        impl #of_loading #private::FromArgs<'__x> for #name #of_type #loading_clause {
            fn from_args<__S: #private::ArgSource>(
                #source: &mut __S,
            ) -> ::core::result::Result<Self, #private::Error> {
                #[allow(unused_imports, reason = "which trait reads an argument depends on its type")]
                use #private::{ReadDeserialize as _, ReadNever as _, ReadRestore as _};
                let _ = &#source;
                ::core::result::Result::Ok(Self {
                    #(#names: #source.take::<#types>(
                        #texts,
                        (&&&#private::Read::<#types>(::core::marker::PhantomData)).reader(),
                    )?,)*
                    #made_marker
                })
            }
        }
    }
}

/// The arguments with their owned types.
fn fields(function: &Function) -> Vec<(Ident, Owned)> {
    let of = |argument: &super::function::Argument| {
        let mut ty = argument.ty.clone();
        if let Owner::Block { ty: owner, of_trait } = &function.owner {
            PutOwner { owner, of_trait: of_trait.as_ref() }.visit_type_mut(&mut ty);
        }
        (argument.binding.clone(), Owned::of(&ty))
    };
    function.arguments.iter().map(of).collect()
}

/// Writes the type for `Self`, which stands for another one in a struct.
struct PutOwner<'o> {
    owner: &'o Type,
    of_trait: Option<&'o syn::Path>,
}

impl VisitMut for PutOwner<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        let Type::Path(path) = ty else { return syn::visit_mut::visit_type_mut(self, ty) };
        let is_self = path.path.segments.first().is_some_and(|first| first.ident == "Self");
        if path.qself.is_some() || !is_self {
            return syn::visit_mut::visit_type_mut(self, ty);
        }
        let owner = self.owner;
        let rest: Vec<_> = path.path.segments.iter().skip(1).cloned().collect();
        *ty = match (&rest[..], self.of_trait) {
            ([], _) => owner.clone(),
            (rest, Some(of_trait)) => syn::parse_quote!(<#owner as #of_trait>::#(#rest)::*),
            (rest, None) => syn::parse_quote!(<#owner>::#(#rest)::*),
        };
    }
}

/// The parameters of the struct: those of the function, without lifetimes.
fn generics(of: &Generics) -> Generics {
    let mut generics = Generics::default();
    let kept = of.params.iter().filter(|parameter| !matches!(parameter, GenericParam::Lifetime(_)));
    generics.params.extend(kept.cloned());
    if let Some(clause) = &of.where_clause
        && !generics.params.is_empty()
    {
        let kept = clause.predicates.iter().filter(|one| !matches!(one, syn::WherePredicate::Lifetime(_)));
        generics.make_where_clause().predicates.extend(kept.cloned());
    }
    MakeStatic::default().visit_generics_mut(&mut generics);
    generics
}

/// How the function that replays is called, and what it calls.
struct Replaying {
    name: Ident,
    args: TokenStream,
    called: TokenStream,
    generics: TokenStream,
    clause: TokenStream,
}

/// The function that calls it with the arguments of a capture.
///
/// There is none for a function that takes an `impl Trait`, whose type nobody but its caller knows, nor for an async one
/// whose value borrows from its arguments.
fn replay(function: &Function, vis: &Visibility, private: &TokenStream, replaying: &Replaying) -> TokenStream {
    let fields = fields(function);
    let is_async = function.sig.asyncness.is_some()
        || matches!(&function.sig.output, ReturnType::Type(..)) && has_async_block(&function.block);
    let returns = function.returns();
    let is_borrowed = borrows(&returns) || has_no_name(&returns);
    if fields.iter().any(|(_, owned)| owned.ty.is_none())
        || is_async && is_borrowed
        || matches!(returns, Type::Never(_))
    {
        return TokenStream::new();
    }
    let [prepared, arguments, replay, out] =
        ["prepared", "arguments", "replay", "out"].map(|name| Ident::new(name, Span::mixed_site()));
    let lets = fields.iter().map(|(name, owned)| {
        let mutability = owned.is_mut.then(|| quote!(mut));
        quote!(let #mutability #name = #arguments.#name;)
    });
    let lets: Vec<_> = lets.collect();
    let lent: Vec<_> = fields.iter().map(|(name, owned)| owned.lend(name)).collect();
    let receiver = function.sig.receiver().map(ReceiverParts::of);
    let (parameter, made, passed) = match &receiver {
        Some(ReceiverParts { parameter, made, passed }) => (Some(parameter), Some(made), Some(passed)),
        None => (None, None, None),
    };
    let Replaying { name, args, called, generics, clause } = replaying;
    let awaited = is_async.then(|| quote!(.await));
    let (asyncness, value, run) = if is_borrowed {
        // What comes out borrows from the arguments, so it is kept where they still are.
        let keep = keep(private, &quote!(&#out));
        let run = quote! {
            #replay.run_borrowed(move |values: &mut #private::Values<'_>| {
                #(#lets)*
                #made
                let #out = #called(#passed #(#lent),*);
                #keep
            })
        };
        (TokenStream::new(), quote!(()), run)
    } else {
        let keep = keep(private, &quote!(#out));
        let kept = quote!(|#out: &#returns, values: &mut #private::Values<'_>| #keep);
        let call = quote! {{
            #(#lets)*
            #made
            #called(#passed #(#lent),*) #awaited
        }};
        if is_async {
            (quote!(async), returns.to_token_stream(), quote!(#replay.run_async(async move #call, #kept).await))
        } else {
            (TokenStream::new(), returns.to_token_stream(), quote!(#replay.run(move || #call, #kept)))
        }
    };
    quote! {
        #[doc(hidden)]
        #[allow(dead_code, private_interfaces, private_bounds, non_snake_case, unused_mut, unreachable_pub, missing_docs,
            clippy::all, reason = "it is as visible as the function, and only `replay!` calls it")]
        #vis #asyncness fn #name #generics (
            #parameter
            #prepared: #private::Prepared<#args>,
        ) -> ::core::result::Result<#private::Replayed<#value>, #private::Error> #clause {
            let (#arguments, #replay) = #prepared?;
            #run
        }
    }
}

/// Where the receiver of a replayed method comes from.
struct ReceiverParts {
    /// The parameter: a function that makes it, or makes something that lends it.
    parameter: TokenStream,
    made: TokenStream,
    passed: TokenStream,
}

impl ReceiverParts {
    fn of(receiver: &Receiver) -> Self {
        let local = Ident::new("receiver", Span::mixed_site());
        let made = quote!(let #local = #local(););
        if receiver.colon_token.is_some() || receiver.reference.is_none() {
            let mut ty = (*receiver.ty).clone();
            MakeStatic::default().visit_type_mut(&mut ty);
            return Self { parameter: quote!(#local: impl FnOnce() -> #ty,), made, passed: quote!(#local,) };
        }
        if receiver.mutability.is_some() {
            return Self {
                parameter: quote!(#local: impl FnOnce() -> Self,),
                made: quote!(let mut #local = #local();),
                passed: quote!(&mut #local,),
            };
        }
        Self { parameter: quote!(#local: impl FnOnce() -> Self,), made, passed: quote!(&#local,) }
    }
}

/// Whether a value of this type may borrow from arguments.
fn borrows(ty: &Type) -> bool {
    struct Finds(bool);
    impl<'ast> Visit<'ast> for Finds {
        fn visit_type_reference(&mut self, reference: &'ast syn::TypeReference) {
            let is_static = reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
            self.0 |= !is_static;
            self.visit_type(&reference.elem);
        }

        fn visit_lifetime(&mut self, lifetime: &'ast syn::Lifetime) {
            self.0 |= lifetime.ident != "static";
        }
    }
    let mut finds = Finds(false);
    finds.visit_type(ty);
    finds.0
}
