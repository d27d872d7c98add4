//! What options and environment together say: is the JIT on, when is code hot, how is it compiled.

use std::env;

use sashiko_backend::Config;

use super::UsageError;
use super::args::{Compile, Switch};

/// The variable that is the default of `--jit`.
const JIT: &str = "SASHIKO_JIT";
/// The variable that says how often a loop is gone round before it is compiled.
pub(crate) const THRESHOLD: &str = "SASHIKO_JIT_THRESHOLD";

/// The variable that has exits taken for no reason.
pub(crate) const STRESS: &str = "SASHIKO_STRESS";

/// Is the JIT on?
pub(crate) fn jit(option: Option<Switch>) -> Result<bool, UsageError> {
    parse_jit(option, variable(JIT)?.as_deref())
}

/// Rounds of a loop before it is compiled, if the environment says.
pub(crate) fn threshold() -> Result<Option<u16>, UsageError> {
    parse_threshold(variable(THRESHOLD)?.as_deref())
}

fn variable(name: &str) -> Result<Option<String>, UsageError> {
    match env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(UsageError(format!("{name} is not text"))),
    }
}

fn parse_jit(option: Option<Switch>, variable: Option<&str>) -> Result<bool, UsageError> {
    match (option, variable) {
        (Some(switch), _) => Ok(switch == Switch::On),
        (None, None | Some("1" | "")) => Ok(true),
        (None, Some("0")) => Ok(false),
        (None, Some(other)) => Err(UsageError(format!("{JIT} is 0 or 1, not '{other}'"))),
    }
}

fn parse_threshold(variable: Option<&str>) -> Result<Option<u16>, UsageError> {
    let Some(text) = variable.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    match text.parse::<u16>() {
        Ok(threshold) if threshold > 0 => Ok(Some(threshold)),
        _ => Err(UsageError(format!(
            "{THRESHOLD} is a number from 1 to {}, not '{text}'",
            u16::MAX
        ))),
    }
}

/// `exits` or `exits:SEED`: the seed, if exits are to be taken for no reason.
fn parse_stress(variable: Option<&str>) -> Result<Option<u64>, UsageError> {
    let Some(text) = variable.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let seed = match text.split_once(':') {
        None if text == "exits" => Some(0),
        Some(("exits", seed)) => seed.parse().ok(),
        _ => None,
    };
    seed.map(Some).ok_or_else(|| {
        UsageError(format!(
            "{STRESS} is 'exits' or 'exits:SEED' with a number, not '{text}'"
        ))
    })
}

/// How traces are compiled.
pub(crate) fn config(compile: &Compile) -> Result<Config, UsageError> {
    let mut config = Config::default();
    if let Some(passes) = &compile.passes {
        config.switches = passes
            .parse()
            .map_err(|error| UsageError(format!("--passes: {error}")))?;
    }
    if let Some(policy) = &compile.policy {
        config.policy = policy
            .parse()
            .map_err(|error| UsageError(format!("--policy: {error}")))?;
    }
    config.fuel = compile.fuel;
    config.explain.clone_from(&compile.explain);
    config.max_traces = compile.max_traces;
    if let Some(kib) = compile.code_kib {
        config.arena_bytes = (kib as usize) << 10;
    }
    config.stress = parse_stress(variable(STRESS)?.as_deref())?;
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_wins_over_the_variable() {
        assert!(parse_jit(Some(Switch::On), Some("0")).expect("good"));
        assert!(!parse_jit(Some(Switch::Off), None).expect("good"));
        assert!(!parse_jit(None, Some("0")).expect("good"));
        assert!(parse_jit(None, Some("1")).expect("good"));
        assert!(parse_jit(None, None).expect("good"));
        assert!(parse_jit(None, Some("yes")).is_err());
    }

    #[test]
    fn a_threshold_is_a_positive_number() {
        assert_eq!(parse_threshold(None).expect("good"), None);
        assert_eq!(parse_threshold(Some("1")).expect("good"), Some(1));
        for bad in ["0", "-1", "many", "70000"] {
            let UsageError(message) = parse_threshold(Some(bad)).expect_err("refused");
            assert!(message.contains(bad), "{message}");
        }
    }

    #[test]
    fn stress_names_what_fails_and_perhaps_a_seed() {
        assert_eq!(parse_stress(None).expect("good"), None);
        assert_eq!(parse_stress(Some("exits")).expect("good"), Some(0));
        assert_eq!(parse_stress(Some("exits:17")).expect("good"), Some(17));
        for bad in ["1", "guards", "exits:", "exits:x"] {
            let UsageError(message) = parse_stress(Some(bad)).expect_err("refused");
            assert!(message.contains(bad), "{message}");
        }
    }

    #[test]
    fn wrong_names_are_answered_with_the_right_ones() {
        let compile = |passes: Option<&str>, policy: Option<&str>| Compile {
            passes: passes.map(str::to_owned),
            policy: policy.map(str::to_owned),
            fuel: None,
            max_traces: None,
            code_kib: None,
            explain: None,
        };
        let UsageError(message) = config(&compile(Some("-sew"), None)).expect_err("refused");
        assert!(
            message.contains("sew") && message.contains("store-forward"),
            "{message}"
        );
        let UsageError(message) = config(&compile(Some("é"), None)).expect_err("refused");
        assert!(message.contains("é"), "{message}");
        let UsageError(message) = config(&compile(None, Some("greedy"))).expect_err("refused");
        assert!(
            message.contains("greedy") && message.contains("linear"),
            "{message}"
        );
        assert!(config(&compile(Some("none,+dce"), Some("stack-cache:3"))).is_ok());
    }
}
