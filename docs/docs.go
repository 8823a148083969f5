// Package docs carries the pages of this folder, for programs that show them.
package docs

import (
	"embed"
	"io/fs"
)

//go:embed *.md */*.md
var files embed.FS

// FS holds every page under its path in this folder, such as "operate/deploy.md".
func FS() fs.FS { return files }
