//! The folder that holds one cluster.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::EmbeddedError;

/// How much of the server's log an error shows.
const TAIL_LINES: usize = 15;

const NEW_DATA: &str = "data.new";

#[derive(Debug, Clone)]
pub(super) struct Home {
    directory: PathBuf,
}

impl Home {
    /// Creates the folder when it is missing. Its path becomes absolute and free of links, because
    /// it is compared with what a running server says about itself.
    pub(super) fn open(directory: &Path) -> Result<Self, EmbeddedError> {
        std::fs::create_dir_all(directory).map_err(EmbeddedError::io("create", directory))?;
        let directory = directory.canonicalize().map_err(EmbeddedError::io("resolve", directory))?;
        Ok(Self { directory })
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(super) fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// Where `initdb` works: a half-made cluster never carries the name of a whole one. Each attempt
    /// has a folder of its own, because what a killed `initdb` started may go on writing for a while.
    pub(super) fn new_data(&self) -> PathBuf {
        self.directory.join(format!("{NEW_DATA}.{:08x}", rand::random::<u32>()))
    }

    /// Removes what interrupted attempts left. What is still being written to may stay for now.
    pub(super) fn sweep_new_data(&self) {
        for entry in self.directory.read_dir().into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_name().to_string_lossy().starts_with(NEW_DATA)
                && let Err(error) = std::fs::remove_dir_all(&path)
            {
                tracing::debug!(%error, folder = %path.display(), "a half-made database stays");
            }
        }
    }

    pub(super) fn password(&self) -> PathBuf {
        self.directory.join("password")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.directory.join("log")
    }

    /// Waits for the lock; it is released when the file is dropped or the process dies.
    pub(super) async fn lock(&self) -> Result<File, EmbeddedError> {
        let path = self.directory.join("lock");
        let file =
            OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(EmbeddedError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(cause)) => {
                return Err(EmbeddedError::io("lock", &path)(cause));
            }
        }
        tracing::debug!(lock = %path.display(), "waiting for another process at the database");
        let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
        locked.map_err(std::io::Error::from).flatten().map_err(EmbeddedError::io("lock", &path))
    }

    /// An empty log. Each start begins a new one, so that it cannot grow for ever.
    pub(super) fn new_log(&self) -> Result<File, EmbeddedError> {
        let path = self.log();
        let mut options = OpenOptions::new();
        options.create(true).truncate(true).write(true).mode(0o600);
        options.open(&path).map_err(EmbeddedError::io("open", &path))
    }

    /// The last lines of the server's log.
    pub(super) fn log_tail(&self) -> String {
        let log = std::fs::read(self.log()).unwrap_or_default();
        last_lines(&String::from_utf8_lossy(&log), TAIL_LINES)
    }
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::last_lines;

    #[test]
    fn the_tail_of_a_log_is_its_last_lines() {
        assert_eq!(last_lines("a\nb\nc\n", 2), "b\nc");
        assert_eq!(last_lines("a\n", 2), "a");
        assert_eq!(last_lines("", 2), "");
    }
}
