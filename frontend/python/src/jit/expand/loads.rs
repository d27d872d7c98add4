//! Locals, constants, globals, cells, and moving things about on the operand stack.

use super::{Expander, Expansion};
use crate::layout::{self, EMPTY, Word};
use crate::objects::dict;
use crate::uops_table::op as uop;

impl Expander<'_> {
    pub(super) fn load_fast(&mut self, index: u32) -> Expansion {
        let seen = self.cursor.local(index);
        if seen == EMPTY {
            return Err("unbound local");
        }
        let slot = self.local(index);
        self.recorder().load(slot);
        self.settle(seen);
        self.next()
    }

    pub(super) fn load_fast_and_clear(&mut self, index: u32) -> Expansion {
        let slot = self.local(index);
        self.recorder().load(slot);
        self.recorder().constant(EMPTY);
        self.recorder().store(slot);
        self.next()
    }

    pub(super) fn delete_fast(&mut self, index: u32) -> Expansion {
        let seen = self.cursor.local(index);
        if seen == EMPTY {
            return Err("unbound local");
        }
        let slot = self.local(index);
        self.recorder().load(slot);
        if !self.guard_immediate(0, seen) {
            self.peek(uop::GUARD_BOUND, &[0], &[]);
        }
        self.recorder().constant(EMPTY);
        self.recorder().store(slot);
        self.release(seen);
        self.next()
    }

    pub(super) fn load_common_constant(&mut self, which: u32) -> Expansion {
        let value = crate::interp::misc::common_constant(self.vm, which as usize);
        self.push_constant(value.word());
        self.next()
    }

    pub(super) fn load_fast_load_fast(&mut self, arg: u32) -> Expansion {
        let seen = [self.cursor.local(arg >> 4), self.cursor.local(arg & 15)];
        if seen.contains(&EMPTY) {
            return Err("unbound local");
        }
        for index in [arg >> 4, arg & 15] {
            let slot = self.local(index);
            self.recorder().load(slot);
        }
        self.settle_all(&seen);
        self.next()
    }

    /// Guards what a store to local `index` will overwrite; true if that has no reference count.
    fn guard_local(&mut self, index: u32) -> bool {
        let seen = self.cursor.local(index);
        let slot = self.local(index);
        self.recorder().load(slot);
        let immediate = self.guard_immediate(0, seen);
        self.recorder().drop_top();
        immediate
    }

    /// Pops the top into local `index`, which was guarded.
    fn store_guarded(&mut self, index: u32, immediate: bool) {
        let slot = self.local(index);
        if immediate {
            self.recorder().store(slot);
            return;
        }
        self.recorder().load(slot);
        self.recorder().swap(1);
        self.recorder().store(slot);
        self.uop(uop::DECREF);
    }

    pub(super) fn store_fast(&mut self, index: u32) -> Expansion {
        let immediate = self.guard_local(index);
        self.store_guarded(index, immediate);
        self.next()
    }

    pub(super) fn store_fast_store_fast(&mut self, arg: u32) -> Expansion {
        let (first, second) = (arg >> 4, arg & 15);
        if first == second {
            return Err("one local stored twice");
        }
        let first_immediate = self.guard_local(first);
        let second_immediate = self.guard_local(second);
        self.store_guarded(first, first_immediate);
        self.store_guarded(second, second_immediate);
        self.next()
    }

    pub(super) fn store_fast_load_fast(&mut self, arg: u32) -> Expansion {
        let (store, load) = (arg >> 4, arg & 15);
        let immediate = self.guard_local(store);
        let seen = if store == load {
            self.cursor.peek(0)
        } else {
            self.cursor.local(load)
        };
        if seen == EMPTY {
            return Err("unbound local");
        }
        let load_immediate = if store == load {
            self.guard_immediate(0, seen)
        } else {
            self.guard_local(load)
        };
        self.store_guarded(store, immediate);
        let slot = self.local(load);
        self.recorder().load(slot);
        if !load_immediate {
            self.peek(uop::INCREF, &[0], &[]);
        }
        self.next()
    }

    pub(super) fn load_const(&mut self, index: u32) -> Expansion {
        let word = self.cursor.code().consts[index as usize];
        self.push_constant(word);
        self.next()
    }

    pub(super) fn load_small_int(&mut self, value: u32) -> Expansion {
        self.recorder()
            .constant(layout::word_of_int(i64::from(value)));
        self.next()
    }

    pub(super) fn push_null(&mut self) -> Expansion {
        self.recorder().constant(EMPTY);
        self.next()
    }

    pub(super) fn pop_top(&mut self) -> Expansion {
        let seen = self.cursor.peek(0);
        self.guard_immediate(0, seen);
        self.release(seen);
        self.next()
    }

    pub(super) fn copy(&mut self, nth: u32) -> Expansion {
        let depth = nth - 1;
        self.recorder().copy(depth as u16);
        self.settle(self.cursor.peek(depth as usize));
        self.next()
    }

    pub(super) fn swap(&mut self, nth: u32) -> Expansion {
        self.recorder().swap(nth as u16 - 1);
        self.next()
    }

    /// Guards that `dict` (of the VM's, never freed before the trace) still has the keys it has now.
    pub(super) fn guard_keys(&mut self, dict: Word) -> Result<(), &'static str> {
        let version = dict::table(dict).keys_version(self.vm);
        if version == 0 {
            return Err("dict without version");
        }
        self.recording.keep(dict);
        self.peek(uop::GUARD_DICT_KEYS, &[], &[dict, u64::from(version)]);
        Ok(())
    }

    /// Settles a borrowed word on top; functions, classes, modules and natives become constants under a guard.
    pub(super) fn settle_or_promote(&mut self, seen: Word) {
        let stable = layout::is_pointer(seen) && {
            // SAFETY: a live object.
            let shape = unsafe { (*layout::header(seen)).shape };
            matches!(
                shape,
                layout::SHAPE_FUNCTION
                    | layout::SHAPE_CLASS
                    | layout::SHAPE_MODULE
                    | layout::SHAPE_NATIVE
            )
        };
        if stable {
            self.peek(uop::GUARD_SAME, &[0], &[seen]);
            self.recorder().drop_top();
            self.push_constant(seen);
        } else {
            self.settle(seen);
        }
    }

    /// Pushes the global or builtin `name`.
    pub(super) fn push_global(&mut self, name: Word) -> Result<(), &'static str> {
        let function = self.cursor.function();
        // SAFETY: the running function is alive.
        let (globals, builtins) = unsafe { ((*function).globals, (*function).builtins) };
        if self.push_name(globals, name)? || self.push_name(builtins, name)? {
            return Ok(());
        }
        Err("unknown global")
    }

    pub(super) fn load_global(&mut self, arg: u32) -> Expansion {
        let name = self.cursor.code().names[(arg >> 1) as usize];
        self.push_global(name)?;
        if arg & 1 != 0 {
            self.recorder().constant(EMPTY);
        }
        self.next()
    }

    pub(super) fn store_global(&mut self, arg: u32) -> Expansion {
        let name = self.cursor.code().names[arg as usize];
        // SAFETY: the running function is alive.
        let globals = unsafe { (*self.cursor.function()).globals };
        let position = dict::table(globals)
            .position_of_name(name)
            .ok_or("new global")?;
        self.name_varies(globals, name)?;
        self.name_stays(globals, name)?;
        self.recorder()
            .uop(uop::DICT_SWAP_AT, &[globals, position as u64]);
        self.uop(uop::DECREF);
        self.next()
    }

    /// Names in a module body are its globals; in a class body they are left to the interpreter.
    fn in_module(&self) -> bool {
        // SAFETY: a live frame and its function.
        unsafe {
            *self.cursor.base.offset(layout::FRAME_LOCALS) == (*self.cursor.function()).globals
        }
    }

    pub(super) fn load_name(&mut self, arg: u32) -> Expansion {
        if !self.in_module() {
            return Err("LOAD_NAME in a class body");
        }
        let name = self.cursor.code().names[arg as usize];
        self.push_global(name)?;
        self.next()
    }

    pub(super) fn store_name(&mut self, arg: u32) -> Expansion {
        if !self.in_module() {
            return Err("STORE_NAME in a class body");
        }
        self.store_global(arg)
    }

    pub(super) fn load_deref(&mut self, arg: u32) -> Expansion {
        let cell = self.cursor.local(arg);
        // SAFETY: the compiler only names slots that hold cells.
        let seen = unsafe { (*(cell as *const layout::Cell)).value };
        if seen == EMPTY {
            return Err("unbound cell");
        }
        let slot = self.local(arg);
        self.recorder().load(slot);
        self.peek(uop::CELL_LOAD, &[0], &[]);
        // An empty cell would have to raise.
        self.peek(uop::GUARD_BOUND, &[0], &[]);
        self.settle(seen);
        self.recorder().nip(1);
        self.next()
    }

    pub(super) fn store_deref(&mut self, arg: u32) -> Expansion {
        let slot = self.local(arg);
        self.recorder().load(slot);
        self.peek(uop::CELL_SWAP, &[0, 1], &[]);
        self.uop(uop::DECREF);
        self.recorder().drop_top();
        self.recorder().drop_top();
        self.next()
    }
}
