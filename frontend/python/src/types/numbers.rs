//! `int`, `bool` and `float`: their classes filled in.

use super::{float, int};
use crate::core_types::descriptors::GetSetDef;
use crate::operator::{BinaryOp, UnaryOp};
use crate::value::Value;
use crate::vm::Vm;

const INT_ATTRIBUTES: &[GetSetDef] = &[
    GetSetDef {
        name: "real",
        get: |vm, word| Ok(int::plain_int(vm, word)),
        set: None,
    },
    GetSetDef {
        name: "numerator",
        get: |vm, word| Ok(int::plain_int(vm, word)),
        set: None,
    },
    GetSetDef {
        name: "imag",
        get: |_, _| Ok(Value::small_int(0)),
        set: None,
    },
    GetSetDef {
        name: "denominator",
        get: |_, _| Ok(Value::small_int(1)),
        set: None,
    },
];

const FLOAT_ATTRIBUTES: &[GetSetDef] = &[
    GetSetDef {
        name: "real",
        get: |_, word| Ok(Value::float(float::as_float(word).unwrap_or(f64::NAN))),
        set: None,
    },
    GetSetDef {
        name: "imag",
        get: |_, _| Ok(Value::float(0.0)),
        set: None,
    },
];

const ARITHMETIC: &[BinaryOp] = &[
    BinaryOp::Add,
    BinaryOp::Subtract,
    BinaryOp::Multiply,
    BinaryOp::TrueDivide,
    BinaryOp::FloorDivide,
    BinaryOp::Remainder,
    BinaryOp::Power,
];

const BITWISE: &[BinaryOp] = &[
    BinaryOp::And,
    BinaryOp::Or,
    BinaryOp::Xor,
    BinaryOp::LeftShift,
    BinaryOp::RightShift,
];

/// Fills in the classes.
pub fn install(vm: &mut Vm) {
    let types = vm.types;
    // SAFETY: classes are never freed.
    unsafe {
        let slots = &mut (*types.int).slots;
        slots.repr = Some(int::repr);
        slots.hash = Some(int::hash);
        slots.compare = Some(int::compare);
        slots.truthy = Some(int::truthy);
        slots.binary = Some(int::binary);
        slots.unary = Some(int::unary);
        slots.new = Some(int::new);
        let slots = &mut (*types.bool).slots;
        slots.repr = Some(int::repr);
        slots.binary = Some(int::bool_binary);
        slots.new = Some(int::bool_new);
        let slots = &mut (*types.float).slots;
        slots.repr = Some(float::repr);
        slots.hash = Some(float::hash);
        slots.compare = Some(float::compare);
        slots.truthy = Some(float::truthy);
        slots.binary = Some(float::binary);
        slots.unary = Some(float::unary);
        slots.new = Some(float::new);
    }
    vm.define(types.int, int::METHODS);
    vm.define_getset(types.int, INT_ATTRIBUTES);
    vm.define_operators(types.int, ARITHMETIC, UnaryOp::ALL);
    vm.define_operators(types.int, BITWISE, &[]);
    vm.define_operators(
        types.bool,
        &[BinaryOp::And, BinaryOp::Or, BinaryOp::Xor],
        &[],
    );
    vm.define(types.float, float::METHODS);
    vm.define_getset(types.float, FLOAT_ATTRIBUTES);
    let float_unary = [UnaryOp::Negative, UnaryOp::Positive, UnaryOp::Absolute];
    vm.define_operators(types.float, ARITHMETIC, &float_unary);
    for class in [types.int, types.bool, types.float] {
        vm.ready(class);
    }
}
