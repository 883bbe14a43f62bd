//! Replaces the network in builds without the feature `hub`: only the caches are used.

use std::path::PathBuf;

use super::hub_cache::Repo;
use super::name::HubId;
use super::{Fetch, Published};

const ABSENT: &str = "it is not on this machine, and this build cannot download: it was built without the cargo feature `hub`; \
                      give a folder";

pub(super) fn published(_: &Published, _: &Fetch) -> Result<PathBuf, String> {
    Err(ABSENT.to_owned())
}

pub(super) fn hub(id: &HubId, options: &Fetch) -> Result<PathBuf, String> {
    Repo::new(&options.settings.hub_cache, &id.repo).whole(&id.revision).ok_or_else(|| ABSENT.to_owned())
}
