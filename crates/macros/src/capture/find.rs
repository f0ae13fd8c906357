//! `load!`, `replay!`, `captures!` and `capture_tests!`: from the path of a function to its captures.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Expr, Member, Path, Token, Type, TypePath, parenthesized};

use super::options;
use super::private;
use crate::{list, value};

/// The path of a captured function, as somebody wrote it.
struct Captured {
    path: TypePath,
}

impl Parse for Captured {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let at = input.span();
        match input.parse::<Type>() {
            Ok(Type::Path(path)) => Ok(Self { path }),
            _ => Err(syn::Error::new(at, "here goes the path of a captured function, like `shop::process_order`")),
        }
    }
}

impl Captured {
    /// Whether it is a method: of a type in brackets, or of one with a name of a type.
    fn is_method(&self) -> bool {
        let segments = &self.path.path.segments;
        self.path.qself.is_some()
            || segments.len() > 1
                && segments.iter().rev().nth(1).is_some_and(|owner| {
                    let name = owner.ident.unraw().to_string();
                    name.starts_with(char::is_uppercase)
                })
    }

    /// A hidden function of it: `__capture` or `__replay`.
    fn hidden(&self, kind: &str) -> TokenStream {
        let path = &self.path;
        if !self.is_method() {
            let hidden = Ident::new(kind, Span::call_site());
            return quote!(<#path>::#hidden);
        }
        let mut owner = path.path.clone();
        let Some(method) = owner.segments.pop() else { return TokenStream::new() };
        let method = method.into_value();
        let arguments = match &method.arguments {
            syn::PathArguments::AngleBracketed(arguments) => {
                let arguments = &arguments.args;
                Some(quote!(::<#arguments>))
            }
            _ => None,
        };
        owner.segments.pop_punct();
        match &path.qself {
            Some(qself) => {
                let ty = &qself.ty;
                let of_trait = owner.segments.last().filter(|_| qself.as_token.is_some());
                let suffix = of_trait.map(|last| format!("_of_{}", last.ident)).unwrap_or_default();
                let hidden = format_ident!("{kind}_{}{suffix}", method.ident, span = method.ident.span());
                quote!(<#ty>::#hidden #arguments)
            }
            None => {
                let hidden = format_ident!("{kind}_{}", method.ident, span = method.ident.span());
                quote!(<#owner>::#hidden #arguments)
            }
        }
    }
}

/// Which captures, and what to do with them.
#[derive(Default)]
struct Request {
    function: Option<Captured>,
    /// Calls on the query.
    calls: Vec<TokenStream>,
    /// How many: all, one of each kind, or as JSON.
    end: Option<Ident>,
    receiver: Option<Expr>,
    noise: Option<Expr>,
    unchecked: bool,
    krate: Option<Path>,
}

const OF_LOAD: [&str; 11] =
    ["index", "matching", "with", "or", "migrate", "document", "placeholders", "all", "distinct", "json", "crate"];
const OF_REPLAY: [&str; 10] =
    ["index", "matching", "with", "migrate", "document", "placeholders", "receiver", "noise", "unchecked", "crate"];

impl Request {
    fn parse(input: ParseStream<'_>, macro_name: &str, accepted: &[&str]) -> syn::Result<Self> {
        let mut request = Self { function: Some(input.parse()?), ..Self::default() };
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let option = input.call(Ident::parse_any)?;
            let name = option.to_string();
            if !accepted.contains(&name.as_str()) {
                return Err(list::unknown(&format!("{macro_name}!"), &option, accepted));
            }
            request.read(&option, &name, input)?;
        }
        Ok(request)
    }

    fn read(&mut self, option: &Ident, name: &str, input: ParseStream<'_>) -> syn::Result<()> {
        let call = Ident::new(name, option.span());
        match name {
            "index" => {
                let index = value::expression(option, "a number, counted from the latest", input)?;
                self.calls.push(quote!(.#call(#index)));
            }
            "matching" => {
                let criteria =
                    value::expression(option, "criteria, like `Criteria::new().outcome(OutcomeKind::Error)`", input)?;
                self.calls.push(quote!(.#call(#criteria)));
            }
            "document" => {
                let document = value::expression(option, "a `Document`", input)?;
                self.calls.push(quote!(.#call(#document)));
            }
            "migrate" => {
                let migration = value::expression(option, "a `Migration`", input)?;
                self.calls.push(quote!(.#call(#migration)));
            }
            "or" => {
                let fallback = value::expression(option, "the arguments to take where there is no capture", input)?;
                self.calls.push(quote!(.#call(move || #fallback)));
            }
            "with" => self.with(option, input)?,
            "placeholders" => self.calls.push(quote!(.#call())),
            "all" | "distinct" | "json" => {
                if let Some(other) = &self.end {
                    let message = format!("`{option}` and `{other}` exclude each other; keep one of them");
                    return Err(syn::Error::new(option.span(), message));
                }
                self.end = Some(call);
            }
            "receiver" => {
                let takes = "a function that makes the receiver, like `|| OrderService::new()`";
                self.receiver = Some(value::expression(option, takes, input)?);
            }
            "noise" => self.noise = Some(value::expression(option, "what may differ, a `Noise`", input)?),
            "unchecked" => self.unchecked = true,
            _ => self.krate = Some(value::path(option, "tracesnap_capture", input)?),
        }
        Ok(())
    }

    /// `with(token = "t".into(), …)`
    fn with(&mut self, option: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        let takes = "`with` takes values for arguments, like `with(token = \"t\".into())`";
        if !input.peek(syn::token::Paren) {
            return Err(syn::Error::new(option.span(), takes));
        }
        let list;
        parenthesized!(list in input);
        while !list.is_empty() {
            let member: Member = list.parse().map_err(|error| syn::Error::new(error.span(), takes))?;
            list.parse::<Token![=]>().map_err(|error| syn::Error::new(error.span(), takes))?;
            let supplied: Expr = list.parse()?;
            let name = match &member {
                Member::Named(name) => name.unraw().to_string(),
                Member::Unnamed(at) => at.index.to_string(),
            };
            // The field tells the type, and the compiler whether there is such an argument.
            self.calls.push(quote!(.with(#name, |arguments| &arguments.#member).value(#supplied)));
            if !list.is_empty() {
                list.parse::<Token![,]>()?;
            }
        }
        Ok(())
    }

    fn query(&self) -> TokenStream {
        let capture = self.function.as_ref().map(|function| function.hidden("__capture"));
        let calls = &self.calls;
        quote!(#capture().query()#(#calls)*)
    }

    fn replay(&self) -> TokenStream {
        let private = private(self.krate.as_ref());
        let again = self.function.as_ref().map(|function| function.hidden("__replay"));
        let receiver = self.receiver.as_ref().map(|receiver| quote!(#receiver,));
        let noise = match &self.noise {
            Some(noise) => noise.to_token_stream(),
            None => quote!(#private::Noise::new()),
        };
        let query = self.query();
        let checked = !self.unchecked;
        quote!(#again(#receiver #query.prepare(#noise, #checked)))
    }
}

fn expand(input: TokenStream, parse: impl FnOnce(ParseStream<'_>) -> syn::Result<TokenStream>) -> TokenStream {
    syn::parse::Parser::parse2(parse, input).unwrap_or_else(|error| error.to_compile_error())
}

pub(crate) fn load(input: TokenStream) -> TokenStream {
    expand(input, |input| {
        let request = Request::parse(input, "load", &OF_LOAD)?;
        let query = request.query();
        let end = request.end.unwrap_or_else(|| Ident::new("one", Span::call_site()));
        Ok(quote!(#query.#end()))
    })
}

pub(crate) fn replay(input: TokenStream) -> TokenStream {
    expand(input, |input| Request::parse(input, "replay", &OF_REPLAY).map(|request| request.replay()))
}

pub(crate) fn captures(input: TokenStream) -> TokenStream {
    expand(input, |input| {
        let capture = input.parse::<Captured>()?.hidden("__capture");
        Ok(quote!(#capture()))
    })
}

/// `capture_tests!(mod prices for price[3], missing = skip, …)`
pub(crate) fn capture_tests(input: TokenStream) -> TokenStream {
    expand(input, |input| {
        input.parse::<Token![mod]>()?;
        let module: Ident = input.parse()?;
        input.parse::<Token![for]>()?;
        let function: Captured = input.parse()?;
        input.parse::<Token![,]>()?;
        let count_name: Ident = input.parse()?;
        if count_name != "count" {
            let message = "after the function goes how many captures to test, like `count = 3`";
            return Err(syn::Error::new(count_name.span(), message));
        }
        input.parse::<Token![=]>()?;
        let count: syn::LitInt = input.parse()?;
        let count: usize = count.base10_parse()?;
        let mut missing = Ident::new("Fail", Span::call_site());
        let (mut block_on, mut rest) = (None, TokenStream::new());
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let option = input.call(Ident::parse_any)?;
            match option.to_string().as_str() {
                "missing" => missing = options::word(&option, &[("skip", "Skip"), ("fail", "Fail")], input)?,
                "block_on" => block_on = Some(value::expression(&option, "a function that runs a future", input)?),
                "receiver" | "noise" | "matching" => {
                    let given = value::expression(&option, "a value", input)?;
                    rest.extend(quote!(, #option = #given));
                }
                _ => {
                    return Err(list::unknown(
                        "capture_tests!",
                        &option,
                        &["missing", "block_on", "receiver", "noise", "matching"],
                    ));
                }
            }
        }
        let private = private(None);
        let path = &function.path;
        let capture = function.hidden("__capture");
        let request: TokenStream = quote!(#path, index = index #rest);
        let request =
            syn::parse::Parser::parse2(|input: ParseStream<'_>| Request::parse(input, "replay", &OF_REPLAY), request)?;
        let replay = request.replay();
        let replay = match block_on {
            Some(block_on) => quote!((#block_on)(#replay)),
            None => replay,
        };
        let tests = (0..count).map(|index| {
            let name = format_ident!("capture_{index}");
            quote! {
                #[test]
                fn #name() {
                    #private::run_nth(#capture(), #index, #private::Missing::#missing, |index| #replay.map(::core::mem::drop));
                }
            }
        });
        Ok(quote! {
            mod #module {
                #[allow(unused_imports, reason = "paths may be whole")]
                use super::*;
                #(#tests)*
            }
        })
    })
}
