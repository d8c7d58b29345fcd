//! Who calls, and what they may do. Knows no feature.

mod actor;
mod caller;
mod council;
mod one_time;
mod password;
mod permission;
pub mod store;
mod token;

pub use actor::{Acting, Actor, LinkHolder, Principal, network};
pub use caller::Caller;
pub use council::{Council, CouncilClaims, SignatureAlgorithms, is_of_council};
pub use one_time::{OneTimeSecret, recovery_codes, recovery_digest};
pub use password::{PasswordHasher, random_token, token_digest, weakness};
pub use permission::{
    Administer, AnswerAdvice, ListUsers, ManageCases, Permission, ReadCalendar, ReadOrganisations, Role, RoleWord,
    SeeFigures, SetUpCodes, SignedIn, WorkOnCases, granted_to,
};
pub use token::{ACCESS_TOKEN_SECONDS, Claims, LinkPurpose, LinkPurposeWord, Tokens};
