//! Calls: Python functions are inlined, natives go by a table ([`super::natives`]), everything else is called.

use sashiko_stencils::UopId;
use sashiko_trace::recorded::Slot;

use super::arith::shape_of;
use super::inline::{Call, Locals, can_bind};
use super::{Expander, Expansion, Next};
use crate::class::FLAG_FINALIZER;
use crate::interp::binding::Parameter;
use crate::interp::cache;
use crate::interp::calls::{Callee, callee, spread_callee};
use crate::layout::{EMPTY, SHAPE_CLASS, SHAPE_METHOD, SHAPE_NATIVE, SHAPE_TUPLE, Word};
use crate::objects::function::Function;
use crate::objects::tuple::cast_tuple;
use crate::opcode as op;
use crate::uops_table::op as uop;

/// The uops that call a function of so many arguments through its compiled form.
const COMPILED: [UopId; 4] = [
    uop::CALL_FUNCTION_0,
    uop::CALL_FUNCTION_1,
    uop::CALL_FUNCTION_2,
    uop::CALL_FUNCTION_3,
];

/// Longest tuple whose items are taken out as arguments.
const MOST_SPREAD: usize = 16;

impl Expander<'_> {
    pub(super) fn call(&mut self, count: u32) -> Expansion {
        self.call_named(count as usize, EMPTY)
    }

    /// `CALL_KW`: the names, a constant tuple, lie above the operands.
    pub(super) fn call_kw(&mut self, count: u32) -> Expansion {
        let names = self.cursor.peek(0);
        self.recording.keep(names);
        self.peek(uop::GUARD_SAME, &[0], &[names]);
        self.call_named(count as usize, names)
    }

    /// A call with `count` arguments, of which the last are those of the keywords `names`, a tuple on top of them (or
    /// nothing).
    fn call_named(&mut self, count: usize, names: Word) -> Expansion {
        let above = usize::from(names != EMPTY);
        let (callable, receiver) = (
            self.cursor.peek(above + count + 1),
            self.cursor.peek(above + count),
        );
        let target = callee(self.vm, callable, receiver);
        let function = match target {
            Callee::Function(function)
            | Callee::Method(function)
            | Callee::Class(_, function)
            | Callee::Object(function) => function,
            Callee::Other => {
                if names == EMPTY && matches!(shape_of(callable), SHAPE_NATIVE | SHAPE_CLASS) {
                    if let Some(expansion) = self.consume(callable, count) {
                        return expansion;
                    }
                    if let Some(expansion) = self.call_builtin(callable, count) {
                        return expansion;
                    }
                }
                self.call_any(count, names)?;
                return self.next();
            }
        };
        if self.may_inline(function)
            && let Some(next) = self.inline(target, function, count, names)
        {
            return Ok(next);
        }
        if names == EMPTY {
            if !(matches!(target, Callee::Function(_)) && self.call_compiled(function, count)) {
                self.call_any(count, names)?;
            }
            let then = self.next_pc();
            return Ok(Next::Called { count, then });
        }
        // The interpreter runs it in a frame of its own: the recording goes on when that is done.
        self.call_any(count, names)?;
        Ok(Next::Over(self.next_pc()))
    }

    /// Writes the call of a Python function through its compiled form ([`crate::jit::call`]), if it takes just these arguments
    /// and there are few.
    fn call_compiled(&mut self, function: *mut Function, count: usize) -> bool {
        let own = self.cursor.peek(count) != EMPTY;
        let given = count + usize::from(own);
        // SAFETY: a live function, which owns its code.
        let (version, code) = unsafe { ((*function).prefix.version, &*(*function).code) };
        let Some(&uop) = COMPILED.get(given) else {
            return false;
        };
        if !code.simple || code.arg_count != given || version == 0 {
            return false;
        }
        let made_anew = self.is_made_anew(Callee::Function(function), function);
        self.guard_function(count as u16 + 1, function, made_anew);
        self.guard_receiver(count);
        let operands: Vec<u16> = (0..count as u16 + 2).rev().collect();
        self.guard_operands(&operands);
        let depths: Vec<u16> = operands
            .into_iter()
            .filter(|&depth| own || depth != count as u16)
            .collect();
        let inlined = self.recording.inlined.len() as u64;
        self.peek(uop, &depths, &[inlined]);
        self.replace_operands(count as u16 + 2);
        true
    }

    /// Lays out a call of a Python function, if its arguments can be bound. Nothing has been written if not.
    fn inline(
        &mut self,
        target: Callee,
        function: *mut Function,
        count: usize,
        names: Word,
    ) -> Option<Next> {
        let above = usize::from(names != EMPTY);
        let depth = (above + count + 1) as u16;
        let (callable, receiver) = (
            self.cursor.peek(above + count + 1),
            self.cursor.peek(above + count),
        );
        let made_anew = self.is_made_anew(target, function);
        let first = self.operand(above + count + 1);
        let at = |offset: i32| Slot(first.0 + offset);
        let mut given: Vec<Slot> = (0..count as i32).map(|index| at(2 + index)).collect();
        let keywords = cast_tuple(names).filter(|_| above == 1);
        let keywords = keywords.map_or(&[][..], |names| names.items());
        let named = given.split_off(count - keywords.len());
        let own = usize::from(receiver != EMPTY || !matches!(target, Callee::Function(_)));
        let parameters = can_bind(function, given.len() + own, keywords, made_anew)?;
        // The guards.
        match target {
            Callee::Function(_) => self.guard_function(depth, function, made_anew),
            Callee::Method(_) => {
                self.peek(uop::GUARD_SHAPE, &[depth], &[u64::from(SHAPE_METHOD)]);
                self.peek(uop::METHOD_FUNCTION, &[depth], &[]);
                self.guard_function(0, function, made_anew);
            }
            Callee::Class(class, _) => {
                self.peek(uop::GUARD_SAME, &[depth], &[callable]);
                self.class_stays(class);
                self.function_stays(function);
            }
            Callee::Object(_) => {
                self.guard_lookup(depth, callable);
                self.function_stays(function);
            }
            Callee::Other => return None,
        }
        self.guard_receiver_at(
            (above + count) as u16 + u16::from(matches!(target, Callee::Method(_))),
            receiver,
        );
        if parameters
            .iter()
            .any(|parameter| matches!(parameter, Parameter::Rest(_)))
        {
            // What goes into a tuple is counted there, and not handed on.
            let operands: Vec<u16> = (0..(above + count) as u16).collect();
            self.guard_operands_behind(matches!(target, Callee::Method(_)), &operands);
        }
        // What the frame is made of.
        let mut released = Vec::new();
        if above == 1 {
            released.push((at(2 + count as i32), names));
        }
        let (word, own, locals) = match target {
            Callee::Function(_) => {
                let own = (receiver != EMPTY).then_some(at(1));
                (first, own, Locals::Nothing)
            }
            Callee::Method(_) => {
                self.peek(uop::INCREF, &[0], &[]);
                let word = self.operand(0);
                self.peek(uop::METHOD_RECEIVER, &[depth + 1], &[]);
                self.peek(uop::INCREF, &[0], &[]);
                let own = self.operand(0);
                released.push((first, callable));
                (word, Some(own), Locals::Nothing)
            }
            Callee::Class(class, _) => {
                // SAFETY: classes are never freed.
                let (flags, shape) = unsafe { ((*class).flags, (*class).root_shape) };
                let word = class as Word;
                if flags & FLAG_FINALIZER == 0 {
                    let shape = u64::from(shape);
                    self.recorder().uop(uop::NEW_INSTANCE, &[word, shape]);
                } else {
                    self.recorder().uop(uop::NEW_FINALIZED_INSTANCE, &[word]);
                }
                let instance = self.operand(0);
                self.recorder().copy(0);
                self.peek(uop::INCREF, &[0], &[]);
                let own = self.operand(0);
                self.push_constant(function as Word);
                released.push((first, callable));
                (self.operand(0), Some(own), Locals::Instance(instance))
            }
            Callee::Object(_) => {
                self.push_constant(function as Word);
                (self.operand(0), Some(first), Locals::Nothing)
            }
            Callee::Other => return None,
        };
        given.splice(0..0, own);
        let slots = self.bind(&parameters, &given, &named);
        for &slot in given.iter().filter(|slot| !slots.contains(slot)) {
            released.push((slot, self.seen_at(slot)));
        }
        let call = Call {
            function,
            callable: word,
            operands: above + count + 2,
            parameters: slots,
            released,
            locals,
        };
        self.recording.knows(!made_anew);
        self.enter(&call).ok()
    }

    /// Settles the kinds of operands, with one word pushed above them or none.
    fn guard_operands_behind(&mut self, pushed: bool, depths: &[u16]) {
        for &depth in depths {
            let seen = self.cursor.peek(depth as usize);
            self.guard_immediate(depth + u16::from(pushed), seen);
        }
    }

    /// The operand that lies in `slot` now.
    fn seen_at(&mut self, slot: Slot) -> Word {
        // The stack of the recording may have grown since; the program's has not.
        let depth = self.recording.slot_of(self.cursor.sp).0 - 1 - slot.0;
        self.cursor.peek(depth as usize)
    }

    /// Is this perhaps another function object each time, of the same code? One with a closure is, unless it is a method;
    /// and one that is not what this place has called before.
    fn is_made_anew(&self, target: Callee, function: *mut Function) -> bool {
        let Callee::Function(_) = target else {
            return false;
        };
        // SAFETY: a live function; the cache of a CALL has three units, behind the instruction.
        unsafe {
            // A side trace that begins here goes on from a guard of what is called, perhaps.
            if self.recording.begins() || self.recording.makes((*function).code) {
                return true;
            }
            let is_call = op::generic(self.cursor.op) == op::CALL;
            if is_call && self.cursor.peek(self.cursor.arg as usize) != EMPTY {
                return false;
            }
            let units = self.cursor.code().units.as_ptr();
            let known = cache::read_u32(units.add(self.cursor.pc as usize + 1), 1);
            (*function).closure != EMPTY
                || (self.cursor.op == op::CALL_PY_EXACT_ARGS && known != (*function).prefix.version)
        }
    }

    /// Guards that there is a receiver of `count` arguments, or none, as now.
    pub(super) fn guard_receiver(&mut self, count: usize) {
        let receiver = self.cursor.peek(count);
        self.guard_receiver_at(count as u16, receiver);
    }

    /// Guards that there is a receiver at `depth`, or none, as now.
    pub(super) fn guard_receiver_at(&mut self, depth: u16, receiver: Word) {
        if !self.guard_immediate(depth, receiver) {
            self.peek(uop::GUARD_BOUND, &[depth], &[]);
        }
    }

    /// A call through [`crate::calls`]: the result replaces the operands.
    fn call_any(&mut self, count: usize, names: Word) -> Result<(), &'static str> {
        let above = usize::from(names != EMPTY);
        let operands = count + 2 + above;
        let receiver = self.cursor.peek(above + count);
        self.guard_receiver_at((above + count) as u16, receiver);
        let all: Vec<u16> = (0..operands as u16).rev().collect();
        self.guard_operands(&all);
        let skipped = |depth: &u16| {
            let depth = *depth as usize;
            depth < above || (depth == above + count && receiver == EMPTY)
        };
        let mut depths: Vec<u16> = all.into_iter().filter(|depth| !skipped(depth)).collect();
        let direct = [
            uop::CALL_0,
            uop::CALL_1,
            uop::CALL_2,
            uop::CALL_3,
            uop::CALL_4,
        ];
        if let Some(&uop) = direct.get(depths.len() - 1).filter(|_| names == EMPTY) {
            self.peek(uop, &depths, &[]);
        } else {
            let callable = depths.remove(0);
            self.pack(&depths);
            self.peek(uop::CALL_PACKED, &[callable + 1, 0], &[names]);
            // The result takes the place of the packed arguments, which are gone.
            self.recorder().nip(1);
        }
        self.replace_operands(operands as u16);
        Ok(())
    }

    /// Pushes a tuple of the operands at `depths`.
    fn pack(&mut self, depths: &[u16]) {
        self.recorder().uop(uop::BUILD_TUPLE_0, &[]);
        let mut rest = depths;
        while let [a, more @ ..] = rest {
            // The operands lie one deeper, for the tuple so far; a longer one takes its place.
            if let [b, c, others @ ..] = more {
                self.peek(uop::TUPLE_WITH_3, &[0, a + 1, b + 1, c + 1], &[]);
                rest = others;
            } else {
                self.peek(uop::TUPLE_WITH_1, &[0, a + 1], &[]);
                rest = more;
            }
            self.recorder().nip(1);
        }
    }

    /// `CALL_FUNCTION_EX`: callable, nothing, an iterable of arguments, and a mapping or nothing.
    pub(super) fn call_function_ex(&mut self) -> Expansion {
        let (callable, args, keywords) = (
            self.cursor.peek(3),
            self.cursor.peek(1),
            self.cursor.peek(0),
        );
        let entered = spread_callee(callable);
        if let Some((function, None)) = entered
            && keywords == EMPTY
            && shape_of(args) == SHAPE_TUPLE
            && self.may_inline(function)
            && let Some(next) = self.inline_spread(function, args)
        {
            return Ok(next);
        }
        self.guard_operands(&[3, 2, 1, 0]);
        self.peek(uop::CALL_SPREAD, &[3, 1, 0], &[]);
        self.replace_operands(4);
        if entered.is_some() {
            return Ok(Next::Over(self.next_pc()));
        }
        self.next()
    }

    /// `function(*args)` with a tuple: its items are the arguments.
    fn inline_spread(&mut self, function: *mut Function, args: Word) -> Option<Next> {
        let items = cast_tuple(args)?.items();
        // SAFETY: a live function.
        let made_anew = unsafe { (*function).closure } != EMPTY;
        let parameters = can_bind(function, items.len(), &[], made_anew)
            .filter(|_| items.len() <= MOST_SPREAD)?;
        self.guard_function(3, function, made_anew);
        self.guard_operands(&[2, 0]);
        self.peek(uop::GUARD_TUPLE, &[1], &[]);
        self.peek(uop::GUARD_TUPLE_LEN, &[1], &[items.len() as u64]);
        let (callable, tuple) = (self.operand(3), self.operand(1));
        for index in 0..items.len() {
            self.peek(uop::TUPLE_ITEM, &[1 + index as u16], &[index as u64]);
        }
        self.settle_all(items);
        let given: Vec<Slot> = (0..items.len())
            .rev()
            .map(|index| self.operand(index))
            .collect();
        let slots = self.bind(&parameters, &given, &[]);
        let rest = given.iter().zip(items);
        let mut released: Vec<(Slot, Word)> = rest
            .filter(|(slot, _)| !slots.contains(slot))
            .map(|(&slot, &seen)| (slot, seen))
            .collect();
        released.push((tuple, args));
        let call = Call {
            function,
            callable,
            operands: 4,
            parameters: slots,
            released,
            locals: Locals::Nothing,
        };
        self.recording.knows(!made_anew);
        self.enter(&call).ok()
    }
}
