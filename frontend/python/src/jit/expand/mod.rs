//! From bytecode to uops: what the recorder writes for each instruction, given the values it is about to work on.
//!
//! The rules every expansion follows:
//!
//! - **Exits come first.** Within an instruction, all uops that can exit come before the first that changes anything
//!   (a slot, an object, a count), since the interpreter begins the instruction again. Guards peek; results are pushed
//!   above and moved down last.
//! - **Kinds are settled where a value enters the trace.** A value read from a local, an object or a global is guarded
//!   to be of the immediate kind it was seen to be ([`Expander::settle`]), so that its reference count is known not to exist;
//!   an object gets its reference instead.
//! - **Slots own references**, as in the interpreter: a copy is followed by an increment, a forgotten value by a
//!   decrement.
//! - What has no expansion of its own is called ([`crate::calls`]); what can't be called ends the recording.

mod arith;
mod assume;
mod attrs;
mod calls;
mod exceptions;
mod flow;
mod functions;
mod generators;
mod inline;
mod iteration;
mod loads;
mod natives;
mod special;
mod text;

use sashiko_stencils::UopId;
use sashiko_trace::recorded::{Recorder, Slot};

use super::record::{Cursor, Recording};
use crate::layout::{self, EMPTY, NONE, Word};
use crate::opcode::{self as op, generic};
use crate::uops_table::op as uop;
use crate::vm::Vm;

/// Where the program goes after the instruction.
pub(super) enum Next {
    /// To this offset of the same frame.
    At(u32),
    /// Through the branch at `branch`, which is part of this expansion, to `then`.
    Fused {
        /// Offset of the branch.
        branch: u32,
        /// Where it goes.
        then: u32,
    },
    /// To `item` if the iterator on top has one more, to `end` if not: it is asked when the instruction is executed, and
    /// what is recorded depends on the answer.
    Item {
        /// Offset behind the `FOR_ITER` or `SEND`.
        item: u32,
        /// Offset behind the loop or delegation.
        end: u32,
        /// The value sent with `SEND`, which is on top, above the iterator.
        sent: Option<Word>,
    },
    /// To this offset of another frame.
    In(*mut Word, u32),
    /// To this offset of the same frame, after a call that the interpreter runs in a frame of its own.
    Over(u32),
    /// To this offset of the same frame, when the function has returned that the interpreter is to call.
    Called {
        /// Number of operands behind callable and receiver.
        count: usize,
        /// Offset behind the call.
        then: u32,
    },
    /// Out of the frame that the trace is entered with: the recording ends with this instruction.
    Return,
    /// The recording ends before this instruction.
    Leave,
}

/// What an expansion gives: where the program goes, or why the recording is given up.
pub(super) type Expansion = Result<Next, &'static str>;

/// One expansion under way.
pub(super) struct Expander<'a> {
    vm: &'a mut Vm,
    recording: &'a mut Recording,
    cursor: Cursor,
}

/// Writes the uops of the instruction at `cursor`.
pub(super) fn expand(vm: &mut Vm, recording: &mut Recording, cursor: &Cursor) -> Expansion {
    Expander {
        vm,
        recording,
        cursor: *cursor,
    }
    .instruction()
}

/// Writes the uops that take the exception that the instruction at `cursor` has raised to its handler.
pub(super) fn take_raised(vm: &mut Vm, recording: &mut Recording, cursor: &Cursor) -> Expansion {
    Expander {
        vm,
        recording,
        cursor: *cursor,
    }
    .take_raised()
}

impl Expander<'_> {
    fn recorder(&mut self) -> &mut Recorder {
        &mut self.recording.recorder
    }

    /// Offset behind this instruction and its cache.
    fn next_pc(&self) -> u32 {
        self.cursor.pc + 1 + op::caches(self.cursor.op) as u32
    }

    fn next(&self) -> Expansion {
        Ok(Next::At(self.next_pc()))
    }

    fn peek(&mut self, uop: UopId, depths: &[u16], immediates: &[u64]) {
        self.recorder().peek(uop, depths, immediates);
    }

    fn uop(&mut self, uop: UopId) {
        self.recorder().uop(uop, &[]);
    }

    /// The slot of local `index`.
    fn local(&mut self, index: u32) -> Slot {
        Slot(self.recording.recorder.frame().0 + index as i32)
    }

    /// Guards that the word at `depth`, which is `seen` now, is again of the immediate kind it is of, or a pointer's
    /// kind is left open. True if it is immediate, so that it has no reference count.
    fn guard_immediate(&mut self, depth: u16, seen: Word) -> bool {
        let guard = match seen {
            EMPTY => uop::GUARD_UNBOUND,
            NONE => uop::GUARD_NONE,
            _ if layout::is_int(seen) => uop::GUARD_INT,
            _ if layout::is_float(seen) => uop::GUARD_FLOAT,
            _ if layout::is_bool(seen) => uop::GUARD_BOOL,
            _ => return false,
        };
        self.peek(guard, &[depth], &[]);
        true
    }

    /// Guards that the word at `depth`, which is `seen` now, is of the same immediate kind again, or again an object. True
    /// if it is immediate.
    fn guard_kind(&mut self, depth: u16, seen: Word) -> bool {
        let immediate = self.guard_immediate(depth, seen);
        if !immediate {
            self.peek(uop::GUARD_POINTER, &[depth], &[]);
        }
        immediate
    }

    /// Does the next instruction ask for the truth of the result of this one?
    fn is_tested_next(&self) -> bool {
        let units = &self.cursor.code().units;
        let at = |offset: u32| units.get(offset as usize).map(|unit| generic(unit.op));
        let next = self.next_pc();
        let test = match at(next) {
            Some(op::COPY) => at(next + 1),
            other => other,
        };
        matches!(
            test,
            Some(op::TO_BOOL | op::UNARY_NOT | op::POP_JUMP_IF_FALSE | op::POP_JUMP_IF_TRUE)
        )
    }

    /// A borrowed word on top, which is `seen` now, becomes an owned one.
    fn settle(&mut self, seen: Word) {
        if layout::is_bool(seen) && self.is_tested_next() {
            // The trace will go one way: then the one check may stand here, and what follows is a constant.
            self.peek(uop::GUARD_SAME, &[0], &[seen]);
            self.recorder().drop_top();
            self.recorder().constant(seen);
            return;
        }
        if !self.guard_kind(0, seen) {
            self.peek(uop::INCREF_OBJECT, &[0], &[]);
        }
    }

    /// The borrowed words on top, which are `seen` now (the last on top), become owned ones: all guards, then all counts.
    fn settle_all(&mut self, seen: &[Word]) {
        let depth = |position: usize| (seen.len() - 1 - position) as u16;
        let counted: Vec<u16> = (0..seen.len())
            .filter(|&position| !self.guard_kind(depth(position), seen[position]))
            .map(depth)
            .collect();
        for depth in counted {
            self.peek(uop::INCREF_OBJECT, &[depth], &[]);
        }
    }

    /// Pops the top, an owned word that is `seen` now.
    fn release(&mut self, seen: Word) {
        if layout::is_pointer(seen) {
            self.uop(uop::DECREF);
        } else {
            self.recorder().drop_top();
        }
    }

    /// Pushes the constant `word` with a reference of its own.
    fn push_constant(&mut self, word: Word) {
        self.recorder().constant(word);
        if layout::is_pointer(word) {
            self.recording.keep(word);
            self.peek(uop::INCREF, &[0], &[]);
        }
    }

    /// With a result on top of `n` operands (the last of them next to it): the operands are released, the result stays.
    /// Nothing can exit any more.
    fn replace_operands(&mut self, n: u16) {
        for depth in 0..n {
            // Bring the deepest operand left up, release it in the result's place, and go on.
            let seen = self.cursor.peek(depth as usize);
            if layout::is_pointer(seen) {
                self.recorder().copy(depth + 1);
                self.uop(uop::DECREF);
            }
        }
        self.recorder().nip(n);
    }

    fn instruction(&mut self) -> Expansion {
        match self.special() {
            Some(expansion) => expansion,
            None => self.instruction_of_any(),
        }
    }

    /// The instruction, with special methods of Python classes called, if it comes to that.
    fn instruction_of_any(&mut self) -> Expansion {
        let arg = self.cursor.arg;
        match generic(self.cursor.op) {
            op::NOP | op::RESUME | op::NOT_TAKEN | op::CACHE | op::EXTENDED_ARG => self.next(),
            op::LOAD_FAST | op::LOAD_FAST_BORROW | op::LOAD_FAST_CHECK => self.load_fast(arg),
            op::LOAD_FAST_AND_CLEAR => self.load_fast_and_clear(arg),
            op::LOAD_FAST_LOAD_FAST | op::LOAD_FAST_BORROW_LOAD_FAST_BORROW => {
                self.load_fast_load_fast(arg)
            }
            op::STORE_FAST => self.store_fast(arg),
            op::STORE_FAST_STORE_FAST => self.store_fast_store_fast(arg),
            op::STORE_FAST_LOAD_FAST => self.store_fast_load_fast(arg),
            op::LOAD_CONST => self.load_const(arg),
            op::LOAD_SMALL_INT => self.load_small_int(arg),
            op::LOAD_COMMON_CONSTANT => self.load_common_constant(arg),
            op::DELETE_FAST => self.delete_fast(arg),
            op::LOAD_GLOBAL => self.load_global(arg),
            op::STORE_GLOBAL => self.store_global(arg),
            op::LOAD_NAME => self.load_name(arg),
            op::STORE_NAME => self.store_name(arg),
            op::LOAD_DEREF => self.load_deref(arg),
            op::STORE_DEREF => self.store_deref(arg),
            op::PUSH_NULL => self.push_null(),
            op::POP_TOP | op::POP_ITER | op::END_FOR => self.pop_top(),
            op::COPY => self.copy(arg),
            op::SWAP => self.swap(arg),
            op::BINARY_OP => self.binary_op(arg),
            op::COMPARE_OP => self.compare_op(arg),
            op::CONTAINS_OP => self.contains_op(arg),
            op::IS_OP => self.is_op(arg),
            op::UNARY_NEGATIVE => self.unary_negative(),
            op::UNARY_INVERT => self.unary_invert(),
            op::UNARY_NOT => self.unary_not(),
            op::TO_BOOL => self.test_truth(),
            op::STORE_SUBSCR => self.store_subscr(),
            op::DELETE_SUBSCR => self.delete_subscr(),
            op::FORMAT_SIMPLE => self.format_simple(),
            op::FORMAT_WITH_SPEC => self.format_with_spec(),
            op::CONVERT_VALUE => self.convert_value(arg),
            op::BUILD_STRING => self.build_string(arg),
            op::POP_JUMP_IF_TRUE => self.pop_jump_if(true, arg),
            op::POP_JUMP_IF_FALSE => self.pop_jump_if(false, arg),
            op::POP_JUMP_IF_NONE => self.pop_jump_if_none(true, arg),
            op::POP_JUMP_IF_NOT_NONE => self.pop_jump_if_none(false, arg),
            op::JUMP_FORWARD => Ok(Next::At(self.next_pc() + arg)),
            op::JUMP_BACKWARD | op::JUMP_BACKWARD_NO_INTERRUPT => {
                Ok(Next::At(self.next_pc() - arg))
            }
            op::GET_ITER | op::GET_YIELD_FROM_ITER => self.get_iter(),
            op::SEND => self.send(arg),
            op::END_SEND => self.end_send(),
            op::YIELD_VALUE => self.yield_value(),
            op::RETURN_GENERATOR => self.return_generator(),
            op::FOR_ITER => self.for_iter(arg),
            op::UNPACK_SEQUENCE => self.unpack_sequence(arg),
            op::BUILD_TUPLE => self.build_sequence(arg, true),
            op::BUILD_LIST => self.build_sequence(arg, false),
            op::BUILD_SLICE => self.build_slice(arg),
            op::BINARY_SLICE => self.binary_slice(),
            op::STORE_SLICE => self.store_slice(),
            op::UNPACK_EX => self.unpack_ex(arg),
            op::BUILD_MAP => self.build_by_tuple(Some(uop::MAP_OF_TUPLE), arg * 2),
            op::BUILD_SET => self.build_by_tuple(Some(uop::SET_OF_TUPLE), arg),
            op::CALL_INTRINSIC_1 => self.intrinsic(arg),
            op::LIST_APPEND => self.list_append(arg),
            op::LIST_EXTEND => self.add_to(uop::LIST_EXTEND, arg),
            op::SET_ADD => self.add_to(uop::SET_ADD, arg),
            op::SET_UPDATE => self.add_to(uop::SET_UPDATE, arg),
            op::MAP_ADD => self.map_add(arg),
            op::LOAD_ATTR => self.load_attr(arg),
            op::STORE_ATTR => self.store_attr(arg),
            op::LOAD_SUPER_ATTR => self.load_super_attr(arg),
            op::CALL => self.call(arg),
            op::CALL_KW => self.call_kw(arg),
            op::DELETE_ATTR => self.delete_attr(arg),
            op::MAKE_FUNCTION => self.make_function(),
            op::SET_FUNCTION_ATTRIBUTE => self.set_function_attribute(arg),
            op::MAKE_CELL => self.make_cell(arg),
            op::CALL_FUNCTION_EX => self.call_function_ex(),
            op::RETURN_VALUE if self.running_generator() => self.return_from_generator(),
            op::RETURN_VALUE => self.return_value(),
            op::RAISE_VARARGS => self.raise_varargs(arg),
            op::RERAISE => self.reraise(),
            op::PUSH_EXC_INFO => self.push_exc_info(),
            op::POP_EXCEPT => self.pop_except(),
            op::CHECK_EXC_MATCH => self.check_exc_match(),
            op::LOAD_SPECIAL => self.load_special(arg),
            op::WITH_EXCEPT_START => self.with_except_start(),
            op::COPY_FREE_VARS => self.copy_free_vars(arg),
            _ => Err(op::name(self.cursor.op)),
        }
    }
}
