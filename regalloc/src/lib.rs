//! sashiko-regalloc.
