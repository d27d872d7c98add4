//! `operator`: the operators as functions.

use crate::error::Outcome;
use crate::layout::{Header, Word};
use crate::object::{Object, cast};
use crate::objects::native::{Args, Arity, NativeDef};
use crate::objects::string::as_str;
use crate::operator::{BinaryOp, Comparison, UnaryOp};
use crate::types::convert::to_index;
use crate::value::Value;
use crate::vm::Vm;

macro_rules! binary {
    ($($name:literal: $op:ident),* $(,)?) => {
        &[$(NativeDef::function($name, Arity::Between(2, 2), |vm, args| {
            vm.binary_op(BinaryOp::$op, args.values[0], args.values[1])
        }),)*]
    };
}

macro_rules! comparisons {
    ($($name:literal: $op:ident),* $(,)?) => {
        &[$(NativeDef::function($name, Arity::Between(2, 2), |vm, args| {
            vm.compare(Comparison::$op, args.values[0], args.values[1])
        }),)*]
    };
}

const BINARY: &[NativeDef] = binary! {
    "add": Add, "sub": Subtract, "mul": Multiply, "truediv": TrueDivide, "floordiv": FloorDivide, "mod": Remainder,
    "pow": Power, "lshift": LeftShift, "rshift": RightShift, "and_": And, "or_": Or, "xor": Xor,
    "matmul": MatrixMultiply, "concat": Add, "iadd": InplaceAdd, "isub": InplaceSubtract, "imul": InplaceMultiply,
};

const COMPARISONS: &[NativeDef] = comparisons! {
    "lt": Less, "le": LessEqual, "eq": Equal, "ne": NotEqual, "gt": Greater, "ge": GreaterEqual,
};

const OTHERS: &[NativeDef] = &[
    NativeDef::function("neg", Arity::One, |vm, args| {
        vm.unary_op(UnaryOp::Negative, args.values[0])
    }),
    NativeDef::function("pos", Arity::One, |vm, args| {
        vm.unary_op(UnaryOp::Positive, args.values[0])
    }),
    NativeDef::function("invert", Arity::One, |vm, args| {
        vm.unary_op(UnaryOp::Invert, args.values[0])
    }),
    NativeDef::function("inv", Arity::One, |vm, args| {
        vm.unary_op(UnaryOp::Invert, args.values[0])
    }),
    NativeDef::function("abs", Arity::One, |vm, args| {
        vm.unary_op(UnaryOp::Absolute, args.values[0])
    }),
    NativeDef::function("not_", Arity::One, |vm, args| {
        Ok(Value::bool(!vm.truthy(args.values[0])?))
    }),
    NativeDef::function("truth", Arity::One, |vm, args| {
        vm.truthy(args.values[0]).map(Value::bool)
    }),
    NativeDef::function("index", Arity::One, |vm, args| to_index(vm, args.values[0])),
    NativeDef::function("is_", Arity::Between(2, 2), |_, args| {
        Ok(Value::bool(args.values[0] == args.values[1]))
    }),
    NativeDef::function("is_not", Arity::Between(2, 2), |_, args| {
        Ok(Value::bool(args.values[0] != args.values[1]))
    }),
    NativeDef::function("contains", Arity::Between(2, 2), |vm, args| {
        vm.contains(args.values[0], args.values[1]).map(Value::bool)
    }),
    NativeDef::function("getitem", Arity::Between(2, 2), |vm, args| {
        vm.get_item(args.values[0], args.values[1])
    }),
    NativeDef::function("setitem", Arity::Between(3, 3), |vm, args| {
        vm.set_item(args.values[0], args.values[1], args.values[2])?;
        Ok(Value::NONE)
    }),
    NativeDef::function("delitem", Arity::Between(2, 2), |vm, args| {
        vm.del_item(args.values[0], args.values[1])?;
        Ok(Value::NONE)
    }),
    NativeDef::function("countOf", Arity::Between(2, 2), |vm, args| {
        let mut count = 0;
        for item in vm.collect(args.values[0])? {
            count += i64::from(vm.eq(item.word(), args.values[1])?);
        }
        Ok(vm.new_int(count))
    }),
    NativeDef::function("itemgetter", Arity::Any, |vm, args| {
        getter(vm, args, Kind::Item)
    }),
    NativeDef::function("attrgetter", Arity::Any, |vm, args| {
        getter(vm, args, Kind::Attribute)
    }),
    NativeDef::function("methodcaller", Arity::Any, |vm, args| {
        getter(vm, args, Kind::Method)
    }),
];

/// What a [`Getter`] gets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Item,
    Attribute,
    Method,
}

/// `itemgetter(…)`, `attrgetter(…)`, `methodcaller(name, …)`.
#[repr(C)]
struct Getter {
    header: Header,
    kind: Kind,
    keys: Vec<Value>,
}

impl Object for Getter {
    unsafe fn drop_contents(&mut self) {
        // SAFETY: dropped once, here.
        unsafe { std::ptr::drop_in_place(&raw mut self.keys) }
    }
}

fn getter(vm: &mut Vm, args: Args, kind: Kind) -> Outcome<Value> {
    let keys: Vec<Value> = args
        .values
        .iter()
        .map(|&word| Value::borrowed(word))
        .collect();
    if keys.is_empty() {
        return Err(vm.type_error("expected at least 1 argument, got 0"));
    }
    if kind != Kind::Item && as_str(keys[0].word()).is_none() {
        return Err(vm.type_error("attribute name must be a string"));
    }
    Ok(vm.new_object(|header| Getter { header, kind, keys }))
}

fn attribute(vm: &mut Vm, object: Word, path: Word) -> Outcome<Value> {
    let Some(path) = as_str(path) else {
        return Err(vm.type_error("attribute name must be a string"));
    };
    let mut value = Value::borrowed(object);
    for name in path.split('.') {
        let name = vm.intern(name);
        value = vm.get_attr(value.word(), name)?;
    }
    Ok(value)
}

fn call_getter(vm: &mut Vm, word: Word, args: Args) -> Outcome<Value> {
    let getter = cast::<Getter>(word).expect("the slot is that of getters");
    // SAFETY: the caller keeps the getter alive; it does not change.
    let getter = unsafe { &*getter };
    let &[object] = args.values else {
        let given = args.values.len();
        return Err(vm.type_error(format!("expected 1 argument, got {given}")));
    };
    if getter.kind == Kind::Method {
        let method = attribute(vm, object, getter.keys[0].word())?;
        return vm.call(
            method.word(),
            crate::types::iterate::as_words(&getter.keys[1..]),
        );
    }
    let get = |vm: &mut Vm, key: &Value| match getter.kind {
        Kind::Item => vm.get_item(object, key.word()),
        _ => attribute(vm, object, key.word()),
    };
    if let [key] = &*getter.keys {
        return get(vm, key);
    }
    let values: Outcome<Vec<Value>> = getter.keys.iter().map(|key| get(vm, key)).collect();
    Ok(vm.new_tuple(values?))
}

/// Makes the module.
///
/// # Errors
/// None.
pub fn make(vm: &mut Vm) -> Outcome<Value> {
    let class = vm.new_builtin_class::<Getter>("itemgetter", vm.types.object);
    // SAFETY: classes are never freed.
    unsafe { (*class).slots.call = Some(call_getter) };
    vm.ready(class);
    let all: Vec<NativeDef> = [BINARY, COMPARISONS, OTHERS].concat();
    Ok(super::module_of(vm, "operator", &all))
}
