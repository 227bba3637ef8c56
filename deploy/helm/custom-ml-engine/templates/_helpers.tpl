{{/* The name of everything that a release creates. */}}
{{- define "engine.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The labels by which pods are selected: they can never change. */}}
{{- define "engine.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "engine.labels" -}}
{{ include "engine.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "engine.scheme" -}}
{{- if .Values.tls.secret }}HTTPS{{ else }}HTTP{{ end -}}
{{- end -}}

{{/* The volume of the deployments folder; nothing where it is that of the image. */}}
{{- define "engine.deployments" -}}
{{- if .Values.deployments.volume -}}
{{- toYaml .Values.deployments.volume -}}
{{- else if .Values.deployments.claim.create -}}
persistentVolumeClaim:
  claimName: {{ include "engine.name" . }}-deployments
{{- end -}}
{{- end -}}

{{- define "engine.publicUrl" -}}
{{- if .Values.publicUrl -}}
{{- .Values.publicUrl -}}
{{- else if and .Values.ingress.enabled .Values.ingress.hosts -}}
{{- $first := first .Values.ingress.hosts -}}
{{- printf "%s://%s%s" (ternary "https" "http" (not (empty .Values.ingress.tls))) $first.host ($first.path | default "" | trimSuffix "/") -}}
{{- end -}}
{{- end -}}
