//! The one integration test binary; each module says what it looks at.

mod demo; // the file that `recoger demo` makes
mod openapi; // the document of the API: whole, as shipped, and true of real answers
mod support; // what the tests stand on: the two doors, who comes through them, and bad input
mod tidy; // the design's invariants, on the text of the project
