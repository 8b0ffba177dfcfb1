//! A Redis of a test's own, which it can stop and start again.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

/// A Redis that keeps nothing. It is killed when this is dropped.
pub struct RedisServer {
    port: u16,
    child: Child,
}

impl RedisServer {
    /// Starts one, and waits until it answers.
    pub async fn start() -> Self {
        // Somebody else may take a port that is free now: then there is another.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
            if let Some(server) = Self::at(port).await {
                return server;
            }
        }
        panic!("redis-server does not start");
    }

    /// Kills it; says where it was.
    pub async fn stop(mut self) -> u16 {
        self.child.kill().await.unwrap();
        self.port
    }

    /// Lets it stand still, as one that is out of breath; or go on.
    pub async fn freeze(&self, frozen: bool) {
        let (signal, process) = (if frozen { "-STOP" } else { "-CONT" }, self.child.id().unwrap().to_string());
        assert!(Command::new("kill").args([signal, &process]).status().await.unwrap().success());
    }

    /// Starts one there.
    pub async fn at(port: u16) -> Option<Self> {
        let folder = std::env::temp_dir();
        let mut child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"])
            .arg(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("redis-server is installed: scripts/install-redis.sh");
        for _ in 0..400 {
            if child.try_wait().unwrap().is_some() {
                return None;
            }
            if answers(port).await {
                return Some(Self { port, child });
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("redis-server does not answer");
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

async fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await else { return false };
    let mut answer = [0; 7];
    stream.write_all(b"PING\r\n").await.is_ok() && stream.read_exact(&mut answer).await.is_ok() && &answer == b"+PONG\r\n"
}
