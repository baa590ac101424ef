{{- /* What a schema cannot say, because several values are at odds. */ -}}
{{- define "tandem.checks" -}}
{{- $secret := include "tandem.secretKeys" . | fromJsonArray -}}
{{- $many := or .Values.autoscaling.enabled (gt (int .Values.replicas) 1) -}}
{{- $url := dig "store" "url" "" .Values.config -}}
{{- if and (not .Values.secrets.existing) (hasKey .Values.secrets.values "store.url") -}}
{{- $url = get .Values.secrets.values "store.url" -}}
{{- end -}}
{{- $postgresql := hasPrefix "postgresql://" $url -}}
{{- if and .Values.secrets.existing (has "store.url" $secret) -}}
{{- $postgresql = true -}}
{{- end -}}
{{- if not (has "server.api_token" $secret) -}}
{{- fail "secrets: server.api_token is needed, since other pods reach the API" -}}
{{- end -}}
{{- if and $many (not .Values.cluster.enabled) -}}
{{- fail "replicas: more than one node needs cluster.enabled" -}}
{{- end -}}
{{- if and .Values.cluster.enabled (not $postgresql) -}}
{{- fail "secrets: a cluster needs store.url, postgresql://…: nodes cannot share a SQLite file. For one node alone set cluster.enabled=false and replicas=1" -}}
{{- end -}}
{{- if and .Values.cluster.enabled (not (has "server.secret" $secret)) -}}
{{- fail "secrets: a cluster needs server.secret, the same on all nodes, so that each can read the others' stream tokens" -}}
{{- end -}}
{{- if and (ne .Values.front.kind "none") (not .Values.front.host) -}}
{{- fail "front.host: the name under which the carrier reaches the nodes is needed, or front.kind=none" -}}
{{- end -}}
{{- if and (eq .Values.front.kind "none") (not .Values.front.host) (not (dig "server" "public_url" "" .Values.config)) -}}
{{- fail "config.server.public_url: needed with front.kind=none, or else front.host" -}}
{{- end -}}
{{- if and (eq .Values.front.kind "gateway") (not .Values.front.gateway.parentRefs) -}}
{{- fail "front.gateway.parentRefs: the Gateway that the routes belong to is needed" -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (lt (int .Values.autoscaling.maxReplicas) (int .Values.autoscaling.minReplicas)) -}}
{{- fail "autoscaling: maxReplicas is less than minReplicas" -}}
{{- end -}}
{{- end -}}
