//! The addresses that there are and what each takes, to tell a wrong method from a wrong address.

use utoipa::openapi::path::HttpMethod;

use super::routes::{self, API, Route, Routes};

/// Every address, as its steps, and its methods.
#[derive(Debug, Clone)]
pub(super) struct Addresses(Vec<Address>);

#[derive(Debug, Clone)]
struct Address {
    steps: Vec<String>,
    methods: Vec<&'static str>,
}

/// Collects the addresses below a prefix.
struct Below<'a> {
    prefix: &'a str,
    found: &'a mut Vec<Address>,
}

impl Routes for Below<'_> {
    fn service<R: Route>(&mut self, _: R) {
        let path = format!("{}{}", self.prefix, R::path());
        let steps: Vec<String> = path.split('/').map(str::to_owned).collect();
        let methods = R::methods().into_iter().filter_map(name);
        match self.found.iter_mut().find(|address| address.steps == steps) {
            Some(address) => address.methods.extend(methods),
            None => self.found.push(Address { steps, methods: methods.collect() }),
        }
    }
}

/// The methods that the service uses, by their names.
fn name(method: HttpMethod) -> Option<&'static str> {
    match method {
        HttpMethod::Get => Some("GET"),
        HttpMethod::Post => Some("POST"),
        HttpMethod::Put => Some("PUT"),
        HttpMethod::Patch => Some("PATCH"),
        HttpMethod::Delete => Some("DELETE"),
        _ => None,
    }
}

impl Addresses {
    /// Those of all routes.
    pub(super) fn all() -> Self {
        let mut found = Vec::new();
        routes::api(&mut Below { prefix: API, found: &mut found });
        routes::operation(&mut Below { prefix: "", found: &mut found });
        for address in &mut found {
            address.methods.sort_unstable();
        }
        Self(found)
    }

    /// What the address takes; none where there is no such address. Of several that it fits, the one that says most of it
    /// counts: `/cases/search` is not the case whose id is `search`.
    pub(super) fn methods_at(&self, path: &str) -> Option<&[&'static str]> {
        let steps: Vec<&str> = path.split('/').collect();
        let fitting = self.0.iter().filter_map(|address| Some((told(&address.steps, &steps)?, address)));
        fitting.max_by_key(|(told, _)| *told).map(|(_, address)| address.methods.as_slice())
    }
}

/// How many characters of a path its pattern tells; none where it does not fit.
fn told(pattern: &[String], steps: &[&str]) -> Option<usize> {
    if pattern.len() != steps.len() {
        return None;
    }
    let each = pattern.iter().zip(steps).map(|(pattern, step)| {
        match pattern.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            // What stands for a value may have an ending of its own, as `{token}.ics`.
            Some((_, ending)) => {
                step.strip_suffix(ending).is_some_and(|value| !value.is_empty()).then_some(ending.len())
            }
            None => (pattern == step).then_some(step.len()),
        }
    });
    each.sum()
}
