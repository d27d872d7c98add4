//! `traceback` objects, as far as programs look at them: `tb_lineno` and `tb_next`.

use crate::core_types::descriptors::GetSetDef;
use crate::layout::{Header, Word};
use crate::object::{Object, cast};
use crate::objects::exception::Exception;
use crate::value::{Value, decref};
use crate::vm::Vm;

/// One entry of a traceback.
#[repr(C)]
pub struct Traceback {
    header: Header,
    line: u32,
    /// The next inner entry, owned, or `None`.
    next: Word,
}

impl Object for Traceback {
    unsafe fn drop_contents(&mut self) {
        decref(self.next);
    }
}

/// Fills in the class.
pub fn install(vm: &mut Vm) {
    let class = vm.new_builtin_class::<Traceback>("traceback", vm.types.object);
    let line: fn(&mut Vm, Word) -> crate::error::Outcome<Value> =
        |vm, it| Ok(vm.new_int(entry(it).line.into()));
    let next: fn(&mut Vm, Word) -> crate::error::Outcome<Value> =
        |_, it| Ok(Value::borrowed(entry(it).next));
    vm.define_getset(
        class,
        &[
            GetSetDef {
                name: "tb_lineno",
                get: line,
                set: None,
            },
            GetSetDef {
                name: "tb_next",
                get: next,
                set: None,
            },
        ],
    );
    vm.ready(class);
}

fn entry<'a>(word: Word) -> &'a Traceback {
    let entry = cast::<Traceback>(word).expect("the descriptors of the class get its instances");
    // SAFETY: a live object, which does not change.
    unsafe { &*entry }
}

/// The traceback of an exception, outermost entry first; `None` if it was not raised yet.
pub fn of_exception(vm: &Vm, exception: &Exception) -> Value {
    let mut inner = Value::NONE;
    for item in &exception.traceback {
        let line = item.code().position_at(item.offset).line;
        let next = inner.into_word();
        inner = vm.new_object::<Traceback>(|header| Traceback { header, line, next });
    }
    inner
}
