//! Modules as objects.

use crate::error::Outcome;
use crate::layout::Word;
use crate::objects::dict;
use crate::objects::module::Module;
use crate::objects::string::as_str;
use crate::value::Value;
use crate::vm::Vm;

/// Fills in the class.
pub fn install(vm: &mut Vm) {
    let class = vm.types.module;
    // SAFETY: classes are never freed.
    unsafe {
        (*class).slots.get_attr = Some(get_attr);
        (*class).slots.set_attr = Some(set_attr);
        (*class).slots.repr = Some(|vm, object| {
            let name = dict::get_name(namespace(object), vm.names.__name__)
                .and_then(as_str)
                .unwrap_or("?");
            Ok(vm.new_str(&format!("<module '{name}' (built-in)>")))
        });
    }
    vm.ready(class);
}

/// The namespace of a module.
pub fn namespace(module: Word) -> Word {
    // SAFETY: callers pass modules.
    unsafe { (*(module as *mut Module)).namespace }
}

fn get_attr(vm: &mut Vm, module: Word, name: Word) -> Outcome<Option<Value>> {
    if name == vm.names.__dict__ {
        return Ok(Some(Value::borrowed(namespace(module))));
    }
    if let Some(found) = dict::get_name(namespace(module), name) {
        return Ok(Some(Value::borrowed(found)));
    }
    vm.generic_get_attr(module, name)
}

fn set_attr(vm: &mut Vm, module: Word, name: Word, value: Option<Word>) -> Outcome<()> {
    match value {
        Some(value) => dict::set_name(namespace(module), name, Value::borrowed(value)),
        None if dict::remove_name(namespace(module), name).is_none() => {
            return Err(vm.no_attribute(module, name));
        }
        None => {}
    }
    Ok(())
}
