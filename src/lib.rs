//! Sashiko.
