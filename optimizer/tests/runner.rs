//! The runner: switches, fuel, observers, reports.

use bumpalo::Bump;
use sashiko_optimizer::provenance::Removed;
use sashiko_optimizer::{Fuel, Observer, Pipeline, Switches};
use sashiko_testvm::TABLE;
use sashiko_trace::ir::{Provenance, Trace};
use sashiko_trace::text::parse_trace;

const TEXT: &str = r#"trace leave at "f" pc 0 line 1 frame s0 top s1
body
  v0: word = load_slot s0
  store_slot s1, v0
  v1: word = load_slot s1
  v2: word = add_int v1, 0x1000000000001 !e0
  store_slot s0, v2
end leave !e1
e0: resume "f" pc 2 line 1 frame s0 top s1
e1: resume "f" pc 4 line 1 frame s0 top s1
"#;

fn trace(arena: &Bump) -> Trace<'_> {
    parse_trace(TEXT, &TABLE, arena).expect("the text is a trace")
}

fn pipeline(switches: &str) -> Pipeline {
    Pipeline::new(switches.parse::<Switches>().expect("names of passes")).verifying(true)
}

#[test]
fn a_switch_turns_a_pass_off_wherever_it_stands() {
    let arena = Bump::new();
    let mut optimized = trace(&arena);
    let report = pipeline("-type-prop").run(&mut optimized, &mut Fuel::UNLIMITED.clone());
    let report = report.expect("right traces");
    assert!(report.passes.iter().all(|pass| pass.pass != "type-prop"));
    assert!(
        report
            .passes
            .iter()
            .filter(|pass| pass.pass == "cse")
            .count()
            == 2
    );

    let mut untouched = trace(&arena);
    let report = pipeline("none").run(&mut untouched, &mut Fuel::UNLIMITED.clone());
    assert_eq!(report.expect("nothing ran").rewrites(), 0);
    assert_eq!(untouched, trace(&arena));
}

#[test]
fn fuel_is_global_over_passes_and_names_the_last_rewrite() {
    let arena = Bump::new();
    let run = |fuel: Option<u64>| {
        let mut fuel = Fuel::from(fuel);
        let report = pipeline("default").run(&mut trace(&arena), &mut fuel);
        (report.expect("right traces"), fuel)
    };
    let (all, _) = run(None);
    assert!(all.rewrites() > 4);
    for limit in 0..all.rewrites() {
        let (report, fuel) = run(Some(limit));
        assert_eq!(report.rewrites(), limit);
        assert_eq!(fuel.left(), Some(0));
        assert_eq!(report.last.is_some(), limit > 0);
    }
    assert_eq!(run(Some(1)).0.last, Some(("store-forward", "store")));
    let (_, fuel) = run(Some(all.rewrites() + 7));
    assert_eq!(fuel.left(), Some(7));
}

#[test]
fn a_report_counts_instructions_and_rules() {
    let arena = Bump::new();
    let report = pipeline("default").run(&mut trace(&arena), &mut Fuel::UNLIMITED.clone());
    let report = report.expect("right traces");
    assert_eq!((report.before.insts, report.before.slots), (5, 4));
    assert_eq!(report.after.slots, 1);
    let forward = &report.passes[0];
    let count = |rule| {
        forward
            .rules
            .iter()
            .find(|known| known.rule == rule)
            .map(|known| known.count)
    };
    assert_eq!((count("load"), count("store")), (Some(1), Some(2)));
}

#[test]
fn observers_see_what_each_pass_changes() {
    #[derive(Default)]
    struct Seen(Vec<(&'static str, bool, Vec<Removed>)>);
    impl Observer for Seen {
        fn changed(
            &mut self,
            pass: &'static str,
            before: &Trace<'_>,
            after: &Trace<'_>,
            removed: &[Removed],
        ) {
            let differs = before.to_string() != after.to_string();
            self.0.push((pass, differs, removed.to_vec()));
        }
    }
    let arena = Bump::new();
    let mut seen = Seen::default();
    pipeline("default")
        .run_observed(
            &mut trace(&arena),
            &mut Fuel::UNLIMITED.clone(),
            Some(&mut seen),
        )
        .expect("right traces");
    assert!(seen.0.iter().all(|seen| seen.1), "{:?}", seen.0);
    let (pass, _, removed) = &seen.0[0];
    assert_eq!(*pass, "store-forward");
    // Every removal has one rule of the pass.
    let rules = |what: &str| -> Vec<&str> {
        let removed = removed.iter().filter(|gone| gone.line.contains(what));
        removed.map(|gone| gone.rule.as_str()).collect()
    };
    assert_eq!(rules("load_slot"), ["load"]);
    // A store that was sunk comes back before a load that is not forwarded: it is gone when the load is.
    assert_eq!(rules("store_slot"), ["load", "store"]);
}

#[test]
fn the_last_rewrite_is_shown_alone() {
    #[derive(Default)]
    struct Last(Vec<(&'static str, &'static str, bool)>);
    impl Observer for Last {
        fn changed(&mut self, _: &'static str, _: &Trace<'_>, _: &Trace<'_>, _: &[Removed]) {}

        fn wants_removed(&self) -> bool {
            false
        }

        fn last_rewrite(&mut self, by: Provenance, without: &Trace<'_>, with: &Trace<'_>) {
            let differs = without.to_string() != with.to_string();
            self.0.push((by.pass, by.rule, differs));
        }
    }
    let arena = Bump::new();
    let mut seen = Last::default();
    let mut fuel = Fuel::limited(2);
    let report = pipeline("default")
        .run_observed(&mut trace(&arena), &mut fuel, Some(&mut seen))
        .expect("right traces");
    let (pass, rule) = report.last.expect("there is something to rewrite");
    assert_eq!(seen.0, [(pass, rule, true)]);
}

#[test]
fn what_breaks_a_trace_is_named() {
    let broken = sashiko_optimizer::Broken {
        pass: "dce",
        rule: Some("dead"),
        message: "v3 is used before it is defined".into(),
    };
    let text = "pass `dce` (last rule `dead`) broke the trace: v3 is used before it is defined";
    assert_eq!(broken.to_string(), text);
    let unknown = Pipeline::of(&["dce", "dec"]).expect_err("there is no such pass");
    assert!(unknown.to_string().contains("store-forward, expand"));
}
