{{/*
What the chart refuses, with all reasons at once. What a single value may be stands in values.schema.json; here is what
two of them together may not be.
*/}}

{{- define "anteroom.refuse" -}}
{{- $faults := list }}
{{- $faults = concat $faults (include "anteroom.faultsOfPlace" . | fromJsonArray) }}
{{- if not $faults }}
{{- $faults = concat $faults (include "anteroom.faultsOfRoutes" . | fromJsonArray) }}
{{- end }}
{{- $faults = concat $faults (include "anteroom.faultsOfStorage" . | fromJsonArray) }}
{{- $faults = concat $faults (include "anteroom.faultsOfEnvironment" . | fromJsonArray) }}
{{- if $faults }}
{{- fail (printf "\n\n- %s\n" (join "\n- " $faults)) }}
{{- end }}
{{- end }}

{{- define "anteroom.faultsOfPlace" -}}
{{- $faults := list }}
{{- if not (or .Values.url .Values.apis.external.host) }}
{{- $faults = append $faults "url or apis.external.host is required: the public URL is the issuer of tokens" }}
{{- else if and (not .Values.url) (hasPrefix "*." .Values.apis.external.host) }}
{{- $faults = append $faults "url is required with a wildcard in apis.external.host" }}
{{- end }}
{{- toJson $faults }}
{{- end }}

{{- define "anteroom.faultsOfRoutes" -}}
{{- $root := . }}
{{- $faults := list }}
{{- range $api := list "internal" "external" }}
{{- if (index $root.Values.apis $api).enabled }}
{{- $faults = concat $faults (include "anteroom.faultsOfAPI" (dict "root" $root "api" $api) | fromJsonArray) }}
{{- end }}
{{- end }}
{{- if and .Values.apis.internal.enabled .Values.apis.external.enabled }}
{{- $internal := dict "root" . "api" "internal" }}
{{- $external := dict "root" . "api" "external" }}
{{- if eq (include "anteroom.host" $internal) (include "anteroom.host" $external) }}
{{- $a := printf "%s/" (include "anteroom.basePath" $internal) }}
{{- $b := printf "%s/" (include "anteroom.basePath" $external) }}
{{- if or (hasPrefix $a $b) (hasPrefix $b $a) }}
{{- $faults = append $faults (printf "the base paths of both APIs overlap on one host: %s and %s" (trimSuffix "/" $a) (trimSuffix "/" $b)) }}
{{- end }}
{{- end }}
{{- end }}
{{- toJson $faults }}
{{- end }}

{{- define "anteroom.faultsOfAPI" -}}
{{- $api := .api }}
{{- $values := index .root.Values.apis .api }}
{{- $faults := list }}
{{- if and $values.httpRoute.enabled (not $values.httpRoute.parentRefs) }}
{{- $faults = append $faults (printf "apis.%s.httpRoute.parentRefs is required: the Gateways of the route" $api) }}
{{- end }}
{{- if and (or $values.httpRoute.enabled $values.ingress.enabled) (regexMatch "^[0-9.]+$|:" (include "anteroom.host" .)) }}
{{- $faults = append $faults (printf "apis.%s.host is required: Ingress and HTTPRoute know names only, and url has an address" $api) }}
{{- end }}
{{- $seen := list }}
{{- range $values.versions }}
{{- $place := printf "apis.%s.versions: %s" $api .name }}
{{- if has .name $seen }}
{{- $faults = append $faults (printf "%s stands there twice" $place) }}
{{- end }}
{{- $seen = append $seen .name }}
{{- if and .service .backends }}
{{- $faults = append $faults (printf "%s has both service and backends" $place) }}
{{- end }}
{{- $faults = concat $faults (include "anteroom.faultsOfBackends" (dict "root" $.root "api" $api "version" . "place" $place) | fromJsonArray) }}
{{- end }}
{{- toJson $faults }}
{{- end }}

{{- define "anteroom.faultsOfBackends" -}}
{{- $faults := list }}
{{- $sum := 0 }}
{{- $seen := list }}
{{- range include "anteroom.backends" . | fromJsonArray }}
{{- if not .name }}
{{- $faults = append $faults (printf "%s leads nowhere: name a Service there, or in apis.%s.service" $.place $.api) }}
{{- end }}
{{- $sum = add $sum (ternary (int .weight) 1 (hasKey . "weight")) }}
{{- $target := printf "%s:%d" .name (int .port) }}
{{- if has $target $seen }}
{{- $faults = append $faults (printf "%s has the backend %s twice" $.place $target) }}
{{- end }}
{{- $seen = append $seen $target }}
{{- end }}
{{- if eq (int $sum) 0 }}
{{- $faults = append $faults (printf "%s has weights of which the sum is 0: nothing would answer" .place) }}
{{- end }}
{{- toJson (uniq $faults) }}
{{- end }}

{{- define "anteroom.faultsOfStorage" -}}
{{- $faults := list }}
{{- if not .Values.existingSecret.name }}
{{- $faults = append $faults "existingSecret.name is required: the Secret with the root key and the URL of the database (README.md has the commands)" }}
{{- end }}
{{- if eq .Values.database.type "sqlite" }}
{{- if gt (int (include "anteroom.replicas" .)) 1 }}
{{- $faults = append $faults "database.type sqlite is a file of one pod: replicaCount must be 1, or the database PostgreSQL" }}
{{- end }}
{{- if .Values.autoscaling.enabled }}
{{- $faults = append $faults "database.type sqlite is a file of one pod: autoscaling must be off, or the database PostgreSQL" }}
{{- end }}
{{- end }}
{{- if and .Values.autoscaling.enabled (gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas)) }}
{{- $faults = append $faults "autoscaling.minReplicas is greater than autoscaling.maxReplicas" }}
{{- end }}
{{- if and .Values.admin.serviceMonitor.enabled (not .Values.admin.enabled) }}
{{- $faults = append $faults "admin.serviceMonitor.enabled needs admin.enabled: the metrics are there" }}
{{- end }}
{{- toJson $faults }}
{{- end }}

{{- define "anteroom.faultsOfEnvironment" -}}
{{- $faults := list }}
{{- $taken := list "ANTEROOM_ROOT_KEY" "ANTEROOM_ROOT_KEY_FILE" "ANTEROOM_DATABASE_URL" "ANTEROOM_RATE_LIMITS_STORE" }}
{{- if .Values.existingSecret.name }}
{{- range include "anteroom.env" . | fromYamlArray }}
{{- $taken = append $taken .name }}
{{- end }}
{{- end }}
{{- $seen := list }}
{{- range .Values.extraEnv }}
{{- if has .name $taken }}
{{- $faults = append $faults (printf "extraEnv: %s is set by the chart, from a value or a Secret of its own" .name) }}
{{- end }}
{{- if has .name $seen }}
{{- $faults = append $faults (printf "extraEnv: %s stands there twice" .name) }}
{{- end }}
{{- $seen = append $seen .name }}
{{- end }}
{{- toJson $faults }}
{{- end }}
