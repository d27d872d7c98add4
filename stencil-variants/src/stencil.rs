//! Machine code with holes.
//!
//! A stencil is the code of one uop for one combination of operand *shapes*. Two kinds of places in its bytes are
//! left open: **register holes** ([`Patch`]), because which machine register an operand lives in is decided when the
//! stencil is copied, and **value holes** ([`Hole`]): frame offsets, constants, immediates. Execution enters at the
//! first byte and leaves behind the last one, through an exit (a 32-bit relative jump to the exit's stub), or through
//! a slow jump (to an out-of-line call that comes back behind the stencil).
//!
//! Fixed registers: `rsp` native stack, `rbp` frame base, `r12` [`Context`](crate::context::Context), `r13` and
//! `xmm15` scratch for moves. The other twelve general registers and `xmm0..=xmm14` are allocatable, and *inputs are
//! never overwritten* by a stencil unless the output was given the same register.

pub use crate::call;
use crate::info::UopId;

/// Index of a stencil in its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StencilId(pub u16);

/// A bank of registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bank {
    /// General-purpose.
    Gpr,
    /// SSE/AVX, used for scalar floats.
    Xmm,
}

/// The shape of an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shape {
    /// In a register.
    Reg,
    /// In memory, at an offset from the frame base, read or written by the stencil itself.
    Mem,
    /// A constant of 32 bits, sign-extended (inputs only).
    Const,
}

/// A combination of shapes: two bits for each input, then one for the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShapeKey(pub u16);

impl ShapeKey {
    /// Inputs a key has room for.
    pub const MAX_INPUTS: usize = 7;

    /// The key of `inputs` and `result` ([`Shape::Reg`] where there is no result).
    pub fn new(inputs: &[Shape], result: Shape) -> ShapeKey {
        debug_assert!(inputs.len() <= Self::MAX_INPUTS && result != Shape::Const);
        let inputs = inputs
            .iter()
            .enumerate()
            .map(|(i, shape)| (*shape as u16) << (2 * i))
            .sum::<u16>();
        ShapeKey(inputs | u16::from(result == Shape::Mem) << 14)
    }

    /// Shape of input `i`.
    pub fn input(self, i: usize) -> Shape {
        match self.0 >> (2 * i) & 3 {
            0 => Shape::Reg,
            1 => Shape::Mem,
            _ => Shape::Const,
        }
    }

    /// Shape of the result.
    pub fn result(self) -> Shape {
        if self.0 >> 14 & 1 == 0 {
            Shape::Reg
        } else {
            Shape::Mem
        }
    }
}

/// What a register operand of a stencil is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperandRole {
    /// Input `i`, in a register.
    Input(u8),
    /// The result.
    Output,
    /// Overwritten on the way; holds nothing before or after.
    Temp,
}

/// A register operand of a stencil. Its position in [`Stencil::operands`] is its number in patches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operand {
    /// What it is.
    pub role: OperandRole,
    /// Which registers it can have.
    pub bank: Bank,
    /// For inputs: still read after the output has been written, so it must not share the output's register. (No
    /// operand ever shares a register with a temporary.)
    pub late: bool,
}

/// One occurrence of a register operand in the bytes: XOR the low three bits of the register number into
/// `low_byte` at bit `low_bit`, and its fourth bit into `high_byte` at `high_bit`. The bytes hold register 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patch {
    /// Number of the operand.
    pub operand: u8,
    /// Offset of the byte with the low bits.
    pub low_byte: u8,
    /// Lowest of the three bits.
    pub low_bit: u8,
    /// Offset of the byte with the extension bit.
    pub high_byte: u8,
    /// The bit.
    pub high_bit: u8,
}

/// How the value of a hole is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoleKind {
    /// Four bytes; the value plus the addend must fit, sign-extended.
    S32,
    /// Eight bytes.
    A64,
}

/// What is written into a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoleValue {
    /// Of a [`Shape::Mem`] input: its offset from the frame base in bytes; of a [`Shape::Const`] input: the constant.
    Input(u8),
    /// Of a [`Shape::Mem`] result: its offset from the frame base in bytes.
    Output,
    /// An immediate.
    Immediate(u8),
}

/// A place for a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// What goes there.
    pub value: HoleValue,
    /// How.
    pub kind: HoleKind,
    /// Offset of its first byte.
    pub offset: u8,
    /// Added to the value.
    pub addend: i32,
}

/// Machine code of one uop for one combination of shapes.
#[derive(Clone, Copy, Debug)]
pub struct Stencil {
    /// Whose code it is.
    pub uop: UopId,
    /// Shapes of inputs and result.
    pub key: ShapeKey,
    /// The code, with register 0 in every register hole.
    pub bytes: &'static [u8],
    /// Register operands: the inputs that are in registers, in order; the output, if it is in a register; temporaries.
    pub operands: &'static [Operand],
    /// Register holes.
    pub patches: &'static [Patch],
    /// Value holes.
    pub holes: &'static [Hole],
    /// Offsets of the 32-bit displacements of jumps to the exit.
    pub exits: &'static [u8],
    /// Offsets of the 32-bit displacements of jumps to the slow call.
    pub slow: &'static [u8],
}

/// Most register operands of a stencil.
pub const MAX_OPERANDS: usize = 10;
