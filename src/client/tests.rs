//! The client against a small TLS server on loopback.
