//! Globals, names of module and class bodies, cells.

use crate::error::{Outcome, Raised};
use crate::interp::cache::{self, count_down};
use crate::interp::registers::Registers;
use crate::interp::specialize;
use crate::layout::{EMPTY, Word};
use crate::objects::cell::Cell;
use crate::objects::code::LocalKind;
use crate::objects::dict;
use crate::objects::string::as_str;
use crate::value::{Value, decref};
use crate::vm::Vm;

/// Units of a `LOAD_GLOBAL`'s cache.
pub const GLOBAL_CACHE: usize = 4;

#[cold]
fn name_error(vm: &mut Vm, name: Word) -> Raised {
    let text = as_str(name).unwrap_or("?");
    vm.raise(vm.types.NameError, format!("name '{text}' is not defined"))
}

/// `LOAD_GLOBAL` in its generic form, `pc` at the cache: the value, for the caller to push.
#[inline(never)]
pub fn load_global(vm: &mut Vm, registers: Registers, arg: usize) -> Outcome<Word> {
    registers.publish(vm);
    let name = registers.name(arg >> 1);
    // SAFETY: `pc` is at the cache of a LOAD_GLOBAL.
    if unsafe { count_down(registers.pc) } {
        specialize::names::load_global(vm, &registers, name);
    }
    global(vm, &registers, name).map(Value::into_word)
}

fn global(vm: &mut Vm, registers: &Registers, name: Word) -> Outcome<Value> {
    // SAFETY: the frame owns the function.
    let (globals, builtins) = unsafe {
        (
            (*registers.function()).globals,
            (*registers.function()).builtins,
        )
    };
    if let Some(value) = dict::get_name(globals, name).or_else(|| dict::get_name(builtins, name)) {
        return Ok(Value::borrowed(value));
    }
    Err(name_error(vm, name))
}

/// The borrowed value of `LOAD_GLOBAL_MODULE`, if the globals' keys are as they were.
#[inline(always)]
pub fn module_global(registers: &Registers) -> Option<Word> {
    // SAFETY: the frame owns the function; the version says that the position is in use.
    unsafe {
        let table = &*((*registers.function()).globals as *const dict::DictPrefix);
        let holds = table.keys_version == cache::read_u32(registers.pc, 2);
        holds.then(|| (*table.entries.add(cache::read_u16(registers.pc, 1) as usize)).value)
    }
}

/// The borrowed value of `LOAD_GLOBAL_BUILTIN`, if the globals' keys and the builtins' are as they were.
#[inline(always)]
pub fn builtin_global(vm: &Vm, registers: &Registers) -> Option<Word> {
    // SAFETY: as `module_global`.
    unsafe {
        let globals = &*((*registers.function()).globals as *const dict::DictPrefix);
        let builtins = &*((*registers.function()).builtins as *const dict::DictPrefix);
        let holds = globals.keys_version == cache::read_u32(registers.pc, 2)
            && builtins.keys_version == vm.builtins_version;
        holds.then(|| {
            (*builtins
                .entries
                .add(cache::read_u16(registers.pc, 1) as usize))
            .value
        })
    }
}

/// The namespace that names of this frame are stored in: its own, or the globals.
fn namespace(registers: &Registers) -> Word {
    let own = registers.namespace();
    // SAFETY: the frame owns the function.
    if own == EMPTY {
        unsafe { (*registers.function()).globals }
    } else {
        own
    }
}

/// `LOAD_NAME`
#[inline(never)]
pub fn load_name(vm: &mut Vm, registers: Registers, arg: usize) -> Outcome<Value> {
    registers.publish(vm);
    let name = registers.name(arg);
    match dict::get_name(namespace(&registers), name) {
        Some(value) => Ok(Value::borrowed(value)),
        None => global(vm, &registers, name),
    }
}

/// `STORE_NAME`; takes the value over.
pub fn store_name(registers: &Registers, arg: usize, value: Value) {
    dict::set_name(namespace(registers), registers.name(arg), value);
}

/// `STORE_GLOBAL`; takes the value over.
pub fn store_global(registers: &Registers, arg: usize, value: Value) {
    // SAFETY: the frame owns the function.
    dict::set_name(
        unsafe { (*registers.function()).globals },
        registers.name(arg),
        value,
    );
}

/// `DELETE_NAME` and `DELETE_GLOBAL`
#[inline(never)]
pub fn delete_name(vm: &mut Vm, registers: Registers, arg: usize, global: bool) -> Outcome<()> {
    registers.publish(vm);
    // SAFETY: the frame owns the function.
    let from = if global {
        unsafe { (*registers.function()).globals }
    } else {
        namespace(&registers)
    };
    match dict::remove_name(from, registers.name(arg)) {
        Some(_) => Ok(()),
        None => Err(name_error(vm, registers.name(arg))),
    }
}

/// `LOAD_FROM_DICT_OR_GLOBALS`: a mapping on the stack, replaced by the value.
#[inline(never)]
pub fn load_from_dict_or_globals(vm: &mut Vm, registers: Registers, arg: usize) -> Outcome<()> {
    registers.publish(vm);
    let mapping = registers.peek(1);
    let name = registers.name(arg);
    let value = match dict::get_name(mapping, name) {
        Some(value) => Value::borrowed(value),
        None => global(vm, &registers, name)?,
    };
    registers.poke(1, value.into_word());
    decref(mapping);
    Ok(())
}

/// `LOAD_FROM_DICT_OR_DEREF`: a mapping on the stack, replaced by the value.
#[inline(never)]
pub fn load_from_dict_or_deref(vm: &mut Vm, registers: Registers, arg: usize) -> Outcome<()> {
    registers.publish(vm);
    let mapping = registers.peek(1);
    let name = registers.code().locals[arg];
    let value = match dict::get_name(mapping, name) {
        Some(value) => Value::borrowed(value),
        None => load_cell(vm, registers, arg)?,
    };
    registers.poke(1, value.into_word());
    decref(mapping);
    Ok(())
}

/// The contents of cell `arg`.
#[inline(never)]
pub fn load_cell(vm: &mut Vm, registers: Registers, arg: usize) -> Outcome<Value> {
    // SAFETY: the compiler's indices name cells.
    let value = unsafe { (*(*registers.local(arg) as *mut Cell)).value };
    if value != EMPTY {
        return Ok(Value::borrowed(value));
    }
    registers.publish(vm);
    let code = registers.code();
    let name = as_str(code.locals[arg]).unwrap_or("?");
    if code.kinds[arg] == LocalKind::Free {
        let message = format!(
            "cannot access free variable '{name}' where it is not associated with a value in enclosing scope"
        );
        return Err(vm.raise(vm.types.NameError, message));
    }
    Err(unbound(vm, name))
}

/// `DELETE_DEREF`
#[inline(never)]
pub fn delete_cell(vm: &mut Vm, registers: Registers, arg: usize) -> Outcome<()> {
    drop(load_cell(vm, registers, arg)?);
    // SAFETY: as `load_cell`.
    let old =
        unsafe { std::mem::replace(&mut (*(*registers.local(arg) as *mut Cell)).value, EMPTY) };
    decref(old);
    Ok(())
}

#[cold]
fn unbound(vm: &mut Vm, name: &str) -> Raised {
    let message =
        format!("cannot access local variable '{name}' where it is not associated with a value");
    vm.raise(vm.types.UnboundLocalError, message)
}

/// Raises for an unbound local.
#[cold]
#[inline(never)]
pub fn unbound_local(vm: &mut Vm, registers: Registers, arg: usize) -> Raised {
    registers.publish(vm);
    unbound(vm, as_str(registers.code().locals[arg]).unwrap_or("?"))
}
