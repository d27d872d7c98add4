//! The items of `#[uop(...)]`.
//!
//! Only the grammar is here; what the items mean together (a pure uop that writes, say) is judged in
//! [`facts`](crate::facts), where the signature is known too.

use proc_macro2::Ident;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{LitInt, LitStr, Token, bracketed, parenthesized, token};

/// A set of kinds or alias classes, as the names that were written: `INT | FLOAT`.
pub(crate) type Names = Vec<String>;

/// What stands in an attribute.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each item of the grammar"
)]
pub(crate) struct Attribute {
    pub(crate) pure: bool,
    pub(crate) guard: bool,
    pub(crate) boxes: bool,
    pub(crate) unboxes: bool,
    pub(crate) call: bool,
    pub(crate) compose: bool,
    pub(crate) commutes: bool,
    pub(crate) patch_point: bool,
    /// Parameter and the kinds proved of it.
    pub(crate) checks: Vec<(String, Names)>,
    /// The same, of a uop that tests more than that.
    pub(crate) proves: Vec<(String, Names)>,
    pub(crate) unchecked: Option<String>,
    pub(crate) result: Option<Names>,
    pub(crate) reads: Option<Names>,
    pub(crate) writes: Option<Names>,
    pub(crate) counts: i8,
    pub(crate) slow: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) alloc: bool,
    pub(crate) gets: Option<FieldName>,
    pub(crate) sets: Vec<(FieldName, Operand)>,
    pub(crate) tests: Option<(FieldName, Operand)>,
}

/// `object.CLASS[index]`, as it was written.
#[derive(Clone, Debug)]
pub(crate) struct FieldName {
    pub(crate) object: Option<String>,
    pub(crate) class: String,
    /// `None`: `[..]`.
    pub(crate) index: Option<Operand>,
}

/// A parameter or a number.
#[derive(Clone, Debug)]
pub(crate) enum Operand {
    Parameter(String),
    Literal(u64),
}

fn operand(input: ParseStream) -> syn::Result<Operand> {
    if input.peek(LitInt) {
        return Ok(Operand::Literal(input.parse::<LitInt>()?.base10_parse()?));
    }
    one_name(input).map(Operand::Parameter)
}

fn field(input: ParseStream) -> syn::Result<FieldName> {
    let mut class = one_name(input)?;
    let mut object = None;
    if input.parse::<Option<Token![.]>>()?.is_some() {
        object = Some(std::mem::replace(&mut class, one_name(input)?));
    }
    let mut index = Some(Operand::Literal(0));
    if input.peek(token::Bracket) {
        let content;
        bracketed!(content in input);
        let all = content.parse::<Option<Token![..]>>()?.is_some();
        index = (!all).then(|| operand(&content)).transpose()?;
    }
    Ok(FieldName {
        object,
        class,
        index,
    })
}

fn field_value(input: ParseStream) -> syn::Result<(FieldName, Operand)> {
    let field = field(input)?;
    input.parse::<Token![=]>()?;
    Ok((field, operand(input)?))
}

fn one_name(input: ParseStream) -> syn::Result<String> {
    Ok(input.parse::<Ident>()?.to_string())
}

/// `A`, `A | B`.
fn names(input: ParseStream) -> syn::Result<Names> {
    Ok(
        Punctuated::<Ident, Token![|]>::parse_separated_nonempty(input)?
            .into_iter()
            .map(|name| name.to_string())
            .collect(),
    )
}

/// `(A, B)`, also empty.
fn class_list(input: ParseStream) -> syn::Result<Names> {
    let content;
    parenthesized!(content in input);
    Ok(Punctuated::<Ident, Token![,]>::parse_terminated(&content)?
        .into_iter()
        .map(|name| name.to_string())
        .collect())
}

/// `(a: A, b: B | C)`.
fn kinds_of_parameters(input: ParseStream) -> syn::Result<Vec<(String, Names)>> {
    let content;
    parenthesized!(content in input);
    let mut found = Vec::new();
    while !content.is_empty() {
        let parameter: Ident = content.parse()?;
        content.parse::<Token![:]>()?;
        found.push((parameter.to_string(), names(&content)?));
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    Ok(found)
}

/// `= x`.
fn assigned<T>(
    input: ParseStream,
    value: impl FnOnce(ParseStream) -> syn::Result<T>,
) -> syn::Result<T> {
    input.parse::<Token![=]>()?;
    value(input)
}

impl Attribute {
    /// Does it say anything about objects and their fields?
    pub(crate) fn has_fields(&self) -> bool {
        self.alloc || self.gets.is_some() || !self.sets.is_empty() || self.tests.is_some()
    }

    fn item(&mut self, input: ParseStream) -> syn::Result<()> {
        let name: Ident = input.parse()?;
        match name.to_string().as_str() {
            "pure" => self.pure = true,
            "guard" => self.guard = true,
            "boxes" => self.boxes = true,
            "unboxes" => self.unboxes = true,
            "call" => self.call = true,
            "compose" => self.compose = true,
            "commutes" => self.commutes = true,
            "patch_point" => self.patch_point = true,
            "checks" => self.checks.append(&mut kinds_of_parameters(input)?),
            "proves" => self.proves.append(&mut kinds_of_parameters(input)?),
            "unchecked" => self.unchecked = Some(assigned(input, one_name)?),
            "slow" => self.slow = Some(assigned(input, one_name)?),
            "result" => self.result = Some(assigned(input, names)?),
            "reads" => self.reads = Some(class_list(input)?),
            "writes" => self.writes = Some(class_list(input)?),
            "counts" => self.counts = assigned(input, count)?,
            "reason" => self.reason = Some(assigned(input, reason)?),
            "alloc" => self.alloc = true,
            "gets" | "sets" | "tests" => {
                let content;
                parenthesized!(content in input);
                match name.to_string().as_str() {
                    "gets" => self.gets = Some(field(&content)?),
                    "tests" => self.tests = Some(field_value(&content)?),
                    _ => {
                        let sets = content.parse_terminated(field_value, Token![,])?;
                        self.sets.extend(sets);
                    }
                }
            }
            other => {
                return Err(syn::Error::new(
                    name.span(),
                    format!("`{other}` is not an item of #[uop]"),
                ));
            }
        }
        Ok(())
    }
}

/// `+1` or `-1`.
fn count(input: ParseStream) -> syn::Result<i8> {
    let negative = input.parse::<Option<Token![-]>>()?.is_some();
    if !negative {
        input.parse::<Option<Token![+]>>()?;
    }
    let literal: LitInt = input.parse()?;
    match (negative, literal.base10_digits()) {
        (false, "1") => Ok(1),
        (true, "1") => Ok(-1),
        _ => Err(syn::Error::new(literal.span(), "`counts` is +1 or -1")),
    }
}

/// A name, or a string where the code is not a name.
fn reason(input: ParseStream) -> syn::Result<String> {
    if input.peek(LitStr) {
        Ok(input.parse::<LitStr>()?.value())
    } else {
        Ok(input.parse::<Ident>()?.to_string())
    }
}

impl Parse for Attribute {
    fn parse(input: ParseStream) -> syn::Result<Attribute> {
        let mut attribute = Attribute::default();
        while !input.is_empty() {
            attribute.item(input)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(attribute)
    }
}

/// What a message about a wrong attribute suggests.
pub(crate) const ITEMS: &str = "the items are: pure, guard, checks(parameter: KIND), proves(parameter: KIND), unchecked = name, result = KIND, \
     boxes, unboxes, reads(CLASS, ..), writes(CLASS, ..), counts = +1, counts = -1, call, slow = name, compose, \
     commutes, patch_point, reason = name, alloc, gets(object.CLASS[index]), sets(object.CLASS[index] = value, ..), \
     tests(object.CLASS[index] = value); see the documentation of `sashiko_stencils::uop`";
