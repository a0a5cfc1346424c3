//! The UI in a real browser: every page in light and dark, wide and narrow; and what its files are. A package of its own; its Cargo.toml says
//! why. Run `cargo build` before it: it looks at the program beside it.

mod browser; // Chromium with its driver, and an appliance with data to look at
mod control; // proves that the checks can fail
mod enrol; // a device connects while the page waits for it
mod page_checks; // what has to hold for every page
mod pages; // every page, held against the checks
mod second_factor; // set up, used, and asked for by the organisation
mod services; // services and reviews as a person records them, and the documentation
mod sign_in; // from the sign-in page to the page that was asked for
#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "shared with the other binary, which uses the rest")]
mod support;
mod vendored; // the files of others are those that the script brought
