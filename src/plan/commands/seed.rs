//! Beginning a version from the advice: what the accepted reports say is placed where it belongs, so that nothing is
//! typed twice, with the report that each text comes from.

use statute::{Section, places_of};

use super::accepted;
use crate::codes::Code;
use crate::db::Conn;
use crate::error::{Error, Faults};
use crate::ids::Id;
use crate::markup;
use crate::plan::model::{Sections, Source};

/// Adds what accepted reports say and the sections do not hold yet; answers which reports were added.
pub(super) fn seed(conn: &mut Conn, case_id: Id, sections: &mut Sections) -> Result<Vec<Source>, Error> {
    let mut added = Vec::new();
    let mut faults = Faults::default();
    for (source, content) in accepted(conn, case_id)? {
        let places = places_of(source.kind.0);
        let summary: Vec<String> = content.summary.into_iter().collect();
        let parts = [
            (places.summary, summary),
            (Some(places.needs), content.needs),
            (Some(places.outcomes), content.outcomes),
            (Some(places.provision), content.provision),
        ];
        let mut anything = false;
        for (section, texts) in parts {
            let texts: Vec<String> = texts.into_iter().filter(|text| !text.trim().is_empty()).collect();
            if let Some(section) = section.filter(|_| !texts.is_empty()) {
                anything |= sections.take_over(section, Source { texts, ..source.clone() });
            }
        }
        if anything {
            added.push(source);
        }
    }
    for section in Section::ALL {
        let fits = sections.get(*section).is_none_or(|row| markup::fits(&row.text));
        let detail = format!("Section {section} would be longer than a section may be: start without, and write it.");
        faults.unless(fits, "/from_advice", Code::TooLong, detail);
    }
    faults.check()?;
    Ok(added)
}
