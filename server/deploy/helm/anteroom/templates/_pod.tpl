{{/* What the pods of the chart have in common. */}}

{{/* The database, and for pods that serve the root key, as variables. */}}
{{- define "anteroom.databaseEnv" -}}
- name: ANTEROOM_DATABASE_URL
{{- if eq .Values.database.type "sqlite" }}
  value: file:/var/lib/anteroom/anteroom.db
{{- else }}
  valueFrom:
    secretKeyRef:
      name: {{ .Values.existingSecret.name }}
      key: {{ .Values.existingSecret.databaseURL }}
{{- end }}
{{- with .Values.database.tables }}
- name: ANTEROOM_TABLES
  value: {{ . | quote }}
{{- end }}
{{- end }}

{{/* Every variable of the program, except those of extraEnv. */}}
{{- define "anteroom.env" -}}
{{- $external := .Values.apis.external }}
{{- include "anteroom.databaseEnv" . }}
{{- if eq .Values.existingSecret.rootKeyAs "file" }}
- name: ANTEROOM_ROOT_KEY_FILE
  value: /etc/anteroom/root.key
{{- else }}
- name: ANTEROOM_ROOT_KEY
  valueFrom:
    secretKeyRef:
      name: {{ .Values.existingSecret.name }}
      key: {{ .Values.existingSecret.rootKey }}
{{- end }}
{{- with .Values.existingSecret.rateLimitsStore }}
- name: ANTEROOM_RATE_LIMITS_STORE
  valueFrom:
    secretKeyRef:
      name: {{ $.Values.existingSecret.name }}
      key: {{ . }}
{{- end }}
{{- $settings := list
    (list "URL" (include "anteroom.url" .))
    (list "LISTEN" ":8080")
    (list "ADMIN_LISTEN" (ternary ":9090" "off" .Values.admin.enabled))
    (list "EXTERNAL_API" (toString $external.enabled))
    (list "BASE_PATH" (printf "%s/%s" $external.basePath (include "anteroom.ownVersion" .)))
    (list "ROOM_URL" .Values.config.roomURL)
    (list "TOKEN_TTL" .Values.config.tokenTTL)
    (list "DPOP_REQUIRED" (ternary "true" "" .Values.config.dpop.required))
    (list "DPOP_NONCES" (ternary "true" "" .Values.config.dpop.nonces))
    (list "ALLOW_PUBLIC" (toString .Values.config.allowPublic))
    (list "DEFAULT_ACCESS_LEVEL" .Values.config.defaultAccessLevel)
    (list "TELEPHONY_NUMBER" .Values.config.telephony.number)
    (list "TELEPHONY_COUNTRY" .Values.config.telephony.country)
    (list "TELEPHONY_LANGUAGE" .Values.config.telephony.language)
    (list "SIP_GATEWAY" .Values.config.telephony.sipGateway)
    (list "PIN_LENGTH" (ternary "" (toString (int .Values.config.telephony.pinLength)) (eq 0 (int .Values.config.telephony.pinLength))))
    (list "SIGNING_ALGORITHM" .Values.config.signingAlgorithm)
    (list "KEY_ROTATION" .Values.config.keyRotation)
    (list "KEY_PUBLICATION" .Values.config.keyPublication)
    (list "AUDIT_RETENTION" .Values.config.auditRetention)
    (list "RATE_LIMITS" $external.limits.rates)
    (list "TRUSTED_PROXIES" (join "," .Values.config.trustedProxies))
    (list "CORS_ORIGIN" (join "," .Values.config.corsOrigins))
    (list "GOOGLE" (ternary "true" "" .Values.config.google))
    (list "LOG_FORMAT" .Values.config.logFormat)
    (list "SHUTDOWN_DELAY" (printf "%ds" (int .Values.shutdown.delaySeconds)))
    (list "SHUTDOWN_TIMEOUT" (printf "%ds" (int .Values.shutdown.timeoutSeconds))) }}
{{- range $settings }}
{{- if index . 1 }}
- name: ANTEROOM_{{ index . 0 }}
  value: {{ index . 1 | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* The fields of a pod that are the same for the server, the migration and the tests. */}}
{{- define "anteroom.podSpec" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{/* The fields of a container that are the same everywhere. */}}
{{- define "anteroom.container" -}}
image: {{ include "anteroom.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
{{- end }}
