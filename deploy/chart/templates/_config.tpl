{{- /* The engine's tandem.toml: `config`, what the chart sets, and a file for each secret. */ -}}
{{- define "tandem.toml" -}}
{{- $all := deepCopy .Values.config -}}
{{- $set := dict
  "server" (dict "listen" "0.0.0.0:8080" "admin_listen" "0.0.0.0:9090")
  "store" (dict "journal" "/var/lib/tandem") -}}
{{- if not (dig "server" "public_url" "" .Values.config) -}}
{{- if eq .Values.front.addressing "host" -}}
{{- $_ := set $set.server "public_url" (printf "https://{node}.%s" .Values.front.host) -}}
{{- else -}}
{{- $_ := set $set.server "public_url" (printf "https://%s" .Values.front.host) -}}
{{- end -}}
{{- end -}}
{{- if .Values.cluster.enabled -}}
{{- $_ := set $set "cluster" (dict
  "listen" (printf "0.0.0.0:%d" (int .Values.cluster.port))
  "discovery" (list (printf "dns:%s-nodes:%d" (include "tandem.name" .) (int .Values.cluster.port)))
  "trusted_network" true) -}}
{{- end -}}
{{- range $key := include "tandem.secretKeys" . | fromJsonArray -}}
{{- $parts := splitList "." $key -}}
{{- $section := index $parts 0 -}}
{{- $_ := set $set $section (mergeOverwrite (dict) (get $set $section | default dict)
  (dict (printf "%s_file" (index $parts 1)) (printf "/etc/tandem/secrets/%s" $key))) -}}
{{- end -}}
{{- $all = mergeOverwrite $all $set -}}
{{- range $section, $values := $all }}
[{{ $section }}]
{{- range $key, $value := $values }}
{{ $key }} = {{ if kindIs "float64" $value }}{{ if eq $value (floor $value) }}{{ int64 $value }}{{ else }}{{ $value }}{{ end }}{{ else }}{{ toJson $value }}{{ end }}
{{- end }}
{{- end }}
{{- end -}}
