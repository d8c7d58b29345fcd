//! Schools, colleges and providers: found by number, then by exact name, else made.

use std::collections::HashMap;

use super::row::Row;
use crate::auth::Acting;
use crate::codes::Code;
use crate::db::columns::Doc;
use crate::ids::Id;
use crate::import::model::Column;
use crate::organisation::model::{Organisation, OrganisationKind};

/// A setting in the course of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place(usize);

/// Every setting: a council has some thousands of them, so they all fit.
#[derive(Debug, Default)]
pub(super) struct Settings {
    all: Vec<Organisation>,
    known: usize,
    by_urn: HashMap<String, Place>,
    by_name: HashMap<String, Vec<Place>>,
}

/// Why a row's setting is not clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unclear {
    pub(super) column: Column,
    pub(super) code: Code,
    pub(super) what: &'static str,
}

impl Settings {
    /// Starts with those that are known.
    pub(super) fn new(known: Vec<Organisation>) -> Self {
        let mut settings = Self::default();
        for organisation in known {
            settings.add(organisation);
        }
        settings.known = settings.all.len();
        settings
    }

    /// The setting of a row, made if it is not known.
    pub(super) fn of(&mut self, row: &Row, acting: &Acting) -> Result<Option<Place>, Unclear> {
        let (name, urn) = (row.setting_name.as_deref(), row.setting_urn.as_deref());
        if let Some(place) = urn.and_then(|urn| self.by_urn.get(urn)) {
            return Ok(Some(*place));
        }
        let Some(name) = name else {
            return match urn {
                None => Ok(None),
                Some(_) => Err(Unclear {
                    column: Column::SettingName,
                    code: Code::MissingField,
                    what: "No setting of this number is known: give the name as well, and it is made.",
                }),
            };
        };
        // Two schools can have one name; another number is then another school.
        let alike: Vec<Place> = self
            .by_name
            .get(name)
            .into_iter()
            .flatten()
            .copied()
            .filter(|place| urn.is_none() || self.get(*place).is_some_and(|known| known.urn.is_none()))
            .collect();
        match alike.as_slice() {
            [only] => Ok(Some(*only)),
            [] => Ok(Some(self.add(made(name, urn, acting)))),
            _ => Err(Unclear {
                column: Column::SettingName,
                code: Code::UnknownSetting,
                what: "Several settings have this name: give the number.",
            }),
        }
    }

    /// A setting.
    pub(super) fn get(&self, place: Place) -> Option<&Organisation> {
        self.all.get(place.0)
    }

    /// Those that were made.
    pub(super) fn made(&self) -> &[Organisation] {
        self.all.get(self.known..).unwrap_or_default()
    }

    fn add(&mut self, organisation: Organisation) -> Place {
        let place = Place(self.all.len());
        if let Some(urn) = &organisation.urn {
            self.by_urn.insert(urn.clone(), place);
        }
        self.by_name.entry(organisation.name.clone()).or_default().push(place);
        self.all.push(organisation);
        place
    }
}

fn made(name: &str, urn: Option<&str>, acting: &Acting) -> Organisation {
    Organisation {
        id: Id::new(),
        name: name.to_owned(),
        kind: OrganisationKind::EducationSetting.into(),
        mailbox: None,
        escalation_mailbox: None,
        urn: urn.map(str::to_owned),
        section_31_body: false,
        answers_by_link: false,
        default_for: Doc(Vec::new()),
        version: 1,
        created_at: acting.at,
        updated_at: acting.at,
        setting_type: None,
        setting_kind: None,
        maintained_by: None,
    }
}
