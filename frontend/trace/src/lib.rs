//! sashiko-trace.
