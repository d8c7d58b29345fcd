//! What a plan is.

mod consultation;
mod placement;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use statute::{DifferingSection, HealthAgreement, Section};
use utoipa::ToSchema;

use crate::db::columns::Doc;
use crate::db::schema::{plan_sections, plans, representations};
use crate::ids::Id;
use crate::markup;
use crate::time::Instant;
use crate::words::{AdviceKindWord, PlanKindWord, PlanStatusWord, SectionWord, vocabulary};

pub use consultation::{Consultation, ConsultationBody, ConsultationResponseBody};
pub use placement::{NotNamed, NotNamedBody, Overrides, PlacementBody, PlacementRecord};

vocabulary! {
    /// To whom a plan goes.
    PlanRecipient as PlanRecipientWord {
        /// The child's parent, or the young person.
        Family = "family",
        /// The school, college or provider: the child's own for a draft, the named one for the final plan.
        Setting = "setting",
        /// The integrated care board, the NHS commissioner.
        Health = "health",
    }
}

vocabulary! {
    /// How a draft is sent to the family.
    SentBy as SentByWord {
        /// By e-mail.
        Email = "email",
        /// Through the council's portal.
        Portal = "portal",
        /// By post.
        Post = "post",
        /// By hand.
        ByHand = "by_hand",
    }
}

/// A version of a plan as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = plans, treat_none_as_null = true)]
pub struct Plan {
    /// Its id.
    pub id: Id,
    /// The case.
    pub case_id: Id,
    /// The number of the document: 1, 2 and so on within a case.
    pub number: i32,
    /// What it is for.
    pub kind: PlanKindWord,
    /// Where it stands.
    pub status: PlanStatusWord,
    /// Whether a section holds provision to prepare for adulthood, as its author says.
    pub preparing_for_adulthood: bool,
    /// The day it was served.
    pub served_on: Option<NaiveDate>,
    /// On whom it was served.
    pub served_to: Doc<Vec<PlanRecipientWord>>,
    /// Why a manager had it served while advice was unsettled.
    pub override_reason: Option<String>,
    /// The day it was sent as the final plan.
    pub issued_on: Option<NaiveDate>,
    /// To whom it was sent.
    pub issued_to: Doc<Vec<PlanRecipientWord>>,
    /// Where education takes place.
    pub placement: Option<Doc<PlacementRecord>>,
    /// Who signed it.
    pub signed_by: Option<String>,
    /// Raised by every change.
    pub version: i32,
    /// Who began it.
    pub created_by: Option<Id>,
    /// When it was begun.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// The order in whose track it was begun; none before any order.
    pub order_id: Option<Id>,
    /// What its document says above its sections, fixed when it was served or sent.
    pub printed: Option<Doc<Printed>>,
    /// When it was found to have been sent in error, of a final plan: from then on it is none.
    pub entered_in_error_at: Option<Instant>,
    /// The settings that the family asked for and the final plan does not name.
    pub not_named: Option<Doc<Vec<NotNamed>>>,
    /// What a manager overrode when it was issued.
    pub overrides: Option<Doc<Overrides>>,
    /// How it was sent to the family as a draft.
    pub sent_by: Option<SentByWord>,
    /// What the notice with the draft told the family.
    pub draft_notice: Option<Doc<DraftNoticeBody>>,
    /// What the integrated care board said of section G as it stands here.
    pub health_agreement: Option<Doc<HealthAnswer>>,
}

impl Plan {
    /// What the integrated care board said of section G.
    pub fn health_agreement(&self) -> HealthAgreement {
        match &self.health_agreement {
            None => HealthAgreement::Unrecorded,
            Some(Doc(answer)) if answer.agreed => HealthAgreement::Agreed,
            Some(_) => HealthAgreement::Refused,
        }
    }
}

/// What the integrated care board said of the provision in section G.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = HealthAnswer)]
pub struct HealthAnswer {
    /// Whether it agrees (Regs 12(2)).
    pub agreed: bool,
    /// Who said so, for the board.
    #[schema(min_length = 1, max_length = 200)]
    pub by: String,
    /// The day.
    pub on: NaiveDate,
    /// Why, where it refuses.
    #[schema(max_length = 5000)]
    pub reasons: Option<String>,
}

/// What the notice with a draft told the family (Act s.38, Regs 13(1)). What is left out is warned about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DraftNotice)]
pub struct DraftNoticeBody {
    /// That it may make representations about the content.
    #[serde(default)]
    pub representations: bool,
    /// That it may ask for a school or other institution to be named.
    #[serde(default)]
    pub request_setting: bool,
    /// That it may ask for a meeting with an officer.
    #[serde(default)]
    pub meeting: bool,
    /// Where to find information about schools and colleges.
    #[serde(default)]
    pub where_to_find_settings: bool,
}

impl From<DraftNoticeBody> for statute::DraftNotice {
    fn from(body: DraftNoticeBody) -> Self {
        Self {
            representations: body.representations,
            request_setting: body.request_setting,
            meeting: body.meeting,
            where_to_find_settings: body.where_to_find_settings,
        }
    }
}

/// Whose plan it is, and whose council's, as its document says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Printed {
    /// The child's or young person's name.
    pub name: String,
    /// Their date of birth.
    pub date_of_birth: NaiveDate,
    /// The name of the local authority.
    pub authority: String,
}

/// A section as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = plan_sections, primary_key(plan_id, section), treat_none_as_null = true)]
pub struct SectionRow {
    /// The version of the plan.
    pub plan_id: Id,
    /// Which section.
    pub section: SectionWord,
    /// The text, cleaned.
    pub text: String,
    /// The advice that it rests on.
    pub sources: Doc<Vec<Source>>,
    /// The family's representation that it answers.
    pub representation_id: Option<Id>,
    /// The version of the plan (that of its `ETag`) in which it was last changed.
    pub changed_in: i32,
    /// Whether it holds provision to prepare for adulthood, as its author says.
    pub preparing_for_adulthood: bool,
}

/// Advice that a section rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Source {
    /// The request for advice.
    pub advice_request_id: Id,
    /// What kind of advice.
    pub kind: AdviceKindWord,
    /// The body that gave it.
    pub organisation: Option<String>,
    /// Its author.
    pub author: Option<String>,
    /// What the author is.
    pub role: Option<String>,
    /// Its day.
    pub dated: Option<NaiveDate>,
    /// Which submission of the request; null for existing advice that stands in.
    #[serde(default)]
    pub submission: Option<i32>,
    /// What was taken over from it into this section, each text as its author wrote it. Blank where nothing was.
    #[serde(default)]
    pub texts: Vec<String>,
    /// The day the body declined to give it: it was not obtained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declined_on: Option<NaiveDate>,
}

impl Source {
    /// The advice as section K lists it: what, from whom, by whom, of which day; or that it was not obtained.
    pub fn in_words(&self) -> String {
        let kind = self.kind.0.description();
        let mut letters = kind.chars();
        let capital = letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
        let author = match (&self.author, &self.role) {
            (Some(author), Some(role)) => Some(format!("{author} ({role})")),
            (Some(author), None) => Some(author.clone()),
            (None, _) => None,
        };
        let long = |day: NaiveDate| day.format("%-d %B %Y").to_string();
        let declined = self.declined_on.map(|day| format!("not obtained: declined on {}", long(day)));
        let parts = [Some(capital), self.organisation.clone(), author, self.dated.map(long), declined];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// The sections of one version of a plan.
#[derive(Debug, Clone)]
pub struct Sections(BTreeMap<Section, SectionRow>);

impl Sections {
    /// The sections that are kept, and blank ones for those that are not.
    pub fn new(plan_id: Id, rows: Vec<SectionRow>) -> Self {
        let mut sections = Self::blank(plan_id);
        for row in rows {
            sections.put(row);
        }
        sections
    }

    /// Twelve blank sections.
    pub fn blank(plan_id: Id) -> Self {
        let blank = |section: Section| SectionRow {
            plan_id,
            section: section.into(),
            text: String::new(),
            sources: Doc(Vec::new()),
            representation_id: None,
            changed_in: 1,
            preparing_for_adulthood: false,
        };
        Self(Section::ALL.iter().map(|section| (*section, blank(*section))).collect())
    }

    /// The same sections for another version.
    pub fn for_plan(mut self, plan_id: Id) -> Self {
        self.0.values_mut().for_each(|row| {
            row.plan_id = plan_id;
            row.changed_in = 1;
        });
        self
    }

    /// The same texts for a version that begins from them: nothing differs yet, so nothing answers a representation,
    /// and section K is gathered anew.
    pub fn begun_anew(mut self, plan_id: Id) -> Self {
        self.0.values_mut().for_each(|row| row.representation_id = None);
        let blank = Self::blank(plan_id).0.remove(&Section::K);
        blank.into_iter().for_each(|row| self.put(row));
        self.for_plan(plan_id)
    }

    /// Puts a section in its place.
    pub fn put(&mut self, row: SectionRow) {
        self.0.insert(row.section.0, row);
    }

    /// Writes section I.
    pub fn place(&mut self, placement: &PlacementRecord) {
        if let Some(row) = self.0.get_mut(&Section::I) {
            row.text = placement.in_words();
        }
    }

    /// Writes section K: the list of the advice gathered.
    pub fn gather(&mut self, sources: Vec<Source>) {
        if let Some(row) = self.0.get_mut(&Section::K) {
            let items: Vec<_> =
                sources.iter().map(|source| format!("<li>{}</li>", markup::escape(&source.in_words()))).collect();
            row.text = if items.is_empty() { String::new() } else { format!("<ul>{}</ul>", items.concat()) };
            row.sources = Doc(sources);
        }
    }

    /// Adds what a report says, and the section does not hold from it yet, under a heading that names the report. False
    /// where all of it is there already.
    pub fn take_over(&mut self, section: Section, source: Source) -> bool {
        let Some(row) = self.0.get_mut(&section) else {
            return false;
        };
        // A report that was given back and came again may say again what was taken over from it before.
        let of_request = |kept: &&Source| kept.advice_request_id == source.advice_request_id;
        let there: BTreeSet<&String> = row.sources.0.iter().filter(of_request).flat_map(|kept| &kept.texts).collect();
        let texts: Vec<String> = source.texts.iter().filter(|text| !there.contains(text)).cloned().collect();
        if texts.is_empty() {
            return false;
        }
        let source = Source { texts, ..source };
        let items: String = source.texts.iter().map(|text| format!("<li>{}</li>", markup::from_plain(text))).collect();
        row.text.push_str(&format!("<h3>{}</h3><ul>{items}</ul>", markup::escape(&source.in_words())));
        row.sources.0.push(source);
        true
    }

    /// Whether a section of provision that says something is marked as preparing for adulthood.
    pub fn prepares_for_adulthood(&self) -> bool {
        let mut rows = self.0.iter().filter(|(section, _)| section.is_provision());
        rows.any(|(_, row)| row.preparing_for_adulthood && !markup::is_blank(&row.text))
    }

    /// The sections that show anything.
    pub fn written(&self) -> BTreeSet<Section> {
        Section::ALL.iter().copied().filter(|section| !self.is_blank(*section)).collect()
    }

    /// The sections that were changed after a version of the plan.
    pub fn changed_after(&self, version: i32) -> Vec<Section> {
        self.0.iter().filter(|(_, row)| row.changed_in > version).map(|(section, _)| *section).collect()
    }

    /// The sections whose words are not those of another version.
    pub fn changed_from(&self, other: &Self) -> Vec<Section> {
        let words = |sections: &Self, section| sections.get(section).map(|row| markup::words_of(&row.text));
        self.0.keys().copied().filter(|section| words(self, *section) != words(other, *section)).collect()
    }

    /// One of them.
    pub fn get(&self, section: Section) -> Option<&SectionRow> {
        self.0.get(&section)
    }

    /// Whether a section shows nothing.
    pub fn is_blank(&self, section: Section) -> bool {
        self.get(section).is_none_or(|row| markup::is_blank(&row.text))
    }

    /// The sections whose words are not those of `served`, each with whether it names one of the representations that
    /// it may answer.
    pub fn differing_from(&self, served: &Self, answerable: &[Id]) -> Vec<DifferingSection> {
        self.changed_from(served)
            .into_iter()
            .map(|section| DifferingSection {
                section,
                names_representation: self
                    .get(section)
                    .and_then(|row| row.representation_id)
                    .is_some_and(|id| answerable.contains(&id)),
            })
            .collect()
    }

    /// The rows.
    pub fn rows(&self) -> Vec<&SectionRow> {
        self.0.values().collect()
    }

    /// The rows, by section.
    pub fn into_rows(self) -> BTreeMap<Section, SectionRow> {
        self.0
    }
}

/// A version to be started.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartBody {
    /// Whether what accepted reports say (needs, outcomes, provision, and the family's own words) is placed where it
    /// belongs in sections A to H, each text under the report that it comes from. What the version holds already is not
    /// repeated.
    pub from_advice: Option<bool>,
}

/// A section as its author writes it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SectionBody {
    /// The text: plain, or in a subset of HTML (p, ul, ol, li, strong, em, h3, h4, table and its parts, br). Everything
    /// else is removed. At most 10,000 tags and 200,000 bytes.
    #[schema(max_length = 200000)]
    pub text: String,
    /// The family's representation that this text answers: needed where it differs from the draft last served and no
    /// amended draft is to be served.
    pub representation_id: Option<Id>,
    /// For the sections of provision, F, G, H1 and H2: whether it holds provision to prepare for adulthood. Left out, it
    /// stays as it is.
    pub preparing_for_adulthood: Option<bool>,
}

/// The service of a draft.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceBody {
    /// The day it was served on the family: the first of its fifteen days.
    pub served_on: NaiveDate,
    /// To whom it went; the family alone unless told, the family always.
    pub to: Option<Vec<PlanRecipientWord>>,
    /// Why it is served while advice is unsettled (managers). Kept where advice is.
    #[schema(max_length = 5000)]
    pub override_reason: Option<String>,
    /// How it was sent. Left out, it is warned about.
    pub sent_by: Option<SentByWord>,
    /// What the notice with it told the family. Left out, it is warned about.
    pub notice: Option<DraftNoticeBody>,
}

/// What the family says to the draft that was served. At least one of its parts but the day.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RepresentationBody {
    /// The day it came.
    pub received_on: NaiveDate,
    /// What the family says.
    #[schema(max_length = 100000)]
    pub text: Option<String>,
    /// The school or other institution that it asks for.
    #[schema(max_length = 500)]
    pub requested_setting: Option<String>,
    /// Which it is, where it is an organisation of kind education_setting or early_years_provider. Left out, it is the one
    /// whose name `requested_setting` is, where there is exactly one.
    pub requested_setting_id: Option<Id>,
    /// Whether it asks to meet an officer.
    pub meeting_requested: Option<bool>,
    /// Whether it says in writing that it has finished, so that the fifteen days need not be waited for.
    pub finished: Option<bool>,
}

impl RepresentationBody {
    /// Whether the family says anything by it.
    pub fn says_something(&self) -> bool {
        let says = |answer: Option<bool>| answer.unwrap_or(false);
        let asks = self.requested_setting.is_some() || self.requested_setting_id.is_some();
        self.text.is_some() || asks || says(self.meeting_requested) || says(self.finished)
    }
}

/// A representation as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = representations)]
pub struct Representation {
    /// Its id.
    pub id: Id,
    /// The case.
    pub case_id: Id,
    /// The draft that it is about.
    pub plan_id: Id,
    /// The day it came.
    pub received_on: NaiveDate,
    /// What the family says.
    pub text: Option<String>,
    /// The school or other institution that it asks for.
    pub requested_setting: Option<String>,
    /// Whether it asks to meet an officer.
    pub meeting_requested: bool,
    /// Whether it says in writing that it has finished.
    pub finished: bool,
    /// Who recorded it.
    pub recorded_by: Option<Id>,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Which setting it asks for.
    pub requested_setting_id: Option<Id>,
}

/// What the family said to a draft.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Representation)]
pub struct RepresentationView {
    /// Its id.
    pub id: Id,
    /// The draft that it is about.
    pub plan_id: Id,
    /// The day it came.
    pub received_on: NaiveDate,
    /// What the family says.
    pub text: Option<String>,
    /// The school or other institution that it asks for.
    pub requested_setting: Option<String>,
    /// Which it is, of those known here.
    pub requested_setting_id: Option<Id>,
    /// Whether it asks to meet an officer.
    pub meeting_requested: bool,
    /// Whether it says in writing that it has finished.
    pub finished: bool,
    /// When it was recorded.
    pub recorded_at: Instant,
}

impl From<Representation> for RepresentationView {
    fn from(row: Representation) -> Self {
        Self {
            id: row.id,
            plan_id: row.plan_id,
            received_on: row.received_on,
            text: row.text,
            requested_setting: row.requested_setting,
            requested_setting_id: row.requested_setting_id,
            meeting_requested: row.meeting_requested,
            finished: row.finished,
            recorded_at: row.recorded_at,
        }
    }
}
