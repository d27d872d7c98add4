//! The register file as the policies see it: one set of 32 numbers, and who owns what at a call.
//!
//! General register *n* is number *n*, `xmm`*n* is number 16 + *n*. A set of registers is then a `u32`, and the two
//! banks are its halves.

use sashiko_stencils::{Bank, Rep};
use sashiko_trace::ir::{Inst, Trace, ValueId};

use crate::plan::{GPRS, Loc, XMMS};

/// A set of registers, one bit each.
pub(crate) type Set = u32;

/// General registers a call preserves: `rbx`, `r14`, `r15`. It preserves no XMM register.
pub(crate) const CALLEE_SAVED: Set = 1 << 3 | 1 << 14 | 1 << 15;

/// Where a call finds its general arguments: `rsi rdx rcx r8 r9` (`rdi` is the VM's pointer).
const CALL_GPRS: [u8; 5] = [6, 2, 1, 8, 9];

/// All registers of `bank`.
pub(crate) const fn bank_set(bank: Bank) -> Set {
    match bank {
        Bank::Gpr => 0xffff,
        Bank::Xmm => 0xffff_0000,
    }
}

/// The number of the register at `loc`, if it is one.
#[inline]
pub(crate) const fn number(loc: Loc) -> Option<u8> {
    match loc {
        Loc::Gpr(n) => Some(n),
        Loc::Xmm(n) => Some(16 + n),
        _ => None,
    }
}

/// Register `number` as a place.
#[inline]
pub(crate) const fn place(number: u8) -> Loc {
    if number < 16 {
        Loc::Gpr(number)
    } else {
        Loc::Xmm(number - 16)
    }
}

/// Which registers the policies may use: all that are allocatable, unless an experiment asks for fewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Registers(Set);

impl Registers {
    /// Every allocatable register.
    pub const ALL: Registers = Registers::first(GPRS.len(), XMMS.len());

    /// The first `gprs` general registers of [`GPRS`] and the first `xmms` of [`XMMS`]. A policy may use a few more where a
    /// single stencil of the trace needs more than that.
    pub const fn first(gprs: usize, xmms: usize) -> Registers {
        let mut set = 0;
        let mut i = 0;
        while i < gprs && i < GPRS.len() {
            set |= 1 << GPRS[i];
            i += 1;
        }
        i = 0;
        while i < xmms && i < XMMS.len() {
            set |= 1 << (16 + XMMS[i]);
            i += 1;
        }
        Registers(set)
    }

    /// These registers, and of each bank at least `need`.
    pub(crate) fn at_least(self, need: [u32; 2]) -> Set {
        let mut set = self.0;
        for (bank, order) in [(Bank::Gpr, &GPRS[..]), (Bank::Xmm, &XMMS[..])] {
            for n in order {
                if (set & bank_set(bank)).count_ones() >= need[bank as usize] {
                    break;
                }
                set |= 1 << if bank == Bank::Gpr { *n } else { 16 + *n };
            }
        }
        set
    }
}

impl Default for Registers {
    fn default() -> Registers {
        Registers::ALL
    }
}

/// What a call argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallArgument {
    /// A value.
    Value(ValueId),
    /// An immediate's bits.
    Immediate(u64),
}

/// The arguments of the `call` uop `inst` with the registers they go to: inputs in order, then immediates.
///
/// # Panics
/// If there are more arguments than registers for them; the stencil builder refuses such uops.
pub(crate) fn call_arguments<'t>(
    trace: &'t Trace<'_>,
    inst: &'t Inst<'_>,
) -> impl Iterator<Item = (CallArgument, u8)> + 't {
    let values = inst.args.iter().map(|arg| {
        let bank = trace.value(*arg).rep.bank();
        (CallArgument::Value(*arg), bank)
    });
    let immediates = inst
        .immediates
        .iter()
        .map(|bits| (CallArgument::Immediate(*bits), Bank::Gpr));
    let mut used = [0usize; 2];
    values.chain(immediates).map(move |(argument, bank)| {
        let nth = used[bank as usize];
        used[bank as usize] += 1;
        match bank {
            Bank::Gpr => (argument, CALL_GPRS[nth]),
            Bank::Xmm => {
                assert!(nth < 8, "a call has at most 8 float arguments");
                (argument, 16 + nth as u8)
            }
        }
    })
}

/// Where a call leaves a result of representation `rep`: `rax` or `xmm0`.
pub(crate) const fn call_result(rep: Rep) -> u8 {
    match rep.bank() {
        Bank::Gpr => 0,
        Bank::Xmm => 16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_registers_are_the_allocatable_ones() {
        let Registers(set) = Registers::ALL;
        assert_eq!(set.count_ones(), 27);
        for fixed in [4, 5, 12, 13, 31] {
            assert_eq!(set >> fixed & 1, 0, "register {fixed} is not allocatable");
        }
    }

    #[test]
    fn few_registers_grow_to_what_a_stencil_needs() {
        let set = Registers::first(2, 0).at_least([4, 1]);
        assert_eq!(set, 1 | 1 << 1 | 1 << 2 | 1 << 6 | 1 << 16);
        assert_eq!(Registers::first(2, 1).at_least([0, 0]), 3 | 1 << 16);
    }

    #[test]
    fn places_and_numbers_agree() {
        for n in 0..32 {
            assert_eq!(number(place(n)), Some(n));
        }
        assert_eq!(number(Loc::Const(3)), None);
    }
}
