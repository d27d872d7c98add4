//! Called uops of exceptions: raising them, and catching them without leaving compiled code.
//!
//! A uop that raises leaves the exception pending and exits. A side trace that begins there takes it ([`take_raised`]),
//! drops what the unwinder would drop, and goes on in the handler.

#![allow(
    clippy::missing_safety_doc,
    clippy::not_unsafe_ptr_arg_deref,
    reason = "uops are called by traces that uphold their checks"
)]

use crate::error::{Outcome, Raised};
use crate::interp::exceptions::{call_exit, raise_from};
use crate::layout::{EMPTY, NONE};
use crate::objects::exception::{TracebackEntry, cast_exception};
use crate::operator::BinaryOp;
use crate::value::{Value, incref};
use crate::vm::Vm;
use sashiko_stencils::uop::*;

fn trace_line(error: Word, code: Imm64, offset: Imm32) {
    if let Some(exception) = cast_exception(error) {
        exception.traceback.push(TracebackEntry {
            code: Value::borrowed(code),
            offset: offset as usize,
            locals: Vec::new(),
        });
    }
}

/// The exception that the instruction at `offset` of `code` raised, owned and no longer pending; leaves if none is.
#[uop(call)]
pub fn take_raised(ctx: *mut Vm, code: Imm64, offset: Imm32) -> Exit<Word> {
    let error = unsafe { (*ctx).pending.take() }?.into_word();
    trace_line(error, code, offset);
    Some(error)
}

/// The exception that RAISE_VARARGS raises at `offset` of `code`, given an exception or a class and a cause (or no
/// value); owned, and not pending.
#[uop(call)]
pub fn raise_value(ctx: *mut Vm, value: Word, cause: Word, code: Imm64, offset: Imm32) -> Word {
    let vm = unsafe { &mut *ctx };
    let cause = (cause != EMPTY).then_some(cause);
    let _: Result<(), Raised> = raise_from(vm, value, cause).map(drop);
    let error = vm.take_pending().into_word();
    trace_line(error, code, offset);
    error
}

/// The exception that is being handled, owned; leaves if there is none.
#[uop(call, reads(OTHER), writes(OTHER))]
pub fn handled_exception(ctx: *mut Vm) -> Exit<Word> {
    let handled = unsafe { (*ctx).handled };
    (handled != EMPTY && handled != NONE).or_exit()?;
    incref(handled);
    Some(handled)
}

/// The exception passes the call at `offset` of `code`.
#[uop(call, reads(OTHER), writes(OTHER))]
pub fn pass_call(error: Word, code: Imm64, offset: Imm32) {
    trace_line(error, code, offset);
}

/// The traceback of `error` takes over `local`, what the frame that the exception leaves held.
#[uop(call, reads(OTHER), writes(OTHER))]
pub fn hold_local(error: Word, local: Word) {
    let entry = cast_exception(error).and_then(|exception| exception.traceback.last_mut());
    match entry {
        Some(entry) => entry.locals.push(local),
        None => drop(Value::from_owned(local)),
    }
}

/// PUSH_EXC_INFO: `error` becomes the handled exception; gives back the one before, or `None`, owned.
#[uop(call, reads(OTHER), writes(OTHER))]
pub fn begin_handling(ctx: *mut Vm, error: Word) -> Word {
    incref(error);
    let before = std::mem::replace(unsafe { &mut (*ctx).handled }, error);
    if before == EMPTY { NONE } else { before }
}

/// POP_EXCEPT: `before`, which is taken over, becomes the handled exception again; gives back the one until now, owned.
#[uop(call, reads(OTHER), writes(OTHER))]
pub fn end_handling(ctx: *mut Vm, before: Word) -> Word {
    let before = if before == NONE { EMPTY } else { before };
    std::mem::replace(unsafe { &mut (*ctx).handled }, before)
}

/// WITH_EXCEPT_START: calls `__exit__`, given with its receiver (or no value), with `error`.
#[uop(call, reason = raised)]
pub fn with_except_start(ctx: *mut Vm, function: Word, receiver: Word, error: Word) -> Exit<Word> {
    call_exit(unsafe { &mut *ctx }, function, receiver, error)
        .ok()
        .map(Value::into_word)
}

/// The exception that an attempt raised, no longer pending.
fn raised(vm: &mut Vm, attempt: impl FnOnce(&mut Vm) -> Outcome<Value>) -> Exit<Word> {
    attempt(vm).is_err().or_exit()?;
    Some(vm.take_pending().into_word())
}

/// The exception that subscripting a built-in container with a plain key raises, owned; leaves if none is raised.
#[uop(
    call,
    reads(LIST_SHAPE, LIST_ITEMS, DICT_KEYS, DICT_VALUES, OTHER),
    writes(OTHER)
)]
pub fn subscript_raises(ctx: *mut Vm, container: Word, index: Word) -> Exit<Word> {
    raised(unsafe { &mut *ctx }, |vm| vm.get_item(container, index))
}

/// The exception that a BINARY_OP of plain operands raises, owned; leaves if none is raised.
#[uop(call, reads(OTHER), writes(OTHER))]
pub fn binary_op_raises(ctx: *mut Vm, left: Word, right: Word, op: Imm32) -> Exit<Word> {
    let op = BinaryOp::from_number(op as u8)?;
    raised(unsafe { &mut *ctx }, |vm| vm.binary_op(op, left, right))
}
