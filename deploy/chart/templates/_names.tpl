{{- define "tandem.name" -}}
{{- .Values.fullnameOverride | default .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "tandem.selector" -}}
app.kubernetes.io/name: tandem
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "tandem.labels" -}}
{{ include "tandem.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "tandem.metadata" -}}
{{- $suffix := .suffix | default "" -}}
name: {{ include "tandem.name" .root }}{{ $suffix }}
labels:
  {{- include "tandem.labels" .root | nindent 2 }}
{{- end -}}

{{- /* How many nodes there can be: each has a Service and a rule of its own. */ -}}
{{- define "tandem.nodes" -}}
{{- if .Values.autoscaling.enabled -}}
{{- max (int .Values.replicas) (int .Values.autoscaling.maxReplicas) -}}
{{- else -}}
{{- int .Values.replicas -}}
{{- end -}}
{{- end -}}

{{- define "tandem.secret" -}}
{{- .Values.secrets.existing | default (printf "%s-secrets" (include "tandem.name" .)) -}}
{{- end -}}

{{- define "tandem.secretKeys" -}}
{{- $keys := .Values.secrets.keys -}}
{{- if not .Values.secrets.existing -}}
{{- $keys = keys .Values.secrets.values | sortAlpha -}}
{{- end -}}
{{- toJson $keys -}}
{{- end -}}

{{- define "tandem.configMap" -}}
{{- .Values.existingConfigMap | default (printf "%s-config" (include "tandem.name" .)) -}}
{{- end -}}

{{- define "tandem.drainSeconds" -}}
{{- dig "server" "drain_seconds" 600 .Values.config | int -}}
{{- end -}}
