//go:build tools

// Package tools makes the program a direct dependency of go.mod, which Dependabot then looks at.
package tools

import _ "helm.sh/helm/v4/cmd/helm"
