//! `openapi`: prints the OpenAPI document, which is committed as `openapi.yaml`.

use super::Failure;
use crate::http;

pub(super) fn run() -> Result<(), Failure> {
    print!("{}", http::yaml(&http::document()).map_err(Failure::failed)?);
    Ok(())
}
