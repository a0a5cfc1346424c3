//! The program itself, over real TLS: what only the whole can show. What plain requests can show is tested there.

mod attacks; // bad input and broken bytes from outside
mod commands; // the command line's own manners
mod start; // the first start, the end, the next start
