//! `#[capture]` on an `impl` block: every method is captured, and found by its path.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{Attribute, GenericParam, ImplItem, ImplItemFn, ItemImpl, Type, Visibility};

use super::function::{Function, Owner};
use super::options::Options;
use super::{body, companion, private};

/// The block with its methods captured, and what stands beside it.
pub(crate) fn expand(options: &Options, mut block: ItemImpl) -> syn::Result<TokenStream> {
    if let Some(ignored) = options.ignore.iter().find(|name| !has_argument(&block, name)) {
        return Err(unknown(ignored, &block));
    }
    if let Some(filter) = &options.filter {
        let message = "`filter` looks at the arguments of one function; put it on the method: `#[capture(filter = …)]`";
        return Err(syn::Error::new_spanned(filter, message));
    }
    let of_trait = block.trait_.as_ref().map(|(_, path, _)| path.clone());
    let owner = Owner::Block { ty: block.self_ty.clone(), of_trait: of_trait.clone() };
    // Hidden functions stand in a block of the type's own, which only its crate can have; and structs beside it cannot
    // be generic over what they do not know.
    let is_generic = block.generics.params.iter().any(|parameter| !matches!(parameter, GenericParam::Lifetime(_)));
    let is_found = !is_generic && !options.record_only && (of_trait.is_none() || may_be_own(&block.self_ty));
    let (mut beside, mut hidden, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for item in &mut block.items {
        let ImplItem::Fn(method) = item else { continue };
        match one(options, &owner, is_found, method) {
            Ok(None) => {}
            Ok(Some(parts)) => {
                beside.push(parts.beside);
                hidden.push(parts.hidden);
            }
            Err(error) => errors.push(error.to_compile_error()),
        }
    }
    if is_found && !hidden.is_empty() {
        let (of_impl, _, clause) = block.generics.split_for_impl();
        let ty = &block.self_ty;
        beside.push(quote! {
            #[doc(hidden)]
            impl #of_impl #ty #clause {
                #(#hidden)*
            }
        });
    }
    Ok(quote!(#block #(#beside)* #(#errors)*))
}

struct Parts {
    beside: TokenStream,
    hidden: TokenStream,
}

fn one(block: &Options, owner: &Owner, is_found: bool, method: &mut ImplItemFn) -> syn::Result<Option<Parts>> {
    let own: Vec<Attribute> = method.attrs.extract_if(.., |attribute| is_ours(attribute)).collect();
    let own = match &own[..] {
        [] => Options::default(),
        [Attribute { meta: syn::Meta::Path(_), .. }] => Options::default(),
        [attribute] => attribute.parse_args()?,
        [_, second, ..] => return Err(syn::Error::new_spanned(second, "a second `#[capture]`; keep one of them")),
    };
    if own.skip {
        return Ok(None);
    }
    let mut options = own.over(block);
    // What the block ignores need not be an argument of every method.
    let names: Vec<String> = method
        .sig
        .inputs
        .iter()
        .filter_map(|input| match input {
            syn::FnArg::Typed(input) => match &*input.pat {
                syn::Pat::Ident(name) => Some(name.ident.to_string()),
                _ => None,
            },
            syn::FnArg::Receiver(_) => None,
        })
        .collect();
    options.ignore.retain(|name| names.iter().any(|argument| name == argument) || !block.ignore.contains(name));
    options.with_self &= method.sig.receiver().is_some();
    let private = private(options.krate.as_ref());
    let signature = method.sig.clone();
    let made = Function::new(&options, method.sig.clone(), method.block.clone(), owner.clone());
    let mut function = made.map_err(|error| {
        let advice = format!("{error}, or leave it out of the block: `#[capture(skip)]`");
        if signature.constness.is_some() || signature.unsafety.is_some() || signature.abi.is_some() {
            syn::Error::new(error.span(), advice)
        } else {
            error
        }
    })?;
    if !is_found {
        let site = body::site(&function, &options, &private, &Ident::new("__SITE", Span::call_site()));
        let body = body::expand(&mut function, &options, &private, Some(site), "__SITE");
        method.sig = function.sig;
        method.block = syn::parse2(body)?;
        return Ok(None);
    }
    let name = function.static_name();
    let site = body::site(&function, &options, &private, &Ident::new(&name, Span::call_site()));
    let vis = match owner {
        // Methods of a trait have the trait's visibility, which nobody sees here.
        Owner::Block { of_trait: Some(_), .. } => Visibility::Inherited,
        _ => method.vis.clone(),
    };
    let (arguments, hidden) = companion::of_method(&function, &vis, &private, &name);
    let body = body::expand(&mut function, &options, &private, None, &name);
    method.sig = function.sig;
    method.block = syn::parse2(body)?;
    Ok(Some(Parts { beside: quote!(#site #arguments), hidden }))
}

fn is_ours(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|last| last.ident == "capture")
}

fn arguments(block: &ItemImpl) -> Vec<String> {
    let methods = block.items.iter().filter_map(|item| match item {
        ImplItem::Fn(method) => Some(&method.sig.inputs),
        _ => None,
    });
    let name = |input: &syn::FnArg| match input {
        syn::FnArg::Typed(input) => match &*input.pat {
            syn::Pat::Ident(name) => Some(name.ident.to_string()),
            _ => None,
        },
        syn::FnArg::Receiver(_) => None,
    };
    methods.flatten().filter_map(name).collect()
}

fn has_argument(block: &ItemImpl, name: &Ident) -> bool {
    arguments(block).iter().any(|argument| name == argument)
}

fn unknown(name: &Ident, block: &ItemImpl) -> syn::Error {
    let names = arguments(block);
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let meant = crate::nearest::nearest(&name.to_string(), &names);
    let meant = meant.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
    syn::Error::new(name.span(), format!("no method of this block has an argument `{name}` to ignore{meant}"))
}

/// Whether a type may be of this crate: what everybody knows to be of the standard library is not.
fn may_be_own(ty: &Type) -> bool {
    const FOREIGN: [&str; 30] = [
        "Arc", "Box", "BTreeMap", "BTreeSet", "Cow", "HashMap", "HashSet", "Mutex", "Option", "Rc", "RefCell",
        "Result", "RwLock", "String", "Vec", "VecDeque", "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64",
        "i8", "str", "u16", "u32", "u64", "u8",
    ];
    match ty {
        Type::Path(path) => !FOREIGN.contains(&super::function::last(&path.path).as_str()),
        _ => false,
    }
}
