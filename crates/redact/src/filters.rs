//! What may be written of whole documents and texts: the filters that run before anything leaves memory.

use std::borrow::Cow;
use std::io::{self, Read, Write};

use crate::json::{Broken, Filter};
use crate::patterns::{Context, Find};
use crate::{Error, Finding, PLACEHOLDER, Place, Policy, Report};

/// How much of a document is read at once.
const READ: usize = 1 << 16;

impl Policy {
    /// Appends JSON to `to` as it may be written: rules by name, by place and by value, also inside of its strings and
    /// names, however they are written there. What is clean stays as it is, byte for byte.
    ///
    /// `json` is a document, or several with space between, as in NDJSON.
    ///
    /// # Errors
    ///
    /// [`Error::Json`] where it is none; `to` is then as it was.
    ///
    /// ```
    /// use tracesnap_redact::Policy;
    ///
    /// let policy = Policy::builder().key("of this project").build()?;
    /// let mut clean = Vec::new();
    /// let json = br#"{"user": "ada@example.com", "password": "hunter2", "n": 3}"#;
    /// let report = policy.redact_json(json, &mut clean)?;
    /// let clean = String::from_utf8(clean).unwrap();
    /// assert!(clean.starts_with(r#"{"user": "‹email:"#) && clean.ends_with(r#"›", "password": "[redacted]", "n": 3}"#));
    /// assert_eq!(report.to_string(), "2 redacted: name/password ×1, value/email ×1");
    /// # Ok::<(), tracesnap_redact::Error>(())
    /// ```
    pub fn redact_json(&self, json: &[u8], to: &mut Vec<u8>) -> Result<Report, Error> {
        self.json(json, to, false)
    }

    /// The same, and the report says where ([`Report::findings`]).
    ///
    /// # Errors
    ///
    /// As above.
    pub fn explain_json(&self, json: &[u8], to: &mut Vec<u8>) -> Result<Report, Error> {
        self.json(json, to, true)
    }

    fn json(&self, json: &[u8], to: &mut Vec<u8>, places: bool) -> Result<Report, Error> {
        let room = Vec::with_capacity(json.len() + json.len() / 16 + 16);
        let mut filter = Filter::new(&self.0, room).with_places(places);
        filter.run(json, true)?;
        if filter.documents() == 0 {
            return Err(Error::Json { line: 1, column: 1 });
        }
        let (out, report) = filter.into_parts();
        if to.is_empty() {
            *to = out;
        } else {
            to.extend_from_slice(&out);
        }
        Ok(report)
    }

    /// The same from a reader to a writer, in memory that does not grow with the documents.
    ///
    /// Of two things a string knows no more than it holds: a string of more than 16 MiB becomes `"[truncated]"`, and a
    /// value of more than 64 KiB is not taken back when a `name` behind it turns out to be sensitive.
    ///
    /// # Errors
    ///
    /// Those of reader and writer; [`Error::Json`] as the inner error of one of kind [`io::ErrorKind::InvalidData`]. What
    /// was written until then is clean.
    pub fn redact_json_stream(&self, from: impl Read, to: impl Write) -> io::Result<Report> {
        self.json_stream(from, to, false)
    }

    /// The same, and the report says where ([`Report::findings`]).
    ///
    /// # Errors
    ///
    /// As above.
    pub fn explain_json_stream(&self, from: impl Read, to: impl Write) -> io::Result<Report> {
        self.json_stream(from, to, true)
    }

    fn json_stream(&self, mut from: impl Read, mut to: impl Write, places: bool) -> io::Result<Report> {
        let mut filter = Filter::new(&self.0, Vec::new()).with_places(places);
        let mut held: Vec<u8> = Vec::with_capacity(READ);
        loop {
            let before = held.len();
            // A token that did not fit is read in ever larger steps, so that it is not looked at once a block.
            let step = READ.max(before);
            held.resize(before + step, 0);
            let read = loop {
                match from.read(&mut held[before..]) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    result => break result?,
                }
            };
            held.truncate(before + read);
            let used = filter
                .run(&held, read == 0)
                .map_err(|broken| io::Error::new(io::ErrorKind::InvalidData, Error::from(broken)))?;
            held.drain(..used);
            filter.take_settled(|clean| to.write_all(clean))?;
            if read == 0 {
                break;
            }
        }
        let (rest, report) = filter.into_parts();
        to.write_all(&rest)?;
        to.flush()?;
        Ok(report)
    }

    /// A text as it may be written: a log line, a `Debug` print, an error, a body of any type. Borrowed where there is
    /// nothing to keep back.
    ///
    /// Beside what [`scrub_debug`](Self::scrub_debug) finds, patterns find values by their form, also in JSON, Base64,
    /// hexadecimal digits and behind percent signs.
    ///
    /// ```
    /// use tracesnap_redact::{Policy, Replacement};
    ///
    /// let policy = Policy::builder().replacement(Replacement::Placeholder).build()?;
    /// let line = "charged 4111 1111 1111 1111 of YWRhQGV4YW1wbGUuY29t";
    /// assert_eq!(policy.redact_text(line), "charged [redacted] of W3JlZGFjdGVkXQ==");
    /// # Ok::<(), tracesnap_redact::Error>(())
    /// ```
    #[must_use]
    pub fn redact_text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.0.clean(text, Context::default()) {
            Some((clean, _)) => Cow::Owned(clean),
            None => Cow::Borrowed(text),
        }
    }

    /// The same, with a report that says where.
    #[must_use]
    pub fn explain_text<'t>(&self, text: &'t str) -> (Cow<'t, str>, Report) {
        let mut report = Report::default();
        let found = self.0.find(text, Context::default());
        for Find { range, rules, .. } in &found {
            rules.iter().for_each(|rule| report.add_at(rule, Place::Byte(range.start)));
        }
        let mut clean = if found.is_empty() {
            Cow::Borrowed(text)
        } else {
            Cow::Owned(self.0.settle(self.0.apply(text, &found), Context::default()))
        };
        for (id, rule) in &self.0.own {
            if let Some(changed) = crate::policy::run_own(&**rule, &clean) {
                report.add_at(id, Place::Byte(0));
                clean = Cow::Owned(changed);
            }
        }
        (clean, report)
    }

    /// What must not be written of these bytes: the last look at a framed record, whatever wrote it.
    ///
    /// Lines that are JSON are looked at as such, all else as text; bytes that are no text are passed over. Nothing of the
    /// values is kept. Of what a filter of the same policy wrote, nothing is found.
    ///
    /// ```
    /// use tracesnap_redact::Policy;
    ///
    /// let found = Policy::default().scan(br#"{"to": [{"note": "ada@example.com"}]}"#);
    /// assert_eq!(found[0].to_string(), "value/email at $.to[0].note");
    /// ```
    #[must_use]
    pub fn scan(&self, bytes: &[u8]) -> Vec<Finding> {
        let mut sink = Vec::new();
        if let Ok(report) = self.explain_json(bytes, &mut sink) {
            return report.findings().to_vec();
        }
        let text = String::from_utf8_lossy(bytes);
        let (_, report) = self.explain_text(&text);
        report.findings().to_vec()
    }

    /// The value of a header as it may be written: of `Authorization` the scheme stays, of `Cookie` and `Set-Cookie` the
    /// names and attributes.
    ///
    /// ```
    /// use tracesnap_redact::Policy;
    ///
    /// let policy = Policy::default();
    /// assert_eq!(policy.redact_header("authorization", "Bearer abc"), "Bearer [redacted]");
    /// assert_eq!(policy.redact_header("Cookie", "a=1; b=2"), "a=[redacted]; b=[redacted]");
    /// assert_eq!(policy.redact_header("Set-Cookie", "a=1; Path=/; Secure"), "a=[redacted]; Path=/; Secure");
    /// assert_eq!(policy.redact_header("X-Api-Key", "abc"), "[redacted]");
    /// assert_eq!(policy.redact_header("Accept", "*/*"), "*/*");
    /// ```
    #[must_use]
    pub fn redact_header<'v>(&self, name: &str, value: &'v str) -> Cow<'v, str> {
        let is = |one: &str| name.eq_ignore_ascii_case(one);
        if self.0.names.find(name).is_none() {
            let hint = crate::json::hint_of(name);
            return self
                .0
                .clean(value, Context { depth: 0, hint })
                .map_or(Cow::Borrowed(value), |(clean, _)| Cow::Owned(clean));
        }
        if is("authorization") || is("proxy-authorization") {
            // `Digest username="…", …` tells more than its scheme in what follows.
            return match value.split_once(' ') {
                Some((scheme, _)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') => {
                    Cow::Owned(format!("{scheme} {PLACEHOLDER}"))
                }
                _ => Cow::Borrowed(PLACEHOLDER),
            };
        }
        let hidden = |pair: &str| match pair.split_once('=') {
            Some((name, _)) => format!("{name}={PLACEHOLDER}"),
            None => PLACEHOLDER.to_owned(),
        };
        if is("cookie") {
            return Cow::Owned(value.split("; ").map(hidden).collect::<Vec<_>>().join("; "));
        }
        if is("set-cookie") {
            let (pair, attributes) =
                value.split_once(';').map_or((value, ""), |(pair, _)| (pair, &value[pair.len()..]));
            return Cow::Owned(hidden(pair) + attributes);
        }
        Cow::Borrowed(PLACEHOLDER)
    }

    /// A query (without its `?`) or the body of a form as it may be written: by the names of its fields, and by what
    /// stands in their values. Its other bytes stay as they are.
    ///
    /// ```
    /// use tracesnap_redact::Policy;
    ///
    /// let policy = Policy::default();
    /// assert_eq!(policy.redact_form("grant=x&client_secret=a%26b&page=2"), "grant=x&client_secret=[redacted]&page=2");
    /// ```
    #[must_use]
    pub fn redact_form<'f>(&self, form: &'f str) -> Cow<'f, str> {
        let mut clean = String::new();
        let mut copied = 0;
        let mut at = 0;
        for field in form.split('&') {
            let start = at;
            at += field.len() + 1;
            let Some((name, value)) = field.split_once('=') else { continue };
            let plain = crate::patterns::unescaped(name);
            let instead = if value.is_empty() || crate::patterns::unescaped(value) == PLACEHOLDER {
                None
            } else if self.0.names.find(&plain).is_some()
                || matches!(
                    &*plain.to_ascii_lowercase(),
                    "sig" | "signature" | "x-amz-signature" | "code" | "assertion" | "client_assertion"
                )
            {
                Some(PLACEHOLDER.to_owned())
            } else {
                let hint = crate::json::hint_of(&plain);
                self.0.clean(&crate::patterns::unescaped(value), Context { depth: 0, hint }).map(|(clean, _)| clean)
            };
            if let Some(instead) = instead {
                clean.push_str(&form[copied..start + name.len() + 1]);
                clean.push_str(&crate::patterns::escape_percent(&instead));
                copied = start + field.len();
            }
        }
        if copied == 0 {
            // A name may hold a value too, and fields may be something else altogether.
            return self.redact_text(form);
        }
        clean.push_str(&form[copied..]);
        Cow::Owned(match self.redact_text(&clean) {
            Cow::Owned(cleaner) => cleaner,
            Cow::Borrowed(_) => clean,
        })
    }

    /// A URL, or the target of a request, as it may be written: its query as [`redact_form`](Self::redact_form) has it, the
    /// password before its host, and whatever stands in its path.
    ///
    /// ```
    /// use tracesnap_redact::Policy;
    ///
    /// let policy = Policy::default();
    /// assert_eq!(policy.redact_url("https://a:b@host/x?token=1&page=2#y"), "https://a:[redacted]@host/x?token=[redacted]&page=2#y");
    /// ```
    #[must_use]
    pub fn redact_url<'u>(&self, url: &'u str) -> Cow<'u, str> {
        let Some(mark) = url.find('?') else { return self.redact_text(url) };
        let end = url[mark..].find('#').map_or(url.len(), |at| mark + at);
        let parts =
            [self.redact_text(&url[..mark]), self.redact_form(&url[mark + 1..end]), self.redact_text(&url[end..])];
        match &parts {
            [Cow::Borrowed(_), Cow::Borrowed(_), Cow::Borrowed(_)] => Cow::Borrowed(url),
            [path, query, fragment] => Cow::Owned(format!("{path}?{query}{fragment}")),
        }
    }
}

impl From<Broken> for Error {
    fn from(Broken { line, column }: Broken) -> Self {
        Self::Json { line, column }
    }
}
