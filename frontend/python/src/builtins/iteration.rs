//! Built-in functions and classes of iteration.

use crate::class::Class;
use crate::error::Outcome;
use crate::layout::{self, Word};
use crate::objects::bigint::as_int;
use crate::objects::native::{Args, Arity, NativeDef};
use crate::operator::BinaryOp;
use crate::types::convert::{call_special, to_index};
use crate::types::iterators::{self, Advance};
use crate::types::sequences::{self, Backwards};
use crate::types::{int_flag, iterate, sort};
use crate::value::Value;
use crate::vm::Vm;

/// What this file adds to `builtins`, besides classes.
pub(super) const FUNCTIONS: &[NativeDef] = &[
    NativeDef::function("iter", Arity::Between(1, 2), iter),
    NativeDef::function("next", Arity::Between(1, 2), next),
    NativeDef::function("len", Arity::One, |vm, args| {
        let len = vm.len(args.values[0])?;
        Ok(vm.new_int(len as i64))
    }),
    NativeDef::function("sorted", Arity::Keywords, sorted),
    NativeDef::function("any", Arity::One, |vm, args| quantifier(vm, args, true)),
    NativeDef::function("all", Arity::One, |vm, args| quantifier(vm, args, false)),
];

fn next(vm: &mut Vm, args: Args) -> Outcome<Value> {
    match vm.iter_next(args.values[0]) {
        Ok(Some(item)) => Ok(item),
        Ok(None) => match args.get(1) {
            Some(default) => Ok(Value::borrowed(default)),
            None => Err(vm.raise_stop_iteration()),
        },
        Err(raised) => match args.get(1) {
            Some(default) if vm.catch(raised, vm.types.StopIteration) => {
                Ok(Value::borrowed(default))
            }
            _ => Err(raised),
        },
    }
}

fn iter(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let Some(sentinel) = args.get(1) else {
        return vm.iter(args.values[0]);
    };
    if !super::introspection::is_callable(vm, args.values[0]) {
        return Err(vm.type_error("iter(v, w): v must be callable"));
    }
    let state = Calls {
        function: Value::borrowed(args.values[0]),
        sentinel: Value::borrowed(sentinel),
    };
    Ok(iterators::new(vm.types.callable_iterator, state))
}

fn sorted(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let [iterable, key, reverse] = args.bind(vm, "sorted", ["", "key", "reverse"], 1)?;
    if args.positional().len() != 1 {
        let given = args.positional().len();
        return Err(vm.type_error(format!("sorted expected 1 argument, got {given}")));
    }
    let mut items = vm.collect(iterable.unwrap_or(layout::NONE))?;
    let reverse = match reverse {
        Some(word) => int_flag(vm, word)?,
        None => false,
    };
    sort::sort(
        vm,
        &mut items,
        key.filter(|&word| word != layout::NONE),
        reverse,
    )?;
    Ok(vm.new_list(items))
}

/// Does any item (or, for `all`, does none of the opposite) have the truth value `stop`?
fn quantifier(vm: &mut Vm, args: Args, stop: bool) -> Outcome<Value> {
    let iterator = vm.iter(args.values[0])?;
    while let Some(item) = vm.iter_next(iterator.word())? {
        if vm.truthy(item.word())? == stop {
            return Ok(Value::bool(stop));
        }
    }
    Ok(Value::bool(!stop))
}

/// `iter(function, sentinel)`.
pub struct Calls {
    function: Value,
    sentinel: Value,
}

impl Advance for Calls {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        let item = vm.call(self.function.word(), &[])?;
        Ok(if vm.eq(item.word(), self.sentinel.word())? {
            None
        } else {
            Some(item)
        })
    }
}

/// `enumerate`.
pub struct Enumerate {
    iterator: Value,
    next: Value,
}

impl Advance for Enumerate {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        let pair = self.advance_pair(vm)?;
        Ok(pair.map(|(number, item)| vm.new_tuple(vec![number, item])))
    }

    fn makes_pairs(&self) -> bool {
        true
    }

    fn advance_pair(&mut self, vm: &mut Vm) -> Outcome<Option<(Value, Value)>> {
        let Some(item) = vm.iter_next(self.iterator.word())? else {
            return Ok(None);
        };
        let number = self.next.clone();
        self.next = if layout::is_int(number.word()) {
            vm.new_int(layout::int_of(number.word()) + 1)
        } else {
            vm.binary_op(BinaryOp::Add, number.word(), layout::word_of_int(1))?
        };
        Ok(Some((number, item)))
    }
}

fn enumerate_new(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let [iterable, start] = args.bind(vm, "enumerate", ["iterable", "start"], 0)?;
    let Some(iterable) = iterable else {
        return Err(vm.type_error("enumerate() missing required argument 'iterable' (pos 1)"));
    };
    let next = match start {
        Some(start) => to_index(vm, start)?,
        None => Value::small_int(0),
    };
    debug_assert!(as_int(next.word()).is_some());
    let iterator = vm.iter(iterable)?;
    Ok(iterators::new(class, Enumerate { iterator, next }))
}

/// `zip`.
pub struct Zip {
    iterators: Vec<Value>,
    strict: bool,
}

impl Advance for Zip {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        if self.iterators.is_empty() {
            return Ok(None);
        }
        let mut items = Vec::with_capacity(self.iterators.len());
        for iterator in &self.iterators {
            match vm.iter_next(iterator.word())? {
                Some(item) => items.push(item),
                None if self.strict => return self.check_ends(vm, items.len()),
                None => return Ok(None),
            }
        }
        Ok(Some(vm.new_tuple(items)))
    }

    fn makes_pairs(&self) -> bool {
        self.iterators.len() == 2 && !self.strict
    }

    fn advance_pair(&mut self, vm: &mut Vm) -> Outcome<Option<(Value, Value)>> {
        let Some(first) = vm.iter_next(self.iterators[0].word())? else {
            return Ok(None);
        };
        let second = vm.iter_next(self.iterators[1].word())?;
        Ok(second.map(|second| (first, second)))
    }
}

impl Zip {
    /// In strict mode, the iterator in place `ended` came to its end: all must.
    fn check_ends(&self, vm: &mut Vm, ended: usize) -> Outcome<Option<Value>> {
        let others = |count: usize| {
            if count == 1 {
                "argument 1".to_owned()
            } else {
                format!("arguments 1-{count}")
            }
        };
        if ended > 0 {
            let (number, others) = (ended + 1, others(ended));
            return Err(vm.value_error(format!("zip() argument {number} is shorter than {others}")));
        }
        for (place, iterator) in self.iterators.iter().enumerate().skip(1) {
            if vm.iter_next(iterator.word())?.is_some() {
                let (number, others) = (place + 1, others(place));
                return Err(
                    vm.value_error(format!("zip() argument {number} is longer than {others}"))
                );
            }
        }
        Ok(None)
    }
}

fn zip_new(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let mut strict = false;
    for (name, value) in args.keywords() {
        if name != "strict" {
            return Err(vm.type_error(format!("zip() got an unexpected keyword argument '{name}'")));
        }
        strict = vm.truthy(value)?;
    }
    let mut all = Vec::new();
    for &iterable in args.positional() {
        all.push(vm.iter(iterable)?);
    }
    Ok(iterators::new(
        class,
        Zip {
            iterators: all,
            strict,
        },
    ))
}

/// `map`.
pub struct Map {
    function: Value,
    iterators: Vec<Value>,
}

impl Advance for Map {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        if let [iterator] = &*self.iterators {
            let Some(item) = vm.iter_next(iterator.word())? else {
                return Ok(None);
            };
            return vm.call(self.function.word(), &[item.word()]).map(Some);
        }
        let mut items = Vec::with_capacity(self.iterators.len());
        for iterator in &self.iterators {
            let Some(item) = vm.iter_next(iterator.word())? else {
                return Ok(None);
            };
            items.push(item);
        }
        vm.call(self.function.word(), iterate::as_words(&items))
            .map(Some)
    }
}

fn map_new(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    if !args.names.is_empty() {
        return Err(vm.type_error("map() takes no keyword arguments"));
    }
    let [function, iterables @ ..] = args.values else {
        return Err(vm.type_error("map() must have at least two arguments."));
    };
    if iterables.is_empty() {
        return Err(vm.type_error("map() must have at least two arguments."));
    }
    let iterators: Outcome<Vec<Value>> = iterables
        .iter()
        .map(|&iterable| vm.iter(iterable))
        .collect();
    Ok(iterators::new(
        class,
        Map {
            function: Value::borrowed(*function),
            iterators: iterators?,
        },
    ))
}

/// `filter`.
pub struct Filter {
    /// `None` keeps what is true.
    function: Value,
    iterator: Value,
}

impl Advance for Filter {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        while let Some(item) = vm.iter_next(self.iterator.word())? {
            let keep = if self.function.word() == layout::NONE {
                vm.truthy(item.word())?
            } else {
                let answer = vm.call(self.function.word(), &[item.word()])?;
                vm.truthy(answer.word())?
            };
            if keep {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }
}

fn filter_new(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let &[function, iterable] = args.values else {
        let given = args.values.len();
        return Err(vm.type_error(format!("filter expected 2 arguments, got {given}")));
    };
    let iterator = vm.iter(iterable)?;
    Ok(iterators::new(
        class,
        Filter {
            function: Value::borrowed(function),
            iterator,
        },
    ))
}

fn reversed_new(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let &[sequence] = args.values else {
        let given = args.values.len();
        return Err(vm.type_error(format!("reversed expected 1 argument, got {given}")));
    };
    if let Some(answer) = call_special(vm, sequence, "__reversed__", &[]) {
        return answer;
    }
    let slots = &vm.class_of(sequence).slots;
    if slots.get_item.is_none()
        || slots.len.is_none()
        || crate::objects::dict::cast_dict(sequence).is_some()
    {
        let name = vm.class_name(sequence);
        return Err(vm.type_error(format!("'{name}' object is not reversible")));
    }
    sequences::reversed(vm, class, sequence)
}

/// Fills in the classes of this file and adds them to `builtins`.
pub(super) fn install(vm: &mut Vm) {
    type New = fn(&mut Vm, *mut Class, Args) -> Outcome<Value>;
    let types = vm.types;
    let classes: [(&str, *mut Class, New); 5] = [
        ("enumerate", types.enumerate, enumerate_new),
        ("zip", types.zip, zip_new),
        ("map", types.map, map_new),
        ("filter", types.filter, filter_new),
        ("reversed", types.reversed, reversed_new),
    ];
    for (name, class, new) in classes {
        // SAFETY: classes are never freed.
        unsafe { (*class).slots.new = Some(new) };
        vm.set_builtin(name, Value::borrowed(class as Word));
    }
    iterators::install::<Enumerate>(vm, types.enumerate);
    iterators::install::<Zip>(vm, types.zip);
    iterators::install::<Map>(vm, types.map);
    iterators::install::<Filter>(vm, types.filter);
    iterators::install::<Backwards>(vm, types.reversed);
    iterators::install::<Calls>(vm, types.callable_iterator);
}
