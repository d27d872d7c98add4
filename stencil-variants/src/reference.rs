//! The reference page of a VM's uops, in Markdown.
//!
//! It is written from the table, not from the source, so that what it says is what the optimizer believes.

use std::fmt::Write as _;

use crate::info::{Role, UopInfo};
use crate::table::UopTable;
use crate::uop::{Aliases, Kinds};

/// A page that describes every uop of `table`.
pub fn reference(table: &UopTable) -> String {
    let mut page = format!("# The uops of {}\n\n", table.name);
    let _ = writeln!(
        page,
        "{} uops, {} stencils, {} wide constants. This page is written from the uop table.\n",
        table.uops.len(),
        table.stencils.len(),
        table.pool.len()
    );
    page.push_str("| uop | signature | facts | stencils | |\n|---|---|---|---|---|\n");
    for (i, uop) in table.uops.iter().enumerate() {
        let stencils = table.first_stencil[i + 1] - table.first_stencil[i];
        let stencils = if uop.call.is_some() {
            "called".to_owned()
        } else {
            stencils.to_string()
        };
        let _ = writeln!(
            page,
            "| `{}` | `{}` | {} | {stencils} | {} |",
            uop.name,
            signature(uop),
            facts(table, uop),
            uop.doc.replace('|', "\\|")
        );
    }
    page
}

/// Inputs, immediates and result: `(left: int, right: int) -> int, or exit`.
fn signature(uop: &UopInfo) -> String {
    let inputs = uop
        .inputs
        .iter()
        .map(|input| format!("{}: {}", input.name, input.rep.name()));
    let immediates = uop
        .immediates
        .iter()
        .map(|immediate| format!("{}: imm{}", immediate.name, immediate.bits));
    let parameters: Vec<String> = inputs.chain(immediates).collect();
    let mut text = format!("({})", parameters.join(", "));
    if let Some(result) = uop.result {
        let _ = write!(text, " -> {}", result.rep.name());
    }
    if uop.exits {
        text.push_str(", or exit");
    }
    text
}

fn facts(table: &UopTable, uop: &UopInfo) -> String {
    let mut facts: Vec<String> = Vec::new();
    match uop.role {
        Role::Pure => facts.push("pure".to_owned()),
        Role::Guard => facts.push("guard".to_owned()),
        Role::Effect => {}
    }
    for input in uop.inputs.iter().filter(|input| input.checks != Kinds::ANY) {
        let kinds = names(input.checks.0, table.kind_names);
        facts.push(format!("checks {}: {kinds}", input.name));
    }
    if let Some(result) = uop.result.filter(|result| result.kinds != Kinds::ANY) {
        facts.push(format!(
            "result {}",
            names(result.kinds.0, table.kind_names)
        ));
    }
    for (what, aliases) in [("reads", uop.effects.reads), ("writes", uop.effects.writes)] {
        if aliases == Aliases::ALL {
            facts.push(format!("{what} all"));
        } else if aliases != Aliases::NONE {
            facts.push(format!("{what} {}", names(aliases.0, table.alias_names)));
        }
    }
    if uop.effects.counts != 0 {
        facts.push(format!("counts {:+}", uop.effects.counts));
    }
    for (holds, what) in [
        (uop.fields.alloc, "makes an object"),
        (uop.fields.gets.is_some(), "gets a field"),
        (!uop.fields.sets.is_empty(), "sets fields"),
        (uop.fields.tests.is_some(), "tests a field"),
        (uop.boxes, "boxes"),
        (uop.unboxes, "unboxes"),
        (uop.commutes, "commutes"),
        (uop.patch_point, "patch point"),
    ] {
        if holds {
            facts.push(what.to_owned());
        }
    }
    if let Some(unchecked) = uop.unchecked {
        facts.push(format!("unchecked `{}`", table.info(unchecked).name));
    }
    if !uop.steps.is_empty() {
        let steps: Vec<&str> = uop
            .steps
            .iter()
            .map(|step| table.info(step.uop).name)
            .collect();
        facts.push(format!("composed of `{}`", steps.join(", ")));
    }
    facts.join("; ")
}

/// The names of the bits set in `bits`.
fn names(bits: u64, names: &[&str]) -> String {
    let set = (0..64).filter(|i| bits >> i & 1 == 1);
    let set: Vec<String> = set
        .map(|i| {
            names
                .get(i)
                .map_or_else(|| format!("bit {i}"), |name| (*name).to_owned())
        })
        .collect();
    set.join(" or ")
}
