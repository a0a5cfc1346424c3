//! The one integration test binary; each module says what it looks at.

mod api; // what requests mean, through the whole pipeline on a temporary file
mod binary; // the program itself over TLS
mod demo; // the file that `recoger demo` makes
mod faults; // kills, full and failing disks, shortages, damaged files, jumping clocks: nothing acknowledged is lost
mod front; // the program under attack: framing, floods, TLS, the end under load
mod openapi; // the document of the API: whole, as shipped, and true of real answers
mod reference; // the engine of figures against a second, naive computation
mod support; // what the tests stand on: the two doors, who comes through them, and bad input
mod tidy; // the design's invariants, on the text of the project
