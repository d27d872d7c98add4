//! Stress: exits that are taken although nothing failed.
//!
//! An exit that is never taken is never tested, and most never are. With [`Config::stress`](crate::Config::stress) every
//! instruction that can exit is preceded by a countdown, shared by all code of the engine; when it reaches zero, the exit is
//! taken, to the VM or to its side trace, and the countdown starts anew from a number drawn when the code was made. A
//! program must not be able to tell: whatever a pass moved past an exit, the exit has to make good.
//!
//! ```text
//! hot:   sub dword [r12 + countdown], 1; jz stub
//! stub:  mov dword [r12 + countdown], n; jmp exit
//! ```

use std::mem::offset_of;

use sashiko_stencils::context::Context;

use crate::moves::{self, Code};

/// Bytes a check adds to the hot code.
pub const CHECK: u32 = 15;
/// Bytes it adds to the cold code.
pub const STUB: u32 = 17;

/// Most checks between two exits taken.
const LONGEST: u64 = 400;
const COUNTDOWN: usize = offset_of!(Context, countdown);

/// Draws the countdowns.
#[derive(Clone, Debug)]
pub struct Stress {
    state: u64,
    /// Checks written for the trace at hand, to be given stubs.
    pub pending: Vec<Check>,
}

/// A check that has no stub yet.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Where its displacement is in the hot code.
    pub displacement: u32,
    /// The plan's exit.
    pub exit: u32,
}

impl Stress {
    /// The same seed draws the same numbers.
    pub fn new(seed: u64) -> Stress {
        Stress {
            state: seed,
            pending: Vec::new(),
        }
    }

    /// What a countdown starts from. Small numbers are as frequent as large ones: both rare and frequent exits are wanted.
    pub fn draw(&mut self) -> u32 {
        // SplitMix64.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        let most = 1 + (z >> 32) % LONGEST;
        1 + (z as u32 % most as u32)
    }

    /// Writes a check before an instruction that leaves through the plan's exit number `exit`.
    pub fn check(&mut self, hot: &mut Code, exit: u32) {
        hot.extend_from_slice(&[0x41, 0x83, 0xac, 0x24]);
        hot.extend_from_slice(&(COUNTDOWN as u32).to_le_bytes());
        hot.extend_from_slice(&[1, 0x0f, 0x84, 0, 0, 0, 0]);
        let displacement = hot.len() as u32 - 4;
        self.pending.push(Check { displacement, exit });
    }

    /// Writes the stub of a check that goes on at the address `exit`; `start` is the cold code's.
    pub fn stub(&mut self, cold: &mut Code, start: usize, exit: usize) {
        cold.extend_from_slice(&[0x41, 0xc7, 0x84, 0x24]);
        cold.extend_from_slice(&(COUNTDOWN as u32).to_le_bytes());
        cold.extend_from_slice(&self.draw().to_le_bytes());
        moves::jump(cold, start, exit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_as_promised_and_draws_are_repeatable() {
        let (mut hot, mut cold) = (Code::new(), Code::new());
        let mut stress = Stress::new(7);
        stress.check(&mut hot, 3);
        stress.stub(&mut cold, 0x1000, 0x2000);
        assert_eq!((hot.len() as u32, cold.len() as u32), (CHECK, STUB));
        assert_eq!(stress.pending[0].displacement, CHECK - 4);
        let drawn = |seed| -> Vec<u32> {
            let mut stress = Stress::new(seed);
            (0..200).map(|_| stress.draw()).collect()
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
        assert!(drawn(1).iter().all(|n| (1..=LONGEST as u32).contains(n)));
    }
}
