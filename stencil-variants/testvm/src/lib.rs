//! sashiko-testvm.
