//! Files that Plimsoll writes: whole, or not at all.
//!
//! A file grows under a temporary name in its own directory and takes its real name when it is
//! complete. A failure, a fault or Ctrl-C leaves neither half a file nor the temporary one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::exit::Failure;

/// The exit code that shells know for Ctrl-C.
const INTERRUPTED: i32 = 130;

/// Temporary files that exist now, for the interrupt to remove.
static GROWING: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A file that does not yet have its name.
pub struct Artifact {
    path: PathBuf,
    /// Where it grows; `None` for pipes and devices, which take the bytes as they come.
    temporary: Option<PathBuf>,
    writer: BufWriter<File>,
}

impl Artifact {
    /// Begins a file that will be at `path`.
    pub fn create(path: &Path) -> Result<Artifact, Failure> {
        if is_stream(path) {
            let file = OpenOptions::new().append(true).open(path);
            let file = file.map_err(|error| Failure::io("write", path, &error))?;
            return Ok(Artifact { path: path.to_owned(), temporary: None, writer: BufWriter::new(file) });
        }
        // What a link points to is replaced, not the link.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let temporary = temporary_name(&path)?;
        let mut growing = growing();
        let file = File::create(&temporary).map_err(|error| Failure::io("write", &path, &error))?;
        growing.push(temporary.clone());
        Ok(Artifact { path, temporary: Some(temporary), writer: BufWriter::new(file) })
    }

    /// Gives the complete file its name once its bytes are on the disk, so that a power cut cannot leave the
    /// name without them.
    pub fn finish_durably(mut self) -> Result<(), Failure> {
        let flushed = self.writer.flush();
        if self.temporary.is_some() {
            let durable = flushed.and_then(|()| self.writer.get_ref().sync_all());
            durable.map_err(|error| Failure::io("write", &self.path, &error))?;
        }
        self.finish()
    }

    /// Gives the complete file its name.
    pub fn finish(mut self) -> Result<(), Failure> {
        let flushed = self.writer.flush();
        let named = flushed.and_then(|()| match &self.temporary {
            Some(temporary) => fs::rename(temporary, &self.path),
            None => Ok(()),
        });
        named.map_err(|error| Failure::io("write", &self.path, &error))
    }
}

/// Pipes and devices cannot be replaced. Nor can `/dev/stdout`, even where it leads to a plain file.
fn is_stream(path: &Path) -> bool {
    let special = |there: fs::Metadata| !there.is_file() && !there.is_dir();
    path.starts_with("/dev") || fs::metadata(path).is_ok_and(special)
}

fn temporary_name(path: &Path) -> Result<PathBuf, Failure> {
    let Some(name) = path.file_name() else {
        return Err(Failure::bad_input(
            format!("{} is not the name of a file", path.display()),
            "give a file name, not a directory",
        ));
    };
    let name = format!(".{}.{}.part", name.to_string_lossy(), std::process::id());
    Ok(path.with_file_name(name))
}

impl Write for Artifact {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Drop for Artifact {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            let mut growing = growing();
            // After `finish` the temporary name is gone, and there is nothing to remove.
            let _ = fs::remove_file(temporary);
            growing.retain(|path| path != temporary);
        }
    }
}

/// Writes `bytes` to `path`.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut artifact = Artifact::create(path)?;
    artifact.write_all(bytes).map_err(|error| Failure::io("write", path, &error))?;
    artifact.finish()
}

/// On Ctrl-C and on termination, removes what is not complete. Without a handler the worst outcome is
/// a leftover temporary file, so a system that refuses one is no reason to stop.
pub fn clean_up_on_interrupt() {
    let _ = ctrlc::set_handler(|| {
        // The lock is kept to the end: no new temporary file appears between here and the exit.
        let growing = growing();
        for path in growing.iter() {
            let _ = fs::remove_file(path);
        }
        std::process::exit(INTERRUPTED);
    });
}

fn growing() -> std::sync::MutexGuard<'static, Vec<PathBuf>> {
    GROWING.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
