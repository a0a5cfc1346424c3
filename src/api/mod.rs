//! The HTTP meaning: [`ROUTES`] has a row per endpoint, and everything that is known of an endpoint comes from its row.

pub mod answer;
pub mod api_keys;
pub mod auth;
pub mod authenticate;
pub mod call;
pub mod input;
pub mod query;
pub mod route;
pub mod users;

#[cfg(test)]
mod auth_tests;

use route::Route;

/// Every endpoint there is. Routing, access, query checking, the OpenAPI document and the access tests read these rows.
pub static ROUTES: &[Route] = &[];
