//! Modules: a name and a namespace.

use crate::layout::{self, Header, Word};
use crate::object::{Object, allocate};
use crate::objects::dict;
use crate::value::{Value, decref};
use crate::vm::Vm;

/// A module.
#[repr(C)]
pub struct Module {
    /// Shape [`layout::SHAPE_MODULE`].
    pub header: Header,
    /// The namespace, a dict, owned.
    pub namespace: Word,
}

impl Object for Module {
    const SHAPE: u32 = layout::SHAPE_MODULE;

    unsafe fn drop_contents(&mut self) {
        decref(self.namespace);
    }
}

impl Vm {
    /// A new module with `__name__` set.
    pub fn new_module(&mut self, name: &str) -> Value {
        let namespace = self.new_dict();
        let key = self.names.__name__;
        let text = self.new_str(name);
        dict::set_name(namespace.word(), key, text);
        let key = self.names.__doc__;
        dict::set_name(namespace.word(), key, Value::NONE);
        allocate(self.types.module, |header| Module {
            header,
            namespace: namespace.into_word(),
        })
    }

    /// Sets attribute `name` of `module`.
    pub fn set_module_attr(&mut self, module: &Value, name: &str, value: Value) {
        let name = self.intern(name);
        // SAFETY: callers pass modules.
        let namespace = unsafe { (*(module.word() as *mut Module)).namespace };
        dict::set_name(namespace, name, value);
    }
}
