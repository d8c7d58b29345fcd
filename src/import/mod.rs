//! Taking a caseload over from a spreadsheet: one case a row.
//!
//! The sheet is read twice, from its beginning to its end, so that its length does not matter. The first reading judges
//! every row and keeps only digests, to find what stands twice; the second, begun only if there was no fault, writes.
//! Both happen in one transaction: either all of the sheet is taken over or nothing.
//!
//! What is written is what the service itself would have written: the same facts, the same derivation, the same record.
//! The guards that bind new work are not asked, since history is what it is; that it contradicts itself is a fault.

pub mod commands;
pub mod model;
pub mod store;
