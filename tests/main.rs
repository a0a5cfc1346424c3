//! The one integration test binary; each module says what it looks at.

mod tidy; // the design's invariants, on the text of the project
