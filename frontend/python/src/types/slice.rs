//! `slice`.

use super::{convert, declined};
use crate::class::Class;
use crate::core_types::descriptors::GetSetDef;
use crate::error::Outcome;
use crate::layout::Word;
use crate::object::cast;
use crate::objects::native::{Args, Arity, NativeDef};
use crate::objects::slice::Slice;
use crate::operator::Comparison;
use crate::value::Value;
use crate::vm::Vm;

/// The methods of `slice`.
pub const METHODS: &[NativeDef] = &[NativeDef::method("indices", Arity::One, indices)];

/// Start, stop and step of a slice, borrowed.
pub fn parts(word: Word) -> (Word, Word, Word) {
    let slice = cast::<Slice>(word).expect("callers pass slices");
    // SAFETY: a live slice; slices don't change.
    unsafe { ((*slice).start, (*slice).stop, (*slice).step) }
}

/// Is `word` a slice?
#[inline]
pub fn is_slice(word: Word) -> bool {
    cast::<Slice>(word).is_some()
}

fn indices(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let len = convert::to_i64_clamped(vm, args.values[1])?;
    let Ok(len) = usize::try_from(len) else {
        return Err(vm.value_error("length should not be negative"));
    };
    let (start, stop, step) = convert::slice_indices(vm, args.values[0], len)?;
    let items = vec![vm.new_int(start), vm.new_int(stop), vm.new_int(step)];
    Ok(vm.new_tuple(items))
}

fn repr(vm: &mut Vm, word: Word) -> Outcome<Value> {
    let (start, stop, step) = parts(word);
    let text = format!(
        "slice({}, {}, {})",
        vm.repr_text(start)?,
        vm.repr_text(stop)?,
        vm.repr_text(step)?
    );
    Ok(vm.new_str(&text))
}

fn as_tuple(vm: &Vm, word: Word) -> Value {
    let (start, stop, step) = parts(word);
    vm.new_tuple_from(&[start, stop, step])
}

fn compare(vm: &mut Vm, left: Word, right: Word, op: Comparison) -> Outcome<Value> {
    if !is_slice(left) || !is_slice(right) {
        return declined(vm);
    }
    let (left, right) = (as_tuple(vm, left), as_tuple(vm, right));
    vm.compare(op, left.word(), right.word())
}

fn new(vm: &mut Vm, _: *mut Class, args: Args) -> Outcome<Value> {
    let own = Value::borrowed;
    match *args.values {
        [stop] => Ok(vm.new_slice(Value::NONE, own(stop), Value::NONE)),
        [start, stop] => Ok(vm.new_slice(own(start), own(stop), Value::NONE)),
        [start, stop, step] => Ok(vm.new_slice(own(start), own(stop), own(step))),
        [] => Err(vm.type_error("slice expected at least 1 argument, got 0")),
        _ => {
            let given = args.values.len();
            Err(vm.type_error(format!("slice expected at most 3 arguments, got {given}")))
        }
    }
}

const ATTRIBUTES: &[GetSetDef] = &[
    GetSetDef {
        name: "start",
        get: |_, word| Ok(Value::borrowed(parts(word).0)),
        set: None,
    },
    GetSetDef {
        name: "stop",
        get: |_, word| Ok(Value::borrowed(parts(word).1)),
        set: None,
    },
    GetSetDef {
        name: "step",
        get: |_, word| Ok(Value::borrowed(parts(word).2)),
        set: None,
    },
];

/// Fills in the class `slice`.
pub fn install(vm: &mut Vm) {
    let class = vm.types.slice;
    // SAFETY: classes are never freed.
    let slots = unsafe { &mut (*class).slots };
    slots.repr = Some(repr);
    slots.compare = Some(compare);
    slots.new = Some(new);
    vm.define(class, METHODS);
    vm.define_getset(class, ATTRIBUTES);
    vm.ready(class);
}
