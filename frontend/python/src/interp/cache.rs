//! Inline caches: the code units after an instruction, in which the interpreter keeps counters and what it learned.
//!
//! The first unit of every cache is a counter, `value << 4 | backoff`: each run of the unspecialized form takes one off
//! the value; at zero the instruction is looked at again, and the more often that fails, the longer it is left alone.

use crate::objects::code::CodeUnit;

const BACKOFF_BITS: u16 = 4;
const MAX_BACKOFF: u16 = 12;

const fn counter(value: u16, backoff: u16) -> u16 {
    value << BACKOFF_BITS | backoff
}

/// Counter of an instruction that has not run yet.
pub const WARM_UP: u16 = counter(1, 1);
/// Counter after a successful specialization: misses until the next try.
pub const COOL_DOWN: u16 = counter(52, 0);

/// The counter of a back edge that is hot after `threshold` runs.
pub const fn back_edge_counter(threshold: u32) -> u16 {
    let value = if threshold == 0 { 0 } else { threshold - 1 };
    let value = if value > 4095 { 4095 } else { value };
    counter(value as u16, MAX_BACKOFF)
}

/// Counts one run; is it time?
///
/// # Safety
/// `pc` points to the first cache unit of an instruction.
#[inline(always)]
pub unsafe fn count_down(pc: *const CodeUnit) -> bool {
    let place = pc.cast::<u16>().cast_mut();
    // SAFETY: code units are 16 bits, aligned, and written by this thread alone.
    unsafe {
        let counter = *place;
        if counter < 1 << BACKOFF_BITS {
            return true;
        }
        *place = counter - (1 << BACKOFF_BITS);
        false
    }
}

/// Sets the counter after a failed attempt: twice as long as last time.
///
/// # Safety
/// As [`count_down`].
pub unsafe fn back_off(pc: *const CodeUnit) {
    // SAFETY: by contract.
    unsafe {
        let backoff = ((*pc.cast::<u16>() & ((1 << BACKOFF_BITS) - 1)) + 1).min(MAX_BACKOFF);
        write_u16(pc, 0, counter((1 << backoff) - 1, backoff));
    }
}

/// Sets the counter to `value` runs with the longest back-off.
///
/// # Safety
/// As [`count_down`].
pub unsafe fn restart(pc: *const CodeUnit, value: u16) {
    // SAFETY: by contract.
    unsafe { write_u16(pc, 0, counter(value.min(4095), MAX_BACKOFF)) }
}

/// Sets the counter after a successful specialization.
///
/// # Safety
/// As [`count_down`].
pub unsafe fn cool_down(pc: *const CodeUnit) {
    // SAFETY: by contract.
    unsafe { write_u16(pc, 0, COOL_DOWN) }
}

/// Counters of back edges that have no cache (`JUMP_BACKWARD_NO_INTERRUPT` closes a loop whose body ends with a `try`):
/// found by the jump's address, so that two may share one.
pub struct EdgeCounts {
    counts: Box<[u16; EdgeCounts::SIZE]>,
    /// Runs until an edge is hot; 0 if none ever is.
    threshold: u16,
}

impl EdgeCounts {
    const SIZE: usize = 256;

    /// Counters of edges that are hot after `threshold` runs; without one, none is.
    pub fn new(threshold: Option<u32>) -> EdgeCounts {
        let threshold = threshold.map_or(0, |runs| runs.clamp(1, u16::MAX.into()) as u16);
        EdgeCounts {
            counts: Box::new([0; EdgeCounts::SIZE]),
            threshold,
        }
    }

    fn place(&mut self, edge: *const CodeUnit) -> &mut u16 {
        &mut self.counts[(edge as usize >> 1) % EdgeCounts::SIZE]
    }

    /// Counts one run of the jump before `edge`; is it time?
    #[inline]
    pub fn count(&mut self, edge: *const CodeUnit) -> bool {
        let threshold = self.threshold;
        if threshold == 0 {
            return false;
        }
        let place = self.place(edge);
        *place = place.saturating_add(1);
        *place >= threshold
    }

    /// Begins to count anew.
    pub fn restart(&mut self, edge: *const CodeUnit) {
        *self.place(edge) = 0;
    }
}

macro_rules! access {
    ($($read:ident $write:ident $type:ty;)*) => {$(
        /// Reads from cache unit `index` on.
        ///
        /// # Safety
        /// `pc` points to a cache that has the units read.
        #[inline(always)]
        pub unsafe fn $read(pc: *const CodeUnit, index: usize) -> $type {
            // SAFETY: by contract.
            unsafe { pc.add(index).cast::<$type>().read_unaligned() }
        }

        /// Writes from cache unit `index` on.
        ///
        /// # Safety
        /// `pc` points to a cache that has the units written.
        #[inline(always)]
        pub unsafe fn $write(pc: *const CodeUnit, index: usize, value: $type) {
            // SAFETY: by contract; code is written by this thread alone.
            unsafe { pc.add(index).cast::<$type>().cast_mut().write_unaligned(value) }
        }
    )*};
}

access! {
    read_u16 write_u16 u16;
    read_u32 write_u32 u32;
    read_u64 write_u64 u64;
}

/// Replaces the opcode of the instruction whose cache `pc` points to.
///
/// # Safety
/// `pc` points to the first cache unit of an instruction.
pub unsafe fn set_opcode(pc: *const CodeUnit, op: u8) {
    // SAFETY: the instruction is the unit before.
    unsafe { (*pc.sub(1).cast_mut()).op = op }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_runs_out_and_backs_off() {
        let units = [CodeUnit { op: 0, arg: 0 }; 2];
        let pc = units.as_ptr();
        // SAFETY: a local cache.
        unsafe {
            write_u16(pc, 0, WARM_UP);
            assert!(!count_down(pc));
            assert!(count_down(pc));
            back_off(pc);
            assert_eq!((0..10).position(|_| count_down(pc)), Some(3));
        }
    }

    #[test]
    fn a_threshold_of_one_is_hot_at_once() {
        assert!(back_edge_counter(1) < 16);
        assert_eq!(back_edge_counter(4000) >> 4, 3999);
    }
}
