//! Made-up tables of uops, for allocators to be tested on: stencils without code, but with every kind of operand.
//!
//! Real stencils are tame: few temporaries, few late inputs. These are drawn at random, so that every rule an
//! allocator has to keep is needed somewhere.

#![allow(
    dead_code,
    reason = "each test that includes this file uses another part of it"
)]

use sashiko_regalloc::plan::{Loc, Spill};
use sashiko_stencils::info::{CallInfo, Immediate, Outcome};
use sashiko_stencils::uop::{Aliases, Kinds};
use sashiko_stencils::{
    Bank, Effects, Input, Operand, OperandRole, Rep, Role, Shape, ShapeKey, Stencil, UopId,
    UopInfo, UopResult, UopTable,
};
use sashiko_trace::generate::Random;
use sashiko_trace::ir::{Slot, Trace};

const NOTHING: Effects = Effects {
    reads: Aliases::NONE,
    writes: Aliases::NONE,
    counts: 0,
};
const EVERYTHING: Effects = Effects {
    reads: Aliases::ALL,
    writes: Aliases::ALL,
    counts: 0,
};

const BASE: UopInfo = UopInfo {
    name: "",
    doc: "",
    inputs: &[],
    immediates: &[],
    result: None,
    exits: false,
    reason: "",
    role: Role::Pure,
    effects: NOTHING,
    boxes: false,
    unboxes: false,
    commutes: false,
    patch_point: false,
    fields: sashiko_stencils::info::Fields::NONE,
    unchecked: None,
    steps: &[],
    steps_result: None,
    eval: |_, _, _| Outcome::Done,
    call: None,
    slow: None,
    takes_env: false,
    takes_base: false,
};

const fn input(rep: Rep) -> Input {
    Input {
        name: "x",
        rep,
        checks: Kinds::ANY,
        proves: Kinds::ANY,
    }
}

const fn immediate(bits: u8) -> Immediate {
    Immediate { name: "i", bits }
}

const W: Input = input(Rep::Word);
const I: Input = input(Rep::Int);
const F: Input = input(Rep::Float);
const B: Input = input(Rep::Bool);

#[expect(clippy::unnecessary_wraps, reason = "written where an option stands")]
const fn result(rep: Rep) -> Option<UopResult> {
    Some(UopResult {
        rep,
        kinds: Kinds::ANY,
    })
}

const CALL: Option<CallInfo> = Some(CallInfo { address: || 0 });

/// A pure uop.
const fn pure(name: &'static str, inputs: &'static [Input], rep: Rep, exits: bool) -> UopInfo {
    UopInfo {
        name,
        inputs,
        result: result(rep),
        exits,
        ..BASE
    }
}

/// A uop for what it does.
const fn effect(name: &'static str, inputs: &'static [Input], exits: bool) -> UopInfo {
    UopInfo {
        name,
        inputs,
        exits,
        role: Role::Effect,
        effects: EVERYTHING,
        ..BASE
    }
}

static UOPS: &[UopInfo] = &[
    UopInfo {
        boxes: true,
        ..pure("box_int", &[I], Rep::Word, true)
    },
    UopInfo {
        boxes: true,
        ..pure("box_float", &[F], Rep::Word, false)
    },
    pure("unbox_int", &[W], Rep::Int, true),
    pure("unbox_float", &[W], Rep::Float, true),
    pure("int_add", &[I, I], Rep::Int, true),
    pure("int_and", &[I, I], Rep::Int, false),
    pure("int_lt", &[I, I], Rep::Bool, false),
    pure("float_add", &[F, F], Rep::Float, false),
    pure("float_mul_add", &[F, F, F], Rep::Float, false),
    pure("float_of_int", &[I], Rep::Float, false),
    pure("add_int", &[W, W], Rep::Word, true),
    effect("guard_true", &[B], true),
    effect("guard_lt", &[I, I], true),
    UopInfo {
        result: result(Rep::Word),
        ..effect("load", &[W, I], true)
    },
    effect("store", &[W, I, W], true),
    UopInfo {
        slow: Some(|| 0),
        takes_env: true,
        ..effect("decref", &[W], false)
    },
    UopInfo {
        takes_env: true,
        takes_base: true,
        ..effect("poke", &[W], true)
    },
    UopInfo {
        call: CALL,
        immediates: &[immediate(64)],
        result: result(Rep::Word),
        ..effect("call_words", &[W, I, F, W], true)
    },
    UopInfo {
        call: CALL,
        result: result(Rep::Float),
        ..effect("call_floats", &[F, F], false)
    },
    UopInfo {
        call: CALL,
        ..effect("call_word", &[W], true)
    },
];

fn leak<T>(items: Vec<T>) -> &'static [T] {
    Box::leak(items.into_boxed_slice())
}

/// Operands of a stencil with the shapes of `key`.
fn operands(info: &UopInfo, key: ShapeKey, random: &mut Random) -> &'static [Operand] {
    let mut operands = Vec::new();
    for (i, input) in info.inputs.iter().enumerate() {
        if key.input(i) == Shape::Reg {
            operands.push(Operand {
                role: OperandRole::Input(i as u8),
                bank: input.rep.bank(),
                late: random.one_in(3),
            });
        }
    }
    if let Some(result) = info.result.filter(|_| key.result() == Shape::Reg) {
        operands.push(Operand {
            role: OperandRole::Output,
            bank: result.rep.bank(),
            late: false,
        });
    }
    while operands.len() < 7 && random.one_in(3) {
        let bank = if random.one_in(3) {
            Bank::Xmm
        } else {
            Bank::Gpr
        };
        operands.push(Operand {
            role: OperandRole::Temp,
            bank,
            late: false,
        });
    }
    leak(operands)
}

/// A table of the made-up uops whose stencils are drawn with `seed`; `variants` out of 8 shapes exist.
pub(crate) fn table(seed: u64, variants: usize) -> &'static UopTable {
    let mut random = Random::new(seed);
    let mut stencils = Vec::new();
    let mut first_stencil = vec![0];
    for (u, info) in UOPS.iter().enumerate() {
        let mut keys = Vec::new();
        if info.call.is_none() {
            for code in 0..3u32.pow(info.inputs.len() as u32) * 2 {
                let mut rest = code / 2;
                let mut shapes = Vec::new();
                for input in info.inputs {
                    let shape = [Shape::Reg, Shape::Mem, Shape::Const][rest as usize % 3];
                    shapes.push(match input.rep {
                        Rep::Float if shape == Shape::Const => Shape::Reg,
                        _ => shape,
                    });
                    rest /= 3;
                }
                let memory = code % 2 == 1 && info.result.is_some();
                let result = if memory { Shape::Mem } else { Shape::Reg };
                if code == 0 || random.below(8) < variants {
                    keys.push(ShapeKey::new(&shapes, result));
                }
            }
        }
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            stencils.push(Stencil {
                uop: UopId(u as u16),
                key,
                bytes: &[],
                operands: operands(info, key, &mut random),
                patches: &[],
                holes: &[],
                exits: &[],
                slow: &[],
            });
        }
        first_stencil.push(stencils.len() as u16);
    }
    Box::leak(Box::new(UopTable {
        name: "made-up",
        uops: UOPS,
        stencils: leak(stencils),
        first_stencil: leak(first_stencil),
        pool: &[],
        kind_names: &[],
        alias_names: &[],
        uncounted: Kinds::NEVER,
    }))
}

/// Places in which a parent's exit could have left the imports of `trace`, and how many spill slots the parent had.
pub(crate) fn import_places(trace: &Trace<'_>, random: &mut Random) -> (Vec<Loc>, u32) {
    let places = trace
        .imports
        .iter()
        .map(|import| match random.below(6) {
            0 => Loc::Slot(Slot(random.below(8) as i32)),
            1 => Loc::Spill(Spill(random.below(3) as u32)),
            2 => Loc::Const(random.bits()),
            _ => match trace.value(import.value).rep.bank() {
                Bank::Gpr => Loc::Gpr([0, 1, 3, 15][random.below(4)]),
                Bank::Xmm => Loc::Xmm(random.below(4) as u8),
            },
        })
        .collect();
    (places, 3)
}

/// Lowers some snapshots' tops, so that not every slot matters to every exit.
pub(crate) fn vary_tops(trace: &mut Trace<'_>, random: &mut Random) {
    for snapshot in &mut trace.snapshots {
        let lowest = snapshot.slots.last().map_or(0, |(slot, _)| slot.0 + 1);
        let top = snapshot.resume.top.0;
        if lowest < top && random.one_in(2) {
            snapshot.resume.top = Slot(lowest + random.below((top - lowest) as usize) as i32);
        }
    }
}
