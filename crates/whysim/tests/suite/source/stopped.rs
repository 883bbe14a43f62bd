//! Downloads that the user cancels.

use std::sync::atomic::{AtomicBool, Ordering};

use whysim::Progress;
use whysim::progress::Counted;
use whysim::source::{Fetch, locate};

use super::hub::{weights, world};
use super::problem;

/// Cancels at the first piece of the weights.
#[derive(Default)]
struct Stopper(AtomicBool);

impl Progress for Stopper {
    fn begin(&self, name: &str, _size: Option<u64>, _counted: Counted) {
        self.0.store(name == "model.safetensors", Ordering::Relaxed);
    }

    fn stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn what_came_is_kept_and_gone_on_from() {
    let bytes = weights(3_000_000);
    let world = world("org/name", &[("model.safetensors", bytes.clone())]);
    let stopper = Stopper::default();
    // Broken downloads are resumed as often as the settings say; cancelled ones are not.
    let mut fetch = Fetch { progress: Some(&stopper), ..world.fetch() };
    fetch.settings.retries = 3;
    let message = problem("org/name", &fetch);
    assert!(message.ends_with("stopped; the part received so far is kept: try again to continue"), "{message}");
    // At most twice: for the size, and for the bytes.
    let of_weights = || {
        let log = world.server.take_log();
        log.into_iter().filter(|request| request.path.contains("safetensors")).collect::<Vec<_>>()
    };
    assert!((1..=2).contains(&of_weights().len()));
    let folder = locate("org/name", &world.fetch()).unwrap();
    assert_eq!(std::fs::read(folder.join("model.safetensors")).unwrap(), bytes);
    assert!(of_weights().iter().any(|request| request.headers.contains_key("range")), "it began anew");
}
