//! Source to code objects: `rustpython-compiler` does the parsing and code generation, this module turns its result
//! into the VM's own [`Code`].
//!
//! The instructions stay as they are (`CPython` 3.14's, with inline-cache units in place); constants become values, names
//! are interned, the exception table and source positions are unpacked. What the VM has no values for (complex numbers,
//! bytes) is reported here, before anything runs.

use std::cell::OnceCell;

use rustpython_compiler::core::bytecode::{
    self as foreign, CO_FAST_CELL, CO_FAST_FREE, CO_FAST_LOCAL, CodeFlags, ConstantData,
};
use rustpython_compiler::{CompileError, Mode};

use crate::class::Class;
use crate::finalizer;
use crate::interp::cache;
use crate::layout::{FRAME_WORDS, Word};
use crate::object::allocate;
use crate::objects::code::{
    CODE_GENERATOR, CODE_VARARGS, CODE_VARKEYWORDS, Code, CodeUnit, Handler, LocalKind, Position,
};
use crate::objects::dict;
use crate::opcode;
use crate::value::Value;
use crate::vm::Vm;

/// Why source could not be compiled.
#[derive(Debug)]
pub struct SyntaxProblem {
    /// The exception class to report: `SyntaxError`, `IndentationError`, `NotImplementedError`.
    pub class: &'static str,
    /// The message.
    pub message: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in characters.
    pub column: usize,
    /// End, if it is on the same line; from 1, exclusive.
    pub end_column: Option<usize>,
}

/// Words of operand stack beyond what the compiler says is needed: specialized calls shift arguments upwards.
const STACK_SLACK: usize = 8;

/// Compiles a module.
///
/// # Errors
/// What is wrong with the source, and where.
pub fn compile_module(vm: &mut Vm, source: &str, filename: &str) -> Result<Value, SyntaxProblem> {
    let options = rustpython_compiler::CompileOpts::default();
    let code = rustpython_compiler::compile(source, Mode::Exec, filename, options)
        .map_err(|error| describe(&error))?;
    let filename = vm.new_str(filename);
    convert(vm, &code, &filename)
}

fn describe(error: &CompileError) -> SyntaxProblem {
    let (line, column) = error.python_location();
    let (message, class) = reword(&error.to_string(), line);
    let end_column = error
        .python_end_location()
        .filter(|&(end, _)| end == line)
        .map(|(_, column)| column);
    SyntaxProblem {
        class,
        message,
        line: line.max(1),
        column,
        end_column,
    }
}

/// The message of the parser in CPython's words, where they are known, and the class of the exception.
fn reword(message: &str, line: usize) -> (String, &'static str) {
    if let Some(rest) = message.strip_prefix("Expected an indented block after ") {
        let rest = rest.replace('`', "'");
        return (
            format!(
                "expected an indented block after {rest} on line {}",
                line.saturating_sub(1)
            ),
            "IndentationError",
        );
    }
    if message == "Unexpected indentation" {
        return ("unexpected indent".to_owned(), "IndentationError");
    }
    if message.starts_with("unindent does not match") {
        return (message.to_owned(), "IndentationError");
    }
    if message.starts_with("missing closing quote") {
        return (
            format!("unterminated string literal (detected at line {line})"),
            "SyntaxError",
        );
    }
    let known = match message {
        "Positional argument cannot follow keyword argument" => {
            "positional argument follows keyword argument"
        }
        "'continue' outside loop" => "'continue' not properly in loop",
        "'await' outside async function" => "'await' outside function",
        _ if message.starts_with("Expected") || message.starts_with("Got unexpected") => {
            "invalid syntax"
        }
        _ => message,
    };
    (known.to_owned(), "SyntaxError")
}

fn missing(what: &str, line: usize) -> SyntaxProblem {
    SyntaxProblem {
        class: "NotImplementedError",
        message: what.to_owned(),
        line,
        column: 0,
        end_column: None,
    }
}

fn convert(
    vm: &mut Vm,
    code: &foreign::CodeObject,
    filename: &Value,
) -> Result<Value, SyntaxProblem> {
    let units = convert_units(vm, code);
    let mut consts = Vec::with_capacity(code.constants.len());
    for constant in code.constants.iter() {
        consts.push(convert_constant(vm, code, constant, filename)?);
    }
    let names = intern_all(vm, &code.names);
    let (locals, kinds) = convert_locals(vm, code);
    let handlers = foreign::decode_exception_table(&code.exceptiontable)
        .iter()
        .map(|entry| Handler {
            start: entry.start,
            end: entry.end,
            target: entry.target,
            depth: entry.depth.into(),
            push_lasti: entry.push_lasti,
        })
        .collect();
    let handlers = crate::handler_ranges::reachable(code, handlers);
    let flags = code.flags.bits();
    let arg_count = code.arg_count as usize;
    let keyword_only = code.kwonlyarg_count as usize;
    let collects = |flag| usize::from(flags & flag != 0);
    let special = CodeFlags::VARARGS | CodeFlags::VARKEYWORDS | CodeFlags::COROUTINE;
    let stack_size = code.max_stackdepth as usize + STACK_SLACK;
    let (entry, loops) = entry_and_loops(&units);
    vm.code_ids += 1;
    let id = vm.code_ids;
    let name = vm.intern(&code.obj_name);
    let qualname = vm.intern(&code.qualname);
    let own = |word: Word| Value::borrowed(word).into_word();
    let (name, qualname, filename) = (own(name), own(qualname), own(filename.word()));
    let class: *mut Class = vm.types.code;
    let code = allocate(class, |header| Code {
        header,
        units: units.into_boxed_slice(),
        consts: consts.into_iter().map(Value::into_word).collect(),
        names,
        frame_words: FRAME_WORDS + locals.len() + stack_size,
        free_count: kinds
            .iter()
            .filter(|&&kind| kind == LocalKind::Free)
            .count(),
        locals,
        kinds,
        arg_count,
        positional_only: code.posonlyarg_count as usize,
        keyword_only,
        parameters: arg_count + keyword_only + collects(CODE_VARARGS) + collects(CODE_VARKEYWORDS),
        stack_size,
        flags,
        simple: keyword_only == 0 && !code.flags.intersects(special),
        name,
        qualname,
        filename,
        first_line: code.first_line_number.map_or(1, |line| line.get() as u32),
        handlers: handlers.into(),
        positions: convert_positions(code),
        entry,
        loops,
        calls_left: vm
            .options
            .jit
            .as_ref()
            .map_or(u32::MAX, |jit| jit.function_threshold),
        compiled: None,
        id,
        liveness: OnceCell::new(),
    });
    // SAFETY: just made.
    let made = unsafe { &*(code.word() as *const Code) };
    if flags & CODE_GENERATOR != 0
        && (0..made.units.len()).any(|offset| made.cleans_up_at(offset as u32))
    {
        finalizer::announce();
    }
    Ok(code)
}

/// Where a function's body begins, behind the `RESUME` that only cells are made before; and whether it jumps backward.
fn entry_and_loops(units: &[CodeUnit]) -> (Option<u32>, bool) {
    let (mut entry, mut loops, mut prologue) = (None, false, true);
    let mut index = 0;
    while index < units.len() {
        let CodeUnit { op, arg } = units[index];
        if prologue && op == opcode::RESUME && arg == 0 {
            entry = Some(index as u32 + 1);
        }
        prologue &= matches!(
            op,
            opcode::MAKE_CELL | opcode::COPY_FREE_VARS | opcode::EXTENDED_ARG
        );
        loops |= op == opcode::JUMP_BACKWARD;
        index += 1 + opcode::caches(op);
    }
    (entry, loops)
}

fn convert_units(vm: &Vm, code: &foreign::CodeObject) -> Vec<CodeUnit> {
    let mut units: Vec<CodeUnit> = code
        .instructions
        .iter()
        .map(|unit| CodeUnit {
            op: unit.op.into(),
            arg: unit.arg.into(),
        })
        .collect();
    let mut index = 0;
    while index < units.len() {
        exchange_without_tuple(&mut units[index..]);
        let op = units[index].op;
        let caches = opcode::caches(op);
        if caches != 0 && index + caches < units.len() {
            let counter = if op == opcode::JUMP_BACKWARD {
                cache::back_edge_counter(
                    vm.options
                        .jit
                        .as_ref()
                        .map_or(u32::MAX, |jit| jit.loop_threshold),
                )
            } else {
                cache::WARM_UP
            };
            units[index + 1..=index + caches].fill(CodeUnit { op: 0, arg: 0 });
            let [low, high] = counter.to_le_bytes();
            units[index + 1] = CodeUnit { op: low, arg: high };
        }
        index += 1 + caches;
    }
    units
}

/// `BUILD_TUPLE n; UNPACK_SEQUENCE n` of two or three values reverses them on the stack: `SWAP n`, as CPython has it.
/// What is left of the space is jumped over.
fn exchange_without_tuple(units: &mut [CodeUnit]) {
    let [build, unpack, _cache, ..] = units else {
        return;
    };
    let arg = build.arg;
    let pair = (build.op, unpack.op) == (opcode::BUILD_TUPLE, opcode::UNPACK_SEQUENCE);
    if pair && unpack.arg == arg && matches!(arg, 2 | 3) {
        let skip = CodeUnit {
            op: opcode::JUMP_FORWARD,
            arg: 1,
        };
        let nothing = CodeUnit {
            op: opcode::NOP,
            arg: 0,
        };
        units[..3].copy_from_slice(&[
            CodeUnit {
                op: opcode::SWAP,
                arg,
            },
            skip,
            nothing,
        ]);
    }
}

fn convert_positions(code: &foreign::CodeObject) -> Box<[Position]> {
    let unknown = foreign::build_no_location_mask(&code.linetable, code.instructions.len());
    let one = |(index, (start, end)): (usize, &(_, _))| {
        let start: &rustpython_compiler::core::SourceLocation = start;
        let end: &rustpython_compiler::core::SourceLocation = end;
        let known = !unknown.get(index).copied().unwrap_or(false);
        let column = |location: &rustpython_compiler::core::SourceLocation| {
            if known {
                location.character_offset.to_zero_indexed() as i32
            } else {
                -1
            }
        };
        Position {
            line: start.line.get() as u32,
            end_line: end.line.get() as u32,
            column: column(start),
            end_column: column(end),
        }
    };
    let mut positions: Box<[Position]> = code.locations.iter().enumerate().map(one).collect();
    place_classes(code, &mut positions);
    positions
}

/// The compiler gives the making of a class the position of the end of its body; it belongs to the `class` line.
fn place_classes(code: &foreign::CodeObject, positions: &mut [Position]) {
    let op = |index: usize| code.instructions.get(index).map(|unit| u8::from(unit.op));
    for start in 0..positions.len() {
        if op(start) != Some(opcode::LOAD_BUILD_CLASS) || op(start + 2) != Some(opcode::LOAD_CONST)
        {
            continue;
        }
        let constant = usize::from(u8::from(code.instructions[start + 2].arg));
        let Some(ConstantData::Code { code: body }) = code.constants.get(constant) else {
            continue;
        };
        let Some(line) = body.first_line_number.map(|line| line.get() as u32) else {
            continue;
        };
        // No other instruction here is from inside the body.
        let wrong = positions[start];
        for position in positions.iter_mut().filter(|position| **position == wrong) {
            *position = Position {
                line,
                end_line: line,
                column: -1,
                end_column: -1,
            };
        }
    }
}

fn intern_all(vm: &mut Vm, names: &[String]) -> Box<[Word]> {
    names.iter().map(|name| vm.intern(name)).collect()
}

/// Names and kinds of the slots: locals, cells that are no locals, free variables.
fn convert_locals(vm: &mut Vm, code: &foreign::CodeObject) -> (Box<[Word]>, Box<[LocalKind]>) {
    let mut names = code.varnames.iter().collect::<Vec<_>>();
    names.extend(
        code.cellvars
            .iter()
            .filter(|name| !code.varnames.contains(name)),
    );
    names.extend(code.freevars.iter());
    debug_assert_eq!(names.len(), code.localspluskinds.len());
    let kinds = code.localspluskinds.iter().map(|&kind| {
        if kind & CO_FAST_FREE != 0 {
            LocalKind::Free
        } else if kind & CO_FAST_CELL != 0 && kind & CO_FAST_LOCAL == 0 {
            LocalKind::Cell
        } else {
            LocalKind::Local
        }
    });
    let kinds = kinds.collect();
    (
        names.into_iter().map(|name| vm.intern(name)).collect(),
        kinds,
    )
}

fn convert_constant(
    vm: &mut Vm,
    code: &foreign::CodeObject,
    constant: &ConstantData,
    filename: &Value,
) -> Result<Value, SyntaxProblem> {
    let line = code
        .first_line_number
        .map_or(1, rustpython_compiler::core::OneIndexed::get);
    Ok(match constant {
        ConstantData::None => Value::NONE,
        ConstantData::Boolean { value } => Value::bool(*value),
        ConstantData::Integer { value } => vm.new_bigint(value.clone()),
        ConstantData::Float { value } => Value::float(crate::layout::canonical(*value)),
        ConstantData::Str { value } => match value.as_str() {
            Ok(text) if is_name(text) => Value::borrowed(vm.intern(text)),
            Ok(text) => vm.new_str(text),
            Err(_) => return Err(missing("strings with lone surrogates", line)),
        },
        ConstantData::Code { code } => convert(vm, code, filename)?,
        ConstantData::Tuple { elements } => {
            let items = elements
                .iter()
                .map(|item| convert_constant(vm, code, item, filename));
            let items = items.collect::<Result<Vec<_>, _>>()?;
            vm.new_tuple(items)
        }
        ConstantData::Frozenset { elements } => {
            let set = vm.new_table(vm.types.frozenset);
            for item in elements {
                let item = convert_constant(vm, code, item, filename)?;
                if dict::add(vm, set.word(), item).is_err() {
                    return Err(missing("a constant that can't be hashed", line));
                }
            }
            set
        }
        ConstantData::Slice { elements } => {
            let [start, stop, step] = elements.as_ref();
            let start = convert_constant(vm, code, start, filename)?;
            let stop = convert_constant(vm, code, stop, filename)?;
            let step = convert_constant(vm, code, step, filename)?;
            vm.new_slice(start, stop, step)
        }
        ConstantData::Ellipsis => vm.ellipsis_singleton.clone(),
        ConstantData::Complex { .. } => return Err(missing("complex numbers", line)),
        ConstantData::Bytes { .. } => return Err(missing("bytes", line)),
    })
}

/// Could this constant be used as a name? Such strings are interned, as `CPython` does.
fn is_name(text: &str) -> bool {
    text.len() <= 64
        && text
            .chars()
            .all(|character| character == '_' || character.is_ascii_alphanumeric())
}
