//! Every code that an answer can carry, with its status and title: one table, so that a client can rely on it.

/// Makes the table.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:literal, $title:literal;)+) => {
        /// Why a request was not carried out.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code {
            $($(#[$doc])* #[doc = $title] $name,)+
            /// The law refuses the step.
            Law(statute::Code),
        }

        impl Code {
            /// Every code of the service's own.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code as clients see it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ Self::Law(code) => code.as_str() }
            }

            /// The HTTP status that goes with it.
            pub fn status(self) -> u16 {
                match self { $(Self::$name => $status,)+ Self::Law(code) => status_of_refusal(code) }
            }

            /// What it means, in a few words that are the same for every occurrence.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ Self::Law(_) => "The step is not lawful now" }
            }
        }
    };
}

codes! {
    MalformedJson = "malformed_json", 400, "The body is not JSON";
    MalformedForm = "malformed_form", 400, "The body is not a form, or broke off";
    Unauthenticated = "unauthenticated", 401, "Sign in first";
    InvalidCredentials = "invalid_credentials", 401, "The sign-in was not accepted";
    InvalidToken = "invalid_token", 401, "The token is not valid or no longer valid";
    OtpRequired = "otp_required", 401, "A one-time code is needed too";
    OtpUnreadable = "otp_unreadable", 401, "Your one-time codes have to be set up anew";
    OtpEnrolmentRequired = "otp_enrolment_required", 403, "Set up one-time codes first";
    Forbidden = "forbidden", 403, "Your role may not do this";
    NotFound = "not_found", 404, "There is no such thing";
    MethodNotAllowed = "method_not_allowed", 405, "This address does not take this method";
    NotAcceptable = "not_acceptable", 406, "The answer has no such form";
    TooSlow = "too_slow", 408, "The request came too slowly";
    PossibleDuplicate = "possible_duplicate", 409, "This person may already be known";
    CaseAlreadyOpen = "case_already_open", 409, "This person has an open case";
    AlreadyExists = "already_exists", 409, "There is one already";
    InUse = "in_use", 409, "It is still in use";
    NotNow = "not_possible_now", 409, "This is not possible now";
    Stale = "stale", 412, "Somebody else changed it since you read it";
    TooLarge = "too_large", 413, "The body is too large";
    UriTooLong = "uri_too_long", 414, "The address is too long";
    HeadersTooLarge = "headers_too_large", 431, "The headers are too large";
    UnsupportedMediaType = "unsupported_media_type", 415, "The body's type is not one that is taken here";
    UnknownField = "unknown_field", 422, "A field is not known";
    MissingField = "missing_field", 422, "A required field is missing";
    WrongType = "wrong_type", 422, "A field has the wrong type";
    UnknownValue = "unknown_value", 422, "A field's value is not one of those allowed";
    InvalidDate = "invalid_date", 422, "A date does not exist or is not written YYYY-MM-DD";
    InvalidFormat = "invalid_format", 422, "A field is not in the form that is expected";
    Blank = "blank", 422, "A field must not be blank";
    TooLong = "too_long", 422, "A text is too long";
    TooShort = "too_short", 422, "A text is too short";
    OutOfRange = "out_of_range", 422, "A number is out of range";
    WrongOtp = "wrong_otp", 422, "The one-time code is not right";
    InvalidCursor = "invalid_cursor", 422, "The cursor is not one that was given out";
    InvalidParameter = "invalid_parameter", 422, "A parameter of the address is not valid";
    DateInFuture = "date_in_future", 422, "A day lies in the future";
    DateBeforePreviousStep = "date_before_previous_step", 422, "A day lies before the step it follows";
    NotToday = "not_today", 422, "A day is not today's";
    DateBeforeBirth = "date_before_birth", 422, "A day lies before the birth";
    TooOld = "too_old", 422, "The person is 25 or over";
    InvalidNhsNumber = "invalid_nhs_number", 422, "The NHS number's check digit does not fit";
    InvalidUpn = "invalid_upn", 422, "The UPN's check letter does not fit";
    InvalidUln = "invalid_uln", 422, "The ULN's check digit does not fit";
    InvalidPostcode = "invalid_postcode", 422, "The postcode is not one";
    InvalidEmail = "invalid_email", 422, "The e-mail address is not one";
    UnknownOrganisation = "unknown_organisation", 422, "There is no such organisation";
    UnknownSetting = "unknown_setting", 422, "There is no such school, college or provider";
    UnknownUser = "unknown_user", 422, "There is no such user, or not for this";
    UnknownPerson = "unknown_person", 422, "There is no such person";
    UnknownDocument = "unknown_document", 422, "There is no such document on the case";
    UnknownRepresentation = "unknown_representation", 422, "There is no such representation on the case";
    UnknownPlan = "unknown_plan", 422, "There is no such plan on the case";
    InfectedFile = "infected_file", 422, "The file is infected";
    DocumentUnscanned = "document_unscanned", 409, "The document has not been scanned yet";
    DocumentInfected = "document_infected", 409, "The document was found to be infected";
    Contradiction = "contradiction", 422, "What is said contradicts itself";
    ImportedOtherwise = "imported_otherwise", 409, "A row of this number was taken over with other content";
    PasswordTooWeak = "password_too_weak", 422, "The password is too easy to guess";
    IdempotencyKeyReused = "idempotency_key_reused", 422, "The idempotency key was used for another request";
    PreconditionRequired = "precondition_required", 428, "Say which version you change, with If-Match";
    Throttled = "throttled", 429, "Too many attempts";
    Internal = "internal", 500, "Something went wrong on our side";
    Unavailable = "unavailable", 503, "The service can't answer just now";
    DiskFull = "disk_full", 507, "There is no room left to store this";
}

/// A ground that a rule does not know is a fault of the field that names it, as is a section that is not one to write, evidence
/// that is lacking, or a recipient who is told otherwise; every other refusal is a matter of the moment.
fn status_of_refusal(code: statute::Code) -> u16 {
    match code {
        statute::Code::GroundNotAvailable
        | statute::Code::EvidenceRequired
        | statute::Code::FamilyNotifiedByDecision
        | statute::Code::UnknownSection
        | statute::Code::SectionNotWritten => 422,
        _ => 409,
    }
}
