//! The VM's source files: their text, their module paths, and the names of kinds and alias classes in them.
//!
//! The builder compiles the same text a second time, alone. [`Source::stencil_text`] is that text: the file itself
//! with each `#[uop(...)]` replaced and every line where it was, so that what rustc says of it still points to the
//! right line.

use std::path::{Path, PathBuf};

use proc_macro2::Ident;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;

use crate::error::{Mistake, Place};

/// What a file is to the builder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileRole {
    /// Holds bodies that become stencils.
    Uops,
    /// Holds called uops and slow functions; read for facts only.
    Calls,
    /// Compiled beside the bodies.
    Include,
}

/// A source file.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) role: FileRole,
    /// As the author named it.
    pub(crate) given: PathBuf,
    /// Module path in the VM's crate, without `crate`.
    pub(crate) module: Vec<String>,
    pub(crate) text: String,
    pub(crate) syntax: syn::File,
}

impl Source {
    pub(crate) fn read(role: FileRole, root: &Path, given: &Path) -> Result<Source, Mistake> {
        let place = || Place {
            file: given.to_owned(),
            line: 1,
        };
        let text = std::fs::read_to_string(root.join(given)).map_err(|error| {
            Mistake::at(
                None,
                place(),
                format!("cannot read the file: {error}"),
                "paths given to sashiko_build::Vm are relative to the crate's Cargo.toml",
            )
        })?;
        let syntax = syn::parse_file(&text).map_err(|error| {
            let line = error.span().start().line;
            Mistake::at(
                None,
                Place {
                    file: given.to_owned(),
                    line,
                },
                format!("not Rust: {error}"),
                "rustc says more about it: the same file is a module of the VM",
            )
        })?;
        Ok(Source {
            role,
            given: given.to_owned(),
            module: module_of(given),
            text,
            syntax,
        })
    }

    /// The place of a piece of syntax.
    pub(crate) fn place(&self, syntax: &impl Spanned) -> Place {
        Place {
            file: self.given.clone(),
            line: syntax.span().start().line,
        }
    }

    /// `crate::jit::uops`.
    pub(crate) fn path(&self) -> String {
        let mut path = "crate".to_owned();
        for part in &self.module {
            path.push_str("::");
            path.push_str(part);
        }
        path
    }

    /// The text to compile into stencils.
    pub(crate) fn stencil_text(&self) -> String {
        let mut text = self.text.clone();
        // From the end, so that earlier positions stay right.
        for item in self.syntax.items.iter().rev() {
            let syn::Item::Fn(function) = item else {
                continue;
            };
            let Some(attribute) = function.attrs.iter().find(|attribute| is_uop(attribute)) else {
                continue;
            };
            let range = attribute.span().byte_range();
            let lines = text[range.clone()].matches('\n').count();
            text.replace_range(range, &format!("#[inline(always)]{}", "\n".repeat(lines)));
        }
        text
    }

    /// The names that `kinds!` or `aliases!` (`macro_name`) and constants of `type_name` declare in this file.
    pub(crate) fn declared_bits(&self, macro_name: &str, type_name: &str) -> DeclaredBits {
        let mut declared = DeclaredBits::default();
        for item in &self.syntax.items {
            match item {
                syn::Item::Macro(item) if last_is(&item.mac.path, macro_name) => {
                    declared.has_list = true;
                    if let Ok(names) = item.mac.parse_body_with(bit_names) {
                        declared.names.extend(names);
                    }
                }
                syn::Item::Const(item) => {
                    if let syn::Type::Path(path) = &*item.ty
                        && last_is(&path.path, type_name)
                    {
                        declared.names.push(item.ident.to_string());
                    }
                }
                _ => {}
            }
        }
        declared
    }
}

/// Names of kinds or alias classes.
#[derive(Debug, Default)]
pub(crate) struct DeclaredBits {
    pub(crate) names: Vec<String>,
    /// Declared by the macro, which also makes the list of names.
    pub(crate) has_list: bool,
}

fn bit_names(input: syn::parse::ParseStream) -> syn::Result<Vec<String>> {
    struct Documented(Ident);
    impl syn::parse::Parse for Documented {
        fn parse(input: syn::parse::ParseStream) -> syn::Result<Documented> {
            input.call(syn::Attribute::parse_outer)?;
            Ok(Documented(input.parse()?))
        }
    }
    let names = Punctuated::<Documented, syn::Token![,]>::parse_terminated(input)?;
    Ok(names.into_iter().map(|name| name.0.to_string()).collect())
}

/// Is this a `#[uop]` or `#[uop(...)]`?
pub(crate) fn is_uop(attribute: &syn::Attribute) -> bool {
    last_is(attribute.path(), "uop")
}

pub(crate) fn last_is(path: &syn::Path, name: &str) -> bool {
    path.segments.last().is_some_and(|last| last.ident == name)
}

/// `src/jit/uops.rs` is `jit::uops`.
fn module_of(path: &Path) -> Vec<String> {
    let mut parts: Vec<String> = path
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if let Some(at) = parts.iter().rposition(|part| part == "src") {
        parts.drain(..=at);
    }
    if matches!(
        parts.last().map(String::as_str),
        Some("mod" | "lib" | "main")
    ) {
        parts.pop();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_follow_paths() {
        let module = |path: &str| module_of(Path::new(path)).join("::");
        assert_eq!(module("src/uops.rs"), "uops");
        assert_eq!(module("src/jit/uops.rs"), "jit::uops");
        assert_eq!(module("src/jit/mod.rs"), "jit");
    }

    #[test]
    fn attributes_are_replaced_and_lines_kept() {
        let text = "/// Doc.\n#[uop(\n    pure,\n)]\npub fn f(a: i64) -> i64 { a }\n#[uop]\npub fn g() {}\n";
        let source = Source {
            role: FileRole::Uops,
            given: "src/uops.rs".into(),
            module: vec!["uops".into()],
            text: text.into(),
            syntax: syn::parse_file(text).expect("is Rust"),
        };
        assert_eq!(
            source.stencil_text(),
            "/// Doc.\n#[inline(always)]\n\n\npub fn f(a: i64) -> i64 { a }\n#[inline(always)]\npub fn g() {}\n"
        );
    }

    #[test]
    fn bits_are_found_in_macros_and_constants() {
        let text = "sashiko_stencils::kinds! { /// One.\n INT, FLOAT }\npub const NUMBER: Kinds = INT.union(FLOAT);";
        let source = Source {
            role: FileRole::Uops,
            given: "src/uops.rs".into(),
            module: vec![],
            text: text.into(),
            syntax: syn::parse_file(text).expect("is Rust"),
        };
        let bits = source.declared_bits("kinds", "Kinds");
        assert_eq!(bits.names, ["INT", "FLOAT", "NUMBER"]);
        assert!(bits.has_list);
    }
}
