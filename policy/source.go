package policy

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// SourceConfig configures a Source.
type SourceConfig struct {
	Dir    string       // the policy directory; required
	Logger *slog.Logger // told of broken edits and of new versions; required
	// Settle is how long a file must have been left alone before an edit of it
	// is taken up; zero means one second, negative at once.
	Settle time.Duration
}

// Source gives the policy as it stands on disk now.
type Source struct{}

// OpenSource loads the policy.
func OpenSource(cfg SourceConfig) (*Source, error) { return nil, errors.New("not there yet") }

// Rules returns the rules in force.
func (s *Source) Rules(ctx context.Context) (*Rules, error) { return nil, nil }

// Directory returns the directory in force.
func (s *Source) Directory(ctx context.Context) (*Directory, error) { return nil, nil }

// Trouble returns what is wrong with the files as they are now; empty when they are in force.
func (s *Source) Trouble() Problems { return nil }
