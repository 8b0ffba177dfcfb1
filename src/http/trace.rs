//! The trace that a request is part of, as its caller tells it: W3C Trace Context, <https://www.w3.org/TR/trace-context/>.

use axum::http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::{SpanContext, TraceContextExt as _};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// What `traceparent` and `tracestate` say; nothing where they are not there, or say nothing.
pub(super) fn of_caller(headers: &HeaderMap) -> Option<SpanContext> {
    headers.get("traceparent")?;
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &HeaderExtractor(headers));
    let caller = context.span().span_context().clone();
    caller.is_valid().then_some(caller)
}

/// Makes a span a part of the caller's trace.
pub(super) fn go_on(span: &Span, caller: Option<&SpanContext>) {
    let Some(caller) = caller else { return };
    // Where nobody collects traces there is none to go on with.
    let _ = span.set_parent(Context::new().with_remote_span_context(caller.clone()));
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_trace_is_taken_as_its_caller_tells_it_and_nonsense_is_none() {
        let told = |parent: &'static str| {
            of_caller(&HeaderMap::from_iter([
                ("traceparent".parse().unwrap(), HeaderValue::from_static(parent)),
                ("tracestate".parse().unwrap(), HeaderValue::from_static("vendor=opaque")),
            ]))
        };
        let caller = told("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").unwrap();
        assert_eq!(caller.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!((caller.span_id().to_string(), caller.is_sampled()), ("b7ad6b7169203331".to_owned(), true));
        assert_eq!(caller.trace_state().get("vendor"), Some("opaque"));
        for nonsense in [
            "",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        ] {
            assert_eq!(told(nonsense), None, "{nonsense}");
        }
        assert_eq!(of_caller(&HeaderMap::new()), None);
    }
}
