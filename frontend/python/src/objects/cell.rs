//! Cells: variables that closures share.

pub use crate::layout::Cell;
use crate::layout::{self, Word};
use crate::object::{Object, allocate};
use crate::value::{Value, decref};
use crate::vm::Vm;

impl Object for Cell {
    const SHAPE: u32 = layout::SHAPE_CELL;

    unsafe fn drop_contents(&mut self) {
        decref(self.value);
    }
}

impl Vm {
    /// A new cell; takes `value` over, which may be [`layout::EMPTY`].
    pub fn new_cell(&self, value: Word) -> Value {
        allocate(self.types.cell, |header| Cell { header, value })
    }
}
