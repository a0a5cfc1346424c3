//! The UI in a real browser: every page in light and dark, wide and narrow; and what its files are.

mod browser; // Chromium with its driver, and an appliance with data to look at
mod control; // proves that the checks can fail
mod pages; // every page, held against the checks
mod page_checks; // what has to hold for every page
mod sign_in; // from the sign-in page to the page that was asked for
mod vendored; // the files of others are those that the script brought
