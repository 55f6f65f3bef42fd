{{/*
Where the two APIs are. "anteroom.rules" is the only list of paths: Ingress, HTTPRoute, tests and notes read it.
*/}}

{{/* The public base URL, without a slash at the end. */}}
{{- define "anteroom.url" -}}
{{- if .Values.url }}
{{- regexReplaceAll "/+$" .Values.url "" }}
{{- else }}
{{- printf "https://%s" .Values.apis.external.host }}
{{- end }}
{{- end }}

{{/* The path of the public base URL: empty, or with a slash at its start and none at its end. */}}
{{- define "anteroom.urlPath" -}}
{{- (urlParse (include "anteroom.url" .)).path }}
{{- end }}

{{/* The host of an API. The context is a dict of root and api. */}}
{{- define "anteroom.host" -}}
{{- $own := (index .root.Values.apis .api).host }}
{{- if $own }}
{{- $own }}
{{- else if .root.Values.apis.external.host }}
{{- .root.Values.apis.external.host }}
{{- else }}
{{- regexReplaceAll ":[0-9]*$" (urlParse (include "anteroom.url" .root)).host "" | lower }}
{{- end }}
{{- end }}

{{/* The path above the versions of an API, from the root of its host. */}}
{{- define "anteroom.basePath" -}}
{{- $base := (index .root.Values.apis .api).basePath }}
{{- if eq .api "external" }}
{{- printf "%s%s" (include "anteroom.urlPath" .root) $base }}
{{- else }}
{{- $base }}
{{- end }}
{{- end }}

{{/* The URL above the versions of an API. */}}
{{- define "anteroom.baseURL" -}}
{{- if eq .api "external" }}
{{- printf "%s%s" (include "anteroom.url" .root) .root.Values.apis.external.basePath }}
{{- else }}
{{- $scheme := (urlParse (include "anteroom.url" .root)).scheme }}
{{- printf "%s://%s%s" $scheme (include "anteroom.host" .) (include "anteroom.basePath" .) }}
{{- end }}
{{- end }}

{{/* The Service of an API, as a backend in JSON. */}}
{{- define "anteroom.ownBackend" -}}
{{- if eq .api "external" }}
{{- dict "name" (include "anteroom.fullname" .root) "port" (int .root.Values.service.port) | toJson }}
{{- else }}
{{- $service := .root.Values.apis.internal.service }}
{{- dict "name" $service.name "port" (int $service.port) | toJson }}
{{- end }}
{{- end }}

{{/* The backends of a version, as a list in JSON. The context has root, api and version. */}}
{{- define "anteroom.backends" -}}
{{- $own := include "anteroom.ownBackend" . | fromJson }}
{{- $backends := list }}
{{- range .version.backends }}
{{- $port := ternary 80 $own.port (hasKey . "name") }}
{{- $weight := ternary .weight 1 (hasKey . "weight") }}
{{- $backends = append $backends (dict "name" (default $own.name .name) "port" (int (default $port .port)) "weight" (int $weight)) }}
{{- end }}
{{- with .version.service }}
{{- $backends = append $backends (dict "name" .name "port" (int (default 80 .port))) }}
{{- end }}
{{- if not $backends }}
{{- $backends = append $backends $own }}
{{- end }}
{{- toJson $backends }}
{{- end }}

{{/*
The rules of an API as a list in JSON: {version, paths: [{path, exact}], backends: [{name, port, weight}]}. There is one
for each version, and for the external API one for its documents at well-known places: the keys (below the path of the
URL) and the metadata of RFC 8414 §3.1 and RFC 9728 §3.1, which put the path of the URL behind the well-known name.
*/}}
{{- define "anteroom.rules" -}}
{{- $context := . }}
{{- $rules := list }}
{{- range (index .root.Values.apis .api).versions }}
{{- $path := dict "path" (printf "%s/%s" (include "anteroom.basePath" $context) .name) "exact" false }}
{{- $backends := include "anteroom.backends" (dict "version" . "root" $context.root "api" $context.api) | fromJsonArray }}
{{- $rules = append $rules (dict "version" .name "paths" (list $path) "backends" $backends) }}
{{- end }}
{{- if eq .api "external" }}
{{- $below := include "anteroom.urlPath" .root }}
{{- $paths := list
    (dict "path" (printf "%s/.well-known/jwks.json" $below) "exact" true)
    (dict "path" (printf "/.well-known/oauth-authorization-server%s" $below) "exact" true)
    (dict "path" (printf "/.well-known/oauth-protected-resource%s/external-api" $below) "exact" true) }}
{{- $rules = append $rules (dict "version" "" "paths" $paths "backends" (list (include "anteroom.ownBackend" . | fromJson))) }}
{{- end }}
{{- toJson $rules }}
{{- end }}

{{/* The version of the external API that Anteroom itself serves: the first that leads to the Service of this chart. */}}
{{- define "anteroom.ownVersion" -}}
{{- $own := include "anteroom.ownBackend" (dict "root" . "api" "external") | fromJson }}
{{- $served := list }}
{{- range include "anteroom.rules" (dict "root" . "api" "external") | fromJsonArray }}
{{- $version := .version }}
{{- range .backends }}
{{- if and $version (eq .name $own.name) }}
{{- $served = append $served $version }}
{{- end }}
{{- end }}
{{- end }}
{{- first $served | default "v1.0" }}
{{- end }}

{{/* The backend that an Ingress leads to, in JSON: the one with the greatest weight, the first of equal ones. */}}
{{- define "anteroom.heaviest" -}}
{{- $heaviest := first .backends }}
{{- range .backends }}
{{- if gt (int .weight) (int $heaviest.weight) }}
{{- $heaviest = . }}
{{- end }}
{{- end }}
{{- toJson $heaviest }}
{{- end }}

{{/* The limits of an API as annotations in JSON, for a controller that has some. The context is the API's values. */}}
{{- define "anteroom.limitAnnotations" -}}
{{- $annotations := dict }}
{{- $time := .limits.requestTimeout }}
{{- if eq .ingress.controller "nginx" }}
{{- with .limits.bodySize }}
{{- $_ := set $annotations "nginx.ingress.kubernetes.io/proxy-body-size" . }}
{{- end }}
{{- with $time }}
{{- $seconds := mul (regexFind "^[0-9]+" .) (ternary 60 1 (hasSuffix "m" .)) | toString }}
{{- $_ := set $annotations "nginx.ingress.kubernetes.io/proxy-read-timeout" $seconds }}
{{- end }}
{{- else if eq .ingress.controller "contour" }}
{{- with $time }}
{{- $_ := set $annotations "projectcontour.io/response-timeout" . }}
{{- end }}
{{- end }}
{{- toJson $annotations }}
{{- end }}

{{/*
What "helm test" asks the Services of an API for, as a list in JSON of URLs, each with =STATUS where that is not 200.
Of the external API: what Anteroom publishes, or that it is taken away. Of the internal one: the path of
apis.internal.test, below each version.
*/}}
{{- define "anteroom.testURLs" -}}
{{- $urls := list }}
{{- $values := index .root.Values.apis .api }}
{{- if eq .api "external" }}
{{- $own := include "anteroom.ownBackend" . | fromJson }}
{{- $server := printf "http://%s:%d" $own.name (int $own.port) }}
{{- $path := include "anteroom.urlPath" .root }}
{{- $wanted := ternary "" "=404" $values.enabled }}
{{- $urls = append $urls (printf "%s%s/readyz" $server $path) }}
{{- $version := include "anteroom.ownVersion" .root }}
{{- range include "anteroom.rules" . | fromJsonArray }}
{{- if eq .version $version }}
{{- $urls = append $urls (printf "%s%s/openapi.json%s" $server (first .paths).path $wanted) }}
{{- else if not .version }}
{{- range .paths }}
{{- $urls = append $urls (printf "%s%s%s" $server .path $wanted) }}
{{- end }}
{{- end }}
{{- end }}
{{- else if and $values.enabled $values.test.enabled }}
{{- $wanted := ternary "" (printf "=%d" (int $values.test.status)) (eq 200 (int $values.test.status)) }}
{{- range include "anteroom.rules" . | fromJsonArray }}
{{- $path := (first .paths).path }}
{{- range .backends }}
{{- $urls = append $urls (printf "http://%s:%d%s%s%s" .name (int .port) $path $values.test.path $wanted) }}
{{- end }}
{{- end }}
{{- end }}
{{- toJson $urls }}
{{- end }}
