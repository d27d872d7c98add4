//! The interpreter.
//!
//! It is the simplest that could be: one `match` in one loop. What the JIT asks of it is little: that all its state
//! between two instructions is three numbers (the instruction, the base of the frame, the top of the stack) and the
//! words of the stack, so that it can be left and entered anywhere; and three hooks: a backward jump was taken
//! ([`Jit::loop_head`]), an instruction is about to run ([`Jit::before`]), the program is over.

use std::fmt;
use std::io::Write;

use crate::jit::{Hot, Jit};
use crate::program::{Compute, Function, Op, Program};
use crate::world::World;
use crate::{calls, uops};

/// Words of the stack.
const STACK: usize = 1 << 20;

/// The return address of `main`.
const NOWHERE: u64 = u64::MAX;

/// Where the machine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// The next instruction.
    pub pc: u32,
    /// First word of the frame it runs in.
    pub base: usize,
    /// First word above the operand stack.
    pub top: usize,
}

/// Why a program stopped before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeError {
    /// The line that was running.
    pub line: u32,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for RuntimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// A machine that runs one program.
pub struct Machine<'p> {
    program: &'p Program,
    stack: Box<[u64]>,
    world: Box<World>,
    state: State,
    jit: Option<Jit>,
}

impl<'p> Machine<'p> {
    /// A machine about to run `program`, which prints to `output`.
    pub fn new(program: &'p Program, output: Box<dyn Write>, jit: Option<Jit>) -> Machine<'p> {
        let state = State {
            pc: 0,
            base: 0,
            top: 0,
        };
        Machine {
            program,
            stack: vec![0; STACK].into_boxed_slice(),
            world: World::new(output),
            state,
            jit,
        }
    }

    /// The JIT, to ask it what it did.
    pub fn jit(&self) -> Option<&Jit> {
        self.jit.as_ref()
    }

    /// Runs the program; answers what `main` returned.
    ///
    /// # Errors
    /// What the program did wrong.
    pub fn run(&mut self) -> Result<i64, RuntimeError> {
        let result = self.interpret();
        self.world.flush();
        result.map_err(|message| RuntimeError {
            line: self.program.lines[self.state.pc as usize],
            message,
        })
    }

    fn interpret(&mut self) -> Result<i64, String> {
        let program = self.program;
        self.enter(&program.functions[program.main as usize], NOWHERE, 0)?;
        loop {
            if let Some(jit) = &mut self.jit
                && jit.is_recording()
            {
                jit.before(program, self.state, &self.stack);
            }
            let pc = self.state.pc;
            let next = pc + 1;
            self.state.pc = match program.ops[pc as usize] {
                Op::Push(word) => {
                    self.push(word);
                    next
                }
                Op::Get(variable) => {
                    self.push(self.stack[self.state.base + usize::from(variable)]);
                    next
                }
                Op::Set(variable) => {
                    self.stack[self.state.base + usize::from(variable)] = self.pop();
                    next
                }
                Op::Dup => {
                    self.push(self.stack[self.state.top - 1]);
                    next
                }
                Op::Drop => {
                    self.pop();
                    next
                }
                Op::Swap => {
                    self.stack.swap(self.state.top - 1, self.state.top - 2);
                    next
                }
                Op::Compute(compute) => {
                    if self.compute(compute).is_none() {
                        return Err(compute.complaint().to_owned());
                    }
                    next
                }
                Op::Jump(to) => self.jump(to),
                Op::Then(to) if self.pop() != 0 => self.jump(to),
                Op::Else(to) if self.pop() == 0 => self.jump(to),
                Op::Then(_) | Op::Else(_) => next,
                Op::Call(callee) => {
                    let callee = &program.functions[callee as usize];
                    let base = self.state.top - callee.arguments;
                    self.enter(callee, u64::from(next), base)?;
                    callee.entry
                }
                Op::Return => {
                    let result = self.pop();
                    let header = self.state.base + program.function(pc).variables;
                    let (back, distance) = (self.stack[header], self.stack[header + 1]);
                    if back == NOWHERE {
                        return Ok(result as i64);
                    }
                    self.state.top = self.state.base;
                    self.state.base -= distance as usize;
                    self.push(result);
                    back as u32
                }
            };
        }
    }

    fn push(&mut self, word: u64) {
        self.stack[self.state.top] = word;
        self.state.top += 1;
    }

    fn pop(&mut self) -> u64 {
        self.state.top -= 1;
        self.stack[self.state.top]
    }

    /// Makes the frame of `callee` at `base`, where its arguments are already.
    fn enter(&mut self, callee: &Function, back: u64, base: usize) -> Result<(), String> {
        if base + callee.frame_size() + Jit::STACK_RESERVE > self.stack.len() {
            return Err("the stack is full: does a function call itself for ever?".to_owned());
        }
        let header = base + callee.variables;
        self.stack[base + callee.arguments..header].fill(0);
        self.stack[header] = back;
        self.stack[header + 1] = (base - self.state.base) as u64;
        self.state = State {
            pc: callee.entry,
            base,
            top: base + callee.stack_at(),
        };
        Ok(())
    }

    /// Goes on at `to`; if that closes a loop, perhaps in machine code. Answers where to go on after that.
    fn jump(&mut self, to: u32) -> u32 {
        let backward = to <= self.state.pc;
        self.state.pc = to;
        if backward && let Some(jit) = &mut self.jit {
            match jit.loop_head(self.program, self.state) {
                Hot::Stay => {}
                Hot::Enter(trace) => {
                    self.state = jit.run(
                        self.program,
                        trace,
                        self.state,
                        &mut self.stack,
                        &mut self.world,
                    );
                }
            }
        }
        self.state.pc
    }

    /// Runs the uop of an instruction, as the function it is. `None`: it would leave a trace.
    fn compute(&mut self, compute: Compute) -> Option<()> {
        let heap = self.world.heap();
        let result = match compute {
            Compute::Add => self.binary(uops::add)?,
            Compute::Sub => self.binary(uops::sub)?,
            Compute::Mul => self.binary(uops::mul)?,
            Compute::Div => self.binary(calls::div)?,
            Compute::Rem => self.binary(calls::rem)?,
            Compute::Lt => self.binary(|left, right| Some(uops::lt(left, right)))?,
            Compute::Le => self.binary(|left, right| Some(uops::le(left, right)))?,
            Compute::Eq => self.binary(|left, right| Some(uops::eq(left, right)))?,
            Compute::FAdd => self.binary(|left, right| Some(uops::fadd(left, right)))?,
            Compute::FSub => self.binary(|left, right| Some(uops::fsub(left, right)))?,
            Compute::FMul => self.binary(|left, right| Some(uops::fmul(left, right)))?,
            Compute::FDiv => self.binary(|left, right| Some(uops::fdiv(left, right)))?,
            Compute::FLt => self.binary(|left, right| Some(uops::flt(left, right)))?,
            Compute::Sqrt => calls::sqrt(self.pop()),
            Compute::ToFloat => uops::tofloat(self.pop()),
            Compute::Trunc => calls::trunc(self.pop())?,
            Compute::New => calls::new(heap, self.pop())?,
            Compute::Len => uops::len(heap, self.pop())?,
            Compute::Load => self.binary(|array, index| uops::load(heap, array, index))?,
            Compute::Store => {
                let (value, index, array) = (self.pop(), self.pop(), self.pop());
                return uops::store(heap, array, index, value);
            }
            Compute::Print => {
                calls::print(heap, self.pop());
                return Some(());
            }
            Compute::FPrint => {
                calls::fprint(heap, self.pop());
                return Some(());
            }
        };
        self.push(result);
        Some(())
    }

    fn binary(&mut self, uop: impl FnOnce(u64, u64) -> Option<u64>) -> Option<u64> {
        let right = self.pop();
        let left = self.pop();
        uop(left, right)
    }
}
