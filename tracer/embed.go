// Package tracer carries the source of the runtime, so that the command needs no file beside itself.
package tracer

import "embed"

//go:embed runtime/*.go
var Runtime embed.FS
