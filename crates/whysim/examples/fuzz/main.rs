//! Feeds broken files to every reader, and reports those that bring the process down.
//!
//! ```sh
//! scripts/fuzz 600          # ten minutes
//! ```
//!
//! Inputs are mutations of the test fixtures, the same for the same seed. They are tried in child
//! processes of one gigabyte of address space; a child that dies, panics or takes longer than a
//! minute for one leaves the input that it was given in target/fuzz. Errors are what is expected.

mod mutate;
mod targets;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use mutate::Random;
use targets::Target;

/// Inputs of one child.
const BATCH: u64 = 400;

/// The longest that an input may take.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<u64>().ok());
    match arguments.first().map(String::as_str) {
        Some("try") => child(number(1).unwrap_or(0), Path::new(&arguments[2])),
        Some(_) if number(0).is_some() => parent(number(0).unwrap_or(0), number(1).unwrap_or(1)),
        _ => {
            eprintln!("usage: fuzz SECONDS [SEED]");
            ExitCode::from(2)
        }
    }
}

/// Starts children until the time is over.
fn parent(seconds: u64, seed: u64) -> ExitCode {
    let begun = Instant::now();
    let place = PathBuf::from("target/fuzz");
    std::fs::create_dir_all(&place).expect("target can be written to");
    let (mut batch, mut failed) = (seed << 20, 0);
    while begun.elapsed().as_secs() < seconds {
        let work = place.join("work");
        if let Some(how) = run(batch, &work) {
            failed += 1;
            let kept = place.join(format!("{batch}"));
            let _ = std::fs::remove_dir_all(&kept);
            std::fs::rename(&work, &kept).expect("the input can be kept");
            let what = std::fs::read_to_string(kept.join("what")).unwrap_or_default();
            println!("batch {batch}: {how} on {what}; the input is in {}", kept.display());
        }
        batch += 1;
    }
    let tried = (batch - (seed << 20)) * BATCH;
    println!("{tried} inputs of {} kinds in {} s, {failed} failures", targets::all().len(), begun.elapsed().as_secs());
    if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Runs a child; how it failed, if it did.
fn run(batch: u64, work: &Path) -> Option<String> {
    let program = std::env::current_exe().expect("this program");
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -v 1048576; exec \"$@\"", "sh"])
        .arg(program)
        .arg("try")
        .arg(batch.to_string())
        .arg(work)
        .env("RAYON_NUM_THREADS", "2")
        .stdout(Stdio::null())
        .spawn()
        .expect("a child");
    let (mut begun, mut last) = (Instant::now(), None);
    loop {
        // Every input is announced in this file.
        let now = std::fs::metadata(work.join("what")).and_then(|about| about.modified()).ok();
        if now.is_some() && now != last {
            (begun, last) = (Instant::now(), now);
        }
        match child.try_wait().expect("a child") {
            Some(status) if status.success() => return None,
            Some(status) => return Some(status.to_string()),
            None if begun.elapsed() > PATIENCE => {
                let _ = child.kill();
                let _ = child.wait();
                return Some("no end".to_owned());
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// Tries the inputs of one batch. What is tried next is written down first.
fn child(batch: u64, work: &Path) -> ExitCode {
    // What libraries panic with is an error where it is caught.
    std::panic::set_hook(Box::new(|_| {}));
    let mut random = Random(batch.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let all = targets::all();
    for _ in 0..BATCH {
        let target: &Target = &all[random.below(all.len())];
        let _ = std::fs::remove_dir_all(work);
        target.prepare(work, &mut random);
        std::fs::write(work.join("what"), target.name()).expect("target can be written to");
        if std::panic::catch_unwind(|| target.read(work)).is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
