//! Compliance reports: figures composed from the store.

pub mod compose;
