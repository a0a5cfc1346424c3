//! The front of the program under attack, over real TLS: what it answers, what it costs, and what others notice of it.

mod attackers; // clients that misbehave, many at a time
mod attacks; // floods: a client that behaves is served, memory stays bounded, nothing is left
mod costs; // memory, threads, sockets of a process
mod framing; // where a request ends: lengths, chunks, heads
mod victim; // a client that behaves, and how long it waits
