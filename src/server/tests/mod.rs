//! The front over real TLS on loopback, attacked with hand-written bytes.

mod deadlines;
mod framing;
mod lanes;
mod stopping;
mod support;
mod tls;
