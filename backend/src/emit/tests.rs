//! Stitching by hand: two stencils written out as bytes, a plan written out as steps, and the loop they make is run.

use bumpalo::Bump;
use sashiko_regalloc::plan::{ExitPlan, InstIndex, Spill};
use sashiko_stencils::context::Context;
use sashiko_stencils::info::Outcome;
use sashiko_stencils::uop::{Aliases, Kinds};
use sashiko_stencils::{
    Bank, Effects, Hole, Input, Operand, Patch, Rep, Role, ShapeKey, StencilId, UopInfo, UopResult,
    UopTable,
};
use sashiko_trace::ir::{Origin, Resume, Slot, SnapshotId, ValueId};
use smallvec::smallvec;

use super::*;
use crate::arena::Arena;
use crate::exits::Thunks;

const INT: Input = Input {
    name: "i",
    rep: Rep::Int,
    checks: Kinds::ANY,
    proves: Kinds::ANY,
};

const UOP: UopInfo = UopInfo {
    name: "int_add",
    doc: "",
    inputs: &[INT, INT],
    immediates: &[],
    result: Some(UopResult {
        rep: Rep::Int,
        kinds: Kinds::ANY,
    }),
    exits: true,
    reason: "overflow",
    role: Role::Pure,
    effects: Effects {
        reads: Aliases::NONE,
        writes: Aliases::NONE,
        counts: 0,
    },
    boxes: false,
    unboxes: false,
    commutes: true,
    patch_point: false,
    fields: sashiko_stencils::info::Fields::NONE,
    unchecked: None,
    steps: &[],
    steps_result: None,
    eval: |_, _, _| Outcome::Exit,
    call: None,
    slow: None,
    takes_env: false,
    takes_base: false,
};

const REGISTER: Operand = Operand {
    role: OperandRole::Output,
    bank: Bank::Gpr,
    late: false,
};

const fn patch(operand: u8, low: [u8; 2], high: [u8; 2]) -> Patch {
    Patch {
        operand,
        low_byte: low[0],
        low_bit: low[1],
        high_byte: high[0],
        high_bit: high[1],
    }
}

/// `mov out, a; add out, b; jo exit`
static ADD: Stencil = Stencil {
    uop: UopId(0),
    key: ShapeKey(0),
    bytes: &[0x48, 0x89, 0xc0, 0x48, 0x01, 0xc0, 0x0f, 0x80, 0, 0, 0, 0],
    operands: &[
        Operand {
            role: OperandRole::Input(0),
            ..REGISTER
        },
        Operand {
            role: OperandRole::Input(1),
            late: true,
            ..REGISTER
        },
        REGISTER,
    ],
    patches: &[
        patch(0, [2, 3], [0, 2]),
        patch(2, [2, 0], [0, 0]),
        patch(1, [5, 3], [3, 2]),
        patch(2, [5, 0], [3, 0]),
    ],
    holes: &[],
    exits: &[8],
    slow: &[],
};

/// `mov out, a; add out, [rbp + b]; jo exit`
static ADD_MEMORY: Stencil = Stencil {
    key: ShapeKey(1 << 2),
    bytes: &[
        0x48, 0x89, 0xc0, 0x48, 0x03, 0x85, 0, 0, 0, 0, 0x0f, 0x80, 0, 0, 0, 0,
    ],
    operands: &[ADD.operands[0], REGISTER],
    patches: &[
        patch(0, [2, 3], [0, 2]),
        patch(1, [2, 0], [0, 0]),
        patch(1, [5, 3], [3, 2]),
    ],
    holes: &[Hole {
        value: HoleValue::Input(1),
        kind: HoleKind::S32,
        offset: 6,
        addend: 0,
    }],
    exits: &[12],
    ..ADD
};

static TABLE: UopTable = UopTable {
    name: "hand",
    uops: &[UOP],
    stencils: &[ADD, ADD_MEMORY],
    first_stencil: &[0, 2],
    pool: &[],
    kind_names: &[],
    alias_names: &[],
    uncounted: Kinds::NEVER,
};

/// `loop (v0) v1 = int_add v0, v0 !e`, and the snapshot it exits with.
fn doubling(bump: &Bump) -> Trace<'_> {
    let start = Resume {
        origin: Origin::default(),
        frame: Slot(0),
        top: Slot(2),
    };
    let mut trace = Trace::new(bump, &TABLE, &[], start, End::Loop);
    trace.new_value(Rep::Int, Kinds::ANY);
    let next = trace.new_value(Rep::Int, Kinds::ANY);
    trace.body.push(Inst {
        op: Op::Uop(UopId(0)),
        args: bump.alloc_slice_copy(&[ValueId(0), ValueId(0)]),
        immediates: &[],
        result: Some(next),
        snapshot: Some(SnapshotId(0)),
        origin: Origin::default(),
        by: None,
    });
    trace
}

fn plan(stencil: u16, second: Loc) -> Plan {
    let place = Loc::Gpr(9);
    Plan {
        preheader: vec![
            Step::Move {
                from: Loc::Slot(Slot(0)),
                to: place,
            },
            Step::Move {
                from: Loc::Slot(Slot(1)),
                to: Loc::Spill(Spill(1)),
            },
        ],
        body: vec![Step::Stitch(Stitch {
            inst: InstIndex(0),
            stencil: StencilId(stencil),
            inputs: smallvec![place, second],
            output: Some(Loc::Gpr(9)),
            temps: smallvec![],
        })],
        exits: vec![ExitPlan {
            inst: Some(InstIndex(0)),
            snapshot: SnapshotId(0),
            locs: 0..1,
        }],
        exit_locs: vec![place],
        spills: 2,
        ..Plan::default()
    }
}

/// Emits and runs `plan` on `frame`; the exit taken and the value of `r9`.
fn run(plan: &Plan, frame: &mut [u64]) -> (u64, u64) {
    let bump = Bump::new();
    let trace = doubling(&bump);
    let mut arena = Arena::new(1 << 16).unwrap();
    let mut thunk_code = Vec::new();
    let thunks = Thunks::write(&mut thunk_code, [None].into_iter());
    let mut thunk_place = arena.reserve(64, 0).unwrap();
    arena
        .publish(&mut thunk_place, &thunk_code, &[], &[])
        .unwrap();
    let (hot, cold) = bounds(&trace, plan, false);
    let mut placement = arena.reserve(hot, cold).unwrap();
    let thunk_base = arena.address(thunk_place.hot.start);
    let site = Site {
        hot: arena.address(placement.hot.start),
        cold: arena.address(placement.cold.start),
        leave: thunk_base + thunks.leave as usize,
        back: thunk_base + thunks.back as usize,
        slow: (thunk_base, &thunks.slow),
        says_top: false,
        first_exit: 40,
        target: None,
        layout: FrameLayout { extent: 2 },
        parent_layout: None,
    };
    let mut emitter = Emitter::default();
    emitter.emit(&trace, plan, &site).unwrap();
    assert!(emitter.hot.len() as u32 <= hot && emitter.cold.len() as u32 <= cold);
    assert_eq!(emitter.head % 32, 0);
    arena
        .publish(&mut placement, &emitter.hot, &emitter.cold, &[])
        .unwrap();
    let mut context = Context::new(&[], std::ptr::null_mut());
    // SAFETY: the loop ends by overflow; it uses the four words of the frame.
    unsafe { exits::enter(site.hot, frame.as_mut_ptr(), &raw mut context) };
    (context.exit, context.gprs[9])
}

#[test]
fn a_loop_of_registers_runs_until_it_overflows() {
    let mut frame = [3, 0, 0, 0];
    // The result takes over the register of both inputs: 3 doubles until its sign would change.
    let mut doubled = 3i64;
    while let Some(next) = doubled.checked_add(doubled) {
        doubled = next;
    }
    let (exit, value) = run(&plan(0, Loc::Gpr(9)), &mut frame);
    assert_eq!(exit, 40);
    // The overflowing sum is in the register; the stencil gives no promise about its output at an exit.
    assert_eq!(value as i64, doubled.wrapping_add(doubled));
    assert_eq!(frame, [3, 0, 0, 0]);
}

#[test]
fn memory_holes_are_filled_with_offsets() {
    let mut frame = [1, i64::MAX as u64 / 2, 0, 0];
    let (exit, value) = run(&plan(1, Loc::Spill(Spill(1))), &mut frame);
    assert_eq!((exit, frame[3]), (40, frame[1]));
    assert_eq!(value, (i64::MAX as u64 / 2) * 3 + 1);
}

#[test]
fn a_plan_that_contradicts_its_stencil_is_refused() {
    let bump = Bump::new();
    let trace = doubling(&bump);
    let site = Site {
        hot: 0x1000,
        cold: 0x2000,
        leave: 0,
        back: 0,
        slow: (0, &[0]),
        says_top: false,
        first_exit: 0,
        target: None,
        layout: FrameLayout { extent: 2 },
        parent_layout: None,
    };
    let mut emitter = Emitter::default();
    let mut refused = |plan: &Plan| {
        let error = emitter.emit(&trace, plan, &site).unwrap_err();
        error.to_string()
    };
    let error = refused(&plan(0, Loc::Slot(Slot(1))));
    assert!(error.contains("`int_add`: the plan is wrong"), "{error}");
    let error = refused(&plan(1, Loc::Const(7)));
    assert!(error.contains("an operand is not where"), "{error}");
    let mut without = plan(0, Loc::Gpr(9));
    without.exits.clear();
    assert!(refused(&without).contains("has no exit"));
}
