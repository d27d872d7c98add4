//! Reads the body of a composed uop as a sequence of uops.
//!
//! ```text
//! let left = unbox_int(left)?;              step 0: unbox_int(input 0)
//! let right = unbox_int(right)?;            step 1: unbox_int(input 1)
//! box_int(int_add(left, right)?)            step 2: int_add(step 0, step 1); step 3: box_int(step 2)
//! ```
//!
//! The same body is compiled as one stencil, so what the steps say and what the stencil does are one text. Steps are
//! in the order of evaluation.

use std::collections::BTreeMap;

use sashiko_stencils::StepArg;

use crate::declaration::{Control, Declaration, ParameterKind, line_of};
use crate::error::Mistake;

/// One step: index of the uop, inputs, and positions of its immediates among those of the composed uop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StepDeclaration {
    pub(crate) uop: usize,
    pub(crate) inputs: Vec<StepArg>,
    pub(crate) immediates: Vec<u8>,
}

/// A composition: its steps, and which of them is its result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Composition {
    pub(crate) steps: Vec<StepDeclaration>,
    pub(crate) result: Option<StepArg>,
}

const FORM: &str = "the body of a composed uop is `let` statements and an expression, made only of calls of other uops, \
     parameters, earlier `let`s, `?` and `Some(..)`; anything else must be in a uop of its own";

/// The steps of `uops[index]`, whose body is `body`.
pub(crate) fn composition(
    uops: &[Declaration],
    by_name: &BTreeMap<String, usize>,
    index: usize,
    body: &syn::Block,
) -> Result<Composition, Mistake> {
    let uop = &uops[index];
    let mut reader = Reader {
        uops,
        by_name,
        uop,
        locals: BTreeMap::new(),
        composition: Composition::default(),
    };
    let mut inputs = 0;
    for parameter in &uop.parameters {
        if let ParameterKind::Input(_) = parameter.kind {
            reader
                .locals
                .insert(parameter.name.clone(), Some(StepArg::Input(inputs)));
            inputs += 1;
        }
    }
    let result = reader.block(body)?;
    let mut composition = reader.composition;
    if composition.steps.is_empty() {
        return Err(uop.mistake("a composed uop that calls no uop", FORM));
    }
    if uop.result.is_some() {
        if result.is_none() {
            return Err(uop.mistake("the last expression of the composition has no value", FORM));
        }
        composition.result = result;
    }
    if uop.control == Control::Fast {
        return Err(uop.mistake(
            "a composed uop cannot return `Fast`",
            "compose uops that exit or succeed",
        ));
    }
    Ok(composition)
}

struct Reader<'a> {
    uops: &'a [Declaration],
    by_name: &'a BTreeMap<String, usize>,
    uop: &'a Declaration,
    /// What each name holds; `None` for a step without a result.
    locals: BTreeMap<String, Option<StepArg>>,
    composition: Composition,
}

impl Reader<'_> {
    fn refused(&self, syntax: &impl syn::spanned::Spanned, what: impl Into<String>) -> Mistake {
        let place = line_of(&self.uop.place, syntax);
        Mistake::at(Some(&self.uop.name), place, what, FORM)
    }

    /// The value of a block. Names that it binds end with it.
    fn block(&mut self, block: &syn::Block) -> Result<Option<StepArg>, Mistake> {
        let outer = self.locals.clone();
        let value = self.statements(block);
        self.locals = outer;
        value
    }

    fn statements(&mut self, block: &syn::Block) -> Result<Option<StepArg>, Mistake> {
        let mut value = None;
        for (i, statement) in block.stmts.iter().enumerate() {
            value = None;
            match statement {
                syn::Stmt::Local(local) => {
                    let syn::Pat::Ident(pattern) = &local.pat else {
                        return Err(self.refused(&local.pat, "a `let` with a pattern"));
                    };
                    let Some(init) = local.init.as_ref().filter(|init| init.diverge.is_none())
                    else {
                        return Err(self.refused(local, "a `let` without a plain value"));
                    };
                    let held = self.expression(&init.expr)?;
                    self.locals.insert(pattern.ident.to_string(), held);
                }
                syn::Stmt::Expr(expression, semicolon) => {
                    let held = self.expression(expression)?;
                    if semicolon.is_none() && i + 1 == block.stmts.len() {
                        value = held;
                    }
                }
                other => return Err(self.refused(other, "an item or macro in a composition")),
            }
        }
        Ok(value)
    }

    fn expression(&mut self, expression: &syn::Expr) -> Result<Option<StepArg>, Mistake> {
        match expression {
            syn::Expr::Try(inner) => self.expression(&inner.expr),
            syn::Expr::Paren(inner) => self.expression(&inner.expr),
            syn::Expr::Group(inner) => self.expression(&inner.expr),
            syn::Expr::Block(inner) if inner.label.is_none() => self.block(&inner.block),
            syn::Expr::Unsafe(inner) => self.block(&inner.block),
            syn::Expr::Tuple(unit) if unit.elems.is_empty() => Ok(None),
            syn::Expr::Path(path) => {
                let name = path
                    .path
                    .get_ident()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                self.locals.get(&name).copied().ok_or_else(|| {
                    self.refused(
                        path,
                        "a value that is neither an input nor an earlier `let`",
                    )
                })
            }
            syn::Expr::Call(call) => self.call(call),
            other => Err(self.refused(other, "an expression that is no call of a uop")),
        }
    }

    fn call(&mut self, call: &syn::ExprCall) -> Result<Option<StepArg>, Mistake> {
        let syn::Expr::Path(function) = &*call.func else {
            return Err(self.refused(call, "a call of something that is no name"));
        };
        let name = function
            .path
            .segments
            .last()
            .map(|last| last.ident.to_string())
            .unwrap_or_default();
        if name == "Some" && call.args.len() == 1 {
            return self.expression(&call.args[0]);
        }
        let Some(&step) = self.by_name.get(&name) else {
            return Err(self.refused(call, format!("`{name}` is no uop")));
        };
        let callee = &self.uops[step];
        if callee.control == Control::Fast {
            return Err(self.refused(
                call,
                format!("`{name}` returns `Fast`: its slow call cannot be composed"),
            ));
        }
        let expected = callee.env.len() + callee.parameters.len();
        if call.args.len() != expected {
            return Err(self.refused(call, format!("`{name}` takes {expected} arguments")));
        }
        let (mut inputs, mut immediates) = (Vec::new(), Vec::new());
        for (parameter, argument) in callee
            .parameters
            .iter()
            .zip(call.args.iter().skip(callee.env.len()))
        {
            match parameter.kind {
                ParameterKind::Input(_) => {
                    let Some(held) = self.expression(argument)? else {
                        return Err(self.refused(argument, "an argument without a value"));
                    };
                    inputs.push(held);
                }
                ParameterKind::Immediate { bits } => {
                    let named = match argument {
                        syn::Expr::Path(path) => path.path.get_ident(),
                        _ => None,
                    };
                    let found = named.and_then(|n| self.uop.immediate_named(&n.to_string()));
                    let Some((at, _)) = found.filter(|found| found.1 == bits) else {
                        return Err(self.refused(
                            argument,
                            format!("immediate `{}` of `{name}` is not an immediate of the composed uop passed on by name", parameter.name),
                        ));
                    };
                    immediates.push(at as u8);
                }
            }
        }
        let steps = &mut self.composition.steps;
        steps.push(StepDeclaration {
            uop: step,
            inputs,
            immediates,
        });
        Ok(callee.result.map(|_| StepArg::Step(steps.len() as u8 - 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Mistakes;
    use crate::source::{FileRole, Source};

    /// The composition of the last uop in `text`.
    fn read(text: &str) -> Result<Composition, String> {
        let source = Source {
            role: FileRole::Uops,
            given: "uops.rs".into(),
            module: vec!["uops".into()],
            text: text.into(),
            syntax: syn::parse_file(text).expect("is Rust"),
        };
        let mut mistakes = Mistakes::default();
        let declared = crate::declaration::declarations(&source, &mut mistakes);
        mistakes.check().map_err(|error| error.to_string())?;
        let (uops, bodies): (Vec<_>, Vec<_>) = declared.into_iter().unzip();
        let names = uops.iter().map(|uop| uop.name.clone()).zip(0..);
        let last = uops.len() - 1;
        composition(&uops, &names.collect(), last, &bodies[last]).map_err(|error| error.to_string())
    }

    const STEPS: &str = "#[uop(pure)] pub fn one(a: i64) -> i64 { a }
        #[uop(pure)] pub fn two(a: i64, b: i64, k: Imm32) -> i64 { a + b + k as i64 }\n";

    #[test]
    fn steps_are_in_the_order_of_evaluation() {
        let text = "#[uop(compose)] pub fn f(a: i64, k: Imm32, l: Imm32) -> i64 { two(one(a), one(one(a)), l) }";
        let composition = read(&format!("{STEPS}{text}")).expect("is a composition");
        let uops: Vec<usize> = composition.steps.iter().map(|step| step.uop).collect();
        assert_eq!(uops, [0, 0, 0, 1]);
        assert_eq!(
            composition.steps[3].inputs,
            [StepArg::Step(0), StepArg::Step(2)]
        );
        assert_eq!(composition.steps[3].immediates, [1]);
        assert_eq!(composition.result, Some(StepArg::Step(3)));
    }

    #[test]
    fn names_end_with_their_block() {
        let text = "#[uop(compose)] pub fn f(a: i64) -> i64 { { let a = one(a); one(a); } one(a) }";
        let composition = read(&format!("{STEPS}{text}")).expect("is a composition");
        assert_eq!(composition.steps[1].inputs, [StepArg::Step(0)]);
        assert_eq!(composition.steps[2].inputs, [StepArg::Input(0)]);
    }

    #[test]
    fn immediates_are_passed_on_by_name() {
        let text = "#[uop(compose)] pub fn f(a: i64) -> i64 { two(a, a, 5) }";
        let message = read(&format!("{STEPS}{text}")).expect_err("a literal is no immediate");
        assert!(message.contains("immediate `k` of `two`"), "{message}");
    }
}
