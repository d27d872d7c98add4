//! Generators: a loop over one, or a delegation to one, goes on in the generator's frame, as after a call.
//!
//! The frame lies on the value stack just as the interpreter has it (see [`crate::core_types::generators`]), so that an
//! exit finds a running generator. Its words come out of the generator when it is resumed, and go back when it yields. In
//! between they are slots like any other: values in registers.

use sashiko_trace::recorded::Slot;

use super::arith::shape_of;
use super::inline::{Call, Locals};
use super::{Expander, Expansion, Next};
use crate::builtins::consumers;
use crate::core_types::generators::{self, Generator, Links};
use crate::layout::{
    self, EMPTY, FRAME_CALLER, FRAME_FUNCTION, FRAME_LOCALS, FRAME_RETURN, FRAME_WORDS, NONE,
    RETURN_WANTED, Word,
};
use crate::objects::code::CodeUnit;
use crate::objects::function::Function;
use crate::opcode as op;
use crate::uops_table::op as uop;

impl Expander<'_> {
    /// Resumes the generator at `depth` below the top (0 is the top), if it can be inlined.
    pub(super) fn resume_generator(&mut self, depth: u16, links: Links) -> Option<Expansion> {
        let receiver = self.cursor.peek(depth as usize);
        let value = if depth == 0 {
            NONE
        } else {
            self.cursor.peek(0)
        };
        if !generators::can_enter(self.vm, receiver, value) {
            return None;
        }
        let generator = receiver as *mut Generator;
        if generators::recurs(generator) {
            return None;
        }
        // SAFETY: it is suspended: it has a function, and goes on in its code.
        let (resume, len, function) = unsafe {
            let function = (*generator).function as *mut Function;
            ((*generator).resume, (*generator).len, function)
        };
        // SAFETY: functions own what they name.
        let (code, globals) = unsafe { ((*function).code, (*function).globals) };
        if resume & layout::GENERATOR_HANDLING != 0
            || !self.recording.may_inline(code, &self.cursor)
            || self.cursor.code == code
        {
            return None;
        }
        // SAFETY: as above.
        let (pc, created) = unsafe {
            let unit = resume as *const CodeUnit;
            let created = (*unit.sub(1)).op == op::RETURN_GENERATOR;
            (unit.offset_from((*code).units.as_ptr()) as u32, created)
        };
        self.recording.keep(function as Word);
        self.peek(uop::GUARD_GENERATOR, &[depth], &[]);
        self.peek(uop::GUARD_GENERATOR_AT, &[depth], &[resume]);
        self.peek(uop::GENERATOR_FUNCTION, &[depth], &[]);
        self.peek(uop::GUARD_FUNCTION_CODE, &[0], &[code as Word, globals]);
        self.recorder().drop_top();
        self.peek(uop::GUARD_NOTHING_HANDLED, &[], &[]);
        if created && depth != 0 {
            self.peek(uop::GUARD_NONE, &[0], &[]);
        }
        let caller = self.recording.recorder.frame();
        let top = self.recording.recorder.top().0;
        let iterator = Slot(top - 1 - i32::from(depth));
        let base = Slot(iterator.0 + 1 + FRAME_WORDS as i32);
        let bottom = Slot(base.0 + len as i32);
        // Work above everything that moves.
        self.recorder().enter_frame(caller, Slot(bottom.0 + 1));
        if depth == 0 {
            self.recorder().constant(NONE);
        } else {
            self.recorder().load(Slot(top - 1));
        }
        self.recorder().store(bottom);
        self.recorder().load(iterator);
        for index in 0..len {
            self.peek(uop::GENERATOR_WORD, &[0], &[u64::from(index)]);
            self.recorder().store(Slot(base.0 + index as i32));
        }
        self.peek(uop::GENERATOR_FUNCTION, &[0], &[]);
        self.recorder().store(header(base, FRAME_FUNCTION));
        self.peek(uop::GENERATOR_RUN, &[0], &[]);
        self.recorder().store(header(base, FRAME_LOCALS));
        self.recorder().constant(links.word());
        self.recorder().store(header(base, FRAME_RETURN));
        self.recorder().constant((base.0 - caller.0) as Word);
        self.recorder().store(header(base, FRAME_CALLER));
        self.recorder().enter_frame(base, Slot(bottom.0 + 1));
        // SAFETY: the frame will lie above the receiver, on the value stack.
        let entered = unsafe {
            let receiver = self.cursor.sp.sub(usize::from(depth) + 1);
            receiver.add(1 + FRAME_WORDS)
        };
        self.recording.knows(false);
        self.recording.inlined.push(self.cursor.base);
        self.recording.note_resumed(base);
        Some(Ok(Next::In(entered, pc)))
    }

    /// The generator that runs in this frame, if it is one's.
    pub(super) fn running_generator(&self) -> bool {
        // SAFETY: part of every frame; a live value.
        unsafe {
            let word = *self.cursor.base.offset(FRAME_LOCALS);
            layout::has_shape(word, layout::SHAPE_GENERATOR)
        }
    }

    fn word_of_frame(&self, offset: isize) -> Word {
        // SAFETY: part of the live frame's header.
        unsafe { *self.cursor.base.offset(offset) }
    }

    pub(super) fn yield_value(&mut self) -> Expansion {
        let Some(consumer) = self.consumer() else {
            // From one item to the next: going in and out would cost more than it saves. A consumer's loop takes it in.
            return Err("yields from the frame it began in");
        };
        let base = self.recording.recorder.frame();
        let value = Slot(self.recording.recorder.top().0 - 1);
        let len = value.0 - base.0;
        let slots = self.cursor.code().locals.len() as i32;
        // SAFETY: an instruction follows.
        let resume = unsafe {
            self.cursor
                .code()
                .units
                .as_ptr()
                .add(self.next_pc() as usize)
        };
        self.recorder().load(header(base, FRAME_LOCALS));
        for index in 0..len {
            let slot = Slot(base.0 + index);
            if index < slots && self.recording.unchanged_since_resumed(base, slot) {
                continue;
            }
            self.recorder().load(slot);
            self.peek(uop::GENERATOR_STORE, &[1, 0], &[index as u64]);
            self.recorder().drop_top();
        }
        self.peek(uop::GENERATOR_SUSPEND, &[0], &[resume as u64, len as u64]);
        self.recorder().drop_top();
        let place = header(base, FRAME_FUNCTION);
        self.recorder().store(place);
        let item = self.word_of_frame(FRAME_RETURN) as u32;
        self.leave_for(consumer, Slot(place.0 + 1));
        Ok(Next::In(consumer, item))
    }

    /// The frame that a generator in this frame was resumed from, if the trace has it.
    fn consumer(&self) -> Option<*mut Word> {
        let &consumer = self.recording.inlined.last()?;
        (self.word_of_frame(FRAME_CALLER) != 0).then_some(consumer)
    }

    fn leave_for(&mut self, caller: *mut Word, top: Slot) {
        let frame = self.recording.slot_of(caller);
        self.recorder().enter_frame(frame, top);
        self.recording.inlined.pop();
    }

    /// `RETURN_VALUE` of a generator.
    pub(super) fn return_from_generator(&mut self) -> Expansion {
        let Some(consumer) = self.consumer() else {
            return Ok(Next::Leave);
        };
        let links = self.word_of_frame(FRAME_RETURN);
        let wanted = links & RETURN_WANTED != 0;
        let base = self.recording.recorder.frame();
        let seen = self.cursor.peek(0);
        if !wanted {
            self.guard_immediate(0, seen);
        }
        self.guard_locals();
        self.recorder().load(header(base, FRAME_LOCALS));
        self.uop(uop::GENERATOR_FINISH);
        self.release_locals();
        self.recorder().load(header(base, FRAME_FUNCTION));
        self.uop(uop::DECREF);
        let place = header(base, FRAME_FUNCTION);
        if wanted {
            self.recorder().store(place);
        } else {
            self.release(seen);
        }
        self.leave_for(consumer, Slot(place.0 + i32::from(wanted)));
        let end = (links & !RETURN_WANTED) >> 32;
        Ok(Next::In(consumer, end as u32))
    }

    fn guard_locals(&mut self) {
        for index in 0..self.cursor.code().locals.len() as u32 {
            let slot = self.local(index);
            let seen = self.cursor.local(index);
            self.recorder().load(slot);
            self.guard_immediate(0, seen);
            self.recorder().drop_top();
        }
    }

    fn release_locals(&mut self) {
        for index in 0..self.cursor.code().locals.len() as u32 {
            if layout::is_pointer(self.cursor.local(index)) {
                let slot = self.local(index);
                self.recorder().load(slot);
                self.uop(uop::DECREF);
            }
        }
    }

    /// `RETURN_GENERATOR`, in the frame of a call: what is in it moves into a new generator.
    pub(super) fn return_generator(&mut self) -> Expansion {
        let Some(&caller) = self.recording.inlined.last() else {
            return Ok(Next::Leave);
        };
        if self.word_of_frame(FRAME_LOCALS) != EMPTY {
            return Err("a generator that is no function");
        }
        let base = self.recording.recorder.frame();
        let len = self.recording.recorder.top().0 - base.0;
        // SAFETY: an instruction follows.
        let resume = unsafe {
            self.cursor
                .code()
                .units
                .as_ptr()
                .add(self.next_pc() as usize)
        };
        self.recording.keep(self.cursor.code as Word);
        let place = header(base, FRAME_FUNCTION);
        self.recorder().load(place);
        self.peek(uop::NEW_GENERATOR, &[0], &[resume as u64]);
        self.recorder().nip(1);
        for index in 0..len {
            self.recorder().load(Slot(base.0 + index));
            self.peek(uop::GENERATOR_STORE, &[1, 0], &[index as u64]);
            self.recorder().drop_top();
        }
        self.peek(uop::GENERATOR_SUSPEND, &[0], &[resume as u64, len as u64]);
        self.recorder().store(place);
        let return_pc = self.word_of_frame(FRAME_RETURN) as u32;
        self.leave_for(caller, Slot(place.0 + 1));
        Ok(Next::In(caller, return_pc))
    }

    /// `SEND`: on into a generator, or through whatever the receiver has.
    pub(super) fn send(&mut self, distance: u32) -> Expansion {
        let behind = self.next_pc();
        let links = Links {
            item: behind as usize,
            end: (behind + distance) as usize,
            wants_value: true,
        };
        if let Some(expansion) = self.resume_generator(1, links) {
            return expansion;
        }
        let value = self.cursor.peek(0);
        self.guard_operands(&[0]);
        Ok(Next::Item {
            item: behind,
            end: behind + distance,
            sent: Some(value),
        })
    }

    /// A call of a native that is Python when it gets a generator (see [`consumers`]).
    pub(super) fn consume(&mut self, callable: Word, count: usize) -> Option<Expansion> {
        if count != 1 || shape_of(self.cursor.peek(0)) != layout::SHAPE_GENERATOR {
            return None;
        }
        let word = consumers::of(self.vm, callable)?;
        let function = word as *mut Function;
        if !self.may_inline(function) {
            return None;
        }
        self.recording.keep(callable);
        let receiver = self.cursor.peek(1);
        self.peek(uop::GUARD_SAME, &[2], &[callable]);
        self.peek(uop::GUARD_GENERATOR, &[0], &[]);
        self.guard_receiver_at(1, receiver);
        let first = self.operand(2);
        let at = |offset: i32| Slot(first.0 + offset);
        self.push_constant(word);
        let call = Call {
            function,
            callable: self.operand(0),
            operands: 3,
            parameters: (1 + i32::from(receiver == EMPTY)..3).map(at).collect(),
            released: vec![(first, callable)],
            locals: Locals::Nothing,
        };
        self.recording.knows(true);
        Some(self.enter(&call))
    }

    /// `END_SEND`: the receiver below the value goes.
    pub(super) fn end_send(&mut self) -> Expansion {
        let receiver = self.cursor.peek(1);
        self.guard_operands(&[1]);
        self.recorder().swap(1);
        self.release(receiver);
        self.next()
    }
}

fn header(base: Slot, word: isize) -> Slot {
    Slot(base.0 + word as i32)
}
