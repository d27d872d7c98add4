//! The built-in types: what they compute, in pure form, and the methods that bind it to the VM.
//!
//! | pure (no VM)                                              | bound to classes                                  |
//! |-----------------------------------------------------------|---------------------------------------------------|
//! | [`bigint`], [`float_text`], [`mod@format`], [`text`], [`unicode`] | [`int`], [`float`], [`mod@str`], [`list`], [`dict`]… |
//!
//! Each bound module has an `install` that fills in its classes' slots and methods; [`install`] calls them all.

#![expect(
    clippy::unnecessary_wraps,
    reason = "slots and native functions have one signature, for those that raise"
)]
#![expect(
    clippy::single_match_else,
    reason = "a match shows both outcomes side by side"
)]

pub mod big_range;
pub mod bigint;
pub mod convert;
pub mod dict;
pub mod dict_views;
pub mod fault;
pub mod float;
pub mod float_text;
pub mod format;
pub mod int;
pub mod iterate;
pub mod iterators;
pub mod list;
pub mod numbers;
pub mod percent;
pub mod quick_format;
pub mod range;
pub mod sequences;
pub mod set;
pub mod slice;
pub mod slices;
#[cfg(test)]
mod smoke;
pub mod sort;
pub mod str;
pub mod str_format;
pub mod str_ops;
pub mod text;
pub mod tuple;
pub mod unicode;

use crate::error::Outcome;
use crate::layout::{self, Word};
use crate::value::Value;
use crate::vm::Vm;

/// Fills in the built-in types of data.
pub fn install(vm: &mut Vm) {
    numbers::install(vm);
    str_ops::install(vm);
    sequences::install(vm);
    dict::install(vm);
    dict_views::install(vm);
    set::install(vm);
    range::install(vm);
    slice::install(vm);
}

/// `NotImplemented`: the answer of a slot that does not know the other operand.
#[inline]
pub(crate) fn declined(vm: &Vm) -> Outcome<Value> {
    Ok(vm.not_implemented_value())
}

/// Is there Rust stack left for one more level of something nested? `doing` ends the message if not.
///
/// # Errors
/// `RecursionError`.
#[inline]
pub(crate) fn check_depth(vm: &mut Vm, doing: &str) -> Outcome<()> {
    let here = 0_u8;
    if (std::ptr::from_ref(&here) as usize) < vm.native_limit {
        let message = format!("maximum recursion depth exceeded{doing}");
        return Err(vm.raise(vm.types.RecursionError, message));
    }
    Ok(())
}

/// A flag given as an integer, as `reverse=` is.
pub(crate) fn int_flag(vm: &mut Vm, word: Word) -> Outcome<bool> {
    if layout::is_bool(word) {
        return Ok(word == layout::TRUE);
    }
    Ok(convert::to_i64(vm, word)? != 0)
}
