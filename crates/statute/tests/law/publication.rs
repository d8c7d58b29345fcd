//! The bands in which plans are published.

use statute::is_in_longest_band;

#[test]
fn the_longest_band_begins_after_52_weeks() {
    assert!(!is_in_longest_band(364));
    assert!(is_in_longest_band(365));
}
