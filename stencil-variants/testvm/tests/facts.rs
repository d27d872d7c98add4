//! What the table says of uops is what their signatures and attributes say.

use sashiko_stencils::uop::{Aliases, Kinds};
use sashiko_stencils::{Rep, Role, Shape, ShapeKey, StepArg, UopId, UopInfo};
use sashiko_testvm::layout::{ARRAY, ARRAY_ITEMS, ARRAY_SHAPE, INT};
use sashiko_testvm::{TABLE, Uop, op};

fn info(uop: UopId) -> &'static UopInfo {
    TABLE.info(uop)
}

#[test]
fn names_ids_and_opcodes_agree() {
    for (i, uop) in TABLE.uops.iter().enumerate() {
        let id = UopId(i as u16);
        assert_eq!(TABLE.by_name(uop.name), Some(id));
        assert_eq!(Uop::from_id(id).map(Uop::id), Some(id));
        assert!(!uop.doc.is_empty(), "{} has no documentation", uop.name);
    }
    assert_eq!(Uop::IntAdd.id(), op::INT_ADD);
    assert_eq!(info(op::INT_ADD).name, "int_add");
}

#[test]
fn a_pure_uop_touches_nothing() {
    let add = info(op::INT_ADD);
    assert_eq!(
        (add.role, add.exits, add.reason),
        (Role::Pure, true, "overflow")
    );
    assert_eq!(
        (add.effects.reads, add.effects.writes),
        (Aliases::NONE, Aliases::NONE)
    );
    assert!(add.commutes && !info(op::INT_SUB).commutes);
}

#[test]
fn a_guard_proves_kinds_and_has_an_unchecked_form() {
    let unbox = info(op::UNBOX_INT);
    assert_eq!((unbox.role, unbox.inputs[0].checks), (Role::Guard, INT));
    assert_eq!(unbox.unchecked, Some(op::INT_OF));
    assert_eq!(
        (unbox.effects.reads, unbox.effects.writes),
        (Aliases::NONE, Aliases::NONE)
    );
    assert_eq!(info(op::GUARD_ARRAY).inputs[0].checks, ARRAY);
    assert_eq!(TABLE.unboxer(Rep::Int), Some(op::UNBOX_INT));
    assert_eq!(TABLE.boxer(Rep::Float), Some(op::BOX_FLOAT));
}

#[test]
fn what_is_not_said_is_assumed() {
    let silent = info(op::FRAME_LOAD);
    assert_eq!(
        (silent.effects.reads, silent.effects.writes),
        (Aliases::ALL, Aliases::ALL)
    );
    assert!(silent.takes_env && silent.takes_base);
    let load = info(op::ARRAY_LOAD);
    assert_eq!(load.effects.reads, ARRAY_ITEMS.union(ARRAY_SHAPE));
    assert_eq!(load.effects.writes, Aliases::NONE);
    assert_eq!(load.result.map(|result| result.kinds), Some(Kinds::ANY));
}

#[test]
fn a_composition_has_the_facts_of_its_steps() {
    let add = info(op::ADD_INT);
    let steps: Vec<UopId> = add.steps.iter().map(|step| step.uop).collect();
    assert_eq!(
        steps,
        [op::UNBOX_INT, op::UNBOX_INT, op::INT_ADD, op::BOX_INT]
    );
    assert_eq!(add.steps[1].inputs, [StepArg::Input(1)]);
    assert_eq!(add.steps[2].inputs, [StepArg::Step(0), StepArg::Step(1)]);
    assert_eq!(add.steps_result, Some(StepArg::Step(3)));
    assert_eq!((add.role, add.exits), (Role::Guard, true));
    assert_eq!(add.result.map(|result| result.kinds), Some(INT));
    assert_eq!(add.effects.writes, Aliases::NONE);
    let guard = info(op::GUARD_INT_LT);
    assert_eq!((guard.steps.len(), guard.steps_result), (2, None));
}

#[test]
fn every_uop_that_is_not_called_has_its_all_register_stencil() {
    for (i, uop) in TABLE.uops.iter().enumerate() {
        let id = UopId(i as u16);
        assert_eq!(
            TABLE.all_register(id).is_some(),
            uop.call.is_none(),
            "{}",
            uop.name
        );
        for (_, stencil) in TABLE.variants(id) {
            assert_eq!(stencil.uop, id);
            assert!(TABLE.variant(id, stencil.key).is_some());
        }
    }
    let constant = ShapeKey::new(&[Shape::Reg, Shape::Const], Shape::Mem);
    assert!(TABLE.variant(op::INT_ADD, constant).is_some());
}

#[test]
fn the_reference_page_tells_every_uop() {
    let page = sashiko_stencils::reference(&TABLE);
    let line = |name: &str| {
        let start = format!("| `{name}` ");
        page.lines()
            .find(|line| line.starts_with(&start))
            .expect("every uop has a line")
    };
    assert_eq!(
        page.lines().filter(|line| line.starts_with("| `")).count(),
        TABLE.uops.len()
    );
    assert!(
        line("unbox_int").contains("| guard; checks value: INT; unboxes; unchecked `int_of` |")
    );
    assert!(line("int_floor_div").contains("| called |"));
    assert!(line("array_load").contains("`(array: word, index: int) -> word, or exit`"));
    assert!(line("array_load").contains("reads ARRAY_ITEMS or ARRAY_SHAPE"));
}
