//! `itertools`.

use crate::class::Class;
use crate::error::Outcome;
use crate::layout::{self, Word};
use crate::objects::native::{Args, Arity, NativeDef};
use crate::operator::BinaryOp;
use crate::types::convert::to_i64;
use crate::types::iterate::as_words;
use crate::types::iterators::{self, Advance, NativeIter};
use crate::value::Value;
use crate::vm::Vm;

type New = fn(&mut Vm, *mut Class, Args) -> Outcome<Value>;

/// Makes the class of iterators with states `S` and puts it into the module.
fn class<S: Advance>(vm: &mut Vm, module: &Value, name: &str, new: New) -> *mut Class {
    let class = vm.new_builtin_class::<NativeIter<S>>(name, vm.types.object);
    // SAFETY: classes are never freed.
    unsafe { (*class).slots.new = Some(new) };
    iterators::install::<S>(vm, class);
    vm.set_module_attr(module, name, Value::borrowed(class as Word));
    class
}

/// Makes the module.
///
/// # Errors
/// None.
pub fn make(vm: &mut Vm) -> Outcome<Value> {
    let module = vm.new_module("itertools");
    class::<Count>(vm, &module, "count", count);
    class::<Cycle>(vm, &module, "cycle", cycle);
    class::<Repeat>(vm, &module, "repeat", repeat);
    let chain_class = class::<Chain>(vm, &module, "chain", chain);
    vm.define(
        chain_class,
        &[NativeDef::class_method(
            "from_iterable",
            Arity::One,
            |vm, args| {
                let sources = vm.iter(args.values[1])?;
                Ok(iterators::new(
                    args.values[0] as *mut Class,
                    Chain {
                        sources,
                        current: None,
                    },
                ))
            },
        )],
    );
    class::<Slice>(vm, &module, "islice", islice);
    class::<While>(vm, &module, "takewhile", |vm, class, args| {
        conditional(vm, class, args, Condition::Take)
    });
    let conditions: [(&str, New); 2] = [
        ("dropwhile", |vm, class, args| {
            conditional(vm, class, args, Condition::Drop)
        }),
        ("filterfalse", |vm, class, args| {
            conditional(vm, class, args, Condition::False)
        }),
    ];
    for (name, new) in conditions {
        // The same state under another name.
        class::<While>(vm, &module, name, new);
    }
    class::<Compress>(vm, &module, "compress", compress);
    class::<Starmap>(vm, &module, "starmap", starmap);
    class::<Accumulate>(vm, &module, "accumulate", accumulate);
    class::<Pairwise>(vm, &module, "pairwise", pairwise);
    class::<ZipLongest>(vm, &module, "zip_longest", zip_longest);
    class::<Product>(vm, &module, "product", product);
    class::<Arrangements>(vm, &module, "permutations", |vm, class, args| {
        arrange(vm, class, args, Rule::Permutations)
    });
    class::<Arrangements>(vm, &module, "combinations", |vm, class, args| {
        arrange(vm, class, args, Rule::Combinations)
    });
    class::<Arrangements>(
        vm,
        &module,
        "combinations_with_replacement",
        |vm, class, args| arrange(vm, class, args, Rule::WithReplacement),
    );
    Ok(module)
}

struct Count {
    next: Value,
    step: Value,
}

impl Advance for Count {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        let value = self.next.clone();
        self.next = vm.binary_op(BinaryOp::Add, value.word(), self.step.word())?;
        Ok(Some(value))
    }
}

fn count(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let [start, step] = args.bind(vm, "count", ["start", "step"], 0)?;
    let next = start.map_or(Value::small_int(0), Value::borrowed);
    let step = step.map_or(Value::small_int(1), Value::borrowed);
    Ok(iterators::new(class, Count { next, step }))
}

struct Cycle {
    source: Option<Value>,
    saved: Vec<Value>,
    next: usize,
}

impl Advance for Cycle {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        if let Some(source) = &self.source {
            if let Some(item) = vm.iter_next(source.word())? {
                self.saved.push(item.clone());
                return Ok(Some(item));
            }
            self.source = None;
        }
        if self.saved.is_empty() {
            return Ok(None);
        }
        let item = self.saved[self.next].clone();
        self.next = (self.next + 1) % self.saved.len();
        Ok(Some(item))
    }
}

fn cycle(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let source = Some(iterator_argument(vm, args, "cycle")?);
    Ok(iterators::new(
        class,
        Cycle {
            source,
            saved: Vec::new(),
            next: 0,
        },
    ))
}

/// The iterator of the one argument.
fn iterator_argument(vm: &mut Vm, args: Args, function: &str) -> Outcome<Value> {
    let &[iterable] = args.values else {
        let given = args.values.len();
        return Err(vm.type_error(format!("{function} expected 1 argument, got {given}")));
    };
    vm.iter(iterable)
}

struct Repeat {
    value: Value,
    left: Option<usize>,
}

impl Advance for Repeat {
    fn advance(&mut self, _: &mut Vm) -> Outcome<Option<Value>> {
        if let Some(left) = &mut self.left {
            match left.checked_sub(1) {
                Some(fewer) => *left = fewer,
                None => return Ok(None),
            }
        }
        Ok(Some(self.value.clone()))
    }

    fn remaining(&self) -> Option<usize> {
        self.left
    }
}

fn repeat(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let [value, times] = args.bind(vm, "repeat", ["object", "times"], 0)?;
    let Some(value) = value else {
        return Err(vm.type_error("repeat() missing required argument 'object' (pos 1)"));
    };
    let left = match times {
        Some(times) => Some(to_i64(vm, times)?.max(0) as usize),
        None => None,
    };
    Ok(iterators::new(
        class,
        Repeat {
            value: Value::borrowed(value),
            left,
        },
    ))
}

struct Chain {
    sources: Value,
    current: Option<Value>,
}

impl Advance for Chain {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        loop {
            if let Some(current) = &self.current {
                if let Some(item) = vm.iter_next(current.word())? {
                    return Ok(Some(item));
                }
                self.current = None;
            }
            let Some(source) = vm.iter_next(self.sources.word())? else {
                return Ok(None);
            };
            self.current = Some(vm.iter(source.word())?);
        }
    }
}

fn chain(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let sources = vm.new_tuple_from(args.values);
    let sources = vm.iter(sources.word())?;
    Ok(iterators::new(
        class,
        Chain {
            sources,
            current: None,
        },
    ))
}

struct Slice {
    source: Value,
    position: i64,
    next: i64,
    stop: i64,
    step: i64,
}

impl Advance for Slice {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        // What is skipped is consumed, up to the stop.
        while self.position < self.next.min(self.stop) {
            self.position += 1;
            if vm.iter_next(self.source.word())?.is_none() {
                return Ok(None);
            }
        }
        if self.next >= self.stop {
            return Ok(None);
        }
        self.position += 1;
        self.next = self.next.saturating_add(self.step);
        vm.iter_next(self.source.word())
    }
}

fn islice(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let (iterable, start, stop, step) = match *args.values {
        [iterable, stop] => (iterable, layout::NONE, stop, layout::NONE),
        [iterable, start, stop] => (iterable, start, stop, layout::NONE),
        [iterable, start, stop, step] => (iterable, start, stop, step),
        _ => {
            let given = args.values.len();
            return Err(vm.type_error(format!("islice expected at least 2 arguments, got {given}")));
        }
    };
    let mut number = |word: Word, default: i64, least: i64, complaint: &str| -> Outcome<i64> {
        if word == layout::NONE {
            return Ok(default);
        }
        match to_i64(vm, word) {
            Ok(value) if value >= least => Ok(value),
            Ok(_) => Err(vm.value_error(complaint)),
            Err(raised) => {
                vm.catch(raised, vm.types.TypeError);
                Err(vm.value_error(complaint))
            }
        }
    };
    let bounds = "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    let stop_bounds =
        "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    let stop_bounds = if args.values.len() == 2 {
        stop_bounds
    } else {
        bounds
    };
    let start = number(start, 0, 0, bounds)?;
    let stop = number(stop, i64::MAX, 0, stop_bounds)?;
    let step = number(
        step,
        1,
        1,
        "Step for islice() must be a positive integer or None.",
    )?;
    let source = vm.iter(iterable)?;
    Ok(iterators::new(
        class,
        Slice {
            source,
            position: 0,
            next: start,
            stop,
            step,
        },
    ))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Condition {
    Take,
    Drop,
    False,
    /// `Drop`, once it dropped.
    Pass,
}

struct While {
    predicate: Value,
    source: Value,
    condition: Condition,
}

impl Advance for While {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        while let Some(item) = vm.iter_next(self.source.word())? {
            if self.condition == Condition::Pass {
                return Ok(Some(item));
            }
            let holds = if self.predicate.word() == layout::NONE {
                vm.truthy(item.word())?
            } else {
                let answer = vm.call(self.predicate.word(), &[item.word()])?;
                vm.truthy(answer.word())?
            };
            match self.condition {
                Condition::Take => return Ok(holds.then_some(item)),
                Condition::Drop if !holds => {
                    self.condition = Condition::Pass;
                    return Ok(Some(item));
                }
                Condition::False if !holds => return Ok(Some(item)),
                _ => {}
            }
        }
        Ok(None)
    }
}

fn conditional(vm: &mut Vm, class: *mut Class, args: Args, condition: Condition) -> Outcome<Value> {
    let &[predicate, iterable] = args.values else {
        let given = args.values.len();
        // SAFETY: classes are never freed.
        let name = unsafe { &(*class).name };
        return Err(vm.type_error(format!("{name} expected 2 arguments, got {given}")));
    };
    let source = vm.iter(iterable)?;
    Ok(iterators::new(
        class,
        While {
            predicate: Value::borrowed(predicate),
            source,
            condition,
        },
    ))
}

struct Compress {
    data: Value,
    selectors: Value,
}

impl Advance for Compress {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        loop {
            let Some(item) = vm.iter_next(self.data.word())? else {
                return Ok(None);
            };
            let Some(selector) = vm.iter_next(self.selectors.word())? else {
                return Ok(None);
            };
            if vm.truthy(selector.word())? {
                return Ok(Some(item));
            }
        }
    }
}

fn compress(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let [data, selectors] = args.bind(vm, "compress", ["data", "selectors"], 0)?;
    let (Some(data), Some(selectors)) = (data, selectors) else {
        return Err(vm.type_error("compress() missing required argument 'selectors' (pos 2)"));
    };
    let (data, selectors) = (vm.iter(data)?, vm.iter(selectors)?);
    Ok(iterators::new(class, Compress { data, selectors }))
}

struct Starmap {
    function: Value,
    source: Value,
}

impl Advance for Starmap {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        let Some(args) = vm.iter_next(self.source.word())? else {
            return Ok(None);
        };
        let args = vm.collect(args.word())?;
        vm.call(self.function.word(), as_words(&args)).map(Some)
    }
}

fn starmap(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let &[function, iterable] = args.values else {
        let given = args.values.len();
        return Err(vm.type_error(format!("starmap expected 2 arguments, got {given}")));
    };
    let source = vm.iter(iterable)?;
    Ok(iterators::new(
        class,
        Starmap {
            function: Value::borrowed(function),
            source,
        },
    ))
}

struct Accumulate {
    source: Value,
    function: Option<Value>,
    initial: Option<Value>,
    total: Option<Value>,
}

impl Advance for Accumulate {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        if let Some(initial) = self.initial.take() {
            self.total = Some(initial.clone());
            return Ok(Some(initial));
        }
        let Some(item) = vm.iter_next(self.source.word())? else {
            return Ok(None);
        };
        let total = match (&self.total, &self.function) {
            (None, _) => item,
            (Some(total), None) => vm.binary_op(BinaryOp::Add, total.word(), item.word())?,
            (Some(total), Some(function)) => {
                vm.call(function.word(), &[total.word(), item.word()])?
            }
        };
        self.total = Some(total.clone());
        Ok(Some(total))
    }
}

fn accumulate(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let [iterable, function, initial] =
        args.bind(vm, "accumulate", ["iterable", "func", "initial"], 0)?;
    let Some(iterable) = iterable else {
        return Err(vm.type_error("accumulate() missing required argument 'iterable' (pos 1)"));
    };
    let given = |word: Option<Word>| {
        word.filter(|&word| word != layout::NONE)
            .map(Value::borrowed)
    };
    let source = vm.iter(iterable)?;
    let state = Accumulate {
        source,
        function: given(function),
        initial: given(initial),
        total: None,
    };
    Ok(iterators::new(class, state))
}

struct Pairwise {
    source: Value,
    last: Option<Value>,
}

impl Advance for Pairwise {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        let first = match self.last.take() {
            Some(last) => last,
            None => match vm.iter_next(self.source.word())? {
                Some(first) => first,
                None => return Ok(None),
            },
        };
        let Some(second) = vm.iter_next(self.source.word())? else {
            return Ok(None);
        };
        self.last = Some(second.clone());
        Ok(Some(vm.new_tuple(vec![first, second])))
    }
}

fn pairwise(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let source = iterator_argument(vm, args, "pairwise")?;
    Ok(iterators::new(class, Pairwise { source, last: None }))
}

struct ZipLongest {
    /// `None` once it came to its end.
    sources: Vec<Option<Value>>,
    fill: Value,
}

impl Advance for ZipLongest {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        let mut items = Vec::with_capacity(self.sources.len());
        for source in &mut self.sources {
            let item = match source {
                Some(iterator) => vm.iter_next(iterator.word())?,
                None => None,
            };
            if item.is_none() {
                *source = None;
            }
            items.push(item.unwrap_or_else(|| self.fill.clone()));
        }
        Ok(self
            .sources
            .iter()
            .any(Option::is_some)
            .then(|| vm.new_tuple(items)))
    }
}

fn zip_longest(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let fill = args
        .keyword("fillvalue")
        .map_or(Value::NONE, Value::borrowed);
    let mut sources = Vec::new();
    for &iterable in args.positional() {
        sources.push(Some(vm.iter(iterable)?));
    }
    Ok(iterators::new(class, ZipLongest { sources, fill }))
}

struct Product {
    pools: Vec<Vec<Value>>,
    /// The next choice from each pool; `None` at the end.
    places: Option<Vec<usize>>,
}

impl Advance for Product {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        let Some(places) = &mut self.places else {
            return Ok(None);
        };
        let items = places
            .iter()
            .zip(&self.pools)
            .map(|(&place, pool)| pool[place].clone())
            .collect();
        let mut wrapped = true;
        for (place, pool) in places.iter_mut().zip(&self.pools).rev() {
            *place += 1;
            if *place < pool.len() {
                wrapped = false;
                break;
            }
            *place = 0;
        }
        if wrapped {
            self.places = None;
        }
        Ok(Some(vm.new_tuple(items)))
    }
}

fn product(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let repeat = match args.keyword("repeat") {
        Some(repeat) => to_i64(vm, repeat)?.max(0) as usize,
        None => 1,
    };
    let mut once = Vec::new();
    for &iterable in args.positional() {
        once.push(vm.collect(iterable)?);
    }
    let pools: Vec<Vec<Value>> = std::iter::repeat_n(once, repeat).flatten().collect();
    let places = pools
        .iter()
        .all(|pool| !pool.is_empty())
        .then(|| vec![0; pools.len()]);
    Ok(iterators::new(class, Product { pools, places }))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    Permutations,
    Combinations,
    WithReplacement,
}

/// Choices of `places.len()` items of a pool, in the order of their positions.
struct Arrangements {
    pool: Vec<Value>,
    rule: Rule,
    /// Positions of the next choice; `None` at the end.
    places: Option<Vec<usize>>,
}

impl Arrangements {
    /// May position `value` stand in place `at`, behind the places before it?
    fn fits(&self, places: &[usize], at: usize, value: usize) -> bool {
        match self.rule {
            Rule::Permutations => !places[..at].contains(&value),
            Rule::Combinations => at == 0 || value > places[at - 1],
            Rule::WithReplacement => at == 0 || value >= places[at - 1],
        }
    }

    /// Fills the places from `at` on with the first positions that fit.
    fn fill(&self, places: &mut [usize], at: usize) -> bool {
        for place in at..places.len() {
            let Some(value) = (0..self.pool.len()).find(|&value| self.fits(places, place, value))
            else {
                return false;
            };
            places[place] = value;
        }
        true
    }

    fn step(&self, mut places: Vec<usize>) -> Option<Vec<usize>> {
        for at in (0..places.len()).rev() {
            for value in places[at] + 1..self.pool.len() {
                if self.fits(&places, at, value) {
                    let old = places[at];
                    places[at] = value;
                    if self.fill(&mut places, at + 1) {
                        return Some(places);
                    }
                    places[at] = old;
                }
            }
        }
        None
    }
}

impl Advance for Arrangements {
    fn advance(&mut self, vm: &mut Vm) -> Outcome<Option<Value>> {
        let Some(places) = self.places.take() else {
            return Ok(None);
        };
        let items = places
            .iter()
            .map(|&place| self.pool[place].clone())
            .collect();
        self.places = self.step(places);
        Ok(Some(vm.new_tuple(items)))
    }
}

fn arrange(vm: &mut Vm, class: *mut Class, args: Args, rule: Rule) -> Outcome<Value> {
    // SAFETY: classes are never freed.
    let name = unsafe { &(*class).name };
    let [iterable, count] = args.bind(vm, name, ["iterable", "r"], 0)?;
    let Some(iterable) = iterable else {
        return Err(vm.type_error(format!(
            "{name}() missing required argument 'iterable' (pos 1)"
        )));
    };
    let pool = vm.collect(iterable)?;
    let count = match count {
        Some(count) if count != layout::NONE => to_i64(vm, count)?,
        _ if rule == Rule::Permutations => pool.len() as i64,
        _ => return Err(vm.type_error(format!("{name}() missing required argument 'r' (pos 2)"))),
    };
    let Ok(count) = usize::try_from(count) else {
        return Err(vm.value_error("r must be non-negative"));
    };
    let mut state = Arrangements {
        pool,
        rule,
        places: None,
    };
    let mut places = vec![0; count];
    if state.fill(&mut places, 0) {
        state.places = Some(places);
    }
    Ok(iterators::new(class, state))
}
