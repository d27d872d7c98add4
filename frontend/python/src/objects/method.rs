//! Bound methods: a function and the object it was looked up on.

use crate::layout;
pub use crate::layout::Method;
use crate::object::{Object, allocate};
use crate::value::{Value, decref};
use crate::vm::Vm;

impl Object for Method {
    const SHAPE: u32 = layout::SHAPE_METHOD;

    unsafe fn drop_contents(&mut self) {
        decref(self.function);
        decref(self.receiver);
    }
}

impl Vm {
    /// `function` bound to `receiver`.
    pub fn new_method(&self, function: Value, receiver: Value) -> Value {
        allocate(self.types.method, |header| Method {
            header,
            function: function.into_word(),
            receiver: receiver.into_word(),
        })
    }
}
