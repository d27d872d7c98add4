use bumpalo::Bump;

use super::*;
use crate::generate::{self, Shape};
use crate::ir::{Op, Trace};
use crate::tiny::{TABLE, UOPS};

fn parse_error(text: &str) -> String {
    let arena = Bump::new();
    parse(text, &TABLE, &arena)
        .map(drop)
        .expect_err("a wrong text was read")
        .to_string()
}

fn shapes() -> Vec<Shape<'static>> {
    let mut shapes = Vec::new();
    for is_loop in [true, false] {
        for is_side in [true, false] {
            shapes.push(Shape {
                is_loop,
                is_side,
                noise: true,
                executable: false,
                words: &[0, 3, u64::MAX],
                ..Shape::default()
            });
        }
    }
    shapes
}

#[test]
fn random_traces_come_back_from_text() {
    for shape in shapes() {
        for seed in 0..200 {
            let arena = Bump::new();
            let trace = generate::trace(&arena, &TABLE, seed, &shape);
            let text = trace.to_string();
            let back = parse_trace(&text, &TABLE, &arena)
                .unwrap_or_else(|error| panic!("seed {seed}: {error}\n{text}"));
            assert!(back == trace, "seed {seed} differs:\n{text}\n{back}");
            assert_eq!(back.to_string(), text, "seed {seed}");
        }
    }
}

#[test]
fn random_recordings_come_back_from_text() {
    for seed in 0..200 {
        let recorded = generate::recorded(&TABLE, seed, 40);
        let text = recorded_text(&recorded, &TABLE).to_string();
        let back = parse_recorded(&text, &TABLE).unwrap_or_else(|e| panic!("{e}\n{text}"));
        assert_eq!(back, recorded, "seed {seed}:\n{text}");
        assert_eq!(recorded_text(&back, &TABLE).to_string(), text);
    }
}

const TEXT: &str = r#"trace loop at "nbody.py" pc 34 line 12 frame s0 top s7
  v0: word{FLOAT} = load_slot s2
  v1: float = unbox_float v0 !e0
  v9: word = uop copy 0x5, #0xfffffffffffffffe, #0x7
loop (v2: float [s2] = v1 then v3)
  v3: float = float_add v2, 1.0                          ; "nbody.py" pc 36 line 12 by const-fold/float-add
  store_slot s-1, v9                                     ; "f \"q\"" pc 2 line 0
  v4: bool = int_lt -5, 3
  guard_true v4 !e1
  guard_true true !e1
end loop !e4
e0: resume "nbody.py" pc 34 line 12 frame s0 top s7
e1: resume "nbody.py" pc 52 line 13 frame s3 top s7 {s2 = v3, s4 = 0x7{INT}, s5 = float:0x7ff8000000000000} owed {v0, v0}
e4: resume "nbody.py" pc 34 line 12 frame s0 top s7
"#;

#[test]
fn text_is_stable() {
    let arena = Bump::new();
    let trace = parse_trace(TEXT, &TABLE, &arena).expect("a trace");
    assert_eq!(trace.to_string(), TEXT);
    assert_eq!(trace.body[0].by.map(|by| by.pass), Some("const-fold"));
    assert_eq!(trace.preheader[2].immediates, [-2i64 as u64, 7]);
    assert_eq!(trace.preheader[2].op, Op::Uop(crate::tiny::op::COPY));
}

#[test]
fn equality_ignores_numbers_and_arenas() {
    let (here, there) = (Bump::new(), Bump::new());
    let trace = parse_trace(TEXT, &TABLE, &here).expect("a trace");
    let renumbered = TEXT.replace("v3", "v33").replace("e1", "e11");
    let other: Trace<'_> = parse_trace(&renumbered, &TABLE, &there).expect("a trace");
    assert!(trace == other);
    assert!(trace.deep_clone_into(&there) == trace);
    for (from, to) in [
        ("owed {v0, v0}", "owed {v0}"),
        ("s2 = v3", "s2 = v1"),
        ("pc 36", "pc 37"),
        ("float-add", "float-sub"),
        ("then v3", "then v2"),
        ("word{FLOAT}", "word"),
        ("float_add v2, 1.0", "float_add v2, v2"),
        ("-5", "-6"),
        ("s-1", "s-2"),
    ] {
        let changed = TEXT.replace(from, to);
        let other = parse_trace(&changed, &TABLE, &there).expect("a trace");
        assert!(trace != other, "{from} and {to} are the same");
    }
}

#[test]
fn word_constants_are_explained_in_comments() {
    let arena = Bump::new();
    let trace = parse_trace(TEXT, &TABLE, &arena).expect("a trace");
    let show = |word: u64| Some(format!("int {}", word >> 1));
    let text = trace_text(&trace).with_words(&show).to_string();
    assert!(text.contains("#0x7 ;; 0x5 is int 2\n"), "{text}");
    assert!(parse_trace(&text, &TABLE, &arena).expect("comments") == trace);
}

#[test]
fn errors_say_where_and_what_was_expected() {
    let head = "trace leave at \"f\" pc 0 line 0 frame s0 top s2\nbody\n";
    let tail = "end leave !e0\ne0: resume \"f\" pc 0 line 0 frame s0 top s2\n";
    for (line, message) in [
        (
            "  v0: word = lode s1\n",
            "line 3, column 14: `tiny` has no uop called `lode`",
        ),
        (
            "  guard_int ]\n",
            "line 3, column 13: expected a value (`v0`) or a constant, found `]`",
        ),
        (
            "  v0: wort = load_slot s1\n",
            "line 3, column 7: expected a representation (word, int, float, bool, ptr), found `wort`",
        ),
        (
            "  guard_int v0 !e9\n",
            "line 3, column 17: snapshot e9 is used, but no line `e9: resume ..` gives it",
        ),
        (
            "  v0: word{STR} = load_slot s1\n",
            "line 3, column 12: expected the name of a kind, found `STR`",
        ),
        (
            "  store_slot 3, v0\n",
            "line 3, column 14: expected a slot (`s3`), found `3`",
        ),
        (
            "  guard_int v4294967295\n",
            "line 3, column 13: `v4294967295` is numbered too high (the most is 4194304)",
        ),
        (
            "  load s3\n",
            "line 3, column 3: expected an instruction (a uop of this name is written `uop load`), found `load`",
        ),
        (
            "  guard_int 0x10000000000000000\n",
            "line 3, column 13: expected a number of 64 bits, found `0x10000000000000000`",
        ),
    ] {
        assert_eq!(parse_error(&format!("{head}{line}{tail}")), message);
    }
    assert_eq!(
        parse_error("hello"),
        "line 1, column 1: expected `trace` or `recorded`, found `hello`"
    );
    assert_eq!(
        parse_error(head),
        "line 3, column 1: expected an instruction, found the end of the text"
    );
    assert_eq!(
        parse_error(&format!("{head}{}", tail.replacen("leave", "loop", 1))),
        "line 3, column 5: expected `leave`, as the first line says, found `loop`"
    );
}

#[test]
fn no_prefix_of_a_text_is_read_or_panics() {
    let arena = Bump::new();
    let without_comments = TEXT.trim_end();
    for end in 0..without_comments.len() {
        let text = &without_comments[..end];
        if !text.ends_with("top s") {
            // Cut inside the last snapshot's line, or before it: something is missing.
            let _ = parse(text, &TABLE, &arena);
        }
    }
    let cut = TEXT.lines().take(5).collect::<Vec<_>>().join("\n");
    assert!(parse(&cut, &TABLE, &arena).is_err());
}

/// Broken texts are refused with a message, or are other traces, that come back from text as well.
#[test]
fn mangled_texts_do_no_harm() {
    let words = [
        "v1",
        "e1",
        "s9",
        "{",
        "}",
        "(",
        "0x7",
        "2.5",
        "\n",
        ";",
        "!",
        "word",
        "é",
        "\"",
        "-",
        "99999999999",
    ];
    let recorded = recorded_text(&generate::recorded(&TABLE, 7, 30), &TABLE).to_string();
    let mut read = 0;
    for seed in 0..4000 {
        let mut random = generate::Random::new(seed);
        let mut text = if seed % 2 == 0 { TEXT } else { &recorded }.to_owned();
        for _ in 0..=random.below(3) {
            let at = random.below(text.len());
            let end = (at + random.below(4)).min(text.len());
            let word = random.pick(&words).unwrap_or_default();
            if text.is_char_boundary(at) && text.is_char_boundary(end) {
                text.replace_range(at..end, word);
            }
        }
        let arena = Bump::new();
        match parse(&text, &TABLE, &arena) {
            Err(error) => assert!(error.line > 0 && !error.message.is_empty()),
            Ok(Program::Trace(trace)) => {
                read += 1;
                let again = parse_trace(&trace.to_string(), &TABLE, &arena);
                assert!(
                    again.is_ok_and(|again| again == trace),
                    "seed {seed}:\n{text}"
                );
                // Right or not, it can be looked at.
                let _ = crate::verify::verify(&trace);
            }
            Ok(Program::Recorded(recorded)) => {
                read += 1;
                let text = recorded_text(&recorded, &TABLE).to_string();
                assert_eq!(
                    parse_recorded(&text, &TABLE),
                    Ok(recorded.clone()),
                    "seed {seed}"
                );
                let _ = crate::lift::lift(&recorded, None, &TABLE, &arena);
            }
        }
    }
    assert!(read > 100, "only {read} mangled texts were traces");
}

#[test]
fn the_table_is_consistent() {
    assert_eq!(TABLE.first_stencil.len(), UOPS.len() + 1);
}
