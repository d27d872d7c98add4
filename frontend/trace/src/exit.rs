//! How the VM's state is rebuilt when a trace is left.
//!
//! A snapshot says which slots are stale, what belongs there, which values are owed a reference, and which objects have to be
//! made. Whoever leaves a trace (the uop interpreter here, the backend's exit routine for machine code) gathers the values
//! from wherever they are into a [`State`] and rebuilds from that. What a raw value looks like in a slot, and how references are
//! counted, only the VM knows: it implements [`Rebuild`]. Objects are made by running uops, as the trace would have.

use std::rc::Rc;

use sashiko_stencils::info::{Env, Outcome};
use sashiko_stencils::{Rep, UopId, UopTable};
use smallvec::SmallVec;

use crate::ir::{Slot, Snapshot, Trace, ValueId};

/// What the VM does for an exit.
pub trait Rebuild {
    /// The word that stands for the raw value `bits`, held as `rep`. Its reference, if it is counted, goes to the slot.
    fn box_value(&mut self, rep: Rep, bits: u64) -> u64;

    /// Adds a reference to what `word` refers to, if it is counted.
    fn add_reference(&mut self, word: u64);

    /// The pointer that uops take as `ctx`. Needed only where uops that make objects take it.
    fn vm_pointer(&mut self) -> *mut u8 {
        std::ptr::null_mut()
    }
}

/// What belongs into a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotValue {
    /// The slot.
    pub slot: Slot,
    /// How the value is held.
    pub rep: Rep,
    /// The value.
    pub bits: u64,
}

/// How an exit makes objects: its snapshot's [`made`](Snapshot::made), with names resolved.
#[derive(Debug, PartialEq, Eq)]
pub struct Recipe {
    steps: Box<[Step]>,
    /// Of all steps, in order: the object that this step made, or the next of the exit's field values.
    args: Box<[Option<u32>]>,
    /// Slots that get an object, by step.
    slots: Box<[(Slot, u32)]>,
    /// Objects that are owed a reference, by step.
    owed: Box<[u32]>,
}

#[derive(Debug, PartialEq, Eq)]
struct Step {
    uop: UopId,
    immediates: Box<[u64]>,
}

impl Recipe {
    /// What `snapshot` makes; `None` if it makes nothing.
    pub fn of(snapshot: &Snapshot<'_>) -> Option<Rc<Recipe>> {
        if snapshot.made.is_empty() {
            return None;
        }
        let step = |value: ValueId| {
            let mut made = snapshot.made.iter();
            let step = made.position(|made| made.result == Some(value))?;
            Some(step as u32)
        };
        let steps = snapshot.made.iter().map(|made| Step {
            uop: made.uop,
            immediates: made.immediates.into(),
        });
        let args = snapshot.made.iter().flat_map(|made| made.args);
        let slots = snapshot.slots.iter();
        let slots = slots.filter_map(|(slot, value)| Some((*slot, step(*value)?)));
        let owed = snapshot.owed.iter().filter_map(|value| step(*value));
        Some(Rc::new(Recipe {
            steps: steps.collect(),
            args: args.map(|arg| step(*arg)).collect(),
            slots: slots.collect(),
            owed: owed.collect(),
        }))
    }
}

/// The state to rebuild, with all values read: they may lie in the very slots that are filled.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Slots that get values.
    pub slots: SmallVec<[SlotValue; 32]>,
    /// Words that get a reference.
    pub owed: SmallVec<[u64; 16]>,
    /// Values that go into fields of objects, in order.
    pub fields: SmallVec<[(Rep, u64); 8]>,
    /// Which objects those are.
    pub recipe: Option<Rc<Recipe>>,
}

impl State {
    /// What `snapshot` asks for when values have the bits `bits` says.
    pub fn of(trace: &Trace<'_>, snapshot: &Snapshot<'_>, bits: impl Fn(ValueId) -> u64) -> State {
        let is_value = |value: &ValueId| !snapshot.makes(*value);
        let slots = snapshot.slots.iter().copied();
        let slots = slots.filter(|(_, value)| is_value(value));
        let owed = snapshot.owed.iter().copied().filter(is_value);
        let fields = snapshot.made.iter().flat_map(|made| made.args);
        let fields = fields.copied().filter(is_value);
        let held = |value: ValueId| (trace.value(value).rep, bits(value));
        State {
            slots: slots
                .map(|(slot, value)| {
                    let (rep, bits) = held(value);
                    SlotValue { slot, rep, bits }
                })
                .collect(),
            owed: owed.map(&bits).collect(),
            fields: fields.map(held).collect(),
            recipe: Recipe::of(snapshot),
        }
    }

    /// Makes memory the truth: adds the references that are owed, makes objects, then fills slots, boxing raw values.
    ///
    /// # Safety
    /// `base` plus each slot must be valid for writes, the words live, and the objects' fields what the uops of `table` that make
    /// them expect.
    ///
    /// # Panics
    /// If there are fewer field values than the recipe takes.
    pub unsafe fn rebuild(
        &self,
        table: &UopTable,
        base: *mut u64,
        vm: &mut (impl Rebuild + ?Sized),
    ) {
        for word in &self.owed {
            vm.add_reference(*word);
        }
        if let Some(recipe) = &self.recipe {
            // SAFETY: the caller's promise.
            unsafe { self.make(recipe, table, base, vm) };
        }
        for SlotValue { slot, rep, bits } in &self.slots {
            let word = boxed(vm, *rep, *bits);
            // SAFETY: the caller vouches for the slots.
            unsafe { base.offset(slot.0 as isize).write(word) };
        }
    }

    unsafe fn make(
        &self,
        recipe: &Recipe,
        table: &UopTable,
        base: *mut u64,
        vm: &mut (impl Rebuild + ?Sized),
    ) {
        let mut fields = self.fields.iter();
        let mut args = recipe.args.iter();
        let mut objects: SmallVec<[u64; 8]> = SmallVec::new();
        let mut inputs: SmallVec<[u64; 8]> = SmallVec::new();
        for step in &recipe.steps {
            let info = table.info(step.uop);
            inputs.clear();
            for input in info.inputs {
                if let Some(step) = args.next().copied().flatten() {
                    inputs.push(objects[step as usize]);
                    continue;
                }
                let (rep, bits) = *fields.next().expect("a value for each field");
                inputs.push(match input.rep {
                    Rep::Word => boxed(vm, rep, bits),
                    _ => bits,
                });
            }
            let env = Env {
                vm: vm.vm_pointer(),
                base,
            };
            // SAFETY: the caller vouches for the fields, and the steps are those of a right trace.
            let outcome = unsafe { (info.eval)(env, &inputs, &step.immediates) };
            objects.push(match outcome {
                Outcome::Value(bits) => bits,
                Outcome::Done | Outcome::Exit => 0,
            });
        }
        for step in &recipe.owed {
            vm.add_reference(objects[*step as usize]);
        }
        for (slot, step) in &recipe.slots {
            // SAFETY: the caller vouches for the slots.
            unsafe { base.offset(slot.0 as isize).write(objects[*step as usize]) };
        }
    }
}

/// The word of a value.
fn boxed(vm: &mut (impl Rebuild + ?Sized), rep: Rep, bits: u64) -> u64 {
    match rep {
        Rep::Word => bits,
        rep => vm.box_value(rep, bits),
    }
}
