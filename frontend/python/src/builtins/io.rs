//! `print`, `input`, and the file objects of the standard streams.

use crate::error::Outcome;
use crate::layout::{self, Header, Word};
use crate::object::{Object, cast};
use crate::objects::dict;
use crate::objects::native::{Args, Arity, NativeDef};
use crate::objects::string::{as_str, cast_str};
use crate::value::Value;
use crate::vm::Vm;
use std::io::BufRead;

/// What this file adds to `builtins`.
pub(super) const FUNCTIONS: &[NativeDef] = &[
    NativeDef::function("print", Arity::Keywords, print),
    NativeDef::function("input", Arity::Between(0, 1), input),
    NativeDef::function("open", Arity::Keywords, |vm, _| {
        Err(vm.not_implemented("open()"))
    }),
];

/// Which standard stream a [`Stream`] is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Which {
    /// `sys.stdin`
    Input,
    /// `sys.stdout`
    Output,
    /// `sys.stderr`
    Error,
}

/// A standard stream as a file object.
#[repr(C)]
pub struct Stream {
    /// Shape [`layout::SHAPE_OTHER`].
    pub header: Header,
    which: Which,
}

impl Object for Stream {
    unsafe fn drop_contents(&mut self) {}
}

fn which(word: Word) -> Which {
    let stream = cast::<Stream>(word).expect("methods of streams are called on streams");
    // SAFETY: a live stream.
    unsafe { (*stream).which }
}

const METHODS: &[NativeDef] = &[
    NativeDef::method("write", Arity::One, write),
    NativeDef::method("writelines", Arity::One, |vm, args| {
        for line in vm.collect(args.values[1])? {
            write(vm, Args::of(&[args.values[0], line.word()]))?;
        }
        Ok(Value::NONE)
    }),
    NativeDef::method("flush", Arity::None, |vm, args| {
        if which(args.values[0]) == Which::Output {
            vm.flush_stdout();
        }
        Ok(Value::NONE)
    }),
    NativeDef::method("isatty", Arity::None, |_, _| Ok(Value::FALSE)),
    NativeDef::method("fileno", Arity::None, |_, args| {
        Ok(Value::small_int(which(args.values[0]) as i64))
    }),
    NativeDef::method("readline", Arity::Between(0, 1), |vm, args| {
        check_readable(vm, args.values[0])?;
        let line = read_line(vm)?;
        Ok(vm.new_str(&line))
    }),
    NativeDef::method("read", Arity::Between(0, 1), |vm, args| {
        check_readable(vm, args.values[0])?;
        let mut text = String::new();
        loop {
            let line = read_line(vm)?;
            if line.is_empty() {
                return Ok(vm.new_str(&text));
            }
            text.push_str(&line);
        }
    }),
    NativeDef::method("readlines", Arity::Between(0, 1), |vm, args| {
        check_readable(vm, args.values[0])?;
        let mut lines = Vec::new();
        while let Some(line) = next_line(vm, args.values[0])? {
            lines.push(line);
        }
        Ok(vm.new_list(lines))
    }),
];

/// Makes the class of the standard streams.
pub fn install_streams(vm: &mut Vm) {
    let class = vm.new_builtin_class::<Stream>("TextIOWrapper", vm.types.object);
    // SAFETY: classes are never freed.
    let slots = unsafe { &mut (*class).slots };
    slots.repr = Some(|vm, word| {
        let (name, mode) = match which(word) {
            Which::Input => ("<stdin>", "r"),
            Which::Output => ("<stdout>", "w"),
            Which::Error => ("<stderr>", "w"),
        };
        Ok(vm.new_str(&format!(
            "<_io.TextIOWrapper name='{name}' mode='{mode}' encoding='utf-8'>"
        )))
    });
    slots.iter = Some(|_, word| Ok(Value::borrowed(word)));
    slots.next = Some(next_line);
    vm.define(class, METHODS);
    vm.ready(class);
}

/// The file object of a standard stream.
pub fn new_stream(vm: &Vm, which: Which) -> Value {
    vm.new_object(|header| Stream { header, which })
}

fn check_readable(vm: &mut Vm, stream: Word) -> Outcome<()> {
    if which(stream) == Which::Input {
        return Ok(());
    }
    Err(vm.raise(vm.types.OSError, "not readable"))
}

fn write(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let Some(string) = cast_str(args.values[1]) else {
        let name = vm.class_name(args.values[1]);
        return Err(vm.type_error(format!("write() argument must be str, not {name}")));
    };
    match which(args.values[0]) {
        Which::Output => vm.write_stdout(string.as_str()),
        Which::Error => vm.write_stderr(string.as_str()),
        Which::Input => return Err(vm.raise(vm.types.OSError, "not writable")),
    }
    Ok(vm.new_int(string.chars() as i64))
}

fn next_line(vm: &mut Vm, stream: Word) -> Outcome<Option<Value>> {
    check_readable(vm, stream)?;
    let line = read_line(vm)?;
    Ok(if line.is_empty() {
        None
    } else {
        Some(vm.new_str(&line))
    })
}

/// The next line of standard input with its end; empty at the end of the input.
fn read_line(vm: &mut Vm) -> Outcome<String> {
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(_) => Ok(line),
        Err(error) => {
            let message = format!("reading standard input: {error}");
            Err(vm.raise(vm.types.OSError, message))
        }
    }
}

/// A keyword of `print` that is a string or `None`.
fn text_option<'a>(vm: &mut Vm, name: &str, value: Word, default: &'a str) -> Outcome<&'a str> {
    if value == layout::NONE {
        return Ok(default);
    }
    match as_str(value) {
        Some(text) => Ok(text),
        None => {
            let got = vm.class_name(value);
            Err(vm.type_error(format!("{name} must be None or a string, not {got}")))
        }
    }
}

fn print(vm: &mut Vm, args: Args) -> Outcome<Value> {
    let (mut separator, mut end, mut file, mut flush) = (" ", "\n", layout::NONE, false);
    for (name, value) in args.keywords() {
        match name {
            "sep" => separator = text_option(vm, "sep", value, " ")?,
            "end" => end = text_option(vm, "end", value, "\n")?,
            "file" => file = value,
            "flush" => flush = vm.truthy(value)?,
            other => {
                return Err(vm.type_error(format!(
                    "'{other}' is an invalid keyword argument for print()"
                )));
            }
        }
    }
    // Text is made before any of it is written: printing an argument may itself print.
    let mut text = String::new();
    for (place, &word) in args.positional().iter().enumerate() {
        if place > 0 {
            text.push_str(separator);
        }
        let string = vm.str(word)?;
        text.push_str(as_str(string.word()).unwrap_or(""));
    }
    text.push_str(end);
    let target = if file == layout::NONE {
        current_stdout(vm)
    } else {
        Some(Value::borrowed(file))
    };
    let Some(target) = target else {
        vm.write_stdout(&text);
        if flush {
            vm.flush_stdout();
        }
        return Ok(Value::NONE);
    };
    let stream = cast::<Stream>(target.word());
    // SAFETY: a live stream.
    match stream.map(|stream| unsafe { (*stream).which }) {
        Some(Which::Output) => vm.write_stdout(&text),
        Some(Which::Error) => vm.write_stderr(&text),
        _ => {
            let text = vm.new_str(&text);
            call_method(vm, target.word(), "write", &[text.word()])?;
            if flush {
                call_method(vm, target.word(), "flush", &[])?;
            }
            return Ok(Value::NONE);
        }
    }
    if flush {
        vm.flush_stdout();
    }
    Ok(Value::NONE)
}

fn call_method(vm: &mut Vm, object: Word, name: &str, args: &[Word]) -> Outcome<Value> {
    let name = vm.intern(name);
    let method = vm.get_attr(object, name)?;
    vm.call(method.word(), args)
}

/// What `sys.stdout` is, if the program has the module and may have replaced it.
fn current_stdout(vm: &mut Vm) -> Option<Value> {
    let name = vm.intern("sys");
    let module = dict::get_name(vm.modules.word(), name)?;
    let namespace = crate::core_types::modules::namespace(module);
    let name = vm.intern("stdout");
    dict::get_name(namespace, name).map(Value::borrowed)
}

fn input(vm: &mut Vm, args: Args) -> Outcome<Value> {
    if let Some(prompt) = args.get(0) {
        let prompt = vm.str_text(prompt)?;
        vm.write_stdout(&prompt);
    }
    vm.flush_stdout();
    let line = read_line(vm)?;
    if line.is_empty() {
        return Err(vm.raise(vm.types.EOFError, "EOF when reading a line"));
    }
    let line = line.strip_suffix('\n').unwrap_or(&line);
    Ok(vm.new_str(line.strip_suffix('\r').unwrap_or(line)))
}
