//! `ion` and `fastalloc`: the allocators of `regalloc2`, for comparison and for the hottest traces.
//!
//! A trace is two blocks to them: the preheader, and the body, which branches to itself with the parameters' next values
//! (or one block, if it does not repeat). [`lower`] writes that program; here it is run, and its output read back
//! as a plan.
//!
//! | in the trace                  | for regalloc2                                                             |
//! |-------------------------------|---------------------------------------------------------------------------|
//! | input with only a register form | register use; *late* if any stencil it may become reads it late          |
//! | input that may be in memory   | any-place use: a spilled one turns the stencil into its memory variant      |
//! | temporary                     | early definition of a register nobody uses                                |
//! | value of a snapshot           | late any-place use: kept alive, never forced into a register              |
//! | call                          | fixed uses, a fixed result, clobbers                                      |
//! | import                        | fixed definition at the entry                                             |
//! | constant                      | nothing, or a load right before its use; one that the loop needs in a register is loaded in the preheader |
//! | `load_slot`                   | a load, or nothing if the value can stay in its slot                      |
//!
//! regalloc2 says where operands are, but not where block parameters are; so the body begins with an instruction without
//! code that uses them all.

mod lower;

use regalloc2::{Algorithm, Allocation, Ctx, Edit, MachineEnv, PReg, PRegSet, ProgPoint, RegClass};
use sashiko_stencils::{Bank, OperandRole, Shape};
use sashiko_trace::ir::{SnapshotId, Trace};
use smallvec::SmallVec;

use crate::AllocError;
use crate::plan::{
    Call, ExitPlan, InstIndex, Loc, Plan, SCRATCH_GPR, SCRATCH_XMM, Spill, Step, Stitch,
};
use crate::registers::{CallArgument, Registers, Set, call_arguments, call_result, number, place};
use crate::uses::Uses;
use lower::{Code, Program};

/// The buffers of these policies, reused between compiles.
#[derive(Default)]
pub(crate) struct IonBuffers {
    context: Ctx,
    uses: Uses,
}

impl std::fmt::Debug for IonBuffers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IonBuffers").finish_non_exhaustive()
    }
}

/// Register `number` as regalloc2 names it.
fn preg(number: u8) -> PReg {
    match place(number) {
        Loc::Xmm(n) => PReg::new(usize::from(n), RegClass::Float),
        _ => PReg::new(usize::from(number), RegClass::Int),
    }
}

/// The machine with `registers`.
fn machine(registers: Set) -> MachineEnv {
    let mut preferred = [PRegSet::empty(); 3];
    for n in (0..32).filter(|n| registers >> n & 1 == 1) {
        let preg = preg(n);
        preferred[preg.class() as usize].add(preg);
    }
    MachineEnv {
        preferred_regs_by_class: preferred,
        non_preferred_regs_by_class: [PRegSet::empty(); 3],
        scratch_by_class: [
            Some(PReg::new(usize::from(SCRATCH_GPR), RegClass::Int)),
            Some(PReg::new(usize::from(SCRATCH_XMM), RegClass::Float)),
            None,
        ],
        fixed_stack_slots: Vec::new(),
    }
}

/// `registers`, and those that calls and imports need.
fn with_fixed(registers: Set, trace: &Trace<'_>, imports: &[Loc]) -> Set {
    let mut set = registers;
    for n in imports.iter().filter_map(|loc| number(*loc)) {
        set |= 1 << n;
    }
    for inst in trace.insts() {
        let sashiko_trace::ir::Op::Uop(uop) = inst.op else {
            continue;
        };
        if trace.table.info(uop).call.is_some() {
            for (_, n) in call_arguments(trace, inst) {
                set |= 1 << n;
            }
            if let Some(result) = inst.result {
                set |= 1 << call_result(trace.value(result).rep);
            }
        }
    }
    set
}

/// Fills `plan`.
pub(crate) fn allocate(
    algorithm: Algorithm,
    registers: Registers,
    trace: &Trace<'_>,
    first_spill: u32,
    check: bool,
    buffers: &mut IonBuffers,
    plan: &mut Plan,
) -> Result<(), AllocError> {
    buffers.uses.find(trace);
    let program = lower::lower(trace, &buffers.uses, &plan.imports);
    let options = regalloc2::RegallocOptions {
        verbose_log: false,
        validate_ssa: check,
        algorithm,
    };
    // A stencil and its memory variant together may need two more than the wider of them, with an input nobody reads.
    let few = registers.at_least(buffers.uses.need.map(|need| need + 2));
    let all = Registers::ALL.at_least([0; 2]);
    let mut env = machine(with_fixed(few, trace, &plan.imports));
    let context = &mut buffers.context;
    let mut run = regalloc2::run_with_ctx(&program, &env, &options, context).map(|_| ());
    if matches!(run, Err(regalloc2::RegAllocError::TooManyLiveRegs)) && few != all {
        // It splits live ranges at instructions, not within: what just fits may be too few for it.
        env = machine(with_fixed(all, trace, &plan.imports));
        run = regalloc2::run_with_ctx(&program, &env, &options, context).map(|_| ());
    }
    run.map_err(|error| AllocError::Refused(error.to_string()))?;
    let output = &context.output;
    if check {
        let mut checker = regalloc2::checker::Checker::new(&program, &env);
        checker.prepare(output);
        checker
            .run()
            .map_err(|error| AllocError::Refused(format!("its own checker says {error:?}")))?;
    }
    let mut reader = Reader {
        trace,
        program: &program,
        output,
        plan,
        first_spill,
        edits: 0,
    };
    reader.read();
    Ok(())
}

/// Reads regalloc2's output back.
struct Reader<'a, 't> {
    trace: &'a Trace<'t>,
    program: &'a Program,
    output: &'a regalloc2::Output,
    plan: &'a mut Plan,
    first_spill: u32,
    /// Edits that have been read.
    edits: usize,
}

impl Reader<'_, '_> {
    fn read(&mut self) {
        let mut steps = std::mem::take(&mut self.plan.preheader);
        let body = self.program.body_start();
        for i in 0..body {
            self.inst(i, &mut steps);
        }
        self.plan.preheader = steps;
        let mut steps = std::mem::take(&mut self.plan.body);
        for i in body..self.program.code.len() {
            self.inst(i, &mut steps);
        }
        self.plan.body = steps;
        self.plan.spills = self.first_spill + self.output.num_spillslots as u32;
    }

    fn loc(&self, allocation: Allocation) -> Loc {
        if let Some(preg) = allocation.as_reg() {
            return match preg.class() {
                RegClass::Float => Loc::Xmm(preg.hw_enc() as u8),
                _ => Loc::Gpr(preg.hw_enc() as u8),
            };
        }
        let slot = allocation.as_stack().expect("every operand is allocated");
        Loc::Spill(Spill(self.first_spill + slot.index() as u32))
    }

    fn inst(&mut self, i: usize, steps: &mut Vec<Step>) {
        let inst = regalloc2::Inst::new(i);
        let edits = &self.output.edits[self.edits..];
        let due = edits
            .iter()
            .take_while(|(point, _)| *point <= ProgPoint::before(inst));
        for (_, Edit::Move { from, to }) in due {
            self.edits += 1;
            steps.push(Step::Move {
                from: self.loc(*from),
                to: self.loc(*to),
            });
        }
        let allocations: SmallVec<[Loc; 16]> = self
            .output
            .inst_allocs(inst)
            .iter()
            .map(|allocation| self.loc(*allocation))
            .collect();
        match &self.program.code[i] {
            Code::Load(from) => steps.push(Step::Move {
                from: *from,
                to: allocations[0],
            }),
            Code::Store(slot) => steps.push(Step::Move {
                from: allocations[0],
                to: Loc::Slot(*slot),
            }),
            Code::StoreFixed(from, slot) => steps.push(Step::Move {
                from: *from,
                to: Loc::Slot(*slot),
            }),
            Code::Head => self.params(&allocations, steps),
            Code::Uop(uop) => self.uop(uop, &allocations, steps),
            Code::Call(index) => self.call(*index, &allocations, steps),
            Code::Leave => self.exit(None, self.trace.finish, &allocations),
            Code::Imports | Code::Branch => {}
        }
    }

    /// The parameters' places at the head, from their places after the `moves` in front of the head's pseudo-instruction.
    fn params(&mut self, after: &[Loc], moves: &[Step]) {
        self.plan.params.clear();
        for loc in after {
            let mut loc = *loc;
            for step in moves.iter().rev() {
                if let Step::Move { from, to } = step
                    && *to == loc
                {
                    loc = *from;
                }
            }
            self.plan.params.push(loc);
        }
    }

    fn uop(&mut self, uop: &lower::Uop, allocations: &[Loc], steps: &mut Vec<Step>) {
        let inst = self.program.inst(self.trace, uop.inst);
        let base = self.trace.table.stencil(uop.stencil);
        let mut rest = allocations;
        let mut next = || {
            let (first, others) = rest.split_first().expect("an operand for each use");
            rest = others;
            *first
        };
        let inputs: SmallVec<[Loc; 4]> = (0..inst.args.len())
            .map(|i| match base.key.input(i) {
                Shape::Reg => next(),
                _ => self.program.fixed(inst.args[i]).expect("it has a place"),
            })
            .collect();
        let output = inst.result.map(|_| next());
        let stencil = match uop.memory {
            Some((input, variant)) if inputs[usize::from(input)].is_memory() => variant,
            _ => uop.stencil,
        };
        let mut registers: [SmallVec<[u8; 8]>; 2] = [SmallVec::new(), SmallVec::new()];
        for (bank, count) in [Bank::Gpr, Bank::Xmm].into_iter().zip(uop.temps) {
            for _ in 0..count {
                let n = number(next()).expect("a temporary is in a register");
                registers[bank as usize].push(n & 15);
            }
        }
        let mut used = [0; 2];
        let mut temps = SmallVec::new();
        for operand in self.trace.table.stencil(stencil).operands {
            if operand.role == OperandRole::Temp {
                let bank = operand.bank as usize;
                temps.push(registers[bank][used[bank]]);
                used[bank] += 1;
            }
        }
        if let Some(snapshot) = inst.snapshot {
            self.exit(Some(uop.inst), snapshot, rest);
        }
        steps.push(Step::Stitch(Stitch {
            inst: uop.inst,
            stencil,
            inputs,
            output,
            temps,
        }));
    }

    fn call(&mut self, index: InstIndex, allocations: &[Loc], steps: &mut Vec<Step>) {
        let inst = self.program.inst(self.trace, index);
        let mut operands = 0;
        // Arguments that regalloc2 knows are in place; the registers of the others are clobbered, so nobody's.
        for (argument, n) in call_arguments(self.trace, inst) {
            let from = match argument {
                CallArgument::Immediate(bits) => Some(Loc::Const(bits)),
                CallArgument::Value(value) => self.program.fixed(value),
            };
            match from {
                Some(from) => steps.push(Step::Move { from, to: place(n) }),
                None => operands += 1,
            }
        }
        operands += usize::from(inst.result.is_some());
        if let Some(snapshot) = inst.snapshot {
            self.exit(Some(index), snapshot, &allocations[operands..]);
        }
        steps.push(Step::Call(Call { inst: index }));
    }

    /// The places of a snapshot's values: `allocations` are those of the values regalloc2 knows.
    fn exit(&mut self, inst: Option<InstIndex>, snapshot: SnapshotId, allocations: &[Loc]) {
        let start = self.plan.exit_locs.len() as u32;
        let mut known = allocations.iter();
        for value in self.trace.snapshot(snapshot).values() {
            let loc = match self.program.exit_place(self.trace, value) {
                Some(fixed) => fixed,
                None => *known.next().expect("an operand for each value"),
            };
            self.plan.exit_locs.push(loc);
        }
        self.plan.exits.push(ExitPlan {
            inst,
            snapshot,
            locs: start..self.plan.exit_locs.len() as u32,
        });
    }
}
