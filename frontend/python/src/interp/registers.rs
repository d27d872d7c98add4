//! The interpreter's registers: all there is to leave or enter it at an instruction boundary.

use crate::layout::{FRAME_FUNCTION, FRAME_LOCALS, Word};
use crate::objects::code::{Code, CodeUnit};
use crate::objects::function::Function;
use crate::value::{Value, incref};
use crate::vm::Vm;

/// Where the interpreter is. Every live word between `base` and `sp` owns a reference.
#[derive(Clone, Copy, Debug)]
pub struct Registers {
    /// The next code unit: an instruction, or, while one is carried out, what follows it.
    pub pc: *const CodeUnit,
    /// First free word of the operand stack.
    pub sp: *mut Word,
    /// First local of the running frame.
    pub base: *mut Word,
}

impl Registers {
    /// A copy, to hand out the address of.
    #[inline(always)]
    #[must_use]
    pub fn copy(self) -> Registers {
        self
    }

    /// The function that runs.
    #[inline(always)]
    pub fn function(&self) -> *mut Function {
        // SAFETY: part of every frame.
        unsafe { *self.base.offset(FRAME_FUNCTION) as *mut Function }
    }

    /// The code that runs.
    #[inline(always)]
    pub fn code<'a>(&self) -> &'a Code {
        // SAFETY: the frame owns the function, and that its code.
        unsafe { &*(*self.function()).code }
    }

    /// The namespace of a module or class body.
    pub fn namespace(&self) -> Word {
        // SAFETY: part of every frame.
        unsafe { *self.base.offset(FRAME_LOCALS) }
    }

    /// Offset of `pc` in the running code, in code units.
    pub fn offset(&self) -> usize {
        // SAFETY: `pc` points into the running code.
        unsafe { self.pc.offset_from(self.code().units.as_ptr()) as usize }
    }

    /// Lets native code see where Python code is, and use the stack above.
    #[inline(always)]
    pub fn publish(&self, vm: &mut Vm) {
        vm.stack_top = self.sp;
        vm.frame_base = self.base;
        vm.frame_pc = self.pc;
    }

    /// The word `depth` below the top (1 is the top).
    #[inline(always)]
    pub fn peek(&self, depth: usize) -> Word {
        // SAFETY: the compiler's stack effects say that it is there.
        unsafe { *self.sp.sub(depth) }
    }

    /// Overwrites the word `depth` below the top; the old one must have been dealt with.
    #[inline(always)]
    pub fn poke(&self, depth: usize, word: Word) {
        // SAFETY: as `peek`.
        unsafe { *self.sp.sub(depth) = word }
    }

    /// Pushes an owned word.
    #[inline(always)]
    pub fn push(&mut self, word: Word) {
        // SAFETY: frames have room for the deepest stack the compiler found.
        unsafe {
            *self.sp = word;
            self.sp = self.sp.add(1);
        }
    }

    /// Pushes a value.
    #[inline(always)]
    pub fn push_value(&mut self, value: Value) {
        self.push(value.into_word());
    }

    /// Pushes a new reference to a borrowed word.
    #[inline(always)]
    pub fn push_borrowed(&mut self, word: Word) {
        incref(word);
        self.push(word);
    }

    /// Pops an owned word.
    #[inline(always)]
    pub fn pop(&mut self) -> Word {
        // SAFETY: as `peek`.
        unsafe {
            self.sp = self.sp.sub(1);
            *self.sp
        }
    }

    /// Pops a value.
    #[inline(always)]
    pub fn pop_value(&mut self) -> Value {
        Value::from_owned(self.pop())
    }

    /// The place of a local, cell or free variable.
    #[inline(always)]
    pub fn local(&self, index: usize) -> *mut Word {
        // SAFETY: the compiler's indices stay within the frame.
        unsafe { self.base.add(index) }
    }

    /// Goes forward by `units`.
    #[inline(always)]
    pub fn skip(&mut self, units: usize) {
        // SAFETY: jump targets and caches lie within the code.
        self.pc = unsafe { self.pc.add(units) };
    }

    /// Goes back by `units`.
    #[inline(always)]
    pub fn skip_back(&mut self, units: usize) {
        // SAFETY: as `skip`.
        self.pc = unsafe { self.pc.sub(units) };
    }

    /// Name number `index` of the running code.
    #[inline(always)]
    pub fn name(&self, index: usize) -> Word {
        // SAFETY: the compiler's indices are in bounds.
        unsafe { *self.code().names.as_ptr().add(index) }
    }
}
