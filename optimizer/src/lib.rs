//! sashiko-optimizer.
