//! Messages of protobuf by their descriptors: told, and redacted field by field.

use std::borrow::Cow;

use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, SerializeOptions};
use serde_json::Value;
use tracesnap_record::model::Direction;

use crate::exchange::message::Place;
use crate::exchange::redact::Redaction;

/// The bytes of a message without secrets, and its name and fields.
type Told<'b> = (Cow<'b, [u8]>, Option<(String, Value)>);

/// A message without secrets, its name and its fields; `None` if nobody knows its descriptor, or it is none.
pub(crate) fn tell<'b>(
    redaction: &mut Redaction<'_>,
    pool: &DescriptorPool,
    bytes: &'b [u8],
    place: Place<'_>,
) -> Option<Told<'b>> {
    let descriptor = descriptor(pool, place)?;
    let name = descriptor.full_name().to_owned();
    let message = DynamicMessage::decode(descriptor.clone(), bytes).ok()?;
    let value = json(&message)?;
    if redaction.policy.is_none() {
        return Some((Cow::Borrowed(bytes), Some((name, value))));
    }
    let text = serde_json::to_vec(&value).ok()?;
    let mut clean = Vec::new();
    let report = redaction.policy.redact_json(&text, &mut clean).ok()?;
    if report.is_clean() {
        // What its descriptor does not know is not in the JSON.
        return Some((redaction.binary(bytes), Some((name, value))));
    }
    redaction.count += report.count();
    let value: Value = serde_json::from_slice(&clean).ok()?;
    // A number or an enum cannot be replaced by a text: the field goes, which is its default.
    let message = read(&descriptor, &value).or_else(|| read(&descriptor, &without_placeholders(value.clone())))?;
    let clean = redaction.binary(&message.encode_to_vec()).into_owned();
    Some((Cow::Owned(clean), Some((name, value))))
}

/// Of `/shop.Orders/Read` what it takes, or what it gives.
fn descriptor(pool: &DescriptorPool, place: Place<'_>) -> Option<MessageDescriptor> {
    let path = place.url.split('?').next()?;
    let mut parts = path.rsplit('/');
    let (method, service) = (parts.next()?, parts.next()?);
    let service = pool.get_service_by_name(service)?;
    let method = service.methods().find(|found| found.name() == method)?;
    Some(match place.direction {
        Direction::Request => method.input(),
        Direction::Response => method.output(),
    })
}

fn json(message: &DynamicMessage) -> Option<Value> {
    let options = SerializeOptions::new().skip_default_fields(true).stringify_64_bit_integers(true);
    message.serialize_with_options(serde_json::value::Serializer, &options).ok()
}

fn read(descriptor: &MessageDescriptor, value: &Value) -> Option<DynamicMessage> {
    DynamicMessage::deserialize(descriptor.clone(), value).ok()
}

/// Without what stands in the place of a value.
fn without_placeholders(value: Value) -> Value {
    let is_placeholder = |value: &Value| {
        value.as_str().is_some_and(|text| {
            text.contains(tracesnap_redact::PLACEHOLDER) || (text.starts_with('‹') && text.ends_with('›'))
        })
    };
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(_, value)| !is_placeholder(value));
            Value::Object(kept.map(|(name, value)| (name, without_placeholders(value))).collect())
        }
        Value::Array(items) => {
            let kept = items.into_iter().filter(|value| !is_placeholder(value));
            Value::Array(kept.map(without_placeholders).collect())
        }
        other => other,
    }
}
