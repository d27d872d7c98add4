use bumpalo::Bump;
use sashiko_stencils::Rep;

use super::*;
use crate::tiny::{TABLE, float_word, int_word};

/// The tiny VM. Its counted objects are pointers to counts.
#[expect(
    clippy::vec_box,
    reason = "words point to the counts, which must not move"
)]
struct Tiny {
    counts: Vec<Box<i64>>,
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
        if word.is_multiple_of(4) {
            // SAFETY: pointer words are pointers into `counts`.
            unsafe { *(word as *mut i64) += 1 };
        }
    }
}

impl Vm for Tiny {
    fn word(&mut self, literal: &str) -> Result<u64, String> {
        let wrong = || format!("expected `int 5`, `float 2.5` or `object`, found `{literal}`");
        match literal.split_once(' ') {
            Some(("int", int)) => Ok(int_word(int.parse().map_err(|_| wrong())?)),
            Some(("float", float)) => Ok(float_word(float.parse().map_err(|_| wrong())?)),
            None if literal == "object" => {
                self.counts.push(Box::new(1));
                let count = self.counts.len() - 1;
                Ok(&raw mut *self.counts[count] as u64)
            }
            _ => Err(wrong()),
        }
    }

    fn show(&mut self, word: u64) -> String {
        match word & 3 {
            1 | 3 => format!("int {}", word as i64 >> 1),
            2 => format!("float {:?}", f64::from_bits(word & !3)),
            _ => format!(
                "object {}",
                self.counts
                    .iter()
                    .position(|count| &raw const **count as u64 == word)
                    .unwrap_or(99)
            ),
        }
    }

    fn filler(&mut self) -> u64 {
        int_word(0)
    }

    fn context(&mut self) -> *mut u8 {
        std::ptr::null_mut()
    }

    fn heap(&mut self) -> String {
        let counts: Vec<String> = self.counts.iter().map(ToString::to_string).collect();
        counts.join(" ")
    }
}

fn tiny() -> Box<dyn Vm> {
    Box::new(Tiny { counts: Vec::new() })
}

/// The outcome of checking a trace against a second one.
fn compared(runs: &str, given: &str, other: &str) -> Result<Vec<String>, String> {
    let dir = std::env::temp_dir().join(format!("sashiko-filetest-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a directory");
    // Tests run at the same time, and may share a text.
    let path = dir.join(format!("{:p}-{:p}.uops", runs.as_ptr(), given.as_ptr()));
    std::fs::write(&path, format!("{runs}{given}")).expect("a file");
    let test = FileTest::load(&path).expect("a test");
    std::fs::remove_file(&path).expect("the file");
    let arena = Bump::new();
    let program = test.program(&TABLE, &arena)?;
    let other = crate::text::parse_trace(other, &TABLE, &arena).expect("a trace");
    let mut others: [(&str, Box<Executor<'_>>); 1] = [("other", Box::new(interpret(&other)))];
    check_runs(&test, &program, &TABLE, &mut others, &mut tiny)
}

const GUARDED: &str = r#"trace leave at "f" pc 0 line 0 frame s0 top s2
body
  v0: word = load_slot s0
  store_slot s1, v0 ; "f" pc 2 line 0
  guard_int v0 !e1 ; "f" pc 4 line 0
end leave !e2
e0: resume "f" pc 0 line 0 frame s0 top s2
e1: resume "f" pc 4 line 0 frame s0 top s2
e2: resume "f" pc 6 line 0 frame s0 top s2
"#;

#[test]
fn outcomes_that_differ_are_told() {
    let same = compared("; run: s0 = int 3\n", GUARDED, GUARDED);
    let outcome = "resumes at \"f\" pc 6 line 0 frame s0 top s2 [s1 = int 3]";
    assert_eq!(same, Ok(vec![outcome.to_owned()]));

    let forgetful = GUARDED.replace("store_slot s1", "store_slot s2");
    let error = compared("; run: s0 = int 3\n", GUARDED, &forgetful).expect_err("a difference");
    assert!(
        error.contains("as given resumes at \"f\" pc 6 line 0 frame s0 top s2 [s1 = int 3]"),
        "{error}"
    );
    assert!(
        error.contains("here     resumes at \"f\" pc 6 line 0 frame s0 top s2 []"),
        "{error}"
    );

    let uncounted = GUARDED.replace("  store_slot", "  incref v0\n  store_slot");
    let error = compared("; run: s0 = object\n", GUARDED, &uncounted).expect_err("a difference");
    assert!(error.contains("heap 2"), "{error}");
}

#[test]
fn early_exits_go_on_from_the_start() {
    let early = GUARDED
        .replace("  store_slot", "  guard_int v0 !e0\n  store_slot")
        .replace("  guard_int v0 !e1 ; \"f\" pc 4 line 0\n", "");
    assert!(
        compared(
            "; run: s0 = float 2.5\n; run: s0 = int 1\n",
            GUARDED,
            &early
        )
        .is_ok()
    );
}

#[test]
fn wrong_runs_are_told() {
    let error = compared("; run: s0 = integer 3\n", GUARDED, GUARDED).expect_err("no word");
    assert_eq!(
        error,
        "line 1: run: s0 = integer 3: as given: expected `int 5`, `float 2.5` or `object`, found `integer 3`"
    );
}
