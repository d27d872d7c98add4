//! How a VM boxes and unboxes, found in its table: for each representation, the uops that turn a raw value into a word
//! and back.
//!
//! Everything the optimizer knows of the VM's encoding of words follows from the contracts of the uop table: `boxes` and
//! `unboxes` undo each other, and a checked unboxer succeeds on words of the kind it checks only. So a constant word
//! is of that kind if the checked unboxer, evaluated now, finds a value in it. (That boxing gives the same bits again
//! would prove nothing: a box of floats that adds an offset gives *every* word back.) Kinds without a raw form (`None`) are told
//! by guards in the same way.

use sashiko_stencils::uop::Kinds;
use sashiko_stencils::{Rep, UopId, UopInfo, UopTable};

/// The uops that box and unbox one representation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Boxer {
    /// The raw representation.
    pub(crate) rep: Rep,
    /// Raw to word.
    pub(crate) boxes: UopId,
    /// Kinds of the words it makes.
    pub(crate) kinds: Kinds,
    /// Word to raw, leaving the trace if the word is of another kind.
    pub(crate) checked: Option<UopId>,
    /// Word to raw, for words known to be of the kind.
    pub(crate) unchecked: Option<UopId>,
}

impl Boxer {
    /// Does every word hold a raw value of this representation? So it is in a VM whose words have no tags: unboxing
    /// never fails, and there is no unboxer that checks.
    pub(crate) fn is_total(&self) -> bool {
        self.checked.is_none() && self.unchecked.is_some()
    }
}

/// The boxers of a table, kept from trace to trace.
#[derive(Debug, Default)]
pub(crate) struct Boxing {
    table: Option<&'static UopTable>,
    boxers: Vec<Boxer>,
    /// Guards that tell by the bits alone whether a word is of certain uncounted kinds.
    tells: Vec<&'static UopInfo>,
    counted: bool,
}

impl Boxing {
    /// Looks `table` up, unless it is the one looked up last.
    pub(crate) fn of(&mut self, table: &'static UopTable) -> &Boxing {
        if !self.table.is_some_and(|known| std::ptr::eq(known, table)) {
            self.table = Some(table);
            self.counted = table.uops.iter().any(|uop| uop.effects.counts != 0);
            self.boxers.clear();
            self.boxers
                .extend(Rep::ALL.iter().filter_map(|rep| find(table, *rep)));
            self.tells.clear();
            self.tells
                .extend(table.uops.iter().filter(|uop| table.can_tell(uop)));
        }
        self
    }

    /// The boxer of `rep`.
    pub(crate) fn boxer(&self, rep: Rep) -> Option<&Boxer> {
        self.boxers.iter().find(|boxer| boxer.rep == rep)
    }

    /// The boxer of exactly the words of `kinds`.
    pub(crate) fn of_kinds(&self, kinds: Kinds) -> Option<&Boxer> {
        let of = |boxer: &&Boxer| kinds != Kinds::ANY && boxer.kinds == kinds;
        self.boxers.iter().find(of)
    }

    /// Does no value of `kinds` carry a reference count?
    pub(crate) fn uncounted(&self, kinds: Kinds) -> bool {
        !self.counted
            || self
                .table
                .is_some_and(|table| kinds.is_subset(table.uncounted))
    }

    /// The raw value held as `rep` that the constant `word` is a box of, if it is one.
    pub(crate) fn unbox_constant(&self, rep: Rep, word: u64) -> Option<u64> {
        self.table?.unbox(self.boxer(rep)?.checked?, word)
    }

    /// What a constant word can be.
    pub(crate) fn kinds_of_constant(&self, word: u64) -> Kinds {
        let of = |boxer: &&Boxer| self.unbox_constant(boxer.rep, word).is_some();
        let boxed = self.boxers.iter().find(of).map(|boxer| boxer.kinds);
        let told = || {
            let table = self.table?;
            self.tells.iter().find_map(|guard| table.tells(guard, word))
        };
        boxed.or_else(told).unwrap_or(Kinds::ANY)
    }
}

fn find(table: &'static UopTable, rep: Rep) -> Option<Boxer> {
    let boxes = table.boxer(rep)?;
    let is_unboxer = |uop: &UopInfo| {
        uop.unboxes && !uop.exits && uop.result.is_some_and(|result| result.rep == rep)
    };
    let checked = table.unboxer(rep);
    let unchecked = checked
        .and_then(|uop| table.info(uop).unchecked)
        .or_else(|| {
            table
                .uops
                .iter()
                .position(is_unboxer)
                .map(|i| UopId(i as u16))
        });
    Some(Boxer {
        rep,
        boxes,
        kinds: table
            .info(boxes)
            .result
            .map_or(Kinds::ANY, |result| result.kinds),
        checked,
        unchecked,
    })
}
