//! The built-in classes: `vm.types.list`, `vm.types.TypeError`. Made first of all; behaviour comes later.

use std::any::TypeId;

use crate::builtins::iteration::{Calls, Enumerate, Filter, Map, Zip};
use crate::class::{Class, FLAG_EXCEPTION, FLAG_FINAL};
use crate::core_types::descriptors::{GetSet, Property, Wrapped};
use crate::core_types::generators;
use crate::core_types::iteration::GetItemIter;
use crate::core_types::superclass::Super;
use crate::layout::{
    self, Cell, ClassPrefix, Generator, Header, List, Method, Range, RangeIter, SeqIter, Tuple,
};
use crate::object::{Object, dealloc_fixed};
use crate::objects::bigint::BigIntObject;
use crate::objects::code::Code;
use crate::objects::dict::{Dict, Set};
use crate::objects::exception::Exception;
use crate::objects::function::Function;
use crate::objects::module::Module;
use crate::objects::native::Native;
use crate::objects::slice::Slice;
use crate::objects::special::Bare;
use crate::objects::string::Str;
use crate::objects::{string, tuple};
use crate::slots::Slots;
use crate::types::dict_views::{View, Walk, WalkBack};
use crate::types::float::FloatObject;
use crate::types::iterators::NativeIter;
use crate::types::sequences::Backwards;
use crate::types::set;
use crate::types::str_ops::Characters;
use crate::value::Value;
use crate::vm::Vm;

macro_rules! types {
    (
        $( $field:ident $name:literal : $native:ty, $base:ident $(, $flags:expr)?; )*
        ;exceptions
        $( $exception:ident : $exception_base:ident; )*
    ) => {
        /// The built-in classes.
        #[expect(missing_docs, reason = "each field is named after its class")]
        #[expect(non_snake_case, reason = "the names are Python's")]
        #[derive(Clone, Copy)]
        pub struct Types { $(pub $field: *mut Class,)* $(pub $exception: *mut Class,)* }

        impl Types {
            /// Makes the classes, without namespaces or behaviour.
            pub(crate) fn new() -> Types {
                let mut types = Types { $($field: std::ptr::null_mut(),)* $($exception: std::ptr::null_mut(),)* };
                $( types.$field = bare_class::<$native>($name, types.$base, 0 $(| $flags)?); )*
                $( types.$exception = bare_class::<Exception>(stringify!($exception), types.$exception_base, FLAG_EXCEPTION); )*
                types
            }

            /// All built-in classes.
            pub(crate) fn all(&self) -> Vec<*mut Class> {
                vec![$(self.$field,)* $(self.$exception,)*]
            }

            /// Those that are visible under their name in `builtins`.
            pub(crate) fn exceptions(&self) -> Vec<*mut Class> {
                vec![$(self.$exception,)*]
            }
        }
    };
}

types! {
    object "object": Bare, object;
    type_ "type": Class, object;
    int "int": BigIntObject, object;
    bool "bool": BigIntObject, int, FLAG_FINAL;
    float "float": FloatObject, object;
    str "str": Str, object;
    list "list": List, object;
    tuple "tuple": Tuple, object;
    dict "dict": Dict, object;
    set "set": Set, object;
    frozenset "frozenset": Set, object;
    range "range": Range, object, FLAG_FINAL;
    slice "slice": Slice, object, FLAG_FINAL;
    NoneType "NoneType": Bare, object, FLAG_FINAL;
    NotImplementedType "NotImplementedType": Bare, object, FLAG_FINAL;
    ellipsis "ellipsis": Bare, object, FLAG_FINAL;
    cell "cell": Cell, object, FLAG_FINAL;
    function "function": Function, object, FLAG_FINAL;
    method "method": Method, object, FLAG_FINAL;
    builtin_function_or_method "builtin_function_or_method": Native, object, FLAG_FINAL;
    method_descriptor "method_descriptor": Native, object, FLAG_FINAL;
    wrapper_descriptor "wrapper_descriptor": Native, object, FLAG_FINAL;
    classmethod_descriptor "classmethod_descriptor": Native, object, FLAG_FINAL;
    getset_descriptor "getset_descriptor": GetSet, object, FLAG_FINAL;
    property "property": Property, object;
    staticmethod "staticmethod": Wrapped, object;
    classmethod "classmethod": Wrapped, object;
    super_ "super": Super, object;
    module "module": Module, object;
    code "code": Code, object, FLAG_FINAL;
    range_iterator "range_iterator": RangeIter, object, FLAG_FINAL;
    list_iterator "list_iterator": SeqIter, object, FLAG_FINAL;
    tuple_iterator "tuple_iterator": SeqIter, object, FLAG_FINAL;
    generator "generator": Generator, object, FLAG_FINAL;
    iterator "iterator": GetItemIter, object, FLAG_FINAL;
    list_reverseiterator "list_reverseiterator": NativeIter<Backwards>, object, FLAG_FINAL;
    reversed "reversed": NativeIter<Backwards>, object;
    str_iterator "str_iterator": NativeIter<Characters>, object, FLAG_FINAL;
    set_iterator "set_iterator": NativeIter<set::Walk>, object, FLAG_FINAL;
    dict_keys "dict_keys": View, object, FLAG_FINAL;
    dict_values "dict_values": View, object, FLAG_FINAL;
    dict_items "dict_items": View, object, FLAG_FINAL;
    dict_keyiterator "dict_keyiterator": NativeIter<Walk>, object, FLAG_FINAL;
    dict_valueiterator "dict_valueiterator": NativeIter<Walk>, object, FLAG_FINAL;
    dict_itemiterator "dict_itemiterator": NativeIter<Walk>, object, FLAG_FINAL;
    dict_reversekeyiterator "dict_reversekeyiterator": NativeIter<WalkBack>, object, FLAG_FINAL;
    dict_reversevalueiterator "dict_reversevalueiterator": NativeIter<WalkBack>, object, FLAG_FINAL;
    dict_reverseitemiterator "dict_reverseitemiterator": NativeIter<WalkBack>, object, FLAG_FINAL;
    callable_iterator "callable_iterator": NativeIter<Calls>, object, FLAG_FINAL;
    enumerate "enumerate": NativeIter<Enumerate>, object;
    zip "zip": NativeIter<Zip>, object;
    map "map": NativeIter<Map>, object;
    filter "filter": NativeIter<Filter>, object;
    BaseException "BaseException": Exception, object, FLAG_EXCEPTION;
    ;exceptions
    Exception: BaseException;
    BaseExceptionGroup: BaseException;
    GeneratorExit: BaseException;
    KeyboardInterrupt: BaseException;
    SystemExit: BaseException;
    ArithmeticError: Exception;
    FloatingPointError: ArithmeticError;
    OverflowError: ArithmeticError;
    ZeroDivisionError: ArithmeticError;
    AssertionError: Exception;
    AttributeError: Exception;
    BufferError: Exception;
    EOFError: Exception;
    ImportError: Exception;
    ModuleNotFoundError: ImportError;
    LookupError: Exception;
    IndexError: LookupError;
    KeyError: LookupError;
    MemoryError: Exception;
    NameError: Exception;
    UnboundLocalError: NameError;
    OSError: Exception;
    BlockingIOError: OSError;
    ChildProcessError: OSError;
    ConnectionError: OSError;
    BrokenPipeError: ConnectionError;
    ConnectionAbortedError: ConnectionError;
    ConnectionRefusedError: ConnectionError;
    ConnectionResetError: ConnectionError;
    FileExistsError: OSError;
    FileNotFoundError: OSError;
    InterruptedError: OSError;
    IsADirectoryError: OSError;
    NotADirectoryError: OSError;
    PermissionError: OSError;
    ProcessLookupError: OSError;
    TimeoutError: OSError;
    ReferenceError: Exception;
    RuntimeError: Exception;
    NotImplementedError: RuntimeError;
    RecursionError: RuntimeError;
    StopAsyncIteration: Exception;
    StopIteration: Exception;
    SyntaxError: Exception;
    IndentationError: SyntaxError;
    TabError: IndentationError;
    SystemError: Exception;
    TypeError: Exception;
    ValueError: Exception;
    UnicodeError: ValueError;
    UnicodeDecodeError: UnicodeError;
    UnicodeEncodeError: UnicodeError;
    UnicodeTranslateError: UnicodeError;
    Warning: Exception;
    BytesWarning: Warning;
    DeprecationWarning: Warning;
    EncodingWarning: Warning;
    FutureWarning: Warning;
    ImportWarning: Warning;
    PendingDeprecationWarning: Warning;
    ResourceWarning: Warning;
    RuntimeWarning: Warning;
    SyntaxWarning: Warning;
    UnicodeWarning: Warning;
    UserWarning: Warning;
}

fn dealloc_of<T: Object>() -> unsafe fn(*mut Header) {
    let id = TypeId::of::<T>();
    if id == TypeId::of::<Str>() {
        string::dealloc
    } else if id == TypeId::of::<Generator>() {
        generators::dealloc
    } else if id == TypeId::of::<Tuple>() {
        tuple::dealloc
    } else {
        dealloc_fixed::<T>
    }
}

/// A class without metaclass and namespace. `base` is null for `object` alone.
fn bare_class<T: Object>(name: &str, base: *mut Class, flags: u32) -> *mut Class {
    let class = Box::leak(Box::new(Class {
        prefix: ClassPrefix {
            header: Header {
                refcount: 1 << 30,
                shape: layout::SHAPE_CLASS,
                class: std::ptr::null_mut(),
            },
            version: 0,
        },
        flags,
        inline_slots: 0,
        root_shape: 0,
        native: TypeId::of::<T>(),
        dealloc: dealloc_of::<T>(),
        slots: Slots::default(),
        name: name.to_owned(),
        qualname: name.to_owned(),
        module: "builtins".to_owned(),
        bases: Vec::new(),
        mro: Vec::new(),
        namespace: Value::NONE,
        subclasses: Vec::new(),
        init_cache: std::ptr::null_mut(),
        lookups: crate::class::LookupCache::default(),
    }));
    let pointer = std::ptr::from_mut(class);
    class.mro.push(pointer);
    if !base.is_null() {
        class.bases.push(base);
        // SAFETY: classes are never freed.
        unsafe {
            class.mro.extend((*base).mro.iter());
            (*base).subclasses.push(pointer);
        }
    }
    pointer
}

impl Types {
    /// Second step: gives each class its metaclass.
    pub(crate) fn adopt(&self) {
        for class in self.all() {
            // SAFETY: classes are never freed.
            unsafe { (*class).prefix.header.class = self.type_.cast() };
        }
    }
}

impl Vm {
    /// Makes a built-in class whose instances are `T`s, derived from `base`; [`Vm::native_class`] finds it again. Fill
    /// in its slots and methods, then call [`Vm::ready`].
    pub fn new_builtin_class<T: Object>(&mut self, name: &str, base: *mut Class) -> *mut Class {
        let class = bare_class::<T>(name, base, 0);
        // SAFETY: classes are never freed.
        unsafe {
            (*class).prefix.header.class = self.types.type_.cast();
            (*class).namespace = self.new_dict();
        }
        self.native_classes.insert(TypeId::of::<T>(), class);
        class
    }

    /// The class made by [`Vm::new_builtin_class`] for `T`.
    pub fn native_class<T: Object>(&self) -> *mut Class {
        self.native_classes[&TypeId::of::<T>()]
    }

    /// A new object of the class made for `T`.
    pub fn new_object<T: Object>(&self, make: impl FnOnce(Header) -> T) -> Value {
        crate::object::allocate(self.native_class::<T>(), make)
    }
}
