//! Random programs do compiled what they do interpreted: the same output, the same error on the same line.
//!
//! A program is made of nested loops, branches, calls, integer and float arithmetic and array accesses. Integers are kept
//! small by a remainder, so that most programs run to their end; some overflow, divide by zero or leave an array, which
//! must be seen as well. `TALLY_FUZZ=N` runs N programs instead of the usual few; a failure prints the program.

use std::fmt::Write as _;

use sashiko::{Config, Policy, Switches};
use sashiko_tally::jit::Jit;
use sashiko_tally::machine::Machine;
use sashiko_tally::program::Program;

mod support;
use support::Sink;

/// Marsaglia's xorshift: a seed gives the same program for ever.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % n
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn pick<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.below(items.len() as u64) as usize]
    }
}

const INTS: [&str; 4] = ["a", "b", "c", "d"];
const FLOATS: [&str; 3] = ["x", "y", "z"];

struct Generator {
    random: Random,
    text: String,
    labels: u32,
    /// Counters of the loops around.
    counters: Vec<String>,
    in_main: bool,
}

impl Generator {
    fn emit(&mut self, line: &str) {
        let _ = writeln!(self.text, "    {line}");
    }

    fn label(&mut self) -> String {
        self.labels += 1;
        format!("l{}", self.labels)
    }

    fn int(&mut self, depth: u32) {
        match self.random.below(if depth == 0 { 3 } else { 10 }) {
            0 => {
                let number = self.random.below(40) as i64 - 12;
                self.emit(&format!("int {number}"));
            }
            1 if !self.counters.is_empty() => {
                let counter =
                    self.counters[self.random.below(self.counters.len() as u64) as usize].clone();
                self.emit(&format!("get {counter}"));
            }
            1 | 2 => {
                let name = self.random.pick(&INTS);
                self.emit(&format!("get {name}"));
            }
            3 => {
                self.int(depth - 1);
                self.emit("dup");
                let op = self.random.pick(&["add", "mul", "sub"]);
                self.emit(op);
            }
            4 => {
                self.float(depth - 1);
                self.emit("trunc");
            }
            5 if self.in_main => {
                self.emit("get items");
                self.index();
                self.emit("load");
            }
            6 if self.in_main => {
                self.int(depth - 1);
                self.int(depth - 1);
                let callee = self.random.pick(&["f", "g"]);
                self.emit(&format!("call {callee}"));
            }
            7 => {
                self.int(depth - 1);
                let by = self.random.below(9) as i64 + i64::from(!self.random.chance(3));
                self.emit(&format!("int {by}"));
                let op = self.random.pick(&["div", "rem"]);
                self.emit(op);
            }
            8 => self.condition(depth - 1),
            _ => {
                self.int(depth - 1);
                self.int(depth - 1);
                let op = self.random.pick(&["add", "sub", "mul", "add"]);
                self.emit(op);
            }
        }
    }

    /// An index that is nearly always in range.
    fn index(&mut self) {
        if let (false, Some(counter)) = (self.random.chance(2), self.counters.last()) {
            let line = format!("get {counter}");
            self.emit(&line);
        } else {
            let index = self.random.below(33);
            self.emit(&format!("int {index}"));
        }
    }

    fn float(&mut self, depth: u32) {
        match self.random.below(if depth == 0 { 2 } else { 6 }) {
            0 => {
                let number = self.random.below(64) as f64 / 8.0 - 3.0;
                self.emit(&format!("float {number}"));
            }
            1 => {
                let name = self.random.pick(&FLOATS);
                self.emit(&format!("get {name}"));
            }
            2 => {
                self.int(depth - 1);
                self.emit("tofloat");
            }
            3 => {
                self.float(depth - 1);
                self.emit("dup");
                self.emit("fmul");
                self.emit("sqrt");
            }
            _ => {
                self.float(depth - 1);
                self.float(depth - 1);
                let op = self.random.pick(&["fadd", "fsub", "fmul", "fadd", "fdiv"]);
                self.emit(op);
            }
        }
    }

    fn condition(&mut self, depth: u32) {
        if self.random.chance(30) {
            self.float(depth);
            self.float(depth);
            self.emit("flt");
        } else {
            self.int(depth);
            self.int(depth);
            let op = self.random.pick(&["lt", "le", "eq"]);
            self.emit(op);
        }
    }

    fn statement(&mut self, depth: u32) {
        match self.random.below(if depth == 0 { 5 } else { 9 }) {
            0 | 1 => {
                self.int(3);
                self.emit("int 997");
                self.emit("rem");
                let name = self.random.pick(&INTS);
                self.emit(&format!("set {name}"));
            }
            2 => {
                self.float(3);
                // Kept small: what is large is set back.
                self.emit("dup");
                self.emit("float 1000.0");
                self.emit("flt");
                let (small, end) = (self.label(), self.label());
                self.emit(&format!("then {small}"));
                self.emit("drop");
                self.emit("float 0.25");
                self.emit(&format!("jump {end}"));
                let _ = writeln!(self.text, "{small}:\n{end}:");
                let name = self.random.pick(&FLOATS);
                self.emit(&format!("set {name}"));
            }
            3 if self.in_main => {
                self.emit("get items");
                self.index();
                self.int(2);
                self.emit("int 997");
                self.emit("rem");
                self.emit("store");
            }
            3 | 4 => {
                self.int(2);
                let name = self.random.pick(&INTS);
                self.emit(&format!("get {name}"));
                self.emit("swap");
                self.emit("drop");
                self.emit("int 997");
                self.emit("rem");
                self.emit(&format!("set {name}"));
            }
            5 | 6 => self.branch(depth),
            _ => self.repeat(depth),
        }
    }

    fn branch(&mut self, depth: u32) {
        let (other, end) = (self.label(), self.label());
        if self.random.chance(70) {
            self.condition(2);
        } else {
            self.int(2);
        }
        let jump = self.random.pick(&["then", "else"]);
        self.emit(&format!("{jump} {other}"));
        self.statement(depth - 1);
        self.emit(&format!("jump {end}"));
        let _ = writeln!(self.text, "{other}:");
        self.statement(depth - 1);
        let _ = writeln!(self.text, "{end}:");
    }

    fn repeat(&mut self, depth: u32) {
        let (head, end) = (self.label(), self.label());
        let counter = format!("i{}", self.labels);
        let rounds = 3 + self.random.below(28);
        self.emit("int 0");
        self.emit(&format!("set {counter}"));
        let _ = writeln!(self.text, "{head}:");
        self.emit(&format!("get {counter}"));
        self.emit(&format!("int {rounds}"));
        self.emit("lt");
        self.emit(&format!("else {end}"));
        self.counters.push(counter.clone());
        for _ in 0..=self.random.below(3) {
            self.statement(depth - 1);
        }
        self.counters.pop();
        if self.in_main && self.random.chance(10) {
            let name = self.random.pick(&INTS);
            self.emit(&format!("get {name}"));
            self.emit("print");
        }
        self.emit(&format!("get {counter}"));
        self.emit("int 1");
        self.emit("add");
        self.emit(&format!("set {counter}"));
        self.emit(&format!("jump {head}"));
        let _ = writeln!(self.text, "{end}:");
    }

    fn variables(&mut self, given: usize) {
        for name in &INTS[given..] {
            let number = self.random.below(9);
            self.emit(&format!("int {number}"));
            self.emit(&format!("set {name}"));
        }
        for name in FLOATS {
            let number = self.random.below(32) as f64 / 4.0;
            self.emit(&format!("float {number}"));
            self.emit(&format!("set {name}"));
        }
    }

    fn program(seed: u64) -> String {
        let mut generator = Generator {
            random: Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            text: format!("; seed {seed}\n"),
            labels: 0,
            counters: Vec::new(),
            in_main: false,
        };
        for name in ["f", "g"] {
            let _ = writeln!(generator.text, "fn {name} a b");
            generator.variables(2);
            let depth = generator.random.below(2) as u32;
            generator.statement(depth);
            generator.int(2);
            generator.emit("int 997");
            generator.emit("rem");
            generator.emit("return");
        }
        generator.in_main = true;
        generator
            .text
            .push_str("fn main\n    int 32\n    new\n    set items\n");
        generator.variables(0);
        for _ in 0..2 + generator.random.below(2) {
            generator.repeat(3);
        }
        for name in INTS {
            generator.emit(&format!("get {name}"));
            generator.emit("print");
        }
        for name in FLOATS {
            generator.emit(&format!("get {name}"));
            generator.emit("fprint");
        }
        generator.emit("int 0");
        generator.emit("return");
        generator.text
    }
}

/// What a program printed and how it ended, how often machine code was entered, and what was not compiled.
struct Outcome {
    text: String,
    entered: u64,
    failures: Vec<String>,
}

fn run(program: &Program, jit: Option<Jit>) -> Outcome {
    let sink = Sink::default();
    let mut machine = Machine::new(program, Box::new(sink.clone()), jit);
    let ended = match machine.run() {
        Ok(status) => format!("status {status}"),
        Err(error) => error.to_string(),
    };
    let failures = machine.jit().map(Jit::failures).unwrap_or_default();
    Outcome {
        text: format!("{}{ended}\n", sink.text()),
        entered: machine.jit().map_or(0, |jit| jit.engine().stats().entered),
        failures: failures.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn random_programs() {
    let count = std::env::var("TALLY_FUZZ").ok();
    let count: u64 = count.and_then(|count| count.parse().ok()).unwrap_or(40);
    let (mut failed, mut entered) = (0, 0);
    for seed in 1..=count {
        let source = Generator::program(seed);
        let program = Program::parse(&source).expect("the generator knows the language");
        let expected = run(&program, None).text;
        for policy in [
            Policy::Plain,
            Policy::StackCache(0),
            Policy::StackCache(2),
            Policy::Linear,
            Policy::Ion,
            Policy::Fastalloc,
        ] {
            for switches in [Switches::all(), Switches::none()] {
                let config = Config {
                    policy,
                    switches,
                    check: true,
                    ..Config::default()
                };
                let Ok(jit) = Jit::new(&program, config, 2) else {
                    return;
                };
                let found = run(&program, Some(jit));
                entered += found.entered;
                if found.text != expected || !found.failures.is_empty() {
                    failed += 1;
                    eprintln!(
                        "seed {seed} under {policy} with passes {switches}: {:?}\nexpected:\n{expected}found:\n{}",
                        found.failures, found.text
                    );
                    let path = std::env::temp_dir().join(format!("fuzz-{seed}.tally"));
                    let _ = std::fs::write(&path, &source);
                    eprintln!("the program is in {}", path.display());
                }
            }
        }
        assert!(failed < 4, "enough is wrong");
    }
    assert_eq!(failed, 0, "see above");
    assert!(
        entered > 20 * count,
        "most programs run machine code: entered {entered} times"
    );
}
