//! `whysim completions`: a script for a shell.

use clap::CommandFactory;

use crate::args::{Cli, Completions};
use crate::output::Target;

pub fn run(args: &Completions) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "whysim", &mut script);
    Target::Standard.write(&script)
}
