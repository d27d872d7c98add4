//! What outlives a call: the arrays and the output.

use std::fmt;
use std::io::Write;

use crate::heap::{Array, Heap};

/// Elements an array may have.
const MAX_LEN: u64 = 1 << 28;

/// Everything instructions can change besides the stack. It begins with its [`Heap`], so that uops, which know only
/// that, can hand it on to the calls that need all of it.
#[repr(C)]
pub struct World {
    heap: Heap,
    arrays: Vec<Array>,
    output: Box<dyn Write>,
}

impl World {
    /// An empty world that prints to `output`.
    pub fn new(output: Box<dyn Write>) -> Box<World> {
        Box::new(World {
            heap: Heap {
                arrays: std::ptr::null_mut(),
                count: 0,
            },
            arrays: Vec::new(),
            output,
        })
    }

    /// The context pointer of uops.
    pub fn heap(&mut self) -> *mut Heap {
        (&raw mut *self).cast()
    }

    /// The world that `heap` is the beginning of.
    ///
    /// # Safety
    /// `heap` must come from [`World::heap`], and nothing else may use the world for as long as the answer lives.
    pub unsafe fn from_heap<'a>(heap: *mut Heap) -> &'a mut World {
        // SAFETY: the caller's promise; `World` is `repr(C)` and begins with its heap.
        unsafe { &mut *heap.cast::<World>() }
    }

    /// A new array of `len` zeros, unless that is too long.
    pub fn allocate(&mut self, len: u64) -> Option<u64> {
        if len > MAX_LEN {
            return None;
        }
        let items = Box::into_raw(vec![0_u64; len as usize].into_boxed_slice());
        self.arrays.push(Array {
            items: items.cast(),
            len,
        });
        self.heap.arrays = self.arrays.as_mut_ptr();
        self.heap.count = self.arrays.len() as u64;
        Some(self.heap.count - 1)
    }

    /// Prints a line. A reader that has gone away is not the program's error.
    pub fn print_line(&mut self, line: fmt::Arguments<'_>) {
        let _ = writeln!(self.output, "{line}");
    }

    /// Hands on what is printed.
    pub fn flush(&mut self) {
        let _ = self.output.flush();
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.flush();
        for array in &self.arrays {
            let items = std::ptr::slice_from_raw_parts_mut(array.items, array.len as usize);
            // SAFETY: made by `allocate` from a box of this very slice, and dropped once.
            drop(unsafe { Box::from_raw(items) });
        }
    }
}
