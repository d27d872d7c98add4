//! Slices of lists and tuples with bounds that are plain integers: no slice object, and whole runs of words at a time.

use std::cmp::Ordering;

use crate::layout::{self, NONE, SHAPE_LIST, SHAPE_TUPLE, Word, has_shape};
use crate::objects::list::List;
use crate::objects::tuple::{Tuple, cast_tuple};
use crate::value::{Value, decref, incref};
use crate::vm::Vm;

/// The positions a slice picks: the first, the distance to the next, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    first: i64,
    step: i64,
    count: usize,
}

/// A bound: `None` if it is left out. `Err` if it is neither that nor a small integer.
fn bound(word: Word) -> Result<Option<i64>, ()> {
    if word == NONE {
        Ok(None)
    } else if layout::is_int(word) {
        Ok(Some(layout::int_of(word)))
    } else {
        Err(())
    }
}

impl Span {
    /// Of a sequence of `len` items; `None` if a bound is not a small integer, or the step is zero.
    #[inline]
    pub fn of(len: usize, start: Word, stop: Word, step: Word) -> Option<Span> {
        let (start, stop) = (bound(start).ok()?, bound(stop).ok()?);
        let step = bound(step).ok()?.unwrap_or(1);
        let len = len as i64;
        // 48 bits do not overflow.
        let place = |at: i64, lowest: i64, highest: i64| {
            let at = if at < 0 { at + len } else { at };
            at.clamp(lowest, highest)
        };
        let (first, count) = match step.cmp(&0) {
            Ordering::Greater => {
                let first = start.map_or(0, |at| place(at, 0, len));
                let last = stop.map_or(len, |at| place(at, 0, len));
                (first, (last - first + step - 1) / step)
            }
            Ordering::Less => {
                let first = start.map_or(len - 1, |at| place(at, -1, len - 1));
                let last = stop.map_or(-1, |at| place(at, -1, len - 1));
                (first, (first - last - step - 1) / -step)
            }
            Ordering::Equal => return None,
        };
        Some(Span {
            first,
            step,
            count: count.max(0) as usize,
        })
    }
}

/// The items of a list or tuple, exactly of those types; borrowed.
fn items<'a>(sequence: Word) -> Option<&'a [Word]> {
    // SAFETY: a live value; the shape says what it is. The caller uses the items at once.
    unsafe {
        if has_shape(sequence, SHAPE_LIST) {
            return Some((*(sequence as *const List)).items());
        }
        if has_shape(sequence, SHAPE_TUPLE) {
            return cast_tuple(sequence).map(Tuple::items);
        }
    }
    None
}

/// `sequence[start:stop:step]` of a list or tuple; `None` if it must be found the long way.
pub fn get(vm: &Vm, sequence: Word, start: Word, stop: Word, step: Word) -> Option<Value> {
    let items = items(sequence)?;
    let Span { first, step, count } = Span::of(items.len(), start, stop, step)?;
    // SAFETY: as in `items`.
    let is_list = unsafe { has_shape(sequence, SHAPE_LIST) };
    if step == 1 {
        let run = &items[first as usize..first as usize + count];
        return Some(if is_list {
            vm.new_list_from(run)
        } else {
            vm.new_tuple_from(run)
        });
    }
    let picked = (0..count).map(|index| items[(first + step * index as i64) as usize]);
    if !is_list {
        return Some(vm.new_tuple_from(&picked.collect::<Vec<_>>()));
    }
    let list = vm.new_list_with_capacity(count);
    // SAFETY: just made, with room for all.
    unsafe {
        let object = list.word() as *mut List;
        for (index, item) in picked.enumerate() {
            incref(item);
            *(*object).items.add(index) = item;
        }
        (*object).len = count;
    }
    Some(list)
}

/// Items that are dropped after a store are kept here meanwhile, if there are no more.
const FEW: usize = 32;

/// `list[start:stop] = values` of a list and another list or a tuple; `false` if it must be done the long way. Dropping
/// what was there may run Python code, at the end.
pub fn set(list: Word, start: Word, stop: Word, values: Word) -> bool {
    // SAFETY: a live value.
    if list == values || !unsafe { has_shape(list, SHAPE_LIST) } {
        return false;
    }
    let Some(values) = items(values) else {
        return false;
    };
    let object = list as *mut List;
    // SAFETY: the shape says so.
    let len = unsafe { (*object).len };
    let Some(Span { first, count, .. }) = Span::of(len, start, stop, NONE) else {
        return false;
    };
    if count > FEW {
        return false;
    }
    let first = first as usize;
    let mut old = [layout::EMPTY; FEW];
    for &value in values {
        incref(value);
    }
    // SAFETY: the words lie within the list, which has room for those to come.
    unsafe {
        if values.len() > count {
            (*object).reserve(values.len() - count);
        }
        let place = (*object).items.add(first);
        std::ptr::copy_nonoverlapping(place, old.as_mut_ptr(), count);
        if values.len() != count {
            let tail = len - first - count;
            std::ptr::copy(place.add(count), place.add(values.len()), tail);
            (*object).len = len - count + values.len();
        }
        std::ptr::copy_nonoverlapping(values.as_ptr(), place, values.len());
    }
    for &word in &old[..count] {
        decref(word);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::word_of_int;

    /// Positions of a slice, found as Python's documentation tells it.
    fn expected(len: i64, start: Option<i64>, stop: Option<i64>, step: i64) -> Vec<i64> {
        let (lowest, highest) = if step > 0 { (0, len) } else { (-1, len - 1) };
        let place = |at: i64| (if at < 0 { at + len } else { at }).clamp(lowest, highest);
        let mut at = start.map_or(if step > 0 { 0 } else { len - 1 }, place);
        let stop = stop.map_or(if step > 0 { len } else { -1 }, place);
        let mut positions = Vec::new();
        while if step > 0 { at < stop } else { at > stop } {
            positions.push(at);
            at += step;
        }
        positions
    }

    #[test]
    fn spans_are_those_of_python() {
        let word = |bound: Option<i64>| bound.map_or(NONE, word_of_int);
        let bounds: Vec<Option<i64>> = (-6..=6).map(Some).chain([None]).collect();
        for len in 0..5 {
            for &start in &bounds {
                for &stop in &bounds {
                    for step in [-3, -2, -1, 1, 2, 3] {
                        let span = Span::of(len, word(start), word(stop), word_of_int(step));
                        let span = span.expect("small integers");
                        let got: Vec<i64> = (0..span.count as i64)
                            .map(|index| span.first + span.step * index)
                            .collect();
                        let want = expected(len as i64, start, stop, step);
                        assert_eq!(got, want, "len {len} [{start:?}:{stop:?}:{step}]");
                    }
                }
            }
        }
        assert_eq!(Span::of(3, NONE, NONE, word_of_int(0)), None);
    }
}
