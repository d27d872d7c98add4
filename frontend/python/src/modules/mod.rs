//! The built-in modules: `math`, `time`, `sys`, `random`, `collections`, `itertools`, `functools`, `operator`.

#![expect(
    clippy::unnecessary_wraps,
    reason = "slots and native functions have one signature, for those that raise"
)]
#![expect(
    clippy::single_match_else,
    reason = "a match shows both outcomes side by side"
)]

pub mod collections;
mod deque;
pub mod functools;
pub mod itertools;
pub mod math;
pub mod math_integers;
pub mod mersenne;
pub mod operator;
pub mod random;
pub mod special;
pub mod sys;
pub mod time;

use crate::compile;
use crate::core_types::modules::namespace;
use crate::error::Outcome;
use crate::interp;
use crate::objects::function::Function;
use crate::objects::native::{Native, NativeDef};
use crate::value::Value;
use crate::vm::Vm;

/// Makes the modules importable.
pub fn install(vm: &mut Vm) {
    vm.register_module("math", math::make);
    vm.register_module("time", time::make);
    vm.register_module("sys", sys::make);
    vm.register_module("collections", collections::make);
    vm.register_module("random", random::make);
    vm.register_module("itertools", itertools::make);
    vm.register_module("functools", functools::make);
    vm.register_module("operator", operator::make);
    crate::builtins::io::install_streams(vm);
}

/// A new module with these functions.
fn module_of(vm: &mut Vm, name: &'static str, functions: &[NativeDef]) -> Value {
    let module = vm.new_module(name);
    add_functions(vm, &module, name, functions);
    module
}

/// Adds functions to the module called `name`.
fn add_functions(vm: &mut Vm, module: &Value, name: &'static str, functions: &[NativeDef]) {
    for def in functions {
        let function = vm.new_native(def, std::ptr::null_mut());
        // SAFETY: just made.
        unsafe { (*(function.word() as *mut Native)).module = name };
        vm.set_module_attr(module, def.name, function);
    }
}

/// Runs the part of a module that is written in Python, in the module's own namespace.
fn run_python_part(vm: &mut Vm, module: &Value, source: &str, filename: &str) -> Outcome<()> {
    let code = match compile::compile_module(vm, source, filename) {
        Ok(code) => code,
        Err(problem) => {
            let message = format!("{filename}, line {}: {}", problem.line, problem.message);
            return Err(vm.raise(vm.types.SystemError, message));
        }
    };
    let namespace = Value::borrowed(namespace(module.word()));
    let builtins = vm.builtins.clone();
    let function = vm.new_function(code, namespace.word(), builtins.word());
    interp::run_body(vm, function.word() as *mut Function, namespace)?;
    Ok(())
}
