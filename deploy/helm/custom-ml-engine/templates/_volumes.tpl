{{/* Where the volumes are mounted. */}}
{{- define "engine.mounts" -}}
{{- if include "engine.deployments" . }}
- name: deployments
  mountPath: /engine/deployments
  readOnly: true
{{- end }}
{{- if .Values.credentials.secret }}
- name: credentials
  mountPath: /run/secrets/engine
  readOnly: true
{{- end }}
{{- if .Values.credentials.apiKeysSecret }}
- name: api-keys
  mountPath: /run/secrets/api-keys
  readOnly: true
{{- end }}
{{- if .Values.credentials.targetsSecret }}
- name: targets
  mountPath: /run/secrets/targets
  readOnly: true
{{- end }}
{{- if .Values.tls.secret }}
- name: tls
  mountPath: /run/secrets/tls
  readOnly: true
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "engine.volumes" -}}
{{- with include "engine.deployments" . }}
- name: deployments
  {{- . | nindent 2 }}
{{- end }}
{{- with .Values.credentials.secret }}
- name: credentials
  secret:
    secretName: {{ . }}
    items:
      - key: password
        path: password
{{- end }}
{{- with .Values.credentials.apiKeysSecret }}
- name: api-keys
  secret:
    secretName: {{ . }}
    items:
      - key: api-keys
        path: api-keys
{{- end }}
{{- with .Values.credentials.targetsSecret }}
# Credentials for the upstreams of wrapped deployments, one file each.
- name: targets
  secret:
    secretName: {{ . }}
    optional: true
{{- end }}
{{- with .Values.tls.secret }}
- name: tls
  secret:
    secretName: {{ . }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}
