//! The built-in functions.
//!
//! | file           | functions                                                    |
//! |----------------|--------------------------------------------------------------|
//! | `arithmetic`   | `abs`, `divmod`, `pow`, `round`, `sum`, `min`, `max`, number text |
//! | `iteration`    | `enumerate`, `zip`, `map`, `filter`, `reversed`, `iter`, `next`, `sorted`, `any`, `all` |
//! | `introspection`| `type`s and attributes: `isinstance`, `getattr`, `dir`, `vars`, `globals`… |
//! | `io`           | `print`, `input`                                             |
//! | `consumers`    | what `sum`, `list` and the like do with a generator          |

#![expect(
    clippy::single_match_else,
    reason = "a match shows both outcomes side by side"
)]

mod arithmetic;
pub mod consumers;
mod introspection;
pub mod io;
pub mod iteration;

use crate::objects::native::NativeDef;
use crate::vm::Vm;

/// Adds the functions to `builtins`.
pub fn install(vm: &mut Vm) {
    for table in [
        arithmetic::FUNCTIONS,
        iteration::FUNCTIONS,
        introspection::FUNCTIONS,
        io::FUNCTIONS,
    ] {
        for def in table {
            add(vm, def);
        }
    }
    iteration::install(vm);
}

fn add(vm: &mut Vm, def: &NativeDef) {
    let function = vm.new_native(def, std::ptr::null_mut());
    vm.set_builtin(def.name, function);
}
