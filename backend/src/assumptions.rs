//! What traces assume, and what happens when that breaks; eviction, which is all assumptions breaking at once.
//!
//! A VM names what may change with an [`Assumption`]: a class, a global, a function. A trace that would be wrong after the
//! change [depends](Engine::depend) on it, and has *patch points* (uops declared `patch_point`) where the change could be noticed:
//! where the trace uses what it assumes, unless it was told before and nothing has run since that could have changed it.
//!
//! When an assumption breaks ([`Engine::invalidate`]), the traces that depend on it, and the side traces of those, die:
//!
//! - their patch points and entries are overwritten with jumps to their exits, so that whoever is inside leaves at the next one,
//!   and whoever jumps to the entry leaves at once;
//! - the exits of living traces that went to a dead side trace go to the VM again;
//! - the VM is told by [`Engine::is_valid`] not to enter them.
//!
//! # Why this is safe while the code runs
//!
//! One thread runs the VM, so an assumption breaks in a call made from a trace or from no trace at all. The calls that are under
//! way return to instructions behind them, which are no patch points' insides: a patch point is one instruction as long as the
//! jump. The bytes are changed while nothing executes in the arena. Nothing is freed: code goes only in [`Engine::evict`], when
//! no entry is under way.

use std::collections::BTreeSet;

use sashiko_trace::ir::TraceId;

use crate::arena::ArenaError;
use crate::engine::Engine;
use crate::exits;

/// Something of the VM's that may change: its own number for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Assumption(pub u64);

impl Engine {
    /// Notes that `trace` is right only as long as nobody [invalidates](Engine::invalidate) `assumption`. The trace must have a
    /// patch point before each use of what it assumes that something may have run before.
    pub fn depend(&mut self, trace: TraceId, assumption: Assumption) {
        let dependents = self.dependents.entry(assumption).or_default();
        if dependents.last() != Some(&trace) {
            dependents.push(trace);
        }
    }

    /// `assumption` no longer holds: the traces that depend on it leave at their next patch point and are not entered again.
    /// Answers how many traces that were.
    ///
    /// # Errors
    /// If the system refuses to change the protection of code. No trace may be entered any more then.
    pub fn invalidate(&mut self, assumption: Assumption) -> Result<usize, ArenaError> {
        match self.dependents.remove(&assumption) {
            None => Ok(0),
            Some(traces) => self.kill(&traces),
        }
    }

    /// May `trace` be entered?
    #[inline]
    pub fn is_valid(&self, trace: TraceId) -> bool {
        let record = self.traces.get(trace.0 as usize);
        record.is_some_and(|record| record.valid)
    }

    /// Makes all traces leave, and frees their code if none is under way; true if it was freed. A VM does this when the arena is
    /// full, and again each time it comes out of a trace, until it is done; then what is hot is compiled anew.
    ///
    /// # Errors
    /// As for [`Engine::invalidate`].
    pub fn evict(&mut self) -> Result<bool, ArenaError> {
        let all: Vec<TraceId> = (0..self.traces()).map(TraceId).collect();
        self.kill(&all)?;
        self.dependents.clear();
        if self.active > 0 {
            return Ok(false);
        }
        // The numbers of traces go on: the VM may still have old ones somewhere. Those of exits begin anew.
        for record in &mut self.traces {
            self.arena.free(std::mem::take(&mut record.placement));
            record.exits = 0;
            record.head = None;
            record.patch_points = Vec::new();
        }
        for exit in self.exits.drain(..).filter(|exit| exit.count > 0) {
            *self.stats.exits.entry(exit.reason.to_owned()).or_default() += exit.count;
        }
        self.held.clear();
        self.stats.traces.evictions += 1;
        Ok(true)
    }

    /// Makes `traces` and what hangs on them leave at their patch points, for good. Answers how many were alive.
    fn kill(&mut self, traces: &[TraceId]) -> Result<usize, ArenaError> {
        let mut dying = BTreeSet::new();
        let mut work = traces.to_vec();
        while let Some(trace) = work.pop() {
            let record = &self.traces[trace.0 as usize];
            if !record.valid || !dying.insert(trace) {
                continue;
            }
            let exits = record.first_exit as usize..(record.first_exit + record.exits) as usize;
            work.extend(self.exits[exits].iter().filter_map(|exit| exit.side));
        }
        let mut patches = Vec::new();
        for trace in &dying {
            let record = &mut self.traces[trace.0 as usize];
            record.valid = false;
            for &(at, stub) in &record.patch_points {
                let jump = exits::link(self.arena.address(at), self.arena.address(stub));
                patches.push((at, jump));
            }
            if let Some(exit) = record.parent {
                let number = self.traces[exit.trace.0 as usize].first_exit + exit.index;
                let exit = &mut self.exits[number as usize];
                exit.side = None;
                patches.push((exit.stub, exits::unlink(number)));
            }
        }
        self.arena.patch(&patches)?;
        self.stats.traces.invalidated += dying.len() as u64;
        Ok(dying.len())
    }
}
