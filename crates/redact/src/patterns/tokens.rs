//! Keys and tokens that services give out, by the words they begin with.
//!
//! One row a kind: adding one is a row here and a line in the table of the crate's documentation. Where in a text the
//! words stand, one automaton finds for all of them; only there a row is looked at.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Anchored, Input, MatchKind, StartKind};

use crate::secrets::word_starts;

/// One kind of token.
pub(crate) struct Token {
    pub(crate) id: &'static str,
    /// What stands in every token of this kind, and nearly nowhere else.
    words: &'static [&'static str],
    form: Form,
}

/// What surrounds the word.
enum Form {
    /// Behind it, this many of these.
    Run(fn(u8) -> bool, usize, usize),
    /// Something that a function knows: it is given the text and the range of the word.
    Of(fn(&[u8], Range<usize>) -> Option<Range<usize>>),
}

const NO_END: usize = usize::MAX;

/// At least so many, and no end.
const fn least(belongs: fn(u8) -> bool, least: usize) -> Form {
    Form::Run(belongs, least, NO_END)
}

/// Exactly so many.
const fn just(belongs: fn(u8) -> bool, count: usize) -> Form {
    Form::Run(belongs, count, count)
}

const fn row(id: &'static str, words: &'static [&'static str], form: Form) -> Token {
    Token { id, words, form }
}

// The order decides where two fit: the first one. Lengths are lower bounds of what the services document or what their
// public scanners' rules say, so that a longer token of tomorrow is found too.
pub(crate) static TOKENS: [Token; 75] = [
    row("value/anthropic_key", &["sk-ant-"], least(dashed, 16)),
    row("value/openai_key", &["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-"], least(dashed, 16)),
    row("value/openrouter_key", &["sk-or-v1-"], least(dashed, 24)),
    row("value/langchain_key", &["lsv2_pt_", "lsv2_sk_"], least(dashed, 24)),
    row("value/llm_key", &["sk-"], Form::Of(llm_key)),
    row("value/huggingface_token", &["hf_", "api_org_"], least(alnum, 30)),
    row("value/replicate_token", &["r8_"], least(alnum, 30)),
    row("value/groq_key", &["gsk_"], least(alnum, 30)),
    row("value/xai_key", &["xai-"], least(alnum, 40)),
    row("value/perplexity_key", &["pplx-"], least(alnum, 30)),
    row(
        "value/gitlab_token",
        &[
            "glpat-",
            "gldt-",
            "glrt-",
            "glptt-",
            "glft-",
            "glimt-",
            "glagent-",
            "gloas-",
            "glsoat-",
            "glffct-",
            "glcbt-",
            "GR1348941",
        ],
        least(dashed, 16),
    ),
    row("value/slack_app_token", &["xapp-", "xwfp-"], least(dashed, 20)),
    row(
        "value/slack_webhook",
        &["hooks.slack.com/services/", "hooks.slack.com/workflows/", "hooks.slack.com/triggers/"],
        least(slashed, 20),
    ),
    row("value/discord_webhook", &["discord.com/api/webhooks/", "discordapp.com/api/webhooks/"], least(slashed, 30)),
    row("value/teams_webhook", &[".webhook.office.com/webhookb2/"], Form::Of(teams_webhook)),
    row("value/stripe_webhook_secret", &["whsec_"], least(base64, 20)),
    row("value/google_api_key", &["AIza"], least(dashed, 30)),
    row("value/google_oauth_token", &["ya29."], least(dotted, 20)),
    row("value/google_oauth_secret", &["GOCSPX-"], least(dashed, 20)),
    row("value/npm_token", &["npm_"], least(alnum, 30)),
    row("value/pypi_token", &["pypi-AgEIcHlwaS5vcmc", "pypi-AgENdGVzdC5weXBpLm9yZw"], least(dashed, 30)),
    row("value/crates_io_token", &["cio"], just(alnum, 32)),
    row("value/rubygems_key", &["rubygems_"], least(hex, 40)),
    row("value/nuget_key", &["oy2"], just(lower_alnum, 43)),
    row("value/docker_token", &["dckr_pat_", "dckr_oat_"], least(dashed, 20)),
    row("value/sendgrid_key", &["SG."], Form::Of(sendgrid_key)),
    row("value/twilio_key", &["SK"], just(lower_hex, 32)),
    row("value/mailgun_key", &["key-"], just(lower_hex, 32)),
    row("value/mailchimp_key", &["-us"], Form::Of(mailchimp_key)),
    row("value/brevo_key", &["xkeysib-"], least(dashed, 40)),
    row("value/digitalocean_token", &["dop_v1_", "doo_v1_", "dor_v1_"], least(lower_hex, 40)),
    row("value/shopify_token", &["shpat_", "shpca_", "shppa_", "shpss_", "shprt_"], least(hex, 32)),
    row("value/square_token", &["sq0atp-", "sq0csp-", "sq0idb-", "EAAAE", "EAAAl"], least(dashed, 20)),
    row("value/paypal_token", &["access_token$production$", "access_token$sandbox$"], least(dollared, 40)),
    row("value/telegram_token", &[":AA"], Form::Of(telegram_token)),
    row("value/linear_key", &["lin_api_", "lin_oauth_"], least(alnum, 32)),
    row("value/notion_token", &["ntn_"], least(alnum, 40)),
    row("value/databricks_token", &["dapi"], Form::Run(hex_dashed, 32, 34)),
    row("value/vault_token", &["hvs.", "hvb.", "hvr."], least(dashed, 20)),
    row("value/terraform_token", &[".atlasv1."], Form::Of(terraform_token)),
    row("value/grafana_token", &["glsa_", "glc_"], least(base64_dashed, 30)),
    row("value/new_relic_key", &["NRAK-", "NRJS-", "NRII-", "NRRA-"], least(dashed, 19)),
    row("value/sentry_token", &["sntrys_", "sntryu_"], least(base64_dashed, 40)),
    row("value/dynatrace_token", &["dt0c01.", "dt0s16."], least(dotted, 24)),
    row("value/doppler_token", &["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."], least(dotted, 40)),
    row("value/postman_key", &["PMAK-"], least(dashed, 24)),
    row("value/pulumi_token", &["pul-"], just(lower_hex, 40)),
    row("value/planetscale_token", &["pscale_tkn_", "pscale_pw_", "pscale_oauth_"], least(dotted, 32)),
    row("value/supabase_key", &["sbp_", "sb_secret_"], least(dashed, 20)),
    row("value/netlify_token", &["nfp_", "nfc_", "nfo_", "nfu_"], least(alnum, 36)),
    row("value/fly_token", &["fo1_", "fm1_", "fm1a_", "fm1r_", "fm2_"], least(base64_dashed, 40)),
    row("value/heroku_key", &["HRKU-AA"], least(dashed, 50)),
    row("value/age_key", &["AGE-SECRET-KEY-1"], least(alnum, 40)),
    row("value/azure_client_secret", &["Q~"], Form::Of(azure_client_secret)),
    row("value/airtable_token", &["pat"], Form::Of(airtable_token)),
    row("value/figma_token", &["figd_", "figo_", "figh_"], least(dashed, 30)),
    row("value/atlassian_token", &["ATATT3", "ATCTT3", "ATSTT3", "ATBB"], least(base64_dashed, 20)),
    row("value/asana_token", &["1/"], Form::Of(asana_token)),
    row("value/facebook_token", &["EAA"], least(alnum, 80)),
    row("value/dropbox_token", &["sl.u.", "sl.B", "sl.A"], least(base64_dashed, 60)),
    row("value/cloudflare_key", &["v1.0-"], Form::Of(cloudflare_key)),
    row("value/easypost_key", &["EZAK", "EZTK"], just(alnum, 54)),
    row("value/flutterwave_key", &["FLWSECK-", "FLWSECK_TEST-", "FLWSECK_LIVE-"], least(dashed, 12)),
    row("value/frameio_token", &["fio-u-"], least(dashed, 50)),
    row("value/artifactory_token", &["AKCp"], least(alnum, 60)),
    row("value/shippo_token", &["shippo_live_", "shippo_test_"], least(hex, 32)),
    row("value/readme_key", &["rdme_"], least(alnum, 60)),
    row("value/prefect_key", &["pnu_", "pnb_"], just(alnum, 36)),
    row("value/onepassword_token", &["ops_eyJ"], least(base64_dashed, 60)),
    row("value/mapbox_token", &["sk.eyJ"], least(dotted, 40)),
    row("value/contentful_token", &["CFPAT-"], least(dashed, 40)),
    row("value/typeform_token", &["tfp_"], least(dotted, 36)),
    row("value/adafruit_key", &["aio_"], just(alnum, 28)),
    row("value/tailscale_key", &["tskey-"], least(dashed, 20)),
    row("value/buildkite_token", &["bkua_", "bkaj_"], least(alnum, 36)),
];

/// All words of all kinds, and for each the row it belongs to.
struct Words {
    automaton: AhoCorasick,
    rows: Vec<u8>,
    /// One bit for each two bytes that a word may begin with.
    openings: Box<[u64; 1 << 10]>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let words = || TOKENS.iter().enumerate().flat_map(|(at, token)| token.words.iter().map(move |word| (at, word)));
    let automaton = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .start_kind(StartKind::Anchored)
        .kind(Some(AhoCorasickKind::DFA))
        .build(words().map(|(_, word)| word))
        .expect("a few hundred short words are no limit of any automaton");
    let mut openings = Box::new([0; 1 << 10]);
    for (_, word) in words() {
        let two = opening(word.as_bytes(), 0).unwrap_or_default();
        openings[two >> 6] |= 1 << (two & 63);
    }
    Words { automaton, rows: words().map(|(at, _)| u8::try_from(at).unwrap_or(u8::MAX)).collect(), openings }
});

/// The first two bytes of a word as a number.
fn opening(text: &[u8], at: usize) -> Option<usize> {
    Some((usize::from(*text.get(at)?) << 8) | usize::from(*text.get(at + 1)?))
}

/// Looks for tokens where it is told that words begin.
pub(crate) struct Tokens(&'static Words);

impl Tokens {
    pub(crate) fn new() -> Self {
        Self(&WORDS)
    }

    /// The token around the word that begins at `at`: its row, its range.
    pub(crate) fn at(&self, text: &[u8], at: usize) -> Option<(usize, Range<usize>)> {
        let two = opening(text, at)?;
        if self.0.openings[two >> 6] & (1 << (two & 63)) == 0 {
            return None;
        }
        let hit = self.0.automaton.find(Input::new(text).range(at..).anchored(Anchored::Yes))?;
        let row = usize::from(self.0.rows[hit.pattern().as_usize()]);
        Some((row, TOKENS[row].at(text, hit.range())?))
    }
}

impl Token {
    fn at(&self, text: &[u8], word: Range<usize>) -> Option<Range<usize>> {
        match self.form {
            Form::Of(find) => find(text, word),
            Form::Run(belongs, least, most) => {
                if !starts(text, word.start) {
                    return None;
                }
                let end = run(text, word.end, belongs);
                let length = end - word.end;
                // Cut off by the end of the text, half of it is enough.
                let enough = length >= least || (end == text.len() && length >= (least / 2).max(8));
                (enough && length <= most).then_some(word.start..end)
            }
        }
    }
}

/// Where a word can begin, or behind what is certainly no part of a token: `://`, `@`.
fn starts(text: &[u8], at: usize) -> bool {
    // The underscore of `KEY_sk-…` is no part of the token; that of a longer prefix would be.
    word_starts(text, at) || (text[at - 1] == b'_' && !text[..at - 1].last().is_some_and(u8::is_ascii_lowercase))
}

pub(crate) fn run(text: &[u8], from: usize, belongs: impl Fn(u8) -> bool) -> usize {
    text[from..].iter().position(|&byte| !belongs(byte)).map_or(text.len(), |length| from + length)
}

/// Where the run of these bytes that ends at `to` begins.
pub(crate) fn run_back(text: &[u8], to: usize, belongs: impl Fn(u8) -> bool) -> usize {
    text[..to].iter().rposition(|&byte| !belongs(byte)).map_or(0, |at| at + 1)
}

fn alnum(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn lower_alnum(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn dashed(byte: u8) -> bool {
    alnum(byte) || matches!(byte, b'-' | b'_')
}

fn dotted(byte: u8) -> bool {
    dashed(byte) || byte == b'.'
}

fn slashed(byte: u8) -> bool {
    dashed(byte) || byte == b'/'
}

fn dollared(byte: u8) -> bool {
    alnum(byte) || byte == b'$'
}

fn base64(byte: u8) -> bool {
    alnum(byte) || matches!(byte, b'+' | b'/' | b'=')
}

fn base64_dashed(byte: u8) -> bool {
    base64(byte) || dashed(byte)
}

fn hex(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

fn lower_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'a'..=b'f')
}

fn hex_dashed(byte: u8) -> bool {
    lower_hex(byte) || byte == b'-'
}

/// A run of this class between `from` and a byte that is none of it, of a length in this range.
fn part(text: &[u8], from: usize, belongs: fn(u8) -> bool, length: std::ops::RangeInclusive<usize>) -> Option<usize> {
    let end = run(text, from, belongs);
    length.contains(&(end - from)).then_some(end)
}

/// `sk-…` without a dash: OpenAI's of old, `sk-` and 48, and whoever copied it; at least 32 with a digit and a letter.
fn llm_key(text: &[u8], word: Range<usize>) -> Option<Range<usize>> {
    let end = run(text, word.end, alnum);
    let token = &text[word.end..end];
    let mixed = token.iter().any(u8::is_ascii_digit) && token.iter().any(u8::is_ascii_alphabetic);
    (word_starts(text, word.start) && mixed && token.len() >= 32).then_some(word.start..end)
}

fn teams_webhook(text: &[u8], word: Range<usize>) -> Option<Range<usize>> {
    let end = run(text, word.end, |byte| slashed(byte) || byte == b'@');
    (end - word.end >= 30).then_some(word.start..end)
}

/// `SG.` 22 `.` 43.
fn sendgrid_key(text: &[u8], word: Range<usize>) -> Option<Range<usize>> {
    let dot = part(text, word.end, dashed, 16..=32)?;
    if text.get(dot) != Some(&b'.') || !starts(text, word.start) {
        return None;
    }
    part(text, dot + 1, dashed, 16..=64).map(|end| word.start..end)
}

/// 32 hexadecimal digits `-us` 1 or 2 digits.
fn mailchimp_key(text: &[u8], word: Range<usize>) -> Option<Range<usize>> {
    let start = run_back(text, word.start, lower_hex);
    let end = part(text, word.end, |byte| byte.is_ascii_digit(), 1..=2)?;
    (word.start - start == 32 && word_starts(text, start)).then_some(start..end)
}

/// 8 to 10 digits `:AA` 33.
fn telegram_token(text: &[u8], word: Range<usize>) -> Option<Range<usize>> {
    let start = run_back(text, word.start, |byte| byte.is_ascii_digit());
    let end = part(text, word.end, dashed, 33..=33)?;
    let bot = start > 2 && text[..start].ends_with(b"bot");
    ((8..=10).contains(&(word.start - start)) && (bot || word_starts(text, start))).then_some(start..end)
}

/// 14 `.atlasv1.` 60 and more.
fn terraform_token(text: &[u8], word: Range<usize>) -> Option<Range<usize>> {
    let start = run_back(text, word.start, alnum);
    let end = run(text, word.end, |byte| dashed(byte) || byte == b'=');
    (word.start - start >= 10 && end - word.end >= 40).then_some(start..end)
}

/// 3, a digit, `Q~`, 31 to 34.
fn azure_client_secret(text: &[u8], word: Range<usize>) -> Option<Range<usize>> {
    let belongs = |byte| dotted(byte) || byte == b'~';
    let start = word.start.checked_sub(4)?;
    let head = text[start..word.start].iter().all(|&byte| belongs(byte)) && text[word.start - 1].is_ascii_digit();
    let end = run(text, word.end, belongs);
    (head && (31..=40).contains(&(end - word.end))).then_some(start..end)
}

/// `pat` 14 `.` 64 hexadecimal digits.
fn airtable_token(text: &[u8], word: Range<usize>) -> Option<Range<usize>> {
    let dot = part(text, word.end, alnum, 14..=14)?;
    if text.get(dot) != Some(&b'.') || !starts(text, word.start) {
        return None;
    }
    part(text, dot + 1, lower_hex, 64..=64).map(|end| word.start..end)
}

/// `1/` 16 digits `:` 32 hexadecimal digits; newer ones have one more number between.
fn asana_token(text: &[u8], word: Range<usize>) -> Option<Range<usize>> {
    let digits = |byte: u8| byte.is_ascii_digit();
    let mut end = part(text, word.end, digits, 13..=20)?;
    if text.get(end) == Some(&b'/') {
        end = part(text, end + 1, digits, 13..=20)?;
    }
    if text.get(end) != Some(&b':') || !word_starts(text, word.start) {
        return None;
    }
    part(text, end + 1, alnum, 32..=32).map(|end| word.start..end)
}

/// `v1.0-` 24 hexadecimal digits `-` 146.
fn cloudflare_key(text: &[u8], word: Range<usize>) -> Option<Range<usize>> {
    let dash = part(text, word.end, lower_hex, 24..=24)?;
    if text.get(dash) != Some(&b'-') || !starts(text, word.start) {
        return None;
    }
    let end = run(text, dash + 1, lower_hex);
    (end - dash > 100).then_some(word.start..end)
}
