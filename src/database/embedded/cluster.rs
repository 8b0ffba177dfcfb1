//! The data directory, from its creation by `initdb`.

use std::fs::{DirBuilder, OpenOptions, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::process::Output;

use super::EmbeddedError;
use super::home::Home;
use super::login::USER;
use super::search::Installation;

/// The major version that made the data; none before `initdb`.
pub(super) fn major(home: &Home) -> Result<Option<u32>, EmbeddedError> {
    let path = home.data().join("PG_VERSION");
    match std::fs::read_to_string(&path) {
        Ok(text) => match text.trim().parse() {
            Ok(major) => Ok(Some(major)),
            Err(error) => {
                let cause = std::io::Error::new(ErrorKind::InvalidData, error);
                Err(EmbeddedError::io("understand", &path)(cause))
            }
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(EmbeddedError::io("read", &path)(cause)),
    }
}

/// The password beside the data; none when there is no such file yet.
pub(super) fn password(home: &Home) -> Result<Option<String>, EmbeddedError> {
    let path = home.password();
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.trim().to_owned()).filter(|password| !password.is_empty())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(EmbeddedError::io("read", &path)(cause)),
    }
}

/// Sees to it that there is a data directory which the server may use; answers with its password.
pub(super) async fn prepare(home: &Home, installation: &Installation, existing: Option<u32>) -> Result<String, EmbeddedError> {
    let password = match (password(home)?, existing) {
        (Some(password), _) => password,
        (None, None) => new_password(home)?,
        (None, Some(_)) => {
            return Err(EmbeddedError::PasswordMissing { directory: home.directory().to_owned() });
        }
    };
    let path = home.password();
    std::fs::set_permissions(&path, Permissions::from_mode(0o600)).map_err(EmbeddedError::io("protect", &path))?;
    installation.identity.own(&path)?;
    match existing {
        // It may have been made when another user was the one that runs the server.
        Some(_) => installation.identity.own(&home.data())?,
        None => create(home, installation).await?,
    }
    Ok(password)
}

/// Writes the fresh cluster to disk while the server already works on it: with a slow disk this
/// takes seconds, for which nobody has to wait.
pub(super) fn sync_in_background(home: &Home, installation: &Installation) {
    let mut command = installation.command("initdb");
    command.arg("--sync-only").arg("-D").arg(home.data());
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    if let Err(error) = tokio::process::Command::from(command).spawn() {
        tracing::warn!(%error, "the new database could not be synced to disk");
    }
}

fn new_password(home: &Home) -> Result<String, EmbeddedError> {
    let password = format!("{:032x}", rand::random::<u128>());
    let path = home.password();
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(0o600);
    let written = options.open(&path).and_then(|mut file| {
        writeln!(file, "{password}")?;
        file.sync_all()
    });
    written.map_err(EmbeddedError::io("write", &path))?;
    Ok(password)
}

/// Works in a folder of another name and renames it at the end, so that an interrupted `initdb`
/// leaves nothing that looks like a cluster.
async fn create(home: &Home, installation: &Installation) -> Result<(), EmbeddedError> {
    home.sweep_new_data();
    let new_data = home.new_data();
    let mut refused = String::new();
    for locale in locales(installation.major) {
        let output = initdb(home, installation, &new_data, locale).await?;
        if output.status.success() {
            let data = home.data();
            std::fs::rename(new_data, &data).map_err(EmbeddedError::io("create", &data))?;
            home.sweep_new_data();
            return Ok(());
        }
        refused = String::from_utf8_lossy(&output.stderr).into_owned();
        if !refused.contains("locale") {
            break;
        }
    }
    home.sweep_new_data();
    Err(EmbeddedError::Initdb {
        binaries: installation.binaries.clone(),
        directory: home.directory().to_owned(),
        output: refused.trim().to_owned(),
    })
}

/// Not the plain `C`, in which `upper` and `ILIKE` know ASCII only. From 17 on Postgres brings a
/// UTF-8 locale of its own; before, the system's is used, which some systems only have by the name
/// of a country.
fn locales(major: u32) -> &'static [&'static [&'static str]] {
    if major >= 17 {
        &[&["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]]
    } else {
        &[&["--locale=C.UTF-8"], &["--locale=en_US.UTF-8"]]
    }
}

async fn initdb(home: &Home, installation: &Installation, new_data: &Path, locale: &[&str]) -> Result<Output, EmbeddedError> {
    // The user that runs the server may not create anything beside it. When initdb fails, it
    // empties a folder that it did not create.
    let made = DirBuilder::new().recursive(true).mode(0o700).create(new_data);
    made.map_err(EmbeddedError::io("create", new_data))?;
    installation.identity.own(new_data)?;
    let mut command = installation.command("initdb");
    command.arg("-D").arg(new_data).arg(option("--pwfile=", &home.password()));
    command.arg(format!("--username={USER}")).args(locale);
    command.args(["--encoding=UTF8", "--auth=scram-sha-256", "--no-sync", "--no-instructions"]);
    let program = installation.binaries.join("initdb");
    let mut command = tokio::process::Command::from(command);
    // Whoever gives up waiting must not leave it behind, writing to a folder that is about to go.
    command.kill_on_drop(true);
    command.output().await.map_err(EmbeddedError::io("run", &program))
}

fn option(name: &str, value: &Path) -> std::ffi::OsString {
    let mut option = std::ffi::OsString::from(name);
    option.push(value);
    option
}
