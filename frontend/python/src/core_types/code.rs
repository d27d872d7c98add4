//! Code objects, as far as programs look at them.

use crate::core_types::descriptors::GetSetDef;
use crate::layout::Word;
use crate::objects::code::Code;
use crate::objects::string::as_str;
use crate::value::Value;
use crate::vm::Vm;

fn code<'a>(word: Word) -> &'a Code {
    // SAFETY: the descriptors and slots of the class get its instances.
    unsafe { &*(word as *mut Code) }
}

/// Fills in the class.
pub fn install(vm: &mut Vm) {
    let class = vm.types.code;
    // SAFETY: classes are never freed.
    unsafe {
        (*class).slots.repr = Some(|vm, object| {
            let code = code(object);
            let (name, file) = (
                as_str(code.name).unwrap_or("?"),
                as_str(code.filename).unwrap_or("?"),
            );
            let line = code.first_line;
            Ok(vm.new_str(&format!(
                "<code object {name} at {object:#x}, file \"{file}\", line {line}>"
            )))
        });
    }
    vm.define_getset(
        class,
        &[
            GetSetDef {
                name: "co_name",
                get: |_, it| Ok(Value::borrowed(code(it).name)),
                set: None,
            },
            GetSetDef {
                name: "co_qualname",
                get: |_, it| Ok(Value::borrowed(code(it).qualname)),
                set: None,
            },
            GetSetDef {
                name: "co_filename",
                get: |_, it| Ok(Value::borrowed(code(it).filename)),
                set: None,
            },
            GetSetDef {
                name: "co_firstlineno",
                get: |vm, it| Ok(vm.new_int(code(it).first_line.into())),
                set: None,
            },
            GetSetDef {
                name: "co_argcount",
                get: |vm, it| Ok(vm.new_int(code(it).arg_count as i64)),
                set: None,
            },
            GetSetDef {
                name: "co_varnames",
                get: |vm, it| Ok(vm.new_tuple_from(&code(it).locals)),
                set: None,
            },
            GetSetDef {
                name: "co_names",
                get: |vm, it| Ok(vm.new_tuple_from(&code(it).names)),
                set: None,
            },
            GetSetDef {
                name: "co_consts",
                get: |vm, it| Ok(vm.new_tuple_from(&code(it).consts)),
                set: None,
            },
            GetSetDef {
                name: "co_flags",
                get: |vm, it| Ok(vm.new_int(code(it).flags.into())),
                set: None,
            },
        ],
    );
    vm.ready(class);
}
