//! `__del__`, and the `finally` of a generator: Python code that runs when the last reference to an object goes.
//!
//! That can happen anywhere, also where the interpreter has not said where its stack ends. So finalizers run on a part
//! of the value stack of their own, one piece for each level of finalizers within finalizers.
//!
//! # Compiled code
//!
//! What the optimizer knows of memory would end at each reference that is dropped, if any of them may run Python code. So
//! traces are compiled as if none does, as long as no class has a `__del__` ([`exist`]): dropping a reference frees memory
//! and nothing else. Should a class get one later, those traces are invalidated, and traces that are recorded from then on run
//! finalizers where they stand. What one that is still under way drops is finalized when it is left ([`quietly`],
//! [`catch_up`]).

use std::cell::{Cell, RefCell};
use std::ptr;

use crate::error::Outcome;
use crate::layout::{Header, Word};
use crate::objects::native::Args;
use crate::vm::Vm;

thread_local! {
    static RUNNING: Cell<*mut Vm> = const { Cell::new(ptr::null_mut()) };
    static LEVEL: Cell<usize> = const { Cell::new(0) };
    static EXIST: Cell<bool> = const { Cell::new(false) };
    static QUIET: Cell<bool> = const { Cell::new(false) };
    static WAITING: RefCell<Vec<Word>> = const { RefCell::new(Vec::new()) };
}

/// Words of value stack for one level of finalizers.
const PIECE: usize = 1 << 16;
/// Levels of finalizers within finalizers; beyond them `__del__` is not called.
const LEVELS: usize = 8;
/// Words at the end of the value stack that belong to finalizers.
pub const RESERVED: usize = PIECE * LEVELS;

/// What is done with an object before it goes.
pub type Finalize = fn(&mut Vm, Word) -> Outcome<()>;

/// Calls `__del__`.
///
/// # Errors
/// What that raises.
pub fn call_del(vm: &mut Vm, object: Word) -> Outcome<()> {
    let name = vm.names.__del__;
    if let Some(method) = vm.special_method(object, name)? {
        method.call(vm, object, Args::of(&[]))?;
    }
    Ok(())
}

/// From now on finalizers run in `vm`; from `None` on, none does.
pub fn set_running(vm: Option<&mut Vm>) {
    RUNNING.set(vm.map_or(ptr::null_mut(), ptr::from_mut));
}

/// A class with a finalizer has been made, or the code of a generator that cleans up.
pub fn announce() {
    let (first, vm) = (!EXIST.replace(true), RUNNING.get());
    if first && !vm.is_null() {
        // SAFETY: the VM that runs on this thread; whoever makes a class holds no reference into its JIT.
        if let Some(jit) = unsafe { (*vm).jit.as_mut() } {
            jit.broken(crate::jit::watch::NO_FINALIZERS);
        }
    }
}

/// Has there been a class with a finalizer?
pub fn exist() -> bool {
    EXIST.get()
}

/// Does `release`, which drops references, without running Python code: what is to be finalized waits.
pub fn quietly(release: impl FnOnce()) {
    let before = QUIET.replace(true);
    release();
    QUIET.set(before);
}

/// Drops what waits to be finalized.
pub fn catch_up() {
    if !EXIST.get() || QUIET.get() {
        return;
    }
    loop {
        let waiting = WAITING.with(|waiting| std::mem::take(&mut *waiting.borrow_mut()));
        if waiting.is_empty() {
            return;
        }
        waiting.into_iter().for_each(crate::value::decref);
    }
}

/// Calls `finalize` with the object, or has it wait; is the object alive again after it?
///
/// # Safety
/// `object`'s last reference is gone, and such finalizers were announced.
pub unsafe fn resurrects(object: *mut Header, finalize: Finalize) -> bool {
    if QUIET.get() {
        // SAFETY: by contract; the reference belongs to the list.
        unsafe { (*object).refcount = 1 };
        WAITING.with(|waiting| waiting.borrow_mut().push(object as Word));
        return true;
    }
    let (vm, level) = (RUNNING.get(), LEVEL.get());
    if vm.is_null() || level >= LEVELS {
        return false;
    }
    LEVEL.set(level + 1);
    // SAFETY: the VM that runs on this thread outlives what runs in it, and is suspended in a release meanwhile.
    unsafe {
        let vm = &mut *vm;
        (*object).refcount = 1;
        let saved = (vm.stack_top, vm.stack_limit, vm.frame_base, vm.frame_pc);
        let pending = vm.pending.take();
        // `stack_limit` lies below the reserved words, and moves with the level.
        vm.stack_top = vm.stack_end.sub(RESERVED).add(level * PIECE);
        vm.stack_limit = vm.stack_top.add(PIECE);
        if finalize(vm, object as Word).is_err() {
            report(vm);
        }
        vm.pending = pending;
        (vm.stack_top, vm.stack_limit, vm.frame_base, vm.frame_pc) = saved;
    }
    LEVEL.set(level);
    // SAFETY: the object has not been freed: it has a reference at least.
    unsafe {
        (*object).refcount -= 1;
        (*object).refcount != 0
    }
}

fn report(vm: &mut Vm) {
    let error = vm.take_pending();
    let text = crate::traceback::format(vm, &error);
    vm.write_stderr(&format!("Exception ignored in: __del__\n{text}"));
}
