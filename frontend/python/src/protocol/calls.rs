//! Calling.

use crate::class::{Class, FLAG_USER_INIT};
use crate::error::{Outcome, Raised};
use crate::interp;
use crate::layout::{
    self, SHAPE_CLASS, SHAPE_FUNCTION, SHAPE_METHOD, SHAPE_NATIVE, Word, has_shape,
};
use crate::objects::function::Function;
use crate::objects::method::Method;
use crate::objects::native::{Args, Native};
use crate::value::Value;
use crate::vm::Vm;

/// A special method found on a class: what to call, and whether the receiver goes first.
pub struct SpecialMethod {
    function: Value,
    bind: bool,
}

impl SpecialMethod {
    /// Calls the method on `receiver`.
    ///
    /// # Errors
    /// What the method raises.
    pub fn call(&self, vm: &mut Vm, receiver: Word, args: Args) -> Outcome<Value> {
        if self.bind {
            vm.call_prepended(self.function.word(), receiver, args)
        } else {
            vm.call_with(self.function.word(), args)
        }
    }
}

/// Argument lists up to this many words are put together on the Rust stack.
const SHORT: usize = 8;

impl Vm {
    /// `function(*args)`.
    ///
    /// # Errors
    /// What the call raises.
    pub fn call(&mut self, function: Word, args: &[Word]) -> Outcome<Value> {
        self.call_with(function, Args::of(args))
    }

    /// `function(…)` with keyword arguments.
    ///
    /// # Errors
    /// What the call raises.
    pub fn call_with(&mut self, function: Word, args: Args) -> Outcome<Value> {
        // SAFETY: a live value; shapes say what it is.
        unsafe {
            if has_shape(function, SHAPE_FUNCTION) {
                return interp::call_function(self, function as *mut Function, args);
            }
            if has_shape(function, SHAPE_NATIVE) {
                return self.call_native(function as *mut Native, args);
            }
            if has_shape(function, SHAPE_METHOD) {
                let method = function as *mut Method;
                let (function, receiver) = ((*method).function, (*method).receiver);
                return self.call_prepended(function, receiver, args);
            }
            if has_shape(function, SHAPE_CLASS) {
                return self.call_class(function as *mut Class, args);
            }
        }
        match self.class_of(function).slots.call {
            Some(call) => call(self, function, args),
            None => Err(self.not_callable(function)),
        }
    }

    #[cold]
    pub(crate) fn not_callable(&mut self, object: Word) -> Raised {
        let name = self.class_name(object);
        self.type_error(format!("'{name}' object is not callable"))
    }

    /// Calls a native function.
    ///
    /// # Errors
    /// `TypeError` for a wrong number of arguments, or what the function raises.
    #[inline]
    pub fn call_native(&mut self, native: *mut Native, args: Args) -> Outcome<Value> {
        // SAFETY: the caller keeps the function alive.
        let native = unsafe { &*native };
        self.check_arity(native, &args)?;
        (native.function)(
            self,
            Args {
                callee: std::ptr::from_ref(native) as Word,
                ..args
            },
        )
    }

    /// `function(first, …)`.
    ///
    /// # Errors
    /// What the call raises.
    pub fn call_prepended(&mut self, function: Word, first: Word, args: Args) -> Outcome<Value> {
        let len = args.values.len() + 1;
        if len <= SHORT {
            let mut values = [layout::EMPTY; SHORT];
            values[0] = first;
            values[1..len].copy_from_slice(args.values);
            return self.call_with(
                function,
                Args {
                    values: &values[..len],
                    ..args
                },
            );
        }
        let mut values = Vec::with_capacity(len);
        values.push(first);
        values.extend_from_slice(args.values);
        self.call_with(
            function,
            Args {
                values: &values,
                ..args
            },
        )
    }

    /// `class(…)`: makes an instance.
    ///
    /// # Errors
    /// What `__new__` or `__init__` raises.
    pub fn call_class(&mut self, class: *mut Class, args: Args) -> Outcome<Value> {
        // SAFETY: classes are never freed.
        let class_ref = unsafe { &*class };
        // A metaclass may override the call.
        let meta = self.class_of(class_ref.word());
        if meta.is_user()
            && let Some((owner, _)) = meta.lookup_with_owner(self.names.__call__)
            // SAFETY: classes are never freed.
            && unsafe { (*owner).is_user() }
        {
            let call = meta.slots.call.expect("the class defines `__call__`");
            return call(self, class_ref.word(), args);
        }
        self.instantiate(class, args)
    }

    /// What `type.__call__` does: `__new__`, then `__init__`.
    ///
    /// # Errors
    /// What `__new__` or `__init__` raises.
    pub fn instantiate(&mut self, class: *mut Class, args: Args) -> Outcome<Value> {
        // SAFETY: classes are never freed.
        let class_ref = unsafe { &*class };
        if class == self.types.type_ && args.values.len() == 1 && args.names.is_empty() {
            return Ok(Value::borrowed(self.class_of(args.values[0]).word()));
        }
        let Some(new) = class_ref.slots.new else {
            return Err(self.type_error(format!(
                "cannot create '{}' instances",
                class_ref.full_name()
            )));
        };
        let object = new(self, class, args)?;
        let made = self.class_of(object.word());
        if (std::ptr::eq(made, class_ref) || made.is_subclass(class_ref))
            && let Some(init) = made.slots.init
        {
            init(self, object.word(), args)?;
        }
        Ok(object)
    }

    /// The special method `name` of `object`'s class (instance attributes don't count).
    ///
    /// # Errors
    /// What a descriptor raises.
    pub fn special_method(&mut self, object: Word, name: Word) -> Outcome<Option<SpecialMethod>> {
        let class = self.class_of(object);
        let Some(found) = class.lookup(name) else {
            return Ok(None);
        };
        if self.is_plain_method(found) {
            return Ok(Some(SpecialMethod {
                function: Value::borrowed(found),
                bind: true,
            }));
        }
        let class_ptr = Class::ptr_of(self, object);
        let function = match self.class_of(found).slots.descr_get {
            Some(descr_get) => descr_get(self, found, Some(object), class_ptr)?,
            None => Value::borrowed(found),
        };
        Ok(Some(SpecialMethod {
            function,
            bind: false,
        }))
    }

    /// Calls the special method `name` of `object`'s class.
    ///
    /// # Errors
    /// `TypeError` if there is none, or what it raises.
    pub fn call_special(&mut self, object: Word, name: Word, args: &[Word]) -> Outcome<Value> {
        match self.special_method(object, name)? {
            Some(method) => method.call(self, object, Args::of(args)),
            None => {
                let name = crate::objects::string::as_str(name).unwrap_or("?");
                let class = self.class_name(object);
                Err(self.type_error(format!("'{class}' object has no {name} method")))
            }
        }
    }

    /// Is `class`'s `__init__` written in Python?
    pub fn has_python_init(class: &Class) -> bool {
        class.flags & FLAG_USER_INIT != 0
    }
}
