//! `sys`: the interpreter seen from inside.

use crate::builtins::io::{Which, new_stream};
use crate::class::Class;
use crate::core_types::descriptors::GetSetDef;
use crate::error::Outcome;
use crate::layout::{self, Tuple, Word};
use crate::objects::exception;
use crate::objects::native::{Arity, NativeDef};
use crate::objects::string::cast_str;
use crate::objects::tuple::{cast_tuple, new_of_class};
use crate::types::bigint;
use crate::types::convert::to_i64;
use crate::value::Value;
use crate::vm::Vm;

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::function("exit", Arity::Between(0, 1), |vm, args| {
        let args = args
            .values
            .iter()
            .map(|&word| Value::borrowed(word))
            .collect();
        let error = exception::new(vm, vm.types.SystemExit, args);
        Err(vm.raise_object(error))
    }),
    NativeDef::function("getrecursionlimit", Arity::None, |vm, _| {
        Ok(vm.new_uint(vm.recursion_limit as u64))
    }),
    NativeDef::function("setrecursionlimit", Arity::One, |vm, args| {
        let limit = to_i64(vm, args.values[0])?;
        if limit < 1 {
            return Err(vm.value_error("recursion limit must be greater or equal than 1"));
        }
        vm.recursion_limit = limit as usize;
        Ok(Value::NONE)
    }),
    NativeDef::function("getrefcount", Arity::One, |vm, args| {
        let word = args.values[0];
        if !layout::is_pointer(word) {
            return Ok(vm.new_int(1 << 30));
        }
        // SAFETY: a live object. The caller's reference is counted, as it always was.
        let count = unsafe { (*layout::header(word)).refcount };
        Ok(vm.new_int(i64::from(count)))
    }),
    NativeDef::function("intern", Arity::One, |vm, args| {
        if cast_str(args.values[0]).is_none() {
            let name = vm.class_name(args.values[0]);
            return Err(vm.type_error(format!("intern() argument must be str, not {name}")));
        }
        let interned = vm.intern_value(args.values[0]);
        Ok(Value::borrowed(interned))
    }),
    NativeDef::function("exc_info", Arity::None, |vm, _| {
        if vm.handled <= layout::NONE {
            return Ok(vm.new_tuple(vec![Value::NONE, Value::NONE, Value::NONE]));
        }
        let error = Value::borrowed(vm.handled);
        let class = Value::borrowed(vm.class_of(error.word()).word());
        Ok(vm.new_tuple(vec![class, error, Value::NONE]))
    }),
    NativeDef::function("exception", Arity::None, |vm, _| {
        Ok(if vm.handled <= layout::NONE {
            Value::NONE
        } else {
            Value::borrowed(vm.handled)
        })
    }),
    NativeDef::function("getsizeof", Arity::Between(1, 2), |vm, _| {
        Err(vm.not_implemented("sys.getsizeof()"))
    }),
    NativeDef::function("get_int_max_str_digits", Arity::None, |vm, _| {
        Ok(vm.new_uint(bigint::MAX_STR_DIGITS as u64))
    }),
    NativeDef::function("getdefaultencoding", Arity::None, |vm, _| {
        Ok(vm.new_str("utf-8"))
    }),
];

/// Item `INDEX` of a tuple with named items.
fn item<const INDEX: usize>(_: &mut Vm, word: Word) -> Outcome<Value> {
    Ok(cast_tuple(word)
        .and_then(|tuple| tuple.items().get(INDEX))
        .map_or(Value::NONE, |&item| Value::borrowed(item)))
}

/// A tuple whose items also have names.
fn named_tuple(vm: &mut Vm, class_name: &str, items: Vec<(&'static str, Value)>) -> Value {
    type Getter = fn(&mut Vm, Word) -> Outcome<Value>;
    const GETTERS: [Getter; 11] = [
        item::<0>, item::<1>, item::<2>, item::<3>, item::<4>, item::<5>, item::<6>, item::<7>,
        item::<8>, item::<9>, item::<10>,
    ];
    let class: *mut Class = vm.new_builtin_class::<Tuple>(class_name, vm.types.tuple);
    for ((name, _), get) in items.iter().zip(GETTERS) {
        vm.define_getset(
            class,
            &[GetSetDef {
                name,
                get,
                set: None,
            }],
        );
    }
    vm.ready(class);
    new_of_class(class, items.into_iter().map(|(_, value)| value).collect())
}

fn version_info(vm: &mut Vm) -> Value {
    let final_ = vm.new_str("final");
    let number = Value::small_int;
    let items = vec![
        ("major", number(3)),
        ("minor", number(14)),
        ("micro", number(0)),
        ("releaselevel", final_),
        ("serial", number(0)),
    ];
    named_tuple(vm, "version_info", items)
}

fn float_info(vm: &mut Vm) -> Value {
    let number = Value::small_int;
    let items = vec![
        ("max", Value::float(f64::MAX)),
        ("max_exp", number(1024)),
        ("max_10_exp", number(308)),
        ("min", Value::float(f64::MIN_POSITIVE)),
        ("min_exp", number(-1021)),
        ("min_10_exp", number(-307)),
        ("dig", number(15)),
        ("mant_dig", number(53)),
        ("epsilon", Value::float(f64::EPSILON)),
        ("radix", number(2)),
        ("rounds", number(1)),
    ];
    named_tuple(vm, "float_info", items)
}

fn hash_info(vm: &mut Vm) -> Value {
    let modulus = vm.new_uint(bigint::HASH_MODULUS);
    let number = Value::small_int;
    let items = vec![
        ("width", number(64)),
        ("modulus", modulus),
        ("inf", number(314_159)),
        ("nan", number(0)),
        ("imag", number(1_000_003)),
    ];
    named_tuple(vm, "hash_info", items)
}

/// Makes the module.
///
/// # Errors
/// None.
pub fn make(vm: &mut Vm) -> Outcome<Value> {
    let module = super::module_of(vm, "sys", FUNCTIONS);
    let argv = vm
        .argv
        .clone()
        .iter()
        .map(|argument| vm.new_str(argument))
        .collect();
    let argv = vm.new_list(argv);
    let path = vm.new_list(vec![]);
    let implementation = vm.new_module("implementation");
    let implementation_name = vm.new_str("sashiko");
    vm.set_module_attr(&implementation, "name", implementation_name);
    let version_info = version_info(vm);
    vm.set_module_attr(&implementation, "version", version_info.clone());
    let attributes = vec![
        ("argv", argv),
        ("path", path),
        ("modules", vm.modules.clone()),
        ("stdin", new_stream(vm, Which::Input)),
        ("stdout", new_stream(vm, Which::Output)),
        ("stderr", new_stream(vm, Which::Error)),
        ("__stdout__", new_stream(vm, Which::Output)),
        ("__stderr__", new_stream(vm, Which::Error)),
        ("maxsize", vm.new_int(i64::MAX)),
        ("maxunicode", vm.new_int(0x10_ffff)),
        ("byteorder", vm.new_str("little")),
        ("platform", vm.new_str("linux")),
        ("executable", vm.new_str("")),
        ("version", vm.new_str("3.14.0 (sashiko)")),
        ("copyright", vm.new_str("")),
        ("hexversion", vm.new_int(0x030e_00f0)),
        ("implementation", implementation),
        ("version_info", version_info),
        ("float_info", float_info(vm)),
        ("hash_info", hash_info(vm)),
        ("dont_write_bytecode", Value::TRUE),
    ];
    for (name, value) in attributes {
        vm.set_module_attr(&module, name, value);
    }
    Ok(module)
}
