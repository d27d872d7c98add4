//! Calls of Python functions from compiled code.
//!
//! A function that is called often gets a trace of its own, which begins behind its `RESUME` with the frame as a call lays
//! it out, and returns. Compiled code that does not inline a call comes here: the frame is laid out above what the caller
//! uses of the value stack, and the function's trace runs on it. What it leaves through, before it returns, is gone on with
//! by the interpreter, in a loop of its own, until that frame is done; so is a function that has no trace yet. Either
//! way the caller gets its result, and knows nothing of it.
//!
//! # Depth
//!
//! The interpreter counts frames, and so does this: a trace is only entered if every call that it may have inlined would be
//! allowed by the interpreter too. Near a limit (of recursion, of the value stack, of the machine's stack) calls go
//! through the interpreter, which knows exactly what to raise.

use sashiko_backend::EntryPoint;
use sashiko_trace::recorded::TraceId;

use super::{enter, has_room};
use crate::error::Raised;
use crate::interp::{self, functions};
use crate::layout::{
    EMPTY, FRAME_CALLER, FRAME_FUNCTION, FRAME_LOCALS, FRAME_RETURN, FRAME_WORDS, Word,
};
use crate::objects::code::{Code, Compiled};
use crate::objects::function::Function;
use crate::opcode as op;
use crate::value::{Value, incref};
use crate::vm::Vm;

/// Makes calls of `code` go through `trace`.
///
/// # Safety
/// `code` is alive, and entered at [`Code::entry`]; `globals` live as long as the trace.
pub(super) unsafe fn install(code: *mut Code, trace: TraceId, entry: EntryPoint, globals: Word) {
    let compiled = Compiled {
        trace,
        entry,
        globals,
    };
    // SAFETY: by contract; code is changed by this thread alone.
    unsafe {
        (*code).compiled = Some(compiled);
        set_resume(code, op::RESUME_JIT);
    }
}

/// Undoes [`install`]: the function is compiled anew if it is still called often.
///
/// # Safety
/// `code` is alive.
pub(super) unsafe fn remove(code: *mut Code, threshold: u32) {
    // SAFETY: by contract.
    unsafe {
        (*code).compiled = None;
        (*code).calls_left = threshold;
        set_resume(code, op::RESUME);
    }
}

/// Looks at `code` again after so many calls; never, if that is the most there is.
///
/// # Safety
/// `code` is alive.
pub(super) unsafe fn ask_again(code: *mut Code, calls: u16) {
    // SAFETY: by contract.
    unsafe {
        (*code).calls_left = u32::from(calls);
        if calls == u16::MAX {
            set_resume(code, op::RESUME_CHECK);
        }
    }
}

unsafe fn set_resume(code: *mut Code, op: u8) {
    // SAFETY: the entry is the offset behind a `RESUME`.
    unsafe {
        if let Some(entry) = (*code).entry {
            let units = &mut (*code).units;
            units[entry as usize - 1].op = op;
        }
    }
}

/// Calls `function` with exactly the arguments it has parameters for, borrowed, from a trace that has inlined that many frames
/// around the call. `None` if it raised.
///
/// # Safety
/// `vm` is the VM whose compiled code calls, its [`Vm::stack_top`] above what that uses; `function` is a Python function
/// whose code is simple, with as many parameters.
#[inline(always)]
pub(crate) unsafe fn function(
    vm: *mut Vm,
    function: Word,
    args: &[Word],
    inlined: i32,
) -> Option<Word> {
    // SAFETY: by contract; nobody else looks at the VM while compiled code runs.
    unsafe {
        let vm = &mut *vm;
        let depth = vm.depth;
        vm.depth = depth + inlined as usize;
        let result = match suitable(vm, function as *mut Function) {
            Some(entry) => enter_trace(vm, entry, function, args),
            None => through_interpreter(vm, function, args),
        };
        vm.depth = depth;
        result
    }
}

/// The trace of `function`, if it may be entered.
#[inline(always)]
unsafe fn suitable(vm: &Vm, function: *mut Function) -> Option<EntryPoint> {
    // SAFETY: by contract of `function`.
    unsafe {
        let code = (*function).code;
        let compiled = (*code).compiled.as_ref()?;
        let plain = (*code).entry == Some(1 + (*code).free_count.min(1) as u32);
        let suits = plain && compiled.globals == (*function).globals && has_room(vm, vm.stack_top);
        suits.then_some(compiled.entry)
    }
}

/// Lays out the frame and enters the trace.
#[inline(always)]
unsafe fn enter_trace(
    vm: &mut Vm,
    entry: EntryPoint,
    function: Word,
    args: &[Word],
) -> Option<Word> {
    // SAFETY: by contract of `function`; there is room for the frame.
    unsafe {
        let start = vm.stack_top;
        let base = start.add(FRAME_WORDS);
        let code = &*(*(function as *mut Function)).code;
        let slots = code.locals.len();
        incref(function);
        *base.offset(FRAME_FUNCTION) = function;
        *base.offset(FRAME_RETURN) = 0;
        *base.offset(FRAME_CALLER) = 0;
        *base.offset(FRAME_LOCALS) = EMPTY;
        for (index, &value) in args.iter().enumerate() {
            incref(value);
            *base.add(index) = value;
        }
        for index in args.len()..slots {
            *base.add(index) = EMPTY;
        }
        if code.free_count != 0 {
            functions::free_vars(function as *mut Function, base);
        }
        vm.depth += 1;
        if entry.enter(base) {
            return Some(*start);
        }
        left(vm)
    }
}

/// The trace has been left: the interpreter goes on until the frame is done.
#[cold]
#[inline(never)]
unsafe fn left(vm: &mut Vm) -> Option<Word> {
    // SAFETY: a trace has just been left.
    let left = unsafe { enter::left(vm) };
    let on = super::go_on(vm, &left);
    interp::go_on(vm, on).ok().map(Value::into_word)
}

/// Calls `function` as a native function would.
#[cold]
#[inline(never)]
unsafe fn through_interpreter(vm: &mut Vm, function: Word, args: &[Word]) -> Option<Word> {
    match vm.call(function, args) {
        Ok(value) => Some(value.into_word()),
        Err(Raised) => None,
    }
}
