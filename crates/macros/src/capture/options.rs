//! What stands in the parentheses of `#[capture(…)]`.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, ExprLit, Lit, LitStr, Path, Token, parenthesized};

use crate::nearest::nearest;
use crate::{list, value};

/// Every option, in the order of the documentation.
const NAMES: [&str; 15] = [
    "retention",
    "ignore",
    "sample",
    "max_bytes",
    "path",
    "background",
    "lazy",
    "filter",
    "no_outcome",
    "on_error",
    "self",
    "skip",
    "method",
    "record_only",
    "crate",
];

const ON_ERROR: [(&str, &str); 2] = [("ignore", "Ignore"), ("warn", "Warn")];

/// The options of one `#[capture]`, as they were written.
#[derive(Clone, Default)]
pub(crate) struct Options {
    pub(crate) retention: Option<String>,
    pub(crate) ignore: Vec<Ident>,
    pub(crate) sample: Option<f64>,
    pub(crate) max_bytes: Option<u64>,
    pub(crate) path: Option<LitStr>,
    pub(crate) background: Option<bool>,
    pub(crate) lazy: bool,
    pub(crate) filter: Option<Expr>,
    pub(crate) no_outcome: bool,
    /// The variant of `OnError`.
    pub(crate) on_error: Option<Ident>,
    pub(crate) with_self: bool,
    pub(crate) skip: bool,
    pub(crate) method: bool,
    pub(crate) record_only: bool,
    pub(crate) krate: Option<Path>,
}

impl Parse for Options {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut options = Self::default();
        list::each(input, |option, input| options.read(option, input))?;
        Ok(options)
    }
}

impl Options {
    fn read(&mut self, option: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        match option.to_string().as_str() {
            "retention" => self.retention = Some(retention(option, input)?),
            "ignore" => self.ignore = names(option, input)?,
            "sample" => self.sample = Some(share(option, input)?),
            "max_bytes" => self.max_bytes = Some(bytes(option, input)?),
            "path" => self.path = Some(value::text(option, "a folder, like `\"order_captures\"`", input)?),
            "background" => self.background = Some(flag(option, input)?),
            "lazy" => self.lazy = flag(option, input)?,
            "filter" => {
                let takes = "a function of references to all arguments, like `|id: &u64, _: &String| *id > 0`";
                self.filter = Some(value::expression(option, takes, input)?);
            }
            "no_outcome" => self.no_outcome = flag(option, input)?,
            "on_error" => self.on_error = Some(word(option, &ON_ERROR, input)?),
            "self" => self.with_self = flag(option, input)?,
            "skip" => self.skip = flag(option, input)?,
            "method" => self.method = flag(option, input)?,
            "record_only" => self.record_only = flag(option, input)?,
            "crate" => self.krate = Some(value::path(option, "tracesnap_capture", input)?),
            _ => return Err(list::unknown("#[capture]", option, &NAMES)),
        }
        Ok(())
    }

    /// What a method's own attribute says before what its block says.
    pub(crate) fn over(self, block: &Self) -> Self {
        let block = block.clone();
        Self {
            retention: self.retention.or(block.retention),
            // Names of one method need not be those of another.
            ignore: if self.ignore.is_empty() { block.ignore } else { self.ignore },
            sample: self.sample.or(block.sample),
            max_bytes: self.max_bytes.or(block.max_bytes),
            path: self.path.or(block.path),
            background: self.background.or(block.background),
            lazy: self.lazy || block.lazy,
            filter: self.filter,
            no_outcome: self.no_outcome || block.no_outcome,
            on_error: self.on_error.or(block.on_error),
            with_self: self.with_self || block.with_self,
            skip: self.skip,
            method: false,
            record_only: self.record_only || block.record_only,
            krate: self.krate.or(block.krate),
        }
    }

    /// The value of `Options` in the expansion.
    pub(crate) fn constant(&self, private: &TokenStream) -> TokenStream {
        fn option<T: ToTokens>(value: Option<&T>) -> TokenStream {
            match value {
                Some(value) => quote!(::core::option::Option::Some(#value)),
                None => quote!(::core::option::Option::None),
            }
        }
        let (path, retention) = (option(self.path.as_ref()), option(self.retention.as_ref()));
        let (sample, max_bytes) = (option(self.sample.as_ref()), option(self.max_bytes.as_ref()));
        let background = option(self.background.as_ref());
        let (lazy, no_outcome) = (self.lazy, self.no_outcome);
        let on_error = self.on_error.as_ref().map(|name| quote!(#private::OnError::#name));
        let on_error = option(on_error.as_ref());
        quote! {
            #private::Options {
                path: #path,
                retention: #retention,
                sample: #sample,
                max_bytes: #max_bytes,
                background: #background,
                lazy: #lazy,
                no_outcome: #no_outcome,
                on_error: #on_error,
            }
        }
    }
}

/// An option that stands for itself, or for `= true` and `= false`.
fn flag(option: &Ident, input: ParseStream<'_>) -> syn::Result<bool> {
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(true);
    }
    value::switch(option, input)
}

/// `= 5` or `= "5, 7 days"`; what the text means is read when the program starts.
fn retention(option: &Ident, input: ParseStream<'_>) -> syn::Result<String> {
    let takes = "a number of captures from 1, like `5`, or a rule in quotes, like `\"5, 7 days\"`";
    match value::expression(option, takes, input)? {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. })
            if number.base10_parse::<u64>().is_ok_and(|number| number > 0) =>
        {
            Ok(number.base10_digits().into())
        }
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if !text.value().trim().is_empty() => Ok(text.value()),
        other => Err(value::unexpected(option, &other, takes)),
    }
}

/// `= 0.1`
fn share(option: &Ident, input: ParseStream<'_>) -> syn::Result<f64> {
    let takes = "a share of the calls from 0 to 1, like `0.1`";
    let found = value::expression(option, takes, input)?;
    let number = match &found {
        Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) => number.base10_parse().ok(),
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
        _ => None,
    };
    number.filter(|number| (0.0..=1.0).contains(number)).ok_or_else(|| value::unexpected(option, &found, takes))
}

/// `= 65_536`
fn bytes(option: &Ident, input: ParseStream<'_>) -> syn::Result<u64> {
    let takes = "a number of bytes from 1, like `65_536`";
    match value::expression(option, takes, input)? {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. })
            if number.base10_parse::<u64>().is_ok_and(|number| number > 0) =>
        {
            number.base10_parse()
        }
        other => Err(value::unexpected(option, &other, takes)),
    }
}

/// `(password, token)`
fn names(option: &Ident, input: ParseStream<'_>) -> syn::Result<Vec<Ident>> {
    let takes = "`ignore` takes names of arguments in parentheses, like `ignore(password)`";
    if !input.peek(syn::token::Paren) {
        return Err(syn::Error::new(option.span(), takes));
    }
    let list;
    parenthesized!(list in input);
    let names = Punctuated::<Ident, Token![,]>::parse_terminated_with(&list, Ident::parse_any);
    let names = names.map_err(|error| syn::Error::new(error.span(), takes))?;
    if names.is_empty() {
        return Err(syn::Error::new(option.span(), takes));
    }
    Ok(names.into_iter().collect())
}

/// `= word`, quoted or not; gives the name that stands beside it in the table.
pub(crate) fn word(option: &Ident, words: &[(&str, &str)], input: ParseStream<'_>) -> syn::Result<Ident> {
    if input.peek(Token![=]) && input.peek2(syn::Ident) {
        input.parse::<Token![=]>()?;
        let word: Ident = input.parse()?;
        let found = words.iter().find(|(name, _)| word == name);
        return found.map(|(_, variant)| Ident::new(variant, word.span())).ok_or_else(|| {
            let accepted: Vec<_> = words.iter().map(|(name, _)| *name).collect();
            let meant = nearest(&word.to_string(), &accepted).map(|name| format!("; did you mean `{name}`?"));
            let (takes, meant) = (value::one_of(&accepted, ""), meant.unwrap_or_default());
            syn::Error::new(word.span(), format!("`{option}` is `{word}`, but takes {takes}{meant}"))
        });
    }
    value::word(option, words, input)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(options: &str) -> String {
        syn::parse_str::<Options>(options).err().expect("the options are refused").to_string()
    }

    #[test]
    fn every_option_is_read() {
        let text = r#"retention = 5, ignore(a, b), sample = 0.1, max_bytes = 65_536, path = "p", background, lazy,
            filter = wanted, no_outcome, on_error = ignore, crate = my::capture"#;
        let options: Options = syn::parse_str(text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(options.retention.as_deref(), Some("5"));
        assert_eq!(options.ignore.len(), 2);
        assert_eq!((options.sample, options.max_bytes, options.background), (Some(0.1), Some(65_536), Some(true)));
        assert!(options.lazy && options.no_outcome && options.filter.is_some() && options.krate.is_some());
    }

    #[test]
    fn a_mistake_is_refused_with_what_the_option_takes() {
        let table = [
            ("retenton = 5", "`#[capture]` has no option `retenton`; did you mean `retention`? it takes"),
            ("retention = 0", "`retention` is `0`, but takes a number of captures from 1, like `5`, or a rule"),
            ("sample = 10", "`sample` is `10`, but takes a share of the calls from 0 to 1, like `0.1`"),
            ("sample", "`sample` has no value, but takes `=` and a share"),
            ("max_bytes = \"1 KB\"", "`max_bytes` is `\"1 KB\"`, but takes a number of bytes from 1, like `65_536`"),
            ("ignore = password", "`ignore` takes names of arguments in parentheses, like `ignore(password)`"),
            ("on_error = warm", "`on_error` is `warm`, but takes `ignore` or `warn`; did you mean `warn`?"),
            ("lazy, lazy", "`lazy` is set twice; keep one of them"),
        ];
        for (options, message) in table {
            let found = refusal(options);
            assert!(found.starts_with(message), "{found}");
        }
    }
}
