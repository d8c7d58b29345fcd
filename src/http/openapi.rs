//! The OpenAPI document: generated from the routes, then completed with what holds for all of them.

use std::collections::BTreeSet;

use actix_web::App as ActixApp;
use utoipa::openapi::content::{Content, ContentBuilder};
use utoipa::openapi::path::Operation;
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Ref, RefOr, Required, ResponseBuilder, Schema};
use utoipa::{OpenApi, PartialSchema, ToSchema};
use utoipa_actix_web::AppExt;

use super::ProblemView;
use super::routes::{self, API};

#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "ehcp-tracker",
        description = "Tracks each Education, Health and Care needs assessment from request to final plan, on its statutory clock.\n\nDays are `YYYY-MM-DD` in London, instants RFC 3339 in UTC. Errors are problem details (RFC 9457). A step on something that has versions needs `If-Match` with the `ETag` that you read. A POST may carry an `Idempotency-Key`: a repetition is answered with the first answer."
    ),
    components(schemas(ProblemView))
)]
struct Api;

/// The OpenAPI document of this service.
pub fn document() -> utoipa::openapi::OpenApi {
    let (_, mut document) = ActixApp::new()
        .into_utoipa_app()
        .openapi(Api::openapi())
        .service(utoipa_actix_web::scope(API).configure(|config| routes::api(config)))
        .configure(|config| routes::operation(config))
        .split_for_parts();
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    let undemanding: BTreeSet<String> =
        components.schemas.iter().filter(|(_, schema)| demands_nothing(schema)).map(|(name, _)| name.clone()).collect();
    for (path, item) in &mut document.paths.paths {
        let operations =
            [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten();
        for operation in operations {
            complete(path, operation);
            if let Some(RefOr::T(body)) = operation.request_body.as_mut()
                && may_be_left_out(body, &undemanding)
            {
                body.required = Some(Required::False);
            }
        }
    }
    document
}

/// Whether every field of a body may be left out: then so may the body.
fn demands_nothing(schema: &RefOr<Schema>) -> bool {
    matches!(schema, RefOr::T(Schema::Object(object)) if object.required.is_empty())
}

/// Whether a body is one of those, by their names, that may be left out.
fn may_be_left_out(body: &RequestBody, undemanding: &BTreeSet<String>) -> bool {
    body.content.values().any(|content| match content {
        RefOr::T(Content { schema: Some(RefOr::Ref(schema)), .. }) => {
            schema.ref_location.rsplit('/').next().is_some_and(|name| undemanding.contains(name))
        }
        _ => false,
    })
}

/// Adds what every operation has: who may call it, and how it fails.
fn complete(path: &str, operation: &mut Operation) {
    // Handlers have short names within their feature; in the document a name must be the only one.
    if let (Some(name), Some(tag)) = (&operation.operation_id, operation.tags.iter().flatten().next()) {
        operation.operation_id = Some(format!("{tag}_{name}"));
    }
    if !path.starts_with(API) {
        return;
    }
    let by_link = path.starts_with("/api/v1/advice-links/");
    // Handlers whose request brings all that it needs say `security(())`.
    let open = operation.security.is_some();
    if !open {
        operation.security = Some(vec![SecurityRequirement::new("bearer", Vec::<String>::new())]);
    }
    let parameters = operation.parameters.as_deref().unwrap_or_default();
    let is_step =
        parameters.iter().any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == "If-Match"));
    let has_input = operation.request_body.is_some() || !parameters.is_empty();
    let mut failures = vec![
        ("414", "The address is too long"),
        ("431", "The headers are too large"),
        ("503", "The service can't answer just now"),
    ];
    if by_link {
        failures.push(("429", "Too many attempts"));
    } else if open {
        failures.extend([("401", "Not signed in"), ("429", "Too many attempts")]);
    } else {
        failures.extend([("401", "Not signed in"), ("403", "Your role may not do this")]);
    }
    if parameters.iter().any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == "Accept")) {
        failures.push(("406", "The answer has none of the forms that you take"));
    }
    if path.contains('{') {
        failures.push(("404", "There is no such thing, or none that you may see"));
    }
    if has_input {
        failures.push(("422", "A field or parameter is not valid: every fault is listed"));
    }
    if operation.request_body.is_some() {
        failures.extend([
            ("400", "The body is not JSON"),
            ("408", "The body came too slowly"),
            ("409", "Not lawful, or not possible now"),
            ("413", "The body is too large"),
            ("415", "The body is of a type that is not taken here"),
        ]);
    }
    if is_step {
        failures.extend([
            ("409", "Not lawful, or not possible now"),
            ("412", "Somebody else changed it since you read it"),
            ("428", "If-Match is missing"),
        ]);
    }
    let is_page = operation.responses.responses.values().any(
        |response| matches!(response, RefOr::T(response) if response.content.keys().any(|kind| kind == "text/html")),
    );
    for (status, description) in failures {
        operation.responses.responses.entry(status.to_owned()).or_insert_with(|| {
            let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(ProblemView::name()))).build();
            let response = ResponseBuilder::new().description(description).content("application/problem+json", content);
            if is_page {
                let page = ContentBuilder::new().schema(Some(String::schema())).build();
                response.content("text/html", page).build().into()
            } else {
                response.build().into()
            }
        });
    }
}

/// The document as YAML, byte for byte as it is committed.
pub fn yaml(document: &utoipa::openapi::OpenApi) -> Result<String, String> {
    document.to_yaml().map_err(|fault| fault.to_string())
}
