//! Generators: a function's frame that is kept on the heap between one `yield` and the next.
//!
//! Resuming copies the frame to the top of the value stack and runs the interpreter on it, as a call from native code
//! does; `YIELD_VALUE` copies it back.

use crate::class::Class;
use crate::core_types::descriptors::GetSetDef;
use crate::error::{Outcome, Raised};
use crate::interp::frames::check_room;
use crate::interp::registers::Registers;
use crate::interp::{self, Stop};
use crate::layout::{EMPTY, FRAME_CALLER, FRAME_WORDS, Header, NONE, Word};
use crate::object::{Object, cast};
use crate::objects::exception::{Exception, cast_exception};
use crate::objects::function::Function;
use crate::objects::native::{Args, Arity, NativeDef};
use crate::objects::string::as_str;
use crate::value::{Value, decref};
use crate::vm::Vm;

/// Where a generator is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Created,
    Suspended,
    Running,
    Finished,
}

/// A generator.
#[repr(C)]
pub struct Generator {
    header: Header,
    state: State,
    /// Offset of the next instruction.
    offset: usize,
    /// The frame from its function word to the top of its stack, owned; empty while running and when finished.
    frame: Vec<Word>,
    /// What it was handling when it yielded, owned.
    handled: Word,
    /// `__qualname__`, owned.
    name: Word,
}

impl Object for Generator {
    unsafe fn drop_contents(&mut self) {
        for (index, &word) in self.frame.iter().enumerate() {
            // Two words of the header are raw.
            if !(1..=2).contains(&index) {
                decref(word);
            }
        }
        decref(self.handled);
        decref(self.name);
        // SAFETY: dropped once, here.
        unsafe { std::ptr::drop_in_place(&raw mut self.frame) }
    }
}

/// Fills in the class.
pub fn install(vm: &mut Vm) {
    let class = vm.new_builtin_class::<Generator>("generator", vm.types.object);
    // SAFETY: classes are never freed.
    unsafe {
        (*class).slots.iter = Some(|_, object| Ok(Value::borrowed(object)));
        (*class).slots.next = Some(|vm, object| resume(vm, object, NONE));
        (*class).slots.repr = Some(|vm, object| {
            let name = as_str(generator(object).name).unwrap_or("?");
            Ok(vm.new_str(&format!("<generator object {name} at {object:#x}>")))
        });
    }
    vm.define(
        class,
        &[
            NativeDef::method("send", Arity::One, send),
            NativeDef::method("throw", Arity::Between(1, 3), throw_method),
            NativeDef::method("close", Arity::None, close),
        ],
    );
    vm.define_getset(
        class,
        &[
            GetSetDef {
                name: "__name__",
                get: |_, it| Ok(Value::borrowed(generator(it).name)),
                set: None,
            },
            GetSetDef {
                name: "gi_running",
                get: |_, it| Ok(Value::bool(generator(it).state == State::Running)),
                set: None,
            },
        ],
    );
    vm.ready(class);
}

fn generator<'a>(word: Word) -> &'a mut Generator {
    let generator = cast::<Generator>(word).expect("the slots of generators get generators");
    // SAFETY: a live generator.
    unsafe { &mut *generator }
}

/// `RETURN_GENERATOR`: takes the frame over.
///
/// # Safety
/// The frame in `registers` is not used any more.
pub unsafe fn from_frame(vm: &mut Vm, registers: &Registers) -> Value {
    // SAFETY: by contract.
    unsafe {
        let start = registers.base.sub(FRAME_WORDS);
        let len = registers.sp.offset_from(start) as usize;
        let frame = std::slice::from_raw_parts(start, len).to_vec();
        let name = Value::borrowed((*registers.function()).qualname).into_word();
        let offset = registers.offset();
        vm.new_object::<Generator>(|header| Generator {
            header,
            state: State::Created,
            offset,
            frame,
            handled: EMPTY,
            name,
        })
    }
}

enum Input {
    Send(Word),
    Throw(Value),
}

/// Resumes a generator with a value; `None` when it returns (the value is in `vm.stop_value` unless it is `None`).
pub fn resume(vm: &mut Vm, word: Word, value: Word) -> Outcome<Option<Value>> {
    run(vm, word, Input::Send(value))
}

fn run(vm: &mut Vm, word: Word, input: Input) -> Outcome<Option<Value>> {
    let keep = Value::borrowed(word);
    let this = generator(keep.word());
    vm.stop_value = None;
    match this.state {
        State::Running => return Err(vm.value_error("generator already executing")),
        State::Finished => {
            return match input {
                Input::Send(_) => Ok(None),
                Input::Throw(error) => Err(vm.raise_object(error)),
            };
        }
        State::Created => {
            if let Input::Throw(error) = input {
                finish(this);
                return Err(vm.raise_object(error));
            }
            if matches!(input, Input::Send(value) if value != NONE) {
                return Err(vm.type_error("can't send non-None value to a just-started generator"));
            }
        }
        State::Suspended => {}
    }
    let start = vm.stack_top;
    // SAFETY: the frame is copied to free stack, with room for its operand stack.
    unsafe {
        let code = &*(*(this.frame[0] as *mut Function)).code;
        check_room(vm, start, code.frame_words)?;
        std::ptr::copy_nonoverlapping(this.frame.as_ptr(), start, this.frame.len());
        let base = start.add(FRAME_WORDS);
        *base.offset(FRAME_CALLER) = 0;
        let mut registers = Registers {
            pc: code.units.as_ptr().add(this.offset),
            sp: start.add(this.frame.len()),
            base,
        };
        this.frame.clear();
        this.state = State::Running;
        let outer = std::mem::replace(&mut vm.handled, std::mem::replace(&mut this.handled, EMPTY));
        if vm.handled == EMPTY {
            vm.handled = outer;
            crate::value::incref(outer);
        }
        let thrown = match input {
            Input::Send(value) => {
                registers.push_borrowed(value);
                None
            }
            Input::Throw(error) => {
                registers.push(NONE);
                Some(error)
            }
        };
        vm.depth += 1;
        let stop = interp::resume(vm, registers, thrown);
        let own = std::mem::replace(&mut vm.handled, outer);
        vm.stack_top = start;
        match stop {
            Stop::Yield(registers, value) => {
                vm.depth -= 1;
                if own == outer {
                    decref(own);
                } else {
                    this.handled = own;
                }
                let len = registers.sp.offset_from(start) as usize;
                this.frame
                    .extend_from_slice(std::slice::from_raw_parts(start, len));
                this.offset = registers.offset();
                this.state = State::Suspended;
                Ok(Some(value))
            }
            Stop::Return(value) => {
                decref(own);
                finish(this);
                if value.word() != NONE {
                    vm.stop_value = Some(value);
                }
                Ok(None)
            }
            Stop::Raised(raised) => {
                decref(own);
                finish(this);
                Err(convert_stop_iteration(vm, raised))
            }
        }
    }
}

fn finish(this: &mut Generator) {
    this.state = State::Finished;
    let frame = std::mem::take(&mut this.frame);
    for (index, word) in frame.into_iter().enumerate() {
        if !(1..=2).contains(&index) {
            decref(word);
        }
    }
}

/// A `StopIteration` that leaves a generator becomes a `RuntimeError` (PEP 479).
fn convert_stop_iteration(vm: &mut Vm, raised: Raised) -> Raised {
    let is_stop = vm
        .pending
        .as_ref()
        .is_some_and(|error| vm.is_instance(error.word(), vm.types.StopIteration));
    if !is_stop {
        return raised;
    }
    let cause = vm.take_pending();
    let raised = vm.raise(vm.types.RuntimeError, "generator raised StopIteration");
    let error = vm.pending.as_ref().expect("just raised").word();
    let error = cast_exception(error).expect("just raised");
    crate::objects::exception::set_slot(&mut error.context, Some(cause.clone()));
    crate::objects::exception::set_slot(&mut error.cause, Some(cause));
    error.suppress_context = true;
    raised
}

fn send(vm: &mut Vm, args: Args) -> Outcome<Value> {
    match resume(vm, args.values[0], args.values[1])? {
        Some(value) => Ok(value),
        None => Err(vm.raise_stop_iteration()),
    }
}

/// Sends `value` to a generator or other iterator: `None` when it is exhausted.
pub fn send_to(vm: &mut Vm, receiver: Word, value: Word) -> Outcome<Option<Value>> {
    if cast::<Generator>(receiver).is_some() {
        return resume(vm, receiver, value);
    }
    if value == NONE {
        return vm.iter_next(receiver);
    }
    let name = vm.intern("send");
    let method = vm.get_attr(receiver, name)?;
    match vm.call(method.word(), &[value]) {
        Ok(item) => Ok(Some(item)),
        Err(raised) => {
            let stop = vm
                .pending
                .as_ref()
                .filter(|error| vm.is_instance(error.word(), vm.types.StopIteration));
            let Some(stop) = stop.cloned() else {
                return Err(raised);
            };
            vm.pending = None;
            vm.stop_value = Some(vm.get_attr(stop.word(), vm.names.value)?);
            Ok(None)
        }
    }
}

fn throw_method(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let given = args.values[1];
    let error = match cast::<Class>(given) {
        Some(class) => vm.call_class(class, Args::of(args.values.get(2..3).unwrap_or(&[])))?,
        None => Value::borrowed(given),
    };
    if cast::<Exception>(error.word()).is_none() {
        return Err(vm.type_error(
            "exceptions must be classes or instances deriving from BaseException, not str",
        ));
    }
    match throw(vm, args.values[0], error)? {
        Some(value) => Ok(value),
        None => Err(vm.raise_stop_iteration()),
    }
}

fn throw(vm: &mut Vm, word: Word, error: Value) -> Outcome<Option<Value>> {
    run(vm, word, Input::Throw(error))
}

fn close(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let this = generator(args.values[0]);
    if this.state == State::Created {
        finish(this);
    }
    if this.state == State::Finished {
        return Ok(Value::NONE);
    }
    let exit = crate::objects::exception::new(vm, vm.types.GeneratorExit, vec![]);
    match throw(vm, args.values[0], exit) {
        Ok(Some(_)) => Err(vm.raise(vm.types.RuntimeError, "generator ignored GeneratorExit")),
        Ok(None) => Ok(Value::NONE),
        Err(raised) if vm.catch(raised, vm.types.GeneratorExit) => Ok(Value::NONE),
        Err(raised) => Err(raised),
    }
}
