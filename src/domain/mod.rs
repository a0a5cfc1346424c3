//! What the appliance is about: pure types and rules. No clock, no files, no SQL, no HTTP.

pub mod access;
pub mod anchor;
pub mod assignment;
pub mod attestation;
pub mod audit;
pub mod audit_export;
pub mod audit_form;
pub mod check;
pub mod checkpoint;
pub mod collected;
pub mod compliance;
pub mod csv;
pub mod csv_read;
pub mod device;
pub mod enrollment;
pub mod evidence_file;
pub mod exception;
pub mod facts;
pub mod finding;
pub mod framework;
pub mod hardware;
pub mod inventory;
pub mod load_error;
pub mod malware_products;
mod named;
pub mod os_support;
pub mod osquery;
pub mod period;
pub mod person;
pub mod png;
pub mod report;
pub mod review;
pub mod rpm_base;
pub mod rule;
pub mod service;
pub mod settings;
pub mod time;
pub mod user;
pub mod visible;
pub mod volatile;

/// The earlier of two moments or days that may not come at all.
pub(crate) fn earlier<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
