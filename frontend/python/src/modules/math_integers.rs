//! `math`: functions of integers, and products.

use crate::error::Outcome;
use crate::layout::{self, Word};
use crate::objects::bigint::as_int;
use crate::objects::native::{Args, Arity, NativeDef};
use crate::operator::BinaryOp;
use crate::types::convert::to_index;
use crate::value::Value;
use crate::vm::Vm;
use malachite_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// The functions.
pub(super) const FUNCTIONS: &[NativeDef] = &[
    NativeDef::function("factorial", Arity::One, factorial),
    NativeDef::function("isqrt", Arity::One, |vm, args| {
        let value = integer(vm, args.values[0])?;
        if value.is_negative() {
            return Err(vm.value_error("isqrt() argument must be nonnegative"));
        }
        Ok(vm.new_bigint(value.sqrt()))
    }),
    NativeDef::function("comb", Arity::Between(2, 2), comb),
    NativeDef::function("perm", Arity::Between(1, 2), perm),
    NativeDef::function("gcd", Arity::Any, |vm, args| {
        fold(vm, args, BigInt::zero(), BigInt::gcd)
    }),
    NativeDef::function("lcm", Arity::Any, |vm, args| {
        fold(vm, args, BigInt::one(), BigInt::lcm)
    }),
    NativeDef::function("prod", Arity::Keywords, prod),
    NativeDef::function("sumprod", Arity::Between(2, 2), sum_product),
];

fn integer(vm: &mut Vm, word: Word) -> Outcome<BigInt> {
    let value = to_index(vm, word)?;
    Ok(as_int(value.word())
        .map(|value| value.to_bigint())
        .unwrap_or_default())
}

fn fold(
    vm: &mut Vm,
    args: Args,
    start: BigInt,
    combine: fn(&BigInt, &BigInt) -> BigInt,
) -> Outcome<Value> {
    let mut result = start;
    for &word in args.values {
        result = combine(&result, &integer(vm, word)?);
    }
    Ok(vm.new_bigint(result.abs()))
}

/// The product of `first..=last`, split so that the factors stay of like size.
fn product(first: u64, last: u64) -> BigInt {
    if first > last {
        return BigInt::one();
    }
    if last - first < 8 {
        return (first..=last).fold(BigInt::one(), |product, factor| product * factor);
    }
    let middle = u64::midpoint(first, last);
    product(first, middle) * product(middle + 1, last)
}

fn factorial(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let value = integer(vm, args.values[0])?;
    if value.is_negative() {
        return Err(vm.value_error("factorial() not defined for negative values"));
    }
    match value.to_u64().filter(|&n| i64::try_from(n).is_ok()) {
        Some(n) => Ok(vm.new_bigint(product(2, n))),
        None => {
            Err(vm.overflow_error("factorial() argument should not exceed 9223372036854775807"))
        }
    }
}

/// Two integers that are not negative.
fn n_and_k(vm: &mut Vm, args: Args) -> Outcome<(BigInt, BigInt)> {
    let n = integer(vm, args.values[0])?;
    let k = match args.get(1) {
        Some(word) if word != layout::NONE => integer(vm, word)?,
        _ => n.clone(),
    };
    for (value, name) in [(&n, "n"), (&k, "k")] {
        if value.is_negative() {
            return Err(vm.value_error(format!("{name} must be a non-negative integer")));
        }
    }
    Ok((n, k))
}

/// `n * (n-1) * … `, `k` factors.
fn falling(vm: &mut Vm, n: &BigInt, k: &BigInt) -> Outcome<BigInt> {
    if let (Some(n), Some(k)) = (n.to_u64(), k.to_u64()) {
        return Ok(product(n - k + 1, n));
    }
    let Some(k) = k.to_u64() else {
        return Err(vm.overflow_error("k must not exceed 18446744073709551615"));
    };
    Ok((0..k).fold(BigInt::one(), |product, i| product * (n - i)))
}

fn comb(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let (n, k) = n_and_k(vm, args)?;
    if k > n {
        return Ok(Value::small_int(0));
    }
    let k = k.clone().min(&n - k);
    let top = falling(vm, &n, &k)?;
    let bottom = product(2, k.to_u64().unwrap_or(0));
    Ok(vm.new_bigint(top / bottom))
}

fn perm(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let (n, k) = n_and_k(vm, args)?;
    if k > n {
        return Ok(Value::small_int(0));
    }
    if k.is_zero() {
        return Ok(Value::small_int(1));
    }
    let value = falling(vm, &n, &k)?;
    Ok(vm.new_bigint(value))
}

fn prod(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let [iterable, start] = args.bind(vm, "prod", ["", "start"], 1)?;
    let Some(iterable) = iterable else {
        return Err(vm.type_error("prod() takes exactly 1 positional argument (0 given)"));
    };
    let mut product = start.map_or(Value::small_int(1), Value::borrowed);
    let iterator = vm.iter(iterable)?;
    while let Some(item) = vm.iter_next(iterator.word())? {
        product = vm.binary_op(BinaryOp::Multiply, product.word(), item.word())?;
    }
    Ok(product)
}

fn sum_product(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let (p, q) = (vm.collect(args.values[0])?, vm.collect(args.values[1])?);
    if p.len() != q.len() {
        return Err(vm.value_error("Inputs are not the same length"));
    }
    let mut sum = Value::small_int(0);
    for (a, b) in p.iter().zip(&q) {
        let product = vm.binary_op(BinaryOp::Multiply, a.word(), b.word())?;
        sum = vm.binary_op(BinaryOp::Add, sum.word(), product.word())?;
    }
    Ok(sum)
}
