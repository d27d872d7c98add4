//! Making functions and classes.

use crate::class::Class;
use crate::error::Outcome;
use crate::interp::registers::Registers;
use crate::layout::{EMPTY, NONE, SHAPE_CELL, SHAPE_CLASS, Word, has_shape};
use crate::object::{cast, cast_exact};
use crate::objects::cell::Cell;
use crate::objects::code::Code;
use crate::objects::dict;
use crate::objects::exception::set_slot;
use crate::objects::function::Function;
use crate::objects::native::Args;
use crate::objects::string::as_str;
use crate::objects::tuple::cast_tuple;
use crate::value::Value;
use crate::vm::Vm;

/// `MAKE_FUNCTION`: of the code object on top, which moves into it.
pub fn make_function(vm: &mut Vm, registers: &Registers) -> Value {
    let code = Value::from_owned(registers.peek(1));
    new_function(vm, registers.function(), code)
}

/// A function of `code`, with the globals and builtins of the function that runs.
pub fn new_function(vm: &mut Vm, running: *const Function, code: Value) -> Value {
    // SAFETY: the frame owns the function that runs; `code` is a code object.
    let (globals, builtins, doc) = unsafe {
        let object = &*(code.word() as *const Code);
        let has_doc = object.flags & CODE_HAS_DOCSTRING != 0;
        let doc = has_doc.then(|| object.consts.first().copied()).flatten();
        (
            (*running).globals,
            (*running).builtins,
            doc.map(Value::borrowed),
        )
    };
    let function = vm.new_function(code, globals, builtins);
    if let Some(doc) = doc {
        // SAFETY: just made.
        unsafe { set_slot(&mut (*(function.word() as *mut Function)).doc, Some(doc)) };
    }
    function
}

/// The first constant is the docstring.
const CODE_HAS_DOCSTRING: u32 = 0x400_0000;

/// `SET_FUNCTION_ATTRIBUTE`: the attribute below the function on top; it moves into the function, which the caller puts
/// in its place.
pub fn set_function_attribute(registers: &Registers, flag: usize) {
    let attribute = Value::from_owned(registers.peek(2));
    set_attribute(registers.peek(1), attribute, flag);
}

/// Sets what `SET_FUNCTION_ATTRIBUTE` calls `flag`.
pub fn set_attribute(function: Word, attribute: Value, flag: usize) {
    let function =
        cast_exact::<Function>(function).expect("SET_FUNCTION_ATTRIBUTE sets a function's");
    // SAFETY: a live function.
    let function = unsafe { &mut *function };
    let slot = match flag {
        0x01 => &mut function.defaults,
        0x02 => &mut function.keyword_defaults,
        0x04 | 0x10 => &mut function.annotations,
        0x08 => &mut function.closure,
        _ => return,
    };
    set_slot(slot, Some(attribute));
}

/// `COPY_FREE_VARS`: the cells of the closure go to the last slots.
pub fn copy_free_vars(registers: &Registers, count: usize) {
    debug_assert_eq!(count, registers.code().free_count);
    // SAFETY: the frame owns the function.
    unsafe { free_vars(registers.function(), registers.base) }
}

/// Puts the cells of `function`'s closure where a frame at `base` has them.
///
/// # Safety
/// `base` is that of a frame of `function`, with nothing in those slots.
pub unsafe fn free_vars(function: *mut Function, base: *mut Word) {
    // SAFETY: by contract; the code has as many free variables as the closure has cells.
    unsafe {
        let code = &*(*function).code;
        let cells = cast_tuple((*function).closure)
            .expect("a function with free variables has a closure")
            .items();
        let first = code.locals.len() - code.free_count;
        for (index, &cell) in cells.iter().enumerate().take(code.free_count) {
            *base.add(first + index) = Value::borrowed(cell).into_word();
        }
    }
}

/// `__build_class__(body, name, *bases, **keywords)`
pub fn build_class(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let positional = args.positional();
    let (Some(&body), Some(&name)) = (positional.first(), positional.get(1)) else {
        return Err(vm.type_error("__build_class__: not enough arguments"));
    };
    let Some(body) = cast_exact::<Function>(body) else {
        return Err(vm.type_error("__build_class__: func must be a function"));
    };
    let name = as_str(name).unwrap_or("?").to_owned();
    let bases = positional[2..].to_vec();
    let mut meta = vm.types.type_;
    let mut keywords = Vec::new();
    for (&key, &value) in args.names.iter().zip(&args.values[positional.len()..]) {
        if as_str(key) == Some("metaclass") {
            match cast::<Class>(value) {
                Some(class) => meta = class,
                None => return Err(vm.not_implemented("a metaclass that is not a class")),
            }
        } else {
            keywords.push((key, value));
        }
    }
    for &base in &bases {
        // SAFETY: a live value; classes are never freed.
        unsafe {
            if !has_shape(base, SHAPE_CLASS) {
                continue;
            }
            let base_meta = Class::ptr_of(vm, base);
            if (*base_meta).is_subclass(meta) {
                meta = base_meta;
            } else if !(*meta).is_subclass(base_meta) {
                return Err(vm.type_error(
                    "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases",
                ));
            }
        }
    }
    let namespace = vm.new_dict();
    let cell = crate::interp::run_body(vm, body, namespace.clone())?;
    let class = make_class(vm, meta, &name, &bases, &namespace, &keywords)?;
    // SAFETY: a class body returns its `__class__` cell if a method needs one.
    unsafe {
        if has_shape(cell.word(), SHAPE_CELL) {
            set_slot(
                &mut (*(cell.word() as *mut Cell)).value,
                Some(class.clone()),
            );
        }
    }
    Ok(class)
}

fn make_class(
    vm: &mut Vm,
    meta: *mut Class,
    name: &str,
    bases: &[Word],
    namespace: &Value,
    keywords: &[(Word, Word)],
) -> Outcome<Value> {
    if meta == vm.types.type_ {
        return vm.new_class(meta, name, bases, namespace.word(), keywords);
    }
    let (name, bases) = (vm.new_str(name), vm.new_tuple_from(bases));
    let mut values = vec![name.word(), bases.word(), namespace.word()];
    values.extend(keywords.iter().map(|&(_, value)| value));
    let names: Vec<Word> = keywords.iter().map(|&(name, _)| name).collect();
    vm.call_class(
        meta,
        Args {
            values: &values,
            names: &names,
            callee: EMPTY,
        },
    )
}

/// How many attributes the methods of a class body store through `self`, as the compiler noted.
pub fn stored_attributes(vm: &Vm, namespace: Word) -> usize {
    let noted = dict::get_name(namespace, vm.names.__static_attributes__).unwrap_or(NONE);
    cast_tuple(noted).map_or(0, |names| names.len)
}
