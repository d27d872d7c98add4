//! Calls of natives and built-in classes: one table says which uops do the same.
//!
//! A [`Rule`] names a callable as Python does (`list.pop`), says of what types the arguments must be seen to be, and how the
//! call is made then. The first rule that fits is taken; a native without one is called as it is, without the generic
//! dispatch, and assumed to change everything. What is looked at while recording (the arguments' types) is guarded.

use sashiko_stencils::UopId;

use super::arith::shape_of;
use super::{Expander, Expansion};
use crate::class::Class;
use crate::layout::{
    self, EMPTY, NONE, SHAPE_CLASS, SHAPE_DICT, SHAPE_FIRST_INSTANCE, SHAPE_LIST, SHAPE_NATIVE,
    SHAPE_OTHER, SHAPE_SET, SHAPE_STR, SHAPE_TUPLE, Word,
};
use crate::modules::math;
use crate::object::cast;
use crate::objects::native::{Arity, Native, NativeKind};
use crate::protocol::plain;
use crate::uops_table::op as uop;

/// What an argument must be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Is {
    /// A small integer.
    Int,
    /// A float.
    Float,
    /// A small integer or a float.
    Number,
    /// A `str`.
    Str,
    /// A `list`.
    List,
    /// A `tuple`.
    Tuple,
    /// A `list` or a `tuple`.
    Sequence,
    /// A `dict`.
    Dict,
    /// A `set`.
    Set,
    /// A number, string, truth value or `None`.
    Scalar,
    /// Anything.
    Any,
}

/// How a call is made.
#[derive(Clone, Copy)]
enum How {
    /// By this uop, which takes the arguments and gives an owned result.
    Uop(UopId),
    /// By this uop, which gives nothing: the call's result is `None`.
    Procedure(UopId),
    /// By this uop, whose last argument is an integer, raw.
    Index(UopId),
    /// By this uop, which takes the class of the first argument as an immediate.
    OfClass(UopId),
    /// By the square root; integers are widened.
    SquareRoot,
    /// By this uop, which makes an integer of a float.
    Rounded(UopId),
    /// By this uop, which has one input more: this constant.
    Default(UopId, Word),
    /// By this uop of two, over all arguments from left to right.
    Fold(UopId),
    /// By the address of the function from float to float.
    FloatFunction,
    /// By the address of the function from two floats to one.
    FloatFunction2,
    /// As it is; it runs no Python code and changes nothing.
    Quiet,
    /// The argument is the answer.
    Itself,
    /// By what the instruction `TO_BOOL` does.
    Truth,
}

struct Rule {
    name: &'static str,
    arguments: &'static [Is],
    how: How,
}

const fn rule(name: &'static str, arguments: &'static [Is], how: How) -> Rule {
    Rule {
        name,
        arguments,
        how,
    }
}

/// Functions, methods and classes by qualified name.
#[rustfmt::skip]
const RULES: &[Rule] = &[
    rule("abs", &[Is::Int], How::Uop(uop::CALL_ABS_INT)),
    rule("abs", &[Is::Float], How::Uop(uop::CALL_ABS_FLOAT)),
    rule("bool", &[Is::Any], How::Truth),
    rule("chr", &[Is::Int], How::Quiet),
    rule("dict.get", &[Is::Dict, Is::Any], How::Default(uop::DICT_ITEM_OR, NONE)),
    rule("dict.get", &[Is::Dict, Is::Any, Is::Any], How::Uop(uop::DICT_ITEM_OR)),
    rule("dict.items", &[Is::Dict], How::Quiet),
    rule("dict.keys", &[Is::Dict], How::Quiet),
    rule("dict.setdefault", &[Is::Dict, Is::Any], How::Default(uop::DICT_ITEM_OR_SET, NONE)),
    rule("dict.setdefault", &[Is::Dict, Is::Any, Is::Any], How::Uop(uop::DICT_ITEM_OR_SET)),
    rule("dict.values", &[Is::Dict], How::Quiet),
    rule("divmod", &[Is::Number, Is::Number], How::Quiet),
    rule("float", &[Is::Float], How::Itself),
    rule("float", &[Is::Int], How::Uop(uop::WIDEN_INT)),
    rule("float", &[Is::Str], How::Quiet),
    rule("hash", &[Is::Scalar], How::Quiet),
    rule("id", &[Is::Any], How::Quiet),
    rule("int", &[Is::Int], How::Itself),
    rule("int", &[Is::Float], How::Rounded(uop::CALL_TRUNC_FLOAT)),
    rule("int", &[Is::Str], How::Quiet),
    rule("len", &[Is::List], How::Uop(uop::CALL_LEN_LIST)),
    rule("len", &[Is::Tuple], How::Uop(uop::CALL_LEN_TUPLE)),
    rule("len", &[Is::Str], How::Uop(uop::CALL_LEN_STR)),
    rule("len", &[Is::Dict], How::Uop(uop::CALL_LEN_DICT)),
    rule("len", &[Is::Set], How::OfClass(uop::CALL_LEN_SET)),
    rule("list.append", &[Is::List, Is::Any], How::Procedure(uop::LIST_APPEND)),
    rule("list.pop", &[Is::List], How::Uop(uop::LIST_POP)),
    rule("list.pop", &[Is::List, Is::Int], How::Index(uop::LIST_POP_AT)),
    rule("math.ceil", &[Is::Float], How::Rounded(uop::CALL_CEIL_FLOAT)),
    rule("math.floor", &[Is::Float], How::Rounded(uop::CALL_FLOOR_FLOAT)),
    rule("math.trunc", &[Is::Float], How::Rounded(uop::CALL_TRUNC_FLOAT)),
    rule("math.fabs", &[Is::Float], How::Uop(uop::CALL_ABS_FLOAT)),
    rule("math.sqrt", &[Is::Number], How::SquareRoot),
    rule("math.", &[Is::Number], How::FloatFunction),
    rule("math.", &[Is::Number, Is::Number], How::FloatFunction2),
    rule("math.", &[Is::Number], How::Quiet),
    rule("math.", &[Is::Number, Is::Number], How::Quiet),
    rule("max", &[Is::Int, Is::Int], How::Fold(uop::CALL_MAX_INT)),
    rule("max", &[Is::Int, Is::Int, Is::Int], How::Fold(uop::CALL_MAX_INT)),
    rule("max", &[Is::Float, Is::Float], How::Fold(uop::CALL_MAX_FLOAT)),
    rule("max", &[Is::Float, Is::Float, Is::Float], How::Fold(uop::CALL_MAX_FLOAT)),
    rule("max", &[Is::Scalar, Is::Scalar], How::Quiet),
    rule("max", &[Is::Scalar, Is::Scalar, Is::Scalar], How::Quiet),
    rule("min", &[Is::Int, Is::Int], How::Fold(uop::CALL_MIN_INT)),
    rule("min", &[Is::Int, Is::Int, Is::Int], How::Fold(uop::CALL_MIN_INT)),
    rule("min", &[Is::Float, Is::Float], How::Fold(uop::CALL_MIN_FLOAT)),
    rule("min", &[Is::Float, Is::Float, Is::Float], How::Fold(uop::CALL_MIN_FLOAT)),
    rule("min", &[Is::Scalar, Is::Scalar], How::Quiet),
    rule("min", &[Is::Scalar, Is::Scalar, Is::Scalar], How::Quiet),
    rule("ord", &[Is::Str], How::Quiet),
    rule("range", &[Is::Int], How::Uop(uop::RANGE_TO)),
    rule("range", &[Is::Int, Is::Int], How::Uop(uop::RANGE_BETWEEN)),
    rule("range", &[Is::Int, Is::Int, Is::Int], How::Uop(uop::RANGE_BY)),
    rule("repr", &[Is::Scalar], How::Quiet),
    rule("round", &[Is::Int], How::Itself),
    rule("round", &[Is::Float], How::Rounded(uop::CALL_ROUND_FLOAT)),
    rule("round", &[Is::Number, Is::Int], How::Quiet),
    rule("set.add", &[Is::Set, Is::Any], How::Procedure(uop::SET_ADD_PLAIN)),
    rule("str", &[Is::Str], How::Itself),
    rule("str", &[Is::Scalar], How::Uop(uop::STR_OF_PLAIN)),
    rule("str.join", &[Is::Str, Is::Sequence], How::Quiet),
    rule("str.", &[Is::Str], How::Quiet),
    rule("str.", &[Is::Str, Is::Scalar], How::Quiet),
    rule("str.", &[Is::Str, Is::Scalar, Is::Scalar], How::Quiet),
];

/// The first rule for a call of `name` with these arguments.
fn find_rule(name: &str, arguments: &[Word]) -> Option<&'static Rule> {
    RULES.iter().find(|rule| {
        let named = match rule.name.strip_suffix('.') {
            Some(prefix) => name
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.starts_with('.')),
            None => rule.name == name,
        };
        named
            && rule.arguments.len() == arguments.len()
            && rule
                .arguments
                .iter()
                .zip(arguments)
                .all(|(&is, &word)| fits(is, word))
            && match rule.how {
                How::FloatFunction => math::float_function(name).is_some(),
                How::FloatFunction2 => math::float_function_2(name).is_some(),
                _ => true,
            }
    })
}

fn fits(is: Is, word: Word) -> bool {
    let shape = shape_of(word);
    match is {
        Is::Int => layout::is_int(word),
        Is::Float => layout::is_float(word),
        Is::Number => layout::is_int(word) || layout::is_float(word),
        Is::Str => shape == SHAPE_STR,
        Is::List => shape == SHAPE_LIST,
        Is::Tuple => shape == SHAPE_TUPLE,
        Is::Sequence => shape == SHAPE_LIST || shape == SHAPE_TUPLE,
        Is::Dict => shape == SHAPE_DICT,
        Is::Set => shape == SHAPE_SET,
        Is::Scalar => plain::is_scalar(word),
        Is::Any => true,
    }
}

/// The arguments of a call, as they lie on the stack: `[callable, receiver or nothing, arguments]`.
pub(super) struct Operands {
    /// Number of words above callable and receiver.
    count: usize,
    /// Depths of receiver (if there is one) and arguments, in order.
    depths: Vec<u16>,
    /// What they are now.
    seen: Vec<Word>,
}

impl Expander<'_> {
    /// The operands of `CALL count`.
    pub(super) fn call_operands(&self, count: usize) -> Operands {
        let own = self.cursor.peek(count) != EMPTY;
        let given = count + usize::from(own);
        let depths: Vec<u16> = (0..given as u16).rev().collect();
        let seen = depths
            .iter()
            .map(|&depth| self.cursor.peek(depth as usize))
            .collect();
        Operands {
            count,
            depths,
            seen,
        }
    }

    /// A call of a native function or built-in class; `None` if that is left to the general call.
    pub(super) fn call_builtin(&mut self, callable: Word, count: usize) -> Option<Expansion> {
        let operands = self.call_operands(count);
        let shape = shape_of(callable);
        if shape == SHAPE_NATIVE {
            // SAFETY: the shape says so.
            let native = unsafe { &*(callable as *const Native) };
            if !takes(native, operands.seen.len()) {
                return None;
            }
            let name = native.qualified_name();
            if name == "isinstance"
                && let Some(expansion) = self.is_instance(callable, &operands)
            {
                return Some(expansion);
            }
            return match find_rule(&name, &operands.seen) {
                Some(rule) => Some(self.call_by_rule(rule, &name, callable, &operands)),
                None => self.call_native(callable, &operands),
            };
        }
        let class = cast::<Class>(callable).filter(|_| shape == SHAPE_CLASS)?;
        // SAFETY: classes are never freed.
        let class = unsafe { &*class };
        if class.is_user() || class.module != "builtins" {
            return None;
        }
        if class.name == "type" && operands.seen.len() == 1 {
            return self.type_of(callable, &operands);
        }
        let rule = find_rule(&class.name, &operands.seen)?;
        Some(self.call_by_rule(rule, &class.name, callable, &operands))
    }

    /// Guards the callable, and that there is a receiver or none, as now.
    fn guard_callable(&mut self, callable: Word, operands: &Operands) {
        self.recording.keep(callable);
        self.peek(uop::GUARD_SAME, &[operands.count as u16 + 1], &[callable]);
        self.guard_receiver(operands.count);
    }

    /// The call's result is on top; callable and arguments go.
    fn finish_call(&mut self, operands: &Operands) -> Expansion {
        self.replace_operands(operands.count as u16 + 2);
        self.next()
    }

    fn guard_argument(&mut self, is: Is, depth: u16, seen: Word) {
        if self.guard_immediate(depth, seen) {
            return;
        }
        match is {
            Is::Any => {}
            _ => self.guard_builtin_class(depth, seen),
        }
    }

    /// Guards that the object at `depth` is of the class that `seen` is of, which is no user's.
    pub(super) fn guard_builtin_class(&mut self, depth: u16, seen: Word) {
        let guard = match shape_of(seen) {
            SHAPE_STR => uop::GUARD_STR,
            SHAPE_LIST => uop::GUARD_LIST,
            SHAPE_TUPLE => uop::GUARD_TUPLE,
            SHAPE_DICT => uop::GUARD_DICT,
            _ => {
                let class = Class::ptr_of(self.vm, seen) as Word;
                return self.peek(uop::GUARD_CLASS, &[depth], &[class]);
            }
        };
        self.peek(guard, &[depth], &[]);
    }

    fn call_by_rule(
        &mut self,
        rule: &'static Rule,
        name: &str,
        callable: Word,
        operands: &Operands,
    ) -> Expansion {
        self.guard_callable(callable, operands);
        let depths = &operands.depths;
        for ((&is, &depth), &seen) in rule.arguments.iter().zip(depths).zip(&operands.seen) {
            self.guard_argument(is, depth, seen);
        }
        match rule.how {
            How::Uop(uop) => self.peek(uop, depths, &[]),
            How::Procedure(uop) => {
                self.peek(uop, depths, &[]);
                self.recorder().constant(NONE);
            }
            How::Index(uop) => {
                self.peek(uop::UNBOX_INT, &[depths[depths.len() - 1]], &[]);
                let mut above: Vec<u16> = depths.iter().map(|depth| depth + 1).collect();
                *above.last_mut().expect("an index") = 0;
                self.peek(uop, &above, &[]);
                self.recorder().nip(1);
            }
            How::OfClass(uop) => {
                let class = Class::ptr_of(self.vm, operands.seen[0]) as Word;
                self.peek(uop, depths, &[class]);
            }
            How::Default(uop, default) => {
                self.recorder().constant(default);
                let above: Vec<u16> = depths.iter().map(|depth| depth + 1).chain([0]).collect();
                self.peek(uop, &above, &[]);
                self.recorder().nip(1);
            }
            How::Fold(uop) => {
                self.peek(uop, &depths[..2], &[]);
                for &depth in &depths[2..] {
                    self.peek(uop, &[0, depth + 1], &[]);
                    self.recorder().nip(1);
                }
            }
            // A result that nobody uses is not computed, but has to raise all the same: what can raise is guarded.
            How::SquareRoot => {
                if layout::is_int(operands.seen[0]) {
                    self.peek(uop::WIDEN_INT, &[depths[0]], &[]);
                } else {
                    self.recorder().copy(depths[0]);
                }
                self.peek(uop::GUARD_NOT_NEGATIVE_FLOAT, &[0], &[]);
                self.uop(uop::CALL_SQRT_FLOAT);
            }
            How::Rounded(uop) => {
                self.peek(uop::GUARD_SMALL_FLOAT, depths, &[]);
                self.peek(uop, depths, &[]);
            }
            How::FloatFunction => {
                let function = math::float_function(name).expect("the rule fits") as usize as u64;
                self.push_float(depths[0], operands.seen[0]);
                self.recorder().uop(uop::FLOAT_FUNCTION, &[function]);
                self.uop(uop::BOX_FLOAT);
            }
            How::FloatFunction2 => {
                let function = math::float_function_2(name).expect("the rule fits") as usize as u64;
                self.push_float(depths[0], operands.seen[0]);
                self.push_float(depths[1] + 1, operands.seen[1]);
                self.recorder().uop(uop::FLOAT_FUNCTION_2, &[function]);
                self.uop(uop::BOX_FLOAT);
            }
            How::Quiet => self.call_quietly(callable, operands),
            How::Itself => {
                self.recorder().copy(depths[0]);
                let seen = operands.seen[0];
                if layout::is_pointer(seen) {
                    self.peek(uop::INCREF, &[0], &[]);
                }
            }
            How::Truth => self.push_truth(depths[0], operands.seen[0]),
        }
        self.finish_call(operands)
    }

    /// Pushes the number at `depth`, which is `seen` now, as a raw float.
    fn push_float(&mut self, depth: u16, seen: Word) {
        if layout::is_int(seen) {
            self.peek(uop::UNBOX_INT, &[depth], &[]);
            self.uop(uop::INT_TO_FLOAT);
        } else {
            self.peek(uop::UNBOX_FLOAT, &[depth], &[]);
        }
    }

    fn call_quietly(&mut self, callable: Word, operands: &Operands) {
        if shape_of(callable) == SHAPE_CLASS {
            return self.peek(uop::CALL_CLASS_QUIET_1, &operands.depths, &[callable]);
        }
        let uops = [
            uop::CALL_QUIET_0,
            uop::CALL_QUIET_1,
            uop::CALL_QUIET_2,
            uop::CALL_QUIET_3,
        ];
        self.peek(uops[operands.depths.len()], &operands.depths, &[callable]);
    }

    /// A call of a native function that may do anything.
    fn call_native(&mut self, callable: Word, operands: &Operands) -> Option<Expansion> {
        let uops = [
            uop::CALL_NATIVE_0,
            uop::CALL_NATIVE_1,
            uop::CALL_NATIVE_2,
            uop::CALL_NATIVE_3,
        ];
        let &uop = uops.get(operands.depths.len())?;
        self.guard_callable(callable, operands);
        self.guard_operands(&operands.depths);
        self.peek(uop, &operands.depths, &[callable]);
        Some(self.finish_call(operands))
    }

    /// Guards that the word at `depth`, which is `seen` now, is of the same class again; that class. `None` if classes say
    /// nothing definite about it.
    pub(super) fn guard_class_of(&mut self, depth: u16, seen: Word) -> *mut Class {
        let class = Class::ptr_of(self.vm, seen);
        if self.guard_immediate(depth, seen) {
            return class;
        }
        let shape = shape_of(seen);
        if shape >= SHAPE_FIRST_INSTANCE {
            self.peek(uop::GUARD_SHAPE, &[depth], &[u64::from(shape)]);
        } else {
            self.guard_builtin_class(depth, seen);
        }
        class
    }

    /// `type(x)`: a constant, once the class of `x` is guarded.
    fn type_of(&mut self, callable: Word, operands: &Operands) -> Option<Expansion> {
        self.guard_callable(callable, operands);
        let class = self.guard_class_of(operands.depths[0], operands.seen[0]);
        self.push_constant(class as Word);
        Some(self.finish_call(operands))
    }

    /// `isinstance(x, classes)`: a constant, once the class of `x` is guarded, and the classes are known.
    fn is_instance(&mut self, callable: Word, operands: &Operands) -> Option<Expansion> {
        let &[object, wanted] = operands.seen.as_slice() else {
            return None;
        };
        let classes = self.known_classes(wanted)?;
        self.guard_callable(callable, operands);
        self.guard_classes(operands.depths[1], wanted, &classes);
        let class = self.guard_class_of(operands.depths[0], object);
        // SAFETY: classes are never freed.
        if unsafe { (*class).is_user() } {
            // The bases of a class may change.
            self.class_stays(class);
        }
        let answer = classes
            .iter()
            .any(|&wanted| self.vm.is_instance(object, wanted));
        self.recorder().constant(layout::word_of_bool(answer));
        Some(self.finish_call(operands))
    }

    /// `LOAD_ATTR` of a method of a built-in class, to be called: the method is a constant once the class is guarded.
    pub(super) fn load_builtin_method(&mut self, object: Word, name: Word) -> Option<Expansion> {
        let class = self.vm.class_of(object);
        let shape = shape_of(object);
        if class.is_user() || shape == SHAPE_CLASS || shape > SHAPE_OTHER {
            return None;
        }
        let found = class.lookup(name)?;
        if shape_of(found) != SHAPE_NATIVE || self.vm.own_attributes(object).is_some() {
            return None;
        }
        // SAFETY: the shape says so.
        if unsafe { (*(found as *const Native)).kind } != NativeKind::Method {
            return None;
        }
        if !self.guard_immediate(0, object) {
            self.guard_builtin_class(0, object);
        }
        self.push_constant(found);
        self.recorder().swap(1);
        Some(self.next())
    }
}

/// May `native` be called with so many arguments, the receiver included?
fn takes(native: &Native, given: usize) -> bool {
    let receiver = match native.kind {
        NativeKind::Function => 0,
        NativeKind::Method | NativeKind::SlotWrapper => 1,
        NativeKind::ClassMethod => return false,
    };
    let Some(given) = given.checked_sub(receiver) else {
        return false;
    };
    match native.arity {
        Arity::Any | Arity::Keywords => true,
        Arity::None => given == 0,
        Arity::One => given == 1,
        Arity::Between(least, most) => (least..=most).contains(&given),
    }
}
