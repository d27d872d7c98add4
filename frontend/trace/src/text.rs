//! One text format for both forms of a trace, for dump and input: `parse(print(t)) == t`.
//!
//! Dumps are what people and tests read; because they parse back, every dump is also a test case and can be run,
//! optimized and compiled again. Every printed thing but free comments is part of the trace.
//!
//! # SSA form
//!
//! ```text
//! trace loop at "nbody.py" pc 34 line 12 frame s0 top s7
//!   v0: word{FLOAT} = load_slot s2
//!   v1: float = unbox_float v0 !e0
//! loop (v2: float [s2] = v1 then v3)
//!   v3: float = float_add v2, 1.0                     ; "nbody.py" pc 36 line 12 by const-fold/float-add
//!   guard_float_lt v3, v1 !e1                         ; "nbody.py" pc 52 line 13
//! end loop !e2
//! e0: resume "nbody.py" pc 34 line 12 frame s0 top s7
//! e1: resume "nbody.py" pc 52 line 13 frame s0 top s7 {s2 = v3} owed {v0}
//! e2: resume "nbody.py" pc 34 line 12 frame s0 top s7
//! ```
//!
//! - The first line: how the trace ends (`loop`, `jump`, `leave`) and its entry state; a side trace adds
//!   `from t0.e3`, its parent's exit, and has lines `v0: float = import 2`.
//! - Then the preheader, `loop (params)` or `body`, the body, and `end loop`, `end jump t5` or `end leave` with the
//!   finishing snapshot.
//! - A side trace that may go on at the head of the loop it came from says so behind `body` (see [`onto`](crate::onto)); if it
//!   does, `end jump t5 with (..)` says what the parameters are.
//! - A line of code: `result = operation arguments, #immediates !snapshot ; origin by pass/rule`. Without an origin it
//!   is the trace's start's.
//! - Kinds stand in braces behind the representation where something is known; bits without a name are hex.
//! - Constants: `-5` is an int, `2.5` a float, `0x..` a word, `true` a truth value, `ptr:0x..` a pointer, `float:0x..`
//!   the bits of a float that has no digits. So a literal says its representation.
//! - `making {v5: word = tuple_2(v3, v4)}` behind a snapshot's slots: objects that the exit makes.
//! - Only snapshots that are used are printed.
//!
//! # Stack form
//!
//! ```text
//! recorded loop at "nbody.py" pc 34 line 12 frame s0 top s7
//! instruction "nbody.py" pc 34 line 12
//!   load s2
//!   const 0x7ffc000000000001
//!   guard_int [0]
//!   add_int
//!   store s2
//! end loop
//! ```
//!
//! Brackets are depths: a uop with them peeks, one without pops. The other operations are `load`, `store`, `const`,
//! `copy`, `swap`, `drop`, `nip` and `frame s7 top s9`. A uop that is called like one of the words of this format is
//! written `uop copy`.

mod lexer;
mod parse;
mod parse_recorded;
mod parser;
mod print;

pub use lexer::ParseError;
pub use parse::{Program, parse, parse_constant, parse_trace};
pub use parse_recorded::parse_recorded;
pub use print::{
    InstText, RecordedText, TraceText, constant_text, inst_text, kinds_text, operand_text,
    origin_text, recorded_resume_text, recorded_text, resume_text, trace_text,
};

/// Words of the format that a uop's name may not be mistaken for.
const RESERVED: &[&str] = &[
    "uop",
    "load_slot",
    "store_slot",
    "import",
    "loop",
    "body",
    "end",
    "load",
    "store",
    "const",
    "copy",
    "swap",
    "drop",
    "nip",
    "frame",
    "instruction",
];

#[cfg(test)]
mod tests;
