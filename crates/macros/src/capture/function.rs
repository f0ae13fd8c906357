//! A function to capture: its signature with a name for every argument, checked against what cannot be captured.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::{Block, FnArg, Pat, ReturnType, Signature, Type};

use super::options::Options;
use crate::nearest::nearest;
use crate::value;

/// Whose function it is.
#[derive(Clone)]
pub(crate) enum Owner {
    /// Nobody's.
    None,
    /// Of the type that is `Self` there.
    SelfType,
    /// Of this type, whose block is seen; of this trait, if it is one.
    Block { ty: Box<Type>, of_trait: Option<syn::Path> },
}

/// One argument but the receiver.
#[derive(Clone)]
pub(crate) struct Argument {
    /// The binding in the body.
    pub(crate) binding: Ident,
    /// What it is called in captures.
    pub(crate) name: String,
    /// Whether it has a name of its own.
    pub(crate) named: bool,
    pub(crate) ignored: bool,
    pub(crate) ty: Type,
}

/// See the module.
pub(crate) struct Function {
    pub(crate) sig: Signature,
    pub(crate) block: Block,
    pub(crate) owner: Owner,
    pub(crate) arguments: Vec<Argument>,
    /// Whether the receiver is captured, too.
    pub(crate) with_self: bool,
}

impl Function {
    /// Takes a function apart; arguments without a name get one, and are taken apart in the body.
    pub(crate) fn new(options: &Options, mut sig: Signature, mut block: Block, owner: Owner) -> syn::Result<Self> {
        refuse(&sig)?;
        let mut arguments = Vec::new();
        let mut patterns: Vec<TokenStream> = Vec::new();
        for input in &mut sig.inputs {
            let FnArg::Typed(input) = input else { continue };
            let at = arguments.len();
            let (binding, named) = match &*input.pat {
                Pat::Ident(name) if name.subpat.is_none() && name.by_ref.is_none() => (name.ident.clone(), true),
                pattern => {
                    let binding = format_ident!("arg{at}", span = Span::call_site());
                    patterns.push(quote!(let #pattern = #binding;));
                    *input.pat = syn::parse_quote!(#binding);
                    (binding, false)
                }
            };
            let name = binding.unraw().to_string();
            arguments.push(Argument { binding, name, named, ignored: false, ty: (*input.ty).clone() });
        }
        for ignored in &options.ignore {
            let name = ignored.unraw().to_string();
            match arguments.iter_mut().find(|argument| argument.name == name) {
                Some(argument) => argument.ignored = true,
                None => return Err(unknown(ignored, &sig.ident, &arguments)),
            }
        }
        if options.with_self && sig.receiver().is_none() {
            return Err(syn::Error::new(sig.ident.span(), "`self` asks for the receiver, but this function has none"));
        }
        if !patterns.is_empty() {
            let statements = &block.stmts;
            block = syn::parse_quote!({ #(#patterns)* #(#statements)* });
        }
        Ok(Self { with_self: options.with_self, sig, block, owner, arguments })
    }

    /// The `static` of it beside an item.
    pub(crate) fn static_name(&self) -> String {
        format!("__CAPTURE_{}", self.long_name())
    }

    /// Its name with that of its type, as one identifier.
    pub(crate) fn long_name(&self) -> String {
        let name = self.sig.ident.unraw();
        match &self.owner {
            Owner::None | Owner::SelfType => name.to_string(),
            Owner::Block { ty, of_trait } => {
                let of_trait = of_trait.as_ref().map(|path| format!("{}_", last(path))).unwrap_or_default();
                format!("{}_{of_trait}{name}", type_name(ty))
            }
        }
    }

    /// The type that it gives: of a future that is returned, what that gives.
    pub(crate) fn returns(&self) -> Type {
        let ReturnType::Type(_, ty) = &self.sig.output else { return syn::parse_quote!(()) };
        if self.sig.asyncness.is_none()
            && let Some(output) = future_output(ty)
            && super::body::has_async_block(&self.block)
        {
            return output;
        }
        (**ty).clone()
    }
}

fn refuse(sig: &Signature) -> syn::Result<()> {
    let refused = |at: &dyn ToTokens, message: &str| Err(syn::Error::new_spanned(at, message));
    if let Some(unsafety) = &sig.unsafety {
        return refused(
            unsafety,
            "`#[capture]` stands on safe functions: a replay would call this one without whoever upholds what it asks \
             for; capture a safe function around it",
        );
    }
    if let Some(abi) = &sig.abi {
        return refused(
            abi,
            "`#[capture]` stands on Rust functions: it must not unwind or look at arguments that came from elsewhere; \
             capture a Rust function that this one calls",
        );
    }
    if let Some(constness) = &sig.constness {
        return refused(
            constness,
            "`#[capture]` stands on functions that run when the program does: a `const fn` cannot write; remove `const`, \
             or capture a function around it",
        );
    }
    if let Some(variadic) = &sig.variadic {
        return refused(variadic, "`#[capture]` needs to know every argument: `...` has no names");
    }
    Ok(())
}

fn unknown(name: &Ident, function: &Ident, arguments: &[Argument]) -> syn::Error {
    let names: Vec<_> = arguments.iter().map(|argument| argument.name.as_str()).collect();
    let meant = nearest(&name.to_string(), &names).map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
    let has = match &names[..] {
        [] => "it has none".to_owned(),
        names => format!("it has {}", value::one_of(names, "").replace(" or ", " and ")),
    };
    syn::Error::new(name.span(), format!("`{function}` has no argument `{name}` to ignore; {meant}{has}"))
}

/// The type that a future gives, of `impl Future<Output = T>` and `Pin<Box<dyn Future<Output = T>>>`.
fn future_output(ty: &Type) -> Option<Type> {
    let of_bounds = |bounds: &syn::punctuated::Punctuated<syn::TypeParamBound, syn::Token![+]>| {
        bounds.iter().find_map(|bound| {
            let syn::TypeParamBound::Trait(bound) = bound else { return None };
            let last = bound.path.segments.last().filter(|last| last.ident == "Future")?;
            let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
            arguments.args.iter().find_map(|argument| match argument {
                syn::GenericArgument::AssocType(output) if output.ident == "Output" => Some(output.ty.clone()),
                _ => None,
            })
        })
    };
    match ty {
        Type::ImplTrait(future) => of_bounds(&future.bounds),
        Type::TraitObject(future) => of_bounds(&future.bounds),
        Type::Path(path) => {
            let last = path.path.segments.last().filter(|last| last.ident == "Pin" || last.ident == "Box")?;
            let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
            arguments.args.iter().find_map(|argument| match argument {
                syn::GenericArgument::Type(inner) => future_output(inner),
                _ => None,
            })
        }
        _ => None,
    }
}

/// The last part of a path.
pub(crate) fn last(path: &syn::Path) -> String {
    path.segments.last().map_or_else(String::new, |last| last.ident.unraw().to_string())
}

/// A type's own name, as a part of an identifier.
pub(crate) fn type_name(ty: &Type) -> String {
    match ty {
        Type::Path(path) => last(&path.path),
        Type::Reference(reference) => type_name(&reference.elem),
        Type::Group(inner) => type_name(&inner.elem),
        Type::Paren(inner) => type_name(&inner.elem),
        other => other.to_token_stream().to_string().chars().filter(char::is_ascii_alphanumeric).collect(),
    }
}

/// A type as it is written in captures: one space where there must be one.
pub(crate) fn written(ty: &Type) -> String {
    let mut text = String::new();
    for token in ty.to_token_stream().to_string().split(' ') {
        let is_word = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
        let (before, next) = (text.chars().last(), token.chars().next());
        let apart = is_word(before) && (is_word(next) || next == Some('\''))
            || matches!(token, "+" | "=" | "->")
            || matches!(before, Some('+' | ',' | ';'))
            || text.ends_with("->")
            || text.ends_with('=');
        if apart && !text.is_empty() {
            text.push(' ');
        }
        text.push_str(token);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_written_as_people_write_them() {
        for text in [
            "u64",
            "&str",
            "&mut Vec<(u8, String)>",
            "Option<&'a str>",
            "impl Fn(u8) -> bool + Send",
            "HashMap<String, Vec<Item>>",
            "Box<dyn Iterator<Item = u8>>",
            "&'static [u8; 4]",
        ] {
            let ty: Type = syn::parse_str(text).expect("a type");
            assert_eq!(written(&ty), text);
        }
    }
}
