//! The interpreter: one loop over the instructions, instantiated twice — plainly, and recording a trace.
//!
//! A call from Python to Python pushes a frame and goes on in the same loop; only native code that calls Python (a sort
//! key, `__add__`) enters the loop anew, with a frame above everything that is on the value stack.
//!
//! The state at an instruction boundary is the three [`Registers`]. An instruction that fails leaves its operands on the
//! stack, owned; the unwinder drops them.

pub mod arith;
pub mod attrs;
pub mod binding;
pub mod build;
pub mod cache;
pub mod calls;
pub mod exceptions;
pub mod frames;
pub mod functions;
pub mod iteration;
pub mod misc;
pub mod names;
pub mod registers;
mod run;
pub mod special;
pub mod specialize;

use crate::error::{Outcome, Raised};
use crate::interp::registers::Registers;
use crate::jit;
use crate::layout::{EMPTY, FRAME_WORDS, Generator};
use crate::objects::function::Function;
use crate::objects::native::Args;
use crate::value::{Value, incref};
use crate::vm::Vm;

/// Why the interpreter came back from a frame that it was entered with.
pub enum Stop {
    /// The frame returned.
    Return(Value),
    /// An exception left the frame.
    Raised(Raised),
    /// The frame was a generator's and yielded; the generator has it again.
    Yield(Value, *mut Generator),
}

/// Where the loop begins or goes on.
struct Entry {
    registers: Registers,
    /// An exception is pending there.
    raised: bool,
    /// In the recording instantiation.
    record: bool,
}

/// Runs from `registers` until the frame that was entered is done. With `thrown`, that exception is raised there first.
pub fn resume(vm: &mut Vm, registers: Registers, thrown: Option<Value>) -> Stop {
    let entry = Entry {
        registers,
        raised: thrown.map(|error| vm.raise_object(error)).is_some(),
        record: false,
    };
    nested(vm, entry)
}

/// Goes on where compiled code was left, until the frame that it was entered with is done.
pub fn go_on(vm: &mut Vm, left: jit::Return) -> Outcome<Value> {
    let entry = Entry {
        registers: left.registers,
        raised: left.raised,
        record: left.record,
    };
    finish(nested(vm, entry))
}

/// Runs the loop in a Rust frame of its own. A recording that is under way around it waits.
fn nested(vm: &mut Vm, entry: Entry) -> Stop {
    let (base, pc, top) = (vm.frame_base, vm.frame_pc, vm.stack_top);
    let around = if entry.record {
        false
    } else {
        jit::suspend(vm)
    };
    let stop = run_loop(vm, entry);
    if around {
        jit::take_up(vm);
    }
    vm.frame_base = base;
    vm.frame_pc = pc;
    vm.stack_top = top;
    stop
}

fn run_loop(vm: &mut Vm, mut entry: Entry) -> Stop {
    let stop = loop {
        let exit = if entry.record {
            run::run::<true>(vm, entry.registers, entry.raised)
        } else {
            run::run::<false>(vm, entry.registers, entry.raised)
        };
        match exit {
            run::Exit::Stop(stop) => break stop,
            run::Exit::Switch(registers, record) => {
                entry = Entry {
                    registers,
                    raised: false,
                    record,
                };
            }
            run::Exit::Enter(registers, trace) => {
                entry.record = false;
                // SAFETY: the loop stands at the trace's first instruction, and looked for room.
                match unsafe { jit::enter(vm, trace, registers.base) } {
                    Some(left) => {
                        entry = Entry {
                            registers: left.registers,
                            raised: left.raised,
                            record: left.record,
                        };
                    }
                    // SAFETY: the trace has left the frame as `returned` wants it.
                    None => match unsafe { frames::returned(vm, registers.base) } {
                        Ok(registers) => {
                            entry = Entry {
                                registers,
                                raised: false,
                                record: false,
                            };
                        }
                        Err(result) => break Stop::Return(result),
                    },
                }
            }
        }
    };
    if entry.record
        && let Some(jit) = &mut vm.jit
    {
        jit.abort("left the frame");
    }
    stop
}

fn complete(vm: &mut Vm, registers: Registers) -> Outcome<Value> {
    finish(resume(vm, registers, None))
}

fn finish(stop: Stop) -> Outcome<Value> {
    match stop {
        Stop::Return(value) => Ok(value),
        Stop::Raised(raised) => Err(raised),
        Stop::Yield(..) => unreachable!("only generators yield, and they are resumed elsewhere"),
    }
}

/// Is there Rust stack left for one more level of the interpreter?
fn check_native_stack(vm: &mut Vm) -> Outcome<()> {
    let here = 0_u8;
    if (std::ptr::from_ref(&here) as usize) < vm.native_limit {
        return Err(frames::too_deep(vm));
    }
    Ok(())
}

/// Calls a Python function from native code.
///
/// # Errors
/// What the function raises.
pub fn call_function(vm: &mut Vm, function: *mut Function, args: Args) -> Outcome<Value> {
    check_native_stack(vm)?;
    // SAFETY: the caller keeps the function alive, and that its code; the frame lies on free stack.
    unsafe {
        let code = &*(*function).code;
        let start = vm.stack_top;
        frames::check_room(vm, start, code.frame_words)?;
        let registers =
            if code.simple && args.names.is_empty() && args.values.len() == code.arg_count {
                let base = start.add(FRAME_WORDS);
                for (index, &value) in args.values.iter().enumerate() {
                    incref(value);
                    *base.add(index) = value;
                }
                incref(function as u64);
                *start = function as u64;
                frames::enter_from_native(vm, start, args.values.len())
            } else {
                let bound = binding::bind(vm, function, args)?;
                incref(function as u64);
                calls::write_frame(vm, function, start, bound, EMPTY)
            };
        complete(vm, registers)
    }
}

/// Runs the body of a class or module: a function without parameters whose names live in `namespace`.
///
/// # Errors
/// What the body raises.
pub fn run_body(vm: &mut Vm, function: *mut Function, namespace: Value) -> Outcome<Value> {
    check_native_stack(vm)?;
    // SAFETY: as `call_function`.
    unsafe {
        let start = vm.stack_top;
        frames::check_room(vm, start, (*(*function).code).frame_words)?;
        incref(function as u64);
        let registers = calls::write_frame(vm, function, start, Vec::new(), namespace.into_word());
        complete(vm, registers)
    }
}
