//! Recoger: one binary that shows, with evidence, whether devices and cloud services are under control.
//!
//! The map, low to high; a module uses only what stands above it in this list:
//! - [`error`], [`http`], [`limits`]: the error type; requests and responses as plain values; every limit by name.
//! - [`domain`]: pure rules: access, devices, checks, verdicts, status, settings, audit form.
//! - `store`: all SQL; one file on disk, one writer, a few readers.
//! - [`report`]: compliance reports: figures in, bytes out; knows nothing of the store.
//! - `agent`: what runs on a device; `client`: the HTTPS client.
//! - `api`: what each route means; ROUTES is the one table.
//! - [`server`]: bytes, TLS, threads, the order of a request.
//! - `cli`: the command line.

pub mod agent;
pub mod api;
pub mod cli;
pub mod client;
pub mod credentials;
pub mod domain;
pub mod error;
pub mod http;
pub mod limits;
pub mod report;
pub mod server;
pub mod store;
