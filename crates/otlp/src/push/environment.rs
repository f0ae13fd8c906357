//! The variables by which OpenTelemetry programs are told their collector.

use std::borrow::Cow;
use std::time::Duration;

use percent_encoding::percent_decode_str;

use super::{CollectorBuilder, InvalidCollector, Protocol};
use crate::Resource;

/// What [`Collector::from_env`](super::Collector::from_env) reads, asked of `variable`.
pub(super) fn builder(variable: impl Fn(&str) -> Option<String>) -> Result<CollectorBuilder, InvalidCollector> {
    // An empty variable counts as none, by the specification. What is for traces alone wins.
    let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
    let either = |what: &str| {
        let names = [format!("OTEL_EXPORTER_OTLP_TRACES_{what}"), format!("OTEL_EXPORTER_OTLP_{what}")];
        names.into_iter().find_map(|name| set(&name).map(|value| (name, value)))
    };
    let protocol = either("PROTOCOL").map_or(Ok(Protocol::DEFAULT), |(name, value)| protocol(&name, &value))?;
    let mut builder = match either("ENDPOINT") {
        None => CollectorBuilder::new(protocol.local_endpoint()),
        // That of traces is where they go, path and all.
        Some((name, value)) if name.contains("TRACES") => CollectorBuilder::new(value).whole_path(),
        Some((_, value)) => CollectorBuilder::new(value),
    };
    builder = builder.protocol(protocol).resource(resource(&set)?);
    if let Some((name, value)) = either("HEADERS") {
        for (header, value) in pairs(&name, &value)? {
            builder = builder.header(header, value);
        }
    }
    if let Some((name, value)) = either("TIMEOUT") {
        let milliseconds = value.trim().parse().ok().filter(|&ms: &u64| ms > 0);
        let milliseconds = milliseconds.ok_or_else(|| invalid(&name, &value, "milliseconds, as in `10000`"))?;
        builder = builder.timeout(Duration::from_millis(milliseconds));
    }
    Ok(builder)
}

fn protocol(name: &str, value: &str) -> Result<Protocol, InvalidCollector> {
    match value.trim() {
        #[cfg(feature = "grpc")]
        "grpc" => Ok(Protocol::Grpc),
        #[cfg(feature = "http")]
        "http/protobuf" => Ok(Protocol::Http),
        #[cfg(not(feature = "grpc"))]
        "grpc" => Err(invalid(name, value, "another one: the feature `grpc` of tracesnap-otlp is not built")),
        #[cfg(not(feature = "http"))]
        "http/protobuf" => Err(invalid(name, value, "another one: the feature `http` of tracesnap-otlp is not built")),
        _ => Err(invalid(name, value, "`grpc` or `http/protobuf`")),
    }
}

fn resource(set: &impl Fn(&str) -> Option<String>) -> Result<Resource, InvalidCollector> {
    let name = "OTEL_RESOURCE_ATTRIBUTES";
    let mut resource = Resource::unknown();
    for (attribute, value) in set(name).map_or(Ok(Vec::new()), |value| pairs(name, &value))? {
        resource = resource.with(attribute, value);
    }
    Ok(match set("OTEL_SERVICE_NAME") {
        Some(service) => resource.with("service.name", service),
        None => resource,
    })
}

/// `name=value,name=value`, values percent-encoded.
fn pairs(variable: &str, list: &str) -> Result<Vec<(String, String)>, InvalidCollector> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').filter(|(name, _)| !name.trim().is_empty())?;
        let value = percent_decode_str(value.trim()).decode_utf8().ok().map(Cow::into_owned)?;
        Some((name.trim().to_owned(), value))
    };
    let parts = list.split(',').enumerate().filter(|(_, part)| !part.trim().is_empty());
    let read = parts.map(|(at, part)| {
        // The part is not shown: headers hold tokens.
        let place = format!("part {}", at + 1);
        pair(part).ok_or_else(|| invalid(variable, &place, "`name=value,name=value` with percent-encoded values"))
    });
    read.collect()
}

fn invalid(variable: &str, found: &str, expected: &str) -> InvalidCollector {
    InvalidCollector { message: format!("`{variable}` has `{found}`, expected {expected}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<CollectorBuilder, InvalidCollector> {
        let variable =
            |name: &str| variables.iter().find(|(have, _)| *have == name).map(|(_, value)| (*value).to_owned());
        builder(variable)
    }

    #[test]
    fn nothing_set_is_a_collector_on_this_machine() -> Result<(), InvalidCollector> {
        let builder = read(&[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")])?;
        assert_eq!(builder.endpoint(), Protocol::DEFAULT.local_endpoint());
        Ok(())
    }

    #[cfg(feature = "http")]
    #[test]
    fn what_is_for_traces_alone_wins_and_keeps_its_path() -> Result<(), InvalidCollector> {
        let all = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:4318"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:1/in"),
        ];
        assert_eq!(read(&all)?.url(), "http://traces:1/in");
        assert_eq!(read(&all[..2])?.url(), "http://all:4318/v1/traces");
        Ok(())
    }

    #[test]
    fn the_name_of_the_service_wins_over_the_attribute() -> Result<(), InvalidCollector> {
        let attributes = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=shop,deployment.environment.name=a%2Cb");
        let resource = read(&[attributes])?.into_resource();
        assert_eq!(resource, Resource::new("shop").with("deployment.environment.name", "a,b"));
        assert_eq!(read(&[attributes, ("OTEL_SERVICE_NAME", "till")])?.into_resource().service_name(), "till");
        Ok(())
    }

    #[test]
    fn what_cannot_be_names_the_variable_and_what_it_should_be() {
        let message = |name, value| read(&[(name, value)]).expect_err("it cannot be").to_string();
        assert_eq!(
            message("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
            "`OTEL_EXPORTER_OTLP_TIMEOUT` has `10s`, expected milliseconds, as in `10000`"
        );
        assert_eq!(
            message("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
            "`OTEL_EXPORTER_OTLP_TRACES_PROTOCOL` has `http/json`, expected `grpc` or `http/protobuf`"
        );
        let headers = message("OTEL_EXPORTER_OTLP_HEADERS", "a=1,tok_1");
        assert_eq!(
            headers,
            "`OTEL_EXPORTER_OTLP_HEADERS` has `part 2`, expected `name=value,name=value` with percent-encoded values"
        );
    }
}
