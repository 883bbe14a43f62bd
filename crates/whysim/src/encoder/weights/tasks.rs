//! LoRA weights of several tasks beside the weights that they change, as jina-embeddings-v3 stores
//! them: `W + s B A`, with `W` under `parametrizations.weight.original`, and A and B of all tasks
//! stacked.

use whysim_core::{Real, parallel};

use super::Weights;
use crate::error::{Error, Result};

/// One of the tasks in a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task {
    /// Its place among all.
    pub index: usize,
    /// Rank r of A and B.
    pub rank: usize,
    /// s.
    pub scale: f64,
}

/// The name of a weight that adapters may change.
pub(super) fn original(name: &str) -> Option<String> {
    Some(format!("{}.parametrizations.weight.original", name.strip_suffix(".weight")?))
}

impl Weights {
    /// Reads weights as they are with a task's adapter from now on.
    pub(crate) fn adapt_to(&mut self, task: Task) {
        self.task = Some(task);
    }

    /// Adds the task's part to a weight, [O, I], if it has one. full: its name in the file.
    pub(super) fn add_task<T: Real>(&mut self, full: &str, shape: &[usize], values: &mut [T]) -> Result<()> {
        let (Some(task), Some(stem)) = (self.task, full.strip_suffix("original")) else { return Ok(()) };
        let &[outputs, inputs] = shape else { return Ok(()) };
        let [a, b] = ["0.lora_A", "0.lora_B"].map(|name| format!("{stem}{name}"));
        // Of a linear map A is [r, I] and B [O, r]; of a table A is [O, r] and B [r, I].
        let is_table = self.store.shape(&a).is_some_and(|shape| shape.get(1) == Some(&outputs));
        let (left, right) = if is_table { (a, b) } else { (b, a) };
        let left = self.of_task(&left, task, [outputs, task.rank])?;
        let right = self.of_task(&right, task, [task.rank, inputs])?;
        parallel::tasks(values.chunks_exact_mut(inputs).zip(left.chunks_exact(task.rank)), |_, (row, left)| {
            for (i, value) in row.iter_mut().enumerate() {
                let product: f64 = left.iter().zip(right.iter().skip(i).step_by(inputs)).map(|(l, r)| l * r).sum();
                *value = T::of(value.to_f64() + task.scale * product);
            }
        });
        Ok(())
    }

    /// One task's matrix of those that are stacked under a name.
    fn of_task(&mut self, name: &str, task: Task, shape: [usize; 2]) -> Result<Vec<f64>> {
        let size = shape[0] * shape[1];
        match self.store.shape(name) {
            Some(&[tasks, rows, columns]) if [rows, columns] == shape && task.index < tasks => {}
            Some(got) => {
                let expected = vec![task.index + 1, shape[0], shape[1]];
                return Err(Error::Shape { name: name.to_owned(), expected, got: got.to_vec() });
            }
            None => return Err(self.absent(name)),
        }
        let all: Vec<f64> = self.store.read(name)?.ok_or_else(|| self.absent(name))?;
        let own = &all[task.index * size..(task.index + 1) * size];
        if own.iter().all(|value| value.is_finite()) {
            return Ok(own.to_vec());
        }
        Err(Error::NotFinite { name: name.to_owned() })
    }
}
