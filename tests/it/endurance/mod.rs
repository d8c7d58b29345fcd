//! What becomes of acknowledged work when processes die, the database goes away, disks are full and many want the same.

mod conflicts;
mod database;
mod disk;
mod killing;

use crate::support::TestApp;
use crate::upkeep::run;

/// The program itself finds nothing amiss in what it left.
#[track_caller]
fn assert_whole(app: &TestApp) {
    for check in [&["doctor"][..], &["audit", "verify"]] {
        let checked = run(app, check, &[]);
        assert_eq!(checked.code, 0, "{check:?}: {checked:?}");
    }
}
