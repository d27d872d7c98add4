//! `time`: clocks and `sleep`.

use crate::error::Outcome;
use crate::objects::native::{Args, Arity, NativeDef};
use crate::types::convert::to_f64;
use crate::value::Value;
use crate::vm::Vm;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Clocks of the C library, by their numbers on Linux.
#[derive(Clone, Copy)]
#[repr(i32)]
enum Clock {
    Monotonic = 1,
    Process = 2,
    Thread = 3,
}

#[repr(C)]
struct Timespec {
    seconds: i64,
    nanoseconds: i64,
}

unsafe extern "C" {
    fn clock_gettime(clock: i32, time: *mut Timespec) -> i32;
}

/// The clock in nanoseconds.
fn read(clock: Clock) -> u64 {
    let mut time = Timespec {
        seconds: 0,
        nanoseconds: 0,
    };
    // SAFETY: the clock exists, and `time` has the layout of a `timespec` on 64-bit Linux.
    unsafe { clock_gettime(clock as i32, &raw mut time) };
    time.seconds as u64 * 1_000_000_000 + time.nanoseconds as u64
}

fn since_epoch() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

fn seconds(clock: Clock) -> Outcome<Value> {
    Ok(Value::float(read(clock) as f64 / 1e9))
}

fn nanoseconds(vm: &Vm, clock: Clock) -> Outcome<Value> {
    Ok(vm.new_uint(read(clock)))
}

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::function("time", Arity::None, |_, _| {
        Ok(Value::float(since_epoch().as_secs_f64()))
    }),
    NativeDef::function("time_ns", Arity::None, |vm, _| {
        Ok(vm.new_uint(since_epoch().as_nanos() as u64))
    }),
    NativeDef::function("perf_counter", Arity::None, |_, _| {
        seconds(Clock::Monotonic)
    }),
    NativeDef::function("perf_counter_ns", Arity::None, |vm, _| {
        nanoseconds(vm, Clock::Monotonic)
    }),
    NativeDef::function("monotonic", Arity::None, |_, _| seconds(Clock::Monotonic)),
    NativeDef::function("monotonic_ns", Arity::None, |vm, _| {
        nanoseconds(vm, Clock::Monotonic)
    }),
    NativeDef::function("process_time", Arity::None, |_, _| seconds(Clock::Process)),
    NativeDef::function("process_time_ns", Arity::None, |vm, _| {
        nanoseconds(vm, Clock::Process)
    }),
    NativeDef::function("thread_time", Arity::None, |_, _| seconds(Clock::Thread)),
    NativeDef::function("sleep", Arity::One, sleep),
];

fn sleep(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let length = to_f64(vm, args.values[0])?;
    if length.is_nan() {
        return Err(vm.value_error("Invalid value NaN (not a number)"));
    }
    if length < 0.0 {
        return Err(vm.value_error("sleep length must be non-negative"));
    }
    let Ok(length) = Duration::try_from_secs_f64(length) else {
        return Err(vm.overflow_error("timestamp too large to convert to C _PyTime_t"));
    };
    vm.flush_stdout();
    std::thread::sleep(length);
    Ok(Value::NONE)
}

/// Makes the module.
///
/// # Errors
/// None.
pub fn make(vm: &mut Vm) -> Outcome<Value> {
    Ok(super::module_of(vm, "time", FUNCTIONS))
}
