//! Schemas: those that rows name, collected with what they refer to, and the plain ones of parameters and headers.

use serde_json::json;
use utoipa::openapi::schema::{AnyOfBuilder, Object, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{ComponentsBuilder, KnownFormat, Ref, RefOr, Schema};

use crate::api::route::{ParameterKind, TypeDoc};

/// Schemas met so far, by name.
#[derive(Default)]
pub(super) struct Schemas {
    met: Vec<(String, RefOr<Schema>)>,
}

impl Schemas {
    /// Adds `doc` and what it refers to, and gives a reference to it.
    pub(super) fn refer(&mut self, doc: &TypeDoc) -> Ref {
        let name = (doc.name)().into_owned();
        let mut found = vec![(name.clone(), (doc.schema)())];
        (doc.schemas)(&mut found);
        for (name, schema) in found {
            match self.met.iter().find(|(known, _)| *known == name) {
                Some((_, known)) => debug_assert!(*known == schema, "two types are called {name}: give one of them `schema(as = …)`"),
                None => self.met.push((name, schema)),
            }
        }
        Ref::from_schema_name(name)
    }

    pub(super) fn add_to(self, components: ComponentsBuilder) -> ComponentsBuilder {
        self.met.into_iter().fold(components, |components, (name, schema)| components.schema(name, schema))
    }
}

/// What a parameter may hold.
pub(super) fn of_parameter(kind: ParameterKind) -> RefOr<Schema> {
    match kind {
        ParameterKind::Text => ObjectBuilder::new().schema_type(Type::String).max_length(Some(200)).into(),
        ParameterKind::Id(example) => ObjectBuilder::new().schema_type(Type::String).examples([json!(example)]).into(),
        ParameterKind::Boolean { default } => ObjectBuilder::new().schema_type(Type::Boolean).default(Some(default.into())).into(),
        ParameterKind::Integer { min, max, default } => {
            whole_number().minimum(Some(min)).maximum(Some(max)).default(Some(default.into())).into()
        }
        ParameterKind::Choice(choices) | ParameterKind::RequiredChoice(choices) => {
            ObjectBuilder::new().schema_type(Type::String).enum_values(Some(choices())).into()
        }
        ParameterKind::CheckId(catalogue) => AnyOfBuilder::new()
            .item(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(catalogue())))
            .item(ObjectBuilder::new().schema_type(Type::String).pattern(Some("^device\\.x_[a-z0-9_]{1,60}$")))
            .into(),
        ParameterKind::PastTime => moment().into(),
        ParameterKind::DayOrTime => AnyOfBuilder::new().item(day()).item(moment()).into(),
    }
}

/// Any text.
pub(super) fn text() -> Object {
    ObjectBuilder::new().schema_type(Type::String).build()
}

/// A whole number.
pub(super) fn whole_number() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::Integer)
}

/// Any JSON object.
pub(super) fn any_object() -> Object {
    ObjectBuilder::new().schema_type(Type::Object).build()
}

fn moment() -> ObjectBuilder {
    let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).examples([json!("2026-01-04T10:30:00Z")])
}

fn day() -> ObjectBuilder {
    let format = SchemaFormat::KnownFormat(KnownFormat::Date);
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).examples([json!("2026-01-04")])
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    #[test]
    fn two_types_of_one_name_are_noticed() {
        let named = |schema: fn() -> RefOr<Schema>| TypeDoc {
            name: || Cow::Borrowed("Name"),
            schema,
            schemas: |_| {},
            form: crate::api::route::Form::Json,
        };
        let mut schemas = Schemas::default();
        schemas.refer(&named(|| text().into()));
        schemas.refer(&named(|| text().into()));
        let clash = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| schemas.refer(&named(|| any_object().into())))).err().unwrap();
        assert!(clash.downcast_ref::<String>().unwrap().contains("two types are called Name"));
    }
}
