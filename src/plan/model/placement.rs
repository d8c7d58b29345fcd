//! Where a final plan says that education takes place, and what goes with that choice.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use statute::{EducationOtherwise, Placement};
use utoipa::ToSchema;

use crate::ids::Id;
use crate::markup;
use crate::words::{EducationOtherwiseWord, PlacementGroundWord};

/// Where education takes place: a setting with its type, a type alone, or elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PlacementBody)]
pub struct PlacementBody {
    /// A setting: an organisation of kind education_setting or early_years_provider.
    pub setting_id: Option<Id>,
    /// The type of school or institution. With a setting it may be left out where the organisation has one.
    #[schema(max_length = 500)]
    pub setting_type: Option<String>,
    /// Education otherwise than at a school or college.
    pub education_otherwise: Option<EducationOtherwiseWord>,
    /// For `authority_s61`: the authority's finding, why a school or college is inappropriate (Act s.61(2)).
    #[schema(max_length = 5000)]
    pub inappropriate_because: Option<String>,
    /// For `authority_s61`: the day on which the family was consulted (Act s.61(3)).
    pub family_consulted_on: Option<NaiveDate>,
}

/// The placement of a final plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Placement)]
pub struct PlacementRecord {
    /// The named setting.
    pub setting_id: Option<Id>,
    /// Its name as it was then.
    pub setting_name: Option<String>,
    /// The type of school or institution.
    pub setting_type: Option<String>,
    /// Education otherwise than at a school or college.
    pub education_otherwise: Option<EducationOtherwiseWord>,
    /// For `authority_s61`: why a school or college is inappropriate.
    #[serde(default)]
    pub inappropriate_because: Option<String>,
    /// For `authority_s61`: the day on which the family was consulted.
    #[serde(default)]
    pub family_consulted_on: Option<NaiveDate>,
}

impl PlacementRecord {
    /// What the law's crate needs to know of it.
    pub fn to_statute(&self) -> Option<Placement> {
        match (self.setting_id, &self.setting_type, self.education_otherwise.map(|otherwise| otherwise.0)) {
            (Some(_), given, _) => Some(Placement::Setting { type_given: given.is_some() }),
            (None, Some(_), _) => Some(Placement::SettingType),
            (None, None, Some(EducationOtherwise::AuthorityS61)) => Some(Placement::AuthorityS61 {
                finding_given: self.inappropriate_because.is_some(),
                family_consulted: self.family_consulted_on.is_some(),
            }),
            (None, None, Some(EducationOtherwise::Family)) => Some(Placement::Family),
            (None, None, None) => None,
        }
    }

    /// The text of section I: name and type, or what there is of them. Blank where the authority arranges education
    /// elsewhere.
    pub(super) fn in_words(&self) -> String {
        let paragraph = |words: &str| format!("<p>{}</p>", markup::escape(words));
        match (&self.setting_name, &self.setting_type) {
            (Some(name), Some(of_type)) => format!("{}{}", paragraph(name), paragraph(&format!("Type: {of_type}"))),
            (Some(words), None) | (None, Some(words)) => paragraph(words),
            (None, None) => {
                let otherwise = self.education_otherwise.and_then(|otherwise| otherwise.0.in_words());
                otherwise.map(paragraph).unwrap_or_default()
            }
        }
    }
}

/// Why a setting that the family asked for is not named: a ground with its reasons, or that the family took its request
/// back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotNamedBody {
    /// The setting.
    pub setting_id: Id,
    /// The ground (Act s.39(4)).
    pub ground: Option<PlacementGroundWord>,
    /// The reasons, with the ground.
    #[schema(max_length = 5000)]
    pub reasons: Option<String>,
    /// The day on which the family took its request back.
    pub request_withdrawn_on: Option<NaiveDate>,
}

/// A setting that the family asked for and a final plan does not name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = NotNamed)]
pub struct NotNamed {
    /// The setting.
    pub setting_id: Id,
    /// The ground (Act s.39(4)).
    pub ground: Option<PlacementGroundWord>,
    /// The reasons.
    pub reasons: Option<String>,
    /// The day on which the family took its request back.
    pub request_withdrawn_on: Option<NaiveDate>,
}

impl From<NotNamedBody> for NotNamed {
    fn from(body: NotNamedBody) -> Self {
        Self {
            setting_id: body.setting_id,
            ground: body.ground,
            reasons: body.reasons,
            request_withdrawn_on: body.request_withdrawn_on,
        }
    }
}

/// What a manager overrides, each with a reason, by the code with which it is refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Overrides {
    /// Why changes that answer no representation go out without another draft (Act s.40).
    #[schema(max_length = 5000)]
    pub amended_draft_needed: Option<String>,
    /// Why a setting is named that was not consulted, or whose authority was not.
    #[schema(max_length = 5000)]
    pub setting_not_consulted: Option<String>,
    /// Why the plan is issued though the integrated care board has not agreed section G.
    #[schema(max_length = 5000)]
    pub health_provision_not_agreed: Option<String>,
}

impl Overrides {
    /// The reasons that are given, with what each overrides.
    pub fn given(&self) -> impl Iterator<Item = (statute::Code, &String)> {
        let all = [
            (statute::Code::AmendedDraftNeeded, &self.amended_draft_needed),
            (statute::Code::SettingNotConsulted, &self.setting_not_consulted),
            (statute::Code::HealthProvisionNotAgreed, &self.health_provision_not_agreed),
        ];
        all.into_iter().filter_map(|(code, reason)| Some((code, reason.as_ref()?)))
    }

    /// Those that were needed; `None` where none was.
    pub fn needed(self, needed: &BTreeSet<statute::Code>) -> Option<Self> {
        let kept = |code, reason: Option<String>| reason.filter(|_| needed.contains(&code));
        let kept = Self {
            amended_draft_needed: kept(statute::Code::AmendedDraftNeeded, self.amended_draft_needed),
            setting_not_consulted: kept(statute::Code::SettingNotConsulted, self.setting_not_consulted),
            health_provision_not_agreed: kept(
                statute::Code::HealthProvisionNotAgreed,
                self.health_provision_not_agreed,
            ),
        };
        let any = kept.given().next().is_some();
        any.then_some(kept)
    }
}
