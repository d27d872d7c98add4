//! `math`: functions of floats. (Those of integers are in `math_integers`.)

use super::math_integers;
use super::special::{self, Wrong};
use crate::error::{Outcome, Raised};
use crate::layout::{self, Word};
use crate::objects::bigint::{Int, as_int};
use crate::objects::native::{Args, Arity, NativeDef};
use crate::types::convert::{to_f64, to_index};
use crate::types::{bigint, float, int, iterate};
use crate::value::Value;
use crate::vm::Vm;
use malachite_bigint::BigInt;
use num_traits::Signed;

/// Functions by name.
type Named<F> = &'static [(&'static str, F)];

/// A table of functions of one float, and the same functions as Python's; `$can_overflow` if they may be infinite where
/// their argument is not.
macro_rules! of_one_float {
    ($plain:ident, $table:ident, $can_overflow:literal: $($name:literal: $function:expr),* $(,)?) => {
        const $plain: Named<fn(f64) -> f64> = &[$(($name, $function),)*];
        const $table: &[NativeDef] = &[$(NativeDef::function($name, Arity::One, |vm, args| {
            unary(vm, args, $function, $can_overflow)
        }),)*];
    };
}

of_one_float! { BOUNDED_FUNCTIONS, BOUNDED, false:
    "sqrt": f64::sqrt, "cbrt": special::cbrt, "sin": f64::sin, "cos": f64::cos, "tan": f64::tan, "asin": f64::asin,
    "acos": f64::acos, "atan": f64::atan, "tanh": f64::tanh, "asinh": special::asinh, "acosh": special::acosh,
    "atanh": special::atanh, "log1p": f64::ln_1p, "erf": special::erf, "erfc": special::erfc, "fabs": f64::abs,
    "degrees": |x| x * (180.0 / std::f64::consts::PI), "radians": |x| x * (std::f64::consts::PI / 180.0),
}

of_one_float! { UNBOUNDED_FUNCTIONS, UNBOUNDED, true:
    "exp": f64::exp, "exp2": f64::exp2, "expm1": f64::exp_m1, "sinh": f64::sinh, "cosh": f64::cosh,
}

/// Logarithms, which Python's take of integers beyond floats, too.
const LOGARITHMS: Named<fn(f64) -> f64> =
    &[("log", f64::ln), ("log2", f64::log2), ("log10", f64::log10)];

const OF_TWO_FLOATS: Named<fn(f64, f64) -> f64> = &[
    ("pow", f64::powf),
    ("fmod", |x, y| x % y),
    ("atan2", f64::atan2),
    ("copysign", f64::copysign),
    ("hypot", |x, y| special::norm(&[x, y])),
];

fn function_called<F: Copy + 'static>(tables: &[Named<F>], name: &str) -> Option<F> {
    let name = name.strip_prefix("math.")?;
    let mut all = tables.iter().copied().flatten();
    all.find(|(known, _)| *known == name)
        .map(|(_, function)| *function)
}

/// The function that does the same as `name` (`math.sin`) where arguments and results are finite floats.
pub fn float_function(name: &str) -> Option<fn(f64) -> f64> {
    function_called(&[BOUNDED_FUNCTIONS, UNBOUNDED_FUNCTIONS, LOGARITHMS], name)
}

/// The function of two floats that does the same as `name` (`math.atan2`) where arguments and results are finite.
pub fn float_function_2(name: &str) -> Option<fn(f64, f64) -> f64> {
    function_called(&[OF_TWO_FLOATS], name)
}

const OTHERS: &[NativeDef] = &[
    NativeDef::function("gamma", Arity::One, |vm, args| {
        checked(vm, args, special::gamma)
    }),
    NativeDef::function("lgamma", Arity::One, |vm, args| {
        checked(vm, args, special::lgamma)
    }),
    NativeDef::function("floor", Arity::One, |vm, args| {
        float::round_special(vm, args.values[0], "__floor__", f64::floor)
    }),
    NativeDef::function("ceil", Arity::One, |vm, args| {
        float::round_special(vm, args.values[0], "__ceil__", f64::ceil)
    }),
    NativeDef::function("trunc", Arity::One, trunc),
    NativeDef::function("isnan", Arity::One, |vm, args| {
        predicate(vm, args, f64::is_nan)
    }),
    NativeDef::function("isinf", Arity::One, |vm, args| {
        predicate(vm, args, f64::is_infinite)
    }),
    NativeDef::function("isfinite", Arity::One, |vm, args| {
        predicate(vm, args, f64::is_finite)
    }),
    NativeDef::function("modf", Arity::One, |vm, args| {
        let x = to_f64(vm, args.values[0])?;
        let fraction = if x.is_infinite() {
            0.0f64.copysign(x)
        } else {
            x.fract().copysign(x)
        };
        Ok(vm.new_tuple(vec![Value::float(fraction), Value::float(x.trunc())]))
    }),
    NativeDef::function("frexp", Arity::One, |vm, args| {
        let (mantissa, exponent) = special::split_exponent(to_f64(vm, args.values[0])?);
        Ok(vm.new_tuple(vec![
            Value::float(mantissa),
            Value::small_int(exponent.into()),
        ]))
    }),
    NativeDef::function("ulp", Arity::One, |vm, args| {
        let x = to_f64(vm, args.values[0])?.abs();
        if !x.is_finite() {
            return Ok(Value::float(x));
        }
        let next = special::nextafter(x, f64::INFINITY);
        Ok(Value::float(if next.is_infinite() {
            x - special::nextafter(x, 0.0)
        } else {
            next - x
        }))
    }),
    NativeDef::function("log", Arity::Between(1, 2), log),
    NativeDef::function("log2", Arity::One, |vm, args| {
        log_of(vm, args.values[0], f64::log2).map(Value::float)
    }),
    NativeDef::function("log10", Arity::One, |vm, args| {
        log_of(vm, args.values[0], f64::log10).map(Value::float)
    }),
    NativeDef::function("pow", Arity::Between(2, 2), pow),
    NativeDef::function("fmod", Arity::Between(2, 2), |vm, args| {
        let (x, y) = pair(vm, args)?;
        finish(vm, x % y, x.is_nan() || y.is_nan(), true)
    }),
    NativeDef::function("remainder", Arity::Between(2, 2), |vm, args| {
        let (x, y) = pair(vm, args)?;
        finish(vm, special::remainder(x, y), x.is_nan() || y.is_nan(), true)
    }),
    NativeDef::function("atan2", Arity::Between(2, 2), |vm, args| {
        let (y, x) = pair(vm, args)?;
        Ok(Value::float(layout::canonical(y.atan2(x))))
    }),
    NativeDef::function("copysign", Arity::Between(2, 2), |vm, args| {
        let (x, y) = pair(vm, args)?;
        Ok(Value::float(layout::canonical(x.copysign(y))))
    }),
    NativeDef::function("nextafter", Arity::Between(2, 2), |vm, args| {
        let (x, y) = pair(vm, args)?;
        Ok(Value::float(layout::canonical(special::nextafter(x, y))))
    }),
    NativeDef::function("hypot", Arity::Any, |vm, args| {
        let coordinates: Outcome<Vec<f64>> =
            args.values.iter().map(|&word| to_f64(vm, word)).collect();
        Ok(Value::float(layout::canonical(special::norm(
            &coordinates?,
        ))))
    }),
    NativeDef::function("dist", Arity::Between(2, 2), dist),
    NativeDef::function("ldexp", Arity::Between(2, 2), ldexp),
    NativeDef::function("fsum", Arity::One, fsum),
    NativeDef::function("isclose", Arity::Keywords, is_close),
];

/// Makes the module.
///
/// # Errors
/// None.
pub fn make(vm: &mut Vm) -> Outcome<Value> {
    let module = super::module_of(vm, "math", OTHERS);
    for table in [BOUNDED, UNBOUNDED, math_integers::FUNCTIONS] {
        super::add_functions(vm, &module, "math", table);
    }
    for (name, value) in [
        ("pi", std::f64::consts::PI),
        ("e", std::f64::consts::E),
        ("tau", std::f64::consts::TAU),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN),
    ] {
        vm.set_module_attr(&module, name, Value::float(value));
    }
    Ok(module)
}

#[cold]
fn domain(vm: &mut Vm) -> Raised {
    vm.value_error("math domain error")
}

#[cold]
fn range(vm: &mut Vm) -> Raised {
    vm.overflow_error("math range error")
}

#[inline]
fn unary(vm: &mut Vm, args: Args, function: fn(f64) -> f64, can_overflow: bool) -> Outcome<Value> {
    let x = to_f64(vm, args.values[0])?;
    let result = function(x);
    if result.is_finite() {
        return Ok(Value::float(result));
    }
    if result.is_nan() && !x.is_nan() {
        return Err(domain(vm));
    }
    if result.is_infinite() && x.is_finite() {
        return Err(if can_overflow { range(vm) } else { domain(vm) });
    }
    Ok(Value::float(layout::canonical(result)))
}

fn checked(vm: &mut Vm, args: Args, function: fn(f64) -> Result<f64, Wrong>) -> Outcome<Value> {
    let x = to_f64(vm, args.values[0])?;
    match function(x) {
        Ok(value) => Ok(Value::float(layout::canonical(value))),
        Err(Wrong::Domain) => Err(domain(vm)),
        Err(Wrong::Range) => Err(range(vm)),
    }
}

fn predicate(vm: &mut Vm, args: Args, test: fn(f64) -> bool) -> Outcome<Value> {
    to_f64(vm, args.values[0]).map(|x| Value::bool(test(x)))
}

fn pair(vm: &mut Vm, args: Args) -> Outcome<(f64, f64)> {
    Ok((to_f64(vm, args.values[0])?, to_f64(vm, args.values[1])?))
}

/// The result of a function of two floats, one of which may have been NaN; NaN from numbers is a domain error.
fn finish(vm: &mut Vm, result: f64, had_nan: bool, checks: bool) -> Outcome<Value> {
    if result.is_nan() && !had_nan && checks {
        return Err(domain(vm));
    }
    Ok(Value::float(layout::canonical(result)))
}

fn trunc(vm: &mut Vm, args: Args) -> Outcome<Value> {
    if let Some(value) = float::as_float(args.values[0]) {
        return int::truncate(vm, value);
    }
    match crate::types::convert::call_special(vm, args.values[0], "__trunc__", &[]) {
        Some(answer) => answer,
        None => {
            let name = vm.class_name(args.values[0]);
            Err(vm.type_error(format!("type {name} doesn't define __trunc__ method")))
        }
    }
}

fn pow(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let (x, y) = pair(vm, args)?;
    let result = x.powf(y);
    if x.is_finite() && y.is_finite() {
        if result.is_nan() || (result.is_infinite() && x == 0.0) {
            return Err(domain(vm));
        }
        if result.is_infinite() {
            return Err(range(vm));
        }
    }
    Ok(Value::float(layout::canonical(result)))
}

/// A logarithm of a number; integers may be beyond the range of floats.
fn log_of(vm: &mut Vm, word: Word, function: fn(f64) -> f64) -> Outcome<f64> {
    if let Some(Int::Big(value)) = as_int(word) {
        if !value.is_positive() {
            return Err(domain(vm));
        }
        if let Some(x) = bigint::to_f64(value) {
            return Ok(function(x));
        }
        let exponent = value.bits();
        let mantissa = bigint::true_div(value, &(BigInt::from(1) << exponent)).unwrap_or(1.0);
        return Ok(function(mantissa) + function(2.0) * exponent as f64);
    }
    let x = to_f64(vm, word)?;
    if x <= 0.0 {
        return Err(domain(vm));
    }
    Ok(layout::canonical(function(x)))
}

fn log(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let value = log_of(vm, args.values[0], f64::ln)?;
    let Some(base) = args.get(1) else {
        return Ok(Value::float(value));
    };
    let base = log_of(vm, base, f64::ln)?;
    if base == 0.0 {
        return Err(vm.raise(vm.types.ZeroDivisionError, "float division by zero"));
    }
    Ok(Value::float(layout::canonical(value / base)))
}

fn dist(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let (p, q) = (vm.collect(args.values[0])?, vm.collect(args.values[1])?);
    if p.len() != q.len() {
        return Err(vm.value_error("both points must have the same number of dimensions"));
    }
    let mut differences = Vec::with_capacity(p.len());
    for (a, b) in p.iter().zip(&q) {
        differences.push(to_f64(vm, a.word())? - to_f64(vm, b.word())?);
    }
    Ok(Value::float(layout::canonical(special::norm(&differences))))
}

fn ldexp(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let x = to_f64(vm, args.values[0])?;
    if as_int(args.values[1]).is_none() {
        return Err(vm.type_error("Expected an int as second argument to ldexp."));
    }
    let exponent = to_index(vm, args.values[1])?;
    let exponent = match as_int(exponent.word()) {
        Some(Int::Small(value)) => value.clamp(-100_000, 100_000) as i32,
        Some(Int::Big(value)) if value.is_negative() => -100_000,
        _ => 100_000,
    };
    let result = special::ldexp(x, exponent);
    if result.is_infinite() && x.is_finite() {
        return Err(range(vm));
    }
    Ok(Value::float(layout::canonical(result)))
}

fn fsum(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let items = iterate::collect(vm, args.values[0])?;
    let values: Outcome<Vec<f64>> = items.iter().map(|item| to_f64(vm, item.word())).collect();
    match special::exact_sum(values?) {
        Ok(sum) => Ok(Value::float(layout::canonical(sum))),
        Err(Wrong::Domain) => Err(vm.value_error("-inf + inf in fsum")),
        Err(Wrong::Range) => Err(vm.overflow_error("intermediate overflow in fsum")),
    }
}

fn is_close(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let [a, b, relative, absolute] =
        args.bind(vm, "isclose", ["a", "b", "rel_tol", "abs_tol"], 0)?;
    let (Some(a), Some(b)) = (a, b) else {
        return Err(vm.type_error("isclose() missing required argument 'b' (pos 2)"));
    };
    let (a, b) = (to_f64(vm, a)?, to_f64(vm, b)?);
    let relative = relative.map_or(Ok(1e-9), |word| to_f64(vm, word))?;
    let absolute = absolute.map_or(Ok(0.0), |word| to_f64(vm, word))?;
    if relative < 0.0 || absolute < 0.0 {
        return Err(vm.value_error("tolerances must be non-negative"));
    }
    #[expect(clippy::float_cmp, reason = "equal numbers are close, infinities too")]
    if a == b {
        return Ok(Value::TRUE);
    }
    if a.is_infinite() || b.is_infinite() {
        return Ok(Value::FALSE);
    }
    let difference = (b - a).abs();
    let close = difference <= (relative * b).abs()
        || difference <= (relative * a).abs()
        || difference <= absolute;
    Ok(Value::bool(close))
}
