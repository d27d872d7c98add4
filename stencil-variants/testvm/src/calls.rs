//! Called uops and slow functions.

use sashiko_stencils::uop::{Exit, Imm32, Imm64, Word, uop};

use crate::TestVm;
use crate::layout::{Array, is_pointer, word_of_int};

/// Quotient, rounded towards negative infinity; leaves the trace on zero and on overflow.
#[uop(call, pure)]
pub(crate) fn int_floor_div(left: i64, right: i64) -> Exit<i64> {
    let quotient = left.checked_div(right)?;
    let inexact = left % right != 0;
    Some(quotient - i64::from(inexact && (left < 0) != (right < 0)))
}

/// Remainder with the sign of the divisor; leaves the trace on zero and on overflow.
#[uop(call, pure)]
pub(crate) fn int_modulo(left: i64, right: i64) -> Exit<i64> {
    let remainder = left.checked_rem(right)?;
    Some(if remainder != 0 && (remainder < 0) != (right < 0) {
        remainder + right
    } else {
        remainder
    })
}

/// `base` to the power `exponent`.
#[uop(call, pure)]
pub(crate) fn float_pow(base: f64, exponent: f64) -> f64 {
    base.powf(exponent)
}

/// Remainder of floats; leaves the trace on zero.
#[uop(call, pure)]
pub(crate) fn float_rem(left: f64, right: f64) -> Exit<f64> {
    (right != 0.0).then(|| left % right)
}

/// `value`, scaled by two raised to `exponent`: an argument of each bank.
#[uop(call, pure)]
pub(crate) fn float_scale(exponent: i64, value: f64) -> f64 {
    value * (exponent.clamp(-2000, 2000) as f64).exp2()
}

/// Calls the VM's hook, which may do anything.
#[uop(call)]
pub(crate) fn run_hook(ctx: *mut TestVm) {
    // SAFETY: as for `log`; no reference is held while the hook runs.
    if let Some((hook, argument)) = unsafe { (*ctx).hook } {
        hook(argument);
    }
}

/// Pushes a value to the VM's log.
#[uop(call, reads(), writes(VM_FIELDS))]
pub(crate) fn log(ctx: *mut TestVm, value: Word) {
    // SAFETY: uops that take `ctx` run only where it points to the VM.
    unsafe { (*ctx).log.push(value) }
}

/// Pushes a float's bits to the log; leaves the trace once the log has 64 entries.
#[uop(call)]
pub(crate) fn log_float(ctx: *mut TestVm, value: f64) -> Exit<()> {
    // SAFETY: as for `log`.
    let log = unsafe { &mut (*ctx).log };
    (log.len() < 64).then(|| log.push(value.to_bits()))
}

/// Pushes `value + small * 1000 + wide` to the log and returns the length of the log: a call with immediates.
#[uop(call)]
pub(crate) fn log_sum(ctx: *mut TestVm, value: i64, small: Imm32, wide: Imm64) -> i64 {
    // SAFETY: as for `log`.
    let log = unsafe { &mut (*ctx).log };
    let sum = value
        .wrapping_add(i64::from(small) * 1000)
        .wrapping_add(wide as i64);
    log.push(sum as u64);
    log.len() as i64
}

/// The number of entries in the log, as a word.
#[uop(call, result = INT, reads(VM_FIELDS))]
pub(crate) fn log_len(ctx: *mut TestVm) -> Word {
    // SAFETY: as for `log`.
    word_of_int(unsafe { (*ctx).log.len() } as i64)
}

/// A new pair, which takes its elements over.
#[uop(call, alloc, sets(ARRAY_ITEMS[0] = first, ARRAY_ITEMS[1] = second, TAGS = tag), result = ARRAY)]
pub(crate) fn pair_new(ctx: *mut TestVm, first: Word, second: Word, tag: Imm32) -> Word {
    // SAFETY: as for `log`.
    unsafe { (*ctx).pair(first, second, i64::from(tag)) }
}

/// What `decref` calls when the last reference is dropped: the VM notes it. The array is empty from then on, so that a
/// use of what has been dropped shows.
pub(crate) fn array_dropped(ctx: *mut TestVm, value: Word) {
    debug_assert!(is_pointer(value));
    // SAFETY: as for `log`.
    if unsafe { (*ctx).is_pair(value) } {
        // SAFETY: as for `log`.
        return pair_dropped(ctx, value);
    }
    // SAFETY: a pointer word points to an array, which lives as long as the VM.
    unsafe { (*(value as *mut Array)).len = 0 }
    // SAFETY: as for `log`.
    unsafe { (*ctx).dropped.push(value) }
}

/// The elements of a pair go with it.
fn pair_dropped(ctx: *mut TestVm, value: Word) {
    // SAFETY: the VM knows the pair, whose elements live as long as the VM.
    unsafe {
        let pair = value as *mut Array;
        for index in 0..(*pair).len {
            let element = (*pair).data.add(index).read();
            if !is_pointer(element) {
                continue;
            }
            let counted = element as *mut Array;
            (*counted).refcount -= 1;
            if (*counted).refcount == 0 {
                array_dropped(ctx, element);
            }
        }
        (*pair).len = 0;
    }
}
