//! `whysim serve`: the program `whysim-server`.

use std::num::NonZeroUsize;

use whysim_server::{LogFormat, Settings};

use crate::args::Serve;
use crate::voice::Voice;

/// threads: for embeddings.
pub fn run(args: &Serve, threads: Option<NonZeroUsize>, voice: &Voice) -> anyhow::Result<()> {
    let mut settings: Settings = args.settings.clone();
    if voice.quiet {
        settings.logs.form = LogFormat::Warnings;
    }
    whysim_server::run(&settings, threads)
}
