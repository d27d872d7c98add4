//! Writes the table as Rust text.
//!
//! The text refers to the stencil crate by `__sashiko` (`include_uops!` brings it in) and to the VM's functions and
//! constants by their paths from `crate`. Equal slices are written once; order follows the source, so equal input gives equal text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sashiko_stencils::{HoleKind, HoleValue, OperandRole, StepArg};

use crate::assemble::Assembled;
use crate::declaration::{Control, Declaration, EnvParameter, ParameterKind};
use crate::facts::{BitPaths, Bits, Role, Uop};
use crate::glue::glue;
use crate::wrap::Variant;

/// Everything the table is made of.
pub(crate) struct Table<'a> {
    pub(crate) name: &'a str,
    pub(crate) uops: &'a [Uop],
    /// Sorted by uop and key.
    pub(crate) stencils: &'a [(Variant, Assembled)],
    pub(crate) pool: &'a [[u8; 16]],
    pub(crate) kinds: &'a BitPaths,
    pub(crate) aliases: &'a BitPaths,
}

const REP: &str = "__sashiko::Rep";

impl Table<'_> {
    pub(crate) fn text(&self) -> String {
        let mut text = String::from("// Written by sashiko-build.\n");
        self.opcodes(&mut text);
        glue(&mut text, self.uops);
        self.facts(&mut text);
        self.stencils(&mut text);
        text
    }

    fn opcodes(&self, text: &mut String) {
        text.push_str("/// The uops, by name.\npub mod op {\n    use super::__sashiko::UopId;\n");
        for (i, uop) in self.uops.iter().enumerate() {
            let declaration = &uop.declaration;
            let _ = writeln!(
                text,
                "    #[doc = {:?}]\n    pub const {}: UopId = UopId({i});",
                doc(declaration),
                declaration.name.to_uppercase()
            );
        }
        text.push_str(
            "}\n/// The uops.\n#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]\n#[repr(u16)]\npub enum Uop {\n",
        );
        for (i, uop) in self.uops.iter().enumerate() {
            let declaration = &uop.declaration;
            let _ = writeln!(
                text,
                "    #[doc = {:?}]\n    {} = {i},",
                doc(declaration),
                camel_case(&declaration.name)
            );
        }
        text.push_str("}\nimpl Uop {\n    /// All uops, in the order of the table.\n    pub const ALL: &'static [Uop] = &[");
        for uop in self.uops {
            let _ = write!(text, "Uop::{}, ", camel_case(&uop.declaration.name));
        }
        text.push_str(
            "];\n    /// Its index in the table.\n    #[must_use]\n    pub const fn id(self) -> __sashiko::UopId { __sashiko::UopId(self as u16) }\n    \
             /// The uop with index `id`, if there is one.\n    #[must_use]\n    pub fn from_id(id: __sashiko::UopId) -> Option<Uop> { Uop::ALL.get(id.0 as usize).copied() }\n}\n",
        );
    }

    fn facts(&self, text: &mut String) {
        let _ = writeln!(
            text,
            "static __UOPS: [__sashiko::UopInfo; {}] = [",
            self.uops.len()
        );
        for (i, uop) in self.uops.iter().enumerate() {
            fact(text, i, uop);
        }
        text.push_str("];\n");
    }

    fn stencils(&self, text: &mut String) {
        let mut arrays = Arrays::default();
        let mut rows = String::new();
        let mut first = vec![0_usize; self.uops.len() + 1];
        for (variant, stencil) in self.stencils {
            first[variant.uop + 1] += 1;
            let operands: Vec<String> = stencil.operands.iter().copied().map(operand).collect();
            let patches: Vec<String> = stencil
                .patches
                .iter()
                .map(|p| {
                    format!(
                        "[{},{},{},{},{}]",
                        p.operand, p.low_byte, p.low_bit, p.high_byte, p.high_bit
                    )
                })
                .collect();
            let holes: Vec<String> = stencil.holes.iter().copied().map(hole).collect();
            let decimal = |bytes: &[u8]| bytes.iter().map(u8::to_string).collect::<Vec<_>>();
            let parts = [
                arrays.bytes.place(&decimal(&stencil.bytes)),
                arrays.operands.place(&operands),
                arrays.patches.place(&patches),
                arrays.holes.place(&holes),
                arrays.jumps.place(&decimal(&stencil.exits)),
                arrays.jumps.place(&decimal(&stencil.slow)),
            ];
            let parts: Vec<String> = parts
                .iter()
                .map(|(at, len)| format!("{at},{len}"))
                .collect();
            let _ = writeln!(
                rows,
                "    ({}, {}, [{}]),",
                variant.uop,
                variant.key.0,
                parts.join(",")
            );
        }
        for i in 0..self.uops.len() {
            first[i + 1] += first[i];
        }
        let array = |name: &str, ty: &str, array: &Array| {
            format!(
                "static {name}: [{ty}; {}] = [{}];\n",
                array.items.len(),
                array.items.join(",")
            )
        };
        text.push_str("#[rustfmt::skip]\n");
        text.push_str(&array("__BYTES", "u8", &arrays.bytes));
        text.push_str(&array("__OPERANDS", "__sashiko::Operand", &arrays.operands));
        text.push_str(&array("__HOLES", "__sashiko::Hole", &arrays.holes));
        text.push_str(&array("__JUMPS", "u8", &arrays.jumps));
        let _ = writeln!(
            text,
            "static __PATCHES: [__sashiko::Patch; {}] = __sashiko::generated::patches([{}]);",
            arrays.patches.items.len(),
            arrays.patches.items.join(",")
        );
        text.push_str(
            "static __ARRAYS: __sashiko::generated::Arrays = __sashiko::generated::Arrays { bytes: &__BYTES, operands: &__OPERANDS, \
             patches: &__PATCHES, holes: &__HOLES, jumps: &__JUMPS };\n",
        );
        let count = self.stencils.len();
        let _ = writeln!(
            text,
            "static __STENCILS: [__sashiko::Stencil; {count}] = __sashiko::generated::stencils(&__ARRAYS, &[\n{rows}]);"
        );
        let names = |paths: &BitPaths| paths.list.clone().unwrap_or_else(|| "&[]".to_owned());
        let _ = writeln!(
            text,
            "static __FIRST: [u16; {}] = {first:?};\nstatic __POOL: [[u8; 16]; {}] = {:?};\n\
             /// The uops of {} and their stencils.\npub static TABLE: __sashiko::UopTable = __sashiko::UopTable {{ name: {:?}, \
             uops: &__UOPS, stencils: &__STENCILS, first_stencil: &__FIRST, pool: &__POOL, kind_names: {}, uncounted: {}, alias_names: {} }};",
            self.uops.len() + 1,
            self.pool.len(),
            self.pool,
            self.name,
            self.name,
            names(self.kinds),
            self.kinds
                .path("UNCOUNTED")
                .unwrap_or("__sashiko::uop::Kinds::NEVER"),
            names(self.aliases),
        );
    }
}

/// One `UopInfo`.
fn fact(text: &mut String, i: usize, uop: &Uop) {
    let declaration = &uop.declaration;
    let attribute = &declaration.attribute;
    let (mut inputs, mut immediates, mut checks) = (
        String::new(),
        String::new(),
        uop.checks.iter().zip(&uop.proves),
    );
    for parameter in &declaration.parameters {
        match parameter.kind {
            ParameterKind::Input(rep) => {
                let (checks, proves) = checks
                    .next()
                    .map_or_else(Default::default, |(checks, proves)| {
                        (kinds(checks), kinds(proves))
                    });
                let _ = write!(
                    inputs,
                    "__sashiko::Input {{ name: {:?}, rep: {REP}::{rep:?}, checks: {checks}, proves: {proves} }}, ",
                    parameter.name
                );
            }
            ParameterKind::Immediate { bits } => {
                let _ = write!(
                    immediates,
                    "__sashiko::info::Immediate {{ name: {:?}, bits: {bits} }}, ",
                    parameter.name
                );
            }
        }
    }
    let result = declaration.result.map_or_else(
        || "None".to_owned(),
        |rep| {
            format!(
                "Some(__sashiko::UopResult {{ rep: {REP}::{rep:?}, kinds: {} }})",
                kinds(&uop.kinds)
            )
        },
    );
    let role = match uop.role {
        Role::Pure => "Pure",
        Role::Guard => "Guard",
        Role::Effect => "Effect",
    };
    let unchecked = uop.unchecked.map_or_else(
        || "None".to_owned(),
        |uop| format!("Some(__sashiko::UopId({uop}))"),
    );
    let (steps, steps_result) = steps(uop);
    let call = if attribute.call {
        format!(
            "Some(__sashiko::info::CallInfo {{ address: || __glue::call{i} as *const () as usize }})"
        )
    } else {
        "None".to_owned()
    };
    let slow = if uop.slow.is_some() {
        format!("Some(|| __glue::slow{i} as *const () as usize)")
    } else {
        "None".to_owned()
    };
    let _ = writeln!(
        text,
        "    __sashiko::UopInfo {{ name: {:?}, doc: {:?}, inputs: &[{inputs}], immediates: &[{immediates}], result: {result}, \
             exits: {}, reason: {:?}, role: __sashiko::Role::{role}, effects: __sashiko::Effects {{ reads: {}, writes: {}, counts: {} }}, \
             boxes: {}, unboxes: {}, commutes: {}, patch_point: {}, fields: {}, unchecked: {unchecked}, steps: &[{steps}], steps_result: {steps_result}, \
             eval: __glue::eval{i}, call: {call}, slow: {slow}, takes_env: {}, takes_base: {} }},",
        declaration.name,
        declaration.doc,
        declaration.control == Control::Exit,
        attribute.reason.as_deref().unwrap_or(&declaration.name),
        aliases(&uop.reads),
        aliases(&uop.writes),
        attribute.counts,
        attribute.boxes,
        attribute.unboxes,
        attribute.commutes,
        attribute.patch_point,
        fields(uop),
        !declaration.env.is_empty(),
        declaration.env.contains(&EnvParameter::Base),
    );
}

/// The text of what it does with fields.
fn fields(uop: &Uop) -> String {
    let attribute = &uop.declaration.attribute;
    if !attribute.has_fields() {
        return "__sashiko::info::Fields::NONE".to_owned();
    }
    let pair = |(place, value): &(String, String)| format!("({place}, {value})");
    let some =
        |text: Option<String>| text.map_or("None".to_owned(), |text| format!("Some({text})"));
    let sets: Vec<String> = uop.fields.sets.iter().map(pair).collect();
    format!(
        "__sashiko::info::Fields {{ alloc: {}, gets: {}, sets: &[{}], tests: {} }}",
        attribute.alloc,
        some(uop.fields.gets.clone()),
        sets.join(", "),
        some(uop.fields.tests.as_ref().map(pair))
    )
}

/// Items of one static array, out of which stencils are cut.
#[derive(Default)]
struct Array {
    items: Vec<String>,
    places: BTreeMap<Vec<String>, usize>,
}

impl Array {
    /// Position and length of `items`, which are added unless they are there.
    fn place(&mut self, items: &[String]) -> (usize, usize) {
        if items.is_empty() {
            return (0, 0);
        }
        let at = *self.places.entry(items.to_vec()).or_insert_with(|| {
            let at = self.items.len();
            self.items.extend_from_slice(items);
            at
        });
        (at, items.len())
    }
}

#[derive(Default)]
struct Arrays {
    bytes: Array,
    operands: Array,
    patches: Array,
    holes: Array,
    jumps: Array,
}

fn operand(operand: sashiko_stencils::Operand) -> String {
    let role = match operand.role {
        OperandRole::Input(i) => format!("Input({i})"),
        OperandRole::Output => "Output".to_owned(),
        OperandRole::Temp => "Temp".to_owned(),
    };
    format!(
        "__sashiko::Operand {{ role: __sashiko::OperandRole::{role}, bank: __sashiko::Bank::{:?}, late: {} }}",
        operand.bank, operand.late
    )
}

fn hole(hole: sashiko_stencils::Hole) -> String {
    let value = match hole.value {
        HoleValue::Input(i) => format!("Input({i})"),
        HoleValue::Output => "Output".to_owned(),
        HoleValue::Immediate(i) => format!("Immediate({i})"),
    };
    let kind = match hole.kind {
        HoleKind::S32 => "S32",
        HoleKind::A64 => "A64",
    };
    format!(
        "__sashiko::Hole {{ value: __sashiko::HoleValue::{value}, kind: __sashiko::HoleKind::{kind}, offset: {}, addend: {} }}",
        hole.offset, hole.addend
    )
}

/// The text of the steps, and of which is the result.
fn steps(uop: &Uop) -> (String, String) {
    let Some(composition) = &uop.composition else {
        return (String::new(), "None".to_owned());
    };
    let argument = |argument: &StepArg| match argument {
        StepArg::Input(i) => format!("__sashiko::StepArg::Input({i})"),
        StepArg::Step(i) => format!("__sashiko::StepArg::Step({i})"),
    };
    let mut text = String::new();
    for step in &composition.steps {
        let inputs: Vec<String> = step.inputs.iter().map(argument).collect();
        let _ = write!(
            text,
            "__sashiko::Step {{ uop: __sashiko::UopId({}), inputs: &[{}], immediates: &{:?} }}, ",
            step.uop,
            inputs.join(", "),
            step.immediates
        );
    }
    let result = composition.result.as_ref().map_or_else(
        || "None".to_owned(),
        |result| format!("Some({})", argument(result)),
    );
    (text, result)
}

fn kinds(bits: &Bits) -> String {
    set("Kinds", "ANY", "NEVER", bits)
}

fn aliases(bits: &Bits) -> String {
    set("Aliases", "ALL", "NONE", bits)
}

fn set(ty: &str, all: &str, none: &str, bits: &Bits) -> String {
    match bits {
        Bits::All => format!("__sashiko::uop::{ty}::{all}"),
        Bits::Of(paths) => match &paths[..] {
            [] => format!("__sashiko::uop::{ty}::{none}"),
            [first, rest @ ..] => {
                let mut text = first.clone();
                for path in rest {
                    let _ = write!(text, ".union({path})");
                }
                text
            }
        },
    }
}

/// The uop's doc, or something for `missing_docs` to accept.
fn doc(uop: &Declaration) -> String {
    if uop.doc.is_empty() {
        format!("`{}`.", uop.name)
    } else {
        uop.doc.clone()
    }
}

/// `IntAdd` of `int_add`.
fn camel_case(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_uppercase().chain(letters).collect()
            })
        })
        .collect()
}
