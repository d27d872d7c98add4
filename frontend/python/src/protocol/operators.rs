//! Unary and binary operators, comparison, truth and hashing.

use crate::class::FLAG_USER_BINARY;
use crate::error::{Outcome, Raised};
use crate::layout::{
    self, NONE, SHAPE_STR, Word, float_of, has_shape, int_of, is_bool, is_float, is_int,
};
use crate::objects::string;
use crate::operator::{BinaryOp, Comparison, UnaryOp};
use crate::slots::user::binary_half;
use crate::value::Value;
use crate::vm::Vm;

/// Who is asked to carry out a binary operator, in this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Stage {
    /// The left operand, if the operator is in-place.
    InPlace,
    /// The right one, if its class is derived from the left one's and has a method of its own.
    Overriding,
    /// The left one.
    Left,
    /// The right one.
    Right,
    /// Nobody is left.
    Nobody,
}

impl Vm {
    /// The `NotImplemented` singleton.
    #[inline]
    pub fn not_implemented_value(&self) -> Value {
        self.not_implemented_singleton.clone()
    }

    /// Is `value` the `NotImplemented` singleton?
    #[inline]
    pub fn is_not_implemented(&self, value: &Value) -> bool {
        self.is_not_implemented_word(value.word())
    }

    /// Is `word` the `NotImplemented` singleton?
    #[inline]
    pub fn is_not_implemented_word(&self, word: Word) -> bool {
        word == self.not_implemented_singleton.word()
    }

    /// `left op right`.
    ///
    /// # Errors
    /// `TypeError` if neither operand knows what to do, or what their methods raise.
    pub fn binary_op(&mut self, op: BinaryOp, left: Word, right: Word) -> Outcome<Value> {
        self.binary_op_from(op, left, right, Stage::InPlace)
    }

    /// [`Vm::binary_op`], when those that come before `stage` have declined.
    ///
    /// # Errors
    /// As [`Vm::binary_op`].
    pub fn binary_op_from(
        &mut self,
        op: BinaryOp,
        left: Word,
        right: Word,
        stage: Stage,
    ) -> Outcome<Value> {
        if op.is_inplace() && stage <= Stage::InPlace {
            let answer = self.half(op, left, right, false)?;
            if !self.is_not_implemented(&answer) {
                return Ok(answer);
            }
        }
        let plain = op.plain();
        let (left_class, right_class) = (self.class_of(left), self.class_of(right));
        let same = std::ptr::eq(left_class, right_class);
        let right_first = !same
            && right_class.is_subclass(left_class)
            && self.overrides_reflected(plain, left, right);
        if right_first && stage <= Stage::Overriding {
            let answer = self.half(plain, left, right, true)?;
            if !self.is_not_implemented(&answer) {
                return Ok(answer);
            }
        }
        if stage <= Stage::Left {
            let answer = self.half(plain, left, right, false)?;
            if !self.is_not_implemented(&answer) {
                return Ok(answer);
            }
        }
        if !same && !right_first && stage <= Stage::Right {
            let answer = self.half(plain, left, right, true)?;
            if !self.is_not_implemented(&answer) {
                return Ok(answer);
            }
        }
        Err(self.unsupported_operands(op, left, right))
    }

    /// The answer of one operand's class: the left one's, or, reflected, the right one's.
    fn half(&mut self, op: BinaryOp, left: Word, right: Word, reflected: bool) -> Outcome<Value> {
        let class = self.class_of(if reflected { right } else { left });
        if class.flags & FLAG_USER_BINARY != 0 {
            return binary_half(self, op, left, right, reflected);
        }
        match class.slots.binary {
            Some(binary) => binary(self, op, left, right),
            None => Ok(self.not_implemented_value()),
        }
    }

    fn overrides_reflected(&self, op: BinaryOp, left: Word, right: Word) -> bool {
        let name = op.reflected(&self.names);
        let theirs = self.class_of(right).lookup(name);
        theirs.is_some() && theirs != self.class_of(left).lookup(name)
    }

    #[cold]
    fn unsupported_operands(&mut self, op: BinaryOp, left: Word, right: Word) -> Raised {
        let (a, b) = (self.class_name(left), self.class_name(right));
        let symbol = if op.plain() == BinaryOp::Power && !op.is_inplace() {
            "** or pow()"
        } else {
            op.symbol()
        };
        self.type_error(format!(
            "unsupported operand type(s) for {symbol}: '{a}' and '{b}'"
        ))
    }

    /// `-x`, `+x`, `~x`, `abs(x)`.
    ///
    /// # Errors
    /// `TypeError` if the operand has no such operation, or what its method raises.
    pub fn unary_op(&mut self, op: UnaryOp, operand: Word) -> Outcome<Value> {
        if let Some(unary) = self.class_of(operand).slots.unary {
            let answer = unary(self, op, operand)?;
            if !self.is_not_implemented(&answer) {
                return Ok(answer);
            }
        }
        Err(self.bad_operand(op, operand))
    }

    /// The complaint about an operand that has no such operation.
    #[cold]
    pub fn bad_operand(&mut self, op: UnaryOp, operand: Word) -> Raised {
        let name = self.class_name(operand);
        let what = match op {
            UnaryOp::Negative => "unary -",
            UnaryOp::Positive => "unary +",
            UnaryOp::Invert => "unary ~",
            UnaryOp::Absolute => "abs()",
        };
        self.type_error(format!("bad operand type for {what}: '{name}'"))
    }

    /// `left op right` for a comparison; any value.
    ///
    /// # Errors
    /// `TypeError` for an ordering that neither operand knows, or what their methods raise.
    pub fn compare(&mut self, op: Comparison, left: Word, right: Word) -> Outcome<Value> {
        let (left_class, right_class) = (self.class_of(left), self.class_of(right));
        let right_first = !std::ptr::eq(left_class, right_class)
            && right_class.is_subclass(left_class)
            && right_class.slots.compare.is_some();
        let mut sides = [(left, right, op), (right, left, op.swapped())];
        if right_first {
            sides.swap(0, 1);
        }
        for (a, b, op) in sides {
            if let Some(answer) = self.compare_half(op, a, b)? {
                return Ok(answer);
            }
        }
        self.compare_identity(op, left, right)
    }

    /// [`Vm::compare`], when the left operand has declined, and the right one was not asked before.
    ///
    /// # Errors
    /// As [`Vm::compare`].
    pub fn compare_right(&mut self, op: Comparison, left: Word, right: Word) -> Outcome<Value> {
        match self.compare_half(op.swapped(), right, left)? {
            Some(answer) => Ok(answer),
            None => self.compare_identity(op, left, right),
        }
    }

    fn compare_half(&mut self, op: Comparison, a: Word, b: Word) -> Outcome<Option<Value>> {
        let Some(compare) = self.class_of(a).slots.compare else {
            return Ok(None);
        };
        let answer = compare(self, a, b, op)?;
        Ok((!self.is_not_implemented(&answer)).then_some(answer))
    }

    /// What is left when neither operand knows the other.
    fn compare_identity(&mut self, op: Comparison, left: Word, right: Word) -> Outcome<Value> {
        match op {
            Comparison::Equal => Ok(Value::bool(left == right)),
            Comparison::NotEqual => Ok(Value::bool(left != right)),
            _ => {
                let symbol = op.symbol();
                let (a, b) = (self.class_name(left), self.class_name(right));
                Err(self.type_error(format!(
                    "'{symbol}' not supported between instances of '{a}' and '{b}'"
                )))
            }
        }
    }

    /// What `object.__eq__` and the like answer: identity for `==`, its opposite for `!=`, else `NotImplemented`.
    ///
    /// # Errors
    /// What an overridden `__eq__` raises (`!=` asks it).
    pub fn default_compare(&mut self, left: Word, right: Word, op: Comparison) -> Outcome<Value> {
        match op {
            Comparison::Equal if left == right => Ok(Value::TRUE),
            Comparison::NotEqual => {
                let Some(compare) = self.class_of(left).slots.compare else {
                    return Ok(self.not_implemented_value());
                };
                let equal = compare(self, left, right, Comparison::Equal)?;
                if self.is_not_implemented(&equal) {
                    return Ok(equal);
                }
                Ok(Value::bool(!self.truthy(equal.word())?))
            }
            _ => Ok(self.not_implemented_value()),
        }
    }

    /// A comparison as a truth value.
    ///
    /// # Errors
    /// As [`Vm::compare`].
    pub fn compare_bool(&mut self, op: Comparison, left: Word, right: Word) -> Outcome<bool> {
        if is_int(left) && is_int(right) {
            return Ok(op.apply(&int_of(left), &int_of(right)));
        }
        if is_float(left) && is_float(right) {
            return Ok(op.apply(&float_of(left), &float_of(right)));
        }
        let answer = self.compare(op, left, right)?;
        self.truthy(answer.word())
    }

    /// Are the two equal, in the sense of containers: identical or `==`?
    ///
    /// # Errors
    /// What `__eq__` raises.
    pub fn eq(&mut self, left: Word, right: Word) -> Outcome<bool> {
        if left == right {
            return Ok(true);
        }
        // SAFETY: live values.
        if unsafe { has_shape(left, SHAPE_STR) && has_shape(right, SHAPE_STR) } {
            return Ok(string::equal(left, right));
        }
        self.compare_bool(Comparison::Equal, left, right)
    }

    /// `hash(object)`, seen as unsigned.
    ///
    /// # Errors
    /// `TypeError` if it is not hashable, or what `__hash__` raises.
    #[inline]
    pub fn hash(&mut self, object: Word) -> Outcome<u64> {
        if is_int(object) {
            let value = int_of(object);
            return Ok(if value == -1 {
                -2_i64 as u64
            } else {
                value as u64
            });
        }
        // SAFETY: a live value.
        if unsafe { has_shape(object, SHAPE_STR) } {
            return Ok(string::hash(object));
        }
        match self.class_of(object).slots.hash {
            Some(hash) => hash(self, object),
            None => crate::slots::unhashable(self, object),
        }
    }

    /// `bool(object)`.
    ///
    /// # Errors
    /// What `__bool__` or `__len__` raises.
    #[inline]
    pub fn truthy(&mut self, object: Word) -> Outcome<bool> {
        if is_bool(object) {
            return Ok(object == layout::TRUE);
        }
        if is_int(object) {
            return Ok(int_of(object) != 0);
        }
        if object == NONE {
            return Ok(false);
        }
        if is_float(object) {
            return Ok(float_of(object) != 0.0);
        }
        let slots = &self.class_of(object).slots;
        if let Some(truthy) = slots.truthy {
            return truthy(self, object);
        }
        match slots.len {
            Some(len) => Ok(len(self, object)? != 0),
            None => Ok(true),
        }
    }
}
