//! The code arena: one reservation of address space that all machine code of an engine lives in.
//!
//! Traces jump to each other, to the shared routines and from hot to cold code with 32-bit displacements, so all of it
//! must lie close together: the arena reserves one range when the engine is made (pages are committed by the system as
//! they are written) and hands out pieces of it. *Hot* pieces come from the low end, so that loops lie densely in the
//! instruction cache; *cold* ones (exit stubs, slow calls) come from the high end. Freed pieces are merged and reused.
//!
//! Code is written elsewhere first and copied in by [`Arena::publish`], which makes the pages writable, copies, and
//! makes them executable again: no page is ever writable and executable at once, and a compile that fails half way
//! has touched nothing.

use std::fmt;
use std::ops::Range;

use memmap2::{MmapMut, MmapOptions};
use serde::Serialize;

/// Hot pieces begin at multiples of this many bytes, so that loop heads can be aligned within them.
pub const HOT_ALIGN: u32 = 32;

/// Why the arena refused.
#[derive(Debug)]
pub enum ArenaError {
    /// No free piece is large enough.
    Full {
        /// Bytes asked for.
        wanted: u32,
        /// Size of the arena.
        capacity: u32,
    },
    /// The system would not reserve the address space.
    Reserve(std::io::Error),
    /// The system would not change the protection of the pages.
    Protect(std::io::Error),
}

impl fmt::Display for ArenaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ArenaError::Full { wanted, capacity } => write!(
                f,
                "the code arena of {capacity} bytes has no {wanted} bytes left: free traces or configure a larger arena"
            ),
            ArenaError::Reserve(error) => {
                write!(f, "cannot reserve memory for machine code: {error}")
            }
            ArenaError::Protect(error) => write!(
                f,
                "cannot change the protection of machine code: {error} (does the system forbid executable memory?)"
            ),
        }
    }
}

impl std::error::Error for ArenaError {}

/// How the arena's bytes are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ArenaStats {
    /// Bytes of address space.
    pub reserved: u64,
    /// Bytes of hot code in use, padding included.
    pub hot: u64,
    /// Bytes of cold code in use.
    pub cold: u64,
    /// Bytes of hot code that only align loop heads.
    pub padding: u64,
    /// Times code was made writable and executable again.
    pub flips: u64,
}

/// One trace's piece of hot and of cold code, as offsets into the arena.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// Hot code.
    pub hot: Range<u32>,
    /// Cold code.
    pub cold: Range<u32>,
}

/// Machine code of one engine.
#[derive(Debug)]
pub struct Arena {
    mapping: MmapMut,
    /// Free ranges, by address, never adjacent.
    free: Vec<Range<u32>>,
    stats: ArenaStats,
}

impl Arena {
    /// Reserves `bytes` of address space.
    ///
    /// # Errors
    /// If the system refuses, or `bytes` is more than 32-bit displacements reach.
    pub fn new(bytes: usize) -> Result<Arena, ArenaError> {
        let bytes = bytes.next_multiple_of(1 << 16).clamp(1 << 16, 1 << 30);
        let mapping = MmapOptions::new()
            .len(bytes)
            .map_anon()
            .map_err(ArenaError::Reserve)?;
        let stats = ArenaStats {
            reserved: bytes as u64,
            ..ArenaStats::default()
        };
        let mut arena = Arena {
            mapping,
            free: std::iter::once(0..bytes as u32).collect(),
            stats,
        };
        arena.protect(libc::PROT_READ | libc::PROT_EXEC)?;
        Ok(arena)
    }

    /// Address of the byte at `offset`.
    #[inline]
    pub fn address(&self, offset: u32) -> usize {
        self.mapping.as_ptr() as usize + offset as usize
    }

    /// The code in `range`.
    pub fn bytes(&self, range: Range<u32>) -> &[u8] {
        &self.mapping[range.start as usize..range.end as usize]
    }

    /// How its bytes are used.
    pub fn stats(&self) -> ArenaStats {
        self.stats
    }

    /// Notes that `bytes` of published hot code are padding.
    pub fn note_padding(&mut self, bytes: u32) {
        self.stats.padding += u64::from(bytes);
    }

    /// Takes a hot piece of at most `hot` bytes and a cold one of at most `cold` bytes.
    ///
    /// # Errors
    /// [`ArenaError::Full`]; nothing is taken then.
    pub fn reserve(&mut self, hot: u32, cold: u32) -> Result<Placement, ArenaError> {
        let full = ArenaError::Full {
            wanted: hot + cold,
            capacity: self.mapping.len() as u32,
        };
        let Some(hot) = self.take_low(hot) else {
            return Err(full);
        };
        let Some(cold) = self.take_high(cold) else {
            self.release(hot);
            return Err(full);
        };
        self.stats.hot += hot.len() as u64;
        self.stats.cold += cold.len() as u64;
        Ok(Placement { hot, cold })
    }

    /// Gives a reserved or published placement back.
    pub fn free(&mut self, placement: Placement) {
        self.stats.hot -= placement.hot.len() as u64;
        self.stats.cold -= placement.cold.len() as u64;
        self.release(placement.hot);
        self.release(placement.cold);
    }

    /// Copies `hot` and `cold` to the beginning of their pieces of `placement`, gives the rest of the pieces back, and
    /// overwrites code published earlier with `patches` (offset, bytes). All of it is executable afterwards.
    ///
    /// # Errors
    /// If the system refuses to change the protection. If it refuses to make code executable again, no code of this
    /// arena may be entered any more.
    pub fn publish(
        &mut self,
        placement: &mut Placement,
        hot: &[u8],
        cold: &[u8],
        patches: &[(u32, [u8; 5])],
    ) -> Result<(), ArenaError> {
        self.protect(libc::PROT_READ | libc::PROT_WRITE)?;
        let (hot_at, cold_at) = (placement.hot.start as usize, placement.cold.start as usize);
        self.mapping[hot_at..hot_at + hot.len()].copy_from_slice(hot);
        self.mapping[cold_at..cold_at + cold.len()].copy_from_slice(cold);
        for (at, bytes) in patches {
            self.mapping[*at as usize..*at as usize + bytes.len()].copy_from_slice(bytes);
        }
        self.protect(libc::PROT_READ | libc::PROT_EXEC)?;
        self.stats.flips += 1;
        let hot_end = (placement.hot.start + hot.len() as u32).next_multiple_of(HOT_ALIGN);
        let hot_end = hot_end.min(placement.hot.end);
        let cold_end = placement.cold.start + cold.len() as u32;
        self.stats.hot -= u64::from(placement.hot.end - hot_end);
        self.stats.cold -= u64::from(placement.cold.end - cold_end);
        self.release(hot_end..placement.hot.end);
        self.release(cold_end..placement.cold.end);
        placement.hot.end = hot_end;
        placement.cold.end = cold_end;
        Ok(())
    }

    /// Overwrites code published earlier with `patches` (offset, bytes).
    ///
    /// # Errors
    /// As for [`Arena::publish`].
    pub fn patch(&mut self, patches: &[(u32, [u8; 5])]) -> Result<(), ArenaError> {
        if patches.is_empty() {
            return Ok(());
        }
        self.protect(libc::PROT_READ | libc::PROT_WRITE)?;
        for (at, bytes) in patches {
            self.mapping[*at as usize..*at as usize + bytes.len()].copy_from_slice(bytes);
        }
        self.protect(libc::PROT_READ | libc::PROT_EXEC)?;
        self.stats.flips += 1;
        Ok(())
    }

    fn protect(&mut self, protection: libc::c_int) -> Result<(), ArenaError> {
        let start = self.mapping.as_mut_ptr().cast();
        // SAFETY: the range is exactly the mapping this arena owns. While it is not writable, no `&mut` to its bytes
        // is made; while it is not executable, no code of it runs (the engine publishes between entries, one thread).
        let failed = unsafe { libc::mprotect(start, self.mapping.len(), protection) } != 0;
        if failed {
            return Err(ArenaError::Protect(std::io::Error::last_os_error()));
        }
        Ok(())
    }

    fn take_low(&mut self, bytes: u32) -> Option<Range<u32>> {
        let bytes = bytes.next_multiple_of(HOT_ALIGN);
        let fits = |range: &Range<u32>| {
            let start = range.start.next_multiple_of(HOT_ALIGN);
            start <= range.end && range.end - start >= bytes
        };
        let i = self.free.iter().position(fits)?;
        let whole = self.free.remove(i);
        let start = whole.start.next_multiple_of(HOT_ALIGN);
        self.release(whole.start..start);
        self.release(start + bytes..whole.end);
        Some(start..start + bytes)
    }

    fn take_high(&mut self, bytes: u32) -> Option<Range<u32>> {
        let fits = |range: &Range<u32>| range.len() as u32 >= bytes;
        let i = self.free.iter().rposition(fits)?;
        let range = &mut self.free[i];
        range.end -= bytes;
        let taken = range.end..range.end + bytes;
        if range.start == range.end {
            self.free.remove(i);
        }
        Some(taken)
    }

    fn release(&mut self, range: Range<u32>) {
        if range.is_empty() {
            return;
        }
        let i = self.free.partition_point(|free| free.start < range.start);
        self.free.insert(i, range);
        if i + 1 < self.free.len() && self.free[i].end == self.free[i + 1].start {
            self.free[i].end = self.free[i + 1].end;
            self.free.remove(i + 1);
        }
        if i > 0 && self.free[i - 1].end == self.free[i].start {
            self.free[i - 1].end = self.free[i].end;
            self.free.remove(i);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_code_runs_and_freed_code_is_reused() {
        let mut arena = Arena::new(1 << 16).unwrap();
        let mut first = arena.reserve(100, 50).unwrap();
        // mov eax, 7; ret
        arena
            .publish(&mut first, &[0xb8, 7, 0, 0, 0, 0xc3], &[0xc3], &[])
            .unwrap();
        let address = arena.address(first.hot.start);
        // SAFETY: those bytes are a function without arguments that returns an integer.
        let seven: extern "sysv64" fn() -> i32 = unsafe { std::mem::transmute(address) };
        assert_eq!(seven(), 7);
        assert_eq!(first.hot.len(), 32);
        assert_eq!(first.cold.len(), 1);
        let second = arena.reserve(64, 8).unwrap();
        assert_eq!(second.hot.start, 32);
        arena.free(first.clone());
        let third = arena.reserve(32, 1).unwrap();
        assert_eq!(third.hot, first.hot);
        arena.free(third);
        arena.free(second);
        assert!(arena.free.iter().eq([&(0..1 << 16)]));
        assert_eq!((arena.stats().hot, arena.stats().cold), (0, 0));
    }

    #[test]
    fn a_full_arena_says_so_and_takes_nothing() {
        let mut arena = Arena::new(1 << 16).unwrap();
        let held = arena.reserve(1 << 15, 0).unwrap();
        assert!(matches!(
            arena.reserve(1 << 14, 1 << 15),
            Err(ArenaError::Full { .. })
        ));
        let error = arena.reserve(1 << 16, 0).unwrap_err().to_string();
        assert!(error.contains("65536 bytes left"), "{error}");
        arena.free(held);
        assert!(arena.free.iter().eq([&(0..1 << 16)]));
    }
}
