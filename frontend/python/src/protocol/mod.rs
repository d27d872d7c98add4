//! Dispatch: what each operation of the language does with operands of any class.
//!
//! Every operation is a method of [`Vm`](crate::vm::Vm) that takes borrowed words and returns an owned value:
//! `vm.binary_op(op, a, b)`, `vm.get_attr(object, name)`, `vm.call(function, &[a, b])`, `vm.iter(object)`… They find the
//! operand's class, try its slots in the order `CPython` does, and word the errors as `CPython` does.

pub mod attributes;
pub mod calls;
pub mod containers;
pub mod operators;
pub mod plain;
pub mod text;
