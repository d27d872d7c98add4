//! What is assumed of each uop, from its signature and its attribute, and what contradicts itself.
//!
//! Defaults are pessimistic. Memory is one statement: a uop that names neither what it reads nor what it writes
//! touches everything; one that names either has said all. A guard writes nothing, or it could not be deleted; and
//! one that `checks` kinds reads nothing, because kinds do not change, and neither does one that is given numbers only.

use std::collections::BTreeMap;

use sashiko_stencils::{Bank, Rep, ShapeKey};

use crate::attribute::{FieldName, Names, Operand};
use crate::compose::{Composition, composition};
use crate::declaration::{Control, Declaration, EnvParameter, PlainFunction};
use crate::error::{Mistake, Mistakes};
use crate::source::Source;
use crate::wrap::MAX_IMMEDIATES;

/// A set of bits, as the text of a Rust expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bits {
    All,
    /// Paths of constants to unite; none: the empty set.
    Of(Vec<String>),
}

impl Bits {
    fn union(&mut self, other: &Bits) {
        match (&mut *self, other) {
            (Bits::All, _) => {}
            (_, Bits::All) => *self = Bits::All,
            (Bits::Of(mine), Bits::Of(theirs)) => {
                for path in theirs {
                    if !mine.contains(path) {
                        mine.push(path.clone());
                    }
                }
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Pure,
    Guard,
    Effect,
}

/// A uop with everything known about it.
#[derive(Clone, Debug)]
pub(crate) struct Uop {
    pub(crate) declaration: Declaration,
    pub(crate) role: Role,
    /// Kinds each input is checked to be of.
    pub(crate) checks: Vec<Bits>,
    /// Kinds proved of each input.
    pub(crate) proves: Vec<Bits>,
    /// Kinds of the result.
    pub(crate) kinds: Bits,
    pub(crate) reads: Bits,
    pub(crate) writes: Bits,
    /// Index of the unchecked uop.
    pub(crate) unchecked: Option<usize>,
    pub(crate) slow: Option<PlainFunction>,
    pub(crate) composition: Option<Composition>,
    pub(crate) fields: Fields,
}

/// What a uop does with fields, as texts of Rust expressions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    pub(crate) gets: Option<String>,
    pub(crate) sets: Vec<(String, String)>,
    pub(crate) tests: Option<(String, String)>,
}

/// Where kinds and alias classes are declared.
#[derive(Debug, Default)]
pub(crate) struct BitPaths {
    /// Path of each name.
    paths: BTreeMap<String, String>,
    /// Path of the list that the macro makes.
    pub(crate) list: Option<String>,
}

/// Is there nothing in the signature that leads to memory?
fn has_only_numbers(uop: &Declaration) -> bool {
    let is_number = |rep| matches!(rep, Rep::Int | Rep::Float | Rep::Bool);
    uop.env.is_empty()
        && uop.inputs().count() == uop.parameters.len()
        && uop.inputs().all(is_number)
}

impl BitPaths {
    pub(crate) fn collect(sources: &[Source], macro_name: &str, type_name: &str) -> BitPaths {
        let mut found = BitPaths::default();
        for source in sources {
            let bits = source.declared_bits(macro_name, type_name);
            if bits.has_list {
                let list = if macro_name == "kinds" {
                    "KIND_NAMES"
                } else {
                    "ALIAS_NAMES"
                };
                found.list = Some(format!("{}::{list}", source.path()));
            }
            for name in bits.names {
                let path = format!("{}::{name}", source.path());
                found.paths.insert(name, path);
            }
        }
        found
    }

    /// Path of the constant called `name`, if there is one.
    pub(crate) fn path(&self, name: &str) -> Option<&str> {
        self.paths.get(name).map(String::as_str)
    }

    fn bits(&self, uop: &Declaration, names: &[String], what: &str) -> Result<Bits, Mistake> {
        let mut paths = Vec::new();
        for name in names {
            if name == "ALL" || name == "ANY" {
                return Ok(Bits::All);
            }
            if name == "NONE" && !self.paths.contains_key(name) {
                continue;
            }
            let Some(path) = self.paths.get(name) else {
                let known: Vec<&str> = self.paths.keys().map(String::as_str).collect();
                return Err(uop.mistake(
                    format!("unknown {what} `{name}`"),
                    format!(
                        "declare it with `{}!` in a file given to sashiko_build::Vm; known are: {}",
                        if what == "kind" { "kinds" } else { "aliases" },
                        known.join(", ")
                    ),
                ));
            };
            paths.push(path.clone());
        }
        Ok(Bits::Of(paths))
    }
}

/// Everything that facts are looked up in.
pub(crate) struct Universe<'a> {
    pub(crate) declarations: &'a [Declaration],
    pub(crate) bodies: &'a [syn::Block],
    pub(crate) functions: &'a [PlainFunction],
    pub(crate) kinds: &'a BitPaths,
    pub(crate) aliases: &'a BitPaths,
}

/// The facts of all uops.
pub(crate) fn uops(universe: &Universe<'_>, mistakes: &mut Mistakes) -> Vec<Uop> {
    let mut by_name = BTreeMap::new();
    for (i, declaration) in universe.declarations.iter().enumerate() {
        if by_name.insert(declaration.name.clone(), i).is_some() {
            mistakes
                .push(declaration.mistake("the name is taken", "give each uop a name of its own"));
        }
    }
    let mut uops = Vec::new();
    for i in 0..universe.declarations.len() {
        uops.extend(mistakes.take(universe.uop(&by_name, i)));
    }
    if uops.len() == universe.declarations.len() {
        unite_compositions(&mut uops);
        for uop in &uops {
            mistakes.take(check_unchecked(uop, &uops));
            mistakes.take(check_exits_come_first(uop, &uops));
        }
    }
    uops
}

impl Universe<'_> {
    fn uop(&self, by_name: &BTreeMap<String, usize>, index: usize) -> Result<Uop, Mistake> {
        let declaration = &self.declarations[index];
        let attribute = &declaration.attribute;
        check_operands(declaration)?;
        check_contradictions(declaration)?;
        check_fields(declaration)?;
        let kinds = |names: &Names| self.kinds.bits(declaration, names, "kind");
        let mut checks = vec![Bits::All; declaration.inputs().count()];
        let mut proves = checks.clone();
        let of_inputs = [
            ("checks", &attribute.checks, true),
            ("proves", &attribute.proves, false),
        ];
        for (item, list, is_all) in of_inputs {
            for (parameter, names) in list {
                let Some(input) = declaration.input_named(parameter) else {
                    return Err(declaration.mistake(
                        format!("`{item}({parameter}: ..)` names no input"),
                        "name one of the parameters",
                    ));
                };
                proves[input] = kinds(names)?;
                if is_all {
                    checks[input] = proves[input].clone();
                }
            }
        }
        let (reads, writes) = self.memory(declaration)?;
        let unchecked = attribute
            .unchecked
            .as_ref()
            .map(|name| {
                by_name.get(name).copied().ok_or_else(|| {
                    declaration.mistake(
                        format!("`unchecked = {name}` names no uop"),
                        "name the pure uop that computes the same result without the check",
                    )
                })
            })
            .transpose()?;
        let composition = attribute
            .compose
            .then(|| composition(self.declarations, by_name, index, &self.bodies[index]))
            .transpose()?;
        let role = match (attribute.pure, attribute.guard) {
            (true, _) => Role::Pure,
            (_, true) => Role::Guard,
            _ => Role::Effect,
        };
        Ok(Uop {
            role,
            checks,
            proves,
            kinds: attribute.result.as_ref().map_or(Ok(Bits::All), kinds)?,
            reads,
            writes,
            unchecked,
            slow: self.slow(declaration)?,
            composition,
            fields: self.fields(declaration)?,
            declaration: declaration.clone(),
        })
    }

    fn fields(&self, declaration: &Declaration) -> Result<Fields, Mistake> {
        let attribute = &declaration.attribute;
        let place = |field: &FieldName| self.place(declaration, field);
        let operand = |value: &Operand| field_operand(declaration, value);
        let pair = |pair: &(FieldName, Operand)| Ok((place(&pair.0)?, operand(&pair.1)?));
        Ok(Fields {
            gets: attribute.gets.as_ref().map(place).transpose()?,
            sets: { attribute.sets.iter().map(pair) }.collect::<Result<_, Mistake>>()?,
            tests: attribute.tests.as_ref().map(pair).transpose()?,
        })
    }

    fn place(&self, declaration: &Declaration, field: &FieldName) -> Result<String, Mistake> {
        let classes = std::slice::from_ref(&field.class);
        let class = match self.aliases.bits(declaration, classes, "alias class")? {
            Bits::Of(paths) if paths.len() == 1 => paths[0].clone(),
            _ => {
                let what = format!("`{}` is not one alias class", field.class);
                return Err(declaration.mistake(what, "name the class that the field is in"));
            }
        };
        let object = match &field.object {
            None if declaration.attribute.alloc => "None".to_owned(),
            Some(name) if declaration.input_named(name).is_some() => {
                format!("Some({})", declaration.input_named(name).unwrap_or(0))
            }
            _ => {
                return Err(declaration.mistake(
                    format!("the field of class `{}` has no object", field.class),
                    "write `object.CLASS[index]` with an input; only an `alloc` leaves it away, for the object it makes",
                ));
            }
        };
        let index = match &field.index {
            None => "None".to_owned(),
            Some(index) => format!("Some({})", field_operand(declaration, index)?),
        };
        Ok(format!(
            "__sashiko::info::Place {{ object: {object}, class: {class}, index: {index} }}"
        ))
    }

    /// Classes of the fields that are read, and of those that are written.
    fn field_classes(&self, declaration: &Declaration) -> Result<(Bits, Bits), Mistake> {
        let attribute = &declaration.attribute;
        let tests = attribute.tests.iter().map(|(field, _)| field);
        let read = attribute.gets.iter().chain(tests);
        let written = attribute.sets.iter().map(|(field, _)| field);
        let written = written.filter(|field| field.object.is_some());
        let class = |field: &FieldName| field.class.clone();
        let read: Vec<String> = read.map(class).collect();
        let written: Vec<String> = written.map(class).collect();
        let bits = |names: &[String]| self.aliases.bits(declaration, names, "alias class");
        Ok((bits(&read)?, bits(&written)?))
    }

    fn memory(&self, declaration: &Declaration) -> Result<(Bits, Bits), Mistake> {
        let attribute = &declaration.attribute;
        if attribute.has_fields() && attribute.reads.is_none() && attribute.writes.is_none() {
            return self.field_classes(declaration);
        }
        let nothing = Bits::Of(Vec::new());
        let named = |names: &Option<Names>| {
            names
                .as_ref()
                .map(|names| self.aliases.bits(declaration, names, "alias class"))
                .transpose()
        };
        Ok(
            match (named(&attribute.reads)?, named(&attribute.writes)?) {
                (None, None) if attribute.pure || attribute.compose => (nothing.clone(), nothing),
                (None, None)
                    if attribute.guard
                        && (!attribute.checks.is_empty() || has_only_numbers(declaration)) =>
                {
                    (nothing.clone(), nothing)
                }
                (None, None) if attribute.guard => (Bits::All, nothing),
                (None, None) => (Bits::All, Bits::All),
                (reads, writes) => (
                    reads.unwrap_or_else(|| nothing.clone()),
                    writes.unwrap_or(nothing),
                ),
            },
        )
    }

    fn slow(&self, declaration: &Declaration) -> Result<Option<PlainFunction>, Mistake> {
        let name = match (&declaration.attribute.slow, declaration.control) {
            (None, Control::Fast) => {
                return Err(declaration.mistake(
                    "returns `Fast` but names no slow function",
                    "add `slow = name` to the attribute, and the function to a file given to `.calls(..)`",
                ));
            }
            (Some(_), Control::Plain | Control::Exit) => {
                return Err(declaration.mistake(
                    "names a slow function but does not return `Fast`",
                    "return Fast::Slow where the slow function is to be called",
                ));
            }
            (None, _) => return Ok(None),
            (Some(name), Control::Fast) => name,
        };
        let inputs: Vec<Rep> = declaration.inputs().collect();
        if !matches!(inputs[..], [Rep::Word | Rep::Ptr]) {
            return Err(declaration.mistake(
                "returns `Fast` with operands other than one Word or pointer",
                "the slow call is made with one input still in its register; take the others through the object or ctx, \
                 or make it #[uop(call)]",
            ));
        }
        let Some(function) = self
            .functions
            .iter()
            .find(|function| function.name == *name)
        else {
            return Err(declaration.mistake(
                format!("the slow function `{name}` is in no file given to `.calls(..)`"),
                "slow functions stand in a calls file, without #[uop]",
            ));
        };
        if function.parameters != [Some(inputs[0])] || function.returns {
            return Err(declaration.mistake(
                format!("the slow function `{name}` does not take the uop's input"),
                "it takes (ctx: *mut T, the input) or (the input), and returns nothing",
            ));
        }
        Ok(Some(function.clone()))
    }
}

/// The text of a parameter or number.
fn field_operand(declaration: &Declaration, operand: &Operand) -> Result<String, Mistake> {
    match operand {
        Operand::Literal(bits) => Ok(format!("__sashiko::info::FieldOperand::Literal({bits})")),
        Operand::Parameter(name) => {
            if let Some(input) = declaration.input_named(name) {
                return Ok(format!("__sashiko::info::FieldOperand::Input({input})"));
            }
            if let Some((at, _)) = declaration.immediate_named(name) {
                return Ok(format!("__sashiko::info::FieldOperand::Immediate({at})"));
            }
            Err(declaration.mistake(
                format!("`{name}` is no parameter"),
                "a field is numbered, and filled, with an input, an immediate or a literal",
            ))
        }
    }
}

/// Can the operands be passed at all?
fn check_operands(uop: &Declaration) -> Result<(), Mistake> {
    let gprs = uop.inputs_in(Bank::Gpr);
    let xmms = uop.inputs_in(Bank::Xmm);
    if uop.inputs().count() > ShapeKey::MAX_INPUTS {
        return Err(uop.mistake(
            format!("more than {} inputs", ShapeKey::MAX_INPUTS),
            "split the uop",
        ));
    }
    if uop.attribute.call {
        let immediates = uop.parameters.len() - uop.inputs().count();
        if gprs + immediates > 5 || xmms > 8 {
            return Err(uop.mistake(
                format!(
                    "a call passes {} integer and {xmms} float arguments; five and eight fit in registers",
                    gprs + immediates
                ),
                "pass some through ctx, or split the uop",
            ));
        }
        if uop.env.contains(&EnvParameter::Base) {
            return Err(uop.mistake(
                "a called uop cannot take `base`",
                "publish the frame base in the VM's context, and reach it through ctx",
            ));
        }
        return Ok(());
    }
    let immediates = uop.parameters.len() - uop.inputs().count();
    if immediates > usize::from(MAX_IMMEDIATES) {
        return Err(uop.mistake(
            format!("has {immediates} immediates; {MAX_IMMEDIATES} are possible"),
            "put some into memory that an Imm64 points to",
        ));
    }
    let output = |bank: Bank| usize::from(uop.result.is_some_and(|rep| rep.bank() == bank));
    let (gprs, xmms) = (gprs + output(Bank::Gpr), xmms + output(Bank::Xmm));
    if gprs > 4 || xmms > 8 {
        return Err(uop.mistake(
            format!("needs {gprs} general and {xmms} float registers for inputs and result; 4 and 8 are passed"),
            "split the uop, take constants as immediates, or make it #[uop(call)]",
        ));
    }
    Ok(())
}

fn check_contradictions(uop: &Declaration) -> Result<(), Mistake> {
    let attribute = &uop.attribute;
    let memory = attribute.reads.is_some() || attribute.writes.is_some();
    let writes = attribute
        .writes
        .as_ref()
        .is_some_and(|names| !names.is_empty());
    let one_of = |inputs: &[Rep], rep: Option<Rep>| match inputs {
        [input] => (*input == Rep::Word) != (rep == Some(Rep::Word)) && rep.is_some(),
        _ => false,
    };
    let inputs: Vec<Rep> = uop.inputs().collect();
    let rules: &[(bool, &str, &str)] = &[
        (
            attribute.patch_point
                && (!attribute.guard || attribute.call || !uop.parameters.is_empty() || !memory),
            "a patch point that is not a guard without parameters that reads memory",
            "write #[uop(guard, patch_point, reads(CLASS))] with the class that stands for what may be assumed",
        ),
        (
            attribute.pure && attribute.guard,
            "both `pure` and `guard`",
            "a guard is kept for its exit, a pure uop is not: say which it is",
        ),
        (
            attribute.pure && memory,
            "`pure`, and touches memory",
            "drop `pure`: a uop that reads and does not write may be deleted all the same",
        ),
        (
            attribute.pure && attribute.counts != 0,
            "`pure`, and counts references",
            "drop `pure`",
        ),
        (
            attribute.guard && writes,
            "a guard that writes memory",
            "drop `guard`, or move the write to a uop of its own",
        ),
        (
            attribute.guard && uop.control != Control::Exit,
            "a guard that cannot leave the trace",
            "return Exit<..>",
        ),
        (
            !attribute.checks.is_empty() && !attribute.guard,
            "`checks` on a uop that is no guard",
            "add `guard`",
        ),
        (
            !attribute.proves.is_empty() && uop.control != Control::Exit,
            "`proves` on a uop that cannot leave the trace",
            "return Exit<..>",
        ),
        (
            attribute.pure && !uop.env.is_empty(),
            "`pure`, and takes ctx or base",
            "drop `pure`: a pure uop depends on its inputs alone",
        ),
        (
            attribute.pure && uop.control == Control::Fast,
            "`pure`, and returns `Fast`",
            "drop `pure`: a slow function is called for its effect",
        ),
        (
            attribute.counts != 0 && !matches!(inputs[..], [Rep::Word | Rep::Ptr]),
            "`counts` on a uop that does not take one Word or pointer",
            "count one reference a uop",
        ),
        (
            (attribute.boxes || attribute.unboxes) && !one_of(&inputs, uop.result),
            "`boxes` or `unboxes` on a uop that is no conversion between a Word and a raw value",
            "take one raw value and return a Word, or take a Word and return a raw value",
        ),
        (
            attribute.commutes && !matches!(inputs[..], [a, b, ..] if a == b),
            "`commutes`, but the first two inputs are not alike",
            "drop `commutes`",
        ),
        (
            attribute.call && uop.control == Control::Fast,
            "`call`, and returns `Fast`",
            "a called uop can do the slow work itself: return nothing",
        ),
        (
            attribute.compose && (memory || attribute.guard || attribute.pure),
            "`compose`, and says what it reads, writes or guards",
            "these facts of a composed uop are those of its steps: drop the item",
        ),
        (
            attribute.result.is_some() && uop.result.is_none(),
            "`result = ..` on a uop without a result",
            "drop the item",
        ),
    ];
    match rules.iter().find(|rule| rule.0) {
        Some((_, what, remedy)) => Err(uop.mistake(*what, *remedy)),
        None => Ok(()),
    }
}

/// What is said of fields, and contradicts the rest.
fn check_fields(uop: &Declaration) -> Result<(), Mistake> {
    let attribute = &uop.attribute;
    let rules: &[(bool, &str, &str)] = &[
        (
            attribute.alloc && (uop.result != Some(Rep::Word) || uop.control != Control::Plain),
            "`alloc` on a uop that does not return a Word, whatever happens",
            "return the new object as a Word, and check what can fail before",
        ),
        (
            !attribute.sets.is_empty() && uop.control != Control::Plain,
            "`sets` on a uop that may leave the trace or calls a slow function",
            "check what can fail in a uop of its own",
        ),
        (
            attribute.tests.is_some() && (!attribute.guard || uop.result.is_some()),
            "`tests` on a uop that is no guard, or has a result",
            "add `guard`, and return Exit<()>",
        ),
        (
            attribute.gets.is_some() && uop.result.is_none(),
            "`gets` on a uop without a result",
            "return what the field holds",
        ),
        (
            attribute.compose && attribute.has_fields(),
            "`compose`, and says what it does with fields",
            "its steps say it: drop the item",
        ),
    ];
    match rules.iter().find(|rule| rule.0) {
        Some((_, what, remedy)) => Err(uop.mistake(*what, *remedy)),
        None => Ok(()),
    }
}

fn check_unchecked(uop: &Uop, uops: &[Uop]) -> Result<(), Mistake> {
    let Some(unchecked) = uop.unchecked else {
        return Ok(());
    };
    let other = &uops[unchecked];
    let name = &other.declaration.name;
    let same = other.declaration.result == uop.declaration.result
        && other.declaration.inputs().eq(uop.declaration.inputs());
    let counts = uop.declaration.attribute.counts;
    if counts != 0 {
        if other.declaration.attribute.counts == counts && same {
            return Ok(());
        }
        return Err(uop.declaration.mistake(
            format!("`unchecked = {name}` names a uop that does not count the same"),
            format!("make `{name}` count what is known to carry a count"),
        ));
    }
    if other.role != Role::Pure || !same {
        return Err(uop.declaration.mistake(
            format!("`unchecked = {name}` names a uop that is not pure, or has other operands"),
            format!("make `{name}` a pure uop with the same inputs and result"),
        ));
    }
    Ok(())
}

/// An exit of a composition leaves before all of it: the interpreter runs the whole instruction again. So nothing may
/// have been changed by then.
fn check_exits_come_first(uop: &Uop, uops: &[Uop]) -> Result<(), Mistake> {
    let steps = uop
        .composition
        .iter()
        .flat_map(|composition| &composition.steps);
    let mut changed_by: Option<&str> = None;
    for step in steps {
        let step = &uops[step.uop];
        let name = step.declaration.name.as_str();
        if step.declaration.attribute.call && !uop.declaration.attribute.call {
            return Err(uop.declaration.mistake(
                format!("`{name}` is called, so it cannot be copied with the rest"),
                "add `call`: the composition is then called as well, until it is taken apart",
            ));
        }
        if let (Some(earlier), Control::Exit) = (changed_by, step.declaration.control) {
            return Err(uop.declaration.mistake(
                format!("`{name}` can leave the trace after `{earlier}` has changed memory"),
                "put what can exit first: an exit leaves before the whole composition, which is then run again",
            ));
        }
        if step.writes != Bits::Of(Vec::new()) || step.declaration.attribute.counts != 0 {
            changed_by = Some(name);
        }
    }
    Ok(())
}

/// Gives each composed uop the facts of its steps. A composition of compositions needs those first: repeat until
/// nothing changes (a uop cannot contain itself: its body would not compile).
fn unite_compositions(uops: &mut [Uop]) {
    for _ in 0..8 {
        for i in 0..uops.len() {
            let Some(composition) = uops[i].composition.clone() else {
                continue;
            };
            let (mut reads, mut writes) = (Bits::Of(Vec::new()), Bits::Of(Vec::new()));
            let mut role = Role::Pure;
            for step in &composition.steps {
                let step = &uops[step.uop];
                reads.union(&step.reads);
                writes.union(&step.writes);
                if step.declaration.attribute.counts != 0 {
                    // What is counted is not a fact about the composition's own input: assume the worst.
                    writes = Bits::All;
                }
                role = match (role, step.role) {
                    (Role::Effect, _) | (_, Role::Effect) => Role::Effect,
                    (Role::Guard, _) | (_, Role::Guard) => Role::Guard,
                    _ => Role::Pure,
                };
            }
            let last = match composition.result {
                Some(sashiko_stencils::StepArg::Step(step)) => {
                    Some(composition.steps[usize::from(step)].uop)
                }
                _ => None,
            };
            let kinds = last.map(|last| uops[last].kinds.clone());
            let uop = &mut uops[i];
            (uop.reads, uop.writes, uop.role) = (reads, writes, role);
            if let (Some(kinds), None) = (kinds, &uop.declaration.attribute.result) {
                uop.kinds = kinds;
            }
        }
    }
}
