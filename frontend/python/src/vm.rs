//! The virtual machine: everything that lives as long as a Python program does.

use std::any::TypeId;

use hashbrown::HashMap;
use memmap2::MmapMut;
use sashiko_backend::Unsupported;

use crate::class::Class;
use crate::core_types;
use crate::finalizer;
use crate::interp::cache::EdgeCounts;
use crate::jit::{Jit, JitOptions};
use crate::layout::{EMPTY, Word};
use crate::names::Names;
use crate::object::allocate;
use crate::objects::module::Module;
use crate::objects::native::{Arity, NativeDef};
use crate::objects::special::Bare;
use crate::objects::{dict, tuple};
use crate::shape::Shapes;
use crate::types_table::Types;
use crate::value::Value;

/// How a VM is to run.
#[derive(Debug, Clone)]
pub struct VmOptions {
    /// How hot code is compiled; `None` to interpret everything.
    pub jit: Option<JitOptions>,
    /// Bytes reserved for the value stack; pages are committed as they are touched.
    pub stack_bytes: usize,
    /// Depth of Python calls that raises `RecursionError`.
    pub recursion_limit: usize,
    /// Discard what is printed to standard output: the program runs only to be looked at.
    pub discard_stdout: bool,
}

impl Default for VmOptions {
    fn default() -> VmOptions {
        VmOptions {
            jit: Some(JitOptions::default()),
            stack_bytes: 256 << 20,
            recursion_limit: 1000,
            discard_stdout: false,
        }
    }
}

/// Why no VM could be made.
#[derive(Debug)]
pub struct StackError(std::io::Error);

impl std::fmt::Display for StackError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "can't reserve the value stack: {}; a smaller `stack_bytes` may help",
            self.0
        )
    }
}

impl std::error::Error for StackError {}

/// A Python virtual machine. It and its objects belong to the thread that made it.
#[repr(C)]
pub struct Vm {
    /// The exception being handled (owned), [`EMPTY`] if there is none: `sys.exception()`. Compiled code looks at it
    /// ([`crate::layout::VmPrefix`]), so it comes first.
    pub handled: Word,
    /// Where a called uop that has two results leaves the second.
    pub(crate) second: Word,
    /// Built-in classes.
    pub types: Types,
    /// Interned names that the VM uses itself.
    pub names: Names,
    /// Shapes of instances.
    pub shapes: Shapes,
    /// The exception on its way, while a function returns [`crate::error::Raised`].
    pub pending: Option<Value>,
    /// How the VM runs.
    pub options: VmOptions,
    /// Counters of the back edges that have no cache of their own.
    pub edges: EdgeCounts,
    /// The namespace of `builtins`, a dict.
    pub builtins: Value,
    /// `sys.modules`: imported modules by name, a dict.
    pub modules: Value,
    /// Depth of Python calls now.
    pub depth: usize,
    /// Depth of Python calls that raises `RecursionError`.
    pub recursion_limit: usize,
    /// First free word of the value stack: where a frame entered from native code begins.
    pub stack_top: *mut Word,
    /// End of the value stack for frames.
    pub stack_limit: *mut Word,
    /// End of the whole value stack, of which finalizers use the last part.
    pub stack_end: *mut Word,
    /// Base of the running frame; null while none runs. Written before anything that may look at frames.
    pub frame_base: *mut Word,
    /// Instruction of the running frame (the one after it, in fact), written together with `frame_base`.
    pub frame_pc: *const crate::objects::code::CodeUnit,
    /// Lowest address the Rust stack may reach before calls raise `RecursionError`.
    pub native_limit: usize,
    /// What was printed and not written yet.
    pub stdout: Vec<u8>,
    /// The JIT; `None` if it is off, or this machine can't run its code.
    pub jit: Option<Box<Jit>>,
    /// Why there is no JIT though one was wanted.
    pub jit_refused: Option<Unsupported>,
    /// `sys.argv`.
    pub argv: Vec<String>,
    /// The code of the main module, once it is compiled.
    pub main_code: Option<Value>,
    /// Version of the builtins' keys when the first access to one was specialized; 0 before.
    pub builtins_version: u32,
    /// Natives that calls have special forms for.
    pub known: Known,
    /// Value of a generator's `return`, between its end and the `StopIteration` that carries it.
    pub(crate) stop_value: Option<Value>,
    /// An iterator that compiled code asked, and its item (owned; [`EMPTY`] at its end): for the `FOR_ITER` that it left.
    pub(crate) ahead: Option<(Word, Word)>,
    /// What natives are called with a generator for, once one was.
    pub(crate) consumers: Option<Vec<crate::builtins::consumers::Consumer>>,
    /// Text of source files, for tracebacks.
    pub(crate) sources: HashMap<String, String>,
    pub(crate) interned: HashMap<&'static str, Value>,
    pub(crate) ascii_chars: Vec<Value>,
    pub(crate) empty_tuple: Value,
    pub(crate) not_implemented_singleton: Value,
    pub(crate) ellipsis_singleton: Value,
    pub(crate) active_reprs: Vec<Word>,
    pub(crate) native_classes: HashMap<TypeId, *mut Class>,
    pub(crate) native_modules: Vec<(&'static str, NativeModule)>,
    pub(crate) class_versions: u32,
    pub(crate) keys_versions: u32,
    pub(crate) function_versions: u32,
    pub(crate) code_ids: u32,
    _stack: MmapMut,
}

/// Natives that calls have special forms for; [`EMPTY`] if there is no such function.
#[derive(Default, Clone, Copy)]
pub struct Known {
    /// `len`
    pub len: Word,
    /// `isinstance`
    pub isinstance: Word,
    /// `list.append`
    pub list_append: Word,
}

/// Makes a built-in module when it is first imported.
pub type NativeModule = fn(&mut Vm) -> crate::error::Outcome<Value>;

/// Rust stack that a call may still use when it is refused: enough for the deepest native function.
const NATIVE_RESERVE: usize = 256 << 10;
/// Rust stack that a VM assumes it has: the main thread's usual 8 MiB, less some.
const NATIVE_STACK: usize = 7 << 20;

impl Vm {
    /// A VM with the built-in types, functions and modules.
    ///
    /// # Panics
    /// If the address space for the value stack can't be reserved; [`Vm::try_new`] reports it.
    pub fn new(options: VmOptions) -> Vm {
        Vm::try_new(options).unwrap_or_else(|error| panic!("{error}"))
    }

    /// [`Vm::new`], reporting failure.
    ///
    /// # Errors
    /// If the address space for the value stack can't be reserved.
    pub fn try_new(options: VmOptions) -> Result<Vm, StackError> {
        let mut stack = MmapMut::map_anon(options.stack_bytes).map_err(StackError)?;
        let words = options.stack_bytes / size_of::<Word>();
        let stack_base = stack.as_mut_ptr().cast::<Word>();
        let types = Types::new();
        types.adopt();
        // SAFETY: `tuple` has its layout already.
        let empty_tuple = tuple::new_of_class(types.tuple, Vec::new());
        let here = std::ptr::from_ref(&types) as usize;
        let mut vm = Vm {
            types,
            names: Names::default(),
            shapes: Shapes::default(),
            pending: None,
            handled: EMPTY,
            second: EMPTY,
            builtins: Value::NONE,
            modules: Value::NONE,
            depth: 0,
            recursion_limit: options.recursion_limit,
            stack_top: stack_base,
            // SAFETY: the end of the mapping.
            stack_limit: unsafe { stack_base.add(words - finalizer::RESERVED) },
            // SAFETY: as above.
            stack_end: unsafe { stack_base.add(words) },
            frame_base: std::ptr::null_mut(),
            frame_pc: std::ptr::null(),
            native_limit: here.saturating_sub(NATIVE_STACK - NATIVE_RESERVE),
            stdout: Vec::new(),
            jit: None,
            jit_refused: None,
            argv: Vec::new(),
            main_code: None,
            builtins_version: 0,
            known: Known::default(),
            stop_value: None,
            ahead: None,
            consumers: None,
            sources: HashMap::new(),
            interned: HashMap::new(),
            ascii_chars: Vec::new(),
            empty_tuple,
            not_implemented_singleton: allocate(types.NotImplementedType, |header| Bare { header }),
            ellipsis_singleton: allocate(types.ellipsis, |header| Bare { header }),
            active_reprs: Vec::new(),
            native_classes: HashMap::new(),
            native_modules: Vec::new(),
            class_versions: 0,
            keys_versions: 0,
            function_versions: 0,
            code_ids: 0,
            edges: EdgeCounts::new(options.jit.as_ref().map(|jit| jit.loop_threshold)),
            options,
            _stack: stack,
        };
        vm.names = Names::new(&mut vm);
        for byte in 0..128_u8 {
            let text = (byte as char).to_string();
            let word = vm.intern(&text);
            vm.ascii_chars.push(Value::borrowed(word));
        }
        for class in types.all() {
            // SAFETY: classes are never freed.
            unsafe { (*class).namespace = vm.new_dict() };
        }
        vm.modules = vm.new_dict();
        let builtins = vm.new_module("builtins");
        // SAFETY: just made.
        vm.builtins = Value::borrowed(unsafe { (*(builtins.word() as *mut Module)).namespace });
        let name = vm.intern("builtins");
        dict::set_name(vm.modules.word(), name, builtins);
        core_types::install(&mut vm);
        vm.publish_classes();
        let build_class = NativeDef::function(
            "__build_class__",
            Arity::Keywords,
            crate::interp::functions::build_class,
        );
        let build_class = vm.new_native(&build_class, std::ptr::null_mut());
        vm.set_builtin("__build_class__", build_class);
        crate::types::install(&mut vm);
        crate::builtins::install(&mut vm);
        crate::modules::install(&mut vm);
        match vm.options.jit.clone().map(Jit::new) {
            Some(Ok(jit)) => vm.jit = Some(Box::new(jit)),
            Some(Err(refused)) => vm.jit_refused = Some(refused),
            None => {}
        }
        vm.find_known();
        Ok(vm)
    }

    fn find_known(&mut self) {
        let mut builtin = |name: &str| {
            let name = self.intern(name);
            dict::get_name(self.builtins.word(), name).unwrap_or(EMPTY)
        };
        let (len, isinstance) = (builtin("len"), builtin("isinstance"));
        let append = self.intern("append");
        // SAFETY: classes are never freed.
        let list_append = unsafe { (*self.types.list).lookup(append) }.unwrap_or(EMPTY);
        self.known = Known {
            len,
            isinstance,
            list_append,
        };
    }

    fn publish_classes(&mut self) {
        let types = self.types;
        let visible = [
            types.object,
            types.type_,
            types.int,
            types.bool,
            types.float,
            types.str,
            types.list,
            types.tuple,
            types.dict,
            types.set,
            types.frozenset,
            types.range,
            types.slice,
            types.property,
            types.staticmethod,
            types.classmethod,
            types.super_,
            types.BaseException,
        ];
        for class in visible.into_iter().chain(types.exceptions()) {
            // SAFETY: classes are never freed.
            let (name, value) = unsafe { (&(*class).name, Value::borrowed((*class).word())) };
            self.set_builtin(name, value);
        }
        // SAFETY: as above.
        let value = Value::borrowed(unsafe { (*types.OSError).word() });
        self.set_builtin("IOError", value.clone());
        self.set_builtin("EnvironmentError", value);
        let singletons = [
            ("NotImplemented", &self.not_implemented_singleton),
            ("Ellipsis", &self.ellipsis_singleton),
        ];
        for (name, value) in singletons.map(|(name, value)| (name, value.clone())) {
            self.set_builtin(name, value);
        }
        self.set_builtin("None", Value::NONE);
        self.set_builtin("True", Value::TRUE);
        self.set_builtin("False", Value::FALSE);
        self.set_builtin("__debug__", Value::TRUE);
    }

    /// Sets `name` in the `builtins` module.
    pub fn set_builtin(&mut self, name: &str, value: Value) {
        let name = self.intern(name);
        dict::set_name(self.builtins.word(), name, value);
    }

    /// Makes a built-in module importable; `make` runs at the first import.
    pub fn register_module(&mut self, name: &'static str, make: NativeModule) {
        self.native_modules.push((name, make));
    }

    /// Prints to `sys.stdout`, which is buffered.
    pub fn write_stdout(&mut self, text: &str) {
        self.stdout.extend_from_slice(text.as_bytes());
        if self.stdout.len() > 1 << 16 {
            self.flush_stdout();
        }
    }

    /// Writes what was printed. A closed pipe is ignored.
    pub fn flush_stdout(&mut self) {
        use std::io::Write;
        if self.options.discard_stdout {
            self.stdout.clear();
            return;
        }
        let mut out = std::io::stdout().lock();
        // Nobody can be told if standard output is gone; Python programs piped into `head` should just end.
        let _ = out.write_all(&self.stdout).and_then(|()| out.flush());
        self.stdout.clear();
    }

    /// Prints to standard error, after what was printed to standard output.
    pub fn write_stderr(&mut self, text: &str) {
        use std::io::Write;
        self.flush_stdout();
        // As above: there is nobody left to tell.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }
}
