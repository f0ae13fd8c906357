//! What a property is about, by its name, its schema and whose property it is.
//!
//! Names are taken apart into words, so that `customerId`, `customer_id` and `CustomerID` are the same. What is found here
//! is turned into values by [`super::entity`].

use super::dice::hash;
use super::format::Format;
use super::plan::Node;
use super::rules::kinds;
use super::tables::PERSONS;
use crate::patterns::words::{singular, words};

/// What a value is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Nobody knows.
    #[default]
    Plain,
    /// Which one it is.
    Id,
    /// Which other one belongs to it; the hash of its name.
    OtherId(u64),
    FirstName,
    LastName,
    MiddleName,
    FullName,
    Initials,
    Username,
    Email,
    Phone,
    Gender,
    JobTitle,
    Company,
    Department,
    Honorific,
    Age,
    /// The name of the thing, as people see it.
    Title,
    Slug,
    Prose,
    Word,
    Tag,
    Category,
    Street,
    Street2,
    HouseNumber,
    City,
    Region,
    RegionCode,
    Country,
    CountryCode,
    CountryCode3,
    Zip,
    Address,
    Latitude,
    Longitude,
    TimeZone,
    Locale,
    Language,
    Currency,
    CurrencySymbol,
    Money,
    Rate,
    Quantity,
    Percent,
    Ratio,
    Rating,
    Count,
    /// A moment; where in the life of a thing, from 0 (made) to 100 (now), and beyond.
    Time(u8),
    /// When somebody was born.
    Birth,
    Year,
    Month,
    Day,
    Hour,
    Status,
    Kind,
    Version,
    /// Hexadecimal digits, so many.
    Hex(u8),
    Base64,
    Token,
    Secret,
    Ip,
    Ipv6,
    Mac,
    UserAgent,
    Mime,
    FileName,
    Extension,
    Path,
    Bytes,
    Seconds,
    Milliseconds,
    Width,
    Height,
    Weight,
    Color,
    Host,
    Port,
    Url,
    /// The address of this very thing.
    SelfUrl,
    ImageUrl,
    Method,
    Code,
    Error,
    Position,
    Page(PageRole),
    Flag(bool),
    Key,
}

/// What a property says of a list that is handed out in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PageRole {
    /// Which part, from 1.
    Number,
    /// Items of a part at most.
    Size,
    /// Items of this part.
    Returned,
    /// Items of all parts.
    Total,
    /// How many parts.
    Pages,
    /// Items before this part.
    Offset,
    /// Whether there are more.
    More,
    /// Whether there are some before.
    Earlier,
    /// The address or cursor of the next part.
    Next,
    /// Of the one before.
    Previous,
}

impl Meaning {
    /// What a property means.
    pub(super) fn of(name: &str, owner: Option<&str>, node: &Node) -> Self {
        let list: Vec<String> = words(name).iter().map(|word| singular(word)).collect();
        let all: Vec<&str> = list.iter().map(String::as_str).collect();
        let texts = node.kinds & kinds::STRING != 0;
        let numbers = node.kinds & (kinds::INTEGER | kinds::NUMBER) != 0 && (!texts || node.text.format.is_none());
        let flags = node.kinds & kinds::BOOLEAN != 0 && !texts && !numbers;
        if flags {
            return flag(&all);
        }
        let owner = owner.unwrap_or_default();
        if let Some(meaning) = by_format(node, &all, owner) {
            return meaning;
        }
        let meaning = by_words(&all, owner, texts, numbers).unwrap_or_default();
        // An example tells a moment where the name does not.
        let told = node.examples.iter().find_map(|example| example.as_str());
        if meaning == Self::Plain && texts && told.is_some_and(is_date) {
            return time(&all).unwrap_or(Self::Time(30));
        }
        meaning
    }

    /// Whether examples of the document say it better than we do: nothing must agree with it.
    pub(super) fn is_free(self) -> bool {
        matches!(
            self,
            Self::Plain
                | Self::Word
                | Self::Tag
                | Self::Category
                | Self::Status
                | Self::Kind
                | Self::Version
                | Self::Code
                | Self::Mime
                | Self::Extension
                | Self::Path
                | Self::UserAgent
                | Self::Method
                | Self::Prose
                | Self::Weight
                | Self::JobTitle
                | Self::Department
                | Self::Key
                | Self::Color
                | Self::Error
                | Self::Rating
                | Self::Width
                | Self::Height
                | Self::Seconds
                | Self::Milliseconds
                | Self::Bytes
                | Self::Locale
                | Self::Language
                | Self::Title
                | Self::Company
                | Self::Host
        )
    }

    /// Whether things of one list differ in it.
    pub(super) fn is_personal(self) -> bool {
        matches!(self, Self::Title | Self::Prose | Self::Company | Self::Tag | Self::Category)
    }

    /// Whether it tells one thing from another, so that examples give its shape only.
    pub(super) fn is_identity(self) -> bool {
        matches!(self, Self::Id | Self::OtherId(_) | Self::Token | Self::Hex(_) | Self::Secret)
    }
}

/// Whether a text begins as dates do.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 10
        && bytes[..10].iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
        && (bytes.len() == 10 || bytes[10] == b'T')
}

fn by_format(node: &Node, all: &[&str], owner: &str) -> Option<Meaning> {
    Some(match node.text.format? {
        Format::DateTime | Format::Date | Format::Time | Format::UnixTime => time(all).unwrap_or(Meaning::Time(30)),
        Format::Email | Format::IdnEmail => Meaning::Email,
        Format::Phone => Meaning::Phone,
        Format::Ipv4 => Meaning::Ip,
        Format::Ipv6 => Meaning::Ipv6,
        Format::Hostname | Format::IdnHostname => Meaning::Host,
        Format::Uri | Format::Iri | Format::UriReference | Format::IriReference => url(all, owner),
        Format::Uuid => match all.last() {
            Some(&"id" | &"uuid" | &"guid") if all.len() > 1 => Meaning::OtherId(hash(all[all.len() - 2])),
            _ => Meaning::Id,
        },
        Format::Color => Meaning::Color,
        Format::Slug => Meaning::Slug,
        Format::Currency => Meaning::Currency,
        Format::CountryCode => Meaning::CountryCode,
        Format::Language => Meaning::Locale,
        Format::TimeZone => Meaning::TimeZone,
        Format::Mac => Meaning::Mac,
        Format::Password => Meaning::Secret,
        _ => return None,
    })
}

fn url(all: &[&str], owner: &str) -> Meaning {
    match all.last() {
        Some(&"next") => return Meaning::Page(PageRole::Next),
        Some(&"previous" | &"prev") => return Meaning::Page(PageRole::Previous),
        _ => {}
    }
    let image =
        ["avatar", "image", "photo", "picture", "thumbnail", "icon", "logo", "cover", "poster", "banner", "artwork"];
    let of_image = all.len() == 1 && owner.split(' ').any(|word| image.contains(&word));
    if of_image || all.iter().any(|word| image.contains(word)) {
        return Meaning::ImageUrl;
    }
    match all {
        ["url" | "uri" | "href" | "self" | "link" | "permalink"]
        | ["html" | "self" | "web" | "api" | "canonical" | "permalink", "url" | "uri" | "href" | "link"] => {
            Meaning::SelfUrl
        }
        _ => Meaning::Url,
    }
}

/// Whether a name speaks of a moment, and of which.
pub(super) fn time(all: &[&str]) -> Option<Meaning> {
    if all.iter().any(|word| matches!(*word, "birth" | "birthday" | "birthdate" | "dob" | "born")) {
        return Some(Meaning::Birth);
    }
    for word in all.iter().rev() {
        let rank = match *word {
            "created" | "create" | "creation" | "registered" | "registration" | "inserted" | "joined" | "signup"
            | "opened" | "added" | "submitted" | "ordered" | "placed" | "hired" | "founded" | "issued" | "iat" => 0,
            "received" | "accepted" | "approved" | "confirmed" | "authorized" => 8,
            "from" | "since" | "begin" | "began" | "start" | "started" | "activated" | "nbf" | "effective" | "min"
            | "after" | "oldest" | "first" => 12,
            "published" | "released" | "release" | "uploaded" | "paid" | "sent" => 22,
            "updated" | "update" | "modified" | "modification" | "changed" | "edited" | "saved" => 60,
            "pushed" | "synced" | "refreshed" | "reviewed" | "processed" | "latest" | "newest" => 66,
            "last" | "seen" | "accessed" | "login" | "used" | "active" => 72,
            "shipped" | "captured" => 62,
            "delivered" | "finished" | "completed" | "resolved" | "merged" | "done" | "settled" => 80,
            "end" | "ended" | "stop" | "stopped" | "until" | "to" | "max" | "before" | "closed" | "cancelled"
            | "canceled" | "failed" => 88,
            "deleted" | "removed" | "archived" | "deactivated" | "revoked" | "trashed" => 95,
            "now" | "checked" | "fetched" | "served" => 100,
            "next" | "scheduled" => 120,
            "due" | "deadline" | "estimated" | "eta" => 130,
            "expire" | "expiry" | "expiration" | "expired" | "exp" | "valid" | "renewal" | "renew" => 150,
            _ => continue,
        };
        return Some(Meaning::Time(rank));
    }
    None
}

fn flag(all: &[&str]) -> Meaning {
    if let ["ha", "next" | "more"]
    | ["has", "next" | "more"]
    | ["more"]
    | ["has", "next", "page"]
    | ["ha", "next", "page"]
    | ["ha", "more", "item" | "result"] = all
    {
        return Meaning::Page(PageRole::More);
    }
    if let ["has" | "ha", "previous" | "prev"] | ["has" | "ha", "previous" | "prev", "page"] = all {
        return Meaning::Page(PageRole::Earlier);
    }
    let no = [
        "deleted",
        "archived",
        "disabled",
        "blocked",
        "banned",
        "locked",
        "hidden",
        "error",
        "failed",
        "suspended",
        "deprecated",
        "test",
        "draft",
        "private",
        "cancelled",
        "canceled",
        "expired",
        "revoked",
        "spam",
        "nsfw",
        "explicit",
        "bot",
        "admin",
        "restricted",
        "readonly",
        "muted",
        "trashed",
        "delete",
        "disable",
        "removed",
    ];
    Meaning::Flag(!all.iter().any(|word| no.contains(word)))
}

#[expect(clippy::too_many_lines, reason = "one table of words, best read as a whole")]
fn by_words(all: &[&str], owner: &str, texts: bool, numbers: bool) -> Option<Meaning> {
    use Meaning as M;
    let (&last, front) = all.split_last()?;
    let before = front.last().copied().unwrap_or_default();
    // What belongs to a profile or a client is mostly about whoever is behind it, though that is no person itself.
    let person = |owner: &str| {
        owner.split(' ').any(|word| PERSONS.contains(&word) || matches!(word, "people" | "profile" | "client"))
    };
    // Moments go first: `updated` is one whether it is a text or a number.
    let suffix =
        matches!(last, "at" | "on" | "time" | "date" | "timestamp" | "datetime" | "ts" | "day" | "utc" | "epoch");
    if let Some(meaning) = time(all)
        && (suffix
            || meaning == M::Birth
            || matches!(
                last,
                "created"
                    | "updated"
                    | "modified"
                    | "published"
                    | "deadline"
                    | "iat"
                    | "exp"
                    | "nbf"
                    | "expiry"
                    | "expiration"
            ))
        && !matches!(last, "day")
    {
        return Some(meaning);
    }
    if matches!(last, "timestamp" | "datetime" | "date" | "ts" | "epoch") && (texts || numbers) {
        return Some(M::Time(30));
    }
    if texts && last == "time" {
        return Some(M::Time(30));
    }
    if let Some(role) = page(all, numbers, texts) {
        return Some(M::Page(role));
    }
    if matches!(last, "id" | "identifier" | "uid" | "uuid" | "guid" | "sid" | "gid" | "pk") {
        let owned = owner.rsplit(' ').next().unwrap_or_default();
        return Some(
            if front.is_empty()
                || front == ["_"]
                || before == "object"
                || before == owned && !owned.is_empty() && front.len() == 1
            {
                M::Id
            } else {
                M::OtherId(hash(before))
            },
        );
    }
    if numbers {
        if matches!(all.first(), Some(&"is" | &"has")) {
            return Some(M::Flag(true));
        }
        let meaning = match last {
            "latitude" | "lat" => M::Latitude,
            "longitude" | "lng" | "lon" | "long" => M::Longitude,
            "age" if front.is_empty() || person(owner) => M::Age,
            "price" | "amount" | "cost" | "fee" | "subtotal" | "balance" | "salary" | "revenue" | "discount"
            | "tax" | "vat" | "payment" | "refund" | "deposit" | "budget" | "shipping" | "tip" | "msrp" | "charge"
            | "rent" | "paid" | "value"
                if last != "value" || before == "monetary" =>
            {
                if before == "percent" || before == "rate" {
                    M::Percent
                } else {
                    M::Money
                }
            }
            "total" if matches!(before, "grand" | "sub" | "line" | "item" | "order" | "tax" | "invoice" | "cart") => {
                M::Money
            }
            "rate"
                if matches!(before, "tax" | "interest" | "discount" | "vat" | "conversion" | "success" | "error") =>
            {
                M::Rate
            }
            "quantity" | "qty" | "unit" | "stock" | "inventory" => M::Quantity,
            "percent" | "percentage" | "pct" | "progress" | "completion" => M::Percent,
            "ratio" | "score" | "probability" | "confidence" | "similarity" | "accuracy" | "opacity" | "weighting" => {
                M::Ratio
            }
            "rating" | "star" => M::Rating,
            "count" | "total" | "number" | "num" | "view" | "like" | "follower" | "following" | "download"
            | "visit" | "play" | "share" | "vote" | "point" | "hit" | "attempt" | "retry" | "usage" | "used"
            | "sum" => M::Count,
            "year" => M::Year,
            "month" => M::Month,
            "day" => M::Day,
            "hour" => M::Hour,
            "size" | "byte" | "length" if last != "length" || before == "content" => M::Bytes,
            "duration" | "second" | "sec" | "ttl" | "timeout" | "elapsed" | "in" | "interval" | "delay" | "uptime" => {
                if before == "m" || all.contains(&"millisecond") {
                    M::Milliseconds
                } else {
                    M::Seconds
                }
            }
            "m" | "milli" | "millisecond" | "ms" | "latency" => M::Milliseconds,
            "width" => M::Width,
            "height" => M::Height,
            "weight" | "mass" => M::Weight,
            "position" | "index" | "order" | "rank" | "sort" | "sequence" | "priority" | "level" | "line" | "row"
            | "column" => M::Position,
            "port" => M::Port,
            "version" | "revision" => M::Position,
            "code" => M::Code,
            _ if before == "num"
                || before == "number"
                || all.first() == Some(&"num")
                || all.first() == Some(&"total") =>
            {
                M::Count
            }
            _ => return (!texts).then_some(M::Plain),
        };
        return Some(meaning);
    }
    if !texts {
        return None;
    }
    Some(match last {
        "name" => match before {
            "first" | "given" | "fore" => M::FirstName,
            "last" | "family" | "sur" => M::LastName,
            "middle" => M::MiddleName,
            "full" | "display" | "real" | "legal" | "author" | "owner" | "customer" | "contact" | "sender"
            | "recipient" | "creator" | "person" | "cardholder" | "holder" | "formatted" => {
                if before == "display" && !owner.is_empty() && !person(owner) { M::Title } else { M::FullName }
            }
            "user" | "login" | "screen" | "nick" => M::Username,
            "company" | "organization" | "organisation" | "business" | "merchant" | "vendor" | "brand" | "employer"
            | "store" => M::Company,
            "file" | "original" | "attachment" => M::FileName,
            "host" | "domain" | "server" => M::Host,
            "city" | "town" => M::City,
            "country" => M::Country,
            "region" | "state" => M::Region,
            "street" => M::Street,
            "category" | "group" | "genre" => M::Category,
            "tag" => M::Tag,
            "zone" if all.contains(&"time") => M::TimeZone,
            "" if person(owner) => M::FullName,
            "" if owner.ends_with("company") || owner.ends_with("organization") || owner.ends_with("merchant") => {
                M::Company
            }
            "" if owner.ends_with("file") || owner.ends_with("attachment") => M::FileName,
            "" if owner.ends_with("country") => M::Country,
            "" if owner.ends_with("city") => M::City,
            "" if owner.ends_with("tag") || owner.ends_with("label") => M::Tag,
            _ => M::Title,
        },
        "firstname" | "forename" | "givenname" => M::FirstName,
        "lastname" | "surname" | "familyname" => M::LastName,
        "fullname" => M::FullName,
        "given" if front.is_empty() => M::FirstName,
        "family" if front.is_empty() => M::LastName,
        "initial" => M::Initials,
        "username" | "login" | "nickname" | "handle" | "screenname" => M::Username,
        "email" | "mail" | "e" if last != "e" => M::Email,
        "address" if before == "email" || before == "mail" => M::Email,
        "address" if before == "ip" => M::Ip,
        "address" if before == "mac" => M::Mac,
        "phone" | "telephone" | "mobile" | "fax" | "cell" | "tel" | "msisdn" => M::Phone,
        "number" if matches!(before, "phone" | "mobile" | "fax" | "telephone" | "contact") => M::Phone,
        "number" if before == "house" || before == "street" => M::HouseNumber,
        "gender" | "sex" => M::Gender,
        "company" | "organization" | "organisation" | "employer" | "merchant" | "vendor" | "manufacturer"
        | "publisher" | "brand" => M::Company,
        "department" | "team" | "division" => M::Department,
        "job" | "occupation" | "profession" => M::JobTitle,
        "title" => match before {
            "job" => M::JobTitle,
            _ => M::Title,
        },
        "label" | "headline" | "subject" | "caption" | "heading" | "topic" => M::Title,
        "product" | "item" | "project" | "album" | "track" | "song" | "movie" | "book" | "event" | "course"
        | "campaign" => M::Title,
        "author" | "owner" | "artist" | "creator" | "assignee" | "manager" | "customer" | "person" | "sender"
        | "cardholder" => M::FullName,
        "slug" | "permalink" | "vanity" => M::Slug,
        "description" | "summary" | "bio" | "about" | "body" | "text" | "comment" | "note" | "message" | "detail"
        | "content" | "abstract" | "excerpt" | "overview" | "review" | "biography" | "remark" | "reason"
        | "instruction" | "explanation" | "synopsis" | "feedback" | "snippet" | "purpose" | "information" | "info" => {
            if owner.contains("error") || before == "error" {
                M::Error
            } else {
                M::Prose
            }
        }
        "error" | "warning" => M::Error,
        "tag" | "keyword" => M::Tag,
        "category" | "genre" | "group" | "section" => M::Category,
        "street" | "address1" | "line1" | "addressline1" => M::Street,
        "1" if before == "line" || before == "address" || before == "street" => M::Street,
        "2" | "3" if before == "line" || before == "address" || before == "street" => M::Street2,
        "address2" | "line2" | "apartment" | "suite" => M::Street2,
        "address" | "location" | "place" | "venue" => M::Address,
        "city" | "town" | "locality" | "municipality" => M::City,
        "state" | "province" | "region" | "county"
            if !owner.is_empty()
                && (owner.contains("address") || owner.contains("location") || owner.contains("place")) =>
        {
            M::Region
        }
        "province" | "region" | "county" => M::Region,
        "country" | "nationality" => M::Country,
        "code" => match before {
            "country" => M::CountryCode,
            "currency" => M::Currency,
            "language" | "lang" => M::Language,
            "zip" | "postal" | "post" => M::Zip,
            "state" | "region" | "province" => M::RegionCode,
            "locale" => M::Locale,
            "error" => M::Code,
            _ => M::Code,
        },
        "iso2" | "alpha2" => M::CountryCode,
        "iso3" | "alpha3" => M::CountryCode3,
        "zip" | "zipcode" | "postcode" | "postalcode" => M::Zip,
        "latitude" | "lat" => M::Latitude,
        "longitude" | "lng" | "lon" => M::Longitude,
        "timezone" | "tz" => M::TimeZone,
        "zone" if before == "time" => M::TimeZone,
        "locale" | "culture" => M::Locale,
        "language" | "lang" => M::Language,
        "currency" => M::Currency,
        "symbol" if before == "currency" => M::CurrencySymbol,
        "price" | "amount" | "cost" | "fee" | "subtotal" | "balance" | "salary" | "tax" | "discount" => M::Money,
        "total" => M::Money,
        "percent" | "percentage" => M::Percent,
        "quantity" | "qty" => M::Quantity,
        "count" => M::Count,
        "status" | "state" | "phase" | "stage" | "condition" => M::Status,
        "type" | "kind" | "object" => M::Kind,
        "version" | "revision" | "release" => M::Version,
        "md5" => M::Hex(32),
        "sha" | "sha1" | "commit" | "checksum" | "fingerprint" => M::Hex(40),
        "sha256" | "digest" | "hash" => M::Hex(64),
        "etag" => M::Hex(32),
        "token" | "jwt" | "cursor" | "nonce" | "ticket" => M::Token,
        "password" | "secret" | "passphrase" | "pin" | "cvv" => M::Secret,
        "key" if matches!(before, "api" | "access" | "secret" | "public" | "private" | "license") => M::Token,
        "key" => M::Key,
        "signature" => M::Hex(64),
        "ip" | "ipaddress" | "ipv4" => M::Ip,
        "ipv6" => M::Ipv6,
        "mac" => M::Mac,
        "agent" if before == "user" => M::UserAgent,
        "useragent" | "browser" => M::UserAgent,
        "mime" | "mimetype" => M::Mime,
        "filename" | "file" | "attachment" => M::FileName,
        "extension" | "ext" => M::Extension,
        "path" | "directory" | "folder" | "dir" => M::Path,
        "color" | "colour" => M::Color,
        "host" | "hostname" | "domain" | "fqdn" => M::Host,
        "url" | "uri" | "href" | "link" | "website" | "homepage" | "webpage" | "endpoint" | "webhook" | "callback" => {
            url(all, owner)
        }
        "avatar" | "image" | "photo" | "picture" | "thumbnail" | "icon" | "logo" | "poster" | "banner" => M::ImageUrl,
        "self" => M::SelfUrl,
        "method" | "verb" if matches!(before, "http" | "request") || front.is_empty() && owner.contains("request") => {
            M::Method
        }
        "base64" => M::Base64,
        "year" => M::Year,
        "prefix" if before == "name" || before == "honorific" => M::Honorific,
        "salutation" => M::Honorific,
        "duration" => M::Seconds,
        "number" | "no" | "ref" | "reference" | "sku" | "isbn" | "barcode" | "serial" | "upc" | "ean" => M::Code,
        _ if owner.ends_with("url") || owner.ends_with("link") => M::Url,
        _ => return None,
    })
}

fn page(all: &[&str], numbers: bool, texts: bool) -> Option<PageRole> {
    Some(match all {
        ["page" | "pagenumber" | "pageno"] | ["current", "page"] | ["page", "number" | "no" | "index" | "num"]
            if numbers =>
        {
            PageRole::Number
        }
        ["limit" | "pagesize" | "perpage"]
        | ["per", "page"]
        | ["page", "size" | "limit"]
        | ["item" | "result" | "max", "per", "page"]
        | ["max", "result" | "item"]
            if numbers =>
        {
            PageRole::Size
        }
        ["total" | "totalcount" | "totalresult" | "totalitem" | "totalsize"]
        | ["total", "count" | "result" | "item" | "size" | "record" | "element" | "entry" | "hit" | "number"]
        | ["total", "item" | "result" | "record" | "element", "count"]
        | ["result" | "item" | "record", "total"]
            if numbers =>
        {
            PageRole::Total
        }
        ["count" | "returned" | "found"]
        | ["result" | "item" | "number", "count" | "returned"]
        | ["num", "result" | "item" | "found"]
        | ["number", "of", "element" | "item" | "result"]
            if numbers =>
        {
            PageRole::Returned
        }
        ["total" | "num" | "last", "page"] | ["page", "count" | "total"] | ["page"] if numbers => PageRole::Pages,
        ["offset" | "start" | "skip"] | ["start", "index"] if numbers => PageRole::Offset,
        ["next"]
        | ["next", "page"]
        | ["next", "url" | "link" | "cursor" | "token" | "href" | "uri"]
        | ["next", "page", "token" | "url" | "cursor" | "link" | "uri"]
        | ["cursor", "next"]
            if texts =>
        {
            PageRole::Next
        }
        ["previous" | "prev"]
        | ["previous" | "prev", "page"]
        | ["previous" | "prev", "url" | "link" | "cursor" | "token" | "href" | "uri"]
        | ["previous" | "prev", "page", "token" | "url" | "cursor" | "link" | "uri"]
            if texts =>
        {
            PageRole::Previous
        }
        _ => return None,
    })
}
