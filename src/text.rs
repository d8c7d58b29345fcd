//! Text as people type it: folded for comparison, so that accents, case and punctuation don't hide anybody.

/// Lower case without accents: `Łukasz` and `LUKASZ` are alike.
pub fn fold(text: &str) -> String {
    deunicode::deunicode(text).to_lowercase()
}

/// The words of a text, folded: split at what is neither letter nor digit, and once more with those signs left out, so
/// that `O'Neill` is found as `oneill` and as `neill`, `Smith-Jones` as either half.
pub fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let mut words = Vec::new();
    for part in folded.split_whitespace() {
        let pieces: Vec<&str> = part.split(|c: char| !c.is_ascii_alphanumeric()).filter(|s| !s.is_empty()).collect();
        if pieces.len() > 1 {
            words.push(pieces.concat());
        }
        words.extend(pieces.into_iter().map(str::to_owned));
    }
    words.sort();
    words.dedup();
    words
}

/// A name as one key: two spellings of the same name give the same.
pub fn name_key(forename: &str, surname: &str) -> String {
    let squeeze = |name: &str| fold(name).chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    format!("{} {}", squeeze(forename), squeeze(surname))
}

/// An e-mail address for comparison: no mail server is known that tells two by their case.
pub fn fold_address(address: &str) -> String {
    address.trim().to_lowercase()
}

/// Whether this is an e-mail address that a mail server would take.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_graphic() && !b"()<>[]:;,\\\"@".contains(&byte));
    !local.is_empty()
        && text.len() <= 254
        && plain(local)
        && plain(domain)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && domain.split('.').count() >= 2
        && domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
}
