//! Instructions that belong to no family: returning, intrinsics, constants by number.

use crate::error::Outcome;
use crate::interp::frames::{caller_of, drop_frame};
use crate::interp::registers::Registers;
use crate::layout::{EMPTY, FRAME_LOCALS, NONE, Word};
use crate::objects::code::CODE_OPTIMIZED;
use crate::objects::dict;
use crate::objects::list::cast_list;
use crate::objects::string::as_str;
use crate::operator::UnaryOp;
use crate::slots::user::check_init_result;
use crate::value::{Value, decref};
use crate::vm::Vm;

/// `RETURN_VALUE` in a frame that has a namespace, or that makes an instance (`__init__` entered by
/// `CALL_ALLOC_AND_ENTER_INIT`): what is really returned.
#[cold]
#[inline(never)]
pub fn return_special(vm: &mut Vm, registers: Registers, result: Word) -> Outcome<Word> {
    let special = registers.namespace();
    if registers.code().flags & CODE_OPTIMIZED != 0 {
        registers.publish(vm);
        if let Err(raised) = check_init_result(vm, result) {
            decref(result);
            return Err(raised);
        }
        // SAFETY: part of every frame; the instance moves out of it.
        unsafe { *registers.base.offset(FRAME_LOCALS) = EMPTY };
        return Ok(special);
    }
    decref(special);
    // SAFETY: part of every frame.
    unsafe { *registers.base.offset(FRAME_LOCALS) = EMPTY };
    Ok(result)
}

/// Drops the running frame and goes back to the caller's registers, if the caller is Python code in the same loop.
#[inline(always)]
pub fn leave(vm: &mut Vm, registers: &Registers) -> Option<Registers> {
    // SAFETY: the frame is complete, and not used after this.
    unsafe {
        let caller = caller_of(registers);
        drop_frame(registers);
        vm.depth -= 1;
        caller
    }
}

/// `CALL_INTRINSIC_1`, in place.
#[inline(never)]
pub fn intrinsic_1(vm: &mut Vm, registers: Registers, which: usize) -> Outcome<()> {
    registers.publish(vm);
    let operand = registers.peek(1);
    let result = match which {
        2 => import_star(vm, &registers, operand)?,
        3 => stop_iteration_error(vm, operand),
        5 => vm.unary_op(UnaryOp::Positive, operand)?,
        6 => {
            let items = cast_list(operand)
                .expect("INTRINSIC_LIST_TO_TUPLE gets a list")
                .items();
            vm.new_tuple_from(items)
        }
        4 => return Err(vm.not_implemented("asynchronous generators")),
        _ => return Err(vm.not_implemented("type parameters")),
    };
    registers.poke(1, result.into_word());
    decref(operand);
    Ok(())
}

/// A `StopIteration` about to leave a generator becomes a `RuntimeError`.
fn stop_iteration_error(vm: &mut Vm, error: Word) -> Value {
    if !vm.is_instance(error, vm.types.StopIteration) {
        return Value::borrowed(error);
    }
    let message = vm.new_str("generator raised StopIteration");
    let converted = crate::objects::exception::new(vm, vm.types.RuntimeError, vec![message]);
    let object = crate::objects::exception::cast_exception(converted.word()).expect("just made");
    crate::objects::exception::set_slot(&mut object.cause, Some(Value::borrowed(error)));
    crate::objects::exception::set_slot(&mut object.context, Some(Value::borrowed(error)));
    object.suppress_context = true;
    converted
}

/// `from module import *` into the running namespace.
fn import_star(vm: &mut Vm, registers: &Registers, module: Word) -> Outcome<Value> {
    let name = vm.names.__dict__;
    let namespace = vm.get_attr(module, name)?;
    let all = vm.intern("__all__");
    let names: Vec<Value> = match vm.get_attr_opt(module, all)? {
        Some(all) => vm.collect(all.word())?,
        None => dict::table(namespace.word())
            .entries()
            .filter(|entry| as_str(entry.key).is_some_and(|name| !name.starts_with('_')))
            .map(|entry| Value::borrowed(entry.key))
            .collect(),
    };
    let own = registers.namespace();
    // SAFETY: the frame owns the function.
    let into = if own == EMPTY {
        unsafe { (*registers.function()).globals }
    } else {
        own
    };
    for name in names {
        let name = vm.attribute_name(name.word())?;
        let value = vm.get_attr(module, name)?;
        dict::set_name(into, name, value);
    }
    Ok(Value::NONE)
}

/// `LOAD_COMMON_CONSTANT`
pub fn common_constant(vm: &mut Vm, which: usize) -> Value {
    let class = match which {
        0 => vm.types.AssertionError,
        1 => vm.types.NotImplementedError,
        2 => vm.types.tuple,
        5 => vm.types.list,
        6 => vm.types.set,
        _ => {
            let name = vm.intern(if which == 3 { "all" } else { "any" });
            return dict::get_name(vm.builtins.word(), name).map_or(Value::NONE, Value::borrowed);
        }
    };
    // SAFETY: classes are never freed.
    Value::borrowed(unsafe { (*class).word() })
}

/// `CLEANUP_THROW`: sub-iterator, value sent last, exception. The value that a `StopIteration` carries; any other
/// exception goes on.
#[inline(never)]
pub fn cleanup_throw(vm: &mut Vm, registers: Registers) -> Outcome<Value> {
    let error = registers.peek(1);
    if vm.is_instance(error, vm.types.StopIteration) {
        return vm.get_attr(error, vm.names.value);
    }
    vm.pending = Some(Value::borrowed(error));
    Err(crate::error::Raised)
}

/// `SETUP_ANNOTATIONS`
pub fn setup_annotations(vm: &mut Vm, registers: &Registers) {
    let own = registers.namespace();
    // SAFETY: the frame owns the function.
    let into = if own == EMPTY {
        unsafe { (*registers.function()).globals }
    } else {
        own
    };
    if dict::get_name(into, vm.names.__annotations__).is_none() {
        let annotations = vm.new_dict();
        dict::set_name(into, vm.names.__annotations__, annotations);
    }
    debug_assert_ne!(into, NONE);
}

/// An instruction that stands for something the VM does not have.
#[cold]
pub fn missing(vm: &mut Vm, registers: &Registers, op: u8) -> crate::error::Raised {
    use crate::opcode as o;
    registers.publish(vm);
    let what = match op {
        o::BUILD_TEMPLATE | o::BUILD_INTERPOLATION => "template strings".to_owned(),
        o::CHECK_EG_MATCH => "exception groups".to_owned(),
        o::GET_AITER | o::GET_ANEXT | o::GET_AWAITABLE | o::END_ASYNC_FOR => {
            "asynchronous code".to_owned()
        }
        _ => format!("the instruction {}", o::name(op)),
    };
    vm.not_implemented(what)
}
