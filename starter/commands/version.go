package commands

import (
	"fmt"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/lowcodex/countersign/compliance"
)

// version is what the binary knows of its own making.
type version struct {
	Version  string `json:"version"` // of the module; "(devel)" for a build from a work tree
	Revision string `json:"revision,omitempty"`
	Time     string `json:"time,omitempty"` // of the revision, RFC 3339 in UTC
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
}

func thisVersion() version {
	if info, ok := debug.ReadBuildInfo(); ok {
		return versionOf(info)
	}
	return version{Version: "unknown"}
}

// line is the version for people.
func (v version) line() string {
	out := "starter " + v.Version
	if v.Revision != "" {
		out += ", revision " + compliance.ShortDigest(v.Revision)
	}
	if v.Modified {
		out += " with local changes"
	}
	return out + ", " + v.Go
}

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of this program",
		Args:  noArguments,
		RunE: func(*cobra.Command, []string) error {
			v := thisVersion()
			return p.print(v, func(w io.Writer) { fmt.Fprintln(w, v.line()) })
		},
	}
}

func versionOf(info *debug.BuildInfo) version {
	v := version{Version: info.Main.Version, Go: info.GoVersion}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			v.Revision = setting.Value
		case "vcs.time":
			v.Time = setting.Value
		case "vcs.modified":
			v.Modified = setting.Value == "true"
		}
	}
	return v
}
