//! Figures of an engine: what it compiled, how often that ran and left, and what it cost.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sashiko_regalloc::plan::{Plan, Step};
use sashiko_stencils::{Shape, UopTable};
use serde::Serialize;

use crate::arena::ArenaStats;

/// Counts by name.
pub type Counts = BTreeMap<String, u64>;

/// Figures of an engine since it was made.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Stats {
    /// Traces.
    pub traces: TraceStats,
    /// Times the VM entered machine code.
    pub entered: u64,
    /// Times machine code left to the VM, by the exit's reason code.
    pub exits: Counts,
    /// Instructions on the way.
    pub uops: UopStats,
    /// Rewrites, by `pass/rule`.
    pub rewrites: Counts,
    /// Code.
    pub code: CodeStats,
    /// Time in each stage.
    pub time: TimeStats,
}

/// Traces compiled and given up.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TraceStats {
    /// Compiled.
    pub compiled: u64,
    /// Of these, side traces.
    pub side: u64,
    /// Given up, by reason; by the VM while recording or by the engine.
    pub aborted: Counts,
    /// Made to leave for good, because something they assumed broke or their room was needed.
    pub invalidated: u64,
    /// Times all code was dropped because the arena was full.
    pub evictions: u64,
}

/// Sums over all traces compiled.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UopStats {
    /// Operations recorded.
    pub recorded: u64,
    /// Instructions after lifting.
    pub lifted: u64,
    /// Instructions after the passes.
    pub optimized: u64,
    /// Checks after lifting.
    pub guards: u64,
    /// Checks removed by the passes.
    pub guards_removed: u64,
    /// Counting operations after lifting.
    pub refcounts: u64,
    /// Counting operations removed.
    pub refcounts_removed: u64,
}

/// Sums over all code published.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CodeStats {
    /// Bytes.
    pub arena: ArenaStats,
    /// Stencils copied.
    pub stencils: u64,
    /// Moves between them.
    pub moves: u64,
    /// Calls.
    pub calls: u64,
    /// Stencils by shape: a letter for each input (r register, m memory, c constant), then the result's.
    pub shapes: Counts,
    /// Exits.
    pub exits: u64,
}

/// Nanoseconds in each stage.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TimeStats {
    /// Stack form to SSA.
    pub lift: u64,
    /// Each pass.
    pub passes: Counts,
    /// Allocation.
    pub allocate: u64,
    /// Checking plans.
    pub check: u64,
    /// Stitching.
    pub stitch: u64,
    /// Copying code into the arena.
    pub publish: u64,
}

impl TimeStats {
    /// Nanoseconds of all stages.
    pub fn total(&self) -> u64 {
        let passes: u64 = self.passes.values().sum();
        self.lift + passes + self.allocate + self.check + self.stitch + self.publish
    }
}

impl CodeStats {
    /// Adds the steps of `plan`.
    pub fn count(&mut self, table: &UopTable, plan: &Plan) {
        let mut by_key: Vec<(u16, usize, u64)> = Vec::new();
        for step in plan.preheader.iter().chain(&plan.body) {
            match step {
                Step::Move { .. } => self.moves += 1,
                Step::Call(_) => self.calls += 1,
                Step::Stitch(stitch) => {
                    self.stencils += 1;
                    let stencil = table.stencil(stitch.stencil);
                    let key = stencil.key.0 | u16::from(stitch.output.is_some()) << 15;
                    let inputs = stitch.inputs.len();
                    match by_key
                        .iter_mut()
                        .find(|(k, n, _)| (*k, *n) == (key, inputs))
                    {
                        Some((_, _, count)) => *count += 1,
                        None => by_key.push((key, inputs, 1)),
                    }
                }
            }
        }
        for (key, inputs, count) in by_key {
            *self.shapes.entry(shape_name(key, inputs)).or_default() += count;
        }
        self.exits += plan.exits.len() as u64;
    }
}

fn shape_name(key: u16, inputs: usize) -> String {
    let has_result = key >> 15 == 1;
    let key = sashiko_stencils::ShapeKey(key & 0x7fff);
    let letter = |shape| match shape {
        Shape::Reg => 'r',
        Shape::Mem => 'm',
        Shape::Const => 'c',
    };
    let mut name: String = (0..inputs).map(|i| letter(key.input(i))).collect();
    if has_result {
        name.push('>');
        name.push(letter(key.result()));
    }
    name
}

/// Measures stages.
#[derive(Debug)]
pub struct Clock(Instant);

impl Clock {
    /// Starts.
    pub fn start() -> Clock {
        Clock(Instant::now())
    }

    /// Nanoseconds since the start or the last lap.
    pub fn lap(&mut self) -> u64 {
        let now = Instant::now();
        let lap: Duration = now - self.0;
        self.0 = now;
        lap.as_nanos() as u64
    }
}
