//! The HTTP meaning: [`ROUTES`] has a row per endpoint, and everything that is known of an endpoint comes from its row.

pub mod accounts;
pub mod answer;
pub mod api_keys;
pub mod appliance;
pub mod applicability;
pub mod attestations;
pub mod audit_logs;
pub mod auditor;
pub mod auth;
pub mod authenticate;
pub mod browser_session;
pub mod call;
pub mod checks;
mod custom_checks;
pub mod dashboard;
pub mod devices;
pub mod docs;
pub mod enrollment;
pub mod exceptions;
pub mod export;
pub mod files;
pub mod findings;
pub mod frameworks;
pub mod import;
pub mod input;
pub mod install;
pub mod invitations;
pub mod meta;
pub mod metrics;
pub mod mfa;
pub mod openapi;
pub mod password_reset;
pub mod people;
pub mod privacy;
pub mod qr;
pub mod query;
pub mod reach;
pub mod reports;
pub mod reviews;
pub mod route;
pub mod services;
pub mod sessions;
pub mod settings;
pub mod ui;
pub mod users;
pub mod words;

use route::Route;

/// Every endpoint there is, by noun. Routing, access, query checking, the OpenAPI document and the access tests read these rows.
pub static ROUTES: &[&[Route]] = &[
    auth::ROUTES,
    &devices::ROUTES,
    &enrollment::ROUTES,
    &install::ROUTES,
    &services::ROUTES,
    &reviews::ROUTES,
    &dashboard::ROUTES,
    &appliance::ROUTES,
    &exceptions::ROUTES,
    &attestations::ROUTES,
    &findings::ROUTES,
    &applicability::ROUTES,
    &frameworks::ROUTES,
    &reports::ROUTES,
    users::ROUTES,
    mfa::ROUTES,
    privacy::ROUTES,
    accounts::ROUTES,
    invitations::ROUTES,
    &people::ROUTES,
    password_reset::ROUTES,
    browser_session::ROUTES,
    sessions::ROUTES,
    api_keys::ROUTES,
    &audit_logs::AUDIT_ROUTES,
    &settings::ROUTES,
    &custom_checks::ROUTES,
    &meta::ROUTES,
    &metrics::ROUTES,
];

/// The rows, one after the other.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().copied().flatten()
}

/// What the appliance serves: the rows of the API and those of the files of its UI.
pub fn served() -> impl Iterator<Item = &'static Route> {
    routes().chain(&ui::ROUTES).chain(&docs::ROUTES)
}

#[cfg(test)]
mod auth_tests;
#[cfg(test)]
mod hot_routes_tests;
