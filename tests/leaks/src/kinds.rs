//! Values that must not be written, made from what their issuers publish of their form. Nothing here knows a rule.

use crate::rng::{ALNUM, BASE64, BASE64_URL, DIGITS, HEX, LOWER, Rng, UPPER};

/// A kind of value, and how one is made.
#[derive(Debug)]
pub struct Kind {
    /// Its name.
    pub name: &'static str,
    /// Makes one.
    pub make: fn(&mut Rng) -> Planted,
}

/// A text to plant, and the part of it that must be gone.
#[derive(Debug)]
pub struct Planted {
    /// The text: a connection string, say.
    pub text: String,
    /// What nobody may read of it.
    pub secret: String,
}

fn all(text: String) -> Planted {
    Planted { secret: text.clone(), text }
}

fn luhn_digit(body: &str) -> char {
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, byte)| {
            let digit = u32::from(byte - b'0');
            if at % 2 == 0 { if digit * 2 > 9 { digit * 2 - 9 } else { digit * 2 } } else { digit }
        })
        .sum();
    char::from_digit((10 - sum % 10) % 10, 10).unwrap()
}

/// ISO/IEC 7812: the range of an issuer, digits, a check digit.
fn card(rng: &mut Rng) -> String {
    let (prefix, length): (String, usize) = match rng.below(8) {
        0 | 1 => ("4".into(), 16),
        2 => (rng.between(51, 55).to_string(), 16),
        3 => (rng.between(2221, 2720).to_string(), 16),
        4 => (rng.pick(&["34", "37"]).to_owned(), 15),
        5 => ("6011".into(), 16),
        6 => (rng.between(3528, 3589).to_string(), 16),
        _ => (rng.pick(&["36", "38", "300", "305"]).to_owned(), 14),
    };
    let body = format!("{prefix}{}", rng.digits(length - prefix.len() - 1));
    format!("{body}{}", luhn_digit(&body))
}

/// A card's number, as digits.
pub fn card_number(rng: &mut Rng) -> Planted {
    all(card(rng))
}

fn grouped_card(rng: &mut Rng) -> Planted {
    let card = card(rng);
    let separator = rng.pick(&[" ", "-"]);
    let sizes: &[usize] = match card.len() {
        16 => &[4, 4, 4, 4],
        15 => &[4, 6, 5],
        _ => &[4, 6, 4],
    };
    let mut at = 0;
    let groups: Vec<&str> = sizes
        .iter()
        .map(|size| {
            at += size;
            &card[at - size..at]
        })
        .collect();
    all(groups.join(separator))
}

/// ISO 13616: country, check digits by mod 97, account.
fn iban(rng: &mut Rng) -> Planted {
    let (country, account) = match rng.below(6) {
        0 => ("DE", rng.digits(18)),
        1 => ("GB", format!("{}{}", rng.chars(UPPER, 4), rng.digits(14))),
        2 => ("FR", format!("{}{}{}", rng.digits(10), rng.chars(UPPER, 2), rng.digits(11))),
        3 => ("NL", format!("{}{}", rng.chars(UPPER, 4), rng.digits(10))),
        4 => ("ES", rng.digits(20)),
        _ => ("PL", rng.digits(24)),
    };
    let remainder = |text: &str| {
        text.chars().fold(0_u64, |rest, c| {
            let value = c.to_digit(36).unwrap() as u64;
            if value > 9 { (rest * 100 + value) % 97 } else { (rest * 10 + value) % 97 }
        })
    };
    let check = 98 - remainder(&format!("{account}{country}00"));
    let plain = format!("{country}{check:02}{account}");
    if rng.below(3) == 0 {
        let groups: Vec<String> =
            plain.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
        return all(groups.join(" "));
    }
    all(plain)
}

fn email(rng: &mut Rng) -> Planted {
    let first = rng.pick(&["ada", "grace", "linus", "b.arden", "m_kovacs", "Jo.Smith", "r2d2", "x"]);
    let tag = rng.pick(&["", "", "+news", ".1990", "-x"]);
    let number = rng.digits(3);
    let host =
        rng.pick(&["example.com", "mail.example.org", "sub.dom.example.co.uk", "firma-gmbh.de", "uni.museum", "a1.io"]);
    all(format!("{first}{tag}{number}@{host}"))
}

fn phone(rng: &mut Rng) -> Planted {
    // E.164 and how it is written; the North American plan.
    let area = rng.between(201, 989);
    let exchange = rng.between(200, 999);
    let line = rng.digits(4);
    all(match rng.below(6) {
        0 => format!("+49151{}", rng.digits(8)),
        1 => format!("+44 20 {} {}", rng.digits(4), rng.digits(4)),
        2 => format!("+1 ({area}) {exchange}-{line}"),
        3 => format!("({area}) {exchange}-{line}"),
        4 => format!("{area}-{exchange}-{line}"),
        _ => format!("+33 6 {} {} {} {}", rng.digits(2), rng.digits(2), rng.digits(2), rng.digits(2)),
    })
}

fn us_ssn(rng: &mut Rng) -> Planted {
    let area = loop {
        let area = rng.between(1, 899);
        if area != 666 {
            break area;
        }
    };
    all(format!("{area:03}-{:02}-{:04}", rng.between(1, 99), rng.between(1, 9999)))
}

fn cpf(rng: &mut Rng) -> Planted {
    let mut digits: Vec<u32> = (0..9).map(|_| rng.below(10) as u32).collect();
    digits[0] = (digits[1] + 1) % 10;
    for count in [9, 10] {
        let sum: u32 = digits.iter().enumerate().map(|(at, digit)| digit * (count + 1 - at as u32)).sum();
        let rest = sum * 10 % 11;
        digits.push(if rest == 10 { 0 } else { rest });
    }
    let d: String = digits.iter().map(u32::to_string).collect();
    all(format!("{}.{}.{}-{}", &d[..3], &d[3..6], &d[6..9], &d[9..]))
}

fn nino(rng: &mut Rng) -> Planted {
    let prefix = rng.pick(&["AB", "CE", "JG", "PX", "SW", "WK"]);
    all(format!("{prefix}{}{}", rng.digits(6), rng.pick(&["A", "B", "C", "D"])))
}

fn encode(bytes: &[u8], alphabet: &str, pad: bool) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let number = (u32::from(chunk[0]) << 16)
            | (u32::from(*chunk.get(1).unwrap_or(&0)) << 8)
            | u32::from(*chunk.get(2).unwrap_or(&0));
        for at in 0..4 {
            if at <= chunk.len() {
                out.push(alphabet.as_bytes()[(number >> (18 - 6 * at) & 63) as usize] as char);
            } else if pad {
                out.push('=');
            }
        }
    }
    out
}

/// As Base64, padded.
#[must_use]
pub fn base64(text: &[u8]) -> String {
    encode(text, BASE64, true)
}

/// As Base64 for URLs, not padded.
#[must_use]
pub fn base64_url(text: &[u8]) -> String {
    encode(text, BASE64_URL, false)
}

fn jwt(rng: &mut Rng) -> Planted {
    let alg = rng.pick(&["HS256", "RS256", "ES384"]);
    let header = base64_url(format!(r#"{{"alg":"{alg}","typ":"JWT"}}"#).as_bytes());
    let payload = base64_url(format!(r#"{{"sub":"{}","iat":17{}}}"#, rng.digits(8), rng.digits(8)).as_bytes());
    all(format!("{header}.{payload}.{}", rng.chars(BASE64_URL, 43)))
}

fn pem(rng: &mut Rng) -> Planted {
    let label =
        rng.pick(&["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY"]);
    let lines: Vec<String> = (0..rng.between(3, 12)).map(|_| rng.chars(BASE64, 64)).collect();
    let secret = lines[1].clone();
    Planted { text: format!("-----BEGIN {label}-----\n{}\n-----END {label}-----", lines.join("\n")), secret }
}

fn database_url(rng: &mut Rng) -> Planted {
    let scheme = rng.pick(&["postgres", "mysql", "mongodb+srv", "redis", "amqp", "https", "ftp", "postgresql+asyncpg"]);
    let secret = rng.chars(ALNUM, 14);
    let user = rng.pick(&["app", "root", "svc-orders", ""]);
    Planted { text: format!("{scheme}://{user}:{secret}@db-{}.internal:5432/shop", rng.digits(2)), secret }
}

fn connection_string(rng: &mut Rng) -> Planted {
    let secret = rng.chars(ALNUM, 16);
    let text = match rng.below(5) {
        0 => format!("Server=tcp:sql.internal,1433;Initial Catalog=shop;User ID=sa;Password={secret};Encrypt=True"),
        1 => format!("host=db.internal port=5432 dbname=shop user=app password={secret} sslmode=require"),
        2 => format!(
            "DefaultEndpointsProtocol=https;AccountName=shop;AccountKey={};EndpointSuffix=core.windows.net",
            secret.clone() + "=="
        ),
        3 => format!("Endpoint=sb://shop.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={secret}"),
        _ => format!("app:{secret}@tcp(10.0.0.7:3306)/shop?parseTime=true"),
    };
    Planted { text, secret }
}

fn bearer(rng: &mut Rng) -> Planted {
    let secret = rng.chars(ALNUM, 32) + "7";
    Planted { text: format!("Bearer {secret}"), secret }
}

fn basic(rng: &mut Rng) -> Planted {
    let password = rng.chars(ALNUM, 12);
    let secret = base64(format!("svc:{password}").as_bytes());
    Planted { text: format!("Basic {secret}"), secret: password }
}

macro_rules! token {
    ($($function:ident => |$rng:ident| $text:expr;)+) => {
        $(fn $function($rng: &mut Rng) -> Planted {
            all($text)
        })+
    };
}

// From the issuers' documentation of their own formats, and what secret scanning partners publish.
token! {
    aws_key => |rng| format!("{}{}", rng.pick(&["AKIA", "ASIA"]), rng.chars("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16));
    github => |rng| match rng.below(2) {
        0 => format!("{}_{}", rng.pick(&["ghp", "gho", "ghu", "ghs", "ghr"]), rng.chars(ALNUM, 36)),
        _ => format!("github_pat_{}_{}", rng.chars(ALNUM, 22), rng.chars(ALNUM, 59)),
    };
    gitlab => |rng| format!("{}{}", rng.pick(&["glpat-", "gldt-", "glrt-", "glptt-"]), rng.chars(BASE64_URL, 20));
    slack => |rng| format!("{}{}-{}-{}", rng.pick(&["xoxb-", "xoxp-"]), rng.digits(12), rng.digits(12), rng.chars(ALNUM, 24));
    slack_app => |rng| format!("xapp-1-A{}-{}-{}", rng.chars("ABCDEFGHIJ0123456789", 10), rng.digits(13), rng.chars(HEX, 64));
    slack_hook => |rng| format!("https://hooks.slack.com/services/T{}/B{}/{}", rng.chars("ABCDEFGHIJ0123456789", 8), rng.chars("ABCDEFGHIJ0123456789", 10), rng.chars(ALNUM, 24));
    discord_hook => |rng| format!("https://discord.com/api/webhooks/{}/{}", rng.digits(18), rng.chars(BASE64_URL, 68));
    stripe => |rng| format!("{}{}", rng.pick(&["sk_live_", "rk_live_", "sk_test_"]), rng.chars(ALNUM, 24));
    stripe_hook => |rng| format!("whsec_{}", rng.chars(ALNUM, 32));
    google_key => |rng| format!("AIza{}", rng.chars(BASE64_URL, 35));
    google_token => |rng| format!("ya29.{}", rng.chars(BASE64_URL, 68));
    google_secret => |rng| format!("GOCSPX-{}", rng.chars(BASE64_URL, 28));
    openai => |rng| format!("{}{}T3BlbkFJ{}", rng.pick(&["sk-proj-", "sk-svcacct-"]), rng.chars(BASE64_URL, 58), rng.chars(BASE64_URL, 58));
    openai_old => |rng| format!("sk-{}T3BlbkFJ{}", rng.chars(ALNUM, 20), rng.chars(ALNUM, 20));
    anthropic => |rng| format!("sk-ant-api03-{}AA", rng.chars(BASE64_URL, 93));
    huggingface => |rng| format!("hf_{}", rng.chars(ALNUM, 34));
    groq => |rng| format!("gsk_{}", rng.chars(ALNUM, 52));
    replicate => |rng| format!("r8_{}", rng.chars(ALNUM, 37));
    npm => |rng| format!("npm_{}", rng.chars(ALNUM, 36));
    pypi => |rng| format!("pypi-AgEIcHlwaS5vcmc{}", rng.chars(BASE64_URL, 120));
    crates_io => |rng| format!("cio{}", rng.chars(ALNUM, 32));
    rubygems => |rng| format!("rubygems_{}", rng.chars(HEX, 48));
    docker => |rng| format!("dckr_pat_{}", rng.chars(BASE64_URL, 27));
    sendgrid => |rng| format!("SG.{}.{}", rng.chars(BASE64_URL, 22), rng.chars(BASE64_URL, 43));
    twilio => |rng| format!("SK{}", rng.chars(HEX, 32));
    mailgun => |rng| format!("key-{}", rng.chars(HEX, 32));
    mailchimp => |rng| format!("{}-us{}", rng.chars(HEX, 32), rng.between(1, 21));
    brevo => |rng| format!("xkeysib-{}-{}", rng.chars(HEX, 64), rng.chars(ALNUM, 16));
    digitalocean => |rng| format!("{}{}", rng.pick(&["dop_v1_", "doo_v1_"]), rng.chars(HEX, 64));
    shopify => |rng| format!("{}{}", rng.pick(&["shpat_", "shpss_", "shpca_"]), rng.chars(HEX, 32));
    square => |rng| format!("sq0atp-{}", rng.chars(BASE64_URL, 22));
    telegram => |rng| format!("{}:AA{}", rng.between(100_000_000, 9_999_999_999), rng.chars(BASE64_URL, 33));
    linear => |rng| format!("lin_api_{}", rng.chars(ALNUM, 40));
    notion => |rng| format!("ntn_{}{}", rng.digits(11), rng.chars(ALNUM, 35));
    databricks => |rng| format!("dapi{}", rng.chars(HEX, 32));
    vault => |rng| format!("hvs.{}", rng.chars(BASE64_URL, 90));
    terraform => |rng| format!("{}.atlasv1.{}", rng.chars(ALNUM, 14), rng.chars(BASE64_URL, 67));
    grafana => |rng| format!("glsa_{}_{}", rng.chars(ALNUM, 32), rng.chars(HEX, 8));
    new_relic => |rng| format!("NRAK-{}", rng.chars("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 27));
    sentry => |rng| format!("sntrys_eyJ{}_{}", rng.chars(ALNUM, 80), rng.chars(ALNUM, 43));
    dynatrace => |rng| format!("dt0c01.{}.{}", rng.chars("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 24), rng.chars("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 64));
    doppler => |rng| format!("dp.pt.{}", rng.chars(ALNUM, 43));
    postman => |rng| format!("PMAK-{}-{}", rng.chars(HEX, 24), rng.chars(HEX, 34));
    pulumi => |rng| format!("pul-{}", rng.chars(HEX, 40));
    planetscale => |rng| format!("pscale_tkn_{}", rng.chars(BASE64_URL, 43));
    supabase => |rng| format!("sbp_{}", rng.chars(HEX, 40));
    netlify => |rng| format!("nfp_{}", rng.chars(ALNUM, 40));
    age => |rng| format!("AGE-SECRET-KEY-1{}", rng.chars("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58));
    azure_secret => |rng| format!("{}{}Q~{}", rng.chars(ALNUM, 3), rng.digits(1), rng.chars(ALNUM, 34));
    airtable => |rng| format!("pat{}.{}", rng.chars(ALNUM, 14), rng.chars(HEX, 64));
    figma => |rng| format!("figd_{}", rng.chars(BASE64_URL, 40));
    atlassian => |rng| format!("ATATT3xFfGF0{}={}", rng.chars(BASE64_URL, 160), rng.chars("ABCDEF0123456789", 8));
    facebook => |rng| format!("EAA{}", rng.chars(ALNUM, 160));
    flutterwave => |rng| format!("FLWSECK-{}-X", rng.chars(HEX, 32));
    shippo => |rng| format!("shippo_live_{}", rng.chars(HEX, 40));
    easypost => |rng| format!("EZAK{}", rng.chars(ALNUM, 54));
    langchain => |rng| format!("lsv2_pt_{}_{}", rng.chars(HEX, 32), rng.chars(HEX, 10));
    tailscale => |rng| format!("tskey-auth-k{}CNTRL-{}", rng.chars(ALNUM, 10), rng.chars(ALNUM, 32));
}

/// Found by their form alone, under any name.
pub const BY_FORM: &[Kind] = &[
    Kind { name: "e-mail", make: email },
    Kind { name: "card", make: card_number },
    Kind { name: "card in groups", make: grouped_card },
    Kind { name: "IBAN", make: iban },
    Kind { name: "phone", make: phone },
    Kind { name: "US SSN", make: us_ssn },
    Kind { name: "CPF", make: cpf },
    Kind { name: "NINO", make: nino },
    Kind { name: "JWT", make: jwt },
    Kind { name: "PEM", make: pem },
    Kind { name: "database URL", make: database_url },
    Kind { name: "connection string", make: connection_string },
    Kind { name: "bearer", make: bearer },
    Kind { name: "basic", make: basic },
    Kind { name: "AWS", make: aws_key },
    Kind { name: "GitHub", make: github },
    Kind { name: "GitLab", make: gitlab },
    Kind { name: "Slack", make: slack },
    Kind { name: "Slack app", make: slack_app },
    Kind { name: "Slack webhook", make: slack_hook },
    Kind { name: "Discord webhook", make: discord_hook },
    Kind { name: "Stripe", make: stripe },
    Kind { name: "Stripe webhook", make: stripe_hook },
    Kind { name: "Google key", make: google_key },
    Kind { name: "Google token", make: google_token },
    Kind { name: "Google secret", make: google_secret },
    Kind { name: "OpenAI", make: openai },
    Kind { name: "OpenAI, old", make: openai_old },
    Kind { name: "Anthropic", make: anthropic },
    Kind { name: "Hugging Face", make: huggingface },
    Kind { name: "Groq", make: groq },
    Kind { name: "Replicate", make: replicate },
    Kind { name: "npm", make: npm },
    Kind { name: "PyPI", make: pypi },
    Kind { name: "crates.io", make: crates_io },
    Kind { name: "RubyGems", make: rubygems },
    Kind { name: "Docker", make: docker },
    Kind { name: "SendGrid", make: sendgrid },
    Kind { name: "Twilio", make: twilio },
    Kind { name: "Mailgun", make: mailgun },
    Kind { name: "Mailchimp", make: mailchimp },
    Kind { name: "Brevo", make: brevo },
    Kind { name: "DigitalOcean", make: digitalocean },
    Kind { name: "Shopify", make: shopify },
    Kind { name: "Square", make: square },
    Kind { name: "Telegram", make: telegram },
    Kind { name: "Linear", make: linear },
    Kind { name: "Notion", make: notion },
    Kind { name: "Databricks", make: databricks },
    Kind { name: "Vault", make: vault },
    Kind { name: "Terraform", make: terraform },
    Kind { name: "Grafana", make: grafana },
    Kind { name: "New Relic", make: new_relic },
    Kind { name: "Sentry", make: sentry },
    Kind { name: "Dynatrace", make: dynatrace },
    Kind { name: "Doppler", make: doppler },
    Kind { name: "Postman", make: postman },
    Kind { name: "Pulumi", make: pulumi },
    Kind { name: "PlanetScale", make: planetscale },
    Kind { name: "Supabase", make: supabase },
    Kind { name: "Netlify", make: netlify },
    Kind { name: "age", make: age },
    Kind { name: "Azure client secret", make: azure_secret },
    Kind { name: "Airtable", make: airtable },
    Kind { name: "Figma", make: figma },
    Kind { name: "Atlassian", make: atlassian },
    Kind { name: "Facebook", make: facebook },
    Kind { name: "Flutterwave", make: flutterwave },
    Kind { name: "Shippo", make: shippo },
    Kind { name: "EasyPost", make: easypost },
    Kind { name: "LangSmith", make: langchain },
    Kind { name: "Tailscale", make: tailscale },
];

/// Names that say it, for values that do not: a password, a session, a verification code.
pub const TELLING: &[&str] = &[
    "password",
    "passwd",
    "user_password",
    "dbPassword",
    "client_secret",
    "clientSecret",
    "api_key",
    "apiKey",
    "X-API-KEY",
    "access_token",
    "refreshToken",
    "id_token",
    "session_id",
    "csrf_token",
    "oauth_token",
    "auth_token",
    "private_key",
    "AWS_SECRET_ACCESS_KEY",
    "signingKey",
    "Set-Cookie",
    "authorization",
    "otp",
    "cvv",
    "passphrase",
    "credentials",
    "encryption_key",
    "recovery_code",
    "card_number",
    "ssn",
    "smtp_pass",
];

/// A secret that has no form of its own, and is known by its name alone.
pub fn unspeaking(rng: &mut Rng) -> String {
    match rng.below(3) {
        0 => format!("{}{}", rng.pick(&["Tr0ub4dor", "hunter", "S3cr", "Qwe"]), rng.chars(ALNUM, 9)),
        1 => rng.chars(LOWER, 14),
        _ => format!("{}{}", rng.chars(DIGITS, 4), rng.chars(ALNUM, 10)),
    }
}
