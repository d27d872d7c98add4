//! The trace as a program for regalloc2.

use regalloc2::{
    Block, Inst as Index, InstRange, Operand, OperandConstraint, OperandKind, OperandPos, PRegSet,
    RegClass, VReg,
};
use sashiko_stencils::{Bank, OperandRole, Shape, ShapeKey, StencilId, UopId};
use sashiko_trace::ir::{End, Inst, Op, Slot, SnapshotId, Trace, ValueId};

use super::preg;
use crate::plan::{InstIndex, Loc};
use crate::registers::{CALLEE_SAVED, CallArgument, call_arguments, call_result, number};
use crate::select::{fits_stencil, select, with_input};
use crate::uses::{From, Uses};

/// A uop, and what its stencil may become.
pub(super) struct Uop {
    pub(super) inst: InstIndex,
    /// The stencil with everything regalloc2 knows in registers.
    pub(super) stencil: StencilId,
    /// The one with this input in memory, for when it is spilled.
    pub(super) memory: Option<(u8, StencilId)>,
    /// How many temporaries of each bank either needs.
    pub(super) temps: [u8; 2],
}

/// What an instruction of the program stands for.
pub(super) enum Code {
    /// Defines the imports that come in registers.
    Imports,
    /// Defines a value: a copy from here.
    Load(Loc),
    /// Copies a value to a slot.
    Store(Slot),
    /// Copies to a slot what regalloc2 does not know of.
    StoreFixed(Loc, Slot),
    /// Uses all parameters, at the loop's head.
    Head,
    /// Copies a stencil.
    Uop(Uop),
    /// Calls.
    Call(InstIndex),
    /// Ends a block.
    Branch,
    /// Ends the program, using the finishing snapshot's values if the trace leaves.
    Leave,
}

/// The program.
pub(super) struct Program {
    pub(super) code: Vec<Code>,
    operands: Vec<Operand>,
    /// By instruction: its first operand; one more at the end.
    first_operand: Vec<u32>,
    /// First instruction of the body's block, if it is a block.
    second_block: Option<usize>,
    /// First instruction of the trace's body.
    body: usize,
    params: Vec<VReg>,
    init: Vec<VReg>,
    next: Vec<VReg>,
    /// By value: a place that regalloc2 need not know of.
    fixed: Vec<Option<Loc>>,
    /// By value: itself, or another import that comes in the same register.
    alias: Vec<u32>,
    vregs: usize,
    /// By call: what it destroys, with or without a result in a register.
    clobbers: [PRegSet; 3],
    preheader: usize,
}

impl Program {
    /// First instruction of the trace's body.
    pub(super) fn body_start(&self) -> usize {
        self.body
    }

    /// Where `value` is without regalloc2's help.
    pub(super) fn fixed(&self, value: ValueId) -> Option<Loc> {
        self.fixed[value.0 as usize]
    }

    /// Where `value` is at an exit without regalloc2's help.
    pub(super) fn exit_place(&self, trace: &Trace<'_>, value: ValueId) -> Option<Loc> {
        // A constant that also is in a register is still a constant.
        let constant = trace.value(value).constant.map(Loc::Const);
        constant.or(self.fixed(value))
    }

    /// Instruction `index` of the trace.
    pub(super) fn inst<'t, 'a>(&self, trace: &'t Trace<'a>, index: InstIndex) -> &'t Inst<'a> {
        let index = index.0 as usize;
        match index.checked_sub(self.preheader) {
            None => &trace.preheader[index],
            Some(index) => &trace.body[index],
        }
    }
}

/// Writes the program of `trace`.
pub(super) fn lower(trace: &Trace<'_>, uses: &Uses, imports: &[Loc]) -> Program {
    let mut lowering = Lowering {
        trace,
        uses,
        program: Program {
            code: Vec::new(),
            operands: Vec::new(),
            first_operand: vec![0],
            second_block: None,
            body: 0,
            params: Vec::new(),
            init: Vec::new(),
            next: Vec::new(),
            fixed: trace
                .values
                .iter()
                .map(|value| value.constant.map(Loc::Const))
                .collect(),
            alias: (0..trace.values.len() as u32).collect(),
            vregs: trace.values.len(),
            clobbers: clobbers(),
            preheader: trace.preheader.len(),
        },
        reads: reads(trace, uses),
    };
    lowering.run(imports);
    lowering.program
}

/// What a call destroys: without a result, with one in `rax`, with one in `xmm0`.
fn clobbers() -> [PRegSet; 3] {
    let mut all = PRegSet::empty();
    for n in (0..32).filter(|n| CALLEE_SAVED >> n & 1 == 0 && ![4, 5, 12].contains(n)) {
        all.add(preg(n));
    }
    let [mut int, mut float] = [all; 2];
    int.remove(preg(0));
    float.remove(preg(16));
    [all, int, float]
}

/// By value: how often it is read as an argument; reads in the loop of what comes from outside count more.
fn reads(trace: &Trace<'_>, uses: &Uses) -> Vec<u32> {
    let mut reads = vec![0; trace.values.len()];
    for arg in trace.insts().flat_map(|inst| inst.args) {
        let v = arg.0 as usize;
        let outside = uses.from[v] == From::Outside && uses.weight[v] > 0;
        reads[v] += if outside { 2 } else { 1 };
    }
    reads
}

struct Lowering<'a, 't> {
    trace: &'a Trace<'t>,
    uses: &'a Uses,
    program: Program,
    reads: Vec<u32>,
}

impl Lowering<'_, '_> {
    fn run(&mut self, imports: &[Loc]) {
        let trace = self.trace;
        self.imports(imports);
        if trace.is_loop() {
            self.loop_constants();
        }
        for (i, inst) in trace.preheader.iter().enumerate() {
            self.inst(i, inst);
        }
        if trace.is_loop() {
            self.enter_loop();
        } else {
            self.program.body = self.program.code.len();
        }
        for (i, inst) in trace.body.iter().enumerate() {
            self.inst(trace.preheader.len() + i, inst);
        }
        if trace.is_loop() {
            let next: Vec<VReg> = trace.params.iter().map(|p| self.vreg(p.next)).collect();
            self.program.next = next;
            self.end(Code::Branch);
        } else if matches!(trace.end, End::Leave | End::Return) {
            self.snapshot(trace.finish, OperandPos::Early);
            self.end(Code::Leave);
        } else {
            self.end(Code::Branch);
        }
    }

    /// Ends an instruction: its operands have been written.
    fn end(&mut self, code: Code) {
        self.program.code.push(code);
        let operands = self.program.operands.len() as u32;
        self.program.first_operand.push(operands);
    }

    fn class(&self, value: ValueId) -> RegClass {
        match self.trace.value(value).rep.bank() {
            Bank::Gpr => RegClass::Int,
            Bank::Xmm => RegClass::Float,
        }
    }

    fn own_vreg(&self, value: ValueId) -> VReg {
        let v = self.program.alias[value.0 as usize];
        VReg::new(v as usize, self.class(value))
    }

    fn new_vreg(&mut self, class: RegClass) -> VReg {
        self.program.vregs += 1;
        VReg::new(self.program.vregs - 1, class)
    }

    fn operand(
        &mut self,
        vreg: VReg,
        constraint: OperandConstraint,
        kind: OperandKind,
        position: OperandPos,
    ) {
        self.program
            .operands
            .push(Operand::new(vreg, constraint, kind, position));
    }

    /// Defines `vreg` as a copy from `from`.
    fn load(&mut self, vreg: VReg, from: Loc) {
        self.operand(
            vreg,
            OperandConstraint::Any,
            OperandKind::Def,
            OperandPos::Late,
        );
        self.end(Code::Load(from));
    }

    /// The virtual register of `value`; one made for the occasion if regalloc2 does not know the value.
    fn vreg(&mut self, value: ValueId) -> VReg {
        match self.program.fixed(value) {
            Some(loc) => {
                let vreg = self.new_vreg(self.class(value));
                self.load(vreg, loc);
                vreg
            }
            None => self.own_vreg(value),
        }
    }

    fn imports(&mut self, places: &[Loc]) {
        let trace = self.trace;
        let mut owners: [Option<ValueId>; 32] = [None; 32];
        for (import, loc) in trace.imports.iter().zip(places) {
            let value = import.value;
            let Some(n) = number(*loc) else {
                continue;
            };
            if let Some(owner) = owners[usize::from(n)] {
                self.program.alias[value.0 as usize] = owner.0;
            } else {
                owners[usize::from(n)] = Some(value);
                self.operand(
                    self.own_vreg(value),
                    OperandConstraint::FixedReg(preg(n)),
                    OperandKind::Def,
                    OperandPos::Late,
                );
            }
        }
        self.end(Code::Imports);
        for (import, loc) in trace.imports.iter().zip(places) {
            if number(*loc).is_none() && self.uses.last(import.value) != 0 {
                self.arrive(import.value, *loc, 0);
            }
        }
    }

    /// `value` is found at `loc` before instruction `index`: it stays there, or is loaded.
    fn arrive(&mut self, value: ValueId, loc: Loc, index: usize) {
        let lasts = match loc {
            Loc::Slot(slot) => !self.stored_from(slot, index),
            _ => true,
        };
        let constant = matches!(loc, Loc::Const(_));
        if lasts && (constant || self.reads[value.0 as usize] <= 1) {
            self.program.fixed[value.0 as usize] = Some(loc);
        } else {
            let vreg = self.own_vreg(value);
            self.load(vreg, loc);
        }
    }

    /// Does instruction `index` or one behind it store to `slot`?
    fn stored_from(&self, slot: Slot, index: usize) -> bool {
        self.trace.insts().skip(index).any(|inst| match inst.op {
            Op::StoreSlot(other) => other == slot,
            Op::Uop(uop) => self.trace.table.info(uop).writes_slots(),
            Op::LoadSlot(_) => false,
        })
    }

    /// Constants that the body needs in registers are loaded once.
    fn loop_constants(&mut self) {
        for (v, value) in self.trace.values.iter().enumerate() {
            if let Some(bits) = value.constant
                && self.uses.weight[v] > 0
            {
                self.program.fixed[v] = None;
                let vreg = self.own_vreg(ValueId(v as u32));
                self.load(vreg, Loc::Const(bits));
            }
        }
    }

    fn enter_loop(&mut self) {
        let trace = self.trace;
        let init: Vec<VReg> = trace.params.iter().map(|p| self.vreg(p.init)).collect();
        self.program.init = init;
        self.end(Code::Branch);
        self.program.second_block = Some(self.program.code.len());
        self.program.body = self.program.code.len();
        for param in &trace.params {
            let vreg = self.own_vreg(param.value);
            self.program.params.push(vreg);
            self.operand(
                vreg,
                OperandConstraint::Any,
                OperandKind::Use,
                OperandPos::Early,
            );
        }
        self.end(Code::Head);
    }

    fn inst(&mut self, index: usize, inst: &Inst<'_>) {
        match inst.op {
            Op::LoadSlot(slot) => {
                if let Some(value) = inst.result
                    && self.uses.last(value) != 0
                {
                    self.arrive(value, Loc::Slot(slot), index);
                }
            }
            Op::StoreSlot(slot) => {
                let value = inst.args[0];
                let constant = self.trace.value(value).constant.map(Loc::Const);
                match constant.or(self.program.fixed(value)) {
                    Some(loc) if loc == Loc::Slot(slot) => {}
                    Some(loc) => self.end(Code::StoreFixed(loc, slot)),
                    None => {
                        self.operand(
                            self.own_vreg(value),
                            OperandConstraint::Any,
                            OperandKind::Use,
                            OperandPos::Early,
                        );
                        self.end(Code::Store(slot));
                    }
                }
            }
            Op::Uop(uop) => {
                if self.trace.table.info(uop).call.is_some() {
                    self.call(index, inst);
                } else {
                    self.uop(index, inst, uop);
                }
            }
        }
    }

    /// Uses of a snapshot's values: anywhere will do.
    fn snapshot(&mut self, snapshot: SnapshotId, position: OperandPos) {
        let trace = self.trace;
        for value in trace.snapshot(snapshot).values() {
            if self.program.exit_place(trace, value).is_none() {
                let vreg = self.own_vreg(value);
                self.operand(vreg, OperandConstraint::Any, OperandKind::Use, position);
            }
        }
    }

    fn call(&mut self, index: usize, inst: &Inst<'_>) {
        for (argument, n) in call_arguments(self.trace, inst) {
            if let CallArgument::Value(value) = argument
                && self.program.fixed(value).is_none()
            {
                self.operand(
                    self.own_vreg(value),
                    OperandConstraint::FixedReg(preg(n)),
                    OperandKind::Use,
                    OperandPos::Early,
                );
            }
        }
        if let Some(result) = inst.result {
            let n = call_result(self.trace.value(result).rep);
            self.operand(
                self.own_vreg(result),
                OperandConstraint::FixedReg(preg(n)),
                OperandKind::Def,
                OperandPos::Late,
            );
        }
        if let Some(snapshot) = inst.snapshot {
            self.snapshot(snapshot, OperandPos::Late);
        }
        self.end(Code::Call(InstIndex(index as u32)));
    }

    fn uop(&mut self, index: usize, inst: &Inst<'_>, uop: UopId) {
        let table = self.trace.table;
        let mut wanted = ShapeKey(0);
        for (i, arg) in inst.args.iter().enumerate() {
            let rep = self.trace.value(*arg).rep;
            let shape = match self.program.fixed(*arg) {
                Some(Loc::Const(bits)) if fits_stencil(rep, bits) => Shape::Const,
                Some(loc) if loc.is_memory() => Shape::Mem,
                _ => Shape::Reg,
            };
            wanted = with_input(wanted, i, shape);
        }
        let id = select(table, uop, wanted);
        let stencil = table.stencil(id);
        let memory = self.memory_variant(inst, uop, stencil.key);
        let variant = memory.map_or(stencil, |(_, id)| table.stencil(id));
        let vregs: Vec<Option<VReg>> = (0..inst.args.len())
            .map(|i| {
                let in_register = stencil.key.input(i) == Shape::Reg;
                in_register.then(|| self.vreg(inst.args[i]))
            })
            .collect();
        for (i, vreg) in vregs.iter().enumerate() {
            let Some(vreg) = vreg else { continue };
            let late = [stencil, variant].iter().any(|stencil| {
                stencil
                    .operands
                    .iter()
                    .any(|operand| operand.role == OperandRole::Input(i as u8) && operand.late)
            });
            let constraint = match memory {
                Some((input, _)) if usize::from(input) == i => OperandConstraint::Any,
                _ => OperandConstraint::Reg,
            };
            let position = if late {
                OperandPos::Late
            } else {
                OperandPos::Early
            };
            self.operand(*vreg, constraint, OperandKind::Use, position);
        }
        if let Some(result) = inst.result {
            self.operand(
                self.own_vreg(result),
                OperandConstraint::Reg,
                OperandKind::Def,
                OperandPos::Late,
            );
        }
        let temps = [Bank::Gpr, Bank::Xmm].map(|bank| {
            let count = |stencil: &sashiko_stencils::Stencil| {
                let temps = stencil.operands.iter();
                temps
                    .filter(|operand| operand.role == OperandRole::Temp && operand.bank == bank)
                    .count() as u8
            };
            count(stencil).max(count(variant))
        });
        for (class, count) in [RegClass::Int, RegClass::Float].into_iter().zip(temps) {
            for _ in 0..count {
                let vreg = self.new_vreg(class);
                self.operand(
                    vreg,
                    OperandConstraint::Reg,
                    OperandKind::Def,
                    OperandPos::Early,
                );
            }
        }
        if let Some(snapshot) = inst.snapshot {
            self.snapshot(snapshot, OperandPos::Late);
        }
        self.end(Code::Uop(Uop {
            inst: InstIndex(index as u32),
            stencil: id,
            memory,
            temps,
        }));
    }

    /// The last input that regalloc2 knows and that the stencil with shapes `key` could also read from memory.
    fn memory_variant(
        &self,
        inst: &Inst<'_>,
        uop: UopId,
        key: ShapeKey,
    ) -> Option<(u8, StencilId)> {
        (0..inst.args.len()).rev().find_map(|i| {
            let known = key.input(i) == Shape::Reg && self.program.fixed(inst.args[i]).is_none();
            let once = inst.args.iter().filter(|arg| **arg == inst.args[i]).count() == 1;
            let memory = with_input(key, i, Shape::Mem);
            let variant = self.trace.table.variant(uop, memory);
            variant.filter(|_| known && once).map(|id| (i as u8, id))
        })
    }
}

const TO_BODY: [Block; 1] = [Block(1)];
const FROM_BOTH: [Block; 2] = [Block(0), Block(1)];

impl regalloc2::Function for Program {
    fn num_insts(&self) -> usize {
        self.code.len()
    }

    fn num_blocks(&self) -> usize {
        1 + usize::from(self.second_block.is_some())
    }

    fn entry_block(&self) -> Block {
        Block(0)
    }

    fn block_insns(&self, block: Block) -> InstRange {
        let end = Index::new(self.code.len());
        match (self.second_block, block.index()) {
            (Some(body), 0) => InstRange::new(Index::new(0), Index::new(body)),
            (Some(body), _) => InstRange::new(Index::new(body), end),
            (None, _) => InstRange::new(Index::new(0), end),
        }
    }

    fn block_succs(&self, _: Block) -> &[Block] {
        match self.second_block {
            Some(_) => &TO_BODY,
            None => &[],
        }
    }

    fn block_preds(&self, block: Block) -> &[Block] {
        if block.index() == 0 { &[] } else { &FROM_BOTH }
    }

    fn block_params(&self, block: Block) -> &[VReg] {
        if block.index() == 0 {
            &[]
        } else {
            &self.params
        }
    }

    fn is_ret(&self, inst: Index) -> bool {
        self.second_block.is_none() && inst.index() + 1 == self.code.len()
    }

    fn is_branch(&self, inst: Index) -> bool {
        self.second_block.is_some() && matches!(self.code[inst.index()], Code::Branch)
    }

    fn branch_blockparams(&self, block: Block, _: Index, _: usize) -> &[VReg] {
        if block.index() == 0 {
            &self.init
        } else {
            &self.next
        }
    }

    fn inst_operands(&self, inst: Index) -> &[Operand] {
        let [first, end] = [0, 1].map(|i| self.first_operand[inst.index() + i] as usize);
        &self.operands[first..end]
    }

    fn inst_clobbers(&self, inst: Index) -> PRegSet {
        if !matches!(self.code[inst.index()], Code::Call(_)) {
            return PRegSet::empty();
        }
        let mut operands = self.inst_operands(inst).iter();
        let result = operands.find(|operand| operand.kind() == OperandKind::Def);
        match result.map(|operand| operand.class()) {
            None => self.clobbers[0],
            Some(RegClass::Float) => self.clobbers[2],
            Some(_) => self.clobbers[1],
        }
    }

    fn num_vregs(&self) -> usize {
        self.vregs
    }

    fn spillslot_size(&self, _: RegClass) -> usize {
        1
    }
}
