//! Raising, catching, `with`, and unwinding frames.

use crate::builtins::consumers;
use crate::class::Class;
use crate::core_types::generators;
use crate::error::{Outcome, Raised};
use crate::interp::frames::{caller_of, drop_frame};
use crate::interp::registers::Registers;
use crate::layout::{EMPTY, FRAME_LOCALS, NONE, Word, word_of_int};
use crate::object::cast;
use crate::objects::exception::{TracebackEntry, cast_exception, set_slot};
use crate::objects::native::Args;
use crate::objects::string::as_str;
use crate::objects::tuple::cast_tuple;
use crate::value::{Value, decref, incref};
use crate::vm::Vm;

/// How an exception came out of an instruction.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It was raised there: a line of the traceback.
    New,
    /// It goes on after a handler: its traceback has the line already.
    Reraised,
}

/// `RAISE_VARARGS`: nothing, an exception, or an exception and its cause on the stack.
#[inline(never)]
pub fn raise(vm: &mut Vm, registers: Registers, count: usize) -> Origin {
    registers.publish(vm);
    if count == 0 {
        if vm.handled == EMPTY || vm.handled == NONE {
            let _ = vm.raise(vm.types.RuntimeError, "No active exception to reraise");
            return Origin::New;
        }
        vm.pending = Some(Value::borrowed(vm.handled));
        return Origin::Reraised;
    }
    let error = registers.peek(count);
    let _: Result<(), Raised> =
        raise_from(vm, error, (count == 2).then(|| registers.peek(1))).map(drop);
    Origin::New
}

/// Raises `error`, an exception or an exception class, from `cause`.
///
/// # Errors
/// Always.
pub fn raise_from(vm: &mut Vm, error: Word, cause: Option<Word>) -> Outcome<()> {
    let error = exception_object(vm, error, "exceptions must derive from BaseException")?;
    if let Some(cause) = cause {
        let cause = if cause == NONE {
            None
        } else {
            Some(exception_object(
                vm,
                cause,
                "exception causes must derive from BaseException",
            )?)
        };
        let object = cast_exception(error.word()).expect("checked");
        set_slot(&mut object.cause, cause);
        object.suppress_context = true;
    }
    Err(vm.raise_object(error))
}

/// An exception object from one, or from an exception class, which is called.
fn exception_object(vm: &mut Vm, word: Word, complaint: &str) -> Outcome<Value> {
    if cast_exception(word).is_some() {
        return Ok(Value::borrowed(word));
    }
    if let Some(class) = cast::<Class>(word)
        // SAFETY: classes are never freed.
        && unsafe { (*class).is_subclass(vm.types.BaseException) }
    {
        let object = vm.call_class(class, Args::of(&[]))?;
        if cast_exception(object.word()).is_some() {
            return Ok(object);
        }
    }
    Err(vm.type_error(complaint))
}

/// `RERAISE`: the exception on top goes on.
pub fn reraise(vm: &mut Vm, registers: &mut Registers) {
    let error = registers.pop_value();
    vm.pending = Some(error);
}

/// `PUSH_EXC_INFO`: the exception on top becomes the handled one; the one before is put below it.
pub fn push_exc_info(vm: &mut Vm, registers: &mut Registers) {
    let error = registers.pop();
    let before = if vm.handled == EMPTY {
        NONE
    } else {
        vm.handled
    };
    registers.push(before);
    incref(error);
    vm.handled = error;
    registers.push(error);
}

/// `POP_EXCEPT`: the exception on top is the handled one again.
pub fn pop_except(vm: &mut Vm, registers: &mut Registers) {
    let before = registers.pop();
    let old = std::mem::replace(&mut vm.handled, if before == NONE { EMPTY } else { before });
    decref(old);
}

/// `CHECK_EXC_MATCH`: exception and class (or tuple of classes); does it match?
#[inline(never)]
pub fn check_match(vm: &mut Vm, registers: Registers) -> Outcome<bool> {
    registers.publish(vm);
    let (error, wanted) = (registers.peek(2), registers.peek(1));
    let single = [wanted];
    let classes = cast_tuple(wanted).map_or(&single[..], |tuple| tuple.items());
    let mut matches = false;
    for &class in classes {
        let class = cast::<Class>(class)
            // SAFETY: classes are never freed.
            .filter(|&class| unsafe { (*class).is_subclass(vm.types.BaseException) });
        let Some(class) = class else {
            let message = "catching classes that do not inherit from BaseException is not allowed";
            return Err(vm.type_error(message));
        };
        matches |= vm.is_instance(error, class);
    }
    Ok(matches)
}

/// `LOAD_SPECIAL`: the owner on top is replaced by a method and its receiver; the caller pushes one word more.
#[inline(never)]
pub fn load_special(vm: &mut Vm, registers: Registers, which: usize) -> Outcome<()> {
    registers.publish(vm);
    let owner = registers.peek(1);
    let name = match which {
        0 => vm.names.__enter__,
        1 => vm.names.__exit__,
        _ => return Err(vm.not_implemented("asynchronous context managers")),
    };
    let class = vm.class_of(owner);
    let Some(found) = class.lookup(name) else {
        let class = class.full_name();
        let enters = vm.class_of(owner).lookup(vm.names.__enter__).is_some();
        let which = if enters {
            " (missed __exit__ method)"
        } else {
            ""
        };
        let message =
            format!("'{class}' object does not support the context manager protocol{which}");
        return Err(vm.type_error(message));
    };
    let (function, receiver) = if vm.is_plain_method(found) {
        (Value::borrowed(found), owner)
    } else {
        let class = Class::ptr_of(vm, owner);
        let value = match vm.class_of(found).slots.descr_get {
            Some(descr_get) => descr_get(vm, found, Some(owner), class)?,
            None => Value::borrowed(found),
        };
        decref(owner);
        (value, EMPTY)
    };
    registers.poke(1, function.into_word());
    // SAFETY: frames have room for the deepest stack.
    unsafe { *registers.sp = receiver };
    Ok(())
}

/// `WITH_EXCEPT_START`: calls `__exit__` with the exception; its answer, for the caller to push. The stack is: exit
/// function, receiver or nothing, instruction offset, exception handled before, exception.
#[inline(never)]
pub fn with_except_start(vm: &mut Vm, registers: Registers) -> Outcome<Value> {
    registers.publish(vm);
    let (function, receiver, error) = (registers.peek(5), registers.peek(4), registers.peek(1));
    call_exit(vm, function, receiver, error)
}

/// Calls `function`, the `__exit__` of `receiver` (which may be none), with `error`.
///
/// # Errors
/// What it raises.
pub fn call_exit(vm: &mut Vm, function: Word, receiver: Word, error: Word) -> Outcome<Value> {
    let class = vm.class_of(error).word();
    let trace = vm.get_attr(error, vm.names.__traceback__)?;
    if receiver == EMPTY {
        vm.call(function, &[class, error, trace.word()])
    } else {
        vm.call(function, &[receiver, class, error, trace.word()])
    }
}

/// Finds the handler of the pending exception: in this frame, or in callers. `None` if it leaves the frame that the
/// interpreter was entered with (which is dropped then).
#[inline(never)]
pub fn unwind(vm: &mut Vm, mut registers: Registers, mut origin: Origin) -> Option<Registers> {
    loop {
        let code = registers.code();
        let offset = registers.offset().saturating_sub(1);
        let error = vm
            .pending
            .as_ref()
            .expect("unwinding needs an exception")
            .word();
        if origin == Origin::New
            && as_str(code.filename) != Some(consumers::FILENAME)
            && let Some(exception) = cast_exception(error)
        {
            // Counted through the pointer the function holds: a count through a shared reference may be lost.
            // SAFETY: the running function is alive, and keeps its code.
            let code = Value::borrowed(unsafe { (*registers.function()).code } as Word);
            exception.traceback.push(TracebackEntry {
                code,
                offset,
                locals: Vec::new(),
            });
        }
        // SAFETY: the operand stack begins after the slots; what lies on it is owned.
        unsafe {
            let bottom = registers.base.add(code.locals.len());
            if let Some(handler) = code.handler_at(offset as u32) {
                let cut = bottom.add(handler.depth as usize);
                while registers.sp > cut {
                    decref(registers.pop());
                }
                if handler.push_lasti {
                    registers.push(word_of_int(offset as i64));
                }
                registers.push_value(vm.take_pending());
                registers.pc = code.units.as_ptr().add(handler.target as usize);
                return Some(registers);
            }
            while registers.sp > bottom {
                decref(registers.pop());
            }
            let caller = caller_of(&registers);
            if let Some(entry) =
                cast_exception(error).and_then(|exception| exception.traceback.last_mut())
            {
                let slots = std::slice::from_raw_parts_mut(registers.base, code.locals.len());
                let held = slots.iter_mut().map(|slot| std::mem::replace(slot, EMPTY));
                entry.locals.extend(held.filter(|&word| word != EMPTY));
            }
            let generator = generators::running_in(&registers);
            match generator {
                Some(generator) => generators::drop_frame(generator, &registers),
                None => {
                    decref(*registers.base.offset(FRAME_LOCALS));
                    drop_frame(&registers);
                }
            }
            vm.depth -= 1;
            if let Some(generator) = generator
                && let Some(delegator) = generators::take_over(vm, generator, &registers)
            {
                registers = delegator;
                origin = Origin::New;
                continue;
            }
            registers = caller?;
        }
        origin = Origin::New;
    }
}
