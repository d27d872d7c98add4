//! The test VM for tests written in trace text ([`sashiko_trace::filetest`]).
//!
//! Words are written `int 5`, `float 2.5`, `true`, `false`, `none`, `empty`; `array [int 1, none]` makes a new array,
//! and `array#0` is one more reference to the first that was made.

use sashiko_stencils::Rep;
use sashiko_trace::exit::Rebuild;
use sashiko_trace::filetest::Vm;

use crate::TestVm;
use crate::layout::{
    EMPTY, FALSE, NIL, TRUE, Word, fits_int, float_of_word, int_of_word, is_float, is_int,
    is_pointer, word_of_bool, word_of_float, word_of_int,
};

/// A test VM, and names for its arrays.
#[derive(Debug, Default)]
pub struct FiletestVm {
    vm: TestVm,
    /// By number: `array#0`, `array#1`, ...
    arrays: Vec<Word>,
    /// Integers that exits had to box and that need more than 48 bits.
    wide: Vec<(Word, i64)>,
}

impl FiletestVm {
    /// A fresh VM, as the runner of tests asks for.
    pub fn boxed() -> Box<dyn Vm> {
        Box::new(FiletestVm::default())
    }

    fn name(&self, word: Word) -> String {
        if let Some((_, value)) = self.wide.iter().find(|(known, _)| *known == word) {
            return format!("wide {value}");
        }
        match self.arrays.iter().position(|array| *array == word) {
            Some(number) => format!("array#{number}"),
            None if self.vm.is_pair(word) => "a pair".to_owned(),
            None => format!("pointer {word:#x}"),
        }
    }

    /// A pair: its count, tag and elements.
    fn show_pair(&self, word: Word, depth: usize) -> Option<String> {
        let pair = self.vm.pair_of(word).filter(|_| depth < 5)?;
        let elements = self.vm.items(word);
        let elements: Vec<String> = elements
            .into_iter()
            .map(|element| {
                self.show_pair(element, depth + 1)
                    .unwrap_or_else(|| self.show_shallow(element))
            })
            .collect();
        let (count, tag) = (pair.array.refcount, pair.tag);
        Some(format!("pair x{count} tag {tag} ({})", elements.join(", ")))
    }

    /// A word, arrays by name only.
    fn show_shallow(&self, word: Word) -> String {
        match word {
            NIL => "none".to_owned(),
            FALSE => "false".to_owned(),
            TRUE => "true".to_owned(),
            EMPTY => "empty".to_owned(),
            word if is_int(word) => format!("int {}", int_of_word(word)),
            word if is_float(word) => format!("float {:?}", float_of_word(word)),
            word if is_pointer(word) => self.name(word),
            word => format!("word {word:#x}"),
        }
    }
}

/// The parts of `text` between commas outside of brackets.
fn items(text: &str) -> Vec<&str> {
    let mut depth = 0;
    let parts = text.split(|c| {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        c == ',' && depth == 0
    });
    parts
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect()
}

impl Rebuild for FiletestVm {
    fn box_value(&mut self, rep: Rep, bits: u64) -> u64 {
        match rep {
            Rep::Int if fits_int(bits as i64) => word_of_int(bits as i64),
            Rep::Int => {
                let word = self.vm.array(&[]);
                self.wide.push((word, bits as i64));
                word
            }
            Rep::Float => word_of_float(f64::from_bits(bits)),
            Rep::Bool => word_of_bool(bits != 0),
            Rep::Word | Rep::Ptr => bits,
        }
    }

    fn add_reference(&mut self, word: u64) {
        if is_pointer(word) {
            self.vm.add_reference(word);
        }
    }

    fn vm_pointer(&mut self) -> *mut u8 {
        self.vm.as_ctx()
    }
}

impl Vm for FiletestVm {
    fn word(&mut self, literal: &str) -> Result<u64, String> {
        let wrong = || {
            format!(
                "expected `int 5`, `float 2.5`, `true`, `false`, `none`, `empty`, `array [..]` or `array#0`, found \
                 `{literal}`"
            )
        };
        match literal {
            "none" => return Ok(NIL),
            "true" => return Ok(TRUE),
            "false" => return Ok(FALSE),
            "empty" => return Ok(EMPTY),
            _ => {}
        }
        if let Some(number) = literal.strip_prefix("array#") {
            let number: usize = number.parse().map_err(|_| wrong())?;
            let word = *self.arrays.get(number).ok_or_else(wrong)?;
            self.vm.add_reference(word);
            return Ok(word);
        }
        let (kind, rest) = literal.split_once(' ').ok_or_else(wrong)?;
        match kind {
            "int" => match rest.parse() {
                Ok(value) if fits_int(value) => Ok(word_of_int(value)),
                _ => Err(wrong()),
            },
            "float" => Ok(word_of_float(rest.parse().map_err(|_| wrong())?)),
            "array" => {
                let list = rest
                    .strip_prefix('[')
                    .and_then(|rest| rest.strip_suffix(']'));
                let list = items(list.ok_or_else(wrong)?);
                let number = self.arrays.len();
                self.arrays.push(EMPTY);
                let words: Vec<Word> = list
                    .into_iter()
                    .map(|item| self.word(item))
                    .collect::<Result<_, _>>()?;
                self.arrays[number] = self.vm.array(&words);
                Ok(self.arrays[number])
            }
            _ => Err(wrong()),
        }
    }

    fn show(&mut self, word: u64) -> String {
        if let Some(pair) = self.show_pair(word, 0) {
            return pair;
        }
        let shallow = self.show_shallow(word);
        if !self.arrays.contains(&word) || !is_pointer(word) {
            return shallow;
        }
        let items: Vec<String> = self
            .vm
            .items(word)
            .into_iter()
            .map(|item| self.show_shallow(item))
            .collect();
        format!("{shallow} [{}]", items.join(", "))
    }

    fn filler(&mut self) -> u64 {
        NIL
    }

    fn context(&mut self) -> *mut u8 {
        self.vm.as_ctx()
    }

    /// Counts of the arrays, and what of the VM has been used: its log, dropped arrays, global and budget.
    fn heap(&mut self) -> String {
        let mut parts = Vec::new();
        if !self.arrays.is_empty() {
            let counts = self.arrays.iter().map(|array| {
                let count = self.vm.array_of(*array).refcount;
                format!("{} x{count}", self.name(*array))
            });
            parts.push(counts.collect::<Vec<_>>().join(" "));
        }
        let words = [("log", &self.vm.log), ("dropped", &self.vm.dropped)];
        for (name, words) in words {
            if !words.is_empty() {
                let words: Vec<String> =
                    words.iter().map(|word| self.show_shallow(*word)).collect();
                parts.push(format!("{name} [{}]", words.join(", ")));
            }
        }
        let fields = &self.vm.fields;
        if fields.global != EMPTY {
            parts.push(format!("global {}", self.show_shallow(fields.global)));
        }
        if fields.budget != 0 {
            parts.push(format!("budget {}", fields.budget));
        }
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_shown_as_they_are_written() {
        let mut vm = FiletestVm::default();
        for text in ["int -5", "float 2.5", "none", "true", "empty"] {
            let word = vm.word(text).expect("a word");
            assert_eq!(vm.show(word), text);
        }
        let word = vm.word("array [int 1, array [none]]").expect("an array");
        assert_eq!(vm.show(word), "array#0 [int 1, array#1]");
        assert_eq!(vm.word("array#0"), Ok(word));
        assert_eq!(vm.heap(), "array#0 x2 array#1 x1");
        assert!(
            vm.word("int x").is_err() && vm.word("array#7").is_err() && vm.word("list").is_err()
        );
    }

    #[test]
    fn exits_box_whatever_they_must() {
        let mut vm = FiletestVm::default();
        let wide = vm.box_value(Rep::Int, 1 << 50);
        assert_eq!(vm.show(wide), "wide 1125899906842624");
        let small = vm.box_value(Rep::Int, -7i64 as u64);
        assert_eq!(vm.show(small), "int -7");
    }
}
