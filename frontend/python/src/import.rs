//! Importing: the built-in modules, by name.

use crate::error::Outcome;
use crate::objects::dict;
use crate::value::Value;
use crate::vm::Vm;

impl Vm {
    /// The module `name`; of a dotted name the first part, unless `leaf`.
    ///
    /// # Errors
    /// `ModuleNotFoundError`, or what making the module raises.
    pub fn import(&mut self, name: &str, leaf: bool) -> Outcome<Value> {
        let found = self.import_one(name)?;
        match name.split_once('.') {
            Some((first, _)) if !leaf => self.import_one(first),
            _ => Ok(found),
        }
    }

    fn import_one(&mut self, name: &str) -> Outcome<Value> {
        let key = self.intern(name);
        if let Some(module) = dict::get_name(self.modules.word(), key) {
            return Ok(Value::borrowed(module));
        }
        let Some(&(_, make)) = self.native_modules.iter().find(|(known, _)| *known == name) else {
            let message = format!("No module named '{name}'");
            let raised = self.raise(self.types.ModuleNotFoundError, message);
            let error = self.take_pending();
            crate::core_types::exceptions::set_own(self, error.word(), self.names.name, Some(key));
            self.pending = Some(error);
            return Err(raised);
        };
        let module = make(self)?;
        dict::set_name(self.modules.word(), key, module.clone());
        Ok(module)
    }
}
