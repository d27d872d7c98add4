//! Assumptions in place of guards: names, classes, functions.
//!
//! Each use is preceded by a patch point; the optimizer keeps one for all uses that nothing lies between that could have broken
//! anything.

use sashiko_backend::Assumption;

use super::Expander;
use crate::class::Class;
use crate::jit::watch;
use crate::layout::Word;
use crate::objects::dict;
use crate::objects::function::Function;
use crate::uops_table::op as uop;

impl Expander<'_> {
    fn assume(&mut self, assumption: Assumption) {
        self.recording.assume(assumption);
        self.peek(uop::STILL_VALID, &[], &[]);
    }

    fn may_assume(&self, assumption: Assumption) -> bool {
        let jit = self.vm.jit.as_ref();
        jit.is_some_and(|jit| jit.may_assume(assumption))
    }

    /// `class` is as it is now.
    pub(super) fn class_stays(&mut self, class: *const Class) {
        let assumption = watch::of_class(class);
        if self.may_assume(assumption) {
            return self.assume(assumption);
        }
        // SAFETY: classes are never freed.
        let version = unsafe { (*class).prefix.version };
        let immediates = [class as u64, u64::from(version)];
        self.peek(uop::GUARD_VERSION_OF_CLASS, &[], &immediates);
    }

    /// `function`, which is known, runs the code and takes arguments as it does now.
    pub(super) fn function_stays(&mut self, function: *const Function) {
        let assumption = watch::of_function(function);
        self.recording.keep(function as Word);
        if self.may_assume(assumption) {
            return self.assume(assumption);
        }
        // SAFETY: the caller knows it to be alive.
        let version = u64::from(unsafe { (*function).prefix.version });
        self.recorder().constant(function as Word);
        self.peek(uop::GUARD_FUNCTION_VERSION, &[0], &[version]);
        self.recorder().drop_top();
    }

    /// `name` is where it is in the namespace `dict`, or is not there.
    pub(super) fn name_stays(&mut self, dict: Word, name: Word) -> Result<(), &'static str> {
        match watch::of_place(self.vm, dict, name) {
            Some(assumption) => {
                self.assume(assumption);
                Ok(())
            }
            None => self.guard_keys(dict),
        }
    }

    /// Pushes the value of `name` in the namespace `dict`; false if it has none, which is assumed then.
    pub(super) fn push_name(&mut self, dict: Word, name: Word) -> Result<bool, &'static str> {
        let Some(position) = dict::table(dict).position_of_name(name) else {
            self.name_stays(dict, name)?;
            return Ok(false);
        };
        let entry = dict::table(dict).entry_at(position);
        let seen = entry.ok_or("dict entry gone")?.value;
        if watch::is_promotable(seen)
            && let Some(assumption) = watch::of_value(self.vm, dict, name)
        {
            self.assume(assumption);
            self.push_constant(seen);
            return Ok(true);
        }
        self.name_stays(dict, name)?;
        self.peek(uop::DICT_VALUE_AT, &[], &[dict, position as u64]);
        self.settle_or_promote(seen);
        Ok(true)
    }

    /// The trace stores to `name` of the namespace `dict`: its value is nothing to assume.
    pub(super) fn name_varies(&mut self, dict: Word, name: Word) -> Result<(), &'static str> {
        match watch::vary(self.vm, dict, name) {
            Some(assumption) if self.recording.assumes(assumption) => Err("global varies"),
            _ => Ok(()),
        }
    }
}
