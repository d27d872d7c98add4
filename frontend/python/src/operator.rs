//! The operators of the language, numbered as in bytecode, with their symbols and special methods.

use crate::layout::Word;
use crate::names::Names;

macro_rules! binary_ops {
    ($($variant:ident = $number:literal, $symbol:literal, $inplace:ident, $method:ident, $reflected:ident, $inplace_method:ident;)*) => {
        /// A binary operator; the numbers are those of `BINARY_OP`'s argument.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        #[expect(missing_docs, reason = "the variants are the language's operators")]
        pub enum BinaryOp { $($variant = $number,)* $($inplace = $number + 13,)* }

        impl BinaryOp {
            /// All operators that are not in-place.
            pub const PLAIN: &[BinaryOp] = &[$(BinaryOp::$variant,)*];

            /// The operator with this number.
            #[inline]
            pub const fn from_number(number: u8) -> Option<BinaryOp> {
                match number {
                    $($number => Some(BinaryOp::$variant),)*
                    $(n if n == $number + 13 => Some(BinaryOp::$inplace),)*
                    _ => None,
                }
            }

            /// The operator without assignment.
            #[must_use]
            pub const fn plain(self) -> BinaryOp {
                match self { $(BinaryOp::$variant | BinaryOp::$inplace => BinaryOp::$variant,)* }
            }

            /// The symbol, as messages have it.
            pub const fn symbol(self) -> &'static str {
                match self { $(BinaryOp::$variant => $symbol, BinaryOp::$inplace => concat!($symbol, "="),)* }
            }

            /// Name of the method (`__add__`, or `__iadd__` in place).
            pub const fn method(self, names: &Names) -> Word {
                match self { $(BinaryOp::$variant => names.$method, BinaryOp::$inplace => names.$inplace_method,)* }
            }

            /// Name of the reflected method (`__radd__`).
            pub const fn reflected(self, names: &Names) -> Word {
                match self { $(BinaryOp::$variant | BinaryOp::$inplace => names.$reflected,)* }
            }

            /// Names of the plain and the reflected method.
            pub const fn method_names(self) -> (&'static str, &'static str) {
                match self { $(BinaryOp::$variant => (stringify!($method), stringify!($reflected)), BinaryOp::$inplace => (stringify!($inplace_method), stringify!($reflected)),)* }
            }
        }
    };
}

binary_ops! {
    Add = 0, "+", InplaceAdd, __add__, __radd__, __iadd__;
    And = 1, "&", InplaceAnd, __and__, __rand__, __iand__;
    FloorDivide = 2, "//", InplaceFloorDivide, __floordiv__, __rfloordiv__, __ifloordiv__;
    LeftShift = 3, "<<", InplaceLeftShift, __lshift__, __rlshift__, __ilshift__;
    MatrixMultiply = 4, "@", InplaceMatrixMultiply, __matmul__, __rmatmul__, __imatmul__;
    Multiply = 5, "*", InplaceMultiply, __mul__, __rmul__, __imul__;
    Remainder = 6, "%", InplaceRemainder, __mod__, __rmod__, __imod__;
    Or = 7, "|", InplaceOr, __or__, __ror__, __ior__;
    Power = 8, "**", InplacePower, __pow__, __rpow__, __ipow__;
    RightShift = 9, ">>", InplaceRightShift, __rshift__, __rrshift__, __irshift__;
    Subtract = 10, "-", InplaceSubtract, __sub__, __rsub__, __isub__;
    TrueDivide = 11, "/", InplaceTrueDivide, __truediv__, __rtruediv__, __itruediv__;
    Xor = 12, "^", InplaceXor, __xor__, __rxor__, __ixor__;
}

/// `BINARY_OP`'s number for subscripts.
pub const SUBSCRIPT: u8 = 26;

impl BinaryOp {
    /// Is it `+=` and the like?
    pub const fn is_inplace(self) -> bool {
        self as u8 >= 13
    }
}

/// A unary operator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnaryOp {
    /// `-x`
    Negative,
    /// `+x`
    Positive,
    /// `~x`
    Invert,
    /// `abs(x)`
    Absolute,
}

impl UnaryOp {
    /// All of them.
    pub const ALL: &[UnaryOp] = &[
        UnaryOp::Negative,
        UnaryOp::Positive,
        UnaryOp::Invert,
        UnaryOp::Absolute,
    ];

    /// The operator with this place in [`UnaryOp::ALL`].
    pub fn from_number(number: u8) -> Option<UnaryOp> {
        UnaryOp::ALL.get(number as usize).copied()
    }

    /// Name of the method.
    pub const fn method(self, names: &Names) -> Word {
        match self {
            UnaryOp::Negative => names.__neg__,
            UnaryOp::Positive => names.__pos__,
            UnaryOp::Invert => names.__invert__,
            UnaryOp::Absolute => names.__abs__,
        }
    }

    /// Name of the method.
    pub const fn method_name(self) -> &'static str {
        match self {
            UnaryOp::Negative => "__neg__",
            UnaryOp::Positive => "__pos__",
            UnaryOp::Invert => "__invert__",
            UnaryOp::Absolute => "__abs__",
        }
    }
}

/// A comparison; the numbers are those of `COMPARE_OP`'s argument, shifted right by 5.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Comparison {
    /// `<`
    Less = 0,
    /// `<=`
    LessEqual = 1,
    /// `==`
    Equal = 2,
    /// `!=`
    NotEqual = 3,
    /// `>`
    Greater = 4,
    /// `>=`
    GreaterEqual = 5,
}

impl Comparison {
    /// All of them, by number.
    pub const ALL: [Comparison; 6] = [
        Comparison::Less,
        Comparison::LessEqual,
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Greater,
        Comparison::GreaterEqual,
    ];

    /// With the operands exchanged.
    #[must_use]
    pub const fn swapped(self) -> Comparison {
        match self {
            Comparison::Less => Comparison::Greater,
            Comparison::LessEqual => Comparison::GreaterEqual,
            Comparison::Greater => Comparison::Less,
            Comparison::GreaterEqual => Comparison::LessEqual,
            Comparison::Equal | Comparison::NotEqual => self,
        }
    }

    /// The symbol.
    pub const fn symbol(self) -> &'static str {
        ["<", "<=", "==", "!=", ">", ">="][self as usize]
    }

    /// Name of the method.
    pub const fn method(self, names: &Names) -> Word {
        match self {
            Comparison::Less => names.__lt__,
            Comparison::LessEqual => names.__le__,
            Comparison::Equal => names.__eq__,
            Comparison::NotEqual => names.__ne__,
            Comparison::Greater => names.__gt__,
            Comparison::GreaterEqual => names.__ge__,
        }
    }

    /// Name of the method.
    pub const fn method_name(self) -> &'static str {
        ["__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__"][self as usize]
    }

    /// What an ordering means for this comparison.
    pub const fn of(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Comparison::Less => ordering.is_lt(),
            Comparison::LessEqual => ordering.is_le(),
            Comparison::Equal => ordering.is_eq(),
            Comparison::NotEqual => ordering.is_ne(),
            Comparison::Greater => ordering.is_gt(),
            Comparison::GreaterEqual => ordering.is_ge(),
        }
    }

    /// The comparison of two values that have an order.
    #[inline]
    pub fn apply<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Comparison::Less => left < right,
            Comparison::LessEqual => left <= right,
            Comparison::Equal => left == right,
            Comparison::NotEqual => left != right,
            Comparison::Greater => left > right,
            Comparison::GreaterEqual => left >= right,
        }
    }
}
