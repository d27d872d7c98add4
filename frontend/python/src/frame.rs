//! Looking at frames from native code: what runs, and where.

use crate::layout::{EMPTY, FRAME_FUNCTION, FRAME_LOCALS, Word};
use crate::objects::code::{CODE_OPTIMIZED, Code};
use crate::objects::function::Function;
use crate::vm::Vm;

/// A frame on the value stack, for a short look.
#[derive(Clone, Copy)]
pub struct Frame {
    base: *mut Word,
}

impl Frame {
    /// The function that runs (module and class bodies have one too).
    pub fn function<'a>(&self) -> &'a Function {
        // SAFETY: a frame's function slot holds a live function.
        unsafe { &*(*self.base.offset(FRAME_FUNCTION) as *const Function) }
    }

    /// The code that runs.
    pub fn code<'a>(&self) -> &'a Code {
        // SAFETY: functions keep their code alive.
        unsafe { &*self.function().code }
    }

    /// Slot `index` of the locals; empty if unbound.
    pub fn local(&self, index: usize) -> Word {
        // SAFETY: callers stay below the number of slots.
        unsafe { *self.base.add(index) }
    }

    /// The namespace of a module or class body; empty in functions.
    pub fn namespace(&self) -> Word {
        if self.code().flags & CODE_OPTIMIZED != 0 {
            return EMPTY;
        }
        // SAFETY: part of every frame.
        unsafe { *self.base.offset(FRAME_LOCALS) }
    }
}

impl Vm {
    /// The frame that called the native function that asks; `None` if no Python code runs.
    pub fn running_frame(&self) -> Option<Frame> {
        (!self.frame_base.is_null()).then_some(Frame {
            base: self.frame_base,
        })
    }

    /// Line of the running Python code; 0 if none runs.
    pub fn current_line(&self) -> u32 {
        let Some(frame) = self.running_frame() else {
            return 0;
        };
        let code = frame.code();
        // SAFETY: the two belong together; both point into the same code object.
        let offset = unsafe { self.frame_pc.offset_from(code.units.as_ptr()) };
        code.position_at((offset - 1).max(0) as usize).line
    }
}
