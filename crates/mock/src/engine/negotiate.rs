//! Chooses among media types by what the caller accepts.

use http::{HeaderMap, header};
use tracesnap_openapi::MediaType;

use super::reply::Media;

/// A media type that is accepted, and how much.
#[derive(Debug)]
struct Range<'h> {
    kind: &'h str,
    subtype: &'h str,
    quality: f32,
}

/// What the header `Accept` says; nothing where there is none, which means anything.
fn ranges(headers: &HeaderMap) -> Vec<Range<'_>> {
    let texts = headers.get_all("accept").into_iter().filter_map(|value| value.to_str().ok());
    texts
        .flat_map(|text| text.split(','))
        .filter_map(|one| {
            let mut parts = one.split(';');
            let (kind, subtype) = parts.next()?.trim().split_once('/')?;
            let quality = parts.find_map(|part| part.trim().strip_prefix("q=")?.trim().parse::<f32>().ok());
            Some(Range { kind, subtype, quality: quality.unwrap_or(1.0) })
        })
        .take(64)
        .collect()
}

/// How much a media type is wanted: its quality, and how exactly it was asked for. `None` if it is refused.
fn wanted(ranges: &[Range<'_>], essence: &str) -> Option<(f32, u8)> {
    if ranges.is_empty() {
        return Some((1.0, 0));
    }
    let (kind, subtype) = essence.split_once('/').unwrap_or((essence, ""));
    let anything = kind == "*";
    let exactness = |range: &Range<'_>| {
        if anything || range.kind == "*" {
            return Some(0);
        }
        if !range.kind.eq_ignore_ascii_case(kind) {
            return None;
        }
        if range.subtype == "*" || subtype == "*" {
            return Some(1);
        }
        if range.subtype.eq_ignore_ascii_case(subtype) {
            return Some(3);
        }
        // Who takes JSON takes what is written in it, and the other way round.
        let base = |text: &str| text.rsplit('+').next().unwrap_or_default().to_ascii_lowercase();
        (base(range.subtype) == base(subtype) && (range.subtype.contains('+') || subtype.contains('+'))).then_some(2)
    };
    let best = ranges.iter().filter_map(|range| Some((exactness(range)?, range.quality)));
    let (exactness, quality) = best.max_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)))?;
    (quality > 0.0).then_some((quality, exactness))
}

/// The media type to answer with: what is wanted most; of those wanted alike, JSON, then the order of the document.
/// `None` where none of them is accepted.
pub(crate) fn choose<'m, 'd>(content: &'m [Media<'d>], headers: &HeaderMap) -> Option<&'m Media<'d>> {
    if content.len() < 2 && !headers.contains_key(header::ACCEPT) {
        return content.first();
    }
    let ranges = ranges(headers);
    let scored = content.iter().enumerate().filter_map(|(at, media)| {
        let (quality, exactness) = wanted(&ranges, &media.essence)?;
        Some((quality, exactness, media.essence == "application/json", media.is_json, std::cmp::Reverse(at)))
    });
    let best = scored.max_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2, a.3, a.4).cmp(&(b.1, b.2, b.3, b.4))))?;
    content.get(best.4.0)
}

/// Whether a body of that media type is among those an operation takes; the one it is.
pub(crate) fn takes<'m, 'd>(content: &'m [MediaType<'d>], given: &str) -> Option<&'m MediaType<'d>> {
    let given = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let (kind, subtype) = given.split_once('/').unwrap_or((&given, ""));
    let fits = |media: &&MediaType<'d>| {
        let essence = media.essence();
        match essence.split_once('/') {
            Some(("*", _)) => true,
            Some((of, "*")) => of == kind,
            // Documents name the JSON they mean, and callers send JSON.
            _ => media.is_json() && (subtype == "json" || subtype.ends_with("+json")),
        }
    };
    content.iter().find(|media| media.essence() == given).or_else(|| content.iter().find(fits))
}
