//! Documents of a case.
