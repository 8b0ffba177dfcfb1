//! What is sold, who has bought it, and where they stand with their bills.

pub mod money;
pub mod notice;
pub mod product;
pub mod subscription;
