//! The table of error codes.

use std::collections::BTreeSet;

use ehcp_tracker::codes::Code;

#[test]
fn every_code_is_one_word_of_its_own_and_an_error() {
    let mut seen = BTreeSet::new();
    let law = statute::Code::ALL.iter().map(|code| Code::Law(*code));
    for code in Code::ALL.iter().copied().chain(law) {
        let word = code.as_str();
        assert!(seen.insert(word), "{word} stands for two codes");
        assert!(word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{word}");
        assert!((400..600).contains(&code.status()), "{word} is no error");
        assert!(!code.title().is_empty() && !code.title().ends_with('.'), "{word}");
    }
}
