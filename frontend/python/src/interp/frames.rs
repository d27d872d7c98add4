//! Frames on the value stack: pushing, leaving, dropping.
//!
//! A call's operands lie on the caller's stack as `callable, receiver or nothing, arguments…`. The callee's frame begins
//! where the callable lies: it *is* the frame's function word, and the arguments only move up by the other words of the
//! frame header. When the function returns, its result goes where the callable was.

use std::ptr;

use sashiko_trace::recorded::TraceId;

use crate::error::{Outcome, Raised};
use crate::interp::registers::Registers;
use crate::layout::{
    EMPTY, FRAME_CALLER, FRAME_FUNCTION, FRAME_LOCALS, FRAME_RETURN, FRAME_WORDS, Word,
};
use crate::objects::function::Function;
use crate::value::{Value, decref};
use crate::vm::Vm;

#[cold]
#[inline(never)]
pub(crate) fn too_deep(vm: &mut Vm) -> Raised {
    vm.raise(vm.types.RecursionError, "maximum recursion depth exceeded")
}

/// Is there room for one more frame of `words` at `start`?
#[inline(always)]
pub fn check_room(vm: &mut Vm, start: *mut Word, words: usize) -> Outcome<()> {
    if vm.depth >= vm.recursion_limit
        || (vm.stack_limit as usize) < start as usize + words * size_of::<Word>()
    {
        return Err(too_deep(vm));
    }
    Ok(())
}

/// Makes the frame of a call with exactly the arguments that `function` has parameters for.
///
/// `callable` is where the function lies; `count` arguments lie at `args`, above it. `caller` goes on at its `pc`.
///
/// # Errors
/// `RecursionError`; the stack is untouched then.
///
/// # Safety
/// The words are where the arguments say; the function's code is simple, with `count` parameters.
#[inline(always)]
pub unsafe fn enter_exact(
    vm: &mut Vm,
    caller: &Registers,
    callable: *mut Word,
    args: *mut Word,
    count: usize,
) -> Outcome<Registers> {
    // SAFETY: by contract; there is room for the frame.
    unsafe {
        let function = *callable as *mut Function;
        let code = &*(*function).code;
        check_room(vm, callable, code.frame_words)?;
        vm.depth += 1;
        let base = callable.add(FRAME_WORDS);
        let slots = code.locals.len();
        if count != 0 {
            ptr::copy(args, base, count);
        }
        for index in count..slots {
            *base.add(index) = EMPTY;
        }
        *base.offset(FRAME_RETURN) = caller.offset() as Word;
        *base.offset(FRAME_CALLER) = base.offset_from(caller.base) as Word;
        *base.offset(FRAME_LOCALS) = EMPTY;
        Ok(Registers {
            pc: code.units.as_ptr(),
            sp: base.add(slots),
            base,
        })
    }
}

/// Completes the frame of a call from native code: the function lies at `start`, `count` parameters are in their slots.
///
/// # Safety
/// There is room for the frame at `start`.
pub unsafe fn enter_from_native(vm: &mut Vm, start: *mut Word, count: usize) -> Registers {
    // SAFETY: by contract.
    unsafe {
        let code = &*(*(*start as *mut Function)).code;
        vm.depth += 1;
        let base = start.add(FRAME_WORDS);
        let slots = code.locals.len();
        for index in count..slots {
            *base.add(index) = EMPTY;
        }
        *base.offset(FRAME_RETURN) = 0;
        *base.offset(FRAME_CALLER) = 0;
        *base.offset(FRAME_LOCALS) = EMPTY;
        Registers {
            pc: code.units.as_ptr(),
            sp: base.add(slots),
            base,
        }
    }
}

/// Counts a call that has come to its `RESUME`; is it time to look at the function?
#[inline(always)]
pub fn counts_down(registers: &Registers) -> bool {
    // SAFETY: the frame owns the function, and that its code, which this thread alone changes.
    unsafe {
        let code = (*registers.function()).code;
        (*code).calls_left = (*code).calls_left.saturating_sub(1);
        (*code).calls_left == 0
    }
}

/// The trace of the running function, if it suits this frame: one that returns plainly, of a function with the globals
/// the trace was recorded with.
#[inline(always)]
pub fn compiled(registers: &Registers) -> Option<TraceId> {
    // SAFETY: as above.
    unsafe {
        let function = registers.function();
        let compiled = (*(*function).code).compiled.as_ref()?;
        let suits = compiled.globals == (*function).globals
            && *registers.base.offset(FRAME_LOCALS) == EMPTY;
        suits.then_some(compiled.trace)
    }
}

/// Drops the locals and the function of a frame; what remains of its operand stack must have been dropped.
///
/// # Safety
/// The frame is not used any more.
#[inline(always)]
pub unsafe fn drop_frame(registers: &Registers) {
    let slots = registers.code().locals.len();
    // SAFETY: by contract; the slots own what they hold.
    unsafe {
        for index in 0..slots {
            decref(*registers.base.add(index));
        }
        decref(*registers.base.offset(FRAME_FUNCTION));
    }
}

/// What compiled code leaves when it returns: the frame at `base` has been dropped but for its header, and the result lies
/// where its function word was. The caller's registers, the result pushed; or the result, if the frame is the one that the
/// interpreter was entered with.
///
/// # Safety
/// A trace entered with `base` has just returned.
pub unsafe fn returned(vm: &mut Vm, base: *mut Word) -> Result<Registers, Value> {
    vm.depth -= 1;
    // SAFETY: the header is intact, but for the function word, which nobody looks at.
    unsafe {
        let registers = Registers {
            pc: ptr::null(),
            sp: base,
            base,
        };
        let result = *base.offset(FRAME_FUNCTION);
        match caller_of(&registers) {
            Some(mut caller) => {
                caller.push(result);
                Ok(caller)
            }
            None => Err(Value::from_owned(result)),
        }
    }
}

/// The caller's registers as they are when the call is over, its result not yet pushed; `None` for the frame that the
/// interpreter was entered with.
///
/// # Safety
/// `registers` are of a live frame, whose header is still intact.
#[inline(always)]
pub unsafe fn caller_of(registers: &Registers) -> Option<Registers> {
    // SAFETY: by contract; the caller's frame is below and alive.
    unsafe {
        let distance = *registers.base.offset(FRAME_CALLER) as usize;
        if distance == 0 {
            return None;
        }
        let base = registers.base.sub(distance);
        let function = *base.offset(FRAME_FUNCTION) as *mut Function;
        let pc = (*(*function).code)
            .units
            .as_ptr()
            .add(*registers.base.offset(FRAME_RETURN) as u32 as usize);
        Some(Registers {
            pc,
            sp: registers.base.offset(FRAME_FUNCTION),
            base,
        })
    }
}
