//! `functools`: `reduce`, `partial`, `cmp_to_key`, `lru_cache` and `cache`, `wraps`.

use crate::error::Outcome;
use crate::layout::{self, Header, Word};
use crate::object::{Object, cast};
use crate::objects::bigint::as_int;
use crate::objects::dict::{self, table};
use crate::objects::native::{Args, Arity, NativeDef};
use crate::operator::Comparison;
use crate::types::declined;
use crate::types::iterate::as_words;
use crate::value::Value;
use crate::vm::Vm;

const FUNCTIONS: &[NativeDef] = &[
    NativeDef::function("reduce", Arity::Between(2, 3), reduce),
    NativeDef::function("partial", Arity::Keywords, partial),
    NativeDef::function("cmp_to_key", Arity::One, |vm, args| {
        let function = Value::borrowed(args.values[0]);
        Ok(vm.new_object(|header| Wrapper {
            header,
            role: Role::KeyMaker,
            function,
            value: Value::NONE,
        }))
    }),
    NativeDef::function("cache", Arity::One, |vm, args| {
        Ok(new_cache(vm, args.values[0], None))
    }),
    NativeDef::function("lru_cache", Arity::Keywords, lru_cache),
    NativeDef::function("wraps", Arity::Keywords, |vm, args| {
        let wrapped = args.get(0).map_or(Value::NONE, Value::borrowed);
        Ok(vm.new_object(|header| Wrapper {
            header,
            role: Role::Wraps,
            function: wrapped,
            value: Value::NONE,
        }))
    }),
];

fn reduce(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let iterator = vm.iter(args.values[1])?;
    let mut total = match args.get(2) {
        Some(initial) => Value::borrowed(initial),
        None => match vm.iter_next(iterator.word())? {
            Some(first) => first,
            None => return Err(vm.type_error("reduce() of empty iterable with no initial value")),
        },
    };
    while let Some(item) = vm.iter_next(iterator.word())? {
        total = vm.call(args.values[0], &[total.word(), item.word()])?;
    }
    Ok(total)
}

/// `partial(function, …)`.
#[repr(C)]
struct Partial {
    header: Header,
    function: Value,
    positional: Vec<Value>,
    names: Vec<Value>,
    keywords: Vec<Value>,
}

impl Object for Partial {
    unsafe fn drop_contents(&mut self) {
        // SAFETY: dropped once, here.
        unsafe {
            std::ptr::drop_in_place(&raw mut self.function);
            std::ptr::drop_in_place(&raw mut self.positional);
            std::ptr::drop_in_place(&raw mut self.names);
            std::ptr::drop_in_place(&raw mut self.keywords);
        }
    }
}

fn partial(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let own = |words: &[Word]| -> Vec<Value> {
        words.iter().map(|&word| Value::borrowed(word)).collect()
    };
    let [function, positional @ ..] = args.positional() else {
        return Err(vm.type_error("type 'partial' takes at least one argument"));
    };
    let keywords = own(&args.values[args.positional().len()..]);
    let (function, positional, names) =
        (Value::borrowed(*function), own(positional), own(args.names));
    Ok(vm.new_object(|header| Partial {
        header,
        function,
        positional,
        names,
        keywords,
    }))
}

fn call_partial(vm: &mut Vm, word: Word, args: Args) -> Outcome<Value> {
    let partial = cast::<Partial>(word).expect("the slot is that of partials");
    // SAFETY: the caller keeps the object alive; it does not change.
    let partial = unsafe { &*partial };
    let mut values: Vec<Word> = as_words(&partial.positional).to_vec();
    values.extend_from_slice(args.positional());
    let mut names = Vec::new();
    for (name, value) in partial.names.iter().zip(&partial.keywords) {
        let text = crate::objects::string::as_str(name.word()).unwrap_or("");
        if args.keyword(text).is_none() {
            names.push(name.word());
            values.push(value.word());
        }
    }
    names.extend_from_slice(args.names);
    values.extend_from_slice(&args.values[args.positional().len()..]);
    vm.call_with(
        partial.function.word(),
        Args {
            values: &values,
            names: &names,
            callee: layout::EMPTY,
        },
    )
}

/// What a [`Wrapper`] is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// What `cmp_to_key` returns: called with a value, it makes a key.
    KeyMaker,
    /// A key: compares through the function.
    Key,
    /// What `wraps(f)` returns: called with a function, it gives it the name of `f`.
    Wraps,
    /// What `lru_cache(maxsize)` returns: called with a function, it makes the cache; the size is the value.
    CacheMaker,
}

/// Small callables round a function.
#[repr(C)]
struct Wrapper {
    header: Header,
    role: Role,
    function: Value,
    value: Value,
}

impl Object for Wrapper {
    unsafe fn drop_contents(&mut self) {
        // SAFETY: dropped once, here.
        unsafe {
            std::ptr::drop_in_place(&raw mut self.function);
            std::ptr::drop_in_place(&raw mut self.value);
        }
    }
}

fn wrapper<'a>(word: Word) -> &'a Wrapper {
    let wrapper = cast::<Wrapper>(word).expect("the slots are those of wrappers");
    // SAFETY: callers keep the object alive; it does not change.
    unsafe { &*wrapper }
}

fn call_wrapper(vm: &mut Vm, word: Word, args: Args) -> Outcome<Value> {
    let wrapper = wrapper(word);
    let &[argument] = args.values else {
        let given = args.values.len();
        return Err(vm.type_error(format!("expected 1 argument, got {given}")));
    };
    match wrapper.role {
        Role::KeyMaker => {
            let (function, value) = (wrapper.function.clone(), Value::borrowed(argument));
            Ok(vm.new_object(|header| Wrapper {
                header,
                role: Role::Key,
                function,
                value,
            }))
        }
        Role::CacheMaker => {
            let limit = as_int(wrapper.value.word()).and_then(|limit| limit.to_i64());
            Ok(new_cache(
                vm,
                argument,
                limit.map(|limit| limit.max(0) as usize),
            ))
        }
        Role::Wraps => {
            for name in ["__module__", "__name__", "__qualname__", "__doc__"] {
                let name = vm.intern(name);
                if let Some(value) = vm.get_attr_opt(wrapper.function.word(), name)? {
                    vm.set_attr(argument, name, value.word())?;
                }
            }
            let name = vm.intern("__wrapped__");
            vm.set_attr(argument, name, wrapper.function.word())?;
            Ok(Value::borrowed(argument))
        }
        Role::Key => Err(vm.type_error("'functools.KeyWrapper' object is not callable")),
    }
}

fn compare_keys(vm: &mut Vm, left: Word, right: Word, op: Comparison) -> Outcome<Value> {
    if cast::<Wrapper>(left).is_none() || cast::<Wrapper>(right).is_none() {
        return declined(vm);
    }
    let (left, right) = (wrapper(left), wrapper(right));
    let order = vm.call(
        left.function.word(),
        &[left.value.word(), right.value.word()],
    )?;
    vm.compare(op, order.word(), layout::word_of_int(0))
}

/// A function with its results remembered by arguments.
#[repr(C)]
struct Cache {
    header: Header,
    function: Value,
    results: Value,
    limit: Option<usize>,
    hits: u64,
    misses: u64,
}

impl Object for Cache {
    unsafe fn drop_contents(&mut self) {
        // SAFETY: dropped once, here.
        unsafe {
            std::ptr::drop_in_place(&raw mut self.function);
            std::ptr::drop_in_place(&raw mut self.results);
        }
    }
}

fn new_cache(vm: &mut Vm, function: Word, limit: Option<usize>) -> Value {
    let (function, results) = (Value::borrowed(function), vm.new_dict());
    vm.new_object(|header| Cache {
        header,
        function,
        results,
        limit,
        hits: 0,
        misses: 0,
    })
}

fn lru_cache(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let [size, _typed] = args.bind(vm, "lru_cache", ["maxsize", "typed"], 0)?;
    let size = size.unwrap_or(layout::word_of_int(128));
    if size != layout::NONE && as_int(size).is_none() {
        // Used without parentheses: the argument is the function.
        return Ok(new_cache(vm, size, Some(128)));
    }
    let value = Value::borrowed(size);
    Ok(vm.new_object(|header| Wrapper {
        header,
        role: Role::CacheMaker,
        function: Value::NONE,
        value,
    }))
}

fn cache<'a>(word: Word) -> &'a mut Cache {
    let cache = cast::<Cache>(word).expect("the slots are those of caches");
    // SAFETY: callers keep the object alive, and the borrow short.
    unsafe { &mut *cache }
}

fn call_cache(vm: &mut Vm, word: Word, args: Args) -> Outcome<Value> {
    let key = if let ([only], []) = (args.values, args.names)
        && (layout::is_int(*only) || crate::objects::string::cast_str(*only).is_some())
    {
        Value::borrowed(*only)
    } else {
        let all = [args.values, args.names].concat();
        vm.new_tuple_from(&all)
    };
    let results = cache(word).results.clone();
    if let Some(found) = dict::remove(vm, results.word(), key.word())? {
        // Put back at the end: the oldest is the first to go.
        dict::set(vm, results.word(), key, found.clone())?;
        cache(word).hits += 1;
        return Ok(found);
    }
    cache(word).misses += 1;
    let function = cache(word).function.clone();
    let value = vm.call_with(function.word(), args)?;
    if cache(word).limit == Some(0) {
        return Ok(value);
    }
    dict::set(vm, results.word(), key, value.clone())?;
    let entries = table(results.word());
    if cache(word).limit.is_some_and(|limit| entries.len() > limit)
        && let Some(oldest) =
            (0..entries.prefix.used).find(|&position| entries.entry_at(position).is_some())
    {
        drop(entries.remove_at(oldest));
    }
    Ok(value)
}

const CACHE_METHODS: &[NativeDef] = &[
    NativeDef::method("cache_clear", Arity::None, |_, args| {
        let cache = cache(args.values[0]);
        (cache.hits, cache.misses) = (0, 0);
        drop(table(cache.results.word()).take());
        Ok(Value::NONE)
    }),
    NativeDef::method("cache_info", Arity::None, |vm, args| {
        let cache = cache(args.values[0]);
        let limit = cache
            .limit
            .map_or(Value::NONE, |limit| vm.new_uint(limit as u64));
        let size = vm.new_uint(table(cache.results.word()).len() as u64);
        let items = vec![
            vm.new_uint(cache.hits),
            vm.new_uint(cache.misses),
            limit,
            size,
        ];
        Ok(vm.new_tuple(items))
    }),
];

/// Makes the module.
///
/// # Errors
/// None.
pub fn make(vm: &mut Vm) -> Outcome<Value> {
    let object = vm.types.object;
    let partial_class = vm.new_builtin_class::<Partial>("partial", object);
    let wrapper_class = vm.new_builtin_class::<Wrapper>("KeyWrapper", object);
    let cache_class = vm.new_builtin_class::<Cache>("_lru_cache_wrapper", object);
    // SAFETY: classes are never freed.
    unsafe {
        (*partial_class).slots.call = Some(call_partial);
        (*wrapper_class).slots.call = Some(call_wrapper);
        (*wrapper_class).slots.compare = Some(compare_keys);
        (*cache_class).slots.call = Some(call_cache);
        // A cached function in a class body is a method.
        (*cache_class).slots.descr_get = Some(|vm, cache, instance, _| {
            Ok(match instance {
                Some(instance) => vm.new_method(Value::borrowed(cache), Value::borrowed(instance)),
                None => Value::borrowed(cache),
            })
        });
    }
    vm.define(cache_class, CACHE_METHODS);
    for class in [partial_class, wrapper_class, cache_class] {
        vm.ready(class);
    }
    Ok(super::module_of(vm, "functools", FUNCTIONS))
}
