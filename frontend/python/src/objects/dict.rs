//! `dict`, and the table that `set` shares with it.
//!
//! Entries lie in insertion order in one array; up to [`SMALL`] of them are found by scanning the hashes, more through
//! an index of entry numbers (open addressing, perturbed probing). A deleted entry keeps its place, with an empty key,
//! until the table is rebuilt; so the position of an entry, which inline caches remember, is good for as long as
//! `keys_version` stays the same.
//!
//! Comparing keys may run Python code, which may change the table under the search: a search that notices starts again.

use crate::alloc;
use crate::error::Outcome;
use crate::jit::watch::Watch;
use crate::layout::{self, EMPTY, Word, is_float, is_int};
pub use crate::layout::{DictEntry, DictPrefix};
use crate::object::{Object, allocate, cast};
use crate::objects::string;
use crate::protocol::plain;
use crate::value::{Value, decref, incref};
use crate::vm::Vm;

/// A dict.
#[repr(C)]
pub struct Dict {
    /// What compiled code reads.
    pub prefix: DictPrefix,
    capacity: usize,
    index: *mut u32,
    /// Size of the index minus one; 0 while there is none.
    mask: usize,
    /// What compiled code assumes of it, if it is a namespace.
    pub watch: Option<Box<Watch>>,
}

/// A set or frozenset: a table whose values are all `None`.
#[repr(transparent)]
pub struct Set(pub Dict);

impl Object for Dict {
    const SHAPE: u32 = layout::SHAPE_DICT;

    unsafe fn drop_contents(&mut self) {
        drop(self.take());
        self.watch = None;
    }
}

impl Object for Set {
    const SHAPE: u32 = layout::SHAPE_SET;

    unsafe fn drop_contents(&mut self) {
        drop(self.0.take());
        self.0.watch = None;
    }
}

/// Tables up to this many entries have no index.
const SMALL: usize = 8;
const FREE: u32 = u32::MAX;

/// Entries taken out of a table, dropped when this is.
pub struct Taken {
    entries: *mut DictEntry,
    used: usize,
    capacity: usize,
    index: *mut u32,
    mask: usize,
}

impl Drop for Taken {
    fn drop(&mut self) {
        for position in 0..self.used {
            // SAFETY: the first `used` entries were initialised.
            let entry = unsafe { &*self.entries.add(position) };
            if entry.key != EMPTY {
                decref(entry.key);
                decref(entry.value);
            }
        }
        // SAFETY: allocated with these sizes.
        unsafe {
            free_entries(self.entries, self.capacity);
            free_index(self.index, self.mask);
        }
    }
}

unsafe fn free_entries(entries: *mut DictEntry, capacity: usize) {
    if capacity != 0 {
        // SAFETY: by contract.
        unsafe { alloc::free(entries.cast(), capacity * size_of::<DictEntry>()) }
    }
}

unsafe fn free_index(index: *mut u32, mask: usize) {
    if mask != 0 {
        // SAFETY: by contract.
        unsafe { alloc::free(index.cast(), (mask + 1) * size_of::<u32>()) }
    }
}

struct Probe {
    slot: usize,
    perturb: u64,
    mask: usize,
}

impl Probe {
    fn new(hash: u64, mask: usize) -> Probe {
        Probe {
            slot: hash as usize & mask,
            perturb: hash,
            mask,
        }
    }

    fn next(&mut self) {
        self.perturb >>= 5;
        self.slot = (self
            .slot
            .wrapping_mul(5)
            .wrapping_add(self.perturb as usize)
            .wrapping_add(1))
            & self.mask;
    }
}

/// How a key compares with another, without running Python code.
#[inline(always)]
#[expect(clippy::float_cmp, reason = "keys are equal as Python compares them")]
fn quick_equal(left: Word, right: Word) -> Option<bool> {
    if left == right {
        // The same object; a float NaN is equal to itself here, as in CPython.
        return Some(true);
    }
    if is_int(left) && is_int(right) {
        return Some(false);
    }
    if is_float(left) && is_float(right) {
        return Some(layout::float_of(left) == layout::float_of(right));
    }
    // SAFETY: live values.
    if unsafe {
        layout::has_shape(left, layout::SHAPE_STR) && layout::has_shape(right, layout::SHAPE_STR)
    } {
        return Some(string::equal(left, right));
    }
    None
}

impl Dict {
    fn empty(header: layout::Header) -> Dict {
        Dict {
            prefix: DictPrefix {
                header,
                entries: std::ptr::null_mut(),
                used: 0,
                live: 0,
                keys_version: 0,
            },
            capacity: 0,
            index: std::ptr::null_mut(),
            mask: 0,
            watch: None,
        }
    }

    /// Number of entries: Python's `len`.
    #[inline]
    pub fn len(&self) -> usize {
        self.prefix.live
    }

    /// Has it no entries?
    pub fn is_empty(&self) -> bool {
        self.prefix.live == 0
    }

    /// The entry in position `position` of insertion order; `None` if it was deleted. Positions run up to
    /// `prefix.used`.
    #[inline]
    pub fn entry_at(&self, position: usize) -> Option<&DictEntry> {
        let entry = self.all().get(position)?;
        (entry.key != EMPTY).then_some(entry)
    }

    /// The live entries in order. Don't run Python code while iterating: use positions for that.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &DictEntry> {
        self.all().iter().filter(|entry| entry.key != EMPTY)
    }

    #[inline]
    fn all(&self) -> &[DictEntry] {
        if self.prefix.used == 0 {
            return &[];
        }
        // SAFETY: the first `used` entries are initialised.
        unsafe { std::slice::from_raw_parts(self.prefix.entries, self.prefix.used) }
    }

    fn all_mut(&mut self) -> &mut [DictEntry] {
        if self.prefix.used == 0 {
            return &mut [];
        }
        // SAFETY: the first `used` entries are initialised.
        unsafe { std::slice::from_raw_parts_mut(self.prefix.entries, self.prefix.used) }
    }

    /// Takes everything out; nothing is dropped before the result is.
    pub fn take(&mut self) -> Taken {
        let taken = Taken {
            entries: self.prefix.entries,
            used: self.prefix.used,
            capacity: self.capacity,
            index: self.index,
            mask: self.mask,
        };
        if let Some(watch) = &mut self.watch {
            watch.places_change();
        }
        self.prefix.entries = std::ptr::null_mut();
        self.prefix.used = 0;
        self.prefix.keys_version = 0;
        self.prefix.live = 0;
        self.capacity = 0;
        self.index = std::ptr::null_mut();
        self.mask = 0;
        taken
    }

    /// The version of the set of keys, for guards: handed out on demand, unique.
    pub fn keys_version(&mut self, vm: &mut Vm) -> u32 {
        if self.prefix.keys_version == 0 {
            vm.keys_versions += 1;
            self.prefix.keys_version = vm.keys_versions;
        }
        self.prefix.keys_version
    }

    /// Position of the string key `name`.
    #[inline]
    pub fn position_of_name(&self, name: Word) -> Option<usize> {
        let hash = string::hash(name);
        self.search_quick(hash, |key| quick_equal(key, name) == Some(true))
    }

    #[inline]
    fn search_quick(&self, hash: u64, mut matches: impl FnMut(Word) -> bool) -> Option<usize> {
        if self.mask == 0 {
            return self
                .all()
                .iter()
                .position(|entry| entry.hash == hash && entry.key != EMPTY && matches(entry.key));
        }
        let mut probe = Probe::new(hash, self.mask);
        loop {
            // SAFETY: the probe stays within the index, which names initialised entries.
            let (position, entry) = unsafe {
                let position = *self.index.add(probe.slot);
                if position == FREE {
                    return None;
                }
                (
                    position as usize,
                    &*self.prefix.entries.add(position as usize),
                )
            };
            if entry.hash == hash && entry.key != EMPTY && matches(entry.key) {
                return Some(position);
            }
            probe.next();
        }
    }

    /// Adds a key that is not there.
    fn append(&mut self, key: Value, value: Value, hash: u64) {
        if let Some(watch) = &mut self.watch {
            watch.place_changes(hash);
        }
        if self.prefix.used == self.capacity {
            self.rebuild();
        }
        let position = self.prefix.used;
        let entry = DictEntry {
            key: key.into_word(),
            value: value.into_word(),
            hash,
        };
        // SAFETY: there is room for one more entry.
        unsafe { self.prefix.entries.add(position).write(entry) };
        self.prefix.used += 1;
        self.prefix.live += 1;
        self.prefix.keys_version = 0;
        if self.mask != 0 {
            self.link(hash, position as u32);
        }
    }

    fn link(&mut self, hash: u64, position: u32) {
        let mut probe = Probe::new(hash, self.mask);
        // SAFETY: the probe stays within the index, which always has free places.
        unsafe {
            while *self.index.add(probe.slot) != FREE {
                probe.next();
            }
            *self.index.add(probe.slot) = position;
        }
    }

    /// Moves the live entries to a new array with room to grow, and indexes them.
    fn rebuild(&mut self) {
        if let Some(watch) = &mut self.watch
            && self.prefix.live != self.prefix.used
        {
            watch.places_change();
        }
        let capacity = if self.prefix.live < SMALL {
            SMALL
        } else {
            (self.prefix.live * 2).next_power_of_two() * 2 / 3
        };
        let entries = alloc::allocate(capacity * size_of::<DictEntry>()).cast::<DictEntry>();
        let mut live = 0;
        for entry in self.entries() {
            // SAFETY: fewer live entries than `capacity`.
            unsafe {
                entries.add(live).write(DictEntry {
                    key: entry.key,
                    value: entry.value,
                    hash: entry.hash,
                });
            }
            live += 1;
        }
        // SAFETY: the old arrays have these sizes; the words they held moved.
        unsafe {
            free_entries(self.prefix.entries, self.capacity);
            free_index(self.index, self.mask);
        }
        self.prefix.entries = entries;
        self.prefix.used = live;
        self.prefix.keys_version = 0;
        self.capacity = capacity;
        self.mask = 0;
        if capacity > SMALL {
            let size = (capacity * 3 / 2).next_power_of_two();
            self.index = alloc::allocate(size * size_of::<u32>()).cast();
            // SAFETY: just allocated with this size; all ones is `FREE`.
            unsafe { std::ptr::write_bytes(self.index, 0xff, size) };
            self.mask = size - 1;
            for position in 0..live {
                // SAFETY: written above.
                let hash = unsafe { (*entries.add(position)).hash };
                self.link(hash, position as u32);
            }
        }
    }

    /// Removes the entry in `position`, which must be live.
    pub fn remove_at(&mut self, position: usize) -> (Value, Value) {
        let hash = self.all()[position].hash;
        if let Some(watch) = &mut self.watch {
            watch.place_changes(hash);
        }
        let entry = &mut self.all_mut()[position];
        let key = Value::from_owned(std::mem::replace(&mut entry.key, EMPTY));
        let value = Value::from_owned(std::mem::replace(&mut entry.value, EMPTY));
        self.prefix.live -= 1;
        self.prefix.keys_version = 0;
        (key, value)
    }

    /// Tells the watch that the value in `position` becomes `new`.
    #[cold]
    fn value_changes(&mut self, position: usize, new: Word) {
        let entry = &self.all()[position];
        let (hash, same) = (entry.hash, entry.value == new);
        if let Some(watch) = self.watch.as_mut().filter(|_| !same) {
            watch.value_changes(hash);
        }
    }

    /// Replaces the value in `position`, which must be live; returns the old one.
    #[inline]
    pub fn replace_at(&mut self, position: usize, value: Value) -> Value {
        if self.watch.is_some() {
            self.value_changes(position, value.word());
        }
        let entry = &mut self.all_mut()[position];
        Value::from_owned(std::mem::replace(&mut entry.value, value.into_word()))
    }
}

/// The table behind a dict or set word. The reference is for the moment only: don't hold it across anything that may
/// run Python code.
#[inline]
pub fn table<'a>(word: Word) -> &'a mut Dict {
    debug_assert!(cast_dict(word).is_some() || cast_set(word).is_some());
    // SAFETY: callers pass dicts and sets, which share the layout.
    unsafe { &mut *(word as *mut Dict) }
}

/// The dict behind `word`, if it is one (or an instance of a subclass).
#[inline]
pub fn cast_dict<'a>(word: Word) -> Option<&'a mut Dict> {
    // SAFETY: a live dict.
    cast::<Dict>(word).map(|dict| unsafe { &mut *dict })
}

/// The table of the set or frozenset `word`, if it is one (or an instance of a subclass).
#[inline]
pub fn cast_set<'a>(word: Word) -> Option<&'a mut Dict> {
    // SAFETY: a live set.
    cast::<Set>(word).map(|set| unsafe { &mut (*set).0 })
}

/// The value of the string key `name`, borrowed. For namespaces, whose keys are strings.
#[inline]
pub fn get_name(dict: Word, name: Word) -> Option<Word> {
    let dict = table(dict);
    let position = dict.position_of_name(name)?;
    Some(dict.all()[position].value)
}

/// Sets the string key `name`.
pub fn set_name(dict: Word, name: Word, value: Value) {
    let dict = table(dict);
    if let Some(position) = dict.position_of_name(name) {
        drop(dict.replace_at(position, value));
    } else {
        dict.append(Value::borrowed(name), value, string::hash(name));
    }
}

/// Removes the string key `name`; its value, if it was there.
pub fn remove_name(dict: Word, name: Word) -> Option<Value> {
    let dict = table(dict);
    let position = dict.position_of_name(name)?;
    Some(dict.remove_at(position).1)
}

/// Position of `key` in a dict or set.
///
/// # Errors
/// What comparing keys raises.
pub fn find(vm: &mut Vm, word: Word, key: Word, hash: u64) -> Outcome<Option<usize>> {
    'search: loop {
        let dict = table(word);
        let mut probe = Probe::new(hash, dict.mask);
        let mut scan = 0;
        loop {
            let position = if dict.mask == 0 {
                if scan == dict.prefix.used {
                    return Ok(None);
                }
                scan += 1;
                scan - 1
            } else {
                // SAFETY: the probe stays within the index.
                let position = unsafe { *dict.index.add(probe.slot) };
                if position == FREE {
                    return Ok(None);
                }
                probe.next();
                position as usize
            };
            let entry = &dict.all()[position];
            if entry.hash != hash || entry.key == EMPTY {
                continue;
            }
            match quick_equal(entry.key, key) {
                Some(true) => return Ok(Some(position)),
                Some(false) => continue,
                None => {}
            }
            let (entries, used) = (dict.prefix.entries, dict.prefix.used);
            let candidate = Value::borrowed(entry.key);
            let equal = vm.eq(candidate.word(), key)?;
            let now = table(word);
            let unchanged = now.prefix.entries == entries
                && now.prefix.used == used
                && now.all()[position].key == candidate.word();
            if !unchanged {
                continue 'search;
            }
            if equal {
                return Ok(Some(position));
            }
        }
    }
}

/// Position of the plain `key` ([`crate::protocol::plain`]); `None` if finding it may take Python code.
pub fn find_plain(vm: &mut Vm, word: Word, key: Word, hash: u64) -> Option<Option<usize>> {
    let mut unknown = false;
    let found = table(word).search_quick(hash, |other| {
        quick_equal(other, key)
            .or_else(|| plain::equal(vm, other, key))
            .unwrap_or_else(|| {
                unknown = true;
                true
            })
    });
    (!unknown).then_some(found)
}

/// Is the plain `key` certainly not there?
pub fn lacks(vm: &mut Vm, word: Word, key: Word) -> bool {
    let hash = plain::hash(vm, key);
    hash.and_then(|hash| find_plain(vm, word, key, hash)) == Some(None)
}

/// Adds to a dict or set a key that is not there.
pub fn append(word: Word, key: Value, value: Value, hash: u64) {
    table(word).append(key, value, hash);
}

/// The value of `key`.
///
/// # Errors
/// What hashing or comparing keys raises.
pub fn get(vm: &mut Vm, dict: Word, key: Word) -> Outcome<Option<Value>> {
    let hash = vm.hash(key)?;
    let position = find(vm, dict, key, hash)?;
    Ok(position.map(|position| Value::borrowed(table(dict).all()[position].value)))
}

/// Is `key` there?
///
/// # Errors
/// What hashing or comparing keys raises.
pub fn contains(vm: &mut Vm, dict: Word, key: Word) -> Outcome<bool> {
    let hash = vm.hash(key)?;
    Ok(find(vm, dict, key, hash)?.is_some())
}

/// Sets `key` to `value`; a key that is there stays as it is.
///
/// # Errors
/// What hashing or comparing keys raises.
pub fn set(vm: &mut Vm, dict: Word, key: Value, value: Value) -> Outcome<()> {
    let hash = vm.hash(key.word())?;
    set_hashed(vm, dict, key, value, hash)
}

/// [`set`] with the hash of `key` known.
///
/// # Errors
/// What comparing keys raises.
pub fn set_hashed(vm: &mut Vm, dict: Word, key: Value, value: Value, hash: u64) -> Outcome<()> {
    match find(vm, dict, key.word(), hash)? {
        Some(position) => drop(table(dict).replace_at(position, value)),
        None => table(dict).append(key, value, hash),
    }
    Ok(())
}

/// Removes `key`; its value, if it was there.
///
/// # Errors
/// What hashing or comparing keys raises.
pub fn remove(vm: &mut Vm, dict: Word, key: Word) -> Outcome<Option<Value>> {
    let hash = vm.hash(key)?;
    let position = find(vm, dict, key, hash)?;
    Ok(position.map(|position| table(dict).remove_at(position).1))
}

/// Adds `key` to a set; was it new?
///
/// # Errors
/// What hashing or comparing keys raises.
pub fn add(vm: &mut Vm, set: Word, key: Value) -> Outcome<bool> {
    let hash = vm.hash(key.word())?;
    if find(vm, set, key.word(), hash)?.is_some() {
        return Ok(false);
    }
    table(set).append(key, Value::NONE, hash);
    Ok(true)
}

/// Makes the empty table `into` a copy of `from` (both dicts, or both sets).
pub fn copy_into(from: Word, into: Word) {
    let (from, into) = (table(from), table(into));
    for entry in from.entries() {
        incref(entry.key);
        incref(entry.value);
        into.append(
            Value::from_owned(entry.key),
            Value::from_owned(entry.value),
            entry.hash,
        );
    }
}

impl Vm {
    /// An empty dict.
    pub fn new_dict(&self) -> Value {
        allocate(self.types.dict, Dict::empty)
    }

    /// An empty set.
    pub fn new_set(&self) -> Value {
        allocate(self.types.set, |header| Set(Dict::empty(header)))
    }

    /// An empty table of class `class`: `dict`, `set`, `frozenset` or one derived from them.
    pub fn new_table(&self, class: *mut crate::class::Class) -> Value {
        // SAFETY: classes are never freed.
        if unsafe { (*class).native } == std::any::TypeId::of::<Dict>() {
            allocate(class, Dict::empty)
        } else {
            allocate(class, |header| Set(Dict::empty(header)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::VmOptions;

    #[test]
    fn keeps_insertion_order_through_growth_and_deletion() {
        let mut vm = Vm::new(VmOptions::default());
        let dict = vm.new_dict();
        for number in 0..100 {
            set(
                &mut vm,
                dict.word(),
                Value::small_int(number),
                Value::small_int(number * number),
            )
            .unwrap();
        }
        for number in (0..100).step_by(2) {
            assert!(
                remove(&mut vm, dict.word(), layout::word_of_int(number))
                    .unwrap()
                    .is_some()
            );
        }
        for number in 100..200 {
            set(&mut vm, dict.word(), Value::small_int(number), Value::NONE).unwrap();
        }
        let keys: Vec<i64> = table(dict.word())
            .entries()
            .map(|entry| layout::int_of(entry.key))
            .collect();
        let expected: Vec<i64> = (0..100)
            .filter(|number| number % 2 == 1)
            .chain(100..200)
            .collect();
        assert_eq!(keys, expected);
        assert_eq!(table(dict.word()).len(), 150);
        let nine = get(&mut vm, dict.word(), layout::word_of_int(9))
            .unwrap()
            .unwrap();
        assert_eq!(layout::int_of(nine.word()), 81);
    }

    #[test]
    fn the_keys_version_changes_with_the_keys_only() {
        let mut vm = Vm::new(VmOptions::default());
        let dict = vm.new_dict();
        let name = vm.intern("x");
        set_name(dict.word(), name, Value::small_int(1));
        let version = table(dict.word()).keys_version(&mut vm);
        set_name(dict.word(), name, Value::small_int(2));
        assert_eq!(table(dict.word()).keys_version(&mut vm), version);
        let other = vm.intern("y");
        set_name(dict.word(), other, Value::small_int(2));
        assert_ne!(table(dict.word()).keys_version(&mut vm), version);
    }
}
