//! The uop interpreter: the oracle.
//!
//! It runs either form of a trace on real memory by calling the functions that uops were written as, one at a time and
//! without any cleverness. What it does is by definition what a trace means: optimized traces and machine code are
//! compared with it, and a VM can use it where there is no machine code.

use sashiko_stencils::UopTable;
use sashiko_stencils::info::{Env, Outcome};

use crate::exit::{Rebuild, State};
use crate::ir::{Inst, Op, Resume, Slot, SnapshotId, Trace, ValueId};
use crate::recorded::{End, Recorded, StackOp};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Through the exit of an instruction: its position, the preheader's first, then the body's (in the stack form, the
    /// position of the operation).
    Exit(usize),
    /// At the end of a trace that jumps or leaves.
    Finish,
    /// It has run as many steps as it may.
    Limit,
}

/// A run of a trace in SSA form.
#[derive(Clone, Debug)]
pub struct TraceRun {
    /// How it ended.
    pub ended: Ended,
    /// The snapshot it left with; none at the limit.
    pub snapshot: Option<SnapshotId>,
    /// The bits of each value, by [`ValueId`].
    pub values: Vec<u64>,
    /// Instructions run.
    pub steps: u64,
}

impl TraceRun {
    /// Rebuilds the VM's state from the snapshot the run left with; says where the VM goes on. `None` at the limit.
    ///
    /// # Safety
    /// As for [`State::rebuild`]: the snapshot's slots are writable from `base`, its words live.
    pub unsafe fn rebuild(
        &self,
        trace: &Trace<'_>,
        base: *mut u64,
        vm: &mut (impl Rebuild + ?Sized),
    ) -> Option<Resume> {
        let snapshot = trace.snapshot(self.snapshot?);
        let state = State::of(trace, snapshot, |value| self.values[value.0 as usize]);
        // SAFETY: the caller's promise.
        unsafe { state.rebuild(trace.table, base, vm) };
        Some(snapshot.resume)
    }
}

/// A run of a trace in stack form. Memory is the truth after it.
#[derive(Clone, Copy, Debug)]
pub struct RecordedRun {
    /// How it ended.
    pub ended: Ended,
    /// Where the VM goes on; none at the limit.
    pub resume: Option<Resume>,
    /// Operations run.
    pub steps: u64,
}

/// Runs a trace in SSA form until it leaves, but not for more than `limit` instructions. `imports` are the parent's
/// values, by [`Import::position`](crate::ir::Import::position).
///
/// # Safety
/// The trace must be right by [`verify`](crate::verify::verify); all slots of the trace must be accessible from
/// `env.base`, and what is in them, in `env.vm` and in the trace's constants, what its uops expect.
///
/// # Panics
/// If `imports` lacks a position.
pub unsafe fn run_trace(trace: &Trace<'_>, env: Env, imports: &[u64], limit: u64) -> TraceRun {
    let constants = trace.values.iter().map(|value| value.constant.unwrap_or(0));
    let mut machine = Machine {
        trace,
        env,
        run: TraceRun {
            ended: Ended::Finish,
            snapshot: Some(trace.finish),
            values: constants.collect(),
            steps: 0,
        },
        limit,
        inputs: Vec::new(),
    };
    for import in &trace.imports {
        machine.set(import.value, imports[import.position as usize]);
    }
    // SAFETY: the caller's promise.
    unsafe { machine.trace() };
    machine.run
}

struct Machine<'t, 'a> {
    trace: &'t Trace<'a>,
    env: Env,
    run: TraceRun,
    limit: u64,
    inputs: Vec<u64>,
}

impl Machine<'_, '_> {
    fn get(&self, value: ValueId) -> u64 {
        self.run.values[value.0 as usize]
    }

    fn set(&mut self, value: ValueId, bits: u64) {
        self.run.values[value.0 as usize] = bits;
    }

    unsafe fn trace(&mut self) {
        let trace = self.trace;
        // SAFETY (all calls): the caller's promise, handed on.
        if !unsafe { self.insts(&trace.preheader, 0) } {
            return;
        }
        let mut next: Vec<u64> = trace.params.iter().map(|p| self.get(p.init)).collect();
        loop {
            for (param, bits) in trace.params.iter().zip(&next) {
                self.set(param.value, *bits);
            }
            // SAFETY: as above.
            if !unsafe { self.insts(&trace.body, trace.preheader.len()) } || !trace.is_loop() {
                return;
            }
            // An empty loop gets somewhere, too: to the limit.
            if !self.step() {
                return;
            }
            next.clear();
            next.extend(trace.params.iter().map(|param| self.get(param.next)));
        }
    }

    /// Counts a step; false at the limit.
    fn step(&mut self) -> bool {
        if self.run.steps == self.limit {
            self.run.ended = Ended::Limit;
            self.run.snapshot = None;
            return false;
        }
        self.run.steps += 1;
        true
    }

    /// Runs instructions; false if the trace was left.
    unsafe fn insts(&mut self, insts: &[Inst<'_>], first: usize) -> bool {
        for (i, inst) in insts.iter().enumerate() {
            if !self.step() {
                return false;
            }
            // SAFETY: the caller's promise, handed on.
            let outcome = unsafe { self.inst(inst) };
            match (outcome, inst.result) {
                (Outcome::Value(bits), Some(result)) => self.set(result, bits),
                (Outcome::Exit, _) => {
                    self.run.ended = Ended::Exit(first + i);
                    self.run.snapshot = inst.snapshot;
                    return false;
                }
                _ => {}
            }
        }
        true
    }

    unsafe fn inst(&mut self, inst: &Inst<'_>) -> Outcome {
        match inst.op {
            Op::LoadSlot(slot) => {
                // SAFETY: the caller vouches for the trace's slots.
                Outcome::Value(unsafe { read(self.env, slot) })
            }
            Op::StoreSlot(slot) => {
                // SAFETY: likewise.
                unsafe { write(self.env, slot, self.get(inst.args[0])) };
                Outcome::Done
            }
            Op::Uop(uop) => {
                self.inputs.clear();
                let inputs = inst.args.iter().map(|arg| self.run.values[arg.0 as usize]);
                self.inputs.extend(inputs);
                let eval = self.trace.table.info(uop).eval;
                // SAFETY: the trace is right, so the uop gets what its signature asks for.
                unsafe { eval(self.env, &self.inputs, inst.immediates) }
            }
        }
    }
}

unsafe fn read(env: Env, slot: Slot) -> u64 {
    // SAFETY: the caller vouches for the slot.
    unsafe { env.base.offset(slot.0 as isize).read() }
}

unsafe fn write(env: Env, slot: Slot, word: u64) {
    // SAFETY: the caller vouches for the slot.
    unsafe { env.base.offset(slot.0 as isize).write(word) };
}

/// Runs a trace in stack form until it leaves, but not for more than `limit` operations. The memory of a side trace
/// must be the truth as its parent's exit would rebuild it.
///
/// # Safety
/// The recording must be one that [`lift`](crate::lift::lift) accepts; all its slots must be accessible from `env.base`,
/// and what is in them, in `env.vm` and in its constants, what its uops expect.
pub unsafe fn run_recorded(
    recorded: &Recorded,
    table: &'static UopTable,
    env: Env,
    limit: u64,
) -> RecordedRun {
    let mut stack = Stack {
        table,
        env,
        top: recorded.start.top,
        frame: recorded.start.frame,
        entry: recorded.start,
        inputs: Vec::new(),
    };
    let mut run = RecordedRun {
        ended: Ended::Finish,
        resume: None,
        steps: 0,
    };
    loop {
        for (i, op) in recorded.ops.iter().enumerate() {
            if run.steps == limit {
                run.ended = Ended::Limit;
                return run;
            }
            run.steps += 1;
            // SAFETY: the caller's promise.
            if !unsafe { stack.op(op) } {
                run.ended = Ended::Exit(i);
                run.resume = Some(stack.entry);
                return run;
            }
        }
        if recorded.end != End::Loop {
            run.resume = Some(Resume {
                top: stack.top,
                frame: stack.frame,
                ..stack.entry
            });
            return run;
        }
        if run.steps == limit {
            run.ended = Ended::Limit;
            return run;
        }
        run.steps += 1;
        stack.entry = recorded.start;
    }
}

struct Stack {
    table: &'static UopTable,
    env: Env,
    top: Slot,
    frame: Slot,
    /// Where exits resume: the instruction that is running, with the state it began in.
    entry: Resume,
    inputs: Vec<u64>,
}

impl Stack {
    fn at_depth(&self, depth: u16) -> Slot {
        Slot(self.top.0 - 1 - i32::from(depth))
    }

    unsafe fn peek(&self, depth: u16) -> u64 {
        // SAFETY: the caller vouches for the recording's slots.
        unsafe { read(self.env, self.at_depth(depth)) }
    }

    unsafe fn pop(&mut self) -> u64 {
        // SAFETY: likewise.
        let word = unsafe { self.peek(0) };
        self.top.0 -= 1;
        word
    }

    unsafe fn push(&mut self, word: u64) {
        // SAFETY: likewise.
        unsafe { write(self.env, self.top, word) };
        self.top.0 += 1;
    }

    /// Runs one operation; false if it left the trace.
    unsafe fn op(&mut self, op: &StackOp) -> bool {
        // SAFETY: the caller vouches for the recording's slots, and for what its uops are given.
        unsafe {
            match op {
                StackOp::Uop { uop, immediates } => {
                    let count = self.table.info(*uop).inputs.len();
                    self.inputs.clear();
                    for depth in (0..count).rev() {
                        self.inputs.push(self.peek(depth as u16));
                    }
                    let outcome = (self.table.info(*uop).eval)(self.env, &self.inputs, immediates);
                    self.top.0 -= count as i32;
                    return self.outcome(outcome);
                }
                StackOp::Peek {
                    uop,
                    depths,
                    immediates,
                } => {
                    self.inputs.clear();
                    for depth in depths {
                        self.inputs.push(self.peek(*depth));
                    }
                    let outcome = (self.table.info(*uop).eval)(self.env, &self.inputs, immediates);
                    return self.outcome(outcome);
                }
                StackOp::Load(slot) => self.push(read(self.env, *slot)),
                StackOp::Store(slot) => {
                    let word = self.pop();
                    write(self.env, *slot, word);
                }
                StackOp::Const(word) => self.push(*word),
                StackOp::Copy(depth) => self.push(self.peek(*depth)),
                StackOp::Swap(depth) => {
                    let (top, other) = (self.peek(0), self.peek(*depth));
                    write(self.env, self.at_depth(*depth), top);
                    write(self.env, self.at_depth(0), other);
                }
                StackOp::Drop => self.top.0 -= 1,
                StackOp::Nip(n) => {
                    let word = self.pop();
                    self.top.0 -= i32::from(*n);
                    self.push(word);
                }
                StackOp::Frame { frame, top } => (self.frame, self.top) = (*frame, *top),
                StackOp::Instruction(origin) => {
                    self.entry = Resume {
                        origin: *origin,
                        frame: self.frame,
                        top: self.top,
                    };
                }
            }
        }
        true
    }

    unsafe fn outcome(&mut self, outcome: Outcome) -> bool {
        match outcome {
            // SAFETY: the caller vouches for the recording's slots.
            Outcome::Value(bits) => unsafe { self.push(bits) },
            Outcome::Done => {}
            Outcome::Exit => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests;
