//! Advice: asking for it, answering, settling, exceptions, the work list, and what an adviser sees.

mod advisers;
mod answering;
mod asking;
mod declining;
mod exceptions;
mod journey;
mod links;
mod settling;
mod work_list;
