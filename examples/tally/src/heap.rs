//! How arrays lie in memory: what uops reach through their context pointer.
//!
//! This file is compiled twice: here, and at build time beside the uop bodies, alone and without `std`. So it uses
//! nothing but `core`.

/// An array of words.
#[repr(C)]
#[derive(Debug)]
pub struct Array {
    /// Its elements.
    pub items: *mut u64,
    /// How many there are.
    pub len: u64,
}

/// All arrays. The word that stands for an array is its index here, so that no program can make up a pointer.
#[repr(C)]
#[derive(Debug)]
pub struct Heap {
    /// The arrays.
    pub arrays: *mut Array,
    /// How many there are.
    pub count: u64,
}
