//! A name server that knows what a test tells it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use hickory_proto::op::{Message, OpCode, ResponseCode};
use hickory_proto::rr::rdata::TXT;
use hickory_proto::rr::{RData, Record};
use tokio::net::UdpSocket;

/// What is answered about a name.
#[derive(Clone, Debug)]
enum Says {
    Texts(Vec<String>),
    Failure,
    Nothing,
}

/// The server, and what it knows; it ends with the test's runtime.
pub struct NameServer {
    pub address: SocketAddr,
    known: Arc<Mutex<HashMap<String, Says>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl NameServer {
    /// Starts one on a port of its own.
    pub async fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let (known, asked) = (Arc::<Mutex<HashMap<_, _>>>::default(), Arc::<Mutex<Vec<_>>>::default());
        let server = Self { address, known: Arc::clone(&known), asked: Arc::clone(&asked) };
        tokio::spawn(async move {
            let mut buffer = [0; 2_048];
            while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
                let question = Message::from_vec(&buffer[..length]).unwrap();
                let name = question.queries[0].name().to_ascii().to_lowercase();
                asked.lock().unwrap().push(name.clone());
                let says = known.lock().unwrap().get(&name).cloned();
                if let Some(answer) = answer(&question, says) {
                    socket.send_to(&answer, from).await.unwrap();
                }
            }
        });
        server
    }

    /// From now on there is a text under this name.
    pub fn says(&self, name: &str, text: &str) {
        self.say_all(name, &[text]);
    }

    /// From now on there are these texts under it.
    pub fn say_all(&self, name: &str, texts: &[&str]) {
        self.set(name, Says::Texts(texts.iter().map(|text| (*text).to_owned()).collect()));
    }

    /// From now on it cannot tell about this name.
    pub fn fails_at(&self, name: &str) {
        self.set(name, Says::Failure);
    }

    /// From now on it does not answer when asked about this name.
    pub fn is_silent_at(&self, name: &str) {
        self.set(name, Says::Nothing);
    }

    fn set(&self, name: &str, says: Says) {
        self.known.lock().unwrap().insert(format!("{name}."), says);
    }

    /// What it was asked for so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn answer(question: &Message, says: Option<Says>) -> Option<Vec<u8>> {
    let mut message = Message::response(question.metadata.id, OpCode::Query);
    message.metadata.recursion_available = true;
    let query = question.queries[0].clone();
    match says {
        None => message.metadata.response_code = ResponseCode::NXDomain,
        Some(Says::Failure) => message.metadata.response_code = ResponseCode::ServFail,
        Some(Says::Nothing) => return None,
        Some(Says::Texts(texts)) => {
            for text in texts {
                // A record is made of strings of up to 255 bytes: here of shorter ones, to be put together.
                let parts = text.as_bytes().chunks(20).map(|part| String::from_utf8_lossy(part).into_owned()).collect();
                message.add_answer(Record::from_rdata(query.name().clone(), 60, RData::TXT(TXT::new(parts))));
            }
        }
    }
    message.add_query(query);
    Some(message.to_vec().unwrap())
}
