//! The names of the allocation policies: what `--policy` takes and what tables of figures print.

use std::fmt;
use std::str::FromStr;

/// How values are given places. All policies make the same kind of [`Plan`](crate::plan::Plan) from the same trace, so
/// any two can be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Policy {
    /// Nothing is in a register between uops ([`crate::plain`]).
    Plain,
    /// At most this many values of each bank are, the most recent ones ([`crate::stack_cache`]); 0 to 6.
    StackCache(u8),
    /// Values of the loop are pinned, the rest goes round in a ring: one pass ([`crate::linear`]).
    #[default]
    Linear,
    /// `regalloc2`'s backtracking allocator: best code, some twenty times the price of `linear` ([`crate::ion`]).
    Ion,
    /// `regalloc2`'s single-pass allocator ([`crate::ion`]).
    Fastalloc,
}

impl Policy {
    /// Most values of a bank that `stack-cache` keeps.
    pub const MAX_CACHED: u8 = 6;

    /// Every policy there is.
    pub const ALL: [Policy; 11] = [
        Policy::Plain,
        Policy::StackCache(0),
        Policy::StackCache(1),
        Policy::StackCache(2),
        Policy::StackCache(3),
        Policy::StackCache(4),
        Policy::StackCache(5),
        Policy::StackCache(6),
        Policy::Linear,
        Policy::Ion,
        Policy::Fastalloc,
    ];
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Policy::Plain => f.write_str("plain"),
            Policy::StackCache(k) => write!(f, "stack-cache:{k}"),
            Policy::Linear => f.write_str("linear"),
            Policy::Ion => f.write_str("ion"),
            Policy::Fastalloc => f.write_str("fastalloc"),
        }
    }
}

/// A name that is no policy's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPolicy(String);

impl fmt::Display for UnknownPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "unknown allocation policy `{}`: choose one of plain, stack-cache:K (K from 0 to {}), linear, ion, fastalloc",
            self.0,
            Policy::MAX_CACHED
        )
    }
}

impl std::error::Error for UnknownPolicy {}

impl FromStr for Policy {
    type Err = UnknownPolicy;

    fn from_str(name: &str) -> Result<Policy, UnknownPolicy> {
        let unknown = || UnknownPolicy(name.to_owned());
        match name {
            "plain" => Ok(Policy::Plain),
            "linear" => Ok(Policy::Linear),
            "ion" => Ok(Policy::Ion),
            "fastalloc" => Ok(Policy::Fastalloc),
            _ => {
                let k = name.strip_prefix("stack-cache:").ok_or_else(unknown)?;
                let k = k.parse().map_err(|_| unknown())?;
                if k <= Policy::MAX_CACHED {
                    Ok(Policy::StackCache(k))
                } else {
                    Err(unknown())
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for policy in Policy::ALL {
            assert_eq!(policy.to_string().parse(), Ok(policy));
        }
    }

    #[test]
    fn wrong_names_list_the_choices() {
        for wrong in [
            "",
            "Linear",
            "stack-cache",
            "stack-cache:7",
            "stack-cache:-1",
        ] {
            let error = wrong.parse::<Policy>().unwrap_err().to_string();
            assert!(error.contains(&format!("`{wrong}`")), "{error}");
            assert!(error.contains("stack-cache:K (K from 0 to 6)"), "{error}");
        }
    }
}
