//! Enums whose values have one written form, in JSON, in the database and in data files alike.

/// Declares an enum with `ALL`, `as_str`, `Display` and serde by the written form. The type itself supplies `parse`, see [`exact_parse`].
macro_rules! named_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$value_meta:meta])* $value:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$value_meta])* $value,)+
        }

        impl $name {
            /// Every value, in the order declared.
            pub const ALL: &'static [$name] = &[$($name::$value),+];

            /// The written form.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $($name::$value => $text,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<$name, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                $name::parse(&text).ok_or_else(|| serde::de::Error::custom(format_args!("`{text}` is none of {}", $crate::domain::named::one_of($name::ALL))))
            }
        }
    };
}

/// Gives each named type a `parse` that takes the written form and nothing else.
macro_rules! exact_parse {
    ($($name:ident)+) => {
        $(impl $name {
            /// Reads the written form; anything else is `None`.
            pub fn parse(text: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|value| value.as_str() == text)
            }
        })+
    };
}

pub(crate) use {exact_parse, named_enum};

/// The written forms with commas between, for messages.
pub(crate) fn one_of(values: &[impl std::fmt::Display]) -> String {
    values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
