//! Arithmetic, comparison, truth, and branches on them.

use std::cmp::Ordering;

use sashiko_stencils::UopId;

use super::{Expander, Expansion, Next};
use crate::class::Class;
use crate::layout::{
    self, EMPTY, SHAPE_DICT, SHAPE_FIRST_INSTANCE, SHAPE_LIST, SHAPE_SET, SHAPE_STR, SHAPE_TUPLE,
    Word,
};
use crate::objects::dict;
use crate::objects::list::cast_list;
use crate::objects::string::{Str, cast_str};
use crate::objects::tuple::{Tuple, cast_tuple};
use crate::opcode as op;
use crate::operator::{BinaryOp, Comparison, UnaryOp};
use crate::protocol::plain;
use crate::uops_table::op as uop;

/// What an operand is, as far as arithmetic has uops of its own for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operand {
    Int,
    Float,
    Other,
}

fn operand(word: Word) -> Operand {
    if layout::is_int(word) {
        Operand::Int
    } else if layout::is_float(word) {
        Operand::Float
    } else {
        Operand::Other
    }
}

fn int_uop(op: BinaryOp) -> Option<UopId> {
    Some(match op {
        BinaryOp::Add => uop::BINARY_OP_ADD_INT,
        BinaryOp::Subtract => uop::BINARY_OP_SUBTRACT_INT,
        BinaryOp::Multiply => uop::BINARY_OP_MULTIPLY_INT,
        BinaryOp::And => uop::BINARY_OP_AND_INT,
        BinaryOp::Or => uop::BINARY_OP_OR_INT,
        BinaryOp::Xor => uop::BINARY_OP_XOR_INT,
        BinaryOp::LeftShift => uop::BINARY_OP_LSHIFT_INT,
        BinaryOp::RightShift => uop::BINARY_OP_RSHIFT_INT,
        BinaryOp::TrueDivide => uop::BINARY_OP_TRUE_DIVIDE_INT,
        BinaryOp::FloorDivide => uop::BINARY_OP_FLOOR_DIVIDE_INT,
        BinaryOp::Remainder => uop::BINARY_OP_REMAINDER_INT,
        _ => return None,
    })
}

fn float_uop(op: BinaryOp) -> Option<UopId> {
    Some(match op {
        BinaryOp::Add => uop::BINARY_OP_ADD_FLOAT,
        BinaryOp::Subtract => uop::BINARY_OP_SUBTRACT_FLOAT,
        BinaryOp::Multiply => uop::BINARY_OP_MULTIPLY_FLOAT,
        BinaryOp::TrueDivide => uop::BINARY_OP_TRUE_DIVIDE_FLOAT,
        BinaryOp::Power => uop::BINARY_OP_POWER_FLOAT,
        BinaryOp::Remainder => uop::BINARY_OP_REMAINDER_FLOAT,
        _ => return None,
    })
}

impl Expander<'_> {
    pub(super) fn binary_op(&mut self, arg: u32) -> Expansion {
        let (left, right) = (self.cursor.peek(1), self.cursor.peek(0));
        let Some(op) = BinaryOp::from_number(arg as u8).map(BinaryOp::plain) else {
            return self.subscript(left, right);
        };
        let divides = matches!(
            op,
            BinaryOp::FloorDivide | BinaryOp::Remainder | BinaryOp::TrueDivide
        );
        let zero = right == layout::word_of_int(0) || right == layout::word_of_float(0.0);
        if divides && zero && plain::is_number(left) {
            self.guard_scalar(1, left);
            self.guard_scalar(0, right);
            return self.raises(uop::BINARY_OP_RAISES, &[1, 0], &[u64::from(arg)]);
        }
        if divides {
            // A quotient that nobody uses is not computed, but has to raise all the same.
            match operand(right) {
                Operand::Int => self.peek(uop::GUARD_NONZERO_INT, &[0], &[]),
                Operand::Float => self.peek(uop::GUARD_NONZERO_FLOAT, &[0], &[]),
                Operand::Other => {}
            }
        }
        match (operand(left), operand(right)) {
            (Operand::Int, Operand::Int) => {
                if let Some((uop, immediate)) =
                    by_power_of_two(op, right).filter(|_| self.right_is_constant())
                {
                    self.peek(uop, &[1], &[immediate]);
                    self.recorder().nip(2);
                    return self.next();
                }
                if let Some(uop) = int_uop(op).filter(|_| stays_small(op, left, right)) {
                    self.uop(uop);
                    return self.next();
                }
            }
            (Operand::Float, Operand::Float) => {
                if let Some(uop) = float_uop(op) {
                    self.uop(uop);
                    return self.next();
                }
            }
            (Operand::Int, Operand::Float) => {
                if let Some(uop) = float_uop(op) {
                    self.peek(uop::WIDEN_INT, &[1], &[]);
                    self.peek(uop, &[0, 1], &[]);
                    self.recorder().nip(3);
                    return self.next();
                }
            }
            (Operand::Float, Operand::Int) => {
                if let Some(uop) = float_uop(op) {
                    self.peek(uop::WIDEN_INT, &[0], &[]);
                    self.peek(uop, &[2, 0], &[]);
                    self.recorder().nip(3);
                    return self.next();
                }
            }
            _ if op == BinaryOp::Add
                && [left, right]
                    .iter()
                    .all(|&word| shape_of(word) == SHAPE_STR) =>
            {
                return self.concat(left);
            }
            _ => {}
        }
        self.general_binary_op(op, arg, left, right)
    }

    /// A `BINARY_OP` by a call: one without side effects if the operands can't have any.
    fn general_binary_op(&mut self, op: BinaryOp, arg: u32, left: Word, right: Word) -> Expansion {
        let immediate = [u64::from(arg)];
        if plain::is_scalar(left) && plain::is_scalar(right) {
            self.guard_scalar(1, left);
            self.guard_scalar(0, right);
            return self.call_on_operands(uop::BINARY_OP_PLAIN, &[1, 0], &immediate);
        }
        let shapes = (shape_of(left), shape_of(right));
        let sequence = match op {
            BinaryOp::Add => matches!(
                shapes,
                (SHAPE_LIST, SHAPE_LIST) | (SHAPE_TUPLE, SHAPE_TUPLE)
            ),
            BinaryOp::Multiply => {
                matches!(shapes.0, SHAPE_LIST | SHAPE_TUPLE) && layout::is_int(right)
            }
            _ => false,
        };
        // In place, a list would change.
        if sequence && BinaryOp::from_number(arg as u8) == Some(op) {
            self.guard_builtin_class(1, left);
            if layout::is_pointer(right) {
                self.guard_builtin_class(0, right);
            }
            return self.call_on_operands(uop::SEQUENCE_OP, &[1, 0], &immediate);
        }
        self.call_on_operands(uop::BINARY_OP, &[1, 0], &immediate)
    }

    /// Guards that the word at `depth`, which is `seen` now and a scalar, is one of the same type again.
    pub(super) fn guard_scalar(&mut self, depth: u16, seen: Word) {
        if !self.guard_immediate(depth, seen) {
            self.guard_builtin_class(depth, seen);
        }
    }

    /// `BINARY_OP_ADD_UNICODE`. A local that holds the left string and is about to be given the result gives it up first, so
    /// that it can grow in place, as the interpreter has it.
    fn concat(&mut self, left: Word) -> Expansion {
        self.peek(uop::GUARD_STR, &[1], &[]);
        self.peek(uop::GUARD_STR, &[0], &[]);
        let target = self
            .local_stored_next()
            .filter(|&index| self.cursor.local(index) == left);
        if let Some(index) = target {
            let slot = self.local(index);
            self.recorder().load(slot);
            self.peek(uop::GUARD_WORDS_SAME, &[0, 2], &[]);
            self.uop(uop::DECREF);
            self.recorder().constant(EMPTY);
            self.recorder().store(slot);
        }
        self.peek(uop::CONCAT_STR, &[1, 0], &[]);
        self.recorder().copy(1);
        self.uop(uop::DECREF);
        self.recorder().nip(2);
        self.next()
    }

    /// The local that the next instruction stores to.
    fn local_stored_next(&self) -> Option<u32> {
        let next = self.cursor.code().units.get(self.next_pc() as usize)?;
        match next.op {
            op::STORE_FAST => Some(u32::from(next.arg)),
            op::STORE_FAST_LOAD_FAST => Some(u32::from(next.arg >> 4)),
            _ => None,
        }
    }

    /// Calls `uop`, which may raise, on the operands at `depths`; its owned result replaces all of them.
    pub(super) fn call_on_operands(
        &mut self,
        uop: UopId,
        depths: &[u16],
        immediates: &[u64],
    ) -> Expansion {
        self.guard_operands(depths);
        self.peek(uop, depths, immediates);
        self.replace_operands(depths.len() as u16);
        self.next()
    }

    /// Settles the kinds of immediates among the operands at `depths`, so that they need no release.
    pub(super) fn guard_operands(&mut self, depths: &[u16]) {
        for &depth in depths {
            let seen = self.cursor.peek(depth as usize);
            self.guard_immediate(depth, seen);
        }
    }

    /// Was the right operand pushed by the instruction before this one, as a constant?
    fn right_is_constant(&self) -> bool {
        let pc = self.cursor.pc as usize;
        pc > 0
            && matches!(
                op::generic(self.cursor.code().units[pc - 1].op),
                op::LOAD_SMALL_INT | op::LOAD_CONST
            )
    }

    fn subscript(&mut self, container: Word, index: Word) -> Expansion {
        let shape = shape_of(container);
        let uop = match (shape, operand(index)) {
            (SHAPE_LIST, Operand::Int) if layout::int_of(index) >= 0 => {
                uop::BINARY_OP_SUBSCR_LIST_INT
            }
            (SHAPE_LIST, Operand::Int) => uop::BINARY_OP_SUBSCR_LIST_NEGATIVE,
            (SHAPE_TUPLE, Operand::Int) if layout::int_of(index) >= 0 => {
                uop::BINARY_OP_SUBSCR_TUPLE_INT
            }
            (SHAPE_TUPLE, Operand::Int) => uop::BINARY_OP_SUBSCR_TUPLE_NEGATIVE,
            (SHAPE_STR, Operand::Int) => {
                let length = cast_str(container).map_or(0, Str::chars) as i64;
                if !(-length..length).contains(&layout::int_of(index)) {
                    return self.subscript_raises(container, index);
                }
                self.peek(uop::GUARD_STR, &[1], &[]);
                self.peek(uop::UNBOX_INT, &[0], &[]);
                self.peek(uop::STR_ITEM, &[2, 0], &[]);
                self.recorder().nip(1);
                self.replace_operands(2);
                return self.next();
            }
            (SHAPE_DICT, _) if plain::is_plain(index) => {
                if dict::lacks(self.vm, container, index) {
                    return self.subscript_raises(container, index);
                }
                self.peek(uop::GUARD_DICT, &[1], &[]);
                return self.call_on_operands(uop::DICT_ITEM, &[1, 0], &[]);
            }
            _ => return self.call_on_operands(uop::SUBSCRIPT, &[1, 0], &[]),
        };
        let Some(item) = item_at(container, layout::int_of(index)) else {
            return self.subscript_raises(container, index);
        };
        self.peek(uop, &[1, 0], &[]);
        self.settle(item);
        self.replace_operands(2);
        self.next()
    }

    /// A subscript of a built-in container with a plain key that it does not have.
    fn subscript_raises(&mut self, container: Word, index: Word) -> Expansion {
        self.guard_builtin_class(1, container);
        self.guard_immediate(0, index);
        self.raises(uop::SUBSCRIPT_RAISES, &[1, 0], &[])
    }

    pub(super) fn store_subscr(&mut self) -> Expansion {
        let (index, container, value) = (
            self.cursor.peek(0),
            self.cursor.peek(1),
            self.cursor.peek(2),
        );
        let in_list = shape_of(container) == SHAPE_LIST && operand(index) == Operand::Int;
        if in_list && item_at(container, layout::int_of(index)).is_some() {
            let uop = if layout::int_of(index) >= 0 {
                uop::STORE_SUBSCR_LIST_INT
            } else {
                uop::STORE_SUBSCR_LIST_NEGATIVE
            };
            // [value, list, index] with the old item on top; the value has moved into the list.
            self.peek(uop, &[1, 0, 2], &[]);
            self.uop(uop::DECREF);
            self.recorder().drop_top();
            self.uop(uop::DECREF);
            self.recorder().drop_top();
            return self.next();
        }
        if shape_of(container) == SHAPE_DICT && plain::is_plain(index) {
            self.peek(uop::GUARD_DICT, &[1], &[]);
            self.guard_operands(&[0, 2]);
            // [value, dict, key] with the old value on top.
            self.peek(uop::DICT_SWAP_ITEM, &[1, 0, 2], &[]);
            self.uop(uop::DECREF);
            for seen in [index, container, value] {
                self.release(seen);
            }
            return self.next();
        }
        self.guard_operands(&[0, 1, 2]);
        self.peek(uop::STORE_SUBSCRIPT, &[1, 0, 2], &[]);
        for seen in [index, container, value] {
            self.release(seen);
        }
        self.next()
    }

    pub(super) fn delete_subscr(&mut self) -> Expansion {
        let (index, container) = (self.cursor.peek(0), self.cursor.peek(1));
        self.guard_operands(&[0, 1]);
        self.peek(uop::DELETE_SUBSCRIPT, &[1, 0], &[]);
        for seen in [index, container] {
            self.release(seen);
        }
        self.next()
    }

    /// The branch behind a comparison, if there is one that takes its result as it is: (offset behind the branch,
    /// branch target, jumps if true).
    fn branch_behind(&self) -> Option<(u32, u32, bool)> {
        let code = self.cursor.code();
        let pc = self.next_pc() as usize;
        let unit = *code.units.get(pc)?;
        let behind = (pc + 1 + op::caches(unit.op)) as u32;
        match op::generic(unit.op) {
            op::POP_JUMP_IF_TRUE => Some((behind, behind + u32::from(unit.arg), true)),
            op::POP_JUMP_IF_FALSE => Some((behind, behind + u32::from(unit.arg), false)),
            _ => None,
        }
    }

    pub(super) fn compare_op(&mut self, arg: u32) -> Expansion {
        let (left, right) = (self.cursor.peek(1), self.cursor.peek(0));
        let op = Comparison::ALL[(arg >> 5) as usize];
        let kinds = (operand(left), operand(right));
        let known = match kinds {
            (Operand::Int, Operand::Int) => Some(holds(
                op,
                layout::int_of(left).partial_cmp(&layout::int_of(right)),
            )),
            (Operand::Float, Operand::Float) => Some(holds(
                op,
                (layout::float_of(left)).partial_cmp(&(layout::float_of(right))),
            )),
            (Operand::Int, Operand::Float) => Some(holds(
                op,
                (layout::int_of(left) as f64).partial_cmp(&(layout::float_of(right))),
            )),
            (Operand::Float, Operand::Int) => Some(holds(
                op,
                (layout::float_of(left)).partial_cmp(&(layout::int_of(right) as f64)),
            )),
            _ => None,
        };
        let Some(came_out) = known else {
            return self.general_compare_op(op, arg);
        };
        // Bring both operands to one type; `left` and `right` become depths.
        let (left, right, operands) = match kinds {
            (Operand::Int, Operand::Float) => {
                self.peek(uop::WIDEN_INT, &[1], &[]);
                (0, 1, 3)
            }
            (Operand::Float, Operand::Int) => {
                self.peek(uop::WIDEN_INT, &[0], &[]);
                (2, 0, 3)
            }
            _ => (1, 0, 2),
        };
        let floats = kinds != (Operand::Int, Operand::Int);
        if let Some((behind, target, jumps_if)) = self.branch_behind() {
            self.branch_on(op, came_out, floats, left, right);
            for _ in 0..operands {
                self.recorder().drop_top();
            }
            let then = if came_out == jumps_if { target } else { behind };
            return Ok(Next::Fused {
                branch: self.next_pc(),
                then,
            });
        }
        let (uop, swapped) = compare_uop(op, floats);
        let depths = if swapped {
            [right, left]
        } else {
            [left, right]
        };
        self.peek(uop, &depths, &[]);
        self.recorder().nip(operands);
        self.next()
    }

    /// A comparison that the program branches on: one guard that it came out as it did.
    fn branch_on(&mut self, op: Comparison, holds: bool, floats: bool, left: u16, right: u16) {
        use Comparison::{
            Equal as Eq, Greater as Gt, GreaterEqual as Ge, Less as Lt, LessEqual as Le,
            NotEqual as Ne,
        };
        let (uop, swapped) = if floats {
            match (op, holds) {
                (Lt, true) => (uop::BRANCH_LT_FLOAT, false),
                (Lt, false) => (uop::BRANCH_NOT_LT_FLOAT, false),
                (Le, true) => (uop::BRANCH_LE_FLOAT, false),
                (Le, false) => (uop::BRANCH_NOT_LE_FLOAT, false),
                (Gt, true) => (uop::BRANCH_LT_FLOAT, true),
                (Gt, false) => (uop::BRANCH_NOT_LT_FLOAT, true),
                (Ge, true) => (uop::BRANCH_LE_FLOAT, true),
                (Ge, false) => (uop::BRANCH_NOT_LE_FLOAT, true),
                (Eq, true) | (Ne, false) => (uop::BRANCH_EQ_FLOAT, false),
                (Ne, true) | (Eq, false) => (uop::BRANCH_NE_FLOAT, false),
            }
        } else {
            match (op, holds) {
                (Lt, true) | (Ge, false) => (uop::BRANCH_LT_INT, false),
                (Le, true) | (Gt, false) => (uop::BRANCH_LE_INT, false),
                (Gt, true) | (Le, false) => (uop::BRANCH_LT_INT, true),
                (Ge, true) | (Lt, false) => (uop::BRANCH_LE_INT, true),
                (Eq, true) | (Ne, false) => (uop::BRANCH_EQ_INT, false),
                (Ne, true) | (Eq, false) => (uop::BRANCH_NE_INT, false),
            }
        };
        let depths = if swapped {
            [right, left]
        } else {
            [left, right]
        };
        self.peek(uop, &depths, &[]);
    }

    /// A comparison by a call: one without side effects if the operands can't have any.
    fn general_compare_op(&mut self, op: Comparison, arg: u32) -> Expansion {
        let (left, right) = (self.cursor.peek(1), self.cursor.peek(0));
        let shapes = (shape_of(left), shape_of(right));
        if shapes == (SHAPE_STR, SHAPE_STR) {
            self.peek(uop::GUARD_STR, &[1], &[]);
            self.peek(uop::GUARD_STR, &[0], &[]);
            return match op {
                Comparison::Equal => self.call_on_operands(uop::STR_EQUAL, &[1, 0], &[]),
                Comparison::NotEqual => self.call_on_operands(uop::STR_DIFFERS, &[1, 0], &[]),
                _ => self.call_on_operands(uop::STR_COMPARE, &[1, 0], &[op as u64]),
            };
        }
        if plain::is_scalar(left) && plain::is_scalar(right) {
            self.guard_scalar(1, left);
            self.guard_scalar(0, right);
            return self.call_on_operands(uop::COMPARE_OP_PLAIN, &[1, 0], &[u64::from(arg)]);
        }
        let sequences = matches!(
            shapes,
            (SHAPE_LIST, SHAPE_LIST) | (SHAPE_TUPLE, SHAPE_TUPLE)
        );
        if sequences
            && matches!(op, Comparison::Equal | Comparison::NotEqual)
            && plain::equal(self.vm, left, right).is_some()
        {
            self.guard_builtin_class(1, left);
            self.guard_builtin_class(0, right);
            let invert = u64::from(op == Comparison::NotEqual);
            return self.call_on_operands(uop::SEQUENCE_EQUAL, &[1, 0], &[invert]);
        }
        self.call_on_operands(uop::COMPARE_OP, &[1, 0], &[u64::from(arg)])
    }

    pub(super) fn contains_op(&mut self, invert: u32) -> Expansion {
        let (item, container) = (self.cursor.peek(1), self.cursor.peek(0));
        let uop = match shape_of(container) {
            SHAPE_STR if shape_of(item) == SHAPE_STR => {
                self.peek(uop::GUARD_STR, &[1], &[]);
                uop::STR_CONTAINS
            }
            SHAPE_DICT | SHAPE_SET if plain::is_plain(item) => uop::DICT_HAS,
            SHAPE_LIST | SHAPE_TUPLE if plain::is_plain(item) => uop::SEQUENCE_HAS,
            _ => return self.call_on_operands(uop::CONTAINS_OP, &[1, 0], &[u64::from(invert)]),
        };
        self.guard_builtin_class(0, container);
        self.call_on_operands(uop, &[1, 0], &[u64::from(invert)])
    }

    pub(super) fn is_op(&mut self, invert: u32) -> Expansion {
        self.guard_operands(&[0, 1]);
        self.peek(
            if invert == 0 {
                uop::IS_OP
            } else {
                uop::IS_NOT_OP
            },
            &[1, 0],
            &[],
        );
        self.replace_operands(2);
        self.next()
    }

    pub(super) fn unary_negative(&mut self) -> Expansion {
        let seen = self.cursor.peek(0);
        match operand(seen) {
            Operand::Int if layout::fits_int(-layout::int_of(seen)) => {
                self.uop(uop::UNARY_NEGATIVE_INT);
            }
            Operand::Float => self.uop(uop::UNARY_NEGATIVE_FLOAT),
            _ => return self.general_unary(UnaryOp::Negative),
        }
        self.next()
    }

    pub(super) fn unary_invert(&mut self) -> Expansion {
        if operand(self.cursor.peek(0)) != Operand::Int {
            return self.general_unary(UnaryOp::Invert);
        }
        self.uop(uop::UNARY_INVERT_INT);
        self.next()
    }

    fn general_unary(&mut self, op: UnaryOp) -> Expansion {
        let seen = self.cursor.peek(0);
        if plain::is_scalar(seen) {
            self.guard_scalar(0, seen);
            return self.call_on_operands(uop::UNARY_OP_PLAIN, &[0], &[op as u64]);
        }
        self.call_on_operands(uop::UNARY_OP, &[0], &[op as u64])
    }

    pub(super) fn unary_not(&mut self) -> Expansion {
        self.uop(uop::UNARY_NOT_BOOL);
        self.next()
    }

    pub(super) fn test_truth(&mut self) -> Expansion {
        let seen = self.cursor.peek(0);
        if layout::is_bool(seen) {
            self.peek(uop::GUARD_BOOL, &[0], &[]);
        } else {
            self.push_truth(0, seen);
            self.replace_operands(1);
        }
        self.next()
    }

    /// Pushes the truth value of the word at `depth`, which is `seen` now.
    pub(super) fn push_truth(&mut self, depth: u16, seen: Word) {
        let at = &[depth];
        match shape_of(seen) {
            _ if layout::is_bool(seen) => {
                self.peek(uop::GUARD_BOOL, at, &[]);
                self.recorder().copy(depth);
            }
            _ if layout::is_int(seen) => self.peek(uop::TO_BOOL_INT, at, &[]),
            _ if seen == layout::NONE => {
                self.peek(uop::GUARD_NONE, at, &[]);
                self.recorder().constant(layout::FALSE);
            }
            SHAPE_LIST => self.peek(uop::TO_BOOL_LIST, at, &[]),
            SHAPE_STR => self.peek(uop::TO_BOOL_STR, at, &[]),
            SHAPE_TUPLE => self.peek(uop::TO_BOOL_TUPLE, at, &[]),
            SHAPE_DICT => self.peek(uop::TO_BOOL_DICT, at, &[]),
            SHAPE_SET => {
                let class = self.vm.class_of(seen).word();
                self.peek(uop::TO_BOOL_SET, at, &[class]);
            }
            shape if shape >= SHAPE_FIRST_INSTANCE && self.is_always_true(seen) => {
                let class: *const Class = self.vm.class_of(seen);
                self.peek(uop::GUARD_SHAPE, at, &[u64::from(shape)]);
                self.class_stays(class);
                self.recorder().constant(layout::TRUE);
            }
            _ => {
                self.guard_operands(at);
                self.peek(uop::TO_BOOL, at, &[]);
            }
        }
    }

    /// Has the object's class neither `__bool__` nor `__len__`?
    fn is_always_true(&self, seen: Word) -> bool {
        let slots = &self.vm.class_of(seen).slots;
        slots.truthy.is_none() && slots.len.is_none()
    }
}

/// Is the result of these small integers one again? If not, a big integer comes out, which only a call can make.
fn stays_small(op: BinaryOp, left: Word, right: Word) -> bool {
    let (left, right) = (
        i128::from(layout::int_of(left)),
        i128::from(layout::int_of(right)),
    );
    let result = match op {
        BinaryOp::Add => left + right,
        BinaryOp::Subtract => left - right,
        BinaryOp::Multiply => left * right,
        BinaryOp::LeftShift if (0..48).contains(&right) => left << right,
        BinaryOp::LeftShift => return left == 0,
        _ => return true,
    };
    i64::try_from(result).is_ok_and(layout::fits_int)
}

/// `//` and `%` by a power of two: the uop, and its immediate.
fn by_power_of_two(op: BinaryOp, right: Word) -> Option<(UopId, u64)> {
    let right = layout::int_of(right);
    if right <= 0 || right.count_ones() != 1 || right > 1 << 31 {
        return None;
    }
    match op {
        BinaryOp::FloorDivide => Some((
            uop::BINARY_OP_FLOOR_DIVIDE_POW2,
            u64::from(right.trailing_zeros()),
        )),
        BinaryOp::Remainder => Some((uop::BINARY_OP_REMAINDER_POW2, (right - 1) as u64)),
        _ => None,
    }
}

/// The uop of a comparison, and whether its inputs are exchanged.
fn compare_uop(op: Comparison, floats: bool) -> (UopId, bool) {
    use Comparison::{
        Equal as Eq, Greater as Gt, GreaterEqual as Ge, Less as Lt, LessEqual as Le, NotEqual as Ne,
    };
    match (op, floats) {
        (Lt, false) => (uop::COMPARE_OP_LT_INT, false),
        (Le, false) => (uop::COMPARE_OP_LE_INT, false),
        (Gt, false) => (uop::COMPARE_OP_LT_INT, true),
        (Ge, false) => (uop::COMPARE_OP_LE_INT, true),
        (Eq, false) => (uop::COMPARE_OP_EQ_INT, false),
        (Ne, false) => (uop::COMPARE_OP_NE_INT, false),
        (Lt, true) => (uop::COMPARE_OP_LT_FLOAT, false),
        (Le, true) => (uop::COMPARE_OP_LE_FLOAT, false),
        (Gt, true) => (uop::COMPARE_OP_LT_FLOAT, true),
        (Ge, true) => (uop::COMPARE_OP_LE_FLOAT, true),
        (Eq, true) => (uop::COMPARE_OP_EQ_FLOAT, false),
        (Ne, true) => (uop::COMPARE_OP_NE_FLOAT, false),
    }
}

/// Does the comparison hold of operands that compare like this (`None`: one is a NaN)?
fn holds(op: Comparison, order: Option<Ordering>) -> bool {
    match op {
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Comparison::Equal => order == Some(Ordering::Equal),
        Comparison::NotEqual => order != Some(Ordering::Equal),
        Comparison::Greater => order == Some(Ordering::Greater),
        Comparison::GreaterEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    }
}

/// Item `index` of a list or tuple, counted from the end if negative; borrowed.
fn item_at(sequence: Word, index: i64) -> Option<Word> {
    let items = items_of(sequence)?;
    let index = if index < 0 {
        index + items.len() as i64
    } else {
        index
    };
    items.get(usize::try_from(index).ok()?).copied()
}

/// The items of a list or tuple.
pub(super) fn items_of<'a>(sequence: Word) -> Option<&'a [Word]> {
    match cast_list(sequence) {
        Some(list) => Some(list.items()),
        None => cast_tuple(sequence).map(Tuple::items),
    }
}

/// The shape of an object; 0 of an immediate.
pub(super) fn shape_of(word: Word) -> u32 {
    if layout::is_pointer(word) {
        // SAFETY: a live object.
        unsafe { (*layout::header(word)).shape }
    } else {
        0
    }
}
