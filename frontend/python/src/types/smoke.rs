//! Methods and operators called through the VM as compiled code would, without any: a quick check that classes are
//! filled in. What they compute in detail is tested by Python programs.

use crate::error::Outcome;
use crate::layout::Word;
use crate::operator::{BinaryOp, Comparison};
use crate::value::Value;
use crate::vm::{Vm, VmOptions};

/// The text of a result, or the exception's.
fn shown(vm: &mut Vm, outcome: Outcome<Value>) -> String {
    match outcome {
        Ok(value) => vm.repr_text(value.word()).expect("results can be printed"),
        Err(_) => {
            let error = vm.take_pending();
            vm.repr_text(error.word())
                .expect("exceptions can be printed")
        }
    }
}

fn method(vm: &mut Vm, receiver: &Value, name: &str, args: &[&Value]) -> String {
    let name = vm.intern(name);
    let words: Vec<Word> = args.iter().map(|value| value.word()).collect();
    let outcome = vm
        .get_attr(receiver.word(), name)
        .and_then(|method| vm.call(method.word(), &words));
    shown(vm, outcome)
}

fn builtin(vm: &mut Vm, name: &str, args: &[&Value]) -> String {
    let name = vm.intern(name);
    let function = crate::objects::dict::get_name(vm.builtins.word(), name).expect("a builtin");
    let words: Vec<Word> = args.iter().map(|value| value.word()).collect();
    let outcome = vm.call(function, &words);
    shown(vm, outcome)
}

fn operator(vm: &mut Vm, left: &Value, op: BinaryOp, right: &Value) -> String {
    let outcome = vm.binary_op(op, left.word(), right.word());
    shown(vm, outcome)
}

#[test]
fn methods_are_found_and_work() {
    let vm = &mut Vm::new(VmOptions::default());
    let text = vm.new_str("Hello, World");
    let comma = vm.new_str(", ");
    assert_eq!(method(vm, &text, "upper", &[]), "'HELLO, WORLD'");
    assert_eq!(method(vm, &text, "split", &[&comma]), "['Hello', 'World']");
    assert_eq!(method(vm, &text, "find", &[&comma]), "5");
    assert_eq!(
        method(vm, &text, "index", &[&Value::NONE]),
        "TypeError('must be str, not NoneType')"
    );
    let list = vm.new_list(vec![Value::small_int(3), Value::float(1.5), Value::TRUE]);
    assert_eq!(method(vm, &list, "append", &[&text]), "None");
    assert_eq!(method(vm, &list, "index", &[&Value::float(1.5)]), "1");
    assert_eq!(method(vm, &list, "pop", &[]), "'Hello, World'");
    assert_eq!(method(vm, &list, "sort", &[]), "None");
    assert_eq!(builtin(vm, "repr", &[&list]), "'[True, 1.5, 3]'");
    let dict = vm.new_dict();
    assert_eq!(
        method(vm, &dict, "setdefault", &[&text, &list]),
        "[True, 1.5, 3]"
    );
    assert_eq!(
        method(vm, &dict, "items", &[]),
        "dict_items([('Hello, World', [True, 1.5, 3])])"
    );
}

#[test]
fn operators_reach_the_right_class() {
    let vm = &mut Vm::new(VmOptions::default());
    let (two, half) = (Value::small_int(2), Value::float(0.5));
    let big = vm.new_int(1 << 60);
    assert_eq!(
        operator(vm, &two, BinaryOp::Power, &half),
        "1.4142135623730951"
    );
    assert_eq!(
        operator(vm, &big, BinaryOp::Multiply, &big),
        "1329227995784915872903807060280344576"
    );
    assert_eq!(operator(vm, &half, BinaryOp::FloorDivide, &two), "0.0");
    let text = vm.new_str("%05.1f");
    assert_eq!(operator(vm, &text, BinaryOp::Remainder, &half), "'000.5'");
    assert_eq!(
        operator(vm, &two, BinaryOp::Multiply, &text),
        "'%05.1f%05.1f'"
    );
    let complaint = "TypeError(\"unsupported operand type(s) for +: 'int' and 'str'\")";
    assert_eq!(operator(vm, &two, BinaryOp::Add, &text), complaint);
    assert!(
        vm.compare_bool(Comparison::Less, half.word(), two.word())
            .unwrap()
    );
}

#[test]
fn builtins_take_iterables_apart() {
    let vm = &mut Vm::new(VmOptions::default());
    let list = vm.new_list(vec![
        Value::small_int(3),
        Value::small_int(1),
        Value::small_int(2),
    ]);
    assert_eq!(builtin(vm, "sum", &[&list]), "6");
    assert_eq!(builtin(vm, "max", &[&list]), "3");
    assert_eq!(builtin(vm, "sorted", &[&list]), "[1, 2, 3]");
    let range = builtin(vm, "range", &[&Value::small_int(5)]);
    assert_eq!(range, "range(0, 5)");
    let three = Value::small_int(-3);
    assert_eq!(builtin(vm, "abs", &[&three]), "3");
    assert_eq!(builtin(vm, "int", &[&Value::float(-2.5)]), "-2");
    let text = vm.new_str("12x");
    let complaint = "ValueError(\"invalid literal for int() with base 10: '12x'\")";
    assert_eq!(builtin(vm, "int", &[&text]), complaint);
    assert_eq!(builtin(vm, "list", &[&text]), "['1', '2', 'x']");
    assert_eq!(builtin(vm, "set", &[&text]).len(), 15);
    assert_eq!(
        builtin(vm, "divmod", &[&three, &Value::small_int(2)]),
        "(-2, 1)"
    );
}
