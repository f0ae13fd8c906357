//! Things, their kinds, and what is said of them.

pub(in crate::generate) const ADJECTIVES: [&str; 32] = [
    "Amber", "Bright", "Calm", "Classic", "Clear", "Coastal", "Compact", "Copper", "Daily", "Early", "Fresh", "Gentle",
    "Golden", "Grand", "Green", "Hidden", "Late", "Light", "Little", "Modern", "New", "Northern", "Open", "Quiet",
    "Rapid", "Royal", "Silver", "Simple", "Steady", "Summer", "Urban", "Winter",
];

pub(in crate::generate) const NOUNS: [&str; 32] = [
    "Anchor", "Atlas", "Beacon", "Bridge", "Canvas", "Cedar", "Compass", "Corner", "Field", "Forest", "Garden",
    "Harbor", "Horizon", "Island", "Lantern", "Meadow", "Mirror", "Morning", "Mountain", "Orchard", "Path", "Pioneer",
    "River", "Signal", "Sketch", "Spark", "Station", "Stone", "Summit", "Thread", "Valley", "Window",
];

pub(in crate::generate) const COMPANY_NAMES: [&str; 20] = [
    "Northwind",
    "Bluebird",
    "Redwood",
    "Lakeside",
    "Brightwater",
    "Stonebridge",
    "Greenfield",
    "Silverline",
    "Westgate",
    "Oakridge",
    "Clearview",
    "Riverbend",
    "Fairmont",
    "Hawthorne",
    "Kestrel",
    "Larkspur",
    "Meridian",
    "Pinecrest",
    "Summit",
    "Tidewater",
];

pub(in crate::generate) const COMPANY_ENDS: [&str; 8] =
    ["Labs", "Group", "Systems", "Partners", "Studio", "Trading", "Works", "Logistics"];

pub(in crate::generate) const CATEGORIES: [&str; 14] = [
    "books",
    "clothing",
    "electronics",
    "food",
    "garden",
    "health",
    "home",
    "music",
    "office",
    "outdoor",
    "sports",
    "tools",
    "toys",
    "travel",
];

pub(in crate::generate) const TAGS: [&str; 18] = [
    "new", "popular", "featured", "summer", "sale", "limited", "eco", "gift", "classic", "travel", "design", "team",
    "internal", "priority", "beta", "local", "premium", "archive",
];

pub(in crate::generate) const COLORS: [&str; 10] =
    ["black", "blue", "brown", "green", "grey", "orange", "purple", "red", "white", "yellow"];

pub(in crate::generate) const HEX_COLORS: [&str; 10] =
    ["#1f2933", "#2563eb", "#7c4a2d", "#15803d", "#6b7280", "#ea580c", "#7e22ce", "#dc2626", "#f8fafc", "#facc15"];

/// `{}` is the thing that is spoken of.
pub(in crate::generate) const SENTENCES: [&str; 20] = [
    "This {} is checked once a week.",
    "It was set up by the team in spring.",
    "Everything that belongs to the {} is listed here.",
    "Please read the notes before changing it.",
    "The {} replaces an older one.",
    "It has been in use since last year.",
    "Most people use it several times a day.",
    "Questions about the {} go to the support team.",
    "It is kept up to date automatically.",
    "The details were confirmed by phone.",
    "Nothing else is needed to use this {}.",
    "It works well together with the others.",
    "Changes to the {} take effect at once.",
    "The first version was much smaller.",
    "A good choice for small teams.",
    "This {} was requested by several customers.",
    "It arrived in good condition.",
    "The {} will be reviewed next month.",
    "All steps are described in the handbook.",
    "There is a newer {} for special cases.",
];

pub(in crate::generate) const ERRORS: [&str; 6] = [
    "The value is not valid.",
    "The resource was not found.",
    "A required field is missing.",
    "The request took too long.",
    "The limit was reached.",
    "Access was denied.",
];

/// Names, extensions and media types of files.
pub(in crate::generate) const FILES: [(&str, &str, &str); 12] = [
    ("report", "pdf", "application/pdf"),
    ("photo", "jpg", "image/jpeg"),
    ("invoice", "pdf", "application/pdf"),
    ("summary", "txt", "text/plain"),
    ("data", "csv", "text/csv"),
    ("logo", "png", "image/png"),
    ("contract", "pdf", "application/pdf"),
    ("export", "json", "application/json"),
    ("notes", "md", "text/markdown"),
    ("archive", "zip", "application/zip"),
    ("interview", "mp3", "audio/mpeg"),
    ("clip", "mp4", "video/mp4"),
];

pub(in crate::generate) const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "curl/8.8.0",
];

pub(in crate::generate) const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];
