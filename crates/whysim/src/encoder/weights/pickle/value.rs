//! The values that a pickle of PyTorch's makes.

use std::rc::Rc;

/// The longest name of a module or a class.
const NAME: usize = 256;

/// Where a tensor's values are, and their layout.
pub(in super::super) struct Stored {
    pub storage: Storage,
    /// First value, in units of values.
    pub offset: usize,
    pub shape: Vec<usize>,
    /// Distance between neighbours along each axis, in units of values.
    pub strides: Vec<usize>,
}

/// The values that a tensor is a view of.
#[derive(Clone)]
pub(in super::super) struct Storage {
    /// PyTorch's module and class, such as `torch FloatStorage`.
    pub(super) class: Rc<str>,
    /// Name of the storage: its file in the archive.
    pub key: Rc<str>,
    /// Number of values, if it is stated.
    pub count: Option<u64>,
}

impl Storage {
    /// PyTorch's class, such as `FloatStorage`.
    pub(in super::super) fn kind(&self) -> &str {
        self.class.rsplit(' ').next().unwrap_or_default()
    }
}

/// A value on the stack.
#[derive(Clone)]
pub(super) enum Value {
    Int(i64),
    Text(Rc<str>),
    /// `module name`.
    Class(Rc<str>),
    /// The items and their depth.
    Tuple(Rc<[Value]>, usize),
    Storage(Rc<Storage>),
    Tensor(Rc<Stored>),
    /// An index into the machine's dicts, since Python's dicts have identity.
    Dict(usize),
    /// The same for lists.
    List(usize),
    Other,
}

/// A signed number, little-endian.
pub(super) fn long(bytes: &[u8]) -> Value {
    if bytes.len() > 8 {
        return Value::Other;
    }
    let negative = bytes.last().is_some_and(|b| b & 0x80 != 0);
    let mut wide = [if negative { 0xff } else { 0 }; 8];
    wide[..bytes.len()].copy_from_slice(bytes);
    Value::Int(i64::from_le_bytes(wide))
}

/// A class by its module and name. PyTorch's are short.
pub(super) fn class(module: &str, name: &str) -> Value {
    if module.len().max(name.len()) > NAME {
        return Value::Other;
    }
    Value::Class(format!("{module} {name}").into())
}

/// The results of PyTorch's loading functions.
pub(super) fn rebuilt(function: &str, arguments: &[Value]) -> Value {
    match (function, arguments) {
        ("torch._utils _rebuild_parameter", [tensor, ..]) => tensor.clone(),
        ("torch._tensor _rebuild_from_type_v2", [Value::Class(inner), _, Value::Tuple(arguments, _), ..])
            if &**inner != "torch._tensor _rebuild_from_type_v2" =>
        {
            rebuilt(inner, arguments)
        }
        (
            "torch._utils _rebuild_tensor_v2",
            [Value::Storage(storage), Value::Int(offset), Value::Tuple(shape, _), Value::Tuple(strides, _), ..],
        ) => match (usize::try_from(*offset), sizes(shape), sizes(strides)) {
            (Ok(offset), Some(shape), Some(strides)) if shape.len() == strides.len() => {
                Value::Tensor(Rc::new(Stored { storage: Storage::clone(storage), offset, shape, strides }))
            }
            _ => Value::Other,
        },
        _ => Value::Other,
    }
}

fn sizes(values: &[Value]) -> Option<Vec<usize>> {
    values.iter().map(|v| if let Value::Int(n) = v { usize::try_from(*n).ok() } else { None }).collect()
}
