//! Just enough of Python's pickle format to list the tensors of a PyTorch state dict.
//!
//! A pickle is a program for a stack machine. Nothing in it is executed here: the few calls in
//! PyTorch's own files are recognised by name, and any other call yields a value that is never
//! used. A hostile program can neither recurse (tuples are shallow) nor blow up memory: values are
//! shared and not copied, names are short, and there are at most so many values.

mod value;

use std::collections::HashMap;
use std::rc::Rc;

pub(super) use value::{Storage, Stored};
use value::{Value, class, long, rebuilt};

/// The deepest tuple in a state dict holds the arguments of a tensor: storage, shape, strides.
const DEPTH: usize = 8;

/// The most values on the stack. A dict is filled by a thousand items at a time.
const HEIGHT: usize = 1 << 16;

/// The most values to remember, dicts, or lists: more than ten for each of 20,000 weights.
const MOST: usize = 1 << 18;

#[derive(Default)]
struct Machine<'a> {
    rest: &'a [u8],
    stack: Vec<Value>,
    /// The marked stack heights.
    marks: Vec<usize>,
    memo: HashMap<u32, Value>,
    dicts: Vec<Vec<(Rc<str>, Rc<Stored>)>>,
    /// The texts in lists.
    lists: Vec<Vec<Rc<str>>>,
    /// Every storage, by its key.
    storages: HashMap<Rc<str>, Rc<Storage>>,
}

type Step<T> = Result<T, String>;

/// The contents of a pickled state dict.
pub(super) struct StateDict {
    /// Tensors by name.
    pub tensors: HashMap<Rc<str>, Rc<Stored>>,
    /// All storages by key.
    pub storages: HashMap<Rc<str>, Rc<Storage>>,
    /// Bytes of the program.
    pub length: usize,
}

/// Reads a pickled state dict, and ignores what follows it.
pub(super) fn state_dict(program: &[u8]) -> Step<StateDict> {
    let mut machine = Machine::run(program)?;
    match machine.pop()? {
        Value::Dict(index) => Ok(StateDict {
            tensors: machine.dicts.swap_remove(index).into_iter().collect(),
            storages: machine.storages,
            length: program.len() - machine.rest.len(),
        }),
        _ => Err("it does not contain a dict of weights".into()),
    }
}

/// Reads a pickled list of texts: the texts, and the length of the program.
pub(super) fn texts(program: &[u8]) -> Step<(Vec<Rc<str>>, usize)> {
    let mut machine = Machine::run(program)?;
    match machine.pop()? {
        Value::List(index) => Ok((machine.lists.swap_remove(index), program.len() - machine.rest.len())),
        _ => Err("it does not contain a list of storages".into()),
    }
}

/// The length of a pickle whose contents do not matter.
pub(super) fn length(program: &[u8]) -> Step<usize> {
    Machine::run(program).map(|machine| program.len() - machine.rest.len())
}

impl<'a> Machine<'a> {
    /// Executes a program to its end.
    fn run(program: &'a [u8]) -> Step<Self> {
        let mut machine = Self { rest: program, ..Self::default() };
        while machine.step()? {
            let sizes = [machine.memo.len(), machine.dicts.len(), machine.lists.len(), machine.storages.len()];
            if machine.stack.len().max(machine.marks.len()) > HEIGHT || sizes.into_iter().any(|size| size > MOST) {
                return Err("its pickle makes more values than a state dict has".into());
            }
        }
        Ok(machine)
    }

    /// Executes one instruction; false at the end.
    fn step(&mut self) -> Step<bool> {
        let code = self.byte()?;
        match code {
            b'.' => return Ok(false),
            // PROTO, FRAME: nothing to do.
            0x80 => drop(self.bytes(1)?),
            0x95 => drop(self.bytes(8)?),
            b'(' => self.marks.push(self.stack.len()),
            b'0' => drop(self.pop()?),
            b'K' | b'M' | b'J' | b'G' | 0x8a | b'N' | 0x88 | 0x89 => self.number(code)?,
            b'X' | 0x8c | b'c' | 0x93 => self.name(code)?,
            b'q' | b'r' | 0x94 | b'h' | b'j' => self.memory(code)?,
            b')' | 0x85 | 0x86 | 0x87 | b't' => self.tuple(code)?,
            b'}' => self.new_dict(),
            b']' => self.new_list(),
            b's' | b'u' | b'a' | b'e' => self.fill(code)?,
            b'Q' => {
                let id = self.pop()?;
                self.storage(&id);
            }
            b'R' | 0x81 => self.call(code)?,
            // BUILD sets attributes; a state dict needs none.
            b'b' => drop(self.pop()?),
            other => return Err(format!("instruction {other:#04x} of its pickle is not one of a state dict's")),
        }
        Ok(true)
    }

    fn bytes(&mut self, count: usize) -> Step<&[u8]> {
        let (bytes, rest) = self.rest.split_at_checked(count).ok_or("its pickle is cut off")?;
        self.rest = rest;
        Ok(bytes)
    }

    fn byte(&mut self) -> Step<u8> {
        Ok(self.bytes(1)?[0])
    }

    /// An unsigned number of `count` bytes (at most 4), little-endian.
    fn unsigned(&mut self, count: usize) -> Step<u32> {
        Ok(self.bytes(count)?.iter().rev().fold(0, |n, &b| n << 8 | u32::from(b)))
    }

    fn pop(&mut self) -> Step<Value> {
        self.stack.pop().ok_or_else(|| "its pickle takes from an empty stack".to_owned())
    }

    /// Everything pushed since the last mark.
    fn popped_to_mark(&mut self) -> Step<Vec<Value>> {
        let at = self.marks.pop().filter(|&at| at <= self.stack.len());
        Ok(self.stack.split_off(at.ok_or("its pickle has no mark where one is needed")?))
    }

    fn number(&mut self, code: u8) -> Step<()> {
        let value = match code {
            b'K' => Value::Int(self.unsigned(1)?.into()),
            b'M' => Value::Int(self.unsigned(2)?.into()),
            b'J' => Value::Int((self.unsigned(4)? as i32).into()),
            0x8a => {
                let count = self.byte()?.into();
                long(self.bytes(count)?)
            }
            b'G' => {
                self.bytes(8)?;
                Value::Other
            }
            _ => Value::Other,
        };
        self.stack.push(value);
        Ok(())
    }

    fn name(&mut self, code: u8) -> Step<()> {
        let value = match code {
            b'c' => {
                let module = self.line()?;
                class(&module, &self.line()?)
            }
            0x93 => match (self.pop()?, self.pop()?) {
                (Value::Text(name), Value::Text(module)) => class(&module, &name),
                _ => Value::Other,
            },
            _ => {
                let length = self.unsigned(if code == b'X' { 4 } else { 1 })?;
                Value::Text(String::from_utf8_lossy(self.bytes(length as usize)?).into())
            }
        };
        self.stack.push(value);
        Ok(())
    }

    fn line(&mut self) -> Step<String> {
        let length = self.rest.iter().position(|&b| b == b'\n').ok_or("its pickle is cut off")?;
        let line = String::from_utf8_lossy(self.bytes(length + 1)?).trim_end().to_owned();
        Ok(line)
    }

    fn memory(&mut self, code: u8) -> Step<()> {
        let key = match code {
            0x94 => self.memo.len() as u32,
            b'q' | b'h' => self.unsigned(1)?,
            _ => self.unsigned(4)?,
        };
        if matches!(code, b'h' | b'j') {
            let value = self.memo.get(&key).cloned();
            self.stack.push(value.ok_or("its pickle refers to a memo entry that does not exist")?);
        } else {
            let value = self.stack.last().cloned();
            self.memo.insert(key, value.ok_or("its pickle takes from an empty stack")?);
        }
        Ok(())
    }

    fn tuple(&mut self, code: u8) -> Step<()> {
        let items = match code {
            b')' => Vec::new(),
            b't' => self.popped_to_mark()?,
            _ => {
                let at = self.stack.len().checked_sub(usize::from(code - 0x84));
                self.stack.split_off(at.ok_or("its pickle takes from an empty stack")?)
            }
        };
        let inner = items.iter().map(|v| if let Value::Tuple(_, depth) = v { *depth } else { 0 }).max();
        let depth = 1 + inner.unwrap_or(0);
        if depth > DEPTH {
            return Err("its pickle nests tuples deeper than a state dict does".into());
        }
        self.stack.push(Value::Tuple(items.into(), depth));
        Ok(())
    }

    fn new_dict(&mut self) {
        self.stack.push(Value::Dict(self.dicts.len()));
        self.dicts.push(Vec::new());
    }

    fn new_list(&mut self) {
        self.stack.push(Value::List(self.lists.len()));
        self.lists.push(Vec::new());
    }

    /// `("storage", class, key, location, length)`.
    fn storage(&mut self, id: &Value) {
        let Value::Tuple(items, _) = id else { return self.stack.push(Value::Other) };
        let [_, Value::Class(class), Value::Text(key), rest @ ..] = &items[..] else {
            return self.stack.push(Value::Other);
        };
        let count = rest.get(1).and_then(|count| if let Value::Int(n) = count { u64::try_from(*n).ok() } else { None });
        let storage = Rc::new(Storage { class: class.clone(), key: key.clone(), count });
        self.storages.insert(key.clone(), storage.clone());
        self.stack.push(Value::Storage(storage));
    }

    /// Adds items to the dict or list below them on the stack.
    fn fill(&mut self, code: u8) -> Step<()> {
        let items = match code {
            b's' => {
                let value = self.pop()?;
                vec![self.pop()?, value]
            }
            b'a' => vec![self.pop()?],
            _ => self.popped_to_mark()?,
        };
        match self.stack.last() {
            Some(Value::Dict(index)) => {
                let pairs = items.chunks_exact(2).filter_map(|pair| match pair {
                    [Value::Text(name), Value::Tensor(stored)] => Some((name.clone(), stored.clone())),
                    _ => None,
                });
                self.dicts[*index].extend(pairs);
            }
            Some(Value::List(index)) => {
                let texts = items
                    .iter()
                    .filter_map(|item| if let Value::Text(text) = item { Some(text.clone()) } else { None });
                self.lists[*index].extend(texts);
            }
            _ => {}
        }
        Ok(())
    }

    fn call(&mut self, code: u8) -> Step<()> {
        let (arguments, callable) = (self.pop()?, self.pop()?);
        match (callable, arguments) {
            (Value::Class(name), Value::Tuple(arguments, _)) if code == b'R' => match &*name {
                "collections OrderedDict" => self.new_dict(),
                name => self.stack.push(rebuilt(name, &arguments)),
            },
            _ => self.stack.push(Value::Other),
        }
        Ok(())
    }
}
