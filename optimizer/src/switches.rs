//! Which passes run: `-guard-elim`, `none,+dce`, `default`.
//!
//! Ablation is the reason this exists: each pass can be taken out (or left alone) without rebuilding, and what does not
//! name a pass is an error that says what does.

use std::fmt;
use std::str::FromStr;

use crate::runner::PASSES;
use crate::sabotage;

/// A set of passes, by their position in [`PASSES`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Switches {
    on: u64,
    /// The pass that is wrong on purpose, which is in no list.
    sabotage: bool,
}

impl Switches {
    /// Every pass.
    pub const fn all() -> Switches {
        Switches {
            on: !0,
            sabotage: false,
        }
    }

    /// No pass: the trace is compiled as it was lifted.
    pub const fn none() -> Switches {
        Switches {
            on: 0,
            sabotage: false,
        }
    }

    /// Only the pass called `name`.
    ///
    /// # Errors
    /// If there is no such pass.
    pub fn only(name: &str) -> Result<Switches, UnknownPass> {
        let mut switches = Switches::none();
        switches.set(name, true)?;
        Ok(switches)
    }

    /// Switches the pass called `name`.
    ///
    /// # Errors
    /// If there is no such pass.
    pub fn set(&mut self, name: &str, on: bool) -> Result<(), UnknownPass> {
        if name == sabotage::NAME {
            self.sabotage = on;
            return Ok(());
        }
        let position = PASSES
            .iter()
            .position(|pass| *pass == name)
            .ok_or_else(|| UnknownPass {
                name: name.to_owned(),
            })?;
        let bit = 1 << position;
        self.on = if on { self.on | bit } else { self.on & !bit };
        Ok(())
    }

    /// Is the pass called `name` on?
    pub fn is_on(self, name: &str) -> bool {
        PASSES
            .iter()
            .position(|pass| *pass == name)
            .is_some_and(|position| self.on >> position & 1 == 1)
    }

    pub(crate) fn sabotages(self) -> bool {
        self.sabotage
    }

    /// Names of the passes that are on.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        PASSES.iter().copied().filter(move |name| self.is_on(name))
    }
}

/// Every pass is on by default: a pass that does not pay is taken out of the pipeline, not hidden behind a switch.
impl Default for Switches {
    fn default() -> Switches {
        Switches::all()
    }
}

/// `-name` takes a pass out, `+name` puts it in; `none`, `all` and `default` set the stage. Items are separated by commas
/// and read from left to right, starting from the default.
impl FromStr for Switches {
    type Err = UnknownPass;

    fn from_str(text: &str) -> Result<Switches, UnknownPass> {
        let mut switches = Switches::default();
        for item in text
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
        {
            match item {
                "none" => switches = Switches::none(),
                "all" => switches = Switches::all(),
                "default" => switches = Switches::default(),
                _ => match (item.strip_prefix('-'), item.strip_prefix('+')) {
                    (Some(name), _) => switches.set(name, false)?,
                    (_, Some(name)) => switches.set(name, true)?,
                    _ => {
                        return Err(UnknownPass {
                            name: item.to_owned(),
                        });
                    }
                },
            }
        }
        Ok(switches)
    }
}

impl fmt::Display for Switches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut off = PASSES.iter().filter(|name| !self.is_on(name));
        match self.names().count() {
            0 => f.write_str("none")?,
            on if on == PASSES.len() => f.write_str("all")?,
            on if on * 2 < PASSES.len() => {
                f.write_str("none")?;
                self.names().try_for_each(|name| write!(f, ",+{name}"))?;
            }
            _ => {
                f.write_str("all")?;
                off.try_for_each(|name| write!(f, ",-{name}"))?;
            }
        }
        if self.sabotage {
            write!(f, ",+{}", sabotage::NAME)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Switches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Switches({self})")
    }
}

/// A switch that names no pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownPass {
    /// What was written.
    pub name: String,
}

impl fmt::Display for UnknownPass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "there is no pass `{}`; write `-NAME` or `+NAME` with one of {}, or `none`, `all`, `default`, separated by commas",
            self.name,
            PASSES.join(", ")
        )
    }
}

impl std::error::Error for UnknownPass {}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Switches {
        text.parse().unwrap()
    }

    #[test]
    fn items_are_read_from_left_to_right() {
        assert_eq!(parse(""), Switches::default());
        assert_eq!(parse("none"), Switches::none());
        assert!(!parse("-dce").is_on("dce"));
        assert!(parse("-dce,+dce").is_on("dce"));
        let only = parse("none, +dce");
        assert_eq!(only.names().collect::<Vec<_>>(), ["dce"]);
        assert_eq!(only, Switches::only("dce").unwrap());
    }

    #[test]
    fn what_is_printed_parses_back() {
        for text in ["none", "all", "none,+dce,+expand", "-dce,-expand"] {
            let switches = parse(text);
            let back = parse(&switches.to_string());
            assert_eq!(
                switches.names().collect::<Vec<_>>(),
                back.names().collect::<Vec<_>>()
            );
        }
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        for text in ["-dec", "dce", "+", "none,+nothing"] {
            let error = text.parse::<Switches>().unwrap_err().to_string();
            assert!(error.contains("guard-elim, "), "{error}");
        }
    }
}
