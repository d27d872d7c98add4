//! `random`: the streams of `python3` for the same integer seed.
//!
//! The functions of the module are methods of one hidden generator, as there.

use super::mersenne::Mersenne;
use crate::class::Class;
use crate::error::Outcome;
use crate::layout::{self, Header, Word};
use crate::object::{Object, allocate, cast};
use crate::objects::bigint::as_int;
use crate::objects::list::cast_list;
use crate::objects::native::{Args, Arity, NativeDef};
use crate::objects::string::as_str;
use crate::types::convert::{to_f64, to_i64};
use crate::value::Value;
use crate::vm::Vm;
use malachite_bigint::{BigInt, Sign};
use std::f64::consts::TAU;

/// A generator: `random.Random`.
#[repr(C)]
struct Random {
    header: Header,
    stream: Mersenne,
    /// The second number of the pair that `gauss` makes.
    next_gauss: Option<f64>,
}

impl Object for Random {
    unsafe fn drop_contents(&mut self) {}
}

const METHODS: &[NativeDef] = &[
    NativeDef::method("random", Arity::None, |_, args| {
        Ok(Value::float(receiver(args).stream.next_f64()))
    }),
    NativeDef::method("seed", Arity::Between(0, 2), |vm, args| {
        let stream = seeded(vm, args.get(1))?;
        let random = receiver(args);
        (random.stream, random.next_gauss) = (stream, None);
        Ok(Value::NONE)
    }),
    NativeDef::method("getrandbits", Arity::One, get_rand_bits),
    NativeDef::method("randrange", Arity::Between(1, 3), rand_range),
    NativeDef::method("randint", Arity::Between(2, 2), |vm, args| {
        let (low, high) = (to_i64(vm, args.values[1])?, to_i64(vm, args.values[2])?);
        if high < low {
            return Err(vm.value_error(format!(
                "empty range for randrange() ({low}, {}, {})",
                high + 1,
                high + 1 - low
            )));
        }
        let offset = receiver(args).stream.next_below((high - low) as u64 + 1);
        Ok(vm.new_int(low.wrapping_add(offset as i64)))
    }),
    NativeDef::method("uniform", Arity::Between(2, 2), |vm, args| {
        let (a, b) = (to_f64(vm, args.values[1])?, to_f64(vm, args.values[2])?);
        Ok(Value::float(a + (b - a) * receiver(args).stream.next_f64()))
    }),
    NativeDef::method("choice", Arity::One, |vm, args| {
        let len = vm.len(args.values[1])?;
        if len == 0 {
            return Err(vm.index_error("Cannot choose from an empty sequence"));
        }
        let index = vm.new_uint(receiver(args).stream.next_below(len as u64));
        vm.get_item(args.values[1], index.word())
    }),
    NativeDef::method("shuffle", Arity::One, shuffle),
    NativeDef::method("sample", Arity::Keywords, sample),
    NativeDef::method("choices", Arity::Keywords, choices),
    NativeDef::method("gauss", Arity::Between(0, 2), |vm, args| {
        let (mean, deviation) = mean_and_deviation(vm, args)?;
        let random = receiver(args);
        let z = random.next_gauss.take().unwrap_or_else(|| {
            let angle = random.stream.next_f64() * TAU;
            let radius = (-2.0 * (1.0 - random.stream.next_f64()).ln()).sqrt();
            random.next_gauss = Some(angle.sin() * radius);
            angle.cos() * radius
        });
        Ok(Value::float(mean + z * deviation))
    }),
    NativeDef::method("normalvariate", Arity::Between(0, 2), |vm, args| {
        let (mean, deviation) = mean_and_deviation(vm, args)?;
        let magic = 4.0 * (-0.5f64).exp() / 2f64.sqrt();
        let stream = &mut receiver(args).stream;
        loop {
            let u = stream.next_f64();
            let v = 1.0 - stream.next_f64();
            let z = magic * (u - 0.5) / v;
            if z * z / 4.0 <= -v.ln() {
                return Ok(Value::float(mean + z * deviation));
            }
        }
    }),
    NativeDef::method("expovariate", Arity::One, |vm, args| {
        let rate = to_f64(vm, args.values[1])?;
        Ok(Value::float(
            -(1.0 - receiver(args).stream.next_f64()).ln() / rate,
        ))
    }),
    NativeDef::method("triangular", Arity::Between(0, 2), |vm, args| {
        let low = args.get(1).map_or(Ok(0.0), |word| to_f64(vm, word))?;
        let high = args.get(2).map_or(Ok(1.0), |word| to_f64(vm, word))?;
        let u = receiver(args).stream.next_f64();
        let (u, low, high) = if u > 0.5 {
            (1.0 - u, high, low)
        } else {
            (u, low, high)
        };
        Ok(Value::float(low + (high - low) * (u * 0.5).sqrt()))
    }),
];

fn receiver<'a>(args: Args<'_>) -> &'a mut Random {
    let random =
        cast::<Random>(args.values[0]).expect("methods of Random are called on generators");
    // SAFETY: a live generator; the borrow ends before Python code runs.
    unsafe { &mut *random }
}

fn mean_and_deviation(vm: &mut Vm, args: Args) -> Outcome<(f64, f64)> {
    let mean = args.get(1).map_or(Ok(0.0), |word| to_f64(vm, word))?;
    let deviation = args.get(2).map_or(Ok(1.0), |word| to_f64(vm, word))?;
    Ok((mean, deviation))
}

fn seeded(vm: &mut Vm, seed: Option<Word>) -> Outcome<Mersenne> {
    let Some(seed) = seed.filter(|&word| word != layout::NONE) else {
        let now = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        return Ok(Mersenne::from_key(&[
            now.subsec_nanos(),
            now.as_secs() as u32,
            std::process::id(),
        ]));
    };
    if as_str(seed).is_some() {
        return Err(vm.not_implemented("seeding random with a string"));
    }
    let value = match as_int(seed) {
        Some(value) => value.to_bigint(),
        None => BigInt::from(vm.hash(seed)?),
    };
    Ok(Mersenne::from_key(&value.to_u32_digits().1))
}

fn get_rand_bits(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let bits = to_i64(vm, args.values[1])?;
    let Ok(bits) = usize::try_from(bits) else {
        return Err(vm.value_error("number of bits must be non-negative"));
    };
    let digits = receiver(args).stream.next_bits(bits);
    Ok(vm.new_bigint(BigInt::from_slice(Sign::Plus, &digits)))
}

fn rand_range(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let (start, stop, step) = match *args.values {
        [_, stop] => (0, to_i64(vm, stop)?, 1),
        [_, start, stop] => (to_i64(vm, start)?, to_i64(vm, stop)?, 1),
        [_, start, stop, step, ..] => (to_i64(vm, start)?, to_i64(vm, stop)?, to_i64(vm, step)?),
        [] | [_] => {
            return Err(
                vm.type_error("randrange() missing 1 required positional argument: 'start'")
            );
        }
    };
    if step == 0 {
        return Err(vm.value_error("zero step for randrange()"));
    }
    let (start, stop, step) = (i128::from(start), i128::from(stop), i128::from(step));
    let distance = if step > 0 { stop - start } else { start - stop };
    let count = if distance <= 0 {
        0
    } else {
        (distance - 1) / step.abs() + 1
    };
    if count == 0 {
        return Err(vm.value_error(match args.values.len() {
            2 => "empty range for randrange()".to_owned(),
            3 => format!(
                "empty range for randrange() ({start}, {stop}, {})",
                stop - start
            ),
            _ => format!("empty range for randrange() ({start}, {stop}, {step})"),
        }));
    }
    let Ok(count) = u64::try_from(count) else {
        return Err(vm.not_implemented("ranges beyond 64 bits"));
    };
    let offset = receiver(args).stream.next_below(count);
    Ok(vm.new_int((start + step * i128::from(offset)) as i64))
}

fn shuffle(vm: &mut Vm, args: Args) -> Outcome<Value> {
    if let Some(list) = cast_list(args.values[1]) {
        for place in (1..list.len).rev() {
            let other = receiver(args).stream.next_below(place as u64 + 1) as usize;
            list.items_mut().swap(place, other);
        }
        return Ok(Value::NONE);
    }
    let len = vm.len(args.values[1])?;
    for place in (1..len).rev() {
        let other = receiver(args).stream.next_below(place as u64 + 1);
        let (i, j) = (vm.new_int(place as i64), vm.new_uint(other));
        let (a, b) = (
            vm.get_item(args.values[1], i.word())?,
            vm.get_item(args.values[1], j.word())?,
        );
        vm.set_item(args.values[1], i.word(), b.word())?;
        vm.set_item(args.values[1], j.word(), a.word())?;
    }
    Ok(Value::NONE)
}

fn sample(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let [population, count] = args.rest().bind(vm, "sample", ["population", "k"], 0)?;
    let (Some(population), Some(count)) = (population, count) else {
        return Err(vm.type_error("sample() missing 1 required positional argument: 'k'"));
    };
    let mut pool = vm.collect(population)?;
    let (n, k) = (pool.len(), to_i64(vm, count)?);
    let Some(k) = usize::try_from(k).ok().filter(|&k| k <= n) else {
        return Err(vm.value_error("Sample larger than population or is negative"));
    };
    let mut small = 21usize;
    if k > 5 {
        small += 4usize.pow(((k as f64 * 3.0).ln() / 4f64.ln()).ceil() as u32);
    }
    let stream = &mut receiver(args).stream;
    let mut result = Vec::with_capacity(k);
    if n <= small {
        for taken in 0..k {
            let place = stream.next_below((n - taken) as u64) as usize;
            result.push(pool[place].clone());
            pool[place] = pool[n - taken - 1].clone();
        }
    } else {
        let mut used = vec![false; n];
        for _ in 0..k {
            let mut place = stream.next_below(n as u64) as usize;
            while used[place] {
                place = stream.next_below(n as u64) as usize;
            }
            used[place] = true;
            result.push(pool[place].clone());
        }
    }
    Ok(vm.new_list(result))
}

fn choices(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let [population, weights, cumulative, count] = args.rest().bind(
        vm,
        "choices",
        ["population", "weights", "cum_weights", "k"],
        0,
    )?;
    let population = vm.collect(population.unwrap_or(layout::NONE))?;
    let count = match count {
        Some(count) => to_i64(vm, count)?.max(0),
        None => 1,
    };
    let mut sums = Vec::new();
    if let Some(weights) = weights.or(cumulative).filter(|&word| word != layout::NONE) {
        let mut total = 0.0;
        for weight in vm.collect(weights)? {
            let weight = to_f64(vm, weight.word())?;
            total = if cumulative.is_some() {
                weight
            } else {
                total + weight
            };
            sums.push(total);
        }
        if sums.len() != population.len() {
            return Err(vm.value_error("The number of weights does not match the population"));
        }
    }
    if population.is_empty() {
        return Err(vm.index_error("list index out of range"));
    }
    let stream = &mut receiver(args).stream;
    let n = population.len();
    let picked = (0..count).map(|_| {
        let u = stream.next_f64();
        let place = match sums.last() {
            None => (u * n as f64) as usize,
            Some(total) => sums[..n - 1].partition_point(|&sum| sum <= u * total),
        };
        population[place].clone()
    });
    let picked = picked.collect();
    Ok(vm.new_list(picked))
}

fn new(vm: &mut Vm, class: *mut Class, args: Args) -> Outcome<Value> {
    let stream = seeded(vm, args.get(0))?;
    Ok(allocate(class, |header| Random {
        header,
        stream,
        next_gauss: None,
    }))
}

/// Makes the module.
///
/// # Errors
/// None.
pub fn make(vm: &mut Vm) -> Outcome<Value> {
    let class = vm.new_builtin_class::<Random>("Random", vm.types.object);
    // SAFETY: classes are never freed.
    unsafe {
        (*class).slots.new = Some(new);
        (*class).slots.init = Some(|_, _, _| Ok(()));
    }
    vm.define(class, METHODS);
    vm.ready(class);
    let module = vm.new_module("random");
    vm.set_module_attr(&module, "Random", Value::borrowed(class as Word));
    let hidden = new(vm, class, Args::of(&[]))?;
    for def in METHODS {
        let name = vm.intern(def.name);
        let method = vm.get_attr(hidden.word(), name)?;
        vm.set_module_attr(&module, def.name, method);
    }
    Ok(module)
}
