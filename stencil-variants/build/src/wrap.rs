//! The crate that becomes stencils: one function of fixed signature for each uop and combination of shapes.
//!
//! ```text
//! fn s3_4(base, ctx, g0, ..) {
//!     let i0 = g0 as i64;                       // an input in a register is a parameter
//!     let i1 = (base + HOLE_I1).read();         // one in memory is read at a hole's address
//!     match int_add(i0, i1) {
//!         Some(r) => CONT(base, ctx, g0, r),    // what must survive is handed on, in the register it came in
//!         None    => EXIT(base, ctx, g0),
//!     }
//! }
//! ```
//!
//! rustc compiles the calls of `CONT`, `EXIT` and `SLOW` into jumps. Inputs are handed to all three, because a register
//! that is handed on is one that the compiler must not lose.
//!
//! A hole is the address of an extern static **plus a constant of its own**: of a bare address LLVM knows that it is
//! not zero and differs from every other, and folds comparisons by that; of the sum it knows nothing. The constant
//! comes back as the relocation's addend and is taken off there ([`Hole::bias`]).

use std::fmt::Write as _;

use sashiko_stencils::context::VM_OFFSET;
use sashiko_stencils::{Bank, HoleValue, InputId, Rep, Shape, ShapeKey};

use crate::declaration::{Control, Declaration, EnvParameter, ParameterKind};

/// A source file as it is compiled into stencils.
#[derive(Clone, Debug)]
pub(crate) struct Module {
    /// Module path, without `crate`.
    pub(crate) path: Vec<String>,
    /// The author's file.
    pub(crate) given: String,
    /// The text to compile.
    pub(crate) file: String,
}

/// A combination of shapes of a uop.
#[derive(Clone, Debug)]
pub(crate) struct Variant {
    /// Index of the uop.
    pub(crate) uop: usize,
    pub(crate) key: ShapeKey,
    pub(crate) signature: Signature,
}

/// What the wrapper function takes and hands on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signature {
    /// Inputs in registers, in order.
    pub(crate) inputs: Vec<(InputId, Bank)>,
    /// The result, if it is handed on in a register.
    pub(crate) output: Option<Bank>,
}

impl Variant {
    /// Name of the wrapper.
    pub(crate) fn symbol(&self) -> String {
        format!("s{}_{}", self.uop, self.key.0)
    }

    pub(crate) fn is_all_register(&self) -> bool {
        self.key == ShapeKey::new(&[], Shape::Reg)
    }
}

/// The symbols of holes.
pub(crate) struct Hole;

impl Hole {
    const STEP: i64 = 0x0010_0000;

    /// What was added to the address of the hole's symbol. Positive, because the kernel code model folds no negative
    /// offsets; far from the neighbours', because bodies add offsets of their own.
    pub(crate) fn bias(value: HoleValue) -> i64 {
        Hole::STEP
            * match value {
                HoleValue::Output => 1,
                HoleValue::Input(i) => 2 + i64::from(i),
                HoleValue::Immediate(i) => 16 + i64::from(i),
            }
    }

    fn symbol(value: HoleValue) -> String {
        match value {
            HoleValue::Output => "HOLE_O".to_owned(),
            HoleValue::Input(i) => format!("HOLE_I{i}"),
            HoleValue::Immediate(i) => format!("HOLE_M{i}"),
        }
    }

    /// The hole that `symbol` stands for.
    pub(crate) fn of_symbol(symbol: &str) -> Option<HoleValue> {
        let rest = symbol.strip_prefix("HOLE_")?;
        match rest.split_at_checked(1)? {
            ("O", "") => Some(HoleValue::Output),
            ("I", i) => i.parse().ok().map(HoleValue::Input),
            ("M", i) => i.parse().ok().map(HoleValue::Immediate),
            _ => None,
        }
    }

    /// The hole's value as a `usize` expression.
    fn text(value: HoleValue) -> String {
        format!(
            "(core::ptr::addr_of!({}) as usize).wrapping_add({})",
            Hole::symbol(value),
            Hole::bias(value)
        )
    }
}

/// All combinations of shapes that uop number `index` can have, sorted by key.
pub(crate) fn variants(index: usize, uop: &Declaration) -> Vec<Variant> {
    let inputs: Vec<Rep> = uop.inputs().collect();
    let choices = |rep: &Rep| match rep {
        Rep::Int => &[Shape::Reg, Shape::Mem, Shape::Const][..],
        _ => &[Shape::Reg, Shape::Mem][..],
    };
    let mut combinations: Vec<Vec<Shape>> = vec![Vec::new()];
    for rep in &inputs {
        let longer = combinations.iter().flat_map(|shapes| {
            choices(rep).iter().map(|shape| {
                let mut shapes = shapes.clone();
                shapes.push(*shape);
                shapes
            })
        });
        combinations = longer.collect();
    }
    let results = if uop.result.is_some() {
        &[Shape::Reg, Shape::Mem][..]
    } else {
        &[Shape::Reg][..]
    };
    let mut variants = Vec::new();
    for shapes in combinations {
        let all_const = !shapes.is_empty() && shapes.iter().all(|shape| *shape == Shape::Const);
        if all_const {
            continue;
        }
        for &result in results {
            let in_register = inputs.iter().zip(&shapes).enumerate();
            let in_register = in_register
                .filter(|(_, (_, shape))| **shape == Shape::Reg)
                .map(|(i, (rep, _))| (i as InputId, rep.bank()))
                .collect();
            let signature = Signature {
                inputs: in_register,
                output: uop.result.filter(|_| result == Shape::Reg).map(Rep::bank),
            };
            variants.push(Variant {
                uop: index,
                key: ShapeKey::new(&shapes, result),
                signature,
            });
        }
    }
    variants.sort_by_key(|variant| variant.key);
    variants
}

/// The root file of the crate that holds the wrappers of `variants`.
pub(crate) fn crate_text(modules: &[Module], uops: &[Declaration], variants: &[Variant]) -> String {
    let mut text = String::from(
        "#![no_std]\n#![allow(warnings)]\n\
         extern crate self as sashiko_stencils;\nextern crate self as sashiko;\n\
         #[path = \"prelude.rs\"] pub mod uop;\n",
    );
    let modules: Vec<(&[String], &Module)> = modules
        .iter()
        .map(|module| (&module.path[..], module))
        .collect();
    declare_modules(&mut text, &modules);
    text.push_str("unsafe extern \"sysv64\" {\n    fn CONT();\n    fn EXIT();\n    fn SLOW();\n    static HOLE_O: u8;\n");
    for i in 0..ShapeKey::MAX_INPUTS as u8 {
        let _ = writeln!(
            text,
            "    static {}: u8;",
            Hole::symbol(HoleValue::Input(i))
        );
    }
    for i in 0..MAX_IMMEDIATES {
        let _ = writeln!(
            text,
            "    static {}: u8;",
            Hole::symbol(HoleValue::Immediate(i))
        );
    }
    text.push_str("}\n");
    for variant in variants {
        wrapper(&mut text, &uops[variant.uop], variant);
    }
    text
}

/// Declares the modules of files: each with what is left of its path, files below one parent inside that parent.
fn declare_modules(text: &mut String, modules: &[(&[String], &Module)]) {
    let mut declared: Vec<&str> = Vec::new();
    for (path, module) in modules {
        match path {
            [] => {}
            [name] => {
                let _ = writeln!(text, "#[path = {:?}] pub mod {name};", module.file);
            }
            [parent, ..] if declared.contains(&parent.as_str()) => {}
            [parent, ..] => {
                declared.push(parent);
                let below = modules
                    .iter()
                    .filter(|(path, _)| path.len() > 1 && path[0] == *parent);
                let below: Vec<_> = below.map(|(path, module)| (&path[1..], *module)).collect();
                let _ = writeln!(text, "pub mod {parent} {{");
                declare_modules(text, &below);
                text.push_str("}\n");
            }
        }
    }
}

/// Most immediates of a uop.
pub(crate) const MAX_IMMEDIATES: u8 = 6;

/// Rust type in which a value is passed in a register.
fn register_type(bank: Bank) -> &'static str {
    match bank {
        Bank::Gpr => "u64",
        Bank::Xmm => "f64",
    }
}

/// An expression for the value of representation `rep` whose register or memory holds `held`.
fn decoded(rep: Rep, held: &str) -> String {
    match rep {
        Rep::Word | Rep::Float => held.to_owned(),
        Rep::Int => format!("({held} as i64)"),
        Rep::Bool => format!("{{ let b = {held}; core::hint::assert_unchecked(b < 2); b != 0 }}"),
        Rep::Ptr => format!("({held} as usize as *mut _)"),
    }
}

/// Writes `let`s for the values of inputs and immediates; gives what the uop's function is called with.
fn arguments(text: &mut String, uop: &Declaration, key: ShapeKey) -> Vec<String> {
    let mut arguments: Vec<String> = uop
        .env
        .iter()
        .map(|env| match env {
            EnvParameter::Context => {
                format!("(ctx.add({VM_OFFSET}) as *const *mut u8).read() as *mut _")
            }
            EnvParameter::Base => "base as *mut _".to_owned(),
        })
        .collect();
    let (mut inputs, mut immediates) = (0_u8, 0_u8);
    for parameter in &uop.parameters {
        match parameter.kind {
            ParameterKind::Input(rep) => {
                let hole = Hole::text(HoleValue::Input(inputs));
                let held = match key.input(usize::from(inputs)) {
                    Shape::Reg => format!("g{inputs}"),
                    Shape::Mem => format!(
                        "(base.wrapping_add({hole}) as *const {}).read()",
                        register_type(rep.bank())
                    ),
                    Shape::Const => format!("({hole} as u64)"),
                };
                let _ = writeln!(text, "  let i{inputs} = {};", decoded(rep, &held));
                arguments.push(format!("i{inputs}"));
                inputs += 1;
            }
            ParameterKind::Immediate { bits } => {
                let value = HoleValue::Immediate(immediates);
                if bits == 32 {
                    let _ = writeln!(
                        text,
                        "  let m{immediates} = {} as i64; core::hint::assert_unchecked(m{immediates} as i32 as i64 == m{immediates}); let m{immediates} = m{immediates} as i32;",
                        Hole::text(value)
                    );
                } else {
                    let _ = writeln!(
                        text,
                        "  let m{immediates}: u64; core::arch::asm!(\"movabs {{0}}, offset {{1}}\", out(reg) m{immediates}, \
                         sym {}, options(pure, nomem, nostack, preserves_flags));",
                        Hole::symbol(value)
                    );
                }
                arguments.push(format!("m{immediates}"));
                immediates += 1;
            }
        }
    }
    arguments
}

fn wrapper(text: &mut String, uop: &Declaration, variant: &Variant) {
    let key = variant.key;
    let mut parameters = String::new();
    let mut types = String::new();
    let mut values = String::new();
    for (input, bank) in &variant.signature.inputs {
        let ty = register_type(*bank);
        let _ = write!(parameters, ", g{input}: {ty}");
        let _ = write!(types, ", {ty}");
        let _ = write!(values, ", g{input}");
    }
    let _ = writeln!(
        text,
        "#[unsafe(no_mangle)] pub unsafe extern \"sysv64\" fn {}(base: *mut u8, ctx: *mut u8{parameters}) {{ unsafe {{",
        variant.symbol()
    );
    let arguments = arguments(text, uop, key);
    let call = format!("{}({})", uop.path, arguments.join(", "));
    let jump = |to: &str, more: Option<(&str, String)>| {
        let (ty, value) = more.map_or_else(Default::default, |(ty, value)| {
            (format!(", {ty}"), format!(", {value}"))
        });
        format!(
            "core::mem::transmute::<*const (), unsafe extern \"sysv64\" fn(*mut u8, *mut u8{types}{ty})>({to} as *const ())\
             (base, ctx{values}{value})"
        )
    };
    let done = match uop.result {
        None => format!("{{ {} }}", jump("CONT", None)),
        Some(rep) => {
            let encoded = match rep {
                Rep::Word | Rep::Float => "r".to_owned(),
                Rep::Int | Rep::Bool => "(r as u64)".to_owned(),
                Rep::Ptr => "(r as usize as u64)".to_owned(),
            };
            let ty = register_type(rep.bank());
            match key.result() {
                Shape::Mem => format!(
                    "{{ (base.wrapping_add({}) as *mut {ty}).write({encoded}); {} }}",
                    Hole::text(HoleValue::Output),
                    jump("CONT", None)
                ),
                Shape::Reg | Shape::Const => format!("{{ {} }}", jump("CONT", Some((ty, encoded)))),
            }
        }
    };
    let ending = match uop.control {
        Control::Plain => format!("  let r = {call}; {done}"),
        Control::Exit => format!(
            "  match {call} {{ Some(r) => {done} None => {{ {} }} }}",
            jump("EXIT", None)
        ),
        Control::Fast => format!(
            "  match {call} {{ crate::uop::Fast::Done => {done} crate::uop::Fast::Slow => {{ {} }} }}",
            jump("SLOW", None)
        ),
    };
    let _ = writeln!(text, "{ending}\n}} }}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_below_one_parent_share_its_module() {
        let module = |path: &str| Module {
            path: path.split('/').map(str::to_owned).collect(),
            given: path.to_owned(),
            file: format!("{path}.rs"),
        };
        let modules = [
            module("layout"),
            module("uops/facts"),
            module("uops/raw/ints"),
            module("uops/checks"),
        ];
        let paths: Vec<(&[String], &Module)> = modules
            .iter()
            .map(|module| (&module.path[..], module))
            .collect();
        let mut text = String::new();
        declare_modules(&mut text, &paths);
        let expected = "#[path = \"layout.rs\"] pub mod layout;\npub mod uops {\n\
            #[path = \"uops/facts.rs\"] pub mod facts;\npub mod raw {\n\
            #[path = \"uops/raw/ints.rs\"] pub mod ints;\n}\n\
            #[path = \"uops/checks.rs\"] pub mod checks;\n}\n";
        assert_eq!(text, expected);
    }
}
