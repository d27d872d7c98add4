//! `range` of machine integers. (Bounds beyond 63 bits are refused when a range is made.)

use crate::layout;
pub use crate::layout::Range;
use crate::object::{Object, allocate};
use crate::value::Value;
use crate::vm::Vm;

impl Object for Range {
    const SHAPE: u32 = layout::SHAPE_RANGE;

    unsafe fn drop_contents(&mut self) {}
}

impl Range {
    /// Number of values.
    #[inline]
    pub fn len(&self) -> u64 {
        let (start, stop, step) = (
            i128::from(self.start),
            i128::from(self.stop),
            i128::from(self.step),
        );
        let distance = if step > 0 { stop - start } else { start - stop };
        if distance <= 0 {
            0
        } else {
            ((distance - 1) / step.abs() + 1) as u64
        }
    }

    /// Has it no values?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Value number `index`, which must exist.
    #[inline]
    pub fn value_at(&self, index: u64) -> i64 {
        self.start
            .wrapping_add(self.step.wrapping_mul(index as i64))
    }
}

/// Bounds of ranges stay within this, so that no arithmetic on their values overflows: only the value *after* the last
/// may wrap round, if the step is as large, and nobody looks at it.
pub const LIMIT: i64 = 3 << 61;

impl Vm {
    /// A new range; `step` is not zero and all bounds are within [`LIMIT`].
    pub fn new_range(&self, start: i64, stop: i64, step: i64) -> Value {
        debug_assert!(step != 0);
        allocate(self.types.range, |header| Range {
            header,
            start,
            stop,
            step,
        })
    }
}
