//! Where the source text of a program comes from: a file, `-c`, or standard input.

use std::fs;
use std::io::{self, Read};

use super::UsageError;
use super::args;

/// A program to run.
#[derive(Debug)]
pub(crate) struct Program {
    /// Its source text.
    pub(crate) source: String,
    /// Its name in tracebacks.
    pub(crate) name: String,
    /// `sys.argv`.
    pub(crate) argv: Vec<String>,
}

impl Program {
    /// Reads the program that `arguments` name.
    pub(crate) fn read(arguments: &args::Program) -> Result<Program, UsageError> {
        if let [code, rest @ ..] = &arguments.code[..] {
            return Ok(Program {
                source: code.clone(),
                name: "<string>".to_owned(),
                argv: argv("-c", rest),
            });
        }
        let [file, rest @ ..] = &arguments.file[..] else {
            return Err(UsageError("name a program to run".to_owned()));
        };
        if file == "-" {
            let mut bytes = Vec::new();
            io::stdin()
                .read_to_end(&mut bytes)
                .map_err(|error| UsageError(format!("can't read standard input: {error}")))?;
            return Ok(Program {
                source: decode(bytes, "<stdin>")?,
                name: "<stdin>".to_owned(),
                argv: argv("-", rest),
            });
        }
        let bytes = fs::read(file).map_err(|error| {
            let reason = match error.kind() {
                io::ErrorKind::NotFound => "there is no such file",
                io::ErrorKind::IsADirectory => "it is a directory; name a .py file in it",
                io::ErrorKind::PermissionDenied => "reading it is not permitted",
                _ => return UsageError(format!("can't read '{file}': {error}")),
            };
            UsageError(format!("can't read '{file}': {reason}"))
        })?;
        Ok(Program {
            source: decode(bytes, file)?,
            name: absolute(file),
            argv: argv(file, rest),
        })
    }
}

/// The path of a program as tracebacks show it: absolute, but not resolved.
fn absolute(file: &str) -> String {
    if file.starts_with('/') {
        return file.to_owned();
    }
    let below = file.strip_prefix("./").unwrap_or(file);
    match std::env::current_dir() {
        Ok(folder) => folder.join(below).to_string_lossy().into_owned(),
        Err(_) => file.to_owned(),
    }
}

fn argv(zeroth: &str, rest: &[String]) -> Vec<String> {
    let mut argv = vec![zeroth.to_owned()];
    argv.extend_from_slice(rest);
    argv
}

/// Source text is UTF-8, perhaps with a byte-order mark.
fn decode(bytes: Vec<u8>, name: &str) -> Result<String, UsageError> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = 1 + error.as_bytes()[..valid].split(|&byte| byte == b'\n').skip(1).count();
        let byte = error.as_bytes()[valid];
        UsageError(format!(
            "'{name}' is not UTF-8 text: byte {byte:#04x} on line {line}; is it a Python source file?"
        ))
    })?;
    if let Some(at) = text.find('\0') {
        let line = 1 + text[..at].matches('\n').count();
        return Err(UsageError(format!(
            "'{name}' has a null byte on line {line}; is it a Python source file?"
        )));
    }
    match text.strip_prefix('\u{feff}') {
        Some(rest) => Ok(rest.to_owned()),
        None => Ok(text),
    }
}
