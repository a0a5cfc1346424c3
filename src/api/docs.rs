//! `/docs`: Swagger UI over the document of this API, with a policy of its own. The plain reference beside it is a page of the admin UI.

use std::sync::LazyLock;

use rust_embed::RustEmbed;

use super::call::Call;
use super::route::Route;
use super::ui::{Assets, file_row};
use crate::error::{Error, Result};
use crate::http::Response;

/// As the admin UI's, but that Swagger UI may make markup of text: it can't work otherwise.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The row of the page.
pub static ROUTES: [Route; 1] = [file_row("/docs", "get_docs_page", page, "Read the API's documentation and try it", "text/html")];

#[derive(RustEmbed)]
#[folder = "assets/docs"]
struct Files;

/// What the page consists of: read once, in a debug build too, for it is large.
pub(super) static DOCS: LazyLock<Assets> = LazyLock::new(Assets::read::<Files>);

fn page(call: &Call) -> Result<Response> {
    let template = DOCS.page.as_ref().ok_or_else(|| Error::internal("index.html is not among the files of /docs"))?;
    let filled = template.with_words(&[("%DOCS%", &DOCS.folder()), ("%ASSETS%", &Assets::current().folder())]);
    let response = filled.answer(call.request, "no-cache");
    Ok(response.with_header("content-security-policy", CONTENT_SECURITY_POLICY).with_header("referrer-policy", "same-origin"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::ui;

    #[test]
    fn the_page_may_do_what_the_ui_may_and_make_markup() {
        assert_eq!(format!("{CONTENT_SECURITY_POLICY}; require-trusted-types-for 'script'"), ui::CONTENT_SECURITY_POLICY);
    }

    #[test]
    fn every_file_that_the_page_and_its_styles_name_is_there_and_none_is_elsewhere() {
        let template = String::from_utf8(DOCS.page.as_ref().unwrap().bytes().to_vec()).unwrap();
        let named = template.split("=\"%DOCS%/").skip(1).filter_map(|rest| rest.split('"').next());
        let styles = String::from_utf8(DOCS.file("vendor/swagger-ui.css").unwrap().bytes().to_vec()).unwrap();
        let images = styles.split("url(").skip(1).filter_map(|rest| rest.split(')').next()).map(|name| format!("vendor/{name}"));
        let all: Vec<String> = named.map(str::to_owned).chain(images).collect();
        assert!(all.len() > 15, "{all:?}");
        for name in all {
            assert!(DOCS.file(&name).is_some(), "{name}");
        }
    }
}
