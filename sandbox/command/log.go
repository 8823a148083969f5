package command

import (
	"fmt"
	"io"
	"log/slog"
)

// newLog returns a logger in the named format and the level it starts at.
func newLog(w io.Writer, level, format string) (*slog.Logger, slog.Level, error) {
	var least slog.Level
	if level == "never" {
		least = slog.LevelError + 100
	} else if err := least.UnmarshalText([]byte(level)); err != nil {
		return nil, 0, fmt.Errorf("--log-level %q: use debug, info, warn, error or never", level)
	}
	options := &slog.HandlerOptions{Level: least}
	switch format {
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), least, nil
	case "text", "pretty":
		return slog.New(slog.NewTextHandler(w, options)), least, nil
	default:
		return nil, 0, fmt.Errorf("--log-format %q: use text or json", format)
	}
}
