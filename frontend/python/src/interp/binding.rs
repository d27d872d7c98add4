//! Binding arguments to parameters, in full generality: defaults, keywords, `*args`, `**kwargs`.

use crate::error::{Outcome, Raised};
use crate::layout::{EMPTY, Word};
use crate::objects::code::{
    CODE_ASYNC_GENERATOR, CODE_COROUTINE, CODE_VARARGS, CODE_VARKEYWORDS, Code,
};
use crate::objects::dict;
use crate::objects::function::Function;
use crate::objects::native::Args;
use crate::objects::string::{as_str, equal};
use crate::objects::tuple::cast_tuple;
use crate::value::Value;
use crate::vm::Vm;

/// The parameter slots of a call of `function`, in slot order.
///
/// # Errors
/// `TypeError` if the arguments don't fit the parameters.
pub fn bind(vm: &mut Vm, function: *mut Function, args: Args) -> Outcome<Vec<Value>> {
    // SAFETY: the caller keeps the function alive, and that its code.
    let (function, code) = unsafe { (&*function, &*(*function).code) };
    let positional = args.positional();
    let named = code.arg_count + code.keyword_only;
    let mut slots: Vec<Option<Value>> = vec![None; code.parameters];
    for (slot, &value) in slots.iter_mut().zip(positional).take(code.arg_count) {
        *slot = Some(Value::borrowed(value));
    }
    let extra = positional.get(code.arg_count..).unwrap_or(&[]);
    if code.flags & CODE_VARARGS != 0 {
        slots[named] = Some(vm.new_tuple_from(extra));
    }
    let keywords = (code.flags & CODE_VARKEYWORDS != 0).then(|| vm.new_dict());
    let values = &args.values[positional.len()..];
    for (&name, &value) in args.names.iter().zip(values) {
        let known = code.locals[..named]
            .iter()
            .position(|&local| equal(local, name));
        match known {
            Some(index) if index >= code.positional_only => {
                if slots[index].replace(Value::borrowed(value)).is_some() {
                    let name = as_str(name).unwrap_or("?");
                    return Err(complain(
                        vm,
                        function,
                        &format!("got multiple values for argument '{name}'"),
                    ));
                }
            }
            _ => match &keywords {
                Some(keywords) => {
                    let name = vm.intern_value(name);
                    dict::set_name(keywords.word(), name, Value::borrowed(value));
                }
                None => return Err(unexpected_keyword(vm, function, code, name, &args)),
            },
        }
    }
    if !extra.is_empty() && code.flags & CODE_VARARGS == 0 {
        return Err(too_many(vm, function, code, positional.len(), &slots));
    }
    fill_defaults(vm, function, code, &mut slots)?;
    if let Some(keywords) = keywords {
        *slots.last_mut().expect("`**kwargs` has a slot") = Some(keywords);
    }
    Ok(slots
        .into_iter()
        .map(|slot| slot.expect("every parameter got a value"))
        .collect())
}

/// What a parameter is given by a call, when all that is known of the call is how many arguments it has and the names of
/// those given by keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// The positional argument of this number.
    Given(usize),
    /// The keyword argument of this number.
    Named(usize),
    /// The function's default.
    Default(Word),
    /// A tuple of the positional arguments from this number on.
    Rest(usize),
}

/// The parameters of `function` in slot order, in a call that [`bind`] would accept; `None` if it would not, or if a
/// dict must be made for `**kwargs`, or if the function is asynchronous.
///
/// # Safety
/// A live function.
pub unsafe fn parameters(
    function: *mut Function,
    given: usize,
    names: &[Word],
) -> Option<Vec<Parameter>> {
    // SAFETY: by contract; the function keeps its code.
    let (function, code) = unsafe { (&*function, &*(*function).code) };
    let is_asynchronous = code.flags & (CODE_COROUTINE | CODE_ASYNC_GENERATOR) != 0;
    let takes_rest = code.flags & CODE_VARARGS != 0;
    if is_asynchronous
        || code.flags & CODE_VARKEYWORDS != 0
        || (given > code.arg_count && !takes_rest)
    {
        return None;
    }
    let named = code.arg_count + code.keyword_only;
    let mut slots: Vec<Option<Parameter>> = vec![None; named];
    for (index, slot) in slots.iter_mut().enumerate().take(given.min(code.arg_count)) {
        *slot = Some(Parameter::Given(index));
    }
    for (number, &name) in names.iter().enumerate() {
        let index = code.locals[..named]
            .iter()
            .position(|&local| equal(local, name))
            .filter(|&index| index >= code.positional_only)?;
        if slots[index].replace(Parameter::Named(number)).is_some() {
            return None;
        }
    }
    let defaults = match function.defaults {
        EMPTY => &[],
        defaults => cast_tuple(defaults)?.items(),
    };
    for (index, slot) in slots.iter_mut().enumerate() {
        if slot.is_some() {
            continue;
        }
        let default = if index < code.arg_count {
            (index + defaults.len())
                .checked_sub(code.arg_count)
                .and_then(|index| defaults.get(index).copied())
        } else if function.keyword_defaults == EMPTY {
            None
        } else {
            dict::get_name(function.keyword_defaults, code.locals[index])
        };
        *slot = Some(Parameter::Default(default?));
    }
    if takes_rest {
        slots.push(Some(Parameter::Rest(code.arg_count.min(given))));
    }
    slots.into_iter().collect()
}

fn fill_defaults(
    vm: &mut Vm,
    function: &Function,
    code: &Code,
    slots: &mut [Option<Value>],
) -> Outcome<()> {
    if slots[..code.arg_count].iter().any(Option::is_none) {
        let defaults = if function.defaults == EMPTY {
            &[]
        } else {
            cast_tuple(function.defaults)
                .expect("defaults are a tuple")
                .items()
        };
        let first = code.arg_count - defaults.len().min(code.arg_count);
        let skip = defaults.len() - (code.arg_count - first);
        for (slot, &default) in slots[first..code.arg_count]
            .iter_mut()
            .zip(&defaults[skip..])
        {
            if slot.is_none() {
                *slot = Some(Value::borrowed(default));
            }
        }
        let missing = missing_names(code, slots, 0, code.arg_count);
        if !missing.is_empty() {
            return Err(complain_missing(vm, function, &missing, "positional"));
        }
    }
    let named = code.arg_count + code.keyword_only;
    for (index, slot) in slots
        .iter_mut()
        .enumerate()
        .take(named)
        .skip(code.arg_count)
    {
        if slot.is_none() && function.keyword_defaults != EMPTY {
            let default = dict::get_name(function.keyword_defaults, code.locals[index]);
            *slot = default.map(Value::borrowed);
        }
    }
    let missing = missing_names(code, slots, code.arg_count, named);
    if missing.is_empty() {
        Ok(())
    } else {
        Err(complain_missing(vm, function, &missing, "keyword-only"))
    }
}

fn missing_names(code: &Code, slots: &[Option<Value>], from: usize, to: usize) -> Vec<String> {
    let missing = (from..to).filter(|&index| slots[index].is_none());
    missing
        .map(|index| format!("'{}'", as_str(code.locals[index]).unwrap_or("?")))
        .collect()
}

#[cold]
fn complain(vm: &mut Vm, function: &Function, what: &str) -> Raised {
    let name = as_str(function.qualname).unwrap_or("?");
    vm.type_error(format!("{name}() {what}"))
}

#[cold]
fn complain_missing(vm: &mut Vm, function: &Function, names: &[String], kind: &str) -> Raised {
    let count = names.len();
    let plural = if count == 1 { "" } else { "s" };
    let list = match names {
        [only] => only.clone(),
        [first, second] => format!("{first} and {second}"),
        [all @ .., last] => format!("{}, and {last}", all.join(", ")),
        [] => unreachable!("something is missing"),
    };
    complain(
        vm,
        function,
        &format!("missing {count} required {kind} argument{plural}: {list}"),
    )
}

#[cold]
fn too_many(
    vm: &mut Vm,
    function: &Function,
    code: &Code,
    given: usize,
    slots: &[Option<Value>],
) -> Raised {
    let defaults = cast_tuple(function.defaults)
        .filter(|_| function.defaults != EMPTY)
        .map_or(0, |tuple| tuple.len);
    let most = code.arg_count;
    let takes = if defaults == 0 {
        most.to_string()
    } else {
        format!("from {} to {most}", most - defaults)
    };
    let plural = if most == 1 && defaults == 0 { "" } else { "s" };
    let keyword_given = slots[most..most + code.keyword_only]
        .iter()
        .filter(|slot| slot.is_some())
        .count();
    let (given_text, were) = if keyword_given > 0 {
        let (p, k) = (
            if given == 1 { "" } else { "s" },
            if keyword_given == 1 { "" } else { "s" },
        );
        (
            format!(
                "{given} positional argument{p} (and {keyword_given} keyword-only argument{k})"
            ),
            "were",
        )
    } else {
        (given.to_string(), if given == 1 { "was" } else { "were" })
    };
    complain(
        vm,
        function,
        &format!("takes {takes} positional argument{plural} but {given_text} {were} given"),
    )
}

#[cold]
fn unexpected_keyword(
    vm: &mut Vm,
    function: &Function,
    code: &Code,
    name: Word,
    args: &Args,
) -> Raised {
    let only: Vec<&str> = code.locals[..code.positional_only]
        .iter()
        .filter(|&&local| args.names.iter().any(|&name| equal(name, local)))
        .filter_map(|&local| as_str(local))
        .collect();
    if !only.is_empty() {
        let list = only.join(", ");
        let what =
            format!("got some positional-only arguments passed as keyword arguments: '{list}'");
        return complain(vm, function, &what);
    }
    let name = as_str(name).unwrap_or("?");
    complain(
        vm,
        function,
        &format!("got an unexpected keyword argument '{name}'"),
    )
}
