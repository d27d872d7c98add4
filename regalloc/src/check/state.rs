//! The checker's abstract state: what each place is known to hold.

use std::collections::{BTreeMap, BTreeSet};

use sashiko_trace::ir::{Slot, ValueId};

use crate::plan::{InstIndex, Loc};

/// The name of a word. Two places that hold the same name hold the same word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Word {
    /// A value of the trace.
    Value(ValueId),
    /// These bits.
    Const(u64),
    /// What a slot held when the trace was entered.
    Entry(Slot),
    /// What a slot holds at the loop's head, in this round.
    Head(Slot),
    /// What a slot holds since a uop that writes slots itself.
    After(InstIndex, Slot),
}

/// What every place holds, and what every slot should hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// The names of the word in each place; a place that is not listed holds nobody knows what.
    places: BTreeMap<LocKey, BTreeSet<Word>>,
    /// What the trace, read as it stands, has in each slot it or its plan mentions.
    pub(super) memory: BTreeMap<Slot, Word>,
}

/// A place as a key: registers, slots, spill slots.
type LocKey = (u8, i64);

fn key(loc: Loc) -> Option<LocKey> {
    match loc {
        Loc::Gpr(n) => Some((0, i64::from(n))),
        Loc::Xmm(n) => Some((1, i64::from(n))),
        Loc::Slot(slot) => Some((2, i64::from(slot.0))),
        Loc::Spill(spill) => Some((3, i64::from(spill.0))),
        Loc::Const(_) => None,
    }
}

impl State {
    /// Does `loc` hold the word called `word`?
    pub(super) fn holds(&self, loc: Loc, word: Word) -> bool {
        match loc {
            Loc::Const(bits) => word == Word::Const(bits),
            _ => key(loc)
                .and_then(|key| self.places.get(&key))
                .is_some_and(|words| words.contains(&word)),
        }
    }

    /// The names of the word in `loc`.
    pub(super) fn words(&self, loc: Loc) -> BTreeSet<Word> {
        match loc {
            Loc::Const(bits) => BTreeSet::from([Word::Const(bits)]),
            _ => key(loc)
                .and_then(|key| self.places.get(&key))
                .cloned()
                .unwrap_or_default(),
        }
    }

    /// `loc` holds a word with these names from here on.
    pub(super) fn write(&mut self, loc: Loc, words: BTreeSet<Word>) {
        let key = key(loc).expect("a constant is never written");
        if words.is_empty() {
            self.places.remove(&key);
        } else {
            self.places.insert(key, words);
        }
    }

    /// The word in `loc` has one more name.
    pub(super) fn name(&mut self, loc: Loc, word: Word) {
        if let Some(key) = key(loc) {
            self.places.entry(key).or_default().insert(word);
        }
    }

    /// The state at the loop's head as the preheader leaves it: in each place what is the same in all rounds
    /// ([`Word::Value`]s and others from outside), and by the names of the new round what `images` says.
    pub(super) fn enter_round(&self, images: &[(Word, Word)], renewed: &BTreeSet<Slot>) -> State {
        let mut head = State::default();
        for (place, words) in &self.places {
            let mut names = words.clone();
            names.extend(
                images
                    .iter()
                    .filter(|(_, image)| words.contains(image))
                    .map(|(name, _)| *name),
            );
            head.places.insert(*place, names);
        }
        // Being a constant needs no place, so a parameter that begins as one is found where that constant is.
        for (slot, word) in &self.memory {
            let word = if renewed.contains(slot) {
                Word::Head(*slot)
            } else {
                *word
            };
            head.memory.insert(*slot, word);
        }
        head
    }

    /// What is left of the head state `self` when a round ends in `end`: names of the new round that their images
    /// confirm, and names from outside that are still there.
    pub(super) fn meet_back_edge(&self, end: &State, images: &[(Word, Word)]) -> State {
        let mut head = State {
            places: BTreeMap::new(),
            memory: self.memory.clone(),
        };
        for (place, names) in &self.places {
            let Some(words) = end.places.get(place) else {
                continue;
            };
            let confirmed: BTreeSet<Word> = names
                .iter()
                .filter(|name| {
                    let image = images.iter().find(|(of, _)| of == *name);
                    words.contains(image.map_or(*name, |(_, image)| image))
                })
                .copied()
                .collect();
            if !confirmed.is_empty() {
                head.places.insert(*place, confirmed);
            }
        }
        head
    }
}
