//! Programs: instructions, and the assembler that reads them.
//!
//! ```text
//! ; prints 0 + 1 + ... + 9
//! fn main
//!     int 0
//!     set total          ; a variable is made by its first mention
//!     int 0
//!     set i
//! again:
//!     get i
//!     int 10
//!     lt
//!     else done          ; pops; jumps if it was 0
//!     get total
//!     get i
//!     add
//!     set total
//!     get i
//!     int 1
//!     add
//!     set i
//!     jump again
//! done:
//!     get total
//!     print
//!     int 0
//!     return             ; every function returns one word; main's is the exit status
//! ```
//!
//! `fn gcd a b` is a function of two arguments; `call gcd` takes them off the stack. The assembler proves that the
//! stack has one depth at each instruction, whichever way it was reached, and never falls below empty. So neither the
//! interpreter nor the recorder has to look.

use std::collections::HashMap;
use std::fmt;

/// An instruction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Op {
    /// Pushes a word: an integer, or the bits of a float.
    Push(u64),
    /// Pushes a variable.
    Get(u16),
    /// Pops into a variable.
    Set(u16),
    /// Pushes a copy of the top.
    Dup,
    /// Pops and forgets.
    Drop,
    /// Exchanges the upper two.
    Swap,
    /// Computes: pops operands, pushes the result if there is one.
    Compute(Compute),
    /// Goes on elsewhere.
    Jump(u32),
    /// Pops; goes on elsewhere if it was not 0.
    Then(u32),
    /// Pops; goes on elsewhere if it was 0.
    Else(u32),
    /// Calls a function.
    Call(u32),
    /// Pops the result and goes back to the caller.
    Return,
}

macro_rules! compute {
    ($($variant:ident $name:literal $pops:literal $pushes:literal $complaint:literal;)*) => {
        /// An instruction that is one uop.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Compute {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Compute {
            fn by_name(name: &str) -> Option<Compute> {
                match name {
                    $($name => Some(Compute::$variant),)*
                    _ => None,
                }
            }

            /// What is wrong when its uop leaves the trace.
            pub fn complaint(self) -> &'static str {
                match self {
                    $(Compute::$variant => $complaint,)*
                }
            }

            /// How many words it pops, how many it pushes.
            fn stack_effect(self) -> (usize, usize) {
                match self {
                    $(Compute::$variant => ($pops, $pushes),)*
                }
            }
        }
    };
}

compute! {
    Add "add" 2 1 "the sum does not fit in 64 bits";
    Sub "sub" 2 1 "the difference does not fit in 64 bits";
    Mul "mul" 2 1 "the product does not fit in 64 bits";
    Div "div" 2 1 "division by zero, or a quotient that does not fit in 64 bits";
    Rem "rem" 2 1 "division by zero, or a quotient that does not fit in 64 bits";
    Lt "lt" 2 1 "";
    Le "le" 2 1 "";
    Eq "eq" 2 1 "";
    FAdd "fadd" 2 1 "";
    FSub "fsub" 2 1 "";
    FMul "fmul" 2 1 "";
    FDiv "fdiv" 2 1 "";
    FLt "flt" 2 1 "";
    Sqrt "sqrt" 1 1 "";
    ToFloat "tofloat" 1 1 "";
    Trunc "trunc" 1 1 "the integer part does not fit in 64 bits";
    New "new" 1 1 "an array can't have that many elements";
    Len "len" 1 1 "this is not an array";
    Load "load" 2 1 "this is not an array, or the index is out of range";
    Store "store" 3 0 "this is not an array, or the index is out of range";
    Print "print" 1 0 "";
    FPrint "fprint" 1 0 "";
}

/// A function. Its frame holds its variables (arguments first), then [`Function::HEADER`] words, then its stack.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Its first instruction.
    pub entry: u32,
    /// How many arguments it takes.
    pub arguments: usize,
    /// How many variables it has, arguments included.
    pub variables: usize,
    /// How high its stack grows.
    pub max_depth: usize,
}

impl Function {
    /// Words between variables and stack: where to return to, and how far down the caller's frame begins.
    pub const HEADER: usize = 2;

    /// Words of its frame below its stack.
    pub fn stack_at(&self) -> usize {
        self.variables + Function::HEADER
    }

    /// Words of its frame.
    pub fn frame_size(&self) -> usize {
        self.stack_at() + self.max_depth
    }
}

/// A program.
#[derive(Clone, Debug)]
pub struct Program {
    /// The instructions of all functions, one function after the other.
    pub ops: Vec<Op>,
    /// The source line of each instruction.
    pub lines: Vec<u32>,
    /// The depth of the stack before each instruction.
    pub depths: Vec<u16>,
    /// The function each instruction belongs to.
    pub owners: Vec<u32>,
    /// The functions.
    pub functions: Vec<Function>,
    /// The function to begin with.
    pub main: u32,
}

/// What is wrong with a source text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The line, counted from 1.
    pub line: u32,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

fn error<T>(line: u32, message: impl Into<String>) -> Result<T, SyntaxError> {
    let message = message.into();
    Err(SyntaxError { line, message })
}

/// A jump or call whose target is not known yet.
struct Reference {
    at: usize,
    name: String,
}

#[derive(Default)]
struct Assembler {
    ops: Vec<Op>,
    lines: Vec<u32>,
    owners: Vec<u32>,
    functions: Vec<Function>,
    function_lines: Vec<u32>,
    variables: HashMap<String, u16>,
    labels: HashMap<String, u32>,
    jumps: Vec<Reference>,
    calls: Vec<Reference>,
}

impl Program {
    /// Reads a program.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn parse(source: &str) -> Result<Program, SyntaxError> {
        let mut assembler = Assembler::default();
        for (line, text) in (1..).zip(source.lines()) {
            let code = text.split(';').next().unwrap_or_default();
            let words: Vec<&str> = code.split_whitespace().collect();
            assembler.line(line, &words)?;
        }
        assembler.end_function()?;
        assembler.finish()
    }

    /// The function `pc` belongs to.
    pub fn function(&self, pc: u32) -> &Function {
        &self.functions[self.owners[pc as usize] as usize]
    }
}

impl Assembler {
    fn line(&mut self, line: u32, words: &[&str]) -> Result<(), SyntaxError> {
        match words {
            [] => return Ok(()),
            ["fn", name, arguments @ ..] => {
                self.end_function()?;
                return self.function(line, name, arguments);
            }
            _ if self.functions.is_empty() => {
                return error(line, "a program begins with a function: `fn main`");
            }
            [label] if label.ends_with(':') => {
                let label = label.trim_end_matches(':').to_owned();
                let known = self.labels.insert(label.clone(), self.ops.len() as u32);
                return match known {
                    Some(_) => error(line, format!("there is a label `{label}` already")),
                    None => Ok(()),
                };
            }
            _ => {}
        }
        let op = self.instruction(line, words)?;
        self.ops.push(op);
        self.lines.push(line);
        self.owners.push(self.functions.len() as u32 - 1);
        Ok(())
    }

    fn function(&mut self, line: u32, name: &str, arguments: &[&str]) -> Result<(), SyntaxError> {
        if self.functions.iter().any(|known| known.name == name) {
            return error(line, format!("there is a function `{name}` already"));
        }
        for argument in arguments {
            let number = self.variables.len() as u16;
            if self
                .variables
                .insert((*argument).to_owned(), number)
                .is_some()
            {
                return error(line, format!("two arguments are called `{argument}`"));
            }
        }
        self.function_lines.push(line);
        self.functions.push(Function {
            name: name.to_owned(),
            entry: self.ops.len() as u32,
            arguments: arguments.len(),
            variables: arguments.len(),
            max_depth: 0,
        });
        Ok(())
    }

    fn instruction(&mut self, line: u32, words: &[&str]) -> Result<Op, SyntaxError> {
        let at = self.ops.len();
        Ok(match words {
            ["int", number] => match number.parse::<i64>() {
                Ok(number) => Op::Push(number as u64),
                Err(_) => return error(line, format!("`{number}` is not a 64-bit integer")),
            },
            ["float", number] => match number.parse::<f64>() {
                Ok(number) => Op::Push(number.to_bits()),
                Err(_) => return error(line, format!("`{number}` is not a float")),
            },
            ["get", name] => match self.variables.get(*name) {
                Some(&number) => Op::Get(number),
                None => return error(line, format!("`{name}` is read before it is set")),
            },
            ["set", name] => {
                let next = self.variables.len();
                if next > usize::from(u16::MAX) {
                    return error(line, "a function can't have that many variables");
                }
                Op::Set(
                    *self
                        .variables
                        .entry((*name).to_owned())
                        .or_insert(next as u16),
                )
            }
            ["dup"] => Op::Dup,
            ["drop"] => Op::Drop,
            ["swap"] => Op::Swap,
            ["return"] => Op::Return,
            [jump @ ("jump" | "then" | "else"), label] => {
                let name = (*label).to_owned();
                self.jumps.push(Reference { at, name });
                match *jump {
                    "jump" => Op::Jump(0),
                    "then" => Op::Then(0),
                    _ => Op::Else(0),
                }
            }
            ["call", name] => {
                let name = (*name).to_owned();
                self.calls.push(Reference { at, name });
                Op::Call(0)
            }
            [name] => match Compute::by_name(name) {
                Some(compute) => Op::Compute(compute),
                None => return error(line, format!("there is no instruction `{name}`")),
            },
            [name, ..] => {
                return error(
                    line,
                    format!("there is no instruction `{name}` with operands like these"),
                );
            }
            [] => unreachable!("empty lines are skipped"),
        })
    }

    /// Resolves labels, which belong to their function.
    fn end_function(&mut self) -> Result<(), SyntaxError> {
        let Some(function) = self.functions.last_mut() else {
            return Ok(());
        };
        function.variables = self.variables.len();
        if function.entry as usize == self.ops.len() {
            let line = self.function_lines[self.functions.len() - 1];
            return error(line, "a function needs at least a `return`");
        }
        for Reference { at, name } in self.jumps.drain(..) {
            let Some(&to) = self.labels.get(&name) else {
                return error(
                    self.lines[at],
                    format!("there is no label `{name}` in this function"),
                );
            };
            match &mut self.ops[at] {
                Op::Jump(target) | Op::Then(target) | Op::Else(target) => *target = to,
                _ => unreachable!("only jumps refer to labels"),
            }
        }
        self.labels.clear();
        self.variables.clear();
        Ok(())
    }

    fn finish(mut self) -> Result<Program, SyntaxError> {
        let find = |name: &str| {
            self.functions
                .iter()
                .position(|function| function.name == name)
        };
        for Reference { at, name } in &self.calls {
            let Some(callee) = find(name) else {
                return error(self.lines[*at], format!("there is no function `{name}`"));
            };
            self.ops[*at] = Op::Call(callee as u32);
        }
        let Some(main) = find("main") else {
            return error(1, "there is no function `main`");
        };
        if self.functions[main].arguments != 0 {
            return error(self.function_lines[main], "`main` takes no arguments");
        }
        let depths = self.prove_depths()?;
        Ok(Program {
            ops: self.ops,
            lines: self.lines,
            depths,
            owners: self.owners,
            functions: self.functions,
            main: main as u32,
        })
    }

    /// Follows every path of every function and notes the depth of the stack before each instruction.
    fn prove_depths(&mut self) -> Result<Vec<u16>, SyntaxError> {
        let mut depths: Vec<Option<usize>> = vec![None; self.ops.len()];
        for index in 0..self.functions.len() {
            let entry = self.functions[index].entry as usize;
            let mut paths = vec![(entry, 0)];
            while let Some((at, depth)) = paths.pop() {
                if self.owners.get(at) != Some(&(index as u32)) {
                    let line = self.function_lines[index];
                    return error(
                        line,
                        "this function can run past its end; `return` or `jump` is missing",
                    );
                }
                match depths[at] {
                    Some(known) if known == depth => continue,
                    Some(known) => {
                        let message = format!("the stack can hold {known} words here, or {depth}");
                        return error(self.lines[at], message);
                    }
                    None => depths[at] = Some(depth),
                }
                let (pops, pushes) = self.stack_effect(self.ops[at]);
                let Some(left) = depth.checked_sub(pops) else {
                    let message = format!("this needs {pops} words, the stack holds {depth}");
                    return error(self.lines[at], message);
                };
                let after = left + pushes;
                if after > usize::from(u16::MAX) {
                    return error(self.lines[at], "the stack grows too high");
                }
                let function = &mut self.functions[index];
                function.max_depth = function.max_depth.max(after);
                match self.ops[at] {
                    Op::Return => {}
                    Op::Jump(to) => paths.push((to as usize, after)),
                    Op::Then(to) | Op::Else(to) => {
                        paths.extend([(to as usize, after), (at + 1, after)]);
                    }
                    _ => paths.push((at + 1, after)),
                }
            }
        }
        // What no path reaches may have any depth.
        Ok(depths
            .iter()
            .map(|depth| depth.unwrap_or(0) as u16)
            .collect())
    }

    fn stack_effect(&self, op: Op) -> (usize, usize) {
        match op {
            Op::Push(_) | Op::Get(_) => (0, 1),
            Op::Set(_) | Op::Drop | Op::Then(_) | Op::Else(_) | Op::Return => (1, 0),
            Op::Dup => (1, 2),
            Op::Swap => (2, 2),
            Op::Jump(_) => (0, 0),
            Op::Call(callee) => (self.functions[callee as usize].arguments, 1),
            Op::Compute(compute) => compute.stack_effect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(source: &str) -> String {
        Program::parse(source).expect_err("refused").to_string()
    }

    #[test]
    fn a_program_is_read() {
        let program = Program::parse("fn main\n int 1\n set x\n get x\n return").expect("good");
        assert_eq!(
            program.ops,
            [Op::Push(1), Op::Set(0), Op::Get(0), Op::Return]
        );
        assert_eq!(program.depths, [0, 1, 0, 1]);
        assert_eq!(program.functions[0].variables, 1);
        assert_eq!(program.functions[0].max_depth, 1);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (source, expected) in [
            ("", "line 1: there is no function `main`"),
            (
                "int 1",
                "line 1: a program begins with a function: `fn main`",
            ),
            ("fn main", "line 1: a function needs at least a `return`"),
            (
                "fn main\n add\n return",
                "line 2: this needs 2 words, the stack holds 0",
            ),
            (
                "fn main\n int 1",
                "line 1: this function can run past its end; `return` or `jump` is missing",
            ),
            (
                "fn main\n sew\n return",
                "line 2: there is no instruction `sew`",
            ),
            (
                "fn main\n int x\n return",
                "line 2: `x` is not a 64-bit integer",
            ),
            (
                "fn main\n get x\n return",
                "line 2: `x` is read before it is set",
            ),
            (
                "fn main\n jump x",
                "line 2: there is no label `x` in this function",
            ),
            (
                "fn main\n call f\n return",
                "line 2: there is no function `f`",
            ),
            (
                "fn main\na:\n int 1\n jump a",
                "line 3: the stack can hold 0 words here, or 1",
            ),
            (
                "fn main x\n get x\n return",
                "line 1: `main` takes no arguments",
            ),
        ] {
            assert_eq!(complaint(source), expected, "of {source:?}");
        }
    }
}
