//! Calls. Cache: counter, then a version (2 units): of the function, or of the class.

use super::decide;
use crate::class::Class;
use crate::interp::cache;
use crate::interp::calls::python_init;
use crate::interp::registers::Registers;
use crate::layout::{
    EMPTY, SHAPE_CLASS, SHAPE_FUNCTION, SHAPE_METHOD, SHAPE_NATIVE, Word, has_shape,
};
use crate::objects::function::Function;
use crate::objects::method::Method;
use crate::objects::native::{Arity, Native};
use crate::opcode as op;
use crate::vm::Vm;

fn is(word: Word, shape: u32) -> bool {
    // SAFETY: a live value on the stack.
    unsafe { has_shape(word, shape) }
}

/// `CALL` with `count` arguments on the stack, above the callable and the receiver (or nothing).
pub fn call(vm: &mut Vm, registers: &Registers, count: usize) {
    let (callable, receiver) = (registers.peek(count + 2), registers.peek(count + 1));
    let total = count + usize::from(receiver != EMPTY);
    let form = if is(callable, SHAPE_FUNCTION) {
        python(
            registers,
            callable,
            total,
            op::CALL_PY_EXACT_ARGS,
            op::CALL_PY_GENERAL,
        )
    } else if is(callable, SHAPE_METHOD) && receiver == EMPTY {
        // SAFETY: a live method.
        let function = unsafe { (*(callable as *mut Method)).function };
        is(function, SHAPE_FUNCTION)
            .then(|| {
                let exact = op::CALL_BOUND_METHOD_EXACT_ARGS;
                python(
                    registers,
                    function,
                    total + 1,
                    exact,
                    op::CALL_BOUND_METHOD_GENERAL,
                )
            })
            .flatten()
    } else if is(callable, SHAPE_NATIVE) {
        Some(native(vm, callable, receiver, count))
    } else if is(callable, SHAPE_CLASS) {
        class(vm, registers, callable, receiver, count)
    } else {
        Some(op::CALL_NON_PY_GENERAL)
    };
    decide(registers, form, op::CALL);
}

fn python(
    registers: &Registers,
    function: Word,
    total: usize,
    exact: u8,
    general: u8,
) -> Option<u8> {
    // SAFETY: a live function, which owns its code.
    let (version, code) = unsafe {
        let function = function as *mut Function;
        ((*function).prefix.version, &*(*function).code)
    };
    // SAFETY: `pc` is at the cache of a CALL, three units.
    unsafe { cache::write_u32(registers.pc, 1, version) };
    Some(if code.simple && code.arg_count == total {
        exact
    } else {
        general
    })
}

fn native(vm: &Vm, callable: Word, receiver: Word, count: usize) -> u8 {
    if receiver == EMPTY {
        if callable == vm.known.len && count == 1 {
            return op::CALL_LEN;
        }
        if callable == vm.known.isinstance && count == 2 {
            return op::CALL_ISINSTANCE;
        }
    } else if callable == vm.known.list_append && count == 1 {
        return op::CALL_LIST_APPEND;
    }
    // SAFETY: a live function.
    let arity = unsafe { (*(callable as *mut Native)).arity };
    match (receiver == EMPTY, arity) {
        (true, Arity::One) => op::CALL_BUILTIN_O,
        (true, Arity::Keywords) => op::CALL_BUILTIN_FAST_WITH_KEYWORDS,
        (true, _) => op::CALL_BUILTIN_FAST,
        (false, Arity::One) => op::CALL_METHOD_DESCRIPTOR_O,
        (false, Arity::None) => op::CALL_METHOD_DESCRIPTOR_NOARGS,
        (false, Arity::Keywords) => op::CALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS,
        (false, _) => op::CALL_METHOD_DESCRIPTOR_FAST,
    }
}

fn class(
    vm: &Vm,
    registers: &Registers,
    callable: Word,
    receiver: Word,
    count: usize,
) -> Option<u8> {
    if receiver != EMPTY {
        return None;
    }
    if count == 1 {
        // SAFETY: classes are never freed.
        let word = |class: *mut Class| unsafe { (*class).word() };
        if callable == word(vm.types.type_) {
            return Some(op::CALL_TYPE_1);
        }
        if callable == word(vm.types.str) {
            return Some(op::CALL_STR_1);
        }
        if callable == word(vm.types.tuple) {
            return Some(op::CALL_TUPLE_1);
        }
    }
    // SAFETY: classes are never freed.
    let class = unsafe { &mut *(callable as *mut Class) };
    if !class.is_user() {
        return Some(op::CALL_BUILTIN_CLASS);
    }
    let init = python_init(vm, class)?;
    // SAFETY: a live function, which owns its code.
    let code = unsafe { &*(*init).code };
    if !code.simple || code.arg_count != count + 1 {
        return None;
    }
    class.init_cache = init;
    // SAFETY: `pc` is at the cache of a CALL, three units.
    unsafe { cache::write_u32(registers.pc, 1, class.prefix.version) };
    Some(op::CALL_ALLOC_AND_ENTER_INIT)
}
