//! Reading a framework file, with everything that can be said about a wrong one.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Category, CheckParams, Control, Coverage, Framework, OutOfScope, SubjectScope, Uncovered, token_of};
use crate::domain::check::{Catalogue, Check, Subject};
use crate::domain::load_error::{FieldPlace, LoadError, Source};
use crate::limits::{
    CONTROL_CHECKS_MAX, FRAMEWORK_BYTES_MAX, FRAMEWORK_CONTROLS_MAX, FRAMEWORK_ID_CHARACTERS_MAX, FRAMEWORK_TEXT_CHARACTERS_MAX,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    framework: Head,
    #[serde(default)]
    category: Vec<Category>,
    #[serde(default)]
    control: Vec<ControlFile>,
    #[serde(default)]
    out_of_scope: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    key: String,
    name: String,
    version: String,
    publisher: String,
    text_license: String,
    disclaimer: String,
    complete: bool,
    #[serde(default = "yes")]
    ship_default: bool,
    scope_required: Option<SubjectScope>,
    #[serde(default)]
    params: CheckParams,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ControlFile {
    id: String,
    title: String,
    coverage: Coverage,
    #[serde(default)]
    refs: Vec<String>,
    #[serde(default)]
    checks: Vec<String>,
    #[serde(default)]
    supporting: Vec<String>,
    #[serde(default)]
    params: CheckParams,
    #[serde(default)]
    scope: SubjectScope,
    shows: String,
    gap: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    reason: OutOfScope,
    controls: Vec<Listed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    id: String,
    title: String,
}

fn yes() -> bool {
    true
}

pub(super) fn parse(name: &str, text: &str, catalogue: &Catalogue) -> Result<Framework, LoadError> {
    let reader = Reader { source: Source { name, text }, catalogue };
    let top = FieldPlace::top();
    if text.len() > FRAMEWORK_BYTES_MAX {
        return Err(LoadError {
            file: name.to_owned(),
            line: 1,
            field: String::new(),
            message: format!("longer than {FRAMEWORK_BYTES_MAX} bytes"),
        });
    }
    let file: File = toml::from_str(text).map_err(|error| reader.source.toml_error(&error))?;
    if file.format != 1 {
        return Err(reader.wrong(&top.key("format"), format!("must be 1, not {}", file.format)));
    }
    let listed: usize = file.out_of_scope.iter().map(|group| group.controls.len()).sum();
    if file.control.is_empty() || file.control.len() + listed > FRAMEWORK_CONTROLS_MAX {
        return Err(
            reader.wrong(&top.key("control"), format!("must be 1 to {FRAMEWORK_CONTROLS_MAX} controls, those out of scope included"))
        );
    }
    reader.head(&file)?;
    reader.ids(&file)?;
    for (position, control) in file.control.iter().enumerate() {
        reader.control(control, &top.key("control").index(position))?;
    }
    let used = file.control.iter().flat_map(|control| control.checks.iter().chain(&control.supporting)).map(String::as_str);
    reader.params(&file.framework.params, &used.collect(), &top.key("framework").key("params"))?;
    let head = file.framework;
    let out_of_scope = file.out_of_scope.into_iter().flat_map(|group| {
        let reason = group.reason;
        group.controls.into_iter().map(move |listed| Uncovered { id: listed.id, title: listed.title, reason })
    });
    Ok(Framework {
        key: head.key,
        name: head.name,
        version: head.version,
        publisher: head.publisher,
        text_license: head.text_license,
        disclaimer: head.disclaimer,
        complete: head.complete,
        ship_default: head.ship_default,
        categories: file.category,
        scope_required: head.scope_required,
        params: head.params,
        controls: file.control.into_iter().map(ControlFile::into_control).collect(),
        out_of_scope: out_of_scope.collect(),
        sha256: Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect(),
    })
}

impl ControlFile {
    fn into_control(self) -> Control {
        let ControlFile { id, title, coverage, refs, checks, supporting, params, scope, shows, gap } = self;
        Control { id, title, coverage, refs, checks, supporting, params, scope, shows, gap }
    }
}

struct Reader<'t> {
    source: Source<'t>,
    catalogue: &'t Catalogue,
}

impl Reader<'_> {
    fn wrong(&self, field: &FieldPlace, message: impl Into<String>) -> LoadError {
        self.source.error(field, message)
    }

    fn head(&self, file: &File) -> Result<(), LoadError> {
        let head = &file.framework;
        let place = FieldPlace::top().key("framework");
        if !is_token(&head.key) {
            return Err(self.wrong(&place.key("key"), "must begin with a letter and go on with letters, digits, `.`, `_` or `-`"));
        }
        for (key, text) in [
            ("name", &head.name),
            ("version", &head.version),
            ("publisher", &head.publisher),
            ("text_license", &head.text_license),
            ("disclaimer", &head.disclaimer),
        ] {
            self.text(text, &place.key(key))?;
        }
        if let Some(scope) = &head.scope_required {
            if scope.is_everything() {
                return Err(self.wrong(&place.key("scope_required"), "limits nothing"));
            }
            self.scope(scope, &place.key("scope_required"))?;
        }
        let mut known = BTreeSet::new();
        for (position, category) in file.category.iter().enumerate() {
            let place = FieldPlace::top().key("category").index(position);
            self.id(&category.id, &place.key("id"))?;
            self.text(&category.title, &place.key("title"))?;
            if !known.insert(&category.id) {
                return Err(self.wrong(&place.key("id"), format!("`{}` is used twice", category.id)));
            }
            if category.prefixes.is_empty() || category.prefixes.iter().any(String::is_empty) {
                return Err(self.wrong(&place.key("prefixes"), "must be a list of beginnings of control ids"));
            }
        }
        Ok(())
    }

    /// Each control once, also as OSCAL names it, and in one category.
    fn ids(&self, file: &File) -> Result<(), LoadError> {
        let controls = file.control.iter().enumerate().map(|(i, control)| (&control.id, FieldPlace::top().key("control").index(i)));
        let listed = file.out_of_scope.iter().enumerate().flat_map(|(i, group)| {
            let place = FieldPlace::top().key("out_of_scope").index(i).key("controls");
            group.controls.iter().enumerate().map(move |(j, listed)| (&listed.id, place.index(j)))
        });
        let mut tokens: BTreeMap<String, &str> = BTreeMap::new();
        for (id, place) in controls.chain(listed) {
            let place = place.key("id");
            self.id(id, &place)?;
            let token = token_of(id);
            if token.is_empty() {
                return Err(self.wrong(&place, format!("`{id}` has no letter or digit")));
            }
            match tokens.insert(token, id) {
                Some(other) if other == id => return Err(self.wrong(&place, format!("control `{id}` is there twice"))),
                Some(other) => return Err(self.wrong(&place, format!("`{id}` and `{other}` have the same name in OSCAL"))),
                None => {}
            }
            let categories = file.category.iter().filter(|category| category.holds(id)).count();
            if categories != 1 && !file.category.is_empty() {
                return Err(self.wrong(&place, format!("control `{id}` belongs to {categories} categories instead of one")));
            }
        }
        for (i, group) in file.out_of_scope.iter().enumerate() {
            for (j, listed) in group.controls.iter().enumerate() {
                self.text(&listed.title, &FieldPlace::top().key("out_of_scope").index(i).key("controls").index(j).key("title"))?;
            }
        }
        Ok(())
    }

    fn control(&self, control: &ControlFile, place: &FieldPlace) -> Result<(), LoadError> {
        for (key, text) in [("title", &control.title), ("shows", &control.shows), ("gap", &control.gap)] {
            self.text(text, &place.key(key))?;
        }
        for (position, text) in control.refs.iter().enumerate() {
            self.text(text, &place.key("refs").index(position))?;
        }
        let count = control.checks.len() + control.supporting.len();
        if count == 0 || count > CONTROL_CHECKS_MAX {
            return Err(
                self.wrong(&place.key("checks"), format!("must name 1 to {CONTROL_CHECKS_MAX} checks, the supporting ones included"))
            );
        }
        if control.checks.is_empty() && control.coverage == Coverage::Full {
            return Err(self.wrong(&place.key("coverage"), "must be `partial` where checks only support"));
        }
        let mut used = BTreeSet::new();
        for (key, ids) in [("checks", &control.checks), ("supporting", &control.supporting)] {
            for (position, id) in ids.iter().enumerate() {
                let place = place.key(key).index(position);
                if self.catalogue.check(id).is_none() {
                    return Err(self.wrong(&place, format!("control `{}`: there is no check `{id}`", control.id)));
                }
                if !used.insert(id.as_str()) {
                    return Err(self.wrong(&place, format!("control `{}`: `{id}` is there twice", control.id)));
                }
            }
        }
        let subjects = || used.iter().filter_map(|id| self.catalogue.check(id)).map(|check| check.subject);
        let device_types = !control.scope.device_type.is_empty() || !control.scope.device_type_not.is_empty();
        if device_types && !subjects().any(|subject| subject == Subject::Device) {
            return Err(self.wrong(&place.key("scope"), format!("control `{}` has no check of devices", control.id)));
        }
        self.scope(&control.scope, &place.key("scope"))?;
        self.params(&control.params, &used, &place.key("params"))
    }

    fn scope(&self, scope: &SubjectScope, place: &FieldPlace) -> Result<(), LoadError> {
        scope.tags_any.iter().enumerate().try_for_each(|(position, tag)| self.id(tag, &place.key("tags_any").index(position)))
    }

    fn params(&self, params: &CheckParams, used: &BTreeSet<&str>, place: &FieldPlace) -> Result<(), LoadError> {
        for (id, values) in params {
            let place = place.key(id);
            let Some(check) = self.catalogue.check(id) else { return Err(self.wrong(&place, format!("there is no check `{id}`"))) };
            if !used.contains(id.as_str()) {
                return Err(self.wrong(&place, format!("no control uses `{id}`")));
            }
            for (name, value) in values {
                self.param(check, name, value, &place.key(name))?;
            }
        }
        Ok(())
    }

    fn param(&self, check: &Check, name: &str, value: &Value, place: &FieldPlace) -> Result<(), LoadError> {
        let Some(param) = check.params.get(name) else {
            return Err(self.wrong(place, format!("`{}` has no parameter `{name}`", check.id)));
        };
        param.kind.check(value).map_err(|wanted| self.wrong(place, format!("must be {wanted}")))
    }

    fn text(&self, text: &str, place: &FieldPlace) -> Result<(), LoadError> {
        if text.trim().is_empty() {
            return Err(self.wrong(place, "is empty"));
        }
        if text.chars().count() > FRAMEWORK_TEXT_CHARACTERS_MAX || text.contains(char::is_control) {
            return Err(self.wrong(place, format!("must be one line of at most {FRAMEWORK_TEXT_CHARACTERS_MAX} characters")));
        }
        Ok(())
    }

    fn id(&self, id: &str, place: &FieldPlace) -> Result<(), LoadError> {
        let fits = !id.is_empty() && id.trim() == id && id.chars().count() <= FRAMEWORK_ID_CHARACTERS_MAX && !id.contains(char::is_control);
        if fits {
            Ok(())
        } else {
            Err(self.wrong(place, format!("must be 1 to {FRAMEWORK_ID_CHARACTERS_MAX} characters without outer blanks")))
        }
    }
}

/// An OSCAL token (NCName without the rarer letters).
fn is_token(text: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    text.len() <= FRAMEWORK_ID_CHARACTERS_MAX && text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(rest)
}
