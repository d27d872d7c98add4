//! Into compiled code and out of it.
//!
//! A trace is entered with the frame as the interpreter keeps it, and left with the frame as the exit's snapshot says;
//! inlined calls that were under way have become frames on the value stack by then.

use sashiko_backend::{Engine, EntryPoint, Left};
use sashiko_stencils::Rep;
use sashiko_trace::exit::Rebuild;
use sashiko_trace::recorded::TraceId;

use crate::finalizer;
use crate::interp::registers::Registers;
use crate::layout::{self, Word};
use crate::objects::function::Function;
use crate::value::incref;
use crate::vm::Vm;

/// Boxes what compiled code kept raw.
struct Boxer<'a> {
    vm: &'a mut Vm,
}

impl Rebuild for Boxer<'_> {
    fn box_value(&mut self, rep: Rep, bits: u64) -> u64 {
        match rep {
            Rep::Word | Rep::Ptr => bits,
            Rep::Int => self.vm.new_int(bits as i64).into_word(),
            Rep::Float => layout::word_of_float(layout::canonical(f64::from_bits(bits))),
            Rep::Bool => layout::word_of_bool(bits != 0),
        }
    }

    fn add_reference(&mut self, word: u64) {
        incref(word);
    }

    fn vm_pointer(&mut self) -> *mut u8 {
        std::ptr::from_mut(self.vm).cast()
    }
}

/// Runs `trace` from the frame at `base` until it leaves, and rebuilds the frame; `None` if it has returned from it.
///
/// # Safety
/// As for [`super::enter`].
pub(super) unsafe fn run(vm: &mut Vm, trace: TraceId, base: *mut Word) -> Option<Left> {
    let vm_pointer: *mut Vm = vm;
    let engine = &mut vm.jit.as_mut().expect("there is a trace").engine;
    // SAFETY: the VM outlives what it runs.
    unsafe { say_where(engine, vm_pointer) };
    let entry: EntryPoint = engine.entry(trace);
    let words = engine.words_needed(trace);
    // Until the first call says it exactly. Natives find their own frames above those the trace may write.
    // SAFETY: the value stack keeps this much room above every frame.
    let top = std::mem::replace(&mut vm.stack_top, unsafe { base.add(words) });
    // SAFETY: by contract.
    let left = unsafe { enter(vm, entry, base) };
    vm.jit.as_mut().expect("a trace ran").engine.done();
    vm.stack_top = top;
    if left.is_none() {
        finalizer::catch_up();
    }
    left
}

/// Tells compiled code where the VM is.
///
/// # Safety
/// `vm` is good while compiled code runs.
unsafe fn say_where(engine: &mut Engine, vm: *mut Vm) {
    engine.set_vm(vm.cast());
    // SAFETY: by contract.
    unsafe { engine.set_top(&raw mut (*vm).stack_top) };
}

/// Runs the code at `entry` from the frame at `base`, which is the [depth](Vm::depth)th, and rebuilds what it leaves; `None` if it
/// returns.
///
/// # Safety
/// As for [`EntryPoint::enter`].
pub(super) unsafe fn enter(vm: &mut Vm, entry: EntryPoint, base: *mut Word) -> Option<Left> {
    // SAFETY: by contract.
    if unsafe { entry.enter(base) } {
        return None;
    }
    // SAFETY: it has just been left.
    Some(unsafe { self::left(vm) })
}

/// How the trace was left that ran last; the frames are rebuilt.
///
/// # Safety
/// Nothing was entered since, and the frame is untouched.
pub(super) unsafe fn left(vm: &mut Vm) -> Left {
    // SAFETY: by contract.
    let (left, gathered) = unsafe { vm.jit.as_mut().expect("a trace ran").engine.left() };
    // SAFETY: as above; boxing does not look at frames.
    unsafe { gathered.rebuild(&mut Boxer { vm }) };
    vm.depth += inlined_frames(&left);
    finalizer::catch_up();
    left
}

/// Frames of inlined calls that the exit has rebuilt.
fn inlined_frames(left: &Left) -> usize {
    // SAFETY: the exit rebuilt the headers, and each names its caller.
    unsafe {
        let mut base = left.base.offset(left.resume.frame.0 as isize);
        let mut frames = 0;
        while base != left.base {
            base = base.sub(*base.offset(layout::FRAME_CALLER) as usize);
            frames += 1;
        }
        frames
    }
}

/// Where the interpreter goes on after `left`.
pub(super) fn registers(left: &Left) -> Registers {
    // SAFETY: the exit rebuilt a frame there, and the instruction is one of its code.
    unsafe {
        let base = left.base.offset(left.resume.frame.0 as isize);
        let sp = left.base.offset(left.resume.top.0 as isize);
        let code = &*(*(*base.offset(layout::FRAME_FUNCTION) as *mut Function)).code;
        Registers {
            pc: code.units.as_ptr().add(left.resume.origin.pc as usize),
            sp,
            base,
        }
    }
}
