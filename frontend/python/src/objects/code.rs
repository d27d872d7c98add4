//! Code objects: the bytecode of one function, class body or module, and what it refers to.

use std::cell::OnceCell;

use crate::layout::{self, Header, Word};
use crate::liveness::{Locals, liveness};
use crate::object::Object;
use crate::opcode;
use crate::value::decref;

/// One unit of bytecode: an instruction, or 16 bits of the inline cache of the instruction before it.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(C, align(2))]
pub struct CodeUnit {
    /// Opcode ([`crate::opcode`]).
    pub op: u8,
    /// Argument; `EXTENDED_ARG` before it supplies higher bits.
    pub arg: u8,
}

/// Where in the source an instruction comes from. Columns count UTF-8 bytes from 0; −1 means "not known".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// First line, from 1.
    pub line: u32,
    /// Last line.
    pub end_line: u32,
    /// Column in the first line.
    pub column: i32,
    /// Column after the end, in the last line.
    pub end_column: i32,
}

/// A range of instructions and the handler of exceptions raised in it. Offsets are in code units.
#[derive(Clone, Copy, Debug)]
pub struct Handler {
    /// First instruction covered.
    pub start: u32,
    /// First instruction not covered.
    pub end: u32,
    /// Where the handler begins.
    pub target: u32,
    /// Depth the operand stack is cut down to.
    pub depth: u32,
    /// Does the handler want the offset of the raising instruction below the exception?
    pub push_lasti: bool,
}

/// What a slot of a frame below the operand stack is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalKind {
    /// A local variable (or an argument), perhaps also a cell.
    Local,
    /// A cell of a variable that an inner function uses.
    Cell,
    /// A cell that came with the closure.
    Free,
}

/// `*args` collects extra positional arguments.
pub const CODE_VARARGS: u32 = 0x4;
/// `**kwargs` collects extra keyword arguments.
pub const CODE_VARKEYWORDS: u32 = 0x8;
/// The body of a function: locals are in slots.
pub const CODE_OPTIMIZED: u32 = 0x1;
/// A generator function.
pub const CODE_GENERATOR: u32 = 0x20;
/// A coroutine function.
pub const CODE_COROUTINE: u32 = 0x80;
/// An asynchronous generator function.
pub const CODE_ASYNC_GENERATOR: u32 = 0x200;

/// The compiled form of a function.
#[derive(Clone, Copy, Debug)]
pub struct Compiled {
    /// The trace that begins at [`Code::entry`].
    pub trace: sashiko_trace::recorded::TraceId,
    /// The way into it.
    pub entry: sashiko_backend::EntryPoint,
    /// The globals of the function it was recorded in: it is of no use to a function with the same code and others.
    pub globals: Word,
}

/// A code object.
#[repr(C)]
pub struct Code {
    /// Shape [`layout::SHAPE_CODE`].
    pub header: Header,
    /// The instructions; the interpreter rewrites them in place.
    pub units: Box<[CodeUnit]>,
    /// Constants, owned.
    pub consts: Box<[Word]>,
    /// Names of globals and attributes, interned.
    pub names: Box<[Word]>,
    /// Names of the slots, interned: locals, then cells, then free variables.
    pub locals: Box<[Word]>,
    /// What each slot is.
    pub kinds: Box<[LocalKind]>,
    /// Number of positional parameters, positional-only ones included.
    pub arg_count: usize,
    /// Number of positional-only parameters.
    pub positional_only: usize,
    /// Number of keyword-only parameters.
    pub keyword_only: usize,
    /// Number of slots that hold parameters, `*args` and `**kwargs` included.
    pub parameters: usize,
    /// Words of the operand stack.
    pub stack_size: usize,
    /// Words of a whole frame.
    pub frame_words: usize,
    /// `CODE_*`.
    pub flags: u32,
    /// Can a call pass exactly `arg_count` positional arguments straight into the slots? (No `*args`, `**kwargs`,
    /// keyword-only parameters.)
    pub simple: bool,
    /// Number of free variables.
    pub free_count: usize,
    /// Name, a string.
    pub name: Word,
    /// Qualified name, a string.
    pub qualname: Word,
    /// Source file, a string.
    pub filename: Word,
    /// Line of the definition.
    pub first_line: u32,
    /// Handlers, sorted by start; the first that covers an offset is the innermost.
    pub handlers: Box<[Handler]>,
    /// Source position of each unit.
    pub positions: Box<[Position]>,
    /// Offset behind the `RESUME` at which calls arrive: where the trace of the function begins. `None` for generators.
    pub entry: Option<u32>,
    /// Does it jump backward?
    pub loops: bool,
    /// Calls until the function is looked at by the JIT.
    pub calls_left: u32,
    /// Its trace, if it has one.
    pub compiled: Option<Compiled>,
    /// Number of this code object in the VM: stable, in the order of compilation.
    pub id: u32,
    /// The locals that are live before each unit, once somebody has asked.
    pub liveness: OnceCell<Option<Box<[Locals]>>>,
}

impl Object for Code {
    const SHAPE: u32 = layout::SHAPE_CODE;

    unsafe fn drop_contents(&mut self) {
        for &constant in &self.consts {
            decref(constant);
        }
        decref(self.name);
        decref(self.qualname);
        decref(self.filename);
        // SAFETY: dropped once, here.
        unsafe {
            std::ptr::drop_in_place(&raw mut self.units);
            std::ptr::drop_in_place(&raw mut self.consts);
            std::ptr::drop_in_place(&raw mut self.names);
            std::ptr::drop_in_place(&raw mut self.locals);
            std::ptr::drop_in_place(&raw mut self.kinds);
            std::ptr::drop_in_place(&raw mut self.handlers);
            std::ptr::drop_in_place(&raw mut self.positions);
            std::ptr::drop_in_place(&raw mut self.liveness);
        }
    }
}

impl Code {
    /// The locals that the instruction at `offset`, or one after it, may read; `None` if the code may look at its locals by
    /// name.
    pub fn live_at(&self, offset: u32) -> Option<Locals> {
        let live = self.liveness.get_or_init(|| liveness(self)).as_ref()?;
        Some(live.get(offset as usize).copied().unwrap_or(!0))
    }

    /// The handler for an exception raised at `offset`.
    pub fn handler_at(&self, offset: u32) -> Option<&Handler> {
        self.handlers
            .iter()
            .find(|handler| (handler.start..handler.end).contains(&offset))
    }

    /// Does an exception raised at `offset` of a generator run code of the program's: `finally`, `except`, `with`?
    pub fn cleans_up_at(&self, offset: u32) -> bool {
        let Some(handler) = self.handler_at(offset) else {
            return false;
        };
        match self.units[handler.target as usize].op {
            // Around every generator's body: looks for StopIteration.
            opcode::CALL_INTRINSIC_1 => false,
            // Around the delegation to another generator.
            opcode::CLEANUP_THROW => self.cleans_up_at(handler.target),
            _ => true,
        }
    }

    /// The source position of the unit at `offset`.
    pub fn position_at(&self, offset: usize) -> Position {
        let unknown = Position {
            line: self.first_line,
            end_line: self.first_line,
            column: -1,
            end_column: -1,
        };
        self.positions.get(offset).copied().unwrap_or(unknown)
    }
}
