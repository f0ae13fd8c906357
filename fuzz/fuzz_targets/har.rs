//! Whatever the text is: a recording of another tool, HAR above all, that becomes a session and is written as HAR again, or
//! an error.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tracesnap_record::file::{parse, to_bytes};
use tracesnap_record::interchange::{Format, parse as import, to_har};
use tracesnap_redact::Policy;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let policy = Policy::for_captures();
    // The first byte says whether the form is found out or told.
    let forms = [
        None,
        Some(Format::Har),
        Some(Format::VcrPy),
        Some(Format::VcrRuby),
        Some(Format::Cassetter),
        Some(Format::WireMock),
        Some(Format::Hoverfly),
    ];
    let (form, text) = match text.strip_prefix('#').and_then(|rest| Some((rest.bytes().next()?, rest.get(1..)?))) {
        Some((form, rest)) => (forms[usize::from(form) % forms.len()], rest),
        None => (None, text),
    };
    let Ok(imported) = import(text, "fuzz", form, &policy) else { return };
    let written = to_bytes(&imported.session);
    parse(&written, "again").expect("what was imported is written");
    let (har, _) = to_har(&imported.session);
    import(&har.to_string(), "again.har", Some(Format::Har), &policy).expect("what was written is HAR");
});
