//! Generators: a function's frame that is kept on the heap between one `yield` and the next.
//!
//! A suspended generator owns the words of its frame. A loop over it, or `yield from` it, copies them to the value stack
//! above the consumer's operands ([`enter`]), and the interpreter goes on there as after a call; `YIELD_VALUE` copies them
//! back ([`suspend`]) and goes on in the consumer. Only natives that want an item (`next`, `sum`) run an interpreter of
//! their own for it ([`resume`]).
//!
//! The frame of a running generator borrows generator and function: whoever consumes it holds it meanwhile.
//!
//! A generator that delegates to another (`yield from`) is out of the way while that one runs: it stays suspended, and
//! the inner one's frame lies where its own would, with its consumer ([`Generator::delegator`] says who goes on at the
//! end). So an item costs the same however deep the delegation is.
//!
//! What a generator is handling while it is suspended (`yield` within `except`) is its own. The interpreter's way keeps
//! that simple by being taken only while the consumer handles nothing.

use crate::alloc;
use crate::class::Class;
use crate::core_types::descriptors::GetSetDef;
use crate::error::{Outcome, Raised};
use crate::finalizer;
use crate::interp::frames::check_room;
use crate::interp::registers::Registers;
use crate::interp::{self, Stop};
pub use crate::layout::Generator;
use crate::layout::{
    self, EMPTY, FRAME_CALLER, FRAME_FUNCTION, FRAME_LOCALS, FRAME_RETURN, FRAME_WORDS,
    GENERATOR_FINISHED, GENERATOR_HANDLING, GENERATOR_RUNNING, Header, NONE, RETURN_WANTED, Word,
    has_shape,
};
use crate::object::{Object, cast_exact, new_header};
use crate::objects::code::{Code, CodeUnit};
use crate::objects::exception::Exception;
use crate::objects::function::Function;
use crate::objects::native::{Args, Arity, NativeDef};
use crate::objects::string::as_str;
use crate::opcode as op;
use crate::value::{Value, decref, incref};
use crate::vm::Vm;

impl Object for Generator {
    const SHAPE: u32 = layout::SHAPE_GENERATOR;

    unsafe fn drop_contents(&mut self) {
        unreachable!("generators have a dealloc of their own");
    }
}

/// Fills in the class.
pub fn install(vm: &mut Vm) {
    let class = vm.types.generator;
    // SAFETY: classes are never freed.
    unsafe {
        (*class).slots.iter = Some(|_, object| Ok(Value::borrowed(object)));
        (*class).slots.next = Some(|vm, object| resume(vm, object, NONE));
        (*class).slots.repr = Some(|vm, object| {
            let name = as_str((*generator(object)).name).unwrap_or("?");
            Ok(vm.new_str(&format!("<generator object {name} at {object:#x}>")))
        });
    }
    vm.define(
        class,
        &[
            NativeDef::method("send", Arity::One, send),
            NativeDef::method("throw", Arity::Between(1, 3), throw_method),
            NativeDef::method("close", Arity::None, |vm, args| {
                close(vm, args.values[0]).map(|()| Value::NONE)
            }),
        ],
    );
    vm.define_getset(
        class,
        &[
            GetSetDef {
                name: "__name__",
                // SAFETY: a live generator.
                get: |_, it| Ok(Value::borrowed(unsafe { (*generator(it)).name })),
                set: None,
            },
            GetSetDef {
                name: "gi_running",
                get: |_, it| Ok(Value::bool(state(generator(it)) == State::Running)),
                set: None,
            },
        ],
    );
    vm.ready(class);
}

fn generator(word: Word) -> *mut Generator {
    cast_exact::<Generator>(word).expect("the slots of generators get generators")
}

/// Where a generator is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// At its beginning.
    Created,
    Suspended,
    Running,
    Finished,
}

fn state(this: *mut Generator) -> State {
    // SAFETY: callers pass a live generator.
    match unsafe { (*this).resume } {
        GENERATOR_FINISHED => State::Finished,
        GENERATOR_RUNNING => State::Running,
        // SAFETY: it is suspended behind an instruction.
        _ if unsafe { (*goes_on_at(this).sub(1)).op } == op::RETURN_GENERATOR => State::Created,
        _ if runs_inside(this) => State::Running,
        _ => State::Suspended,
    }
}

/// The unit a suspended generator goes on with.
fn goes_on_at(this: *mut Generator) -> *const CodeUnit {
    // SAFETY: a live generator.
    (unsafe { (*this).resume } & !GENERATOR_HANDLING) as *const CodeUnit
}

fn code_of<'a>(this: *mut Generator) -> &'a Code {
    // SAFETY: an unfinished generator owns its function, and that its code.
    unsafe { &*(*((*this).function as *mut Function)).code }
}

fn words(this: *mut Generator) -> *mut Word {
    // SAFETY: a live generator.
    unsafe { (&raw mut (*this).words).cast() }
}

const fn block_size(capacity: usize) -> usize {
    size_of::<Generator>() + capacity * size_of::<Word>()
}

/// A generator of `function`, which it takes over, that goes on at `resume`. Its words are to be written.
pub fn new(vm: &Vm, function: Word, resume: u64) -> *mut Generator {
    // SAFETY: functions keep their code and their name alive.
    let (capacity, name) = unsafe {
        let function = function as *mut Function;
        let capacity = (*(*function).code).frame_words - FRAME_WORDS;
        (capacity, (*function).qualname)
    };
    incref(name);
    let this = alloc::allocate(block_size(capacity)).cast::<Generator>();
    // SAFETY: the block has room for it.
    unsafe {
        this.write(Generator {
            header: new_header(vm.types.generator, layout::SHAPE_GENERATOR),
            resume,
            function,
            handled: EMPTY,
            name,
            delegator: EMPTY,
            len: 0,
            capacity: capacity as u32,
            words: [],
        });
    }
    this
}

/// Frees a generator. One that is suspended where something is to be cleaned up is closed first.
///
/// # Safety
/// `object` is a generator whose last reference is gone.
pub unsafe fn dealloc(object: *mut Header) {
    let this = object.cast::<Generator>();
    // SAFETY: by contract.
    unsafe {
        if state(this) == State::Suspended
            && cleans_up(this)
            && finalizer::resurrects(object, close)
        {
            return;
        }
        finish(this);
        decref((*this).name);
        alloc::free(object.cast(), block_size((*this).capacity as usize));
    }
}

/// `RETURN_GENERATOR`: takes the frame over.
///
/// # Safety
/// The frame in `registers` is not used any more.
pub unsafe fn from_frame(vm: &mut Vm, registers: &Registers) -> Value {
    // SAFETY: by contract; a generator has room for the words of its frame.
    unsafe {
        let this = new(vm, registers.function() as Word, registers.pc as u64);
        save(this, registers);
        Value::from_owned(this as Word)
    }
}

unsafe fn save(this: *mut Generator, registers: &Registers) {
    // SAFETY: the frame's words move; there is room for them.
    unsafe {
        let len = registers.sp.offset_from(registers.base) as usize;
        std::ptr::copy_nonoverlapping(registers.base, words(this), len);
        (*this).len = len as u32;
    }
}

/// Moves the words of a suspended generator into a frame at `start`, whose links are to be written.
///
/// # Safety
/// There is room for the frame, and `start` is free stack.
unsafe fn lay_out(vm: &mut Vm, this: *mut Generator, start: *mut Word) -> Registers {
    // SAFETY: by contract.
    unsafe {
        vm.depth += 1;
        let base = start.add(FRAME_WORDS);
        let len = (*this).len as usize;
        std::ptr::copy_nonoverlapping(words(this), base, len);
        *base.offset(FRAME_FUNCTION) = (*this).function;
        *base.offset(FRAME_LOCALS) = this as Word;
        let pc = goes_on_at(this);
        (*this).resume = GENERATOR_RUNNING;
        (*this).len = 0;
        let sp = base.add(len);
        Registers { pc, sp, base }
    }
}

/// Where the consumer goes on: with an item at `item`, at the end at `end`; offsets of its code.
#[derive(Clone, Copy)]
pub struct Links {
    /// Behind the instruction.
    pub item: usize,
    /// Where it goes at the end.
    pub end: usize,
    /// Is the value wanted that the generator returns?
    pub wants_value: bool,
}

impl Links {
    /// As they stand in the frame's header.
    #[must_use]
    pub fn word(self) -> u64 {
        let wanted = if self.wants_value { RETURN_WANTED } else { 0 };
        self.item as u64 | (self.end as u64) << 32 | wanted
    }
}

/// The generator that a suspended one delegates to, if it is one.
fn inner_of(this: *mut Generator) -> Option<*mut Generator> {
    let inner = delegate(this)?;
    cast_exact::<Generator>(inner)
}

/// Does what a suspended generator delegates to run on its behalf?
fn runs_inside(this: *mut Generator) -> bool {
    let Some(inner) = inner_of(this) else {
        return false;
    };
    // SAFETY: the delegating one holds it.
    unsafe {
        (*inner).delegator == this as Word
            && match (*inner).resume {
                GENERATOR_RUNNING => true,
                GENERATOR_FINISHED => false,
                _ => runs_inside(inner),
            }
    }
}

/// The generator that goes on when `this`, which is suspended, is resumed: it, or the innermost it delegates to. Also the
/// most words that a frame of these needs. `None` if it runs already.
fn innermost(this: *mut Generator) -> Option<(*mut Generator, usize)> {
    let (mut this, mut words) = (this, 0);
    // SAFETY: each holds the next.
    unsafe {
        loop {
            words = words.max((*this).capacity as usize);
            let plain = (*this).resume & GENERATOR_HANDLING == 0;
            let Some(inner) = inner_of(this).filter(|_| plain) else {
                return Some((this, words));
            };
            match (*inner).resume {
                GENERATOR_RUNNING if (*inner).delegator == this as Word => return None,
                // It will be told in the delegating one.
                GENERATOR_RUNNING | GENERATOR_FINISHED => return Some((this, words)),
                _ => {}
            }
            (*inner).delegator = this as Word;
            this = inner;
        }
    }
}

/// Does what a suspended generator delegates to run the same code, directly or further in?
pub fn recurs(this: *mut Generator) -> bool {
    let code: *const Code = code_of(this);
    let mut inner = inner_of(this);
    while let Some(this) = inner {
        // SAFETY: each holds the next.
        if unsafe { (*this).resume } <= GENERATOR_RUNNING {
            return false;
        }
        if std::ptr::eq(code_of(this), code) {
            return true;
        }
        inner = inner_of(this);
    }
    false
}

/// Can the interpreter resume `receiver` with `value` in the loop it is in?
pub fn can_enter(vm: &Vm, receiver: Word, value: Word) -> bool {
    // SAFETY: a live value.
    if !unsafe { has_shape(receiver, layout::SHAPE_GENERATOR) } || vm.handled > NONE {
        return false;
    }
    let this = receiver as *mut Generator;
    // SAFETY: the shape says so.
    let resume = unsafe { (*this).resume };
    resume > GENERATOR_RUNNING
        && (value == NONE || state(this) != State::Created)
        && vm.ahead.is_none()
}

/// Resumes the generator at `depth` below the top, for `FOR_ITER` (1) or `SEND` (2, with the value to send on top).
/// `None`: it must be done the long way. `directly`: no generator is to be taken out of the way, because each step is
/// being recorded.
#[inline(never)]
pub fn enter(
    vm: &mut Vm,
    consumer: Registers,
    depth: usize,
    links: Links,
    directly: bool,
) -> Option<Registers> {
    let receiver = consumer.peek(depth);
    let value = if depth == 1 { NONE } else { consumer.peek(1) };
    if !can_enter(vm, receiver, value) {
        return None;
    }
    let this = receiver as *mut Generator;
    // SAFETY: the frame lies above the generator, over the value sent, which was read.
    unsafe {
        let (inner, words) = if directly {
            (this, (*this).capacity as usize)
        } else {
            innermost(this)?
        };
        let start = consumer.sp.sub(depth - 1);
        if check_room(vm, start, FRAME_WORDS + words).is_err() {
            // The long way will find the same.
            vm.pending = None;
            return None;
        }
        let delegating = if directly || depth == 1 {
            None
        } else {
            running_in(&consumer)
        };
        let mut entered = if let Some(delegator) = delegating {
            let start = consumer.base.sub(FRAME_WORDS);
            let links = *consumer.base.offset(FRAME_RETURN);
            let caller = *consumer.base.offset(FRAME_CALLER);
            let mut kept = consumer;
            kept.sp = consumer.sp.sub(1);
            save(delegator, &kept);
            // Behind the YIELD_VALUE that follows.
            (*delegator).resume = consumer.pc.add(2) as u64;
            vm.depth -= 1;
            (*this).delegator = delegator as Word;
            let entered = lay_out(vm, inner, start);
            *entered.base.offset(FRAME_RETURN) = links;
            *entered.base.offset(FRAME_CALLER) = caller;
            entered
        } else {
            (*this).delegator = EMPTY;
            let entered = lay_out(vm, inner, start);
            *entered.base.offset(FRAME_RETURN) = links.word();
            *entered.base.offset(FRAME_CALLER) = entered.base.offset_from(consumer.base) as Word;
            entered
        };
        if (*inner).handled != EMPTY {
            vm.handled = std::mem::replace(&mut (*inner).handled, EMPTY);
        }
        entered.push(value);
        Some(entered)
    }
}

/// The frame of the generator that delegated to `this`, whose frame was in `registers` and has ended: it takes its place,
/// behind its `SEND`, the receiver on top.
pub fn take_over(vm: &mut Vm, this: *mut Generator, registers: &Registers) -> Option<Registers> {
    // SAFETY: the one that delegates holds the one that ran, and stands in front of the jump back to its SEND. Room was
    // looked for.
    unsafe {
        let delegator = std::mem::replace(&mut (*this).delegator, EMPTY) as *mut Generator;
        if delegator.is_null() {
            return None;
        }
        let mut entered = lay_out(vm, delegator, registers.base.sub(FRAME_WORDS));
        let jump = entered.pc.add(1);
        debug_assert_eq!((*jump).op, op::JUMP_BACKWARD_NO_INTERRUPT);
        entered.pc = jump.add(1).sub((*jump).arg as usize).add(2);
        Some(entered)
    }
}

/// The consumer in the same loop, with the header word that says where it goes on; `None` if that is a native.
unsafe fn consumer_of(registers: &Registers) -> Option<(Registers, u64)> {
    // SAFETY: the frame is a running generator's, its header intact.
    unsafe {
        let distance = *registers.base.offset(FRAME_CALLER) as usize;
        if distance == 0 {
            return None;
        }
        let base = registers.base.sub(distance);
        let links = *registers.base.offset(FRAME_RETURN);
        let code = (*(*base.offset(FRAME_FUNCTION) as *mut Function)).code;
        let consumer = Registers {
            pc: (*code).units.as_ptr().add(links as u32 as usize),
            sp: registers.base.offset(FRAME_FUNCTION),
            base,
        };
        Some((consumer, links))
    }
}

/// `YIELD_VALUE`, its operand popped: keeps the frame, and gives the consumer that the operand is pushed for, or the
/// generator if that is a native.
#[inline(never)]
pub fn suspend(vm: &mut Vm, registers: Registers) -> Result<Registers, *mut Generator> {
    // SAFETY: only generators yield, and this one runs.
    unsafe {
        let this = *registers.base.offset(FRAME_LOCALS) as *mut Generator;
        save(this, &registers);
        (*this).resume = registers.pc as u64;
        vm.depth -= 1;
        let (consumer, _) = consumer_of(&registers).ok_or(this)?;
        if vm.handled > NONE {
            (*this).handled = std::mem::replace(&mut vm.handled, EMPTY);
            (*this).resume |= GENERATOR_HANDLING;
        }
        Ok(consumer)
    }
}

/// The generator whose frame this is, if it is one's.
#[inline(always)]
pub fn running_in(registers: &Registers) -> Option<*mut Generator> {
    // SAFETY: part of every frame; a live value.
    unsafe {
        let word = *registers.base.offset(FRAME_LOCALS);
        has_shape(word, layout::SHAPE_GENERATOR).then_some(word as *mut Generator)
    }
}

/// Drops the slots of a running generator's frame, whose operand stack is empty, and finishes the generator.
pub fn drop_frame(this: *mut Generator, registers: &Registers) {
    // SAFETY: the consumer holds the generator; the slots are owned.
    unsafe {
        (*this).resume = GENERATOR_FINISHED;
        for index in 0..registers.code().locals.len() {
            decref(*registers.base.add(index));
        }
        // Compiled code leaves the number as it was.
        (*this).len = 0;
        decref(std::mem::replace(&mut (*this).function, EMPTY));
    }
}

/// `RETURN_VALUE` of a generator: where the consumer goes on, or, with a native consumer, what is returned.
///
/// # Errors
/// The result, if a native consumer is to have it.
#[inline(never)]
pub fn return_from(
    vm: &mut Vm,
    this: *mut Generator,
    registers: Registers,
    result: Word,
) -> Result<Registers, Value> {
    // SAFETY: the frame is a running generator's.
    let consumer = unsafe { consumer_of(&registers) };
    drop_frame(this, &registers);
    vm.depth -= 1;
    if let Some(mut delegator) = take_over(vm, this, &registers) {
        // SAFETY: the unit of the SEND lies before its cache.
        let distance = unsafe { (*delegator.pc.sub(2)).arg };
        delegator.skip(distance as usize);
        delegator.push(result);
        return Ok(delegator);
    }
    let Some((mut consumer, links)) = consumer else {
        return Err(Value::from_owned(result));
    };
    let end = (links & !RETURN_WANTED) >> 32;
    // SAFETY: the offset is one of the consumer's code.
    consumer.pc = unsafe { consumer.code().units.as_ptr().add(end as usize) };
    if links & RETURN_WANTED == 0 {
        decref(result);
    } else {
        consumer.push(result);
    }
    Ok(consumer)
}

enum Input {
    Send(Word),
    Throw(Value),
}

/// Resumes a generator with a value; `None` when it returns (the value is in `vm.stop_value` unless it is `None`).
///
/// # Errors
/// What the generator raises.
pub fn resume(vm: &mut Vm, word: Word, value: Word) -> Outcome<Option<Value>> {
    run(vm, word, Input::Send(value))
}

fn run(vm: &mut Vm, word: Word, input: Input) -> Outcome<Option<Value>> {
    let keep = Value::borrowed(word);
    let this = generator(keep.word());
    vm.stop_value = None;
    match state(this) {
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
    // SAFETY: the frame lies on free stack.
    unsafe {
        let inner = match input {
            Input::Send(_) => innermost(this),
            Input::Throw(_) => Some((this, (*this).capacity as usize)),
        };
        let Some((inner, words)) = inner else {
            return Err(vm.value_error("generator already executing"));
        };
        check_room(vm, start, FRAME_WORDS + words)?;
        (*this).delegator = EMPTY;
        let mut registers = lay_out(vm, inner, start);
        *registers.base.offset(FRAME_RETURN) = 0;
        *registers.base.offset(FRAME_CALLER) = 0;
        let own = std::mem::replace(&mut (*inner).handled, EMPTY);
        let outer = std::mem::replace(&mut vm.handled, own);
        if own == EMPTY {
            vm.handled = outer;
            incref(outer);
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
        let stop = interp::resume(vm, registers, thrown);
        let own = std::mem::replace(&mut vm.handled, outer);
        vm.stack_top = start;
        match stop {
            Stop::Yield(value, yielding) => {
                if own == outer {
                    decref(own);
                } else {
                    (*yielding).handled = own;
                    (*yielding).resume |= GENERATOR_HANDLING;
                }
                Ok(Some(value))
            }
            Stop::Return(value) => {
                decref(own);
                if value.word() != NONE {
                    vm.stop_value = Some(value);
                }
                Ok(None)
            }
            Stop::Raised(raised) => {
                decref(own);
                Err(raised)
            }
        }
    }
}

/// Finishes a generator that does not run, and drops what it owns.
fn finish(this: *mut Generator) {
    // SAFETY: a live generator; nobody sees the words any more.
    unsafe {
        (*this).resume = GENERATOR_FINISHED;
        let len = std::mem::replace(&mut (*this).len, 0) as usize;
        for index in 0..len {
            decref(*words(this).add(index));
        }
        decref(std::mem::replace(&mut (*this).handled, EMPTY));
        decref(std::mem::replace(&mut (*this).function, EMPTY));
    }
}

/// Does an exception raised where the generator is suspended run code of its own: `finally`, `except`, `with`?
fn cleans_up(this: *mut Generator) -> bool {
    let code = code_of(this);
    // SAFETY: it goes on in its code.
    let offset = unsafe { goes_on_at(this).offset_from(code.units.as_ptr()) } as u32 - 1;
    code.cleans_up_at(offset)
}

/// What a generator suspended in `yield from` delegates to, borrowed.
fn delegate(this: *mut Generator) -> Option<Word> {
    const YIELD_FROM: u8 = 2;
    // SAFETY: it is suspended: it goes on at an instruction, and its words are there, the receiver last.
    unsafe {
        let unit = *goes_on_at(this);
        let resumes = matches!(unit.op, op::RESUME | op::RESUME_CHECK);
        (resumes && unit.arg & 3 == YIELD_FROM).then(|| *words(this).add((*this).len as usize - 1))
    }
}

fn send(vm: &mut Vm, args: Args) -> Outcome<Value> {
    match resume(vm, args.values[0], args.values[1])? {
        Some(value) => Ok(value),
        None => Err(vm.raise_stop_iteration()),
    }
}

/// Sends `value` to a generator or other iterator: `None` when it is exhausted.
///
/// # Errors
/// What it raises.
pub fn send_to(vm: &mut Vm, receiver: Word, value: Word) -> Outcome<Option<Value>> {
    if cast_exact::<Generator>(receiver).is_some() {
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
    let error = match crate::object::cast::<Class>(given) {
        Some(class) => vm.call_class(class, Args::of(args.values.get(2..3).unwrap_or(&[])))?,
        None => Value::borrowed(given),
    };
    if crate::object::cast::<Exception>(error.word()).is_none() {
        return Err(vm.type_error(
            "exceptions must be classes or instances deriving from BaseException, not str",
        ));
    }
    match throw(vm, args.values[0], error)? {
        Some(value) => Ok(value),
        None => Err(vm.raise_stop_iteration()),
    }
}

/// Raises `error` where the generator is suspended; what it delegates to gets it first.
fn throw(vm: &mut Vm, word: Word, error: Value) -> Outcome<Option<Value>> {
    let this = generator(word);
    let inner = match state(this) {
        State::Suspended => delegate(this).map(Value::borrowed),
        _ => None,
    };
    let Some(inner) = inner else {
        return run(vm, word, Input::Throw(error));
    };
    let keep = Value::borrowed(word);
    // SAFETY: `keep` holds the generator. It counts as running meanwhile.
    let resume = unsafe { std::mem::replace(&mut (*this).resume, GENERATOR_RUNNING) };
    let answer = throw_into(vm, inner.word(), error);
    // SAFETY: as above.
    unsafe { (*this).resume = resume };
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) => run(vm, keep.word(), Input::Throw(error)),
    }
}

/// Hands an exception to what a generator delegates to: what that yields next, or the exception that comes back.
fn throw_into(vm: &mut Vm, inner: Word, error: Value) -> Result<Value, Value> {
    let is_generator = cast_exact::<Generator>(inner).is_some();
    if vm.is_instance(error.word(), vm.types.GeneratorExit) {
        let closed = if is_generator {
            close(vm, inner)
        } else {
            call_if_present(vm, inner, "close", &[]).map(drop)
        };
        return Err(match closed {
            Ok(()) => error,
            Err(Raised) => vm.take_pending(),
        });
    }
    let answer = if is_generator {
        match throw(vm, inner, error) {
            Ok(Some(value)) => Ok(Some(value)),
            Ok(None) => Err(vm.raise_stop_iteration()),
            Err(raised) => Err(raised),
        }
    } else {
        match call_if_present(vm, inner, "throw", &[error.word()]) {
            Ok(None) => return Err(error),
            answer => answer,
        }
    };
    match answer {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Ok(Value::NONE),
        Err(Raised) => Err(vm.take_pending()),
    }
}

fn call_if_present(
    vm: &mut Vm,
    object: Word,
    name: &'static str,
    args: &[Word],
) -> Outcome<Option<Value>> {
    let name = vm.intern(name);
    match vm.get_attr_opt(object, name)? {
        Some(method) => vm.call(method.word(), args).map(Some),
        None => Ok(None),
    }
}

/// Raises `GeneratorExit` where the generator is suspended, which must not yield again.
fn close(vm: &mut Vm, word: Word) -> Outcome<()> {
    let this = generator(word);
    match state(this) {
        State::Finished => return Ok(()),
        State::Created => {
            finish(this);
            return Ok(());
        }
        State::Suspended if !cleans_up(this) && delegate(this).is_none() => {
            finish(this);
            return Ok(());
        }
        State::Suspended | State::Running => {}
    }
    let exit = crate::objects::exception::new(vm, vm.types.GeneratorExit, vec![]);
    match throw(vm, word, exit) {
        Ok(Some(_)) => Err(vm.raise(vm.types.RuntimeError, "generator ignored GeneratorExit")),
        Ok(None) => Ok(()),
        Err(raised) if vm.catch(raised, vm.types.GeneratorExit) => Ok(()),
        // What a closed generator returns early is no error.
        Err(raised) if vm.catch(raised, vm.types.StopIteration) => Ok(()),
        Err(raised) => Err(raised),
    }
}
