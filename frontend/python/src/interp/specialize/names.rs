//! Globals.

use super::decide;
use crate::interp::cache;
use crate::interp::registers::Registers;
use crate::layout::Word;
use crate::objects::dict;
use crate::opcode as op;
use crate::vm::Vm;

/// `LOAD_GLOBAL`: cache is counter, position of the entry, version of the keys of the globals (2 units).
///
/// The builtins' keys hardly ever change: the form for builtins is only used while they are as they were when the
/// first such instruction was specialized ([`Vm::builtins_version`]).
pub fn load_global(vm: &mut Vm, registers: &Registers, name: Word) {
    let form = find(vm, registers, name);
    decide(registers, form, op::LOAD_GLOBAL);
}

fn find(vm: &mut Vm, registers: &Registers, name: Word) -> Option<u8> {
    // SAFETY: the frame owns the function.
    let (globals, builtins) = unsafe {
        (
            (*registers.function()).globals,
            (*registers.function()).builtins,
        )
    };
    dict::cast_dict(globals)?;
    let (position, form) = if let Some(position) = dict::table(globals).position_of_name(name) {
        (position, op::LOAD_GLOBAL_MODULE)
    } else {
        if builtins != vm.builtins.word() {
            return None;
        }
        let position = dict::table(builtins).position_of_name(name)?;
        let version = dict::table(builtins).keys_version(vm);
        if vm.builtins_version == 0 {
            vm.builtins_version = version;
        }
        if vm.builtins_version != version {
            return None;
        }
        (position, op::LOAD_GLOBAL_BUILTIN)
    };
    let position = u16::try_from(position).ok()?;
    let version = dict::table(globals).keys_version(vm);
    // SAFETY: `pc` is at the cache of a LOAD_GLOBAL, four units.
    unsafe {
        cache::write_u16(registers.pc, 1, position);
        cache::write_u32(registers.pc, 2, version);
    }
    Some(form)
}
