//! The `whysim` program.

fn main() {}
