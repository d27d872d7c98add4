//! `slice`.

use crate::layout::{self, Header, Word};
use crate::object::{Object, allocate};
use crate::value::{Value, decref};
use crate::vm::Vm;

/// `slice(start, stop, step)`.
#[repr(C)]
pub struct Slice {
    /// Shape [`layout::SHAPE_SLICE`].
    pub header: Header,
    /// Owned.
    pub start: Word,
    /// Owned.
    pub stop: Word,
    /// Owned.
    pub step: Word,
}

impl Object for Slice {
    const SHAPE: u32 = layout::SHAPE_SLICE;

    unsafe fn drop_contents(&mut self) {
        decref(self.start);
        decref(self.stop);
        decref(self.step);
    }
}

impl Vm {
    /// A new slice.
    pub fn new_slice(&self, start: Value, stop: Value, step: Value) -> Value {
        allocate(self.types.slice, |header| Slice {
            header,
            start: start.into_word(),
            stop: stop.into_word(),
            step: step.into_word(),
        })
    }
}
