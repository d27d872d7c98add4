//! Frames of inlined calls: how one is laid out over the operands of a call, and how it is left.
//!
//! An inlined call lies on the value stack just as the interpreter would have put it (see [`crate::interp::frames`]), so
//! that an exit finds real frames. Its header words and arguments are stores of known values, which the optimizer sinks
//! into the exits: what remains of a call is its guards.

use sashiko_trace::recorded::Slot;

use super::iteration::TUPLES;
use super::{Expander, Expansion, Next};
use crate::interp::binding::{Parameter, parameters};
use crate::interp::special::Use;
use crate::jit::watch;
use crate::layout::{
    self, EMPTY, FRAME_CALLER, FRAME_FUNCTION, FRAME_LOCALS, FRAME_RETURN, FRAME_WORDS, NONE, Word,
};
use crate::objects::function::Function;
use crate::uops_table::op as uop;

/// A call about to be inlined. All its guards have been written. Words named here by slots own references, which move.
pub(super) struct Call {
    /// The function that will run, as it is now.
    pub(super) function: *mut Function,
    /// Where its word lies.
    pub(super) callable: Slot,
    /// Operands of the instruction that the call takes off the stack; the frame begins where the first of them lies.
    pub(super) operands: usize,
    /// What each parameter is given.
    pub(super) parameters: Vec<Slot>,
    /// Operands that are not handed on, as they are now.
    pub(super) released: Vec<(Slot, Word)>,
    /// What its [`FRAME_LOCALS`] says.
    pub(super) locals: Locals,
}

/// What a frame's [`FRAME_LOCALS`] says of an inlined call.
#[derive(Clone, Copy)]
pub(super) enum Locals {
    /// Nothing: the result is the call's.
    Nothing,
    /// It is an `__init__`, which gives back this instance.
    Instance(Slot),
    /// It is a special method, whose result is used like this.
    Use(Use),
}

impl Expander<'_> {
    /// The slot of the operand at `depth`.
    pub(super) fn operand(&mut self, depth: usize) -> Slot {
        Slot(self.recorder().top().0 - 1 - depth as i32)
    }

    /// May a call of `function` be laid out in the trace, and does that pay? A loop has, or gets, a trace of its own.
    pub(super) fn may_inline(&self, function: *mut Function) -> bool {
        // SAFETY: a live function, which owns its code.
        let (version, code) = unsafe { ((*function).prefix.version, &*(*function).code) };
        let pays = !code.loops && !self.recording.is_long();
        version != 0 && pays && self.recording.may_inline(code, &self.cursor)
    }

    /// Guards that the word at `depth` is `function`, as far as its code and how it takes arguments go.
    pub(super) fn guard_function(&mut self, depth: u16, function: *mut Function, made_anew: bool) {
        self.recording.keep(function as Word);
        // SAFETY: a live function, which owns what it names.
        unsafe {
            if made_anew {
                let (code, globals) = ((*function).code as Word, (*function).globals);
                self.recording.keep(code);
                self.peek(uop::GUARD_FUNCTION_CODE, &[depth], &[code, globals]);
            } else {
                self.peek(uop::GUARD_SAME, &[depth], &[function as u64]);
                self.function_stays(function);
            }
        }
    }

    /// Pushes what has to be made for the parameters; the slots of all of them.
    pub(super) fn bind(
        &mut self,
        parameters: &[Parameter],
        given: &[Slot],
        named: &[Slot],
    ) -> Vec<Slot> {
        let slots = parameters.iter().map(|parameter| match *parameter {
            Parameter::Given(index) => given[index],
            Parameter::Named(index) => named[index],
            Parameter::Default(word) => {
                self.push_constant(word);
                self.operand(0)
            }
            Parameter::Rest(from) => {
                let rest = &given[from..];
                let top = self.recorder().top();
                let depths: Vec<u16> = rest
                    .iter()
                    .map(|slot| (top.0 - 1 - slot.0) as u16)
                    .collect();
                self.peek(TUPLES[rest.len()], &depths, &[]);
                self.operand(0)
            }
        });
        slots.collect()
    }

    /// Goes on into the function: its frame is laid out.
    pub(super) fn enter(&mut self, call: &Call) -> Expansion {
        // SAFETY: a live function, which owns its code.
        let (code, globals) = unsafe { (&*(*call.function).code, (*call.function).globals) };
        watch::find_variables(self.vm, code, globals);
        // SAFETY: the frame will lie on the value stack.
        let start = unsafe { self.cursor.sp.sub(call.operands) };
        let first = self.recording.slot_of(start);
        let base = Slot(first.0 + FRAME_WORDS as i32);
        let header = |word: isize| Slot(base.0 + word as i32);
        let slots = code.locals.len() as i32;
        let caller = self.recording.recorder.frame();
        let return_pc = u64::from(self.next_pc());
        for &(slot, seen) in &call.released {
            if layout::is_pointer(seen) {
                self.recorder().load(slot);
                self.uop(uop::DECREF);
            }
        }
        // Work above everything that moves.
        let work = self.recorder().top().0.max(base.0 + slots);
        self.recorder().enter_frame(caller, Slot(work));
        match call.locals {
            Locals::Nothing => self.recorder().constant(EMPTY),
            Locals::Instance(instance) => self.recorder().load(instance),
            Locals::Use(used) => self.recorder().constant(used.word()),
        }
        for &parameter in &call.parameters {
            self.recorder().load(parameter);
        }
        self.recorder().load(call.callable);
        self.recorder().store(header(FRAME_FUNCTION));
        for index in (0..call.parameters.len() as i32).rev() {
            self.recorder().store(Slot(base.0 + index));
        }
        self.recorder().store(header(FRAME_LOCALS));
        for index in call.parameters.len() as i32..slots {
            self.store_constant(Slot(base.0 + index), EMPTY);
        }
        self.store_constant(header(FRAME_RETURN), return_pc);
        self.store_constant(header(FRAME_CALLER), (base.0 - caller.0) as Word);
        self.recorder().enter_frame(base, Slot(base.0 + slots));
        self.recording.inlined.push(self.cursor.base);
        // SAFETY: as above.
        Ok(Next::In(unsafe { start.add(FRAME_WORDS) }, 0))
    }

    fn store_constant(&mut self, slot: Slot, word: Word) {
        self.recorder().constant(word);
        self.recorder().store(slot);
    }

    pub(super) fn return_value(&mut self) -> Expansion {
        let caller = self.recording.inlined.last().copied();
        let word = |offset: isize| {
            // SAFETY: part of the live frame's header.
            unsafe { *self.cursor.base.offset(offset) }
        };
        let return_pc = word(FRAME_RETURN) as u32;
        let locals = word(FRAME_LOCALS);
        let used = Use::of(locals);
        let is_init = locals != EMPTY && used.is_none();
        let base = self.recording.recorder.frame();
        let header = |word: isize| Slot(base.0 + word as i32);
        if caller.is_none() {
            if locals != EMPTY || self.cursor.code().entry.is_none() {
                return Ok(Next::Leave);
            }
            // Next time the frame may be one that returns in another way.
            self.recorder().load(header(FRAME_LOCALS));
            self.peek(uop::GUARD_UNBOUND, &[0], &[]);
            self.recorder().drop_top();
        }
        let seen = self.cursor.peek(0);
        if is_init {
            // The frame gives back the instance.
            if seen != NONE {
                return Err("__init__ that returns something");
            }
            self.peek(uop::GUARD_NONE, &[0], &[]);
        }
        let slots = self.cursor.code().locals.len() as u32;
        for index in 0..slots {
            let slot = self.local(index);
            let seen = self.cursor.local(index);
            self.recorder().load(slot);
            self.guard_immediate(0, seen);
            self.recorder().drop_top();
        }
        let below = match used {
            Some(used) => {
                self.guard_result(used)?;
                self.operands_below(used)
            }
            None => Vec::new(),
        };
        if is_init {
            self.recorder().drop_top();
            self.recorder().load(header(FRAME_LOCALS));
        }
        for index in 0..slots {
            if layout::is_pointer(self.cursor.local(index)) {
                let slot = self.local(index);
                self.recorder().load(slot);
                self.uop(uop::DECREF);
            }
        }
        let function = header(FRAME_FUNCTION);
        self.recorder().load(function);
        self.uop(uop::DECREF);
        self.recorder().store(function);
        let Some(caller) = caller else {
            self.recorder().enter_frame(base, Slot(function.0 + 1));
            return Ok(Next::Return);
        };
        let frame = self.recording.slot_of(caller);
        self.recorder().enter_frame(frame, Slot(function.0 + 1));
        if let Some(used) = used {
            self.complete(used, &below, seen);
        }
        self.recording.inlined.pop();
        Ok(Next::In(caller, return_pc))
    }
}

/// What the parameters of `function` are given by a call with so many positional arguments and these keywords; `None`
/// if that can't be laid out.
pub(super) fn can_bind(
    function: *mut Function,
    given: usize,
    names: &[Word],
    made_anew: bool,
) -> Option<Vec<Parameter>> {
    // SAFETY: a live function.
    let parameters = unsafe { parameters(function, given, names) }?;
    let may_make = |parameter: &Parameter| match parameter {
        Parameter::Default(_) => !made_anew,
        Parameter::Rest(from) => given - from < TUPLES.len(),
        Parameter::Given(_) | Parameter::Named(_) => true,
    };
    parameters.iter().all(may_make).then_some(parameters)
}
