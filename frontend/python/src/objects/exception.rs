//! Exceptions as objects.

use crate::class::Class;
use crate::layout::{EMPTY, Header, Word};
use crate::object::{Object, allocate, cast};
use crate::objects::code::Code;
use crate::value::{Value, decref};
use crate::vm::Vm;

/// One line of a traceback.
pub struct TracebackEntry {
    /// The code that ran, kept alive.
    pub code: Value,
    /// The instruction, in code units.
    pub offset: usize,
    /// What the frame's slots held when the exception left it, owned: as in `CPython`, where the traceback holds the
    /// frame, locals live until the exception has been dealt with.
    pub locals: Vec<Word>,
}

impl Drop for TracebackEntry {
    fn drop(&mut self) {
        self.locals.drain(..).for_each(decref);
    }
}

impl TracebackEntry {
    /// The code that ran.
    pub fn code(&self) -> &Code {
        // SAFETY: `code` is a code object, and owned by the entry.
        unsafe { &*(self.code.word() as *const Code) }
    }
}

/// An exception: an instance of `BaseException` or of a class derived from it.
#[repr(C)]
pub struct Exception {
    /// Shape [`crate::layout::SHAPE_OTHER`].
    pub header: Header,
    /// `args`, a tuple, owned.
    pub args: Word,
    /// `__cause__`, owned; [`EMPTY`] if not set.
    pub cause: Word,
    /// `__context__`, owned; [`EMPTY`] if there is none.
    pub context: Word,
    /// `__suppress_context__`.
    pub suppress_context: bool,
    /// Attributes of user classes, and of built-in ones that have some (`StopIteration.value`): a dict, owned; [`EMPTY`]
    /// until one is set.
    pub attributes: Word,
    /// Where it passed, innermost first. The vector grows as the exception travels outwards.
    pub traceback: Vec<TracebackEntry>,
}

impl Object for Exception {
    unsafe fn drop_contents(&mut self) {
        for word in [self.args, self.cause, self.context, self.attributes] {
            decref(word);
        }
        // SAFETY: dropped once, here.
        unsafe { std::ptr::drop_in_place(&raw mut self.traceback) }
    }
}

/// A new exception of `class`, which must be derived from `BaseException`.
pub fn new(vm: &Vm, class: *mut Class, args: Vec<Value>) -> Value {
    let args = vm.new_tuple(args).into_word();
    allocate(class, |header| Exception {
        header,
        args,
        cause: EMPTY,
        context: EMPTY,
        suppress_context: false,
        attributes: EMPTY,
        traceback: Vec::new(),
    })
}

/// The exception behind `word`, if it is one.
pub fn cast_exception<'a>(word: Word) -> Option<&'a mut Exception> {
    // SAFETY: a live exception; borrows are short.
    cast::<Exception>(word).map(|exception| unsafe { &mut *exception })
}

/// Replaces what an owned slot of an object holds.
pub fn set_slot(slot: &mut Word, value: Option<Value>) {
    let old = std::mem::replace(slot, value.map_or(EMPTY, Value::into_word));
    decref(old);
}
