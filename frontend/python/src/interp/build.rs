//! Building and taking apart: displays, unpacking, f-strings.

use crate::error::{Outcome, Raised};
use crate::interp::cache::count_down;
use crate::interp::registers::Registers;
use crate::interp::specialize;
use crate::layout::{NONE, SHAPE_LIST, SHAPE_STR, SHAPE_TUPLE, Word, has_shape};
use crate::objects::list::{List, cast_list};
use crate::objects::string::as_str;
use crate::objects::tuple::{Tuple, cast_tuple};
use crate::objects::{dict, string};
use crate::value::{Value, decref, incref};
use crate::vm::Vm;

/// Takes `count` owned words off the top of the stack (the caller lowers the stack pointer).
fn operands(registers: &Registers, count: usize) -> &[Word] {
    // SAFETY: the operands are on the stack.
    unsafe { std::slice::from_raw_parts(registers.sp.sub(count), count) }
}

/// `BUILD_TUPLE`
#[inline]
pub fn tuple(vm: &Vm, registers: &Registers, count: usize) -> Value {
    // SAFETY: the words are owned by the stack, and move into the tuple.
    unsafe { vm.new_tuple_from_owned(operands(registers, count).as_ptr(), count) }
}

/// `BUILD_LIST`
#[inline]
pub fn list(vm: &Vm, registers: &Registers, count: usize) -> Value {
    let list = vm.new_list_with_capacity(count);
    if count != 0 {
        // SAFETY: a new list with room; the words move into it.
        unsafe {
            let object = list.word() as *mut List;
            std::ptr::copy_nonoverlapping(
                operands(registers, count).as_ptr(),
                (*object).items,
                count,
            );
            (*object).len = count;
        }
    }
    list
}

/// `BUILD_MAP` of `count` pairs; the operands stay owned by the stack.
#[inline(never)]
pub fn map(vm: &mut Vm, registers: Registers, count: usize) -> Outcome<Value> {
    registers.publish(vm);
    let map = vm.new_dict();
    for pair in operands(&registers, count * 2).chunks_exact(2) {
        dict::set(
            vm,
            map.word(),
            Value::borrowed(pair[0]),
            Value::borrowed(pair[1]),
        )?;
    }
    Ok(map)
}

/// `BUILD_SET`; the operands stay owned by the stack.
#[inline(never)]
pub fn set(vm: &mut Vm, registers: Registers, count: usize) -> Outcome<Value> {
    registers.publish(vm);
    let set = vm.new_set();
    for &item in operands(&registers, count) {
        dict::add(vm, set.word(), Value::borrowed(item))?;
    }
    Ok(set)
}

/// `BUILD_STRING`; the operands stay owned by the stack.
pub fn string(vm: &Vm, registers: &Registers, count: usize) -> Value {
    string::join_words(vm, operands(registers, count))
}

/// `BUILD_SLICE` of two or three operands, which move into it.
pub fn slice(vm: &Vm, registers: &Registers, count: usize) -> Value {
    let words = operands(registers, count);
    let step = if count == 3 {
        Value::from_owned(words[2])
    } else {
        Value::NONE
    };
    vm.new_slice(
        Value::from_owned(words[0]),
        Value::from_owned(words[1]),
        step,
    )
}

/// Drops `count` words on top of the stack (the caller lowers the stack pointer).
pub fn drop_operands(registers: &Registers, count: usize) {
    for &word in operands(registers, count) {
        decref(word);
    }
}

/// `LIST_EXTEND`: the list is `depth` below the iterable on top, which the caller pops.
#[inline(never)]
pub fn list_extend(vm: &mut Vm, registers: Registers, depth: usize) -> Outcome<()> {
    registers.publish(vm);
    let (target, iterable) = (registers.peek(depth + 1), registers.peek(1));
    extend_list(vm, target, iterable)?;
    decref(iterable);
    Ok(())
}

/// Adds what a display takes apart (`[*iterable]`) to a list.
///
/// # Errors
/// `TypeError` if there is nothing to iterate over, and whatever iterating raises.
pub fn extend_list(vm: &mut Vm, target: Word, iterable: Word) -> Outcome<()> {
    let slots = &vm.class_of(iterable).slots;
    if slots.iter.is_none() && slots.get_item.is_none() {
        let got = vm.class_name(iterable);
        return Err(vm.type_error(format!("Value after * must be an iterable, not {got}")));
    }
    let items = vm.collect(iterable)?;
    let list = cast_list(target).expect("LIST_EXTEND extends a list");
    list.reserve(items.len());
    for item in items {
        list.push(item);
    }
    Ok(())
}

/// `SET_UPDATE`: as [`list_extend`].
#[inline(never)]
pub fn set_update(vm: &mut Vm, registers: Registers, depth: usize) -> Outcome<()> {
    registers.publish(vm);
    let (target, iterable) = (registers.peek(depth + 1), registers.peek(1));
    update_set(vm, target, iterable)?;
    decref(iterable);
    Ok(())
}

/// Adds what a display takes apart (`{*iterable}`) to a set.
///
/// # Errors
/// What iterating or hashing raises.
pub fn update_set(vm: &mut Vm, target: Word, iterable: Word) -> Outcome<()> {
    for item in vm.collect(iterable)? {
        dict::add(vm, target, item)?;
    }
    Ok(())
}

/// `DICT_UPDATE` and `DICT_MERGE` (which refuses keys that are there: keyword arguments): the dict is `depth` below the
/// mapping on top, which the caller pops.
#[inline(never)]
pub fn dict_update(vm: &mut Vm, registers: Registers, depth: usize, merge: bool) -> Outcome<()> {
    registers.publish(vm);
    let (target, mapping) = (registers.peek(depth + 1), registers.peek(1));
    let keys: Vec<(Value, Value)> = if let Some(table) = dict::cast_dict(mapping) {
        table
            .entries()
            .map(|entry| (Value::borrowed(entry.key), Value::borrowed(entry.value)))
            .collect()
    } else {
        pairs_of_mapping(vm, &registers, depth, mapping, merge)?
    };
    for (key, value) in keys {
        if merge && dict::contains(vm, target, key.word())? {
            let function = crate::interp::calls::function_name(vm, registers.peek(depth + 4));
            let key = as_str(key.word()).unwrap_or("?");
            return Err(vm.type_error(format!(
                "{function} got multiple values for keyword argument '{key}'"
            )));
        }
        dict::set(vm, target, key, value)?;
    }
    decref(mapping);
    Ok(())
}

fn pairs_of_mapping(
    vm: &mut Vm,
    registers: &Registers,
    depth: usize,
    mapping: Word,
    merge: bool,
) -> Outcome<Vec<(Value, Value)>> {
    let keys = vm.intern("keys");
    let Some(method) = vm.get_attr_opt(mapping, keys)? else {
        let got = vm.class_name(mapping);
        if merge {
            let function = crate::interp::calls::function_name(vm, registers.peek(depth + 4));
            return Err(vm.type_error(format!(
                "{function} argument after ** must be a mapping, not {got}"
            )));
        }
        return Err(vm.type_error(format!("'{got}' object is not a mapping")));
    };
    let keys = vm.call(method.word(), &[])?;
    let keys = vm.collect(keys.word())?;
    let mut pairs = Vec::with_capacity(keys.len());
    for key in keys {
        let value = vm.get_item(mapping, key.word())?;
        pairs.push((key, value));
    }
    Ok(pairs)
}

/// `MAP_ADD`: key and value on top, the dict `depth` below them; the caller pops both.
#[inline(never)]
pub fn map_add(vm: &mut Vm, registers: Registers, depth: usize) -> Outcome<()> {
    registers.publish(vm);
    let (target, key, value) = (
        registers.peek(depth + 2),
        registers.peek(2),
        registers.peek(1),
    );
    dict::set(vm, target, Value::borrowed(key), Value::borrowed(value))?;
    decref(key);
    decref(value);
    Ok(())
}

/// `SET_ADD`: the item on top, the set `depth` below it; the caller pops the item.
#[inline(never)]
pub fn set_add(vm: &mut Vm, registers: Registers, depth: usize) -> Outcome<()> {
    registers.publish(vm);
    let (target, item) = (registers.peek(depth + 1), registers.peek(1));
    dict::add(vm, target, Value::borrowed(item))?;
    decref(item);
    Ok(())
}

/// `UNPACK_SEQUENCE` in its generic form, `pc` at the cache: the sequence on top is replaced by its `count` items, the
/// first on top. The caller raises the stack pointer.
#[inline(never)]
pub fn unpack_sequence(vm: &mut Vm, registers: Registers, count: usize) -> Outcome<()> {
    registers.publish(vm);
    // SAFETY: `pc` is at the cache of an UNPACK_SEQUENCE.
    if unsafe { count_down(registers.pc) } {
        specialize::arith::unpack_sequence(&registers, count);
    }
    let sequence = registers.peek(1);
    let items = unpack_exactly(vm, sequence, count)?;
    for (depth, item) in items.into_iter().rev().enumerate() {
        // SAFETY: frames have room for the deepest stack.
        unsafe { *registers.sp.sub(1).add(depth) = item.into_word() };
    }
    decref(sequence);
    Ok(())
}

/// The items of a sequence that must have `count`.
///
/// # Errors
/// `ValueError` if it has another number, `TypeError` if it can't be iterated over, and whatever iterating raises.
pub fn unpack_exactly(vm: &mut Vm, sequence: Word, count: usize) -> Outcome<Vec<Value>> {
    if let Some(items) = vm
        .borrow_items(sequence)
        .filter(|_| !vm.class_of(sequence).is_user())
    {
        if items.len() == count {
            return Ok(items.iter().map(|&item| Value::borrowed(item)).collect());
        }
        return Err(wrong_count(vm, count, items.len()));
    }
    let iterator = unpack_iter(vm, sequence)?;
    let mut items = Vec::with_capacity(count);
    while let Some(item) = vm.iter_next(iterator.word())? {
        if items.len() == count {
            return Err(vm.value_error(format!("too many values to unpack (expected {count})")));
        }
        items.push(item);
    }
    if items.len() < count {
        Err(wrong_count(vm, count, items.len()))
    } else {
        Ok(items)
    }
}

fn unpack_iter(vm: &mut Vm, sequence: Word) -> Outcome<Value> {
    let slots = &vm.class_of(sequence).slots;
    if slots.iter.is_none() && slots.get_item.is_none() {
        let got = vm.class_name(sequence);
        return Err(vm.type_error(format!("cannot unpack non-iterable {got} object")));
    }
    vm.iter(sequence)
}

#[cold]
fn wrong_count(vm: &mut Vm, expected: usize, got: usize) -> Raised {
    if got > expected {
        return vm.value_error(format!("too many values to unpack (expected {expected})"));
    }
    vm.value_error(format!(
        "not enough values to unpack (expected {expected}, got {got})"
    ))
}

/// `UNPACK_SEQUENCE_TUPLE`, `…_TWO_TUPLE` and `…_LIST`: the borrowed items, if their number is right.
#[inline(always)]
pub fn exact_items<'a>(sequence: Word, count: usize, list: bool) -> Option<&'a [Word]> {
    // SAFETY: a live value; the items are used at once.
    let items = unsafe {
        if list {
            if !has_shape(sequence, SHAPE_LIST) {
                return None;
            }
            (*(sequence as *mut List)).items()
        } else {
            if !has_shape(sequence, SHAPE_TUPLE) {
                return None;
            }
            (*(sequence as *mut Tuple)).items()
        }
    };
    (items.len() == count).then_some(items)
}

/// Replaces the sequence on top by copies of `items`, the first on top.
#[inline(always)]
pub fn spread_items(registers: &mut Registers, items: &[Word]) {
    let sequence = registers.pop();
    for &item in items.iter().rev() {
        incref(item);
        registers.push(item);
    }
    decref(sequence);
}

/// `UNPACK_EX`: `before` items, a list of the middle, `after` items; the first on top. The caller raises the stack
/// pointer.
#[inline(never)]
pub fn unpack_ex(vm: &mut Vm, registers: Registers, before: usize, after: usize) -> Outcome<()> {
    registers.publish(vm);
    let sequence = registers.peek(1);
    let items = unpack_around(vm, sequence, before, after)?;
    for (depth, item) in items.into_iter().rev().enumerate() {
        // SAFETY: frames have room for the deepest stack.
        unsafe { *registers.sp.sub(1).add(depth) = item.into_word() };
    }
    decref(sequence);
    Ok(())
}

/// `before` items, a list of the middle, `after` items.
///
/// # Errors
/// `ValueError` if there are too few, `TypeError` if it can't be iterated over, and whatever iterating raises.
pub fn unpack_around(
    vm: &mut Vm,
    sequence: Word,
    before: usize,
    after: usize,
) -> Outcome<Vec<Value>> {
    let iterator = unpack_iter(vm, sequence)?;
    let mut items = vm.collect(iterator.word())?;
    if items.len() < before + after {
        let (least, got) = (before + after, items.len());
        return Err(vm.value_error(format!(
            "not enough values to unpack (expected at least {least}, got {got})"
        )));
    }
    let tail = items.split_off(items.len() - after);
    let middle = items.split_off(before);
    let middle = vm.new_list(middle);
    Ok(items.into_iter().chain([middle]).chain(tail).collect())
}

/// `FORMAT_SIMPLE`, in place.
#[inline(never)]
pub fn format_simple(vm: &mut Vm, registers: Registers) -> Outcome<()> {
    let value = registers.peek(1);
    // SAFETY: a live value.
    if unsafe { has_shape(value, SHAPE_STR) } {
        return Ok(());
    }
    registers.publish(vm);
    let text = vm.format(value, "")?;
    registers.poke(1, text.into_word());
    decref(value);
    Ok(())
}

/// `FORMAT_WITH_SPEC`: value and specification; the text replaces the value, the caller pops one.
#[inline(never)]
pub fn format_with_spec(vm: &mut Vm, registers: Registers) -> Outcome<()> {
    registers.publish(vm);
    let (value, spec) = (registers.peek(2), registers.peek(1));
    let text = vm.format(value, as_str(spec).unwrap_or(""))?;
    registers.poke(2, text.into_word());
    decref(value);
    decref(spec);
    Ok(())
}

/// `CONVERT_VALUE`, in place: 1 is `str`, 2 `repr`, 3 `ascii`.
#[inline(never)]
pub fn convert_value(vm: &mut Vm, registers: Registers, conversion: usize) -> Outcome<()> {
    registers.publish(vm);
    let value = registers.peek(1);
    let text = converted(vm, value, conversion)?;
    registers.poke(1, text.into_word());
    decref(value);
    Ok(())
}

/// The text that `CONVERT_VALUE` makes of a value.
///
/// # Errors
/// What `__str__` or `__repr__` raises.
pub fn converted(vm: &mut Vm, value: Word, conversion: usize) -> Outcome<Value> {
    match conversion {
        1 => vm.str(value),
        2 => vm.repr(value),
        3 => {
            let text = vm.repr_text(value)?;
            Ok(vm.new_str(&escape_non_ascii(&text)))
        }
        _ => Ok(Value::borrowed(value)),
    }
}

fn push(out: &mut String, text: std::fmt::Arguments) {
    std::fmt::Write::write_fmt(out, text).expect("writing to a string does not fail");
}

/// What `ascii()` does to a `repr`.
pub fn escape_non_ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character as u32 {
            0..=0x7f => out.push(character),
            code @ 0x80..=0xff => push(&mut out, format_args!("\\x{code:02x}")),
            code @ 0x100..=0xffff => push(&mut out, format_args!("\\u{code:04x}")),
            code => push(&mut out, format_args!("\\U{code:08x}")),
        }
    }
    out
}

/// The item of `BINARY_OP_SUBSCR_LIST_INT` and `…_TUPLE_INT`, borrowed; `None` if the index is out of range (negative
/// indices count from the end).
#[inline(always)]
pub fn item_at(items: &[Word], index: i64) -> Option<Word> {
    let index = if index < 0 {
        index + items.len() as i64
    } else {
        index
    };
    items.get(index as usize).copied()
}

/// The character of `BINARY_OP_SUBSCR_STR_INT`, if it is a one-byte one in an all-ASCII string.
#[inline(always)]
pub fn char_at(vm: &Vm, text: Word, index: i64) -> Option<Value> {
    let text = string::cast_str(text)?;
    if !text.is_ascii() || index < 0 {
        return None;
    }
    let byte = *text.as_str().as_bytes().get(index as usize)?;
    Some(vm.char_str(byte as char))
}

/// `GET_LEN`: the length of the value on top, for the caller to push.
pub fn get_len(vm: &mut Vm, registers: Registers) -> Outcome<Value> {
    registers.publish(vm);
    let len = vm.len(registers.peek(1))?;
    Ok(vm.new_uint(len as u64))
}

/// Is the value on top a sequence, as patterns mean it?
pub fn is_sequence(word: Word) -> bool {
    cast_list(word).is_some() || cast_tuple(word).is_some()
}

/// `MATCH_KEYS`: subject and tuple of keys; the tuple of values, or `None`.
pub fn match_keys(vm: &mut Vm, registers: Registers) -> Outcome<Value> {
    registers.publish(vm);
    let (subject, keys) = (registers.peek(2), registers.peek(1));
    let mut values = Vec::new();
    for &key in cast_tuple(keys)
        .expect("MATCH_KEYS's keys are a tuple")
        .items()
    {
        if !vm.contains(subject, key)? {
            return Ok(Value::NONE);
        }
        values.push(vm.get_item(subject, key)?);
    }
    Ok(vm.new_tuple(values))
}

/// `MATCH_CLASS`: subject, class and tuple of attribute names; the tuple of attributes, or `None`.
pub fn match_class(vm: &mut Vm, registers: Registers, positional: usize) -> Outcome<Value> {
    registers.publish(vm);
    let (subject, class, names) = (registers.peek(3), registers.peek(2), registers.peek(1));
    let Some(class_ref) = crate::object::cast::<crate::class::Class>(class) else {
        return Err(vm.type_error("called match pattern must be a class"));
    };
    if !vm.is_instance(subject, class_ref) {
        return Ok(Value::NONE);
    }
    let mut values = Vec::new();
    if positional > 0 {
        // SAFETY: classes are never freed.
        let itself = unsafe { !(*class_ref).is_user() };
        let match_args = vm.intern("__match_args__");
        match vm.get_attr_opt(class, match_args)? {
            Some(args) => {
                let args = vm.collect(args.word())?;
                if args.len() < positional {
                    // SAFETY: classes are never freed.
                    let name = unsafe { &(*class_ref).name };
                    let (most, plural) = (args.len(), if args.len() == 1 { "" } else { "s" });
                    return Err(vm.type_error(format!(
                        "{name}() accepts {most} positional sub-pattern{plural} ({positional} given)"
                    )));
                }
                for name in &args[..positional] {
                    let name = vm.attribute_name(name.word())?;
                    match vm.get_attr_opt(subject, name)? {
                        Some(value) => values.push(value),
                        None => return Ok(Value::NONE),
                    }
                }
            }
            None if itself && positional == 1 => values.push(Value::borrowed(subject)),
            None => {
                // SAFETY: classes are never freed.
                let name = unsafe { &(*class_ref).name };
                return Err(vm.type_error(format!(
                    "{name}() accepts 0 positional sub-patterns ({positional} given)"
                )));
            }
        }
    }
    for &name in cast_tuple(names).map_or(&[][..], Tuple::items) {
        match vm.get_attr_opt(subject, name)? {
            Some(value) => values.push(value),
            None => return Ok(Value::NONE),
        }
    }
    debug_assert_ne!(class, NONE);
    Ok(vm.new_tuple(values))
}
