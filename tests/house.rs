//! Tests that police the house: what must hold of every field, every table and every file, without anyone thinking of it.

mod contract;
mod pages;
mod sources;
mod strangers;
mod tables;
