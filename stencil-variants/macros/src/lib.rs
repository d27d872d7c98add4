//! sashiko-macros.
