//! The HTTP meaning: [`ROUTES`] has a row per endpoint, and everything that is known of an endpoint comes from its row.

pub mod answer;
pub mod audit_logs;
pub mod call;
pub mod devices;
pub mod input;
pub mod query;
pub mod route;

use route::Route;

/// Every endpoint there is. Routing, access, query checking, the OpenAPI document and the access tests read these rows.
pub static ROUTES: &[Route] = &[];
