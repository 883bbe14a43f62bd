//! Temporary files of runs that died while writing.

use std::path::Path;
use std::time::Duration;

/// Writing takes less than this: what is older was left behind.
const OLD: Duration = Duration::from_secs(60);

/// Removes old files in `folder` whose names satisfy `is_ours`. Files that cannot be removed stay:
/// they do no harm.
pub fn remove(folder: &Path, is_ours: impl Fn(&str) -> bool) {
    let is_old = |entry: &std::fs::DirEntry| {
        let written = entry.metadata().and_then(|about| about.modified());
        written.is_ok_and(|written| written.elapsed().is_ok_and(|age| age > OLD))
    };
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if is_ours(&entry.file_name().to_string_lossy()) && is_old(&entry) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::SystemTime;

    #[test]
    fn only_old_files_of_ours_go() {
        let folder = tempfile::tempdir().unwrap();
        for (name, age) in [(".a.x", 100), (".a.y", 0), ("a", 100)] {
            let file = File::create(folder.path().join(name)).unwrap();
            file.set_modified(SystemTime::now() - std::time::Duration::from_secs(age)).unwrap();
        }
        super::remove(folder.path(), |name| name.starts_with(".a."));
        let left = |name: &str| folder.path().join(name).exists();
        assert_eq!([left(".a.x"), left(".a.y"), left("a")], [false, true, true]);
    }
}
