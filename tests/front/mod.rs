//! The front of the program under attack, over real TLS: what it answers, what it costs, and what others notice of it.

mod attackers; // clients that misbehave, many at a time
mod attacks; // floods: a client that behaves is served, memory stays bounded, nothing is left
mod bodies; // JSON and gzip at their limits
mod costs; // memory, threads, sockets of a process
mod exhaustion; // too few descriptors, bursts: refused while they last, and as before afterwards
mod framing; // where a request ends: lengths, chunks, heads
mod lanes; // which lane a request takes
mod paths; // paths that try to be others
mod profile; // versions, suites and protocols of TLS
mod stop; // SIGTERM under load
mod victim; // a client that behaves, and how long it waits
