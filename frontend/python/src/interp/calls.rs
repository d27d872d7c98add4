//! Calls.
//!
//! Operands: callable, receiver or nothing, arguments. A function here takes the registers with `pc` *after* the
//! instruction and its cache and returns those to go on with: in the callee's first instruction, or in the caller with
//! the result pushed.

use crate::builtins::consumers;
use crate::class::{Class, FLAG_INSTANCE, FLAG_USER_INIT, FLAG_USER_NEW};
use crate::error::Outcome;
use crate::interp::binding::bind;
use crate::interp::cache::{self, count_down};
use crate::interp::frames::{check_room, enter_exact};
use crate::interp::registers::Registers;
use crate::interp::specialize;
use crate::layout::{
    EMPTY, FRAME_CALLER, FRAME_FUNCTION, FRAME_LOCALS, FRAME_RETURN, FRAME_WORDS, SHAPE_CLASS,
    SHAPE_FUNCTION, SHAPE_GENERATOR, SHAPE_LIST, SHAPE_METHOD, SHAPE_NATIVE, Word, has_shape,
    header, is_pointer, word_of_bool,
};
use crate::objects::code::CODE_GENERATOR;
use crate::objects::function::Function;
use crate::objects::list::List;
use crate::objects::method::Method;
use crate::objects::native::{Args, Native};
use crate::objects::{dict, instance, tuple};
use crate::value::{Value, decref, incref};
use crate::vm::Vm;

/// Units of a `CALL`'s cache.
pub const CALL_CACHE: usize = 3;

/// Where the operands of a call lie.
#[derive(Clone, Copy)]
struct Operands {
    callable: *mut Word,
    /// First argument: the receiver, if there is one.
    args: *mut Word,
    /// Number of arguments, the receiver and keyword values included.
    count: usize,
}

impl Operands {
    #[inline(always)]
    fn of(registers: &Registers, count: usize) -> Operands {
        // SAFETY: the operands are on the stack.
        unsafe {
            let callable = registers.sp.sub(count + 2);
            let own = usize::from(*callable.add(1) != EMPTY);
            Operands {
                callable,
                args: callable.add(2 - own),
                count: count + own,
            }
        }
    }

    fn values<'a>(&self) -> &'a [Word] {
        // SAFETY: the arguments lie there until the call is over.
        unsafe { std::slice::from_raw_parts(self.args, self.count) }
    }

    /// Drops the operands and pushes the result in their place.
    #[inline(always)]
    fn finish(&self, registers: Registers, result: Value) -> Registers {
        // SAFETY: the words are owned by the stack and given up here.
        unsafe {
            for index in 0..self.count {
                decref(*self.args.add(index));
            }
            decref(*self.callable);
            *self.callable = result.into_word();
            Registers {
                sp: self.callable.add(1),
                ..registers
            }
        }
    }
}

/// Is the last of the operands a generator, and the only argument? Some natives are Python then.
#[inline(always)]
pub fn takes_generator(registers: &Registers, count: usize) -> bool {
    // SAFETY: a live value on the stack.
    count == 1 && unsafe { has_shape(registers.peek(1), SHAPE_GENERATOR) }
}

/// Replaces a bound method among the operands by its function and receiver.
unsafe fn unbind(callable: *mut Word) {
    // SAFETY: the callable is a method and the place of the receiver is empty.
    unsafe {
        let method = *callable;
        let (function, receiver) = (
            (*(method as *mut Method)).function,
            (*(method as *mut Method)).receiver,
        );
        incref(function);
        incref(receiver);
        *callable = function;
        *callable.add(1) = receiver;
        decref(method);
    }
}

/// `CALL` in its generic form. `pc` is at the cache.
#[inline(never)]
pub fn call(vm: &mut Vm, registers: Registers, count: usize) -> Outcome<Registers> {
    registers.publish(vm);
    // SAFETY: `pc` is at the cache of a CALL.
    if unsafe { count_down(registers.pc) } {
        specialize::calls::call(vm, &registers, count);
    }
    let mut after = registers;
    after.skip(CALL_CACHE);
    call_any(vm, after, count, &[])
}

/// What a call comes to. The recorder asks too: it must foresee whether the interpreter pushes a frame.
#[derive(Clone, Copy)]
pub enum Callee {
    /// A Python function.
    Function(*mut Function),
    /// A bound method of a Python function.
    Method(*mut Function),
    /// A class whose instances are plain and whose `__init__` is this Python function.
    Class(*mut Class, *mut Function),
    /// An object whose `__call__` is this Python function.
    Object(*mut Function),
    /// Anything else: nothing is pushed.
    Other,
}

/// What calling `callable` with that receiver (or nothing) comes to.
pub fn callee(vm: &Vm, callable: Word, receiver: Word) -> Callee {
    let python = |word: Word| {
        // SAFETY: a live value.
        unsafe { has_shape(word, SHAPE_FUNCTION) }.then_some(word as *mut Function)
    };
    if let Some(function) = python(callable) {
        return Callee::Function(function);
    }
    if receiver != EMPTY || !is_pointer(callable) {
        return Callee::Other;
    }
    // SAFETY: a live object.
    match unsafe { (*header(callable)).shape } {
        // SAFETY: the shape says so.
        SHAPE_METHOD => python(unsafe { (*(callable as *mut Method)).function })
            .map_or(Callee::Other, Callee::Method),
        SHAPE_CLASS => {
            let class = callable as *mut Class;
            python_init(vm, class).map_or(Callee::Other, |init| Callee::Class(class, init))
        }
        SHAPE_NATIVE => Callee::Other,
        _ => {
            let class = vm.class_of(callable);
            class
                .is_user()
                .then(|| class.lookup(vm.names.__call__))
                .flatten()
                .and_then(python)
                .map_or(Callee::Other, Callee::Object)
        }
    }
}

/// The Python function that initialises what calling `class` makes, if the call is no more than a plain instance and
/// that.
pub fn python_init(vm: &Vm, class: *mut Class) -> Option<*mut Function> {
    // SAFETY: classes are never freed.
    let class = unsafe { &*class };
    let wanted = FLAG_INSTANCE | FLAG_USER_INIT;
    if class.flags & (wanted | FLAG_USER_NEW) != wanted
        || !std::ptr::eq(vm.class_of(class.word()), vm.types.type_)
    {
        return None;
    }
    let init = class.lookup(vm.names.__init__)?;
    // SAFETY: a live value; functions own their code.
    let plain = unsafe {
        has_shape(init, SHAPE_FUNCTION)
            && (*(*(init as *mut Function)).code).flags & CODE_GENERATOR == 0
    };
    plain.then_some(init as *mut Function)
}

/// Calls whatever the callable is. `pc` is after the cache. The values of keyword arguments are the last ones.
pub fn call_any(
    vm: &mut Vm,
    registers: Registers,
    count: usize,
    names: &[Word],
) -> Outcome<Registers> {
    // SAFETY: the operands are on the stack.
    unsafe {
        let callable = registers.sp.sub(count + 2);
        match callee(vm, *callable, *callable.add(1)) {
            Callee::Function(_) => {}
            Callee::Method(_) => unbind(callable),
            Callee::Class(class, init) => {
                return enter_init(vm, registers, count, names, class, init);
            }
            Callee::Object(function) => {
                incref(function as Word);
                *callable.add(1) = std::mem::replace(&mut *callable, function as Word);
            }
            Callee::Other => {
                if has_shape(*callable, SHAPE_METHOD) && *callable.add(1) == EMPTY {
                    unbind(callable);
                }
                let operands = Operands::of(&registers, count);
                let function = if names.is_empty() && takes_generator(&registers, count) {
                    consumers::of(vm, *callable)
                } else {
                    None
                };
                let Some(function) = function else {
                    let args = Args {
                        values: operands.values(),
                        names,
                        callee: EMPTY,
                    };
                    let result = vm.call_with(*callable, args)?;
                    return Ok(operands.finish(registers, result));
                };
                incref(function);
                decref(std::mem::replace(&mut *callable, function));
            }
        }
        enter_python(vm, registers, Operands::of(&registers, count), names)
    }
}

/// Calls what the operands say in a Rust frame of its own, as a native function would. `pc` is at the cache.
pub fn call_nested(vm: &mut Vm, registers: Registers, count: usize) -> Outcome<Registers> {
    registers.publish(vm);
    let operands = Operands::of(&registers, count);
    let args = Args {
        values: operands.values(),
        names: &[],
        callee: EMPTY,
    };
    // SAFETY: the operands are on the stack.
    let result = vm.call_with(unsafe { *operands.callable }, args)?;
    let mut after = registers;
    after.skip(CALL_CACHE);
    Ok(operands.finish(after, result))
}

unsafe fn enter_python(
    vm: &mut Vm,
    registers: Registers,
    operands: Operands,
    names: &[Word],
) -> Outcome<Registers> {
    // SAFETY: the callable is a function; its frame begins where it lies.
    unsafe {
        let function = *operands.callable as *mut Function;
        let code = &*(*function).code;
        if names.is_empty() && code.simple && code.arg_count == operands.count {
            return enter_exact(
                vm,
                &registers,
                operands.callable,
                operands.args,
                operands.count,
            );
        }
        let args = Args {
            values: operands.values(),
            names,
            callee: EMPTY,
        };
        let bound = bind(vm, function, args)?;
        check_room(vm, operands.callable, code.frame_words)?;
        for &word in operands.values() {
            decref(word);
        }
        let entered = write_frame(vm, function, operands.callable, bound, EMPTY);
        Ok(return_to(&registers, entered))
    }
}

/// The frame of `entered` returns to `caller`.
unsafe fn return_to(caller: &Registers, entered: Registers) -> Registers {
    // SAFETY: the caller's: a complete frame above that of `caller`.
    unsafe {
        *entered.base.offset(FRAME_RETURN) = caller.offset() as Word;
        *entered.base.offset(FRAME_CALLER) = entered.base.offset_from(caller.base) as Word;
    }
    entered
}

/// Makes an instance and enters its `__init__`, whose frame returns the instance.
unsafe fn enter_init(
    vm: &mut Vm,
    registers: Registers,
    count: usize,
    names: &[Word],
    class: *mut Class,
    init: *mut Function,
) -> Outcome<Registers> {
    // SAFETY: the operands are on the stack, without a receiver.
    unsafe {
        let callable = registers.sp.sub(count + 2);
        let code = &*(*init).code;
        if names.is_empty() && code.simple && code.arg_count == count + 1 {
            return enter_init_exact(vm, &registers, callable, count, class, init);
        }
        let object = instance::new(class);
        let given = std::slice::from_raw_parts(callable.add(2), count);
        let values: Vec<Word> = std::iter::once(object.word())
            .chain(given.iter().copied())
            .collect();
        let args = Args {
            values: &values,
            names,
            callee: EMPTY,
        };
        let bound = bind(vm, init, args)?;
        check_room(vm, callable, code.frame_words)?;
        for &word in given {
            decref(word);
        }
        incref(init as Word);
        decref((*class).word());
        let entered = write_frame(vm, init, callable, bound, object.into_word());
        Ok(return_to(&registers, entered))
    }
}

/// The same for an `__init__` that takes exactly these arguments.
#[inline(always)]
unsafe fn enter_init_exact(
    vm: &mut Vm,
    after: &Registers,
    callable: *mut Word,
    count: usize,
    class: *mut Class,
    init: *mut Function,
) -> Outcome<Registers> {
    // SAFETY: the caller's: the operands lie there, without a receiver.
    unsafe {
        check_room(vm, callable, (*(*init).code).frame_words)?;
        let object = instance::new(class).into_word();
        // One reference to the instance is the receiver, the other waits in the frame.
        incref(object);
        incref(init as Word);
        decref((*class).word());
        *callable = init as Word;
        *callable.add(1) = object;
        let entered = enter_exact(vm, after, callable, callable.add(1), count + 1)?;
        *entered.base.offset(FRAME_LOCALS) = object;
        Ok(entered)
    }
}

/// Writes a frame for `function`, whose owned word lies or is to lie at `start`, with bound parameters. There must be
/// room. The frame is one that the interpreter is entered with.
///
/// # Safety
/// `start` is on the value stack, with nothing live above but what `bound` was made from.
pub unsafe fn write_frame(
    vm: &mut Vm,
    function: *mut Function,
    start: *mut Word,
    bound: Vec<Value>,
    namespace: Word,
) -> Registers {
    // SAFETY: by contract.
    unsafe {
        let code = &*(*function).code;
        vm.depth += 1;
        let base = start.add(FRAME_WORDS);
        let slots = code.locals.len();
        let given = bound.len();
        for (index, value) in bound.into_iter().enumerate() {
            *base.add(index) = value.into_word();
        }
        for index in given..slots {
            *base.add(index) = EMPTY;
        }
        *base.offset(FRAME_FUNCTION) = function as Word;
        *base.offset(FRAME_RETURN) = 0;
        *base.offset(FRAME_CALLER) = 0;
        *base.offset(FRAME_LOCALS) = namespace;
        Registers {
            pc: code.units.as_ptr(),
            sp: base.add(slots),
            base,
        }
    }
}

/// `CALL_PY_EXACT_ARGS`: guards that the callable is the function of the cached version. `pc` is at the cache.
#[inline(always)]
pub fn call_py_exact(
    vm: &mut Vm,
    registers: &Registers,
    count: usize,
) -> Outcome<Option<Registers>> {
    // SAFETY: the operands are on the stack; the version says that the arguments fit.
    unsafe {
        let callable = *registers.sp.sub(count + 2);
        if !has_shape(callable, SHAPE_FUNCTION)
            || (*(callable as *mut Function)).prefix.version != cache::read_u32(registers.pc, 1)
        {
            return Ok(None);
        }
        let operands = Operands::of(registers, count);
        let code = &*(*(callable as *mut Function)).code;
        if operands.count != code.arg_count {
            return Ok(None);
        }
        let mut after = *registers;
        after.skip(CALL_CACHE);
        enter_exact(vm, &after, operands.callable, operands.args, operands.count).map(Some)
    }
}

/// `CALL_BOUND_METHOD_EXACT_ARGS`: guards that the callable is a bound method of the function of the cached version.
#[inline(always)]
pub fn call_bound_exact(
    vm: &mut Vm,
    registers: &Registers,
    count: usize,
) -> Outcome<Option<Registers>> {
    // SAFETY: the operands are on the stack; the version says that the arguments fit.
    unsafe {
        let callable = registers.sp.sub(count + 2);
        if !has_shape(*callable, SHAPE_METHOD) || *callable.add(1) != EMPTY {
            return Ok(None);
        }
        let function = (*(*callable as *mut Method)).function;
        if !has_shape(function, SHAPE_FUNCTION)
            || (*(function as *mut Function)).prefix.version != cache::read_u32(registers.pc, 1)
            || (*(*(function as *mut Function)).code).arg_count != count + 1
        {
            return Ok(None);
        }
        unbind(callable);
        let mut after = *registers;
        after.skip(CALL_CACHE);
        enter_exact(vm, &after, callable, callable.add(1), count + 1).map(Some)
    }
}

/// `CALL_ALLOC_AND_ENTER_INIT`: guards that the callable is the class of the cached version; makes the instance and
/// enters `__init__`, whose frame returns the instance.
#[inline(always)]
pub fn call_alloc_init(
    vm: &mut Vm,
    registers: &Registers,
    count: usize,
) -> Outcome<Option<Registers>> {
    // SAFETY: the operands are on the stack; the class's version says that `init_cache` is its `__init__` and that the
    // arguments fit.
    unsafe {
        let callable = registers.sp.sub(count + 2);
        if !has_shape(*callable, SHAPE_CLASS) || *callable.add(1) != EMPTY {
            return Ok(None);
        }
        let class = *callable as *mut Class;
        let init = (*class).init_cache;
        if (*class).prefix.version != cache::read_u32(registers.pc, 1) || init.is_null() {
            return Ok(None);
        }
        let code = &*(*init).code;
        if code.arg_count != count + 1 || !code.simple {
            return Ok(None);
        }
        let mut after = *registers;
        after.skip(CALL_CACHE);
        enter_init_exact(vm, &after, callable, count, class, init).map(Some)
    }
}

/// A call of a native function: `CALL_BUILTIN_*` and `CALL_METHOD_DESCRIPTOR_*`. `pc` is at the cache.
#[inline(always)]
pub fn call_native(vm: &mut Vm, registers: &Registers, count: usize) -> Outcome<Option<Registers>> {
    // SAFETY: the operands are on the stack.
    unsafe {
        let callable = *registers.sp.sub(count + 2);
        if !has_shape(callable, SHAPE_NATIVE) || takes_generator(registers, count) {
            return Ok(None);
        }
        registers.publish(vm);
        let operands = Operands::of(registers, count);
        let native = &*(callable as *mut Native);
        let args = Args {
            values: operands.values(),
            names: &[],
            callee: callable,
        };
        vm.check_arity(native, &args)?;
        let result = (native.function)(vm, args)?;
        let mut after = *registers;
        after.skip(CALL_CACHE);
        Ok(Some(operands.finish(after, result)))
    }
}

/// `CALL_LEN`: the one argument's length, through its class's slot.
#[inline(always)]
pub fn call_len(vm: &mut Vm, registers: &Registers) -> Outcome<Option<Registers>> {
    if registers.peek(3) != vm.known.len || registers.peek(2) != EMPTY {
        return Ok(None);
    }
    let argument = registers.peek(1);
    // SAFETY: a live value.
    let len = if unsafe { has_shape(argument, SHAPE_LIST) } {
        // SAFETY: a live list.
        unsafe { (*(argument as *mut List)).len }
    } else {
        registers.publish(vm);
        vm.len(argument)?
    };
    let mut after = *registers;
    after.skip(CALL_CACHE);
    let result = vm.new_uint(len as u64);
    Ok(Some(Operands::of(registers, 1).finish(after, result)))
}

/// `CALL_ISINSTANCE` with a plain class; anything else is left to the function.
#[inline(always)]
pub fn call_isinstance(vm: &mut Vm, registers: &Registers) -> Option<Registers> {
    if registers.peek(4) != vm.known.isinstance || registers.peek(3) != EMPTY {
        return None;
    }
    let (object, class) = (registers.peek(2), registers.peek(1));
    // SAFETY: a live value; classes are never freed.
    unsafe {
        let plain =
            has_shape(class, SHAPE_CLASS) && std::ptr::eq(vm.class_of(class), vm.types.type_);
        if !plain {
            return None;
        }
        let answer = Value::from_owned(word_of_bool(vm.is_instance(object, class as *const Class)));
        let mut after = *registers;
        after.skip(CALL_CACHE);
        Some(Operands::of(registers, 2).finish(after, answer))
    }
}

/// `CALL_LIST_APPEND`
#[inline(always)]
pub fn call_list_append(vm: &mut Vm, registers: &Registers) -> Option<Registers> {
    let (callable, list, item) = (registers.peek(3), registers.peek(2), registers.peek(1));
    // SAFETY: a live value.
    if callable != vm.known.list_append || !unsafe { has_shape(list, SHAPE_LIST) } {
        return None;
    }
    // SAFETY: a live list; the item's reference moves into it.
    unsafe { (*(list as *mut List)).push(Value::from_owned(item)) };
    registers.poke(3, crate::layout::NONE);
    decref(callable);
    decref(list);
    let mut after = *registers;
    after.skip(CALL_CACHE);
    // SAFETY: two operands are gone, one became the result.
    after.sp = unsafe { after.sp.sub(2) };
    Some(after)
}

/// `CALL_TYPE_1`, `CALL_STR_1`, `CALL_TUPLE_1` and `CALL_BUILTIN_CLASS`: guards that the callable is a built-in class.
#[inline(always)]
pub fn call_builtin_class(
    vm: &mut Vm,
    registers: &Registers,
    count: usize,
) -> Outcome<Option<Registers>> {
    let callable = registers.peek(count + 2);
    // SAFETY: a live value; classes are never freed.
    unsafe {
        if !has_shape(callable, SHAPE_CLASS)
            || registers.peek(count + 1) != EMPTY
            || takes_generator(registers, count)
        {
            return Ok(None);
        }
        let class = callable as *mut Class;
        if (*class).is_user() {
            return Ok(None);
        }
        registers.publish(vm);
        let operands = Operands::of(registers, count);
        let result = vm.instantiate(class, Args::of(operands.values()))?;
        let mut after = *registers;
        after.skip(CALL_CACHE);
        Ok(Some(operands.finish(after, result)))
    }
}

/// `CALL_TYPE_1`
#[inline(always)]
pub fn call_type_1(vm: &mut Vm, registers: &Registers) -> Option<Registers> {
    // SAFETY: classes are never freed.
    if registers.peek(3) != unsafe { (*vm.types.type_).word() } || registers.peek(2) != EMPTY {
        return None;
    }
    let class = Value::borrowed(vm.class_of(registers.peek(1)).word());
    let mut after = *registers;
    after.skip(CALL_CACHE);
    Some(Operands::of(registers, 1).finish(after, class))
}

/// `CALL_KW`: the names, a tuple, are on top of the operands. `pc` is at the cache.
#[inline(never)]
pub fn call_kw(vm: &mut Vm, registers: Registers, count: usize) -> Outcome<Registers> {
    registers.publish(vm);
    let names = Value::borrowed(registers.peek(1));
    let items = tuple::cast_tuple(names.word())
        .expect("CALL_KW's names are a tuple")
        .items();
    let mut after = registers;
    after.skip(CALL_CACHE);
    let tuple = after.pop();
    vm.stack_top = registers.sp;
    match call_any(vm, after, count, items) {
        Ok(entered) => {
            // The operand under `sp` was not part of the call: it is dropped by hand.
            decref(tuple);
            Ok(entered)
        }
        // The unwinder drops what is below the caller's `sp`, the names included.
        Err(raised) => Err(raised),
    }
}

/// Arguments that were given as an iterable and a mapping.
struct Spread {
    /// Positional ones, then those of keywords.
    values: Vec<Word>,
    names: Vec<Word>,
    /// Owns the positional ones.
    _held: Vec<Value>,
}

impl Spread {
    /// `keywords` is a mapping or nothing.
    fn new(vm: &mut Vm, callable: Word, args: Word, keywords: Word) -> Outcome<Spread> {
        let held: Vec<Value> = match tuple::cast_tuple(args) {
            Some(tuple) => tuple
                .items()
                .iter()
                .map(|&item| Value::borrowed(item))
                .collect(),
            None => spread(vm, callable, args)?,
        };
        let mut values: Vec<Word> = held.iter().map(Value::word).collect();
        let mut names = Vec::new();
        if keywords != EMPTY {
            let Some(table) = dict::cast_dict(keywords) else {
                let name = function_name(vm, callable);
                let got = vm.class_name(keywords);
                return Err(vm.type_error(format!(
                    "{name} argument after ** must be a mapping, not {got}"
                )));
            };
            for entry in table.entries() {
                names.push(entry.key);
                values.push(entry.value);
            }
        }
        if names
            .iter()
            .any(|&name| crate::objects::string::as_str(name).is_none())
        {
            return Err(vm.type_error("keywords must be strings"));
        }
        Ok(Spread {
            values,
            names,
            _held: held,
        })
    }

    fn args(&self) -> Args<'_> {
        Args {
            values: &self.values,
            names: &self.names,
            callee: EMPTY,
        }
    }
}

/// What `CALL_FUNCTION_EX` does, without pushing a frame.
///
/// # Errors
/// What the call raises.
pub fn call_spread(vm: &mut Vm, callable: Word, args: Word, keywords: Word) -> Outcome<Value> {
    let spread = Spread::new(vm, callable, args, keywords)?;
    vm.call_with(callable, spread.args())
}

/// The Python function that `CALL_FUNCTION_EX` of `callable` enters, and the receiver that goes first.
pub fn spread_callee(callable: Word) -> Option<(*mut Function, Option<Word>)> {
    // SAFETY: live values; shapes say what they are.
    unsafe {
        let (function, receiver) = if has_shape(callable, SHAPE_METHOD) {
            let method = callable as *mut Method;
            ((*method).function, Some((*method).receiver))
        } else {
            (callable, None)
        };
        has_shape(function, SHAPE_FUNCTION).then_some((function as *mut Function, receiver))
    }
}

/// `CALL_FUNCTION_EX`: callable, nothing, an iterable of arguments, and a mapping or nothing.
#[inline(never)]
pub fn call_function_ex(vm: &mut Vm, registers: Registers) -> Outcome<Registers> {
    registers.publish(vm);
    let (callable, args, keywords) = (registers.peek(4), registers.peek(2), registers.peek(1));
    let mut spread = Spread::new(vm, callable, args, keywords)?;
    // SAFETY: the four operands are the caller's to replace: the result or the new frame begins where the callable
    // lies.
    unsafe {
        let start = registers.sp.sub(4);
        if let Some((function, receiver)) = spread_callee(callable) {
            if let Some(receiver) = receiver {
                spread.values.insert(0, receiver);
            }
            let bound = bind(vm, function, spread.args())?;
            check_room(vm, start, (*(*function).code).frame_words)?;
            incref(function as Word);
            for depth in 1..=4 {
                decref(registers.peek(depth));
            }
            let entered = write_frame(vm, function, start, bound, EMPTY);
            return Ok(return_to(&registers, entered));
        }
        let result = vm.call_with(callable, spread.args())?;
        for depth in 1..=4 {
            decref(registers.peek(depth));
        }
        *start = result.into_word();
        Ok(Registers {
            sp: start.add(1),
            ..registers
        })
    }
}

fn spread(vm: &mut Vm, callable: Word, args: Word) -> Outcome<Vec<Value>> {
    let slots = &vm.class_of(args).slots;
    if slots.iter.is_none() && slots.get_item.is_none() {
        let name = function_name(vm, callable);
        let got = vm.class_name(args);
        return Err(vm.type_error(format!(
            "{name} argument after * must be an iterable, not {got}"
        )));
    }
    vm.collect(args)
}

/// The name of a callable as messages about `*` and `**` have it.
pub fn function_name(vm: &mut Vm, callable: Word) -> String {
    let names = vm.names;
    let module = vm.get_attr_opt(callable, names.__module__).ok().flatten();
    let qualname = vm.get_attr_opt(callable, names.__qualname__).ok().flatten();
    let text = |value: &Option<Value>| {
        value
            .as_ref()
            .and_then(|value| crate::objects::string::as_str(value.word()).map(str::to_owned))
    };
    match (text(&module), text(&qualname)) {
        (Some(module), Some(name)) if module != "builtins" => format!("{module}.{name}()"),
        (_, Some(name)) => format!("{name}()"),
        _ => format!("{} object", vm.class_name(callable)),
    }
}

/// The property getter call of `LOAD_ATTR_PROPERTY`: the owner on top becomes the argument of `getter`.
///
/// # Errors
/// `RecursionError`.
///
/// # Safety
/// `getter` is a function of one parameter; `pc` is after the cache.
#[inline(always)]
pub unsafe fn enter_getter(vm: &mut Vm, registers: &Registers, getter: Word) -> Outcome<Registers> {
    // SAFETY: by contract. The frame begins at the owner, which moves up to be the argument.
    unsafe {
        let start = registers.sp.sub(1);
        let code = &*(*(getter as *mut Function)).code;
        check_room(vm, start, code.frame_words)?;
        let owner = *start;
        *start.add(1) = owner;
        *start = getter;
        incref(getter);
        enter_exact(vm, registers, start, start.add(1), 1)
    }
}
