//! Tally.
fn main() {}
