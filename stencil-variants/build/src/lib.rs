//! sashiko-build.
