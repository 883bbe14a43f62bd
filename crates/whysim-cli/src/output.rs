//! Writes results. A file gets its name only when it is complete.

use std::fs::Metadata;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use whysim::leftovers;

use crate::args::{Page, Plain};
use crate::texts::usage;

/// Where one result goes.
pub enum Target {
    Standard,
    File(PathBuf),
}

impl Target {
    /// What `--output` asks for. A folder that is not there is an error now, not after minutes of
    /// work.
    pub fn new(output: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = output.filter(|path| path.as_os_str() != "-") else { return Ok(Self::Standard) };
        if path.is_dir() {
            bail!("cannot write {}: it is a folder", path.display());
        }
        if !folder(path).is_dir() {
            bail!("cannot write {}: there is no folder {}", path.display(), folder(path).display());
        }
        Ok(Self::File(path.to_owned()))
    }

    /// The form that `--format` or else the file's ending asks for.
    pub fn plain(&self, format: Option<Plain>) -> anyhow::Result<Plain> {
        match (format, self) {
            (Some(format), _) => Ok(format),
            (None, Self::Standard) => Ok(Plain::Text),
            (None, Self::File(path)) => Plain::of(path).ok_or_else(|| {
                let path = path.display();
                usage(&format!("{path} has no known extension: use .txt or .json, or give --format"))
            }),
        }
    }

    /// The same for results that can be a page.
    pub fn page(&self, format: Option<Page>) -> anyhow::Result<Page> {
        let page = match (format, self) {
            (Some(page), _) => page,
            (None, Self::Standard) => Page::Text,
            (None, Self::File(path)) => Page::of(path).ok_or_else(|| {
                let path = path.display();
                usage(&format!("{path} has no known extension: use .txt, .json or .html, or give --format"))
            })?,
        };
        if self.is_terminal() && page == Page::Html {
            bail!("this format is not for a terminal: give --output FILE, or send standard output to a file");
        }
        Ok(page)
    }

    /// True if somebody is looking at it.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Standard) && std::io::stdout().is_terminal()
    }

    /// Writes all of it.
    pub fn write(&self, bytes: &[u8]) -> anyhow::Result<()> {
        match self {
            Self::Standard => {
                let mut out = std::io::stdout().lock();
                out.write_all(bytes).and_then(|()| out.flush()).context("cannot write to standard output")
            }
            Self::File(path) => write_file(path, bytes).with_context(|| format!("cannot write {}", path.display())),
        }
    }
}

fn write_file(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let old = path.metadata().ok();
    // A device or a pipe, such as /dev/null, is written to, not replaced.
    if old.as_ref().is_some_and(|about| !about.is_file()) {
        return std::fs::write(path, bytes);
    }
    // A link stays a link.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let own = format!(".{}.whysim-", path.file_name().unwrap_or_default().to_string_lossy());
    leftovers::remove(folder(&path), |file| file.starts_with(&own));
    let mut file = temporary(&own, old.as_ref()).tempfile_in(folder(&path))?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

/// A new file with the rights that the old one has, or that any new file gets: temporary files get
/// none for others.
fn temporary<'a>(prefix: &'a str, old: Option<&Metadata>) -> tempfile::Builder<'a, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(old.map_or_else(|| PermissionsExt::from_mode(0o666), Metadata::permissions));
    }
    #[cfg(not(unix))]
    let _ = old;
    builder
}

/// The folder that a file is in.
fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
