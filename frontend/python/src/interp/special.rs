//! Special methods in frames of their own: `a + b` of a Python class goes on in its `__add__`, in the same loop.
//!
//! The frame lies above the operands, which stay where they are: if the method answers `NotImplemented` the other ways to
//! carry the operation out are tried with them. How the result is used stands in the frame ([`FRAME_LOCALS`], as a small
//! integer): when the frame returns, [`finish`] puts the result in the operands' place as the instruction would have done.
//!
//! What is found here the recorder asks, too: it must foresee whether a frame is pushed.

use crate::class::{FLAG_INSTANCE, FLAG_USER_BINARY};
use crate::core_types::descriptors::Property;
use crate::error::Outcome;
use crate::interp::frames::{check_room, enter_exact};
use crate::interp::registers::Registers;
use crate::layout::{
    FRAME_LOCALS, NONE, SHAPE_FUNCTION, Word, has_shape, int_of, is_bool, is_float, is_int,
    is_pointer, word_of_bool, word_of_int,
};
use crate::object::cast;
use crate::objects::code::CODE_GENERATOR;
use crate::objects::function::Function;
use crate::objects::instance::cast_instance;
use crate::operator::{BinaryOp, Comparison, UnaryOp};
use crate::protocol::operators::Stage;
use crate::value::{Value, decref, incref};
use crate::vm::Vm;

/// How the result of a special method is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Use {
    /// As that of an in-place operator, unless it is `NotImplemented`.
    InPlace,
    /// As that of a binary operator, from the left operand's method.
    Left,
    /// As that of a binary operator, from the right operand's method.
    Right,
    /// As that of a comparison, from the left operand's method.
    Compare,
    /// As an item.
    Item,
    /// Not at all: an item was set.
    SetItem,
    /// As the answer whether a container has something.
    Contains,
    /// As a truth value.
    Truth,
    /// As a length: is it zero?
    Length,
    /// As that of `-x`.
    Negative,
    /// Not at all: an attribute was set.
    SetAttribute,
}

impl Use {
    const ALL: [Use; 11] = [
        Use::InPlace,
        Use::Left,
        Use::Right,
        Use::Compare,
        Use::Item,
        Use::SetItem,
        Use::Contains,
        Use::Truth,
        Use::Length,
        Use::Negative,
        Use::SetAttribute,
    ];

    /// The use that a frame's [`FRAME_LOCALS`] stands for, if it does for one.
    #[inline(always)]
    pub fn of(word: Word) -> Option<Use> {
        is_int(word)
            .then(|| Use::ALL.get(int_of(word) as usize).copied())
            .flatten()
    }

    /// What stands for it in a frame's [`FRAME_LOCALS`].
    pub fn word(self) -> Word {
        word_of_int(self as i64)
    }

    /// Operands below the frame, which go when it returns.
    pub fn operands(self) -> usize {
        match self {
            Use::Truth | Use::Length | Use::Negative => 1,
            Use::SetItem => 3,
            _ => 2,
        }
    }

    /// Does the result go in the operands' place?
    pub fn pushes(self) -> bool {
        !matches!(self, Use::SetItem | Use::SetAttribute)
    }

    /// May the method answer `NotImplemented`?
    pub fn may_decline(self) -> bool {
        matches!(
            self,
            Use::InPlace | Use::Left | Use::Right | Use::Compare | Use::Negative
        )
    }

    /// Units of the cache of the instruction that it belongs to.
    fn caches(self) -> usize {
        match self {
            Use::InPlace | Use::Left | Use::Right | Use::Item => 5,
            Use::Compare | Use::Contains | Use::SetItem => 1,
            Use::Truth | Use::Length => 3,
            Use::SetAttribute => 4,
            Use::Negative => 0,
        }
    }

    /// The argument of the instruction that it belongs to; `behind` is the offset behind that instruction.
    pub fn argument(self, code: &crate::objects::code::Code, behind: usize) -> u8 {
        code.units[behind - 1 - self.caches()].arg
    }
}

/// The Python function that is special method `name` of `object`'s class, if it takes `count` arguments and nothing else
/// is to be known of binding it.
pub fn method(vm: &Vm, object: Word, name: Word, count: usize) -> Option<*mut Function> {
    if !is_pointer(object) {
        return None;
    }
    let class = vm.class_of(object);
    if !class.is_user() {
        return None;
    }
    plain_function(class.lookup(name)?, count)
}

fn plain_function(word: Word, count: usize) -> Option<*mut Function> {
    // SAFETY: a live value; functions own their code.
    unsafe {
        if !has_shape(word, SHAPE_FUNCTION) {
            return None;
        }
        let function = word as *mut Function;
        let code = &*(*function).code;
        (code.simple && code.arg_count == count && code.flags & CODE_GENERATOR == 0)
            .then_some(function)
    }
}

/// The method that is asked first by `left op right`, and how.
pub fn binary(vm: &Vm, op: BinaryOp, left: Word, right: Word) -> Option<(*mut Function, Use)> {
    let (left_class, right_class) = (vm.class_of(left), vm.class_of(right));
    if (left_class.flags | right_class.flags) & FLAG_USER_BINARY == 0 {
        return None;
    }
    let names = &vm.names;
    let same = std::ptr::eq(left_class, right_class);
    if !same && right_class.is_subclass(left_class) {
        return None;
    }
    if left_class.flags & FLAG_USER_BINARY != 0 {
        if op.is_inplace() && left_class.lookup(op.method(names)).is_some() {
            return method(vm, left, op.method(names), 2).map(|function| (function, Use::InPlace));
        }
        let plain = op.plain();
        if left_class.lookup(plain.method(names)).is_some() {
            return method(vm, left, plain.method(names), 2).map(|function| (function, Use::Left));
        }
        // A built-in base may know the operator.
        if left_class.flags & FLAG_INSTANCE == 0 {
            return None;
        }
    } else if !(is_int(left) || is_float(left) || is_bool(left) || left == NONE)
        && left_class.flags & FLAG_INSTANCE == 0
    {
        return None;
    }
    // The left operand does not know instances.
    if same || right_class.flags & FLAG_INSTANCE == 0 {
        return None;
    }
    method(vm, right, op.reflected(names), 2).map(|function| (function, Use::Right))
}

/// The method of the left operand that is asked first by a comparison.
pub fn compare(vm: &Vm, op: Comparison, left: Word, right: Word) -> Option<*mut Function> {
    let function = method(vm, left, op.method(&vm.names), 2)?;
    let (left_class, right_class) = (vm.class_of(left), vm.class_of(right));
    (std::ptr::eq(left_class, right_class) || !right_class.is_subclass(left_class))
        .then_some(function)
}

/// The method that tells whether `object` is true, and how.
pub fn truth(vm: &Vm, object: Word) -> Option<(*mut Function, Use)> {
    if !is_pointer(object) {
        return None;
    }
    let class = vm.class_of(object);
    if !class.is_user() {
        return None;
    }
    if class.lookup(vm.names.__bool__).is_some() {
        return method(vm, object, vm.names.__bool__, 1).map(|function| (function, Use::Truth));
    }
    method(vm, object, vm.names.__len__, 1).map(|function| (function, Use::Length))
}

/// The Python function that sets attribute `name` of a plain instance.
pub fn setter(vm: &Vm, object: Word, name: Word) -> Option<*mut Function> {
    cast_instance(object)?;
    let class = vm.class_of(object);
    if class.slots.set_attr.is_some() {
        return None;
    }
    let property = cast::<Property>(class.lookup(name)?)?;
    // SAFETY: a live property.
    plain_function(unsafe { (*property).setter() }, 2)
}

/// Pushes a frame of `function` with these arguments, borrowed, above the operands. `after` goes on behind the instruction.
pub fn enter(
    vm: &mut Vm,
    after: &Registers,
    function: *mut Function,
    arguments: &[Word],
    used: Use,
) -> Outcome<Registers> {
    // SAFETY: a live function, whose code takes that many arguments; there is room for its frame.
    unsafe {
        let start = after.sp;
        check_room(vm, start, (*(*function).code).frame_words)?;
        incref(function as Word);
        *start = function as Word;
        for (index, &argument) in arguments.iter().enumerate() {
            incref(argument);
            *start.add(1 + index) = argument;
        }
        let entered = enter_exact(vm, after, start, start.add(1), arguments.len())?;
        *entered.base.offset(FRAME_LOCALS) = used.word();
        Ok(entered)
    }
}

/// A special method's frame is gone and gave `result`, owned: the instruction is completed. `caller` is behind it, the
/// operands on top of its stack.
#[inline(never)]
pub fn finish(vm: &mut Vm, mut caller: Registers, used: Use, result: Word) -> Outcome<Registers> {
    caller.publish(vm);
    let result = completed(vm, &caller, used, Value::from_owned(result))?;
    for depth in 1..=used.operands() {
        decref(caller.peek(depth));
    }
    // SAFETY: the operands were there.
    caller.sp = unsafe { caller.sp.sub(used.operands()) };
    if used.pushes() {
        caller.push_value(result);
    }
    Ok(caller)
}

fn completed(vm: &mut Vm, caller: &Registers, used: Use, result: Value) -> Outcome<Value> {
    let argument = used.argument(caller.code(), caller.offset());
    let (left, right) = (caller.peek(2), caller.peek(1));
    let declined = used.may_decline() && vm.is_not_implemented(&result);
    let op = || BinaryOp::from_number(argument).expect("the compiler's operators are known");
    match used {
        Use::InPlace if declined => vm.binary_op_from(op(), left, right, Stage::Overriding),
        Use::Left if declined => vm.binary_op_from(op(), left, right, Stage::Right),
        Use::Right if declined => vm.binary_op_from(op(), left, right, Stage::Nobody),
        Use::Negative if declined => Err(vm.bad_operand(UnaryOp::Negative, right)),
        Use::Compare => {
            let op = Comparison::ALL[usize::from(argument >> 5)];
            let answer = if declined {
                vm.compare_right(op, left, right)?
            } else {
                result
            };
            if argument & 16 != 0 && !is_bool(answer.word()) {
                return vm.truthy(answer.word()).map(Value::bool);
            }
            Ok(answer)
        }
        Use::Contains => {
            let found = vm.truthy(result.word())?;
            Ok(Value::bool(found != (argument & 1 != 0)))
        }
        Use::Truth => crate::slots::user::check_truth(vm, result.word()).map(Value::bool),
        Use::Length => {
            let len = crate::slots::user::check_len(vm, result.word())?;
            Ok(Value::from_owned(word_of_bool(len != 0)))
        }
        _ => Ok(result),
    }
}
