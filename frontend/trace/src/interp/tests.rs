use bumpalo::Bump;

use super::*;
use crate::generate::{self, Counter, Shape};
use crate::lift::lift;
use crate::text::{parse_recorded, parse_trace};
use crate::tiny::{TABLE, float_word, int_word, op};
use sashiko_stencils::Rep;

/// The tiny VM, which boxes as its uops do.
struct Tiny {
    added: Vec<u64>,
}

impl Rebuild for Tiny {
    fn box_value(&mut self, rep: Rep, bits: u64) -> u64 {
        match rep {
            Rep::Int => int_word(bits as i64),
            Rep::Float => float_word(f64::from_bits(bits)),
            rep => panic!("no exit holds {rep:?}"),
        }
    }

    fn add_reference(&mut self, word: u64) {
        self.added.push(word);
    }
}

fn env(slots: &mut [u64]) -> Env {
    Env {
        vm: std::ptr::null_mut(),
        base: slots.as_mut_ptr(),
    }
}

const COUNTING: &str = r#"recorded loop at "f" pc 0 line 1 frame s0 top s2
instruction "f" pc 0 line 1
  load s0
instruction "f" pc 2 line 1
  const 0x15
instruction "f" pc 4 line 1
  unbox_int [1]
  unbox_int [1]
  guard_int_lt
  drop
  drop
instruction "f" pc 6 line 2
  load s0
  const 0x3
instruction "f" pc 8 line 2
  add_int
  store s0
end loop
"#;

#[test]
fn both_forms_run_alike() {
    let recorded = parse_recorded(COUNTING, &TABLE).expect("a recording");
    let mut slots = [int_word(4), 0, 0, 0, 0, 0, 0, 0];
    // SAFETY: the recording uses slots 0 to 5.
    let run = unsafe { run_recorded(&recorded, &TABLE, env(&mut slots), 1000) };
    let resume = run.resume.expect("it counts to ten and leaves");
    assert_eq!((resume.origin.pc, resume.top), (4, Slot(4)));
    assert_eq!(slots[..4], [int_word(10), 0, int_word(10), int_word(10)]);

    let arena = Bump::new();
    let trace = lift(&recorded, None, &TABLE, &arena).expect("a trace");
    let mut again = [int_word(4), 0, 0, 0, 0, 0, 0, 0];
    // SAFETY: as above.
    let run = unsafe { run_trace(&trace, env(&mut again), &[], 1000) };
    let mut tiny = Tiny { added: Vec::new() };
    // SAFETY: the snapshot's slots lie below slot 6.
    let left = unsafe { run.rebuild(&trace, again.as_mut_ptr(), &mut tiny) };
    assert_eq!(left, Some(resume));
    assert_eq!(again[..4], slots[..4]);
}

#[test]
fn exits_rebuild_what_was_sunk() {
    let text = r#"trace loop at "f" pc 0 line 0 frame s0 top s3
  v0: word = load_slot s0
  v1: int = unbox_int v0 !e0
loop (v2: int = v1 then v3, v4: int = 0 then v2)
  v3: int = int_add v2, 1 !e0
  guard_int_lt v3, 10 !e1
end loop !e0
e0: resume "f" pc 0 line 0 frame s0 top s3
e1: resume "f" pc 5 line 0 frame s0 top s3 {s0 = v3, s1 = v4, s2 = 2.5} owed {v0}
"#;
    let arena = Bump::new();
    let trace = parse_trace(text, &TABLE, &arena).expect("a trace");
    let mut slots = [int_word(4), 0, 0];
    // SAFETY: the trace uses slots 0 to 2.
    let run = unsafe { run_trace(&trace, env(&mut slots), &[], 1000) };
    assert_eq!((run.ended, run.steps), (Ended::Exit(3), 2 + 12 + 5));
    let mut tiny = Tiny { added: Vec::new() };
    // SAFETY: likewise.
    let resume = unsafe { run.rebuild(&trace, slots.as_mut_ptr(), &mut tiny) };
    assert_eq!(resume.map(|resume| resume.origin.pc), Some(5));
    assert_eq!(slots, [int_word(10), int_word(8), float_word(2.5)]);
    assert_eq!(tiny.added, [int_word(4)]);

    // SAFETY: likewise.
    let run = unsafe { run_trace(&trace, env(&mut slots), &[], 4) };
    assert_eq!(
        (run.ended, run.snapshot),
        (Ended::Exit(2 + 1), Some(SnapshotId(1)))
    );
    slots[0] = int_word(-100);
    // SAFETY: likewise.
    let run = unsafe { run_trace(&trace, env(&mut slots), &[], 50) };
    assert_eq!(
        (run.ended, run.snapshot, run.steps),
        (Ended::Limit, None, 50)
    );
}

#[test]
fn random_loops_run_and_end() {
    let counter = Counter {
        add: op::INT_ADD,
        less: op::GUARD_INT_LT,
        rounds: 5,
    };
    let mut finished = 0;
    for seed in 0..200 {
        let arena = Bump::new();
        let words = [int_word(3), float_word(1.5)];
        let shape = Shape {
            is_loop: seed % 4 != 0,
            words: &words,
            counter: Some(counter),
            ..Shape::default()
        };
        let trace = generate::trace(&arena, &TABLE, seed, &shape);
        let mut slots = [int_word(7); 8];
        // SAFETY: the shape has eight slots, and its uops take any bits.
        let run = unsafe { run_trace(&trace, env(&mut slots), &[], 10_000) };
        assert_ne!(run.ended, Ended::Limit, "seed {seed}");
        finished += usize::from(run.steps > 40);
    }
    assert!(finished > 0, "no random trace gets far");
}
