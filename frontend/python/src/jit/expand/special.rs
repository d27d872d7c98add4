//! Special methods of Python classes: inlined in frames above the operands, as the interpreter enters them
//! ([`crate::interp::special`]).

use super::arith::shape_of;
use super::inline::{Call, Locals};
use super::{Expander, Expansion, Next};
use crate::interp::special::{self, Use};
use crate::layout::{
    self, EMPTY, FRAME_FUNCTION, FRAME_RETURN, SHAPE_FIRST_INSTANCE, SHAPE_TUPLE, Word,
};
use crate::objects::function::Function;
use crate::opcode::{self as op, generic};
use crate::operator::{BinaryOp, Comparison, SUBSCRIPT};
use crate::uops_table::op as uop;

/// A special method that an instruction is about to enter.
struct Entered {
    function: *mut Function,
    used: Use,
    /// Depths of the operands that are its arguments.
    arguments: &'static [u16],
}

impl Expander<'_> {
    /// The instruction, if a Python method of its operands' classes carries it out.
    pub(super) fn special(&mut self) -> Option<Expansion> {
        let entered = self.entered()?;
        Some(self.enter_special(&entered))
    }

    fn entered(&self) -> Option<Entered> {
        let arg = self.cursor.arg;
        let vm = &*self.vm;
        let names = &vm.names;
        let peek = |depth| self.cursor.peek(depth);
        let found = |function: Option<*mut Function>, used, arguments| {
            function.map(|function| Entered {
                function,
                used,
                arguments,
            })
        };
        match generic(self.cursor.op) {
            op::BINARY_OP if arg == u32::from(SUBSCRIPT) => {
                let function = special::method(vm, peek(1), names.__getitem__, 2);
                found(function, Use::Item, &[1, 0])
            }
            op::BINARY_OP => {
                let op = BinaryOp::from_number(arg as u8)?;
                let (function, used) = special::binary(vm, op, peek(1), peek(0))?;
                let arguments = if used == Use::Right { &[0, 1] } else { &[1, 0] };
                found(Some(function), used, arguments)
            }
            op::COMPARE_OP => {
                let op = Comparison::ALL[(arg >> 5) as usize];
                let function = special::compare(vm, op, peek(1), peek(0));
                found(function, Use::Compare, &[1, 0])
            }
            op::CONTAINS_OP => {
                let function = special::method(vm, peek(0), names.__contains__, 2);
                found(function, Use::Contains, &[0, 1])
            }
            op::TO_BOOL => {
                let (function, used) = special::truth(vm, peek(0))?;
                found(Some(function), used, &[0])
            }
            op::UNARY_NEGATIVE => {
                let function = special::method(vm, peek(0), names.__neg__, 1);
                found(function, Use::Negative, &[0])
            }
            op::STORE_SUBSCR => {
                let function = special::method(vm, peek(1), names.__setitem__, 3);
                found(function, Use::SetItem, &[1, 0, 2])
            }
            op::STORE_ATTR => {
                let name = self.cursor.code().names[arg as usize];
                let function = special::setter(vm, peek(0), name);
                found(function, Use::SetAttribute, &[0, 1])
            }
            _ => None,
        }
    }

    fn enter_special(&mut self, entered: &Entered) -> Expansion {
        // SAFETY: a live function.
        let declines = unsafe { (*entered.function).declines };
        if declines || !self.may_inline(entered.function) {
            self.instruction_of_any()?;
            return Ok(Next::Over(self.next_pc()));
        }
        // Which method it is follows from the classes of the operands; only operators look at both.
        let operator = matches!(
            entered.used,
            Use::InPlace | Use::Left | Use::Right | Use::Compare
        );
        let looked_at = if operator { 2 } else { 1 };
        for (position, &depth) in entered.arguments.iter().enumerate() {
            let seen = self.cursor.peek(depth as usize);
            if position < looked_at {
                self.guard_lookup(depth, seen);
            } else {
                self.guard_immediate(depth, seen);
            }
        }
        self.function_stays(entered.function);
        self.push_constant(entered.function as Word);
        let callable = self.operand(0);
        let mut parameters = Vec::new();
        for (pushed, &depth) in entered.arguments.iter().enumerate() {
            let seen = self.cursor.peek(depth as usize);
            self.recorder().copy(depth + 1 + pushed as u16);
            if layout::is_pointer(seen) {
                self.peek(uop::INCREF, &[0], &[]);
            }
            parameters.push(self.operand(0));
        }
        self.recording.knows(true);
        self.enter(&Call {
            function: entered.function,
            callable,
            operands: 0,
            parameters,
            released: Vec::new(),
            locals: Locals::Use(entered.used),
        })
    }

    /// Before a frame is left: guards for what the instruction that entered it makes of the result on top, and that, on top of
    /// it.
    pub(super) fn guard_result(&mut self, used: Use) -> Result<(), &'static str> {
        let seen = self.cursor.peek(0);
        let not_implemented = self.vm.not_implemented_value().word();
        if used.may_decline() {
            if seen == not_implemented {
                return Err("a special method that declines");
            }
            if !self.guard_immediate(0, seen) {
                // What it is says that it is not `NotImplemented`, and may be known: then the object need not be made to ask.
                match shape_of(seen) {
                    SHAPE_TUPLE => self.peek(uop::GUARD_TUPLE, &[0], &[]),
                    shape if shape >= SHAPE_FIRST_INSTANCE => {
                        self.peek(uop::GUARD_SHAPE, &[0], &[u64::from(shape)]);
                    }
                    _ => self.peek(uop::GUARD_DIFFERS, &[0], &[not_implemented]),
                }
            }
        }
        let argument = self.argument_of(used);
        match used {
            Use::Compare if argument & 16 == 0 => {}
            Use::Compare | Use::Contains | Use::Truth => {
                if !layout::is_bool(seen) {
                    return Err("a special method whose result is no truth value");
                }
                self.guard_immediate(0, seen);
                if used == Use::Contains && argument & 1 != 0 {
                    self.peek(uop::UNARY_NOT_BOOL, &[0], &[]);
                }
            }
            Use::Length => {
                if !layout::is_int(seen) || layout::int_of(seen) < 0 {
                    return Err("a length that is none");
                }
                self.recorder().constant(layout::word_of_int(0));
                self.peek(uop::BRANCH_LE_INT, &[0, 1], &[]);
                self.recorder().drop_top();
                self.peek(uop::TO_BOOL_INT, &[0], &[]);
            }
            _ if !used.pushes() => {
                self.guard_immediate(0, seen);
            }
            _ => {}
        }
        for depth in 1..=used.operands() {
            let seen = self.caller_operand(depth);
            let slot = self.caller_slot(depth);
            self.recorder().load(slot);
            self.guard_immediate(0, seen);
            self.recorder().drop_top();
        }
        Ok(())
    }

    /// Argument of the instruction that entered the running frame.
    fn argument_of(&self, used: Use) -> u8 {
        let caller = *self.recording.inlined.last().expect("an inlined frame");
        // SAFETY: both frames are complete; functions own their code.
        unsafe {
            let behind = *self.cursor.base.offset(FRAME_RETURN) as u32 as usize;
            let function = *caller.offset(FRAME_FUNCTION) as *mut Function;
            used.argument(&*(*function).code, behind)
        }
    }

    /// The operand `depth` below the running frame (1 is the nearest).
    fn caller_operand(&self, depth: usize) -> Word {
        // SAFETY: operands lie below the frame of a special method.
        unsafe { *self.cursor.base.offset(FRAME_FUNCTION).sub(depth) }
    }

    fn caller_slot(&self, depth: usize) -> sashiko_trace::recorded::Slot {
        let base = self.recording.recorder.frame();
        sashiko_trace::recorded::Slot(base.0 + FRAME_FUNCTION as i32 - depth as i32)
    }

    /// The operands below a special method's frame, as they are now, the nearest first.
    pub(super) fn operands_below(&self, used: Use) -> Vec<Word> {
        (1..=used.operands())
            .map(|depth| self.caller_operand(depth))
            .collect()
    }

    /// The frame of a special method is gone, its result, `seen` now, is on top: the instruction that entered it is completed.
    pub(super) fn complete(&mut self, used: Use, operands: &[Word], seen: Word) {
        if !used.pushes() {
            self.release(seen);
            for &operand in operands {
                self.release(operand);
            }
            return;
        }
        for (depth, &operand) in operands.iter().enumerate() {
            if layout::is_pointer(operand) {
                self.recorder().copy(depth as u16 + 1);
                self.uop(uop::DECREF);
            }
        }
        self.recorder().nip(operands.len() as u16);
        debug_assert_ne!(seen, EMPTY);
    }
}
