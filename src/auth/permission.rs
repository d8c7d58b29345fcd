//! What a role may do. A handler names the permission it needs in its signature: `Caller<WorkOnCases>`.

use crate::words::vocabulary;

vocabulary! {
    /// What a user is in this service.
    Role as RoleWord {
        /// Works on every unrestricted case.
        Caseworker = "caseworker",
        /// Sees every case, confirms exceptions, overrides and corrects.
        Manager = "manager",
        /// Answers the advice requests of one organisation.
        Adviser = "adviser",
        /// Manages users, organisations and calendars; sees no case.
        Admin = "admin",
    }
}

/// Something that roles are allowed to do.
pub trait Permission: Send + Sync + 'static {
    /// Its name, as `/me` lists it.
    const NAME: &'static str;
    /// Who has it.
    const ROLES: &'static [Role];
    /// Whether those have it too who must set up one-time codes before anything else.
    const WHILE_ENROLLING: bool = false;
}

/// Set up and look after one's own one-time codes.
#[derive(Debug, Clone, Copy)]
pub struct SetUpCodes;

impl Permission for SetUpCodes {
    const NAME: &'static str = SignedIn::NAME;
    const ROLES: &'static [Role] = SignedIn::ROLES;
    const WHILE_ENROLLING: bool = true;
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $word:literal: $($role:ident),+;)+) => {
        $($(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;
        impl Permission for $name {
            const NAME: &'static str = $word;
            const ROLES: &'static [Role] = &[$(Role::$role),+];
        })+

        /// The names of all that a role may do.
        pub fn granted_to(role: Role) -> Vec<&'static str> {
            let all: &[(&'static str, &[Role])] = &[$(($name::NAME, $name::ROLES)),+];
            all.iter().filter(|(_, roles)| roles.contains(&role)).map(|(name, _)| *name).collect()
        }
    };
}

permissions! {
    /// Anybody who is signed in.
    SignedIn = "signed_in": Caseworker, Manager, Adviser, Admin;
    /// See cases and take their steps.
    WorkOnCases = "work_on_cases": Caseworker, Manager;
    /// Confirm exceptions, override, correct, see who saw what.
    ManageCases = "manage_cases": Manager;
    /// See the figures, and freeze them.
    SeeFigures = "see_figures": Manager;
    /// See and answer advice requests.
    AnswerAdvice = "answer_advice": Caseworker, Manager, Adviser;
    /// List users for pick-lists.
    ListUsers = "list_users": Caseworker, Manager, Admin;
    /// See organisations: advisers see their own.
    ReadOrganisations = "read_organisations": Caseworker, Manager, Adviser, Admin;
    /// See working days and closures.
    ReadCalendar = "read_calendar": Caseworker, Manager, Admin;
    /// Manage users, organisations and calendars.
    Administer = "administer": Admin;
}
