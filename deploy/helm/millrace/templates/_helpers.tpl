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

{{- /* Which parts of the sources a service has, by the secrets that it reads: "full", "webhooks" (verifies), "api" (calls the provider) or "plain". */ -}}
{{- define "millrace.sourcesPart" -}}
{{- $names := . | default list -}}
{{- if has "WEBHOOK_SECRET" $names }}{{ has "FRONT_API_TOKEN" $names | ternary "full" "webhooks" }}{{ else }}{{ has "FRONT_API_TOKEN" $names | ternary "api" "plain" }}{{ end -}}
{{- end -}}

{{- /* The sources file without the secrets that a part has not: (dict "root" $ "part" "webhooks"). */ -}}
{{- define "millrace.sourcesFile" -}}
{{- $file := deepCopy .root.Values.sources }}
{{- if has .part (list "webhooks" "plain") }}
{{- $accounts := list }}
{{- range $file.accounts }}{{ $accounts = append $accounts (omit . "api_token" "oauth") }}{{ end }}
{{- if $accounts }}{{ $file = set $file "accounts" $accounts }}{{ end }}
{{- end }}
{{- if has .part (list "api" "plain") }}
{{- $sources := list }}
{{- range $file.sources }}{{ $sources = append $sources (set (omit . "secrets") "secrets_elsewhere" true) }}{{ end }}
{{- if $sources }}{{ $file = set $file "sources" $sources }}{{ end }}
{{- end }}
{{- toYaml $file }}
{{- end -}}

{{- /* Whether a service has MILLRACE_SECRET_KEYS: (dict "root" $ "service" its values). Who reads records needs them once records are encrypted. */ -}}
{{- define "millrace.hasKeys" -}}
{{- if or .service.usesSecretKeys (and (ne .root.Values.encryption.mode "none") (ne (toString .service.usesKafka) "false")) }}true{{ end -}}
{{- end -}}

{{- /* Annotations whose change makes new pods, since a process reads its variables at its start: (dict "root" $ "service" its values). */ -}}
{{- define "millrace.restartAnnotations" -}}
{{- $values := .root.Values }}
{{- with $values.secrets.version }}
millrace.secrets/version: {{ . | quote }}
{{- end }}
{{- if not $values.secrets.existing }}
{{- $file := "" }}
{{- if and $values.sources .service.usesSources }}{{ $file = include "millrace.sourcesFile" (dict "root" .root "part" (include "millrace.sourcesPart" .service.secrets)) }}{{ end }}
{{- $own := dict }}
{{- range $key, $value := $values.secrets.values }}
{{- if or (has $key ($.service.secrets | default list)) (contains (printf "${%s}" $key) $file) (and (eq $key "MILLRACE_SECRET_KEYS") (include "millrace.hasKeys" $)) }}{{ $own = set $own $key $value }}{{ end }}
{{- end }}
{{- with $own }}
checksum/secrets: {{ toJson . | sha256sum }}
{{- end }}
{{- end }}
{{- if and $values.sources $values.sourcesRestart .service.usesSources }}
checksum/sources: {{ include "millrace.sourcesFile" (dict "root" .root "part" (include "millrace.sourcesPart" .service.secrets)) | sha256sum }}
{{- end }}
{{- end -}}

{{- define "millrace.sourcesVolume" -}}
{{- if .root.Values.sources }}
- name: sources
  configMap: { name: {{ include "millrace.name" .root }}-sources-{{ include "millrace.sourcesPart" .names }} }
{{- end }}
{{- end -}}

{{- /* Secrets of the installation by name: (dict "root" $ "names" list "sources" bool "keys" bool "env" "variables that it has in another way"). */ -}}
{{- define "millrace.secretsEnv" -}}
{{- $secret := include "millrace.secretName" .root }}
{{- $names := .names | default list }}
{{- $part := include "millrace.sourcesPart" $names }}
{{- /* Those of the default sources, where there are others. */ -}}
{{- if and .sources .root.Values.sources }}{{ $names = without $names "WEBHOOK_SECRET" "FRONT_RULE_SECRET" "MAKE_COM_WEBHOOK_SECRET" "FRONT_API_TOKEN" }}{{ end }}
{{- range $key := $names }}
- name: {{ $key }}
  valueFrom: { secretKeyRef: { name: {{ $secret }}, key: {{ $key }}, optional: true } }
{{- end }}
{{- if .sources }}
{{- if .root.Values.sources }}
- { name: MILLRACE_SOURCES, value: /etc/millrace/sources.yaml }
{{- end }}
{{- $env := merge (dict) (.env | default dict) .root.Values.env }}
{{- /* What its sources file refers to; of a file that is not the chart's, what secrets.sources says. */ -}}
{{- $referred := .root.Values.secrets.sources }}
{{- if .root.Values.sources }}
{{- $referred = list }}
{{- range regexFindAll "\\$?\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}" (include "millrace.sourcesFile" (dict "root" .root "part" $part)) -1 }}
{{- if not (hasPrefix "$$" .) }}{{ $referred = append $referred (trimAll "${}" .) }}{{ end }}
{{- end }}
{{- end }}
{{- range $key := $referred | uniq }}
{{- if not (or (has $key $names) (hasKey $env $key) (hasKey $env (printf "%s_FILE" $key))) }}
- name: {{ $key }}
  valueFrom: { secretKeyRef: { name: {{ $secret }}, key: {{ $key }} } }
{{- end }}
{{- end }}
{{- end }}
{{- if .keys }}
{{- if eq .root.Values.encryption.mode "write" }}
- { name: MILLRACE_ENCRYPTION, value: "true" }
{{- end }}
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
{{- $ports := dict "kafka" ($kafkaPorts | uniq) "postgres" (list $network.ports.postgres) }}
{{- $urls := dict "redis" (empty $values.redis.secret | ternary $values.redis.url "redis:") "schemaRegistry" $values.schemaRegistry.url "collector" $values.telemetry.otlpEndpoint }}
{{- range $name, $url := $urls }}
{{- if $url }}{{ $ports = set $ports $name (list (get $network.ports $name | default (include "millrace.portOf" $url) | int)) }}{{ end }}
{{- end }}
{{- range $name := .names }}
{{- with get $ports $name }}
{{ include "millrace.egressRule" (dict "ports" . "to" (get $network.backends $name)) | trim }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* One rule of egress: (dict "ports" list "to" "peers; any pod of the cluster when empty"). */ -}}
{{- define "millrace.egressRule" -}}
- ports:
    {{- range .ports }}
    - { port: {{ . }}, protocol: TCP }
    {{- end }}
  to: {{- toYaml (.to | default (list (dict "namespaceSelector" dict))) | nindent 4 }}
{{- end -}}

{{- /* Port of a URL. */ -}}
{{- define "millrace.portOf" -}}
{{- $host := (urlParse .).host -}}
{{- if regexMatch ":[0-9]+$" $host }}{{ regexFind "[0-9]+$" $host }}{{ else }}{{ dict "https" 443 "http" 80 "redis" 6379 "rediss" 6379 | dig (regexFind "^[a-z]+" .) 443 }}{{ end -}}
{{- end -}}

{{- /* A time as settings take it (`25000`, `500ms`, `30s`, `2m`) in milliseconds. */ -}}
{{- define "millrace.milliseconds" -}}
{{- $number := regexFind "^[0-9.]+" . | float64 -}}
{{- $unit := regexFind "[a-z]+$" . -}}
{{- mulf $number (dict "" 1 "ms" 1 "s" 1000 "m" 60000 "h" 3600000 | dig $unit 1) -}}
{{- end -}}

{{- /* Pod of the command line as operators use it (dict "root" $ "service" "toolbox" "user" "its Kafka user" "kafkaSecret" "its own, or empty" "args" list "secrets" list "keys" bool "postgres" bool). */ -}}
{{- define "millrace.operatorPod" -}}
{{- $values := .root.Values }}
restartPolicy: Never
serviceAccountName: {{ include "millrace.name" .root }}-{{ .service }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext: {{- include "millrace.podSecurity" .root | nindent 2 }}
{{- with $values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
containers:
  - name: {{ .service }}
    image: {{ include "millrace.image" (dict "root" .root "service" "cli") | quote }}
    imagePullPolicy: {{ $values.image.pullPolicy }}
    args: {{ toJson .args }}
    securityContext: {{- include "millrace.containerSecurity" .root | nindent 6 }}
    env:
      {{- include "millrace.processEnv" . | trim | nindent 6 }}
      {{- include "millrace.storesEnv" (dict "root" .root "user" .user "secret" .kafkaSecret) | trim | nindent 6 }}
      {{- with include "millrace.secretsEnv" (dict "root" .root "names" .secrets "sources" true "keys" (or .keys (ne $values.encryption.mode "none"))) | trim }}
      {{- . | nindent 6 }}
      {{- end }}
      {{- if and .postgres $values.postgres.secret }}
      - name: DATABASE_URL
        valueFrom: { secretKeyRef: { name: {{ $values.postgres.secret }}, key: url } }
      {{- end }}
      {{- with $values.webhookBaseUrl }}
      - { name: WEBHOOK_BASE_URL, value: {{ . | quote }} }
      {{- end }}
      {{- with .console }}
      - { name: MILLRACE_CONSOLE_URL, value: {{ . | quote }} }
      {{- end }}
      - { name: MILLRACE_GATEWAY_URL, value: "http://{{ include "millrace.name" .root }}-gateway:{{ $values.services.gateway.port }}" }
      - { name: CONSOLE_SERVICES, value: {{ include "millrace.adminUrls" .root | quote }} }
      {{- /* The services' address of Front, calls a minute, country: a budget that is shared has one size. */ -}}
      {{- range $key, $value := $values.env }}
      - { name: {{ $key }}, value: {{ $value | toString | quote }} }
      {{- end }}
    resources: {{- toYaml .resources | nindent 6 }}
    volumeMounts:
      - { name: tmp, mountPath: /tmp }
      {{- if $values.sources }}
      - { name: sources, mountPath: /etc/millrace, readOnly: true }
      {{- end }}
      {{- with include "millrace.casMount" .root | trim }}
      {{- . | nindent 6 }}
      {{- end }}
volumes:
  - name: tmp
    emptyDir: { sizeLimit: 64Mi }
  {{- with include "millrace.sourcesVolume" (dict "root" .root "names" .secrets) | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with include "millrace.casVolume" .root | trim }}
  {{- . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- /* Whether any account is called by OAuth, whose tokens are kept sealed with MILLRACE_SECRET_KEYS. */ -}}
{{- define "millrace.hasOAuth" -}}
{{- range dig "accounts" list .Values.sources }}{{ if .oauth }}true{{ end }}{{ end -}}
{{- end -}}
