//! The lift and the interpreter, on traces written as text.

use std::path::Path;

use bumpalo::Bump;
use sashiko_testvm::{FiletestVm, TABLE};
use sashiko_trace::filetest::{Actual, Executor, check_runs, interpret, run_dir};
use sashiko_trace::lift::lift;
use sashiko_trace::text::Program;
use sashiko_trace::verify::verify;

/// Every file: lifted if it is a recording, run as given and as lifted.
#[test]
fn filetests() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("filetests");
    run_dir(&dir, |test| {
        let arena = Bump::new();
        let program = test.program(&TABLE, &arena)?;
        let lifted = match &program {
            Program::Recorded(recorded) => match lift(recorded, None, &TABLE, &arena) {
                Ok(lifted) => lifted,
                Err(error) => {
                    let text = format!("; {error}\n");
                    return Ok(Actual {
                        text,
                        outcomes: Vec::new(),
                    });
                }
            },
            Program::Trace(trace) => trace.clone(),
        };
        verify(&lifted).map_err(|error| error.to_string())?;
        let mut others: [(&str, Box<Executor<'_>>); 1] = [("lifted", Box::new(interpret(&lifted)))];
        let outcomes = check_runs(test, &program, &TABLE, &mut others, &mut FiletestVm::boxed)?;
        Ok(Actual {
            text: lifted.to_string(),
            outcomes,
        })
    });
}
