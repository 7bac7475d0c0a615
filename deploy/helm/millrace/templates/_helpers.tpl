{{- define "millrace.name" -}}
{{- default .Release.Name .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- /* Labels of an object: (dict "root" $ "service" "gateway"); `service` may be missing. */ -}}
{{- define "millrace.labels" -}}
app.kubernetes.io/name: millrace
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- with .service }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{- define "millrace.selector" -}}
app.kubernetes.io/name: millrace
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .service }}
{{- end -}}

{{- define "millrace.image" -}}
{{ .root.Values.image.repository }}/{{ .service }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end -}}

{{- define "millrace.secretName" -}}
{{- if .Values.secrets.existing }}{{ .Values.secrets.existing }}{{ else }}{{ include "millrace.name" . }}-secrets{{ end -}}
{{- end -}}

{{- /* Names of the services that are deployed, one a line. */ -}}
{{- define "millrace.enabled" -}}
{{- range $name, $service := .Values.services }}
{{- if ne (toString (dig "enabled" true $service)) "false" }}
{{ $name }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* Environment that every service has, and the command line in the hooks. */ -}}
{{- define "millrace.commonEnv" -}}
{{- $values := .root.Values }}
{{- $kafkaSecret := .kafkaSecret | default $values.kafka.sasl.secret }}
- { name: NODE_ENV, value: {{ $values.environment }} }
- { name: KAFKA_BROKERS, value: {{ join "," $values.kafka.brokers | quote }} }
- { name: KAFKA_EVENT_PARTITIONS, value: {{ $values.kafka.eventPartitions | quote }} }
- { name: KAFKA_REPLICATION, value: {{ $values.kafka.replication | quote }} }
{{- with $values.kafka.prefix }}
- { name: KAFKA_PREFIX, value: {{ . | quote }} }
{{- end }}
{{- if $values.kafka.tls }}
- { name: KAFKA_TLS, value: "true" }
{{- end }}
{{- with $values.kafka.sasl.mechanism }}
- { name: KAFKA_SASL_MECHANISM, value: {{ . }} }
- name: KAFKA_SASL_USERNAME
  valueFrom: { secretKeyRef: { name: {{ $kafkaSecret }}, key: username } }
- name: KAFKA_SASL_PASSWORD
  valueFrom: { secretKeyRef: { name: {{ $kafkaSecret }}, key: password } }
{{- end }}
{{- if $values.redis.secret }}
- name: REDIS_URL
  valueFrom: { secretKeyRef: { name: {{ $values.redis.secret }}, key: url } }
{{- else }}
- { name: REDIS_URL, value: {{ $values.redis.url | quote }} }
{{- end }}
{{- with $values.redis.prefix }}
- { name: REDIS_PREFIX, value: {{ . | quote }} }
{{- end }}
{{- if $values.schemaRegistry.url }}
- { name: SCHEMA_REGISTRY_URL, value: {{ $values.schemaRegistry.url | quote }} }
- { name: SCHEMA_REGISTRY_WRITES, value: {{ $values.schemaRegistry.writes }} }
{{- with $values.schemaRegistry.secret }}
- name: SCHEMA_REGISTRY_USERNAME
  valueFrom: { secretKeyRef: { name: {{ . }}, key: username } }
- name: SCHEMA_REGISTRY_PASSWORD
  valueFrom: { secretKeyRef: { name: {{ . }}, key: password } }
{{- end }}
{{- end }}
{{- with $values.telemetry.otlpEndpoint }}
- { name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ . | quote }} }
{{- end }}
{{- with $values.webhookBaseUrl }}
- { name: WEBHOOK_BASE_URL, value: {{ . | quote }} }
{{- end }}
{{- if $values.sources }}
- { name: MILLRACE_SOURCES, value: /etc/millrace/sources.yaml }
{{- end }}
{{- end -}}

{{- /* A container that may do nothing but run. */ -}}
{{- define "millrace.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{- define "millrace.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- /* `NAME=URL` of each admin server, for the console's view of their health. */ -}}
{{- define "millrace.adminUrls" -}}
{{- $urls := list }}
{{- range $name, $service := .Values.services }}
{{- if ne (toString (dig "enabled" true $service)) "false" }}
{{- $urls = append $urls (printf "%s=http://%s-%s:%v" $name (include "millrace.name" $) $name $service.adminPort) }}
{{- end }}
{{- end }}
{{- join "," $urls }}
{{- end -}}

{{- /* Up at once; down one pod at a time after a long calm: each change of a consumer group stops its members for a moment. */ -}}
{{- define "millrace.scalingBehavior" -}}
scaleUp:
  stabilizationWindowSeconds: 0
  policies: [{ type: Pods, value: 4, periodSeconds: 60 }]
scaleDown:
  stabilizationWindowSeconds: {{ . }}
  policies: [{ type: Pods, value: 1, periodSeconds: 300 }]
{{- end -}}
