//! The admin UI: one page for all its paths, and the files that the page asks for, under a path that names their version.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, LazyLock, OnceLock};

use flate2::Compression;
use flate2::write::GzEncoder;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use super::call::Call;
use super::docs::DOCS;
use super::route::{Answer, AnswerBody, Route};
use crate::domain::access::Access;
use crate::domain::audit::hex;
use crate::error::{Error, Result};
use crate::http::{Body, Lane, Request, Response, StatusCode};

/// Marks the rows of this file, which count against no limit and are no part of the API.
pub const TAG: &str = "UI";

/// First words of the paths at which the page shows something; below each there may be more. The page itself says when there is nothing.
const SECTIONS: &[&str] = &[
    "accept-invitation",
    "attestations",
    "audit-log",
    "dashboard",
    "devices",
    "diagnostics",
    "docs",
    "enrol",
    "exceptions",
    "first-steps",
    "forgot-password",
    "my-devices",
    "my-services",
    "people",
    "profile",
    "reports",
    "reset-password",
    "services",
    "settings",
    "sign-in",
    "team",
];

/// What the page may do: nothing but with what this appliance itself serves, and no text becomes markup.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// The rows that serve files, beside those of the API.
pub static ROUTES: [Route; 1] =
    [file_row("/assets/{version}/{*file}", "get_asset", asset, "Get a file of the admin UI", "application/octet-stream")];

/// A row for people's browsers, which is no part of the API.
pub(super) const fn file_row(
    path: &'static str,
    name: &'static str,
    handler: fn(&Call) -> Result<Response>,
    summary: &'static str,
    content_type: &'static str,
) -> Route {
    Route {
        method: "GET",
        path,
        name,
        access: Access::Public,
        lane: Lane::Quick,
        handler,
        summary,
        tag: TAG,
        query: &[],
        request: None,
        body_bytes_max: 0,
        answer: Answer { status: 200, description: "The file", body: AnswerBody::Other(content_type) },
        errors: &[],
    }
}

/// Whether `path`, as sent, is one of the UI's, which `/` answers. `/docs` itself is a page apart.
pub fn is_page(path: &str) -> bool {
    if path == "/docs" {
        return false;
    }
    let mut words = path.split('/').skip(1);
    let plain = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    words.next().is_some_and(|section| SECTIONS.contains(&section)) && words.all(plain)
}

/// The page.
pub fn page(call: &Call) -> Result<Response> {
    let assets = Assets::current();
    let page = assets.page.as_ref().ok_or_else(|| Error::internal("index.html is not among the assets"))?;
    let response = page.answer(call.request, "no-cache");
    Ok(response.with_header("content-security-policy", CONTENT_SECURITY_POLICY).with_header("referrer-policy", "same-origin"))
}

/// Pages that are loaded with the first view; all others come when somebody goes there, and with them what only they need.
const FIRST_PAGES: [&str; 3] = ["pages/dashboard.js", "pages/devices.js", "pages/sign-in.js"];
const LATER: [&str; 3] = ["checks.js", "css/more.css", "messages.more.en.js"];

/// The modules of the UI, by path under `assets/ui`: every script but the one that runs before them.
pub fn modules() -> impl Iterator<Item = String> {
    Files::iter().filter(|name| name.ends_with(".js") && name.as_ref() != "theme.js").map(|name| name.into_owned())
}

fn is_later(name: &str) -> bool {
    LATER.contains(&name) || name.starts_with("pages/") && !FIRST_PAGES.contains(&name)
}

/// Those that the first view needs.
fn first_modules() -> impl Iterator<Item = String> {
    modules().filter(|name| !is_later(name))
}

fn asset(call: &Call) -> Result<Response> {
    let current = Assets::current();
    let assets = if call.path("version") == DOCS.version { &*DOCS } else { &*current };
    let file = assets.file(call.path("file")).filter(|_| call.path("version") == assets.version);
    // A file of another version would not fit the page that asks for it.
    let file = file.ok_or_else(|| Error::not_found("File"))?;
    Ok(file.answer(call.request, "public, max-age=31536000, immutable"))
}

#[derive(RustEmbed)]
#[folder = "assets/ui"]
struct Files;

/// All files of one version.
pub(super) struct Assets {
    version: String,
    files: BTreeMap<String, Asset>,
    /// `index.html`, whose addresses are still to be filled in.
    pub page: Option<Asset>,
}

impl Assets {
    /// Those in the program. A debug build reads them from the source folder each time, so that a change shows at once.
    pub fn current() -> Arc<Assets> {
        static EMBEDDED: LazyLock<Arc<Assets>> = LazyLock::new(|| Arc::new(Assets::of_ui()));
        if cfg!(debug_assertions) { Arc::new(Assets::of_ui()) } else { Arc::clone(&EMBEDDED) }
    }

    /// Those of the admin UI, its page filled in.
    fn of_ui() -> Assets {
        let mut assets = Assets::read::<Files>();
        let folder = assets.folder();
        let link = |name: String| format!("<link rel=\"modulepreload\" href=\"{folder}/{name}\">\n");
        let links: String = first_modules().map(link).collect();
        assets.page = assets.page.map(|page| page.with_words(&[("%MODULES%", links.trim_end()), ("%ASSETS%", &folder)]));
        assets
    }

    /// Where its files are found.
    pub fn folder(&self) -> String {
        format!("/assets/{}", self.version)
    }

    /// A file by its path.
    pub fn file(&self, name: &str) -> Option<&Asset> {
        self.files.get(name)
    }

    /// The files that `E` holds.
    pub fn read<E: RustEmbed>() -> Assets {
        let mut files = BTreeMap::new();
        let mut all = Sha256::new();
        for name in E::iter() {
            let Some(file) = E::get(&name) else { continue };
            let hash = file.metadata.sha256_hash();
            all.update(name.as_bytes());
            all.update(hash);
            let kind = content_type(&name);
            files.insert(name.into_owned(), Asset { kind, etag: etag(&hash), bytes: file.data.into_owned(), packed: OnceLock::new() });
        }
        let version = hex(&all.finalize()[..6]);
        let page = files.remove("index.html");
        Assets { version, files, page }
    }
}

/// A file and what has to be known to send it.
pub(super) struct Asset {
    kind: &'static str,
    etag: String,
    bytes: Vec<u8>,
    packed: OnceLock<Vec<u8>>,
}

impl Asset {
    /// Its bytes, not packed.
    #[cfg(test)]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A page whose `words` are replaced: `%ASSETS%` by the folder of this version, `%MODULES%` by a link for each module so that all load at
    /// once.
    pub fn with_words(&self, words: &[(&str, &str)]) -> Asset {
        let template = String::from_utf8_lossy(&self.bytes).into_owned();
        let bytes = words.iter().fold(template, |text, (word, with)| text.replace(word, with)).into_bytes();
        Asset { kind: self.kind, etag: etag(&Sha256::digest(&bytes)), bytes, packed: OnceLock::new() }
    }

    /// The answer to a request for it.
    pub fn answer(&self, request: &Request, cache: &str) -> Response {
        let known = request.header("if-none-match").unwrap_or("");
        let fresh = known.split(',').map(|tag| tag.trim().trim_start_matches("W/")).any(|tag| tag == self.etag || tag == "*");
        let mut response =
            if fresh { Response::empty(StatusCode::NOT_MODIFIED) } else { Response::bytes(StatusCode::OK, self.kind, Vec::new()) };
        if !fresh {
            let packed = request.accepts_gzip().then(|| self.packed.get_or_init(|| pack(&self.bytes))).filter(|packed| !packed.is_empty());
            response.body = Body::Bytes(packed.unwrap_or(&self.bytes).clone());
            if packed.is_some() {
                response = response.with_header("content-encoding", "gzip");
            }
        }
        response.with_header("vary", "accept-encoding").with_header("etag", &self.etag).with_header("cache-control", cache)
    }
}

/// As gzip; nothing when that fails, and then the file goes out as it is.
fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
}

fn etag(hash: &[u8]) -> String {
    format!("\"{}\"", hex(&hash[..12]))
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" => "image/jpeg",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_ui_are_told_from_all_others() {
        for path in ["/devices", "/devices/dev_01ab", "/services/svc_1/reviews", "/audit-log", "/docs/reference"] {
            assert!(is_page(path), "{path}");
        }
        for path in [
            "/",
            "",
            "/docs",
            "/device",
            "/devices/",
            "/devices//x",
            "/devices/..",
            "/devices/a.b",
            "/v1/devices",
            "/devices%2Fx",
            "devices",
        ] {
            assert!(!is_page(path), "{path}");
        }
    }

    #[test]
    fn the_version_follows_the_content_and_stands_in_every_address_of_the_page() {
        let assets = Assets::of_ui();
        let page = String::from_utf8(assets.page.unwrap().bytes).unwrap();
        let addresses: Vec<&str> = page.split("=\"/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(addresses.len() > 10 && !page.contains('%'), "{page}");
        for address in addresses {
            let file = address.strip_prefix(&format!("assets/{}/", assets.version)).unwrap_or_else(|| panic!("{address}"));
            assert!(assets.files.contains_key(file), "{file}");
        }
    }

    #[test]
    fn the_page_loads_a_bounded_number_of_modules() {
        assert!((5..=40).contains(&modules().count()), "{} modules", modules().count());
    }

    /// Bytes that a browser gets, as gzip, before it can show the first page.
    const FIRST_VIEW_BYTES_MAX: usize = 60_000;

    #[test]
    fn the_first_view_is_small() {
        let assets = Assets::of_ui();
        let is_style_or_icon = |name: &&String| name.ends_with(".css") || name.ends_with(".svg") || name.as_str() == "theme.js";
        let others = assets.files.keys().filter(is_style_or_icon).filter(|name| !is_later(name)).cloned();
        let sizes = first_modules().chain(others).map(|name| pack(&assets.files[&name].bytes).len());
        let bytes = sizes.sum::<usize>() + pack(&assets.page.unwrap().bytes).len();
        assert!((20_000..FIRST_VIEW_BYTES_MAX).contains(&bytes), "{bytes} bytes");
    }
}
