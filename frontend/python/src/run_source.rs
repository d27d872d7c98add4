//! Running a program: from source text to exit status.

#![expect(
    clippy::format_push_string,
    reason = "these texts are put together once, when the program is over"
)]

use crate::class::Class;
use crate::compile::{self, SyntaxProblem};
use crate::finalizer;
use crate::interp;
use crate::layout::NONE;
use crate::objects::bigint::as_int;
use crate::objects::dict;
use crate::objects::function::Function;
use crate::traceback;
use crate::value::Value;
use crate::vm::Vm;

impl Vm {
    /// Runs `source` as the main module and returns the exit status. Prints the traceback of an exception that nobody
    /// caught, and writes out what is buffered.
    pub fn run_source(&mut self, source: &str, filename: &str, argv: &[String]) -> i32 {
        self.argv = argv.to_vec();
        self.native_limit = native_limit();
        traceback::remember_source(self, filename, source);
        let code = match compile::compile_module(self, source, filename) {
            Ok(code) => code,
            Err(problem) => return self.report_syntax(&problem, source, filename),
        };
        self.main_code = Some(Value::borrowed(code.word()));
        let module = self.new_module("__main__");
        let file = self.new_str(filename);
        self.set_module_attr(&module, "__file__", file);
        let builtins = self.intern("builtins");
        if let Some(builtins) = dict::get_name(self.modules.word(), builtins).map(Value::borrowed) {
            self.set_module_attr(&module, "__builtins__", builtins);
        }
        let namespace = Value::borrowed(crate::core_types::modules::namespace(module.word()));
        let name = self.intern("__main__");
        dict::set_name(self.modules.word(), name, module);
        let builtins = self.builtins.word();
        let function = self.new_function(code, namespace.word(), builtins);
        finalizer::set_running(Some(self));
        let result = interp::run_body(self, function.word() as *mut Function, namespace);
        let status = match result {
            Ok(_) => 0,
            Err(_) => {
                let error = self.take_pending();
                self.exit_status(&error)
            }
        };
        self.drop_main();
        finalizer::set_running(None);
        self.flush_stdout();
        status
    }

    /// Drops the globals of the main module, so that what only they hold is finalized while the VM still works.
    fn drop_main(&mut self) {
        let name = self.intern("__main__");
        if let Some(module) = dict::remove_name(self.modules.word(), name) {
            let namespace = crate::core_types::modules::namespace(module.word());
            let names: Vec<_> = dict::table(namespace)
                .entries()
                .map(|entry| entry.key)
                .collect();
            for name in names {
                if name != self.names.__builtins__ {
                    drop(dict::remove_name(namespace, name));
                }
            }
        }
    }

    /// What an exception that nobody caught means: the status of `SystemExit`, or 1 after its traceback is printed.
    fn exit_status(&mut self, error: &Value) -> i32 {
        if !Class::of(self, error.word()).is_subclass(self.types.SystemExit) {
            let text = traceback::format(self, error);
            self.write_stderr(&text);
            return 1;
        }
        let code = self
            .get_attr_opt(error.word(), self.names.code)
            .ok()
            .flatten()
            .unwrap_or(Value::NONE);
        if code.word() == NONE {
            return 0;
        }
        if let Some(int) = as_int(code.word()) {
            return int.to_i64().map_or(-1, |value| (value & 0xff) as i32);
        }
        let text = self.str_text(code.word()).unwrap_or_default();
        self.write_stderr(&format!("{text}\n"));
        1
    }

    fn report_syntax(&mut self, problem: &SyntaxProblem, source: &str, filename: &str) -> i32 {
        if problem.class == "NotImplementedError" {
            let (message, line) = (&problem.message, problem.line);
            self.write_stderr(&format!("NotImplementedError: {message} (line {line})\n"));
            return 1;
        }
        let mut text = format!("  File \"{filename}\", line {}\n", problem.line);
        if let Some(line) = source.lines().nth(problem.line.saturating_sub(1)) {
            let trimmed = line.trim_start();
            let indent = line.chars().count() - trimmed.chars().count();
            let start = problem.column.saturating_sub(1).saturating_sub(indent);
            let width = problem
                .end_column
                .map_or(1, |end| end.saturating_sub(problem.column).max(1));
            text += &format!(
                "    {}\n    {}{}\n",
                trimmed.trim_end(),
                " ".repeat(start),
                "^".repeat(width)
            );
        }
        text += &format!("{}: {}\n", problem.class, problem.message);
        self.write_stderr(&text);
        1
    }
}

/// The lowest address that this thread's stack may reach, with some left for native functions.
fn native_limit() -> usize {
    const STACK: usize = 7 << 20;
    const RESERVE: usize = 512 << 10;
    let here = 0_u8;
    (std::ptr::from_ref(&here) as usize).saturating_sub(STACK - RESERVE)
}
