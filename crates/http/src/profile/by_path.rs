//! Paths as templates, by what their parts look like.

/// A path with what looks like an id written `{id}`: numbers, UUIDs, hashes, `cus_9s6XKzkNRiz8i3`, addresses. What looks
/// like a word or a version stays: `v1beta`, `oauth2`.
///
/// ```
/// use tracesnap_http::profile::path_template;
///
/// assert_eq!(path_template("/v1/orders/4711/items"), "/v1/orders/{id}/items");
/// assert_eq!(path_template("/v1beta/models/gemini-pro:generateContent"), "/v1beta/models/gemini-pro:generateContent");
/// ```
#[must_use]
pub fn path_template(path: &str) -> String {
    let mut template = String::with_capacity(path.len());
    for (at, segment) in path.split('/').enumerate() {
        if at > 0 {
            template.push('/');
        }
        // `7:cancel`, `report.pdf`.
        let is_action = |at: &usize| segment[at + 1..].bytes().all(|byte| byte.is_ascii_alphabetic());
        let cut = segment.find(':').filter(is_action);
        let cut = cut.or_else(|| segment.rfind('.').filter(|&at| is_extension(&segment[at + 1..])));
        // The dots of an address are none of extensions.
        let cut = cut.filter(|_| !segment.contains(['@', '%']));
        let (name, rest) = cut.map_or((segment, ""), |at| segment.split_at(at));
        if is_id(name) {
            template.push_str("{id}");
            template.push_str(rest);
        } else {
            template.push_str(segment);
        }
    }
    template
}

fn is_extension(text: &str) -> bool {
    (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn is_id(segment: &str) -> bool {
    let bytes = segment.as_bytes();
    if bytes.is_empty() {
        return false;
    }
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    let is_plain = bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~'));
    if digits == bytes.len() || segment.contains('@') || segment.contains('%') || !segment.is_ascii() {
        return true;
    }
    if !is_plain {
        // `Keys(7)`, `a,b`, `k=v` have too many meanings for one word.
        return digits > 0 && !segment.contains(['(', ',', '=', ';']);
    }
    if is_version(segment) || digits == 0 && bytes.len() < 20 {
        return false;
    }
    let is_hex = bytes.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    if is_hex && bytes.len() >= 8 && digits > 0 {
        return true;
    }
    // `ord-4711`, `cus_9s6XKzkNRiz8i3`.
    if let Some((_, tail)) = segment.rsplit_once(['-', '_']) {
        let tail_digits = tail.bytes().filter(u8::is_ascii_digit).count();
        if tail_digits > 1 && (tail_digits == tail.len() || tail.len() >= 8) {
            return true;
        }
    }
    // Random letters: digits among them, or both cases in a long row without a separator.
    let separators = bytes.iter().any(|byte| matches!(byte, b'-' | b'_' | b'.' | b'~'));
    if digits >= 2 && bytes.len() >= 10 && !separators {
        return true;
    }
    let has = |of: fn(&u8) -> bool| bytes.iter().any(of);
    let mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    bytes.len() >= 16 && digits > 0 && mixed && has(u8::is_ascii_digit)
}

/// `v1`, `v1beta`, `2.0`, `api-v2`, `2023-11-01`.
fn is_version(segment: &str) -> bool {
    let after = segment.strip_prefix(['v', 'V']).unwrap_or(segment);
    let starts = after.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    let is_v = after.len() < segment.len();
    let is_date = after.len() == 10
        && after
            .bytes()
            .enumerate()
            .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() });
    if is_date {
        return true;
    }
    starts
        && segment.len() <= 12
        && (is_v || after.contains('.'))
        && after
            .split(|c: char| c.is_ascii_digit() || c == '.')
            .all(|word| matches!(word, "" | "alpha" | "beta" | "rc" | "p" | "preview"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_the_world_are_ids_and_words_are_words() {
        let table = [
            ("/", "/"),
            ("", ""),
            ("/users/42", "/users/{id}"),
            ("/users/42/", "/users/{id}/"),
            ("/api/v2/users/0198c3de-5f5c-7bb3-8f4e-0a5b2f1c9d7e", "/api/v2/users/{id}"),
            (
                "/repos/rust-lang/rust/commits/59807616e1fa2540724bfbac14d7976d7e4a3860",
                "/repos/rust-lang/rust/commits/{id}",
            ),
            ("/v1/customers/cus_9s6XKzkNRiz8i3/sources", "/v1/customers/{id}/sources"),
            ("/v1/payment_intents/pi_3MtwBwLkdIwHu7ix28a3tqPa/confirm", "/v1/payment_intents/{id}/confirm"),
            ("/orders/ord-4711", "/orders/{id}"),
            ("/oauth2/token", "/oauth2/token"),
            ("/3.0/lists/5f3a9c1b2d/members", "/3.0/lists/{id}/members"),
            ("/users/ada@example.com", "/users/{id}"),
            ("/users/ada%40example.com", "/users/{id}"),
            (
                "/v1beta/models/gemini-1.5-pro:streamGenerateContent",
                "/v1beta/models/gemini-1.5-pro:streamGenerateContent",
            ),
            ("/v1/operations/8374:cancel", "/v1/operations/{id}:cancel"),
            ("/files/8374.json", "/files/{id}.json"),
            ("/docs/index.html", "/docs/index.html"),
            ("/2015-03-31/functions/resize-image/invocations", "/2015-03-31/functions/resize-image/invocations"),
            ("/bucket/photos/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/bucket/photos/{id}"),
            ("/d/1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms/edit", "/d/{id}/edit"),
            ("/odata/Products(7)", "/odata/Products(7)"),
            ("/s3/md5/web3/h264", "/s3/md5/web3/h264"),
            ("/wiki/Straße", "/wiki/{id}"),
            ("/.well-known/openid-configuration", "/.well-known/openid-configuration"),
        ];
        for (path, template) in table {
            assert_eq!(path_template(path), template, "{path}");
        }
    }
}
