use bumpalo::Bump;

use super::*;
use crate::generate::{self, Shape};
use crate::ir::Import;
use crate::text::parse_trace;
use crate::tiny::TABLE;

const LOOP: &str = r#"trace loop at "f" pc 0 line 0 frame s0 top s7
  v0: word = load_slot s2
  v1: float = unbox_float v0 !e0
loop (v2: float [s2] = v1 then v3)
  v3: float = float_add v2, 1.0
  guard_true true !e1
  v5: word = uop copy v0, #0x1, #0x2
  store_slot s3, v5
end loop !e0
e0: resume "f" pc 0 line 0 frame s0 top s7
e1: resume "f" pc 1 line 0 frame s0 top s7 {s2 = v3, s4 = 0x5} owed {v0}
"#;

/// What the verifier says of [`LOOP`] with `from` replaced by `to`.
fn violations(from: &str, to: &str) -> String {
    let arena = Bump::new();
    let text = LOOP.replacen(from, to, 1);
    assert_ne!(text, LOOP, "`{from}` is not in the text");
    let trace = parse_trace(&text, &TABLE, &arena).expect("a trace");
    match verify(&trace) {
        Ok(()) => String::new(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn random_traces_and_the_example_are_right() {
    let arena = Bump::new();
    let trace = parse_trace(LOOP, &TABLE, &arena).expect("a trace");
    assert_eq!(verify(&trace), Ok(()));
    for seed in 0..300 {
        let arena = Bump::new();
        let shape = Shape {
            is_loop: seed % 2 == 0,
            is_side: seed % 3 == 0,
            executable: seed % 5 == 0,
            ..Shape::default()
        };
        let trace = generate::trace(&arena, &TABLE, seed, &shape);
        if let Err(error) = verify(&trace) {
            panic!("seed {seed}: {error}\n{trace}");
        }
    }
}

#[test]
fn each_broken_rule_is_named() {
    for (from, to, message) in [
        (
            "float_add v2, 1.0",
            "float_add v9, 1.0",
            "v9 is used by `float_add` at body[0] before it is defined (rule: defined-before-use)\n\
             v9 is held as word, but left of `float_add` at body[0] is float (rule: representation)",
        ),
        (
            "v3: float",
            "v2: float",
            "`float_add` at body[0] defines v2, which is defined already (rule: defined-once)\n\
             v3 is used by `guard_true` at body[1] before it is defined (rule: defined-before-use)\n\
             v3 is used by loop parameter 0 before it is defined (rule: defined-before-use)\n\
             v3 is held as word, but the value of loop parameter 0 is float (rule: representation)",
        ),
        (
            "float_add v2, 1.0",
            "float_add v2",
            "`float_add` at body[0] has 1 arguments and 0 immediates, but takes 2 and 0: \
             `v3: float = float_add v2` (rule: signature)",
        ),
        (
            "float_add v2, 1.0",
            "float_add v2, 1",
            "1 is held as int, but right of `float_add` at body[0] is float (rule: representation)",
        ),
        (
            "guard_true true !e1",
            "guard_true true",
            "`guard_true` at body[1] can exit, but has no snapshot (rule: exits-have-snapshots)",
        ),
        (
            "load_slot s2",
            "load_slot s2 !e0",
            "`load_slot` at preheader[0] cannot exit, but has a snapshot (rule: exits-have-snapshots)",
        ),
        (
            "#0x1,",
            "#0x80000000,",
            "immediate `offset` of `copy` at body[2] is 0x80000000, not 32 bits (rule: immediate-fits)",
        ),
        (
            "s4 = 0x5",
            "s1 = 0x5",
            "e1 has s2 before s1 (rule: snapshot-slots)",
        ),
        (
            "s4 = 0x5",
            "s7 = 0x5",
            "e1 fills s7, which is not below its top s7 (rule: snapshot-slots)",
        ),
        (
            "s4 = 0x5",
            "s4 = true",
            "e1 has true in s4: no uop boxes what is held as bool (rule: boxable)",
        ),
        (
            "owed {v0}",
            "owed {v3}",
            "e1 owes v3, which is no word (rule: boxable)",
        ),
        (
            "end loop !e0",
            "end loop !e1",
            "e1 is not empty, but memory must be the truth where the trace does not leave (rule: finish)",
        ),
        (
            "guard_true true",
            "guard_true bool:0x2",
            "v7 is the truth value bool:0x2 (rule: constant-bits)",
        ),
        (
            "store_slot s3, v5",
            "store_slot s3, v3",
            "v3 is held as float, but what is stored of `store_slot` at body[3] is word (rule: representation)",
        ),
        (
            "store_slot s3, v5",
            "v8: word = store_slot s3, v5",
            "`store_slot` at body[3] defines v8, but has no result (rule: signature)",
        ),
        (
            "= v1 then",
            "= v3 then",
            "v3 is used by loop parameter 0 before it is defined (rule: defined-before-use)",
        ),
    ] {
        assert_eq!(violations(from, to), message, "{from} ==> {to}");
    }
}

#[test]
fn a_value_of_the_body_is_no_first_value() {
    assert!(violations("= v1 then v3", "= v2 then v3").contains("before it is defined"));
}

#[test]
fn what_text_cannot_say_is_checked_as_well() {
    let arena = Bump::new();
    let good = parse_trace(LOOP, &TABLE, &arena).expect("a trace");
    let first = |trace: &Trace<'_>| verify(trace).expect_err("a broken trace").violations[0].rule;

    let mut trace = good.clone();
    trace.imports.push(Import {
        value: ValueId(0),
        position: 0,
    });
    assert_eq!(first(&trace), "imports");

    let mut trace = good.clone();
    trace.end = End::Leave;
    assert_eq!(first(&trace), "loop-parameters");

    let mut trace = good.clone();
    trace.body[1].snapshot = Some(SnapshotId(77));
    assert_eq!(first(&trace), "known-name");
    assert!(
        trace.to_string().contains("!e77"),
        "dumps of broken traces work"
    );

    let mut trace = good.clone();
    trace.body[3].op = Op::StoreSlot(Slot(i32::MIN));
    assert_eq!(first(&trace), "slot-in-reach");

    let mut trace = good;
    trace.body[0].args = arena.alloc_slice_copy(&[ValueId(99), ValueId(2)]);
    assert_eq!(first(&trace), "known-name");
    assert!(trace.to_string().contains("float_add v99"));
}
