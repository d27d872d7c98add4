//! Runs a Python file in the VM. Stands in for the command line until that is there.

use sashiko_python::{Vm, VmOptions};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some(path) = args.first() else {
        eprintln!("usage: pyrun FILE [ARGUMENTS...]");
        std::process::exit(2);
    };
    let source = match std::fs::read_to_string(path) {
        Ok(source) => source,
        Err(error) => {
            eprintln!("pyrun: can't open file '{path}': {error}");
            std::process::exit(2);
        }
    };
    let mut vm = Vm::new(VmOptions::default());
    // As python3 does, tracebacks name the script by its absolute path.
    let filename =
        std::path::absolute(path).map_or_else(|_| path.clone(), |path| path.display().to_string());
    let status = vm.run_source(&source, &filename, &args);
    std::process::exit(status);
}
