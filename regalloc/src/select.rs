//! Variant selection: which stencil of a uop suits the places its operands are in.
//!
//! The policy says which shape it would like each operand to have: a register, its place in memory, a 32-bit constant.
//! Often that very stencil exists. Where it does not, the one that needs the fewest extra moves is taken: an operand
//! in memory or a constant may be loaded into a register first, and a result may be stored after; the stencil that
//! has everything in registers always exists. Among equals the one with the lower key wins, so the choice is
//! deterministic.

use sashiko_stencils::{Rep, Shape, ShapeKey, StencilId, UopId, UopTable};

/// Can the constant `bits` of representation `rep` be the 32-bit constant of a stencil?
#[inline]
pub(crate) fn fits_stencil(rep: Rep, bits: u64) -> bool {
    rep != Rep::Float && i32::try_from(bits.cast_signed()).is_ok()
}

/// Adds `shape` of input `i` to the bits of a key.
#[inline]
pub(crate) fn with_input(key: ShapeKey, i: usize, shape: Shape) -> ShapeKey {
    ShapeKey(key.0 | (shape as u16) << (2 * i))
}

/// Adds the shape of the result to the bits of a key.
#[inline]
pub(crate) fn with_result(key: ShapeKey, shape: Shape) -> ShapeKey {
    ShapeKey(key.0 | u16::from(shape == Shape::Mem) << 14)
}

/// The stencil of `uop` that comes nearest to the shapes `wanted`; an operand of it may be in a register where
/// another shape was wanted, never the other way round.
///
/// # Panics
/// If `uop` is a call: those have no stencils.
pub(crate) fn select(table: &UopTable, uop: UopId, wanted: ShapeKey) -> StencilId {
    match table.variant(uop, wanted) {
        Some(exact) => exact,
        None => nearest(table, uop, wanted),
    }
}

/// Choices that have been made for a table: looking one up costs a load, making it a search.
#[derive(Debug, Default)]
pub(crate) struct Choices {
    table: Option<&'static UopTable>,
    /// By uop and [`Choices::index`].
    stencils: Vec<Option<StencilId>>,
}

impl Choices {
    /// Keys of up to three inputs, and the result's bit.
    const KEYS: usize = 1 << 7;

    /// From here on choices are for `table`.
    pub(crate) fn begin(&mut self, table: &'static UopTable) {
        if !self.table.is_some_and(|known| std::ptr::eq(known, table)) {
            self.table = Some(table);
            self.stencils.clear();
            self.stencils.resize(table.uops.len() * Self::KEYS, None);
        }
    }

    fn index(uop: UopId, key: ShapeKey) -> Option<usize> {
        let small = key.0 & 0x3fc0 == 0;
        let key = usize::from(key.0 & 0x3f | key.0 >> 8 & 0x40);
        small.then_some(usize::from(uop.0) * Self::KEYS + key)
    }

    /// [`select`] in the table of [`Choices::begin`].
    #[inline]
    pub(crate) fn select(&mut self, table: &UopTable, uop: UopId, wanted: ShapeKey) -> StencilId {
        let index = Self::index(uop, wanted);
        if let Some(index) = index
            && let Some(known) = self.stencils[index]
        {
            return known;
        }
        let id = select(table, uop, wanted);
        if let Some(index) = index {
            self.stencils[index] = Some(id);
        }
        id
    }
}

#[cold]
fn nearest(table: &UopTable, uop: UopId, wanted: ShapeKey) -> StencilId {
    let inputs = table.info(uop).inputs.len();
    let mut best: Option<(u32, StencilId)> = None;
    for (id, stencil) in table.variants(uop) {
        let mut moves = 0;
        let mut fits = true;
        for i in 0..inputs {
            let (has, wants) = (stencil.key.input(i), wanted.input(i));
            fits &= has == wants || has == Shape::Reg;
            moves += u32::from(has != wants);
        }
        let (has, wants) = (stencil.key.result(), wanted.result());
        fits &= has == wants || has == Shape::Reg;
        moves += u32::from(has != wants);
        if fits && best.is_none_or(|(fewest, _)| moves < fewest) {
            best = Some((moves, id));
        }
    }
    let name = table.info(uop).name;
    let (_, id) = best.unwrap_or_else(|| panic!("uop `{name}` has no all-register stencil"));
    id
}
