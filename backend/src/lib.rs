//! Machine code: where it lies, how it is stitched together, entered and left; and the [`Engine`] that owns the way
//! from a recording to it.
pub mod arena;
pub mod exits;
pub mod moves;
