//! Bad input as data: what is sent, and the status that the contract gives it. Both doors take the same list.
//!
//! After each of them the appliance must hold what it held before, answer with `{"detail"}`, and serve the next request.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use recoger::http::{Method, Request};
use serde_json::{Value, json};

/// One bad request.
#[derive(Debug)]
pub struct Attack {
    /// What is bad about it.
    pub name: &'static str,
    /// The method.
    pub method: Method,
    /// Path and query.
    pub target: String,
    /// What it shows to get in; the input is bad even from an admin.
    pub shown: Shown,
    /// What it says its body is.
    pub content_type: Option<&'static str>,
    /// The body.
    pub body: Vec<u8>,
    /// The status that it gets.
    pub status: u16,
}

/// What an attack shows in `Authorization`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Nothing.
    Nothing,
    /// An admin's access token, which holds.
    AccessToken,
    /// An admin's access token whose time is over.
    ExpiredToken,
    /// A token that holds at another appliance.
    TokenOfAnotherAppliance,
    /// An admin's token with `alg: none` and no signature.
    UnsignedToken,
    /// An API key with one letter changed.
    ChangedKey,
    /// Something that is no token.
    Nonsense,
}

/// What a door brings along, so that attacks can show it and what is made from it. A door that can't make one leaves it out.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// An admin's access token.
    pub access_token: Option<String>,
    /// The same after its time.
    pub expired_token: Option<String>,
    /// An admin's access token of another appliance.
    pub token_of_another_appliance: Option<String>,
    /// An admin's API key.
    pub api_key: Option<String>,
}

impl Attack {
    /// The request, or nothing if the door has not what it shows: the test names those it left out.
    pub fn request(&self, credentials: &Credentials) -> Option<Request> {
        let mut request = Request::new(self.method.clone(), &self.target);
        request.body = self.body.clone();
        if let Some(content_type) = self.content_type {
            request = request.with_header("content-type", content_type);
        }
        let token = match self.shown {
            Shown::Nothing => return Some(request),
            Shown::AccessToken => credentials.access_token.clone(),
            Shown::ExpiredToken => credentials.expired_token.clone(),
            Shown::TokenOfAnotherAppliance => credentials.token_of_another_appliance.clone(),
            Shown::UnsignedToken => credentials.access_token.as_deref().map(unsigned),
            Shown::ChangedKey => credentials.api_key.as_deref().map(one_letter_changed),
            Shown::Nonsense => Some("x".to_owned()),
        };
        Some(request.with_bearer(&token?))
    }
}

/// All of them.
pub fn attacks() -> Vec<Attack> {
    let mut attacks = bodies();
    attacks.extend(paths_and_methods());
    attacks.extend(queries());
    attacks.extend(credentials());
    attacks
}

const REPORT: &str = "/v1/devices/report";
const LOGIN: &str = "/v1/auth/login";
const MY_DEVICES: &str = "/v1/devices/my-devices";
const JSON: Option<&str> = Some("application/json");

/// A report that is good but for `changes`.
fn report_with(changes: &[(&str, Value)]) -> String {
    let mut report = json!({
        "device_name": "MacBook Pro 16\"", "serial_number": "C02XL0GTJG5J", "device_type": "laptop", "os_type": "macos", "os_version": "14.2.1",
        "security": {"disk_encryption": true},
    });
    for (field, value) in changes {
        report[*field] = value.clone();
    }
    report.to_string()
}

fn bodies() -> Vec<Attack> {
    let bad = |name, body: String| Attack {
        name,
        method: Method::POST,
        target: REPORT.to_owned(),
        shown: Shown::AccessToken,
        content_type: JSON,
        body: body.into_bytes(),
        status: 400,
    };
    let good = report_with(&[]);
    let named = |name: &str| good.replacen("MacBook Pro 16\\\"", name, 1);
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let huge = || report_with(&[("device_name", json!("x".repeat(10 * 1024 * 1024)))]);
    vec![
        bad("no body", String::new()),
        bad("white space for a body", " \r\n\t".to_owned()),
        bad("an array for an object", "[]".to_owned()),
        bad("null for an object", "null".to_owned()),
        bad("text for an object", "\"report\"".to_owned()),
        bad("half an object", good[..good.len() / 2].to_owned()),
        bad("two objects", format!("{good}{good}")),
        bad("a number for a name", report_with(&[("device_name", json!(5))])),
        bad("null for a name", report_with(&[("device_name", Value::Null)])),
        bad("an array for a section", report_with(&[("security", json!([true]))])),
        bad("text for a switch", report_with(&[("security", json!({"disk_encryption": "yes"}))])),
        bad("an unknown kind of system", report_with(&[("os_type", json!("plan9"))])),
        bad("JSON 200 deep", deep.clone()),
        bad("a section 200 deep", good.replacen("{\"disk_encryption\":true}", &format!("{{\"x\":{deep}}}"), 1)),
        bad("an escaped NUL in a name", named("a\\u0000b")),
        bad("a raw NUL in a name", named("a\0b")),
        bad("a line break in a name", named("a\\nb")),
        bad("a lone high surrogate", named("\\ud800")),
        bad("a lone low surrogate", named("x\\udc00y")),
        bad("a name of 256 characters", report_with(&[("device_name", json!("ä".repeat(256)))])),
        bad("a serial with only spaces", report_with(&[("serial_number", json!("   "))])),
        bad("a serial with only a no-break space", report_with(&[("serial_number", json!("\u{a0}"))])),
        bad("an empty serial", report_with(&[("serial_number", json!(""))])),
        bad("a serial that names nothing", report_with(&[("serial_number", json!("To Be Filled By O.E.M."))])),
        bad("a serial of 129 characters", report_with(&[("serial_number", json!("S".repeat(129)))])),
        bad("a key twice", good.replacen('{', "{\"serial_number\":\"OTHER\",", 1)),
        bad("a key twice inside", good.replacen("{\"disk_encryption\"", "{\"disk_encryption\":false,\"disk_encryption\"", 1)),
        Attack { body: named("?").into_bytes().into_iter().map(not_utf8).collect(), ..bad("bytes that are no UTF-8", String::new()) },
        Attack { status: 413, ..bad("a string of 10 MB", huge()) },
        Attack { status: 413, target: LOGIN.to_owned(), shown: Shown::Nothing, ..bad("a string of 10 MB from a stranger", huge()) },
        Attack { status: 415, content_type: Some("text/plain"), ..bad("text for a content type", good.clone()) },
        Attack { status: 415, content_type: Some("application/x-www-form-urlencoded"), ..bad("a form for a content type", good.clone()) },
        Attack { status: 415, content_type: Some("application/jsonp"), ..bad("almost the content type", good.clone()) },
        Attack { status: 415, content_type: None, ..bad("no content type", good.clone()) },
    ]
}

/// Makes the one question mark of a body a byte that no UTF-8 has.
fn not_utf8(byte: u8) -> u8 {
    if byte == b'?' { 0xff } else { byte }
}

fn paths_and_methods() -> Vec<Attack> {
    let get = |name, target: &str| Attack {
        name,
        method: Method::GET,
        target: target.to_owned(),
        shown: Shown::AccessToken,
        content_type: None,
        body: Vec::new(),
        status: 404,
    };
    let wrong = |name, method, target| Attack { method, status: 405, shown: Shown::Nothing, ..get(name, target) };
    vec![
        wrong("a wrong method", Method::PUT, REPORT),
        wrong("a wrong method for sign-in", Method::DELETE, LOGIN),
        wrong("OPTIONS", Method::OPTIONS, MY_DEVICES),
        wrong("TRACE", Method::TRACE, MY_DEVICES),
        get("a trailing slash", "/v1/devices/my-devices/"),
        get("a doubled slash", "/v1//devices/my-devices"),
        get("an unknown path", "/v1/nothing"),
        Attack { shown: Shown::Nothing, ..get("an unknown path from a stranger", "/v1/nothing") },
        get("another case", "/v1/Devices/my-devices"),
        get("encoded dots for an id", "/v1/devices/%2e%2e"),
        get("encoded dots on the way", "/v1/%2e%2e/healthz"),
        get("encoded dots and slashes", "/v1/devices/%2e%2e%2f%2e%2e%2fhealthz"),
        get("encoded dots out of the assets", "/%2e%2e/%2e%2e/etc/passwd"),
        get("plain dots out of the assets", "/../../etc/passwd"),
    ]
}

fn queries() -> Vec<Attack> {
    let bad = |name, query: &str| Attack {
        name,
        method: Method::GET,
        target: format!("{MY_DEVICES}?{query}"),
        shown: Shown::AccessToken,
        content_type: None,
        body: Vec::new(),
        status: 400,
    };
    vec![
        bad("an unknown parameter", "colour=red"),
        bad("a limit of nothing", "limit=0"),
        bad("a limit above the highest", "limit=101"),
        bad("a limit of no number", "limit=ten"),
        bad("a negative offset", "skip=-1"),
        bad("an offset beyond all numbers", "skip=99999999999999999999"),
        bad("a parameter twice", "limit=1&limit=2"),
        bad("a switch of neither kind", "include_data=maybe"),
        bad("a parameter that is no UTF-8", "limit=%ff"),
    ]
}

fn credentials() -> Vec<Attack> {
    let refused = |name, shown| Attack {
        name,
        method: Method::GET,
        target: MY_DEVICES.to_owned(),
        shown,
        content_type: None,
        body: Vec::new(),
        status: 401,
    };
    vec![
        refused("no credential", Shown::Nothing),
        refused("an expired token", Shown::ExpiredToken),
        refused("a token of another appliance", Shown::TokenOfAnotherAppliance),
        refused("a token with `alg: none`", Shown::UnsignedToken),
        refused("a key with one letter changed", Shown::ChangedKey),
        refused("a token that is none", Shown::Nonsense),
    ]
}

/// The same claims, with a head that asks not to look at the signature, and none.
fn unsigned(token: &str) -> String {
    let claims = token.split('.').nth(1).expect("a JWT has three parts");
    format!("{}.{claims}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#))
}

/// Another letter in the middle of what follows the prefix.
fn one_letter_changed(key: &str) -> String {
    let start = key.rfind('_').map_or(0, |end| end + 1);
    let middle = start + (key.len() - start) / 2;
    let other = if key.as_bytes()[middle] == b'a' { "b" } else { "a" };
    format!("{}{other}{}", &key[..middle], &key[middle + 1..])
}

#[cfg(test)]
mod tests {
    use super::super::answer::Answer;
    use super::*;
    use recoger::api::{answer, input::Fields};

    fn all() -> Credentials {
        let some = |text: &str| Some(text.to_owned());
        Credentials {
            access_token: some("e30.eyJyb2xlIjoiYWRtaW4ifQ.c2ln"),
            expired_token: some("old"),
            token_of_another_appliance: some("foreign"),
            api_key: some("rk_live_0123456789"),
        }
    }

    #[test]
    fn each_attack_has_a_name_of_its_own_and_shows_what_it_says() {
        let attacks = attacks();
        let mut names: Vec<&str> = attacks.iter().map(|attack| attack.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), attacks.len());
        for attack in &attacks {
            let request = attack.request(&all()).unwrap();
            assert_eq!(request.header("authorization").is_some(), attack.shown != Shown::Nothing, "{}", attack.name);
            assert_eq!(attack.request(&Credentials::default()).is_some(), matches!(attack.shown, Shown::Nothing | Shown::Nonsense));
        }
    }

    #[test]
    fn forged_credentials_differ_from_the_real_ones_as_they_should() {
        assert_eq!(unsigned("e30.eyJyb2xlIjoiYWRtaW4ifQ.c2ln"), "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJyb2xlIjoiYWRtaW4ifQ.");
        assert_eq!(one_letter_changed("rk_live_0123456789"), "rk_live_01234a6789");
        assert_eq!(one_letter_changed("rk_live_xxax"), "rk_live_xxbx");
    }

    /// What reads a body refuses what no body may be; whatever it lets through is wrong in a field and for the handler to refuse.
    #[test]
    fn a_body_that_is_no_json_object_is_refused_before_any_handler() {
        let mut let_through = Vec::new();
        for attack in bodies().iter().filter(|attack| attack.status != 413) {
            match Fields::of(&attack.request(&all()).unwrap()) {
                Err(error) => assert_eq!(Answer::of(answer::error(&error)).status, attack.status, "{}", attack.name),
                Ok(_) => let_through.push(attack.name),
            }
        }
        let field = |name: &&str| ["name", "serial", "section", "switch", "system"].iter().any(|noun| name.contains(noun));
        assert_eq!(let_through.iter().filter(|name| !field(name)).count(), 0, "{let_through:?}");
        assert!(!let_through.contains(&"a section 200 deep") && !let_through.contains(&"an escaped NUL in a name"), "{let_through:?}");
    }

    /// An attack that is bad in more than it says proves nothing: the report they change is itself good JSON of the right fields.
    #[test]
    fn the_report_that_attacks_change_is_good() {
        let good: Value = serde_json::from_str(&report_with(&[])).unwrap();
        assert!(["device_name", "serial_number", "os_type"].iter().all(|field| good[*field].is_string()));
        let doubled = bodies().into_iter().find(|attack| attack.name == "a key twice inside").unwrap();
        assert!(String::from_utf8(doubled.body).unwrap().contains("\"disk_encryption\":false,\"disk_encryption\":true"));
        let broken = bodies().into_iter().find(|attack| attack.name == "bytes that are no UTF-8").unwrap();
        assert_eq!(broken.body.iter().filter(|byte| **byte == 0xff).count(), 1);
    }
}
