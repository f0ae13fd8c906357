//! The owned form of a parameter's type, and how an argument is lent from it again.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::visit_mut::VisitMut;
use syn::{GenericArgument, Lifetime, PathArguments, Type, TypeReference};

/// See the module.
pub(crate) struct Owned {
    /// The type; `None` where it has no name, as that of `impl Trait`.
    pub(crate) ty: Option<Type>,
    /// Whether it is lent as `&mut`.
    pub(crate) is_mut: bool,
    how: How,
}

enum How {
    /// As it is.
    Move,
    /// `&x`
    Ref,
    /// `&mut x`
    RefMut,
    /// `&*x`, for texts, lists and trait objects.
    Deref,
    /// `&mut *x`
    DerefMut,
    /// `x.as_deref()`
    OptionDeref,
    /// `x.as_ref()`
    OptionRef,
    /// `x.as_mut()`
    OptionMut,
    /// A list of borrowed elements, itself owned or borrowed.
    Elements { borrowed: bool },
    /// A reference that lives for ever: a test may leak.
    Leak,
    /// The same for what is behind a pointer of its own.
    LeakDeref,
}

impl Owned {
    pub(crate) fn of(ty: &Type) -> Self {
        let (ty, how) = owned(ty);
        let is_mut = matches!(how, How::RefMut | How::DerefMut | How::OptionMut);
        Self { ty, how, is_mut }
    }

    /// The argument, from a local of that name.
    pub(crate) fn lend(&self, local: &Ident) -> TokenStream {
        match self.how {
            How::Move => quote!(#local),
            How::Ref => quote!(&#local),
            How::RefMut => quote!(&mut #local),
            How::Deref => quote!(&*#local),
            How::DerefMut => quote!(&mut *#local),
            How::OptionDeref => quote!(#local.as_deref()),
            How::OptionRef => quote!(#local.as_ref()),
            How::OptionMut => quote!(#local.as_mut()),
            How::Elements { borrowed: true } => {
                quote!(&#local.iter().map(|element| &**element).collect::<::std::vec::Vec<_>>()[..])
            }
            How::Elements { borrowed: false } => quote!(#local.iter().map(|element| &**element).collect()),
            How::Leak => quote!(::std::boxed::Box::leak(::std::boxed::Box::new(#local))),
            How::LeakDeref => quote!(#local.leak()),
        }
    }
}

fn owned(ty: &Type) -> (Option<Type>, How) {
    match ty {
        Type::ImplTrait(_) => (None, How::Move),
        Type::Paren(inner) => owned(&inner.elem),
        Type::Group(inner) => owned(&inner.elem),
        Type::Reference(reference) => of_reference(reference),
        Type::Path(path) if path.qself.is_none() => {
            let Some((name, Type::Reference(inner))) = sole_argument(path) else { return (with_static(ty), How::Move) };
            let (of_inner, is_unsized) = pointee(&inner.elem);
            let Some(of_inner) = of_inner else { return (None, How::Move) };
            match name.as_str() {
                "Option" => {
                    let how = match (is_unsized, inner.mutability.is_some()) {
                        (true, false) => How::OptionDeref,
                        (false, false) => How::OptionRef,
                        (_, true) => How::OptionMut,
                    };
                    (Some(syn::parse_quote!(::core::option::Option<#of_inner>)), how)
                }
                "Vec" if is_unsized && inner.mutability.is_none() => {
                    (Some(syn::parse_quote!(::std::vec::Vec<#of_inner>)), How::Elements { borrowed: false })
                }
                _ => (with_static(ty), How::Move),
            }
        }
        _ => (with_static(ty), How::Move),
    }
}

fn of_reference(reference: &TypeReference) -> (Option<Type>, How) {
    let is_mut = reference.mutability.is_some();
    let lives_for_ever = reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
    if let Type::Slice(slice) = &*reference.elem
        && let Type::Reference(element) = &*slice.elem
        && !is_mut
    {
        let (inner, is_unsized) = pointee(&element.elem);
        if let (Some(inner), true) = (inner, is_unsized) {
            return (Some(syn::parse_quote!(::std::vec::Vec<#inner>)), How::Elements { borrowed: true });
        }
    }
    let (inner, is_unsized) = pointee(&reference.elem);
    let how = match (is_unsized, is_mut, lives_for_ever) {
        (true, _, true) if !matches!(*reference.elem, Type::TraitObject(_)) => How::LeakDeref,
        (_, _, true) => How::Leak,
        (true, false, false) => How::Deref,
        (true, true, false) => How::DerefMut,
        (false, false, false) => How::Ref,
        (false, true, false) => How::RefMut,
    };
    (inner, how)
}

/// The owned form of what a reference points at, and whether that is behind a pointer of its own.
fn pointee(ty: &Type) -> (Option<Type>, bool) {
    match ty {
        Type::Slice(slice) => {
            let element = with_static(&slice.elem);
            (element.map(|element| syn::parse_quote!(::std::vec::Vec<#element>)), true)
        }
        Type::TraitObject(object) => {
            let mut object = object.clone();
            MakeStatic::default().visit_type_trait_object_mut(&mut object);
            let is_bound = object.bounds.iter().any(|bound| matches!(bound, syn::TypeParamBound::Lifetime(_)));
            let lives = (!is_bound).then(|| quote!(+ 'static));
            (Some(syn::parse_quote!(::std::boxed::Box<#object #lives>)), true)
        }
        Type::Paren(inner) => pointee(&inner.elem),
        Type::Group(inner) => pointee(&inner.elem),
        Type::ImplTrait(_) => (None, false),
        Type::Path(path) => {
            let of = match path.path.segments.last().map(|last| last.ident.to_string()).as_deref() {
                Some("str") => quote!(::std::string::String),
                Some("Path") => quote!(::std::path::PathBuf),
                Some("OsStr") => quote!(::std::ffi::OsString),
                Some("CStr") => quote!(::std::ffi::CString),
                _ => return (with_static(ty), false),
            };
            (Some(syn::parse_quote!(#of)), true)
        }
        _ => (with_static(ty), false),
    }
}

/// The name and the only type argument of a path such as `Option<&str>`.
fn sole_argument(path: &syn::TypePath) -> Option<(String, &Type)> {
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.iter().collect::<Vec<_>>()[..] {
        [GenericArgument::Type(inner)] => Some((last.ident.to_string(), inner)),
        _ => None,
    }
}

/// The type with every lifetime made `'static`; `None` where it has no name.
fn with_static(ty: &Type) -> Option<Type> {
    let mut ty = ty.clone();
    let mut make = MakeStatic::default();
    make.visit_type_mut(&mut ty);
    (!make.has_no_name).then_some(ty)
}

#[derive(Default)]
pub(crate) struct MakeStatic {
    has_no_name: bool,
    /// Lifetimes that `for<'a>` brings: they stay.
    bound: Vec<Lifetime>,
}

impl VisitMut for MakeStatic {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if !self.bound.contains(lifetime) {
            lifetime.ident = Ident::new("static", lifetime.ident.span());
        }
    }

    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        match &mut reference.lifetime {
            Some(lifetime) => self.visit_lifetime_mut(lifetime),
            none => *none = Some(Lifetime::new("'static", proc_macro2::Span::call_site())),
        }
        self.visit_type_mut(&mut reference.elem);
    }

    fn visit_bound_lifetimes_mut(&mut self, bound: &mut syn::BoundLifetimes) {
        self.bound.extend(bound.lifetimes.iter().filter_map(|parameter| match parameter {
            syn::GenericParam::Lifetime(lifetime) => Some(lifetime.lifetime.clone()),
            _ => None,
        }));
    }

    // References inside `fn(&T)` and `Fn(&T)` are bound there.
    fn visit_type_bare_fn_mut(&mut self, _: &mut syn::TypeBareFn) {}

    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut syn::ParenthesizedGenericArguments) {}

    fn visit_type_impl_trait_mut(&mut self, _: &mut syn::TypeImplTrait) {
        self.has_no_name = true;
    }

    fn visit_type_infer_mut(&mut self, _: &mut syn::TypeInfer) {
        self.has_no_name = true;
    }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens;
    use syn::parse_quote;

    use super::*;

    fn forms(ty: &Type) -> (String, String) {
        let owned = Owned::of(ty);
        let local = Ident::new("x", proc_macro2::Span::call_site());
        let text = owned.ty.map_or("nothing".into(), |ty| ty.to_token_stream().to_string().replace(' ', ""));
        (text, owned.lend(&local).to_string().replace(' ', ""))
    }

    #[test]
    fn what_is_borrowed_is_owned_and_lent_again() {
        let table: [(Type, &str, &str); 13] = [
            (parse_quote!(u64), "u64", "x"),
            (parse_quote!(&str), "::std::string::String", "&*x"),
            (parse_quote!(&'a [u8]), "::std::vec::Vec<u8>", "&*x"),
            (parse_quote!(&Card), "Card", "&x"),
            (parse_quote!(&mut Vec<u8>), "Vec<u8>", "&mutx"),
            (parse_quote!(&Path), "::std::path::PathBuf", "&*x"),
            (parse_quote!(Option<&str>), "::core::option::Option<::std::string::String>", "x.as_deref()"),
            (parse_quote!(Option<&Card>), "::core::option::Option<Card>", "x.as_ref()"),
            (parse_quote!(Cow<'_, str>), "Cow<'static,str>", "x"),
            (parse_quote!(&dyn Store), "::std::boxed::Box<dynStore+'static>", "&*x"),
            (parse_quote!(&'static str), "::std::string::String", "x.leak()"),
            (parse_quote!(impl Fn() -> u8), "nothing", "x"),
            (
                parse_quote!(&[&str]),
                "::std::vec::Vec<::std::string::String>",
                "&x.iter().map(|element|&**element).collect::<::std::vec::Vec<_>>()[..]",
            ),
        ];
        for (ty, owned, lent) in table {
            assert_eq!(forms(&ty), (owned.into(), lent.into()), "{}", ty.to_token_stream());
        }
    }
}
