//! sashiko-benches.
