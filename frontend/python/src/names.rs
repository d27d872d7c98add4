//! Names that the VM itself looks up, interned once: `vm.names.__init__`.

use crate::layout::Word;
use crate::vm::Vm;

macro_rules! names {
    ($($name:ident)*) => {
        /// Interned strings, each named as what it holds.
        #[expect(clippy::pub_underscore_fields, reason = "special methods are named so")]
        #[expect(missing_docs, reason = "each field is the name it holds")]
        #[derive(Default, Clone, Copy)]
        pub struct Names { $(pub $name: Word,)* }

        impl Names {
            /// Interns all names.
            pub fn new(vm: &mut Vm) -> Names {
                Names { $($name: vm.intern(stringify!($name)),)* }
            }
        }
    };
}

names! {
    __abs__ __add__ __and__ __annotate__ __annotations__ __bases__ __bool__ __build_class__ __builtins__ __call__ __cause__ __class__
    __class_getitem__ __classcell__ __code__ __contains__ __context__ __defaults__ __del__ __delattr__ __delete__ __delitem__ __dict__ __divmod__
    __doc__ __enter__ __eq__ __exit__ __file__ __float__ __floordiv__ __format__ __func__ __ge__ __get__ __getattr__
    __getattribute__ __getitem__ __globals__ __gt__ __hash__ __iadd__ __iand__ __ifloordiv__ __ilshift__ __imatmul__ __imod__
    __imul__ __index__ __init__ __init_subclass__ __instancecheck__ __int__ __invert__ __ior__ __ipow__ __irshift__ __isub__ __iter__
    __itruediv__ __ixor__ __kwdefaults__ __le__ __len__ __length_hint__ __lshift__ __lt__ __matmul__ __missing__ __mod__ __module__ __mro__ __mul__
    __name__ __ne__ __neg__ __new__ __next__ __or__ __pos__ __pow__ __prepare__ __qualname__ __radd__ __rand__ __rdivmod__ __repr__ __reversed__
    __rfloordiv__ __rlshift__ __rmatmul__ __rmod__ __rmul__ __ror__ __round__ __rpow__ __rrshift__ __rshift__ __rsub__ __rtruediv__
    __rxor__ __self__ __set__ __set_name__ __setattr__ __setitem__ __slots__ __static_attributes__ __firstlineno__ __str__ __sub__
    __subclasscheck__ __suppress_context__ __traceback__ __truediv__ __xor__ args metaclass value code name
}
