//! Built-in functions of numbers.

use crate::error::{Outcome, Raised};
use crate::layout::{self, Word};
use crate::objects::bigint::as_int;
use crate::objects::native::{Args, Arity, NativeDef};
use crate::objects::string::{as_str, cast_str};
use crate::operator::{BinaryOp, Comparison, UnaryOp};
use crate::types::convert::{call_special, to_i64, to_index};
use crate::types::{bigint, float, int, iterate};
use crate::value::Value;
use crate::vm::Vm;

/// What this file adds to `builtins`.
pub(super) const FUNCTIONS: &[NativeDef] = &[
    NativeDef::function("abs", Arity::One, |vm, args| {
        vm.unary_op(UnaryOp::Absolute, args.values[0])
    }),
    NativeDef::function("divmod", Arity::Between(2, 2), div_mod),
    NativeDef::function("pow", Arity::Keywords, pow),
    NativeDef::function("round", Arity::Keywords, round),
    NativeDef::function("sum", Arity::Keywords, sum),
    NativeDef::function("min", Arity::Keywords, |vm, args| {
        extreme(vm, args, "min", Comparison::Less)
    }),
    NativeDef::function("max", Arity::Keywords, |vm, args| {
        extreme(vm, args, "max", Comparison::Greater)
    }),
    NativeDef::function("hex", Arity::One, |vm, args| in_radix(vm, args, 16, "0x")),
    NativeDef::function("oct", Arity::One, |vm, args| in_radix(vm, args, 8, "0o")),
    NativeDef::function("bin", Arity::One, |vm, args| in_radix(vm, args, 2, "0b")),
    NativeDef::function("ord", Arity::One, ord),
    NativeDef::function("chr", Arity::One, chr),
];

fn div_mod(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let (left, right) = (args.values[0], args.values[1]);
    if layout::is_int(left) && layout::is_int(right) {
        return int::div_mod(vm, left, right);
    }
    if layout::is_float(left) && layout::is_float(right) {
        return float::div_mod(vm, left, right);
    }
    let answers = [(left, right, "__divmod__"), (right, left, "__rdivmod__")];
    for (receiver, other, name) in answers {
        if let Some(answer) = call_special(vm, receiver, name, &[other]) {
            let answer = answer?;
            if !vm.is_not_implemented(&answer) {
                return Ok(answer);
            }
        }
    }
    let (left, right) = (vm.class_name(left), vm.class_name(right));
    Err(vm.type_error(format!(
        "unsupported operand type(s) for divmod(): '{left}' and '{right}'"
    )))
}

fn pow(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let [base, exponent, modulus] = args.bind(vm, "pow", ["base", "exp", "mod"], 0)?;
    let (Some(base), Some(exponent)) = (base, exponent) else {
        let (name, place) = if base.is_none() {
            ("base", 1)
        } else {
            ("exp", 2)
        };
        return Err(vm.type_error(format!(
            "pow() missing required argument '{name}' (pos {place})"
        )));
    };
    let Some(modulus) = modulus.filter(|&word| word != layout::NONE) else {
        return vm.binary_op(BinaryOp::Power, base, exponent);
    };
    let is_number = |word| as_int(word).is_some() || float::as_float(word).is_some();
    if [base, exponent, modulus]
        .into_iter()
        .all(|word| as_int(word).is_some())
    {
        return int::mod_pow(vm, base, exponent, modulus);
    }
    if let Some(answer) =
        call_special(vm, base, "__pow__", &[exponent, modulus]).filter(|_| !is_number(base))
    {
        return answer;
    }
    if [base, exponent, modulus].into_iter().all(is_number) {
        return Err(
            vm.type_error("pow() 3rd argument not allowed unless all arguments are integers")
        );
    }
    let (a, b, c) = (
        vm.class_name(base),
        vm.class_name(exponent),
        vm.class_name(modulus),
    );
    Err(vm.type_error(format!(
        "unsupported operand type(s) for ** or pow(): '{a}', '{b}', '{c}'"
    )))
}

fn round(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let [number, digits] = args.bind(vm, "round", ["number", "ndigits"], 0)?;
    let Some(number) = number else {
        return Err(vm.type_error("round() missing required argument 'number' (pos 1)"));
    };
    let digits: &[Word] = match &digits {
        Some(digits) if *digits != layout::NONE => std::slice::from_ref(digits),
        _ => &[],
    };
    if digits.is_empty() && layout::is_int(number) {
        return Ok(Value::borrowed(number));
    }
    if digits.is_empty() && layout::is_float(number) {
        return int::truncate(vm, layout::float_of(number).round_ties_even());
    }
    match call_special(vm, number, "__round__", digits) {
        Some(answer) => answer,
        None => {
            let name = vm.class_name(number);
            Err(vm.type_error(format!("type {name} doesn't define __round__ method")))
        }
    }
}

/// A sum of floats with what rounding took away kept beside it (Neumaier).
struct Compensated {
    sum: f64,
    lost: f64,
}

impl Compensated {
    fn add(&mut self, value: f64) {
        let total = self.sum + value;
        self.lost += if self.sum.abs() >= value.abs() {
            (self.sum - total) + value
        } else {
            (value - total) + self.sum
        };
        self.sum = total;
    }

    fn total(&self) -> f64 {
        // Infinities and NaNs make nonsense of what was lost.
        if self.lost != 0.0 && self.lost.is_finite() {
            self.sum + self.lost
        } else {
            self.sum
        }
    }
}

/// `sum(iterable, start)`: integers as long as there are only integers, then floats (compensated), then `+`.
fn sum(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let [iterable, start] = args.bind(vm, "sum", ["", "start"], 1)?;
    let Some(iterable) = iterable else {
        return Err(vm.type_error("sum() takes at least 1 positional argument (0 given)"));
    };
    let start = start.unwrap_or(layout::word_of_int(0));
    if cast_str(start).is_some() {
        return Err(vm.type_error("sum() can't sum strings [use ''.join(seq) instead]"));
    }
    let mut total = Sum::of(start);
    if let Some(items) = iterate::borrowed_items(iterable) {
        // As long as the items are numbers, no Python code runs and the items stay as they are.
        let quick = items
            .iter()
            .take_while(|&&item| total.add_quick(item))
            .count();
        if quick == items.len() {
            return Ok(total.finish(vm));
        }
        let rest: Vec<Value> = items[quick..]
            .iter()
            .map(|&item| Value::borrowed(item))
            .collect();
        for item in rest {
            total = total.add(vm, &item)?;
        }
        return Ok(total.finish(vm));
    }
    let iterator = vm.iter(iterable)?;
    while let Some(item) = vm.iter_next(iterator.word())? {
        if !total.add_quick(item.word()) {
            total = total.add(vm, &item)?;
        }
    }
    Ok(total.finish(vm))
}

/// `sum` of what is left of an iterator, given the total so far and the item after it.
pub(super) const SUM_ON: NativeDef =
    NativeDef::function("sum", Arity::Between(3, 3), |vm, args| {
        let &[total, item, iterator] = args.values else {
            unreachable!("the arity says so")
        };
        let mut total = Sum::of(total);
        if !total.add_quick(item) {
            total = total.add(vm, &Value::borrowed(item))?;
        }
        while let Some(item) = vm.iter_next(iterator)? {
            if !total.add_quick(item.word()) {
                total = total.add(vm, &item)?;
            }
        }
        Ok(total.finish(vm))
    });

enum Sum {
    Int(i64),
    Float(Compensated),
    Any(Value),
}

impl Sum {
    fn of(start: Word) -> Self {
        if layout::is_int(start) {
            Self::Int(layout::int_of(start))
        } else if layout::is_float(start) {
            Self::Float(Compensated {
                sum: layout::float_of(start),
                lost: 0.0,
            })
        } else {
            Self::Any(Value::borrowed(start))
        }
    }

    /// Adds a number, if that needs nothing but machine arithmetic.
    #[inline]
    fn add_quick(&mut self, item: Word) -> bool {
        match self {
            Self::Int(total) if layout::is_int(item) => {
                match total.checked_add(layout::int_of(item)) {
                    Some(sum) => *total = sum,
                    None => return false,
                }
            }
            Self::Float(total) if layout::is_float(item) => total.add(layout::float_of(item)),
            Self::Float(total) if layout::is_int(item) => total.add(layout::int_of(item) as f64),
            _ => return false,
        }
        true
    }

    fn add(self, vm: &mut Vm, item: &Value) -> Outcome<Self> {
        let mut left = self;
        if let Self::Int(total) = left
            && layout::is_float(item.word())
        {
            left = Self::Float(Compensated {
                sum: total as f64,
                lost: 0.0,
            });
            left.add_quick(item.word());
            return Ok(left);
        }
        let left = left.finish(vm);
        let sum = vm.binary_op(BinaryOp::Add, left.word(), item.word())?;
        Ok(Self::of(sum.word()))
    }

    fn finish(self, vm: &Vm) -> Value {
        match self {
            Self::Int(total) => vm.new_int(total),
            Self::Float(total) => Value::float(layout::canonical(total.total())),
            Self::Any(value) => value,
        }
    }
}

/// `min` and `max`: the first item that `better` prefers to all others.
fn extreme(vm: &mut Vm, args: Args, name: &str, better: Comparison) -> Outcome<Value> {
    let positional = args.positional();
    let (mut key, mut default) = (None, None);
    for (keyword, value) in args.keywords() {
        match keyword {
            "key" => key = Some(value).filter(|&word| word != layout::NONE),
            "default" => default = Some(value),
            other => {
                return Err(vm.type_error(format!(
                    "'{other}' is an invalid keyword argument for {name}()"
                )));
            }
        }
    }
    match positional {
        [] => Err(vm.type_error(format!("{name} expected at least 1 argument, got 0"))),
        [left, right] if key.is_none() && default.is_none() => {
            let picked = if vm.compare_bool(better, *right, *left)? {
                right
            } else {
                left
            };
            Ok(Value::borrowed(*picked))
        }
        [iterable] => {
            let found = extreme_of_iterable(vm, *iterable, key, better)?;
            match found {
                Some(value) => Ok(value),
                None => match default {
                    Some(default) => Ok(Value::borrowed(default)),
                    None => Err(empty(vm, name)),
                },
            }
        }
        items => {
            if default.is_some() {
                return Err(vm.type_error(format!(
                    "Cannot specify a default for {name}() with multiple positional arguments"
                )));
            }
            let mut best = Best {
                value: None,
                key,
                better,
            };
            for &item in items {
                best.offer(vm, Value::borrowed(item))?;
            }
            best.value
                .map(|(value, _)| value)
                .ok_or_else(|| empty(vm, name))
        }
    }
}

#[cold]
fn empty(vm: &mut Vm, name: &str) -> Raised {
    vm.value_error(format!("{name}() arg is an empty sequence"))
}

fn extreme_of_iterable(
    vm: &mut Vm,
    iterable: Word,
    key: Option<Word>,
    better: Comparison,
) -> Outcome<Option<Value>> {
    let mut best = Best {
        value: None,
        key,
        better,
    };
    let iterator = vm.iter(iterable)?;
    while let Some(item) = vm.iter_next(iterator.word())? {
        best.offer(vm, item)?;
    }
    Ok(best.value.map(|(value, _)| value))
}

/// The best item so far, with its key.
struct Best {
    value: Option<(Value, Value)>,
    key: Option<Word>,
    better: Comparison,
}

impl Best {
    fn offer(&mut self, vm: &mut Vm, item: Value) -> Outcome<()> {
        let key = match self.key {
            Some(function) => vm.call(function, &[item.word()])?,
            None => item.clone(),
        };
        let wins = match &self.value {
            Some((_, best)) => vm.compare_bool(self.better, key.word(), best.word())?,
            None => true,
        };
        if wins {
            self.value = Some((item, key));
        }
        Ok(())
    }
}

fn in_radix(vm: &mut Vm, args: Args, radix: u32, prefix: &str) -> Outcome<Value> {
    let value = to_index(vm, args.values[0])?;
    let value = as_int(value.word())
        .map(|value| value.to_bigint())
        .unwrap_or_default();
    Ok(vm.new_str(&bigint::to_prefixed(&value, radix, prefix)))
}

fn ord(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let Some(string) = cast_str(args.values[0]) else {
        let name = vm.class_name(args.values[0]);
        return Err(vm.type_error(format!(
            "ord() expected string of length 1, but {name} found"
        )));
    };
    let length = string.chars();
    match as_str(args.values[0]).and_then(|text| text.chars().next()) {
        Some(character) if length == 1 => Ok(Value::small_int(character as i64)),
        _ => Err(vm.type_error(format!(
            "ord() expected a character, but string of length {length} found"
        ))),
    }
}

fn chr(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let code = to_i64(vm, args.values[0])?;
    let Some(code) = u32::try_from(code).ok().filter(|&code| code < 0x11_0000) else {
        return Err(vm.value_error("chr() arg not in range(0x110000)"));
    };
    match char::from_u32(code) {
        Some(character) => Ok(vm.char_str(character)),
        None => Err(vm.not_implemented("lone surrogates in strings")),
    }
}
