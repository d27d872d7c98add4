//! Writes the functions through which a uop's own function is called: to evaluate it, from the call stencil, and from
//! the slow jump. They turn bits into the types of the signature and back.
//!
//! They stand in a module of their own, so that the lints of the VM do not apply to them.

use std::fmt::Write as _;

use sashiko_stencils::{Bank, Rep};

use crate::declaration::{Control, Declaration, EnvParameter, ParameterKind};
use crate::facts::Uop;

/// Writes the module of glue functions.
pub(crate) fn glue(text: &mut String, uops: &[Uop]) {
    text.push_str(
            "#[allow(unused_imports, unused_unsafe, unused_variables, unreachable_code, clippy::all, clippy::pedantic, reason = \"generated\")]\n\
             mod __glue {\n    use super::__sashiko;\n    use __sashiko::info::{Env, Outcome};\n    \
             use __sashiko::generated::{GprReturn, XmmReturn};\n",
        );
    for (i, uop) in uops.iter().enumerate() {
        eval(text, i, uop);
        if uop.declaration.attribute.call {
            call_glue(text, i, &uop.declaration);
        }
        if let Some(slow) = &uop.slow {
            let pointer = uop.declaration.inputs().next() == Some(Rep::Ptr);
            let value = if pointer {
                "value as usize as *mut _"
            } else {
                "value"
            };
            let context = if slow.takes_context {
                "vm as *mut _, "
            } else {
                ""
            };
            let _ = writeln!(
                text,
                "    pub(super) unsafe extern \"sysv64\" fn slow{i}(vm: *mut u8, value: u64) {{ unsafe {{ {}({context}{value}) }} }}",
                slow.path
            );
        }
    }
    text.push_str("}\n");
}

/// An expression for the bits of a value `v` of representation `rep`.
fn bits_of(rep: Rep, v: &str) -> String {
    match rep {
        Rep::Word => v.to_owned(),
        Rep::Int | Rep::Bool => format!("{v} as u64"),
        Rep::Float => format!("{v}.to_bits()"),
        Rep::Ptr => format!("{v} as usize as u64"),
    }
}

/// An expression of the value of representation `rep` with bits `b`.
fn from_bits(rep: Rep, b: &str) -> String {
    match rep {
        Rep::Word => b.to_owned(),
        Rep::Int => format!("{b} as i64"),
        Rep::Bool => format!("{b} != 0"),
        Rep::Float => format!("f64::from_bits({b})"),
        Rep::Ptr => format!("{b} as usize as *mut _"),
    }
}

/// `fn eval(env, inputs, immediates) -> Outcome`.
fn eval(text: &mut String, i: usize, uop: &Uop) {
    let declaration = &uop.declaration;
    let mut arguments: Vec<String> = declaration
        .env
        .iter()
        .map(|env| match env {
            EnvParameter::Context => "env.vm as *mut _".to_owned(),
            EnvParameter::Base => "env.base as *mut _".to_owned(),
        })
        .collect();
    let (mut inputs, mut immediates) = (0, 0);
    for parameter in &declaration.parameters {
        match parameter.kind {
            ParameterKind::Input(rep) => {
                arguments.push(from_bits(rep, &format!("inputs[{inputs}]")));
                inputs += 1;
            }
            ParameterKind::Immediate { bits } => {
                let cast = if bits == 32 { " as i32" } else { "" };
                arguments.push(format!("immediates[{immediates}]{cast}"));
                immediates += 1;
            }
        }
    }
    let call = format!("{}({})", declaration.path, arguments.join(", "));
    let value = declaration.result.map_or_else(
        || "Outcome::Done".to_owned(),
        |rep| format!("Outcome::Value({})", bits_of(rep, "value")),
    );
    let body = match declaration.control {
        Control::Plain if declaration.result.is_none() => format!("{call}; {value}"),
        Control::Plain => format!("let value = {call}; {value}"),
        Control::Exit => {
            format!("match {call} {{ Some(value) => {value}, None => Outcome::Exit }}")
        }
        Control::Fast => format!(
            "if let __sashiko::uop::Fast::Slow = {call} {{ slow{i}(env.vm, inputs[0]); }} Outcome::Done"
        ),
    };
    let _ = writeln!(
        text,
        "    pub(super) unsafe fn eval{i}(env: Env, inputs: &[u64], immediates: &[u64]) -> Outcome {{ unsafe {{ {body} }} }}"
    );
}

/// The function that compiled code calls for a called uop.
fn call_glue(text: &mut String, i: usize, uop: &Declaration) {
    let mut arguments: Vec<String> = uop.env.iter().map(|_| "vm as *mut _".to_owned()).collect();
    let (mut input_parameters, mut immediate_parameters) = (String::new(), String::new());
    for (at, parameter) in uop.parameters.iter().enumerate() {
        match parameter.kind {
            ParameterKind::Input(rep) => {
                let ty = match rep.bank() {
                    Bank::Gpr => "u64",
                    Bank::Xmm => "f64",
                };
                let _ = write!(input_parameters, ", a{at}: {ty}");
                arguments.push(match rep {
                    Rep::Float => format!("a{at}"),
                    rep => from_bits(rep, &format!("a{at}")),
                });
            }
            ParameterKind::Immediate { bits } => {
                let _ = write!(immediate_parameters, ", a{at}: u64");
                let cast = if bits == 32 { " as i32" } else { "" };
                arguments.push(format!("a{at}{cast}"));
            }
        }
    }
    let call = format!("{}({})", uop.path, arguments.join(", "));
    let (return_type, zero) = match uop.result {
        Some(Rep::Float) => ("XmmReturn", "0.0"),
        _ => ("GprReturn", "0"),
    };
    let value = match uop.result {
        None => "0".to_owned(),
        Some(Rep::Float) => "value".to_owned(),
        Some(rep) => bits_of(rep, "value"),
    };
    let body = if uop.control == Control::Exit {
        format!(
            "match {call} {{ Some(value) => {return_type} {{ value: {value}, failed: 0 }}, None => {return_type} {{ value: {zero}, failed: 1 }} }}"
        )
    } else {
        format!("let value = {call}; {return_type} {{ value: {value}, failed: 0 }}")
    };
    let _ = writeln!(
        text,
        "    pub(super) unsafe extern \"sysv64\" fn call{i}(vm: *mut u8{input_parameters}{immediate_parameters}) -> {return_type} {{ unsafe {{ {body} }} }}"
    );
}
