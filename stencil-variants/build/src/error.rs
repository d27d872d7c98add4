//! What the builder says when it refuses a uop.
//!
//! A VM author reads these in the middle of a build, having changed one function. So each message names the uop, the
//! place, the instruction if there is one, and what to do about it; and all mistakes are reported, not the first.

use std::fmt;
use std::path::PathBuf;

/// A place in a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as it was given to [`Vm`](crate::Vm).
    pub file: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The uop it is about.
    pub uop: Option<String>,
    /// Where.
    pub place: Option<Place>,
    /// What is wrong.
    pub what: String,
    /// The machine instruction that shows it.
    pub instruction: Option<String>,
    /// What to do.
    pub remedy: String,
}

impl Mistake {
    /// A mistake in the text of the uop `name`, or in a file.
    pub(crate) fn at(
        uop: Option<&str>,
        place: Place,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Mistake {
        Mistake {
            uop: uop.map(str::to_owned),
            place: Some(place),
            what: what.into(),
            instruction: None,
            remedy: remedy.into(),
        }
    }

    /// A failure that is not about a place in the VM's source.
    pub(crate) fn general(what: impl Into<String>, remedy: impl Into<String>) -> Mistake {
        Mistake {
            uop: None,
            place: None,
            what: what.into(),
            instruction: None,
            remedy: remedy.into(),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("error: ")?;
        if let Some(uop) = &self.uop {
            write!(f, "uop `{uop}`: ")?;
        }
        f.write_str(&self.what)?;
        if let Some(place) = &self.place {
            write!(f, "\n  --> {place}")?;
        }
        if let Some(instruction) = &self.instruction {
            write!(f, "\n  instruction: {instruction}")?;
        }
        write!(f, "\n  help: {}", self.remedy)
    }
}

/// Why no table was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Every mistake found.
    pub mistakes: Vec<Mistake>,
}

impl From<Mistake> for Error {
    fn from(mistake: Mistake) -> Error {
        Error {
            mistakes: vec![mistake],
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, mistake) in self.mistakes.iter().enumerate() {
            if i > 0 {
                f.write_str("\n\n")?;
            }
            write!(f, "{mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// Collects mistakes, so that one run reports them all.
#[derive(Debug, Default)]
pub(crate) struct Mistakes(Vec<Mistake>);

impl Mistakes {
    pub(crate) fn push(&mut self, mistake: Mistake) {
        self.0.push(mistake);
    }

    /// The value of `result`, or nothing and its mistake noted.
    pub(crate) fn take<T>(&mut self, result: Result<T, Mistake>) -> Option<T> {
        result.map_err(|mistake| self.push(mistake)).ok()
    }

    /// `Err` if there was a mistake.
    pub(crate) fn check(&mut self) -> Result<(), Error> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(Error {
            mistakes: std::mem::take(&mut self.0),
        })
    }
}
