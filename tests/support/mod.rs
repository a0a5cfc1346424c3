//! What the tests stand on: the two doors and who comes through them.
//!
//! The inner door is [`appliance`]: plain requests through the whole pipeline, a store in a temporary folder, a clock in the test's hand;
//! most tests use it, with the people of [`world`]. The outer door is [`binary`]: the program itself, over real TLS; few do. Both take an
//! [`attack`] and give an [`answer`].

pub mod actor; // everybody who may call, from stranger to admin of another tenant
pub mod answer; // an answer, whichever door it came through
pub mod appliance; // a fresh appliance in this process
pub mod attack; // bad input as data, with the status it must get
pub mod binary; // the program, started on a free port
pub mod bodies; // what people and devices send
pub mod clock; // the time that a test sets
pub mod process; // a child process: its output, deadlines, its end
pub mod request; // requests in one line
pub mod stand_in; // an HTTPS server that answers what it is told, to test the helpers themselves
pub mod wire; // TLS and HTTP/1.1 by hand
pub mod world; // an appliance with two organisations and everybody who may call
