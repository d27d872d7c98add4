//! From Python values to machine values: the conversions that arguments of natives go through, with Python's messages.

use super::bigint;
use super::fault::{Fault, FaultKind};
use crate::error::{Outcome, Raised};
use crate::layout::{self, Word};
use crate::objects::bigint::{Int, as_int};
use crate::objects::string::as_str;
use crate::value::Value;
use crate::vm::Vm;
use num_traits::Signed;

/// Raises `fault` as the exception it names.
#[cold]
pub fn raise_fault(vm: &mut Vm, fault: &Fault) -> Raised {
    let class = match fault.kind {
        FaultKind::Value => vm.types.ValueError,
        FaultKind::Type => vm.types.TypeError,
        FaultKind::Overflow => vm.types.OverflowError,
        FaultKind::ZeroDivision => vm.types.ZeroDivisionError,
        FaultKind::Memory => vm.types.MemoryError,
        FaultKind::NotImplemented => return vm.not_implemented(&fault.message),
    };
    vm.raise(class, &fault.message)
}

/// The result of a pure algorithm as a result of the VM.
///
/// # Errors
/// The exception that the fault names.
#[inline]
pub fn lift<T>(vm: &mut Vm, outcome: Result<T, Fault>) -> Outcome<T> {
    outcome.map_err(|fault| raise_fault(vm, &fault))
}

/// Calls the special method `name` of `word`'s class, if it has one.
pub fn call_special(vm: &mut Vm, word: Word, name: &str, extra: &[Word]) -> Option<Outcome<Value>> {
    let name = vm.intern(name);
    let function = vm.class_of(word).lookup(name)?;
    if function == layout::NONE {
        return None;
    }
    let function = Value::borrowed(function);
    let mut values = vec![word];
    values.extend_from_slice(extra);
    Some(vm.call(function.word(), &values))
}

/// `operator.index(word)`: an `int`.
///
/// # Errors
/// `TypeError` if `word` is no integer and has no `__index__`.
pub fn to_index(vm: &mut Vm, word: Word) -> Outcome<Value> {
    vm.index_value(word)
}

/// Has `word` an integer value (an `int`, or something with `__index__`)?
pub fn has_index(vm: &mut Vm, word: Word) -> bool {
    as_int(word).is_some() || {
        let name = vm.intern("__index__");
        vm.class_of(word).lookup(name).is_some()
    }
}

/// An integer argument as `i64`, those beyond it becoming the nearest bound: for positions and counts.
///
/// # Errors
/// `TypeError` if it is no integer.
pub fn to_i64_clamped(vm: &mut Vm, word: Word) -> Outcome<i64> {
    if layout::is_int(word) {
        return Ok(layout::int_of(word));
    }
    let index = to_index(vm, word)?;
    Ok(match as_int(index.word()) {
        Some(Int::Small(value)) => value,
        Some(Int::Big(value)) => bigint_clamped(value),
        None => 0,
    })
}

fn bigint_clamped(value: &malachite_bigint::BigInt) -> i64 {
    use num_traits::ToPrimitive;
    value.to_i64().unwrap_or(if value.is_negative() {
        i64::MIN
    } else {
        i64::MAX
    })
}

/// An integer argument as `i64`.
///
/// # Errors
/// `TypeError` if it is no integer, `OverflowError` if it does not fit.
pub fn to_i64(vm: &mut Vm, word: Word) -> Outcome<i64> {
    if layout::is_int(word) {
        return Ok(layout::int_of(word));
    }
    let index = to_index(vm, word)?;
    match as_int(index.word()).and_then(|int| int.to_i64()) {
        Some(value) => Ok(value),
        None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

/// A number as a float: floats, integers, `__float__`, `__index__`.
///
/// # Errors
/// `TypeError` if it is no number, `OverflowError` for integers beyond the range of floats.
pub fn to_f64(vm: &mut Vm, word: Word) -> Outcome<f64> {
    if layout::is_float(word) {
        return Ok(layout::float_of(word));
    }
    if let Some(value) = int_to_f64(vm, word)? {
        return Ok(value);
    }
    if let Some(value) = super::float::subclass_value(word) {
        return Ok(value);
    }
    if let Some(result) = call_special(vm, word, "__float__", &[]) {
        let result = result?;
        if layout::is_float(result.word()) {
            return Ok(layout::float_of(result.word()));
        }
        let (class, result) = (vm.class_name(word), vm.class_name(result.word()));
        return Err(vm.type_error(format!(
            "{class}.__float__ returned non-float (type {result})"
        )));
    }
    if has_index(vm, word) {
        let index = to_index(vm, word)?;
        if let Some(value) = int_to_f64(vm, index.word())? {
            return Ok(value);
        }
    }
    let name = vm.class_name(word);
    Err(vm.type_error(format!("must be real number, not {name}")))
}

/// The float of an integer; `None` if `word` is no integer.
///
/// # Errors
/// `OverflowError` beyond the range of floats.
#[inline]
pub fn int_to_f64(vm: &mut Vm, word: Word) -> Outcome<Option<f64>> {
    match as_int(word) {
        None => Ok(None),
        Some(Int::Small(value)) => Ok(Some(value as f64)),
        Some(Int::Big(value)) => match bigint::to_f64(value) {
            Some(value) => Ok(Some(value)),
            None => Err(vm.overflow_error("int too large to convert to float")),
        },
    }
}

/// A string argument.
///
/// # Errors
/// `TypeError`: `<function>() argument <number> must be str, not <type>`.
pub fn to_str<'a>(vm: &mut Vm, word: Word, function: &str, number: usize) -> Outcome<&'a str> {
    if let Some(text) = as_str(word) {
        return Ok(text);
    }
    let name = vm.class_name(word);
    let place = if number == 0 {
        "argument".to_owned()
    } else {
        format!("argument {number}")
    };
    Err(vm.type_error(format!("{function}() {place} must be str, not {name}")))
}

/// Is the argument missing or `None`?
pub fn is_absent(argument: Option<Word>) -> bool {
    argument.is_none_or(|word| word == layout::NONE)
}

/// Start and end, as characters or items, from optional arguments that count from the end if negative. The start may
/// lie beyond the length, which means "nowhere".
///
/// # Errors
/// `TypeError` if they are no integers.
pub fn to_span(
    vm: &mut Vm,
    start: Option<Word>,
    end: Option<Word>,
    len: usize,
) -> Outcome<(usize, usize)> {
    let mut bound = |argument: Option<Word>, default: usize| -> Outcome<usize> {
        let Some(word) = argument.filter(|&word| word != layout::NONE) else {
            return Ok(default);
        };
        if !has_index(vm, word) {
            return Err(
                vm.type_error("slice indices must be integers or None or have an __index__ method")
            );
        }
        let value = to_i64_clamped(vm, word)?;
        Ok(if value < 0 {
            value.saturating_add(len as i64).max(0) as usize
        } else {
            value as usize
        })
    };
    let start = bound(start, 0)?;
    let end = bound(end, len)?;
    Ok((start, end.min(len)))
}

/// Start, step and number of items that a slice selects of `len` items.
///
/// # Errors
/// `TypeError` for bounds that are no integers, `ValueError` for a step of zero.
pub fn slice_span(vm: &mut Vm, slice: Word, len: usize) -> Outcome<(i64, i64, usize)> {
    let (start, stop, step) = slice_indices(vm, slice, len)?;
    let count = if step > 0 && start < stop {
        (stop - start - 1) / step + 1
    } else if step < 0 && stop < start {
        (start - stop - 1) / -step + 1
    } else {
        0
    };
    Ok((start, step, count as usize))
}

/// `slice.indices(len)`.
///
/// # Errors
/// As [`slice_span`].
pub fn slice_indices(vm: &mut Vm, slice: Word, len: usize) -> Outcome<(i64, i64, i64)> {
    let (start, stop, step) = super::slice::parts(slice);
    let mut bound = |word: Word| -> Outcome<Option<i64>> {
        if word == layout::NONE {
            return Ok(None);
        }
        if !has_index(vm, word) {
            return Err(
                vm.type_error("slice indices must be integers or None or have an __index__ method")
            );
        }
        to_i64_clamped(vm, word).map(Some)
    };
    let (start, stop, step) = (bound(start)?, bound(stop)?, bound(step)?);
    let step = step.unwrap_or(1).max(-i64::MAX);
    if step == 0 {
        return Err(vm.value_error("slice step cannot be zero"));
    }
    let len = len as i64;
    let (lowest, highest) = if step > 0 { (0, len) } else { (-1, len - 1) };
    let place = |bound: Option<i64>, default: i64| match bound {
        None => default,
        Some(value) if value < 0 => value.saturating_add(len).max(lowest),
        Some(value) => value.min(highest),
    };
    let (first, last) = if step > 0 { (0, len) } else { (len - 1, -1) };
    Ok((place(start, first), place(stop, last), step))
}

/// A position in a sequence of `len` items from an integer that counts from the end if negative.
///
/// # Errors
/// `TypeError` if `index` is no integer, `IndexError` if there is no such item.
pub fn to_position(
    vm: &mut Vm,
    index: Word,
    len: usize,
    sequence: &str,
    outside: &str,
) -> Outcome<usize> {
    if !has_index(vm, index) {
        let name = vm.class_name(index);
        return Err(vm.type_error(format!(
            "{sequence} indices must be integers or slices, not {name}"
        )));
    }
    let integer = to_index(vm, index)?;
    let Some(value) = as_int(integer.word()).and_then(|int| int.to_i64()) else {
        let name = vm.class_name(index);
        return Err(vm.index_error(format!("cannot fit '{name}' into an index-sized integer")));
    };
    let position = if value < 0 {
        value.wrapping_add(len as i64)
    } else {
        value
    };
    match usize::try_from(position) {
        Ok(position) if position < len => Ok(position),
        _ => Err(vm.index_error(outside)),
    }
}
