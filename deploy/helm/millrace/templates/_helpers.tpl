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

{{- /* Whether a service is deployed: (dict "root" $ "service" "console"). */ -}}
{{- define "millrace.isDeployed" -}}
{{- with index .root.Values.services .service }}{{ if ne (toString .enabled) "false" }}true{{ end }}{{ end -}}
{{- end -}}

{{- /* Where the certificates of own authorities are mounted: Node takes them beside the public ones. */ -}}
{{- define "millrace.hasCas" -}}
{{- if or .Values.trustedCas.secret .Values.trustedCas.configMap }}true{{ end -}}
{{- end -}}

{{- define "millrace.casVolume" -}}
{{- if include "millrace.hasCas" . }}
- name: cas
  {{- if .Values.trustedCas.secret }}
  secret: { secretName: {{ .Values.trustedCas.secret }}, items: [{ key: {{ .Values.trustedCas.key }}, path: ca.crt }] }
  {{- else }}
  configMap: { name: {{ .Values.trustedCas.configMap }}, items: [{ key: {{ .Values.trustedCas.key }}, path: ca.crt }] }
  {{- end }}
{{- end }}
{{- end -}}

{{- define "millrace.casMount" -}}
{{- if include "millrace.hasCas" . }}
- { name: cas, mountPath: /etc/millrace-cas, readOnly: true }
{{- end }}
{{- end -}}

{{- /* What every process has: (dict "root" $). */ -}}
{{- define "millrace.processEnv" -}}
{{- $values := .root.Values }}
- { name: NODE_ENV, value: {{ $values.environment }} }
{{- if include "millrace.hasCas" .root }}
- { name: NODE_EXTRA_CA_CERTS, value: /etc/millrace-cas/ca.crt }
{{- end }}
{{- with $values.telemetry.otlpEndpoint }}
- { name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ . | quote }} }
{{- end }}
{{- end -}}

{{- /* Kafka, Redis, registry: (dict "root" $ "user" "gateway" "secret" "its own, or empty"). */ -}}
{{- define "millrace.storesEnv" -}}
{{- $values := .root.Values }}
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
{{- if and $values.kafka.sasl.userPrefix (not $.secret) }}
{{- $user := printf "%s%s" $values.kafka.sasl.userPrefix $.user }}
- { name: KAFKA_SASL_USERNAME, value: {{ $user }} }
- name: KAFKA_SASL_PASSWORD
  valueFrom: { secretKeyRef: { name: {{ $user }}, key: password } }
{{- else }}
{{- $secret := $.secret | default $values.kafka.sasl.secret }}
- name: KAFKA_SASL_USERNAME
  valueFrom: { secretKeyRef: { name: {{ $secret }}, key: username } }
- name: KAFKA_SASL_PASSWORD
  valueFrom: { secretKeyRef: { name: {{ $secret }}, key: password } }
{{- end }}
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
{{- end -}}

{{- /* Secrets of the installation by name: (dict "root" $ "names" list "sources" bool "keys" bool). */ -}}
{{- define "millrace.secretsEnv" -}}
{{- $secret := include "millrace.secretName" .root }}
{{- range $key := .names }}
- name: {{ $key }}
  valueFrom: { secretKeyRef: { name: {{ $secret }}, key: {{ $key }}, optional: true } }
{{- end }}
{{- if .sources }}
{{- if .root.Values.sources }}
- { name: MILLRACE_SOURCES, value: /etc/millrace/sources.yaml }
{{- end }}
{{- $names := .names | default list }}
{{- range $key := .root.Values.secrets.sources }}
{{- if not (has $key $names) }}
- name: {{ $key }}
  valueFrom: { secretKeyRef: { name: {{ $secret }}, key: {{ $key }} } }
{{- end }}
{{- end }}
{{- end }}
{{- if .keys }}
- name: MILLRACE_SECRET_KEYS
  valueFrom: { secretKeyRef: { name: {{ $secret }}, key: MILLRACE_SECRET_KEYS } }
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
{{- if ne (toString $service.enabled) "false" }}
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

{{- /* Egress to what Millrace stands on: (dict "root" $ "names" (list "kafka" "redis")). One rule each, on its ports alone. */ -}}
{{- define "millrace.egressTo" -}}
{{- $values := .root.Values }}
{{- $network := $values.networkPolicy }}
{{- $kafkaPorts := $network.ports.kafka }}
{{- range $values.kafka.brokers }}{{ $kafkaPorts = append $kafkaPorts (regexFind "[0-9]+$" . | int) }}{{ end }}
{{- $ports := dict "kafka" ($kafkaPorts | uniq) "redis" (list $network.ports.redis) "postgres" (list $network.ports.postgres) }}
{{- if $values.schemaRegistry.url }}{{ $ports = set $ports "schemaRegistry" (list (include "millrace.portOf" $values.schemaRegistry.url | int)) }}{{ end }}
{{- if $values.telemetry.otlpEndpoint }}{{ $ports = set $ports "collector" (list (include "millrace.portOf" $values.telemetry.otlpEndpoint | int)) }}{{ end }}
{{- range $name := .names }}
{{- with get $ports $name }}
- ports:
    {{- range . }}
    - { port: {{ . }}, protocol: TCP }
    {{- end }}
  {{- with get $network.backends $name }}
  to: {{- toYaml . | nindent 4 }}
  {{- else }}
  to: [{ namespaceSelector: {} }]
  {{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* Port of a URL. */ -}}
{{- define "millrace.portOf" -}}
{{- $host := (urlParse .).host -}}
{{- if regexMatch ":[0-9]+$" $host }}{{ regexFind "[0-9]+$" $host }}{{ else if hasPrefix "https:" . }}443{{ else }}80{{ end -}}
{{- end -}}

{{- /* A time as settings take it (`25000`, `500ms`, `30s`, `2m`) in milliseconds. */ -}}
{{- define "millrace.milliseconds" -}}
{{- $number := regexFind "^[0-9.]+" . | float64 -}}
{{- $unit := regexFind "[a-z]+$" . -}}
{{- mulf $number (dict "" 1 "ms" 1 "s" 1000 "m" 60000 "h" 3600000 | dig $unit 1) -}}
{{- end -}}
