//! People: who of them is asking, how they prove who they are, and what has happened to their accounts.

mod payload;

pub mod address;
pub mod conversation;
pub mod event;
pub mod impersonation;
pub mod password;
pub mod provider;
pub mod second_factor;
pub mod session;
pub mod sign_up;
pub mod user;
