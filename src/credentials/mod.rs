//! Secrets and ids: how they are made, hashed and checked. Plain and hashed forms are different types; neither prints its secret.

pub mod id;
