//! Python functions: code, and what it was made with.

use crate::layout::{self, EMPTY, FunctionPrefix, Word};
use crate::object::{Object, allocate};
use crate::objects::code::Code;
use crate::value::{Value, decref, incref};
use crate::vm::Vm;

/// A Python function.
#[repr(C)]
pub struct Function {
    /// What compiled code reads.
    pub prefix: FunctionPrefix,
    /// Its code, owned.
    pub code: *mut Code,
    /// The globals it sees, a dict, owned.
    pub globals: Word,
    /// The builtins it sees, a dict, owned.
    pub builtins: Word,
    /// Tuple of cells, owned; [`EMPTY`] if it has no free variables.
    pub closure: Word,
    /// Tuple of default values, owned; [`EMPTY`] if there are none.
    pub defaults: Word,
    /// Dict of defaults of keyword-only parameters, owned; [`EMPTY`] if there are none.
    pub keyword_defaults: Word,
    /// `__name__`, owned.
    pub name: Word,
    /// `__qualname__`, owned.
    pub qualname: Word,
    /// `__doc__`, owned.
    pub doc: Word,
    /// `__annotate__` or `__annotations__`, owned; [`EMPTY`] if there are none.
    pub annotations: Word,
    /// Other attributes, a dict, owned; [`EMPTY`] until one is set.
    pub attributes: Word,
    /// Has it, as a special method, answered `NotImplemented`?
    pub declines: bool,
}

// Compiled code reads the first fields by the layout that stencils are made with.
const _: () = {
    use layout::FunctionBody;
    assert!(std::mem::offset_of!(Function, code) == std::mem::offset_of!(FunctionBody, code));
    assert!(std::mem::offset_of!(Function, globals) == std::mem::offset_of!(FunctionBody, globals));
    assert!(std::mem::offset_of!(Function, closure) == std::mem::offset_of!(FunctionBody, closure));
};

impl Object for Function {
    const SHAPE: u32 = layout::SHAPE_FUNCTION;

    unsafe fn drop_contents(&mut self) {
        let words = [
            self.code as Word,
            self.globals,
            self.builtins,
            self.closure,
            self.defaults,
            self.keyword_defaults,
            self.name,
            self.qualname,
            self.doc,
            self.annotations,
            self.attributes,
        ];
        words.into_iter().for_each(decref);
    }
}

impl Vm {
    /// A function that runs `code` (owned) with the given globals.
    pub fn new_function(&mut self, code: Value, globals: Word, builtins: Word) -> Value {
        let code = code.into_word() as *mut Code;
        // SAFETY: a live code object.
        let (name, qualname) = unsafe { ((*code).name, (*code).qualname) };
        for word in [globals, builtins, name, qualname] {
            incref(word);
        }
        self.function_versions += 1;
        let version = self.function_versions;
        allocate(self.types.function, |header| Function {
            prefix: FunctionPrefix { header, version },
            code,
            globals,
            builtins,
            closure: EMPTY,
            defaults: EMPTY,
            keyword_defaults: EMPTY,
            name,
            qualname,
            doc: layout::NONE,
            annotations: EMPTY,
            attributes: EMPTY,
            declines: false,
        })
    }
}
