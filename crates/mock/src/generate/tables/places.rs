//! Cities, and all that follows from where somebody is.

/// A city.
#[derive(Debug)]
pub(in crate::generate) struct Place {
    pub(in crate::generate) city: &'static str,
    pub(in crate::generate) region: &'static str,
    pub(in crate::generate) region_code: &'static str,
    pub(in crate::generate) country: &'static str,
    pub(in crate::generate) code: &'static str,
    pub(in crate::generate) code3: &'static str,
    /// `#` is a digit, `@` a capital.
    pub(in crate::generate) zip: &'static str,
    pub(in crate::generate) latitude: f64,
    pub(in crate::generate) longitude: f64,
    pub(in crate::generate) zone: &'static str,
    pub(in crate::generate) locale: &'static str,
    pub(in crate::generate) currency: &'static str,
    pub(in crate::generate) symbol: &'static str,
    /// `#` is a digit.
    pub(in crate::generate) phone: &'static str,
}

macro_rules! places {
    ($([$($field:expr),* $(,)?])*) => { [$(places!(@ $($field),*)),*] };
    (@ $city:expr, $region:expr, $region_code:expr, $country:expr, $code:expr, $code3:expr, $zip:expr, $latitude:expr,
       $longitude:expr, $zone:expr, $locale:expr, $currency:expr, $symbol:expr, $phone:expr) => {
        Place {
            city: $city, region: $region, region_code: $region_code, country: $country, code: $code, code3: $code3, zip: $zip,
            latitude: $latitude, longitude: $longitude, zone: $zone, locale: $locale, currency: $currency, symbol: $symbol,
            phone: $phone,
        }
    };
}

pub(in crate::generate) const PLACES: [Place; 22] = places![
    ["Portland", "Oregon", "OR", "United States", "US", "USA", "972##", 45.515, -122.678, "America/Los_Angeles", "en-US", "USD", "$", "+15035550###"]
    ["Austin", "Texas", "TX", "United States", "US", "USA", "787##", 30.267, -97.743, "America/Chicago", "en-US", "USD", "$", "+15125550###"]
    ["Boston", "Massachusetts", "MA", "United States", "US", "USA", "021##", 42.360, -71.058, "America/New_York", "en-US", "USD", "$", "+16175550###"]
    ["Denver", "Colorado", "CO", "United States", "US", "USA", "802##", 39.739, -104.990, "America/Denver", "en-US", "USD", "$", "+13035550###"]
    ["Seattle", "Washington", "WA", "United States", "US", "USA", "981##", 47.606, -122.332, "America/Los_Angeles", "en-US", "USD", "$", "+12065550###"]
    ["Toronto", "Ontario", "ON", "Canada", "CA", "CAN", "M5@ #@#", 43.653, -79.383, "America/Toronto", "en-CA", "CAD", "$", "+14165550###"]
    ["London", "England", "ENG", "United Kingdom", "GB", "GBR", "SW1@ #@@", 51.507, -0.128, "Europe/London", "en-GB", "GBP", "£", "+442079460###"]
    ["Manchester", "England", "ENG", "United Kingdom", "GB", "GBR", "M1 #@@", 53.480, -2.242, "Europe/London", "en-GB", "GBP", "£", "+441614960###"]
    ["Dublin", "Leinster", "L", "Ireland", "IE", "IRL", "D02 @###", 53.349, -6.260, "Europe/Dublin", "en-IE", "EUR", "€", "+35312345###"]
    ["Berlin", "Berlin", "BE", "Germany", "DE", "DEU", "101##", 52.520, 13.405, "Europe/Berlin", "de-DE", "EUR", "€", "+49302312500##"]
    ["Hamburg", "Hamburg", "HH", "Germany", "DE", "DEU", "200##", 53.551, 9.993, "Europe/Berlin", "de-DE", "EUR", "€", "+49406696900##"]
    ["Lyon", "Auvergne-Rhône-Alpes", "ARA", "France", "FR", "FRA", "6900#", 45.764, 4.835, "Europe/Paris", "fr-FR", "EUR", "€", "+334658100##"]
    ["Madrid", "Madrid", "MD", "Spain", "ES", "ESP", "280##", 40.416, -3.703, "Europe/Madrid", "es-ES", "EUR", "€", "+34912340###"]
    ["Milan", "Lombardy", "MI", "Italy", "IT", "ITA", "201##", 45.464, 9.190, "Europe/Rome", "it-IT", "EUR", "€", "+390212340###"]
    ["Utrecht", "Utrecht", "UT", "Netherlands", "NL", "NLD", "35## @@", 52.090, 5.121, "Europe/Amsterdam", "nl-NL", "EUR", "€", "+31301234###"]
    ["Zurich", "Zurich", "ZH", "Switzerland", "CH", "CHE", "80##", 47.376, 8.541, "Europe/Zurich", "de-CH", "CHF", "CHF", "+41441234###"]
    ["Stockholm", "Stockholm", "AB", "Sweden", "SE", "SWE", "11# ##", 59.329, 18.068, "Europe/Stockholm", "sv-SE", "SEK", "kr", "+468465004##"]
    ["Warsaw", "Masovia", "MZ", "Poland", "PL", "POL", "00-###", 52.229, 21.012, "Europe/Warsaw", "pl-PL", "PLN", "zł", "+48221234###"]
    ["Sydney", "New South Wales", "NSW", "Australia", "AU", "AUS", "20##", -33.868, 151.209, "Australia/Sydney", "en-AU", "AUD", "$", "+61255501###"]
    ["Auckland", "Auckland", "AUK", "New Zealand", "NZ", "NZL", "10##", -36.848, 174.763, "Pacific/Auckland", "en-NZ", "NZD", "$", "+6495550###"]
    ["Curitiba", "Paraná", "PR", "Brazil", "BR", "BRA", "80###-###", -25.428, -49.273, "America/Sao_Paulo", "pt-BR", "BRL", "R$", "+554131234###"]
    ["Bengaluru", "Karnataka", "KA", "India", "IN", "IND", "5600##", 12.971, 77.594, "Asia/Kolkata", "en-IN", "INR", "₹", "+918040123###"]
];

pub(in crate::generate) const STREETS: [&str; 16] = [
    "Maple Street",
    "Oak Avenue",
    "Station Road",
    "Harbour Street",
    "Mill Lane",
    "Park Road",
    "High Street",
    "Garden Way",
    "Bridge Street",
    "Church Road",
    "River Road",
    "Market Street",
    "Hill Street",
    "Orchard Lane",
    "Lake Avenue",
    "King Street",
];
