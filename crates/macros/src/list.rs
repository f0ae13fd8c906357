//! Reads options between commas, each of them once.

use proc_macro2::Ident;
use syn::Token;
use syn::ext::IdentExt;
use syn::parse::ParseStream;

use crate::nearest::nearest;
use crate::value;

/// Reads every option with `read`; gives those that were set, in their order.
pub(crate) fn each(
    input: ParseStream<'_>,
    mut read: impl FnMut(&Ident, ParseStream<'_>) -> syn::Result<()>,
) -> syn::Result<Vec<Ident>> {
    let mut seen: Vec<Ident> = Vec::new();
    while !input.is_empty() {
        let option = input.call(Ident::parse_any)?;
        if seen.contains(&option) {
            return Err(syn::Error::new(option.span(), format!("`{option}` is set twice; keep one of them")));
        }
        read(&option, input)?;
        seen.push(option);
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(seen)
}

/// That the macro `of` has no such option, with the one that was meant and all there are.
pub(crate) fn unknown(of: &str, option: &Ident, names: &[&str]) -> syn::Error {
    let meant = nearest(&option.to_string(), names).map(|name| format!("did you mean `{name}`? "));
    let (meant, names) = (meant.unwrap_or_default(), value::one_of(names, "").replace(" or ", " and "));
    syn::Error::new(option.span(), format!("`{of}` has no option `{option}`; {meant}it takes {names}"))
}
