//! A hand-written table of a few uops, for this crate's own tests.
//!
//! Words are tagged in their low bits: `…1` is an int of 63 bits, `…10` a float that has lost its two lowest bits,
//! `…00` a pointer to a count.

use sashiko_stencils::info::{Immediate, Outcome};
use sashiko_stencils::uop::{Aliases, Kinds};
use sashiko_stencils::{Effects, Input, Rep, Role, Step, StepArg, UopInfo, UopResult, UopTable};

pub(crate) const INT: Kinds = Kinds(1);
pub(crate) const FLOAT: Kinds = Kinds(2);
const HEAP: Aliases = Aliases(1);

const fn input(name: &'static str, rep: Rep, checks: Kinds) -> Input {
    Input {
        name,
        rep,
        checks,
        proves: checks,
    }
}

const fn word(name: &'static str) -> Input {
    input(name, Rep::Word, Kinds::ANY)
}

const fn int(name: &'static str) -> Input {
    input(name, Rep::Int, Kinds::ANY)
}

const fn float(name: &'static str) -> Input {
    input(name, Rep::Float, Kinds::ANY)
}

#[expect(clippy::unnecessary_wraps, reason = "written where an option stands")]
const fn result(rep: Rep, kinds: Kinds) -> Option<UopResult> {
    Some(UopResult { rep, kinds })
}

const NOTHING: Effects = Effects {
    reads: Aliases::NONE,
    writes: Aliases::NONE,
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

pub(crate) const fn int_word(i: i64) -> u64 {
    (i as u64) << 1 | 1
}

pub(crate) fn float_word(f: f64) -> u64 {
    f.to_bits() & !3 | 2
}

fn value(value: Option<u64>) -> Outcome {
    value.map_or(Outcome::Exit, Outcome::Value)
}

fn check(holds: bool) -> Outcome {
    if holds { Outcome::Done } else { Outcome::Exit }
}

fn unbox_int(word: u64) -> Option<i64> {
    (word & 1 == 1).then_some(word as i64 >> 1)
}

fn box_int(i: i64) -> Option<u64> {
    (int_word(i) as i64 >> 1 == i).then_some(int_word(i))
}

fn floats(inputs: &[u64]) -> [f64; 2] {
    [f64::from_bits(inputs[0]), f64::from_bits(inputs[1])]
}

fn no_slow() -> usize {
    0
}

pub(crate) mod op {
    use sashiko_stencils::UopId;
    pub(crate) const UNBOX_INT: UopId = UopId(0);
    pub(crate) const INT_OF: UopId = UopId(1);
    pub(crate) const BOX_INT: UopId = UopId(2);
    pub(crate) const INT_ADD: UopId = UopId(3);
    pub(crate) const GUARD_INT_LT: UopId = UopId(4);
    pub(crate) const ADD_INT: UopId = UopId(5);
    pub(crate) const UNBOX_FLOAT: UopId = UopId(6);
    pub(crate) const BOX_FLOAT: UopId = UopId(7);
    pub(crate) const FLOAT_ADD: UopId = UopId(8);
    pub(crate) const GUARD_INT: UopId = UopId(9);
    pub(crate) const INCREF: UopId = UopId(10);
    pub(crate) const DECREF: UopId = UopId(11);
    pub(crate) const COPY: UopId = UopId(12);
    pub(crate) const INT_LT: UopId = UopId(13);
    pub(crate) const GUARD_TRUE: UopId = UopId(14);
}

pub(crate) static UOPS: &[UopInfo] = &[
    UopInfo {
        name: "unbox_int",
        inputs: &[input("word", Rep::Word, INT)],
        result: result(Rep::Int, Kinds::ANY),
        exits: true,
        role: Role::Guard,
        unboxes: true,
        unchecked: Some(op::INT_OF),
        eval: |_, i, _| value(unbox_int(i[0]).map(|i| i as u64)),
        ..BASE
    },
    UopInfo {
        name: "int_of",
        inputs: &[word("word")],
        result: result(Rep::Int, Kinds::ANY),
        unboxes: true,
        eval: |_, i, _| Outcome::Value((i[0] as i64 >> 1) as u64),
        ..BASE
    },
    UopInfo {
        name: "box_int",
        inputs: &[int("int")],
        result: result(Rep::Word, INT),
        exits: true,
        boxes: true,
        eval: |_, i, _| value(box_int(i[0] as i64)),
        ..BASE
    },
    UopInfo {
        name: "int_add",
        inputs: &[int("left"), int("right")],
        result: result(Rep::Int, Kinds::ANY),
        exits: true,
        commutes: true,
        eval: |_, i, _| value((i[0] as i64).checked_add(i[1] as i64).map(|i| i as u64)),
        ..BASE
    },
    UopInfo {
        name: "guard_int_lt",
        inputs: &[int("left"), int("right")],
        exits: true,
        role: Role::Guard,
        eval: |_, i, _| check((i[0] as i64) < i[1] as i64),
        ..BASE
    },
    UopInfo {
        name: "add_int",
        inputs: &[
            input("left", Rep::Word, INT),
            input("right", Rep::Word, INT),
        ],
        result: result(Rep::Word, INT),
        exits: true,
        role: Role::Guard,
        commutes: true,
        steps: &[
            Step {
                uop: op::UNBOX_INT,
                inputs: &[StepArg::Input(0)],
                immediates: &[],
            },
            Step {
                uop: op::UNBOX_INT,
                inputs: &[StepArg::Input(1)],
                immediates: &[],
            },
            Step {
                uop: op::INT_ADD,
                inputs: &[StepArg::Step(0), StepArg::Step(1)],
                immediates: &[],
            },
            Step {
                uop: op::BOX_INT,
                inputs: &[StepArg::Step(2)],
                immediates: &[],
            },
        ],
        steps_result: Some(StepArg::Step(3)),
        eval: |_, i, _| {
            let sum = unbox_int(i[0]).zip(unbox_int(i[1]));
            value(sum.and_then(|(l, r)| box_int(l.checked_add(r)?)))
        },
        ..BASE
    },
    UopInfo {
        name: "unbox_float",
        inputs: &[input("word", Rep::Word, FLOAT)],
        result: result(Rep::Float, Kinds::ANY),
        exits: true,
        role: Role::Guard,
        unboxes: true,
        eval: |_, i, _| value((i[0] & 3 == 2).then_some(i[0] & !3)),
        ..BASE
    },
    UopInfo {
        name: "box_float",
        inputs: &[float("float")],
        result: result(Rep::Word, FLOAT),
        boxes: true,
        eval: |_, i, _| Outcome::Value(i[0] & !3 | 2),
        ..BASE
    },
    UopInfo {
        name: "float_add",
        inputs: &[float("left"), float("right")],
        result: result(Rep::Float, Kinds::ANY),
        commutes: true,
        eval: |_, i, _| {
            let [left, right] = floats(i);
            Outcome::Value((left + right).to_bits())
        },
        ..BASE
    },
    UopInfo {
        name: "guard_int",
        inputs: &[input("word", Rep::Word, INT)],
        exits: true,
        role: Role::Guard,
        eval: |_, i, _| check(i[0] & 1 == 1),
        ..BASE
    },
    UopInfo {
        name: "incref",
        inputs: &[word("word")],
        role: Role::Effect,
        effects: Effects {
            counts: 1,
            ..NOTHING
        },
        eval: |_, i, _| count(i[0], 1),
        ..BASE
    },
    UopInfo {
        name: "decref",
        inputs: &[word("word")],
        role: Role::Effect,
        effects: Effects {
            reads: HEAP,
            writes: HEAP,
            counts: -1,
        },
        slow: Some(no_slow),
        eval: |_, i, _| count(i[0], -1),
        ..BASE
    },
    UopInfo {
        name: "copy",
        inputs: &[word("word")],
        immediates: &[
            Immediate {
                name: "offset",
                bits: 32,
            },
            Immediate {
                name: "wide",
                bits: 64,
            },
        ],
        result: result(Rep::Word, Kinds::ANY),
        eval: |_, i, _| Outcome::Value(i[0]),
        ..BASE
    },
    UopInfo {
        name: "int_lt",
        inputs: &[int("left"), int("right")],
        result: result(Rep::Bool, Kinds::ANY),
        eval: |_, i, _| Outcome::Value(u64::from((i[0] as i64) < i[1] as i64)),
        ..BASE
    },
    UopInfo {
        name: "guard_true",
        inputs: &[input("truth", Rep::Bool, Kinds::ANY)],
        exits: true,
        role: Role::Guard,
        eval: |_, i, _| check(i[0] == 1),
        ..BASE
    },
];

/// Changes the count that a pointer word points to.
fn count(word: u64, by: i64) -> Outcome {
    if word != 0 && word.is_multiple_of(4) {
        // SAFETY: tests make pointer words from counts that outlive the run.
        unsafe { *(word as *mut i64) += by };
    }
    Outcome::Done
}

pub(crate) static TABLE: UopTable = UopTable {
    name: "tiny",
    uops: UOPS,
    stencils: &[],
    first_stencil: &[0; 16],
    pool: &[],
    kind_names: &["INT", "FLOAT"],
    uncounted: INT,
    alias_names: &["HEAP"],
};
