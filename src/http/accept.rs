//! In which form an answer is wanted, of those that it is had in.

/// The place of the form that `Accept` (RFC 9110, section 12.5.1) likes best among those offered; of several that it likes
/// alike the first. `None` where it likes none.
pub fn preferred(accept: &str, offered: &[&str]) -> Option<usize> {
    if accept.trim().is_empty() {
        return (!offered.is_empty()).then_some(0);
    }
    let liking = |media_type: &str| {
        let mut best: Option<(u8, f32)> = None;
        for range in accept.split(',') {
            let mut parts = range.split(';').map(|part| part.trim().to_ascii_lowercase());
            let range = parts.next().unwrap_or_default();
            let of_its_kind = |range: &str| {
                range
                    .strip_suffix("/*")
                    .is_some_and(|kind| media_type.split_once('/').is_some_and(|(own, _)| own == kind))
            };
            let exactness = match range.as_str() {
                "*/*" => 1,
                range if of_its_kind(range) => 2,
                range if range == media_type => 3,
                _ => continue,
            };
            let quality = parts.find_map(|part| part.strip_prefix("q=")?.trim().parse::<f32>().ok()).unwrap_or(1.0);
            if best.is_none_or(|(known, _)| exactness > known) {
                best = Some((exactness, quality));
            }
        }
        best.map_or(0.0, |(_, quality)| quality)
    };
    let mut best: Option<(usize, f32)> = None;
    for (place, media_type) in offered.iter().enumerate() {
        let quality = liking(media_type);
        if quality > best.map_or(0.0, |(_, known)| known) {
            best = Some((place, quality));
        }
    }
    best.map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_the_one_that_is_liked_best() {
        let offered = ["application/json", "text/csv", "image/svg+xml"];
        let wanted = |accept: &str| preferred(accept, &offered).map(|place| offered[place]);
        assert_eq!(wanted(""), Some("application/json"));
        assert_eq!(wanted("*/*"), Some("application/json"));
        assert_eq!(wanted("text/csv"), Some("text/csv"));
        assert_eq!(wanted("TEXT/CSV; q=0.9, */*; q=0.1"), Some("text/csv"));
        assert_eq!(wanted("image/*"), Some("image/svg+xml"));
        assert_eq!(wanted("text/csv;q=0, */*"), Some("application/json"));
        assert_eq!(wanted("application/json;q=0.5, text/csv;q=0.6"), Some("text/csv"));
        assert_eq!(wanted("text/html"), None);
    }
}
