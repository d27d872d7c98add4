//! What `ctx` points to.

use crate::layout::{Array, VmFields, Word};

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

    /// The array that `word` points to.
    ///
    /// # Panics
    /// If it points to no array of this VM.
    pub fn array_of(&self, word: Word) -> &Array {
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
