//! Compliance reports: figures in, bytes out. Computes no verdict and reads no store; what is to be shown comes as [`content`].

pub mod content;
