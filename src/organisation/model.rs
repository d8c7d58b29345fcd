//! What an organisation is.

use std::collections::HashSet;

use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use statute::AdviceKind;
use utoipa::{IntoParams, ToSchema};

use crate::db::columns::Doc;
use crate::db::schema::organisations;
use crate::ids::Id;
use crate::text::fold_address;
use crate::time::Instant;
use crate::words::{AdviceKindWord, SettingKindWord, vocabulary};

vocabulary! {
    /// What kind of body an organisation is.
    OrganisationKind as OrganisationKindWord {
        /// The council itself.
        LocalAuthority = "local_authority",
        /// An NHS body; the integrated care board among them.
        Health = "health",
        /// Children's or adults' social care.
        SocialCare = "social_care",
        /// Educational psychology.
        EducationalPsychology = "educational_psychology",
        /// A school or post-16 institution.
        EducationSetting = "education_setting",
        /// A nursery or other early-years provider.
        EarlyYearsProvider = "early_years_provider",
        /// Any other.
        Other = "other",
    }
}

impl OrganisationKind {
    /// Whether a child can attend it.
    pub fn is_setting(self) -> bool {
        matches!(self, Self::EducationSetting | Self::EarlyYearsProvider)
    }
}

/// An organisation as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = organisations, treat_none_as_null = true)]
pub struct Organisation {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// What kind of body it is.
    pub kind: OrganisationKindWord,
    /// The shared mailbox: people leave, teams stay.
    pub mailbox: Option<String>,
    /// Where a third chase also goes.
    pub escalation_mailbox: Option<String>,
    /// The unique reference number of a school.
    pub urn: Option<String>,
    /// Whether section 31 of the Act binds it to answer in time (Regs 8(1)).
    pub section_31_body: bool,
    /// Whether it answers by secure link, without accounts.
    pub answers_by_link: bool,
    /// The kinds of advice that are asked of it unless told otherwise.
    pub default_for: Doc<Vec<AdviceKindWord>>,
    /// Raised by every change.
    pub version: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// The type of school or institution, as section I of a plan gives it.
    pub setting_type: Option<String>,
    /// What kind of school or institution it is in law.
    pub setting_kind: Option<SettingKindWord>,
    /// The 3-digit code of the authority that maintains it, where that is another.
    pub maintained_by: Option<String>,
}

impl Organisation {
    /// Whether the family has a right that it be named, where it asks for it (Act s.38(3)).
    pub fn can_be_requested(&self) -> bool {
        let early_years_provider = self.kind.0 == OrganisationKind::EarlyYearsProvider;
        statute::can_be_requested(self.setting_kind.map(|kind| kind.0), early_years_provider)
    }

    /// Whom a request for advice is addressed to, and whether section 31 of the Act binds it.
    pub fn as_addressee(&self) -> (Id, bool) {
        (self.id, self.section_31_body)
    }
}

/// Of whom advice of a kind is asked unless told otherwise: education of the child's own setting, the family of nobody
/// but themselves, everything else of the one among `defaults` that is configured for it. `None` is something to fix.
pub fn addressee<'a>(
    kind: AdviceKind,
    setting: Option<&'a Organisation>,
    defaults: &'a [Organisation],
) -> Option<&'a Organisation> {
    match (kind, setting) {
        (AdviceKind::Family, _) => None,
        (AdviceKind::Education, Some(setting)) => Some(setting),
        _ => defaults.iter().find(|organisation| organisation.default_for.0.contains(&kind.into())),
    }
}

/// An organisation to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganisationBody {
    /// Its name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What kind of body it is.
    pub kind: OrganisationKindWord,
    /// The shared mailbox.
    pub mailbox: Option<String>,
    /// Where a third chase also goes.
    pub escalation_mailbox: Option<String>,
    /// The unique reference number of a school: six digits.
    pub urn: Option<String>,
    /// Whether section 31 of the Act binds it; true for health unless told.
    pub section_31_body: Option<bool>,
    /// Whether it answers by secure link.
    pub answers_by_link: Option<bool>,
    /// The kinds of advice that are asked of it unless told otherwise.
    pub default_for: Option<Vec<AdviceKindWord>>,
    /// The type of school or institution, as section I of a plan gives it with the name: "A maintained special school".
    #[schema(max_length = 500)]
    pub setting_type: Option<String>,
    /// What kind of school or institution it is in law (Act s.38(3)). While nobody has said so, a school or college counts
    /// as one that the family has a right to ask for.
    pub setting_kind: Option<SettingKindWord>,
    /// The 3-digit code of the authority that maintains it, where that is another: it is consulted before the setting is
    /// named.
    pub maintained_by: Option<String>,
}

/// A change to an organisation: what is left out stays as it is.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganisationChange {
    /// Its name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// What kind of body it is.
    pub kind: Option<OrganisationKindWord>,
    /// The shared mailbox.
    pub mailbox: Option<String>,
    /// Where a third chase also goes.
    pub escalation_mailbox: Option<String>,
    /// The unique reference number of a school: six digits.
    pub urn: Option<String>,
    /// Whether section 31 of the Act binds it.
    pub section_31_body: Option<bool>,
    /// Whether it answers by secure link.
    pub answers_by_link: Option<bool>,
    /// The kinds of advice that are asked of it unless told otherwise.
    pub default_for: Option<Vec<AdviceKindWord>>,
    /// The type of school or institution, as section I of a plan gives it with the name.
    #[schema(max_length = 500)]
    pub setting_type: Option<String>,
    /// What kind of school or institution it is in law (Act s.38(3)).
    pub setting_kind: Option<SettingKindWord>,
    /// The 3-digit code of the authority that maintains it, where that is another.
    pub maintained_by: Option<String>,
}

/// Which organisations to list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OrganisationFilter {
    /// Only of this kind.
    #[param(inline)]
    pub kind: Option<OrganisationKindWord>,
    /// How many, 50 unless told, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// Also answer how many there are in all.
    pub count: Option<bool>,
}

/// An organisation as clients see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Organisation)]
pub struct OrganisationView {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// What kind of body it is.
    pub kind: OrganisationKindWord,
    /// The shared mailbox.
    pub mailbox: Option<String>,
    /// Whether the shared mailbox has refused mail for good, twice or more: no mail is tried there until an address is
    /// given anew, or a message that is sent again arrives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mailbox_bounced: Option<bool>,
    /// Where a third chase also goes.
    pub escalation_mailbox: Option<String>,
    /// Whether that mailbox has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub escalation_mailbox_bounced: Option<bool>,
    /// The unique reference number of a school.
    pub urn: Option<String>,
    /// Whether section 31 of the Act binds it.
    pub section_31_body: bool,
    /// Whether it answers by secure link.
    pub answers_by_link: bool,
    /// The kinds of advice that are asked of it unless told otherwise.
    pub default_for: Vec<AdviceKindWord>,
    /// The type of school or institution, as section I of a plan gives it.
    pub setting_type: Option<String>,
    /// What kind of school or institution it is in law (Act s.38(3)).
    pub setting_kind: Option<SettingKindWord>,
    /// The 3-digit code of the authority that maintains it, where that is another.
    pub maintained_by: Option<String>,
    /// Raised by every change.
    pub version: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

impl From<Organisation> for OrganisationView {
    fn from(row: Organisation) -> Self {
        Self {
            id: row.id,
            name: row.name,
            kind: row.kind,
            mailbox: row.mailbox,
            mailbox_bounced: None,
            escalation_mailbox: row.escalation_mailbox,
            escalation_mailbox_bounced: None,
            urn: row.urn,
            section_31_body: row.section_31_body,
            answers_by_link: row.answers_by_link,
            default_for: row.default_for.0,
            setting_type: row.setting_type,
            setting_kind: row.setting_kind,
            maintained_by: row.maintained_by,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl OrganisationView {
    /// Its addresses.
    pub fn addresses(row: &Organisation) -> impl Iterator<Item = &String> {
        row.mailbox.iter().chain(&row.escalation_mailbox)
    }

    /// With whether each address is among those that refused mail.
    pub fn with_bounces(self, marked: &HashSet<String>) -> Self {
        let bounced =
            |address: &Option<String>| address.as_deref().map(|address| marked.contains(&fold_address(address)));
        Self {
            mailbox_bounced: bounced(&self.mailbox),
            escalation_mailbox_bounced: bounced(&self.escalation_mailbox),
            ..self
        }
    }
}

/// An organisation in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = OrganisationSummary)]
pub struct OrganisationInShort {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// What kind of body it is.
    pub kind: OrganisationKindWord,
    /// The unique reference number of a school.
    pub urn: Option<String>,
}

impl From<&Organisation> for OrganisationInShort {
    fn from(row: &Organisation) -> Self {
        Self { id: row.id, name: row.name.clone(), kind: row.kind, urn: row.urn.clone() }
    }
}
