//! JSON objects that are written as they are sent.
//!
//! A day of a contact center asks for hundreds of thousands of resources, and collecting the members of each in a tree
//! before writing them cost more than everything else the emulator does. So the resources asked for most are
//! [`object!`]s: the members are written one by one, from where they are.

/// An object of these members, in this order; each is anything that can be serialized, by value or by reference.
macro_rules! object {
    ($($member:ident: $value:expr),+ $(,)?) => {{
        #[expect(non_camel_case_types, reason = "the type of each member bears its name")]
        let object = {
            #[derive(serde::Serialize)]
            struct Object<$($member),+> {
                $($member: $member),+
            }
            Object {
                $($member: $value),+
            }
        };
        object
    }};
}

pub(super) use object;

#[cfg(test)]
mod tests {
    #[test]
    fn members_are_written_in_order_and_may_be_objects() {
        let name = String::from("a \"b\"");
        let inner = object! { items: [1, 2], none: () };
        let text = serde_json::to_string(&object! { sid: &name, links: inner });
        assert_eq!(
            text.unwrap(),
            r#"{"sid":"a \"b\"","links":{"items":[1,2],"none":null}}"#
        );
    }
}
