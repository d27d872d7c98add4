//! Raw operations on generators: a loop over one runs its frame inline, and what it keeps from one item to the next is
//! loaded and stored word by word, so that the optimizer sees each.

#![allow(
    clippy::missing_safety_doc,
    clippy::not_unsafe_ptr_arg_deref,
    reason = "uops are called by traces that uphold their checks"
)]

use crate::layout::*;
use sashiko_stencils::uop::Word;
use sashiko_stencils::uop::*;

/// Goes on if the word is a generator.
#[uop(guard, checks(word: GENERATOR), reads())]
pub fn guard_generator(word: Word) -> Exit<()> {
    unsafe { has_shape(word, SHAPE_GENERATOR) }.or_exit()
}

/// Goes on if a generator is suspended in front of this instruction, handling no exception.
#[uop(guard, reads(GENERATORS))]
pub fn guard_generator_at(generator: Word, resume: Imm64) -> Exit<()> {
    (unsafe { (*(generator as *const Generator)).resume } == resume).or_exit()
}

/// Goes on if no exception is being handled.
#[uop(guard, reads(HANDLED))]
pub fn guard_nothing_handled(ctx: *mut VmPrefix) -> Exit<()> {
    (unsafe { (*ctx).handled } <= NONE).or_exit()
}

/// The second item of the pair that a call just gave, owned.
#[uop(reads(RESULTS), writes(RESULTS))]
pub fn pair_second(ctx: *mut VmPrefix) -> Word {
    unsafe { (*ctx).second }
}

/// The function of a generator that is not finished, borrowed.
#[uop(reads(), writes())]
pub fn generator_function(generator: Word) -> Word {
    unsafe { (*(generator as *const Generator)).function }
}

/// A word of a suspended generator's frame.
#[uop(reads(GENERATORS), writes())]
pub fn generator_word(generator: Word, index: Imm32) -> Word {
    let words = unsafe { &raw const (*(generator as *const Generator)).words }.cast::<Word>();
    unsafe { *words.offset(index as isize) }
}

/// Puts a word into a generator's frame; what was there had been moved out of it.
#[uop(reads(), writes(GENERATORS))]
pub fn generator_store(generator: Word, value: Word, index: Imm32) {
    let words = unsafe { &raw mut (*(generator as *mut Generator)).words }.cast::<Word>();
    unsafe { *words.offset(index as isize) = value };
}

/// From now on the generator's frame is on the value stack.
#[uop(reads(), writes(GENERATORS))]
pub fn generator_run(generator: Word) {
    let generator = generator as *mut Generator;
    unsafe {
        (*generator).resume = GENERATOR_RUNNING;
        (*generator).delegator = EMPTY;
    }
}

/// From now on the generator is suspended in front of an instruction, and owns so many words.
#[uop(reads(), writes(GENERATORS))]
pub fn generator_suspend(generator: Word, resume: Imm64, len: Imm32) {
    let generator = generator as *mut Generator;
    unsafe {
        (*generator).resume = resume;
        (*generator).len = len as u32;
    }
}

/// From now on the generator is finished; its function has been taken from it.
#[uop(reads(), writes(GENERATORS))]
pub fn generator_finish(generator: Word) {
    let generator = generator as *mut Generator;
    unsafe {
        (*generator).resume = GENERATOR_FINISHED;
        (*generator).function = EMPTY;
        (*generator).len = 0;
    }
}
