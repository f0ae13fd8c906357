//! The body of a captured function: arguments are taken, the body runs as it was, the outcome is taken.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::visit::Visit;
use syn::{Block, Expr, ReturnType, Stmt, Type};

use super::function::{Function, Owner, written};
use super::options::Options;

/// The `static` that holds what was compiled.
pub(crate) fn site(function: &Function, options: &Options, private: &TokenStream, name: &Ident) -> TokenStream {
    let own_name = syn::ext::IdentExt::unraw(&function.sig.ident).to_string();
    let receiver = function
        .with_self
        .then(|| quote!(#private::Parameter { name: "self", ty: "Self", named: true, ignored: false },));
    let parameters = function.arguments.iter().map(|argument| {
        let (name, named, ignored) = (&argument.name, argument.named, argument.ignored);
        let ty = written(&argument.ty);
        quote!(#private::Parameter { name: #name, ty: #ty, named: #named, ignored: #ignored })
    });
    let returns = written(&function.returns());
    let options = options.constant(private);
    quote! {
        #[doc(hidden)]
        #[allow(non_upper_case_globals, reason = "its name is of the function's")]
        static #name: #private::Site = #private::Site::new(#private::Spec {
            name: #own_name,
            owner: "",
            module: ::core::module_path!(),
            file: ::core::file!(),
            line: ::core::line!(),
            parameters: &[#receiver #(#parameters),*],
            returns: #returns,
            options: #options,
        });
    }
}

/// The whole body. `site` is put into it where it does not stand beside it.
pub(crate) fn expand(
    function: &mut Function,
    options: &Options,
    private: &TokenStream,
    site: Option<TokenStream>,
    site_name: &str,
) -> TokenStream {
    let begin = begin(function, options, private, site_name);
    let returns = function.returns();
    let outcome = outcome(private);
    let site_and_skip = quote! {
        #site
        ::std::thread_local! {
            static __SKIP: #private::SkipCell = const { ::core::cell::Cell::new(#private::Skip::NEW) };
        }
    };
    let names = Names::new();
    if function.sig.asyncness.is_some() {
        let rest = asynchronous(&names, &function.block, &returns, options, private, &outcome);
        return quote!({ #site_and_skip #begin #rest });
    }
    if matches!(&function.sig.output, ReturnType::Type(..)) && has_async_block(&function.block) {
        let mut block = function.block.clone();
        if let Some(inner) = async_block_mut(&mut block) {
            let body =
                std::mem::replace(&mut inner.block, Block { brace_token: Default::default(), stmts: Vec::new() });
            let rest = asynchronous(&names, &body, &returns, options, private, &outcome);
            // The block must own what it looks at.
            inner.capture = Some(Default::default());
            inner.block = syn::parse_quote!({ #begin #rest });
            let statements = &block.stmts;
            return quote!({ #site_and_skip #(#statements)* });
        }
    }
    let Names { call, out, body } = &names;
    let block = &function.block;
    let rest = match &function.sig.output {
        ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_)) => quote! {
            let _call = #call;
            #block
        },
        _ if options.no_outcome => quote! {
            let _call = #call;
            #block
        },
        output => {
            let (annotation, of_closure) = match output {
                ReturnType::Type(_, ty) if !has_no_name(ty) => (quote!(: #ty), quote!(-> #ty)),
                ReturnType::Type(..) => (quote!(), quote!()),
                ReturnType::Default => (quote!(: ()), quote!(-> ())),
            };
            // One closure called in two places, so that the way of a call that is not captured is the body and nothing else.
            quote! {
                {
                    let mut #body = move || #of_closure #block;
                    match #call {
                        ::core::option::Option::None => #body(),
                        ::core::option::Option::Some(call) => {
                            let #out #annotation = #body();
                            #outcome
                            #out
                        }
                    }
                }
            }
        }
    };
    quote!({ #site_and_skip #begin #rest })
}

/// Locals of the expansion, which no name of the user's can meet.
struct Names {
    call: Ident,
    out: Ident,
    body: Ident,
}

impl Names {
    fn new() -> Self {
        let [call, out, body] = ["__call", "__out", "__body"].map(|name| Ident::new(name, Span::mixed_site()));
        Self { call, out, body }
    }
}

/// Takes the arguments, if this call is captured.
fn begin(function: &Function, options: &Options, private: &TokenStream, site_name: &str) -> TokenStream {
    let Names { call, .. } = Names::new();
    let [gate, values] = ["__gate", "__values"].map(|name| Ident::new(name, Span::mixed_site()));
    let site = Ident::new(site_name, Span::call_site());
    let owner = match function.owner {
        Owner::None => quote!(::core::option::Option::None),
        Owner::SelfType | Owner::Block { .. } => {
            quote!(::core::option::Option::Some(::core::any::type_name::<Self> as fn() -> &'static str))
        }
    };
    let is_async = function.sig.asyncness.is_some()
        || matches!(&function.sig.output, ReturnType::Type(..)) && has_async_block(&function.block);
    let filter = options.filter.as_ref().map(|filter| {
        let arguments = function.arguments.iter().map(|argument| &argument.binding);
        quote! {
            if !#values.wants(|| (#filter)(#(&#arguments),*)) {
                return;
            }
        }
    });
    let receiver = function.with_self.then(|| quote!((&&&&#private::Tier(&self)).keep(#values);));
    let arguments = function.arguments.iter().map(|argument| {
        let binding = &argument.binding;
        let keep = quote!((&&&&#private::Tier(&#binding)).keep(#values););
        if !options.lazy || matches!(argument.ty, Type::ImplTrait(_)) {
            return keep;
        }
        // What stands behind a reference is cloned, not the reference.
        let place = if matches!(argument.ty, Type::Reference(_)) { quote!(&*#binding) } else { quote!(&#binding) };
        quote! {
            match (&&#private::Hold(#place)).hold() {
                ::core::option::Option::Some(held) => #values.hold(held),
                ::core::option::Option::None => { #keep }
            }
        }
    });
    let own_name = syn::ext::IdentExt::unraw(&function.sig.ident).to_string();
    let holds = options.lazy.then(|| quote!(use #private::{HoldByClone as _, HoldByValue as _};));
    quote! {
        let #gate = #private::gate();
        let #call = if #gate == #private::OFF || __SKIP.with(|skip| #private::Skip::leaves_out(skip, #gate)) {
            ::core::option::Option::None
        } else {
            #[allow(unused_imports, clippy::needless_borrow, clippy::borrow_deref_ref, clippy::needless_borrows_for_generic_args,
                reason = "which trait keeps an argument depends on its type")]
            #site.begin(
                #gate,
                &__SKIP,
                #owner,
                #is_async,
                |#values: &mut #private::Values<'_>| {
                    use #private::{ByCapture as _, ByDebug as _, ByName as _, BySerialize as _};
                    #holds
                    #filter
                    #receiver
                    #(#arguments)*
                },
                // A trace that is being recorded knows by this that the call was captured, and as which document.
                |call| #private::tracing::debug!(
                    name: "captured",
                    document = %call.id(),
                    function = #own_name,
                    "captured"
                ),
            )
        };
    }
}

/// Takes what came out, from a local `call`.
fn outcome(private: &TokenStream) -> TokenStream {
    let Names { out, .. } = Names::new();
    let keep = keep(private, &quote!(&#out));
    quote!(call.outcome(|values: &mut #private::Values<'_>| #keep);)
}

/// Keeps a return value in `values`; gives whether it is an error.
pub(crate) fn keep(private: &TokenStream, value: &TokenStream) -> TokenStream {
    quote! {{
        #[allow(unused_imports, reason = "which trait keeps the value depends on its type")]
        use #private::{ByCapture as _, ByDebug as _, ByName as _, BySerialize as _, SplitOther as _, SplitResult as _};
        match (&&#private::Splitter(#value)).split() {
            #private::View::Returned(value) => {
                (&&&&#private::Tier(value)).keep(values);
                false
            }
            #private::View::Failed(value) => {
                (&&&&#private::Tier(value)).keep(values);
                true
            }
        }
    }}
}

/// The rest of an async body.
fn asynchronous(
    names: &Names,
    block: &Block,
    returns: &Type,
    options: &Options,
    private: &TokenStream,
    outcome: &TokenStream,
) -> TokenStream {
    let Names { call, out, body } = names;
    let is_never = matches!(returns, Type::Never(_));
    // Only a `return` tells the compiler what an async block gives.
    let told = (!has_no_name(returns) && !is_never).then(|| {
        quote! {
            #[allow(unreachable_code, unused_variables, clippy::diverging_sub_expression, clippy::let_unit_value,
                clippy::empty_loop, reason = "it is never run, and only says what the body gives")]
            if false {
                let told: #returns = loop {};
                return told;
            }
        }
    });
    let statements = &block.stmts;
    let start = quote! {
        let #body = #private::Call::body(#call.as_ref(), async move { #told #(#statements)* });
    };
    if options.no_outcome || is_never {
        return quote! {
            let _call = &#call;
            #start
            #body.await
        };
    }
    let annotation = (!has_no_name(returns)).then(|| quote!(: #returns));
    quote! {
        #start
        let #out #annotation = #body.await;
        if let ::core::option::Option::Some(call) = #call {
            #outcome
        }
        #out
    }
}

/// Whether a type cannot be written where a local is annotated.
pub(crate) fn has_no_name(ty: &Type) -> bool {
    struct Finds(bool);
    impl<'ast> Visit<'ast> for Finds {
        fn visit_type_impl_trait(&mut self, _: &'ast syn::TypeImplTrait) {
            self.0 = true;
        }
    }
    let mut finds = Finds(false);
    finds.visit_type(ty);
    finds.0
}

/// Whether a function that is not `async` ends in an async block, as `async_trait` and people write it.
pub(crate) fn has_async_block(block: &Block) -> bool {
    let mut block = block.clone();
    async_block_mut(&mut block).is_some()
}

/// The block in `Box::pin(async move { … })` or `async move { … }` at the end of a body.
fn async_block_mut(block: &mut Block) -> Option<&mut syn::ExprAsync> {
    let Some(Stmt::Expr(last, None)) = block.stmts.last_mut() else { return None };
    match last {
        Expr::Async(found) => Some(found),
        Expr::Call(call) => {
            let Expr::Path(function) = &*call.func else { return None };
            let names: Vec<_> = function.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            if !names.ends_with(&["Box".to_owned(), "pin".to_owned()]) {
                return None;
            }
            match call.args.first_mut() {
                Some(Expr::Async(found)) => Some(found),
                _ => None,
            }
        }
        _ => None,
    }
}
