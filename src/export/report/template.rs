//! The page around the data: puts style, script, their hashes and the data in their places.

use std::io::{self, Write};

use base64::engine::general_purpose::STANDARD;
use base64::{Engine, write::EncoderWriter};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use sha2::{Digest, Sha256};

use super::encode::Encoded;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");

/// The script in its parts, what others need first. They share one scope.
const SCRIPT: &[&str] = &[
    include_str!("page/text.js"),
    include_str!("page/dom.js"),
    include_str!("page/decode.js"),
    include_str!("page/trace.js"),
    include_str!("page/modules.js"),
    include_str!("page/search.js"),
    include_str!("page/label.js"),
    include_str!("page/grid.js"),
    include_str!("page/summary.js"),
    include_str!("page/tree.js"),
    include_str!("page/layout.js"),
    include_str!("page/flame.js"),
    include_str!("page/functions.js"),
    include_str!("page/graph.js"),
    include_str!("page/diff.js"),
    include_str!("page/details.js"),
    include_str!("page/help.js"),
    include_str!("page/main.js"),
];

/// How hard to compress: the default of zlib. Level 9 takes twice the time for a hundredth less.
const COMPRESSION: u32 = 6;

/// A place in the page for data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The trace the page is about.
    Trace,
    /// The one it is compared with.
    Before,
}

/// Writes the page, and calls `data` where its data belongs.
///
/// # Errors
///
/// Those of `out` and of `data`.
pub(super) fn write_page<W: Write>(
    out: &mut W,
    title: &str,
    mut data: impl FnMut(&mut W, Part) -> io::Result<()>,
) -> io::Result<()> {
    let script = SCRIPT.concat();
    for piece in PAGE.split_inclusive("}}") {
        let (text, slot) = piece.rsplit_once("{{").unwrap_or((piece, ""));
        out.write_all(text.as_bytes())?;
        match slot {
            "" => {}
            "title}}" => write_escaped(out, title)?,
            "style-hash}}" => write_hash(out, STYLE)?,
            "script-hash}}" => write_hash(out, &script)?,
            "style}}" => out.write_all(STYLE.as_bytes())?,
            "script}}" => out.write_all(script.as_bytes())?,
            "trace}}" => data(out, Part::Trace)?,
            "before}}" => data(out, Part::Before)?,
            unknown => unreachable!("the page has no place `{{{{{unknown}`"),
        }
    }
    Ok(())
}

/// Writes a trace as compressed text.
///
/// # Errors
///
/// Those of `out`.
pub(super) fn write_data(out: &mut impl Write, data: &Encoded) -> io::Result<()> {
    let mut compressor = ZlibEncoder::new(EncoderWriter::new(out, &STANDARD), Compression::new(COMPRESSION));
    data.write_to(&mut compressor)?;
    compressor.finish()?.finish()?;
    Ok(())
}

fn write_hash(out: &mut impl Write, text: &str) -> io::Result<()> {
    write!(out, "'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

/// A text where HTML is expected between tags.
fn write_escaped(out: &mut impl Write, text: &str) -> io::Result<()> {
    for piece in text.split_inclusive(['&', '<', '>']) {
        let rest = piece.trim_end_matches(['&', '<', '>']);
        out.write_all(rest.as_bytes())?;
        let escaped = match piece.as_bytes().get(rest.len()) {
            Some(b'&') => "&amp;",
            Some(b'<') => "&lt;",
            Some(_) => "&gt;",
            None => "",
        };
        out.write_all(escaped.as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(title: &str) -> String {
        let mut page = Vec::new();
        write_page(&mut page, title, |out, part| write!(out, "[{part:?}]")).expect("a vector takes all");
        String::from_utf8(page).expect("it is text")
    }

    #[test]
    fn the_page_has_its_data_in_their_places() {
        let page = page("t");
        assert!(page.contains(r#"id="trace">[Trace]</script>"#));
        assert!(page.contains(r#"id="before">[Before]</script>"#));
    }

    #[test]
    fn nothing_in_script_or_style_ends_them_early() {
        let script = SCRIPT.concat();
        for end in ["</script", "<!--", "<script"] {
            assert!(!script.contains(end), "`{end}` stands in the script");
        }
        assert!(!STYLE.contains("</"));
        assert_eq!(page("t").matches("</script>").count(), 3);
    }

    #[test]
    fn nothing_in_the_page_is_an_address() {
        let page = page("t");
        let addresses: Vec<_> = page.match_indices("://").map(|(at, _)| &page[at..page.len().min(at + 21)]).collect();
        assert_eq!(addresses, ["://www.w3.org/2000/sv"], "the name of SVG only looks like one");
    }

    #[test]
    fn scripts_put_text_into_the_page_as_text() {
        for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function("] {
            assert!(!SCRIPT.concat().contains(word), "`{word}` stands in the script");
        }
    }

    #[test]
    fn the_policy_names_the_hashes_of_what_the_page_holds() {
        let page = page("t");
        let between = |start: &str, end: &str| {
            let from = page.find(start).expect("it is there") + start.len();
            &page[from..from + page[from..].find(end).expect("it ends")]
        };
        for (text, directive) in [
            (between(r#"<script type="module">"#, "</script>"), "script-src"),
            (between("<style>", "</style>"), "style-src"),
        ] {
            let hash = STANDARD.encode(Sha256::digest(text));
            assert!(page.contains(&format!("{directive} 'sha256-{hash}';")), "{directive}");
        }
    }

    #[test]
    fn a_title_is_text() {
        let harmful = page("</title><script>alert(1)</script>&amp;");
        assert!(harmful.contains("<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;</title>"));
        assert!(page("{{trace}}").contains("<title>{{trace}}</title>"), "and is not read as a place");
    }
}
