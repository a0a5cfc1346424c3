//! From method and path to a row of ROUTES.

use matchit::Router as Paths;
use percent_encoding::percent_decode_str;

use crate::api::route::Route;
use crate::api::ui;
use crate::error::{Error, Kind, Result};
use crate::http::Method;

/// The rows by path.
pub struct Router {
    paths: Paths<Vec<&'static Route>>,
}

/// The row that answers, and the values of its path's `{names}`.
pub struct Found {
    /// The row.
    pub route: &'static Route,
    /// Names and decoded values.
    pub path: Vec<(String, String)>,
}

impl Router {
    /// Builds the router; an error names two rows that clash.
    pub fn new(routes: impl IntoIterator<Item = &'static Route>) -> Result<Router> {
        let mut by_path: Vec<(&'static str, Vec<&'static Route>)> = Vec::new();
        for route in routes {
            match by_path.iter_mut().find(|(path, _)| *path == route.path) {
                Some((_, rows)) if rows.iter().any(|row| row.method == route.method) => {
                    return Err(Error::internal(format!("two rows for {} {}", route.method, route.path)));
                }
                Some((_, rows)) => rows.push(route),
                None => by_path.push((route.path, vec![route])),
            }
        }
        let mut paths = Paths::new();
        for (path, rows) in by_path {
            paths.insert(path, rows).map_err(|error| Error::internal(format!("{path}: {error}")))?;
        }
        Ok(Router { paths })
    }

    /// Finds the row; the paths of the UI are all answered by that of `/`. Unknown paths give `NotFound`, known ones with another method `MethodNotAllowed`: both before anybody is asked who
    /// they are.
    pub fn find(&self, method: &Method, path: &str) -> Result<Found> {
        let path = if ui::is_page(path) { "/" } else { path };
        let matched = self.paths.at(path).map_err(|_| Error::not_found("Path"))?;
        let wanted = if method == Method::HEAD { "GET" } else { method.as_str() };
        let Some(route) = matched.value.iter().find(|row| row.method == wanted) else {
            let mut allow: Vec<&str> = matched.value.iter().map(|row| row.method).collect();
            if allow.contains(&"GET") {
                allow.push("HEAD");
            }
            let mut error = Error::new(Kind::MethodNotAllowed, format!("Method not allowed; this path takes {}", allow.join(", ")));
            error.allow = Some(allow.join(", "));
            return Err(error);
        };
        let mut values = Vec::new();
        for (name, value) in matched.params.iter() {
            let value = percent_decode_str(value).decode_utf8().map_err(|_| Error::not_found("Path"))?;
            values.push((name.to_owned(), value.into_owned()));
        }
        Ok(Found { route, path: values })
    }
}
