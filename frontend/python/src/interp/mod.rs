//! The interpreter.

use crate::error::Outcome;
use crate::objects::function::Function;
use crate::objects::native::Args;
use crate::value::Value;
use crate::vm::Vm;

/// Calls a Python function from native code.
///
/// # Errors
/// What the function raises.
pub fn call_function(vm: &mut Vm, _function: *mut Function, _args: Args) -> Outcome<Value> {
    Err(vm.not_implemented("Python functions"))
}
