//! Builtins that take all of an iterable, in Python: what they are called with a generator for.
//!
//! A native would run an interpreter of its own for each item. These are ordinary loops: the generator goes on in the
//! interpreter's own loop, and a trace takes both in. They are left out of tracebacks.

use crate::compile;
use crate::interp;
use crate::layout::{EMPTY, Word};
use crate::objects::dict;
use crate::objects::function::Function;
use crate::value::Value;
use crate::vm::Vm;

/// What frames of these functions are called in dumps.
pub const FILENAME: &str = "<builtins>";

/// Names that begin with `_` are the natives.
const SOURCE: &str = "
def any(items):
    for item in items:
        if item:
            return True
    return False

def all(items):
    for item in items:
        if not item:
            return False
    return True

def sum(items):
    total = 0
    for item in items:
        kind = _type(item)
        if kind is not _int and kind is not _bool:
            return _sum_on(total, item, items)
        total += item
    return total

def max(items):
    for best in items:
        break
    else:
        return _max(())
    for item in items:
        if item > best:
            best = item
    return best

def min(items):
    for best in items:
        break
    else:
        return _min(())
    for item in items:
        if item < best:
            best = item
    return best

def list(items):
    return [item for item in items]

def tuple(items):
    return _tuple([item for item in items])

def set(items):
    return {item for item in items}

def frozenset(items):
    return _frozenset([item for item in items])

def sorted(items):
    return _sorted([item for item in items])

def join(separator, items):
    return _join(separator, [item for item in items])
";

/// A native, and the function that does the same for a generator.
pub type Consumer = (Word, Value);

/// The function that does for a generator what the native `callable` does for any iterable.
pub fn of(vm: &mut Vm, callable: Word) -> Option<Word> {
    if vm.consumers.is_none() {
        let consumers = make(vm);
        vm.consumers = Some(consumers);
    }
    let consumers = vm.consumers.as_ref()?;
    let found = consumers.iter().find(|(native, _)| *native == callable);
    found.map(|(_, function)| function.word())
}

fn make(vm: &mut Vm) -> Vec<Consumer> {
    let Ok(code) = compile::compile_module(vm, SOURCE, FILENAME) else {
        debug_assert!(false, "the text above is Python");
        return Vec::new();
    };
    let builtins = vm.builtins.word();
    let mut natives: Vec<(&str, Word)> = Vec::new();
    for name in [
        "any",
        "all",
        "sum",
        "max",
        "min",
        "list",
        "tuple",
        "set",
        "frozenset",
        "sorted",
    ] {
        let key = vm.intern(name);
        natives.extend(dict::get_name(builtins, key).map(|native| (name, native)));
    }
    let join = vm.intern("join");
    // SAFETY: classes are never freed.
    let join = unsafe { (*vm.types.str).lookup(join) };
    natives.extend(join.map(|native| ("join", native)));
    let namespace = vm.new_dict();
    let helpers = ["type", "int", "bool"].map(|name| {
        let key = vm.intern(name);
        (name, dict::get_name(builtins, key).unwrap_or(EMPTY))
    });
    let sum_on = vm.new_native(&super::arithmetic::SUM_ON, std::ptr::null_mut());
    let all = natives
        .iter()
        .copied()
        .chain(helpers)
        .chain([("sum_on", sum_on.word())]);
    for (name, native) in all.filter(|&(_, native)| native != EMPTY) {
        let name = vm.new_str(&format!("_{name}"));
        if let Ok(name) = vm.attribute_name(name.word()) {
            dict::set_name(namespace.word(), name, Value::borrowed(native));
        }
    }
    let module = vm.new_function(code, namespace.word(), builtins);
    let body = Value::borrowed(namespace.word());
    if interp::run_body(vm, module.word() as *mut Function, body).is_err() {
        debug_assert!(false, "definitions raise nothing");
        drop(vm.take_pending());
    }
    let mut consumers = Vec::new();
    for (name, native) in natives {
        let key = vm.intern(name);
        if let Some(function) = dict::get_name(namespace.word(), key) {
            consumers.push((native, Value::borrowed(function)));
        }
    }
    consumers
}
