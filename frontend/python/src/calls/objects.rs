//! Called uops that make objects of the language itself (instances, bound methods, functions, cells) and that call with
//! more operands than registers hold.
//!
//! Those that make an object and do nothing else say so (`reads(), writes()`), so that what surrounds them stays known.

#![allow(
    clippy::missing_safety_doc,
    clippy::not_unsafe_ptr_arg_deref,
    reason = "uops are called by traces that uphold their checks"
)]

use crate::class::Class;
use crate::layout::{EMPTY, int_of};
use crate::objects::function::Function;
use crate::objects::instance;
use crate::objects::native::Args;
use crate::objects::tuple::cast_tuple;
use crate::value::Value;
use crate::vm::Vm;
use sashiko_stencils::uop::*;

fn finish(result: Result<Value, crate::error::Raised>) -> Exit<Word> {
    result.ok().map(Value::into_word)
}

/// An instance of this class, whose instances are plain, have no finalizer, and begin with this shape; without attributes.
#[uop(call, alloc, sets(SHAPES = shape, FIELDS[..] = 0), result = OBJECT)]
pub fn new_instance(class: Imm64, shape: Imm32) -> Word {
    debug_assert_eq!(unsafe { (*(class as *mut Class)).root_shape }, shape as u32);
    instance::new(class as *mut Class).into_word()
}

/// An instance of this class, whose instances are plain, without attributes.
#[uop(call, result = OBJECT, reads(), writes())]
pub fn new_finalized_instance(class: Imm64) -> Word {
    instance::new(class as *mut Class).into_word()
}

/// A function bound to a receiver, both taken over; `shape` is that of bound methods.
#[uop(call, alloc, sets(SHAPES = shape, METHODS[0] = function, METHODS[1] = receiver), result = OBJECT)]
pub fn new_method(ctx: *mut Vm, function: Word, receiver: Word, shape: Imm32) -> Word {
    debug_assert_eq!(shape as u32, crate::layout::SHAPE_METHOD);
    let [function, receiver] = [function, receiver].map(Value::from_owned);
    unsafe { &*ctx }.new_method(function, receiver).into_word()
}

/// The method that calling `object.name` calls; leaves if that is no method that takes the object as its first
/// argument.
#[uop(call, reason = raised)]
pub fn load_method(ctx: *mut Vm, object: Word, name: Imm64) -> Exit<Word> {
    use crate::protocol::attributes::MethodLookup;
    match unsafe { (*ctx).get_method(object, name) }.ok()? {
        MethodLookup::Method(function) => Some(function.into_word()),
        MethodLookup::Attribute(_) => None,
    }
}

/// The attributes of `super(class, receiver)`.
#[uop(call, reason = raised)]
pub fn load_super_attr(ctx: *mut Vm, class: Word, receiver: Word, name: Imm64) -> Exit<Word> {
    let vm = unsafe { &mut *ctx };
    let super_class = unsafe { (*vm.types.super_).word() };
    let object = vm.call(super_class, &[class, receiver]).ok()?;
    finish(vm.get_attr(object.word(), name))
}

/// `range` of a small integer.
#[uop(call, result = OBJECT, reads(), writes())]
pub fn range_to(ctx: *mut Vm, stop: Word) -> Word {
    unsafe { &*ctx }.new_range(0, int_of(stop), 1).into_word()
}

/// `range` of two small integers.
#[uop(call, result = OBJECT, reads(), writes())]
pub fn range_between(ctx: *mut Vm, start: Word, stop: Word) -> Word {
    let (start, stop) = (int_of(start), int_of(stop));
    unsafe { &*ctx }.new_range(start, stop, 1).into_word()
}

/// `range` of three small integers; leaves if the step is zero.
#[uop(call, result = OBJECT, reads(), writes())]
pub fn range_by(ctx: *mut Vm, start: Word, stop: Word, step: Word) -> Exit<Word> {
    let (start, stop, step) = (int_of(start), int_of(stop), int_of(step));
    (step != 0).then(|| unsafe { &*ctx }.new_range(start, stop, step).into_word())
}

/// A function of this code, borrowed, with the globals of the function that runs.
#[uop(call, result = OBJECT, reads(OTHER), writes())]
pub fn make_function(ctx: *mut Vm, running: Word, code: Word) -> Word {
    let running = running as *const Function;
    let code = Value::borrowed(code);
    crate::interp::functions::new_function(unsafe { &mut *ctx }, running, code).into_word()
}

/// SET_FUNCTION_ATTRIBUTE; borrows the attribute.
#[uop(call, reads(OTHER), writes(OTHER))]
pub fn set_function_attribute(function: Word, attribute: Word, flag: Imm32) {
    let attribute = Value::borrowed(attribute);
    crate::interp::functions::set_attribute(function, attribute, flag as usize);
}

/// A cell that holds this, which it takes over.
#[uop(call, result = OBJECT, reads(), writes())]
pub fn make_cell(ctx: *mut Vm, value: Word) -> Word {
    unsafe { &*ctx }.new_cell(value).into_word()
}

/// DELETE_ATTR of any type.
#[uop(call, reason = raised)]
pub fn delete_attr(ctx: *mut Vm, object: Word, name: Imm64) -> Exit<()> {
    unsafe { (*ctx).del_attr(object, name) }.ok()
}

/// A call of anything with packed arguments, which are taken over; the last are those of the keywords `names`, a tuple.
#[uop(call, reason = raised)]
pub fn call_packed(ctx: *mut Vm, callable: Word, packed: Word, names: Imm64) -> Exit<Word> {
    let packed = Value::from_owned(packed);
    let items = |word: Word| cast_tuple(word).map_or(&[][..], |tuple| tuple.items());
    let args = Args {
        values: items(packed.word()),
        names: if names == EMPTY { &[] } else { items(names) },
        callee: EMPTY,
    };
    finish(unsafe { (*ctx).call_with(callable, args) })
}

/// CALL_FUNCTION_EX of anything: an iterable of arguments, and a mapping or nothing.
#[uop(call, reason = raised)]
pub fn call_spread(ctx: *mut Vm, callable: Word, args: Word, keywords: Word) -> Exit<Word> {
    finish(crate::interp::calls::call_spread(
        unsafe { &mut *ctx },
        callable,
        args,
        keywords,
    ))
}
