//! Facts about a uop: what the recorder, the optimizer and the allocators may assume of it.
//!
//! The builder writes one [`UopInfo`] for each uop from its signature and attribute. Defaults are pessimistic: a uop
//! of which nothing is said reads and writes all memory, and its exits are checks that must stay. A fact left out
//! costs speed; only a fact that is *wrong* costs correctness, so each is something the author wrote down.

use crate::uop::{Aliases, Kinds};

/// Index of a uop in its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UopId(pub u16);

/// How a value is held in a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rep {
    /// A VM value, tagged as the VM likes.
    Word,
    /// A raw 64-bit integer.
    Int,
    /// A raw 64-bit float.
    Float,
    /// A truth value, 0 or 1.
    Bool,
    /// A raw pointer.
    Ptr,
}

impl Rep {
    /// All representations.
    pub const ALL: [Rep; 5] = [Rep::Word, Rep::Int, Rep::Float, Rep::Bool, Rep::Ptr];

    /// Its name in trace text.
    pub const fn name(self) -> &'static str {
        match self {
            Rep::Word => "word",
            Rep::Int => "int",
            Rep::Float => "float",
            Rep::Bool => "bool",
            Rep::Ptr => "ptr",
        }
    }

    /// The representation called `name` in trace text.
    pub fn from_name(name: &str) -> Option<Rep> {
        Rep::ALL.into_iter().find(|rep| rep.name() == name)
    }
}

/// Position of an input of a uop.
pub type InputId = u8;

/// An input of a uop.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    /// Name of the parameter.
    pub name: &'static str,
    /// How it is held.
    pub rep: Rep,
    /// What a guard proves of it: after success it has these kinds. [`Kinds::ANY`] where nothing is proved.
    pub checks: Kinds,
    /// What any success proves of it, also where more than that was tested.
    pub proves: Kinds,
}

/// An immediate of a uop: a constant of the trace.
#[derive(Clone, Copy, Debug)]
pub struct Immediate {
    /// Name of the parameter.
    pub name: &'static str,
    /// 32 (sign-extended) or 64.
    pub bits: u8,
}

/// The result of a uop.
#[derive(Clone, Copy, Debug)]
pub struct Result {
    /// How it is held.
    pub rep: Rep,
    /// What it is known to be.
    pub kinds: Kinds,
}

/// What a uop is for, as far as deleting it is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A function of its inputs: deleted when unused, folded when constant.
    Pure,
    /// A check: deleted when proved.
    Guard,
    /// Something with an effect, or that reads memory.
    Effect,
}

/// What a uop does besides computing its result.
#[derive(Clone, Copy, Debug)]
pub struct Effects {
    /// Memory its result (or its check) depends on.
    pub reads: Aliases,
    /// Memory it changes. A uop that writes nothing and is not a guard may be deleted when its result is unused.
    pub writes: Aliases,
    /// `+1`/`-1`: adds or drops a reference to its only input. 0: counts are untouched.
    pub counts: i8,
}

/// One uop of the sequence a composed uop stands for.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The uop.
    pub uop: UopId,
    /// Its inputs.
    pub inputs: &'static [StepArg],
    /// Its immediates, as positions among the immediates of the composed uop.
    pub immediates: &'static [u8],
}

/// Where a [`Step`] takes an input from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepArg {
    /// An input of the composed uop.
    Input(InputId),
    /// The result of an earlier step.
    Step(u8),
}

/// A number that a fact about fields names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldOperand {
    /// An input.
    Input(InputId),
    /// An immediate, by position.
    Immediate(u8),
    /// A literal: bits.
    Literal(u64),
}

/// Which field of which object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The input that is the object; `None`: the one that is made.
    pub object: Option<InputId>,
    /// The alias class: one bit.
    pub class: Aliases,
    /// The number; `None`: every field of the class that is not named.
    pub index: Option<FieldOperand>,
}

/// What a uop does with fields of objects. All of it is spelled out in [`uop`](crate::uop).
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    /// Does it make an object?
    pub alloc: bool,
    /// The result is what this field held before.
    pub gets: Option<Place>,
    /// Fields that are given new contents.
    pub sets: &'static [(Place, FieldOperand)],
    /// The guard succeeds if and only if the field holds this.
    pub tests: Option<(Place, FieldOperand)>,
}

impl Fields {
    /// Of a uop that has nothing to do with fields.
    pub const NONE: Fields = Fields {
        alloc: false,
        gets: None,
        sets: &[],
        tests: None,
    };

    /// Is anything known?
    pub const fn is_none(&self) -> bool {
        !self.alloc && self.gets.is_none() && self.sets.is_empty() && self.tests.is_none()
    }
}

/// How evaluating a uop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With a result: its bits (floats as their bits, truth values as 0 or 1).
    Value(u64),
    /// Without a result.
    Done,
    /// It leaves the trace.
    Exit,
}

/// What a uop may need besides its inputs when it is evaluated.
#[derive(Clone, Copy, Debug)]
pub struct Env {
    /// The VM's context pointer, for uops that take `ctx`.
    pub vm: *mut u8,
    /// The frame base, for uops that take `base`.
    pub base: *mut u64,
}

/// Evaluates a uop by calling the author's function: inputs and immediates as bits.
///
/// # Safety
/// The inputs must be what the uop expects (live objects where it dereferences), and `Env` what it uses. A [`Role::Pure`]
/// uop takes any bits of the right representation.
pub type Eval = unsafe fn(env: Env, inputs: &[u64], immediates: &[u64]) -> Outcome;

/// A uop that is called rather than copied.
#[derive(Clone, Copy, Debug)]
pub struct CallInfo {
    /// Address of the glue: `extern "sysv64" fn(vm, gpr inputs and immediates in order.., float inputs in order..)`,
    /// returning (value in `rax` or `xmm0`, failed in `rdx`, or `rax` after a float).
    pub address: fn() -> usize,
}

/// All that is known about a uop.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, each asked for by name"
)]
pub struct UopInfo {
    /// Its name: the function's.
    pub name: &'static str,
    /// The first paragraph of its documentation.
    pub doc: &'static str,
    /// Inputs, in order.
    pub inputs: &'static [Input],
    /// Immediates, in order.
    pub immediates: &'static [Immediate],
    /// Result, if it has one.
    pub result: Option<Result>,
    /// Can it leave the trace?
    pub exits: bool,
    /// Reason code of its exits.
    pub reason: &'static str,
    /// What it is for.
    pub role: Role,
    /// What it does besides.
    pub effects: Effects,
    /// Turns a raw value into a [`Rep::Word`] of the same value.
    pub boxes: bool,
    /// Turns a [`Rep::Word`] into the raw value it holds.
    pub unboxes: bool,
    /// May its first two inputs be exchanged?
    pub commutes: bool,
    /// A place where a trace leaves once something it assumes is no longer true: five bytes that do nothing until then.
    pub patch_point: bool,
    /// What it does with fields of objects.
    pub fields: Fields,
    /// The uop without the check, for when the check is known to hold. Of a uop that counts references: the one for what
    /// is known to carry a count.
    pub unchecked: Option<UopId>,
    /// What it is composed of; empty if it is not a composition.
    pub steps: &'static [Step],
    /// Which step's result is the composition's result.
    pub steps_result: Option<StepArg>,
    /// How to evaluate it.
    pub eval: Eval,
    /// How to call it, if it is too large for a stencil.
    pub call: Option<CallInfo>,
    /// Address of its slow function: `extern "sysv64" fn(vm, input)`; only for uops that return `Fast`.
    pub slow: Option<fn() -> usize>,
    /// Does its body take the VM's context pointer or the frame base? Such uops are never folded.
    pub takes_env: bool,
    /// Does its body take the frame base? Such uops see slots: memory must be the truth before them, and nothing is
    /// known of slots behind them.
    pub takes_base: bool,
}

impl UopInfo {
    /// What it comes to for constant `inputs`, found by evaluating it; `None` for uops that may not be evaluated at
    /// compile time. Only uops that are [`Role::Pure`] are, and guards that read no memory and check no kinds (the kind
    /// of a word may stand in the object it points to): their outcome depends on the bits alone.
    pub fn fold(&self, inputs: &[u64], immediates: &[u64]) -> Option<Outcome> {
        let checks_kinds = self.inputs.iter().any(|input| input.checks != Kinds::ANY);
        (!checks_kinds).then(|| self.evaluate(inputs, immediates))?
    }

    /// Evaluates what depends on bits alone. The caller knows that no word is followed into memory.
    pub(crate) fn evaluate(&self, inputs: &[u64], immediates: &[u64]) -> Option<Outcome> {
        let of_bits_alone = self.role != Role::Effect
            && self.effects.reads.0 == 0
            && self.effects.writes.0 == 0
            && self.effects.counts == 0;
        let fits = inputs.len() == self.inputs.len() && immediates.len() == self.immediates.len();
        if !of_bits_alone || !fits || self.takes_env || self.call.is_some() || self.slow.is_some() {
            return None;
        }
        let nowhere = Env {
            vm: core::ptr::null_mut(),
            base: core::ptr::null_mut(),
        };
        // SAFETY: the uop takes neither context nor frame base, touches no memory, and its outcome depends on the bits
        // of its inputs alone, which have the arity it expects.
        Some(unsafe { (self.eval)(nowhere, inputs, immediates) })
    }

    /// May it write slots of the frame?
    pub const fn writes_slots(&self) -> bool {
        self.takes_base && self.effects.writes.0 != 0
    }

    /// May it be deleted when nothing uses its result?
    pub const fn removable(&self) -> bool {
        match self.role {
            Role::Pure => true,
            Role::Guard => false,
            // Reading memory without changing it is no effect; leaving the trace is.
            Role::Effect => {
                !self.fields.alloc
                    && self.effects.writes.0 == 0
                    && self.effects.counts == 0
                    && !self.exits
                    && self.slow.is_none()
            }
        }
    }
}
