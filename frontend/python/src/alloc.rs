//! Memory for objects: size classes with free lists over large chunks.
//!
//! A Python program makes and drops small objects all the time, in about the same few sizes. Each size class (16 bytes
//! apart, up to [`LARGEST_POOLED`]) keeps freed blocks in a list that the next allocation pops; new blocks are cut
//! from a chunk. What is larger goes to the system allocator.
//!
//! The lists belong to the thread: a VM and its objects never leave the thread they were made on.
//! Chunks are never given back, so that a block's address stays readable for as long as the thread lives.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error, realloc};
use std::cell::Cell;
use std::ptr;

/// Blocks up to this many bytes come from the pools.
pub const LARGEST_POOLED: usize = 512;
const GRAIN: usize = 16;
const CLASSES: usize = LARGEST_POOLED / GRAIN + 1;
const CHUNK: usize = 1 << 18;

struct Pools {
    free: [Cell<*mut u8>; CLASSES],
    bump: Cell<*mut u8>,
    left: Cell<usize>,
}

thread_local! {
    static POOLS: Pools = const {
        Pools {
            free: [const { Cell::new(ptr::null_mut()) }; CLASSES],
            bump: Cell::new(ptr::null_mut()),
            left: Cell::new(0),
        }
    };
}

fn layout_of(size: usize) -> Layout {
    Layout::from_size_align(size.max(1), GRAIN).expect("object sizes stay below isize::MAX")
}

/// `size` bytes, aligned to 16, not initialised.
#[inline]
pub fn allocate(size: usize) -> *mut u8 {
    if size > LARGEST_POOLED {
        return allocate_large(size);
    }
    let class = size.div_ceil(GRAIN);
    POOLS.with(|pools| {
        let head = pools.free[class].get();
        if head.is_null() {
            return cut(pools, class);
        }
        // SAFETY: a free block's first word links to the next.
        pools.free[class].set(unsafe { *head.cast::<*mut u8>() });
        head
    })
}

/// Gives back a block that [`allocate`] made with the same `size`.
///
/// # Safety
/// `block` came from `allocate(size)` on this thread and is not used again.
#[inline]
pub unsafe fn free(block: *mut u8, size: usize) {
    if size > LARGEST_POOLED {
        // SAFETY: large blocks came from the system allocator with this layout.
        return unsafe { dealloc(block, layout_of(size)) };
    }
    let class = size.div_ceil(GRAIN);
    POOLS.with(|pools| {
        // SAFETY: the block is ours and at least a word long.
        unsafe { *block.cast::<*mut u8>() = pools.free[class].get() };
        pools.free[class].set(block);
    });
}

/// A block of `new` bytes that begins with what `block`, of `old` bytes, holds: the same one where it is large enough.
///
/// # Safety
/// `block` came from `allocate(old)` on this thread and is not used again; `new` is not less than `old`.
pub unsafe fn grow(block: *mut u8, old: usize, new: usize) -> *mut u8 {
    if new <= LARGEST_POOLED && old.div_ceil(GRAIN) == new.div_ceil(GRAIN) {
        return block;
    }
    // SAFETY: by contract.
    unsafe {
        if old > LARGEST_POOLED {
            let grown = realloc(block, layout_of(old), new);
            if grown.is_null() {
                dealloc(block, layout_of(old));
                handle_alloc_error(layout_of(new));
            }
            return grown;
        }
        let grown = allocate(new);
        ptr::copy_nonoverlapping(block, grown, old);
        free(block, old);
        grown
    }
}

#[cold]
fn allocate_large(size: usize) -> *mut u8 {
    let layout = layout_of(size);
    // SAFETY: the layout's size is not zero.
    let block = unsafe { alloc(layout) };
    if block.is_null() {
        handle_alloc_error(layout);
    }
    block
}

#[cold]
fn cut(pools: &Pools, class: usize) -> *mut u8 {
    let size = class.max(1) * GRAIN;
    if pools.left.get() < size {
        pools.bump.set(allocate_large(CHUNK));
        pools.left.set(CHUNK);
    }
    let block = pools.bump.get();
    // SAFETY: `left` bytes follow `bump`.
    pools.bump.set(unsafe { block.add(size) });
    pools.left.set(pools.left.get() - size);
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_freed_block_is_used_again() {
        let first = allocate(40);
        // SAFETY: just allocated with this size.
        unsafe { free(first, 40) };
        assert_eq!(allocate(48), first);
        assert_ne!(allocate(48), first);
    }

    #[test]
    fn blocks_are_aligned() {
        for size in [0, 1, 16, 17, 511, 512, 513, 100_000] {
            assert_eq!(allocate(size) as usize % 16, 0, "size {size}");
        }
    }
}
