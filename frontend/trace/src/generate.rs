//! Random traces, for fuzzing: of the text format, the allocators, machine code.
//!
//! A trace is made from a seed over any VM's table, and is valid by construction: every operand has the right
//! representation and is defined, every exit has a snapshot, values flow round the loop through parameters and from
//! the preheader. With [`Shape::executable`] it can be run as well, because only uops are used that take any bits
//! without harm.

use bumpalo::Bump;
use sashiko_stencils::uop::{Aliases, Kinds};
use sashiko_stencils::{Rep, Role, UopId, UopInfo, UopTable};

use crate::ir::{
    End, HeadParam, Import, Inst, Onto, Op, Origin, Param, Provenance, Resume, Slot, Snapshot,
    SnapshotId, Trace, ValueId,
};
use crate::recorded::{ExitId, Recorded, StackOp, TraceId};

/// A source of random numbers (splitmix64); the same seed gives the same numbers.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The numbers of `seed`.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`, which is not 0.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.bits() % limit as u64) as usize
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of `items`, if there are any.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> Option<T> {
        (!items.is_empty()).then(|| items[self.below(items.len())])
    }
}

/// Counts rounds, so that a random loop ends.
#[derive(Clone, Copy, Debug)]
pub struct Counter {
    /// A uop `(int, int) -> int` that adds.
    pub add: UopId,
    /// A guard `(int, int)` that leaves if the first is not less than the second.
    pub less: UopId,
    /// How many rounds.
    pub rounds: i64,
}

/// What kind of trace to make.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each switches one feature of the text"
)]
pub struct Shape<'s> {
    /// Is it a loop?
    pub is_loop: bool,
    /// Is it a side trace, with imports?
    pub is_side: bool,
    /// About how many instructions the body has.
    pub body: usize,
    /// About how many instructions the preheader has.
    pub preheader: usize,
    /// Slots 0 to `slots` - 1 are used.
    pub slots: u16,
    /// Only uops that can be run on any bits.
    pub executable: bool,
    /// Calls, too?
    pub calls: bool,
    /// Words to use as constants; must be harmless to take apart.
    pub words: &'s [u64],
    /// Random kinds and provenance, true or not: for the text format only.
    pub noise: bool,
    /// Makes loops end.
    pub counter: Option<Counter>,
}

impl Default for Shape<'_> {
    fn default() -> Self {
        Shape {
            is_loop: true,
            is_side: false,
            body: 20,
            preheader: 6,
            slots: 8,
            executable: true,
            calls: false,
            words: &[0],
            noise: false,
            counter: None,
        }
    }
}

/// A random trace: the same arguments give the same one.
///
/// # Panics
/// If `table` has no uop that `shape` allows.
pub fn trace<'a>(
    arena: &'a Bump,
    table: &'static UopTable,
    seed: u64,
    shape: &Shape<'_>,
) -> Trace<'a> {
    let mut random = Random::new(seed);
    let start = Resume {
        origin: Origin::default(),
        frame: Slot(0),
        top: Slot(i32::from(shape.slots)),
    };
    let end = match shape.is_loop {
        true => End::Loop,
        false if random.one_in(4) => End::Jump(TraceId(random.below(9) as u32)),
        false if random.one_in(6) => End::Return,
        false => End::Leave,
    };
    let codes = arena.alloc_slice_copy(&["random", "a \"name\"\n"]);
    let mut trace = Trace::new(arena, table, codes, start, end);
    if shape.is_side {
        trace.parent = Some(ExitId {
            trace: TraceId(random.below(5) as u32),
            index: random.below(50) as u32,
        });
    }
    let uops: Vec<UopId> = (0..table.uops.len())
        .map(|i| UopId(i as u16))
        .filter(|uop| allowed(table.info(*uop), shape))
        .collect();
    assert!(!uops.is_empty(), "no uop of this table fits {shape:?}");
    Generator {
        random,
        shape,
        uops,
        boxable: Rep::ALL
            .into_iter()
            .filter(|rep| *rep == Rep::Word || table.boxer(*rep).is_some())
            .collect(),
        trace,
        defined: Vec::new(),
        finishing: Vec::new(),
    }
    .make()
}

fn allowed(info: &UopInfo, shape: &Shape<'_>) -> bool {
    let harmless = !info.takes_env
        && info.slow.is_none()
        && info.effects.counts == 0
        && match info.role {
            Role::Pure => info.effects.reads.0 == 0 && info.effects.writes.0 == 0,
            Role::Guard => info.effects.reads.0 == 0,
            Role::Effect => false,
        };
    let takes_pointer = info.inputs.iter().any(|input| input.rep == Rep::Ptr);
    (shape.calls || info.call.is_none()) && (!shape.executable || harmless && !takes_pointer)
}

struct Generator<'s, 'a> {
    random: Random,
    shape: &'s Shape<'s>,
    uops: Vec<UopId>,
    boxable: Vec<Rep>,
    trace: Trace<'a>,
    /// Values that are defined where the next instruction goes.
    defined: Vec<ValueId>,
    /// What becomes of loop parameters: parameter and where its representation was settled.
    finishing: Vec<ValueId>,
}

impl<'a> Generator<'_, 'a> {
    fn make(mut self) -> Trace<'a> {
        if self.shape.is_side {
            for position in 0..self.random.below(4) as u32 {
                let rep = self.random.pick(&self.boxable.clone()).unwrap_or(Rep::Word);
                let value = self.define(rep, Kinds::ANY);
                self.trace.imports.push(Import { value, position });
            }
        }
        for _ in 0..self.shape.preheader {
            let inst = self.inst();
            self.trace.preheader.push(inst);
        }
        let counter = self.shape.counter.filter(|_| self.shape.is_loop);
        if self.shape.is_loop {
            self.params(counter.is_some());
        }
        for _ in 0..self.shape.body {
            let inst = self.inst();
            self.trace.body.push(inst);
        }
        if let Some(counter) = counter {
            self.count(counter);
        }
        self.close();
        self.trace
    }

    fn define(&mut self, rep: Rep, kinds: Kinds) -> ValueId {
        let kinds = if self.shape.noise && self.random.one_in(3) {
            match self.random.below(4) {
                0 => Kinds::NEVER,
                1 => Kinds(self.random.bits()),
                _ => Kinds(1 << self.random.below(3)),
            }
        } else {
            kinds
        };
        let value = self.trace.new_value(rep, kinds);
        self.defined.push(value);
        value
    }

    /// A constant of representation `rep`.
    fn constant(&mut self, rep: Rep) -> ValueId {
        let bits = match rep {
            Rep::Word => self.random.pick(self.shape.words).unwrap_or(0),
            Rep::Int if self.random.one_in(3) => self.random.bits(),
            Rep::Int => self.random.below(20) as u64,
            Rep::Float => match self.random.below(6) {
                0 => f64::NAN.to_bits(),
                1 => f64::NEG_INFINITY.to_bits(),
                2 if !self.shape.executable => self.random.bits(),
                _ => (self.random.below(64) as f64 / 8.0 - 4.0).to_bits(),
            },
            Rep::Bool => u64::from(self.random.one_in(2)),
            Rep::Ptr => self.random.bits() & !7,
        };
        self.trace.constant(rep, bits)
    }

    /// A value or constant of representation `rep`; recent values are likelier.
    fn operand(&mut self, rep: Rep) -> ValueId {
        if !self.random.one_in(6) {
            for _ in 0..8 {
                let count = self.defined.len();
                if count == 0 {
                    break;
                }
                let reach = if self.random.one_in(3) {
                    count
                } else {
                    count.min(6)
                };
                let value = self.defined[count - 1 - self.random.below(reach)];
                if self.trace.value(value).rep == rep {
                    return value;
                }
            }
        }
        self.constant(rep)
    }

    fn origin(&mut self) -> Origin {
        if self.random.one_in(3) {
            return self.trace.start.origin;
        }
        Origin {
            code: self.random.below(2) as u32,
            pc: self.random.below(500) as u32,
            line: self.random.below(90) as u32,
        }
    }

    fn slot(&mut self) -> Slot {
        Slot(self.random.below(usize::from(self.shape.slots.max(1))) as i32)
    }

    fn snapshot(&mut self) -> SnapshotId {
        let count = self.trace.snapshots.len();
        if count > 1 && self.random.one_in(4) && self.trace.params.is_empty() {
            // Exits may share a snapshot; its values stay defined.
            return SnapshotId(1 + self.random.below(count - 1) as u32);
        }
        let origin = self.origin();
        let mut slots: Vec<(Slot, ValueId)> = Vec::new();
        let mut next = 0;
        while next < i32::from(self.shape.slots) {
            if self.random.one_in(3) {
                let rep = self.random.pick(&self.boxable.clone()).unwrap_or(Rep::Word);
                slots.push((Slot(next), self.operand(rep)));
            }
            next += 1 + self.random.below(3) as i32;
        }
        let mut owed = Vec::new();
        while self.random.one_in(4) {
            owed.push(self.operand(Rep::Word));
        }
        let arena = self.trace.arena;
        self.trace.new_snapshot(Snapshot {
            resume: Resume {
                origin,
                frame: Slot(0),
                top: Slot(i32::from(self.shape.slots)),
            },
            slots: arena.alloc_slice_copy(&slots),
            owed: arena.alloc_slice_copy(&owed),
            made: &[],
        })
    }

    fn inst(&mut self) -> Inst<'a> {
        let origin = self.origin();
        let by = (self.shape.noise && self.random.one_in(4)).then_some(Provenance {
            pass: "a-pass",
            rule: "x + 0 ==> x",
        });
        let bare = Inst {
            op: Op::LoadSlot(Slot(0)),
            args: &[],
            immediates: &[],
            result: None,
            snapshot: None,
            origin,
            by,
        };
        match self.random.below(8) {
            0 if self.shape.slots > 0 => Inst {
                op: Op::LoadSlot(self.slot()),
                result: Some(self.define(Rep::Word, Kinds::ANY)),
                ..bare
            },
            1 if self.shape.slots > 0 => {
                let value = self.operand(Rep::Word);
                Inst {
                    op: Op::StoreSlot(self.slot()),
                    args: self.trace.arena.alloc_slice_copy(&[value]),
                    ..bare
                }
            }
            _ => {
                let uop = self.uops[self.random.below(self.uops.len())];
                let inputs = self.trace.table.info(uop).inputs;
                let args: Vec<ValueId> =
                    inputs.iter().map(|input| self.operand(input.rep)).collect();
                self.uop(uop, &args, bare)
            }
        }
    }

    fn uop(&mut self, uop: UopId, args: &[ValueId], bare: Inst<'a>) -> Inst<'a> {
        let arena = self.trace.arena;
        let info = self.trace.table.info(uop);
        let random = &mut self.random;
        let immediates = info
            .immediates
            .iter()
            .map(|immediate| match immediate.bits {
                32 => i64::from(random.bits() as i32) as u64,
                _ => random.bits(),
            });
        let immediates = arena.alloc_slice_fill_iter(immediates);
        let snapshot = info.exits.then(|| self.snapshot());
        let result = info
            .result
            .map(|result| self.define(result.rep, result.kinds));
        Inst {
            op: Op::Uop(uop),
            args: arena.alloc_slice_copy(args),
            immediates,
            result,
            snapshot,
            ..bare
        }
    }

    fn params(&mut self, counted: bool) {
        let count = self.random.below(6) + usize::from(counted);
        for i in 0..count {
            let (rep, init) = if counted && i == 0 {
                (Rep::Int, self.trace.constant(Rep::Int, 0))
            } else {
                let rep = self.random.pick(&self.boxable.clone()).unwrap_or(Rep::Word);
                (rep, self.operand(rep))
            };
            self.finishing.push(init);
            let value = self.trace.new_value(rep, Kinds::ANY);
            let slot = (rep == Rep::Word && self.random.one_in(2)).then(|| self.slot());
            self.trace.params.push(Param {
                value,
                slot,
                init,
                next: value,
            });
        }
        let params = self.trace.params.iter().map(|param| param.value);
        self.defined.extend(params);
    }

    /// The counter's instructions, at the end of the body.
    fn count(&mut self, counter: Counter) {
        let bare = Inst {
            op: Op::LoadSlot(Slot(0)),
            args: &[],
            immediates: &[],
            result: None,
            snapshot: None,
            origin: self.trace.start.origin,
            by: None,
        };
        let one = self.trace.constant(Rep::Int, 1);
        let rounds = self.trace.constant(Rep::Int, counter.rounds as u64);
        let counted = self.trace.params[0].value;
        let add = self.uop(counter.add, &[counted, one], bare);
        self.trace.body.push(add);
        self.trace.params[0].next = add.result.unwrap_or(counted);
        let next = self.trace.params[0].next;
        let less = self.uop(counter.less, &[next, rounds], bare);
        self.trace.body.push(less);
    }

    /// Chooses what loop parameters become, and the finishing snapshot.
    fn close(&mut self) {
        let first = usize::from(self.shape.counter.is_some());
        for i in first..self.trace.params.len() {
            let rep = self.trace.value(self.trace.params[i].value).rep;
            if !self.random.one_in(4) {
                self.trace.params[i].next = self.operand(rep);
            }
        }
        if self.trace.end == End::Leave {
            self.trace.finish = self.snapshot();
        }
        if self.shape.noise && self.shape.is_side && matches!(self.trace.end, End::Jump(_)) {
            self.come_back();
        }
    }

    /// A jump that may go, and perhaps goes, onto the head of a loop.
    fn come_back(&mut self) {
        let mut params = Vec::new();
        let mut args = Vec::new();
        for slot in 0..self.random.below(4) as i32 {
            let rep = self.random.pick(&self.boxable.clone());
            let rep = rep.unwrap_or(Rep::Word);
            params.push(HeadParam {
                slot: Slot(slot),
                rep,
                kinds: Kinds::ANY,
            });
            args.push(self.operand(rep));
        }
        let kept = self.trace.imports.iter().map(|import| import.value);
        let kept = kept.collect();
        let goes = self.random.one_in(2);
        if goes {
            let slots = params.iter().map(|param| param.slot);
            let slots: Vec<_> = slots.zip(args.iter().copied()).collect();
            let resume = Resume {
                top: Slot(4),
                ..self.trace.start
            };
            self.trace.finish = self.trace.new_snapshot(Snapshot {
                resume,
                slots: self.trace.arena.alloc_slice_copy(&slots),
                owed: &[],
                made: &[],
            });
        }
        self.trace.onto = Some(Box::new(Onto {
            pc: self.random.below(90) as u32,
            params,
            kept,
            unchanged: vec![Slot(self.random.below(9) as i32)],
            free: (0..self.random.below(2))
                .map(|slot| Slot(20 + slot as i32))
                .collect(),
            reads: Aliases(self.random.bits()),
            below: (!goes).then_some(Slot(40)),
            args: goes.then_some(args),
        }));
    }
}

/// A random recording of about `length` operations, for the text format: it need not make sense.
pub fn recorded(table: &'static UopTable, seed: u64, length: usize) -> Recorded {
    let mut random = Random::new(seed);
    let mut recorded = Recorded {
        codes: vec!["unused".into(), "b".into(), "a\\ \"name\"".into()],
        start: Resume {
            origin: Origin {
                code: 2,
                pc: 1,
                line: 2,
            },
            frame: Slot(-3),
            top: Slot(7),
        },
        ops: Vec::new(),
        end: [End::Loop, End::Leave, End::Return, End::Jump(TraceId(3))][random.below(4)],
        parent: random.one_in(2).then_some(ExitId {
            trace: TraceId(2),
            index: 7,
        }),
    };
    for _ in 0..length {
        let slot = Slot(random.below(40) as i32 - 8);
        let small = random.below(9) as u16;
        let op = match random.below(14) {
            0 => StackOp::Load(slot),
            1 => StackOp::Store(slot),
            2 => StackOp::Const(random.bits()),
            3 => StackOp::Copy(small),
            4 => StackOp::Swap(small),
            5 => StackOp::Drop,
            6 => StackOp::Nip(small),
            7 => StackOp::Frame {
                frame: slot,
                top: Slot(slot.0 + i32::from(small)),
            },
            8 => StackOp::Instruction(Origin {
                code: random.below(3) as u32,
                pc: u32::from(small),
                line: 0,
            }),
            choice => {
                let uop = UopId(random.below(table.uops.len()) as u16);
                let info = table.info(uop);
                let immediates = info.immediates.iter().map(|_| random.bits()).collect();
                if choice < 12 {
                    StackOp::Uop { uop, immediates }
                } else {
                    StackOp::Peek {
                        uop,
                        depths: info.inputs.iter().map(|_| random.below(5) as u16).collect(),
                        immediates,
                    }
                }
            }
        };
        recorded.ops.push(op);
    }
    recorded
}
