//! Exceptions: raising them, finding the handler as the unwinder does, and what handlers are made of.
//!
//! An exception that is caught in a frame of the trace stays in the trace. [`Expander::landing`] finds the handler;
//! [`Expander::settle_unwound`] guards the kinds of all that will be dropped on the way there (nothing may leave later);
//! then a uop gives the exception, and [`Expander::land`] drops, and goes on in the handler.

use super::arith::shape_of;
use super::{Expander, Expansion, Next};
use crate::class::Class;
use crate::layout::{
    self, EMPTY, FRAME_CALLER, FRAME_FUNCTION, FRAME_LOCALS, FRAME_RETURN, FRAME_WORDS, NONE,
    SHAPE_FIRST_INSTANCE, SHAPE_FUNCTION, SHAPE_TUPLE, Word,
};
use crate::object::cast;
use crate::objects::code::{CODE_ASYNC_GENERATOR, CODE_COROUTINE, CODE_GENERATOR, Code, Handler};
use crate::objects::exception::cast_exception;
use crate::objects::function::Function;
use crate::objects::tuple::cast_tuple;
use crate::uops_table::op as uop;
use sashiko_stencils::UopId;
use sashiko_trace::recorded::Slot;

/// A frame that an exception passes or is caught in.
struct Passed {
    base: *mut Word,
    code: *const Code,
    /// First free word of its operand stack.
    sp: *mut Word,
    /// The instruction that raised, or the last unit of the call that the exception came out of.
    offset: u32,
}

impl Passed {
    fn code(&self) -> &Code {
        // SAFETY: the frame is alive, and its function keeps the code.
        unsafe { &*self.code }
    }

    /// First word of the operand stack.
    fn bottom(&self) -> *mut Word {
        // SAFETY: the operand stack begins behind the frame's slots.
        unsafe { self.base.add(self.code().locals.len()) }
    }
}

/// Where an exception is caught.
pub(super) struct Landing {
    /// The frames it leaves, innermost first.
    left: Vec<Passed>,
    /// The frame it is caught in.
    caught: Passed,
    handler: Handler,
}

impl Landing {
    /// What is dropped of the operand stack of the frame the exception is caught in.
    fn cut(&self) -> *mut Word {
        // SAFETY: handlers keep less than there is.
        unsafe { self.caught.bottom().add(self.handler.depth as usize) }
    }

    /// The words that are dropped, in the order of the unwinder: for each frame its operands, then its slots.
    fn operands(frame: &Passed, from: *mut Word) -> Vec<*mut Word> {
        // SAFETY: both lie in the frame's operand stack.
        let count = unsafe { frame.sp.offset_from(from) };
        // SAFETY: as above.
        (0..count)
            .rev()
            .map(|index| unsafe { from.offset(index) })
            .collect()
    }

    fn slots(frame: &Passed) -> Vec<*mut Word> {
        // SAFETY: the frame has so many slots.
        let slot = |index| unsafe { frame.base.add(index) };
        (0..frame.code().locals.len()).map(slot).collect()
    }
}

/// The word at `place`.
fn word_at(place: *mut Word) -> Word {
    // SAFETY: callers pass places in live frames.
    unsafe { *place }
}

impl Expander<'_> {
    /// Where an exception of the current instruction is caught; `None` if it leaves the frames of the trace.
    pub(super) fn landing(&self) -> Option<Landing> {
        let mut frame = Passed {
            base: self.cursor.base,
            code: self.cursor.code,
            sp: self.cursor.sp,
            offset: self.cursor.pc,
        };
        let mut left = Vec::new();
        let mut callers = self.recording.inlined.iter().rev();
        loop {
            if let Some(handler) = frame.code().handler_at(frame.offset) {
                let handler = *handler;
                return Some(Landing {
                    left,
                    caught: frame,
                    handler,
                });
            }
            if frame.code().flags & (CODE_GENERATOR | CODE_COROUTINE | CODE_ASYNC_GENERATOR) != 0 {
                return None;
            }
            let &base = callers.next()?;
            // SAFETY: the frame is alive, and so is its caller, whose operand stack ends below it.
            let caller = unsafe {
                debug_assert_eq!(
                    frame.base.sub(*frame.base.offset(FRAME_CALLER) as usize),
                    base
                );
                Passed {
                    base,
                    code: (*(*base.offset(FRAME_FUNCTION) as *mut Function)).code,
                    sp: frame.base.sub(FRAME_WORDS),
                    offset: (*frame.base.offset(FRAME_RETURN) as u32).saturating_sub(1),
                }
            };
            left.push(std::mem::replace(&mut frame, caller));
        }
    }

    fn load_word(&mut self, place: *mut Word) {
        let slot = self.recording.slot_of(place);
        self.recorder().load(slot);
    }

    /// Guards that what the unwinder will drop is of the kinds it is of now.
    pub(super) fn settle_unwound(&mut self, landing: &Landing) {
        let mut dropped = Landing::operands(&landing.caught, landing.cut());
        for frame in &landing.left {
            dropped.extend(Landing::operands(frame, frame.bottom()));
            dropped.extend(Landing::slots(frame));
        }
        for place in dropped {
            self.load_word(place);
            self.guard_immediate(0, word_at(place));
            self.recorder().drop_top();
        }
    }

    fn release_word(&mut self, place: *mut Word) {
        if layout::is_pointer(word_at(place)) {
            self.load_word(place);
            self.uop(uop::DECREF);
        }
    }

    /// With the exception on top, owned: drops what the unwinder drops, and goes on in the handler.
    pub(super) fn land(&mut self, landing: &Landing) -> Expansion {
        let error = Slot(self.recording.recorder.top().0 - 1);
        for (nth, frame) in landing.left.iter().enumerate() {
            for place in Landing::operands(frame, frame.bottom()) {
                self.release_word(place);
            }
            for place in Landing::slots(frame) {
                if layout::is_pointer(word_at(place)) {
                    self.recorder().load(error);
                    self.load_word(place);
                    self.uop(uop::HOLD_LOCAL);
                }
            }
            for header in [FRAME_LOCALS, FRAME_FUNCTION] {
                // SAFETY: part of the frame's header.
                self.release_word(unsafe { frame.base.offset(header) });
            }
            let caller = landing.left.get(nth + 1).unwrap_or(&landing.caught);
            self.recorder().load(error);
            let immediates = [caller.code as Word, u64::from(caller.offset)];
            self.recorder().uop(uop::PASS_CALL, &immediates);
            self.recording.inlined.pop();
        }
        for place in Landing::operands(&landing.caught, landing.cut()) {
            self.release_word(place);
        }
        let frame = self.recording.slot_of(landing.caught.base);
        let top = self.recording.slot_of(landing.cut());
        self.recorder().enter_frame(frame, top);
        self.recorder().load(error);
        if landing.handler.push_lasti {
            let offset = i64::from(landing.caught.offset);
            self.recorder().constant(layout::word_of_int(offset));
            self.recorder().swap(1);
        }
        Ok(Next::In(landing.caught.base, landing.handler.target))
    }

    /// The code and offset of this instruction, as immediates.
    fn place(&self) -> [u64; 2] {
        [self.cursor.code as Word, u64::from(self.cursor.pc)]
    }

    /// A side trace begins where this instruction raised: the pending exception is taken to its handler.
    pub(super) fn take_raised(&mut self) -> Expansion {
        let landing = self.landing().ok_or("raised out of the trace")?;
        self.settle_unwound(&landing);
        let place = self.place();
        self.peek(uop::TAKE_RAISED, &[], &place);
        self.land(&landing)
    }

    /// This instruction is about to raise: `uop`, given the operands at `depths`, gives the exception.
    pub(super) fn raises(&mut self, uop: UopId, depths: &[u16], immediates: &[u64]) -> Expansion {
        let Some(landing) = self.landing() else {
            return Ok(Next::Leave);
        };
        self.settle_unwound(&landing);
        self.peek(uop, depths, immediates);
        let place = self.place();
        self.peek(uop::PASS_CALL, &[0], &place);
        self.land(&landing)
    }

    pub(super) fn raise_varargs(&mut self, count: u32) -> Expansion {
        let Some(landing) = self.landing() else {
            return Ok(Next::Leave);
        };
        self.settle_unwound(&landing);
        if count == 0 {
            self.peek(uop::HANDLED_EXCEPTION, &[], &[]);
            return self.land(&landing);
        }
        let place = self.place();
        if count == 1 {
            self.recorder().constant(EMPTY);
        }
        self.peek(uop::RAISE_VALUE, &[1, 0], &place);
        self.land(&landing)
    }

    /// `RERAISE`: the exception on top goes on, to another handler of this frame or of a caller.
    pub(super) fn reraise(&mut self) -> Expansion {
        let Some(landing) = self.landing() else {
            return Ok(Next::Leave);
        };
        self.settle_unwound(&landing);
        self.recorder().copy(0);
        self.peek(uop::INCREF, &[0], &[]);
        self.land(&landing)
    }

    pub(super) fn push_exc_info(&mut self) -> Expansion {
        self.peek(uop::BEGIN_HANDLING, &[0], &[]);
        self.recorder().swap(1);
        self.next()
    }

    pub(super) fn pop_except(&mut self) -> Expansion {
        self.uop(uop::END_HANDLING);
        self.uop(uop::DECREF);
        self.next()
    }

    /// `CHECK_EXC_MATCH`: a constant, once the exception's class and the classes wanted are guarded.
    pub(super) fn check_exc_match(&mut self) -> Expansion {
        let (error, wanted) = (self.cursor.peek(1), self.cursor.peek(0));
        if cast_exception(error).is_none() {
            return Err("CHECK_EXC_MATCH of no exception");
        }
        let base = self.vm.types.BaseException;
        let classes = self
            .known_classes(wanted)
            // SAFETY: classes are never freed.
            .filter(|classes| {
                classes
                    .iter()
                    .all(|&class| unsafe { (*class).is_subclass(base) })
            })
            .ok_or("CHECK_EXC_MATCH of unknown classes")?;
        self.guard_classes(0, wanted, &classes);
        let class = Class::ptr_of(self.vm, error);
        self.peek(uop::GUARD_CLASS, &[1], &[class as u64]);
        let answer = classes
            .iter()
            .any(|&wanted| self.vm.is_instance(error, wanted));
        self.recorder().constant(layout::word_of_bool(answer));
        self.replace_operands(1);
        self.next()
    }

    /// The classes that `wanted`, a class or a tuple of classes, stands for; `None` if it is something else, or a class
    /// that decides for itself what is an instance.
    pub(super) fn known_classes(&self, wanted: Word) -> Option<Vec<*mut Class>> {
        let single = [wanted];
        let classes = tuple_items(wanted).unwrap_or(&single);
        let plain =
            |word: &Word| cast::<Class>(*word).filter(|_| !self.vm.class_of(*word).is_user());
        classes.iter().map(plain).collect()
    }

    /// Guards that the class or tuple of classes at `depth`, which is `wanted` now, stands for `classes`.
    pub(super) fn guard_classes(&mut self, depth: u16, wanted: Word, classes: &[*mut Class]) {
        let tuple = tuple_items(wanted).is_some();
        if tuple {
            self.peek(uop::GUARD_TUPLE, &[depth], &[]);
            self.peek(uop::GUARD_TUPLE_LEN, &[depth], &[classes.len() as u64]);
        }
        for (index, &class) in classes.iter().enumerate() {
            let class = class as Word;
            self.recording.keep(class);
            if tuple {
                self.peek(uop::TUPLE_ITEM, &[depth], &[index as u64]);
                self.recorder().uop(uop::GUARD_SAME, &[class]);
            } else {
                self.peek(uop::GUARD_SAME, &[depth], &[class]);
            }
        }
    }

    /// `LOAD_SPECIAL`: the context manager on top is replaced by its `__enter__` or `__exit__` and itself.
    pub(super) fn load_special(&mut self, which: u32) -> Expansion {
        let owner = self.cursor.peek(0);
        let name = match which {
            0 => self.vm.names.__enter__,
            1 => self.vm.names.__exit__,
            _ => return Err("LOAD_SPECIAL of something else"),
        };
        let shape = shape_of(owner);
        let found = self.vm.class_of(owner).lookup(name);
        let Some(found) = found
            .filter(|&found| shape >= SHAPE_FIRST_INSTANCE && shape_of(found) == SHAPE_FUNCTION)
        else {
            return Err("LOAD_SPECIAL of something else");
        };
        self.guard_lookup(0, owner);
        self.push_constant(found);
        self.recorder().swap(1);
        self.next()
    }

    /// `WITH_EXCEPT_START`: function, receiver or nothing, offset, exception before, exception.
    pub(super) fn with_except_start(&mut self) -> Expansion {
        let receiver = self.cursor.peek(3);
        if receiver == EMPTY || receiver == NONE {
            return Err("WITH_EXCEPT_START without a receiver");
        }
        self.peek(uop::WITH_EXCEPT_START, &[4, 3, 0], &[]);
        self.next()
    }
}

fn tuple_items<'a>(word: Word) -> Option<&'a [Word]> {
    if shape_of(word) != SHAPE_TUPLE {
        return None;
    }
    cast_tuple(word).map(crate::objects::tuple::Tuple::items)
}
