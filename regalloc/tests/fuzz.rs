//! Random traces under every policy: the checker accepts each plan, and refuses plans that were broken on purpose.

mod common;

use bumpalo::Bump;
use sashiko_regalloc::check::check;
use sashiko_regalloc::plan::{Loc, Plan, Step};
use sashiko_regalloc::{Buffers, Given, Policy, Registers, allocate};
use sashiko_stencils::UopTable;
use sashiko_trace::generate::{Random, Shape, trace};
use sashiko_trace::text::trace_text;

/// A random shape of a trace.
fn shape(random: &mut Random) -> Shape<'static> {
    Shape {
        is_loop: !random.one_in(4),
        is_side: random.one_in(3),
        body: random.below(40),
        preheader: random.below(12),
        slots: 8,
        executable: false,
        calls: random.one_in(3),
        words: &[0, 7, 0x7ffc_0000_0000_0001, u64::MAX],
        ..Shape::default()
    }
}

/// Made-up tables with all, some and no variants, and a real one.
fn tables() -> Vec<&'static UopTable> {
    let made_up = (0..6).map(|seed| common::table(seed, [8, 5, 0][seed as usize % 3]));
    made_up.chain([&sashiko_testvm::TABLE]).collect()
}

/// Makes the plan of the random trace `seed`, and hands it to `then`.
fn with_plan(
    seed: u64,
    policy: Policy,
    tables: &[&'static UopTable],
    buffers: &mut Buffers,
    then: impl FnOnce(&sashiko_trace::ir::Trace<'_>, Plan, &mut Random),
) {
    let mut random = Random::new(seed ^ 0x5eed);
    let shape = shape(&mut random);
    let arena = Bump::new();
    let mut trace = trace(&arena, tables[random.below(tables.len())], seed, &shape);
    common::vary_tops(&mut trace, &mut random);
    let (imports, spills) = common::import_places(&trace, &mut random);
    let registers = match random.below(3) {
        0 => Registers::first(random.below(13), random.below(16)),
        _ => Registers::ALL,
    };
    let mut plan = Plan::default();
    let given = Given {
        imports: &imports,
        first_spill: spills,
        onto: &[],
    };
    let made = allocate(policy, registers, &trace, given, buffers, &mut plan);
    made.unwrap_or_else(|error| panic!("{error}\n{}", trace_text(&trace)));
    then(&trace, plan, &mut random);
}

#[test]
fn every_plan_of_a_random_trace_is_accepted() {
    let tables = tables();
    let mut buffers = Buffers::default();
    let runs = std::env::var("SASHIKO_FUZZ").map_or(60, |runs| runs.parse().expect("a number"));
    for seed in 0..runs {
        for policy in Policy::ALL {
            with_plan(seed, policy, &tables, &mut buffers, |trace, plan, _| {
                if let Err(error) = check(trace, &plan) {
                    panic!(
                        "{policy}, seed {seed}: {error}\n{}\n{plan:#?}",
                        trace_text(trace)
                    );
                }
            });
        }
    }
}

#[test]
fn what_was_compiled_before_makes_no_difference() {
    let tables = tables();
    let mut used = Buffers::default();
    for seed in 0..40 {
        for policy in Policy::ALL {
            let mut plans = Vec::new();
            for buffers in [&mut used, &mut Buffers::default()] {
                with_plan(seed, policy, &tables, buffers, |_, plan, _| {
                    plans.push(plan);
                });
            }
            assert_eq!(plans[0], plans[1], "{policy}, seed {seed}");
        }
    }
}

/// Changes one thing in a plan. Returns false if the plan has no such thing.
fn break_plan(plan: &mut Plan, random: &mut Random) -> bool {
    let steps = if random.one_in(4) {
        &mut plan.preheader
    } else {
        &mut plan.body
    };
    if steps.is_empty() {
        return false;
    }
    let i = random.below(steps.len());
    let elsewhere = |loc: Loc, random: &mut Random| match loc {
        Loc::Gpr(n) => Loc::Gpr((n + 1 + random.below(3) as u8) % 16),
        Loc::Xmm(n) => Loc::Xmm((n + 1 + random.below(3) as u8) % 16),
        Loc::Slot(slot) => Loc::Slot(sashiko_trace::ir::Slot(slot.0 + 1)),
        Loc::Spill(spill) => Loc::Spill(sashiko_regalloc::plan::Spill(spill.0 ^ 1)),
        Loc::Const(bits) => Loc::Const(bits ^ 1),
    };
    match (&mut steps[i], random.below(4)) {
        (_, 0) => {
            steps.remove(i);
        }
        (Step::Move { from, .. }, 1) => *from = elsewhere(*from, random),
        (Step::Move { to, .. }, _) => *to = elsewhere(*to, random),
        (Step::Stitch(stitch), 1) if !stitch.inputs.is_empty() => {
            let input = random.below(stitch.inputs.len());
            stitch.inputs[input] = elsewhere(stitch.inputs[input], random);
        }
        (Step::Stitch(stitch), 2) if stitch.output.is_some() => {
            stitch.output = stitch.output.map(|output| elsewhere(output, random));
        }
        (_, 3) if !plan.exit_locs.is_empty() => {
            let exit = random.below(plan.exit_locs.len());
            plan.exit_locs[exit] = elsewhere(plan.exit_locs[exit], random);
        }
        _ => return false,
    }
    true
}

#[test]
fn broken_plans_are_refused() {
    let tables = tables();
    let mut buffers = Buffers::default();
    let (mut broken, mut refused) = (0, 0);
    for seed in 0..300 {
        let policy = Policy::ALL[seed as usize % Policy::ALL.len()];
        with_plan(
            seed,
            policy,
            &tables,
            &mut buffers,
            |trace, mut plan, random| {
                if break_plan(&mut plan, random) {
                    broken += 1;
                    refused += u32::from(check(trace, &plan).is_err());
                }
            },
        );
    }
    // The rest are changes nobody can notice: a result nobody uses in another free register, a move into a
    // parameter whose next value is its last.
    assert!(broken > 150, "only {broken} plans could be broken");
    assert!(
        refused * 10 >= broken * 9,
        "only {refused} of {broken} broken plans were refused"
    );
}
