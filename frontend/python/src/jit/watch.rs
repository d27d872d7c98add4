//! What compiled code assumes of the program, and who notices when it changes.
//!
//! A global that holds the same value all the time need not be read, nor a class that stays as it is be looked at: the trace
//! assumes it, and whoever makes the change invalidates the trace ([`sashiko_backend::assumptions`]). There are five sorts of
//! assumption:
//!
//! | | broken by |
//! |---|---|
//! | a class (with its bases) is as it is | [`Vm::class_changed`] |
//! | a function's code and defaults are what they are | [`Vm::function_changed`] |
//! | no class has a finalizer | [`crate::finalizer::announce`] |
//! | a name of a namespace has the value it has | a store to that entry, its removal |
//! | a name of a namespace is where it is, or absent | its removal or appearance, moving the entries |
//!
//! Namespaces are dicts. One that is watched has a [`Watch`], which the dict's own methods ask before each change. Compiled
//! code changes dicts through the same methods, but for [`dict_swap_at`](crate::uops::objects::dict_swap_at), which stores to
//! a global: a recorder that writes it has declared the name a variable ([`Watch::vary`]), and nobody assumes its value again.
//!
//! What changes too often is not assumed any more; guards do then.

use std::collections::BTreeMap;

use sashiko_backend::Assumption;

use super::Jit;
use crate::class::Class;
use crate::layout::{self, Word};
use crate::objects::code::Code;
use crate::objects::dict;
use crate::objects::function::Function;
use crate::objects::string;
use crate::opcode::{self as op, generic};
use crate::value::incref;
use crate::vm::Vm;

/// A class or a place that has changed this often under somebody who assumed it is guarded instead.
const MOST_BREAKS: u32 = 4;
/// The same of the value of a name, which was seen to be a variable then.
const MOST_VALUES: u32 = 2;

/// Everything below `class` in the tree of classes reports to it, so one number is enough.
pub fn of_class(class: *const Class) -> Assumption {
    Assumption(class as u64 | 1)
}

/// The function is kept alive by who assumes it, so that its address is its name.
pub fn of_function(function: *const Function) -> Assumption {
    Assumption(function as u64 | 2)
}

/// Dropping a reference runs no Python code: see [`crate::finalizer`].
pub const NO_FINALIZERS: Assumption = Assumption(3);

/// What is assumed of a name.
#[derive(Clone, Copy, Debug, Default)]
struct Name {
    number: u32,
    /// Does anybody assume its value?
    value: bool,
    /// Does anybody assume where it is, or that it is not there?
    place: bool,
    values: u32,
    places: u32,
}

impl Name {
    fn of_value(self) -> Assumption {
        Assumption(u64::from(self.number) << 3 | 4)
    }

    fn of_place(self) -> Assumption {
        Assumption(u64::from(self.number) << 3 | 5)
    }
}

/// What is assumed of a dict that is a namespace.
#[derive(Debug)]
pub struct Watch {
    /// The JIT, which outlives the watch: it takes all watches away when it goes.
    jit: *mut Jit,
    /// By the name's hash: two names of one hash change together, which is rare and safe.
    names: BTreeMap<u64, Name>,
}

impl Watch {
    fn name(&mut self, hash: u64) -> &mut Name {
        self.names.entry(hash).or_insert_with(|| {
            // SAFETY: the JIT is alive; whoever holds a reference to it watches no dict meanwhile.
            let number = unsafe {
                (*self.jit).names += 1;
                (*self.jit).names
            };
            Name {
                number,
                ..Name::default()
            }
        })
    }

    fn broken(&self, assumption: Assumption) {
        // SAFETY: as above.
        unsafe { (*self.jit).broken(assumption) }
    }

    /// The entry of a name with this hash gets another value.
    pub fn value_changes(&mut self, hash: u64) {
        let Some(name) = self.names.get_mut(&hash).filter(|name| name.value) else {
            return;
        };
        name.value = false;
        name.values += 1;
        let assumption = name.of_value();
        self.broken(assumption);
    }

    /// The entry of a name with this hash comes or goes.
    pub fn place_changes(&mut self, hash: u64) {
        self.value_changes(hash);
        let Some(name) = self.names.get_mut(&hash).filter(|name| name.place) else {
            return;
        };
        name.place = false;
        name.places += 1;
        let assumption = name.of_place();
        self.broken(assumption);
    }

    /// Entries change their positions.
    pub fn places_change(&mut self) {
        let hashes: Vec<u64> = self.names.keys().copied().collect();
        for hash in hashes {
            self.place_changes(hash);
        }
    }

    /// The name is stored to by compiled code: nobody assumes its value from now on. True if somebody did.
    fn vary(&mut self, hash: u64) -> bool {
        let assumed = self.name(hash).value;
        self.value_changes(hash);
        self.name(hash).values = MOST_VALUES;
        assumed
    }
}

/// The watch of the namespace `dict`, made if there is none; `None` without a JIT.
fn watch(vm: &mut Vm, dict: Word) -> Option<&mut Watch> {
    let jit: *mut Jit = &raw mut **vm.jit.as_mut()?;
    let table = dict::table(dict);
    if table.watch.is_none() {
        incref(dict);
        // SAFETY: just taken from the VM.
        unsafe { (*jit).watched.push(dict) };
        table.watch = Some(Box::new(Watch {
            jit,
            names: BTreeMap::new(),
        }));
    }
    table.watch.as_deref_mut()
}

/// The assumption that `name` has the value it has in `dict`, unless it is a variable.
pub fn of_value(vm: &mut Vm, dict: Word, name: Word) -> Option<Assumption> {
    let name = watch(vm, dict)?.name(string::hash(name));
    if name.values >= MOST_VALUES {
        return None;
    }
    name.value = true;
    Some(name.of_value())
}

/// The assumption that `name` is where it is in `dict`, or is not there, unless that changes often.
pub fn of_place(vm: &mut Vm, dict: Word, name: Word) -> Option<Assumption> {
    let name = watch(vm, dict)?.name(string::hash(name));
    if name.places >= MOST_BREAKS {
        return None;
    }
    name.place = true;
    Some(name.of_place())
}

/// Compiled code is going to store to `name` of `dict`. The assumption that this breaks, if somebody had made it.
pub fn vary(vm: &mut Vm, dict: Word, name: Word) -> Option<Assumption> {
    let hash = string::hash(name);
    let watch = watch(vm, dict)?;
    let assumed = watch.vary(hash);
    assumed.then(|| watch.name(hash).of_value())
}

/// Declares the globals that `code` stores to variables: all that a function stores, and what the body of a module stores in
/// a loop.
pub fn find_variables(vm: &mut Vm, code: &Code, globals: Word) {
    let first = vm.jit.as_mut().is_some_and(|jit| jit.scanned.insert(code));
    if first {
        for name in stored_names(code) {
            // Who assumes its value in the recording under way finds out when it gets to the store.
            vary(vm, globals, name);
        }
    }
}

/// Names that `code` stores to as globals, as far as it does so more than once.
fn stored_names(code: &Code) -> Vec<Word> {
    let mut stores = Vec::new();
    let mut loops: Vec<(usize, usize)> = Vec::new();
    let (mut pc, mut extended) = (0, 0);
    while let Some(unit) = code.units.get(pc) {
        let arg = extended | usize::from(unit.arg);
        extended = 0;
        let end = pc + 1 + op::caches(unit.op);
        match generic(unit.op) {
            op::EXTENDED_ARG => extended = arg << 8,
            op::STORE_GLOBAL => stores.push((None, arg)),
            op::STORE_NAME => stores.push((Some(pc), arg)),
            op::JUMP_BACKWARD | op::JUMP_BACKWARD_NO_INTERRUPT => {
                loops.push((end.saturating_sub(arg), pc));
            }
            _ => {}
        }
        pc = end;
    }
    let again = |at: Option<usize>| {
        at.is_none_or(|at| {
            loops
                .iter()
                .any(|&(first, last)| (first..=last).contains(&at))
        })
    };
    let stores = stores.into_iter().filter(|&(at, _)| again(at));
    stores
        .filter_map(|(_, arg)| code.names.get(arg).copied())
        .collect()
}

/// May the value of a name be written into code? What it refers to must not be waited for: a trace keeps it alive.
pub fn is_promotable(word: Word) -> bool {
    use layout::{SHAPE_CLASS, SHAPE_FUNCTION, SHAPE_MODULE, SHAPE_NATIVE, SHAPE_STR};
    if !layout::is_pointer(word) {
        return word != layout::EMPTY;
    }
    // SAFETY: a live object.
    let shape = unsafe { (*layout::header(word)).shape };
    [
        SHAPE_FUNCTION,
        SHAPE_CLASS,
        SHAPE_MODULE,
        SHAPE_NATIVE,
        SHAPE_STR,
    ]
    .contains(&shape)
}

impl Jit {
    /// What `assumption` says has changed, or is about to.
    ///
    /// # Panics
    /// If the system refuses to change the protection of code: neither the old code nor any other can be run then.
    pub(crate) fn broken(&mut self, assumption: Assumption) {
        let under_way = self.recording.as_deref_mut().into_iter();
        for recording in under_way.chain(&mut self.suspended) {
            recording.broken |= recording.assumes(assumption);
        }
        let killed = match self.engine.invalidate(assumption) {
            Ok(killed) => killed,
            Err(error) => panic!("{error}"),
        };
        if killed > 0 {
            *self.breaks.entry(assumption).or_default() += 1;
            self.forget_invalid();
        }
    }

    /// Has it not been broken too often?
    pub(super) fn may_assume(&self, assumption: Assumption) -> bool {
        let breaks = self.breaks.get(&assumption);
        breaks.is_none_or(|&breaks| breaks < MOST_BREAKS)
    }

    /// Nobody watches dicts any more.
    pub(super) fn unwatch(&mut self) {
        for dict in self.watched.drain(..) {
            dict::table(dict).watch = None;
            crate::value::decref(dict);
        }
    }
}
