//! `collections`: `deque` natively; `defaultdict`, `Counter`, `OrderedDict` and `namedtuple` in Python.

use super::deque;
use crate::error::Outcome;
use crate::layout::Word;
use crate::value::Value;
use crate::vm::Vm;

/// The part of the module that is written in Python.
pub const SOURCE: &str = include_str!("collections.py");

/// Makes the module.
///
/// # Errors
/// What running the part in Python raises.
pub fn make(vm: &mut Vm) -> Outcome<Value> {
    let module = vm.new_module("collections");
    let class = deque::install(vm);
    vm.set_module_attr(&module, "deque", Value::borrowed(class as Word));
    super::run_python_part(vm, &module, SOURCE, "<frozen collections>")?;
    Ok(module)
}
