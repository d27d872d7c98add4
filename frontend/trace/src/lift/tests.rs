use super::*;
use crate::ir::{ExitId, TraceId};
use crate::text::{parse_recorded, parse_trace};
use crate::tiny::TABLE;
use crate::verify::verify;

fn lifted(text: &str) -> Result<String, String> {
    let arena = Bump::new();
    let recorded = parse_recorded(text, &TABLE).map_err(|error| error.to_string())?;
    let trace = lift(&recorded, None, &TABLE, &arena).map_err(|error| error.to_string())?;
    verify(&trace).map_err(|error| format!("{error}\n{trace}"))?;
    Ok(trace.to_string())
}

const HEAD: &str =
    "recorded leave at \"f\" pc 0 line 1 frame s0 top s4\ninstruction \"f\" pc 4 line 2\n";

fn error(ops: &str) -> String {
    let text = format!("{HEAD}{ops}instruction \"f\" pc 6 line 3\nend leave\n");
    lifted(&text).expect_err("a broken recording was lifted")
}

#[test]
fn an_exit_behind_an_overwritten_slot_is_refused() {
    assert_eq!(
        error("  add_int\n  guard_int [0]\n"),
        "`guard_int` can exit to the beginning of its instruction, but s2 has been overwritten since: record what can \
         exit first, and move results down last (exit-after-overwrite; operation 2, instruction at pc 4 line 2)"
    );
    assert!(error("  load s1\n  store s0\n  guard_int [0]\n").contains("exit-after-overwrite"));
    assert!(error("  swap 1\n  guard_int [0]\n").contains("exit-after-overwrite"));
}

#[test]
fn an_exit_behind_an_effect_is_refused() {
    assert_eq!(
        error("  decref [0]\n  guard_int [0]\n"),
        "`guard_int` can exit to the beginning of its instruction, but `decref` before it has an effect, which would \
         be had twice: record what can exit first (or declare that it writes nothing) (exit-after-effect; operation 2, \
         instruction at pc 4 line 2)"
    );
}

#[test]
fn pushing_above_the_stack_is_no_overwriting() {
    let ops = "  load s1\n  guard_int [0]\n  guard_int [1]\n  nip 1\n";
    let text = format!("{HEAD}{ops}instruction \"f\" pc 6 line 3\nend leave\n");
    assert!(lifted(&text).is_ok());
}

#[test]
fn raw_values_live_within_an_instruction() {
    let ops =
        "  unbox_int [0]\n  unbox_int [2]\n  copy 1\n  int_lt\n  swap 1\n  drop\n  guard_true\n";
    let text = format!("{HEAD}{ops}instruction \"f\" pc 6 line 3\nend leave\n");
    let text = lifted(&text).expect("raw values that are popped");
    assert!(text.contains("= int_lt v3, v1"), "{text}");
    assert!(!text.contains("store_slot"), "{text}");
    assert_eq!(
        error("  unbox_int [0]\n"),
        "the value that this instruction leaves in s4 is held as int, and slots hold words: push it through the uop \
         that boxes it (raw-value-left; operation 2, instruction at pc 4 line 2)"
    );
    assert!(error("  unbox_int [0]\n  store s1\n").contains("leaves in s1"));
}

#[test]
fn representations_are_checked() {
    assert!(error("  unbox_int [0]\n  guard_int [0]\n").starts_with(
        "`guard_int` takes `word` as word, but s4 holds int (wrong-representation; operation 2"
    ));
    assert!(
        error("  int_add [0, 1]\n").starts_with("`int_add` takes `left` as int, but s3 holds word")
    );
}

#[test]
fn ends_are_checked() {
    let start = "at \"f\" pc 0 line 1 frame s0 top s4\n";
    let open = format!("recorded loop {start}instruction \"f\" pc 0 line 1\n  load s1\nend loop\n");
    assert!(
        lifted(&open)
            .expect_err("open")
            .contains("comes back with frame s0 and top s5 (loop-not-closed")
    );
    let inside =
        format!("recorded leave {start}instruction \"f\" pc 0 line 1\n  load s1\nend leave\n");
    assert!(
        lifted(&inside)
            .expect_err("inside")
            .contains("end-inside-instruction")
    );
    let inlined = format!("recorded jump {start}  frame s4 top s6\nend jump t1\n");
    assert!(
        lifted(&inlined)
            .expect_err("inlined")
            .contains("jump-from-inlined-frame")
    );
    let far = format!("recorded leave {start}  frame s4 top s200000000\n  load s1\nend leave\n");
    assert!(lifted(&far).expect_err("far").contains("slot-out-of-reach"));
}

#[test]
fn exits_in_inlined_frames_resume_there() {
    let text = "recorded leave at \"f\" pc 0 line 1 frame s0 top s4\n\
                instruction \"f\" pc 4 line 2\n  guard_int [0]\n  frame s3 top s9\n\
                instruction \"g\" pc 0 line 7\n  guard_int [0]\n\
                instruction \"g\" pc 2 line 8\nend leave\n";
    let lifted = lifted(text).expect("a trace");
    let exits: Vec<&str> = lifted
        .lines()
        .filter(|line| line.starts_with('e'))
        .collect();
    assert_eq!(
        exits,
        [
            "end leave !e2",
            "e0: resume \"f\" pc 4 line 2 frame s0 top s4",
            "e1: resume \"g\" pc 0 line 7 frame s3 top s9",
            "e2: resume \"g\" pc 2 line 8 frame s3 top s9",
        ]
    );
}

const PARENT: &str = r#"trace leave at "f" pc 0 line 0 frame s0 top s7
  v0: word = load_slot s2
  v1: float = unbox_float v0 !e0
  v2: int = unbox_int v0 !e0
body
  guard_true true !e1
end leave !e0
e0: resume "f" pc 0 line 0 frame s0 top s7
e1: resume "f" pc 9 line 4 frame s0 top s7 {s1 = v2, s2 = v0, s3 = v1, s4 = 2.5, s5 = v0} owed {v0, v0}
"#;

fn exit() -> ExitId {
    ExitId {
        trace: TraceId(3),
        index: 0,
    }
}

fn side(head: &str, parent: Option<&ParentExit>) -> Result<String, String> {
    let arena = Bump::new();
    let text = format!("recorded leave at {head}\nend leave\n");
    let recorded = parse_recorded(&text, &TABLE).map_err(|error| error.to_string())?;
    let trace = lift(&recorded, parent, &TABLE, &arena).map_err(|error| error.to_string())?;
    verify(&trace).map_err(|error| format!("{error}\n{trace}"))?;
    Ok(trace.to_string())
}

#[test]
fn side_traces_import_what_the_parent_holds() {
    let arena = Bump::new();
    let parent = parse_trace(PARENT, &TABLE, &arena).expect("a trace");
    let exit = ParentExit::of(&parent, SnapshotId(1), exit());
    let head = "\"f\" pc 9 line 4 frame s0 top s7 from t3.e0";
    let by = |text: &str| format!("  {text:<54} ; by lift/parent-exit\n");
    let expected = [
        "trace leave at \"f\" pc 9 line 4 frame s0 top s7 from t3.e0\n".to_owned(),
        "  v0: int = import 0\n  v1: word = import 1\n  v2: float = import 2\n".to_owned(),
        by("v4: word{INT} = box_int v0 !e0"),
        by("v5: word{FLOAT} = box_float v2"),
        by("v6: word{FLOAT} = box_float 2.5"),
        by("store_slot s1, v4"),
        by("store_slot s2, v1"),
        by("store_slot s3, v5"),
        by("store_slot s4, v6"),
        by("store_slot s5, v1"),
        by("incref v1"),
        by("incref v1"),
        "body\nend leave !e1\n".to_owned(),
        "e0: resume \"f\" pc 9 line 4 frame s0 top s7 {s1 = v0, s2 = v1, s3 = v2, s4 = 2.5, s5 = v1} owed {v1, v1}\n"
            .to_owned(),
        "e1: resume \"f\" pc 9 line 4 frame s0 top s7\n".to_owned(),
    ];
    assert_eq!(side(head, Some(&exit)), Ok(expected.concat()));
}

#[test]
fn side_traces_fit_their_parents() {
    let arena = Bump::new();
    let parent = parse_trace(PARENT, &TABLE, &arena).expect("a trace");
    let exit = ParentExit::of(&parent, SnapshotId(1), exit());
    let refused = |head: &str, parent| side(head, parent).expect_err("a trace that does not fit");
    let of = "\"f\" pc 9 line 4 frame s0 top s6 from t3.e0";
    assert!(refused(of, Some(&exit)).contains("frame s0 and top s7, the recording begins"));
    let of = "\"f\" pc 9 line 4 frame s0 top s7 from t3.e1";
    assert!(refused(of, Some(&exit)).contains("disagree"));
    let of = "\"f\" pc 9 line 4 frame s0 top s7 from t3.e0";
    assert!(refused(of, None).contains("disagree"));
}
