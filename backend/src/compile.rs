//! From a recording to a published trace: lift, passes, allocation, stitching, publishing; each timed and, if asked
//! for, dumped.

use std::path::Path;

use bumpalo::Bump;
use sashiko_optimizer::provenance::Removed;
use sashiko_optimizer::runner::{Observer, PassReport, Report};
use sashiko_regalloc::Given;
use sashiko_regalloc::plan::{Loc, Plan};
use sashiko_trace::ir::{End, ExitId, Provenance, Trace, TraceId, Value};
use sashiko_trace::lift::{self, ParentExit};
use sashiko_trace::recorded::Recorded;
use sashiko_trace::text::recorded_text;

use crate::config::CompileError;
use crate::culprit::Culprit;
use crate::disasm::{Listing, Source};
use crate::dump::{Dump, PassDump, RemovedDump};
use crate::engine::Engine;
use crate::rebuild::Goes;
use crate::stats::Clock;

impl Engine {
    /// Compiles `recorded`. If it goes on from an exit, the exit is linked to the new trace.
    ///
    /// # Errors
    /// See [`CompileError`]; nothing has changed then, but for statistics and fuel.
    pub fn compile(&mut self, recorded: &Recorded) -> Result<TraceId, CompileError> {
        let mut bump = std::mem::take(&mut self.bump);
        let result = self.lift_and_compile(&bump, recorded);
        bump.reset();
        self.bump = bump;
        self.note_error(result)
    }

    /// Compiles a trace that is in SSA form already: one read back from a dump, or made by a test.
    ///
    /// # Errors
    /// See [`CompileError`].
    pub fn compile_trace(&mut self, trace: &mut Trace<'_>) -> Result<TraceId, CompileError> {
        let dump = self.config.keep_dumps.then(Dump::default);
        let parent = self.parent(trace.parent);
        let result = parent.and_then(|parent| self.translate(trace, parent.as_ref(), dump));
        self.note_error(result)
    }

    fn note_error<T>(&mut self, result: Result<T, CompileError>) -> Result<T, CompileError> {
        if let Err(error) = &result {
            self.note_abort(error.reason());
        }
        result
    }

    fn lift_and_compile(
        &mut self,
        bump: &Bump,
        recorded: &Recorded,
    ) -> Result<TraceId, CompileError> {
        let parent = self.parent(recorded.parent)?;
        let mut clock = Clock::start();
        let exit = parent.as_ref().map(|parent| &parent.exit);
        let mut trace = lift::lift(recorded, exit, self.table, bump)?;
        self.stats.time.lift += clock.lap();
        let dump = self.config.keep_dumps.then(|| Dump {
            recorded: recorded_text(recorded, self.table).to_string(),
            ..Dump::default()
        });
        let id = self.translate(&mut trace, parent.as_ref(), dump)?;
        self.stats.uops.recorded += recorded.ops.len() as u64;
        Ok(id)
    }

    /// Everything behind the lift.
    fn translate(
        &mut self,
        trace: &mut Trace<'_>,
        parent: Option<&Parent>,
        mut dump: Option<Dump>,
    ) -> Result<TraceId, CompileError> {
        if self.config.max_traces == Some(self.traces()) {
            return Err(CompileError::Enough);
        }
        if let Some(dump) = &mut dump {
            dump.lifted = trace.to_string();
            kind(trace.end).clone_into(&mut dump.kind);
            dump.start = Some(Source::new(trace.codes, trace.start.origin));
            dump.parent = trace.parent.map(|exit| (exit.trace.0, exit.index));
        }
        let report = self.optimize(trace, dump.as_mut())?;
        let mut plan = std::mem::take(&mut self.plan);
        let installed = self.plan_and_install(trace, parent, &mut plan, dump.as_mut());
        if installed.is_ok() {
            self.count(&report, trace, &plan);
        }
        self.plan = plan;
        let (id, listing) = installed?;
        if let Some(mut dump) = dump {
            dump.id = id.0;
            dump.asm = listing.unwrap_or_default();
            self.dumps.push(dump);
        }
        Ok(id)
    }

    fn plan_and_install(
        &mut self,
        trace: &Trace<'_>,
        parent: Option<&Parent>,
        plan: &mut Plan,
        dump: Option<&mut Dump>,
    ) -> Result<(TraceId, Option<Listing>), CompileError> {
        let mut clock = Clock::start();
        let (imports, first_spill) = parent.map_or((Vec::new(), 0), |parent| {
            (parent.imports(trace), parent.spills)
        });
        let onto = self.onto(trace, parent)?;
        sashiko_regalloc::allocate(
            self.config.policy,
            self.config.registers,
            trace,
            Given {
                imports: &imports,
                first_spill,
                onto: &onto,
            },
            &mut self.buffers,
            plan,
        )
        .map_err(|error| CompileError::Plan(error.to_string()))?;
        self.stats.time.allocate += clock.lap();
        if self.config.check {
            sashiko_regalloc::check::check(trace, plan)
                .map_err(|error| CompileError::Plan(error.to_string()))?;
            self.stats.time.check += clock.lap();
        }
        if let Some(dump) = dump {
            dump.optimized = trace.to_string();
            dump.plan = sashiko_regalloc::display::plan_text(trace, plan).to_string();
            clock.lap();
        }
        self.install(trace, plan, &mut clock)
    }

    /// Where the loop's head wants what `trace` hands over, if it goes on there.
    fn onto(&self, trace: &Trace<'_>, parent: Option<&Parent>) -> Result<Vec<Loc>, CompileError> {
        let Some(onto) = trace.onto.as_ref().filter(|onto| onto.args.is_some()) else {
            return Ok(Vec::new());
        };
        let described = parent.and_then(|parent| {
            let head = parent.exit.head.as_ref()?;
            let record = self.traces[parent.exit.id.trace.0 as usize].head.as_ref()?;
            let same = trace.end == End::Jump(parent.exit.id.trace)
                && head.params == onto.params
                && head.kept.len() == onto.kept.len();
            same.then(|| record.places().collect())
        });
        described.ok_or_else(|| {
            let what =
                "the trace goes on at a loop's head that its parent's exit does not belong to";
            CompileError::Plan(what.to_owned())
        })
    }

    fn optimize(
        &mut self,
        trace: &mut Trace<'_>,
        dump: Option<&mut Dump>,
    ) -> Result<Report, CompileError> {
        let mut keeper = Keeper {
            trace: self.traces(),
            dump,
            explain: self.config.explain.as_deref(),
        };
        let watched = keeper.dump.is_some() || keeper.explain.is_some();
        let observer = watched.then_some(&mut keeper as &mut dyn Observer);
        let report = self
            .pipeline
            .run_observed(trace, &mut self.fuel, observer)
            .map_err(CompileError::Pass)?;
        for pass in &report.passes {
            let time = self
                .stats
                .time
                .passes
                .entry(pass.pass.to_owned())
                .or_default();
            *time += pass.time.as_nanos() as u64;
            for rule in &pass.rules {
                let name = format!("{}/{}", pass.pass, rule.rule);
                *self.stats.rewrites.entry(name).or_default() += u64::from(rule.count);
            }
        }
        Ok(report)
    }

    fn count(&mut self, report: &Report, trace: &Trace<'_>, plan: &Plan) {
        let removed = |pass: &str| -> u64 {
            let passes = report.passes.iter().filter(|report| report.pass == pass);
            passes.map(PassReport::rewrites).sum()
        };
        let stats = &mut self.stats;
        stats.traces.compiled += 1;
        stats.traces.side += u64::from(trace.parent.is_some());
        stats.uops.lifted += u64::from(report.before.insts);
        stats.uops.optimized += u64::from(report.after.insts);
        stats.uops.guards += u64::from(report.before.guards);
        stats.uops.guards_removed += removed("guard-elim");
        stats.uops.refcounts += u64::from(report.before.counts);
        stats.uops.refcounts_removed += removed("refcount");
        stats.code.count(self.table, plan);
    }

    fn parent(&self, exit: Option<ExitId>) -> Result<Option<Parent>, CompileError> {
        let Some(exit) = exit else { return Ok(None) };
        let record = self
            .exit_record(exit)
            .filter(|_| self.is_valid(exit.trace))
            .ok_or(CompileError::UnknownExit(exit))?;
        if record.side.is_some() {
            return Err(CompileError::Linked(exit));
        }
        let held = &self.held[record.held.start as usize..record.held.end as usize];
        let mut parent = Parent {
            exit: ParentExit {
                id: exit,
                resume: record.resume,
                slots: Vec::new(),
                owed: Vec::new(),
                made: Vec::new(),
                head: None,
            },
            locs: held.iter().map(|held| held.loc).collect(),
            spills: self.traces[exit.trace.0 as usize].spills,
        };
        for held in held {
            let constant = match held.loc {
                Loc::Const(bits) => Some(bits),
                _ => None,
            };
            let value = Value {
                rep: held.rep,
                kinds: held.kinds,
                constant,
            };
            match held.goes {
                Goes::Into(slot) => parent.exit.slots.push((slot, held.value, value)),
                Goes::Owed => parent.exit.owed.push((held.value, value)),
                Goes::Field => {}
            }
        }
        if let Some(makes) = &record.makes {
            parent.exit.made.clone_from(&makes.made);
            parent.exit.slots.extend(&makes.slots);
            parent.exit.slots.sort_by_key(|(slot, ..)| *slot);
            parent.exit.owed.extend(&makes.owed);
        }
        let head = self.traces[exit.trace.0 as usize].head.as_ref();
        if let Some(head) = head.filter(|_| record.in_body) {
            parent.exit.head = Some(head.describe());
            // What is kept is taken from where the head wants it, even if it happens to be elsewhere too.
            for (name, place) in head.kept() {
                let same = held.iter().zip(&mut parent.locs);
                same.filter(|(held, _)| held.value == name)
                    .for_each(|(_, loc)| *loc = place);
            }
            parent.locs.extend(head.kept().map(|(_, loc)| loc));
        }
        Ok(Some(parent))
    }
}

/// What a side trace takes over: the exit, and where its values are.
struct Parent {
    exit: ParentExit,
    locs: Vec<Loc>,
    spills: u32,
}

impl Parent {
    fn imports(&self, trace: &Trace<'_>) -> Vec<Loc> {
        let imports = trace.imports.iter();
        imports
            .map(|import| self.locs[import.position as usize])
            .collect()
    }
}

/// Keeps the trace after each pass that changed it, and the rewrite that used up the fuel.
struct Keeper<'d> {
    trace: u32,
    dump: Option<&'d mut Dump>,
    explain: Option<&'d Path>,
}

impl Observer for Keeper<'_> {
    fn changed(
        &mut self,
        pass: &'static str,
        _before: &Trace<'_>,
        after: &Trace<'_>,
        removed: &[Removed],
    ) {
        let Some(dump) = &mut self.dump else { return };
        let removed = removed.iter().map(|removed| RemovedDump {
            line: removed.line.clone(),
            rule: removed.rule.clone(),
            source: Source::new(after.codes, removed.origin),
        });
        dump.passes.push(PassDump {
            pass: pass.to_owned(),
            removed: removed.collect(),
            after: after.to_string(),
        });
    }

    fn wants_removed(&self) -> bool {
        self.dump.is_some()
    }

    fn last_rewrite(&mut self, by: Provenance, without: &Trace<'_>, with: &Trace<'_>) {
        if let Some(path) = self.explain {
            // Who asked for the file will miss it, and say so.
            let _ = Culprit::new(self.trace, by, without, with).write(path);
        }
    }
}

fn kind(end: End) -> &'static str {
    match end {
        End::Loop => "loop",
        End::Jump(_) => "jump",
        End::Leave => "leave",
        End::Return => "return",
    }
}
