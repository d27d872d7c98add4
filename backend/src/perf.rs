//! Names for machine code, so that `perf` can say which trace time is spent in.
//!
//! With `SASHIKO_PERF=1` in the environment the engine appends a line for each trace to the map file that `perf report` looks
//! for; with `SASHIKO_PERF=uops` a line for each stencil, so that samples fall on uops and source lines. The engine never
//! takes lines back: code that was freed and written anew is told by the newest one.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::Range;

use crate::disasm::{Listing, Piece};

/// The map file of this process.
#[derive(Debug)]
pub struct PerfMap {
    file: BufWriter<File>,
    /// A line for each stencil?
    pub uops: bool,
}

impl PerfMap {
    /// The map the environment asks for, if it does. A file that cannot be made is no reason to stop.
    pub fn from_environment() -> Option<PerfMap> {
        let wish = std::env::var("SASHIKO_PERF").ok()?;
        if wish.is_empty() || wish == "0" {
            return None;
        }
        // The name is fixed by `perf`.
        let path = format!("/tmp/perf-{}.map", std::process::id());
        let file = File::options().create(true).append(true).open(path).ok()?;
        Some(PerfMap {
            file: BufWriter::new(file),
            uops: wish == "uops",
        })
    }

    /// Names the code at addresses `hot` and `cold` of the trace called `name`.
    pub fn trace(
        &mut self,
        name: &str,
        hot: &Range<usize>,
        cold: &Range<usize>,
        listing: Option<&Listing>,
    ) {
        if let Some(listing) = listing.filter(|_| self.uops) {
            self.pieces(name, hot.start, &listing.hot);
            self.pieces(name, cold.start, &listing.cold);
        } else {
            self.line(hot.start, hot.len(), name);
            self.line(cold.start, cold.len(), &format!("{name} (cold)"));
        }
        // A map that cannot be written is a map less, and no reason to stop.
        let _ = self.file.flush();
    }

    fn pieces(&mut self, name: &str, start: usize, pieces: &[Piece]) {
        for piece in pieces {
            let Some(first) = piece.instructions.first() else {
                continue;
            };
            let digits: usize = piece.instructions.iter().map(|line| line.bytes.len()).sum();
            let source = piece.source.as_ref();
            let source = source.map_or(String::new(), |source| format!(" {source}"));
            let at = start + first.offset as usize;
            self.line(at, digits / 2, &format!("{name} {}{source}", piece.what));
        }
    }

    fn line(&mut self, address: usize, bytes: usize, name: &str) {
        if bytes > 0 {
            let _ = writeln!(self.file, "{address:x} {bytes:x} sashiko: {name}");
        }
    }
}
