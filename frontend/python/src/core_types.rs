//! Behaviour of the types that the object model itself is made of: `object`, `type`, functions, methods, descriptors,
//! `super`, modules, exceptions and the iterators. The types of data are in [`crate::types`].

pub mod code;
pub mod descriptors;
pub mod exceptions;
pub mod functions;
pub mod generators;
pub mod iteration;
pub mod metaclass;
pub mod modules;
pub mod root;
pub mod superclass;
pub mod tracebacks;

use crate::vm::Vm;

/// Fills in the classes of this module.
pub fn install(vm: &mut Vm) {
    root::install(vm);
    metaclass::install(vm);
    descriptors::install(vm);
    superclass::install(vm);
    functions::install(vm);
    code::install(vm);
    modules::install(vm);
    iteration::install(vm);
    generators::install(vm);
    exceptions::install(vm);
    tracebacks::install(vm);
}
