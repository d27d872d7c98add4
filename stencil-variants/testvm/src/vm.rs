//! What `ctx` points to.

use crate::layout::{Array, Pair, VmFields, Word};

/// A function, and what it is given.
pub type Hook = (fn(*mut ()), *mut ());

/// The VM: what called uops see through `ctx`.
#[repr(C)]
#[derive(Debug, Default)]
pub struct TestVm {
    /// The part that uops touch directly. It must be first.
    pub fields: VmFields,
    /// What `log` and its relatives pushed.
    pub log: Vec<Word>,
    /// Arrays whose last reference was dropped.
    pub dropped: Vec<Word>,
    /// What `run_hook` calls, with its argument.
    pub hook: Option<Hook>,
    /// Arrays that live as long as the VM.
    #[expect(clippy::vec_box, reason = "words point to them: they must not move")]
    arrays: Vec<Box<(Array, Box<[Word]>)>>,
    /// Pairs, likewise.
    #[expect(clippy::vec_box, reason = "words point to them: they must not move")]
    pairs: Vec<Box<(Pair, Box<[Word]>)>>,
}

impl TestVm {
    /// A VM that has logged nothing.
    pub fn new() -> TestVm {
        TestVm::default()
    }

    /// A new array with one reference; it lives as long as the VM.
    pub fn array(&mut self, items: &[Word]) -> Word {
        let mut items: Box<[Word]> = items.into();
        let array = Array {
            refcount: 1,
            data: items.as_mut_ptr(),
            len: items.len(),
        };
        let mut array = Box::new((array, items));
        let word = (&raw mut array.0) as usize as Word;
        self.arrays.push(array);
        word
    }

    /// A new pair with one reference, which takes its elements over; it lives as long as the VM.
    pub fn pair(&mut self, first: Word, second: Word, tag: i64) -> Word {
        let mut items: Box<[Word]> = Box::new([first, second]);
        let array = Array {
            refcount: 1,
            data: items.as_mut_ptr(),
            len: items.len(),
        };
        let mut pair = Box::new((Pair { array, tag }, items));
        let word = (&raw mut pair.0) as usize as Word;
        self.pairs.push(pair);
        word
    }

    /// Does `word` point to a pair?
    pub fn is_pair(&self, word: Word) -> bool {
        self.pair_of(word).is_some()
    }

    /// The pair that `word` points to, if it is one.
    pub fn pair_of(&self, word: Word) -> Option<&Pair> {
        let mut pairs = self.pairs.iter();
        let pair = pairs.find(|pair| (&raw const pair.0) as usize as Word == word);
        pair.map(|pair| &pair.0)
    }

    /// The array that `word` points to.
    ///
    /// # Panics
    /// If it points to no array of this VM.
    pub fn array_of(&self, word: Word) -> &Array {
        if let Some(pair) = self.pair_of(word) {
            return &pair.array;
        }
        let array = self
            .arrays
            .iter()
            .find(|array| (&raw const array.0) as usize as Word == word);
        &array.expect("a word that points to an array of this VM").0
    }

    /// The elements of the array that `word` points to, as they are now.
    ///
    /// # Panics
    /// If it points to no array of this VM.
    pub fn items(&self, word: Word) -> Vec<Word> {
        let array = self.array_of(word);
        // SAFETY: the array was made by `array`, whose elements live as long as the VM.
        (0..array.len)
            .map(|i| unsafe { array.data.add(i).read() })
            .collect()
    }

    /// Adds a reference to the array that `word` points to.
    ///
    /// # Panics
    /// If it points to no array of this VM.
    pub fn add_reference(&mut self, word: Word) {
        let mut pairs = self.pairs.iter_mut();
        let pair = pairs.find(|pair| (&raw const pair.0) as usize as Word == word);
        if let Some(pair) = pair {
            pair.0.array.refcount += 1;
            return;
        }
        let mut arrays = self.arrays.iter_mut();
        let array = arrays.find(|array| (&raw const array.0) as usize as Word == word);
        array
            .expect("a word that points to an array of this VM")
            .0
            .refcount += 1;
    }

    /// What a uop is handed as `ctx`.
    pub fn as_ctx(&mut self) -> *mut u8 {
        std::ptr::from_mut(self).cast()
    }
}
