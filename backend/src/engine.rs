//! The engine: it owns the way from a recording to machine code, and the way into that code and out of it.
//!
//! A VM makes one engine for its uop table, hands it recordings ([`Engine::compile`]) and runs the traces it gets
//! ([`Engine::run`]). The engine never calls the VM but through [`Rebuild`] (to box values on the way out) and through
//! the uops themselves.
//!
//! # Re-entrance
//!
//! A uop may call back into the VM, and the VM may enter another trace, or compile one, while the first is suspended. So
//! nobody may hold a reference to the engine while machine code runs: [`Engine::run`] takes a pointer, and a VM that
//! keeps the engine in a structure of its own uses its steps: [`Engine::entry`], [`EntryPoint::enter`], [`Engine::left`],
//! [`Gathered::rebuild`], [`Engine::done`]. What an exit leaves in the context is read before anything else is entered.

use std::collections::BTreeMap;
use std::ptr::NonNull;

use bumpalo::Bump;
use sashiko_optimizer::{Fuel, Pipeline};
use sashiko_regalloc::Buffers;
use sashiko_regalloc::plan::Plan;
use sashiko_stencils::UopTable;
use sashiko_stencils::context::Context;
use sashiko_trace::exit::Rebuild;
use sashiko_trace::ir::{End, ExitId, Op, Slot, Trace, TraceId};
use sashiko_trace::recorded::Resume;

use crate::arena::{Arena, Placement};
use crate::assumptions::Assumption;
use crate::config::{CompileError, Config, Unsupported};
use crate::disasm::{self, Listing, Source};
use crate::dump::Dump;
use crate::emit::{self, Emitter, Site};
use crate::exits::{self, Thunks};
use crate::head::HeadRecord;
use crate::moves::FrameLayout;
use crate::perf::PerfMap;
use crate::rebuild::{self, ExitRecord, Gathered, Held};
use crate::stats::{Clock, Counts, Stats};
use crate::stress::Stress;

/// The way into a trace.
#[derive(Clone, Copy, Debug)]
pub struct EntryPoint {
    code: usize,
    context: NonNull<Context>,
}

impl EntryPoint {
    /// Runs the trace until it leaves through an exit, or returns: then it says true. [`Engine::left`] must be asked next, before
    /// any other entry, but need not be asked if the trace has returned.
    ///
    /// # Safety
    /// - The engine this comes from must be alive, its VM pointer ([`Engine::set_vm`]) good for every uop.
    /// - `base` must be the base of a frame in the state the trace starts from, with room for
    ///   [`Engine::words_needed`] words.
    /// - Nobody else may hold references to what the uops touch.
    pub unsafe fn enter(self, base: *mut u64) -> bool {
        // SAFETY: `code` is the entry of a published trace, `context` the engine's; the rest is the caller's promise.
        unsafe { exits::enter(self.code, base, self.context.as_ptr()) }
    }
}

/// How a trace was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// Through which exit.
    pub exit: ExitId,
    /// Is that the end of a trace that returns? Then the VM goes back to where the frame was entered from, and `resume` only says
    /// which instruction returned, and where the slots end that still hold something.
    pub returned: bool,
    /// Where the VM goes on.
    pub resume: Resume,
    /// The exit's reason code.
    pub reason: &'static str,
    /// How often this exit has been taken to the VM, this time included.
    pub count: u64,
    /// The frame base: slots of `resume` count from it.
    pub base: *mut u64,
    /// Is the trace still valid? What is left of one that is not is not worth a side trace.
    pub valid: bool,
}

/// What the engine keeps of a trace.
#[derive(Debug)]
pub(crate) struct TraceRecord {
    pub(crate) placement: Placement,
    pub(crate) layout: FrameLayout,
    pub(crate) spills: u32,
    pub(crate) first_exit: u32,
    pub(crate) exits: u32,
    pub(crate) entered: u64,
    /// May it be entered?
    pub(crate) valid: bool,
    /// The exit it goes on from, for a side trace.
    pub(crate) parent: Option<ExitId>,
    /// Where it can be made to leave: offsets in the arena, of the place and of the exit's stub.
    pub(crate) patch_points: Vec<(u32, u32)>,
    /// Its loop's head, if side traces may go on there.
    pub(crate) head: Option<HeadRecord>,
}

/// Compiles recordings and runs what it compiled.
#[derive(Debug)]
pub struct Engine {
    pub(crate) table: &'static UopTable,
    pub(crate) config: Config,
    pub(crate) pipeline: Pipeline,
    pub(crate) fuel: Fuel,
    pub(crate) arena: Arena,
    /// Where the thunks lie, and which.
    thunk_code: Placement,
    thunks: Thunks,
    /// Owned; a raw pointer since machine code writes to it.
    context: NonNull<Context>,
    pub(crate) traces: Vec<TraceRecord>,
    pub(crate) exits: Vec<ExitRecord>,
    pub(crate) held: Vec<Held>,
    words: u32,
    pub(crate) emitter: Emitter,
    pub(crate) bump: Bump,
    pub(crate) plan: Plan,
    pub(crate) buffers: Buffers,
    pub(crate) stats: Stats,
    pub(crate) dumps: Vec<Dump>,
    perf: Option<PerfMap>,
    /// Traces that rely on an assumption.
    pub(crate) dependents: BTreeMap<Assumption, Vec<TraceId>>,
    /// Entries that were not left yet: none of the code may be freed then.
    pub(crate) active: u32,
}

impl Engine {
    /// An engine for the uops of `table`.
    ///
    /// # Errors
    /// If this machine cannot run the code: the VM then interprets.
    pub fn new(table: &'static UopTable, config: Config) -> Result<Engine, Unsupported> {
        check_processor()?;
        let mut arena = Arena::new(config.arena_bytes).map_err(Unsupported::Memory)?;
        let mut code = Vec::new();
        let slow = table.uops.iter().map(|uop| uop.slow.map(|slow| slow()));
        let thunks = Thunks::write(&mut code, slow);
        let thunk_code = arena
            .reserve(code.len() as u32, 0)
            .and_then(|mut placement| {
                arena.publish(&mut placement, &code, &[], &[])?;
                Ok(placement)
            })
            .map_err(Unsupported::Memory)?;
        let context = Box::new(Context::new(table.pool, std::ptr::null_mut()));
        let perf = PerfMap::from_environment();
        let mut buffers = Buffers::default();
        // Plans are checked as a stage of their own.
        buffers.check = false;
        let pipeline = Pipeline::new(config.switches)
            .verifying(config.check)
            .exits_telling(config.stress.is_none());
        let mut emitter =
            Emitter::new(config.keep_dumps || perf.as_ref().is_some_and(|perf| perf.uops));
        emitter.stress = config.stress.map(Stress::new);
        Ok(Engine {
            table,
            pipeline,
            fuel: Fuel::from(config.fuel),
            arena,
            thunk_code,
            thunks,
            context: NonNull::from(Box::leak(context)),
            traces: Vec::new(),
            exits: Vec::new(),
            held: Vec::new(),
            words: 0,
            emitter,
            bump: Bump::new(),
            plan: Plan::default(),
            buffers,
            stats: Stats::default(),
            dumps: Vec::new(),
            perf,
            config,
            dependents: BTreeMap::new(),
            active: 0,
        })
    }

    /// Its settings.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The uops it serves.
    pub fn table(&self) -> &'static UopTable {
        self.table
    }

    /// Sets the pointer handed to `ctx` parameters, to called uops and to slow functions.
    pub fn set_vm(&mut self, vm: *mut u8) {
        // SAFETY: the engine owns the context.
        unsafe { (*self.context.as_ptr()).vm = vm };
    }

    /// Where traces write the address of the first word above what they use ([`Config::says_top`]).
    ///
    /// # Safety
    /// `place` must be writable whenever compiled code runs, until it is set anew.
    pub unsafe fn set_top(&mut self, place: *mut *mut u64) {
        // SAFETY: the engine owns the context.
        unsafe { (*self.context.as_ptr()).top_at = place };
    }

    /// Words from the frame base upward that a VM must have room for when it enters `trace`: its slots and spill slots,
    /// and those of every trace it may be linked with.
    pub fn words_needed(&self, _trace: TraceId) -> usize {
        // Links come and go while traces are suspended; one figure for all of them is never too small.
        self.words as usize
    }

    /// The way into `trace`; counts the entry.
    ///
    /// # Panics
    /// If the trace is not this engine's.
    #[inline]
    pub fn entry(&mut self, trace: TraceId) -> EntryPoint {
        let record = &mut self.traces[trace.0 as usize];
        record.entered += 1;
        self.active += 1;
        EntryPoint {
            code: self.arena.address(record.placement.hot.start),
            context: self.context,
        }
    }

    /// What was entered with the last [`Engine::entry`] that is not done yet has come back. Entries are done in the reverse order.
    #[inline]
    pub fn done(&mut self) {
        self.active -= 1;
    }

    /// Which exit the trace entered last has left through, and what belongs to the VM's state then: the caller hands it to
    /// [`Gathered::rebuild`] before anything else, which boxes raw values, writes slots, and adds owed references.
    ///
    /// # Safety
    /// An [`EntryPoint`] of this engine must have been entered and come back, nothing entered since, and the frame
    /// untouched.
    pub unsafe fn left(&mut self) -> (Left, Gathered) {
        // SAFETY: the engine owns the context, and no machine code runs now.
        let context = unsafe { self.context.as_ref() };
        let number = context.exit as u32;
        let base = context.gprs[5] as *mut u64;
        let record = &mut self.exits[number as usize];
        record.count += 1;
        let held = &self.held[record.held.start as usize..record.held.end as usize];
        // SAFETY: the registers and the frame are as the exit left them, the caller promises.
        let gathered = unsafe { Gathered::read(held, record, self.table, context, base) };
        let left = Left {
            exit: ExitId {
                trace: record.trace,
                index: number - self.traces[record.trace.0 as usize].first_exit,
            },
            returned: record.returns,
            resume: record.resume,
            reason: record.reason,
            count: record.count,
            base,
            valid: self.traces[record.trace.0 as usize].valid,
        };
        (left, gathered)
    }

    /// Runs `trace` on the frame at `base` until it leaves, and rebuilds the VM's state. Uops and `runtime` may enter other
    /// traces of the engine, and compile.
    ///
    /// # Safety
    /// `engine` must be valid, and nobody may hold a reference to it now. The rest is as for [`EntryPoint::enter`]; uops may only
    /// touch what is not behind `runtime`.
    pub unsafe fn run(
        engine: *mut Engine,
        trace: TraceId,
        base: *mut u64,
        runtime: &mut (impl Rebuild + ?Sized),
    ) -> Left {
        // SAFETY: the references to the engine live for one call each, none while machine code or the runtime runs; the
        // rest is the caller's promise.
        unsafe {
            (*engine).entry(trace).enter(base);
            let (left, gathered) = (*engine).left();
            (*engine).done();
            gathered.rebuild(runtime);
            left
        }
    }

    /// Number of traces compiled so far; the next one gets this number.
    pub fn traces(&self) -> u32 {
        self.traces.len() as u32
    }

    /// The exit's side trace, if it has one.
    pub fn side_trace(&self, exit: ExitId) -> Option<TraceId> {
        self.exit_record(exit)?.side
    }

    /// Notes that the VM gave up a recording for `reason`.
    pub fn note_abort(&mut self, reason: &str) {
        *self
            .stats
            .traces
            .aborted
            .entry(reason.to_owned())
            .or_default() += 1;
    }

    /// Figures since the engine was made.
    pub fn stats(&self) -> Stats {
        let mut stats = self.stats.clone();
        stats.entered = self.traces.iter().map(|trace| trace.entered).sum();
        let mut exits: Counts = BTreeMap::new();
        for exit in self.exits.iter().filter(|exit| exit.count > 0) {
            *exits.entry(exit.reason.to_owned()).or_default() += exit.count;
        }
        for (reason, count) in &self.stats.exits {
            *exits.entry(reason.clone()).or_default() += count;
        }
        stats.exits = exits;
        stats.code.arena = self.arena.stats();
        stats
    }

    /// What each trace was at every stage, if [`Config::keep_dumps`] is on; by [`TraceId`].
    pub fn dumps(&self) -> &[Dump] {
        &self.dumps
    }

    /// The machine code of `trace`: hot and cold.
    pub fn code(&self, trace: TraceId) -> Option<(&[u8], &[u8])> {
        let placement = &self.traces.get(trace.0 as usize)?.placement;
        let bytes = |range: &std::ops::Range<u32>| self.arena.bytes(range.clone());
        Some((bytes(&placement.hot), bytes(&placement.cold)))
    }

    pub(crate) fn exit_record(&self, exit: ExitId) -> Option<&ExitRecord> {
        let trace = self.traces.get(exit.trace.0 as usize)?;
        let inside = exit.index < trace.exits;
        inside.then(|| &self.exits[(trace.first_exit + exit.index) as usize])
    }

    /// Stitches `plan` of `trace`, publishes it and links it to its parent's exit. With dumps on, returns the listing too.
    pub(crate) fn install(
        &mut self,
        trace: &Trace<'_>,
        plan: &Plan,
        clock: &mut Clock,
    ) -> Result<(TraceId, Option<Listing>), CompileError> {
        let id = TraceId(self.traces.len() as u32);
        let parent = trace.parent.map(|exit| exit.trace.0 as usize);
        let parent_layout = parent.map(|parent| self.traces[parent].layout);
        let (low, high) = extent(trace);
        let layout = FrameLayout {
            extent: high.max(parent_layout.map_or(0, |layout| layout.extent)),
        };
        let words = (layout.extent.unsigned_abs() + plan.spills).max(low.unsigned_abs());
        if words > self.config.max_words {
            let max = self.config.max_words;
            return Err(CompileError::TooManyWords { words, max });
        }
        let target = match trace.end {
            End::Jump(target) if target == id => None,
            End::Jump(target) => {
                let record = self.traces.get(target.0 as usize);
                let record = record.filter(|record| record.valid);
                let record = record.ok_or(CompileError::UnknownTrace(target))?;
                let onto = trace.onto.as_ref().is_some_and(|onto| onto.args.is_some());
                let head = record.head.as_ref().filter(|_| onto);
                let offset = head.map_or(0, |head| head.offset);
                Some(self.arena.address(record.placement.hot.start + offset))
            }
            _ => None,
        };
        let (hot, cold) = emit::bounds(trace, plan, self.emitter.stress.is_some());
        let mut placement = self.arena.reserve(hot, cold)?;
        let thunk_base = self.arena.address(self.thunk_code.hot.start);
        let site = Site {
            hot: self.arena.address(placement.hot.start),
            cold: self.arena.address(placement.cold.start),
            leave: thunk_base + self.thunks.leave as usize,
            back: thunk_base + self.thunks.back as usize,
            slow: (thunk_base, &self.thunks.slow),
            says_top: self.config.says_top,
            first_exit: self.exits.len() as u32,
            target,
            layout,
            parent_layout,
        };
        if let Err(error) = self.emitter.emit(trace, plan, &site) {
            self.arena.free(placement);
            return Err(error.into());
        }
        self.stats.time.stitch += clock.lap();
        let listing = self
            .emitter
            .keep_parts
            .then(|| disasm::listing(trace, plan, &site, &self.emitter));
        clock.lap();
        let link = trace.parent.map(|exit| {
            let stub = self.traces[exit.trace.0 as usize].first_exit + exit.index;
            let stub = self.exits[stub as usize].stub;
            (stub, exits::link(self.arena.address(stub), site.hot))
        });
        let (hot, cold) = (&self.emitter.hot, &self.emitter.cold);
        self.arena
            .publish(&mut placement, hot, cold, link.as_slice())?;
        self.arena.note_padding(self.emitter.padding);
        if let Some(perf) = &mut self.perf {
            let source = Source::new(trace.codes, trace.start.origin);
            let hot = site.hot..site.hot + self.emitter.hot.len();
            let cold = site.cold..site.cold + self.emitter.cold.len();
            perf.trace(
                &format!("trace {} {source}", id.0),
                &hot,
                &cold,
                listing.as_ref(),
            );
        }
        if let Some(exit) = trace.parent {
            let number = self.traces[exit.trace.0 as usize].first_exit + exit.index;
            self.exits[number as usize].side = Some(id);
        }
        let first_exit = self.exits.len() as u32;
        let (hot_at, cold_at) = (placement.hot.start, placement.cold.start);
        self.record_exits(trace, plan, id, layout, &placement);
        self.words = self.words.max(words);
        self.traces.push(TraceRecord {
            placement,
            layout,
            spills: plan.spills,
            first_exit,
            exits: self.exits.len() as u32 - first_exit,
            entered: 0,
            valid: true,
            parent: trace.parent,
            patch_points: self.patch_points(first_exit, hot_at, cold_at),
            head: HeadRecord::of(trace, plan, self.emitter.round, layout),
        });
        self.stats.time.publish += clock.lap();
        Ok((id, listing))
    }

    /// Where the trace just emitted can be made to leave: the entry first.
    fn patch_points(&self, first_exit: u32, hot: u32, cold: u32) -> Vec<(u32, u32)> {
        let entry = self.emitter.entry_stub.map(|stub| (hot, cold + stub));
        let points = self.emitter.patch_points.iter();
        let points = points.map(|&(at, exit)| {
            let stub = self.exits[(first_exit + exit) as usize].stub;
            (hot + at, stub)
        });
        entry.into_iter().chain(points).collect()
    }

    fn record_exits(
        &mut self,
        trace: &Trace<'_>,
        plan: &Plan,
        id: TraceId,
        layout: FrameLayout,
        placement: &Placement,
    ) {
        let preheader = trace.preheader.len();
        for (number, exit) in plan.exits.iter().enumerate() {
            let (held, makes) = rebuild::hold(trace, plan, exit, &mut self.held);
            let inst = exit.inst.map(|inst| {
                let index = inst.0 as usize;
                let later = || &trace.body[index - preheader];
                trace.preheader.get(index).unwrap_or_else(later)
            });
            let reason = match inst.map(|inst| inst.op) {
                Some(Op::Uop(uop)) => trace.table.info(uop).reason,
                _ if trace.end == End::Return => "return",
                _ => "end",
            };
            let stub = match (exit.inst, self.emitter.end_stub) {
                (None, Some(at)) => placement.hot.start + at,
                _ => placement.cold.start + number as u32 * exits::EXIT_STUB,
            };
            self.exits.push(ExitRecord {
                trace: id,
                resume: trace.snapshot(exit.snapshot).resume,
                reason,
                returns: exit.inst.is_none() && trace.end == End::Return,
                held,
                makes,
                layout,
                stub,
                count: 0,
                side: None,
                in_body: exit.inst.is_some_and(|inst| inst.0 as usize >= preheader),
            });
        }
        if let Some(stub) = self.emitter.entry_stub {
            let held = self.held.len() as u32;
            self.exits.push(ExitRecord {
                trace: id,
                resume: trace.start,
                reason: "entry_of_invalid",
                returns: false,
                held: held..held,
                makes: None,
                layout,
                stub: placement.cold.start + stub,
                count: 0,
                side: None,
                in_body: false,
            });
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // SAFETY: it was leaked from a box in `new`, and no machine code of this engine can run any more.
        drop(unsafe { Box::from_raw(self.context.as_ptr()) });
    }
}

/// The lowest slot `trace` names, and one more than the highest.
fn extent(trace: &Trace<'_>) -> (i32, i32) {
    let start = (0, trace.start.top.0.max(0));
    let reach =
        |(low, high): (i32, i32), slot: Slot| (low.min(slot.0), high.max(slot.0.saturating_add(1)));
    let insts = trace.insts().fold(start, |range, inst| match inst.op {
        Op::LoadSlot(slot) | Op::StoreSlot(slot) => reach(range, slot),
        Op::Uop(_) => range,
    });
    trace.snapshots.iter().fold(insts, |range, snapshot| {
        let slots = snapshot
            .slots
            .first()
            .into_iter()
            .chain(snapshot.slots.last());
        let (low, high) = slots.fold(range, |range, (slot, _)| reach(range, *slot));
        (low, high.max(snapshot.resume.top.0))
    })
}

#[cfg(all(target_arch = "x86_64", unix))]
fn check_processor() -> Result<(), Unsupported> {
    let features = [
        ("bmi1", is_x86_feature_detected!("bmi1")),
        ("bmi2", is_x86_feature_detected!("bmi2")),
        ("avx", is_x86_feature_detected!("avx")),
        ("popcnt", is_x86_feature_detected!("popcnt")),
    ];
    let missing: Vec<_> = features
        .iter()
        .filter(|(_, there)| !there)
        .map(|(name, _)| *name)
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Unsupported::Features(missing))
    }
}

#[cfg(not(all(target_arch = "x86_64", unix)))]
fn check_processor() -> Result<(), Unsupported> {
    Err(Unsupported::Platform)
}
