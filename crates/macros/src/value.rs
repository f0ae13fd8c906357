//! Reads one value of an option, and says what was found where another one is wanted.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::{Expr, ExprLit, Lit, LitInt, LitStr, Path, Token};

use crate::nearest::nearest;

/// `= value`, any expression. `takes` is what the option accepts, for the message where there is no value.
pub(crate) fn expression(option: &Ident, takes: &str, input: ParseStream<'_>) -> syn::Result<Expr> {
    let assigned = input.parse::<Option<Token![=]>>()?.is_some();
    if !assigned || input.is_empty() || input.peek(Token![,]) {
        return Err(syn::Error::new(option.span(), format!("`{option}` has no value, but takes `=` and {takes}")));
    }
    input.parse()
}

/// `= "text"`, not empty.
pub(crate) fn text(option: &Ident, takes: &str, input: ParseStream<'_>) -> syn::Result<LitStr> {
    match expression(option, takes, input)? {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if !text.value().is_empty() => Ok(text),
        other => Err(unexpected(option, &other, takes)),
    }
}

/// `= 3`, a whole number from 1.
pub(crate) fn number(option: &Ident, takes: &str, input: ParseStream<'_>) -> syn::Result<LitInt> {
    match expression(option, takes, input)? {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. })
            if number.suffix().is_empty() && number.base10_parse::<u32>().is_ok_and(|number| number > 0) =>
        {
            Ok(number)
        }
        other => Err(unexpected(option, &other, takes)),
    }
}

/// `= path::to::{krate}`, for the option `crate`.
pub(crate) fn path(option: &Ident, krate: &str, input: ParseStream<'_>) -> syn::Result<Path> {
    let takes = format!("the path of {krate}, like `my_crate::{krate}`");
    // `crate` itself is a path, but no expression.
    if input.peek(Token![=]) && !input.peek2(Lit) {
        input.parse::<Token![=]>()?;
        let wrong = |error: syn::Error| syn::Error::new(error.span(), format!("`{option}` takes {takes}"));
        return input.call(Path::parse_mod_style).map_err(wrong);
    }
    Err(unexpected(option, &expression(option, &takes, input)?, &takes))
}

/// `= true` or `= false`.
pub(crate) fn switch(option: &Ident, input: ParseStream<'_>) -> syn::Result<bool> {
    let takes = "`true` or `false`";
    match expression(option, takes, input)? {
        Expr::Lit(ExprLit { lit: Lit::Bool(switch), .. }) => Ok(switch.value),
        other => Err(unexpected(option, &other, takes)),
    }
}

/// `= "word"`, one of the words in the table; gives the name that stands beside it, placed where the word is.
pub(crate) fn word(option: &Ident, words: &[(&str, &str)], input: ParseStream<'_>) -> syn::Result<Ident> {
    let accepted: Vec<_> = words.iter().map(|(word, _)| *word).collect();
    let takes = one_of(&accepted, "\"");
    let found = expression(option, &takes, input)?;
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &found else {
        return Err(unexpected(option, &found, &takes));
    };
    match words.iter().find(|(word, _)| *word == text.value()) {
        Some((_, name)) => Ok(Ident::new(name, Span::call_site())),
        None => {
            let mut error = format!("`{option}` is `{}`, but takes {takes}", text.token());
            if let Some(meant) = nearest(&text.value(), &accepted) {
                error.push_str(&format!("; did you mean `\"{meant}\"`?"));
            }
            Err(syn::Error::new(text.span(), error))
        }
    }
}

/// The accepted words as a list to read: `` `a`, `b` or `c` ``, each in quotes where a text is meant.
pub(crate) fn one_of(words: &[&str], quote: &str) -> String {
    let mut list = String::new();
    for (at, word) in words.iter().enumerate() {
        let joint = match at {
            0 => "",
            _ if at + 1 == words.len() => " or ",
            _ => ", ",
        };
        list.push_str(&format!("{joint}`{quote}{word}{quote}`"));
    }
    list
}

/// That an option has a value of another form than it takes.
pub(crate) fn unexpected(option: &Ident, found: &Expr, takes: &str) -> syn::Error {
    let text = found.to_token_stream().to_string();
    syn::Error::new_spanned(found, format!("`{option}` is `{text}`, but takes {takes}"))
}
