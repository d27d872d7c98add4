//! All uops of a VM and their stencils, as the builder wrote them.

use crate::info::{Outcome, Rep, Role, UopId, UopInfo};
use crate::stencil::{Bank, Shape, ShapeKey, Stencil, StencilId};
use crate::uop::Kinds;

/// The uops of a VM and their stencils.
#[derive(Debug)]
pub struct UopTable {
    /// The VM's name, for dumps.
    pub name: &'static str,
    /// Facts, by [`UopId`].
    pub uops: &'static [UopInfo],
    /// Machine code, by [`StencilId`], sorted by uop and key.
    pub stencils: &'static [Stencil],
    /// For each uop its first stencil; one entry more than there are uops.
    pub first_stencil: &'static [u16],
    /// Wide constants of the stencils, for [`Context`](crate::context::Context).
    pub pool: &'static [[u8; 16]],
    /// Names of the kind bits, lowest first.
    pub kind_names: &'static [&'static str],
    /// Kinds whose values carry no reference count: adding or dropping a reference to them does nothing. The VM names
    /// them in a constant `UNCOUNTED: Kinds` beside its uops; [`Kinds::NEVER`] without one.
    pub uncounted: Kinds,
    /// Names of the alias-class bits, lowest first.
    pub alias_names: &'static [&'static str],
}

impl UopTable {
    /// Facts about `uop`.
    #[inline]
    pub fn info(&self, uop: UopId) -> &'static UopInfo {
        &self.uops[usize::from(uop.0)]
    }

    /// The code of `id`.
    #[inline]
    pub fn stencil(&self, id: StencilId) -> &'static Stencil {
        &self.stencils[usize::from(id.0)]
    }

    /// The uop called `name`.
    pub fn by_name(&self, name: &str) -> Option<UopId> {
        self.uops
            .iter()
            .position(|uop| uop.name == name)
            .map(|i| UopId(i as u16))
    }

    /// All stencils of `uop`, with their ids.
    pub fn variants(&self, uop: UopId) -> impl Iterator<Item = (StencilId, &'static Stencil)> {
        let range =
            self.first_stencil[usize::from(uop.0)]..self.first_stencil[usize::from(uop.0) + 1];
        range.map(|i| (StencilId(i), &self.stencils[usize::from(i)]))
    }

    /// The stencil of `uop` with shapes `key`, if the builder made one. The all-register one always exists for uops
    /// that are not calls.
    #[inline]
    pub fn variant(&self, uop: UopId, key: ShapeKey) -> Option<StencilId> {
        let first = self.first_stencil[usize::from(uop.0)];
        let stencils = &self.stencils
            [usize::from(first)..usize::from(self.first_stencil[usize::from(uop.0) + 1])];
        stencils
            .binary_search_by_key(&key, |stencil| stencil.key)
            .ok()
            .map(|i| StencilId(first + i as u16))
    }

    /// The stencil of `uop` that has every operand in a register.
    pub fn all_register(&self, uop: UopId) -> Option<StencilId> {
        self.variant(uop, ShapeKey::new(&[], Shape::Reg))
    }

    /// The raw value in the constant `word`, if `unboxer` (a checked one) finds one there. `None` also if it cannot be
    /// evaluated at compile time: it can if its unchecked form is pure. The value then stands in the bits of the word, and
    /// so does its kind.
    pub fn unbox(&self, unboxer: UopId, word: u64) -> Option<u64> {
        let checked = self.info(unboxer);
        let unchecked = self.info(checked.unchecked?);
        if !checked.unboxes || unchecked.role != Role::Pure || unchecked.takes_env {
            return None;
        }
        match checked.evaluate(&[word], &[])? {
            Outcome::Value(raw) => Some(raw),
            Outcome::Done | Outcome::Exit => None,
        }
    }

    /// Can [`tells`](UopTable::tells) ask `uop`? It is a guard of uncounted kinds and nothing else. Such a kind stands in the
    /// bits of the word: there is no object it could stand in.
    pub fn can_tell(&self, uop: &UopInfo) -> bool {
        let [input] = uop.inputs else { return false };
        uop.role == Role::Guard
            && uop.result.is_none()
            && uop.immediates.is_empty()
            && uop.steps.is_empty()
            && input.rep == Rep::Word
            && input.checks != Kinds::NEVER
            && input.checks.is_subset(self.uncounted)
    }

    /// The kinds of the constant `word`, if `guard`, which [can tell](UopTable::can_tell), succeeds on it.
    pub fn tells(&self, guard: &UopInfo, word: u64) -> Option<Kinds> {
        if !self.can_tell(guard) {
            return None;
        }
        let outcome = guard.evaluate(&[word], &[])?;
        matches!(outcome, Outcome::Done).then(|| guard.inputs[0].checks)
    }

    /// The uop that boxes raw values held as `rep`, if the VM has one.
    pub fn boxer(&self, rep: Rep) -> Option<UopId> {
        let boxes =
            |uop: &UopInfo| uop.boxes && uop.inputs.first().is_some_and(|input| input.rep == rep);
        self.uops.iter().position(boxes).map(|i| UopId(i as u16))
    }

    /// The checked uop that unboxes words into raw values held as `rep`, if the VM has one.
    pub fn unboxer(&self, rep: Rep) -> Option<UopId> {
        let unboxes = |uop: &UopInfo| {
            uop.unboxes && uop.exits && uop.result.is_some_and(|result| result.rep == rep)
        };
        self.uops.iter().position(unboxes).map(|i| UopId(i as u16))
    }
}

impl Rep {
    /// The registers that can hold it.
    #[inline]
    pub const fn bank(self) -> Bank {
        match self {
            Rep::Float => Bank::Xmm,
            _ => Bank::Gpr,
        }
    }
}
