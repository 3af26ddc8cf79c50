//! Where the parts of a sweep are kept: a folder, or an object store that is named by a URL.
//!
//! Both go through `object_store`: what is put is there whole or not at all, and in a folder it is on the disk before
//! it has its name. `s3://` needs the feature of that name; credentials, region and endpoint come from the
//! environment, as AWS's own tools take them.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{Error, ObjectStore, ObjectStoreExt};
use tokio::runtime::{Builder, Runtime};

use crate::exit::{Exit, Failure};

/// What a person calls a place for parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A folder.
    Folder(PathBuf),
    /// A URL of an object store, without a slash at its end.
    Url(String),
}

impl Place {
    /// A URL has a scheme; of `file://` only the folder is left.
    pub fn of(path: &Path) -> Place {
        let text = path.to_string_lossy();
        match text.split_once("://") {
            Some(("file", folder)) => Place::Folder(folder.into()),
            Some(_) => Place::Url(text.trim_end_matches('/').to_owned()),
            None => Place::Folder(path.to_owned()),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Folder(folder) => folder.display().fmt(f),
            Place::Url(url) => url.fmt(f),
        }
    }
}

/// A place for parts, opened.
pub struct Store {
    place: Place,
    store: Arc<dyn ObjectStore>,
    /// Comes before every name.
    prefix: Key,
    /// Drives the requests; whoever waits for one drives them all.
    runtime: Runtime,
}

impl Store {
    /// Opens a place; a folder that is not there is made if it is to be written.
    pub fn open(place: Place, make: bool) -> Result<Store, Failure> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::io("open", &path(&place, ""), &error))?;
        let (store, prefix): (Arc<dyn ObjectStore>, Key) = match &place {
            Place::Folder(folder) => {
                if make {
                    let made = std::fs::create_dir_all(folder);
                    made.map_err(|error| Failure::io("make the directory", folder, &error))?;
                }
                let opened = LocalFileSystem::new_with_prefix(folder);
                let opened = opened.map_err(|error| failure("read", &place, "", &error))?;
                (Arc::new(opened.with_fsync(true)), Key::default())
            }
            Place::Url(url) => remote(url)?,
        };
        Ok(Store { place, store, prefix, runtime })
    }

    /// Where it is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What has this name; `None`: nothing.
    pub fn get(&self, name: &str) -> Result<Option<Vec<u8>>, Failure> {
        let key = self.key(name);
        let read = self.runtime.block_on(async { self.store.get(&key).await?.bytes().await });
        match read {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failure("read", &self.place, name, &error)),
        }
    }

    /// Puts something under a name, whole or not at all.
    pub fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), Failure> {
        let put = self.runtime.block_on(self.store.put(&self.key(name), bytes.into()));
        put.map(|_| ()).map_err(|error| failure("write", &self.place, name, &error))
    }

    /// The names of all that is there.
    pub fn names(&self) -> Result<BTreeSet<String>, Failure> {
        let listed = self.runtime.block_on(self.store.list_with_delimiter(Some(&self.prefix)));
        let listed = listed.map_err(|error| failure("list", &self.place, "", &error))?;
        let name = |key: &Key| key.filename().map(str::to_owned);
        Ok(listed.objects.iter().filter_map(|object| name(&object.location)).collect())
    }

    /// Removes a folder with all that is in it; what is in a shared store stays.
    pub fn remove(&self) -> Result<(), Failure> {
        match &self.place {
            Place::Folder(folder) => {
                std::fs::remove_dir_all(folder).map_err(|error| Failure::io("remove", folder, &error))
            }
            Place::Url(_) => Ok(()),
        }
    }

    fn key(&self, name: &str) -> Key {
        self.prefix.clone().join(name)
    }
}

/// Bucket and prefix of a URL, with what the environment says.
#[cfg(feature = "s3")]
fn remote(url: &str) -> Result<(Arc<dyn ObjectStore>, Key), Failure> {
    use object_store::aws::AmazonS3Builder;

    let Some((_, prefix)) = url.strip_prefix("s3://").map(|rest| rest.split_once('/').unwrap_or((rest, "")))
    else {
        return Err(Failure::bad_input(
            format!("there is no store for {url}"),
            "write a folder, file:// or s3://BUCKET/PREFIX",
        ));
    };
    let place = Place::Url(url.to_owned());
    let store = AmazonS3Builder::from_env().with_url(url).build();
    let store = store.map_err(|error| failure("open", &place, "", &error))?;
    let prefix = Key::parse(prefix)
        .map_err(|error| Failure::bad_input(format!("{url}: {error}"), "choose another prefix"))?;
    Ok((Arc::new(store), prefix))
}

#[cfg(not(feature = "s3"))]
fn remote(url: &str) -> Result<(Arc<dyn ObjectStore>, Key), Failure> {
    let hint = match url.starts_with("s3://") {
        true => "this plimsoll was built without it: cargo install plimsoll --features s3",
        false => "write a folder, file:// or, where plimsoll was built with it, s3://BUCKET/PREFIX",
    };
    Err(Failure::bad_input(format!("there is no store for {url}"), hint))
}

/// The path that messages name.
fn path(place: &Place, name: &str) -> PathBuf {
    match place {
        Place::Folder(folder) => folder.join(name),
        Place::Url(url) if name.is_empty() => url.into(),
        Place::Url(url) => format!("{url}/{name}").into(),
    }
}

/// What the operating system said where it did; else what the store said.
fn failure(verb: &str, place: &Place, name: &str, error: &Error) -> Failure {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let (Some(error), Place::Folder(_)) = (inner.downcast_ref::<io::Error>(), place) {
            return Failure::io(verb, &path(place, name), error);
        }
        cause = inner.source();
    }
    let hint = match place {
        Place::Folder(_) => "choose another path",
        Place::Url(_) => {
            "check the bucket, and AWS_REGION, AWS_ENDPOINT_URL and the credentials in the environment"
        }
    };
    Failure::Told {
        exit: Exit::Fault,
        message: format!("cannot {verb} {}: {error}", path(place, name).display()),
        hint: hint.to_owned(),
    }
}
