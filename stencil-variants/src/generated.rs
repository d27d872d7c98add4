//! What the builder's text refers to. Nothing else should: it may change with the builder.
//!
//! A table of some thousand stencils is compiled each time the VM is, so its text is compact: all bytes, patches,
//! holes and operands stand in one array each, and a stencil is cut out of them by position.

use crate::info::UopId;
use crate::stencil::{Hole, Operand, Patch, ShapeKey, Stencil};

/// The arrays that stencils are cut out of.
#[derive(Debug)]
pub struct Arrays {
    /// Code of all stencils.
    pub bytes: &'static [u8],
    /// Operand lists.
    pub operands: &'static [Operand],
    /// Register holes.
    pub patches: &'static [Patch],
    /// Value holes.
    pub holes: &'static [Hole],
    /// Offsets of jumps.
    pub jumps: &'static [u8],
}

/// One stencil: uop, key, then (position, length) of bytes, operands, patches, holes, exits and slow jumps.
pub type Row = (u16, u16, [u32; 12]);

/// The patches written as quintuples.
pub const fn patches<const N: usize>(rows: [[u8; 5]; N]) -> [Patch; N] {
    let mut patches = [Patch {
        operand: 0,
        low_byte: 0,
        low_bit: 0,
        high_byte: 0,
        high_bit: 0,
    }; N];
    let mut i = 0;
    while i < N {
        let [operand, low_byte, low_bit, high_byte, high_bit] = rows[i];
        patches[i] = Patch {
            operand,
            low_byte,
            low_bit,
            high_byte,
            high_bit,
        };
        i += 1;
    }
    patches
}

/// The stencils that `rows` describe.
pub const fn stencils<const N: usize>(arrays: &'static Arrays, rows: &[Row; N]) -> [Stencil; N] {
    let mut stencils = [Stencil {
        uop: UopId(0),
        key: ShapeKey(0),
        bytes: &[],
        operands: &[],
        patches: &[],
        holes: &[],
        exits: &[],
        slow: &[],
    }; N];
    let mut i = 0;
    while i < N {
        let (uop, key, part) = rows[i];
        stencils[i] = Stencil {
            uop: UopId(uop),
            key: ShapeKey(key),
            bytes: cut(arrays.bytes, part[0], part[1]),
            operands: cut(arrays.operands, part[2], part[3]),
            patches: cut(arrays.patches, part[4], part[5]),
            holes: cut(arrays.holes, part[6], part[7]),
            exits: cut(arrays.jumps, part[8], part[9]),
            slow: cut(arrays.jumps, part[10], part[11]),
        };
        i += 1;
    }
    stencils
}

const fn cut<T>(all: &'static [T], at: u32, len: u32) -> &'static [T] {
    all.split_at(at as usize).1.split_at(len as usize).0
}

/// What the glue of a called uop returns when its result is held in a general register, or when it has none.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct GprReturn {
    /// The result.
    pub value: u64,
    /// 1 if the uop leaves the trace.
    pub failed: u64,
}

/// What the glue of a called uop returns when its result is a float.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct XmmReturn {
    /// The result.
    pub value: f64,
    /// 1 if the uop leaves the trace.
    pub failed: u64,
}

/// Includes the table that `sashiko-build` wrote for this crate: `TABLE`, the constants in `op`, and the enum `Uop`.
#[macro_export]
macro_rules! include_uops {
    () => {
        use $crate as __sashiko;
        include!(concat!(env!("OUT_DIR"), "/uops_table.rs"));
    };
}
