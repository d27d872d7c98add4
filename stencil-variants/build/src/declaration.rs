//! A uop as its signature declares it.
//!
//! Types are read as text: the builder sees one file at a time and resolves no names, so the vocabulary of
//! `sashiko_stencils::uop` is all a signature can use. Everything a type says (representation, immediate, how the
//! uop ends) is decided here, once.

use sashiko_stencils::{Bank, Rep};
use syn::spanned::Spanned;

use crate::attribute::{Attribute, ITEMS};
use crate::error::{Mistake, Mistakes, Place};
use crate::source::{FileRole, Source, is_uop, last_is};

/// How a uop ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    /// It always succeeds.
    Plain,
    /// It returns `Exit`.
    Exit,
    /// It returns `Fast`.
    Fast,
}

/// A leading parameter that is no operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EnvParameter {
    /// `ctx: *mut T`.
    Context,
    /// `base: *mut Word`.
    Base,
}

/// What a parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParameterKind {
    Input(Rep),
    Immediate { bits: u8 },
}

/// An operand or an immediate.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) kind: ParameterKind,
}

/// A uop as it is written.
#[derive(Clone, Debug)]
pub(crate) struct Declaration {
    pub(crate) name: String,
    /// First paragraph of its documentation.
    pub(crate) doc: String,
    /// `crate::uops::int_add`.
    pub(crate) path: String,
    pub(crate) place: Place,
    pub(crate) env: Vec<EnvParameter>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) result: Option<Rep>,
    pub(crate) control: Control,
    pub(crate) attribute: Attribute,
}

impl Declaration {
    /// Representations of the inputs, in order.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = Rep> {
        self.parameters
            .iter()
            .filter_map(|parameter| match parameter.kind {
                ParameterKind::Input(rep) => Some(rep),
                ParameterKind::Immediate { .. } => None,
            })
    }

    /// Position of the input called `name`.
    pub(crate) fn input_named(&self, name: &str) -> Option<usize> {
        let mut inputs = self
            .parameters
            .iter()
            .filter(|parameter| matches!(parameter.kind, ParameterKind::Input(_)));
        inputs.position(|parameter| parameter.name == name)
    }

    /// Position of the immediate called `name`, and its width.
    pub(crate) fn immediate_named(&self, name: &str) -> Option<(usize, u8)> {
        let immediates = self.parameters.iter().filter_map(|p| match p.kind {
            ParameterKind::Immediate { bits } => Some((&p.name, bits)),
            ParameterKind::Input(_) => None,
        });
        immediates
            .enumerate()
            .find(|(_, (other, _))| *other == name)
            .map(|(i, (_, bits))| (i, bits))
    }

    /// A mistake about this uop.
    pub(crate) fn mistake(&self, what: impl Into<String>, remedy: impl Into<String>) -> Mistake {
        Mistake::at(Some(&self.name), self.place.clone(), what, remedy)
    }

    /// Inputs held in registers of `bank`, when all are in registers.
    pub(crate) fn inputs_in(&self, bank: Bank) -> usize {
        self.inputs().filter(|rep| rep.bank() == bank).count()
    }
}

/// All uops declared in `source`, with their bodies.
pub(crate) fn declarations(
    source: &Source,
    mistakes: &mut Mistakes,
) -> Vec<(Declaration, syn::Block)> {
    let mut uops = Vec::new();
    for item in &source.syntax.items {
        if let syn::Item::Fn(function) = item
            && function.attrs.iter().any(is_uop)
        {
            let declared = mistakes.take(declaration(source, function));
            uops.extend(declared.map(|declared| (declared, (*function.block).clone())));
        }
    }
    uops
}

fn declaration(source: &Source, function: &syn::ItemFn) -> Result<Declaration, Mistake> {
    let name = function.sig.ident.to_string();
    let place = source.place(&function.sig.ident);
    let mistake = |syntax: &dyn Fn() -> Place, what: String, remedy: &str| {
        Mistake::at(Some(&name), syntax(), what, remedy)
    };
    let here = || place.clone();
    if source.role == FileRole::Include {
        return Err(mistake(
            &here,
            "a uop stands in an included file".into(),
            "give the file to `.uops(..)` instead of `.include(..)`",
        ));
    }
    if matches!(function.vis, syn::Visibility::Inherited) {
        return Err(mistake(
            &here,
            "the function is private".into(),
            "make it `pub(crate)`: the table calls it to evaluate the uop",
        ));
    }
    let generics = &function.sig.generics;
    if !generics.params.is_empty() || function.sig.asyncness.is_some() || function.sig.abi.is_some()
    {
        return Err(mistake(
            &here,
            "a uop is a plain function, without type parameters, `async` or `extern`".into(),
            "write one function for each type; share code through an inline(always) generic function",
        ));
    }
    let attribute = function
        .attrs
        .iter()
        .find(|attribute| is_uop(attribute))
        .map_or_else(|| Ok(Attribute::default()), parse_attribute)
        .map_err(|error| {
            let line = error.span().start().line;
            let place = Place {
                file: source.given.clone(),
                line: line.max(1),
            };
            mistake(&|| place.clone(), error.to_string(), ITEMS)
        })?;
    let (env, parameters) = parameters(source, &name, function)?;
    let (result, control) = output(&function.sig.output)
        .map_err(|(what, remedy)| mistake(&|| source.place(&function.sig.output), what, remedy))?;
    Ok(Declaration {
        doc: first_paragraph(&function.attrs),
        path: format!("{}::{name}", source.path()),
        env,
        parameters,
        result,
        control,
        attribute,
        name,
        place,
    })
}

fn parse_attribute(attribute: &syn::Attribute) -> syn::Result<Attribute> {
    match &attribute.meta {
        syn::Meta::Path(_) => Ok(Attribute::default()),
        _ => attribute.parse_args(),
    }
}

type Parameters = (Vec<EnvParameter>, Vec<Parameter>);

fn parameters(source: &Source, uop: &str, function: &syn::ItemFn) -> Result<Parameters, Mistake> {
    let (mut env, mut parameters) = (Vec::new(), Vec::new());
    for argument in &function.sig.inputs {
        let mistake = |what: String, remedy: &str| {
            Mistake::at(Some(uop), source.place(argument), what, remedy)
        };
        let syn::FnArg::Typed(typed) = argument else {
            return Err(mistake(
                "a uop has no `self`".into(),
                "take the object as a pointer",
            ));
        };
        let syn::Pat::Ident(pattern) = &*typed.pat else {
            return Err(mistake(
                "a parameter is a pattern".into(),
                "give every parameter a name: it is printed in traces",
            ));
        };
        let name = pattern.ident.to_string();
        let is_pointer = matches!(&*typed.ty, syn::Type::Ptr(_));
        if parameters.is_empty()
            && is_pointer
            && name == "ctx"
            && !env.contains(&EnvParameter::Context)
        {
            env.push(EnvParameter::Context);
        } else if parameters.is_empty()
            && is_pointer
            && name == "base"
            && !env.contains(&EnvParameter::Base)
        {
            env.push(EnvParameter::Base);
        } else if let Some(kind) = parameter_kind(&typed.ty) {
            parameters.push(Parameter { name, kind });
        } else {
            return Err(mistake(
                format!("parameter `{name}` has a type that no register holds"),
                "use Word, i64, f64, bool, *mut T, *const T for an input, Imm32 or Imm64 for a constant of the trace, \
                 `ctx: *mut T` or `base: *mut Word` first",
            ));
        }
    }
    Ok((env, parameters))
}

/// The representation that a type stands for.
fn rep_of(ty: &syn::Type) -> Option<Rep> {
    match ty {
        syn::Type::Ptr(_) => Some(Rep::Ptr),
        syn::Type::Paren(inner) => rep_of(&inner.elem),
        syn::Type::Path(path) => [
            ("Word", Rep::Word),
            ("i64", Rep::Int),
            ("f64", Rep::Float),
            ("bool", Rep::Bool),
        ]
        .into_iter()
        .find(|(name, _)| last_is(&path.path, name))
        .map(|(_, rep)| rep),
        _ => None,
    }
}

fn parameter_kind(ty: &syn::Type) -> Option<ParameterKind> {
    if let syn::Type::Path(path) = ty {
        for (name, bits) in [("Imm32", 32), ("Imm64", 64)] {
            if last_is(&path.path, name) {
                return Some(ParameterKind::Immediate { bits });
            }
        }
    }
    rep_of(ty).map(ParameterKind::Input)
}

/// Result and control of a return type, or what is wrong with it and the remedy.
fn output(output: &syn::ReturnType) -> Result<(Option<Rep>, Control), (String, &'static str)> {
    let syn::ReturnType::Type(_, ty) = output else {
        return Ok((None, Control::Plain));
    };
    let refused = || {
        (
            "the return type is none that a uop can have".to_owned(),
            "return Word, i64, f64, bool, a raw pointer or nothing, Exit<..> of these, or Fast",
        )
    };
    let value = |ty: &syn::Type| match ty {
        syn::Type::Tuple(tuple) if tuple.elems.is_empty() => Ok(None),
        ty => rep_of(ty).map(Some).ok_or_else(refused),
    };
    if let syn::Type::Path(path) = &**ty {
        if last_is(&path.path, "Fast") {
            return Ok((None, Control::Fast));
        }
        let last = path.path.segments.last().ok_or_else(refused)?;
        if last.ident == "Exit" || last.ident == "Option" {
            let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else {
                return Err(refused());
            };
            let Some(syn::GenericArgument::Type(inner)) = arguments.args.first() else {
                return Err(refused());
            };
            return Ok((value(inner)?, Control::Exit));
        }
    }
    Ok((value(ty)?, Control::Plain))
}

/// The first paragraph of doc comments, in one line.
fn first_paragraph(attributes: &[syn::Attribute]) -> String {
    let mut lines = Vec::new();
    for attribute in attributes {
        let syn::Meta::NameValue(doc) = &attribute.meta else {
            continue;
        };
        let syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) = &doc.value
        else {
            continue;
        };
        if !doc.path.is_ident("doc") {
            continue;
        }
        let text = text.value();
        let text = text.trim();
        if text.is_empty() && !lines.is_empty() {
            break;
        }
        if !text.is_empty() {
            lines.push(text.to_owned());
        }
    }
    lines.join(" ")
}

/// A function that is no uop: a candidate for `slow = name`.
#[derive(Clone, Debug)]
pub(crate) struct PlainFunction {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) takes_context: bool,
    /// Representations of its parameters; `None` for a type that is none.
    pub(crate) parameters: Vec<Option<Rep>>,
    pub(crate) returns: bool,
}

/// The functions of `source` that are no uops.
pub(crate) fn plain_functions(source: &Source) -> Vec<PlainFunction> {
    let functions = source.syntax.items.iter().filter_map(|item| match item {
        syn::Item::Fn(function) if !function.attrs.iter().any(is_uop) => Some(function),
        _ => None,
    });
    functions
        .map(|function| {
            let mut takes_context = false;
            let mut parameters = Vec::new();
            for argument in &function.sig.inputs {
                let syn::FnArg::Typed(typed) = argument else {
                    continue;
                };
                let named_context =
                    matches!(&*typed.pat, syn::Pat::Ident(pattern) if pattern.ident == "ctx");
                if parameters.is_empty() && named_context {
                    takes_context = true;
                } else {
                    parameters.push(rep_of(&typed.ty));
                }
            }
            let name = function.sig.ident.to_string();
            PlainFunction {
                path: format!("{}::{name}", source.path()),
                name,
                takes_context,
                parameters,
                returns: matches!(function.sig.output, syn::ReturnType::Type(..)),
            }
        })
        .collect()
}

/// The line of a piece of syntax within the file of `place`.
pub(crate) fn line_of(place: &Place, syntax: &impl Spanned) -> Place {
    Place {
        file: place.file.clone(),
        line: syntax.span().start().line,
    }
}
